//! The other ends: a local server, senders, and a relay of its own.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use serde_json::Value;

use super::process::{Home, LIMIT, Process};

/// A server of the developer's whose every answer the test gives, or always the same.
pub struct Server {
    pub port: u16,
    requests: Receiver<Asked>,
}

/// A request that waits for its answer.
pub struct Asked {
    /// Head and body.
    pub text: String,
    answer: Sender<String>,
}

impl Asked {
    pub fn answer(self, body: &str) {
        self.answer.send(body.to_owned()).expect("it still waits");
    }
}

impl Server {
    /// Answers `got it` by itself.
    pub fn answering() -> Self {
        let server = Self::holding();
        let (sink, requests) = channel();
        let held = server.requests;
        thread::spawn(move || {
            for asked in held {
                let (answer, _) = channel();
                let text = asked.text.clone();
                asked.answer("got it");
                let _ = sink.send(Asked { text, answer });
            }
        });
        Self {
            port: server.port,
            requests,
        }
    }

    /// Answers when the test says so.
    pub fn holding() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let (sink, requests) = channel();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let sink = sink.clone();
                thread::spawn(move || serve(stream, &sink));
            }
        });
        Self { port, requests }
    }

    pub fn port(&self) -> String {
        self.port.to_string()
    }

    /// The next request that came.
    #[track_caller]
    pub fn next(&self) -> Asked {
        let next = self.requests.recv_timeout(LIMIT);
        next.expect("a request comes to the server")
    }
}

fn serve(mut stream: TcpStream, sink: &Sender<Asked>) {
    while let Some(request) = message(&mut stream) {
        let text = String::from_utf8_lossy(&request).into_owned();
        let (answer, answered) = channel();
        if sink.send(Asked { text, answer }).is_err() {
            return;
        }
        let Ok(body) = answered.recv() else { return };
        let length = body.len();
        let _ = write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n\r\n{body}"
        );
    }
}

/// Head and body of a message with a length; none at the end of the connection.
pub fn message(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let (mut bytes, mut byte) = (Vec::new(), [0]);
    while !bytes.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        bytes.extend(byte);
    }
    let head = String::from_utf8_lossy(&bytes).to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"));
    let length = length.map_or(0, |length| length.trim().parse().expect("a length"));
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    bytes.extend(body);
    Some(bytes)
}

/// A sender whose webhook is on its way.
pub struct Sent(TcpStream);

impl Sent {
    /// Status line, head and body of the answer.
    #[track_caller]
    pub fn answer(mut self) -> String {
        let answer = message(&mut self.0).expect("the sender gets an answer");
        String::from_utf8_lossy(&answer).into_owned()
    }

    #[track_caller]
    pub fn breaks_off(mut self) -> bool {
        message(&mut self.0).is_none()
    }
}

/// Posts a webhook to an address below `localhost`, which is this machine whatever its resolver
/// says.
#[track_caller]
pub fn post(url: &str, path: &str, body: &str) -> Sent {
    let fields = b"Content-Type: application/json\r\n";
    send(url, path, fields, body.as_bytes())
}

/// As [`post`], with these field lines.
#[track_caller]
pub fn send(url: &str, path: &str, fields: &[u8], body: &[u8]) -> Sent {
    let authority = url.strip_prefix("http://").expect("an address without TLS");
    let port = authority.rsplit(':').next().and_then(|p| p.parse().ok());
    let port: u16 = port.unwrap_or_else(|| panic!("no port in {url}"));
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("the edge listens");
    stream.set_read_timeout(Some(LIMIT)).expect("a time-out");
    let head = format!("POST {path} HTTP/1.1\r\nHost: {authority}\r\n");
    let length = format!("Content-Length: {}\r\n\r\n", body.len());
    let request = [head.as_bytes(), fields, length.as_bytes(), body].concat();
    stream
        .write_all(&request)
        .expect("the edge takes the request");
    Sent(stream)
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("an address").port()
}

/// A relay of its own on loopback.
pub struct Relay {
    pub process: Process,
    /// Its first line.
    pub ready: Value,
    _home: Home,
}

/// On free ports.
pub const LOOPBACK: &[&str] = &[
    "serve",
    "--domain",
    "hooks.localhost",
    "--tunnel",
    "127.0.0.1:0",
    "--admin",
    "127.0.0.1:0",
    "--json",
];

impl Relay {
    #[track_caller]
    pub fn start() -> Self {
        Self::with(&["--http", "127.0.0.1:0"])
    }

    #[track_caller]
    pub fn with(more: &[&str]) -> Self {
        let home = Home::new();
        let process = Process::start(home.relay(&[LOOPBACK, more].concat()));
        let ready = process.json("ready");
        Self {
            process,
            ready,
            _home: home,
        }
    }

    /// A key of the ready line, as text.
    pub fn text(&self, key: &str) -> String {
        self.ready[key].as_str().unwrap_or_default().to_owned()
    }

    /// The port of such an address.
    pub fn port(&self, key: &str) -> String {
        let text = self.text(key);
        text.rsplit(':').next().unwrap_or_default().to_owned()
    }

    /// Starts a client of this relay.
    pub fn client(&self, home: &Home, arguments: &[&str]) -> Process {
        let (relay, pin) = (self.text("tunnel"), self.text("pin"));
        let flags = ["--relay", &relay, "--pin", &pin, "--json"];
        // Before the others, which may have a command at their end.
        Process::start(home.hookreel(&[&["http"], &flags[..], arguments].concat()))
    }
}
