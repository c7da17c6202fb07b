//! The verbs of the history, run as README.md has them, over what a client has recorded.

use super::shell;
use crate::cli::process::Ended;
use crate::replay::rig::{Origin, Stage};

/// Of three webhooks, the one before the latest has failed. The client still runs.
fn stage() -> Stage {
    let stage = Stage::new();
    stage.post("/webhooks", b"", b"{\"n\":1}");
    stage.origin.answers(503);
    stage.post("/webhooks", b"", b"{\"n\":2}");
    stage.origin.answers(200);
    stage.post("/webhooks", b"", b"{\"n\":3}");
    assert_eq!(stage.origin.more(), 3);
    stage
}

fn runs(stage: &Stage, line: &str, code: i32) -> Ended {
    let ended = shell(&stage.home, line).end();
    ended.with(code, &[]);
    ended
}

pub fn lists(line: &str) {
    let out = runs(&stage(), line, 0).out;
    assert_eq!(out.matches("/webhooks").count(), 1, "{out}");
    assert!(out.contains("503"), "{out}");
}

pub fn finds(line: &str) {
    let stage = stage();
    let paid = stage.post("/webhooks/paid", b"", b"{\"event\":\"Order.Paid\"}");
    let finds = || {
        let out = runs(&stage, line, 0).out;
        out.contains("/webhooks/paid") && out.contains(&paid.id().to_string())
    };
    // The index follows within moments.
    let begun = std::time::Instant::now();
    while !finds() {
        assert!(begun.elapsed().as_secs() < 20, "not in the index");
    }
}

pub fn shows(line: &str) {
    let out = runs(&stage(), line, 0).out;
    assert!(out.contains("POST /webhooks"), "{out}");
    assert!(out.contains("\"n\": 3") && out.contains("200"), "{out}");
}

pub fn follows(line: &str) {
    let stage = stage();
    let tail = shell(&stage.home, line);
    for _ in 0..3 {
        tail.line();
    }
    stage.post("/webhooks/new", b"", b"{}");
    while !tail.line().contains("/webhooks/new") {}
    tail.stop().with(0, &[]);
}

pub fn replays(line: &str) {
    let stage = stage();
    runs(&stage, line, 0);
    assert!(stage.origin.text().ends_with("{\"n\":3}"));
}

pub fn replays_elsewhere(line: &str) {
    let (stage, other) = (stage(), Origin::new());
    let line = line.replace("4000", &other.port.to_string());
    let out = runs(&stage, &line, 0).out;
    assert!(out.contains("503 → 200"), "{out}");
    assert!(other.text().ends_with("{\"n\":2}"));
    assert_eq!((stage.origin.more(), other.more()), (0, 0));
    // What was sent again, and failed, is not one request more the next time.
    other.answers(503);
    runs(&stage, &line, 0);
    runs(&stage, &line, 0);
    assert_eq!(other.more(), 2);
}

pub fn compares(line: &str) {
    let out = runs(&stage(), line, 1).out;
    assert!(out.contains("503") && out.contains("$.n"), "{out}");
}

pub fn exports(line: &str) {
    let out = runs(&stage(), line, 0).out;
    assert!(out.starts_with("curl "), "{out}");
    assert!(out.contains("{\"n\":3}"), "{out}");
}

pub fn imports(line: &str) {
    let stage = stage();
    let har = runs(&stage, "hookreel export @3..@1 --as har", 0).out;
    stage.home.file("traffic.har", har);
    runs(&stage, line, 0);
    assert_eq!(stage.history().len(), 6);
}

pub fn waits(line: &str) {
    let stage = stage();
    let wait = shell(&stage.home, line);
    let mut sent = 0;
    // One that came before it looks does not count.
    while wait.runs() {
        stage.post("/webhooks/shop", b"", b"{}");
        sent += 1;
        assert!(sent < 10_000, "it does not end");
    }
    let ended = wait.end();
    ended.with(0, &[]);
    assert!(ended.out.contains("req_"), "{ended:?}");
}
