//! Bodies of all sizes arrive whole, proved by their hash.

use bytes::Bytes;
use hookreel_tests::http::{AnyBody, MadeUp, empty, hash, http1, http2};
use hookreel_tests::net::{Way, Weather};
use hookreel_tests::until::within_time;
use hookreel_tests::{Bulk, World};
use http::Request;
use http_body_util::BodyExt;
use std::time::Duration;

const KIB64: u64 = 64 * 1024;
const MIB: u64 = 1024 * 1024;
const SIZES: [u64; 6] = [0, 1, KIB64 - 1, KIB64, KIB64 + 1, MIB];
/// For thirty megabytes through an unoptimised build on a busy machine.
const LONG: Duration = Duration::from_secs(35);

fn to(method: &str, path: &str) -> http::request::Builder {
    Request::builder()
        .method(method)
        .uri(path)
        .header("host", "otter.hooks.test")
}

async fn up(world: &World, length: u64, sized: bool) {
    let mut sender = http1(world.relay().http()).await;
    let request = to("POST", "/hash")
        .body(MadeUp::new(length, sized).boxed())
        .expect("HTTP that works");
    let answer = within_time(LONG, "an answer", sender.send_request(request))
        .await
        .expect("HTTP that works");
    let told = answer
        .into_body()
        .collect()
        .await
        .expect("HTTP that works")
        .to_bytes();
    assert_eq!(
        told,
        Bytes::from(format!("{length} {}", MadeUp::hash(length))),
        "sized: {sized}"
    );
}

async fn down(world: &World, length: u64, sized: bool) {
    let mut sender = http1(world.relay().http()).await;
    let path = if sized { "/made/" } else { "/made-chunked/" };
    let request = to("GET", &format!("{path}{length}"))
        .body(empty())
        .expect("HTTP that works");
    let answer = sender.send_request(request).await.expect("HTTP that works");
    let announced = answer
        .headers()
        .get("content-length")
        .map(|length| length.to_str().expect("HTTP that works").to_owned());
    assert_eq!(announced, sized.then(|| length.to_string()));
    let got = within_time(LONG, "the body", hash(answer.into_body()))
        .await
        .expect("HTTP that works");
    assert_eq!(got, (length, MadeUp::hash(length)), "sized: {sized}");
}

#[tokio::test]
async fn bodies_of_requests_arrive_whole() {
    let (world, bulk) = (World::new(), Bulk::start().await);
    let _client = world.client("otter", bulk.addr).await;
    for length in SIZES {
        for sized in [true, false] {
            up(&world, length, sized).await;
        }
    }
    world.end().await;
}

#[tokio::test]
async fn bodies_of_answers_arrive_whole() {
    let (world, bulk) = (World::new(), Bulk::start().await);
    let _client = world.client("otter", bulk.addr).await;
    for length in SIZES {
        for sized in [true, false] {
            down(&world, length, sized).await;
        }
    }
    world.end().await;
}

#[tokio::test]
async fn thirty_megabytes_arrive_whole_at_the_origin() {
    let (world, bulk) = (World::new(), Bulk::start().await);
    let _client = world.client("otter", bulk.addr).await;
    up(&world, 30 * MIB, true).await;
    up(&world, 30 * MIB, false).await;
    world.end().await;
}

#[tokio::test]
async fn thirty_megabytes_arrive_whole_at_the_sender() {
    let (world, bulk) = (World::new(), Bulk::start().await);
    let _client = world.client("otter", bulk.addr).await;
    down(&world, 30 * MIB, true).await;
    down(&world, 30 * MIB, false).await;
    world.end().await;
}

#[tokio::test]
async fn an_echo_of_ten_megabytes_flows_both_ways_at_once() {
    let (world, bulk) = (World::new(), Bulk::start().await);
    let _client = world.client("otter", bulk.addr).await;
    for sized in [true, false] {
        let mut sender = http1(world.relay().http()).await;
        let request = to("POST", "/echo")
            .body(MadeUp::new(10 * MIB, sized).boxed())
            .unwrap();
        let answer = sender.send_request(request).await.unwrap();
        let got = within_time(LONG, "the echo", hash(answer.into_body()))
            .await
            .unwrap();
        assert_eq!(got, (10 * MIB, MadeUp::hash(10 * MIB)));
    }
    world.end().await;
}

#[tokio::test]
async fn an_echo_over_http2_flows_both_ways_at_once() {
    let (world, bulk) = (World::with_tls(), Bulk::start().await);
    let _client = world.client("otter", bulk.addr).await;
    let (addr, pin) = (world.relay().https(), world.relay().addresses.pin);
    let sender = http2(addr, "otter.hooks.test", pin).await;
    let mut echoes = tokio::task::JoinSet::new();
    for number in 0..4 {
        let (mut sender, length) = (sender.clone(), 3 * MIB + number);
        let body: AnyBody = MadeUp::new(length, number % 2 == 0).boxed();
        let request = Request::post("https://otter.hooks.test/echo")
            .body(body)
            .unwrap();
        echoes.spawn(async move {
            let answer = sender.send_request(request).await.unwrap();
            assert_eq!(
                hash(answer.into_body()).await.unwrap(),
                (length, MadeUp::hash(length))
            );
        });
    }
    while let Some(echoed) = within_time(LONG, "echoes", echoes.join_next()).await {
        echoed.unwrap();
    }
    world.end().await;
}

#[tokio::test]
async fn a_network_that_loses_packets_loses_no_bytes() {
    let (world, bulk) = (World::new(), Bulk::start().await);
    let way = Way::to(world.relay().addresses.tunnel).await;
    let _client = world
        .plan(bulk.addr)
        .named("otter")
        .via(way.addr)
        .start()
        .await;
    for weather in [Weather::Lossy(50), Weather::Slow(Duration::from_millis(30))] {
        way.turns(weather);
        up(&world, 2 * MIB, true).await;
        down(&world, 2 * MIB, false).await;
    }
    assert!(way.packets() > 1000, "the tunnel really went this way");
    world.end().await;
}
