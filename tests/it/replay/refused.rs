//! What is not sent, and what is said then.

use super::rig::Stage;
use crate::cli::process::Home;

#[test]
fn a_body_kept_in_part_is_not_sent_as_if_it_were_whole() {
    let stage = Stage::with(&["--body-limit", "1KiB"]);
    let original = stage.post("/large", b"", &[b'x'; 4096]);
    stage.post("/small", b"", b"{}");
    let ended = stage.run(&["replay", "@2"]);
    let id = original.id().to_string();
    ended.with(
        1,
        &[
            "not sent",
            &id,
            "only 1 KiB of 4 KiB were kept",
            "body-limit",
        ],
    );
    assert_eq!(ended.out, "");
    // Others of the selection go all the same.
    let lines = stage.replay(1, &["@1", "@2"]);
    let types: Vec<_> = lines.iter().map(|line| line["type"].as_str()).collect();
    assert_eq!(types.len(), 3);
    let unsent = lines.iter().find(|line| line["type"] == "unsent");
    let unsent = unsent.expect("it is told");
    assert_eq!(unsent["replay_of"], id);
    assert!(
        unsent["reason"]
            .as_str()
            .is_some_and(|text| text.contains("1 KiB"))
    );
    let last = lines.last().expect("the summary");
    assert_eq!((&last["sent"], &last["unsent"]), (&1.into(), &1.into()));
    stage
        .run(&["replay", &id, "--edit"])
        .with(1, &["cannot be sent again"]);
    assert_eq!(stage.origin.more(), 3);
}

#[test]
fn wrong_usage_is_told_before_anything_is_sent() {
    let stage = Stage::new();
    stage.post("/", b"", b"{}");
    for (arguments, said) in [
        (&["replay"][..], "WHICH"),
        (&["replay", "@1", "--times", "0"], "--times"),
        (&["replay", "@1", "--concurrency", "0"], "--concurrency"),
        (
            &["replay", "@1", "--speed", "fast"],
            "such as 1x, 2x or 0.5",
        ),
        (
            &["replay", "@1", "-H", "no colon"],
            "write -H 'Name: value'",
        ),
        (&["replay", "@1", "--path", "x"], "must begin with /"),
        (
            &["replay", "@1", "--host-header", ""],
            "--host-header is empty",
        ),
        (&["replay", "status:"], "column"),
        (&["replay", "nonsense"], "not an id"),
    ] {
        stage.run(arguments).with(2, &[said]);
    }
    stage.run(&["replay", "@9"]).with(1, &["no exchange @9"]);
    assert_eq!(stage.history().len(), 1);
}

#[test]
fn without_a_history_it_is_said_what_to_do() {
    Home::new()
        .run(&["replay", "@1"])
        .with(1, &["no history yet: run hookreel 3000 first"]);
}
