use super::*;
use crate::model::Timestamp;
use crate::provider::scheme::Scheme;
use crate::provider::{
    CertifiedKey, DevelopmentKeys, Key, Pkcs8, Request, Row, Secret, Table, Verdict, With, check,
    detect, sign,
};

const NOW: Timestamp = Timestamp::from_micros(1_764_000_000_123_456);

fn fill(seed: &[u8]) -> Fill<'_> {
    Fill {
        now: NOW,
        seed,
        base: "https://hooks.example.com",
        target: "/in",
    }
}

fn all() -> impl Iterator<Item = Sample> {
    providers().flat_map(|provider| list(provider).unwrap())
}

/// A secret as the provider writes them.
pub(super) fn secret_of(row: &Row) -> Secret {
    let symmetric = |scheme: &&Scheme| !scheme.algorithm.is_asymmetric();
    let prefix = row.scheme.iter().find(symmetric).map(|scheme| &scheme.key);
    let text = match prefix {
        Some(key) if !key.prefix.is_empty() => {
            format!("{}MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", key.prefix)
        }
        _ => "a secret of a test".to_owned(),
    };
    Secret::new(&row.id, "test", text)
}

/// Keys, secrets and certificates with which samples of any provider are signed and checked.
pub(super) struct Ring {
    pub(super) table: Table,
    keys: DevelopmentKeys,
}

impl Ring {
    pub(super) fn new() -> Self {
        let random = aws_lc_rs::rand::SystemRandom::new();
        let kept = Pkcs8::generate(&random).unwrap();
        Self {
            table: Table::builtin().unwrap(),
            keys: DevelopmentKeys::read(&kept).unwrap(),
        }
    }

    /// What signs and what checks. PayPal's secret is the id of the webhook, and the key comes
    /// from the certificate.
    pub(super) fn sign_and_check<'a>(&'a self, row: &Row, secret: &'a Secret) -> (Key<'a>, Secret) {
        let Some(scheme) = row.scheme.first() else {
            return (Key::Secret(secret), secret.clone());
        };
        if !scheme.algorithm.is_asymmetric() {
            return (Key::Secret(secret), secret.clone());
        }
        let key = Key::Development {
            keys: &self.keys,
            webhook: secret.expose(),
            certificate: "",
        };
        let public = self.keys.public(scheme.algorithm).unwrap();
        let known = match scheme.certificate {
            Some(_) => secret.clone(),
            None => Secret::new(&row.id, "public", scheme.key.encoding.encode(&public)),
        };
        (key, known)
    }

    pub(super) fn verdict(&self, row: &Row, request: &Request<'_>, known: &Secret) -> Verdict {
        let certificates: Vec<CertifiedKey> = row
            .scheme
            .iter()
            .filter_map(|scheme| {
                let at = scheme.certificate.as_ref()?.read(request)?;
                Some(CertifiedKey::always(
                    at,
                    self.keys.public(scheme.algorithm)?,
                ))
            })
            .collect();
        let with = With {
            secrets: std::slice::from_ref(known),
            name: "any",
            at: NOW,
            tolerance: None,
            certificates: &certificates,
        };
        check(row, request, true, &with).verdict
    }
}

#[test]
fn every_file_belongs_to_a_sample_and_every_sample_can_be_read() {
    let mut before = "";
    for folder in files::FOLDERS {
        assert!(before < folder.provider, "{before} {}", folder.provider);
        before = folder.provider;
        assert_eq!(manifest::fault(folder), None, "{}", folder.provider);
        let text: toml::Table = toml::from_str(folder.manifest).unwrap();
        let listed = text["sample"].as_array().unwrap().len();
        assert_eq!(
            list(folder.provider).unwrap().len(),
            listed,
            "{}",
            folder.provider
        );
        for (name, text) in folder.files {
            assert!(text.len() < 3072, "{}/{name}", folder.provider);
        }
    }
}

#[test]
fn every_known_provider_has_two_samples_and_the_most_used_have_ten() {
    let table = Table::builtin().unwrap();
    let known: std::collections::BTreeSet<_> = table.rows().map(|row| row.id.as_str()).collect();
    assert_eq!(known, providers().collect());
    for provider in providers() {
        let least = match provider {
            "github" | "stripe" | "slack" | "shopify" => 10,
            _ => 2,
        };
        let samples = list(provider).unwrap().into_iter();
        let events = samples.filter(|sample| sample.handshake.is_none());
        assert!(events.count() >= least, "{provider}");
    }
}

#[test]
fn a_sample_is_what_it_says_and_its_signature_is_good() {
    let ring = Ring::new();
    let mut faults = Vec::new();
    for sample in all() {
        let mut fault = |what: String| {
            faults.push(format!("{} {}: {what}", sample.provider, sample.name));
        };
        let row = ring.table.get(sample.provider).unwrap();
        let mut draft = sample.draft(&fill(b"seed"));
        let secret = secret_of(row);
        let (key, known) = ring.sign_and_check(row, &secret);
        if sample.signed && !row.scheme.is_empty() {
            if let Err(error) = sign(row, &mut draft, key, NOW, "msg_fresh") {
                fault(error.to_string());
                continue;
            }
            match ring.verdict(row, &draft.request(), &known) {
                Verdict::Good => {}
                other => fault(other.to_string()),
            }
        }
        let request = draft.request();
        // Who only looks whether the address is there, or asks without saying who it is.
        let is_silent = matches!(
            sample.handshake,
            Some(Handshake::Reachable | Handshake::ReachableByHead | Handshake::AspNetEcho)
        );
        if is_silent {
            continue;
        }
        let found = detect(&ring.table, &request).map(|row| row.id.as_str());
        if found != Some(sample.provider) {
            fault(format!("is taken for {found:?}"));
        }
        let event = row.event(&request);
        if let Some(event) = &event
            && *event != sample.event
        {
            fault(format!("has the event {event}"));
        }
        if event.is_none() && !row.event.is_empty() && sample.handshake.is_none() {
            fault("has no event".into());
        }
        let is_event = sample.handshake.is_none() && row.summary.contains_key("*");
        let line = row.line(&request, event.as_deref());
        if is_event && line.is_none_or(|line| line.trim().is_empty()) {
            fault("has no line".into());
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn bodies_are_valid_and_nothing_is_left_to_fill_in() {
    for sample in all() {
        let what = format!("{} {}", sample.provider, sample.name);
        let draft = sample.draft(&fill(b"seed"));
        let mut text = String::from_utf8(draft.body.to_vec()).unwrap();
        for header in &draft.headers {
            text.push_str(std::str::from_utf8(&header.value).unwrap());
        }
        text.push_str(std::str::from_utf8(&draft.target).unwrap());
        assert!(
            !text.contains("{{") && !text.contains("%7B%7B"),
            "{what}: {text}"
        );
        match sample.kind {
            body::Kind::Json => {
                let value: serde_json::Value = serde_json::from_slice(&draft.body).unwrap();
                assert!(value.is_object() || value.is_array(), "{what}");
                assert!(
                    !draft.body.contains(&b'\n') || sample.provider == "sendgrid",
                    "{what}"
                );
            }
            body::Kind::Form => {
                assert!(!draft.request().form().is_empty(), "{what}");
                for (_, value) in draft.request().form() {
                    if value.starts_with(['{', '[']) {
                        let json: Result<serde_json::Value, _> = serde_json::from_str(value);
                        assert!(json.is_ok(), "{what}: {value}");
                    }
                }
            }
            body::Kind::Nothing => assert!(draft.body.is_empty(), "{what}"),
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_request_and_another_gives_another() {
    let sample = get("github", "push").unwrap();
    let draft = sample.draft(&fill(b"one"));
    assert_eq!(draft, sample.draft(&fill(b"one")));
    let other = sample.draft(&fill(b"two"));
    let delivery = |draft: &Draft| draft.headers.get("X-GitHub-Delivery").cloned();
    assert_ne!(delivery(&draft), delivery(&other));
    assert_ne!(draft.body, other.body);
}

#[test]
fn what_has_one_name_in_a_sample_has_one_value() {
    let draft = get("github", "push").unwrap().draft(&fill(b"seed"));
    let json: serde_json::Value = serde_json::from_slice(&draft.body).unwrap();
    assert_eq!(json["after"], json["head_commit"]["id"]);
    assert_ne!(json["after"], json["before"]);
    assert_eq!(json["after"].as_str().unwrap().len(), 40);
}

#[test]
fn times_are_the_one_given() {
    let mut dice = fill(b"seed").dice("test");
    for (text, expected) in [
        ("{{now}}", "1764000000"),
        ("{{now:-60}}", "1763999940"),
        ("{{now_ms}}", "1764000000123"),
        ("{{now_rfc3339}}", "2025-11-24T16:00:00Z"),
        ("{{now_rfc3339_ms:1}}", "2025-11-24T16:00:01.123Z"),
        ("{{now_sql}}", "2025-11-24 16:00:00"),
        ("{{now_date}}", "2025-11-24"),
        ("{{{now}}}", "{1764000000}"),
        ("a {{what}} b", "a {{what}} b"),
        ("{{now", "{{now"),
        ("{{hex:x}}", "{{hex:x}}"),
    ] {
        assert_eq!(dice.fill(text), expected);
    }
}

#[test]
fn random_parts_are_of_their_kind() {
    let mut dice = fill(b"seed").dice("test");
    let id = dice.fill("{{id:evt_}}");
    assert!(id.starts_with("evt_") && id.len() == 28, "{id}");
    let digits = dice.fill("{{number}}");
    assert!(digits.parse::<u64>().unwrap() >= 1_000_000_000, "{digits}");
    let uuid: uuid::Uuid = dice.fill("{{uuid}}").parse().unwrap();
    assert_eq!(uuid.get_version_num(), 4);
    assert_ne!(dice.fill("{{uuid}}"), dice.fill("{{uuid}}"));
    assert_eq!(dice.fill("{{uuid#a}}"), dice.fill("{{uuid#a}}"));
    assert_eq!(dice.fill("{{upper:100}}").len(), 100);
}

#[test]
fn a_sample_is_found_by_name_event_or_beginning() {
    let name = |provider, event| get(provider, event).map(|sample| sample.name);
    assert_eq!(name("github", "push").unwrap(), "push");
    assert_eq!(
        name("github", "Pull_Request").unwrap(),
        "pull_request.opened"
    );
    assert_eq!(name("shopify", "orders").unwrap(), "orders/create");
    assert_eq!(name("discord", "interaction.1").unwrap(), "ping");
}

#[test]
fn a_wrong_name_is_answered_with_the_right_one() {
    for (provider, event, expected) in [
        (
            "githbu",
            "push",
            "there are no samples of githbu; did you mean github",
        ),
        (
            "github",
            "pull_reqest.opened",
            "there is no sample pull_reqest.opened of github; did you mean pull_request.opened",
        ),
        (
            "trello",
            "zzz",
            "there is no sample zzz of trello; there are createCard, updateCard",
        ),
    ] {
        let error = get(provider, event).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn what_the_provider_adds_to_the_address_stands_behind_what_is_there() {
    let sample = get("dropbox", "challenge").unwrap();
    assert_eq!(sample.method, "GET");
    let target = |target| {
        let fill = Fill {
            target,
            ..fill(b"seed")
        };
        String::from_utf8(sample.draft(&fill).target.to_vec()).unwrap()
    };
    assert!(target("/in").starts_with("/in?challenge="));
    assert!(target("/in?a=b").starts_with("/in?a=b&challenge="));
}

#[test]
fn a_series_is_about_one_thing_and_of_several_deliveries() {
    let table = Table::builtin().unwrap();
    let now = fill(b"seed");
    for provider in providers() {
        let row = table.get(provider).unwrap();
        let series = series(provider, &now).unwrap();
        assert!(!series.is_empty(), "{provider}");
        if row.delivery_is_unique {
            let deliveries: Vec<_> = series
                .iter()
                .filter_map(|(_, draft)| row.delivery(&draft.request()))
                .collect();
            let different: std::collections::BTreeSet<_> = deliveries.iter().collect();
            assert_eq!(
                different.len(),
                deliveries.len(),
                "{provider}: {deliveries:?}"
            );
        }
    }
    let body = |provider, index: usize| -> serde_json::Value {
        serde_json::from_slice(&series(provider, &now).unwrap()[index].1.body).unwrap()
    };
    let (first, second) = (body("stripe", 1), body("stripe", 2));
    assert_eq!(first["type"], "customer.subscription.created");
    assert_eq!(second["type"], "invoice.paid");
    assert_eq!(
        first["data"]["object"]["customer"],
        second["data"]["object"]["customer"]
    );
    assert_eq!(
        first["created"].as_i64().unwrap() + 1,
        second["created"].as_i64().unwrap()
    );
    let (opened, closed) = (body("github", 0), body("github", 2));
    assert_eq!(
        (&opened["action"], &closed["action"]),
        (&"opened".into(), &"closed".into())
    );
    assert_eq!(opened["issue"]["id"], closed["issue"]["id"]);
}
