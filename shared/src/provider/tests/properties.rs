//! What holds for every row and any request.

use std::sync::OnceLock;

use super::{Fixture, all, header, table};
use crate::model::{Header, Timestamp};
use crate::provider::algorithm::{Algorithm, Encoding};
use crate::provider::scheme::Scheme;
use crate::provider::text::Source;
use crate::provider::{
    CertifiedKey, DevelopmentKeys, Draft, Key, Pkcs8, Row, Secret, Table, Verdict, With, check,
    is_good, sign,
};
use aws_lc_rs::rand::SystemRandom;

fn keys() -> &'static DevelopmentKeys {
    static KEYS: OnceLock<DevelopmentKeys> = OnceLock::new();
    KEYS.get_or_init(|| {
        let kept = Pkcs8::generate(&SystemRandom::new()).unwrap();
        DevelopmentKeys::read(&kept).unwrap()
    })
}

/// A secret that scheme can be checked with: the public half where there is one.
fn secret_of(row: &Row, scheme: &Scheme) -> Secret {
    let text = match scheme.algorithm {
        _ if scheme.certificate.is_some() => "WH-ID".to_owned(),
        algorithm if algorithm.is_asymmetric() => {
            let key = keys().public(algorithm).unwrap();
            scheme.key.write(&key)
        }
        _ => match scheme.key.encoding {
            Encoding::Text => format!("{}a secret of 32 or more characters", scheme.key.prefix),
            encoding => format!("{}{}", scheme.key.prefix, encoding.encode(&[7; 24])),
        },
    };
    Secret::new(&row.id, "own", text)
}

type Certificates = Vec<CertifiedKey>;

/// A request that the row can sign: its good fixture, without what is in the way of other schemes.
fn drafts(table: &Table) -> Vec<(&Row, &Scheme, Draft, Certificates)> {
    let fixtures = all();
    let mut found = Vec::new();
    for row in table.rows() {
        for scheme in &row.scheme {
            let own = |own: &&Fixture| own.folder == row.id && own.expect.verdict == "good";
            let by_it = |own: &&Fixture| own.expect.scheme.as_deref() == Some(&scheme.name);
            let fixture = fixtures.iter().filter(own).find(by_it);
            let fixture = fixture.or_else(|| fixtures.iter().find(own)).unwrap();
            let mut draft = fixture.draft(&fixture.case());
            for other in row.scheme.iter().filter(|other| other.name != scheme.name) {
                if let Source::Header(name) = &other.signature.at {
                    draft.headers.remove(name);
                }
                if let Source::Query(name) = &other.signature.at {
                    let target = String::from_utf8(draft.target.to_vec()).unwrap();
                    draft.target = target.replace(name, "other").into();
                }
            }
            // It was signed by this one before: then it is by this one again.
            let mut start = draft.clone();
            for value in &scheme.with {
                start.set(value.at(), value.first().unwrap_or("x"));
            }
            let before = match (&scheme.signature.key, &scheme.signature.prefix) {
                (Some(key), prefix) => format!("{key}={prefix}x"),
                (None, prefix) => format!("{}{prefix}x", scheme.signature.before),
            };
            start.set(&scheme.signature.at, &before);
            let certificate = scheme.certificate.as_ref().map(|at| {
                let url = at.read(&start.request()).unwrap();
                CertifiedKey::always(url, keys().public(scheme.algorithm).unwrap())
            });
            found.push((row, scheme, start, certificate.into_iter().collect()));
        }
    }
    found
}

pub(super) fn now() -> Timestamp {
    Timestamp::from_micros(1_790_000_000_000_000)
}

fn signed(row: &Row, scheme: &Scheme, draft: &mut Draft, secret: &Secret) -> crate::provider::Done {
    let key = if scheme.algorithm.is_asymmetric() {
        Key::Development {
            keys: keys(),
            certificate: "",
            webhook: if scheme.certificate.is_some() {
                secret.expose()
            } else {
                ""
            },
        }
    } else {
        Key::Secret(secret)
    };
    sign(row, draft, key, now(), "fresh-id")
        .unwrap_or_else(|error| panic!("{} {}: {error}", row.id, scheme.name))
}

pub(super) fn judged(
    row: &Row,
    draft: &Draft,
    secret: &Secret,
    certificates: &[CertifiedKey],
) -> crate::provider::Report {
    let secrets = [secret.clone()];
    check(row, &draft.request(), true, &with(&secrets, certificates))
}

fn is_judged_good(
    row: &Row,
    draft: &Draft,
    secret: &Secret,
    certificates: &[CertifiedKey],
) -> bool {
    let secrets = [secret.clone()];
    is_good(row, &draft.request(), true, &with(&secrets, certificates))
}

fn with<'a>(secrets: &'a [Secret], certificates: &'a [CertifiedKey]) -> With<'a> {
    With {
        secrets,
        name: "shop",
        at: now(),
        tolerance: None,
        certificates,
    }
}

#[test]
fn whatever_a_row_signs_it_finds_good() {
    let table = table();
    for (row, scheme, mut draft, certificates) in drafts(&table) {
        let secret = secret_of(row, scheme);
        let done = signed(row, scheme, &mut draft, &secret);
        let report = judged(row, &draft, &secret, &certificates);
        assert_eq!(
            report.verdict,
            Verdict::Good,
            "{} {}: {report}",
            row.id,
            scheme.name
        );
        assert_eq!(report.scheme.as_deref(), Some(&scheme.name[..]));
        assert_eq!(done.development, scheme.algorithm.is_asymmetric());
        assert!(done.schemes.contains(&scheme.name), "{done:?}");
    }
}

#[test]
fn one_bit_that_is_flipped_in_what_is_signed_makes_it_bad() {
    let table = table();
    for (row, scheme, mut draft, certificates) in drafts(&table) {
        let secret = secret_of(row, scheme);
        signed(row, scheme, &mut draft, &secret);
        if scheme.algorithm == Algorithm::Token {
            continue;
        }
        let good = |draft: &Draft| is_judged_good(row, draft, &secret, &certificates);
        let whole = draft.body.len() * 8;
        for bit in 0..whole {
            let mut body = draft.body.to_vec();
            body[bit / 8] ^= 1 << (bit % 8);
            let other = Draft {
                body: body.into(),
                ..draft.clone()
            };
            // In a form, `+` and `%20`, or a part of an escape in another case, are the same.
            let same = scheme.signed.has_form() && other.request().form() == draft.request().form();
            assert!(
                same || !good(&other),
                "{} {} bit {bit}",
                row.id,
                scheme.name
            );
        }
        if scheme.signed.has_url() {
            for bit in 0..draft.target.len() * 8 {
                let mut target = draft.target.to_vec();
                target[bit / 8] ^= 1 << (bit % 8);
                let other = Draft {
                    target: target.into(),
                    ..draft.clone()
                };
                assert!(!good(&other), "{} {} bit {bit}", row.id, scheme.name);
            }
            for bit in 0..draft.base.len() * 8 {
                let mut base = draft.base.to_vec();
                base[bit / 8] ^= 1 << (bit % 8);
                let other = Draft {
                    base: base.into(),
                    ..draft.clone()
                };
                assert!(!good(&other), "{} {} host {bit}", row.id, scheme.name);
            }
        }
        let other = Draft {
            method: "PUT".into(),
            ..draft.clone()
        };
        let counts = ["v2", "v3"].contains(&&scheme.name[..]) && row.id == "hubspot";
        assert_eq!(!good(&other), counts, "{} {}", row.id, scheme.name);
        let written = scheme.signature.at.read(&draft.request()).unwrap();
        let begins = judged(row, &draft, &secret, &certificates).received;
        let begins = written.find(&begins[0]).unwrap();
        for at in begins..written.len() {
            let sign = written.as_bytes()[at];
            let other_sign = if sign == b'A' { 'B' } else { 'A' };
            // Hexadecimal is read in any case, and of the last sign of base64 some bits are filling.
            let is_filling = sign.eq_ignore_ascii_case(&b'a') || at + 4 > written.len();
            let mut other = draft.clone();
            let changed = format!("{}{other_sign}{}", &written[..at], &written[at + 1..]);
            other.set(&scheme.signature.at, &changed);
            assert!(
                is_filling || !good(&other),
                "{} {} signature {at}",
                row.id,
                scheme.name
            );
        }
        let time = scheme.time.as_ref().map(|time| &time.at);
        let id = scheme.id.as_ref().map(|id| &id.at);
        for at in [time, id].into_iter().flatten() {
            let value = at.read(&draft.request()).unwrap();
            // The last digit: it stays a time, but another.
            let last = value.rfind(|sign: char| sign.is_ascii_alphanumeric() && sign != 'Z');
            let (before, behind) = value.split_at(last.unwrap());
            let other_sign = if behind.starts_with('1') { "2" } else { "1" };
            let mut other = draft.clone();
            other.set(at, &format!("{before}{other_sign}{}", &behind[1..]));
            assert!(!good(&other), "{} {} {at}", row.id, scheme.name);
        }
    }
}

#[test]
fn signing_leaves_all_else_as_it_was() {
    let table = table();
    for (row, scheme, mut draft, _) in drafts(&table) {
        let secret = secret_of(row, scheme);
        draft.headers.push("x-Odd-CASE", &b"\xff\xfe twice"[..]);
        draft.headers.push("x-odd-case", "again");
        let before = draft.clone();
        let done = signed(row, scheme, &mut draft, &secret);
        let touched = |header: &&Header| {
            let mut set = done.set.iter();
            set.any(|at| {
                at.strip_prefix("header:")
                    .is_some_and(|name| header.is(name))
            })
        };
        let rest = |draft: &Draft| -> Vec<Header> {
            let fields = draft.headers.iter().filter(|header| !touched(header));
            fields.cloned().collect()
        };
        let place = format!("{} {}", row.id, scheme.name);
        assert_eq!(rest(&draft), rest(&before), "{place}");
        let names = |draft: &Draft| -> Vec<Vec<u8>> {
            draft
                .headers
                .iter()
                .map(|header| header.name.to_vec())
                .collect()
        };
        // Order and case of those that were there stay; new ones come last.
        let kept = names(&draft);
        assert!(kept.starts_with(&names(&before)), "{place}: {kept:?}");
        assert_eq!(done.body_changed, draft.body != before.body, "{place}");
        let in_body = matches!(scheme.signature.at, Source::Json(_) | Source::Form(_));
        assert!(
            draft.body == before.body || row.id == "linear" || in_body,
            "{place}"
        );
        if row.id == "linear" {
            assert!(done.body_changed && done.set.iter().any(|at| at == "$.webhookTimestamp"));
            assert_eq!(draft.body.len(), before.body.len());
        }
    }
}

#[test]
fn what_was_not_signed_before_is_signed_by_the_best_scheme_in_the_providers_own_spelling() {
    let table = table();
    let names = |id: &str, secret: &str, body: &str| {
        let row = table.get(id).unwrap();
        let mut draft = Draft {
            method: "POST".into(),
            base: "http://localhost:3000".into(),
            target: "/hooks".into(),
            headers: [header("Content-Length", body.len().to_string())]
                .into_iter()
                .collect(),
            body: body.to_owned().into(),
        };
        sign(
            row,
            &mut draft,
            Key::Secret(&Secret::new(id, "own", secret)),
            now(),
            "msg_9",
        )
        .unwrap();
        let fields = draft.headers.iter().skip(1);
        fields
            .map(|header| String::from_utf8(header.name.to_vec()).unwrap())
            .collect::<Vec<_>>()
    };
    let both = ["X-Hub-Signature-256", "X-Hub-Signature"];
    assert_eq!(names("github", "s", "{}"), both);
    assert_eq!(names("meta", "s", "{}"), both);
    assert_eq!(
        names("gitea", "s", "{}"),
        [
            "X-Gitea-Signature",
            "X-Gogs-Signature",
            "X-Hub-Signature-256",
            "X-Hub-Signature"
        ]
    );
    assert_eq!(names("stripe", "whsec_s", "{}"), ["Stripe-Signature"]);
    assert_eq!(
        names("slack", "s", "{}"),
        ["X-Slack-Request-Timestamp", "X-Slack-Signature"]
    );
    assert_eq!(
        names("standard-webhooks", "whsec_AAAA", "{}"),
        ["webhook-timestamp", "webhook-id", "webhook-signature"]
    );
    assert_eq!(names("gitlab", "plain", "{}"), ["X-Gitlab-Token"]);
    assert_eq!(
        names("gitlab", "whsec_AAAA", "{}"),
        ["webhook-timestamp", "webhook-id", "webhook-signature"]
    );
    assert_eq!(
        names("hubspot", "s", "[]"),
        ["X-HubSpot-Request-Timestamp", "X-HubSpot-Signature-v3"]
    );
}
