//! A client that records, its server, and a look into its history.

use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Instant;

use hookreel::store::{Cursor, Place, Reader};
use hookreel_shared::model::Exchange;
use serde_json::Value;

use crate::cli::peers::{message, send};
use crate::cli::process::{Ended, Home, LIMIT, Process};

/// A server that keeps what it is sent as it came, and answers with the status that is set.
pub struct Origin {
    pub port: u16,
    status: Arc<AtomicU16>,
    seen: Receiver<Vec<u8>>,
}

impl Origin {
    pub fn new() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let status = Arc::new(AtomicU16::new(200));
        let (sink, seen) = channel();
        let answered = Arc::clone(&status);
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let (sink, status) = (sink.clone(), Arc::clone(&answered));
                thread::spawn(move || {
                    while let Some(message) = message(&mut stream) {
                        let _ = sink.send(message);
                        let status = status.load(Ordering::SeqCst);
                        let body = format!("{{\"status\":{status}}}");
                        let length = body.len();
                        let answer = format!(
                            "HTTP/1.1 {status} So\r\nDate: {}\r\nContent-Type: application/json\r\n\
                             Content-Length: {length}\r\n\r\n{body}",
                            if status == 200 { "now" } else { "then" }
                        );
                        if stream.write_all(answer.as_bytes()).is_err() {
                            return;
                        }
                    }
                });
            }
        });
        Self { port, status, seen }
    }

    /// What it answers from now on.
    pub fn answers(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    /// The next request, as it came.
    #[track_caller]
    pub fn next(&self) -> Vec<u8> {
        self.seen.recv_timeout(LIMIT).expect("a request comes")
    }

    /// The next request as text.
    #[track_caller]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.next()).into_owned()
    }

    /// How many more came.
    pub fn more(&self) -> usize {
        self.seen.try_iter().count()
    }
}

/// A running client with the relay inside, for a server.
pub struct Stage {
    pub home: Home,
    pub origin: Origin,
    pub url: String,
    _client: Process,
}

impl Stage {
    pub fn new() -> Self {
        Self::with(&[])
    }

    /// With more flags.
    pub fn with(flags: &[&str]) -> Self {
        let (home, origin) = (Home::new(), Origin::new());
        let port = origin.port.to_string();
        let arguments = [&["http", &port, "--json"], flags].concat();
        let client = Process::start(home.hookreel(&arguments));
        let url = client.json("ready")["url"]
            .as_str()
            .expect("a URL")
            .to_owned();
        Self {
            home,
            origin,
            url,
            _client: client,
        }
    }

    /// Sends a request with these field lines and this body, and waits until it is recorded.
    #[track_caller]
    pub fn post(&self, target: &str, fields: &[u8], body: &[u8]) -> Exchange {
        let before = self.history().len();
        send(&self.url, target, fields, body).answer();
        self.recorded(before + 1).pop().expect("it is recorded")
    }

    /// Runs a verb against this history.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> Ended {
        self.home.run(arguments)
    }

    /// Runs `replay … --json`, which must end with this code; gives its lines.
    #[track_caller]
    pub fn replay(&self, code: i32, arguments: &[&str]) -> Vec<Value> {
        let ended = self.run(&[&["replay", "--json"], arguments].concat());
        ended.with(code, &[]);
        let lines = ended.out.lines();
        lines
            .map(|line| serde_json::from_str(line).expect("every line is JSON"))
            .collect()
    }

    /// All exchanges that have ended, the oldest first.
    pub fn history(&self) -> Vec<Exchange> {
        let reader = Reader::open(&Place::new(self.home.path())).expect("a history");
        let rows = reader.page(&[], Cursor::Newest, usize::MAX, |row| row.summary.closed);
        let rows = rows.expect("rows");
        let exchanges = rows.iter().rev().map(|row| reader.get(row.summary.id));
        exchanges
            .map(|exchange| exchange.expect("readable").expect("there"))
            .collect()
    }

    /// Waits until that many have ended.
    #[track_caller]
    pub fn recorded(&self, count: usize) -> Vec<Exchange> {
        let deadline = Instant::now() + LIMIT;
        loop {
            let history = self.history();
            if history.len() >= count {
                return history;
            }
            let found = history.len();
            assert!(Instant::now() < deadline, "{found} of {count} are recorded");
            thread::yield_now();
        }
    }
}

/// A message without the line of the id that each exchange has.
pub fn without_id(message: &[u8]) -> Vec<u8> {
    let mut rest = message.to_vec();
    let name = b"hookreel-request-id:";
    let at = rest
        .windows(name.len())
        .position(|window| window.eq_ignore_ascii_case(name))
        .expect("the id of the exchange");
    let end = rest[at..].iter().position(|&b| b == b'\n').expect("a line");
    rest.drain(at..=at + end);
    rest
}
