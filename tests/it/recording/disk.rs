//! Recording waits for the disk; requests do not.

use std::time::{Duration, Instant};

use hookreel::record::Notice;
use hookreel::store::Cursor;
use hookreel_tests::http::{empty, http1};
use hookreel_tests::until::within_time;
use hookreel_tests::wire::ok;
use hookreel_tests::world::post;
use hookreel_tests::{Bulk, Origin, World, until};
use http::Request;
use http_body_util::BodyExt;
use tokio::task::JoinSet;

use super::recorded;

#[tokio::test]
async fn of_two_thousand_requests_at_once_all_are_recorded() {
    const COUNT: usize = 2_000;
    let (world, bulk) = (World::new(), Bulk::start().await);
    let client = world
        .plan(bulk.addr)
        .named("otter")
        .recorded()
        .start()
        .await;
    let mut asking = JoinSet::new();
    for number in 0..COUNT {
        let mut sender = http1(world.relay().http()).await;
        let request = Request::get(format!("/{number}")).header("host", "otter.hooks.test");
        let request = request.body(empty()).expect("a request");
        asking.spawn(async move {
            let answer = sender.send_request(request).await.expect("an answer");
            answer
                .into_body()
                .collect()
                .await
                .expect("its body")
                .to_bytes()
        });
    }
    while let Some(answer) = within_time(Duration::from_secs(60), "all", asking.join_next()).await {
        assert_eq!(answer.expect("no panic"), "ok");
    }
    client.recorded(COUNT).await;
    let rows = client.history().page(&[], Cursor::Newest, COUNT, |_| true);
    let mut targets: Vec<_> = rows
        .expect("a page")
        .into_iter()
        .map(|row| row.summary.target)
        .collect();
    targets.sort();
    targets.dedup();
    assert_eq!((targets.len(), client.recorder.unrecorded()), (COUNT, 0));
    world.end().await;
}

#[tokio::test]
async fn a_disk_that_stands_still_delays_no_request_and_loses_none() {
    const COUNT: usize = 50;
    let (world, origin, client) = recorded().await;
    let _answering = origin.answering(ok("ok"));
    // The writer cannot write while this holds the database.
    let other = rusqlite::Connection::open(world.dir().join("history/history.db"));
    let other = other.expect("the database");
    other.execute_batch("BEGIN IMMEDIATE").expect("its lock");
    let mut sender = world.sender().await;
    for _ in 0..COUNT {
        let start = Instant::now();
        sender.write(post("otter", "/", "body")).await;
        assert_eq!(sender.answer().await.text(), "ok");
        assert!(
            start.elapsed() < Duration::from_millis(250),
            "{:?}",
            start.elapsed()
        );
    }
    other.execute_batch("ROLLBACK").expect("it is let go");
    client.recorded(COUNT).await;
    assert_eq!(client.recorder.unrecorded(), 0);
    world.end().await;
}

#[tokio::test]
async fn what_the_disk_does_not_take_is_told_and_recording_resumes_by_itself() {
    let (world, origin, mut client) = recorded().await;
    let _answering = origin.answering(ok("ok"));
    // A body of this size goes into a folder that is not there. Head, size and hash are kept.
    let (bodies, away) = (world.dir().join("history/bodies"), world.dir().join("away"));
    std::fs::rename(&bodies, &away).expect("it can be moved");
    let large = post("otter", "/", &"x".repeat(300_000));
    for total in 1..=2 {
        assert_eq!(world.ask(&large).await.text(), "ok");
        let told = client
            .notice("what is not recorded", |notice| match notice {
                Notice::Unrecorded(told) => Some(*told),
                _ => None,
            })
            .await;
        assert_eq!(told, total);
    }
    let lost = client.recorded(2).await.request_body;
    assert_eq!((lost.kept.len(), lost.size), (0, 300_000));
    assert!(lost.sha256.is_some());
    std::fs::rename(&away, &bodies).expect("it can be moved");
    assert_eq!(world.ask(&large).await.text(), "ok");
    let exchange = client.recorded(3).await;
    assert_eq!(exchange.request_body.kept.len(), 300_000);
    assert_eq!(client.recorder.unrecorded(), 2);
    world.end().await;
}

#[tokio::test]
async fn two_clients_share_one_history() {
    let (world, origin) = (World::new(), Origin::start().await);
    let one = world
        .plan(origin.addr)
        .named("otter")
        .recorded()
        .start()
        .await;
    let two = world
        .plan(origin.addr)
        .named("heron")
        .recorded()
        .start()
        .await;
    let _answering = origin.answering(ok("ok"));
    for _ in 0..10 {
        for name in ["otter", "heron"] {
            assert_eq!(world.ask(post(name, "/", "body")).await.text(), "ok");
        }
    }
    one.recorded(20).await;
    two.recorded(20).await;
    let names = |name: &str| {
        let rows = two.history().page(&[], Cursor::Newest, 100, |row| {
            row.summary.name.as_str() == name
        });
        rows.expect("a page").len()
    };
    assert_eq!((names("otter"), names("heron")), (10, 10));
    until("both have nothing left", || {
        one.recorder.unrecorded() + two.recorder.unrecorded() == 0
    })
    .await;
    world.end().await;
}
