//! Verdicts as people and programs read them.

use std::fmt::Write as _;

use super::{Case, all, header, one, table};
use crate::provider::{Request, Secret, check};

/// The fixtures whose verdict is worth reading.
fn told() -> Vec<super::Fixture> {
    let fixtures = all().into_iter();
    fixtures
        .filter(|own| own.expect.verdict != "good" && !own.name.starts_with("vector"))
        .collect()
}

#[test]
fn verdicts_read_like_sentences() {
    let table = table();
    let mut text = String::new();
    for fixture in told() {
        let (row, case) = (fixture.row(&table), fixture.case());
        let report = check(row, &fixture.request(&case), true, &case.with());
        writeln!(text, "{}\n    {report}", fixture.place()).unwrap();
    }
    insta::assert_snapshot!(text);
}

#[test]
fn details_tell_what_a_verdict_rests_on() {
    let table = table();
    let mut text = String::new();
    for place in [
        "stripe/old",
        "stripe/future",
        "github/near",
        "twilio/near",
        "gitlab/token-near",
        "paypal/bad",
    ] {
        let fixture = one(place);
        let case = fixture.case();
        let report = check(
            fixture.row(&table),
            &fixture.request(&case),
            true,
            &case.with(),
        );
        writeln!(text, "{place}: {}", report.verdict).unwrap();
        for (name, value) in report.details() {
            writeln!(text, "    {name}: {value}").unwrap();
        }
    }
    insta::assert_snapshot!(text);
}

#[test]
fn reports_as_json_stay_as_they_are() {
    let table = table();
    let mut text = String::new();
    for place in [
        "stripe/old",
        "twilio/near",
        "github/unsigned",
        "paypal/no-certificate",
        "slack/good",
        "stripe/listen",
    ] {
        let fixture = one(place);
        let case = fixture.case();
        let report = check(
            fixture.row(&table),
            &fixture.request(&case),
            true,
            &case.with(),
        );
        let json = serde_json::to_string_pretty(&report).unwrap();
        writeln!(text, "{place}: {json}").unwrap();
    }
    insta::assert_snapshot!(text);
}

#[test]
fn what_was_changed_on_the_way_is_named() {
    let table = table();
    let row = table.get("github").unwrap();
    let signed = |body: &str| {
        let key = crate::provider::algorithm::Algorithm::HmacSha256.digest(b"s", body.as_bytes());
        format!("sha256={}", hex::encode(key.unwrap()))
    };
    let mut text = String::new();
    for (sent, came) in [
        (r#"{"a":1,"b":"é/"}"#, r#"{ "a": 1, "b": "é/" }"#),
        (r#"{"a":1,"b":"\u00e9/"}"#, r#"{"a":1,"b":"é/"}"#),
        (r#"{"a":1,"b":"\u00e9\/"}"#, r#"{"a":1,"b":"é/"}"#),
        (
            "{\"a\":1,\"b\":\"é \\u003cb\\u003e \\u0026\"}",
            r#"{"a":1,"b":"é <b> &"}"#,
        ),
        (r#"{"a": 1, "b": [1, 2]}"#, r#"{"a":1,"b":[1,2]}"#),
        ("{\n  \"a\": 1\n}", r#"{"a":1}"#),
        ("{\n    \"a\": 1\n}", r#"{"a":1}"#),
        ("{\"a\":1}\n", r#"{"a":1}"#),
        ("{\"a\":1}\r\n", r#"{"a":1}"#),
        (r#"{"a":1}"#, "{\"a\":1}\n"),
        ("a\r\nb", "a\nb"),
        ("a\nb", "a\r\nb"),
        ("", "{}"),
        ("b", "a"),
    ] {
        let case = Case {
            headers: vec![header("X-Hub-Signature-256", signed(sent))],
            body: came.as_bytes().to_vec(),
            secrets: vec![Secret::new("github", "own", "s")],
            certificates: Vec::new(),
            at: crate::model::Timestamp::from_micros(0),
        };
        let request = Request::new(
            &b"POST"[..],
            &b"https://h/"[..],
            &case.headers,
            &case.body[..],
        );
        let report = check(row, &request, true, &case.with());
        writeln!(text, "{sent:?} came as {came:?}:\n    {}", report.verdict).unwrap();
    }
    insta::assert_snapshot!(text);
}

#[test]
fn a_secret_that_was_stored_wrongly_is_named() {
    let table = table();
    let mut text = String::new();
    for (place, stored) in [
        ("github/good", " mysecret\n"),
        ("github/good", "'mysecret'"),
        ("github/good", "bXlzZWNyZXQ="),
        ("github/good", "6d79736563726574"),
        ("stripe/good", "whsec_other"),
        ("shopify/good", "hush "),
        ("standard-webhooks/good", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
        ("standard-webhooks/good", "Bearer x"),
        ("discord/good", "x"),
    ] {
        let fixture = one(place);
        let id = fixture.expect.provider.clone();
        let case = Case {
            secrets: vec![Secret::new(&id, "own", stored)],
            ..fixture.case()
        };
        let report = check(
            fixture.row(&table),
            &fixture.request(&case),
            true,
            &case.with(),
        );
        writeln!(text, "{place} with {stored:?}:\n    {}", report.verdict).unwrap();
    }
    insta::assert_snapshot!(text);
}

#[test]
fn a_signature_that_was_made_or_written_another_way_is_named() {
    use crate::provider::algorithm::{Algorithm, Encoding};
    let table = table();
    let mut text = String::new();
    let digest = |algorithm: Algorithm, signed: &[u8]| algorithm.digest(b"s", signed).unwrap();
    let right = digest(Algorithm::HmacSha256, b"{}");
    let hash = Algorithm::Sha256.digest(b"", b"s{}").unwrap();
    for written in [
        hex::encode(&right),
        format!("sha256={}", Encoding::Base64.encode(&right)),
        format!("sha256={}", Encoding::Base64Url.encode(&right)),
        format!("sha1={}", hex::encode(&right)),
        format!("sha256={}", hex::encode(digest(Algorithm::HmacSha1, b"{}"))),
        format!(
            "sha256={}",
            hex::encode(digest(Algorithm::HmacSha512, b"{}"))
        ),
        format!("sha256={}", hex::encode(hash)),
        "sha256=zz".to_owned(),
        format!("sha256={}", &hex::encode(&right)[..60]),
        format!("sha256={}", &hex::encode(&right).to_uppercase()[..37]),
        format!("sha256={}", &hex::encode(&right)[..14]),
    ] {
        let case = Case {
            headers: vec![header("X-Hub-Signature-256", &written)],
            body: b"{}".to_vec(),
            secrets: vec![Secret::new("github", "own", "s")],
            certificates: Vec::new(),
            at: crate::model::Timestamp::from_micros(0),
        };
        let request = Request::new(
            &b"POST"[..],
            &b"https://h/"[..],
            &case.headers,
            &case.body[..],
        );
        let report = check(table.get("github").unwrap(), &request, true, &case.with());
        writeln!(text, "{written}:\n    {}", report.verdict).unwrap();
    }
    insta::assert_snapshot!(text);
}
