//! Somebody who only knows the public address, and a user who presses replay: nothing of theirs is
//! ever signed with a real secret.

use super::rig::{GITHUB, SLACK, STRIPE, Seen, now, set, sha256, stripe};
use crate::cli::process::Home;
use crate::replay::rig::Stage;

/// All that a stranger might send to have it signed.
fn forged() -> Vec<(String, String)> {
    let event = "{\"id\":\"evt_1\",\"object\":\"event\",\"amount\":1}";
    let at = now();
    let wrong = sha256("a guess", format!("{at}.{event}").as_bytes());
    let fields = |text: &str| format!("Content-Type: application/json\r\n{text}\r\n");
    let github = "X-GitHub-Event: push\r\nX-GitHub-Delivery: 1\r\n";
    let one = |head: String, body: &str| (head, body.to_owned());
    vec![
        // Not signed, by marks that are easily made.
        one(fields(github.trim_end()), "{}"),
        one(
            fields("X-Slack-Request-Timestamp: 1"),
            "{\"type\":\"event_callback\"}",
        ),
        one(
            fields("User-Agent: Stripe/1.0 (+https://stripe.com/docs/webhooks)"),
            event,
        ),
        // Signed with something else, twice, or with nothing.
        one(
            fields(&format!("Stripe-Signature: t={at},v1={wrong}")),
            event,
        ),
        one(
            fields(&format!(
                "Stripe-Signature: t={at},v1={wrong},v1={wrong},v0={wrong}"
            )),
            event,
        ),
        one(fields(&format!("Stripe-Signature: t={at},v1=")), event),
        one(fields(&format!("Stripe-Signature: t={at}")), event),
        one(fields("Stripe-Signature: "), event),
        one(
            fields(&format!("{github}X-Hub-Signature-256: sha256=")),
            "{}",
        ),
        one(
            fields(&format!("{github}X-Hub-Signature-256: sha256={wrong}")),
            "{}",
        ),
        one(
            fields(&format!("{github}X-Hub-Signature: sha1={}", &wrong[..40])),
            "{}",
        ),
        // What a real provider asks before it sends anything.
        one(
            fields(&format!(
                "X-Slack-Request-Timestamp: {at}\r\nX-Slack-Signature: v0={wrong}"
            )),
            "{\"type\":\"url_verification\",\"challenge\":\"x\",\"token\":\"y\"}",
        ),
        one(
            fields("X-Unknown: 1"),
            "{\"type\":\"url_verification\",\"challenge\":\"x\"}",
        ),
        one(
            fields("X-GitHub-Event: ping"),
            "{\"zen\":\"x\",\"hook_id\":1}",
        ),
        one(
            fields("x-zm-request-timestamp: 1"),
            "{\"event\":\"endpoint.url_validation\",\"payload\":{\"plainToken\":\"x\"}}",
        ),
    ]
}

#[test]
fn nothing_a_stranger_sends_is_signed_when_it_is_sent_again() {
    let stage = Stage::new();
    for (provider, secret) in [("stripe", STRIPE), ("github", GITHUB), ("slack", SLACK)] {
        set(&stage.home, &[provider], secret).with(0, &[]);
    }
    for (fields, body) in forged() {
        stage.post("/hooks", fields.as_bytes(), body.as_bytes());
        stage.origin.next();
        let lines = stage.replay(0, &["@1"]);
        assert_ne!(lines[0]["resigned"]["done"], true, "{fields}{body}");
        let seen = Seen::read(&stage.origin.next());
        let signed = seen.is_of_stripe(now()) || seen.is_of_github() || seen.is_of_slack(now());
        assert!(!signed, "{fields}{body}");
    }
}

#[test]
fn a_good_one_that_somebody_kept_and_sends_later_is_not_made_new() {
    let stage = Stage::new();
    set(&stage.home, &["stripe"], STRIPE).with(0, &[]);
    let body = "{\"object\":\"event\"}";
    stage.post(
        "/hooks",
        stripe(body, now() - 3600).as_bytes(),
        body.as_bytes(),
    );
    stage.origin.next();
    stage.replay(0, &["@1"]);
    assert!(!Seen::read(&stage.origin.next()).is_of_stripe(now()));
}

#[test]
fn what_passes_live_is_never_signed() {
    let stage = Stage::new();
    set(&stage.home, &["github"], GITHUB).with(0, &[]);
    stage.post("/hooks", b"X-GitHub-Event: push\r\n", b"{}");
    let seen = Seen::read(&stage.origin.next());
    assert_eq!(seen.field("x-hub-signature-256"), "");
}

#[test]
fn a_file_of_somebody_elses_does_not_say_where_a_signed_request_goes() {
    let stage = Stage::new();
    set(&stage.home, &["stripe"], STRIPE).with(0, &[]);
    let body = "{\"object\":\"event\"}";
    stage.post("/hooks", stripe(body, now()).as_bytes(), body.as_bytes());
    stage.origin.next();
    let own = stage.run(&["export", "@1", "--as", "json"]).out;
    let here = format!("\"origin\":\"http://localhost:{}\"", stage.origin.port);
    assert!(own.contains(&here), "{own}");
    let reader = Home::new();
    set(&reader, &["stripe"], STRIPE).with(0, &[]);
    for elsewhere in [
        "http://192.0.2.7:81",
        "https://evil.example",
        "http://localhost.evil.example",
        "http://127.0.0.1@evil.example",
    ] {
        let text = own.replace(&here, &format!("\"origin\":\"{elsewhere}\""));
        reader.file("one.ndjson", text);
        reader.run(&["import", "one.ndjson"]).with(0, &[]);
        let ended = reader.run(&["replay", "@1"]);
        ended.with(1, &["say where to send it (--to URL"]);
        let ended = reader.run(&["replay", "@1", "--resign"]);
        ended.with(1, &["say where to send it (--to URL"]);
        let ended = reader.run(&["trigger", "stripe", "charge.succeeded"]);
        ended.with(2, &["say where to send it with --to URL"]);
    }
    // To a server of this machine it goes as before.
    let reader = Home::new();
    set(&reader, &["stripe"], STRIPE).with(0, &[]);
    reader.file("one.ndjson", own);
    reader.run(&["import", "one.ndjson"]).with(0, &[]);
    let ended = reader.run(&["replay", "@1"]);
    ended.with(0, &[]);
    assert!(ended.out.contains("re-signed as stripe"), "{ended:?}");
    assert!(Seen::read(&stage.origin.next()).is_of_stripe(now()));
}

#[test]
fn the_host_that_a_stranger_names_is_not_where_a_signed_sample_goes() {
    let stage = Stage::with(&["--name", "shop"]);
    set(&stage.home, &["github"], GITHUB).with(0, &[]);
    let port = stage.url.rsplit(':').next().expect("a port");
    let trigger = ["trigger", "github", "push", "--name", "shop"];
    // As a page whose name leads to this machine can.
    for (count, host) in ["evil.example", "shop.evil.example", "203.0.113.9"]
        .into_iter()
        .enumerate()
    {
        let fields = b"X-GitHub-Event: push\r\nX-Forwarded-Proto: https\r\n";
        let sent = crate::cli::peers::send(&format!("http://{host}:{port}"), "/", fields, b"{}");
        sent.answer();
        stage.recorded(count + 1);
        stage.origin.next();
        stage.run(&trigger).with(2, &["--to URL"]);
    }
    stage.post("/hooks", b"", b"{}");
    stage.origin.next();
    stage.run(&trigger).with(0, &[]);
    assert!(Seen::read(&stage.origin.next()).is_of_github());
}
