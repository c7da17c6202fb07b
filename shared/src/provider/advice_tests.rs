use super::*;
use crate::model::{Header, Headers};
use crate::provider::{Because, Reason, Table};

fn ask(provider: &str, change: impl FnOnce(&mut Facts<'_>)) -> Vec<String> {
    let table = Table::builtin().unwrap();
    let headers = Headers::new();
    let fields: &[Header] = headers.as_slice();
    let request = Request::new(&b"POST"[..], &b"https://a.example/in"[..], fields, &b""[..]);
    let mut facts = Facts {
        request: &request,
        took: Some(Duration::from_millis(40)),
        status: Some(200),
        answer_bytes: 2,
        verdict: &Verdict::Good,
        duplicate_of: None,
        has_secret: true,
        label: Label::Live,
    };
    change(&mut facts);
    let advice = of(table.get(provider).unwrap(), &facts);
    advice.iter().map(ToString::to_string).collect()
}

static BAD: Verdict = Verdict::Bad {
    reason: Reason::Mismatch,
    near: Vec::new(),
};
static OLD: Verdict = Verdict::Bad {
    reason: Reason::TooOld {
        age: 3_600,
        tolerance: 300,
    },
    near: Vec::new(),
};
static NOT_SIGNED: Verdict = Verdict::Unchecked {
    because: Because::NotSigned,
};

/// What an exchange with a provider is, and the beginnings of what is said of it.
type Case = (&'static str, fn(&mut Facts<'_>), &'static [&'static str]);

#[test]
fn an_exchange_is_judged_by_what_its_sender_makes_of_it() {
    let cases: &[Case] = &[
        ("github", |_| {}, &[]),
        (
            "slack",
            |facts| facts.took = Some(Duration::from_secs(3)),
            &[],
        ),
        (
            "slack",
            |facts| facts.took = Some(Duration::from_millis(4_200)),
            &["Slack waits 3 s for an answer, and this one took 4.2 s"],
        ),
        (
            "bitbucket",
            |facts| facts.took = Some(Duration::from_secs(90)),
            &[],
        ),
        (
            "github",
            |facts| facts.status = Some(404),
            &["GitHub never sends again, also not after a 404"],
        ),
        (
            "github",
            |facts| facts.status = None,
            &["GitHub never sends again, also not after no answer"],
        ),
        (
            "woocommerce",
            |facts| facts.status = Some(302),
            &["WooCommerce does not follow redirects (302)"],
        ),
        (
            "stripe",
            |facts| facts.status = Some(308),
            &["Stripe does not follow redirects (308)"],
        ),
        ("twilio", |facts| facts.status = Some(302), &[]),
        ("github", |facts| facts.status = Some(302), &[]),
        ("stripe", |facts| facts.status = Some(500), &[]),
        (
            "standard-webhooks",
            |facts| facts.status = Some(410),
            &["Standard Webhooks takes a 410"],
        ),
        (
            "aspnet",
            |facts| facts.status = Some(410),
            &["ASP.NET custom WebHooks takes a 410"],
        ),
        ("stripe", |facts| facts.status = Some(410), &[]),
        (
            "hubspot",
            |facts| facts.status = Some(404),
            &["HubSpot does not send this again after a 404"],
        ),
        ("hubspot", |facts| facts.status = Some(500), &[]),
        (
            "stripe",
            |facts| facts.duplicate_of = Some("#3"),
            &["Stripe sent this delivery before (#3)"],
        ),
        (
            "github",
            |facts| facts.verdict = &Verdict::Unsigned,
            &["a secret is stored, but GitHub did not"],
        ),
        (
            "github",
            |facts| {
                facts.verdict = &Verdict::Unsigned;
                facts.has_secret = false;
            },
            &[],
        ),
        ("mailchimp", |facts| facts.verdict = &NOT_SIGNED, &[]),
        (
            "github",
            |facts| facts.verdict = &BAD,
            &["the signature is bad by the secret of GitHub"],
        ),
        (
            "stripe",
            |facts| facts.verdict = &OLD,
            &["the signature is not of a time that Stripe allows, and the answer was 200"],
        ),
        (
            "stripe",
            |facts| {
                facts.verdict = &BAD;
                facts.status = Some(401);
            },
            &[],
        ),
    ];
    for (provider, change, expected) in cases {
        let found = ask(provider, change);
        assert_eq!(found.len(), expected.len(), "{provider}: {found:?}");
        for (found, expected) in found.iter().zip(*expected) {
            assert!(found.starts_with(expected), "{provider}: {found}");
        }
    }
}

#[test]
fn several_things_are_said_the_most_pressing_first() {
    let found = ask("github", |facts| {
        facts.took = Some(Duration::from_secs(12));
        facts.status = Some(500);
        facts.duplicate_of = Some("#1");
    });
    let words: Vec<_> = found
        .iter()
        .map(|text| text.split(' ').nth(1).unwrap())
        .collect();
    assert_eq!(words, ["waits", "never", "sent"], "{found:?}");
}

#[test]
fn what_the_relay_had_stored_is_answered_already() {
    let found = ask("github", |facts| {
        facts.took = Some(Duration::from_secs(12));
        facts.status = Some(500);
        facts.label = Label::Stored;
    });
    assert_eq!(found, [] as [&str; 0]);
}

#[test]
fn a_question_whether_the_address_is_there_need_not_be_signed() {
    for (method, count) in [("GET", 0), ("HEAD", 0), ("POST", 1)] {
        let request = Request::new(
            method.as_bytes(),
            &b"https://a.example/in"[..],
            &[],
            &b""[..],
        );
        let table = Table::builtin().unwrap();
        let facts = Facts {
            request: &request,
            took: None,
            status: Some(200),
            answer_bytes: 2,
            verdict: &Verdict::Unsigned,
            duplicate_of: None,
            has_secret: true,
            label: Label::Live,
        };
        let advice = of(table.get("meta").unwrap(), &facts);
        assert_eq!(advice.len(), count, "{method}");
    }
}

#[test]
fn a_replay_is_no_duplicate() {
    for label in [Label::Replay, Label::Sample] {
        let found = ask("stripe", |facts| {
            facts.duplicate_of = Some("#3");
            facts.label = label;
        });
        assert_eq!(found, [] as [&str; 0]);
    }
}

#[test]
fn an_empty_answer_matters_only_where_it_is_read() {
    let table = Table::builtin().unwrap();
    let mut headers = Headers::new();
    headers.push("Content-Type", "application/x-www-form-urlencoded");
    for (provider, body, status, expected) in [
        ("twilio", "CallStatus=ringing&Direction=inbound", 200, 1),
        ("twilio", "CallStatus=ringing&Direction=inbound", 204, 0),
        ("twilio", "MessageSid=SM1&MessageStatus=delivered", 200, 0),
        ("github", "payload=%7B%7D", 200, 0),
        ("slack", "command=%2Flamp", 200, 0),
    ] {
        let request = Request::new(
            &b"POST"[..],
            &b"https://a.example/in"[..],
            headers.as_slice(),
            body.as_bytes(),
        );
        let facts = Facts {
            request: &request,
            took: None,
            status: Some(status),
            answer_bytes: 0,
            verdict: &Verdict::Good,
            duplicate_of: None,
            has_secret: true,
            label: Label::Live,
        };
        let found = of(table.get(provider).unwrap(), &facts);
        assert_eq!(found.len(), expected, "{provider} {body}: {found:?}");
    }
}

#[test]
fn in_json_it_has_a_word_and_seconds() {
    let advice = Advice::Late {
        provider: "Slack".to_owned(),
        took: Duration::from_millis(4_500),
        within: Duration::from_secs(3),
    };
    assert_eq!(
        serde_json::to_string(&advice).unwrap(),
        r#"{"advice":"late","provider":"Slack","took":4.5,"within":3.0}"#
    );
}
