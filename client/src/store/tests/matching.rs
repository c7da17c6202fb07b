//! The quick ways of a filter find what the filter says of each whole exchange.

use std::sync::LazyLock;

use hookreel_shared::filter::{ExchangeSubject, Filter};
use hookreel_shared::model::FailureKind;
use proptest::prelude::*;

use super::super::scan::Strips;
use super::*;

const COUNT: u64 = 61;

/// One for all cases: a history that holds some of everything, and its exchanges as they are read
/// back one by one.
static VARIED: LazyLock<(History, Vec<(Row, Exchange)>)> = LazyLock::new(|| {
    let history = History::new();
    let writer = history.writer();
    (0..COUNT).for_each(|n| assert!(writer.put(varied(n))));
    writer.mark(vec![id(3), id(40)], true);
    writer.flush();
    let reader = history.reader();
    let rows = reader.page(&[], Cursor::Newest, 1000, |_| true).unwrap();
    let all = rows.into_iter().map(|row| {
        let exchange = reader.get(row.summary.id).unwrap().unwrap();
        (row, exchange)
    });
    let all = all.collect();
    (history, all)
});

fn varied(n: u64) -> Entry {
    let of = |list: &[&'static str]| list[usize::try_from(n).unwrap() % list.len()];
    let body: Bytes = match n % 7 {
        0 => format!("{{\"data\":{{\"id\":{n}}},\"note\":\"W\u{d6}rd {n}\"}}").into(),
        1 => format!("{{\"d\\u0061ta\":{{\"id\":\"x\\u0034{n}\"}}}}").into(),
        2 => Bytes::new(),
        3 => b"\xff\xfeword \xc3(".as_slice().into(),
        4 => "Some WORD, \u{130} and \u{212a}elvin".into(),
        5 => [b"a".repeat(SPILL_ABOVE), b" word {}".to_vec()]
            .concat()
            .into(),
        _ => format!("{{\"list\":[{{\"id\":{n}}},{{\"id\":\"b\"}}],\"data\":null}}").into(),
    };
    let mut head = request(n, &body);
    head.headers
        .push("Host", of(&["a.example", "B.example:7080", "c.example"]));
    head.headers.push("x-odd", Bytes::from_static(b"caf\xe9"));
    let mut answer = response();
    answer.status = [200, 404, 503][usize::try_from(n % 3).unwrap()];
    answer.headers.push("X-Foo", of(&["bar", "BAZ qux", ""]));
    let mut exchange = match n % 11 {
        10 => Exchange::new(Arc::new(head)),
        _ => closed(head, answer, body),
    };
    match n % 5 {
        0 => exchange.request_body.size += 1,
        4 => exchange.response_body.cut = true,
        1 => exchange.replay_of = Some(id(1)),
        2 => {
            exchange.stage =
                hookreel_shared::model::Stage::Failed(FailureKind::OriginAborted.into());
        }
        _ => {}
    }
    let provider = n.is_multiple_of(4).then(|| "stripe".to_owned());
    Entry {
        provider,
        ..exchange.into()
    }
}

fn term() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "host:a.example",
        "host:b*",
        "host:B.EXAMPLE:7080",
        "host:nowhere",
        "header:x-foo",
        "header:X-FOO=b*",
        "header:x-foo=\"baz QUX\"",
        "header:x-odd=caf*",
        "header:none",
        "body:word",
        "body:W\u{f6}rd",
        "body:kelvin",
        "body:i",
        "body:\"\u{fffd}\"",
        "body:nowhere",
        "body:a*word",
        "json:$.data",
        "json:$.data.id",
        "json:$.data.id=7",
        "json:$.data.id>20",
        "json:$.data.id=x4*",
        "json:$..id=b",
        "json:$.list[*].id<=13",
        "json:$.none",
        "json:$.data=null",
        "json:$.note=*rd*",
        "word",
        "k",
        "delivery-7",
        "is:truncated",
        "is:cut",
        "!is:cut",
        "is:marked",
        "is:failed",
        "is:replay",
        "status:404",
        "status:5xx",
        "status:502",
        "provider:stripe",
        "path:/hooks",
        "method:GET",
        "since:1s",
        "size:>100",
    ])
    .prop_map(str::to_owned)
}

fn filter() -> impl Strategy<Value = String> {
    term().prop_recursive(3, 6, 3, |inner| {
        prop_oneof![
            3 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} {b})")),
            2 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} | {b})")),
            1 => inner.prop_map(|a| format!("!{a}")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_filter_finds_on_disk_what_it_says_of_each_whole_exchange(
        text in filter(),
        limit in prop_oneof![Just(0), Just(usize::MAX), 1..9usize],
        (first, each) in (1..20u32, 1..20u32),
        (kind, at) in (0..3u8, 0..COUNT),
    ) {
        let (history, all) = &*VARIED;
        let filter: Filter = text.parse().unwrap();
        let now = Timestamp::from_micros(START + 1_000_020);
        let mut reader = history.reader();
        reader.strips = Strips { first, each };
        let cursor = match kind {
            0 => Cursor::Newest,
            1 => Cursor::OlderThan(id(at)),
            _ => Cursor::NewerThan(id(at)),
        };
        let holds = |(row, exchange): &&(Row, Exchange)| {
            filter.matches(&ExchangeSubject { exchange, marks: &row.marks() }, now)
        };
        let lists = |row: &Row| match cursor {
            Cursor::Newest => true,
            Cursor::OlderThan(id) => row.summary.id < id,
            Cursor::NewerThan(id) => row.summary.id > id,
        };
        let mut expected: Vec<_> = all.iter().filter(holds).map(|(row, _)| row.clone()).collect();
        for (row, exchange) in all {
            let one = reader.is_match(&filter, now, row).unwrap();
            prop_assert_eq!(one, holds(&&(row.clone(), exchange.clone())), "{}: {}", text, row.summary.id);
        }
        expected.retain(lists);
        let skipped = expected.len().saturating_sub(limit);
        match cursor {
            Cursor::NewerThan(_) => drop(expected.drain(..skipped)),
            _ => expected.truncate(limit),
        }
        let found = reader.matching(&filter, now, cursor, limit).unwrap();
        prop_assert_eq!(numbers(&found), numbers(&expected), "{}", text);
    }
}

/// `{"needle":"zipped answer"}`
const GZIP: &[u8] = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\x56\xca\x4b\x4d\x4d\xc9\x49\x55\xb2\x52\xaa\xca\x2c\x28\x48\x4d\x51\x48\xcc\x2b\x2e\x4f\x2d\x52\xaa\x05\x00\x75\xb5\xcd\x88\x1a\x00\x00\x00";

#[test]
fn a_packed_body_is_asked_for_what_is_inside() {
    let history = History::new();
    let writer = history.writer();
    let body = Bytes::from_static(GZIP);
    let coded = |n, coding: &'static str, body: Bytes| {
        let mut head = request(n, &body);
        head.headers.push("content-encoding", coding);
        Entry::from(closed(head, response(), body))
    };
    writer.put(coded(1, "gzip", body.clone()));
    writer.put(coded(2, "gzip", "the needle itself, unpacked".into()));
    writer.put(coded(3, "no-such", body.clone()));
    writer.put(coded(4, "gzip", body.slice(..20)));
    writer.put(exchange(5, body).into());
    writer.flush();
    let reader = history.reader();
    let found = |filter: &str| {
        let now = Timestamp::from_micros(START);
        let filter = filter.parse().unwrap();
        numbers(&reader.matching(&filter, now, Cursor::Newest, 9).unwrap())
    };
    assert_eq!(found("body:zipped"), [1]);
    assert_eq!(found("json:$.needle=zipped*"), [1]);
    assert_eq!(
        found("body:needle"),
        [4, 2, 1],
        "as far as it can be unpacked"
    );
    assert_eq!(found("zipped"), [1]);
    until(|| reader.counts().unwrap().unindexed == 0);
    let words = |words: &str| {
        let (all, now) = ("".parse().unwrap(), Timestamp::from_micros(START));
        let rows = reader.with_words(words, &all, now, Cursor::Newest, 9);
        numbers(&rows.unwrap())
    };
    assert_eq!(words("zipped answer"), [1], "the index too looks inside");
    assert_eq!(words("needle"), [4, 2, 1], "as far as it can be unpacked");
}

#[test]
fn what_is_damaged_is_not_found_by_what_it_might_have_said() {
    let history = History::new();
    let writer = history.writer();
    (0..3).for_each(|n| assert!(writer.put(exchange(n, "{}").into())));
    // Marked ones stand in rows.
    writer.mark(vec![id(0), id(1)], true);
    writer.flush();
    let disk = rusqlite::Connection::open(history.place.database()).unwrap();
    disk.execute("UPDATE message SET request = x'00' WHERE seq = 2", ())
        .unwrap();
    let reader = history.reader();
    let now = Timestamp::from_micros(START);
    for filter in ["!host:x", "!body:x", "header:x-delivery", "body:{}"] {
        let filter = filter.parse().unwrap();
        let found = reader.matching(&filter, now, Cursor::Newest, 9).unwrap();
        assert_eq!(numbers(&found), [2, 0]);
    }
}
