//! A disk that is really full: a small one of the test's own, in a namespace where it may mount
//! one. Where namespaces are not allowed, the reason is printed and nothing is tested.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use hookreel::store::{Cursor, Place, Reader};
use serde_json::Value;

use crate::cli::peers::{Server, post};
use crate::cli::process::{Home, LIMIT, Process, program};

/// Goes into a file beside the database.
const LARGE: usize = 300_000;
/// Posted of each size while the disk is full.
const EACH: usize = 5;

/// A disk of a few MiB, and a home on it.
struct Disk {
    home: Home,
    /// Keeps the namespace.
    holder: Child,
}

impl Disk {
    /// A new one; none, and the reason printed, where that is not allowed.
    #[expect(clippy::print_stderr, reason = "why nothing is tested")]
    fn new() -> Option<Self> {
        let home = Home::new();
        fs::create_dir(home.path().join("disk")).expect("a directory");
        let mount = "mount -t tmpfs -o size=8m,mode=0700 tmpfs \"$0\" && echo mounted && exec cat";
        let path = home.path().join("disk");
        let mut unshare = home.command("unshare", &["-Umr", "sh", "-c", mount]);
        let holder = unshare.arg(path).stdin(Stdio::piped()).spawn();
        let mut holder = match holder {
            Ok(holder) => holder,
            Err(error) => {
                eprintln!("skipped: no disk of our own: unshare: {error}");
                return None;
            }
        };
        let mut said = String::new();
        let out = holder.stdout.take().expect("it is a pipe");
        BufReader::new(out).read_line(&mut said).expect("text");
        if said != "mounted\n" {
            let output = holder.wait_with_output().expect("it has ended");
            let error = String::from_utf8_lossy(&output.stderr);
            eprintln!("skipped: no disk of our own: {error}");
            return None;
        }
        Some(Self { home, holder })
    }

    /// `hookreel` with its home on this disk.
    fn hookreel(&self, arguments: &[&str]) -> Command {
        let (id, path) = (self.holder.id().to_string(), program("hookreel"));
        let enter = ["-t", &id, "-U", "-m", "--preserve-credentials", "--"];
        let path = path.to_str().expect("a path in UTF-8");
        let mut command = self
            .home
            .command("nsenter", &[&enter[..], &[path], arguments].concat());
        command.env("HOOKREEL_HOME", self.home.path().join("disk"));
        command
    }

    /// The disk as seen from outside.
    fn folder(&self) -> PathBuf {
        let disk = self.home.path().join("disk");
        let id = self.holder.id();
        PathBuf::from(format!("/proc/{id}/root{}", disk.display()))
    }

    fn fill(&self) {
        let mut file = fs::File::create(self.folder().join("ballast")).expect("a file");
        let error = loop {
            if let Err(error) = file.write_all(&[0; 4096]) {
                break error;
            }
        };
        assert_eq!(error.kind(), ErrorKind::StorageFull);
    }

    fn make_room(&self) {
        fs::remove_file(self.folder().join("ballast")).expect("it was there");
    }

    /// Names of what is in one of its folders.
    fn files(&self, folder: &str) -> BTreeSet<String> {
        let files = fs::read_dir(self.folder().join(folder)).expect("a folder");
        let name = |file: std::io::Result<fs::DirEntry>| file.expect("a file").file_name();
        files
            .map(|file| name(file).to_string_lossy().into_owned())
            .collect()
    }

    /// The history, copied to where there is room.
    fn history(&self) -> (Home, Place) {
        let copy = Home::new();
        for name in ["history.db", "history.db-wal"] {
            let _ = fs::copy(self.folder().join(name), copy.path().join(name));
        }
        let place = Place::new(copy.path());
        (copy, place)
    }

    /// Targets in the history, read by another process.
    fn targets(&self) -> BTreeSet<String> {
        let ended = Process::start(self.hookreel(&["ls", "--json", "--limit", "100"])).end();
        ended.with(0, &[]);
        let target = |line: &str| {
            let line: Value = serde_json::from_str(line).expect("JSON");
            line["target"].as_str().expect("a target").to_owned()
        };
        ended.out.lines().map(target).collect()
    }

    /// Waits until this target is in the history.
    fn until_there(&self, target: &str) {
        let start = Instant::now();
        while !self.targets().contains(target) {
            assert!(start.elapsed() < LIMIT, "{target} is not recorded");
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

/// Posts a body of that size, which has to be answered.
#[track_caller]
fn ask(url: &str, target: &str, size: usize) {
    let answer = post(url, target, &"x".repeat(size)).answer();
    assert!(answer.ends_with("got it"), "{answer}");
}

/// The total on the next line of JSON that tells what was not recorded.
#[track_caller]
fn next_unrecorded(client: &Process) -> u64 {
    loop {
        let line: Value = serde_json::from_str(&client.line()).expect("JSON");
        if line["type"] == "unrecorded" {
            return line["count"].as_u64().expect("a number");
        }
    }
}

#[test]
fn a_full_disk_costs_what_is_told_and_nothing_once_there_is_room_again() {
    let Some(disk) = Disk::new() else { return };
    let server = Server::answering();
    let client = Process::start(disk.hookreel(&["http", &server.port(), "--json"]));
    let url = client.json("ready")["url"]
        .as_str()
        .expect("a URL")
        .to_owned();
    ask(&url, "/before", LARGE);
    disk.until_there("/before");
    disk.fill();
    let mut posted = BTreeSet::from(["/before".to_owned(), "/after".to_owned()]);
    for number in 0..EACH {
        for size in [LARGE, 100] {
            let target = format!("/full-{number}-{size}");
            ask(&url, &target, size);
            posted.insert(target);
        }
    }
    let large = u64::try_from(EACH).expect("a number");
    let mut told = 0;
    while told < large {
        told = next_unrecorded(&client);
    }
    assert!(
        disk.targets().contains("/before"),
        "it can be read meanwhile"
    );
    disk.make_room();
    ask(&url, "/after", LARGE);
    disk.until_there("/after");
    // It is told once a second at the most.
    let missing = (posted.len() - disk.targets().len()) as u64;
    while told < missing {
        told = next_unrecorded(&client);
    }
    let ended = client.stop();
    ended.with(0, &["the history cannot be written", "No space left"]);

    let (_copy, place) = disk.history();
    let history = rusqlite::Connection::open(place.database()).expect("the history opens");
    let sound = history.pragma_query_value(None, "integrity_check", |row| row.get(0));
    assert_eq!(sound, Ok("ok".to_owned()));
    drop(history);
    let reader = Reader::open(&place).expect("the history opens");
    let rows = reader
        .page(&[], Cursor::Newest, 100, |_| true)
        .expect("a page");
    let (mut kept, mut files) = (BTreeSet::new(), 0);
    for row in rows {
        kept.insert(String::from_utf8_lossy(&row.summary.target).into_owned());
        files += usize::from(
            row.summary
                .request_bytes
                .is_some_and(|bytes| bytes >= LARGE as u64),
        );
    }
    assert!(
        kept.is_subset(&posted) && kept.contains("/after"),
        "{kept:?}"
    );
    let told = ended
        .out
        .lines()
        .rev()
        .find(|line| line.contains(r#""type":"unrecorded""#));
    let told: Value = serde_json::from_str(told.expect("it is told")).expect("JSON");
    assert_eq!(told["count"], posted.len() - kept.len(), "{kept:?}");
    // Small ones stand in a log.
    let of_bodies = disk.files("bodies");
    let of_bodies = of_bodies.iter().filter(|name| !name.starts_with("log-"));
    assert_eq!(
        of_bodies.count(),
        files,
        "of what was not recorded nothing is left"
    );
}

#[test]
fn in_the_compact_view_a_full_disk_is_told_beside_the_requests() {
    let Some(disk) = Disk::new() else { return };
    let server = Server::answering();
    let client = Process::start(disk.hookreel(&["http", &server.port(), "-o", "compact"]));
    let line = client.line();
    let url = line.split(' ').next().expect("a URL").to_owned();
    disk.fill();
    ask(&url, "/full", LARGE);
    client.says("not recorded: 1");
    disk.make_room();
    ask(&url, "/after", LARGE);
    disk.until_there("/after");
    client.stop().with(0, &["not recorded: 1"]);
}

#[test]
fn where_no_history_can_be_made_for_want_of_room_requests_are_answered_all_the_same() {
    let Some(disk) = Disk::new() else { return };
    let server = Server::answering();
    let port = server.port();
    let start =
        |more: &[&str]| Process::start(disk.hookreel(&[&["http", &port, "--json"], more].concat()));
    disk.fill();
    // A name belongs to the key that is kept here: without one there is nothing to start with.
    start(&[]).end().with(2, &["identity.pem", "No space left"]);
    assert_eq!(
        disk.files(""),
        BTreeSet::from(["ballast".to_owned()]),
        "nothing half made is left"
    );
    disk.make_room();
    let client = start(&["--no-record"]);
    client.json("ready");
    client.stop().with(0, &[]);
    disk.fill();
    let client = start(&[]);
    let url = client.json("ready")["url"]
        .as_str()
        .expect("a URL")
        .to_owned();
    ask(&url, "/full", LARGE);
    client.stop().with(0, &["not recorded", "disk is full"]);
    disk.make_room();
    let client = start(&[]);
    let url = client.json("ready")["url"]
        .as_str()
        .expect("a URL")
        .to_owned();
    ask(&url, "/after", LARGE);
    client.stop().with(0, &[]);
    assert_eq!(disk.targets(), BTreeSet::from(["/after".to_owned()]));
}
