//! A request changed in an editor.

use std::os::unix::fs::PermissionsExt;

use super::rig::{Stage, without_id};
use crate::cli::process::{Ended, Process};

/// Replays the latest by way of an editor that is a shell script; `$1` is the file.
#[track_caller]
fn edit(stage: &Stage, script: &str) -> Ended {
    let file = stage
        .home
        .file("editor", format!("#!/bin/sh\nset -e\n{script}\n"));
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o755)).expect("a mode");
    let mut command = stage.home.hookreel(&["replay", "@1", "--edit"]);
    command.env("VISUAL", "").env("EDITOR", file);
    Process::start(command).end()
}

#[test]
fn what_is_changed_is_sent_with_the_right_length() {
    let stage = Stage::new();
    stage.post("/hook", b"X-A: 1\r\nX-B: 2\r\n", b"{\"amount\":1}");
    stage.origin.next();
    let script =
        "sed -i 's/:1}/:1000}/; s/^X-A: 1$/X-A: one/; /^X-B/d; s|^POST /hook|PUT /other|' $1";
    edit(&stage, script).with(0, &[]);
    let text = stage.origin.text();
    assert!(text.starts_with("PUT /other HTTP/1.1\r\n"), "{text}");
    assert!(text.ends_with("\r\n\r\n{\"amount\":1000}"), "{text}");
    let head = text.to_ascii_lowercase();
    assert!(
        head.contains("x-a: one\r\n") && !head.contains("x-b:"),
        "{text}"
    );
    assert!(head.contains("content-length: 15\r\n"), "{text}");
    assert!(head.contains("x-forwarded-for: 127.0.0.1\r\n"), "{text}");
    let history = stage.recorded(2);
    assert_eq!(history[1].replay_of, Some(history[0].id()));
    assert_eq!(history[0].request_body.kept, "{\"amount\":1}");
}

#[test]
fn what_is_not_changed_is_the_same_bytes_whatever_they_are() {
    let stage = Stage::new();
    let body: Vec<u8> = (0..=255).collect();
    stage.post("/hook", b"x-DUP: \xff\r\nX-dup: 2\r\n", &body);
    let before = stage.origin.next();
    edit(&stage, "test -s $1").with(0, &[]);
    assert_eq!(without_id(&stage.origin.next()), without_id(&before));
    // A change elsewhere leaves such a body as it is.
    edit(&stage, "sed -i 's/^X-dup: 2$/X-dup: 3/' $1").with(0, &[]);
    let after = stage.origin.next();
    assert!(after.ends_with(&body));
    assert_ne!(without_id(&after), without_id(&before));
}

#[test]
fn the_fields_of_an_edit_go_out_as_they_stand_in_the_text() {
    let stage = Stage::new();
    let fields = b"A: 1\r\nB: 2\r\na: 3\r\nX-MiXed: \xff\r\nB: 4\r\n";
    stage.post("/hook", fields, b"{}");
    stage.origin.next();
    edit(
        &stage,
        "sed -i 's/^a: 3$/a: 3\\nx-NEW: n/; s/^{}$/{\"a\":1}/' $1",
    )
    .with(0, &[]);
    let sent = stage.origin.next();
    let lines =
        b"\r\nA: 1\r\nB: 2\r\na: 3\r\nx-NEW: n\r\nX-MiXed: \xff\r\nB: 4\r\nContent-Length: 7\r\n";
    let found = sent.windows(lines.len()).any(|part| part == lines);
    assert!(found, "{}", sent.escape_ascii());
    assert!(sent.ends_with(b"\r\n\r\n{\"a\":1}"));
}

#[test]
fn the_file_is_for_its_user_alone_and_gone_afterwards() {
    let stage = Stage::new();
    stage.post("/", b"", b"{}");
    let script = "stat -c '%a' $(dirname $1) > mode; echo $1 > name";
    edit(&stage, script).with(0, &[]);
    let read = |name: &str| {
        let text = std::fs::read_to_string(stage.home.work().join(name));
        text.expect("the editor ran").trim().to_owned()
    };
    assert_eq!(read("mode"), "700");
    assert!(!std::path::Path::new(&read("name")).exists());
}

#[test]
fn an_empty_file_a_wrong_one_and_an_editor_that_fails_send_nothing() {
    let stage = Stage::new();
    stage.post("/", b"", b"{}");
    for (script, said) in [
        (": > $1", "nothing is left of the request: nothing was sent"),
        ("echo '// only this' > $1", "nothing was sent"),
        (
            "echo 'POST' > $1",
            "line 1: expected METHOD /path: nothing was sent",
        ),
        ("exit 3", "nothing was sent"),
    ] {
        edit(&stage, script).with(1, &[said]);
    }
    let mut command = stage.home.hookreel(&["replay", "@1", "--edit"]);
    command.env("EDITOR", "no-such-editor --wait");
    Process::start(command)
        .end()
        .with(2, &["no-such-editor", "set EDITOR"]);
    stage
        .run(&["replay", "@1", "--edit"])
        .with(2, &["--edit needs a terminal, or a command in EDITOR"]);
    assert_eq!(stage.history().len(), 1);
}

#[test]
fn a_signature_that_no_longer_fits_is_pointed_out() {
    let stage = Stage::new();
    stage.post("/", b"X-Hub-Signature-256: sha256=00\r\n", b"{}");
    let ended = edit(&stage, "sed -i 's/^{}$/{\"a\":1}/' $1");
    ended.with(
        0,
        &["warning: X-Hub-Signature-256 is still that of the original"],
    );
    assert_eq!(edit(&stage, "true").err, "", "not where it still fits");
}

#[test]
fn one_request_is_edited_at_a_time() {
    let stage = Stage::new();
    stage.post("/1", b"", b"{}");
    stage.post("/2", b"", b"{}");
    let ended = stage.run(&["replay", "@1", "@2", "--edit"]);
    ended.with(2, &["--edit is for one request, and 2 are selected"]);
}
