//! Connections to the origin that are kept, and origins that restart.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hookreel_shared::net::{Identity, crypto_provider};
use hookreel_tests::wire::ok;
use hookreel_tests::world::{get, otter, pass, post};
use hookreel_tests::{Bulk, Origin, Wire, World, within};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

#[tokio::test]
async fn requests_one_after_the_other_use_one_connection() {
    let (world, bulk) = (World::new(), Bulk::start().await);
    let _client = world.client("otter", bulk.addr).await;
    for _ in 0..20 {
        assert_eq!(world.get("otter").await.text(), "ok");
    }
    assert_eq!((bulk.requests(), bulk.connections()), (20, 1));
    world.end().await;
}

#[tokio::test]
async fn a_kept_connection_that_the_origin_closed_is_replaced_unnoticed() {
    let (world, origin, _client) = otter().await;
    for round in 0..20 {
        // The origin closes right behind its answer, without saying so.
        let (seen, answer) = pass(&world, &origin, post("otter", "/", "body"), ok("fine")).await;
        assert_eq!(
            (seen.text().as_str(), answer.outcome().as_str()),
            ("body", "200"),
            "{round}"
        );
    }
    world.end().await;
}

#[tokio::test]
async fn a_request_that_the_origin_has_read_is_never_sent_twice() {
    let (world, origin, _client) = otter().await;
    let mut sender = world.sender().await;
    sender.write(post("otter", "/first", "1")).await;
    let (mut wire, _) = origin.request().await;
    wire.write(ok("")).await;
    sender.answer().await;
    sender.write(post("otter", "/pay", "2")).await;
    assert_eq!(
        wire.request().await.target(),
        "/pay",
        "on the kept connection"
    );
    drop(wire);
    assert_eq!(sender.answer().await.outcome(), "502 HR-5022");
    // The next connection carries the next request, and nothing came before it.
    sender.write(get("otter", "/next")).await;
    let (mut wire, next) = origin.request().await;
    assert_eq!(next.target(), "/next");
    wire.write(ok("")).await;
    world.end().await;
}

#[tokio::test]
async fn a_connection_the_origin_wants_closed_is_not_used_again() {
    let (world, origin, _client) = otter().await;
    let mut sender = world.sender().await;
    sender.write(get("otter", "/1")).await;
    let (mut first, _) = origin.request().await;
    first
        .write("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        .await;
    sender.answer().await;
    first.gone().await;
    sender.write(get("otter", "/2")).await;
    let (mut second, _) = origin.request().await;
    second.write(ok("second")).await;
    assert_eq!(sender.answer().await.text(), "second");
    world.end().await;
}

#[tokio::test]
async fn an_origin_that_restarts_is_waited_for() {
    let (world, origin, _client) = otter().await;
    let addr = origin.addr;
    pass(&world, &origin, get("otter", "/"), ok("")).await;
    drop(origin);
    let start = Instant::now();
    let mut sender = world.sender().await;
    sender.write(get("otter", "/during")).await;
    assert!(
        sender.is_silent_for(Duration::from_millis(400)).await,
        "no failure yet"
    );
    let origin = Origin::at(addr).await;
    let (mut wire, seen) = origin.request().await;
    assert_eq!(seen.target(), "/during");
    wire.write(ok("back")).await;
    assert_eq!(sender.answer().await.text(), "back");
    assert!(
        start.elapsed() < Duration::from_millis(900),
        "{:?}",
        start.elapsed()
    );
    world.end().await;
}

#[tokio::test]
async fn an_origin_that_stays_away_is_told_after_a_moment_and_then_at_once() {
    let (world, origin, _client) = otter().await;
    pass(&world, &origin, get("otter", "/"), ok("")).await;
    drop(origin);
    let start = Instant::now();
    assert_eq!(world.get("otter").await.outcome(), "502 HR-5021");
    let grace = start.elapsed();
    assert!(
        (Duration::from_millis(1_200)..Duration::from_millis(2_500)).contains(&grace),
        "{grace:?}"
    );
    let start = Instant::now();
    assert_eq!(world.get("otter").await.outcome(), "502 HR-5021");
    assert!(
        start.elapsed() < Duration::from_millis(250),
        "{:?}",
        start.elapsed()
    );
    world.end().await;
}

#[tokio::test]
async fn localhost_works_whichever_address_the_origin_listens_on() {
    let world = World::new();
    let (four, six) = (Ipv4Addr::LOCALHOST, Ipv6Addr::LOCALHOST);
    for (name, ip) in [
        ("four", std::net::IpAddr::V4(four)),
        ("six", std::net::IpAddr::V6(six)),
    ] {
        let origin = Origin::at((ip, 0).into()).await;
        let plan = world
            .plan(origin.addr)
            .named(name)
            .origin(&origin.addr.port().to_string());
        let _client = plan.start().await;
        let (seen, answer) = pass(&world, &origin, get(name, "/"), ok(name)).await;
        assert_eq!(answer.text(), name);
        assert_eq!(
            seen.all("host"),
            [format!("localhost:{}", origin.addr.port())]
        );
    }
    world.end().await;
}

#[tokio::test]
async fn an_https_origin_on_this_machine_may_have_any_certificate() {
    let world = World::new();
    let identity = Identity::generate(&["elsewhere.example"]).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(crypto_provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(identity.chain(), identity.key())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let _client = world
        .plan(addr)
        .named("otter")
        .origin(&format!("https://localhost:{}", addr.port()))
        .start()
        .await;
    let serving = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = acceptor.accept(stream).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        stream.write_all(ok("secret").as_bytes()).await.unwrap();
        stream.flush().await.unwrap();
        (String::from_utf8(head).unwrap(), stream)
    });
    assert_eq!(world.get("otter").await.text(), "secret");
    let (head, _stream) = within("the origin", serving).await.unwrap();
    assert!(
        head.to_ascii_lowercase()
            .contains(&format!("host: localhost:{}", addr.port())),
        "{head}"
    );
    world.end().await;
}

#[tokio::test]
async fn an_origin_that_speaks_no_tls_where_it_should_is_a_bad_gateway() {
    let (world, origin) = (World::new(), Origin::start().await);
    let plan = world
        .plan(origin.addr)
        .named("otter")
        .origin(&format!("https://{}", origin.addr));
    let mut client = plan.start().await;
    let plain = tokio::spawn(async move {
        let mut wire: Wire = origin.connection().await;
        wire.write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            .await;
        wire.gone().await;
    });
    assert_eq!(world.get("otter").await.outcome(), "502 HR-5021");
    assert_eq!(client.exchange().await, "TLS with the origin failed");
    plain.await.unwrap();
    world.end().await;
}
