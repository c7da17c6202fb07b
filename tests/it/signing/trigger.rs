//! `hookreel trigger`.

use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use super::rig::{GITHUB, STRIPE, Seen, now, set};
use crate::cli::peers::free_port;
use crate::cli::process::{Ended, Home, Process};
use crate::replay::rig::Origin;

/// A home with secrets, and a server.
pub struct Place {
    pub home: Home,
    pub origin: Origin,
    pub to: String,
}

impl Place {
    pub fn new() -> Self {
        let (home, origin) = (Home::new(), Origin::new());
        set(&home, &["stripe"], STRIPE).with(0, &[]);
        set(&home, &["github"], GITHUB).with(0, &[]);
        let to = format!("http://127.0.0.1:{}/hooks", origin.port);
        Self { home, origin, to }
    }

    pub fn run(&self, arguments: &[&str]) -> Ended {
        self.home
            .run(&[&["trigger", "--to", &self.to], arguments].concat())
    }

    /// Runs it for programs; it must end with this code.
    #[track_caller]
    pub fn lines(&self, code: i32, arguments: &[&str]) -> Vec<Value> {
        let ended = self.run(&[&["--json"], arguments].concat());
        ended.with(code, &[]);
        let lines = ended.out.lines();
        lines
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect()
    }

    #[track_caller]
    pub fn seen(&self) -> Seen {
        Seen::read(&self.origin.next())
    }
}

#[test]
fn a_sample_passes_the_servers_own_check_and_is_recorded_with_its_answer() {
    let place = Place::new();
    let ended = place.run(&["stripe", "charge.succeeded"]);
    ended.with(0, &[]);
    let said = "signed as stripe with the secret default (v1)";
    assert!(
        ended.out.contains(" 200 ") && ended.out.contains(said),
        "{ended:?}"
    );
    let seen = place.seen();
    assert_eq!(seen.line, "POST /hooks HTTP/1.1");
    assert!(seen.is_of_stripe(now()));
    assert!(seen.body.contains("\"charge.succeeded\""), "{}", seen.body);
    let host = format!("127.0.0.1:{}", place.origin.port);
    assert_eq!(seen.field("host"), host);
    let listed = place
        .home
        .run(&["ls", "label:sample status:200 verdict:good"]);
    assert_eq!(listed.out.lines().count(), 1, "{listed:?}");
    place.home.run(&["verify", "@1"]).with(0, &[]);
}

#[test]
fn for_programs_there_is_an_object_for_each_attempt() {
    let place = Place::new();
    place.origin.answers(503);
    let lines = place.lines(0, &["github", "push", "--attempts", "0,0.01,0.01"]);
    assert_eq!(lines.len(), 3);
    for (at, line) in lines.iter().enumerate() {
        assert_eq!(line["type"], "trigger");
        assert_eq!(line["attempt"], at + 1);
        assert_eq!(line["status_code"], 503);
        assert_eq!(line["url"], place.to.as_str());
        assert_eq!(line["response"], "{\"status\":503}");
        let seen = place.seen();
        assert_eq!(line["payload"], seen.body.as_str());
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, seen.body.as_bytes());
        assert_eq!(line["hash"], hex::encode(hash));
        assert!(seen.is_of_github());
        assert!(line["id"].as_str().is_some_and(|id| id.starts_with("req_")));
    }
    let delivery = |line: &Value| {
        let id = line["id"].as_str().expect("an id");
        let shown = place.home.run(&["verify", id, "--json"]);
        let shown: Value = serde_json::from_str(&shown.out).expect("JSON");
        shown["delivery"].clone()
    };
    assert_eq!(
        delivery(&lines[0]),
        delivery(&lines[2]),
        "the same delivery again"
    );
}

#[test]
fn an_attempt_that_is_not_the_first_says_so_as_its_provider_does() {
    let place = Place::new();
    set(&place.home, &["slack"], super::rig::SLACK).with(0, &[]);
    place.origin.answers(500);
    place.lines(0, &["slack", "message", "--attempts", "0,0,0"]);
    for expected in ["", "1", "2"] {
        let seen = place.seen();
        assert_eq!(seen.field("x-slack-retry-num"), expected);
        assert!(seen.is_of_slack(now()));
    }
}

#[test]
fn attempts_end_with_the_first_2xx() {
    let place = Place::new();
    let lines = place.lines(0, &["github", "push", "--attempts", "0,0,0", "--fail"]);
    assert_eq!(lines.len(), 1);
}

#[test]
fn exit_codes_tell_what_came_of_it() {
    let place = Place::new();
    place.origin.answers(400);
    place.run(&["github", "push"]).with(0, &[]);
    place.run(&["github", "push", "--fail"]).with(6, &[]);
    let dead = free_port().to_string();
    let ended = place
        .home
        .run(&["trigger", "github", "push", "--to", &dead]);
    ended.with(5, &["cannot be reached"]);
}

#[test]
fn without_a_secret_nothing_goes_out_unless_unsigned_is_wanted() {
    let place = Place::new();
    let none = place.run(&["shopify", "orders/create"]);
    none.with(
        2,
        &[
            "no secret of shopify",
            "hookreel secret set shopify",
            "--unsigned",
        ],
    );
    assert_eq!(place.origin.more(), 0);
    place
        .run(&["shopify", "orders/create", "--unsigned"])
        .with(0, &[]);
    assert_eq!(place.seen().field("x-shopify-hmac-sha256"), "");
}

#[test]
fn a_secret_of_one_name_signs_for_that_name() {
    let place = Place::new();
    place.home.run(&["secret", "rm", "stripe"]).with(0, &[]);
    set(&place.home, &["stripe", "--name", "shop"], STRIPE).with(0, &[]);
    place
        .run(&["stripe", "charge.succeeded"])
        .with(2, &["no secret of stripe", "--name shop"]);
    place
        .run(&["stripe", "charge.succeeded", "--name", "shop"])
        .with(0, &[]);
    assert!(place.seen().is_of_stripe(now()));
}

#[test]
fn values_are_set_before_it_is_signed() {
    let place = Place::new();
    let set = [
        "--set",
        "data.object.amount=123",
        "--set",
        "header:X-Extra=1",
    ];
    place
        .run(&[&["stripe", "charge.succeeded"], &set[..]].concat())
        .with(0, &[]);
    let seen = place.seen();
    let body: Value = serde_json::from_str(&seen.body).expect("JSON");
    assert_eq!(body["data"]["object"]["amount"], 123);
    assert_eq!(seen.field("x-extra"), "1");
    assert!(seen.is_of_stripe(now()));
    let wrong = place.run(&["stripe", "charge.succeeded", "--set", "nonsense"]);
    wrong.with(2, &["--set: write nonsense: PATH=VALUE"]);
    assert_eq!(place.origin.more(), 0);
}

#[test]
fn a_body_of_ones_own_and_an_edit_are_signed_too() {
    let place = Place::new();
    place
        .home
        .file("own.json", "{\"object\":\"event\",\"mine\":true}");
    place
        .run(&["stripe", "charge.succeeded", "--body", "own.json"])
        .with(0, &[]);
    let seen = place.seen();
    assert_eq!(seen.body, "{\"object\":\"event\",\"mine\":true}");
    assert!(seen.is_of_stripe(now()));
    let editor = place.home.file(
        "editor",
        "#!/bin/sh\nsed -i 's/\"mine\":true/\"mine\":2/' $1\n",
    );
    std::fs::set_permissions(&editor, PermissionsExt::from_mode(0o755)).expect("a mode");
    let arguments = [
        "trigger",
        "stripe",
        "charge.succeeded",
        "--body",
        "own.json",
        "--edit",
    ];
    let mut command = place
        .home
        .hookreel(&[&arguments[..], &["--to", &place.to]].concat());
    command.env("EDITOR", editor);
    Process::start(command).end().with(0, &[]);
    let seen = place.seen();
    assert_eq!(seen.body, "{\"object\":\"event\",\"mine\":2}");
    assert!(seen.is_of_stripe(now()));
    place
        .run(&["stripe", "charge.succeeded", "--body", "none"])
        .with(2, &["none: "]);
}

#[test]
fn variants_are_what_a_handler_must_get_right() {
    let place = Place::new();
    let run = |flags: &[&str]| {
        place.run(&[&["stripe"], flags].concat()).with(0, &[]);
    };
    run(&["charge.succeeded", "--bad-signature"]);
    let seen = place.seen();
    assert!(seen.field("stripe-signature").contains("v1=") && !seen.is_of_stripe(now()));
    run(&["charge.succeeded", "--old-timestamp"]);
    let seen = place.seen();
    assert!(!seen.is_of_stripe(now()) && seen.is_of_stripe(now() - 3600));
    run(&["charge.succeeded", "--duplicate"]);
    let (first, again) = (place.seen(), place.seen());
    assert_eq!(first.body, again.body);
    assert!(again.is_of_stripe(now()));
    run(&["charge.succeeded", "charge.refunded", "--out-of-order"]);
    let (first, second) = (place.seen(), place.seen());
    assert!(first.body.contains("\"charge.refunded\""));
    assert!(second.body.contains("\"charge.succeeded\""));
    assert!(first.is_of_stripe(now()) && second.is_of_stripe(now()));
    let one = place.run(&["stripe", "charge.succeeded", "--out-of-order"]);
    one.with(2, &["two events or more"]);
    let no_time = place.run(&["github", "push", "--old-timestamp"]);
    no_time.with(2, &["signs no time"]);
    let both = place.run(&["github", "push", "--duplicate", "--bad-signature"]);
    both.with(2, &["cannot be used with"]);
}

#[test]
fn many_have_ids_of_their_own_and_keep_their_rate() {
    let place = Place::new();
    let began = std::time::Instant::now();
    let lines = place.lines(
        0,
        &["stripe", "charge.succeeded", "--times", "6", "--rate", "50"],
    );
    assert!(began.elapsed().as_millis() >= 100, "five spaces of 20 ms");
    let mut hashes: Vec<_> = lines.iter().map(|line| line["hash"].to_string()).collect();
    hashes.sort();
    hashes.dedup();
    assert_eq!(hashes.len(), 6);
}
