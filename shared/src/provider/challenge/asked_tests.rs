use super::*;
use crate::model::Timestamp;
use crate::provider::challenge::Reply;
use crate::provider::challenge::testing::{Case, NOW, expect};
use crate::provider::{DevelopmentKeys, Key, Pkcs8, sign};

#[test]
fn dropbox_gets_its_challenge_back() {
    let ask = |method, target: &str| Case::new("dropbox", method, target);
    expect(&ask("GET", "/in?challenge=abc-DEF_123"), "200 abc-DEF_123");
    expect(&ask("GET", "/in?a=b&challenge=abc"), "200 abc");
    expect(&ask("POST", "/in?challenge=abc"), "no question");
    expect(&ask("GET", "/in"), "no question");
    let odd = "left: challenge is nothing that the provider would send";
    for value in [
        "",
        "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
        "a%0d%0aSet-Cookie:%20a=b",
        "a%00b",
        "a+b",
        "%FF",
        &"a".repeat(257),
        &"a".repeat(10_000_000),
    ] {
        expect(&ask("GET", &format!("/in?challenge={value}")), odd);
    }
}

#[test]
fn meta_is_answered_only_if_it_knows_the_token() {
    let ask = |query: &str| Case::new("meta", "GET", &format!("/in?{query}"));
    let good = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=right";
    expect(&ask(good).stored(VERIFY_TOKEN, "right"), "200 1158201444");
    expect(&ask(good).stored("default", "right"), "200 1158201444");
    expect(&ask(good).stored(VERIFY_TOKEN, "other"), "403");
    // The secret for signatures is no verify token where there is one.
    expect(
        &ask(good)
            .stored("default", "right")
            .stored(VERIFY_TOKEN, "other"),
        "403",
    );
    let unknown = "left: no secret of this provider is stored";
    expect(&ask(good), unknown);
    expect(
        &ask(good).stored("default", "the app's secret"),
        "left: its token is none of the secrets stored",
    );
    let without = "hub.mode=subscribe&hub.challenge=1";
    expect(&ask(without).stored(VERIFY_TOKEN, "right"), "403");
    expect(&ask("hub.mode=unsubscribe&hub.challenge=1"), "no question");
    let odd = "hub.mode=subscribe&hub.challenge=%3Cb%3E&hub.verify_token=right";
    expect(
        &ask(odd).stored(VERIFY_TOKEN, "right"),
        "left: hub.challenge is nothing that the provider would send",
    );
}

#[test]
fn microsoft_graph_gets_its_token_back_decoded() {
    let ask = |token: &str| {
        Case::new(
            "microsoft-graph",
            "POST",
            &format!("/in?validationToken={token}"),
        )
    };
    expect(
        &ask("Validation%3A+Testing+client"),
        "200 Validation: Testing client",
    );
    let odd = "left: validationToken is nothing that the provider would send";
    expect(&ask("%3Cscript%3E"), odd);
    expect(&ask("a%0Ab"), odd);
    expect(
        &Case::new("microsoft-graph", "GET", "/in?validationToken=a"),
        "no question",
    );
}

#[test]
fn slack_is_answered_only_if_it_signed() {
    let body = r#"{"token":"t","challenge":"3eZbrw1aB","type":"url_verification"}"#;
    let ask = |body: &str| Case::json("slack", body);
    expect(&ask(body).signed("s"), "200 3eZbrw1aB");
    expect(&ask(body), "left: no secret of this provider is stored");
    expect(
        &ask(body).stored("default", "s"),
        "left: there is no signature",
    );
    let bad = ask(body).stored("default", "s").signed_by("another");
    assert!(
        bad.short().starts_with("left: the signature is bad"),
        "{}",
        bad.short()
    );
    let mut old = ask(body).signed("s");
    old.draft = {
        let mut draft = ask(body).draft;
        let secret = Secret::new("slack", "default", "s");
        let then = Timestamp::from_micros(NOW.as_micros() - 301_000_000);
        sign(&old.row, &mut draft, Key::Secret(&secret), then, "fresh").unwrap();
        draft
    };
    assert!(
        old.short().starts_with("left: the signature is bad"),
        "{}",
        old.short()
    );
    expect(
        &ask(r#"{"type":"event_callback","challenge":"a"}"#).signed("s"),
        "no question",
    );
    let odd = "left: $.challenge is nothing that the provider would send";
    for challenge in ["\"<b>\"", "\"a\\r\\nb\"", "7", "null", "\"\""] {
        let body = format!(r#"{{"type":"url_verification","challenge":{challenge}}}"#);
        expect(&ask(&body).signed("s"), odd);
    }
    let long = format!(
        r#"{{"type":"url_verification","challenge":"{}"}}"#,
        "a".repeat(10_000_000)
    );
    expect(&ask(&long).stored("default", "s"), "no question");
}

#[test]
fn zoom_gets_a_digest_of_its_token_and_of_nothing_else() {
    let ask = |token: &str| {
        let body = format!(
            r#"{{"event":"endpoint.url_validation","payload":{{"plainToken":"{token}"}},"event_ts":1}}"#
        );
        Case::json("zoom", &body)
    };
    // By Python's `hmac`.
    let expected = "b17f0320a1322a509340a1a835b3d9edbc491f0b0790ed2d20d0604d39dfe922";
    expect(
        &ask("qgg8vlvZRS6UYooatFL8Aw").signed("zoom-secret"),
        &format!(r#"200 {{"encryptedToken":"{expected}","plainToken":"qgg8vlvZRS6UYooatFL8Aw"}}"#),
    );
    expect(&ask("abc"), "left: no secret of this provider is stored");
    expect(
        &ask("abc").stored("default", "s"),
        "left: there is no signature",
    );
    // What is signed begins so: nobody is to get a signature for it from us.
    let odd = "left: $.payload.plainToken is nothing that the provider would send";
    expect(&ask("v0:1764000000:{}").signed("s"), odd);
    expect(&ask(&"a".repeat(300)).signed("s"), odd);
    expect(&ask("").signed("s"), odd);
}

#[test]
fn of_two_secrets_zoom_is_answered_with_the_one_it_signed_with() {
    let body = r#"{"event":"endpoint.url_validation","payload":{"plainToken":"abc"},"event_ts":1}"#;
    let alone = Case::json("zoom", body).signed("second").short();
    let both = Case::json("zoom", body)
        .stored("default", "first")
        .signed("second")
        .short();
    assert_eq!(alone, both);
}

#[test]
fn discord_is_answered_and_its_bad_signatures_are_refused() {
    let kept = Pkcs8::generate(&aws_lc_rs::rand::SystemRandom::new()).unwrap();
    let keys = DevelopmentKeys::read(&kept).unwrap();
    let public = hex::encode(keys.public(Algorithm::Ed25519).unwrap());
    let key = Key::Development {
        keys: &keys,
        webhook: "",
        certificate: "",
    };
    let signed = |body: &str| {
        let mut case = Case::json("discord", body).stored("default", &public);
        sign(&case.row, &mut case.draft, key, NOW, "fresh").unwrap();
        case
    };
    expect(&signed(r#"{"type":1}"#), r#"200 {"type":1}"#);
    expect(&signed(r#"{"type":0}"#), "204");
    expect(
        &signed(r#"{"type":2,"data":{"name":"lamp"}}"#),
        "no question",
    );
    expect(
        &signed(r#"{"type":1,"event":{"type":"ENTITLEMENT_CREATE"}}"#),
        "no question",
    );
    let mut wrong = signed(r#"{"type":1}"#);
    wrong.draft.body = r#"{"type": 1}"#.into();
    expect(&wrong, "401");
    expect(
        &Case::json("discord", r#"{"type":1}"#).stored("default", &public),
        "401",
    );
    expect(
        &Case::json("discord", r#"{"type":1}"#),
        "left: no secret of this provider is stored",
    );
}

#[test]
fn an_address_that_is_only_looked_at_is_there() {
    for (provider, method, expected) in [
        ("trello", "HEAD", "200"),
        ("trello", "GET", "no question"),
        ("trello", "POST", "no question"),
        ("mandrill", "GET", "no question"),
        ("mailchimp", "GET", "200"),
        ("mailchimp", "HEAD", "200"),
        ("mandrill", "HEAD", "200"),
        ("github", "HEAD", "no question"),
        ("stripe", "GET", "no question"),
    ] {
        expect(&Case::new(provider, method, "/in"), expected);
    }
}

#[test]
fn a_ping_of_woocommerce_is_one_field_and_no_more() {
    let ask = |body| Case::form("woocommerce", body);
    expect(&ask("webhook_id=7"), "200");
    expect(
        &ask("webhook_id=x"),
        "left: webhook_id is nothing that the provider would send",
    );
    expect(&ask("webhook_id=7&a=b"), "no question");
    expect(
        &ask("webhook_id=7").header("X-WC-Webhook-Topic", "order.created"),
        "no question",
    );
}

#[test]
fn a_test_of_mandrill_is_signed_with_the_key_all_know_or_with_ours() {
    let ask = || Case::form("mandrill", "mandrill_events=%5B%5D");
    expect(&ask().signed_by("test-webhook"), "200");
    expect(&ask().signed("ours"), "200");
    let bad = ask().signed_by("somebody else's").short();
    assert!(bad.starts_with("left: the signature is bad"), "{bad}");
    expect(&ask(), "left: there is no signature");
    let events = "mandrill_events=%5B%7B%22event%22%3A%22send%22%7D%5D";
    expect(
        &Case::form("mandrill", events).signed_by("test-webhook"),
        "no question",
    );
}

#[test]
fn asp_net_gets_its_guid_back_and_nothing_else() {
    let ask = |echo: &str| Case::new("aspnet", "GET", &format!("/in?echo={echo}"));
    let guid = "0123456789abcdef0123456789abcdef";
    expect(&ask(guid), &format!("200 {guid}"));
    let dashed = "01234567-89ab-cdef-0123-456789abcdef";
    expect(&ask(dashed), &format!("200 {dashed}"));
    expect(
        &ask("hello"),
        "left: echo is nothing that the provider would send",
    );
}

#[test]
fn a_ping_of_github_is_answered_unless_its_signature_is_bad() {
    let ask =
        || Case::json("github", r#"{"zen":"a","hook_id":1}"#).header("X-GitHub-Event", "ping");
    expect(&ask(), "200");
    expect(&ask().signed("s"), "200");
    expect(&ask().stored("default", "s"), "left: there is no signature");
    let bad = ask().stored("default", "s").signed_by("another").short();
    assert!(bad.starts_with("left: the signature is bad"), "{bad}");
    let push = Case::json("github", "{}").header("X-GitHub-Event", "push");
    expect(&push, "no question");
}

#[test]
fn a_secret_that_is_handed_over_is_kept_apart_and_not_shown() {
    let asana =
        Case::json("asana", "{}").header("X-Hook-Secret", "b537207f20cbfa02357cf448134da559");
    let Some(Reply::Answer(answer)) = asana.reply() else {
        panic!("{}", asana.short());
    };
    let field = answer.headers.get("X-Hook-Secret").unwrap();
    assert_eq!(field, "b537207f20cbfa02357cf448134da559");
    let learned = answer.learned.unwrap();
    assert_eq!(learned.expose(), "b537207f20cbfa02357cf448134da559");
    assert!(!format!("{learned:?}").contains("b537"));
    expect(
        &Case::json("asana", "{}").header("X-Hook-Secret", "a b"),
        "left: X-Hook-Secret is nothing that the provider would send",
    );

    let notion = Case::json("notion", r#"{"verification_token":"secret_abc"}"#);
    let Some(Reply::Answer(answer)) = notion.reply() else {
        panic!("{}", notion.short());
    };
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    assert_eq!(answer.learned.unwrap().expose(), "secret_abc");
}

#[test]
fn xero_sees_that_bad_signatures_are_refused() {
    let body = r#"{"events":[],"entropy":"ABC"}"#;
    expect(&Case::json("xero", body).signed("s"), "200");
    expect(
        &Case::json("xero", body)
            .stored("default", "s")
            .signed_by("t"),
        "401",
    );
    expect(
        &Case::json("xero", body).signed_by("t"),
        "left: no secret of this provider is stored",
    );
    let event = r#"{"events":[{"eventType":"CREATE"}]}"#;
    expect(
        &Case::json("xero", event)
            .stored("default", "s")
            .signed_by("t"),
        "no question",
    );
}
