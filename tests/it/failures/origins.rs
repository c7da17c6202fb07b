//! Origins that do not answer, or not as they should.

use std::future::pending;
use std::time::{Duration, Instant};

use hookreel_tests::world::{get, otter, post};
use hookreel_tests::{Origin, World};

/// From the moment the failure is known to its arrival at the sender.
const SOON: Duration = Duration::from_millis(250);

#[tokio::test]
async fn an_origin_that_refuses_connections_is_told_at_once() {
    let (world, origin) = (World::new(), Origin::start().await);
    let mut client = world.client("otter", origin.addr).await;
    drop(origin);
    let start = Instant::now();
    let answer = world.get("otter").await;
    assert_eq!(answer.outcome(), "502 HR-5021");
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
    assert_eq!(answer.get("retry-after").as_deref(), Some("5"));
    assert_eq!(client.exchange().await, "the origin refused the connection");
    world.end().await;
}

#[tokio::test]
async fn an_origin_that_closes_instead_of_an_answer_is_told_at_once() {
    let (world, origin, mut client) = otter().await;
    for part in ["", "HTTP/1.1 200 OK\r\nContent-Le"] {
        for reset in [false, true] {
            let mut sender = world.sender().await;
            sender.write(post("otter", "/", "body")).await;
            let (mut wire, _) = origin.request().await;
            wire.write(part).await;
            let start = Instant::now();
            if reset {
                wire.reset();
            } else {
                drop(wire);
            }
            assert_eq!(
                sender.answer().await.outcome(),
                "502 HR-5022",
                "{part:?}, reset: {reset}"
            );
            assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
            assert_eq!(
                client.exchange().await,
                "the origin closed the connection early"
            );
        }
    }
    world.end().await;
}

#[tokio::test]
async fn an_origin_that_closes_before_it_has_read_is_told_too() {
    let (world, origin, _client) = otter().await;
    let mut sender = world.sender().await;
    sender.write(post("otter", "/", &"x".repeat(200_000))).await;
    let mut wire = origin.connection().await;
    wire.read(1).await;
    wire.reset();
    assert_eq!(sender.answer().await.outcome(), "502 HR-5022");
    world.end().await;
}

#[tokio::test]
async fn an_origin_that_does_not_speak_http_is_told_at_once() {
    let (world, origin, mut client) = otter().await;
    let broken = [
        "SSH-2.0-OpenSSH_9.6\r\n",
        "hello there\r\n\r\n",
        "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nBad Name: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "\x16\x03\x01\x02\x00\x01\r\n\r\n",
    ];
    for text in broken {
        let mut sender = world.sender().await;
        sender.write(get("otter", "/")).await;
        let (mut wire, _) = origin.request().await;
        let start = Instant::now();
        wire.write(text).await;
        assert_eq!(sender.answer().await.outcome(), "502 HR-5023", "{text:?}");
        assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
        assert_eq!(
            client.exchange().await,
            "the origin's answer is not valid HTTP"
        );
    }
    world.end().await;
}

#[tokio::test]
async fn a_chunked_answer_with_a_broken_chunk_breaks_off() {
    let (world, origin, _client) = otter().await;
    let mut sender = world.sender().await;
    sender.write(get("otter", "/")).await;
    let (mut wire, _) = origin.request().await;
    wire.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n")
        .await;
    // Found out before anything went back, it is a plain failure; after, a broken body.
    match sender.head().await.status() {
        502 => {}
        status => {
            assert_eq!(status, 200);
            let (rest, _) = sender.rest().await;
            let text = String::from_utf8_lossy(&rest);
            assert!(!rest.ends_with(b"0\r\n\r\n"), "{text:?}");
        }
    }
    world.end().await;
}

#[tokio::test]
async fn an_origin_that_hangs_is_given_up_in_time() {
    let (world, origin) = (World::new(), Origin::start().await);
    let limit = Duration::from_millis(300);
    let mut client = world
        .plan(origin.addr)
        .named("otter")
        .answer_within(limit)
        .start()
        .await;
    let mut sender = world.sender().await;
    let start = Instant::now();
    sender.write(get("otter", "/")).await;
    let (mut wire, _) = origin.request().await;
    let answer = sender.answer().await;
    let waited = start.elapsed();
    assert_eq!(answer.outcome(), "504 HR-5041");
    assert!(waited >= limit && waited < limit + SOON, "{waited:?}");
    assert_eq!(client.exchange().await, "the origin did not answer in time");
    wire.gone().await;
    world.end().await;
}

#[tokio::test]
async fn an_origin_that_never_accepts_tls_is_given_up_too() {
    let (world, origin) = (World::new(), Origin::start().await);
    let plan = world
        .plan(origin.addr)
        .named("otter")
        .origin(&format!("https://{}", origin.addr));
    let mut client = plan.answer_within(Duration::from_millis(300)).start().await;
    let silent = tokio::spawn(async move {
        let _wire = origin.connection().await;
        pending::<()>().await;
    });
    let answer = world.get("otter").await;
    assert_eq!(answer.outcome(), "504 HR-5041");
    assert_eq!(client.exchange().await, "the origin did not answer in time");
    silent.abort();
    world.end().await;
}

#[tokio::test]
async fn an_upload_that_takes_longer_than_the_limit_is_not_an_origin_that_hangs() {
    let (world, origin) = (World::new(), Origin::start().await);
    let limit = Duration::from_millis(300);
    let _client = world
        .plan(origin.addr)
        .named("otter")
        .answer_within(limit)
        .start()
        .await;
    let mut sender = world.sender().await;
    sender
        .write("POST / HTTP/1.1\r\nHost: otter.hooks.test\r\nContent-Length: 20\r\n\r\n")
        .await;
    let (mut wire, _) = origin.head().await;
    let start = Instant::now();
    for _ in 0..10 {
        sender.write("ab").await;
        wire.read(2).await;
        assert!(sender.is_silent_for(limit / 4).await);
    }
    assert!(start.elapsed() > 2 * limit);
    wire.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone")
        .await;
    assert_eq!(sender.answer().await.text(), "done");
    world.end().await;
}
