//! Secrets that are set after what they sign has come.

use serde_json::Value;

use super::rig::{GITHUB, github, set};
use crate::cli::process::Home;

fn verdicts(home: &Home) -> [Value; 2] {
    let one = |arguments: &[&str]| {
        let ended = home.run(arguments);
        ended.with(0, &[]);
        let value: Value = serde_json::from_str(&ended.out).expect("a line of JSON");
        value["verdict"].clone()
    };
    [one(&["ls", "--json"]), one(&["show", "@1", "--json"])]
}

#[test]
fn what_came_before_its_secret_was_set_is_judged_anew_everywhere() {
    let home = Home::new();
    let fields: String = github("{}")
        .lines()
        .map(|line| format!(" -H '{line}'"))
        .collect();
    let command = format!("curl http://localhost:3000/hooks{fields} -d '{{}}'\n");
    home.file("one.sh", command);
    home.run(&["import", "one.sh"]).with(0, &[]);
    assert_eq!(verdicts(&home), ["no-secret", "no-secret"]);
    set(&home, &["github"], "another one, that is wrong")
        .with(0, &["1 in the history judged anew"]);
    assert_eq!(verdicts(&home), ["bad", "bad"]);
    set(&home, &["github"], GITHUB).with(0, &["1 in the history judged anew"]);
    assert_eq!(verdicts(&home), ["good", "good"]);
    home.run(&["ls", "verdict:good", "--ids"]).with(0, &[]);
    let shown = home.run(&["show", "@1"]);
    assert!(shown.out.contains("signature good"), "{}", shown.out);
    // It has been right: neither another secret nor none makes it wrong.
    set(&home, &["github"], "the next one").with(0, &["github default: replaced"]);
    assert_eq!(
        home.run(&["ls", "verdict:good", "--ids"])
            .out
            .lines()
            .count(),
        1
    );
    home.run(&["secret", "rm", "github"])
        .with(0, &["1 taken away"]);
    assert_eq!(verdicts(&home), ["good", "no-secret"]);
}

#[test]
fn a_history_that_cannot_be_judged_anew_is_a_warning_as_the_secret_is_set() {
    let home = Home::new();
    home.file(
        "one.sh",
        "curl -d '{}' -H 'X-GitHub-Event: push' http://localhost:3000/hooks",
    );
    home.run(&["import", "one.sh"]).with(0, &[]);
    let database = home.path().join("history.db");
    assert!(database.exists(), "{database:?}");
    std::fs::write(
        &database,
        "this is no database, by far not one of its pages",
    )
    .expect("written");
    set(&home, &["github"], GITHUB).with(0, &["github default: set", "keeps its verdicts"]);
}
