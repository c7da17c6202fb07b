//! What one process changes while another reads it.

use super::logs::{body, filled, logs};
use super::*;
use crate::store::whole;

/// Reads exchange 1 with this body, which `change` happens to between its row and what that names.
fn read_while(
    one: impl Into<Bytes>,
    change: impl Fn(&Writer),
) -> Result<Option<Exchange>, StoreError> {
    let history = History::new();
    let writer = history.writer();
    filled(&writer, 0..1);
    assert!(writer.put(exchange(1, one).into()));
    filled(&writer, 2..3);
    let changed = std::cell::Cell::new(false);
    let then = || {
        if !changed.replace(true) {
            change(&writer);
            writer.settle().unwrap();
        }
    };
    let connection = schema::open(&history.place).unwrap();
    whole::get_while(&connection, &history.place.bodies(), id(1), then)
}

#[test]
fn what_is_deleted_while_it_is_read_is_gone_and_not_damaged() {
    let one = read_while(body(1), |writer| writer.delete(vec![id(1)]));
    assert_eq!(one.unwrap(), None);
    let log = read_while(body(1), |writer| writer.delete(vec![id(0), id(1), id(2)]));
    assert_eq!(log.unwrap(), None);
}

#[test]
fn what_is_marked_while_it_is_read_is_read_from_where_it_went() {
    let found = read_while(body(1), |writer| {
        writer.mark(vec![id(1)], true);
        writer.delete(vec![id(0), id(2)]);
    });
    assert_eq!(found.unwrap(), Some(exchange(1, body(1))));
}

#[test]
fn what_is_written_again_while_it_is_read_is_read_as_it_is_now() {
    let found = read_while(body(1), |writer| {
        assert!(writer.put(exchange(1, "again").into()));
        writer.delete(vec![id(0)]);
    });
    assert_eq!(found.unwrap(), Some(exchange(1, "again")));
}

#[test]
fn a_large_body_that_is_deleted_while_it_is_read_is_gone_and_not_empty() {
    let large = vec![b'x'; SPILL_ABOVE + 1];
    let found = read_while(large, |writer| writer.delete(vec![id(1)]));
    assert_eq!(found.unwrap(), None);
}

#[test]
fn a_large_body_whose_file_is_lost_is_as_one_of_which_nothing_was_kept() {
    let history = History::new();
    let writer = history.writer();
    let large = exchange(1, vec![b'x'; SPILL_ABOVE + 1]);
    assert!(writer.put(large.into()));
    writer.flush();
    for file in std::fs::read_dir(history.place.bodies()).unwrap() {
        std::fs::remove_file(file.unwrap().path()).unwrap();
    }
    let body = history.reader().get(id(1)).unwrap().unwrap().request_body;
    assert!(body.kept.is_empty() && body.is_truncated());
}

/// The change comes at any time of the search: once in a while between a row and its record.
#[test]
fn a_filter_finds_what_is_written_again_while_it_looks() {
    let history = History::new();
    filled(&history.writer(), 0..300);
    let reader = history.reader();
    let filter = "body:\"<secret of 0>\"".parse().unwrap();
    let now = Timestamp::from_micros(START);
    let mut connection = schema::open(&history.place).unwrap();
    let bodies = history.place.bodies();
    let mut log = log::Log::default();
    for round in 0..100 {
        let again = || {
            let mut batch = pack::Batch::default();
            batch.put(exchange(0, body(0)).into()).unwrap();
            insert::batch(&mut connection, &bodies, &mut log, &batch).unwrap();
        };
        std::thread::scope(|scope| {
            scope.spawn(again);
            let found = reader.matching(&filter, now, Cursor::Newest, 10).unwrap();
            assert_eq!(numbers(&found), [0], "in round {round}");
        });
    }
    assert_eq!(logs(&history).len(), 1);
}
