//! What comes besides head and body: trailers, interim answers, and leave to go on.

use std::time::{Duration, Instant};

use hookreel_tests::wire::{chunk, ok};
use hookreel_tests::world::otter;

const EXPECTING: &str = "POST / HTTP/1.1\r\nHost: otter.hooks.test\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n";

#[tokio::test]
async fn trailers_of_a_request_reach_the_origin() {
    let (world, origin, _client) = otter().await;
    let mut sender = world.sender().await;
    let head = "POST / HTTP/1.1\r\nHost: otter.hooks.test\r\nTransfer-Encoding: chunked\r\nTrailer: X-Checksum, X-More\r\n\r\n";
    sender
        .write(
            [
                head.as_bytes(),
                &chunk("abc"),
                b"0\r\nX-Checksum: 900150\r\nX-More: m\r\n\r\n",
            ]
            .concat(),
        )
        .await;
    let (mut wire, seen) = origin.request().await;
    assert_eq!(
        (seen.text().as_str(), seen.get("trailer").as_deref()),
        ("abc", Some("X-Checksum, X-More"))
    );
    assert_eq!(seen.trailer("x-checksum").as_deref(), Some("900150"));
    assert_eq!(seen.trailer("x-more").as_deref(), Some("m"));
    wire.write(ok("")).await;
    assert_eq!(sender.answer().await.status(), 200);
    world.end().await;
}

#[tokio::test]
async fn trailers_of_an_answer_reach_a_sender_that_takes_them() {
    let (world, origin, _client) = otter().await;
    let mut sender = world.sender().await;
    sender
        .write("GET / HTTP/1.1\r\nHost: otter.hooks.test\r\nTE: trailers\r\nConnection: TE\r\n\r\n")
        .await;
    let (mut wire, seen) = origin.request().await;
    assert_eq!(seen.all("te"), ["trailers"]);
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n";
    wire.write([head.as_bytes(), &chunk("abc"), b"0\r\nX-Sum: 42\r\n\r\n"].concat())
        .await;
    let answer = sender.answer().await;
    assert_eq!(
        (answer.text().as_str(), answer.get("trailer").as_deref()),
        ("abc", Some("X-Sum"))
    );
    assert_eq!(answer.trailer("x-sum").as_deref(), Some("42"));
    world.end().await;
}

#[tokio::test]
async fn a_sender_that_did_not_ask_for_trailers_gets_a_clean_end() {
    let (world, origin, _client) = otter().await;
    let mut sender = world.sender().await;
    sender.write(hookreel_tests::world::get("otter", "/")).await;
    let (mut wire, seen) = origin.request().await;
    assert_eq!(seen.get("te"), None);
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n";
    wire.write([head.as_bytes(), &chunk("abc"), b"0\r\nX-Sum: 42\r\n\r\n"].concat())
        .await;
    assert_eq!(sender.answer().await.text(), "abc");
    world.end().await;
}

#[tokio::test]
async fn early_hints_come_early_and_the_answer_later() {
    let (world, origin, _client) = otter().await;
    let mut sender = world.sender().await;
    sender.write(hookreel_tests::world::get("otter", "/")).await;
    let (mut wire, _) = origin.request().await;
    for number in 1..=2 {
        wire.write(format!(
            "HTTP/1.1 103 Early Hints\r\nLink: </{number}.css>; rel=preload\r\n\r\n"
        ))
        .await;
        let hints = sender.head().await;
        assert_eq!(
            (hints.start().as_str(), hints.all("link")),
            (
                "HTTP/1.1 103 Early Hints",
                vec![format!("</{number}.css>; rel=preload")]
            )
        );
    }
    wire.write(ok("page")).await;
    let answer = sender.answer().await;
    assert_eq!((answer.status(), answer.text().as_str()), (200, "page"));
    world.end().await;
}

#[tokio::test]
async fn a_sender_of_http_1_0_gets_no_interim_answer() {
    let (world, origin, _client) = otter().await;
    let mut sender = world.sender().await;
    sender
        .write("GET / HTTP/1.0\r\nHost: otter.hooks.test\r\n\r\n")
        .await;
    let (mut wire, _) = origin.request().await;
    wire.write("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
        .await;
    wire.write(ok("page")).await;
    assert_eq!(sender.answer().await.text(), "page");
    world.end().await;
}

#[tokio::test]
async fn the_origins_leave_to_go_on_reaches_the_sender() {
    let (world, origin, _client) = otter().await;
    let mut sender = world.sender().await;
    sender.write(EXPECTING).await;
    let (mut wire, head) = origin.head().await;
    assert_eq!(head.all("expect"), ["100-continue"]);
    let start = Instant::now();
    wire.write("HTTP/1.1 100 Continue\r\n\r\n").await;
    assert_eq!(sender.head().await.status(), 100);
    assert!(
        start.elapsed() < Duration::from_millis(250),
        "{:?}",
        start.elapsed()
    );
    sender.write("body").await;
    assert_eq!(wire.read(4).await, b"body");
    wire.write(ok("taken")).await;
    assert_eq!(sender.answer().await.text(), "taken", "one leave is enough");
    world.end().await;
}

#[tokio::test]
async fn an_origin_that_refuses_without_reading_is_heard_at_once() {
    let (world, origin, _client) = otter().await;
    let mut sender = world.sender().await;
    sender.write(EXPECTING).await;
    let (mut wire, _) = origin.head().await;
    let start = Instant::now();
    wire.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")
        .await;
    let answer = sender.answer().await;
    assert_eq!(
        (answer.status(), answer.text().as_str()),
        (403, "no"),
        "the final answer comes first"
    );
    assert!(
        start.elapsed() < Duration::from_millis(250),
        "{:?}",
        start.elapsed()
    );
    world.end().await;
}

#[tokio::test]
async fn a_refusal_without_the_body_may_itself_take_its_time() {
    let (world, origin, mut client) = otter().await;
    let mut sender = world.sender().await;
    sender.write(EXPECTING).await;
    let (mut wire, _) = origin.head().await;
    wire.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 10\r\n\r\nfirst")
        .await;
    assert_eq!(sender.head().await.status(), 403);
    assert_eq!(sender.read(5).await, b"first");
    wire.write(" last").await;
    assert_eq!(sender.read(5).await, b" last");
    assert_eq!(client.exchange().await, "403");
    world.end().await;
}

#[tokio::test]
async fn interim_answers_without_end_do_not_cost_the_final_one() {
    let (world, origin, _client) = otter().await;
    let mut sender = world.sender().await;
    sender.write(EXPECTING).await;
    let (mut wire, _) = origin.head().await;
    for number in 0..40 {
        wire.write(format!(
            "HTTP/1.1 103 Early Hints\r\nLink: </{number}>\r\n\r\n"
        ))
        .await;
        if number % 4 == 0 {
            // They come one by one, not in one packet.
            sender.head().await;
        }
    }
    wire.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        .await;
    loop {
        match sender.head().await.status() {
            103 => {}
            status => break assert_eq!(status, 403),
        }
    }
    world.end().await;
}

#[tokio::test]
async fn an_origin_that_ignores_the_expectation_gets_the_body_after_a_second() {
    let (world, origin, _client) = otter().await;
    let mut sender = world.sender().await;
    sender.write(EXPECTING).await;
    let (mut wire, _) = origin.head().await;
    let start = Instant::now();
    assert_eq!(sender.head().await.status(), 100);
    let waited = start.elapsed();
    assert!(
        (Duration::from_millis(700)..Duration::from_secs(2)).contains(&waited),
        "{waited:?}"
    );
    sender.write("body").await;
    assert_eq!(wire.read(4).await, b"body");
    wire.write(ok("")).await;
    assert_eq!(sender.answer().await.status(), 200);
    world.end().await;
}

#[tokio::test]
async fn a_sender_that_does_not_wait_for_leave_is_understood_too() {
    let (world, origin, _client) = otter().await;
    let mut sender = world.sender().await;
    sender.write(format!("{EXPECTING}body")).await;
    let (mut wire, _) = origin.head().await;
    wire.write("HTTP/1.1 100 Continue\r\n\r\n").await;
    assert_eq!(wire.read(4).await, b"body");
    wire.write(ok("taken")).await;
    let mut answer = sender.answer().await;
    if answer.status() == 100 {
        answer = sender.answer().await;
    }
    assert_eq!(answer.text(), "taken");
    world.end().await;
}
