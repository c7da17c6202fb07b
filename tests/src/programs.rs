//! The real programs, as processes, with an eye on their memory.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::task::JoinHandle;

use crate::until::{within, within_time};

/// How often memory is looked at.
const LOOK: Duration = Duration::from_millis(200);

/// A running program.
#[derive(Debug)]
pub struct Program {
    child: Child,
    /// What it said first.
    pub ready: Value,
    memory: Memory,
    unrecorded: Arc<AtomicU64>,
    reading: JoinHandle<()>,
}

/// Resident memory of a process in bytes, now and then.
#[derive(Debug, Clone)]
pub struct Memory {
    pid: u32,
    samples: Arc<Mutex<Vec<u64>>>,
    most: Arc<AtomicU64>,
}

impl Program {
    /// Starts a program that was built along with the tests and waits for its first line, a JSON
    /// object.
    ///
    /// # Panics
    /// If it does not start.
    pub async fn start(name: &str, arguments: &[&str], home: &Path) -> Self {
        let path = built(name);
        let mut command = Command::new(&path);
        command
            .args(arguments)
            .env("HOOKREEL_HOME", home)
            .stdin(Stdio::null());
        command.stdout(Stdio::piped()).kill_on_drop(true);
        let child = command.spawn();
        let hint = "cargo build --workspace --bins, with --release for a release build";
        let mut child = child.unwrap_or_else(|error| panic!("{}: {error}; {hint}", path.display()));
        let mut lines = BufReader::new(child.stdout.take().expect("it was piped")).lines();
        let first = within("the first line", lines.next_line())
            .await
            .expect("a line");
        let first = first.unwrap_or_else(|| panic!("{name} ended before it was ready"));
        let ready = serde_json::from_str(&first).expect("a line of JSON");
        let memory = Memory::of(child.id().expect("it runs"));
        let unrecorded = Arc::default();
        Self {
            child,
            ready,
            memory,
            reading: tokio::spawn(read(lines, Arc::clone(&unrecorded))),
            unrecorded,
        }
    }

    /// A relay.
    ///
    /// # Panics
    /// If it does not start.
    pub async fn relay(home: &Path) -> Self {
        let any = "127.0.0.1:0";
        let data = home.join("relay");
        let data = data.to_str().expect("a path in UTF-8");
        let arguments = [
            "serve",
            "--domain",
            "hooks.test",
            "--tls",
            "off",
            "--anonymous",
            "--json",
            "--http",
            any,
            "--tunnel",
            any,
            "--admin",
            any,
            "--data",
            data,
        ];
        Self::start("hookreel-relay", &arguments, home).await
    }

    /// A client of this relay that holds the name `otter` for an origin on this port.
    ///
    /// # Panics
    /// If it does not start.
    pub async fn client(relay: &Self, origin: u16, home: &Path) -> Self {
        let (tunnel, pin, origin) = (relay.said("tunnel"), relay.said("pin"), origin.to_string());
        let arguments = [
            "http", &origin, "--json", "--name", "otter", "--relay", &tunnel, "--pin", &pin,
        ];
        Self::start("hookreel", &arguments, home).await
    }

    /// A text in what it said first.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn said(&self, key: &str) -> String {
        self.ready[key]
            .as_str()
            .unwrap_or_else(|| panic!("no {key} in {}", self.ready))
            .to_owned()
    }

    /// Its memory.
    #[must_use]
    pub fn memory(&self) -> Memory {
        self.memory.clone()
    }

    /// How many exchanges it says that it could not record.
    #[must_use]
    pub fn unrecorded(&self) -> u64 {
        self.unrecorded.load(Ordering::Relaxed)
    }

    /// Ends it at once, with nothing to be done about it.
    ///
    /// # Panics
    /// If it cannot be ended.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("it is killed");
    }

    /// Asks it to stop, and waits for its end, which must be a good one.
    ///
    /// # Panics
    /// If it is not.
    pub async fn end(mut self) {
        let id = self
            .child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(Pid::from_raw);
        kill_process(id.expect("it still runs"), Signal::TERM).expect("a signal");
        let ended = within_time(
            Duration::from_secs(40),
            "a program to end",
            self.child.wait(),
        )
        .await;
        let ended = ended.expect("an end");
        assert!(ended.success(), "{ended:?}");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

/// Reads on, so that it never waits for a reader, and notes what it could not record.
async fn read(mut lines: Lines<BufReader<ChildStdout>>, unrecorded: Arc<AtomicU64>) {
    while let Ok(Some(line)) = lines.next_line().await {
        // Not all are parsed: there are two or three for each exchange of a long test.
        if line.contains(r#""type":"unrecorded""#) {
            let value: Value = serde_json::from_str(&line).expect("a line of JSON");
            let count = value["count"].as_u64().expect("a count");
            unrecorded.store(count, Ordering::Relaxed);
        }
    }
}

/// Beside the test itself, which is in `deps`.
fn built(name: &str) -> PathBuf {
    let own = std::env::current_exe().expect("a test has a path");
    own.parent()
        .and_then(Path::parent)
        .expect("a test is in a folder of folders")
        .join(name)
}

impl Memory {
    fn of(pid: u32) -> Self {
        Self {
            pid,
            samples: Arc::default(),
            most: Arc::default(),
        }
    }

    /// Resident now, in bytes.
    ///
    /// # Panics
    /// If the process is gone.
    #[must_use]
    pub fn now(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid));
        let status = status.expect("the process lives");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line
            .and_then(|line| line.trim().strip_suffix(" kB"))
            .expect("a size in kB");
        kib.trim().parse::<u64>().expect("a number") * 1024
    }

    /// Looks at it again and again; stops with the task.
    #[must_use]
    pub fn watch(&self) -> JoinHandle<()> {
        let memory = self.clone();
        tokio::spawn(async move {
            let mut ticks = tokio::time::interval(LOOK);
            loop {
                ticks.tick().await;
                let now = memory.now();
                memory.most.fetch_max(now, Ordering::Relaxed);
                memory
                    .samples
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(now);
            }
        })
    }

    /// The most that was seen.
    #[must_use]
    pub fn most(&self) -> u64 {
        self.most.load(Ordering::Relaxed)
    }

    /// The median of a part of the time watched, such as 0.75 to 1.0 for the last quarter.
    #[must_use]
    pub fn median(&self, from: f64, to: f64) -> u64 {
        let samples = self.samples.lock().unwrap_or_else(PoisonError::into_inner);
        let at = |part: f64| (samples.len() as f64 * part) as usize;
        let mut part = samples[at(from)..at(to)].to_vec();
        part.sort_unstable();
        part.get(part.len() / 2).copied().unwrap_or_default()
    }
}
