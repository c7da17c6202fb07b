//! A client with its screen in a pseudo-terminal, its server, and a sender.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};

use termlens::{Key, Screen, Terminal};

use crate::cli::process::{Home, LIMIT, program};
use crate::replay::rig::Origin;

/// A client whose screen is up.
pub struct Stage {
    pub home: Home,
    pub origin: Origin,
    pub terminal: Terminal,
    port: u16,
}

impl Stage {
    #[track_caller]
    pub fn new() -> Self {
        Self::with(&[], &[])
    }

    /// With more flags and variables.
    #[track_caller]
    pub fn with(flags: &[&str], variables: &[(&str, &str)]) -> Self {
        let (home, origin) = (Home::new(), Origin::new());
        let port = origin.port.to_string();
        let program = program("hookreel");
        let terminal = home
            .terminal()
            .args(["http", &port, "--name", "otter"])
            .args(flags)
            .envs(variables.iter().copied())
            .spawn(program)
            .expect("the program starts");
        let mut stage = Self {
            home,
            origin,
            terminal,
            port: 0,
        };
        let url = "http://otter.localhost:";
        let screen = stage.sees("its address", |screen| screen.contains(url));
        let text = screen.row_text(0);
        let digits = text.split(url).nth(1).expect("a port").chars();
        let digits: String = digits.take_while(char::is_ascii_digit).collect();
        stage.port = digits.parse().expect("a port");
        stage
    }

    /// The public address.
    pub fn url(&self) -> String {
        format!("http://otter.localhost:{}", self.port)
    }

    /// Sends a request with this body, and reads the answer's beginning.
    #[track_caller]
    pub fn post(&self, target: &str, body: &[u8]) {
        let authority = format!("otter.localhost:{}", self.port);
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).expect("the edge");
        stream.set_read_timeout(Some(LIMIT)).expect("a time-out");
        let head = format!(
            "POST {target} HTTP/1.1\r\nHost: {authority}\r\nContent-Type: application/json\r\n\
             Connection: close\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let request = [head.as_bytes(), body].concat();
        stream.write_all(&request).expect("the edge takes it");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        assert!(
            answer.starts_with(b"HTTP/1.1 "),
            "{}",
            answer.escape_ascii()
        );
    }

    /// Sends a request, and waits until the screen shows it whole: its body is there too.
    #[track_caller]
    pub fn shows(&mut self, target: &str, body: &str) {
        self.post(target, body.as_bytes());
        self.sees(target, |screen| {
            screen.contains(&format!("POST {target} HTTP/1.1"))
        });
    }

    /// Waits for a frame, and gives it.
    #[track_caller]
    pub fn sees(&mut self, what: &str, is: impl FnMut(&Screen) -> bool) -> Screen {
        match self.terminal.snapshot_after(is) {
            Ok(screen) => screen,
            Err(error) => panic!("waited for {what}: {error}"),
        }
    }

    #[track_caller]
    pub fn sees_text(&mut self, text: &str) -> Screen {
        self.sees(text, |screen| screen.contains(text))
    }

    #[track_caller]
    pub fn press(&mut self, key: Key) {
        self.terminal.send(key).expect("the program takes keys");
    }

    #[track_caller]
    pub fn types(&mut self, text: &str) {
        self.terminal
            .send_str(text)
            .expect("the program takes keys");
    }

    /// Waits for its end, which must be with this code, and sees that the terminal is as before.
    #[track_caller]
    pub fn ends_with(mut self, code: u32) -> Screen {
        let status = self.terminal.wait_exit().expect("it ends");
        assert_eq!(status.code(), Some(code), "{status:?}");
        let screen = self.terminal.screen();
        is_given_back(&screen);
        screen
    }
}

/// The terminal is as it was before.
#[track_caller]
pub fn is_given_back(screen: &Screen) {
    assert!(!screen.alternate_screen(), "{screen}");
    assert!(screen.cursor_visible(), "{screen}");
    assert!(
        !screen.bracketed_paste() && !screen.focus_events(),
        "{screen}"
    );
    assert!(screen.mouse_modes().is_empty(), "{screen}");
}
