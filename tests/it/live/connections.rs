//! Connections of senders: kept, closed, and with several requests on the way.

use hookreel_tests::wire::{End, chunk, ok};
use hookreel_tests::world::{get, otter, post};

#[tokio::test]
async fn one_connection_carries_request_after_request() {
    let (world, origin, _client) = otter().await;
    let mut origin = origin.answering(ok("again"));
    let mut sender = world.sender().await;
    for number in 0..5 {
        let target = format!("/{number}");
        sender.write(post("otter", &target, "body")).await;
        let seen = origin.next_request().await;
        assert_eq!((seen.target(), seen.text()), (target, "body".to_owned()));
        assert_eq!(sender.answer().await.text(), "again");
    }
    world.end().await;
}

#[tokio::test]
async fn three_requests_at_once_on_one_connection_are_answered_in_order() {
    let (world, origin, _client) = otter().await;
    let mut sender = world.sender().await;
    let all = [
        post("otter", "/1", "one"),
        get("otter", "/2"),
        post("otter", "/3", "three"),
    ]
    .concat();
    sender.write(all).await;
    let (mut wire, seen) = origin.request().await;
    let mut seen = Some(seen);
    for expected in ["/1", "/2", "/3"] {
        let request = match seen.take() {
            Some(request) => request,
            None => wire.request().await,
        };
        assert_eq!(request.target(), expected);
        wire.write(ok(expected)).await;
        assert_eq!(sender.answer().await.text(), expected);
    }
    world.end().await;
}

#[tokio::test]
async fn a_sender_that_asks_for_it_has_its_connection_closed() {
    let (world, origin, _client) = otter().await;
    let _origin = origin.answering(ok("bye"));
    let mut sender = world.sender().await;
    sender
        .write("GET / HTTP/1.1\r\nHost: otter.hooks.test\r\nConnection: close\r\n\r\n")
        .await;
    let answer = sender.answer().await;
    assert_eq!(
        (answer.text().as_str(), answer.get("connection").as_deref()),
        ("bye", Some("close"))
    );
    assert_eq!(sender.rest().await, (Vec::new(), End::Closed));
    world.end().await;
}

#[tokio::test]
async fn a_connection_after_a_chunked_request_ends_in_good_order() {
    let (world, origin, _client) = otter().await;
    let _origin = origin.answering(ok("whole"));
    let mut sender = world.sender().await;
    sender
        .write("POST / HTTP/1.1\r\nHost: otter.hooks.test\r\nTransfer-Encoding: chunked\r\n\r\n")
        .await;
    sender.write(chunk("abc")).await;
    sender.write("0\r\n\r\n").await;
    let answer = sender.answer().await;
    assert_eq!(answer.text(), "whole");
    // Where the next head would begin is the library's secret: closing is the safe way, and it is said.
    assert_eq!(answer.get("connection").as_deref(), Some("close"));
    assert_eq!(sender.rest().await.1, End::Closed);
    world.end().await;
}

#[tokio::test]
async fn a_request_in_single_bytes_is_one_request() {
    let (world, origin, _client) = otter().await;
    let mut origin = origin.answering(ok("slow"));
    let mut sender = world.sender().await;
    for byte in post("otter", "/drip", "drop").into_bytes() {
        sender.write([byte]).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(sender.answer().await.text(), "slow");
    assert_eq!(origin.next_request().await.text(), "drop");
    assert!(origin.is_drained());
    world.end().await;
}
