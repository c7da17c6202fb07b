use hookreel_shared::filter::{Brief, MessageSide};
use hookreel_shared::model::FailureKind;

use super::*;

fn filled(count: u64) -> (History, Writer) {
    let history = History::new();
    let writer = history.writer();
    (0..count).for_each(|n| assert!(writer.put(exchange(n, "{}").into())));
    writer.flush();
    (history, writer)
}

#[test]
fn pages_go_from_the_newest_down_and_up_again() {
    let (history, _writer) = filled(10);
    let reader = history.reader();
    let page = |cursor| numbers(&reader.page(&[], cursor, 3, |_| true).unwrap());
    assert_eq!(page(Cursor::Newest), [9, 8, 7]);
    assert_eq!(page(Cursor::OlderThan(id(7))), [6, 5, 4]);
    assert_eq!(page(Cursor::NewerThan(id(4))), [7, 6, 5]);
    assert_eq!(page(Cursor::NewerThan(id(9))), [0; 0]);
    let odd = |row: &Row| numbers(std::slice::from_ref(row))[0] % 2 == 1;
    let rows = reader.page(&[], Cursor::Newest, 3, odd).unwrap();
    assert_eq!(numbers(&rows), [9, 7, 5]);
}

/// Exchange 1 went well; all else that a filter can ask for is true of exchange 2.
fn one_and_another() -> (History, Writer) {
    let history = History::new();
    let writer = history.writer();
    let mut odd = request(2, &Bytes::new());
    odd.method = "GET".into();
    odd.name = "other".parse().unwrap();
    odd.label = Label::Sample;
    odd.headers.push("Host", "shop.example:7080");
    let mut status = response();
    status.status = 503;
    let body = format!("{{\"data\":{{\"id\":42}},\"pad\":\"{:5000}\"}}", "");
    let mut odd = closed(odd, status, body.into());
    odd.replay_of = Some(id(1));
    odd.request_body.size += 1;
    odd.response_body.cut = true;
    odd.closed_at = Some(Timestamp::from_micros(START + 2 + 300_000));
    odd.stage = hookreel_shared::model::Stage::Failed(FailureKind::SenderGone.into());
    writer.put(Entry {
        provider: Some("stripe".to_owned()),
        ..exchange(1, "{}").into()
    });
    writer.put(Entry {
        provider: Some("stripe".to_owned()),
        event: Some("charge.failed".to_owned()),
        delivery: Some("d".to_owned()),
        verdict: Some("bad".to_owned()),
        ..odd.into()
    });
    writer.mark(vec![id(2)], true);
    writer.flush();
    (history, writer)
}

/// Numbers of the exchanges that a filter finds, 400 ms after the first came.
fn found(reader: &Reader, filter: &str) -> Vec<u64> {
    let filter: hookreel_shared::filter::Filter = filter.parse().unwrap();
    let now = Timestamp::from_micros(START + 400_002);
    numbers(&reader.matching(&filter, now, Cursor::Newest, 1000).unwrap())
}

#[test]
fn the_filter_language_finds_on_disk_what_it_says() {
    let (history, _writer) = one_and_another();
    let reader = history.reader();
    let of_second = id(2).to_string();
    for filter in [
        "method:get",
        "status:5xx",
        "since:400ms",
        "label:sample",
        "name:OTHER",
        "event:charge.*",
        "verdict:bad",
        &format!("replay-of:{}", id(1)),
        "is:replay",
        "is:failed",
        "is:marked",
        "is:truncated",
        "is:cut",
        "took:>250ms",
        "size:>=5000",
        "host:shop.example",
        "header:host=shop*",
        "body:pad",
        "json:$.data.id=42",
        "charge",
        "shop.example",
        "\"\\\"pad\"",
        &format!("id:{of_second}"),
        "status:5xx body:pad",
        "(status:404 | json:$.*.id>41) provider:stripe",
        "!method:post !header:nothing",
    ] {
        assert_eq!(found(&reader, filter), [2], "{filter}");
    }
    for filter in [
        "method:POST",
        "until:400001us",
        "!is:failed",
        "!is:marked",
        "took:<250ms",
        "size:<5000",
        "!body:pad",
        "delivery-1",
    ] {
        assert_eq!(found(&reader, filter), [1], "{filter}");
    }
    for filter in [
        "",
        "id:req_",
        "provider:STRIPE",
        "hooks",
        "label:live|sample",
    ] {
        assert_eq!(found(&reader, filter), [2, 1], "{filter}");
    }
    for filter in [
        "status:404",
        "id:req_u",
        "is:marked !is:failed",
        "replay-of:req_7",
    ] {
        assert_eq!(found(&reader, filter), [0; 0], "{filter}");
    }
    let counts = reader.counts().unwrap();
    assert_eq!((counts.all, counts.failed, counts.marked), (2, 1, 1));
}

#[test]
fn a_glimpse_of_a_row_says_what_the_whole_row_says() {
    fn said(brief: &impl Brief) -> String {
        let sides = MessageSide::BOTH.map(|side| brief.size(side));
        let texts = (brief.name(), brief.method(), brief.target(), brief.label());
        let found = (brief.provider(), brief.event(), brief.verdict());
        let ids = (brief.id(), brief.replay_of(), brief.at());
        let end = (brief.status(), brief.failure(), brief.took(), sides);
        let marks = (brief.marked(), brief.duplicate(), brief.cut());
        format!("{texts:?} {found:?} {ids:?} {end:?} {marks:?}")
    }
    let (history, writer) = one_and_another();
    writer.put(Exchange::new(Arc::new(request(3, &Bytes::new()))).into());
    writer.flush();
    let connection = schema::open_again(&history.place, schema::Access::Shared).unwrap();
    let sql = format!("SELECT {} FROM exchange ORDER BY id", row::COLUMNS);
    let mut select = connection.prepare(&sql).unwrap();
    let mut rows = select.query(()).unwrap();
    let mut differ = std::collections::HashSet::new();
    while let Some(columns) = rows.next().unwrap() {
        let glimpse = glimpse::Glimpse(columns);
        assert_eq!(said(&glimpse), said(&glimpse.row().unwrap()));
        differ.insert(said(&glimpse));
    }
    assert_eq!(differ.len(), 3);
}

#[test]
fn a_status_is_what_the_sender_got_also_where_the_relay_answered_for_the_origin() {
    let history = History::new();
    let writer = history.writer();
    let failed = |n, label, kind: FailureKind| {
        let mut head = request(n, &Bytes::new());
        head.label = label;
        let mut exchange = Exchange::new(Arc::new(head));
        let at = Timestamp::from_micros(START);
        exchange.apply(Event::Failed {
            at,
            failure: kind.into(),
        });
        writer.put(exchange.into());
    };
    failed(1, Label::Live, FailureKind::OriginRefused);
    failed(2, Label::Live, FailureKind::OriginTimeout);
    failed(3, Label::Live, FailureKind::SenderGone);
    failed(4, Label::Replay, FailureKind::OriginRefused);
    writer.put(exchange(5, "{}").into());
    writer.flush();
    let reader = history.reader();
    for (filter, expected) in [
        ("status:502", vec![1]),
        ("status:5xx", vec![2, 1]),
        ("status:504 is:failed", vec![2]),
        ("status:2xx|504", vec![5, 2]),
        ("!status:5xx", vec![5, 4, 3]),
    ] {
        assert_eq!(found(&reader, filter), expected, "{filter}");
    }
    let row = reader.row(id(1)).unwrap().unwrap();
    assert_eq!(row.summary.status, None, "the origin answered nothing");
}

#[test]
fn each_term_lets_through_what_its_filter_does() {
    let (history, _writer) = one_and_another();
    let reader = history.reader();
    for term in [
        Term::Method("get".to_owned()),
        Term::Failed,
        Term::Replay,
        Term::Truncated,
        Term::Cut,
        Term::ReplayOf(id(1)),
        Term::IdPrefix(id(2).to_string()),
        Term::Since(Timestamp::from_micros(START + 2)),
    ] {
        assert_eq!(all(&reader, std::slice::from_ref(&term)), [2], "{term:?}");
    }
    assert_eq!(
        all(&reader, &[Term::Failed, Term::Label(Label::Live)]),
        [0; 0]
    );
}

#[test]
fn exchanges_from_one_to_another_come_in_the_order_of_their_requests() {
    let (history, _writer) = filled(9);
    let ids = history.reader().between(id(3), id(5)).unwrap();
    assert_eq!(ids, [id(3), id(4), id(5)]);
}

#[test]
fn an_exchange_is_found_by_any_beginning_only_it_has_and_by_its_place() {
    let (history, _writer) = filled(40);
    let reader = history.reader();
    let text = id(7).to_string();
    for named in [&text[..], &text[4..], &text.to_uppercase()[4..], "@33"] {
        assert_eq!(reader.find(named).unwrap(), id(7), "{named}");
    }
    assert_eq!(reader.find("@1").unwrap(), id(39));
    let fits = (5..=26).map(|digits| reader.find(&text[..4 + digits]));
    assert!(
        fits.filter(Result::is_ok).count() > 10,
        "ids differ in their middle"
    );
    for (named, error) in [
        (&text[..8], "several"),
        ("req_7zzzzzzzzz", "no exchange"),
        ("@41", "no exchange"),
        ("@0", "not an id"),
        ("@", "not an id"),
        ("", "not an id"),
        ("req_", "not an id"),
        ("hello!", "not an id"),
        ("zzz", "not an id"),
    ] {
        let found = reader.find(named).unwrap_err().to_string();
        assert!(found.contains(error), "{named}: {found}");
    }
}

#[test]
fn words_of_targets_header_values_and_bodies_are_found() {
    let history = History::new();
    let writer = history.writer();
    let mut long = vec![b' '; SPILL_ABOVE];
    long.splice(0..8, *b"marathon");
    writer.put(exchange(1, "{\"name\": \"Zo\u{eb} O'Neil\"}").into());
    writer.put(exchange(2, &b"\x00\x01zoe"[..]).into());
    writer.put(exchange(3, [&long[..], b" "].concat()).into());
    writer.flush();
    let reader = history.reader();
    until(|| reader.counts().unwrap().unindexed == 0);
    let filtered = |words: &str, filter: &str| {
        let (filter, now) = (filter.parse().unwrap(), Timestamp::from_micros(0));
        let rows = reader.with_words(words, &filter, now, Cursor::Newest, 10);
        numbers(&rows.unwrap())
    };
    let found = |words: &str| filtered(words, "");
    assert_eq!(found("zoe"), [1]);
    assert_eq!(found("o'nei ZO"), [1]);
    assert_eq!(found("delivery-2"), [2]);
    assert_eq!(found("hooks json"), [3, 2, 1]);
    assert_eq!(found("marath"), [3]);
    assert_eq!(filtered("hooks", "!marathon"), [2, 1], "a filter besides");
    assert_eq!(filtered("hooks", &format!("id:{}", id(2))), [2]);
    assert_eq!(found("nowhere"), [0; 0]);
    for syntax in [
        "\"zoe",
        "zoe*",
        "zoe)",
        "NEAR(zoe",
        "target:zoe OR",
        "-zoe ^",
        "a AND",
    ] {
        found(syntax);
    }
    assert_eq!(found("* -"), [3, 2, 1]);
    writer.delete(vec![id(1)]);
    writer.flush();
    assert_eq!(found("zoe"), [0; 0]);
}

#[test]
fn a_look_sees_what_came_since_and_that_something_changed() {
    let (history, writer) = filled(3);
    let reader = history.reader();
    let seen = reader.look().unwrap();
    until(|| reader.counts().unwrap().unindexed == 0);
    let seen = reader.changes(seen).unwrap().seen;
    let same = reader.changes(seen).unwrap();
    assert_eq!((same.rows.len(), same.touched), (0, false));
    writer.put(exchange(9, "{}").into());
    writer.flush();
    let new = reader.changes(seen).unwrap();
    assert_eq!((numbers(&new.rows), new.touched), (vec![9], true));
    // An id from before, which another clock has minted.
    writer.put(exchange(5, "{}").into());
    writer.mark(vec![id(9)], true);
    writer.flush();
    let new = reader.changes(new.seen).unwrap();
    assert_eq!(numbers(&new.rows), [5]);
    until(|| reader.counts().unwrap().unindexed == 0);
    let new = reader.changes(new.seen).unwrap();
    writer.note(vec![id(9)], Some("n".to_owned()));
    writer.flush();
    let new = reader.changes(new.seen).unwrap();
    assert_eq!((new.rows.len(), new.touched), (0, true));
}
