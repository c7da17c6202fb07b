//! What `hookreel http` records without being told, and what it does where it cannot.

use hookreel::store::{Cursor, Place, Reader};
use hookreel_shared::model::Exchange;

use super::peers::{Server, post};
use super::process::{Home, Process};

/// All exchanges of a user's history, the latest first.
fn history(home: &Home) -> Vec<Exchange> {
    let reader = Reader::open(&Place::new(home.path())).expect("a history");
    let rows = reader.page(&[], Cursor::Newest, 100, |_| true);
    let whole = |id| reader.get(id).expect("a history").expect("it is there");
    let rows = rows.expect("a page").into_iter();
    rows.map(|row| whole(row.summary.id)).collect()
}

/// Starts a client, posts this to it, and stops it; gives what it said.
fn once(home: &Home, flags: &[&str], environment: &[(&str, &str)], body: &str) -> String {
    let server = Server::answering();
    let mut command = home.hookreel(&[&["http", &server.port(), "--json"], flags].concat());
    command.envs(environment.iter().copied());
    let client = Process::start(command);
    let ready = client.json("ready");
    let answer = post(ready["url"].as_str().expect("a URL"), "/hooks", body).answer();
    assert!(answer.ends_with("got it"), "{answer}");
    let ended = client.stop();
    ended.with(0, &[]);
    ended.err
}

#[test]
fn what_passes_is_in_the_history_without_a_flag_also_right_before_the_end() {
    let home = Home::new();
    for count in 1..=2 {
        once(&home, &[], &[], "{\"a\":1}");
        let exchanges = history(&home);
        assert_eq!(exchanges.len(), count, "nothing is lost at the end");
        assert_eq!(exchanges[0].request_body.kept, "{\"a\":1}");
        assert_eq!(exchanges[0].response_body.kept, "got it");
    }
}

#[test]
fn nothing_is_kept_where_nothing_is_to_be_recorded() {
    let home = Home::new();
    once(&home, &["--no-record"], &[], "body");
    once(&home, &[], &[("HOOKREEL_NO_RECORD", "1")], "body");
    home.file("hookreel.toml", "no-record = true\n");
    once(&home, &[], &[], "body");
    assert!(!home.path().join("history.db").exists());
}

#[test]
fn the_limit_for_bodies_can_be_set_with_units() {
    let home = Home::new();
    let body = "x".repeat(2000);
    let kept = || history(&home)[0].request_body.kept.len();
    once(&home, &["--body-limit", "1kB"], &[], &body);
    assert_eq!(kept(), 1000);
    once(&home, &[], &[("HOOKREEL_BODY_LIMIT", "1KiB")], &body);
    assert_eq!(kept(), 1024);
    home.file("hookreel.toml", "body-limit = 512\n");
    once(&home, &[], &[], &body);
    assert_eq!(kept(), 512);
    let wrong = home.run(&["http", "1", "--body-limit", "much"]);
    wrong.with(2, &["--body-limit", "1.5MiB"]);
}

#[test]
fn a_history_of_a_newer_hookreel_is_left_alone_and_requests_are_forwarded() {
    let home = Home::new();
    once(&home, &[], &[], "before");
    let database = rusqlite::Connection::open(home.path().join("history.db")).expect("a history");
    let set = |version: u32| database.pragma_update(None, "user_version", version);
    let ours = database
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .expect("a version");
    set(99).expect("set");
    let said = once(&home, &[], &[], "after");
    assert!(
        said.contains("not recorded") && said.contains("newer hookreel"),
        "{said}"
    );
    set(ours).expect("set");
    assert_eq!(history(&home).len(), 1);
}

#[test]
fn where_the_history_lies_and_what_stays_in_it_is_shown() {
    let home = Home::new();
    home.file("hookreel.toml", "[history]\nage = '12h'\n");
    let shown = home.run(&["config", "show"]).out;
    let has = |parts: &[&str]| {
        let row = shown
            .lines()
            .find(|row| parts.iter().all(|part| row.contains(part)));
        assert!(row.is_some(), "no {parts:?} in {shown}");
    };
    has(&[
        "the history is",
        home.path().join("history.db").to_str().expect("text"),
    ]);
    has(&["history.age", "12h", "hookreel.toml"]);
    has(&["history.count", "100000", "default"]);
    has(&["body-limit", "25MiB", "default"]);
    home.file("hookreel.toml", "[history]\nage = 'old'\n");
    home.run(&["config", "check"])
        .with(2, &["hookreel.toml", "3d"]);
}
