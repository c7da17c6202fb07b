//! What takes minutes: the real programs under load, and their memory. Run by `tests/run --long`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hookreel::record::BODY_LIMIT;
use hookreel::store::{Cursor, Place, Reader};
use hookreel_shared::model::{Capture, Exchange};
use hookreel_tests::http::{MadeUp, empty, hash, http1};
use hookreel_tests::programs::Program;
use hookreel_tests::until::{until_time, within_time};
use hookreel_tests::world::{get, post};
use hookreel_tests::{Bulk, Wire};
use http::Request;
use http_body_util::BodyExt;
use tokio::task::JoinSet;

const MIB: u64 = 1024 * 1024;
/// Neither program may grow by more, whatever passes through.
const GROWTH: u64 = 64 * MIB;
const HOUR: Duration = Duration::from_secs(3600);

/// Only where long tests are asked for.
fn is_wanted() -> bool {
    std::env::var_os("HOOKREEL_LONG").is_some()
}

/// A number from the environment.
fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

struct Stage {
    relay: Program,
    client: Program,
    bulk: Bulk,
    addr: SocketAddr,
    home: tempfile::TempDir,
}

impl Stage {
    async fn set() -> Self {
        let (home, bulk) = (tempfile::tempdir().expect("a folder"), Bulk::start().await);
        let relay = Program::relay(home.path()).await;
        let client = Program::client(&relay, bulk.addr.port(), home.path()).await;
        let addr = relay
            .said("http")
            .trim_start_matches("http://")
            .parse()
            .expect("an address");
        let mut first = Wire::connect(addr).await;
        first.write(get("otter", "/")).await;
        assert_eq!(first.answer().await.text(), "ok");
        Self {
            relay,
            client,
            bulk,
            addr,
            home,
        }
    }

    /// Ends both programs, and gives what the client has recorded.
    async fn strike(self) -> Kept {
        self.client.end().await;
        self.relay.end().await;
        let place = Place::new(self.home.path());
        let sound = rusqlite::Connection::open(place.database()).and_then(|history| {
            history.pragma_query_value(None, "integrity_check", |row| row.get(0))
        });
        assert_eq!(sound, Ok("ok".to_owned()));
        Kept {
            reader: Reader::open(&place).expect("the history opens"),
            _home: self.home,
        }
    }
}

/// What was recorded.
struct Kept {
    reader: Reader,
    _home: tempfile::TempDir,
}

impl Kept {
    /// The latest exchange, whole.
    fn latest(&self) -> Exchange {
        let rows = self.reader.page(&[], Cursor::Newest, 1, |_| true);
        let id = rows.expect("a page")[0].summary.id;
        let whole = self.reader.get(id).expect("the history can be read");
        whole.expect("it is there")
    }
}

/// That a body of this length was recorded: its beginning, and size and hash of all of it.
#[track_caller]
fn assert_kept(capture: &Capture, length: u64) {
    let hash = capture.sha256.map(hex::encode);
    assert_eq!(
        (capture.size, hash, capture.kept.len() as u64, capture.cut),
        (length, Some(MadeUp::hash(length)), BODY_LIMIT, false)
    );
}

fn to(method: &str, path: &str) -> http::request::Builder {
    Request::builder()
        .method(method)
        .uri(path)
        .header("host", "otter.hooks.test")
}

#[expect(clippy::print_stderr, reason = "figures for whoever runs it by hand")]
fn tell(text: &str) {
    eprintln!("{text}");
}

/// Runs `load` and asserts that neither program grows meanwhile.
async fn without_growth(stage: &Stage, what: &str, load: impl Future<Output = ()>) {
    let programs = [
        ("relay", stage.relay.memory()),
        ("client", stage.client.memory()),
    ];
    let before = programs.clone().map(|(_, memory)| memory.now());
    let watching = programs.clone().map(|(_, memory)| memory.watch());
    let start = Instant::now();
    load.await;
    for watch in watching {
        watch.abort();
    }
    for ((name, memory), before) in programs.iter().zip(before) {
        let most = memory.most();
        let (from, to, took) = (before / MIB, most / MIB, start.elapsed());
        tell(&format!(
            "{what}: {name} from {from} to {to} MiB in {took:?}"
        ));
        assert!(
            most < before + GROWTH,
            "{name} grew from {before} to {most} bytes"
        );
    }
}

#[tokio::test]
async fn long_ten_gigabytes_up_leave_memory_as_it_was() {
    if !is_wanted() {
        return;
    }
    let (stage, length) = (
        Stage::set().await,
        setting("HOOKREEL_LONG_GIB", 10) * 1024 * MIB,
    );
    without_growth(&stage, "up", async {
        let mut sender = http1(stage.addr).await;
        let request = to("POST", "/hash")
            .body(MadeUp::new(length, true).boxed())
            .unwrap();
        let answer = within_time(HOUR, "an answer", sender.send_request(request))
            .await
            .unwrap();
        let told = answer.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(told, format!("{length} {}", MadeUp::hash(length)));
    })
    .await;
    assert_kept(&stage.strike().await.latest().request_body, length);
}

#[tokio::test]
async fn long_ten_gigabytes_down_leave_memory_as_it_was() {
    if !is_wanted() {
        return;
    }
    let (stage, length) = (
        Stage::set().await,
        setting("HOOKREEL_LONG_GIB", 10) * 1024 * MIB,
    );
    without_growth(&stage, "down", async {
        let mut sender = http1(stage.addr).await;
        let request = to("GET", &format!("/made/{length}")).body(empty()).unwrap();
        let answer = sender.send_request(request).await.unwrap();
        let got = within_time(HOUR, "the body", hash(answer.into_body()))
            .await
            .unwrap();
        assert_eq!(got, (length, MadeUp::hash(length)));
    })
    .await;
    assert_kept(&stage.strike().await.latest().response_body, length);
}

#[tokio::test]
async fn long_soak_of_mixed_load_has_no_error_and_flat_memory() {
    const WORKERS: u64 = 24;
    if !is_wanted() {
        return;
    }
    let stage = Stage::set().await;
    let lasts = Duration::from_secs(setting("HOOKREEL_SOAK_SECONDS", 600));
    let (end, done) = (Instant::now() + lasts, Arc::new(AtomicU64::new(0)));
    let programs = [
        ("relay", stage.relay.memory()),
        ("client", stage.client.memory()),
    ];
    let watching = programs.clone().map(|(_, memory)| memory.watch());
    let mut workers = JoinSet::new();
    for worker in 0..WORKERS {
        workers.spawn(work(stage.addr, worker, end, Arc::clone(&done)));
    }
    while let Some(worked) = within_time(lasts + HOUR, "workers", workers.join_next()).await {
        worked.expect("no error");
    }
    for watch in watching {
        watch.abort();
    }
    let count = done.load(Ordering::Relaxed);
    assert!(count > lasts.as_secs() * 20, "only {count} rounds");
    for (name, memory) in &programs {
        // The first half fills windows and the allocator's own stock.
        let (early, late) = (memory.median(0.5, 0.75), memory.median(0.75, 1.0));
        let (first, then) = (early / MIB, late / MIB);
        tell(&format!(
            "soak: {count} rounds, {name} {first} MiB, then {then} MiB"
        ));
        assert!(
            late < early + 16 * MIB,
            "{name} grows: {early}, then {late} bytes"
        );
    }
    let limit = Duration::from_secs(5);
    until_time(limit, "nothing is left behind", || stage.bulk.held() == 0).await;
    let unrecorded = stage.client.unrecorded();
    let counts = stage
        .strike()
        .await
        .reader
        .counts()
        .expect("the history can be read");
    tell(&format!(
        "soak: {counts:?} in the history, {unrecorded} of {count} not recorded"
    ));
}

/// One of everything, again and again; every answer is checked.
async fn work(addr: SocketAddr, worker: u64, end: Instant, done: Arc<AtomicU64>) {
    let mut kept = Wire::connect(addr).await;
    let mut round = worker;
    while Instant::now() < end {
        match round % 6 {
            0 => {
                kept.write(post("otter", "/echo", "{\"event\":\"order.paid\"}"))
                    .await;
                assert_eq!(kept.answer().await.text(), "{\"event\":\"order.paid\"}");
            }
            1 => {
                let mut fresh = Wire::connect(addr).await;
                fresh.write(get("otter", "/")).await;
                assert_eq!(fresh.answer().await.text(), "ok");
            }
            2 | 3 => {
                let length = (round * 7919) % (2 * MIB);
                let body = MadeUp::new(length, round % 6 == 2).boxed();
                let request = to("POST", "/echo").body(body).expect("no error");
                let answer = http1(addr)
                    .await
                    .send_request(request)
                    .await
                    .expect("no error");
                let got = hash(answer.into_body()).await.expect("no error");
                assert_eq!(got, (length, MadeUp::hash(length)));
            }
            4 => {
                let request = to("GET", "/made-chunked/300000")
                    .body(empty())
                    .expect("no error");
                let answer = http1(addr)
                    .await
                    .send_request(request)
                    .await
                    .expect("no error");
                assert_eq!(hash(answer.into_body()).await.expect("no error").0, 300_000);
            }
            _ => {
                // Hangs up on a request that would never be answered.
                let mut gone = Wire::connect(addr).await;
                gone.write(get("otter", "/held")).await;
                assert!(gone.is_silent_for(Duration::from_millis(5)).await);
            }
        }
        round += 1;
        done.fetch_add(1, Ordering::Relaxed);
    }
}
