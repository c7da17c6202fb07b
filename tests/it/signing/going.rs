//! Where samples go, and whose there are.

use hookreel_shared::provider::samples;
use serde_json::Value;

use super::rig::{GITHUB, Seen, TWILIO, set, twilio_signature};
use super::trigger::Place;
use crate::cli::process::Home;
use crate::replay::rig::Stage;

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
fn it_says_which_public_address_it_was_signed_for_as_the_relay_does() {
    let stage = Stage::with(&["--name", "shop"]);
    set(&stage.home, &["twilio"], TWILIO).with(0, &[]);
    let event = &samples::list("twilio").expect("samples")[0].name;
    stage.post("/hooks", b"", b"{}");
    let live = Seen::read(&stage.origin.next());
    let ended = stage.run(&["trigger", "twilio", event]);
    ended.with(0, &[]);
    let seen = Seen::read(&stage.origin.next());
    for name in ["host", "x-forwarded-host", "x-forwarded-proto"] {
        assert_eq!(seen.field(name), live.field(name), "{name}");
    }
    let url = format!("http://{}/hooks", seen.field("x-forwarded-host"));
    assert!(ended.out.contains(&format!(", for {url}")), "{ended:?}");
    let json = stage.run(&["trigger", "twilio", event, "--json"]);
    let line: Value = serde_json::from_str(&json.out).expect("one line");
    assert_eq!(line["signed_for"], url);
    let named = stage.run(&["trigger", "twilio", event, "--name", "shop"]);
    named.with(0, &[]);
    assert!(
        !named.out.lines().any(|line| line.ends_with(' ')),
        "{named:?}"
    );
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
    let json = stage.run(&["trigger", "github", "push", "--name", "shop", "--json"]);
    json.with(0, &[]);
    let line: Value = serde_json::from_str(&json.out).expect("one line");
    assert_eq!(
        (&line["status_code"], &line["id"]),
        (&200.into(), &().into())
    );
    let labels: Vec<_> = stage
        .recorded(3)
        .iter()
        .map(|one| one.request.label.as_str())
        .collect();
    assert_eq!(labels, ["live"; 3], "each is there once, as it came in");
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
    let own = "[providers.own]\n[[providers.own.detect]]\nheaders = ['X-Own']\n";
    place.home.file("hookreel.toml", own);
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
            &["--list", "own"],
            "there are no samples of own: give a body",
        ),
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
    place.home.run(&["verify", "@1"]).with(0, &[]);
    let bad = place.run(&["discord", event, "--bad-signature"]);
    bad.with(0, &[]);
    place.home.run(&["verify", "@1"]).with(6, &[]);
    let key = place.home.run(&["secret", "show-dev-key", "discord"]);
    set(&place.home, &["discord"], key.out.trim()).with(0, &[]);
    assert_ne!(seen.field("x-signature-ed25519"), "");
    place.home.run(&["verify", "@2"]).with(0, &[]);
}

#[test]
fn the_examples_of_the_help_are_about_samples_that_are_there() {
    let help = Home::new().run(&["trigger", "--help"]);
    help.with(0, &[]);
    assert!(help.out.starts_with("Examples:"), "{help:?}");
    let lines = help.out.lines().map(str::trim);
    let examples = lines.filter_map(|line| line.strip_prefix("hookreel trigger "));
    let mut count = 0;
    for example in examples.filter(|example| !example.starts_with("--list")) {
        let mut words = example.split_whitespace();
        let (provider, event) = (words.next(), words.next());
        let found = samples::get(provider.unwrap_or_default(), event.unwrap_or_default());
        assert!(found.is_ok(), "{example}: {found:?}");
        count += 1;
    }
    assert!(count >= 7, "{}", help.out);
}
