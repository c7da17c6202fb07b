use hookreel_shared::model::testing::request;
use hookreel_shared::model::{BodyKind, Capture, Exchange, Timestamp};
use http_body::Frame;

use super::*;
use crate::record::Seen;
use crate::store::{Cursor, Options, Place, Reader, Retention};

fn head(n: u128) -> Arc<RequestHead> {
    Arc::new(RequestHead {
        id: ExchangeId::from_uuid(uuid::Uuid::from_u128(n)),
        received_at: Timestamp::from_micros(0),
        body: BodyKind::Chunked,
        ..request("/", &[], 0)
    })
}

fn recorder(place: &Place, room: usize) -> Recorder {
    let options = Options {
        retention: Retention::default(),
        clock: || Timestamp::from_micros(0),
    };
    let keep = Keep {
        writer: Arc::new(Writer::open(place, options).unwrap()),
        body_limit: BODY_LIMIT,
    };
    Recorder::with_room(Feed::default(), Some(keep), room)
}

fn pass(recording: &Recording, bytes: usize) {
    let data = vec![b'x'; bytes];
    recording.up().frame(&Frame::data(data.into()));
}

#[test]
fn bodies_that_memory_cannot_hold_are_counted_and_their_exchanges_kept() {
    let dir = tempfile::tempdir().unwrap();
    let place = Place::new(dir.path());
    let recorder = recorder(&place, 10_000);
    let (one, two) = (
        recorder.begin(&head(1), None),
        recorder.begin(&head(2), None),
    );
    pass(&one, 8000);
    pass(&two, 8000);
    one.close();
    two.close();
    // The room of the first is free again.
    let three = recorder.begin(&head(3), None);
    pass(&three, 8000);
    three.close();
    assert_eq!(recorder.unrecorded(), 1);
    recorder.writer().unwrap().flush();
    let reader = Reader::open(&place).unwrap();
    let kept = |n| {
        let whole = reader.get(head(n).id).unwrap().unwrap();
        let body = whole.request_body;
        (body.kept.len(), body.size, body.sha256.is_some())
    };
    assert_eq!(kept(1), (8000, 8000, false));
    assert_eq!(kept(2), (0, 8000, true));
    assert_eq!(kept(3), (8000, 8000, false));
}

/// Bytes that differ from place to place.
fn body(len: usize) -> Vec<u8> {
    (0..len).map(|n| (n * 7 + n / 251) as u8).collect()
}

/// Passes as both bodies, with what came so far stored now and then, as long as nothing is lost
/// to a slow disk.
fn pass_both(recorder: &Recorder, recording: &Recording, body: &[u8], piece: usize) {
    let stored_every = 4 * 1024 * 1024;
    let mut left = stored_every;
    for part in body.chunks(piece) {
        for passing in [recording.up(), recording.down()] {
            passing.frame(&Frame::data(Bytes::copy_from_slice(part)));
        }
        left -= part.len().min(left);
        if left == 0 {
            assert!(recording.store_so_far());
            recorder.writer().unwrap().flush();
            left = stored_every;
        }
    }
}

fn sha256(body: &[u8]) -> Option<[u8; 32]> {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, body);
    digest.as_ref().try_into().ok()
}

#[test]
fn bodies_of_every_size_are_kept_as_they_passed_wherever_they_go() {
    const LARGE: usize = crate::store::SPILL_ABOVE;
    let dir = tempfile::tempdir().unwrap();
    let place = Place::new(dir.path());
    let limit = usize::try_from(BODY_LIMIT).unwrap();
    let small = 3 * LARGE + 1000;
    let mut cases = vec![(limit, limit - 1), (limit, limit), (limit, limit + 1)];
    for size in [LARGE, 2 * LARGE, small] {
        cases.extend([(small, size - 1), (small, size), (small, size + 1)]);
    }
    cases.extend([
        (LARGE, LARGE + 1),
        (LARGE + 1, LARGE + 2),
        (100, 300),
        (small, 5 * LARGE),
    ]);
    let (all, mut n, mut large) = (body(limit + 1), 0, 0);
    for (limit, size) in cases {
        let mut recorder = recorder(&place, ROOM);
        let keep = Arc::get_mut(&mut recorder.0).unwrap().history.as_mut();
        keep.unwrap().body_limit = limit as u64;
        let (body, reader) = (&all[..size], Reader::open(&place).unwrap());
        let pieces = [70_001, LARGE, size];
        // What waits for the disk has a limit, which one piece must not reach.
        let fitting = if size > 16 * LARGE { 1 } else { 3 };
        for piece in pieces.into_iter().take(fitting) {
            n += 1;
            let recording = recorder.begin(&head(n), None);
            pass_both(&recorder, &recording, body, piece);
            recording.close();
            recorder.writer().unwrap().flush();
            let whole = reader.get(head(n).id).unwrap().unwrap();
            let kept = limit.min(size);
            large += 2 * usize::from(kept > LARGE);
            for capture in [whole.request_body, whole.response_body] {
                assert_eq!(capture.size, size as u64);
                assert!(capture.kept == body[..kept], "{size} of {limit} by {piece}");
                let hash = sha256(body).filter(|_| kept < size);
                assert_eq!(capture.sha256, hash, "{size} of {limit} by {piece}");
            }
        }
        assert_eq!(recorder.unrecorded(), 0);
    }
    let files = std::fs::read_dir(place.bodies()).unwrap().count();
    assert_eq!(
        files, large,
        "one for each body of which more is kept than 256 KiB"
    );
}

#[test]
fn a_disk_slower_than_what_passes_cuts_large_bodies_and_holds_nothing_up() {
    let dir = tempfile::tempdir().unwrap();
    let place = Place::new(dir.path());
    let recorder = recorder(&place, ROOM);
    let writer = recorder.writer().unwrap();
    let hold = writer.spill(head(9).id, "request").unwrap().hold();
    let body = body(24 * 1024 * 1024);
    let (one, two) = (
        recorder.begin(&head(1), None),
        recorder.begin(&head(2), None),
    );
    for recording in [&one, &two] {
        for part in body.chunks(100_000) {
            recording
                .up()
                .frame(&Frame::data(Bytes::copy_from_slice(part)));
        }
    }
    drop(hold);
    one.close();
    two.close();
    writer.flush();
    let reader = Reader::open(&place).unwrap();
    let kept = [1, 2].map(|n| {
        let capture = reader.get(head(n).id).unwrap().unwrap().request_body;
        assert!(capture.kept == body[..capture.kept.len()]);
        assert_eq!(
            (capture.size, capture.sha256),
            (body.len() as u64, sha256(&body))
        );
        capture.kept.len()
    });
    // The first takes the room there is; of the second what memory holds is kept.
    assert_eq!(kept, [16 * 1024 * 1024, 256 * 1024]);
    assert_eq!(recorder.unrecorded(), 2);
}

#[tokio::test]
async fn what_is_lost_within_a_second_of_the_end_is_told_of_too() {
    let dir = tempfile::tempdir().unwrap();
    let recorder = recorder(&Place::new(dir.path()), 10_000);
    let mut watcher = recorder.feed().watch();
    let mut told = async || loop {
        match watcher.next().await {
            Some(Seen::Notice(Notice::Unrecorded(total))) => break Some(total),
            Some(_) => {}
            None => break None,
        }
    };
    let telling = tokio::spawn(recorder.clone().tell_unrecorded());
    tokio::task::yield_now().await;
    recorder.writer().unwrap().missed(1);
    assert_eq!(told().await, Some(1));
    recorder.writer().unwrap().missed(2);
    // What does not fit into memory is lost as the last thing that happens.
    let last = recorder.begin(&head(1), None);
    pass(&last, 20_000);
    telling.abort();
    assert!(telling.await.unwrap_err().is_cancelled());
    drop(recorder);
    drop(last);
    assert_eq!(told().await, Some(4));
    assert_eq!(told().await, None, "once");
}

#[test]
fn a_stream_that_finds_no_room_is_stored_once_there_is_some() {
    let dir = tempfile::tempdir().unwrap();
    let place = Place::new(dir.path());
    let recorder = recorder(&place, ROOM);
    let writer = recorder.writer().unwrap();
    // The writer cannot write while this holds the database.
    let other = rusqlite::Connection::open(place.database()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut numbers = 2..;
    for size in [4 * 1024 * 1024, 64 * 1024, 0] {
        let under_way = |n| Exchange {
            request_body: Capture::whole(vec![b'x'; size]),
            ..Exchange::new(head(n))
        };
        while writer.put(under_way(numbers.next().unwrap()).into()) {}
    }
    let stream = recorder.begin(&head(1), None);
    assert!(!stream.store_so_far());
    other.execute_batch("ROLLBACK").unwrap();
    writer.flush();
    assert!(stream.store_so_far());
    writer.flush();
    let reader = Reader::open(&place).unwrap();
    assert!(reader.row(head(1).id).unwrap().is_some());
    assert_eq!(recorder.unrecorded(), 0);
}

#[test]
fn an_exchange_dropped_on_the_way_is_kept_with_a_failure() {
    let dir = tempfile::tempdir().unwrap();
    let place = Place::new(dir.path());
    let recorder = recorder(&place, ROOM);
    let recording = recorder.begin(&head(1), None);
    pass(&recording, 5);
    drop(recording);
    recorder.writer().unwrap().flush();
    let reader = Reader::open(&place).unwrap();
    let rows = reader.page(&[], Cursor::Newest, 2, |_| true).unwrap();
    assert_eq!(rows.len(), 1);
    assert!(rows[0].summary.failure.is_some() && rows[0].summary.closed);
}

#[test]
fn while_nobody_watches_and_nothing_is_kept_no_facts_are_collected() {
    let recorder = Recorder::new(Feed::default(), None);
    assert!(!recorder.begin(&head(1), None).is_wanted());
    let _watcher = recorder.feed().watch();
    assert!(recorder.begin(&head(1), None).is_wanted());
}
