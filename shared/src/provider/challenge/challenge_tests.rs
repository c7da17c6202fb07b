use proptest::prelude::*;

use super::testing::{Case, NOW, expect};
use super::*;
use crate::provider::algorithm::Algorithm;
use crate::provider::samples::{self, Fill};
use crate::provider::{DevelopmentKeys, Key, Pkcs8, Table, sign};

#[test]
fn what_is_given_back_is_never_shown_as_a_page() {
    for case in [
        Case::new("dropbox", "GET", "/in?challenge=abc"),
        Case::new("aspnet", "GET", "/in?echo=0123456789abcdef0123456789abcdef"),
        Case::new("microsoft-graph", "POST", "/in?validationToken=abc"),
        Case::json("slack", r#"{"type":"url_verification","challenge":"abc"}"#).signed("s"),
    ] {
        let Some(Reply::Answer(answer)) = case.reply() else {
            panic!("{}", case.short());
        };
        assert_eq!(answer.headers.get("content-type").unwrap(), "text/plain");
        assert_eq!(
            answer.headers.get("x-content-type-options").unwrap(),
            "nosniff"
        );
    }
}

#[test]
fn questions_that_are_switched_off_are_left_to_the_origin() {
    let mut case = Case::new("dropbox", "GET", "/in?challenge=abc");
    case.options.off.insert(Handshake::DropboxChallenge);
    expect(&case, "left: answering it is switched off");
    case.options.off.clear();
    case.options.off.insert(Handshake::Reachable);
    expect(&case, "200 abc");
}

#[test]
fn who_says_nothing_of_himself_is_answered_if_a_secret_says_that_he_is_expected() {
    let table = Table::builtin().unwrap();
    let told = |method: &str, target: &str, secrets: &[Secret], off: Option<Handshake>| {
        let draft = Case::new("trello", method, target).draft;
        let options = Options {
            off: off.into_iter().collect(),
        };
        let with = With {
            secrets,
            name: "shop",
            at: NOW,
            tolerance: None,
            certificates: &[],
        };
        let found = unmarked(&table, &draft.request(), &with, &options);
        found.map(|(row, reply)| match reply {
            Reply::Answer(answer) => format!("{} {}", row.id, answer.status),
            Reply::Left { .. } => "left".to_owned(),
        })
    };
    let secret = |provider: &str| Secret::new(provider, "default", "state-1");
    let [trello, mandrill, mailchimp, aspnet, github] =
        ["trello", "mandrill", "mailchimp", "aspnet", "github"].map(secret);
    let guid = "/in?echo=0123456789abcdef0123456789abcdef";
    let own = "/in?secret=state-1";
    for (method, target, secret, expected) in [
        ("HEAD", "/in", &trello, Some("trello 200")),
        ("HEAD", "/in", &mandrill, Some("mandrill 200")),
        ("HEAD", "/in", &github, None),
        ("GET", "/in", &trello, None),
        ("GET", own, &mailchimp, Some("mailchimp 200")),
        ("HEAD", own, &mailchimp, Some("mailchimp 200")),
        ("GET", "/in?secret=other", &mailchimp, None),
        ("GET", "/in", &mailchimp, None),
        ("HEAD", "/in", &mailchimp, None),
        ("GET", guid, &aspnet, Some("aspnet 200")),
        ("GET", "/in?echo=hello", &aspnet, None),
        ("GET", guid, &trello, None),
    ] {
        let secrets = std::slice::from_ref(secret);
        let found = told(method, target, secrets, None);
        assert_eq!(found.as_deref(), expected, "{method} {target} {secret:?}");
        assert_eq!(told(method, target, &[], None), None, "nobody is expected");
    }
    let elsewhere = [trello.clone().only_for("other")];
    assert_eq!(told("HEAD", "/in", &elsewhere, None), None);
    let off = Some(Handshake::ReachableByHead);
    assert_eq!(told("HEAD", "/in", &[trello], off), None);
}

#[test]
fn only_questions_of_the_row_are_answered() {
    for provider in ["github", "stripe", "trello"] {
        expect(
            &Case::new(provider, "GET", "/in?challenge=abc&echo=abc"),
            "no question",
        );
    }
    let slack = r#"{"type":"url_verification","challenge":"abc"}"#;
    expect(&Case::json("zoom", slack).signed("s"), "no question");
}

#[test]
fn every_question_among_the_samples_is_answered() {
    let kept = Pkcs8::generate(&aws_lc_rs::rand::SystemRandom::new()).unwrap();
    let keys = DevelopmentKeys::read(&kept).unwrap();
    let mut asked = BTreeSet::new();
    for sample in samples::providers().flat_map(|provider| samples::list(provider).unwrap()) {
        let Some(which) = sample.handshake else {
            continue;
        };
        let mut case = Case::new(sample.provider, "POST", "/");
        case.draft = sample.draft(&Fill {
            now: NOW,
            seed: b"seed",
            base: "https://hooks.example.com",
            target: "/in",
        });
        if which == Handshake::DiscordPing {
            let public = hex::encode(keys.public(Algorithm::Ed25519).unwrap());
            let key = Key::Development {
                keys: &keys,
                webhook: "",
                certificate: "",
            };
            case = case.stored("default", &public);
            sign(&case.row, &mut case.draft, key, NOW, "fresh").unwrap();
        } else if sample.signed {
            case = case.signed("a secret");
        } else {
            case = case.stored(VERIFY_TOKEN, "verify-token");
        }
        match case.reply() {
            Some(Reply::Answer(answer)) => assert_eq!(answer.which, which),
            _ => panic!("{} {}: {}", sample.provider, sample.name, case.short()),
        }
        asked.insert(which);
    }
    let table = Table::builtin().unwrap();
    let all: BTreeSet<_> = table.rows().flat_map(|row| row.handshake.clone()).collect();
    assert_eq!(asked, all);
}

proptest! {
    /// Whoever asks, and whatever: nothing that could be a page or a line of a head comes back.
    #[test]
    fn nothing_odd_is_ever_given_back(
        value in "[ -~\\r\\n\\x00é<>\"&]{0,40}",
        signed in any::<bool>(),
    ) {
        let encoded: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
        let quoted = serde_json::to_string(&value).unwrap();
        let mut cases = vec![
            Case::new("dropbox", "GET", &format!("/in?challenge={encoded}")),
            Case::new("aspnet", "GET", &format!("/in?echo={encoded}")),
            Case::new("microsoft-graph", "POST", &format!("/in?validationToken={encoded}")),
            Case::json("slack", &format!(r#"{{"type":"url_verification","challenge":{quoted}}}"#)),
            Case::json(
                "zoom",
                &format!(r#"{{"event":"endpoint.url_validation","payload":{{"plainToken":{quoted}}}}}"#),
            ),
        ];
        if signed {
            let sign = |case: Case| match case.row.scheme.is_empty() {
                true => case,
                false => case.signed("s"),
            };
            cases = cases.into_iter().filter(|case| case.draft.body.len() > 1).map(sign).collect();
        }
        for case in cases {
            if let Some(Reply::Answer(answer)) = case.reply() {
                prop_assert!(!answer.body.iter().any(|byte| b"<>&\r\n\0".contains(byte)));
                prop_assert!(answer.body.is_ascii());
            }
        }
    }
}

#[test]
fn why_a_question_is_left_can_be_kept_as_json() {
    let bad = Why::Signature(Verdict::Unsigned);
    let off = Why::Off;
    let form = Why::Form { what: "challenge" };
    for (why, expected) in [
        (bad, r#"{"why":"signature","verdict":"unsigned"}"#),
        (off, r#"{"why":"off"}"#),
        (form, r#"{"why":"form","what":"challenge"}"#),
    ] {
        assert_eq!(serde_json::to_string(&why).unwrap(), expected);
    }
}
