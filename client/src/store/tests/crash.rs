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
