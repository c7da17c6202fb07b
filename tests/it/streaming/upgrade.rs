//! Connections that leave HTTP, such as WebSockets.

use hookreel_tests::wire::{End, ok};
use hookreel_tests::world::otter;

const ASKING: &str = "GET /socket HTTP/1.1\r\nHost: otter.hooks.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const SWITCHING: &str = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

#[tokio::test]
async fn after_an_upgrade_raw_bytes_pass_both_ways_until_each_side_ends() {
    let (world, origin, mut client) = otter().await;
    let mut sender = world.sender().await;
    sender.write(ASKING).await;
    let (mut wire, seen) = origin.request().await;
    assert_eq!(
        (
            seen.get("upgrade").as_deref(),
            seen.get("sec-websocket-version").as_deref()
        ),
        (Some("websocket"), Some("13"))
    );
    assert!(
        seen.get("connection")
            .unwrap()
            .eq_ignore_ascii_case("upgrade")
    );
    wire.write(SWITCHING).await;
    let answer = sender.head().await;
    assert_eq!(
        (answer.status(), answer.get("upgrade").as_deref()),
        (101, Some("websocket"))
    );
    assert_eq!(
        answer.get("sec-websocket-accept").as_deref(),
        Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    );

    let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    sender.write(&bytes).await;
    assert_eq!(wire.read(bytes.len()).await, bytes);
    wire.write(&bytes).await;
    assert_eq!(sender.read(bytes.len()).await, bytes);

    // One side ends, the other goes on.
    sender.finish().await;
    assert_eq!(wire.rest().await, (Vec::new(), End::Closed));
    wire.write("last words").await;
    wire.finish().await;
    assert_eq!(sender.rest().await, (b"last words".to_vec(), End::Closed));
    assert_eq!(client.exchange().await, "101");
    world.end().await;
}

#[tokio::test]
async fn an_origin_that_ends_an_upgraded_connection_ends_the_senders() {
    let (world, origin, mut client) = otter().await;
    let mut sender = world.sender().await;
    sender.write(ASKING).await;
    let (mut wire, _) = origin.request().await;
    wire.write([SWITCHING.as_bytes(), b"with the head"].concat())
        .await;
    sender.head().await;
    assert_eq!(sender.read(13).await, b"with the head");
    drop(wire);
    assert_eq!(sender.rest().await.0, b"");
    drop(sender);
    client.exchange().await;
    world.end().await;
}

#[tokio::test]
async fn a_sender_that_never_ends_an_upgraded_connection_does_not_keep_its_place() {
    let world = hookreel_tests::World::with(|config| {
        config.limits.requests_per_tunnel = 1;
        config.limits.idle = std::time::Duration::from_millis(300);
    });
    let origin = hookreel_tests::origin::Origin::start().await;
    let _client = world.client("otter", origin.addr).await;
    let mut sender = world.sender().await;
    sender.write(ASKING).await;
    let (mut wire, _) = origin.request().await;
    wire.write(SWITCHING).await;
    assert_eq!(sender.head().await.status(), 101);
    drop(wire);
    let _origin = origin.answering(ok("free"));
    let freed = async { while world.get("otter").await.status() != 200 {} };
    hookreel_tests::within("the place to be free", freed).await;
    drop(sender);
    world.end().await;
}

#[tokio::test]
async fn a_sender_that_drops_an_upgraded_connection_frees_the_origins() {
    let (world, origin, mut client) = otter().await;
    for reset in [false, true] {
        let mut sender = world.sender().await;
        sender.write(ASKING).await;
        let (mut wire, _) = origin.request().await;
        wire.write(SWITCHING).await;
        sender.head().await;
        if reset {
            sender.reset();
        } else {
            drop(sender);
        }
        wire.gone().await;
        drop(wire);
        client.exchange().await;
    }
    world.end().await;
}

#[tokio::test]
async fn a_refused_upgrade_is_an_ordinary_answer() {
    let (world, origin, _client) = otter().await;
    for (line, body) in [
        ("426 Upgrade Required", "use v13"),
        ("404 Not Found", ""),
        ("200 OK", "just a page"),
    ] {
        let mut sender = world.sender().await;
        sender.write(ASKING).await;
        let (mut wire, _) = origin.request().await;
        wire.write(format!(
            "HTTP/1.1 {line}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ))
        .await;
        let answer = sender.answer().await;
        assert_eq!(
            (answer.start(), answer.text().as_str()),
            (format!("HTTP/1.1 {line}"), body)
        );
    }
    world.end().await;
}

#[tokio::test]
async fn an_upgrade_nobody_asked_for_is_an_invalid_answer() {
    let (world, origin, _client) = otter().await;
    let mut sender = world.sender().await;
    sender.write(hookreel_tests::world::get("otter", "/")).await;
    let (mut wire, _) = origin.request().await;
    wire.write(SWITCHING).await;
    assert_eq!(sender.answer().await.outcome(), "502 HR-5023");
    world.end().await;
}

#[tokio::test]
async fn an_upgrade_with_a_body_or_to_http2_goes_on_as_a_plain_request() {
    let (world, origin, _client) = otter().await;
    let plain = [
        "POST / HTTP/1.1\r\nHost: otter.hooks.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\nhi",
        "GET / HTTP/1.1\r\nHost: otter.hooks.test\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
    ];
    for request in plain {
        let (seen, answer) =
            hookreel_tests::world::pass(&world, &origin, request, ok("plain")).await;
        assert_eq!(
            (
                seen.get("upgrade"),
                seen.get("http2-settings"),
                answer.text().as_str()
            ),
            (None, None, "plain")
        );
    }
    world.end().await;
}
