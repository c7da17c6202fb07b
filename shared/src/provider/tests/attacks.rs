//! What a hostile sender, or a careless user, may try.

use std::time::{Duration, Instant};

use super::{Case, header, table};
use crate::model::{Header, Timestamp};
use crate::provider::scheme::{MOST_SIGNATURES, Unit};
use crate::provider::text::Source;
use crate::provider::{
    Draft, Key, MOST_FIELDS, Reason, Report, Request, Secret, SignError, Verdict, With, check,
    is_good, sign,
};

const AT: Timestamp = Timestamp::from_micros(1_764_000_000_000_000);
const STRIPE: &str = r#"{"id":"evt_1","object":"event","type":"charge.succeeded"}"#;
const RIGHT: &str = "0c542e72b4984b7a1a9737c6bacdcb24a23c1baec31f78f0e83e6a972979fe9c";

fn judged(id: &str, headers: Vec<Header>, body: &[u8], secrets: &[&str]) -> Report {
    let case = Case {
        headers,
        body: body.to_vec(),
        secrets: secrets
            .iter()
            .map(|text| Secret::new(id, "own", *text))
            .collect(),
        certificates: Vec::new(),
        at: AT,
    };
    let request = Request::new(
        &b"POST"[..],
        &b"https://h/in"[..],
        &case.headers,
        &case.body[..],
    );
    check(table().get(id).unwrap(), &request, true, &case.with())
}

fn stripe(value: &str) -> Report {
    let headers = vec![header("Stripe-Signature", value)];
    judged("stripe", headers, STRIPE.as_bytes(), &["whsec_test_secret"])
}

fn draft(headers: Vec<Header>, body: &str) -> Draft {
    Draft {
        method: "POST".into(),
        base: "https://h".into(),
        target: "/in".into(),
        headers: headers.into_iter().collect(),
        body: body.to_owned().into(),
    }
}

#[test]
fn a_right_signature_is_found_among_several_but_only_so_many_are_tried() {
    assert_eq!(
        stripe(&format!("t=1764000000,v1={RIGHT}")).verdict,
        Verdict::Good
    );
    let behind = |count| {
        let wrong = "v1=00,".repeat(count);
        stripe(&format!("t=1764000000,{wrong}v1={RIGHT}"))
    };
    assert_eq!(behind(MOST_SIGNATURES - 1).verdict, Verdict::Good);
    let many = behind(100_000);
    assert_eq!(many.verdict.word(), "bad");
    assert_eq!(many.received.len(), MOST_SIGNATURES);
}

#[test]
fn it_does_not_matter_in_which_case_a_hexadecimal_signature_is_written() {
    let upper = RIGHT.to_uppercase();
    let mixed = format!("{}{}", &upper[..32], &RIGHT[32..]);
    for written in [upper, mixed] {
        assert_eq!(
            stripe(&format!("t=1764000000,v1={written}")).verdict,
            Verdict::Good
        );
    }
}

#[test]
fn of_a_field_that_comes_twice_all_signatures_count_but_only_the_first_time() {
    let twice = |first: &str, second: &str| {
        let headers = vec![
            header("Stripe-Signature", first),
            header("stripe-signature", second),
        ];
        judged("stripe", headers, STRIPE.as_bytes(), &["whsec_test_secret"]).verdict
    };
    let good = format!("t=1764000000,v1={RIGHT}");
    assert_eq!(twice(&good, "t=1,v1=00"), Verdict::Good);
    assert_eq!(twice("t=1,v1=00", &good).word(), "bad");
    assert_eq!(twice("v1=00", &good), Verdict::Good);
}

#[test]
fn times_that_are_none_or_that_no_clock_can_show_are_refused() {
    for time in [
        "",
        " ",
        "now",
        "1e9",
        "0x10",
        "1764000000.5",
        "99999999999999999999",
        "９",
    ] {
        let verdict = stripe(&format!("t={time},v1={RIGHT}")).verdict;
        let Verdict::Bad { reason, .. } = &verdict else {
            panic!("{time}: {verdict}");
        };
        let refused = matches!(reason, Reason::Unreadable { .. } | Reason::Missing { .. });
        assert!(refused, "{time}: {verdict}");
    }
    for time in [
        "9223372036854",
        "-9223372036854",
        "-1",
        "0",
        "-0",
        "+1764000000",
    ] {
        // Whatever they are, they are not what was signed.
        assert_eq!(
            stripe(&format!("t={time},v1={RIGHT}")).verdict.word(),
            "bad",
            "{time}"
        );
    }
    assert_eq!(
        Unit::Milliseconds.micros("-9223372036854775"),
        Some(-9_223_372_036_854_775_000)
    );
    assert_eq!(Unit::Seconds.micros("9223372036855"), None);
    assert_eq!(
        Unit::Text.micros("2021-07-25T10:00:00Z"),
        Some(1_627_207_200_000_000)
    );
    assert_eq!(Unit::Text.micros("2021-07-25"), None);
}

#[test]
fn a_signature_from_the_end_of_time_is_only_too_early() {
    let row = table();
    let row = row.get("standard-webhooks").unwrap();
    let secret = Secret::new(&row.id, "own", "whsec_AAAA");
    for micros in [i64::MIN + 1_000_000, i64::MAX] {
        let mut draft = draft(Vec::new(), "{}");
        let then = Timestamp::from_micros(micros);
        sign(row, &mut draft, Key::Secret(&secret), then, "msg_1").unwrap();
        let secrets = [secret.clone()];
        for at in [i64::MIN, 0, i64::MAX] {
            let case = Case {
                headers: Vec::new(),
                body: Vec::new(),
                secrets: secrets.to_vec(),
                certificates: Vec::new(),
                at: Timestamp::from_micros(at),
            };
            let report = check(row, &draft.request(), true, &case.with());
            let _ = (report.to_string(), report.details());
        }
    }
}

#[test]
fn no_line_break_gets_into_a_field_of_the_head_by_signing() {
    let table = table();
    let evil = "x\r\nX-Admin: yes";
    let sign = |id: &str, secret: &str, fresh: &str| {
        let mut draft = draft(Vec::new(), "{}");
        let secret = Secret::new(id, "own", secret);
        let done = sign(
            table.get(id).unwrap(),
            &mut draft,
            Key::Secret(&secret),
            AT,
            fresh,
        );
        let broken = |header: &Header| header.value.iter().any(|byte| b"\r\n\0".contains(byte));
        assert!(!draft.headers.iter().any(broken), "{id}: {draft:?}");
        done
    };
    let refused = |done: Result<_, SignError>| matches!(done, Err(SignError::Unwritable(_)));
    assert!(refused(sign("gitlab", evil, "id")));
    assert!(refused(sign("gitlab", "token\n", "id")));
    assert!(refused(sign("standard-webhooks", "whsec_AAAA", evil)));
    assert!(refused(sign("standard-webhooks", "whsec_AAAA", "a\0b")));
    assert!(sign("github", evil, evil).is_ok(), "it is only digested");
    assert!(sign("gitlab", "t\u{f6}ken", "id").is_ok());
    let mut other = draft(Vec::new(), "{}");
    assert!(!other.set(&Source::Header("X-A".to_owned()), evil));
    assert!(other.headers.is_empty());
}

#[test]
fn huge_bodies_heads_and_many_secrets_are_judged_in_bounded_time() {
    // Not optimised, and on a machine that others use: what matters is that it is not minutes.
    const AT_MOST: Duration = Duration::from_secs(12);
    let begun = Instant::now();
    let body = format!(
        r#"{{"a":[{}1]}}"#,
        r#"{"b":"\u00e9/","c":1},"#.repeat(25_000)
    );
    assert!(body.len() > 500_000 && body.len() <= 1024 * 1024);
    let secrets: Vec<String> = (0..100).map(|at| format!("secret {at}")).collect();
    let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
    let headers = vec![
        header("X-Hub-Signature-256", format!("sha256={}", "0".repeat(64))),
        header("X-Big", vec![b'x'; 1_000_000]),
    ];
    let report = judged("github", headers, body.as_bytes(), &secrets);
    assert_eq!(
        report.verdict.to_string(),
        "the signature is bad: it was made with another secret, or over other content"
    );
    let took = begun.elapsed();
    assert!(took < AT_MOST, "{took:?}");
    // Whoever only keeps others out does not look for all that would have fitted.
    let one = vec![header(
        "X-Hub-Signature-256",
        format!("sha256={}", "0".repeat(64)),
    )];
    let own = [Secret::new("github", "own", "s")];
    let request = Request::new(&b"POST"[..], &b"https://h/in"[..], &one, body.as_bytes());
    let with = With {
        secrets: &own,
        name: "any",
        at: AT,
        tolerance: None,
        certificates: &[],
    };
    let table = table();
    let row = table.get("github").unwrap();
    let timed = |check: &dyn Fn() -> bool| {
        let begun = Instant::now();
        assert!(!check());
        begun.elapsed()
    };
    let whether = timed(&|| is_good(row, &request, true, &with));
    let why = timed(&|| check(row, &request, true, &with).verdict == Verdict::Good);
    assert!(whether * 5 < why, "{whether:?} {why:?}");
}

#[test]
fn a_form_of_more_fields_than_anybody_reads_is_bad_and_costs_little() {
    let begun = Instant::now();
    for (id, field, many) in [
        ("twilio", "X-Twilio-Signature", "a&"),
        ("mandrill", "X-Mandrill-Signature", "b&a=%41&"),
    ] {
        let headers = vec![
            header("Content-Type", "application/x-www-form-urlencoded"),
            header(field, "AAAA"),
        ];
        for bytes in [1024 * 1024, 25 * 1024 * 1024] {
            let body = many.repeat(bytes / many.len());
            let report = judged(id, headers.clone(), body.as_bytes(), &["s"]);
            assert_eq!(
                report.verdict.to_string(),
                "the signature is bad: the form is not as this provider writes it"
            );
        }
        let most = many.repeat(MOST_FIELDS / many.matches('&').count());
        let report = judged(id, headers, most.as_bytes(), &["s"]);
        assert!(report.verdict.to_string().contains("another secret"));
    }
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(12), "{took:?}");
}

#[test]
fn a_token_that_each_must_have_is_looked_for_in_each_however_many_they_are() {
    let told = |count: usize, odd: &str| {
        let own = r#"{"subscriptionId":"s","clientState":"state"}"#;
        let mut all = vec![own; count];
        all.push(odd);
        let body = format!(r#"{{"value":[{}]}}"#, all.join(","));
        let report = judged("microsoft-graph", Vec::new(), body.as_bytes(), &["state"]);
        report.verdict.to_string()
    };
    for count in [1, MOST_SIGNATURES, 2_000] {
        let own = r#"{"subscriptionId":"s","clientState":"state"}"#;
        assert_eq!(told(count, own), "the signature is good");
        let other = r#"{"subscriptionId":"s","clientState":"another"}"#;
        assert!(told(count, other).contains("another secret"), "{count}");
        for none in [
            r#"{"subscriptionId":"s"}"#,
            r#"{"clientState":""}"#,
            r#"{"clientState":["state"]}"#,
            "7",
        ] {
            assert_eq!(
                told(count, none),
                "the signature is bad: $.value[*].clientState is missing",
                "{none}"
            );
        }
    }
}

#[test]
fn a_body_beyond_what_is_read_as_json_is_checked_all_the_same() {
    let body = format!(r#"{{"a":"{}"}}"#, "x".repeat(crate::provider::READ_UP_TO));
    let mut draft = draft(vec![header("X-GitHub-Event", "push")], &body);
    let secret = Secret::new("github", "own", "s");
    let table = table();
    let row = table.get("github").unwrap();
    sign(row, &mut draft, Key::Secret(&secret), AT, "id").unwrap();
    let request = draft.request();
    assert_eq!(row.event(&request).as_deref(), Some("push"));
    let report = judged(
        "github",
        draft.headers.as_slice().to_vec(),
        &draft.body,
        &["s"],
    );
    assert_eq!(report.verdict, Verdict::Good);
    assert!(report.details().iter().all(|(_, value)| value.len() < 1000));
}
