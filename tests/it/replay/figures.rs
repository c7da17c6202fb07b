//! Verdicts, figures, exit codes: what one sees of a replay.

use super::rig::Stage;
use crate::cli::process::Process;

#[test]
fn a_line_says_what_was_sent_and_what_has_changed() {
    let stage = Stage::new();
    stage.origin.answers(500);
    stage.post("/hook", b"", b"{}");
    let ended = stage.run(&["replay", "@1"]);
    ended.with(0, &[]);
    let same = "POST /hook  500 → 500  still failing  ";
    assert!(ended.out.starts_with(same), "{ended:?}");
    assert!(ended.out.contains("  no differences  req_"), "{ended:?}");
    stage.origin.answers(200);
    let ended = stage.run(&["replay", "@2"]);
    assert!(
        ended.out.starts_with("POST /hook  500 → 200  fixed  "),
        "{ended:?}"
    );
    assert!(
        ended.out.contains("  2 differences  req_"),
        "status and body: {ended:?}"
    );
    assert_eq!((ended.out.lines().count(), &ended.err[..]), (1, ""));
}

#[test]
fn fail_turns_an_answer_that_is_no_2xx_into_exit_code_6() {
    let stage = Stage::new();
    stage.post("/", b"", b"{}");
    stage.run(&["replay", "@1", "--fail", "-q"]).with(0, &[]);
    stage.origin.answers(422);
    stage.run(&["replay", "@1", "-q"]).with(0, &[]);
    let ended = stage.run(&["replay", "@1", "--fail", "-q"]);
    ended.with(6, &[]);
    assert_eq!((&ended.out[..], &ended.err[..]), ("", ""));
    stage
        .run(&["replay", "@1", "--fail", "--times", "3"])
        .with(6, &[]);
}

#[test]
fn many_at_once_come_to_figures() {
    let stage = Stage::new();
    stage.origin.answers(500);
    stage.post("/", b"", b"{}");
    stage.origin.answers(200);
    let ended = stage.run(&["replay", "@1", "--times", "60", "--concurrency", "8"]);
    ended.with(0, &[]);
    for said in [
        "60 sent in ",
        "p50 ",
        "p99 ",
        "60 × 200",
        "60 fixed",
        "60 answers differ",
    ] {
        assert!(ended.out.contains(said), "no {said:?} in {ended:?}");
    }
    assert!(
        !ended.out.contains("req_"),
        "figures instead of lines: {ended:?}"
    );
    assert_eq!(ended.err, "", "no progress where nobody watches");
    assert_eq!(stage.origin.more(), 61);
    assert_eq!(stage.recorded(61).len(), 61);
}

#[test]
fn json_is_a_line_for_each_attempt_and_one_for_all() {
    let stage = Stage::new();
    let original = stage.post("/hook?x", b"", b"{}");
    stage.origin.answers(404);
    let lines = stage.replay(0, &["@1", "--times", "3", "--concurrency", "2"]);
    assert_eq!(lines.len(), 4);
    for line in &lines[..3] {
        for (key, value) in [
            ("/type", "replay".into()),
            ("/v", 1.into()),
            ("/replay_of", original.id().to_string().into()),
            ("/method", "POST".into()),
            ("/target", "/hook?x".into()),
            ("/status", 404.into()),
            ("/failure", serde_json::Value::Null),
            ("/was/status", 200.into()),
            ("/verdict", "regressed".into()),
            ("/differences", 2.into()),
            ("/response/bytes", 14.into()),
        ] {
            assert_eq!(line.pointer(key), Some(&value), "{key} in {line}");
        }
        assert!(line["ms"].as_f64().is_some_and(|ms| ms > 0.0), "{line}");
        assert!(line["at"].as_str().is_some_and(|at| at.ends_with('Z')));
        assert!(
            line["origin"]
                .as_str()
                .is_some_and(|url| url.starts_with("http://"))
        );
    }
    let summary = &lines[3];
    for (key, value) in [
        ("/type", "summary".into()),
        ("/v", 1.into()),
        ("/sent", 3.into()),
        ("/unsent", 0.into()),
        ("/statuses/404", 3.into()),
        ("/verdicts/regressed", 3.into()),
        ("/verdicts/still_failing", 0.into()),
        ("/failing", 3.into()),
        ("/differing", 3.into()),
    ] {
        assert_eq!(summary.pointer(key), Some(&value), "{key} in {summary}");
    }
    assert!(summary["p99_ms"].as_f64() >= summary["p50_ms"].as_f64());
}

#[test]
fn a_filter_selects_what_failed_in_the_order_it_came() {
    let stage = Stage::new();
    for (target, status) in [("/a", 500), ("/b", 200), ("/c", 503)] {
        stage.origin.answers(status);
        stage.post(target, b"", b"{}");
    }
    stage.origin.answers(200);
    let lines = stage.replay(0, &["status:5xx"]);
    let targets: Vec<_> = lines.iter().map(|line| line["target"].as_str()).collect();
    assert_eq!(targets, [Some("/a"), Some("/c"), None]);
    stage.recorded(5);
    let targets = stage.replay(0, &["@3..@5"]);
    assert_eq!(targets[0]["target"], "/a");
    let ended = stage.run(&["replay", "status:418"]);
    ended.with(1, &["no exchange in the history is one of status:418"]);
}

#[test]
fn resend_is_another_word_for_it() {
    let stage = Stage::new();
    stage.post("/", b"", b"{}");
    let ended = stage.run(&["resend", "@1"]);
    ended.with(0, &[]);
    assert!(ended.out.contains("200 → 200  still passing"), "{ended:?}");
}

#[test]
fn their_spacing_is_kept() {
    let stage = Stage::new();
    let first = stage.post("/1", b"", b"{}");
    let second = stage.post("/2", b"", b"{}");
    let spacing = second.request.received_at.since(first.request.received_at);
    stage.replay(0, &["@2..@1", "--speed", "0.25x"]);
    let history = stage.recorded(4);
    let again = history[3]
        .request
        .received_at
        .since(history[2].request.received_at);
    assert!(again >= spacing * 39 / 10, "{again:?} for {spacing:?}");
}

/// A replay of two, of which the second is sent hours after the first.
fn second_due_in_hours(stage: &Stage, flags: &[&str]) -> Process {
    for target in ["/1", "/2"] {
        stage.post(target, b"", b"{}");
        stage.origin.next();
    }
    let arguments = ["replay", "@2..@1", "--speed", "0.0000001"];
    Process::start(stage.home.hookreel(&[&arguments, flags].concat()))
}

#[test]
fn an_interrupt_sends_no_more_and_tells_what_was_sent() {
    let stage = Stage::new();
    let replaying = second_due_in_hours(&stage, &["--times", "2", "--json"]);
    assert_eq!(replaying.json("replay")["target"], "/1");
    let ended = replaying.stop();
    ended.with(0, &[]);
    let last = ended.out.lines().last().unwrap_or_default();
    assert!(
        last.contains("\"type\":\"summary\"") && last.contains("\"sent\":1"),
        "{ended:?}"
    );
    assert!(last.contains("\"unsent\":0,\"left\":3"), "{ended:?}");
    assert_eq!(stage.origin.more(), 1);
}

#[test]
fn an_interrupt_tells_people_how_many_are_left() {
    let stage = Stage::new();
    let replaying = second_due_in_hours(&stage, &[]);
    stage.origin.next();
    stage.recorded(3);
    let ended = replaying.stop();
    ended.with(0, &[]);
    assert!(ended.out.contains("1 left out: interrupted"), "{ended:?}");
}
