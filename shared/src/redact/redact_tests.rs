use proptest::prelude::*;

use super::*;
use crate::model::testing::exchange;

fn sent(target: &str, fields: &[(&str, &str)], body: &[u8]) -> Exchange {
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_bytes()))
        .collect();
    exchange(target, &fields, body)
}

fn body(kind: &str, text: &str) -> String {
    let masked = redact(&sent("/", &[("Content-Type", kind)], text.as_bytes()));
    assert!(!masked.request_body.is_truncated());
    String::from_utf8(masked.request_body.kept.to_vec()).unwrap()
}

#[test]
fn names_of_secrets_are_known_in_every_spelling() {
    for name in [
        "Authorization",
        "cookie",
        "X-Hub-Signature-256",
        "Stripe-Signature",
        "X-Slack-Signature",
        "X-Shopify-Hmac-Sha256",
        "X-Twilio-Signature",
        "svix-signature",
        "webhook-signature",
        "X-Gitlab-Token",
        "X-API-Key",
    ] {
        assert!(is_secret_header(name), "{name}");
    }
    for name in ["Content-Type", "Date", "X-GitHub-Event", "Accept"] {
        assert!(!is_secret_header(name), "{name}");
    }
    for name in [
        "api_key",
        "apiKey",
        "access_token",
        "clientSecret",
        "Password",
    ] {
        assert!(is_secret_field(name), "{name}");
    }
    assert!(!is_secret_field("key") && !is_secret_field("id"));
}

#[test]
fn json_keeps_every_byte_but_the_secret_values() {
    assert_eq!(
        body(
            "application/json",
            "{ \"b\" : 1.00,\n\"to\\u006ben\":\"x\\\"y\" , \"a\":[{\"api-key\":{\"k\":[1]}} ,2e0]}"
        ),
        "{ \"b\" : 1.00,\n\"to\\u006ben\":\"[redacted]\" , \"a\":[{\"api-key\":\"[redacted]\"} ,2e0]}"
    );
    let plain = "{\"a\" : 1e2, \"token\":null}";
    assert_eq!(body("text/plain", plain), plain);
}

#[test]
fn nothing_leaks_from_json_that_is_broken_or_cut_off() {
    for text in [
        "{\"token\":\"s3cr",
        "{\"a\":1,\"token\":[\"s3cret\"",
        "{\"a\":!,\"token\":\"s3cret\"}",
        "[{\"token\":\"x\"} {\"secret\":\"s3cret\"}]",
    ] {
        let masked = body("application/json", text);
        assert!(!masked.contains("s3cr"), "{text}: {masked}");
    }
}

#[test]
fn forms_and_queries_keep_their_other_pairs_as_spelled() {
    assert_eq!(
        body(
            "application/x-www-form-urlencoded",
            "a=%7e+x&to%6Ben=s3&payload=%7B%22secret%22%3A%22s%22%7D&b"
        ),
        "a=%7e+x&to%6Ben=[redacted]&payload=%7B%22secret%22%3A%22%5Bredacted%5D%22%7D&b"
    );
    let masked = redact(&sent("/p?x=1&access_token=s3&y", &[], b""));
    assert_eq!(
        &masked.request.target[..],
        b"/p?x=1&access_token=[redacted]&y"
    );
}

#[test]
fn urls_in_fields_and_json_behind_a_byte_order_mark_are_looked_into() {
    for (url, shown) in [
        ("http://h/?token=s3", "http://h/?token=[redacted]"),
        (
            "http://me:s3@h:80/a@b?x=1",
            "http://[redacted]@h:80/a@b?x=1",
        ),
        ("//s3@h", "//[redacted]@h"),
        ("/in#access_token=s3&x=1", "/in#access_token=[redacted]&x=1"),
        ("/?x=1#a?b#token=s3", "/?x=1#a?b#token=[redacted]"),
        ("/?token=s3#", "/?token=[redacted]#"),
        ("mailto:a@h", "mailto:a@h"),
        ("", ""),
    ] {
        let masked = redact(&sent("/", &[("Referer", url)], b""));
        let referer = masked.request.headers.get("Referer").unwrap();
        assert_eq!(String::from_utf8_lossy(referer), shown, "{url}");
    }
    let marked = "\u{feff}{\"token\":\"s3\"}";
    assert_eq!(body("", marked), "\u{feff}{\"token\":\"[redacted]\"}");
}

#[test]
fn heads_keep_order_and_the_length_stays_right() {
    let fields = [("B", "1"), ("Cookie", "s=1"), ("Content-Length", "14")];
    let masked = redact(&sent("/", &fields, b"{\"token\":\"ab\"}"));
    let head = &masked.request;
    let shown: Vec<_> = head.headers.iter().map(|h| h.value.to_vec()).collect();
    assert_eq!(shown, [b"1".to_vec(), MASK.into(), b"22".to_vec()]);
    assert_eq!(head.body, BodyKind::Length(22));
    assert_eq!(masked.request_body.kept.len(), 22);
}

#[test]
fn json_within_strings_is_looked_into_and_prose_is_not() {
    let text = r#"{"Message":"{\"a\": 1,\"token\":\"s3\",\"deep\":\"[{\\\"secret\\\":\\\"s3\\\"}]\"}","x":"[see token]"}"#;
    let masked = body("application/json", text);
    assert!(!masked.contains("s3"), "{masked}");
    assert!(
        masked.starts_with(r#"{"Message":"{\"a\": 1,\"token\":\"[redacted]\""#),
        "{masked}"
    );
    assert!(masked.ends_with(r#""x":"[see token]"}"#), "{masked}");
    let plain = r#"{"Message":"{\"a\": 1}", "n": 1.00}"#;
    assert_eq!(body("application/json", plain), plain);
    let cut = r#"{"Message":"{\"token\":\"s3cr"}"#;
    assert!(!body("application/json", cut).contains("s3cr"));
    // Deeper than anybody nests it.
    let mut deep = "{\"token\":\"s3cret\"}".to_owned();
    for _ in 0..12 {
        deep = format!("{{\"a\":{}}}", serde_json::to_string(&deep).unwrap());
    }
    assert!(!body("application/json", &deep).contains("s3cret"));
}

#[test]
fn parts_of_multipart_bodies_are_masked_by_name_and_by_what_they_hold() {
    let kind = "multipart/form-data; boundary=\"b b\"";
    let text = "preamble\r\n--b b\r\nContent-Disposition: form-data; filename=\"a;b\"; name=\"api_key\"\r\n\r\n\
        s3\r\nx\r\n--b b \r\ncontent-type: application/json\r\n\r\n{\"token\":\"s3\", \"n\":1.0}\r\n\
        --b b\r\nContent-Disposition: form-data; name=other\r\n\r\nkept --b b\r\n--b b--\r\nend";
    assert_eq!(
        body(kind, text),
        text.replace("s3\r\nx", "[redacted]")
            .replace("\"s3\"", "\"[redacted]\"")
    );
    let again = body(kind, text);
    assert_eq!(body(kind, &again), again);
    for cut in [
        "--b b\r\nContent-Disposition: form-data; name=token\r\n\r\ns3cr",
        "--b b\r\nContent-Disposition: form-data; name=token\r\nX: s3cr",
    ] {
        assert!(!body(kind, cut).contains("s3cr"), "{cut}");
    }
    assert!(!body("multipart/form-data", "token: s3").contains("s3"));
}

#[test]
fn elements_and_attributes_of_xml_are_masked_by_name() {
    let text = "<?xml version=\"1.0\"?>\n<s:a xmlns:s='u' n = \"1\">\n <s:Password t='x'>s3<b>s3</b></s:Password >\
        <c sig=\"s3\" d='4' x:token='s3'/>&amp;<e>5</e></s:a>";
    let masked = "<?xml version=\"1.0\"?>\n<s:a xmlns:s='u' n = \"1\">\n <s:Password t='x'>[redacted]</s:Password >\
        <c sig=\"[redacted]\" d='4' x:token='[redacted]'/>&amp;<e>5</e></s:a>";
    assert_eq!(body("text/xml; charset=utf-8", text), masked);
    assert_eq!(body("application/soap+xml", masked), masked);
    for cut in [
        "<a><token>s3cr",
        "<a><token x='1'><b>s3cr</b>",
        "<a token='s3cr",
        "<a><!-- token s3cr",
    ] {
        assert!(!body("application/xml", cut).contains("s3cr"), "{cut}");
    }
    let page = "<p>Your token is <b>here</b>";
    assert_eq!(body("text/html", page), page);
}

proptest! {
    #[test]
    fn whatever_surrounds_a_secret_it_is_gone_and_masking_twice_changes_nothing(
        before in "[\\[\\]{}\",:a-z0-9 ]{0,20}", after in "[\\[\\]{}\",:a-z0-9 ]{0,20}",
    ) {
        let text = format!("{{\"a\":[{before}],\"token\":\"S3CRET\",{after}}}");
        let once = body("application/json", &text);
        prop_assert!(!once.contains("S3CRET"), "{once}");
        let pretty = body("application/json", &once);
        prop_assert_eq!(pretty, once);
    }

    #[test]
    fn any_bytes_under_any_type_can_be_masked(
        text in "[<>/a-z=\"' \\[\\]{}:,\\-\r\nb]{0,60}",
        kind in prop::sample::select(vec!["application/xml", "multipart/x; boundary=b", "application/json", ""]),
    ) {
        let once = body(kind, &text);
        prop_assert_eq!(body(kind, &once), once);
    }
}

#[test]
fn what_providers_send_in_clear_is_masked_too() {
    let came = sent("/in?code=abc&x=1&Secret=y", &[], b"");
    let masked = redact(&came);
    assert_eq!(
        masked.request.target,
        "/in?code=[redacted]&x=1&Secret=[redacted]"
    );
    assert_eq!(
        body(
            "application/json",
            r#"{"value":[{"clientState":"abc","code":7}]}"#
        ),
        r#"{"value":[{"clientState":"[redacted]","code":7}]}"#
    );
    assert_eq!(
        body(
            "application/x-www-form-urlencoded",
            "code=7&client_state=abc"
        ),
        "code=7&client_state=[redacted]"
    );
}
