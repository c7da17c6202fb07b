use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::model::{
    BodyKind, Capture, Event, Exchange, ExchangeId, FailureKind, Headers, RequestHead,
    ResponseHead, testing,
};

const SECOND: i64 = 1_000_000;
/// 2026-11-22T14:32:15Z
const NOW: Timestamp = Timestamp::from_micros(1_795_357_935 * SECOND);

/// A Stripe charge that came ten minutes ago and was answered with 500 after 300 ms.
fn charge() -> (Exchange, Marks) {
    let at = |later: i64| Timestamp::from_micros(NOW.as_micros() - 600 * SECOND + later);
    let fields: [(&str, &[u8]); 2] = [("Host", b"Demo.localhost:7080"), ("X-Foo", b"bar baz")];
    let head = RequestHead {
        id: ExchangeId::from_uuid(uuid::Uuid::from_u128(1 << 120)),
        received_at: at(0),
        ..testing::request("/stripe/hooks?x=1", &fields, 2)
    };
    let mut answered = Headers::new();
    answered.push("Content-Type", "text/plain");
    let mut exchange = Exchange::new(Arc::new(head));
    exchange.apply(Event::Answered {
        at: at(100_000),
        head: Arc::new(ResponseHead {
            status: 500,
            reason: None,
            headers: answered,
            body: BodyKind::Chunked,
        }),
    });
    exchange.apply(Event::Failed {
        at: at(200_000),
        failure: FailureKind::OriginAborted.into(),
    });
    let body = r#"{"data":{"id":42,"a b":"Zürich"},"list":[{"n":1},{"n":-2.5}],"none":null}"#;
    exchange.apply(Event::Closed {
        at: at(300_000),
        request: Capture {
            size: 20_000,
            ..Capture::whole(body)
        },
        response: Capture::whole("it broke"),
    });
    let marks = Marks {
        provider: Some("stripe".into()),
        event: Some("charge.succeeded".into()),
        verdict: Some("bad".into()),
        marked: true,
        duplicate: false,
    };
    (exchange, marks)
}

fn says(filter: &str) -> bool {
    let (exchange, marks) = charge();
    let subject = ExchangeSubject {
        exchange: &exchange,
        marks: &marks,
    };
    parse(filter)
        .unwrap_or_else(|error| panic!("{error}"))
        .matches(&subject, NOW)
}

#[test]
fn a_filter_matches_what_it_says() {
    for filter in [
        "",
        "  ",
        "method:post",
        "METHOD:P*",
        "path:/stripe/hooks",
        "path:/stripe*",
        "host:demo.localhost",
        "host:demo.localhost:7080",
        "name:demo provider:Stripe event:charge.* verdict:bad",
        "status:5xx",
        "status:500",
        "status:>=400",
        "status:499..500",
        "status:404|500",
        "header:x-foo",
        "header:x-foo=bar*",
        "header:x-foo=\"bar baz\"",
        "header:content-type=text/*",
        "body:\"IT BROKE\"",
        "body:zÜrich",
        "body:data*list",
        "json:$.data.id",
        "json:$.data.id=42",
        "json:$.data.id>41.5",
        "json:$.data",
        "json:$.data.\"a b\"=zürich",
        "json:$[\"data\"][\"a b\"]=Z*",
        "json:$.list[1].n<0",
        "json:$.list[*].n=1",
        "json:$.*.id=42",
        "json:$..id=42",
        "json:$..n<0",
        "json:$.data.*=zürich",
        "json:$.none=null",
        "took:>250ms",
        "took:0.3s..1s",
        "size:>10kB",
        "size:20000",
        "size:<=20KB",
        "response-size:8",
        "since:10m",
        "since:1d until:1m",
        "since:2026-11-22",
        "until:2026-11-22T14:32:15+00:00",
        "label:live",
        "is:failed",
        "is:marked is:truncated",
        "is:duplicate|failed",
        "id:req_0",
        "hooks",
        "SUCCEEDED baz \"it broke\"",
        "!nothing",
        "!!hooks",
        "nothing | hooks",
        "hooks (a | b | broke)",
        "nothing|hooks status:500",
        "!(nothing | never)",
        "method:GET|POST status:5xx",
    ] {
        assert!(says(filter), "should match: {filter}");
    }
}

#[test]
fn a_filter_does_not_match_what_it_does_not_say() {
    for filter in [
        "method:PUT",
        "path:/Stripe*",
        "path:/stripe",
        "path:*x=1",
        "host:localhost",
        "event:charge",
        "status:404",
        "status:<500",
        "!status:5xx",
        "header:x-bar",
        "header:x-foo=bar",
        "body:\"data*list\"",
        "json:$.id=42",
        "json:$.data.id=43",
        "json:$.data.id.x",
        "json:$.list.n=1",
        "json:$..n=42",
        "json:$.data[0]",
        "json:$.list[1].n>0",
        "took:<300ms",
        "size:<20kB",
        "since:9m",
        "until:11m",
        "until:2026-11-22",
        "label:replay",
        "is:replay",
        "is:duplicate",
        "id:req_1",
        "nothing",
        "hooks nothing",
        "hooks (q1 | q2)",
        "method:GET|PUT status:5xx",
    ] {
        assert!(!says(filter), "should not match: {filter}");
    }
}

#[test]
fn what_is_not_known_yet_matches_no_comparison_and_its_negation_does() {
    let (exchange, _) = charge();
    let exchange = Exchange::new(exchange.request);
    let subject = ExchangeSubject {
        exchange: &exchange,
        marks: &Marks::default(),
    };
    for filter in ["status:>0", "took:>0s", "size:>=0", "provider:*", "body:*"] {
        assert!(!parse(filter).unwrap().matches(&subject, NOW), "{filter}");
        let not = format!("!{filter}");
        assert!(parse(&not).unwrap().matches(&subject, NOW), "{not}");
    }
}

#[test]
fn an_error_says_what_is_wrong_and_points_at_it() {
    let deep = "(".repeat(MAX_DEPTH + 1);
    let many = "a ".repeat(MAX_TERMS + 1);
    for (text, column, part) in [
        ("status:9xx", 8, "is no status"),
        ("staus:500", 1, "did you mean status?"),
        ("statsu:500", 1, "did you mean status?"),
        ("foo:bar", 1, "no key \"foo\": keys are method, path"),
        ("is:x", 4, "truncated, cut, not \"x\""),
        ("a http://x", 3, "put it in quotes"),
        ("status:abc", 8, "write 404, 5xx"),
        ("status:50", 8, "no status"),
        ("status:500..400", 8, "wrong way round"),
        ("size:<0", 6, "nothing can be <0"),
        ("size:1.x", 6, "no size"),
        ("size:99999999999GB", 6, "too much"),
        ("took:250ms", 6, "write >250ms or <250ms"),
        ("took:>5", 6, "no time"),
        ("since:yesterday", 7, "no time"),
        ("since:-5m", 7, "no time"),
        ("label:reply", 7, "did you mean replay?"),
        ("verdict:bat", 9, "did you mean bad?"),
        ("is:failed|duplicat", 11, "did you mean duplicate?"),
        ("id:req-1", 4, "no id"),
        ("method:", 8, "needs a value"),
        ("header:=x", 8, "name is missing"),
        ("json:a", 6, "begins with $"),
        ("json:$.", 7, "behind this dot"),
        ("json:$[x]", 7, "[0], [*]"),
        ("json:$[0", 7, "never closed"),
        ("json:$.a>x", 9, "needs a number"),
        ("json:$a", 7, "goes on with"),
        ("a (b", 3, "never closed"),
        ("a) b", 2, "closes nothing"),
        ("ä \"b", 3, "never closed"),
        ("a |", 4, "missing at the end"),
        ("| a", 1, "missing before |"),
        ("()", 2, "missing before )"),
        ("a || b", 4, "missing before |"),
        ("!", 2, "missing at the end"),
        ("\"\"", 1, "nothing between"),
        (deep.as_str(), MAX_DEPTH + 1, "nested"),
        (many.as_str(), 2 * MAX_TERMS + 1, "at most 64 words"),
    ] {
        let error = parse(text).unwrap_err();
        assert!(error.message.contains(part), "{text}: {}", error.message);
        assert_eq!(error.column, column, "{text}: {}", error.message);
    }
    assert!(parse(&"!".repeat(MAX_CHARS)).is_err());
    assert_eq!(parse(&"a".repeat(MAX_CHARS + 1)).unwrap_err().column, 4097);
}

#[test]
fn an_error_is_shown_with_a_caret_below_the_place_and_without_control_characters() {
    insta::assert_snapshot!(parse("method:POST\u{1b} staus:500").unwrap_err(), @r#"
    there is no key "staus" (did you mean status?); to search for the text, put it in quotes (column 14)
      method:POST� staus:500
                   ^
    "#);
}

#[test]
fn the_row_of_a_list_decides_all_but_headers_bodies_and_hosts() {
    let (exchange, marks) = charge();
    let brief = ExchangeSubject {
        exchange: &exchange,
        marks: &marks,
    };
    for (filter, said) in [
        ("status:5xx name:demo !is:replay", Some(true)),
        ("status:404 body:broke", Some(false)),
        ("status:5xx body:broke", None),
        ("status:5xx | body:broke", Some(true)),
        ("!body:broke", None),
        ("stripe", Some(true)),
        ("!stripe", Some(false)),
        ("broke", None),
        ("host:demo*", None),
        ("is:truncated", None),
    ] {
        assert_eq!(parse(filter).unwrap().glance(&brief, NOW), said, "{filter}");
    }
}

#[test]
fn a_replay_is_found_by_what_it_repeats() {
    let (mut exchange, marks) = charge();
    let original: ExchangeId = "req_01h455vb4pex5vsknk084sn02q".parse().unwrap();
    exchange.replay_of = Some(original);
    let subject = ExchangeSubject {
        exchange: &exchange,
        marks: &marks,
    };
    let filter = |text: &str| parse(text).unwrap();
    assert!(filter("replay-of:req_01H455").matches(&subject, NOW));
    assert!(filter("replay_of:01h455vb4").matches(&subject, NOW));
    assert!(!filter("replay-of:req_02").matches(&subject, NOW));
    assert_eq!(
        filter(&format!("replay-of:{original}")).prefilter(NOW),
        [Term::ReplayOf(original)]
    );
}

#[test]
fn the_simple_terms_at_the_top_are_offered_to_a_database() {
    let filter = parse("method:POST status:5xx (a | b) !is:marked since:1s name:de* is:failed");
    assert_eq!(
        filter.unwrap().prefilter(NOW),
        [
            Term::Method("post".into()),
            Term::Status(Bounds { min: 500, max: 599 }),
            Term::Since(Timestamp::from_micros(NOW.as_micros() - SECOND)),
            Term::Failed,
        ]
    );
    assert_eq!(parse("is:marked | is:failed").unwrap().prefilter(NOW), []);
}

#[test]
fn a_document_a_hundred_thousand_deep_is_searched_without_recursion() {
    let (mut exchange, marks) = charge();
    let body = "[".repeat(100_000) + "7";
    exchange.request_body = Capture::whole(body);
    let subject = ExchangeSubject {
        exchange: &exchange,
        marks: &marks,
    };
    let filter = |text| parse(text).unwrap().matches(&subject, NOW);
    assert!(filter("json:$[0][0][0]"));
    assert!(!filter("json:$[0].a"));
}

#[test]
fn many_stars_over_a_long_body_take_one_pass() {
    // With backtracking this would not end in a lifetime.
    let (mut exchange, marks) = charge();
    exchange.request_body = Capture::whole("a".repeat(4 << 20));
    let subject = ExchangeSubject {
        exchange: &exchange,
        marks: &marks,
    };
    let filter = format!("body:{}b | {}c", "a*".repeat(1000), "*a".repeat(1000));
    assert!(!parse(&filter).unwrap().matches(&subject, NOW));
}

/// Texts made of what filters are made of.
fn filter_like() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec![
            " ", " ", " ", "(", ")", "|", "!", "\"", "*", "method:POST", "status:", "5xx", ">=", "<", "404", "..",
            "path:/a*", "header:x-a", "=", "json:$.a[0]", ".b", "[*]", "body:", "took:>1ms", "size:", "10kB", "since:",
            "10m", "2026-11-22T10:00:00.000001Z", "is:failed", "is:marked", "|replay", "id:req_0", "label:live", "word",
            "hooks", "name:demo", "until:1h", "replay-of:01", "\\", "İΣ", "999", "took:>876000h",
        ]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_text_is_a_filter_or_an_error_with_a_place_in_it(text in any::<String>()) {
        if let Err(error) = parse(&text) {
            prop_assert!((1..=text.chars().count() + 1).contains(&error.column));
            prop_assert!(error.to_string().contains('^'));
        }
    }

    #[test]
    fn a_filter_is_shown_so_that_it_reads_as_the_same_filter(text in filter_like()) {
        if let Ok(filter) = parse(&text) {
            let shown = filter.to_string();
            let again = parse(&shown);
            prop_assert_eq!(again.as_ref(), Ok(&filter), "{} was shown as {}", text, shown);
        }
    }

    #[test]
    fn whatever_a_filter_matches_its_simple_terms_hold_for(text in filter_like()) {
        let (exchange, marks) = charge();
        let subject = ExchangeSubject { exchange: &exchange, marks: &marks };
        if let Ok(filter) = parse(&text) && filter.matches(&subject, NOW) {
            for term in filter.prefilter(NOW) {
                prop_assert!(term.holds(&subject), "{text}: {term:?}");
            }
        }
    }

    #[test]
    fn what_a_row_says_of_a_filter_is_what_the_exchange_says(text in filter_like()) {
        let (exchange, marks) = charge();
        let subject = ExchangeSubject { exchange: &exchange, marks: &marks };
        if let Ok(filter) = parse(&text) && let Some(said) = filter.glance(&subject, NOW) {
            prop_assert_eq!(said, filter.matches(&subject, NOW), "{}", text);
        }
    }

    #[test]
    fn any_body_can_be_searched(body in prop::collection::vec(any::<u8>(), 0..200), text in filter_like()) {
        let (mut exchange, marks) = charge();
        exchange.request_body = Capture::whole(body);
        let subject = ExchangeSubject { exchange: &exchange, marks: &marks };
        if let Ok(filter) = parse(&text) {
            let _ = filter.matches(&subject, NOW);
        }
    }
}
