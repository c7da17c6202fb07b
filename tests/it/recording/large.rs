//! Large bodies: they go to disk as they pass, and memory stays as it was.

use std::time::Duration;

use bytes::Bytes;
use hookreel::record::BODY_LIMIT;
use hookreel::store::{Cursor, Place, Reader};
use hookreel_shared::model::Capture;
use hookreel_tests::Bulk;
use hookreel_tests::http::{MadeUp, empty, hash, http1};
use hookreel_tests::programs::{Memory, Program};
use hookreel_tests::until::{until, within_time};
use http::Request;
use http_body_util::BodyExt;

const MIB: u64 = 1024 * 1024;
/// What passes each way, three times one after another.
const SIZE: u64 = 100 * MIB;
/// Neither program may grow by more.
const GROWTH: u64 = 64 * MIB;
/// On a machine that has other work, too.
const LONG: Duration = Duration::from_secs(60);

fn to(method: &str, path: &str) -> http::request::Builder {
    Request::builder()
        .method(method)
        .uri(path)
        .header("host", "otter.hooks.test")
}

/// What is kept of a made-up body, beside its beginning.
fn assert_kept(capture: &Capture, beginning: &Bytes, sha256: &str) {
    assert_eq!(capture.size, SIZE);
    let hash = capture.sha256.map(hex::encode);
    assert_eq!(hash.as_deref(), Some(sha256));
    assert!(
        capture.kept == beginning,
        "{} bytes are kept",
        capture.kept.len()
    );
}

#[tokio::test]
async fn three_hundred_megabytes_each_way_leave_memory_as_it_was_and_are_kept_up_to_the_limit() {
    let (home, bulk) = (tempfile::tempdir().expect("a folder"), Bulk::start().await);
    let relay = Program::relay(home.path()).await;
    let data = home.path().join("client");
    let client = Program::client(&relay, bulk.addr.port(), &data).await;
    let addr = relay.said("http");
    let addr = addr
        .trim_start_matches("http://")
        .parse()
        .expect("an address");
    let sha256 = MadeUp::hash(SIZE);
    let memories = [relay.memory(), client.memory()];
    let before = memories.each_ref().map(Memory::now);
    let watching = memories.each_ref().map(Memory::watch);
    for _ in 0..3 {
        let mut sender = http1(addr).await;
        let body = MadeUp::new(SIZE, true).boxed();
        let request = to("POST", "/hash").body(body).expect("a request");
        let answer = within_time(LONG, "an answer", sender.send_request(request)).await;
        let told = answer.expect("an answer").into_body().collect().await;
        let told = told.expect("its body").to_bytes();
        assert_eq!(told, format!("{SIZE} {sha256}"));
        let request = to("GET", &format!("/made/{SIZE}")).body(empty());
        let answer = sender.send_request(request.expect("a request")).await;
        let body = answer.expect("an answer").into_body();
        let got = within_time(LONG, "the body", hash(body)).await;
        assert_eq!(got.expect("all of it"), (SIZE, sha256.clone()));
    }
    for watch in watching {
        watch.abort();
    }
    for (memory, before) in memories.iter().zip(before) {
        let most = memory.most();
        assert!(most < before + GROWTH, "from {before} to {most} bytes");
    }
    let reader = Reader::open(&Place::new(&data)).expect("a history");
    let rows = || {
        let page = reader.page(&[], Cursor::Newest, 10, |row| row.summary.closed);
        page.expect("a page")
    };
    until("all are recorded", || rows().len() == 6).await;
    let limit = usize::try_from(BODY_LIMIT).expect("it fits");
    let beginning = MadeUp::new(SIZE, true).beginning(limit);
    for row in rows() {
        let exchange = reader.get(row.summary.id).expect("it can be read");
        let exchange = exchange.expect("it is there");
        match &exchange.request.method[..] {
            b"POST" => assert_kept(&exchange.request_body, &beginning, &sha256),
            _ => assert_kept(&exchange.response_body, &beginning, &sha256),
        }
    }
    client.end().await;
    relay.end().await;
}
