//! What the server gets is what it got before.

use hookreel_shared::model::Label;

use super::rig::{Stage, without_id};

#[test]
fn a_replay_is_the_same_bytes_but_for_its_id() {
    let stage = Stage::new();
    let body: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    let fields = b"X-dUp: one\r\nZ: \xff\xfe\r\nx-DUP: two\r\nX-Empty:\r\nContent-Type: a/b\r\n";
    stage.post("/a//b/../c?x=%00&y=[1]", fields, &body);
    let before = stage.origin.next();
    stage.run(&["replay", "@1"]).with(0, &[]);
    let after = stage.origin.next();
    assert_ne!(before, after, "each exchange has an id of its own");
    assert_eq!(without_id(&before), without_id(&after));
}

/// The field lines between those that every sender sends first and last.
#[track_caller]
fn between(message: &[u8]) -> String {
    let text: String = message.iter().map(|&b| char::from(b)).collect();
    let (_, rest) = text.split_once("\r\nHost: ").expect("Host is first");
    let (_, rest) = rest.split_once("\r\n").expect("a line");
    let (fields, _) = rest.split_once("Content-Length: ").expect("the last one");
    fields.to_owned()
}

#[test]
fn a_replay_has_the_field_lines_that_the_sender_sent() {
    let stage = Stage::new();
    let odd: String = ('\u{80}'..='\u{ff}').collect();
    let many: String = (0..45)
        .map(|at| format!("x-MANY: {at}\r\nY-mAnY: {at}\r\n"))
        .collect();
    let fields = format!("A: 1\r\nB: 2\r\na: 3\r\nX-MiXed: {odd}\r\nX-Empty: \r\n{many}");
    let bytes = fields.chars().map(|c| u8::try_from(c).expect("a byte"));
    let bytes: Vec<u8> = bytes.collect();
    stage.post("/hook", &bytes, b"{}");
    assert_eq!(between(&stage.origin.next()), fields, "live");
    stage.run(&["replay", "@1"]).with(0, &[]);
    assert_eq!(between(&stage.origin.next()), fields, "on replay");
}

#[test]
fn a_replay_is_an_exchange_of_its_own_and_never_touches_the_original() {
    let stage = Stage::new();
    stage.origin.answers(500);
    let original = stage.post("/hook", b"A: 1\r\n", b"{}");
    stage.origin.answers(200);
    let lines = stage.replay(0, &[&original.id().to_string()]);
    let history = stage.history();
    assert_eq!(history.len(), 2);
    assert_eq!(history[0], original, "as it was");
    let replay = &history[1];
    assert_eq!(replay.replay_of, Some(original.id()));
    assert_eq!(replay.request.label, Label::Replay);
    assert_eq!(lines[0]["id"], replay.id().to_string());
    assert_eq!(replay.request_body.kept, original.request_body.kept);
    assert_eq!(replay.response_body.kept, "{\"status\":200}");
    assert_eq!(replay.request.sent(), original.request.sent());
    assert_eq!(replay.request.added().len(), original.request.added().len());
    assert_eq!(replay.origin, original.origin);
    let id = replay.request.headers.get("hookreel-request-id");
    assert_eq!(id.expect("an id"), &replay.id().to_string());
}

#[test]
fn a_replay_of_a_replay_is_the_same_bytes_still() {
    let stage = Stage::new();
    stage.post("/hook", b"b-B: 1\r\nA-a: 2\r\n", b"\0\r\n\n");
    let before = stage.origin.next();
    for round in 1..=3 {
        stage.replay(0, &["@1"]);
        let history = stage.recorded(round + 1);
        assert_eq!(history[round].replay_of, Some(history[round - 1].id()));
        assert_eq!(without_id(&stage.origin.next()), without_id(&before));
    }
}

#[test]
fn a_filter_means_what_came_in_and_not_its_replays() {
    let stage = Stage::new();
    stage.post("/one", b"", b"");
    stage.run(&["replay", "@1"]).with(0, &[]);
    let lines = stage.replay(0, &["path:/one"]);
    assert_eq!(lines.len(), 2, "the one that came, and the summary");
    let all = stage.replay(0, &["path:/one label:live|replay"]);
    assert_eq!(all.len(), 4, "it, both its replays, and the summary");
    stage.run(&["rm", "label:live"]).with(0, &[]);
    stage.run(&["replay", "path:/one"]).with(
        1,
        &["is one of path:/one, but for replays: add label:replay"],
    );
}

#[test]
fn whoever_added_fields_is_named_before_them() {
    let stage = Stage::new();
    stage.post("/one", b"X-Own: 1\r\n", b"");
    let came = stage.run(&["show", "@1", "--headers"]).out;
    let (own, added) = came.split_once("(added by the relay)").expect("both");
    assert!(
        own.contains("X-Own: 1") && added.contains("Hookreel-Request-Id"),
        "{came}"
    );
    stage.run(&["replay", "@1"]).with(0, &[]);
    // No relay had a part in that.
    let again = stage.run(&["show", "@1", "--headers"]).out;
    assert!(again.contains("(added by hookreel)"), "{again}");
    assert!(!again.contains("by the relay"), "{again}");
}

#[test]
fn a_replay_can_be_found_by_its_label() {
    let stage = Stage::new();
    stage.post("/one", b"", b"");
    stage.run(&["replay", "@1"]).with(0, &[]);
    let lines = stage.replay(0, &["label:replay"]);
    assert_eq!(lines.len(), 2, "the one replay, and the summary");
    assert_eq!(lines[0]["target"], "/one");
}
