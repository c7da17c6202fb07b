//! Whom a request is for, and what the relay says if it is for nobody.

use hookreel::forward::HostHeader;
use hookreel_tests::wire::ok;
use hookreel_tests::world::{get, otter, pass};
use hookreel_tests::{Bulk, Message, Origin, World};
use tokio::net::{TcpListener, TcpStream};

fn to(host: &str, target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n")
}

#[tokio::test]
async fn a_name_in_the_path_is_taken_off_and_told() {
    let (world, origin, _client) = otter().await;
    for (target, rest, prefix) in [
        ("/~otter/a%2Fb?c", "/a%2Fb?c", "/~otter"),
        ("/~otter", "/", "/~otter"),
        ("/~OTTER?x", "/?x", "/~OTTER"),
    ] {
        let (seen, answer) = pass(&world, &origin, to("hooks.test", target), ok("")).await;
        assert_eq!((seen.target().as_str(), answer.status()), (rest, 200));
        assert_eq!(seen.all("x-forwarded-prefix"), [prefix]);
        assert_eq!(seen.all("x-forwarded-host"), ["hooks.test"]);
    }
    let (seen, _) = pass(&world, &origin, get("otter", "/"), ok("")).await;
    assert_eq!(seen.get("x-forwarded-prefix"), None);
    world.end().await;
}

#[tokio::test]
async fn a_name_in_the_host_counts_whatever_its_case_port_or_dot() {
    let (world, origin, _client) = otter().await;
    for host in [
        "OTTER.Hooks.Test",
        "otter.hooks.test:8080",
        "otter.hooks.test.",
    ] {
        let (seen, _) = pass(&world, &origin, to(host, "/"), ok("")).await;
        assert_eq!(seen.all("x-forwarded-host"), [host], "as sent");
    }
    world.end().await;
}

#[tokio::test]
async fn the_bare_address_leads_to_the_only_tunnel() {
    let (world, bulk) = (
        World::with(|config| config.bare = true),
        Bulk::start().await,
    );
    let port = world.relay().http().port();
    assert_eq!(
        world
            .ask(to(&format!("localhost:{port}"), "/"))
            .await
            .outcome(),
        "503 HR-5031",
        "no tunnel yet"
    );
    let client = world.client("otter", bulk.addr).await;
    assert!(
        client.urls.contains(&format!("http://localhost:{port}")),
        "{:?}",
        client.urls
    );
    for host in [
        format!("localhost:{port}"),
        format!("127.0.0.1:{port}"),
        "hooks.test".into(),
        "otter.hooks.test".into(),
    ] {
        assert_eq!(world.ask(to(&host, "/x")).await.text(), "ok", "{host}");
    }
    let _second = world.client("second", bulk.addr).await;
    assert_ne!(
        world.ask(to("localhost", "/")).await.status(),
        200,
        "two tunnels: nobody can know which"
    );
    assert_eq!(world.get("otter").await.text(), "ok");
    world.end().await;
}

#[tokio::test]
async fn an_unknown_name_and_a_foreign_host_answer_alike() {
    let (world, _origin, _client) = otter().await;
    for host in [
        "nobody.hooks.test",
        "evil.example",
        "a.otter.hooks.test",
        "hooks.test",
        "127.0.0.1",
    ] {
        let answer = world.ask(to(host, "/")).await;
        assert_eq!(answer.outcome(), "404 HR-4040", "{host}");
        assert_eq!(answer.get("retry-after"), None);
    }
    world.end().await;
}

#[tokio::test]
async fn a_name_whose_client_is_away_is_known_and_worth_another_try() {
    let (world, _origin, client) = otter().await;
    client.end().await;
    let answer = world.get("otter").await;
    assert_eq!(answer.outcome(), "503 HR-5031");
    assert_eq!(answer.get("retry-after").as_deref(), Some("5"));
    world.end().await;
}

#[tokio::test]
async fn programs_get_a_problem_document_and_browsers_a_page() {
    let world = World::new();
    let answer = world.get("nobody").await;
    assert_eq!(
        answer.get("content-type").as_deref(),
        Some("application/problem+json")
    );
    assert_eq!(answer.get("cache-control").as_deref(), Some("no-store"));
    let problem: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(
        (problem["status"].as_u64(), problem["code"].as_str()),
        (Some(404), Some("HR-4040"))
    );
    assert_eq!(
        problem["request_id"].as_str(),
        answer.get("hookreel-request-id").as_deref()
    );

    let browser =
        "GET /?script HTTP/1.1\r\nHost: nobody.hooks.test\r\nAccept: text/html,*/*;q=0.8\r\n\r\n";
    let page = world.ask(browser).await;
    assert_eq!(page.outcome(), "404 HR-4040");
    assert_eq!(
        page.get("content-type").as_deref(),
        Some("text/html; charset=utf-8")
    );
    assert!(
        page.text().contains("HR-4040") && !page.text().contains("script"),
        "{}",
        page.text()
    );
    world.end().await;
}

#[tokio::test]
async fn the_relays_own_answer_leaves_the_connection_in_use() {
    let (world, origin, _client) = otter().await;
    let _origin = origin.answering(ok("found"));
    let mut sender = world.sender().await;
    sender.write(get("nobody", "/")).await;
    assert_eq!(sender.answer().await.outcome(), "404 HR-4040");
    sender.write(get("otter", "/")).await;
    assert_eq!(sender.answer().await.text(), "found");
    world.end().await;
}

#[tokio::test]
async fn health_is_told_in_public_and_to_the_administrator() {
    let world = World::with(|config| config.admin = config.http);
    let answer = world.ask(to("hooks.test", "/healthz")).await;
    assert_eq!((answer.status(), answer.text().as_str()), (200, "ok\n"));
    let admin = world.relay().addresses.admin.unwrap();
    let ask = async |target: &str| -> Message {
        let mut wire = hookreel_tests::Wire::connect(admin).await;
        wire.write(to("localhost", target)).await;
        wire.answer().await
    };
    assert_eq!(ask("/healthz").await.status(), 200);
    assert_eq!(ask("/else").await.status(), 404);
    world.end().await;
}

#[tokio::test]
async fn heads_that_two_programs_could_read_differently_are_refused() {
    let (world, origin, _client) = otter().await;
    let mut origin = origin.answering(ok("reached"));
    let head =
        |fields: &str| format!("POST / HTTP/1.1\r\nHost: otter.hooks.test\r\n{fields}\r\n\r\n");
    let cases = [
        (
            head("Content-Length: 1\r\nTransfer-Encoding: chunked"),
            "400 HR-4001",
        ),
        (
            head("Content-Length: 1\r\nContent-Length: 2"),
            "400 HR-4001",
        ),
        (head("Transfer-Encoding: chunked, chunked"), "400 HR-4001"),
        (head("Transfer-Encoding: gzip, chunked"), "501 HR-4014"),
        (head("Host: other.hooks.test"), "400 HR-4008"),
        (head("X: a\n\nb"), "400 HR-4002"),
        (head("Expect: tea"), "417 HR-4009"),
        ("GET / HTTP/1.1\r\n\r\n".into(), "400 HR-4008"),
        (
            "GET / HTTP/3.0\r\nHost: otter.hooks.test\r\n\r\n".into(),
            "505 HR-4016",
        ),
        (
            "CONNECT a:1 HTTP/1.1\r\nHost: otter.hooks.test\r\n\r\n".into(),
            "501 HR-4015",
        ),
        (
            get("otter", &format!("/{}", "x".repeat(17_000))),
            "414 HR-4007",
        ),
    ];
    for (request, expected) in cases {
        assert_eq!(
            world.ask(&request).await.outcome(),
            expected,
            "{}",
            &request[..request.len().min(200)]
        );
    }
    assert!(origin.is_drained(), "none of them reached the origin");
    assert_eq!(world.get("otter").await.text(), "reached");
    origin.next_request().await;
    world.end().await;
}

#[tokio::test]
async fn a_tunnel_that_leads_back_to_itself_ends_after_a_few_rounds() {
    let world = World::new();
    let back = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (addr, relay) = (back.local_addr().unwrap(), world.relay().http());
    let (count, mut rounds) = tokio::sync::mpsc::channel(100);
    let looping = tokio::spawn(async move {
        while let Ok((mut from, _)) = back.accept().await {
            count.send(()).await.unwrap();
            tokio::spawn(async move {
                let mut to = TcpStream::connect(relay).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut from, &mut to).await;
            });
        }
    });
    let _client = world
        .plan(addr)
        .named("otter")
        .host(HostHeader::Keep)
        .start()
        .await;
    // On its way back the answer passes for one of the origin, so its code is only in the body.
    let answer = world.get("otter").await;
    assert_eq!(answer.status(), 508);
    assert!(answer.text().contains("HR-5081"), "{}", answer.text());
    looping.abort();
    let mut seen = 0;
    while rounds.try_recv().is_ok() {
        seen += 1;
    }
    assert_eq!(seen, 5, "rounds");
    world.end().await;
}

#[tokio::test]
async fn a_path_in_the_origins_address_goes_before_every_path() {
    let (world, origin) = (World::new(), Origin::start().await);
    let plan = world
        .plan(origin.addr)
        .named("otter")
        .origin(&format!("http://{}/api/stripe", origin.addr));
    let _client = plan.start().await;
    for (target, expected) in [
        ("/", "/api/stripe"),
        ("/?a=1", "/api/stripe?a=1"),
        ("/x/", "/api/stripe/x/"),
    ] {
        let (seen, _) = pass(&world, &origin, get("otter", target), ok("")).await;
        assert_eq!(seen.target(), expected);
    }
    world.end().await;
}
