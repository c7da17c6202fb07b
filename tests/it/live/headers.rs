//! Header fields: which pass, which do not, and which are ours.

use hookreel::forward::HostHeader;
use hookreel_tests::wire::ok;
use hookreel_tests::world::{get, otter, pass};
use hookreel_tests::{Origin, World};

#[tokio::test]
async fn duplicate_fields_keep_their_order_and_binary_values_their_bytes() {
    let (world, origin, _client) = otter().await;
    let binary: Vec<u8> = (0x80..=0xff).collect();
    let mut request = b"GET / HTTP/1.1\r\nHost: otter.hooks.test\r\nX-Dup: 1\r\nX-Other: o\r\nx-dup: 2\r\nX-Dup:3, 4\r\nX-Empty:\r\nX-Tab: a\tb\r\nX-Binary: ".to_vec();
    request.extend(&binary);
    request.extend(b"\r\n\r\n");
    let answer = [
        b"HTTP/1.1 200 OK\r\nA: 1\r\nX-Binary: ",
        &binary[..],
        b"\r\na: 2\r\nContent-Length: 0\r\n\r\n",
    ]
    .concat();
    let (seen, answered) = pass(&world, &origin, request, answer).await;
    assert_eq!(seen.all("x-dup"), ["1", "2", "3, 4"]);
    assert_eq!(seen.all("x-empty"), [""]);
    assert_eq!(seen.all("x-tab"), ["a\tb"]);
    assert_eq!(seen.raw("x-binary"), Some(&binary[..]));
    assert_eq!(answered.all("a"), ["1", "2"]);
    assert_eq!(answered.raw("x-binary"), Some(&binary[..]));
    world.end().await;
}

#[tokio::test]
async fn two_cookies_come_back_as_two_fields() {
    let (world, origin, _client) = otter().await;
    let answer = "HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Path=/\r\nSet-Cookie: b=2, c\r\nContent-Length: 0\r\n\r\n";
    let (_, answered) = pass(&world, &origin, get("otter", "/"), answer).await;
    assert_eq!(answered.all("set-cookie"), ["a=1; Path=/", "b=2, c"]);
    world.end().await;
}

#[tokio::test]
async fn the_origin_sees_exactly_what_was_sent_and_what_the_relay_adds() {
    let (world, origin, _client) = otter().await;
    let request = "POST /x HTTP/1.1\r\nHost: otter.hooks.test\r\nUser-Agent: shop/1\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\n\
        Keep-Alive: timeout=5\r\nTE: gzip\r\nProxy-Connection: x\r\nUpgrade: h2c\r\nX-Forwarded-For: 6.6.6.6\r\nForwarded: for=6.6.6.6\r\n\
        X-Real-IP: 6.6.6.6\r\nHookreel-Error: x\r\nHookreel-Request-Id: x\r\nX-Signature: t=1,v1=ab\r\nContent-Type: application/json\r\n\
        Content-Length: 2\r\n\r\n{}";
    let (seen, _) = pass(&world, &origin, request, ok("")).await;
    let id = seen.get("hookreel-request-id").unwrap();
    assert!(id.starts_with("req_"), "{id}");
    let expected = [
        ("host", origin.addr.to_string()),
        ("user-agent", "shop/1".into()),
        ("x-signature", "t=1,v1=ab".into()),
        ("content-type", "application/json".into()),
        ("content-length", "2".into()),
        ("x-forwarded-for", "127.0.0.1".into()),
        ("x-forwarded-host", "otter.hooks.test".into()),
        ("x-forwarded-proto", "http".into()),
        (
            "forwarded",
            "for=127.0.0.1;host=\"otter.hooks.test\";proto=http".into(),
        ),
        ("via", "1.1 hookreel".into()),
        ("hookreel-request-id", id),
    ];
    let fields: Vec<_> = seen
        .fields
        .iter()
        .map(|(name, value)| {
            (
                name.to_ascii_lowercase(),
                String::from_utf8_lossy(value).into_owned(),
            )
        })
        .collect();
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.clone()))
        .collect();
    assert_eq!(fields, expected);
    world.end().await;
}

#[tokio::test]
async fn the_sender_gets_the_origins_fields_and_no_others() {
    let (world, origin, _client) = otter().await;
    let answer = "HTTP/1.1 200 OK\r\nServer: mine\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=9\r\nETag: \"x\"\r\nContent-Length: 1\r\n\r\nx";
    let (_, answered) = pass(&world, &origin, get("otter", "/"), answer).await;
    assert_eq!(answered.names(), ["server", "etag", "content-length"]);
    world.end().await;
}

#[tokio::test]
async fn the_origin_cannot_pass_for_the_relay() {
    let (world, origin, _client) = otter().await;
    let answer = "HTTP/1.1 503 Busy\r\nHookreel-Error: HR-5031\r\nHookreel-Request-Id: req_x\r\nContent-Length: 0\r\n\r\n";
    let (_, answered) = pass(&world, &origin, get("otter", "/"), answer).await;
    assert_eq!(
        (
            answered.status(),
            answered.get("hookreel-error"),
            answered.get("hookreel-request-id")
        ),
        (503, None, None)
    );
    world.end().await;
}

#[tokio::test]
async fn a_large_header_passes_and_one_beyond_the_limit_is_refused() {
    let (world, origin, _client) = otter().await;
    let request = |size: usize| {
        format!(
            "GET / HTTP/1.1\r\nHost: otter.hooks.test\r\nX-Large: {}\r\n\r\n",
            "x".repeat(size)
        )
    };
    let answer = format!(
        "HTTP/1.1 200 OK\r\nX-Large: {}\r\nContent-Length: 0\r\n\r\n",
        "y".repeat(60_000)
    );
    let (seen, answered) = pass(&world, &origin, request(60_000), answer).await;
    assert_eq!(seen.get("x-large").unwrap().len(), 60_000);
    assert_eq!(answered.get("x-large").unwrap().len(), 60_000);
    assert_eq!(world.ask(request(70_000)).await.outcome(), "431 HR-4013");
    world.end().await;
}

#[tokio::test]
async fn an_answer_with_a_head_too_large_for_the_tunnel_is_an_invalid_answer() {
    let (world, origin, _client) = otter().await;
    let answer = format!(
        "HTTP/1.1 200 OK\r\nX-Large: {}\r\nContent-Length: 0\r\n\r\n",
        "y".repeat(200_000)
    );
    let (_, answered) = pass(&world, &origin, get("otter", "/"), answer).await;
    assert_eq!(answered.outcome(), "502 HR-5023");
    world.end().await;
}

#[tokio::test]
async fn the_host_is_the_origins_own_the_public_one_or_any_other() {
    let (world, origin) = (World::new(), Origin::start().await);
    let modes = [
        ("a", HostHeader::Rewrite, origin.addr.to_string()),
        ("b", HostHeader::Keep, "b.hooks.test".into()),
        (
            "c",
            HostHeader::Value("app.test:8".into()),
            "app.test:8".into(),
        ),
    ];
    for (name, mode, expected) in modes {
        let _client = world.plan(origin.addr).named(name).host(mode).start().await;
        let (seen, _) = pass(&world, &origin, get(name, "/"), ok("")).await;
        assert_eq!(seen.all("host"), [expected]);
        assert_eq!(seen.all("x-forwarded-host"), [format!("{name}.hooks.test")]);
    }
    world.end().await;
}

#[tokio::test]
async fn what_the_user_sets_replaces_what_came_and_a_prefix_goes_before_the_path() {
    let (world, origin) = (World::new(), Origin::start().await);
    let plan = world
        .plan(origin.addr)
        .named("otter")
        .header("authorization", "Bearer mine")
        .header("X-New", "1");
    let _client = plan.prefix("/api/hooks").start().await;
    let request = "GET /a?b HTTP/1.1\r\nHost: otter.hooks.test\r\nAuthorization: theirs\r\nX-Other: o\r\n\r\n";
    let (seen, _) = pass(&world, &origin, request, ok("")).await;
    assert_eq!(seen.target(), "/api/hooks/a?b");
    assert_eq!(seen.all("authorization"), ["Bearer mine"]);
    assert_eq!(
        (seen.all("x-new"), seen.all("x-other")),
        (vec!["1".to_owned()], vec!["o".to_owned()])
    );
    world.end().await;
}
