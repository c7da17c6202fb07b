//! Answers come back as the origin gave them.

use hookreel_tests::wire::{End, chunk, ok};
use hookreel_tests::world::{get, otter, pass};

#[tokio::test]
async fn an_answer_to_head_keeps_its_length_and_has_no_body() {
    let (world, origin, _client) = otter().await;
    let mut sender = world.sender().await;
    sender
        .write("HEAD /a HTTP/1.1\r\nHost: otter.hooks.test\r\n\r\n")
        .await;
    let (mut wire, seen) = origin.request().await;
    assert_eq!(seen.method(), "HEAD");
    wire.write("HTTP/1.1 200 OK\r\nContent-Length: 12345\r\nETag: \"a\"\r\n\r\n")
        .await;
    let answer = sender.head().await;
    assert_eq!(
        (answer.status(), answer.all("content-length")),
        (200, vec!["12345".to_owned()])
    );
    // The connection goes on, so nothing of a body can have come.
    sender.write(get("otter", "/b")).await;
    assert_eq!(
        wire.request().await.target(),
        "/b",
        "on the same connection to the origin"
    );
    wire.write(ok("b")).await;
    assert_eq!(sender.answer().await.text(), "b");
    world.end().await;
}

#[tokio::test]
async fn no_content_and_not_modified_have_no_body_and_keep_their_fields() {
    let (world, origin, _client) = otter().await;
    let mut sender = world.sender().await;
    let answers = [
        (
            "HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n",
            204,
            "x-a",
            "1",
            None,
        ),
        (
            "HTTP/1.1 304 Not Modified\r\nETag: \"v1\"\r\n\r\n",
            304,
            "etag",
            "\"v1\"",
            None,
        ),
        (
            "HTTP/1.1 304 Not Modified\r\nETag: \"v2\"\r\nContent-Length: 99\r\n\r\n",
            304,
            "etag",
            "\"v2\"",
            Some(99),
        ),
    ];
    for (text, status, field, value, length) in answers {
        sender.write(get("otter", "/")).await;
        let (mut wire, _) = origin.request().await;
        wire.write(text).await;
        let answer = sender.answer().await;
        assert_eq!(
            (answer.status(), answer.get(field).as_deref()),
            (status, Some(value))
        );
        assert_eq!(
            (answer.content_length(), answer.is_chunked()),
            (length, false),
            "{text}"
        );
        drop(wire);
        tokio::task::yield_now().await;
    }
    sender.write(get("otter", "/last")).await;
    let (mut wire, _) = origin.request().await;
    wire.write(ok("last")).await;
    assert_eq!(
        sender.answer().await.text(),
        "last",
        "the connection is still in step"
    );
    world.end().await;
}

#[tokio::test]
async fn status_and_reason_are_the_origins() {
    let (world, origin, _client) = otter().await;
    for line in [
        "200 Fine by me",
        "299 Custom",
        "418 I'm a teapot",
        "500 Oops, I did it again",
        "599 X",
        "404 Not Found",
    ] {
        let answer = format!("HTTP/1.1 {line}\r\nContent-Length: 0\r\n\r\n");
        let (_, answered) = pass(&world, &origin, get("otter", "/"), answer).await;
        assert_eq!(answered.start(), format!("HTTP/1.1 {line}"));
    }
    world.end().await;
}

#[tokio::test]
async fn a_chunked_answer_arrives_whole_and_an_empty_one_empty() {
    let (world, origin, _client) = otter().await;
    let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    let whole = [
        head.clone(),
        chunk("one "),
        chunk("two"),
        b"0\r\n\r\n".to_vec(),
    ]
    .concat();
    let (_, answered) = pass(&world, &origin, get("otter", "/"), whole).await;
    assert_eq!(
        (answered.text().as_str(), answered.is_chunked()),
        ("one two", true)
    );
    let (_, answered) = pass(
        &world,
        &origin,
        get("otter", "/"),
        [head, b"0\r\n\r\n".to_vec()].concat(),
    )
    .await;
    assert_eq!((answered.text().as_str(), answered.status()), ("", 200));
    let (_, answered) = pass(&world, &origin, get("otter", "/"), ok("")).await;
    assert_eq!(
        (answered.content_length(), answered.is_chunked()),
        (Some(0), false)
    );
    world.end().await;
}

#[tokio::test]
async fn an_answer_that_ends_with_the_origins_connection_arrives_whole() {
    let (world, origin, _client) = otter().await;
    let mut sender = world.sender().await;
    sender.write(get("otter", "/")).await;
    let (mut wire, _) = origin.request().await;
    wire.write("HTTP/1.1 200 OK\r\n\r\nup to the end").await;
    drop(wire);
    let answer = sender.answer().await;
    assert_eq!(
        (answer.text().as_str(), answer.is_chunked()),
        ("up to the end", true)
    );
    world.end().await;
}

#[tokio::test]
async fn an_origin_that_speaks_http_1_0_is_understood() {
    let (world, origin, _client) = otter().await;
    let mut sender = world.sender().await;
    sender.write(get("otter", "/")).await;
    let (mut wire, _) = origin.request().await;
    wire.write("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nold")
        .await;
    drop(wire);
    let answer = sender.answer().await;
    assert_eq!(
        (answer.start().as_str(), answer.text().as_str()),
        ("HTTP/1.1 200 OK", "old")
    );
    world.end().await;
}

#[tokio::test]
async fn a_sender_of_http_1_0_gets_an_answer_it_understands() {
    let (world, origin, _client) = otter().await;
    let mut sender = world.sender().await;
    sender
        .write("GET / HTTP/1.0\r\nHost: otter.hooks.test\r\n\r\n")
        .await;
    let (mut wire, seen) = origin.request().await;
    assert_eq!(
        (seen.start().as_str(), seen.all("via")),
        ("GET / HTTP/1.1", vec!["1.0 hookreel".to_owned()])
    );
    let parts = [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec(),
        chunk("ab"),
        chunk("c"),
        b"0\r\n\r\n".to_vec(),
    ];
    wire.write(parts.concat()).await;
    let answer = sender.head().await;
    assert_eq!(
        (
            answer.status(),
            answer.get("transfer-encoding"),
            answer.content_length()
        ),
        (200, None, None)
    );
    assert_eq!(
        sender.rest().await,
        (b"abc".to_vec(), End::Closed),
        "the end of the connection is the end of the body"
    );
    world.end().await;
}

#[tokio::test]
async fn a_sender_of_http_1_0_can_keep_its_connection() {
    let (world, origin, _client) = otter().await;
    let mut origin = origin.answering(ok("kept"));
    let mut sender = world.sender().await;
    for _ in 0..2 {
        sender
            .write("GET / HTTP/1.0\r\nHost: otter.hooks.test\r\nConnection: keep-alive\r\n\r\n")
            .await;
        origin.next_request().await;
        let answer = sender.answer().await;
        assert_eq!(answer.text(), "kept");
        assert_eq!(
            answer
                .get("connection")
                .map(|value| value.to_ascii_lowercase())
                .as_deref(),
            Some("keep-alive")
        );
    }
    sender
        .write("GET / HTTP/1.0\r\nHost: otter.hooks.test\r\n\r\n")
        .await;
    origin.next_request().await;
    assert_eq!(sender.answer().await.text(), "kept");
    assert_eq!(sender.rest().await, (Vec::new(), End::Closed));
    world.end().await;
}
