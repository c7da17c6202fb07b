//! Methods, targets and bodies arrive as they were sent.

use hookreel_tests::http::{MadeUp, hash, http1};
use hookreel_tests::wire::{chunk, ok};
use hookreel_tests::world::{get, otter, pass, post};
use hookreel_tests::{Bulk, World};
use http_body_util::BodyExt;

#[tokio::test]
async fn any_method_reaches_the_origin_as_it_was_sent() {
    let (world, origin, _client) = otter().await;
    for method in [
        "GET",
        "POST",
        "PUT",
        "PATCH",
        "DELETE",
        "OPTIONS",
        "PURGE",
        "get",
        "M-SEARCH",
        "x!#$%&'*+.^_`|~9",
    ] {
        let request = format!("{method} /hook HTTP/1.1\r\nHost: otter.hooks.test\r\n\r\n");
        let (seen, answer) = pass(&world, &origin, request, ok("")).await;
        assert_eq!(seen.start(), format!("{method} /hook HTTP/1.1"));
        assert_eq!(answer.status(), 200, "{method}");
    }
    world.end().await;
}

#[tokio::test]
async fn path_and_query_pass_byte_for_byte() {
    let (world, origin, _client) = otter().await;
    let targets = [
        "/a%2Fb//c?a=%20x&b=1+2",
        "/?",
        "/",
        "//",
        "/a/../b/./c",
        "/%00%zz%",
        "/a?b?c=/d",
        "/a;p=1,2:3@4!$&'()*+=~_-.",
        "/[x]|{y}^\"",
        "/?q=[a]|{b}^`'",
        "/~tilde/x",
    ];
    for target in targets {
        let (seen, answer) = pass(&world, &origin, get("otter", target), ok("")).await;
        assert_eq!((seen.target().as_str(), answer.status()), (target, 200));
    }
    world.end().await;
}

#[tokio::test]
async fn a_target_in_absolute_form_arrives_in_origin_form() {
    let (world, origin, _client) = otter().await;
    let request = "GET http://otter.hooks.test/a?b HTTP/1.1\r\nHost: otter.hooks.test\r\n\r\n";
    let (seen, _) = pass(&world, &origin, request, ok("")).await;
    assert_eq!(seen.start(), "GET /a?b HTTP/1.1");
    let asterisk = "OPTIONS * HTTP/1.1\r\nHost: otter.hooks.test\r\n\r\n";
    let (seen, _) = pass(&world, &origin, asterisk, ok("")).await;
    assert_eq!(seen.start(), "OPTIONS * HTTP/1.1");
    world.end().await;
}

#[tokio::test]
async fn a_target_that_cannot_be_carried_is_the_senders_fault_not_the_tunnels() {
    let (world, origin, _client) = otter().await;
    let origin = origin.answering(ok(""));
    for target in ["/a<b", "/a>b", "/a`b", "/?\"a\"", "/?<a", "/?a>"] {
        for form in [
            target.to_owned(),
            format!("http://otter.hooks.test{target}"),
        ] {
            let answer = world.ask(get("otter", &form)).await;
            assert_eq!(answer.outcome(), "400 HR-4003", "{form}");
        }
    }
    drop(origin);
    world.end().await;
}

#[tokio::test]
async fn a_body_with_a_length_keeps_it_and_a_chunked_one_stays_chunked() {
    let (world, origin, _client) = otter().await;
    let body = "{\"event\": \"order.paid\"}\r\n\0\u{1f980}";
    let (seen, _) = pass(&world, &origin, post("otter", "/", body), ok("")).await;
    assert_eq!(seen.text(), body);
    assert_eq!(seen.all("content-length"), [body.len().to_string()]);
    assert!(!seen.is_chunked());

    let mut request =
        b"POST / HTTP/1.1\r\nHost: otter.hooks.test\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    request.extend([chunk("abc"), chunk("defg"), b"0\r\n\r\n".to_vec()].concat());
    let (seen, _) = pass(&world, &origin, request, ok("")).await;
    assert_eq!(seen.text(), "abcdefg");
    assert_eq!((seen.is_chunked(), seen.content_length()), (true, None));
    world.end().await;
}

#[tokio::test]
async fn an_empty_body_stays_empty_whichever_way_it_is_said() {
    let (world, origin, _client) = otter().await;
    let (seen, _) = pass(&world, &origin, post("otter", "/", ""), ok("")).await;
    assert_eq!(
        (seen.content_length(), seen.is_chunked(), seen.text()),
        (Some(0), false, String::new())
    );

    let request =
        "POST / HTTP/1.1\r\nHost: otter.hooks.test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    let (seen, answer) = pass(&world, &origin, request, ok("")).await;
    assert_eq!((seen.text(), answer.status()), (String::new(), 200));

    let (seen, _) = pass(&world, &origin, get("otter", "/"), ok("")).await;
    assert_eq!(
        (seen.content_length(), seen.is_chunked()),
        (None, false),
        "a GET gets no body of ours"
    );
    world.end().await;
}

#[tokio::test]
async fn http2_over_tls_carries_method_target_headers_and_body() {
    let (world, bulk) = (World::with_tls(), Bulk::start().await);
    let _client = world.client("otter", bulk.addr).await;
    let (addr, pin) = (world.relay().https(), world.relay().addresses.pin);
    let mut sender = hookreel_tests::http::http2(addr, "otter.hooks.test", pin).await;
    let uri = format!("https://otter.hooks.test:{}/hash?x=1", addr.port());
    for sized in [true, false] {
        let body = MadeUp::new(300_000, sized).boxed();
        let request = http::Request::post(&uri).body(body).unwrap();
        let answer = sender.send_request(request).await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), answer.version()),
            (200, http::Version::HTTP_2)
        );
        let text = answer.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(text, format!("300000 {}", MadeUp::hash(300_000)));
    }
    world.end().await;
}

#[tokio::test]
async fn http2_is_told_to_the_origin_as_http1_with_the_authority_as_host() {
    let world = World::with_tls();
    let origin = hookreel_tests::Origin::start().await;
    let _client = world.client("otter", origin.addr).await;
    let (addr, pin) = (world.relay().https(), world.relay().addresses.pin);
    let mut sender = hookreel_tests::http::http2(addr, "otter.hooks.test", pin).await;
    let request = http::Request::get("https://otter.hooks.test/a%2F?b")
        .header("cookie", "a=1")
        .header("cookie", "b=2")
        .body(hookreel_tests::http::empty())
        .unwrap();
    let asking = tokio::spawn(async move { sender.send_request(request).await.unwrap() });
    let (mut wire, seen) = origin.request().await;
    wire.write(ok("fine")).await;
    assert_eq!(seen.start(), "GET /a%2F?b HTTP/1.1");
    assert_eq!(seen.all("cookie"), ["a=1; b=2"]);
    assert_eq!(seen.all("x-forwarded-host"), ["otter.hooks.test"]);
    assert_eq!(seen.all("x-forwarded-proto"), ["https"]);
    assert_eq!(seen.all("via"), ["2 hookreel"]);
    assert_eq!(asking.await.unwrap().status(), 200);
    world.end().await;
}

#[tokio::test]
async fn http2_heads_meet_the_limits_that_http1_heads_meet() {
    let (world, bulk) = (World::with_tls(), Bulk::start().await);
    let _client = world.client("otter", bulk.addr).await;
    let (addr, pin) = (world.relay().https(), world.relay().addresses.pin);
    let mut sender = hookreel_tests::http::http2(addr, "otter.hooks.test", pin).await;
    let request = |target: &str| http::Request::get(format!("https://otter.hooks.test{target}"));
    let many = (0..200).fold(request("/"), |request, n| {
        request.header(format!("x-{n}"), "1")
    });
    let long = request(&format!("/{}", "a".repeat(17 * 1024)));
    let strange = request("/").header("expect", "200-ok");
    for (request, status) in [(many, 431), (long, 414), (strange, 417)] {
        let request = request.body(hookreel_tests::http::empty()).unwrap();
        assert_eq!(sender.send_request(request).await.unwrap().status(), status);
    }
    world.end().await;
}

#[tokio::test]
async fn https_with_http1_works_and_another_host_than_in_the_handshake_is_misdirected() {
    let (world, bulk) = (World::with_tls(), Bulk::start().await);
    let _client = world.client("otter", bulk.addr).await;
    let (addr, pin) = (world.relay().https(), world.relay().addresses.pin);
    let mut sender = hookreel_tests::http::https1(addr, "otter.hooks.test", pin).await;
    let mut ask = async |host: &str| {
        let request = http::Request::get("/made/10").header("host", host);
        let request = request.body(hookreel_tests::http::empty()).unwrap();
        let answer = sender.send_request(request).await.unwrap();
        let status = answer.status().as_u16();
        (status, hash(answer.into_body()).await.unwrap())
    };
    assert_eq!(ask("otter.hooks.test").await, (200, (10, MadeUp::hash(10))));
    assert_eq!(ask("other.hooks.test").await.0, 421);
    world.end().await;
}

#[tokio::test]
async fn a_client_library_sees_nothing_strange() {
    let (world, bulk) = (World::new(), Bulk::start().await);
    let _client = world.client("otter", bulk.addr).await;
    let mut sender = http1(world.relay().http()).await;
    for length in [0, 1, 5_000] {
        let request = http::Request::post("/echo").header("host", "otter.hooks.test");
        let answer = sender
            .send_request(request.body(MadeUp::new(length, true).boxed()).unwrap())
            .await
            .unwrap();
        assert_eq!(
            hash(answer.into_body()).await.unwrap(),
            (length, MadeUp::hash(length))
        );
    }
    world.end().await;
}
