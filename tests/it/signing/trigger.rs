//! `hookreel trigger`.

use std::os::unix::fs::PermissionsExt;

use hookreel_shared::provider::samples;
use serde_json::Value;

use super::rig::{GITHUB, STRIPE, Seen, TWILIO, now, set, twilio_signature};
use crate::cli::peers::free_port;
use crate::cli::process::{Ended, Home, Process};
use crate::replay::rig::{Origin, Stage};

/// A home with secrets, and a server.
struct Place {
    home: Home,
    origin: Origin,
    to: String,
}

impl Place {
    fn new() -> Self {
        let (home, origin) = (Home::new(), Origin::new());
        set(&home, &["stripe"], STRIPE).with(0, &[]);
        set(&home, &["github"], GITHUB).with(0, &[]);
        let to = format!("http://127.0.0.1:{}/hooks", origin.port);
        Self { home, origin, to }
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        self.home
            .run(&[&["trigger", "--to", &self.to], arguments].concat())
    }

    /// Runs it for programs; it must end with this code.
    #[track_caller]
    fn lines(&self, code: i32, arguments: &[&str]) -> Vec<Value> {
        let ended = self.run(&[&["--json"], arguments].concat());
        ended.with(code, &[]);
        let lines = ended.out.lines();
        lines
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect()
    }

    #[track_caller]
    fn seen(&self) -> Seen {
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

#[test]
fn it_goes_where_the_latest_webhook_went_and_to_its_path() {
    let stage = Stage::new();
    set(&stage.home, &["github"], GITHUB).with(0, &[]);
    let nowhere = Home::new();
    set(&nowhere, &["github"], GITHUB).with(0, &[]);
    nowhere
        .run(&["trigger", "github", "push"])
        .with(2, &["--to URL"]);
    stage.post("/one", b"X-GitHub-Event: push\r\n", b"{}");
    stage.post("/two", b"", b"{}");
    stage.origin.next();
    stage.origin.next();
    stage.run(&["trigger", "github", "push"]).with(0, &[]);
    let seen = Seen::read(&stage.origin.next());
    assert_eq!(seen.line, "POST /one HTTP/1.1", "where those of GitHub go");
    assert!(seen.is_of_github());
}

#[test]
fn by_a_name_it_goes_through_the_relay_as_if_from_outside() {
    let stage = Stage::with(&["--name", "shop"]);
    set(&stage.home, &["github"], GITHUB).with(0, &[]);
    let first = stage.run(&["trigger", "github", "push", "--name", "shop"]);
    first.with(2, &["nothing has come to shop yet"]);
    stage.post("/hooks", b"", b"{}");
    stage.origin.next();
    stage
        .run(&["trigger", "github", "push", "--name", "shop"])
        .with(0, &[]);
    let seen = Seen::read(&stage.origin.next());
    assert!(seen.is_of_github());
    assert_ne!(seen.field("x-forwarded-for"), "", "it came by the relay");
    let labels: Vec<_> = stage
        .recorded(3)
        .iter()
        .map(|one| one.request.label.as_str())
        .collect();
    assert_eq!(labels.iter().filter(|label| **label == "sample").count(), 1);
    assert_eq!(labels.iter().filter(|label| **label == "live").count(), 2);
}

#[test]
fn addresses_that_are_signed_are_those_it_is_sent_to() {
    let place = Place::new();
    set(&place.home, &["twilio"], TWILIO).with(0, &[]);
    let event = &samples::list("twilio").expect("samples")[0].name;
    let form = |seen: &Seen| -> Vec<(String, String)> {
        let url = format!("http://x/?{}", seen.body);
        let url: url::Url = url.parse().expect("a form");
        url.query_pairs().into_owned().collect()
    };
    for (flags, url) in [
        (&[][..], place.to.clone()),
        (
            &["--sign-url", "https://shop.example"],
            "https://shop.example/hooks".into(),
        ),
    ] {
        place
            .run(&[&["twilio", event], flags].concat())
            .with(0, &[]);
        let seen = place.seen();
        let pairs = form(&seen);
        let pairs: Vec<_> = pairs
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        assert_eq!(
            seen.field("x-twilio-signature"),
            twilio_signature(&url, &pairs)
        );
    }
}

#[test]
fn every_sample_of_every_provider_can_be_sent() {
    let place = Place::new();
    let known = place.home.run(&["trigger", "--list", "--json"]);
    known.with(0, &[]);
    let all: Vec<Value> = known
        .out
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert!(all.len() > 100, "{}", all.len());
    let text = place.home.run(&["trigger", "--list"]);
    assert_eq!(text.out.lines().count(), all.len());
    let stripe = place.home.run(&["trigger", "--list", "stripe"]);
    assert!(
        stripe.out.lines().all(|line| line.starts_with("stripe ")),
        "{stripe:?}"
    );
    let mut providers: Vec<_> = all
        .iter()
        .filter_map(|one| one["provider"].as_str())
        .collect();
    providers.dedup();
    for provider in providers {
        let of_it = all.iter().filter(|one| one["provider"] == provider);
        let names: Vec<_> = of_it.filter_map(|one| one["name"].as_str()).collect();
        let first = ["--unsigned", provider];
        let lines = place.lines(0, &[&first[..], &names].concat());
        assert_eq!(lines.len(), names.len(), "{provider}");
    }
}

#[test]
fn what_is_not_known_is_refused_with_what_is_near() {
    let place = Place::new();
    for (arguments, said) in [
        (&["strpe", "x"][..], "did you mean stripe?"),
        (
            &["stripe", "charge.suceeded"],
            "did you mean charge.succeeded",
        ),
        (&["stripe"], "say which event of stripe: "),
        (&[], "PROVIDER"),
        (&["--list", "strpe"], "did you mean stripe"),
        (
            &["stripe", "charge.succeeded", "--attempts", "-1"],
            "--attempts",
        ),
        (&["stripe", "charge.succeeded", "--rate", "0"], "above 0"),
    ] {
        place.run(arguments).with(2, &[said]);
    }
    for to in [
        "ftp://a",
        "http://u:p@a",
        "http://127.0.0.1:1/#x",
        "localhost",
    ] {
        let ended = place.home.run(&["trigger", "github", "push", "--to", to]);
        ended.with(2, &["--to: "]);
    }
    assert_eq!(place.origin.more(), 0);
}

#[test]
fn a_provider_of_ones_own_sends_a_body_of_ones_own() {
    let place = Place::new();
    let row = hookreel_shared::provider::EXAMPLE;
    place.home.file("hookreel.toml", row);
    place.home.file(
        "order.json",
        "{\"event\":\"order.paid\",\"id\":\"7\",\"items\":[1,2]}",
    );
    set(&place.home, &["shop"], "hush").with(0, &[]);
    place
        .run(&["shop"])
        .with(2, &["no samples of shop", "--body FILE"]);
    place
        .run(&["shop", "order.paid", "--body", "order.json"])
        .with(0, &[]);
    let seen = place.seen();
    let signed = format!("{}.{}", seen.field("x-shop-time"), seen.body);
    let expected = format!("v1={}", super::rig::sha256("hush", signed.as_bytes()));
    assert_eq!(seen.field("x-shop-signature"), expected);
    place.home.run(&["verify", "@1"]).with(0, &[]);
}

#[test]
fn what_only_the_provider_can_sign_is_signed_with_a_key_of_ones_own_and_said_so() {
    let place = Place::new();
    let event = &samples::list("discord").expect("samples")[0].name;
    let ended = place.run(&["discord", event]);
    ended.with(0, &[]);
    assert!(ended.out.contains("with your development key"), "{ended:?}");
    let seen = place.seen();
    let key = place.home.run(&["secret", "show-dev-key", "discord"]);
    set(&place.home, &["discord"], key.out.trim()).with(0, &[]);
    assert_ne!(seen.field("x-signature-ed25519"), "");
    place.home.run(&["verify", "@1"]).with(0, &[]);
}
