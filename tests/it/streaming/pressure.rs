//! Whoever does not read stops whoever writes, all the way, and nothing in between grows.

use std::time::Duration;

use hookreel_tests::wire::chunk;
use hookreel_tests::world::{get, otter};

/// More than all windows and buffers on the way hold together.
const TOO_MUCH: usize = 40 * 1024 * 1024;
const PART: usize = 1024 * 1024;
/// Loopback that takes nothing for this long takes nothing more.
const STILL: Duration = Duration::from_millis(700);

#[tokio::test]
async fn an_origin_that_does_not_read_stops_the_sender() {
    let (world, origin, _client) = otter().await;
    let mut sender = world.sender().await;
    let total = 2 * TOO_MUCH;
    sender
        .write(format!(
            "POST / HTTP/1.1\r\nHost: otter.hooks.test\r\nContent-Length: {total}\r\n\r\n"
        ))
        .await;
    let (mut wire, _) = origin.head().await;
    let part = vec![7; PART];
    let mut sent = 0;
    loop {
        let taken = sender.push(&part, STILL).await;
        sent += taken;
        if taken < PART {
            break;
        }
        assert!(sent < TOO_MUCH, "{sent} bytes were taken that nobody reads");
    }
    // Once it reads, all of it flows.
    let reading = async {
        wire.skip(total).await;
        wire.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone")
            .await;
    };
    let writing = async {
        while sent < total {
            let size = PART.min(total - sent);
            sender.write(&part[..size]).await;
            sent += size;
        }
        sender.answer().await
    };
    let (answer, ()) = tokio::join!(writing, reading);
    assert_eq!(answer.text(), "done");
    world.end().await;
}

#[tokio::test]
async fn a_sender_that_does_not_read_stops_the_origin() {
    let (world, origin, _client) = otter().await;
    let mut sender = world.sender().await;
    sender.write(get("otter", "/")).await;
    let (mut wire, _) = origin.request().await;
    let total = 2 * TOO_MUCH;
    wire.write(format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {total}\r\n\r\n"
    ))
    .await;
    let part = vec![7; PART];
    let mut sent = 0;
    loop {
        let taken = wire.push(&part, STILL).await;
        sent += taken;
        if taken < PART {
            break;
        }
        assert!(sent < TOO_MUCH, "{sent} bytes were taken that nobody reads");
    }
    let writing = async {
        while sent < total {
            let size = PART.min(total - sent);
            wire.write(&part[..size]).await;
            sent += size;
        }
    };
    let reading = async {
        assert_eq!(sender.head().await.content_length(), Some(total));
        sender.skip(total).await;
    };
    tokio::join!(writing, reading);
    world.end().await;
}

#[tokio::test]
async fn a_body_that_nobody_reads_does_not_hold_up_other_requests() {
    let (world, origin, _client) = otter().await;
    let mut stuck = world.sender().await;
    stuck.write(get("otter", "/stuck")).await;
    let (mut wire, _) = origin.request().await;
    wire.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        .await;
    let part = chunk(vec![1; PART]);
    while wire.push(&part, STILL).await == part.len() {}

    let mut origin = origin.answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nquick");
    for _ in 0..20 {
        assert_eq!(world.get("otter").await.text(), "quick");
        origin.next_request().await;
    }
    drop(stuck);
    wire.gone().await;
    world.end().await;
}
