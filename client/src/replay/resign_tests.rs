use std::collections::BTreeMap;

use hookreel_shared::model::ExchangeId;
use hookreel_shared::provider::{Pkcs8, Table};

use super::super::request::request;
use super::super::testing::{answered, at, exchange};
use super::*;
use crate::config::Development;

#[path = "resign_tests/paypal.rs"]
mod paypal;

const SECRETS: [(&str, &str, &str); 6] = [
    ("stripe", "old", "whsec_old"),
    ("stripe", "new", "whsec_new"),
    ("github", "default", "hush"),
    ("twilio", "default", "0123456789abcdef"),
    ("linear", "default", "lin_wh_1"),
    ("standard-webhooks", "default", "whsec_aHVzaC1odXNoLWh1c2g="),
];

fn resign(signing: Signing) -> Resign {
    let secrets = SECRETS.map(|(provider, label, text)| Secret::new(provider, label, text));
    Resign {
        signing,
        known: Known {
            table: Arc::new(Table::builtin().unwrap()),
            secrets: secrets.into(),
            development: None,
            certificates: Arc::new([]),
            tolerance: Arc::new(BTreeMap::new()),
        },
        keys: None,
        label: None,
        base: None,
    }
}

/// A request that the provider has signed, with the secret of this label.
fn signed(provider: &str, label: &str, fields: &[(&str, &[u8])], body: &[u8]) -> Exchange {
    let own = resign(Signing::Usual).known;
    let secret = own
        .secrets
        .iter()
        .find(|own| own.provider == provider && own.label == label)
        .unwrap();
    let bare = exchange("/hooks", fields, body);
    let mut draft = Draft {
        method: "POST".into(),
        base: "http://shop.hooks.example".into(),
        target: "/hooks".into(),
        headers: bare.request.headers.clone(),
        body: body.to_vec().into(),
    };
    let row = own.table.get(provider).unwrap();
    sign(row, &mut draft, Key::Secret(secret), at(0), "delivery-1").unwrap();
    let fields: Vec<_> = draft.headers.iter().collect();
    let mut fields: Vec<(String, Vec<u8>)> = fields
        .iter()
        .map(|h| {
            (
                String::from_utf8_lossy(&h.name).into_owned(),
                h.value.to_vec(),
            )
        })
        .collect();
    fields.push(("Host".into(), b"shop.hooks.example".to_vec()));
    let fields: Vec<_> = fields.iter().map(|(n, v)| (n.as_str(), &v[..])).collect();
    answered(exchange("/hooks", &fields, &draft.body), 200, b"")
}

/// What becomes of a replay an hour later.
fn again(
    resign: &Resign,
    original: &Exchange,
    set: &[(&str, &str)],
) -> (Request, Option<Resigned>) {
    let id = ExchangeId::from_uuid(Uuid::from_u128(8));
    let set: Vec<_> = set
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let mut made = request(original, None, &set, id, later());
    let done = resign.apply(&mut made, original, false, later()).unwrap();
    (made, done)
}

/// An hour after it came.
fn later() -> Timestamp {
    at(3_600_000)
}

/// What the origin finds: an hour later, by the address it believes it has.
fn judged(made: &Request, provider: &str, url: Option<&str>) -> Verdict {
    let mut came = Exchange::new(Arc::new(made.head.clone()));
    came.request_body = hookreel_shared::model::Capture::whole(made.body.to_vec());
    let asked = Asked {
        provider: Some(provider),
        url,
        tolerance: None,
        ..Asked::default()
    };
    resign(Signing::Usual)
        .known
        .sender(&came, &asked)
        .report
        .verdict
}

fn stripe() -> Exchange {
    signed(
        "stripe",
        "new",
        &[],
        b"{\"id\":\"evt_1\",\"object\":\"event\"}",
    )
}

#[test]
fn what_was_good_is_signed_anew_with_the_secret_that_fitted() {
    let (made, done) = again(&resign(Signing::Usual), &stripe(), &[]);
    assert_eq!(judged(&made, "stripe", None), Verdict::Good);
    let said = done.unwrap().to_string();
    assert_eq!(said, "re-signed as stripe with the secret new (v1)");
    assert_eq!(made.body, stripe().request_body.kept);
}

#[test]
fn a_time_in_the_body_is_a_new_one_and_the_length_fits() {
    let came = signed(
        "linear",
        "default",
        &[("Linear-Event", b"Issue"), ("Content-Length", b"48")],
        b"{\"type\":\"Issue\",\"webhookTimestamp\":1700000000000}",
    );
    let (made, done) = again(&resign(Signing::Usual), &came, &[]);
    assert_eq!(judged(&made, "linear", None), Verdict::Good);
    assert_ne!(made.body, came.request_body.kept);
    let length = made.head.headers.get("content-length").unwrap();
    assert_eq!(length[..], *made.body.len().to_string().as_bytes());
    assert!(
        done.unwrap()
            .to_string()
            .ends_with("the time in its body is a new one")
    );
}

#[test]
fn standard_webhooks_get_an_id_of_their_own() {
    let came = signed("standard-webhooks", "default", &[], b"{\"type\":\"a\"}");
    let (made, _) = again(&resign(Signing::Usual), &came, &[]);
    assert_eq!(judged(&made, "standard-webhooks", None), Verdict::Good);
    let id = |request: &RequestHead| request.headers.get("webhook-id").unwrap().clone();
    assert_ne!(id(&made.head), id(&came.request));
}

#[test]
fn an_address_is_signed_as_the_origin_knows_it() {
    let form: (&str, &[u8]) = ("Content-Type", b"application/x-www-form-urlencoded");
    let came = signed(
        "twilio",
        "default",
        &[form],
        b"AccountSid=AC1&MessageSid=SM1",
    );
    let with = |base: Option<String>| Resign {
        base,
        ..resign(Signing::Usual)
    };
    for (base, url) in [
        (None, "http://shop.hooks.example/hooks"),
        (base(None, Some("4000")), "http://localhost:4000/hooks"),
        (
            base(None, Some("https://a.example/app/")),
            "https://a.example/app/hooks",
        ),
        (
            base(Some("https://b.example"), Some("4000")),
            "https://b.example/hooks",
        ),
        (
            base(Some("https://b.example/hooks"), None),
            "https://b.example/hooks",
        ),
    ] {
        let (made, done) = again(&with(base), &came, &[]);
        assert!(matches!(done, Some(Resigned::Done { .. })), "{done:?}");
        assert_eq!(judged(&made, "twilio", Some(url)), Verdict::Good, "{url}");
    }
}

/// It is sent exactly as it was, and this is said.
fn left(original: &Exchange, set: &[(&str, &str)], why: &Left) {
    let none = resign(Signing::Never);
    let (plain, nothing) = again(&none, original, set);
    assert_eq!(nothing, None);
    let (made, done) = again(&resign(Signing::Usual), original, set);
    assert_eq!(made, plain);
    match done {
        Some(Resigned::Left { why: said, .. }) => assert_eq!(said, *why),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_was_bad_or_unsigned_stays_so_and_that_is_said() {
    let mut bad = stripe();
    bad.request_body = hookreel_shared::model::Capture::whole(b"{\"object\":\"event\"}".to_vec());
    left(&bad, &[], &Left::NotGood("bad"));
    let unsigned: [(&str, &[u8]); 2] = [("X-GitHub-Event", b"push"), ("X-GitHub-Delivery", b"1")];
    let unsigned = answered(exchange("/hooks", &unsigned, b"{}"), 200, b"");
    left(&unsigned, &[], &Left::Unsigned);
    // Good once, but too long ago when it came: somebody kept it.
    let mut old = stripe();
    Arc::make_mut(&mut old.request).received_at = later();
    left(&old, &[], &Left::NotGood("bad"));
}

#[test]
fn without_a_secret_what_was_signed_stays_as_it_was_and_that_is_said() {
    let signature = format!("sha256={}", "00".repeat(32));
    let signed: [(&str, &[u8]); 3] = [
        ("X-GitHub-Event", b"push"),
        ("X-GitHub-Delivery", b"1"),
        ("X-Hub-Signature-256", signature.as_bytes()),
    ];
    let signed = answered(exchange("/hooks", &signed, b"{}"), 200, b"");
    let none = Resign {
        known: Known {
            secrets: Arc::new([]),
            ..resign(Signing::Usual).known
        },
        ..resign(Signing::Usual)
    };
    let (_, said) = again(&none, &signed, &[]);
    let said = said.unwrap().to_string();
    assert_eq!(
        said,
        "not re-signed: there is no secret of github; set one: hookreel secret set github"
    );
}

#[test]
fn a_field_that_is_set_counts_as_a_change_only_if_the_signature_knows() {
    let said = again(&resign(Signing::Usual), &stripe(), &[("X-Debug", "1")]).1;
    assert!(matches!(said, Some(Resigned::Done { .. })));
    left(
        &stripe(),
        &[("Stripe-Signature", "t=1,v1=00")],
        &Left::Edited,
    );
}

#[test]
fn an_edit_is_signed_only_because_the_user_says_so() {
    let original = stripe();
    let id = ExchangeId::from_uuid(Uuid::from_u128(8));
    for (signing, good) in [
        (Signing::Usual, false),
        (Signing::Always, true),
        (Signing::Never, false),
    ] {
        let mut made = request(&original, None, &[], id, later());
        made.body = "{\"amount\":1,\"object\":\"event\"}".into();
        let done = resign(signing).apply(&mut made, &original, true, later());
        let is_good = judged(&made, "stripe", None) == Verdict::Good;
        assert_eq!(is_good, good, "{signing:?} {done:?}");
    }
}

#[test]
fn of_two_secrets_of_one_label_the_one_that_fitted_signs() {
    let own = resign(Signing::Usual);
    let both = [
        Secret::new("github", "default", "other").only_for("otter"),
        Secret::new("github", "default", "hush"),
    ];
    let own = Resign {
        known: Known {
            secrets: both.into(),
            ..own.known
        },
        ..own
    };
    let event: (&str, &[u8]) = ("X-GitHub-Event", b"push");
    let came = signed("github", "default", &[event], b"{}");
    let (made, done) = again(&own, &came, &[]);
    assert!(matches!(done, Some(Resigned::Done { .. })), "{done:?}");
    assert_eq!(judged(&made, "github", None), Verdict::Good);
}

#[test]
fn where_only_the_provider_can_sign_it_takes_a_key_of_ones_own_and_ones_word() {
    let kept = Pkcs8::generate(&aws_lc_rs::rand::SystemRandom::new()).unwrap();
    let keys = Served::new(Development::new(kept).own().unwrap());
    let fields: [(&str, &[u8]); 2] = [
        ("X-Signature-Ed25519", b"00"),
        ("X-Signature-Timestamp", b"1700000000"),
    ];
    let came = answered(exchange("/hooks", &fields, b"{\"type\":1}"), 200, b"");
    let id = ExchangeId::from_uuid(Uuid::from_u128(8));
    let mut made = request(&came, None, &[], id, later());
    let usual = resign(Signing::Usual).apply(&mut made, &came, false, later());
    let why = "there is no secret of discord to check it with".to_owned();
    let left = Resigned::Left {
        provider: "discord".to_owned(),
        why: Left::NotKnown(why),
    };
    assert_eq!(usual, Ok(Some(left)));
    let none = resign(Signing::Always).apply(&mut made, &came, false, later());
    assert_eq!(none, Err(ResignError::NoKey("discord".into())));
    let own = Resign {
        keys: Some(keys),
        ..resign(Signing::Always)
    };
    let done = own
        .apply(&mut made, &came, false, later())
        .unwrap()
        .unwrap();
    assert!(
        done.to_string().contains("with your development key"),
        "{done}"
    );
}

#[test]
fn what_nobody_is_known_to_send_is_not_signed_even_if_wanted() {
    let came = answered(exchange("/hooks", &[], b"{}"), 200, b"");
    let id = ExchangeId::from_uuid(Uuid::from_u128(8));
    let mut made = request(&came, None, &[], id, later());
    let done = resign(Signing::Always).apply(&mut made, &came, false, later());
    assert_eq!(done, Err(ResignError::UnknownProvider));
    let done = resign(Signing::Usual).apply(&mut made, &came, false, later());
    assert_eq!(done, Ok(None));
}

#[test]
fn a_replay_of_a_replay_is_signed_for_the_address_that_it_was_signed_for() {
    let form: (&str, &[u8]) = ("Content-Type", b"application/x-www-form-urlencoded");
    let came = signed(
        "twilio",
        "default",
        &[form],
        b"AccountSid=AC1&MessageSid=SM1",
    );
    let there = Resign {
        base: base(None, Some("4000")),
        ..resign(Signing::Usual)
    };
    let (made, done) = again(&there, &came, &[]);
    let Some(Resigned::Done { url: Some(url), .. }) = done else {
        panic!("{done:?}");
    };
    assert_eq!(url, "http://localhost:4000/hooks");
    let mut first = Exchange::new(Arc::new(made.head));
    first.request_body = came.request_body.clone();
    let verdict = |exchange: &Exchange| {
        let known = resign(Signing::Usual).known;
        known.sender(exchange, &Asked::default()).report.verdict
    };
    assert!(
        matches!(verdict(&first), Verdict::Bad { .. }),
        "by the public address"
    );
    first.signed_for = Some(url.as_str().into());
    assert_eq!(verdict(&first), Verdict::Good);
    let (second, done) = again(&resign(Signing::Usual), &first, &[]);
    assert!(matches!(done, Some(Resigned::Done { .. })), "{done:?}");
    assert_eq!(judged(&second, "twilio", Some(&url)), Verdict::Good);
}

#[test]
fn the_secret_that_signs_can_be_chosen_by_its_label() {
    let with = |label: &str| Resign {
        label: Some(label.to_owned()),
        ..resign(Signing::Always)
    };
    let (made, done) = again(&with("old"), &stripe(), &[]);
    let said = done.unwrap().to_string();
    assert_eq!(said, "re-signed as stripe with the secret old (v1)");
    assert_eq!(judged(&made, "stripe", None), Verdict::Good);
    let id = ExchangeId::from_uuid(Uuid::from_u128(8));
    let mut made = request(&stripe(), None, &[], id, later());
    let error = with("whsec_mistaken").apply(&mut made, &stripe(), false, later());
    let error = error.unwrap_err().to_string();
    let expected = "it cannot be re-signed: no secret of stripe has this label; \
                    there are old, new (hookreel secret list)";
    assert_eq!(error, expected, "and it is not repeated");
}
