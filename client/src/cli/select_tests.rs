use std::sync::Arc;

use hookreel_shared::model::testing::request;
use hookreel_shared::model::{
    BodyKind, Capture, Event, Exchange, Headers, RequestHead, ResponseHead,
};

use super::*;
use crate::store::{Options, Place, Retention, Writer};

/// Number 3 was answered with 503, all others with 200.
fn history(count: u64) -> (tempfile::TempDir, Reader) {
    let dir = tempfile::tempdir().unwrap();
    let place = Place::new(dir.path());
    let options = Options {
        retention: Retention::default(),
        clock: || Timestamp::from_micros(1_700_000_000_000_000),
    };
    let writer = Writer::open(&place, options).unwrap();
    for n in 1..=count {
        let at = Timestamp::from_micros(1_700_000_000_000_000);
        let mut exchange = Exchange::new(Arc::new(RequestHead {
            id: id(n),
            received_at: at,
            ..request("/", &[], 0)
        }));
        let head = Arc::new(ResponseHead {
            status: if n == 3 { 503 } else { 200 },
            reason: None,
            headers: Headers::new(),
            body: BodyKind::Empty,
        });
        exchange.apply(Event::Answered { at, head });
        exchange.apply(Event::Closed {
            at,
            request: Capture::default(),
            response: Capture::default(),
        });
        assert!(writer.put(exchange.into()));
    }
    writer.flush();
    (dir, Reader::open(&place).unwrap())
}

fn id(n: u64) -> ExchangeId {
    ExchangeId::from_uuid(uuid::Uuid::from_u64_pair(
        (1_700_000_000_000 + n) << 16 | 0x7000,
        0x8 << 60,
    ))
}

fn selected(reader: &Reader, words: &[&str]) -> Result<Vec<ExchangeId>, Failed> {
    let words: Vec<_> = words.iter().map(ToString::to_string).collect();
    select(reader, &words, Timestamp::from_micros(0))
}

#[test]
fn ids_places_ranges_and_filters_name_exchanges_each_once() {
    let (_dir, reader) = history(9);
    let of = |numbers: &[u64]| -> Vec<_> { numbers.iter().copied().map(id).collect() };
    let (third, fifth) = (id(3).to_string(), id(5).to_string());
    let from_third_to_fifth = format!("{third}..{}", &fifth[4..]);
    for (words, numbers) in [
        (&[third.as_str()][..], &[3][..]),
        (&["@1", "@9", "@1"], &[9, 1]),
        (&["2..4"], &[6, 7, 8]),
        (&["@4..@2"], &[6, 7, 8]),
        (&["@4..2", "@3"], &[6, 7, 8]),
        (&[from_third_to_fifth.as_str()], &[3, 4, 5]),
        (&["status:5xx"], &[3]),
        (&["status:5xx", "method:POST", "@1"], &[9, 3]),
        (&["status:5xx | status:404"], &[3]),
        (&["!status:200"], &[3]),
    ] {
        assert_eq!(selected(&reader, words).unwrap(), of(numbers), "{words:?}");
    }
}

#[test]
fn what_names_nothing_says_why_and_what_to_do() {
    let (_dir, reader) = history(3);
    for (words, exit, said) in [
        (&["hello"][..], Exit::Usage, "body:hello"),
        (&["status:abc"], Exit::Usage, "(column 8)"),
        (
            &["@1", "method:GET", "staus:1"],
            Exit::Usage,
            "did you mean status?",
        ),
        (&["@4"], Exit::Runtime, "hookreel ls"),
        (&["2..9"], Exit::Runtime, "no exchange @9"),
        (&["01"], Exit::Usage, "several exchanges begin with 01"),
        (&["method:GET"], Exit::Runtime, "is one of method:GET"),
        (&["@0"], Exit::Usage, "@1 for the latest"),
        (&["@3.."], Exit::Usage, "write @3..@1"),
        (&["..3"], Exit::Usage, "write @9..@3"),
    ] {
        let failed = selected(&reader, words).unwrap_err();
        assert_eq!(failed.exit, exit, "{words:?}");
        assert!(failed.message.contains(said), "{words:?}: {failed}");
    }
    let (_dir, empty) = history(0);
    for words in [&["@1"][..], &["status:200"], &["req_01h"]] {
        let failed = selected(&empty, words).unwrap_err();
        assert!(
            failed.message.contains("run hookreel 3000 first"),
            "{failed}"
        );
    }
}

#[test]
fn what_may_be_several_is_not_taken_for_one() {
    let (_dir, reader) = history(3);
    assert_eq!(single(&reader, "@1").ok(), Some(id(3)));
    for word in ["@2..@1", "status:5xx", "@1.."] {
        let failed = single(&reader, word).unwrap_err();
        assert_eq!(failed.exit, Exit::Usage, "{word}");
        assert!(failed.message.contains("may be several"), "{failed}");
    }
    let failed = single(&reader, "hello").unwrap_err();
    assert!(
        !failed.message.contains("body:"),
        "nothing is searched: {failed}"
    );
    let failed = single(&reader, "@4").unwrap_err();
    assert!(failed.message.contains("hookreel ls"), "{failed}");
}
