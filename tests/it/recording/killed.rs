//! Whatever happens to the process, what was answered is there.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hookreel::store::{Cursor, Place, Reader};
use hookreel_tests::programs::Program;
use hookreel_tests::wire::chunk;
use hookreel_tests::world::post;
use hookreel_tests::{Origin, Wire, until};
use tokio::task::JoinSet;

/// What was answered longer ago is on disk.
const KEPT_AFTER: Duration = Duration::from_secs(1);
/// How long the load runs before the end comes.
const LOAD: Duration = Duration::from_millis(1600);
/// Senders that post one webhook after the other.
const SENDERS: usize = 4;
/// Room for the targets of all that was answered.
const MOST: usize = 1_000_000;

/// Targets answered, and when.
type Answered = Arc<Mutex<Vec<(String, Instant)>>>;

fn note(answered: &Answered, target: String) {
    let mut answered = answered.lock().unwrap_or_else(PoisonError::into_inner);
    answered.push((target, Instant::now()));
}

/// An origin whose answers to `/s…` never end.
async fn origin() -> (SocketAddr, JoinSet<()>) {
    let origin = Origin::start().await;
    let addr = origin.addr;
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let mut connections = JoinSet::new();
        loop {
            let mut wire = origin.connection_at_leisure().await;
            connections.spawn(async move {
                while let Some(request) = wire.next_request().await {
                    let answer = if request.target().starts_with("/s") {
                        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
                        [head.as_bytes(), &chunk("event")].concat()
                    } else {
                        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_vec()
                    };
                    if wire.try_write(answer).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    (addr, tasks)
}

/// Posts one webhook after the other, as long as they are answered.
async fn send(relay: SocketAddr, sender: String, answered: Answered) {
    let mut wire = Wire::connect(relay).await;
    for number in 0.. {
        let target = format!("/{sender}/{number}");
        if wire
            .try_write(post("otter", &target, &"x".repeat(2000)))
            .await
            .is_err()
        {
            return;
        }
        match wire.next_answer().await {
            Some(answer) if answer.status() == 200 => note(&answered, target),
            _ => return,
        }
    }
}

/// Asks for one endless answer after the other, and leaves them open.
async fn stream(relay: SocketAddr, round: usize, answered: Answered) {
    let mut open = Vec::new();
    let mut ticks = tokio::time::interval(Duration::from_millis(100));
    for number in 0.. {
        ticks.tick().await;
        let target = format!("/s/{round}/{number}");
        let mut wire = Wire::connect(relay).await;
        if wire
            .try_write(post("otter", &target, "body"))
            .await
            .is_err()
        {
            return;
        }
        match wire.next_head().await {
            Some(head) if head.status() == 200 => note(&answered, target),
            _ => return,
        }
        open.push(wire);
    }
}

async fn survives_being_killed(times: usize) {
    let home = tempfile::tempdir().expect("a folder");
    let relay = Program::relay(home.path()).await;
    let addr = relay
        .said("http")
        .trim_start_matches("http://")
        .parse()
        .expect("an address");
    let (port, _origin) = origin().await;
    let data = home.path().join("client");
    let (mut checked, mut streams) = (0, 0);
    for round in 0..times {
        let client = Program::client(&relay, port.port(), &data).await;
        let answered = Answered::default();
        let mut load = JoinSet::new();
        for sender in 0..SENDERS {
            load.spawn(send(
                addr,
                format!("{round}-{sender}"),
                Arc::clone(&answered),
            ));
        }
        load.spawn(stream(addr, round, Arc::clone(&answered)));
        let begun = Instant::now();
        // Not always at the same point of a second's work.
        let time = LOAD + Duration::from_millis(37 * (round as u64 % 20));
        until("the load has run", || begun.elapsed() > time).await;
        let killed = Instant::now();
        client.kill().await;
        load.shutdown().await;
        let reader = Reader::open(&Place::new(&data)).expect("the history opens");
        let rows = reader
            .page(&[], Cursor::Newest, MOST, |_| true)
            .expect("a page");
        let there: HashSet<_> = rows.into_iter().map(|row| row.summary.target).collect();
        let answered = answered.lock().unwrap_or_else(PoisonError::into_inner);
        for (target, at) in answered.iter() {
            let before = killed.duration_since(*at);
            if before > KEPT_AFTER {
                assert!(
                    there.contains(target.as_bytes()),
                    "{target} in round {round}, answered {before:?} before the end"
                );
                checked += 1;
                streams += usize::from(target.starts_with("/s"));
            }
        }
    }
    assert!(
        checked > 50 * times && streams >= 3 * times,
        "{checked}, {streams} of them endless"
    );
}

#[tokio::test]
async fn after_a_kill_everything_answered_a_second_before_is_there() {
    survives_being_killed(2).await;
}

#[tokio::test]
async fn long_after_fifty_kills_everything_answered_a_second_before_is_there() {
    if std::env::var_os("HOOKREEL_LONG").is_some() {
        survives_being_killed(50).await;
    }
}
