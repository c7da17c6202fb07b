use std::fs;
use std::path::PathBuf;

use super::*;
use crate::store::log::Spot;
use crate::store::opened::Opened;

/// A body of the usual size, which is that of exchange `n` alone.
pub(super) fn body(n: u64) -> Vec<u8> {
    format!("<secret of {n}>").repeat(200).into_bytes()
}

pub(super) fn logs(history: &History) -> Vec<PathBuf> {
    let files = fs::read_dir(history.place.bodies()).unwrap();
    let paths = files.map(|file| file.unwrap().path());
    let mut logs: Vec<_> = paths.filter(|path| path.extension().is_none()).collect();
    logs.sort();
    logs
}

pub(super) fn filled(writer: &Writer, numbers: std::ops::Range<u64>) {
    numbers.for_each(|n| assert!(writer.put(exchange(n, body(n)).into())));
    writer.flush();
}

pub(super) fn has(path: &PathBuf, n: u64) -> bool {
    let secret = format!("<secret of {n}>");
    let log = fs::read(path).unwrap();
    memchr::memmem::find(&log, secret.as_bytes()).is_some()
}

#[test]
fn bodies_of_the_usual_size_stand_in_one_log_and_come_back() {
    let history = History::new();
    let writer = history.writer();
    (0..3).for_each(|part| filled(&writer, part * 10..part * 10 + 10));
    assert_eq!(logs(&history).len(), 1);
    let reader = history.reader();
    for n in 0..30 {
        assert_eq!(reader.get(id(n)).unwrap(), Some(exchange(n, body(n))));
    }
    let filter = "body:\"<secret of 17>\"".parse().unwrap();
    let now = Timestamp::from_micros(START);
    let found = reader.matching(&filter, now, Cursor::Newest, 10).unwrap();
    assert_eq!(numbers(&found), [17]);
    assert_eq!(all(&reader, &[Term::Truncated]), [0; 0]);
}

#[test]
fn a_writer_goes_on_with_a_log_that_another_left_and_none_shares_one() {
    let history = History::new();
    filled(&history.writer(), 0..5);
    let first = history.writer();
    filled(&first, 5..10);
    assert_eq!(logs(&history).len(), 1);
    let second = history.writer();
    filled(&second, 10..15);
    filled(&first, 15..20);
    assert_eq!(logs(&history).len(), 2);
    for n in 0..20 {
        let whole = history.reader().get(id(n)).unwrap();
        assert_eq!(whole, Some(exchange(n, body(n))));
    }
}

#[test]
fn what_is_not_committed_does_not_stay() {
    let history = History::new();
    let writer = history.writer();
    filled(&writer, 0..1);
    let before = fs::metadata(&logs(&history)[0]).unwrap().len();
    writer.push(pack::Job::Run(|connection| {
        let pages: u32 = connection
            .pragma_query_value(None, "page_count", |row| row.get(0))
            .unwrap();
        connection
            .pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
            .unwrap();
    }));
    writer.flush();
    // A row that needs pages of its own.
    let head = RequestHead {
        target: [b"/", &[b'x'; 50_000][..]].concat().into(),
        ..request(1, &body(1).into())
    };
    let large = closed(head, response(), body(1).into());
    assert!(writer.put(large.into()));
    writer.flush();
    assert_eq!(writer.unrecorded(), 1);
    // A disk that is full needs the room.
    assert_eq!(fs::metadata(&logs(&history)[0]).unwrap().len(), before);
    writer.push(pack::Job::Run(|connection| {
        connection
            .pragma_update_and_check(None, "max_page_count", 1 << 30, |_| Ok(()))
            .unwrap();
    }));
    filled(&writer, 300..330);
    for n in [0, 300, 329] {
        let whole = history.reader().get(id(n)).unwrap();
        assert_eq!(whole, Some(exchange(n, body(n))));
    }
}

#[test]
fn what_the_disk_has_lost_is_damaged_and_its_row_is_there() {
    for lose in [
        (|path| fs::write(path, vec![0; 1 << 20]).unwrap()) as fn(&PathBuf),
        |path| fs::write(path, "").unwrap(),
        |path| fs::remove_file(path).unwrap(),
    ] {
        let history = History::new();
        filled(&history.writer(), 0..2);
        lose(&logs(&history)[0]);
        let reader = history.reader();
        assert_eq!(all(&reader, &[]), [1, 0]);
        let error = reader.get(id(1)).unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
        let filter = "!body:x".parse().unwrap();
        let now = Timestamp::from_micros(START);
        let found = reader.matching(&filter, now, Cursor::Newest, 10).unwrap();
        assert_eq!(numbers(&found), [0; 0]);
        // Nothing of it can be kept any more than it is; the mark is.
        let writer = history.writer();
        writer.mark(vec![id(1)], true);
        writer.delete(vec![id(0)]);
        writer.settle().unwrap();
        assert_eq!(all(&reader, &[Term::Marked]), [1]);
    }
}

#[test]
fn bodies_that_stand_alone_in_a_log_as_in_histories_of_before_are_read_moved_and_removed() {
    let history = History::new();
    let writer = history.writer();
    filled(&writer, 0..3);
    // Two more as they were written once: their heads in rows, their bodies in the log.
    let log = &logs(&history)[0];
    let start = fs::metadata(log).unwrap().len();
    for n in [3, 4] {
        let large = exchange(n, vec![b'x'; 70_000]);
        assert!(writer.put(large.into()));
    }
    writer.flush();
    let connection = schema::open(&history.place).unwrap();
    let appended = [body(3), body(4)].concat();
    let mut whole = fs::read(log).unwrap();
    whole.extend_from_slice(&appended);
    fs::write(log, whole).unwrap();
    let mut at = start;
    for n in [3, 4] {
        let body = body(n);
        let spot = format!("{}@1+{at}#{:08x}", body.len(), crc32fast::hash(&body));
        at += body.len() as u64;
        let sql = "UPDATE message SET request_file = ?2, request_body = NULL, request_size = ?3
            WHERE seq = (SELECT seq FROM exchange WHERE id = ?1)";
        connection
            .execute(
                sql,
                (id(n).uuid(), spot, i64::try_from(body.len()).unwrap()),
            )
            .unwrap();
        connection
            .execute("UPDATE log SET live = live + 1", ())
            .unwrap();
    }
    let reader = history.reader();
    let has_body = |n| reader.get(id(n)).unwrap().unwrap().request_body.kept == body(n);
    assert!(has_body(3) && has_body(4));
    let filter = "body:\"<secret of 4>\"".parse().unwrap();
    let now = Timestamp::from_micros(START);
    let found = reader.matching(&filter, now, Cursor::Newest, 10).unwrap();
    assert_eq!(numbers(&found), [4]);
    assert_eq!(all(&reader, &[Term::Truncated]), [0; 0]);
    writer.mark(vec![id(3)], true);
    writer.delete(vec![id(4), id(0), id(1), id(2)]);
    writer.flush();
    assert!(has_body(3));
    assert!(!has(log, 4) && !has(log, 0));
    drop(writer);
    assert_eq!(live(&history), [0]);
}

#[test]
fn a_log_goes_with_its_last_body_and_what_is_marked_stays_without_it() {
    let history = History::new();
    filled(&history.writer(), 0..20);
    let log = logs(&history).remove(0);
    let writer = history.writer();
    writer.mark(vec![id(3), id(7)], true);
    writer.delete((0..20).filter(|n| ![3, 7].contains(n)).map(id).collect());
    writer.flush();
    assert!(!log.exists());
    assert_eq!(fs::read_dir(history.place.bodies()).unwrap().count(), 0);
    for n in [3, 7] {
        let whole = history.reader().get(id(n)).unwrap();
        assert_eq!(whole, Some(exchange(n, body(n))));
    }
    // Written again, it still is marked.
    filled(&writer, 3..4);
    filled(&writer, 30..31);
    writer.delete(vec![id(30)]);
    drop(writer);
    let whole = history.reader().get(id(3)).unwrap();
    assert_eq!(whole, Some(exchange(3, body(3))));
    assert_eq!(live(&history), [0]);
}

/// How many bodies of each log rows name, as the database counts them.
fn live(history: &History) -> Vec<i64> {
    let connection = schema::open(&history.place).unwrap();
    let mut select = connection.prepare("SELECT live FROM log").unwrap();
    let rows = select.query_map((), |row| row.get(0)).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

#[test]
fn a_log_that_somebody_writes_stays_also_when_it_is_empty() {
    let history = History::new();
    let one = history.writer();
    filled(&one, 0..3);
    let other = history.writer();
    other.delete(vec![id(0), id(1), id(2)]);
    other.flush();
    assert_eq!((logs(&history).len(), live(&history)), (1, vec![0]));
    filled(&one, 3..6);
    let whole = history.reader().get(id(4)).unwrap();
    assert_eq!(whole, Some(exchange(4, body(4))));
    assert_eq!(live(&history), [3]);
}

#[test]
fn a_log_that_nothing_needs_any_more_goes_with_the_next_start() {
    let history = History::new();
    let writer = history.writer();
    filled(&writer, 0..3);
    writer.delete(vec![id(0), id(1), id(2)]);
    drop(writer);
    assert_eq!((logs(&history).len(), live(&history)), (1, vec![0]));
    let writer = history.writer();
    writer.mark(Vec::new(), true);
    writer.flush();
    assert_eq!((logs(&history).len(), live(&history)), (0, vec![]));
    // Its number goes with it.
    filled(&writer, 3..4);
    assert!(logs(&history)[0].ends_with("log-2"));
}

#[test]
fn a_new_log_that_somebody_else_looks_at_is_left_for_another() {
    let history = History::new();
    let writer = history.writer();
    // As who looks whether it can be removed.
    let lock = history.place.bodies().join("log-1.lock");
    let lock = fs::File::create(lock).unwrap();
    lock.lock().unwrap();
    filled(&writer, 0..3);
    assert_eq!(writer.unrecorded(), 0);
    assert!(logs(&history)[0].ends_with("log-2"));
}

#[test]
fn what_a_user_deletes_is_written_over() {
    let history = History::new();
    let writer = history.writer();
    filled(&writer, 0..3);
    let log = logs(&history).remove(0);
    assert!(has(&log, 1));
    writer.delete(vec![id(1)]);
    writer.flush();
    assert_eq!([0, 1, 2].map(|n| has(&log, n)), [true, false, true]);
    let whole = history.reader().get(id(2)).unwrap();
    assert_eq!(whole, Some(exchange(2, body(2))));
}

#[test]
fn what_a_user_deletes_is_written_over_also_where_it_stood_before() {
    let history = History::new();
    let writer = history.writer();
    filled(&writer, 0..4);
    // Marked, it moves; written again, it stands elsewhere.
    writer.mark(vec![id(1)], true);
    filled(&writer, 2..3);
    writer.delete(vec![id(1), id(2)]);
    writer.flush();
    let log = &logs(&history)[0];
    assert_eq!(
        [0, 1, 2, 3].map(|n| has(log, n)),
        [true, false, false, true]
    );
}

#[test]
fn logs_that_the_database_does_not_know_are_swept_and_others_are_not() {
    let history = History::new();
    filled(&history.writer(), 0..3);
    let bodies = history.place.bodies();
    for name in ["log-99", "log-99.lock"] {
        fs::write(bodies.join(name), "orphan").unwrap();
    }
    let connection = schema::open(&history.place).unwrap();
    let later = std::time::SystemTime::now() + Duration::from_secs(7200);
    assert_eq!(blob::sweep(&connection, &bodies, later).unwrap(), 2);
    let whole = history.reader().get(id(1)).unwrap();
    assert_eq!(whole, Some(exchange(1, body(1))));
}

#[test]
fn a_number_is_never_used_twice() {
    let history = History::new();
    filled(&history.writer(), 0..3);
    let reader = history.reader();
    let seen = reader.look().unwrap();
    let writer = history.writer();
    writer.delete(vec![id(1), id(2)]);
    filled(&writer, 3..5);
    let new = reader.changes(seen).unwrap();
    assert_eq!(numbers(&new.rows), [3, 4]);
}

#[test]
fn a_database_made_anew_beside_the_bodies_of_another_loses_nothing() {
    let history = History::new();
    filled(&history.writer(), 0..5);
    let database = history.place.database();
    for ending in ["", "-wal", "-shm"] {
        // Only the database itself is sure to be there.
        let _ = fs::remove_file(format!("{}{ending}", database.display()));
    }
    let writer = history.writer();
    filled(&writer, 5..10);
    assert_eq!(writer.unrecorded(), 0);
    for n in 5..10 {
        let whole = history.reader().get(id(n)).unwrap();
        assert_eq!(whole, Some(exchange(n, body(n))));
    }
}

#[test]
fn what_was_read_before_it_was_written_is_read_again() {
    let dir = tempfile::tempdir().unwrap();
    let spot = |start: usize, body: &[u8]| {
        let spot = format!("{}@1+{start}#{:08x}", body.len(), crc32fast::hash(body));
        Spot::parse(&spot).unwrap()
    };
    fs::write(dir.path().join("log-1"), b"one.not yet").unwrap();
    let mut opened = Opened::default();
    let mut read = |start, body: &[u8]| opened.read(dir.path(), &spot(start, body));
    assert_eq!(read(0, b"one.").unwrap(), "one.");
    assert_eq!(read(4, b"two."), None);
    fs::write(dir.path().join("log-1"), b"one.two.").unwrap();
    assert_eq!(read(4, b"two.").unwrap(), "two.");
    assert_eq!(read(8, b"three"), None, "behind the end");
}

#[test]
fn a_log_is_read_upward_and_downward_and_its_spots_are_what_they_are() {
    let dir = tempfile::tempdir().unwrap();
    // Some longer than what is read at once.
    let bodies: Vec<Vec<u8>> = (0..60)
        .map(|n| vec![b'a' + (n % 26) as u8; if n % 20 == 7 { 300_000 } else { 9_000 + n }])
        .collect();
    fs::write(dir.path().join("log-1"), bodies.concat()).unwrap();
    let mut start = 0;
    let spots = bodies.iter().map(|body| {
        let spot = format!("{}@1+{start}#{:08x}", body.len(), crc32fast::hash(body));
        start += body.len();
        Spot::parse(&spot).unwrap()
    });
    let spots: Vec<_> = spots.collect();
    let mut opened = Opened::default();
    let there_and_back = (0..60).chain((0..60).rev()).chain([30, 0, 59, 7, 7, 59]);
    for n in there_and_back {
        assert_eq!(opened.read(dir.path(), &spots[n]).unwrap(), bodies[n]);
        assert_eq!(spots[n].read(dir.path()).unwrap(), bodies[n]);
    }
}
