//! Heads of requests reach the origin as the sender wrote them: case, order, duplicates.

#![expect(clippy::unwrap_used, reason = "what helps a test may fail it")]

use std::net::SocketAddr;
use std::sync::Arc;

use hookreel::forward::HostHeader;
use hookreel_shared::net::{Identity, crypto_provider};
use hookreel_tests::wire::{Wire, chunk, ok};
use hookreel_tests::world::otter;
use hookreel_tests::{Origin, World};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// What no header map keeps.
const FIELDS: &str = "X-MiXed: 1\r\nA: 1\r\nB: 2\r\na: 3\r\nx-mixed: \r\nX-Tab: a\tb\r\nCOOKIE: a=1\r\nX-MIXED: 3\r\n";
const HOST: &str = "hOST: otter.hooks.test\r\n";

/// A head as text, whatever its bytes are.
async fn head(origin: &mut Wire) -> String {
    let head = origin.read_until(b"\r\n\r\n").await;
    head.iter().map(|&b| char::from(b)).collect()
}

/// What stands behind the sender's fields, with an id that is made anew each time.
fn added(head: &str) -> String {
    let (_, id) = head.split_once("\r\nHookreel-Request-Id: ").expect("an id");
    let (id, _) = id.split_once("\r\n").unwrap();
    assert!(id.starts_with("req_"), "{id}");
    format!(
        "X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Host: otter.hooks.test\r\nX-Forwarded-Proto: http\r\n\
         Forwarded: for=127.0.0.1;host=\"otter.hooks.test\";proto=http\r\nVia: 1.1 hookreel\r\n\
         Hookreel-Request-Id: {id}\r\n"
    )
}

fn host(origin: SocketAddr) -> String {
    format!("hOST: {origin}\r\n")
}

/// Sends a request with a body of a known length, and checks what the origin gets of it.
async fn passes(sender: &mut Wire, origin: &mut Wire, line: &str, at: SocketAddr) {
    let fields = format!("{FIELDS}content-LENGTH: 4\r\nX-Last: z\r\n\r\n");
    sender
        .write(format!("{line}\r\n{HOST}{fields}bo\r\n"))
        .await;
    let got = head(origin).await;
    let expected = format!("{line}\r\n{}{}", host(at), fields.trim_end());
    assert_eq!(got, format!("{expected}\r\n{}\r\n", added(&got)));
    assert_eq!(origin.read(4).await, b"bo\r\n");
    origin.write(ok("x")).await;
    assert_eq!(sender.answer().await.text(), "x");
}

#[tokio::test]
async fn every_request_on_a_kept_connection_keeps_case_and_order() {
    let (world, origin, _client) = otter().await;
    let mut sender = world.sender().await;
    sender
        .write(format!("GET / HTTP/1.1\r\n{HOST}{FIELDS}\r\n"))
        .await;
    let mut wire = origin.connection().await;
    let got = head(&mut wire).await;
    let expected = format!("GET / HTTP/1.1\r\n{}{FIELDS}", host(origin.addr));
    assert_eq!(got, format!("{expected}{}\r\n", added(&got)));
    wire.write(ok("")).await;
    assert_eq!(sender.answer().await.status(), 200);
    for line in [
        "POST /a%2Fb?x=[1] HTTP/1.1",
        "PUT // HTTP/1.1",
        "x! /? HTTP/1.1",
    ] {
        passes(&mut sender, &mut wire, line, origin.addr).await;
    }
    world.end().await;
}

#[tokio::test]
async fn a_hundred_fields_with_any_bytes_keep_their_places() {
    let (world, origin, _client) = otter().await;
    let odd: String = ('\u{80}'..='\u{ff}').collect();
    let field = |at: usize| match at % 3 {
        0 => format!("X-{}: {odd}\r\n", at % 7),
        1 => format!("x-{}: {at}\r\n", at % 7),
        _ => format!("X-Empty-{at}:\r\n"),
    };
    let fields: String = (0..98).map(field).collect();
    let request = format!("POST / HTTP/1.1\r\n{fields}{HOST}CONTENT-length: 1\r\n\r\n\u{ff}");
    let bytes: Vec<u8> = request.chars().map(|c| u8::try_from(c).unwrap()).collect();
    let mut sender = world.sender().await;
    sender.write(bytes).await;
    let mut wire = origin.connection().await;
    let got = head(&mut wire).await;
    let expected = format!(
        "POST / HTTP/1.1\r\n{}{}CONTENT-length: 1\r\n",
        fields.replace(":\r\n", ": \r\n"),
        host(origin.addr)
    );
    assert_eq!(got, format!("{expected}{}\r\n", added(&got)));
    assert_eq!(wire.read(1).await, b"\xff");
    world.end().await;
}

#[tokio::test]
async fn chunks_trailers_and_a_body_that_waits_follow_such_a_head() {
    let (world, origin, _client) = otter().await;
    let mut sender = world.sender().await;
    sender
        .write(format!(
            "POST / HTTP/1.1\r\nTransfer-encoding: chunked\r\n{HOST}{FIELDS}TRAILER: X-Sum\r\nEXPECT: 100-continue\r\nX-Last: z\r\n\r\n"
        ))
        .await;
    let mut wire = origin.connection().await;
    let got = head(&mut wire).await;
    let expected = format!(
        "POST / HTTP/1.1\r\n{}{FIELDS}TRAILER: X-Sum\r\nX-Last: z\r\n{}Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n",
        host(origin.addr),
        added(&got)
    );
    assert_eq!(got, expected);
    wire.write("HTTP/1.1 100 Continue\r\n\r\n").await;
    assert_eq!(sender.head().await.status(), 100);
    let body = [&chunk("abc")[..], b"0\r\nX-Sum: 42\r\n\r\n"].concat();
    sender.write(body).await;
    assert_eq!(wire.chunk().await, b"abc");
    let end = wire.read_until(b"\r\n\r\n").await.to_ascii_lowercase();
    assert_eq!(end, b"0\r\nx-sum: 42\r\n\r\n");
    wire.write(ok("done")).await;
    assert_eq!(sender.answer().await.text(), "done");
    world.end().await;
}

#[tokio::test]
async fn a_connection_that_leaves_http_is_asked_for_in_the_senders_words() {
    let (world, origin, _client) = otter().await;
    let mut sender = world.sender().await;
    sender
        .write(format!(
            "GET /ws HTTP/1.1\r\n{HOST}Connection: Upgrade\r\nUpgrade: WebSocket\r\n{FIELDS}Sec-WebSocket-Key: x\r\n\r\n"
        ))
        .await;
    let mut wire = origin.connection().await;
    let got = head(&mut wire).await;
    let expected = format!(
        "GET /ws HTTP/1.1\r\n{}{FIELDS}Sec-WebSocket-Key: x\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n{}\r\n",
        host(origin.addr),
        added(&got)
    );
    assert_eq!(got, expected);
    wire.write("HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: WebSocket\r\n\r\n")
        .await;
    assert_eq!(sender.head().await.status(), 101);
    // What looks like a head is none any more.
    sender.write(&got).await;
    assert_eq!(head(&mut wire).await, got);
    world.end().await;
}

#[tokio::test]
async fn what_the_user_sets_comes_last_and_the_public_host_stays_where_it_was() {
    let (world, origin) = (World::new(), Origin::start().await);
    let plan = world
        .plan(origin.addr)
        .named("otter")
        .host(HostHeader::Keep)
        .header("authORIZATION", "Bearer mine")
        .header("X-New", "1");
    let _client = plan.start().await;
    let mut sender = world.sender().await;
    sender
        .write(format!(
            "GET / HTTP/1.1\r\nAuthorization: theirs\r\nB: 1\r\n{HOST}AUTHORIZATION: too\r\nb: 2\r\n\r\n"
        ))
        .await;
    let got = head(&mut origin.connection().await).await;
    let expected = format!(
        "GET / HTTP/1.1\r\nB: 1\r\n{HOST}b: 2\r\n{}authORIZATION: Bearer mine\r\nX-New: 1\r\n\r\n",
        added(&got)
    );
    assert_eq!(got, expected);
    world.end().await;
}

#[tokio::test]
async fn an_origin_of_http_1_0_is_spoken_to_in_its_version_and_gets_the_same_fields() {
    let (world, origin, _client) = otter().await;
    let mut sender = world.sender().await;
    let mut wire = None;
    for (version, end) in [("1.1", ""), ("1.0", "Connection: keep-alive\r\n")] {
        sender
            .write(format!("GET / HTTP/1.1\r\n{HOST}{FIELDS}\r\n"))
            .await;
        let wire = match &mut wire {
            None => wire.insert(origin.connection().await),
            Some(wire) => wire,
        };
        let got = head(wire).await;
        let expected = format!(
            "GET / HTTP/{version}\r\n{}{FIELDS}{}{end}\r\n",
            host(origin.addr),
            added(&got)
        );
        assert_eq!(got, expected);
        wire.write("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n")
            .await;
        assert_eq!(sender.answer().await.status(), 200);
    }
    world.end().await;
}

#[tokio::test]
async fn a_request_sent_on_a_new_connection_because_the_kept_one_was_closed_has_its_own_head() {
    let (world, origin, _client) = otter().await;
    let mut sender = world.sender().await;
    for at in 0..20 {
        sender
            .write(format!(
                "GET /{at} HTTP/1.1\r\n{HOST}X-At: {at}\r\n{FIELDS}\r\n"
            ))
            .await;
        let mut wire = origin.connection().await;
        let got = head(&mut wire).await;
        let expected = format!(
            "GET /{at} HTTP/1.1\r\n{}X-At: {at}\r\n{FIELDS}{}\r\n",
            host(origin.addr),
            added(&got)
        );
        assert_eq!(got, expected);
        wire.write(ok("")).await;
        drop(wire);
        assert_eq!(sender.answer().await.status(), 200);
    }
    world.end().await;
}

#[tokio::test]
async fn an_https_origin_gets_the_same() {
    let (world, origin) = (World::new(), Origin::start().await);
    let identity = Identity::generate(&["localhost"]).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(crypto_provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(identity.chain(), identity.key())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (outer, inner) = (listener.local_addr().unwrap(), origin.addr);
    let terminating = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut secured = acceptor.accept(stream).await.unwrap();
        let mut plain = TcpStream::connect(inner).await.unwrap();
        let _ = copy_bidirectional(&mut secured, &mut plain).await;
    });
    let plan = world.plan(outer).named("otter");
    let _client = plan.origin(&format!("https://{outer}")).start().await;
    let mut sender = world.sender().await;
    let first = format!("POST /0 HTTP/1.1\r\n{HOST}Content-Length: 0\r\n\r\n");
    sender.write(first).await;
    let mut wire = origin.connection().await;
    head(&mut wire).await;
    wire.write(ok("")).await;
    assert_eq!(sender.answer().await.status(), 200);
    for line in ["POST /1 HTTP/1.1", "PUT /2 HTTP/1.1"] {
        passes(&mut sender, &mut wire, line, outer).await;
    }
    world.end().await;
    terminating.abort();
}
