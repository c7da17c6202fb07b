//! Heads of answers reach HTTP/1 senders as the origin wrote them: case, order, reason.

use hookreel_tests::Origin;
use hookreel_tests::wire::{Wire, chunk};
use hookreel_tests::world::{get, otter, post};

/// What no header map keeps.
const FIELDS: &str = "X-MiXed: 1\r\nSet-Cookie: a=1\r\nx-mixed: 2\r\nETag: \"e\"\r\nset-cookie: b=2\r\nX-MIXED: 3\r\n";

/// The origin's connection on which the next request came: the last one, or one more.
async fn asked(last: Option<Wire>, origin: &Origin) -> Wire {
    let Some(mut last) = last else {
        return origin.request().await.0;
    };
    tokio::select! {
        Some(_) = last.next_request() => last,
        (one_more, _) = origin.request() => one_more,
    }
}

/// Asks, lets the origin answer, and gives the head of the answer as it came.
async fn head(
    sender: &mut Wire,
    origin: &mut Option<Wire>,
    at: &Origin,
    ask: &str,
    answer: &[u8],
) -> String {
    sender.write(ask).await;
    let mut wire = asked(origin.take(), at).await;
    wire.write(answer).await;
    *origin = Some(wire);
    String::from_utf8(sender.read_until(b"\r\n\r\n").await).unwrap()
}

#[tokio::test]
async fn every_kind_of_answer_keeps_case_and_order_on_one_connection() {
    let (world, origin, _client) = otter().await;
    let (mut sender, mut wire) = (world.sender().await, None);
    for (ask, line, framing, body) in [
        (get("otter", "/"), "200 OK", "CONTENT-length: 3\r\n", "abc"),
        (
            get("otter", "/").replace("GET", "HEAD"),
            "200 OK",
            "Content-Length: 12345\r\n",
            "",
        ),
        (get("otter", "/"), "204 No Content", "", ""),
        (
            get("otter", "/"),
            "304 Not Modified",
            "content-Length: 99\r\n",
            "",
        ),
        (get("otter", "/"), "304 Not Modified", "", ""),
        (
            post("otter", "/", "body"),
            "201 Made it",
            "Content-Length: 0\r\n",
            "",
        ),
        (get("otter", "/"), "299 ", "Content-Length: 1\r\n", "x"),
    ] {
        let expected = format!("HTTP/1.1 {line}\r\n{FIELDS}{framing}X-Last: z\r\n\r\n");
        let answer = format!("{expected}{body}");
        let got = head(&mut sender, &mut wire, &origin, &ask, answer.as_bytes()).await;
        assert_eq!(got, expected);
        assert_eq!(sender.read(body.len()).await, body.as_bytes());
    }
    world.end().await;
}

#[tokio::test]
async fn a_chunked_answer_keeps_case_and_order_and_its_trailers() {
    let (world, origin, _client) = otter().await;
    let (mut sender, mut wire) = (world.sender().await, None);
    let ask = "GET / HTTP/1.1\r\nHost: otter.hooks.test\r\nTE: trailers\r\nConnection: TE\r\n\r\n";
    for _ in 0..2 {
        let answer = [
            format!("HTTP/1.1 200 OK\r\n{FIELDS}Transfer-Encoding: chunked\r\nTRAILER: X-Sum\r\nX-Last: z\r\n\r\n").as_bytes(),
            &chunk("abc"),
            b"0\r\nX-Sum: 42\r\n\r\n",
        ]
        .concat();
        let got = head(&mut sender, &mut wire, &origin, ask, &answer).await;
        assert_eq!(
            got,
            format!(
                "HTTP/1.1 200 OK\r\n{FIELDS}TRAILER: X-Sum\r\nX-Last: z\r\nTransfer-Encoding: chunked\r\n\r\n"
            )
        );
        assert_eq!(sender.chunk().await, b"abc");
        let end = sender.read_until(b"\r\n\r\n").await;
        assert!(
            end.to_ascii_lowercase()
                .ends_with(b"0\r\nx-sum: 42\r\n\r\n"),
            "{end:?}"
        );
    }
    world.end().await;
}

#[tokio::test]
async fn old_senders_and_those_that_close_are_told_so_behind_the_origins_fields() {
    let (world, origin, _client) = otter().await;
    for (ask, body, start, end) in [
        (
            "GET / HTTP/1.1\r\nHost: otter.hooks.test\r\nConnection: close\r\n\r\n",
            "Content-Length: 3\r\n\r\nabc",
            "HTTP/1.1",
            "Content-Length: 3\r\nConnection: close\r\n\r\n",
        ),
        (
            "GET / HTTP/1.0\r\nHost: otter.hooks.test\r\n\r\n",
            "Content-Length: 3\r\n\r\nabc",
            "HTTP/1.0",
            "Content-Length: 3\r\n\r\n",
        ),
        (
            "GET / HTTP/1.0\r\nHost: otter.hooks.test\r\n\r\n",
            "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            "HTTP/1.0",
            "\r\n",
        ),
    ] {
        let mut sender = world.sender().await;
        let answer = format!("HTTP/1.1 200 OK\r\n{FIELDS}{body}");
        let got = head(&mut sender, &mut None, &origin, ask, answer.as_bytes()).await;
        assert_eq!(got, format!("{start} 200 OK\r\n{FIELDS}{end}"));
        assert_eq!(sender.rest().await.0, b"abc");
    }
    world.end().await;
}

#[tokio::test]
async fn pipelined_requests_get_their_own_heads_in_turn() {
    let (world, origin, _client) = otter().await;
    let mut origin = origin.answering(format!(
        "HTTP/1.1 200 OK\r\n{FIELDS}Content-Length: 3\r\n\r\nabc"
    ));
    let mut sender = world.sender().await;
    sender.write(get("otter", "/").repeat(20)).await;
    for _ in 0..20 {
        origin.next_request().await;
        let got = sender.read_until(b"\r\n\r\nabc").await;
        assert_eq!(
            String::from_utf8(got).unwrap(),
            format!("HTTP/1.1 200 OK\r\n{FIELDS}Content-Length: 3\r\n\r\nabc")
        );
    }
    world.end().await;
}

#[tokio::test]
async fn leave_to_go_on_and_hints_come_before_the_head_that_is_kept() {
    let (world, origin, _client) = otter().await;
    let mut sender = world.sender().await;
    sender
        .write("POST / HTTP/1.1\r\nHost: otter.hooks.test\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
        .await;
    let (mut wire, _) = origin.head().await;
    wire.write("HTTP/1.1 103 Early Hints\r\nLinK: a\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n")
        .await;
    let mut interim = [sender.head().await.status(), sender.head().await.status()];
    interim.sort_unstable();
    assert_eq!(interim, [100, 103]);
    sender.write("body").await;
    wire.read(4).await;
    let answer = format!("HTTP/1.1 200 OK\r\n{FIELDS}Content-Length: 0\r\n\r\n");
    wire.write(&answer).await;
    let got = sender.read_until(b"\r\n\r\n").await;
    assert_eq!(String::from_utf8(got).unwrap(), answer);
    world.end().await;
}

#[tokio::test]
async fn a_large_answer_arrives_whole_behind_its_head() {
    let (world, origin, _client) = otter().await;
    let (mut sender, mut wire) = (world.sender().await, None);
    let body = "0123456789".repeat(200_000);
    let expected = format!(
        "HTTP/1.1 200 OK\r\n{FIELDS}Content-Length: {}\r\n\r\n",
        body.len()
    );
    for _ in 0..2 {
        let ask = get("otter", "/");
        sender.write(&ask).await;
        let mut origin = asked(wire.take(), &origin).await;
        let sent = async {
            origin.write(&expected).await;
            origin.write(&body).await;
            origin
        };
        let (sent, got) = tokio::join!(sent, async {
            let head = sender.read_until(b"\r\n\r\n").await;
            (head, sender.read(body.len()).await)
        });
        wire = Some(sent);
        assert_eq!(String::from_utf8(got.0).unwrap(), expected);
        assert!(got.1 == body.as_bytes(), "the body is whole");
    }
    world.end().await;
}

#[tokio::test]
async fn what_only_the_relay_may_say_an_origin_cannot_say_in_any_case() {
    let (world, origin, _client) = otter().await;
    let mut sender = world.sender().await;
    let answer = b"HTTP/1.1 200 OK\r\nHOOKREEL-Error: HR-5031\r\nA: b\r\nhookReel-request-ID: x\r\nContent-Length: 0\r\n\r\n";
    let got = head(&mut sender, &mut None, &origin, &get("otter", "/"), answer).await;
    assert_eq!(got, "HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 0\r\n\r\n");
    sender.write(get("nobody", "/")).await;
    let refused = sender.answer().await;
    assert_eq!(refused.get("hookreel-error").as_deref(), Some("HR-4040"));
    assert!(
        refused
            .get("hookreel-request-id")
            .is_some_and(|id| id.starts_with("req_"))
    );
    world.end().await;
}

#[tokio::test]
async fn a_reason_that_is_not_ascii_comes_as_it_is() {
    let (world, origin, _client) = otter().await;
    let mut sender = world.sender().await;
    let answer = b"HTTP/1.1 404 Nicht gef\xfcnden\r\nContent-Length: 0\r\n\r\n";
    sender.write(get("otter", "/")).await;
    let (mut wire, _) = origin.request().await;
    wire.write(answer).await;
    assert_eq!(sender.read_until(b"\r\n\r\n").await, answer);
    world.end().await;
}
