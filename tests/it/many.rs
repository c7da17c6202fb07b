//! Many requests, several tunnels, several clients, and who owns a name.

use std::time::{Duration, Instant};

use hookreel::error::Exit;
use hookreel::record::State;
use hookreel_tests::http::{empty, http1};
use hookreel_tests::until::within_time;
use hookreel_tests::wire::ok;
use hookreel_tests::world::{get, otter};
use hookreel_tests::{Bulk, Origin, Wire, World, until};
use http::Request;
use http_body_util::BodyExt;
use tokio::task::JoinSet;

/// Through an unoptimised build on a busy machine.
const LONG: Duration = Duration::from_secs(35);

fn to(path: &str) -> Request<hookreel_tests::http::AnyBody> {
    Request::get(path)
        .header("host", "otter.hooks.test")
        .body(empty())
        .expect("a request")
}

#[tokio::test]
async fn two_thousand_requests_at_once_are_all_answered_while_a_slow_one_waits() {
    const COUNT: u64 = 2_000;
    let (world, bulk) = (World::new(), Bulk::start().await);
    let _client = world.client("otter", bulk.addr).await;
    let mut slow = world.sender().await;
    slow.write(get("otter", "/held")).await;
    until("the slow one is held", || bulk.held() == 1).await;
    let mut asking = JoinSet::new();
    for _ in 0..COUNT {
        let mut sender = http1(world.relay().http()).await;
        asking.spawn(async move {
            let answer = sender.send_request(to("/")).await.unwrap();
            (
                answer.status().as_u16(),
                answer.into_body().collect().await.unwrap().to_bytes(),
            )
        });
    }
    let mut answered = 0;
    while let Some(answer) = within_time(LONG, "all answers", asking.join_next()).await {
        assert_eq!(answer.unwrap(), (200, "ok".into()));
        answered += 1;
    }
    assert_eq!(
        (answered, bulk.requests(), bulk.held()),
        (COUNT, COUNT + 1, 1)
    );
    bulk.release(1);
    assert_eq!(slow.answer().await.text(), "released");
    world.end().await;
}

#[tokio::test]
async fn two_thousand_requests_can_be_under_way_at_the_same_time() {
    const COUNT: u64 = 2_000;
    let (world, bulk) = (
        World::with(|config| config.threads = 2),
        Bulk::start().await,
    );
    let _client = world.client("otter", bulk.addr).await;
    let mut asking = JoinSet::new();
    for _ in 0..COUNT {
        let mut sender = http1(world.relay().http()).await;
        asking.spawn(async move {
            let answer = sender.send_request(to("/held")).await.unwrap();
            (
                answer.status().as_u16(),
                answer.into_body().collect().await.unwrap().to_bytes(),
            )
        });
    }
    until("all are held", || bulk.held() == COUNT).await;
    bulk.release(usize::try_from(COUNT).unwrap());
    while let Some(answer) = within_time(LONG, "all answers", asking.join_next()).await {
        assert_eq!(answer.unwrap(), (200, "released".into()));
    }
    world.end().await;
}

#[tokio::test]
async fn a_slow_request_never_delays_another() {
    let (world, bulk) = (World::new(), Bulk::start().await);
    let _client = world.client("otter", bulk.addr).await;
    let mut slow = Vec::new();
    for number in 1..=50 {
        let mut sender = world.sender().await;
        sender.write(get("otter", "/held")).await;
        slow.push(sender);
        let start = Instant::now();
        assert_eq!(world.get("otter").await.text(), "ok");
        assert!(
            start.elapsed() < Duration::from_millis(250),
            "behind {number}: {:?}",
            start.elapsed()
        );
    }
    bulk.release(50);
    for mut sender in slow {
        assert_eq!(sender.answer().await.text(), "released");
    }
    world.end().await;
}

#[tokio::test]
async fn a_full_tunnel_says_so_at_once_and_is_free_again_afterwards() {
    let (world, bulk) = (
        World::with(|config| config.limits.requests_per_tunnel = 3),
        Bulk::start().await,
    );
    let _client = world.client("otter", bulk.addr).await;
    let mut held: Vec<Wire> = Vec::new();
    for count in 1..=3 {
        let mut sender = world.sender().await;
        sender.write(get("otter", "/held")).await;
        held.push(sender);
        until("one more is held", || bulk.held() == count).await;
    }
    for _ in 0..5 {
        let start = Instant::now();
        let answer = world.get("otter").await;
        assert_eq!(
            (
                answer.outcome().as_str(),
                answer.get("retry-after").as_deref()
            ),
            ("503 HR-5032", Some("1"))
        );
        assert!(
            start.elapsed() < Duration::from_millis(250),
            "{:?}",
            start.elapsed()
        );
    }
    bulk.release(2);
    for sender in &mut held[..1] {
        // Which two went on is the origin's affair; the first was asked first.
        assert_eq!(sender.answer().await.text(), "released");
    }
    until("one is left", || bulk.held() == 1).await;
    for _ in 0..5 {
        assert_eq!(world.get("otter").await.text(), "ok");
    }
    // A sender that hangs up gives its place back too.
    drop(held);
    until("none is left", || bulk.held() == 0).await;
    let mut again: Vec<Wire> = Vec::new();
    for count in 1..=3 {
        let mut sender = world.sender().await;
        sender.write(get("otter", "/held")).await;
        again.push(sender);
        until("all places are there", || bulk.held() == count).await;
    }
    bulk.release(3);
    for sender in &mut again {
        assert_eq!(sender.answer().await.text(), "released");
    }
    world.end().await;
}

#[tokio::test]
async fn one_client_can_have_several_tunnels() {
    let world = World::new();
    let (first, second) = (Origin::start().await, Origin::start().await);
    let client = world
        .plan(first.addr)
        .named("first")
        .and("second", second.addr)
        .start()
        .await;
    assert_eq!(client.names, ["first", "second"]);
    let (_first, _second) = (first.answering(ok("1")), second.answering(ok("2")));
    assert_eq!(world.get("first").await.text(), "1");
    assert_eq!(world.get("second").await.text(), "2");
    client.end().await;
    assert_eq!(world.get("first").await.outcome(), "503 HR-5031");
    assert_eq!(world.get("second").await.outcome(), "503 HR-5031");
    world.end().await;
}

#[tokio::test]
async fn two_clients_of_one_relay_do_not_meet() {
    let world = World::new();
    let (first, second) = (Origin::start().await, Origin::start().await);
    let one = world.client("first", first.addr).await;
    let _two = world.client("second", second.addr).await;
    let (_first, _second) = (first.answering(ok("1")), second.answering(ok("2")));
    assert_eq!(world.get("first").await.text(), "1");
    assert_eq!(world.get("second").await.text(), "2");
    one.end().await;
    assert_eq!(world.get("second").await.text(), "2");
    world.end().await;
}

#[tokio::test]
async fn clients_without_a_wish_get_names_that_differ() {
    let (world, origin) = (World::new(), Origin::start().await);
    let one = world.plan(origin.addr).start().await;
    let two = world.plan(origin.addr).start().await;
    assert_ne!(one.name(), two.name());
    let _origin = origin.answering(ok("found"));
    for name in [one.name(), two.name()] {
        assert_eq!(world.get(name).await.text(), "found");
    }
    world.end().await;
}

#[tokio::test]
async fn a_name_that_belongs_to_another_is_refused() {
    let (world, origin, _client) = otter().await;
    let failed = world.plan(origin.addr).named("otter").fails().await;
    assert_eq!(failed.exit, Exit::Refused);
    assert!(
        failed.message.contains("otter") && failed.message.contains("--name"),
        "{failed}"
    );
    let _origin = origin.answering(ok("still mine"));
    assert_eq!(world.get("otter").await.text(), "still mine");
    world.end().await;
}

#[tokio::test]
async fn a_name_stays_with_its_owner_while_that_is_away() {
    let (world, origin, client) = otter().await;
    client.end().await;
    let failed = world.plan(origin.addr).named("otter").fails().await;
    assert_eq!(failed.exit, Exit::Refused, "{failed}");
    world.end().await;
}

#[tokio::test]
async fn a_newer_client_of_the_same_owner_takes_the_name_over() {
    let world = World::new();
    let (old_origin, new_origin) = (Origin::start().await, Origin::start().await);
    let mut old = world
        .plan(old_origin.addr)
        .named("otter")
        .who("me")
        .start()
        .await;
    let mut under_way = world.sender().await;
    under_way.write(get("otter", "/long")).await;
    let (mut wire, _) = old_origin.request().await;

    let _new = world
        .plan(new_origin.addr)
        .named("otter")
        .who("me")
        .start()
        .await;
    let _new_origin = new_origin.answering(ok("new"));
    for _ in 0..5 {
        assert_eq!(world.get("otter").await.text(), "new");
    }
    wire.write(ok("finished")).await;
    assert_eq!(
        under_way.answer().await.text(),
        "finished",
        "what was under way may finish"
    );
    old.state(State::Replaced).await;
    let failed = old.ended().await.unwrap_err();
    assert_eq!(failed.exit, Exit::Refused, "{failed}");
    assert_eq!(
        world.get("otter").await.text(),
        "new",
        "the old one takes nothing with it"
    );
    world.end().await;
}
