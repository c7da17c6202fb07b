//! Exchanges that take long are on disk before their end.

use std::time::Duration;

use hookreel::store::{Cursor, Reader};
use hookreel_shared::model::{Exchange, Stage};
use hookreel_tests::until;
use hookreel_tests::wire::chunk;
use hookreel_tests::world::{get, post};

use super::recorded;

/// Answered or not, it is on disk after this.
const STORED: Duration = Duration::from_millis(1000);

/// The only exchange there is, if there is one.
fn only(reader: &Reader) -> Option<Exchange> {
    let rows = reader
        .page(&[], Cursor::Newest, 2, |_| true)
        .expect("a page");
    assert!(rows.len() < 2, "it is there once");
    let row = rows.first()?;
    reader.get(row.summary.id).expect("it can be read")
}

#[tokio::test]
async fn a_stream_of_events_is_kept_while_it_runs_and_whole_at_its_end() {
    let (world, origin, client) = recorded().await;
    let mut sender = world.sender().await;
    sender.write(post("otter", "/events", "since=7")).await;
    let (mut wire, _) = origin.request().await;
    let head =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
    wire.write(head).await;
    wire.write(chunk("data: 1\n\n")).await;
    sender.head().await;
    assert_eq!(sender.chunk().await, b"data: 1\n\n");
    let reader = client.history();
    let took = until("it is there", || only(&reader).is_some()).await;
    assert!(took < STORED, "{took:?}");
    let running = only(&reader).expect("it is there");
    assert_eq!(running.stage, Stage::Answered);
    assert_eq!(running.request_body.kept, "since=7");
    assert_eq!(running.response_body.kept, "data: 1\n\n");
    assert_eq!(running.closed_at, None);
    wire.write([chunk("data: 2\n\n"), b"0\r\n\r\n".to_vec()].concat())
        .await;
    let ended = client.recorded(1).await;
    assert_eq!(ended.id(), running.id());
    assert_eq!(ended.stage, Stage::Done);
    assert_eq!(ended.response_body.kept, "data: 1\n\ndata: 2\n\n");
    world.end().await;
}

#[tokio::test]
async fn a_request_that_waits_for_its_answer_is_kept_meanwhile() {
    let (world, origin, client) = recorded().await;
    let mut sender = world.sender().await;
    sender.write(post("otter", "/slow", "body")).await;
    let (mut wire, _) = origin.request().await;
    let reader = client.history();
    until("it is there", || only(&reader).is_some()).await;
    let waiting = only(&reader).expect("it is there");
    assert_eq!(waiting.stage, Stage::Forwarding);
    assert_eq!(waiting.request_body.kept, "body");
    wire.write("HTTP/1.1 204 No Content\r\n\r\n").await;
    sender.answer().await;
    assert_eq!(client.recorded(1).await.stage, Stage::Done);
    world.end().await;
}

#[tokio::test]
async fn of_a_websocket_heads_and_byte_counts_are_kept() {
    let (world, origin, client) = recorded().await;
    let mut sender = world.sender().await;
    let asking = get("otter", "/socket").replace(
        "\r\n\r\n",
        "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    );
    sender.write(asking).await;
    let (mut wire, _) = origin.request().await;
    wire.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUPGRADE: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")
        .await;
    sender.head().await;
    sender.write("to the origin").await;
    assert_eq!(wire.read(13).await, b"to the origin");
    let reader = client.history();
    until("it is there while it runs", || only(&reader).is_some()).await;
    wire.write("and back").await;
    wire.finish().await;
    assert_eq!(sender.rest().await.0, b"and back");
    drop(sender);
    drop(wire);
    let exchange = client.recorded(1).await;
    let response = exchange.response.as_ref().expect("an answer");
    assert_eq!(response.status, 101);
    assert!(
        response
            .headers
            .iter()
            .any(|header| header.name == "UPGRADE")
    );
    let (up, down) = (&exchange.request_body, &exchange.response_body);
    assert_eq!((up.size, down.size), (13, 8));
    assert!(up.kept.is_empty() && down.kept.is_empty());
    world.end().await;
}
