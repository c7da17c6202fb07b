//! Requests of the history, signed again, at a server that checks as real ones do.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use super::rig::{
    GITHUB, STRIPE, Seen, TWILIO, github, now, set, slack, stripe, twilio, twilio_signature,
};
use crate::cli::process::{Home, Process};
use crate::replay::rig::{Origin, Stage};

const EVENT: &str = "{\"id\":\"evt_1\",\"object\":\"event\"}";

/// A history of one webhook of Stripe's that came, and was signed, at this time.
fn charged(at: u64) -> Home {
    kept("https://shop.example/hooks", &stripe(EVENT, at), EVENT, at)
}

/// A history of one webhook that came at this time, signed at that time.
fn kept(url: &str, fields: &str, body: &str, at: u64) -> Home {
    let home = Home::new();
    let pairs = fields.lines().filter_map(|line| line.split_once(": "));
    let headers: Vec<Value> = pairs
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect();
    let time = Process::start(home.command("date", &["-u", "-d", &format!("@{at}"), "+%FT%TZ"]));
    let time = time.end().out.trim().to_owned();
    let har = json!({"log": {"version": "1.2", "entries": [{
        "startedDateTime": time, "time": 1,
        "request": {"method": "POST", "url": url, "headers": headers, "httpVersion": "HTTP/1.1",
            "queryString": [], "cookies": [], "headersSize": -1, "bodySize": body.len(),
            "postData": {"mimeType": "application/json", "text": body}},
        "response": {"status": 200, "statusText": "OK", "headers": [], "cookies": [],
            "httpVersion": "HTTP/1.1", "redirectURL": "", "headersSize": -1, "bodySize": 0,
            "content": {"size": 0, "mimeType": "", "text": ""}},
        "cache": {}, "timings": {"send": 0, "wait": 1, "receive": 0}}]}});
    home.file("one.har", har.to_string());
    home.run(&["import", "one.har"]).with(0, &[]);
    home
}

#[track_caller]
fn replay(home: &Home, origin: &Origin, flags: &[&str]) -> (Seen, Value) {
    let to = format!("http://127.0.0.1:{}", origin.port);
    let first = ["replay", "--json", "label:imported", "--to", &to];
    let ended = home.run(&[&first, flags].concat());
    ended.with(0, &[]);
    let line = ended.out.lines().next().unwrap_or_default();
    let line: Value = serde_json::from_str(line).expect("a line of JSON");
    (Seen::read(&origin.next()), line["resigned"].clone())
}

#[test]
fn what_was_good_an_hour_ago_passes_the_servers_own_check_now() {
    let (then, origin) = (now() - 3600, Origin::new());
    let home = charged(then);
    set(&home, &["stripe", "--label", "old"], "whsec_before").with(0, &[]);
    set(&home, &["stripe", "--label", "test"], STRIPE).with(0, &[]);
    let (seen, resigned) = replay(&home, &origin, &[]);
    assert!(
        seen.is_of_stripe(now()),
        "{}",
        seen.field("stripe-signature")
    );
    assert_eq!(
        (&seen.line[..], &seen.body[..]),
        ("POST /hooks HTTP/1.1", EVENT)
    );
    assert_eq!(
        resigned["text"],
        "re-signed as stripe with the secret test (v1)"
    );
    let (stale, said) = replay(&home, &origin, &["--no-resign"]);
    assert!(!stale.is_of_stripe(now()) && stale.is_of_stripe(then));
    assert_eq!(said, Value::Null);
}

#[test]
fn the_original_stays_as_it_was_and_the_attempt_is_good_itself() {
    let (then, origin) = (now() - 3600, Origin::new());
    let home = charged(then);
    set(&home, &["stripe"], STRIPE).with(0, &[]);
    let before = home.run(&["export", "label:imported", "--as", "json"]).out;
    replay(&home, &origin, &[]);
    assert_eq!(
        home.run(&["export", "label:imported", "--as", "json"]).out,
        before
    );
    home.run(&["verify", "label:replay"]).with(0, &[]);
    let listed = home.run(&["ls", "label:replay verdict:good"]);
    assert_eq!(listed.out.lines().count(), 1, "{listed:?}");
}

#[test]
fn what_is_live_is_signed_again_on_its_own_way() {
    let stage = Stage::new();
    set(&stage.home, &["github"], GITHUB).with(0, &[]);
    stage.post("/hooks", github("{\"a\":1}").as_bytes(), b"{\"a\":1}");
    stage.origin.next();
    let lines = stage.replay(0, &["@1"]);
    assert_eq!(lines[0]["resigned"]["done"], true);
    assert!(Seen::read(&stage.origin.next()).is_of_github());
}

#[test]
fn what_was_bad_or_not_signed_is_left_alone_and_that_is_said() {
    let (then, origin) = (now() - 3600, Origin::new());
    let other = "{\"id\":\"evt_2\",\"object\":\"event\"}";
    let home = kept(
        "https://shop.example/hooks",
        &stripe(EVENT, then),
        other,
        then,
    );
    set(&home, &["stripe"], STRIPE).with(0, &[]);
    let (seen, said) = replay(&home, &origin, &[]);
    assert!(
        seen.field("stripe-signature")
            .contains(&format!("t={then},"))
    );
    assert_eq!(said["done"], false);
    let text = said["text"].as_str().expect("a text");
    assert!(
        text.contains("was bad when it came; --resign signs it"),
        "{text}"
    );
    let (seen, said) = replay(&home, &origin, &["--resign"]);
    assert!(seen.is_of_stripe(now()), "the user says so");
    assert_eq!(said["done"], true);

    let home = kept(
        "https://shop.example/hooks",
        "X-GitHub-Event: push\n",
        "{}",
        then,
    );
    set(&home, &["github"], GITHUB).with(0, &[]);
    let (seen, said) = replay(&home, &origin, &[]);
    assert_eq!(
        (seen.field("x-hub-signature-256"), &said["done"]),
        ("", &false.into())
    );
    let (seen, _) = replay(&home, &origin, &["--resign"]);
    assert!(seen.is_of_github());
}

#[test]
fn in_lines_for_people_it_is_said_too() {
    let (then, origin) = (now() - 3600, Origin::new());
    let home = charged(then);
    set(&home, &["stripe"], STRIPE).with(0, &[]);
    let ended = home.run(&["replay", "@1", "--to", &origin.port.to_string()]);
    ended.with(0, &[]);
    assert!(
        ended
            .out
            .contains("re-signed as stripe with the secret default (v1)"),
        "{ended:?}"
    );
    assert!(!format!("{ended:?}").contains(STRIPE));
}

#[test]
fn what_is_edited_is_signed_only_if_the_user_says_so() {
    let (then, origin) = (now() - 60, Origin::new());
    let home = charged(then);
    set(&home, &["stripe"], STRIPE).with(0, &[]);
    let file = home.file("editor", "#!/bin/sh\nsed -i 's/evt_1/evt_9/' $1\n");
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o755)).expect("a mode");
    let to = origin.port.to_string();
    for (flags, good) in [(&[][..], false), (&["--resign"], true)] {
        let first = ["replay", "label:imported", "--edit", "--to", &to];
        let mut command = home.hookreel(&[&first, flags].concat());
        command.env("EDITOR", &file);
        let ended = Process::start(command).end();
        ended.with(0, &[]);
        let seen = Seen::read(&origin.next());
        assert!(seen.body.contains("evt_9"));
        assert_eq!(seen.is_of_stripe(now()), good, "{ended:?}");
        assert_eq!(
            ended.out.contains("not re-signed: it was changed"),
            !good,
            "{ended:?}"
        );
    }
}

#[test]
fn a_signature_that_the_user_sets_by_hand_stays_that() {
    let (then, origin) = (now() - 60, Origin::new());
    let home = charged(then);
    set(&home, &["stripe"], STRIPE).with(0, &[]);
    let (seen, _) = replay(&home, &origin, &["-H", "Stripe-Signature: t=1,v1=00"]);
    assert_eq!(seen.field("stripe-signature"), "t=1,v1=00");
    let (seen, _) = replay(&home, &origin, &["-H", "X-Debug: 1"]);
    assert!(seen.is_of_stripe(now()));
}

#[test]
fn slack_gets_its_time_in_the_field_it_has_for_that() {
    let (then, origin) = (now() - 3600, Origin::new());
    let body = "{\"type\":\"event_callback\"}";
    let home = kept("https://shop.example/slack", &slack(body, then), body, then);
    set(&home, &["slack"], super::rig::SLACK).with(0, &[]);
    let (seen, resigned) = replay(&home, &origin, &[]);
    assert!(seen.is_of_slack(now()), "{resigned}");
}

#[test]
fn twilio_is_signed_for_the_address_that_the_server_believes_it_has() {
    let form = [("MessageSid", "SM1"), ("AccountSid", "AC1"), ("Body", "hi")];
    let body = "MessageSid=SM1&AccountSid=AC1&Body=hi";
    let stage = Stage::new();
    set(&stage.home, &["twilio"], TWILIO).with(0, &[]);
    let public = format!("{}/sms", stage.url);
    stage.post("/sms", twilio(&public, &form).as_bytes(), body.as_bytes());
    stage.origin.next();
    let elsewhere = Origin::new();
    let to = format!("http://127.0.0.1:{}", elsewhere.port);
    let signature = |seen: &[u8]| Seen::read(seen).field("x-twilio-signature").to_owned();
    stage.replay(0, &["label:live"]);
    assert_eq!(
        signature(&stage.origin.next()),
        twilio_signature(&public, &form)
    );
    stage.replay(0, &["label:live", "--to", &to]);
    let there = twilio_signature(&format!("{to}/sms"), &form);
    assert_eq!(signature(&elsewhere.next()), there);
    for said in [
        "https://shop.example",
        "https://shop.example/",
        "https://shop.example/sms",
    ] {
        stage.replay(0, &["label:live", "--to", &to, "--sign-url", said]);
        let there = twilio_signature("https://shop.example/sms", &form);
        assert_eq!(signature(&elsewhere.next()), there, "{said}");
    }
    // Judged by the address it was signed for, now and later.
    let listed = stage.run(&["ls", "label:replay verdict:good", "--json"]);
    assert_eq!(listed.out.lines().count(), 5, "{listed:?}");
    stage.run(&["verify", "label:replay"]).with(0, &[]);
    let shown = stage.run(&["show", "@1", "--json"]).out;
    let shown: Value = serde_json::from_str(&shown).expect("JSON");
    assert_eq!(shown["signed_for"], "https://shop.example/sms");
    assert_eq!(shown["signature"]["report"]["verdict"], "good");
    let other = Home::new();
    let file = stage
        .run(&["export", "@1", "--as", "json", "--no-redact"])
        .out;
    other.file("one.json", file);
    set(&other, &["twilio"], TWILIO).with(0, &[]);
    other.run(&["import", "one.json"]).with(0, &[]);
    other.run(&["verify", "@1"]).with(0, &[]);
    // Sent again as it is, it still is what it was.
    stage.replay(0, &["@1", "--no-resign"]);
    stage.run(&["verify", "@1"]).with(0, &[]);
    // An address that it was not signed for stays one.
    stage.replay(0, &["label:live", "--to", &to, "--no-resign"]);
    stage.run(&["verify", "@1"]).with(0, &[]);
    stage
        .run(&["verify", "@1", "--url", &format!("{to}/sms")])
        .with(6, &[]);
}

#[test]
fn without_a_secret_it_cannot_be_wanted() {
    let (then, origin) = (now() - 60, Origin::new());
    let home = charged(then);
    let to = origin.port.to_string();
    let ended = home.run(&["replay", "@1", "--to", &to, "--resign"]);
    ended.with(
        1,
        &["there is no secret of stripe", "hookreel secret set stripe"],
    );
    assert_eq!(origin.more(), 0, "nothing is sent");
    let (seen, said) = replay(&home, &origin, &[]);
    assert!(seen.is_of_stripe(then), "as it was");
    let text = "not re-signed: there is no secret of stripe; set one: hookreel secret set stripe";
    assert_eq!(said, serde_json::json!({ "done": false, "text": text }));
}

#[test]
fn of_several_secrets_the_user_says_which_one_signs() {
    let (then, origin) = (now() - 60, Origin::new());
    let home = charged(then);
    set(&home, &["stripe", "--label", "next"], "whsec_after").with(0, &[]);
    set(&home, &["stripe", "--label", "test"], STRIPE).with(0, &[]);
    let (seen, said) = replay(&home, &origin, &["--resign", "--secret-label", "next"]);
    assert!(!seen.is_of_stripe(now()), "{said}");
    assert_eq!(
        said["text"],
        "re-signed as stripe with the secret next (v1)"
    );
    let (seen, _) = replay(&home, &origin, &["--resign", "--secret-label", "test"]);
    assert!(seen.is_of_stripe(now()));
    let to = origin.port.to_string();
    let ended = home.run(&[
        "replay",
        "label:imported",
        "--to",
        &to,
        "--resign",
        "--secret-label",
        "old",
    ]);
    ended.with(
        1,
        &["no secret of stripe has this label; there are next, test"],
    );
    let ended = home.run(&[
        "replay",
        "label:imported",
        "--to",
        &to,
        "--secret-label",
        "next",
    ]);
    ended.with(2, &["--resign"]);

    let to = format!("http://127.0.0.1:{}/hooks", origin.port);
    let trigger = [
        "trigger",
        "stripe",
        "charge.succeeded",
        "--to",
        &to,
        "--secret-label",
    ];
    let ended = home.run(&[&trigger[..], &["test"]].concat());
    ended.with(0, &[]);
    assert!(Seen::read(&origin.next()).is_of_stripe(now()));
    let ended = home.run(&[&trigger[..], &["old"]].concat());
    ended.with(
        2,
        &["no secret of stripe has this label; there are next, test"],
    );
    assert_eq!(origin.more(), 0, "nothing else is sent");
}
