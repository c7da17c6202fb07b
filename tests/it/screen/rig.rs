//! A client with its screen in a pseudo-terminal, its server, and a sender.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

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
        Self::with_files(&[], flags, variables)
    }

    /// With programs in the working directory.
    #[track_caller]
    pub fn with_files(
        programs: &[(&str, &str)],
        flags: &[&str],
        variables: &[(&str, &str)],
    ) -> Self {
        let (home, origin) = (Home::new(), Origin::new());
        for (name, script) in programs {
            let file = home.file(name, script);
            std::fs::set_permissions(file, PermissionsExt::from_mode(0o755)).expect("a mode");
        }
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
        stage.port = port_of(&screen.row_text(0));
        stage
    }

    /// The public address.
    pub fn url(&self) -> String {
        format!("http://otter.localhost:{}", self.port)
    }

    /// Sends a request with this body, and reads the answer's beginning.
    #[track_caller]
    pub fn post(&self, target: &str, body: &[u8]) {
        post(self.port, target, body);
    }

    /// Sends a request, and waits until the screen shows it whole: its body is there too.
    #[track_caller]
    pub fn shows(&mut self, target: &str, body: &str) {
        self.post(target, body.as_bytes());
        self.sees(target, |screen| {
            screen.contains(&format!("POST {target} HTTP/1.1"))
        });
    }

    /// Runs a verb beside it that reads this.
    #[track_caller]
    pub fn gives(&self, arguments: &[&str], input: &str) {
        let mut command = self.home.hookreel(arguments);
        let child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = child.expect("the program starts");
        let mut stdin = child.stdin.take().expect("its input");
        stdin.write_all(input.as_bytes()).expect("it reads");
        drop(stdin);
        let ended = child.wait_with_output().expect("it ends");
        assert!(ended.status.success(), "{ended:?}");
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

/// The port in the first row of a screen.
#[track_caller]
pub fn port_of(row: &str) -> u16 {
    let rest = row.split("http://otter.localhost:").nth(1).expect("a port");
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().expect("a port")
}

/// Sends a request with this body, and reads the answer's beginning.
#[track_caller]
pub fn post(port: u16, target: &str, body: &[u8]) {
    let authority = format!("otter.localhost:{port}");
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("the edge");
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
