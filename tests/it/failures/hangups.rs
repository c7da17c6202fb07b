//! Somebody goes away in the middle.

use std::time::{Duration, Instant};

use hookreel_tests::wire::{End, chunk};
use hookreel_tests::world::{get, otter, post};
use hookreel_tests::{Bulk, World, until, within};

/// The promise is 100 ms; the rest is for a busy machine.
const SOON: Duration = Duration::from_millis(250);
const CHUNKED_OK: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

#[tokio::test]
async fn a_sender_that_hangs_up_while_it_waits_frees_the_origin_at_once() {
    let (world, origin, mut client) = otter().await;
    for reset in [false, true] {
        let mut sender = world.sender().await;
        sender.write(post("otter", "/slow", "body")).await;
        let (mut wire, _) = origin.request().await;
        let start = Instant::now();
        if reset {
            sender.reset();
        } else {
            drop(sender);
        }
        wire.gone().await;
        assert!(
            start.elapsed() < SOON,
            "reset: {reset}, {:?}",
            start.elapsed()
        );
        assert_eq!(client.exchange().await, "the sender hung up");
    }
    world.end().await;
}

#[tokio::test]
async fn a_sender_that_hangs_up_in_the_middle_of_a_stream_frees_the_origin_at_once() {
    let (world, origin, mut client) = otter().await;
    let mut sender = world.sender().await;
    sender.write(get("otter", "/events")).await;
    let (mut wire, _) = origin.request().await;
    wire.write([CHUNKED_OK.as_bytes(), &chunk("data: 1\n\n")].concat())
        .await;
    sender.head().await;
    assert_eq!(sender.chunk().await, b"data: 1\n\n");
    let start = Instant::now();
    drop(sender);
    wire.gone().await;
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
    assert_eq!(client.exchange().await, "the sender hung up");
    world.end().await;
}

#[tokio::test]
async fn a_sender_that_hangs_up_in_the_middle_of_its_request_breaks_it_off() {
    let (world, origin, mut client) = otter().await;
    for chunked in [false, true] {
        let mut sender = world.sender().await;
        let framing = if chunked {
            "Transfer-Encoding: chunked"
        } else {
            "Content-Length: 100"
        };
        sender
            .write(format!(
                "POST / HTTP/1.1\r\nHost: otter.hooks.test\r\n{framing}\r\n\r\n5\r\nabcde\r\n"
            ))
            .await;
        let (mut wire, _) = origin.head().await;
        wire.read(5).await;
        let start = Instant::now();
        drop(sender);
        let (rest, _) = wire.rest().await;
        assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
        assert!(
            !rest.ends_with(b"0\r\n\r\n"),
            "a part must not pass for the whole"
        );
        assert_eq!(client.exchange().await, "the sender hung up");
    }
    world.end().await;
}

#[tokio::test]
async fn an_http2_sender_that_gives_a_stream_up_frees_the_origin_at_once() {
    let (world, bulk) = (World::with_tls(), Bulk::start().await);
    let mut client = world.client("otter", bulk.addr).await;
    let (addr, pin) = (world.relay().https(), world.relay().addresses.pin);
    let mut sender = hookreel_tests::http::http2(addr, "otter.hooks.test", pin).await;
    let request = || {
        http::Request::get("https://otter.hooks.test/held")
            .body(hookreel_tests::http::empty())
            .unwrap()
    };
    let waiting = tokio::spawn(sender.send_request(request()));
    until("the request is held", || bulk.held() == 1).await;
    let start = Instant::now();
    waiting.abort();
    until("the request is given up", || bulk.held() == 0).await;
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
    assert_eq!(client.exchange().await, "the sender hung up");
    bulk.release(1);
    let answer = within("an answer", sender.send_request(request()))
        .await
        .unwrap();
    assert_eq!(answer.status(), 200, "the connection goes on");
    world.end().await;
}

#[tokio::test]
async fn an_http2_sender_that_leaves_its_answer_unread_does_not_keep_its_place() {
    let world = World::with(|config| {
        config.https = config.http;
        config.tls = hookreel_relay::config::Tls::SelfSigned;
        config.limits.requests_per_tunnel = 1;
        config.limits.idle = Duration::from_millis(200);
    });
    let bulk = Bulk::start().await;
    let mut client = world.client("otter", bulk.addr).await;
    let (addr, pin) = (world.relay().https(), world.relay().addresses.pin);
    let mut sender = hookreel_tests::http::http2(addr, "otter.hooks.test", pin).await;
    let mut ask = |target: &str| {
        let request = http::Request::get(format!("https://otter.hooks.test{target}"));
        sender.send_request(request.body(hookreel_tests::http::empty()).unwrap())
    };
    let unread = within("an answer", ask("/made/80000000")).await.unwrap();
    assert_eq!(unread.status(), 200);
    assert_eq!(client.exchange().await, "the sender hung up");
    let next = within("an answer", ask("/made/1")).await.unwrap();
    assert_eq!(next.status(), 200, "its place is free");
    drop(unread);
    world.end().await;
}

#[tokio::test]
async fn an_answer_that_breaks_off_never_ends_cleanly() {
    let (world, origin, mut client) = otter().await;
    for (head, part) in [
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n",
            b"half".to_vec(),
        ),
        (CHUNKED_OK, chunk("half")),
    ] {
        for reset in [false, true] {
            let mut sender = world.sender().await;
            sender.write(get("otter", "/")).await;
            let (mut wire, _) = origin.request().await;
            wire.write([head.as_bytes(), &part].concat()).await;
            assert_eq!(sender.head().await.status(), 200);
            sender.read(part.len()).await;
            let start = Instant::now();
            if reset {
                wire.reset();
            } else {
                drop(wire);
            }
            let (rest, _) = sender.rest().await;
            assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
            assert!(
                !rest.ends_with(b"0\r\n\r\n"),
                "{:?}",
                String::from_utf8_lossy(&rest)
            );
            assert_eq!(client.exchange().await, "the origin broke off its answer");
        }
    }
    world.end().await;
}

#[tokio::test]
async fn a_sender_of_http_1_0_learns_of_a_broken_answer_by_a_reset() {
    let (world, origin, _client) = otter().await;
    let mut sender = world.sender().await;
    sender
        .write("GET / HTTP/1.0\r\nHost: otter.hooks.test\r\n\r\n")
        .await;
    let (mut wire, _) = origin.request().await;
    wire.write([CHUNKED_OK.as_bytes(), &chunk("half")].concat())
        .await;
    sender.head().await;
    assert_eq!(sender.read(4).await, b"half");
    drop(wire);
    assert_eq!(
        sender.rest().await,
        (Vec::new(), End::Reset),
        "a close would be a clean end"
    );
    world.end().await;
}

#[tokio::test]
async fn an_http2_sender_learns_of_a_broken_answer_by_an_error() {
    let (world, origin) = (World::with_tls(), hookreel_tests::Origin::start().await);
    let _client = world.client("otter", origin.addr).await;
    let (addr, pin) = (world.relay().https(), world.relay().addresses.pin);
    let mut sender = hookreel_tests::http::http2(addr, "otter.hooks.test", pin).await;
    let request = http::Request::get("https://otter.hooks.test/")
        .body(hookreel_tests::http::empty())
        .unwrap();
    let asking = tokio::spawn(sender.send_request(request));
    let (mut wire, _) = origin.request().await;
    wire.write([CHUNKED_OK.as_bytes(), &chunk("half")].concat())
        .await;
    let answer = asking.await.unwrap().unwrap();
    drop(wire);
    let hashed = within("the end", hookreel_tests::http::hash(answer.into_body())).await;
    assert!(hashed.is_err(), "{hashed:?}");
    world.end().await;
}

#[tokio::test]
async fn a_client_that_dies_breaks_off_the_answers_under_way() {
    let (world, origin) = (World::new(), hookreel_tests::Origin::start().await);
    let client = world
        .plan(origin.addr)
        .named("otter")
        .drain(Duration::ZERO)
        .start()
        .await;
    let (mut waiting, mut reading) = (world.sender().await, world.sender().await);
    waiting.write(get("otter", "/waiting")).await;
    let (_first, _) = origin.request().await;
    reading.write(get("otter", "/reading")).await;
    let (mut second, _) = origin.request().await;
    second
        .write([CHUNKED_OK.as_bytes(), &chunk("half")].concat())
        .await;
    reading.head().await;
    reading.chunk().await;
    client.end().await;
    let start = Instant::now();
    let answer = waiting.answer().await;
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
    assert_eq!(answer.status(), 503, "{}", answer.outcome());
    assert!(!reading.rest().await.0.ends_with(b"0\r\n\r\n"));
    world.end().await;
}

#[tokio::test]
async fn an_origin_that_reads_nothing_is_left_as_soon_as_the_sender_is_gone() {
    let (world, origin, mut client) = otter().await;
    let mut sender = world.sender().await;
    let length = 64 * 1024 * 1024;
    sender
        .write(format!(
            "POST / HTTP/1.1\r\nHost: otter.hooks.test\r\nContent-Length: {length}\r\n\r\n"
        ))
        .await;
    let pushed = sender
        .push(&vec![b'x'; length], Duration::from_millis(200))
        .await;
    assert!(pushed < length, "somebody has to stand still");
    let (mut wire, _) = origin.head().await;
    wire.write([CHUNKED_OK.as_bytes(), &chunk("early")].concat())
        .await;
    sender.head().await;
    sender.reset();
    // What the origin goes on writing shows that nobody is there.
    until_gone(&mut wire).await;
    assert_eq!(client.exchange().await, "the sender hung up");
    world.end().await;
}

async fn until_gone(wire: &mut hookreel_tests::wire::Wire) {
    let part = chunk(vec![b'y'; 16 * 1024]);
    while wire.try_write(&part).await.is_ok() {}
}
