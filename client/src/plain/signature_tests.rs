use std::sync::Arc;

use hookreel_shared::export::json as document;
use hookreel_shared::model::testing::request;
use hookreel_shared::model::{
    BodyKind, Capture, Event, Exchange, Headers, RequestHead, ResponseHead, Timestamp,
};
use hookreel_shared::provider::{Draft, Key, Secret, Table, sign};

use super::*;
use crate::config::{Asked, Known};

const AT: i64 = 1_700_000_000;

fn known(secrets: &[Secret]) -> Known {
    Known {
        table: Arc::new(Table::builtin().unwrap()),
        secrets: secrets.into(),
        development: None,
        certificates: Arc::new([]),
        tolerance: Arc::default(),
    }
}

fn stripe(text: &str) -> Secret {
    Secret::new("stripe", "default", text)
}

/// A charge as Stripe sends it, signed with this secret so many seconds before it came; answered
/// with this status.
fn charge(secret: Option<&str>, age: i64, status: u16) -> Exchange {
    let body = br#"{"id":"evt_1","object":"event","type":"charge.succeeded","data":{"object":{"id":"ch_1","object":"charge","amount":4250,"currency":"eur"}}}"#;
    let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000);
    let fields: [(&str, &[u8]); 3] = [
        ("Host", b"shop.example.com"),
        (
            "User-Agent",
            b"Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        ),
        ("Content-Type", b"application/json"),
    ];
    let mut head = RequestHead {
        id: ExchangeId::from_uuid(uuid::Uuid::from_u128(7)),
        received_at: at(AT),
        ..request("/webhooks/stripe", &fields, body.len())
    };
    if let Some(secret) = secret {
        let table = Table::builtin().unwrap();
        let mut draft = Draft {
            method: head.method.clone(),
            base: "http://shop.example.com".into(),
            target: head.target.clone(),
            headers: head.headers.clone(),
            body: body[..].into(),
        };
        let secret = stripe(secret);
        let row = table.get("stripe").unwrap();
        sign(row, &mut draft, Key::Secret(&secret), at(AT - age), "1").unwrap();
        head.headers = draft.headers;
    }
    let mut exchange = Exchange::new(Arc::new(head));
    let answer = ResponseHead {
        status,
        reason: None,
        headers: Headers::new(),
        body: BodyKind::Length(2),
    };
    exchange.apply(Event::Answered {
        at: at(AT),
        head: Arc::new(answer),
    });
    exchange.apply(Event::Closed {
        at: at(AT + 1),
        request: Capture::whole(&body[..]),
        response: Capture::whole("ok"),
    });
    exchange
}

fn about(exchange: &Exchange, secrets: &[Secret]) -> About {
    known(secrets).about(exchange, &Asked::default(), None)
}

fn text_of(about: &About) -> String {
    anstream::adapter::strip_str(&text(None, about)).to_string()
}

fn shown(exchange: &Exchange, secrets: &[Secret]) -> String {
    text_of(&about(exchange, secrets))
}

/// A push as GitHub sends it, but unsigned.
fn push() -> Exchange {
    let mut push = charge(None, 0, 200);
    let mut head = (*push.request).clone();
    head.headers.push("X-GitHub-Event", "push");
    push.request = Arc::new(head);
    push
}

#[test]
fn every_verdict_says_what_it_rests_on() {
    let secret = "whsec_one";
    let good = charge(Some(secret), 2, 200);
    let changed = {
        let mut exchange = charge(Some(secret), 2, 200);
        let body = String::from_utf8_lossy(&exchange.request_body.kept).into_owned();
        exchange.request_body = Capture::whole(format!("{body}\n"));
        exchange
    };
    let mut stranger = charge(None, 0, 200);
    let mut head = (*stranger.request).clone();
    head.headers = Headers::new();
    stranger.request = Arc::new(head);
    stranger.request_body = Capture::whole("hello");
    let of_github = Secret::new("github", "default", "s");
    let other = Secret::new("stripe", "of another shop", "whsec_two").only_for("other-shop");
    let all = [
        ("good", shown(&good, &[stripe(secret)])),
        ("another secret", shown(&good, &[stripe("whsec_two")])),
        (
            "the secret of another name",
            shown(&charge(Some("whsec_two"), 2, 400), &[stripe(secret), other]),
        ),
        ("a changed body", shown(&changed, &[stripe(secret)])),
        (
            "too old",
            shown(&charge(Some(secret), 900, 400), &[stripe(secret)]),
        ),
        (
            "no signature, though a secret is set",
            shown(&push(), &[of_github]),
        ),
        ("no secret", shown(&good, &[])),
        ("nobody knows who", shown(&stranger, &[])),
    ];
    let all: String = all
        .iter()
        .map(|(what, text)| format!("{what}\n{text}\n"))
        .collect();
    insta::assert_snapshot!(all);
}

#[test]
fn what_the_sender_makes_of_the_answer_stands_below() {
    let redirected = charge(Some("whsec_one"), 0, 302);
    let text = shown(&redirected, &[]);
    let said = "  ! Stripe does not follow redirects (302)";
    assert!(text.contains(said), "{text}");
    let mut slow = push();
    slow.closed_at = Some(Timestamp::from_micros((AT + 45) * 1_000_000));
    let first = ExchangeId::from_uuid(uuid::Uuid::from_u128(1));
    let about = known(&[]).about(&slow, &Asked::default(), Some(first));
    let text = text_of(&about);
    assert!(text.contains("  ! GitHub waits 10 s"), "{text}");
    assert!(
        text.contains(&format!("sent this delivery before ({first})")),
        "{text}"
    );
}

#[test]
fn a_secret_is_never_in_what_is_shown() {
    let secret = "whsec_do_not_show";
    for came in [Some(secret), Some("whsec_two"), None] {
        let exchange = charge(came, 900, 200);
        let about = about(&exchange, &[stripe(secret)]);
        let all = text(None, &about) + &json(exchange.id(), &about);
        assert!(!all.contains("do_not_show"), "{all}");
    }
}

#[test]
fn the_json_of_an_exchange_has_the_report_and_reads_back_without_it() {
    let exchange = charge(Some("whsec_one"), 2, 200);
    let about = about(&exchange, &[stripe("whsec_one")]);
    let text = added(&document::write(&exchange), &about, Some("good"));
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["verdict"], "good");
    assert_eq!(value["signature"]["report"]["verdict"], "good");
    assert_eq!(value["signature"]["report"]["secret"], "default");
    assert_eq!(value["request"]["method"], "POST");
    assert_eq!(document::read(text.as_bytes()).unwrap(), exchange);
}

#[test]
fn what_came_from_outside_cannot_touch_the_terminal() {
    let mut exchange = charge(Some("whsec_one"), 2, 200);
    let body = "{\"type\":\"\\u001b[2J\u{202e}\",\"object\":\"event\",\"id\":\"evt_1\"}\u{1b}[2J";
    exchange.request_body = Capture::whole(body);
    let text = shown(&exchange, &[stripe("whsec_one")]);
    assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text:?}");
}
