//! Request and answer do not wait for each other.

use std::time::{Duration, Instant};

use hookreel_tests::origin::Origin;
use hookreel_tests::wire::{chunk, ok};
use hookreel_tests::world::{World, get, otter, post};

const CHUNKED_POST: &str =
    "POST / HTTP/1.1\r\nHost: otter.hooks.test\r\nTransfer-Encoding: chunked\r\n\r\n";
const CHUNKED_OK: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

#[tokio::test]
async fn each_event_of_a_stream_arrives_while_the_stream_goes_on() {
    let (world, origin, _client) = otter().await;
    let mut sender = world.sender().await;
    sender.write(get("otter", "/events")).await;
    let (mut wire, _) = origin.request().await;
    wire.write(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n",
    )
    .await;
    assert_eq!(
        sender.head().await.status(),
        200,
        "the head comes before any event"
    );
    for number in 0..5 {
        let event = format!("data: {number}\n\n");
        let start = Instant::now();
        wire.write(chunk(&event)).await;
        assert_eq!(sender.chunk().await, event.as_bytes());
        assert!(
            start.elapsed() < Duration::from_millis(250),
            "{:?}",
            start.elapsed()
        );
    }
    wire.write("0\r\n\r\n").await;
    assert_eq!(sender.chunk().await, b"");
    world.end().await;
}

#[tokio::test]
async fn the_first_byte_of_an_answer_with_a_length_does_not_wait_for_the_rest() {
    let (world, origin, _client) = otter().await;
    let mut sender = world.sender().await;
    sender.write(get("otter", "/")).await;
    let (mut wire, _) = origin.request().await;
    wire.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n1")
        .await;
    assert_eq!(sender.head().await.content_length(), Some(10));
    assert_eq!(sender.read(1).await, b"1");
    wire.write("234567890").await;
    assert_eq!(sender.read(9).await, b"234567890");
    world.end().await;
}

#[tokio::test]
async fn the_first_byte_of_a_request_does_not_wait_for_the_rest() {
    let (world, origin, _client) = otter().await;
    for length in [true, false] {
        let mut sender = world.sender().await;
        if length {
            sender
                .write("POST / HTTP/1.1\r\nHost: otter.hooks.test\r\nContent-Length: 6\r\n\r\nabc")
                .await;
        } else {
            sender
                .write([CHUNKED_POST.as_bytes(), &chunk("abc")].concat())
                .await;
        }
        let (mut wire, head) = origin.head().await;
        let first = if length {
            wire.read(3).await
        } else {
            wire.chunk().await
        };
        assert_eq!(first, b"abc");
        sender
            .write(if length {
                b"def".to_vec()
            } else {
                [chunk("def"), b"0\r\n\r\n".to_vec()].concat()
            })
            .await;
        if length {
            assert_eq!(wire.read(3).await, b"def");
        } else {
            assert_eq!(wire.body_of(head).await.body, b"def");
        }
        wire.write("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
            .await;
        assert_eq!(sender.answer().await.status(), 200);
    }
    world.end().await;
}

#[tokio::test]
async fn an_answer_may_begin_and_end_before_the_request_does() {
    let (world, origin, _client) = otter().await;
    let mut sender = world.sender().await;
    sender
        .write("POST /big HTTP/1.1\r\nHost: otter.hooks.test\r\nContent-Length: 100000000\r\n\r\n")
        .await;
    sender.write(vec![0; 100_000]).await;
    let (mut wire, _) = origin.head().await;
    wire.write(
        "HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 7\r\n\r\ntoo big",
    )
    .await;
    let answer = sender.answer().await;
    assert_eq!((answer.status(), answer.text().as_str()), (413, "too big"));
    drop(wire);
    // Nothing is left behind: the tunnel goes on.
    let (mut next, origin) = (world.sender().await, origin);
    next.write(get("otter", "/")).await;
    let (mut wire, _) = origin.request().await;
    wire.write(ok("fine")).await;
    assert_eq!(next.answer().await.text(), "fine");
    world.end().await;
}

#[tokio::test]
async fn an_early_answer_arrives_although_the_origin_resets_at_once() {
    let (world, origin, mut client) = otter().await;
    let mut sender = world.sender().await;
    sender
        .write("POST /big HTTP/1.1\r\nHost: otter.hooks.test\r\nContent-Length: 100000000\r\n\r\n")
        .await;
    let (mut wire, _) = origin.head().await;
    wire.write("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno")
        .await;
    let answer = sender.answer().await;
    assert_eq!((answer.status(), answer.text().as_str()), (401, "no"));
    wire.reset();
    let _ = sender.try_write(vec![0; 1_000_000]).await;
    drop(sender);
    assert_eq!(client.exchange().await, "401");
    world.end().await;
}

#[tokio::test]
async fn an_answer_may_begin_before_the_request_ends_and_both_go_on() {
    let (world, origin, _client) = otter().await;
    let mut sender = world.sender().await;
    sender.write(CHUNKED_POST).await;
    let (mut wire, _) = origin.head().await;
    wire.write(CHUNKED_OK).await;
    assert_eq!(sender.head().await.status(), 200);
    for number in 0..10 {
        let (up, down) = (format!("up {number}"), format!("down {number}"));
        sender.write(chunk(&up)).await;
        assert_eq!(wire.chunk().await, up.as_bytes());
        wire.write(chunk(&down)).await;
        assert_eq!(sender.chunk().await, down.as_bytes());
    }
    sender.write("0\r\n\r\n").await;
    assert_eq!(wire.chunk().await, b"");
    wire.write("0\r\n\r\n").await;
    assert_eq!(sender.chunk().await, b"");
    world.end().await;
}

#[tokio::test]
async fn an_answer_may_end_after_the_request_went_on_beyond_its_head() {
    let (world, origin, _client) = otter().await;
    let mut sender = world.sender().await;
    sender
        .write("POST / HTTP/1.1\r\nHost: otter.hooks.test\r\nContent-Length: 6\r\n\r\n")
        .await;
    let (mut wire, _) = origin.head().await;
    wire.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab")
        .await;
    assert_eq!(
        (sender.head().await.status(), sender.read(2).await),
        (200, b"ab".to_vec())
    );
    sender.write("abcdef").await;
    assert_eq!(wire.read(6).await, b"abcdef");
    wire.write("cd").await;
    assert_eq!(sender.read(2).await, b"cd");
    // Request and answer are whole, so both connections go on.
    sender.write(post("otter", "/next", "x")).await;
    assert_eq!(wire.request().await.target(), "/next");
    wire.write(ok("next")).await;
    assert_eq!(sender.answer().await.text(), "next");
    world.end().await;
}

#[tokio::test]
async fn a_stream_may_be_silent_for_longer_than_an_idle_connection_is_kept() {
    let idle = Duration::from_millis(150);
    let (world, origin) = (
        World::with(|config| (config.limits.idle, config.limits.head_within) = (idle, idle)),
        Origin::start().await,
    );
    let _client = world.client("otter", origin.addr).await;
    let mut sender = world.sender().await;
    sender.write(get("otter", "/events")).await;
    let (mut wire, _) = origin.request().await;
    wire.write(CHUNKED_OK).await;
    assert_eq!(sender.head().await.status(), 200);
    // Two idle connections that come and go one after the other are the clock here.
    for _ in 0..2 {
        let (rest, _) = world.sender().await.rest().await;
        assert_eq!(rest, b"", "an idle connection is closed without a word");
    }
    wire.write(chunk("late")).await;
    assert_eq!(sender.chunk().await, b"late");
    wire.write("0\r\n\r\n").await;
    assert_eq!(sender.chunk().await, b"");
    // With its answer over, this connection is idle too.
    let (rest, _) = sender.rest().await;
    assert_eq!(rest.trim_ascii(), b"");
    world.end().await;
}

#[tokio::test]
async fn a_chunked_body_that_stands_still_is_given_up() {
    let idle = Duration::from_millis(150);
    let (world, origin) = (
        World::with(|config| config.limits.idle = idle),
        Origin::start().await,
    );
    let _client = world.client("otter", origin.addr).await;
    let mut sender = world.sender().await;
    sender.write(CHUNKED_POST).await;
    sender.write(chunk("some")).await;
    let (mut wire, _) = origin.head().await;
    assert_eq!(wire.chunk().await, b"some");
    let (rest, _) = wire.rest().await;
    assert!(!rest.ends_with(b"0\r\n\r\n"), "never a clean end");
    world.end().await;
}
