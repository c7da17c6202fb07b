use super::*;

/// What is left of 300 exchanges once the counts are so.
fn kept(retention: Retention, marked: &[u64], done: fn(Counts) -> bool) -> Vec<u64> {
    let history = History::new();
    let writer = history.writer();
    (0..300).for_each(|n| assert!(writer.put(exchange(n, vec![b'x'; 1000]).into())));
    writer.mark(marked.iter().map(|n| id(*n)).collect(), true);
    drop(writer);
    let _writer = history.writer_keeping(retention);
    let reader = history.reader();
    until(|| done(reader.counts().unwrap()));
    all(&reader, &[])
}

#[test]
fn by_count_the_oldest_go_and_marked_ones_stay() {
    let retention = Retention {
        count: 10,
        ..Retention::default()
    };
    let left = kept(retention, &[3, 5], |counts| counts.all <= 10);
    assert_eq!(left, [299, 298, 297, 296, 295, 294, 293, 292, 5, 3]);
}

#[test]
fn by_age_what_is_too_old_goes_and_marked_ones_stay() {
    let retention = Retention {
        age: Duration::from_micros(1_000_000 - 297),
        ..Retention::default()
    };
    assert_eq!(
        kept(retention, &[3], |counts| counts.all <= 4),
        [299, 298, 297, 3]
    );
}

#[test]
fn by_size_the_oldest_go_until_the_rest_fits() {
    let retention = Retention {
        size: 20_000,
        ..Retention::default()
    };
    let left = kept(retention, &[], |counts| counts.bytes <= 20_000);
    assert!((8..16).contains(&left.len()), "{left:?}");
    assert_eq!(left[0], 299);
}

#[test]
fn files_that_no_row_names_are_swept_once_they_are_old() {
    let history = History::new();
    let writer = history.writer();
    writer.put(exchange(1, vec![b'x'; SPILL_ABOVE + 1]).into());
    drop(writer);
    let bodies = history.place.bodies();
    for name in [
        format!("{}-request", id(2)),
        format!("{}-request-1", id(1)),
        "x".to_owned(),
    ] {
        std::fs::write(bodies.join(name), "orphan").unwrap();
    }
    let connection = schema::open(&history.place).unwrap();
    let now = std::time::SystemTime::now();
    assert_eq!(blob::sweep(&connection, &bodies, now).unwrap(), 0);
    let later = now + Duration::from_secs(7200);
    assert_eq!(blob::sweep(&connection, &bodies, later).unwrap(), 3);
    let whole = history.reader().get(id(1)).unwrap().unwrap();
    assert!(!whole.request_body.is_truncated());
}

#[test]
fn the_total_is_that_of_the_rows_whatever_was_written_again_or_taken_away() {
    let history = History::new();
    let writer = history.writer();
    (0..40).for_each(|n| assert!(writer.put(exchange(n, vec![b'x'; 100]).into())));
    writer.flush();
    (10..20).for_each(|n| assert!(writer.put(exchange(n, vec![b'x'; SPILL_ABOVE + 9]).into())));
    writer.delete(vec![id(3), id(15), id(99)]);
    writer.flush();
    let counts = history.reader().counts().unwrap();
    let connection = schema::open(&history.place).unwrap();
    let total: (i64, i64) = connection
        .query_row("SELECT exchanges, stored FROM total", (), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    assert_eq!(counts.all, 38);
    assert_eq!(total, (38, i64::try_from(counts.bytes).unwrap()));
}

#[test]
fn once_there_is_time_what_was_written_goes_into_the_database_itself() {
    let history = History::new();
    let writer = history.writer();
    let database = || std::fs::metadata(history.place.database()).unwrap().len();
    let before = database();
    (0..4500).for_each(|n| assert!(writer.put(exchange(n, vec![b'x'; 400]).into())));
    // Rows of some hundred bytes; what passed is in a log.
    until(|| database() > before + 4500 * 100);
}
