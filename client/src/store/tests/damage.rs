//! Rows and logs that are not what was written.

use std::fs;

use super::logs::{body, filled, has, logs};
use super::*;

#[test]
fn deleting_what_the_disk_lost_leaves_alone_what_was_written_there_since() {
    let history = History::new();
    filled(&history.writer(), 0..3);
    let log = logs(&history).remove(0);
    // After a loss of power: the rows are there, and what passed is not.
    fs::write(&log, "").unwrap();
    filled(&history.writer(), 3..6);
    let writer = history.writer();
    writer.delete(vec![id(0), id(1), id(2)]);
    writer.settle().unwrap();
    for n in 3..6 {
        let whole = history.reader().get(id(n)).unwrap();
        assert_eq!(whole, Some(exchange(n, body(n))));
    }
}

#[test]
fn numbers_that_were_never_written_harm_no_other_exchange() {
    let (low, high) = (i64::MIN.to_string(), i64::MAX.to_string());
    let damages = [
        format!("log_start = {low}"),
        format!("log_start = {high}"),
        "log_start = NULL".to_owned(),
        format!("log_len = {low}"),
        format!("log_len = {high}"),
        "log_len = NULL".to_owned(),
        "log_len = 0".to_owned(),
        format!("log_checksum = {low}"),
        format!("log_checksum = {high}"),
        "log_checksum = NULL".to_owned(),
        format!("log = {low}"),
        format!("log = {high}"),
        format!("log_start = {high}, log_len = {high}"),
        "log_start = 0".to_owned(),
    ];
    for damage in damages {
        let history = History::new();
        let writer = history.writer();
        filled(&writer, 0..3);
        schema::open(&history.place)
            .unwrap()
            .execute(
                &format!("UPDATE exchange SET {damage} WHERE id = ?1"),
                [id(1).uuid()],
            )
            .unwrap();
        let reader = history.reader();
        let error = reader.get(id(1)).unwrap_err();
        assert!(
            matches!(error, StoreError::Damaged { .. }),
            "{damage}: {error}"
        );
        let now = Timestamp::from_micros(START);
        for filter in ["secret", "body:secret", "!body:nothing"] {
            let filter = filter.parse().unwrap();
            let found = reader.matching(&filter, now, Cursor::Newest, 10).unwrap();
            assert_eq!(numbers(&found), [2, 0], "{damage}");
        }
        writer.mark(vec![id(1)], true);
        writer.settle().unwrap();
        writer.delete(vec![id(1)]);
        writer.settle().unwrap();
        filled(&writer, 3..4);
        until(|| reader.counts().unwrap().unindexed == 0);
        assert_eq!(all(&reader, &[]), [3, 2, 0], "{damage}");
        for n in [0, 2, 3] {
            let whole = reader.get(id(n)).unwrap();
            assert_eq!(whole, Some(exchange(n, body(n))), "{damage}");
        }
        assert!(has(&logs(&history)[0], 0));
    }
}
