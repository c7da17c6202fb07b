//! Whose a request is, which secrets count, and what a key can sign.

use super::{Case, all, header, one, table};
use crate::model::{Header, Timestamp};
use crate::provider::{Draft, Key, Request, Secret, Verdict, check, detect, sign};

const AT: Timestamp = Timestamp::from_micros(1_764_000_000_000_000);

fn draft(body: &str) -> Draft {
    Draft {
        method: "POST".into(),
        base: "https://h".into(),
        target: "/in".into(),
        headers: Default::default(),
        body: body.to_owned().into(),
    }
}

#[test]
fn whose_a_request_is_does_not_depend_on_what_else_it_claims() {
    let table = table();
    let detected = |headers: Vec<Header>, body: &str| {
        let request = Request::new(
            &b"POST"[..],
            &b"https://h/in"[..],
            &headers,
            body.as_bytes(),
        );
        detect(&table, &request).map(|row| row.id.clone())
    };
    let sha256 = || header("X-Hub-Signature", format!("sha256={}", "0".repeat(64)));
    // One field that several share is nobody's.
    assert_eq!(detected(vec![sha256()], "{}"), None);
    assert_eq!(
        detected(vec![header("X-Hub-Signature-256", "sha256=00")], "{}"),
        None
    );
    assert_eq!(detected(vec![header("X-Signature", "00")], "{}"), None);
    assert_eq!(
        detected(vec![header("webhook-signature", "v1,x")], "{}"),
        None
    );
    // The more telling wins, wherever it stands.
    let forgejo = vec![
        header("X-GitHub-Event", "push"),
        header("X-Gitea-Event", "push"),
        header("X-Forgejo-Event", "push"),
    ];
    assert_eq!(detected(forgejo, "{}").as_deref(), Some("forgejo"));
    let gitlab = vec![
        header("webhook-id", "1"),
        header("webhook-timestamp", "1"),
        header("webhook-signature", "v1,x"),
        header("X-Gitlab-Event", "Push Hook"),
    ];
    assert_eq!(detected(gitlab, "{}").as_deref(), Some("gitlab"));
    assert_eq!(
        detected(
            vec![sha256(), header("X-Event-Key", "repo:push")],
            r#"{"object":"page","entry":[]}"#
        )
        .as_deref(),
        Some("bitbucket")
    );
    // A body that looks like another's does not outweigh the head.
    let stripe = vec![header("Stripe-Signature", "t=1,v1=00")];
    assert_eq!(
        detected(stripe, r#"{"object":"page","entry":[]}"#).as_deref(),
        Some("stripe")
    );
    // What stands behind a gateway is still whose it was.
    let passed = vec![
        header("x-hookdeck-signature", "x"),
        header("Stripe-Signature", "t=1,v1=00"),
    ];
    assert_eq!(detected(passed, "{}").as_deref(), Some("stripe"));
}

#[test]
fn order_and_case_of_fields_and_others_beside_them_change_nothing() {
    let table = table();
    for fixture in all() {
        let case = fixture.case();
        let mut headers: Vec<Header> = case.headers.iter().rev().cloned().collect();
        for header in &mut headers {
            header.name = header.name.to_ascii_uppercase().into();
        }
        let noise = [
            ("Host", "hooks.example.com"),
            ("X-Forwarded-For", "203.0.113.9"),
            ("X-Request-Start", "t=1"),
            ("Signature", "x"),
        ];
        headers.extend(noise.map(|(name, value)| header(name, value)));
        let other = Case {
            headers,
            ..fixture.case()
        };
        let verdict = |case: &Case| {
            let request = fixture.request(case);
            let found = detect(&table, &request).map(|row| row.id.clone());
            let row = fixture.row(&table);
            (found, check(row, &request, true, &case.with()).verdict)
        };
        assert_eq!(verdict(&other), verdict(&case), "{}", fixture.place());
    }
}

#[test]
fn secrets_of_other_names_and_other_providers_never_make_a_signature_good() {
    let fixture = one("github/good");
    let case = fixture.case();
    let table = table();
    let row = fixture.row(&table);
    let right = case.secrets[0].expose();
    let judged = |secrets: &[Secret]| {
        let case = Case {
            secrets: secrets.to_vec(),
            ..fixture.case()
        };
        check(row, &fixture.request(&case), true, &case.with()).verdict
    };
    let named = |name: &str| Secret::new("github", "own", right).only_for(name);
    assert_eq!(judged(&[named("shop")]), Verdict::Good);
    assert_eq!(judged(&[named("elsewhere")]), Verdict::NoSecret);
    let elsewhere = Case {
        secrets: vec![named("other"), named("elsewhere"), named("other")],
        ..fixture.case()
    };
    let report = check(row, &fixture.request(&elsewhere), true, &elsewhere.with());
    assert_eq!(
        report.to_string(),
        "there is a signature, but no secret is stored to check it with (github sha256, secrets are stored for elsewhere, other only)"
    );
    assert_eq!(
        judged(&[Secret::new("stripe", "own", right)]),
        Verdict::NoSecret
    );
    let beside = judged(&[
        Secret::new("github", "new", "wrong"),
        Secret::new("stripe", "own", right),
    ]);
    assert_eq!(
        beside.to_string(),
        "the signature is bad: it fits another stored secret: stripe own"
    );
}

#[test]
fn an_old_scheme_is_no_way_around_a_better_one_that_cannot_be_read() {
    let fixture = one("github/legacy");
    let table = table();
    let mut case = fixture.case();
    case.headers.push(header("X-Hub-Signature-256", "sha256=?"));
    let report = check(
        fixture.row(&table),
        &fixture.request(&case),
        true,
        &case.with(),
    );
    assert_eq!(
        (report.verdict.word(), report.scheme.as_deref()),
        ("bad", Some("sha256"))
    );
}

#[test]
fn a_signature_of_an_unknown_version_is_not_called_none() {
    let table = table();
    let verdict = |place: &str, name: &str, value: Option<&str>| {
        let fixture = one(place);
        let mut case = fixture.case();
        case.headers.retain(|header| !header.is(name));
        case.headers.extend(value.map(|value| header(name, value)));
        check(
            fixture.row(&table),
            &fixture.request(&case),
            true,
            &case.with(),
        )
        .verdict
        .to_string()
    };
    assert_eq!(
        verdict("paypal/good", "PAYPAL-AUTH-ALGO", Some("SHA1withRSA")),
        "the signature is bad: header:PAYPAL-AUTH-ALGO is not as this provider writes it"
    );
    assert_eq!(
        verdict("hubspot/v1", "X-HubSpot-Signature-Version", None),
        "the signature is bad: header:X-HubSpot-Signature-Version is missing"
    );
}

#[test]
fn a_body_that_was_not_kept_whole_is_not_called_bad() {
    let fixture = one("github/good");
    let (table, case) = (table(), fixture.case());
    let report = check(
        fixture.row(&table),
        &fixture.request(&case),
        false,
        &case.with(),
    );
    assert_eq!(
        report.verdict.to_string(),
        "the signature was not checked: not all of the body was kept"
    );
    let token = one("gitlab/token");
    let case = token.case();
    let report = check(
        token.row(&table),
        &token.request(&case),
        false,
        &case.with(),
    );
    assert_eq!(
        report.verdict,
        Verdict::Good,
        "a token does not need the body"
    );
}

#[test]
fn the_tolerance_can_be_set_for_a_check_and_zero_is_any_age() {
    let fixture = one("stripe/old");
    let (table, case) = (table(), fixture.case());
    let judged = |tolerance| {
        let mut with = case.with();
        with.tolerance = tolerance;
        check(fixture.row(&table), &fixture.request(&case), true, &with)
            .verdict
            .word()
    };
    assert_eq!(judged(None), "bad");
    assert_eq!(judged(Some(0)), "good");
    assert_eq!(judged(Some(u64::MAX)), "good");
    assert_eq!(judged(Some(1)), "bad");
}

#[test]
fn only_what_a_key_can_renew_is_signed_again() {
    let table = table();
    let try_to = |id: &str, secret: &str| {
        let mut draft = draft("{}");
        let secret = Secret::new(id, "own", secret);
        sign(
            table.get(id).unwrap(),
            &mut draft,
            Key::Secret(&secret),
            AT,
            "id",
        )
        .map_err(|error| error.to_string())
    };
    assert_eq!(
        try_to("discord", "00").unwrap_err(),
        "only Discord itself can sign: a development key of your own is needed"
    );
    assert_eq!(
        try_to("standard-webhooks", "whsec_?").unwrap_err(),
        "the secret own is not written as those of Standard Webhooks are: base64 behind whsec_"
    );
    assert_eq!(
        try_to("linear", "s").unwrap_err(),
        "there is no $.webhookTimestamp in the body to set"
    );
    // Slack's old token has a secret of its own: it stays, and the signing secret does not leak.
    let fixture = one("slack/token-is-no-way-around");
    let case = fixture.case();
    let mut draft = fixture.draft(&case);
    let secret = Secret::new("slack", "own", "signing");
    sign(
        fixture.row(&table),
        &mut draft,
        Key::Secret(&secret),
        AT,
        "id",
    )
    .unwrap();
    assert_eq!(draft.body, case.body);
}
