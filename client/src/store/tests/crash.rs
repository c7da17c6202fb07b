use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Instant;

use super::*;

const FOLDER: &str = "HOOKREEL_TEST_STORE";

/// The process that the next test kills: writes until then, and tells of each exchange. Does
/// nothing unless that test has started it.
#[test]
fn child_writes_until_it_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let writer = Writer::open(&Place::new(folder), options(Retention::default())).unwrap();
    let (_never, timer) = std::sync::mpsc::channel::<()>();
    for n in 0..100_000 {
        assert!(writer.put(exchange(n, vec![b'x'; 2048]).into()));
        println!("\n#{n}");
        let _ = timer.recv_timeout(Duration::from_micros(200));
    }
}

#[test]
fn after_kill_9_what_was_handed_over_200_ms_before_is_there() {
    let history = History::new();
    for round in 1..=3 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--nocapture"])
            .arg("store::tests::crash::child_writes_until_it_is_killed")
            .env(FOLDER, history.place.database().parent().unwrap())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let begun = Instant::now();
        let mut handed = Vec::new();
        for line in lines.map_while(Result::ok) {
            if let Some(n) = line.strip_prefix('#').and_then(|n| n.parse::<u64>().ok()) {
                handed.push((n, Instant::now()));
            }
            if begun.elapsed() > Duration::from_millis(300 * round) && handed.len() > 50 {
                break;
            }
        }
        let killed = Instant::now();
        child.kill().unwrap();
        child.wait().unwrap();
        let reader = history.reader();
        let mut checked = 0;
        for (n, at) in handed {
            if killed.duration_since(at) > Duration::from_millis(200) {
                let kept = reader
                    .get(id(n))
                    .unwrap()
                    .map(|whole| whole.request_body.kept);
                let whole = kept.is_some_and(|kept| kept == vec![b'x'; 2048]);
                assert!(whole, "{n} in round {round}");
                checked += 1;
            }
        }
        assert!(
            round == 1 || checked > 0,
            "nothing was checked in round {round}"
        );
        let writer = history.writer();
        assert!(writer.put(exchange(1_000_000 + round, "after").into()));
        writer.flush();
        assert_eq!(reader.find("@1").unwrap(), id(1_000_000 + round));
    }
}

/// As above, with bodies that go to their files in pieces, two at a time.
#[test]
fn child_spills_until_it_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let writer = Writer::open(&Place::new(folder), options(Retention::default())).unwrap();
    for n in (0..100_000).step_by(2) {
        let mut bodies = [n, n + 1].map(|n| (n, writer.spill(id(n), "request").unwrap()));
        for at in 0..PIECES {
            for (n, body) in &mut bodies {
                body.write(spilling::bytes(*n, at * PIECE, PIECE)).unwrap();
                if at == PIECES / 2 {
                    writer.put(spilling::running(*n, body, (at + 1) * PIECE));
                }
            }
        }
        for (n, body) in bodies {
            body.so_far().settle();
            writer.put(spilling::filed(n, body.end(), PIECES * PIECE));
            println!("\n#{n}");
        }
    }
}

const PIECE: usize = 50_000;
const PIECES: usize = 16;

#[test]
fn after_kill_9_bodies_are_what_passed_as_far_as_they_go_and_no_file_is_left_over() {
    let history = History::new();
    let folder = history.place.database().parent().unwrap().to_owned();
    let (mut whole, mut parts) = (0, 0);
    for round in 1..=3 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--nocapture"])
            .arg("store::tests::crash::child_spills_until_it_is_killed")
            .env(FOLDER, folder.join(round.to_string()))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let begun = Instant::now();
        let mut handed = Vec::new();
        for line in lines.map_while(Result::ok) {
            if let Some(n) = line.strip_prefix('#').and_then(|n| n.parse::<u64>().ok()) {
                handed.push((n, Instant::now()));
            }
            if begun.elapsed() > Duration::from_millis(1100 + 17 * round) {
                break;
            }
        }
        let killed = Instant::now();
        child.kill().unwrap();
        child.wait().unwrap();
        let place = Place::new(folder.join(round.to_string()));
        let reader = Reader::open(&place).unwrap();
        let rows = reader.page(&[], Cursor::Newest, 10_000, |_| true).unwrap();
        for (n, row) in numbers(&rows).into_iter().zip(&rows) {
            let body = reader.get(id(n)).unwrap().unwrap().request_body;
            let passed = spilling::bytes(n, 0, body.kept.len());
            assert!(body.kept == passed, "{n} in round {round}");
            if row.summary.closed {
                assert!(!body.is_truncated(), "{n} in round {round}");
            }
            *if row.summary.closed {
                &mut whole
            } else {
                &mut parts
            } += 1;
        }
        let there = |n: u64| {
            rows.iter()
                .any(|row| row.summary.id == id(n) && row.summary.closed)
        };
        for (n, at) in handed {
            // Its files come first, and on a busy machine they take their time.
            let long_ago = killed.duration_since(at) > Duration::from_secs(1);
            assert!(!long_ago || there(n), "{n} in round {round}");
        }
        let connection = schema::open(&place).unwrap();
        let later = std::time::SystemTime::now() + Duration::from_secs(7200);
        blob::sweep(&connection, &place.bodies(), later).unwrap();
        let files = std::fs::read_dir(place.bodies()).unwrap().count();
        assert_eq!(
            files,
            rows.len(),
            "each row has its file, and each file its row"
        );
    }
    assert!(
        whole > 10 && parts > 0,
        "{whole} whole ones, {parts} under way"
    );
}
