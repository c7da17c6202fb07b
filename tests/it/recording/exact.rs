//! What is recorded is what came.

use aws_lc_rs::digest;
use hookreel_shared::model::{BodyKind, Capture};
use hookreel_tests::wire::{chunk, ok};
use hookreel_tests::world::{get, pass, post};
use hookreel_tests::{Origin, World};

use super::{lines, recorded};

/// Every byte there is.
fn all_bytes() -> Vec<u8> {
    (0..=255).collect()
}

fn request(fields: &[u8], body: &[u8]) -> Vec<u8> {
    let length = format!("Content-Length: {}\r\n\r\n", body.len());
    [
        b"POST /%00?x=%20&x=+ HTTP/1.1\r\nHost: otter.hooks.test\r\n",
        fields,
        length.as_bytes(),
        body,
    ]
    .concat()
}

fn answer(fields: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 200 Very Fine\r\n{fields}Content-Length: {length}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

#[tokio::test]
async fn odd_headers_and_every_byte_of_both_bodies_are_kept_as_they_came() {
    let (world, origin, client) = recorded().await;
    let fields = b"X-Dup: 1\r\nx_odd.NAME: \xff\x80\r\nx-dUP: 2\r\nEmpty:\r\nX-DUP: 1\r\n";
    let back = "SET-cookie: a=1\r\nx-Between: \u{e9}\r\nSet-Cookie: b=2\r\nETag: x\r\n";
    let (_, answered) = pass(
        &world,
        &origin,
        request(fields, &all_bytes()),
        answer(back, &all_bytes()),
    )
    .await;
    assert_eq!(answered.body, all_bytes());
    let exchange = client.recorded(1).await;
    let head = &exchange.request;
    assert_eq!(
        (&head.method[..], &head.target[..]),
        (&b"POST"[..], &b"/%00?x=%20&x=+"[..])
    );
    assert_eq!(
        lines(head.sent()),
        [
            "Host: otter.hooks.test",
            "X-Dup: 1",
            "x_odd.NAME: \\xff\\x80",
            "x-dUP: 2",
            "Empty: ",
            "X-DUP: 1",
            "Content-Length: 256",
        ]
    );
    let added: Vec<_> = head
        .added()
        .iter()
        .map(|h| h.name.to_ascii_lowercase())
        .collect();
    assert!(added.contains(&b"x-forwarded-for".to_vec()) && added.contains(&b"via".to_vec()));
    assert_eq!(exchange.request_body, Capture::whole(all_bytes()));
    let response = exchange.response.as_ref().expect("an answer");
    assert_eq!(
        lines(response.headers.as_slice()),
        [
            "SET-cookie: a=1",
            "x-Between: \\xc3\\xa9",
            "Set-Cookie: b=2",
            "ETag: x",
            "Content-Length: 256",
        ]
    );
    assert_eq!(response.reason.as_deref(), Some(&b"Very Fine"[..]));
    assert_eq!(exchange.response_body, Capture::whole(all_bytes()));
    let url = format!("http://{}", origin.addr);
    assert_eq!(exchange.origin.as_deref(), Some(&url[..]));
    let times = [exchange.sent_at, exchange.answered_at, exchange.closed_at];
    assert!(
        times.is_sorted() && times[0].is_some_and(|at| at >= head.received_at),
        "{times:?}"
    );
    world.end().await;
}

#[tokio::test]
async fn coded_bodies_are_not_decoded() {
    let (world, origin, client) = recorded().await;
    // A gzip member of "hello", and what is none though it says so.
    let gzip = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xcbH\xcd\xc9\xc9\x07\0\x86\xa6\x106\x05\0\0\0";
    let coding = "Content-Encoding: gzip\r\n";
    let (seen, answered) = pass(
        &world,
        &origin,
        request(coding.as_bytes(), gzip),
        answer(coding, b"not gzip"),
    )
    .await;
    assert_eq!(
        (&seen.body[..], &answered.body[..]),
        (&gzip[..], &b"not gzip"[..])
    );
    let exchange = client.recorded(1).await;
    assert_eq!(exchange.request_body.kept, &gzip[..]);
    assert_eq!(exchange.response_body.kept, "not gzip");
    world.end().await;
}

#[tokio::test]
async fn chunks_are_joined_and_trailers_kept() {
    let (world, origin, client) = recorded().await;
    let mut sender = world.sender().await;
    let head = "POST / HTTP/1.1\r\nHost: otter.hooks.test\r\nTE: trailers\r\nTransfer-Encoding: chunked\r\n\r\n";
    sender.write(head).await;
    for part in ["one ", "two ", "three"] {
        sender.write(chunk(part)).await;
    }
    sender.write("0\r\nX-Sum: 7\r\n\r\n").await;
    let (mut wire, _) = origin.request().await;
    wire.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-End\r\n\r\n")
        .await;
    wire.write(chunk("four ")).await;
    wire.write([chunk("five"), b"0\r\nX-End: 8\r\n\r\n".to_vec()].concat())
        .await;
    assert_eq!(sender.answer().await.text(), "four five");
    let exchange = client.recorded(1).await;
    let (up, down) = (&exchange.request_body, &exchange.response_body);
    assert_eq!((&up.kept[..], up.size), (&b"one two three"[..], 13));
    assert_eq!((&down.kept[..], down.size), (&b"four five"[..], 9));
    assert_eq!(lines(up.trailers.as_slice()), ["x-sum: 7"]);
    assert_eq!(lines(down.trailers.as_slice()), ["x-end: 8"]);
    assert_eq!(exchange.request.body, BodyKind::Chunked);
    world.end().await;
}

#[tokio::test]
async fn large_bodies_are_kept_whole_and_beyond_the_limit_with_size_and_hash() {
    let (world, origin) = (World::new(), Origin::start().await);
    let plan = world.plan(origin.addr).named("otter");
    let client = plan.recorded_up_to(1024 * 1024).start().await;
    let body: Vec<u8> = (0..3_000_000u32)
        .map(|n| (n.wrapping_mul(n) >> 7) as u8)
        .collect();
    let whole = &body[..1_000_000];
    pass(&world, &origin, request(b"", &body), answer("", whole)).await;
    let exchange = client.recorded(1).await;
    let (up, down) = (&exchange.request_body, &exchange.response_body);
    assert_eq!(*down, Capture::whole(whole.to_vec()));
    assert_eq!(up.size, 3_000_000);
    assert!(up.kept == body[..1024 * 1024], "its beginning is kept");
    let hash = digest::digest(&digest::SHA256, &body);
    assert_eq!(
        up.sha256.as_ref().map(|hash| &hash[..]),
        Some(hash.as_ref())
    );
    world.end().await;
}

#[tokio::test]
async fn the_head_is_that_of_the_final_answer_whatever_comes_before_it_and_on_whichever_connection()
{
    let (world, origin, client) = recorded().await;
    let (mut sender, mut wire) = (world.sender().await, None);
    for (at, field) in ["X-First: 1", "x-FIRST: 2", "X-first: 3"]
        .into_iter()
        .enumerate()
    {
        sender.write(post("otter", "/", "body")).await;
        let wire = match &mut wire {
            None => wire.insert(origin.connection().await),
            Some(wire) => wire,
        };
        wire.request().await;
        let early = "HTTP/1.1 103 Early Hints\r\nX-EARLY: 1\r\n\r\n".repeat(at);
        let last = format!("HTTP/1.1 200 OK\r\n{field}\r\nContent-LENGTH: 4\r\n\r\n\r\n\r\n");
        // With the last answer in pieces that cut its line ends.
        let bytes = early + &last;
        let cut = bytes.len() - 7 * at;
        wire.write(&bytes[..cut]).await;
        wire.write(&bytes[cut..]).await;
        for _ in 0..at {
            assert_eq!(sender.answer().await.status(), 103);
        }
        assert_eq!(sender.answer().await.body, b"\r\n\r\n");
        let exchange = client.recorded(at + 1).await;
        let headers = &exchange.response.as_ref().expect("an answer").headers;
        assert_eq!(lines(headers.as_slice()), [field, "Content-LENGTH: 4"]);
    }
    world.end().await;
}

#[tokio::test]
async fn a_request_that_outlasts_its_answer_is_recorded_whole() {
    let (world, origin, client) = recorded().await;
    let mut sender = world.sender().await;
    sender
        .write("POST / HTTP/1.1\r\nHost: otter.hooks.test\r\nContent-Length: 9\r\n\r\nbegin")
        .await;
    let mut wire = origin.connection().await;
    wire.head().await;
    wire.read(5).await;
    wire.write(answer("X-Early: 1\r\n", b"early")).await;
    assert_eq!(sender.answer().await.text(), "early");
    sender.write("-end").await;
    assert_eq!(wire.read(4).await, b"-end");
    let exchange = client.recorded(1).await;
    assert_eq!(exchange.request_body.kept, "begin-end");
    let headers = &exchange.response.as_ref().expect("an answer").headers;
    assert_eq!(
        lines(headers.as_slice()),
        ["X-Early: 1", "Content-Length: 5"]
    );
    world.end().await;
}

#[tokio::test]
async fn without_a_history_nothing_is_recorded() {
    let (world, origin) = (World::new(), Origin::start().await);
    let client = world.client("otter", origin.addr).await;
    pass(&world, &origin, get("otter", "/"), ok("ok")).await;
    assert!(client.recorder.writer().is_none());
    assert!(!world.dir().join("history").exists());
    world.end().await;
}
