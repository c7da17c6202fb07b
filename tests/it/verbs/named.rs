//! Exchanges by their names, and what is said of those that are kept or taken away.

use super::filling::{history, id, lines, listed};
use super::read::objects;

#[test]
fn exchanges_are_listed_by_their_names_and_a_filter_lets_some_of_them_through() {
    let (home, _writer) = history();
    let ids = |arguments: &[&str]| listed(&home, arguments);
    let of = lines;
    assert_eq!(ids(&["@1"]), of(&[6]));
    assert_eq!(ids(&["@3..@1"]), of(&[6, 5, 4]));
    assert_eq!(ids(&["2..3"]), of(&[5, 4]));
    assert_eq!(ids(&[&format!("{}..@5", id(1)), "@1"]), of(&[6, 2, 1]));
    assert_eq!(ids(&["@4..@1", "status:5xx"]), of(&[5, 3]));
    assert_eq!(ids(&["@4..@1", "--limit", "2"]), of(&[6, 5]));
    home.run(&["ls", "@99"])
        .with(1, &["no exchange @99 in the history"]);
    // No place: a text that is looked for, as in an address.
    home.run(&["ls", "@x.example"])
        .with(0, &["nothing in the history is like that"]);
    home.run(&["ls", "@1", "--words", "a"])
        .with(2, &["leave out @1"]);
}

#[test]
fn a_provider_that_nobody_knows_is_told_with_what_is_near() {
    let (home, _writer) = history();
    let near = home.run(&["ls", "provider:strpe"]);
    near.with(0, &["nothing in the history", "did you mean stripe?"]);
    let own = "[providers.strpe]\n[[providers.strpe.detect]]\nheaders = ['X-Own']\n";
    home.file("hookreel.toml", own);
    let known = home.run(&["ls", "provider:strpe"]);
    assert!(!known.err.contains("did you mean"), "{known:?}");
}

#[test]
fn what_is_kept_and_taken_away_is_told_to_programs_as_an_object() {
    let (home, writer) = history();
    drop(writer);
    let object = |arguments: &[&str]| {
        let ended = home.run(&[arguments, &["--json"]].concat());
        ended.with(0, &[]);
        let mut all = objects(&ended.out);
        assert_eq!(all.len(), 1, "{ended:?}");
        all.remove(0)
    };
    let marked = object(&["mark", "@2..@1"]);
    assert_eq!(
        (&marked["type"], &marked["count"]),
        (&"mark".into(), &2.into())
    );
    assert_eq!(marked["ids"][1], id(6).to_string());
    let noted = object(&["note", "@1", "a word"]);
    assert_eq!(
        (&noted["note"], &noted["count"]),
        (&"a word".into(), &1.into())
    );
    let gone = object(&["rm", "@1"]);
    assert_eq!(
        (&gone["type"], &gone["ids"][0]),
        (&"rm".into(), &id(6).to_string().into())
    );
    let version = object(&["version"]);
    assert_eq!(version["name"], "hookreel");
    let file = home.file("one.sh", "curl http://localhost:1/x");
    let imported = object(&["import", file.to_str().expect("text")]);
    assert_eq!(
        (&imported["count"], &imported["refused"]),
        (&1.into(), &0.into())
    );
}
