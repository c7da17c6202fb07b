//! Tunnels that break and come back, and ends that leave nobody in the lurch.

use std::time::{Duration, Instant};

use hookreel::error::Exit;
use hookreel::record::State;
use hookreel_tests::net::{Way, Weather};
use hookreel_tests::until::within_time;
use hookreel_tests::wire::ok;
use hookreel_tests::world::{get, otter};
use hookreel_tests::{Client, Origin, World};
use tokio::net::TcpStream;

/// Backing off may take a few tries of seconds each.
const BACK: Duration = Duration::from_secs(25);

/// A world whose client holds the name `otter`, by a way whose weather the test makes.
async fn on_a_way() -> (World, Origin, Way, Client) {
    let (world, origin) = (World::new(), Origin::start().await);
    let way = Way::to(world.relay().addresses.tunnel).await;
    let plan = world.plan(origin.addr).named("otter").via(way.addr);
    let client = plan.start().await;
    (world, origin, way, client)
}

#[tokio::test]
async fn a_cut_path_is_noticed_and_mended_with_the_same_name() {
    let (world, origin, way, mut client) = on_a_way().await;
    let _origin = origin.answering(ok("through"));
    assert_eq!(world.get("otter").await.text(), "through");

    let start = Instant::now();
    way.turns(Weather::Cut);
    client.state(State::Reconnecting).await;
    let noticed = start.elapsed();
    assert!(noticed < Duration::from_millis(4_500), "{noticed:?}");
    // The relay notices as well, and says so.
    within_time(BACK, "the relay to know", async {
        while world.get("otter").await.outcome() != "503 HR-5031" {}
    })
    .await;

    way.turns(Weather::Fine);
    within_time(BACK, "the tunnel", client.state(State::Connected)).await;
    assert_eq!(world.get("otter").await.text(), "through");
    assert_eq!(client.names, ["otter"]);
    world.end().await;
}

#[tokio::test]
async fn a_request_that_was_on_a_cut_path_fails_and_does_not_hang() {
    let (world, origin, way, mut client) = on_a_way().await;
    let mut sender = world.sender().await;
    sender.write(get("otter", "/")).await;
    let (mut wire, _) = origin.request().await;
    way.turns(Weather::Cut);
    assert_eq!(sender.answer().await.outcome(), "503 HR-5031");
    wire.gone().await;
    assert_eq!(client.exchange().await, "the tunnel broke");
    world.end().await;
}

#[tokio::test]
async fn a_restarted_relay_is_found_again_with_the_same_name() {
    let (mut world, origin) = (World::kept(), Origin::start().await);
    let mut client = world.plan(origin.addr).start().await;
    let name = client.name().to_owned();
    let other = world.plan(origin.addr).named(&name);
    let _origin = origin.answering(ok("back"));
    world.stop_relay().await;
    client.state(State::Reconnecting).await;
    world.start_relay();
    // Until its owner is back, nobody else can have the name.
    let failed = other.fails().await;
    assert_eq!(failed.exit, Exit::Refused, "{failed}");
    within_time(BACK, "the tunnel", client.state(State::Connected)).await;
    within_time(BACK, "an answer", async {
        while world.get(&name).await.status() != 200 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(client.names, [name]);
    world.end().await;
}

#[tokio::test]
async fn a_restarted_client_gets_the_same_name_without_asking_for_it() {
    let (world, origin) = (World::new(), Origin::start().await);
    let first = world.plan(origin.addr).who("me").start().await;
    let name = first.name().to_owned();
    first.end().await;
    let failed = world.plan(origin.addr).named(&name).fails().await;
    assert_eq!(
        failed.exit,
        Exit::Refused,
        "nobody else can take it meanwhile: {failed}"
    );
    let second = world.plan(origin.addr).who("me").start().await;
    assert_eq!(second.name(), name);
    let _origin = origin.answering(ok("again"));
    assert_eq!(world.get(&name).await.text(), "again");
    world.end().await;
}

#[tokio::test]
async fn a_client_that_stops_lets_requests_under_way_finish() {
    let (world, origin, mut client) = otter().await;
    let mut sender = world.sender().await;
    sender.write(get("otter", "/long")).await;
    let (mut wire, _) = origin.request().await;
    client.stop();
    client.state(State::Draining).await;
    // One may still slip through; then new ones are turned away, and told when to come again.
    let _origin = origin.answering(ok("just in time"));
    let turned_away = async {
        loop {
            let answer = world.get("otter").await;
            if answer.status() == 503 {
                return answer;
            }
        }
    };
    let answer = within_time(BACK, "requests to be turned away", turned_away).await;
    assert!(answer.get("retry-after").is_some());
    wire.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst")
        .await;
    assert_eq!(sender.head().await.status(), 200);
    wire.write(" last").await;
    assert_eq!(sender.read(10).await, b"first last");
    client.ended().await.unwrap();
    world.end().await;
}

#[tokio::test]
async fn a_request_that_is_on_its_way_to_a_client_that_stops_gets_its_answer() {
    let (world, origin, way, client) = on_a_way().await;
    let _origin = origin.answering(ok("just in time"));
    assert_eq!(world.get("otter").await.text(), "just in time");
    way.turns(Weather::Slow(Duration::from_millis(200)));
    let mut sender = world.sender().await;
    sender.write(get("otter", "/on-its-way")).await;
    // The relay has it, or will before it can hear of the stop.
    client.stop();
    assert_eq!(sender.answer().await.text(), "just in time");
    client.ended().await.unwrap();
    world.end().await;
}

#[tokio::test]
async fn a_client_that_stops_waits_no_longer_than_it_may() {
    let (world, origin) = (World::new(), Origin::start().await);
    let grace = Duration::from_millis(300);
    let client = world
        .plan(origin.addr)
        .named("otter")
        .drain(grace)
        .start()
        .await;
    let mut sender = world.sender().await;
    sender.write(get("otter", "/for-ever")).await;
    let (mut wire, _) = origin.request().await;
    let start = Instant::now();
    client.end().await;
    let lasted = start.elapsed();
    assert!(
        lasted >= grace && lasted < Duration::from_secs(2),
        "{lasted:?}"
    );
    assert_eq!(sender.answer().await.status(), 503);
    wire.gone().await;
    world.end().await;
}

#[tokio::test]
async fn an_idle_client_stops_at_once() {
    let (world, _origin, client) = otter().await;
    let start = Instant::now();
    client.end().await;
    assert!(
        start.elapsed() < Duration::from_secs(1),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(world.get("otter").await.outcome(), "503 HR-5031");
    world.end().await;
}

#[tokio::test]
async fn a_relay_that_stops_lets_requests_under_way_finish() {
    let mut world = World::with(|config| config.limits.drain = Duration::from_secs(10));
    let origin = Origin::start().await;
    let mut client = world.client("otter", origin.addr).await;
    let mut sender = world.sender().await;
    let mut idle = world.sender().await;
    sender.write(get("otter", "/long")).await;
    let (mut wire, _) = origin.request().await;
    world.relay().stop();
    client.state(State::Draining).await;
    idle.gone().await;
    wire.write(ok("finished")).await;
    let answer = sender.answer().await;
    assert_eq!(answer.text(), "finished");
    sender.gone().await;
    client.state(State::Reconnecting).await;
    world.stop_relay().await;
    world.end().await;
}

#[tokio::test]
async fn a_relay_that_stops_waits_no_longer_than_it_may() {
    let mut world = World::with(|config| config.limits.drain = Duration::from_millis(300));
    let origin = Origin::start().await;
    let _client = world.client("otter", origin.addr).await;
    let mut sender = world.sender().await;
    sender.write(get("otter", "/for-ever")).await;
    let (mut wire, _) = origin.request().await;
    let start = Instant::now();
    world.stop_relay().await;
    assert!(
        start.elapsed() < Duration::from_secs(3),
        "{:?}",
        start.elapsed()
    );
    wire.gone().await;
    sender.gone().await;
    world.end().await;
}

#[tokio::test]
async fn a_relay_that_is_not_there_is_given_up_with_its_own_exit_code() {
    let (world, origin) = (World::new(), Origin::start().await);
    let way = Way::to(world.relay().addresses.tunnel).await;
    way.turns(Weather::Cut);
    let start = Instant::now();
    let failed = within_time(
        BACK,
        "the client to give up",
        world.plan(origin.addr).via(way.addr).fails(),
    )
    .await;
    assert_eq!(failed.exit, Exit::RelayUnreachable, "{failed}");
    assert!(
        start.elapsed() < Duration::from_secs(20),
        "{:?}",
        start.elapsed()
    );
    assert!(failed.message.contains("UDP"), "{failed}");
    world.end().await;
}

#[tokio::test]
async fn a_relay_that_stops_takes_no_new_connections() {
    let world = World::with(|config| config.limits.drain = Duration::from_secs(10));
    let origin = Origin::start().await;
    let mut client = world.client("otter", origin.addr).await;
    let mut sender = world.sender().await;
    sender.write(get("otter", "/long")).await;
    let (mut wire, _) = origin.request().await;
    world.relay().stop();
    client.state(State::Draining).await;
    let addr = world.relay().http();
    let refused = async { while TcpStream::connect(addr).await.is_ok() {} };
    within_time(
        Duration::from_secs(1),
        "new connections to be refused",
        refused,
    )
    .await;
    wire.write(ok("finished")).await;
    assert_eq!(sender.answer().await.text(), "finished");
    world.end().await;
}
