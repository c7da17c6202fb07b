use hookreel_shared::model::{Failure, FailureKind, Stage, Summary};

use super::*;

#[test]
fn every_byte_comes_back_as_it_was() {
    let history = History::new();
    let body: Vec<u8> = (0..=255).cycle().take(3000).collect();
    let mut request = request(1, &body.clone().into());
    request.target = Bytes::from_static(b"/\xff\xc3?a=%00&b='\"\\");
    let values: Vec<u8> = (1..=255).filter(|b| !b"\r\n".contains(b)).collect();
    request.headers.push("x-DUP", values.clone());
    request.headers.push("X-Dup", "");
    request.headers.push("x-DUP", " spaces around ");
    request.peer = Some("[2001:db8::1]:443".parse().unwrap());
    request.version = HttpVersion::Http10;
    let mut response = response();
    response.reason = Some(Bytes::from_static(b"Very\xffFine"));
    response.headers.push("Set-Cookie", values);
    let mut whole = closed(request, response, body.into());
    whole.response_body.trailers.push("X-Sum", "\u{e9}");
    whole.replay_of = Some(id(7));
    whole.signed_for = Some("https://a.example/app?token=1".into());
    let writer = history.writer();
    assert!(writer.put(whole.clone().into()));
    writer.flush();
    let reader = history.reader();
    assert_eq!(reader.get(id(1)).unwrap().as_ref(), Some(&whole));
    let row = reader.row(id(1)).unwrap().unwrap();
    assert_eq!(row.summary, Summary::from(&whole));
    assert_eq!(reader.get(id(2)).unwrap(), None);
}

#[test]
fn what_failed_half_way_is_kept_with_its_failure() {
    let history = History::new();
    let writer = history.writer();
    let failure = Failure::from(FailureKind::OriginAborted);
    let mut half = Exchange::new(Arc::new(request(1, &"{\"a\":1}".into())));
    let at = Timestamp::from_micros(START + 9);
    half.apply(Event::Answered {
        at,
        head: Arc::new(response()),
    });
    half.apply(Event::Failed { at, failure });
    half.apply(Event::Closed {
        at,
        request: Capture::whole("{\"a\""),
        response: Capture::whole("o"),
    });
    let mut unanswered = Exchange::new(Arc::new(request(2, &Bytes::new())));
    unanswered.apply(Event::Failed { at, failure });
    writer.put(half.clone().into());
    writer.put(unanswered.clone().into());
    writer.flush();
    let reader = history.reader();
    assert_eq!(reader.get(id(1)).unwrap(), Some(half));
    let back = reader.get(id(2)).unwrap().unwrap();
    assert_eq!(back.stage, Stage::Failed(failure));
    assert_eq!(back, unanswered);
    let row = reader.row(id(1)).unwrap().unwrap();
    assert_eq!(row.summary.failure, Some(failure));
}

#[test]
fn of_a_cut_body_the_beginning_the_size_and_the_hash_are_kept() {
    let history = History::new();
    let writer = history.writer();
    let mut cut = exchange(1, "beginning");
    cut.request_body.size = 30 << 20;
    cut.request_body.sha256 = Some([9; 32]);
    writer.put(cut.clone().into());
    writer.flush();
    let back = history.reader().get(id(1)).unwrap().unwrap();
    assert!(back.request_body.is_truncated());
    assert_eq!(back, cut);
}

#[test]
fn a_large_body_goes_into_a_file_and_back_and_away() {
    let history = History::new();
    let writer = history.writer();
    let files = || std::fs::read_dir(history.place.bodies()).unwrap().count();
    let body: Vec<u8> = (0..SPILL_ABOVE + 1).map(|n| n.to_le_bytes()[0]).collect();
    let large = exchange(1, body);
    writer.put(large.clone().into());
    writer.put(exchange(2, vec![b'x'; SPILL_ABOVE]).into());
    writer.flush();
    assert_eq!(files(), 1);
    let reader = history.reader();
    assert_eq!(reader.get(id(1)).unwrap(), Some(large.clone()));
    writer.put(large.clone().into());
    writer.flush();
    assert_eq!((files(), reader.get(id(1)).unwrap()), (1, Some(large)));
    writer.delete(vec![id(1)]);
    writer.flush();
    assert_eq!((files(), reader.get(id(1)).unwrap()), (0, None));
}

#[test]
fn written_again_an_exchange_is_replaced_and_keeps_what_the_user_said() {
    let history = History::new();
    let writer = history.writer();
    let mut open = exchange(1, "body");
    open.closed_at = None;
    open.stage = Stage::Answered;
    writer.put(open.into());
    writer.mark(vec![id(1)], true);
    writer.note(vec![id(1)], Some("look".to_owned()));
    writer.processing(id(1), Some("done".to_owned()));
    writer.put(exchange(1, "body").into());
    writer.flush();
    let row = history.reader().row(id(1)).unwrap().unwrap();
    assert!(row.summary.closed && row.marked);
    assert_eq!(row.note.as_deref(), Some("look"));
    assert_eq!(row.processing.as_deref(), Some("done"));
    assert_eq!(history.reader().counts().unwrap().all, 1);
}

#[test]
fn the_same_delivery_again_is_a_duplicate_but_its_replay_is_none() {
    let history = History::new();
    let writer = history.writer();
    for (n, label) in [(1, Label::Live), (2, Label::Replay), (3, Label::Stored)] {
        let mut head = request(n, &Bytes::new());
        head.label = label;
        writer.put(Entry {
            provider: Some("github".to_owned()),
            delivery: Some("d-1".to_owned()),
            ..closed(head, response(), Bytes::new()).into()
        });
    }
    writer.flush();
    let reader = history.reader();
    assert_eq!(all(&reader, &[Term::Duplicate]), [3]);
    let same = |row: &Row| row.delivery.as_deref() == Some("d-1");
    let page = reader.page(&[], Cursor::Newest, 9, same).unwrap();
    assert_eq!(numbers(&page), [3, 2, 1]);
    let first = |row: &Row| reader.first_of(row).unwrap();
    let original = Some(page[2].summary.id);
    assert_eq!(
        [first(&page[0]), first(&page[1]), first(&page[2])],
        [original, None, None]
    );
}

#[test]
fn what_somebody_else_has_forged_makes_no_duplicate_of_what_was_sent() {
    let history = History::new();
    let writer = history.writer();
    let verdicts = [
        "bad",
        "unsigned",
        "good",
        "unsigned",
        "bad",
        "good",
        "no-secret",
    ];
    for (n, verdict) in (1..).zip(verdicts) {
        writer.put(Entry {
            provider: Some("github".to_owned()),
            delivery: Some("d-1".to_owned()),
            verdict: Some(verdict.to_owned()),
            ..closed(request(n, &Bytes::new()), response(), Bytes::new()).into()
        });
    }
    writer.flush();
    let reader = history.reader();
    // The fourth repeats what the third or the second was, whoever sent it.
    assert_eq!(all(&reader, &[Term::Duplicate]), [7, 6, 4]);
    let page = reader.page(&[], Cursor::Newest, 9, |_| true).unwrap();
    let first = |n: u64| {
        let row = page.iter().find(|row| row.summary.id == id(n)).unwrap();
        reader.first_of(row).unwrap()
    };
    assert_eq!(
        [first(4), first(6), first(7)],
        [Some(id(2)), Some(id(3)), Some(id(3))]
    );
}

#[test]
fn judged_again_what_was_taken_for_the_first_is_forged_and_the_other_no_duplicate() {
    let history = History::new();
    let writer = history.writer();
    for n in 1..=3 {
        writer.put(Entry {
            provider: Some("github".to_owned()),
            delivery: Some("d-1".to_owned()),
            verdict: Some("no-secret".to_owned()),
            ..closed(request(n, &Bytes::new()), response(), Bytes::new()).into()
        });
    }
    writer.flush();
    let reader = history.reader();
    assert_eq!(all(&reader, &[Term::Duplicate]), [3, 2]);
    let words = [(1, "bad"), (2, "good"), (3, "good")];
    let words = words.map(|(n, word)| (id(n), Some(word.to_owned())));
    writer.verdicts(words.to_vec());
    writer.settle().unwrap();
    assert_eq!(all(&reader, &[Term::Duplicate]), [3]);
    let row = |n| reader.row(id(n)).unwrap().unwrap();
    assert_eq!(reader.first_of(&row(3)).unwrap(), Some(id(2)));
    assert_eq!(row(1).summary.verdict.as_deref(), Some("bad"));
}

#[test]
fn several_writers_and_readers_share_a_history() {
    let history = History::new();
    let place = &history.place;
    let seen = std::thread::scope(|scope| {
        for part in 0..3 {
            scope.spawn(move || {
                let writer = Writer::open(place, options(Retention::default())).unwrap();
                for n in 0..200 {
                    let entry = exchange(part * 1000 + n, vec![b'x'; 2000]).into();
                    assert!(writer.put(entry));
                    if n % 20 == 0 {
                        writer.flush();
                    }
                }
                writer.flush();
                assert_eq!(writer.unrecorded(), 0);
            });
        }
        scope
            .spawn(move || {
                let reader = Reader::open(place).unwrap();
                let mut seen = reader.look().unwrap();
                let mut count = reader.counts().unwrap().all;
                let begin = count;
                until(|| {
                    let changes = reader.changes(seen).unwrap();
                    seen = changes.seen;
                    count += changes.rows.len() as u64;
                    count >= 600
                });
                (begin, count)
            })
            .join()
            .unwrap()
    });
    // What was there at the beginning may have been seen once more.
    assert!(seen.1 >= 600 && seen.1 <= 600 + seen.0, "{seen:?}");
    let reader = history.reader();
    assert_eq!(reader.counts().unwrap().all, 600);
    let all = reader.page(&[], Cursor::Newest, 1000, |_| true).unwrap();
    for row in all {
        let whole = reader.get(row.summary.id).unwrap().unwrap();
        assert_eq!(whole.request_body.kept.len(), 2000);
    }
}

#[test]
fn a_full_disk_costs_history_not_requests_and_recording_resumes() {
    let history = History::new();
    let writer = history.writer();
    writer.put(exchange(1, "before").into());
    writer.flush();
    writer.push(pack::Job::Run(|connection| {
        let pages: u32 = connection
            .pragma_query_value(None, "page_count", |row| row.get(0))
            .unwrap();
        connection
            .pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
            .unwrap();
    }));
    writer.flush();
    for n in 2..12 {
        assert!(writer.put(exchange(n, vec![b'x'; 100_000]).into()));
    }
    writer.flush();
    assert_eq!(writer.unrecorded(), 10);
    writer.push(pack::Job::Run(|connection| {
        connection
            .pragma_update_and_check(None, "max_page_count", 1 << 30, |_| Ok(()))
            .unwrap();
    }));
    writer.flush();
    writer.put(exchange(20, vec![b'x'; 100_000]).into());
    writer.flush();
    assert_eq!(writer.unrecorded(), 10);
    assert_eq!(all(&history.reader(), &[]), [20, 1]);
}

#[test]
fn what_a_user_asked_for_and_the_disk_did_not_take_is_told_once() {
    let history = History::new();
    let writer = history.writer();
    writer.put(exchange(1, "body").into());
    assert_eq!(writer.settle(), Ok(()));
    let other = rusqlite::Connection::open(history.place.database()).unwrap();
    let rename = |from: &str, to: &str| {
        let sql = format!("ALTER TABLE {from} RENAME TO {to}");
        other.execute_batch(&sql).unwrap();
    };
    rename("exchange", "nowhere");
    writer.put(exchange(2, "body").into());
    assert_eq!(writer.settle(), Ok(()), "what is not recorded is counted");
    let wishes: [fn(&Writer); 3] = [
        |writer| writer.delete(vec![id(1)]),
        |writer| writer.mark(vec![id(1)], true),
        |writer| writer.note(vec![id(1)], Some("a word".to_owned())),
    ];
    for wish in wishes {
        wish(&writer);
        assert!(writer.settle().unwrap_err().starts_with("the history"));
        assert_eq!(writer.settle(), Ok(()));
    }
    rename("nowhere", "exchange");
    let row = history.reader().row(id(1)).unwrap().expect("still there");
    assert!(!row.marked && row.note.is_none());
    writer.delete(vec![id(1)]);
    assert_eq!(writer.settle(), Ok(()));
    assert_eq!(all(&history.reader(), &[]), [0; 0]);
}

#[test]
fn what_waits_has_a_limit_and_beyond_it_is_counted() {
    let history = History::new();
    let writer = history.writer();
    // The thread cannot write while this holds the database.
    let other = rusqlite::Connection::open(history.place.database()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let body = Bytes::from(vec![b'x'; 8 << 20]);
    let taken = (0..10)
        .filter(|n| writer.put(exchange(*n, body.clone()).into()))
        .count();
    assert_eq!((taken, writer.unrecorded()), (7, 3));
    other.execute_batch("ROLLBACK").unwrap();
    writer.flush();
    assert_eq!(
        (all(&history.reader(), &[]).len(), writer.unrecorded()),
        (7, 3)
    );
}

#[test]
fn an_exchange_that_is_larger_than_the_room_is_written_when_it_is_alone() {
    let history = History::new();
    let writer = history.writer();
    let body = Bytes::from(vec![b'x'; 65 << 20]);
    assert!(writer.put(exchange(1, body.clone()).into()));
    writer.flush();
    let back = history.reader().get(id(1)).unwrap().unwrap();
    assert!(back.request_body.kept == body);
}

#[test]
fn dropping_the_writer_writes_what_waits() {
    let history = History::new();
    let writer = history.writer();
    (0..100).for_each(|n| assert!(writer.put(exchange(n, "{}").into())));
    drop(writer);
    assert_eq!(history.reader().counts().unwrap().all, 100);
}

#[test]
fn heads_that_no_tunnel_carries_are_counted_and_cost_nothing_else() {
    let history = History::new();
    let writer = history.writer();
    let mut huge = request(1, &Bytes::new());
    huge.headers.push("X-Huge", vec![b'x'; 200 * 1024]);
    assert!(writer.put(exchange(2, "before").into()));
    assert!(!writer.put(closed(huge, response(), Bytes::new()).into()));
    assert!(writer.put(exchange(3, "after").into()));
    writer.flush();
    let reader = history.reader();
    assert_eq!((all(&reader, &[]), writer.unrecorded()), (vec![3, 2], 1));
    assert_eq!(reader.get(id(3)).unwrap(), Some(exchange(3, "after")));
}
