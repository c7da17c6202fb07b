//! Rows of one batch, and of one after another.

use hookreel_shared::model::FailureKind;

use super::*;

#[test]
fn what_lists_keep_of_an_exchange_does_not_keep_its_bodies() {
    let history = History::new();
    let writer = history.writer();
    assert!(writer.put(exchange(1, "a body").into()));
    writer.flush();
    let whole = history.reader().get(id(1)).unwrap().unwrap();
    let summary = hookreel_shared::model::Summary::from(&whole);
    let body = whole.request_body.kept.clone();
    drop(whole);
    assert!(body.is_unique() && summary.target == "/hooks?n=1");
}

#[test]
fn a_row_has_its_own_values_whatever_the_one_before_it_has() {
    let history = History::new();
    let mut connection = schema::open(&history.place).unwrap();
    let mut log = log::Log::default();
    let known = |n| Entry {
        provider: Some("stripe".to_owned()),
        event: Some("charge.succeeded".to_owned()),
        delivery: Some(format!("evt_{n}")),
        verdict: Some("good".to_owned()),
        ..exchange(n, "known").into()
    };
    let failed = |n| {
        let mut failed = Exchange::new(Arc::new(request(n, &Bytes::new())));
        failed.replay_of = Some(id(0));
        failed.apply(Event::Failed {
            at: Timestamp::from_micros(START),
            failure: FailureKind::OriginAborted.into(),
        });
        failed
    };
    // Two batches: the second begins where nothing is bound.
    for first in [0, 4] {
        let mut batch = pack::Batch::default();
        batch.put(known(first)).unwrap();
        batch.put(exchange(first + 1, "plain").into()).unwrap();
        batch.put(failed(first + 2).into()).unwrap();
        batch
            .put(exchange(first + 3, vec![b'x'; 70_000]).into())
            .unwrap();
        insert::batch(&mut connection, &history.place.bodies(), &mut log, &batch).unwrap();
    }
    let reader = history.reader();
    for first in [0, 4] {
        let row = |n| reader.row(id(first + n)).unwrap().unwrap();
        let of = |n| {
            let summary = row(n).summary;
            (
                summary.provider,
                summary.event,
                summary.verdict,
                summary.replay_of,
                summary.status,
            )
        };
        let (plain, good) = ((None, None, None, None, Some(200)), Some("good".into()));
        assert_eq!(
            of(0),
            (
                Some("stripe".into()),
                Some("charge.succeeded".into()),
                good,
                None,
                Some(200)
            )
        );
        assert_eq!((of(1), of(3)), (plain.clone(), plain));
        assert_eq!(of(2), (None, None, None, Some(id(0)), None));
        assert_eq!(
            (row(0).delivery, row(1).delivery),
            (Some(format!("evt_{first}")), None)
        );
        assert!(row(2).summary.failure.is_some() && row(3).summary.failure.is_none());
        for n in [1, 3] {
            let whole = reader.get(id(first + n)).unwrap().unwrap();
            let body = if n == 1 {
                "plain".into()
            } else {
                vec![b'x'; 70_000]
            };
            assert_eq!(whole, exchange(first + n, body));
        }
    }
}
