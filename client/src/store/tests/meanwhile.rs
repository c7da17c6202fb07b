//! What one process changes while another reads it.

use super::logs::{body, filled, logs};
use super::*;
use crate::store::{log::Spot, whole};

/// Reads exchange 1, which `change` happens to between its row and its record.
fn read_while(change: impl Fn(&Writer)) -> Result<Option<Exchange>, StoreError> {
    let history = History::new();
    filled(&history.writer(), 0..3);
    let writer = history.writer();
    let (connection, bodies) = (
        schema::open(&history.place).unwrap(),
        history.place.bodies(),
    );
    let changed = std::cell::Cell::new(false);
    let from_log = |spot: &Spot| {
        if !changed.replace(true) {
            change(&writer);
            writer.settle().unwrap();
        }
        spot.read(&bodies)
    };
    whole::get_by(&connection, &bodies, id(1), &from_log)
}

#[test]
fn what_is_deleted_while_it_is_read_is_gone_and_not_damaged() {
    let one = read_while(|writer| writer.delete(vec![id(1)]));
    assert_eq!(one.unwrap(), None);
    let log = read_while(|writer| writer.delete(vec![id(0), id(1), id(2)]));
    assert_eq!(log.unwrap(), None);
}

#[test]
fn what_is_marked_while_it_is_read_is_read_from_where_it_went() {
    let found = read_while(|writer| {
        writer.mark(vec![id(1)], true);
        writer.delete(vec![id(0), id(2)]);
    });
    assert_eq!(found.unwrap(), Some(exchange(1, body(1))));
}

#[test]
fn what_is_written_again_while_it_is_read_is_read_as_it_is_now() {
    let found = read_while(|writer| {
        assert!(writer.put(exchange(1, "again").into()));
        writer.delete(vec![id(0)]);
    });
    assert_eq!(found.unwrap(), Some(exchange(1, "again")));
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
