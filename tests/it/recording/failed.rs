//! What failed half-way is kept, with why.

use std::time::{Duration, Instant};

use hookreel_shared::model::{Exchange, FailureKind, Stage};
use hookreel_tests::world::{get, post};
use hookreel_tests::{Origin, World};

use super::recorded;

fn kind(exchange: &Exchange) -> Option<FailureKind> {
    exchange.failure().map(|failure| failure.kind)
}

#[tokio::test]
async fn a_refused_request_is_kept_whole_so_that_it_can_be_sent_again() {
    let (world, origin, client) = recorded().await;
    let url = format!("http://{}", origin.addr);
    drop(origin);
    for (count, body) in ["{\"a\":1}".to_owned(), "x".repeat(300_000)]
        .iter()
        .enumerate()
    {
        let start = Instant::now();
        let answer = world.ask(post("otter", "/hooks", body)).await;
        assert_eq!(answer.outcome(), "502 HR-5021");
        assert!(
            start.elapsed() < Duration::from_millis(900),
            "{:?}",
            start.elapsed()
        );
        let exchange = client.recorded(count + 1).await;
        assert_eq!(kind(&exchange), Some(FailureKind::OriginRefused));
        assert_eq!(exchange.request_body.kept, body.as_bytes());
        assert!(!exchange.request_body.cut);
        assert_eq!((exchange.response.as_ref(), exchange.sent_at), (None, None));
        assert_eq!(exchange.origin.as_deref(), Some(&url[..]));
    }
    world.end().await;
}

#[tokio::test]
async fn a_refused_request_whose_sender_waits_to_be_asked_is_not_waited_for() {
    let (world, origin, client) = recorded().await;
    drop(origin);
    let start = Instant::now();
    let asking = "POST / HTTP/1.1\r\nHost: otter.hooks.test\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
    assert_eq!(world.ask(asking).await.outcome(), "502 HR-5021");
    assert!(
        start.elapsed() < Duration::from_millis(500),
        "{:?}",
        start.elapsed()
    );
    let exchange = client.recorded(1).await;
    assert_eq!(exchange.request_body.size, 0);
    assert!(exchange.request_body.cut);
    world.end().await;
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_kept_as_far_as_it_came() {
    let (world, origin, client) = recorded().await;
    let mut sender = world.sender().await;
    sender.write(post("otter", "/", "body")).await;
    let (mut wire, _) = origin.request().await;
    wire.write("HTTP/1.1 200 OK\r\nX-Case: 1\r\nContent-Length: 10\r\n\r\nhalf")
        .await;
    sender.head().await;
    sender.read(4).await;
    drop(wire);
    let exchange = client.recorded(1).await;
    assert_eq!(kind(&exchange), Some(FailureKind::OriginAborted));
    assert_eq!(
        exchange.response.as_ref().map(|head| head.status),
        Some(200)
    );
    let (up, down) = (&exchange.request_body, &exchange.response_body);
    assert_eq!((&up.kept[..], &down.kept[..]), (&b"body"[..], &b"half"[..]));
    assert_eq!((up.cut, down.cut), (false, true));
    world.end().await;
}

const UPLOAD: &str =
    "POST / HTTP/1.1\r\nHost: otter.hooks.test\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n";

#[tokio::test]
async fn an_upload_that_breaks_off_is_marked_as_cut() {
    let (world, origin, client) = recorded().await;
    let mut sender = world.sender().await;
    sender.write(UPLOAD).await;
    let (mut wire, _) = origin.head().await;
    assert_eq!(wire.chunk().await, b"half");
    drop(sender);
    let exchange = client.recorded(1).await;
    let body = &exchange.request_body;
    assert_eq!((&body.kept[..], body.cut), (&b"half"[..], true));
    world.end().await;
}

#[tokio::test]
async fn an_upload_that_ends_is_whole_with_a_length_or_in_chunks() {
    let (world, origin, client) = recorded().await;
    let chunked = format!("{UPLOAD}0\r\n\r\n");
    let bodiless = get("otter", "/");
    let requests = [post("otter", "/", "half"), chunked, bodiless];
    for (count, request) in requests.iter().enumerate() {
        let mut sender = world.sender().await;
        sender.write(request.as_bytes()).await;
        let (mut wire, _) = origin.request().await;
        wire.write("HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")
            .await;
        sender.answer().await;
        let exchange = client.recorded(count + 1).await;
        let (up, down) = (&exchange.request_body, &exchange.response_body);
        assert_eq!((up.cut, down.cut), (false, false), "{exchange:?}");
    }
    world.end().await;
}

#[tokio::test]
async fn an_upload_that_is_slower_than_the_bad_news_is_marked_as_cut() {
    let (world, origin, client) = recorded().await;
    drop(origin);
    let mut sender = world.sender().await;
    sender.write(UPLOAD).await;
    assert_eq!(sender.answer().await.outcome(), "502 HR-5021");
    let exchange = client.recorded(1).await;
    assert_eq!(kind(&exchange), Some(FailureKind::OriginRefused));
    let body = &exchange.request_body;
    assert_eq!((&body.kept[..], body.cut), (&b"half"[..], true));
    world.end().await;
}

#[tokio::test]
async fn an_upload_that_the_origin_answers_unread_is_marked_as_cut() {
    let (world, origin, client) = recorded().await;
    let mut sender = world.sender().await;
    sender.write(UPLOAD).await;
    let (mut wire, _) = origin.head().await;
    wire.write("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        .await;
    drop(wire);
    assert_eq!(sender.answer().await.status(), 413);
    drop(sender);
    let exchange = client.recorded(1).await;
    assert!(exchange.request_body.cut, "{exchange:?}");
    world.end().await;
}

#[tokio::test]
async fn a_sender_that_hangs_up_is_kept_with_what_it_sent() {
    let (world, origin, client) = recorded().await;
    let mut sender = world.sender().await;
    sender.write(post("otter", "/slow", "{}")).await;
    let (_wire, _) = origin.request().await;
    drop(sender);
    let exchange = client.recorded(1).await;
    assert_eq!(kind(&exchange), Some(FailureKind::SenderGone));
    assert_eq!(exchange.request_body.kept, "{}");
    assert!(!exchange.request_body.cut, "all of it came");
    assert!(exchange.response.is_none() && exchange.sent_at.is_some());
    world.end().await;
}

#[tokio::test]
async fn an_exchange_cut_off_by_our_own_end_is_kept() {
    let (world, origin) = (World::new(), Origin::start().await);
    let plan = world.plan(origin.addr).named("otter").recorded();
    let client = plan.drain(Duration::from_millis(50)).start().await;
    let mut sender = world.sender().await;
    sender.write(get("otter", "/slow")).await;
    let (_wire, _) = origin.request().await;
    client.stop();
    sender.answer().await;
    let exchange = client.recorded(1).await;
    assert!(
        matches!(exchange.stage, Stage::Failed(_)),
        "{:?}",
        exchange.stage
    );
    world.end().await;
}
