//! `hookreel verify`.

use serde_json::Value;

use super::rig::{GITHUB, SLACK, STRIPE, TWILIO, github, now, set, slack, stripe, twilio};
use crate::cli::process::{Ended, Home};
use crate::replay::rig::Stage;

const FORM: [(&str, &str); 3] = [("MessageSid", "SM1"), ("AccountSid", "AC1"), ("Body", "hi")];

/// A stage where a webhook has come.
fn with(target: &str, fields: &str, body: &str) -> Stage {
    let stage = Stage::new();
    stage.post(target, fields.as_bytes(), body.as_bytes());
    stage
}

#[track_caller]
fn verdict(ended: &Ended) -> Value {
    let line: Value = serde_json::from_str(&ended.out).expect("one line of JSON");
    assert_eq!(line["type"], "signature");
    let good = line["report"]["verdict"] == "good";
    assert_eq!(ended.code, Some(if good { 0 } else { 6 }), "{ended:?}");
    line["report"].clone()
}

#[track_caller]
fn found(stage: &Stage, flags: &[&str]) -> Value {
    verdict(&stage.run(&[&["verify", "@1", "--json"], flags].concat()))
}

#[test]
fn a_good_signature_ends_well_and_says_whose_it_is_and_by_which_secret() {
    let stage = with(
        "/hooks",
        &stripe("{\"object\":\"event\"}", now()),
        "{\"object\":\"event\"}",
    );
    assert_eq!(found(&stage, &[])["verdict"], "no-secret");
    set(&stage.home, &["stripe", "--label", "test"], STRIPE).with(0, &[]);
    let report = found(&stage, &[]);
    assert_eq!(
        (&report["verdict"], &report["secret"]),
        (&"good".into(), &"test".into())
    );
    let ended = stage.run(&["verify", "@1"]);
    ended.with(0, &[]);
    assert!(ended.out.contains("✓ the signature is good"), "{ended:?}");
}

#[test]
fn the_four_that_are_met_most_are_found_good_bad_and_unsigned() {
    let stage = Stage::new();
    let url = format!("{}/sms", stage.url);
    let form = "MessageSid=SM1&AccountSid=AC1&Body=hi";
    for (provider, secret, target, fields, body) in [
        ("github", GITHUB, "/hooks", github("{\"a\":1}"), "{\"a\":1}"),
        (
            "stripe",
            STRIPE,
            "/hooks",
            stripe("{\"object\":\"event\"}", now()),
            "{\"object\":\"event\"}",
        ),
        (
            "slack",
            SLACK,
            "/hooks",
            slack("{\"type\":\"event_callback\"}", now()),
            "{\"type\":\"event_callback\"}",
        ),
        ("twilio", TWILIO, "/sms", twilio(&url, &FORM), form),
    ] {
        stage.post(target, fields.as_bytes(), body.as_bytes());
        let none = found(&stage, &[]);
        assert_eq!(
            (&none["verdict"], &none["provider"]),
            (&"no-secret".into(), &provider.into())
        );
        set(&stage.home, &[provider], "0123456789abcdef").with(0, &[]);
        assert_eq!(found(&stage, &[])["verdict"], "bad", "{provider}");
        set(&stage.home, &[provider], secret).with(0, &[]);
        assert_eq!(found(&stage, &[])["verdict"], "good", "{provider}");
        stage.post(target, fields.as_bytes(), format!("{body} ").as_bytes());
        assert_eq!(found(&stage, &[])["verdict"], "bad", "{provider}");
        let signs = |line: &&str| !line.to_ascii_lowercase().contains("-signature");
        let bare: String = fields
            .lines()
            .filter(signs)
            .map(|line| format!("{line}\r\n"))
            .collect();
        stage.post(target, bare.as_bytes(), body.as_bytes());
        let unsigned = found(&stage, &["--provider", provider]);
        assert_eq!(unsigned["verdict"], "unsigned", "{provider}");
    }
}

#[test]
fn an_old_one_is_bad_unless_any_age_is_allowed() {
    let body = "{\"object\":\"event\"}";
    let stage = with("/hooks", &stripe(body, now() - 3600), body);
    set(&stage.home, &["stripe"], STRIPE).with(0, &[]);
    let report = found(&stage, &[]);
    assert_eq!(report["reason"]["kind"], "too-old");
    let said = stage.run(&["verify", "@1"]);
    said.with(6, &[]);
    assert!(said.out.contains("old"), "{said:?}");
    assert_eq!(found(&stage, &["--tolerance", "0"])["verdict"], "good");
    assert_eq!(found(&stage, &["--tolerance", "7200"])["verdict"], "good");
}

#[test]
fn a_secret_of_a_file_takes_the_place_of_those_that_are_set() {
    let stage = with("/hooks", &github("{}"), "{}");
    set(&stage.home, &["github"], GITHUB).with(0, &[]);
    stage.home.file("right", format!("{GITHUB}\n"));
    stage.home.file("wrong", "another");
    stage.home.file("empty", "\n");
    assert_eq!(
        found(&stage, &["--secret-file", "right"])["secret"],
        "the file's"
    );
    assert_eq!(found(&stage, &["--secret-file", "wrong"])["verdict"], "bad");
    stage
        .run(&["verify", "@1", "--secret-file", "empty"])
        .with(2, &["empty is empty"]);
    stage
        .run(&["verify", "@1", "--secret-file", "none"])
        .with(2, &["none: "]);
}

#[test]
fn an_address_that_was_signed_and_is_not_the_one_seen_can_be_given() {
    let form = "MessageSid=SM1&AccountSid=AC1&Body=hi";
    let stage = with("/sms", &twilio("https://shop.example/sms", &FORM), form);
    set(&stage.home, &["twilio"], TWILIO).with(0, &[]);
    assert_eq!(found(&stage, &[])["verdict"], "bad");
    let report = found(&stage, &["--url", "https://shop.example/sms"]);
    assert_eq!(report["verdict"], "good");
}

#[test]
fn a_provider_that_nobody_knows_is_refused_with_those_that_are_near() {
    let stage = with("/hooks", "", "{}");
    stage
        .run(&["verify", "@1", "--provider", "strpe"])
        .with(2, &["did you mean stripe?"]);
    let nobody = found(&stage, &[]);
    assert_eq!(nobody["verdict"], "unchecked");
    stage.run(&["verify", "@9"]).with(1, &["@9"]);
}

#[test]
fn several_end_well_only_if_all_are_good() {
    let stage = with("/hooks", &github("{}"), "{}");
    set(&stage.home, &["github"], GITHUB).with(0, &[]);
    stage.post("/hooks", github("{}").as_bytes(), b"{\"other\":1}");
    let all = stage.run(&["verify", "@2..@1"]);
    all.with(6, &[]);
    assert!(all.out.contains('✓') && all.out.contains('✗'), "{all:?}");
    stage.run(&["verify", "@2"]).with(0, &[]);
}

#[test]
fn files_of_every_form_are_checked_and_the_history_stays_as_it_is() {
    let home = Home::new();
    set(&home, &["github"], GITHUB).with(0, &[]);
    let fields = github("{\"a\":1}");
    let pairs: Vec<(&str, &str)> = fields
        .lines()
        .filter_map(|line| line.split_once(": "))
        .collect();
    let mut curl = "curl https://shop.example/hooks --data-raw '{\"a\":1}'".to_owned();
    let mut http = "POST https://shop.example/hooks\n".to_owned();
    let mut har = Vec::new();
    for (name, value) in &pairs {
        curl += &format!(" -H '{name}: {value}'");
        http += &format!("{name}: {value}\n");
        har.push(serde_json::json!({"name": name, "value": value}));
    }
    let har = serde_json::json!({"log": {"version": "1.2", "entries": [{
        "startedDateTime": "2026-01-02T03:04:05.000Z", "time": 1,
        "request": {"method": "POST", "url": "https://shop.example/hooks", "headers": har,
            "httpVersion": "HTTP/1.1", "queryString": [], "cookies": [], "headersSize": -1, "bodySize": 7,
            "postData": {"mimeType": "application/json", "text": "{\"a\":1}"}},
        "response": {"status": 200, "statusText": "OK", "headers": [], "cookies": [],
            "httpVersion": "HTTP/1.1", "redirectURL": "", "headersSize": -1, "bodySize": 0,
            "content": {"size": 0, "mimeType": "", "text": ""}},
        "cache": {}, "timings": {"send": 0, "wait": 1, "receive": 0}}]}});
    home.file("one.sh", &curl);
    home.file("one.http", format!("{http}\n{{\"a\":1}}\n"));
    home.file("one.har", har.to_string());
    home.file("bad.sh", curl.replace("\"a\":1", "\"a\":2"));
    for file in ["one.sh", "one.http", "one.har"] {
        assert_eq!(
            verdict(&home.run(&["verify", file, "--json"]))["verdict"],
            "good",
            "{file}"
        );
    }
    assert_eq!(
        verdict(&home.run(&["verify", "bad.sh", "--json"]))["verdict"],
        "bad"
    );
    home.run(&["verify", "none.har"]).with(1, &["none.har: "]);
    assert!(
        !home.path().join("history.db").exists(),
        "there is no history for it"
    );
}

#[test]
fn a_file_of_our_own_keeps_ids_and_the_moment_it_is_judged_for() {
    let body = "{\"object\":\"event\"}";
    let stage = with("/hooks", &stripe(body, now()), body);
    set(&stage.home, &["stripe"], STRIPE).with(0, &[]);
    let id = stage.history()[0].id().to_string();
    let exported = stage.run(&["export", "@1", "--as", "json"]);
    stage.home.file("one.ndjson", &exported.out);
    let ended = stage.run(&["verify", "one.ndjson"]);
    ended.with(0, &[]);
    assert!(ended.out.starts_with(&id), "{ended:?}");
    assert_eq!(stage.history().len(), 1);
}

#[test]
fn the_address_of_a_file_is_the_one_that_was_signed() {
    let home = Home::new();
    set(&home, &["twilio"], TWILIO).with(0, &[]);
    let fields = twilio("https://shop.example/sms", &FORM);
    let headers: String = fields.lines().map(|line| format!(" -H '{line}'")).collect();
    let form = "MessageSid=SM1&AccountSid=AC1&Body=hi";
    home.file(
        "sms.sh",
        format!("curl https://shop.example/sms{headers} --data-raw '{form}'"),
    );
    home.run(&["verify", "sms.sh"]).with(0, &[]);
}
