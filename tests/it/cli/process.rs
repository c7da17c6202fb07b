//! The built programs, run as a user runs them.

use std::io::{PipeReader, PipeWriter, Read, pipe as pipe_pair};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use serde_json::Value;
use tempfile::TempDir;

/// Nothing here takes longer, even on a busy machine.
pub const LIMIT: Duration = Duration::from_secs(20);

/// A built program.
pub fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("the test knows where it is");
    let dir = test.parent().and_then(Path::parent);
    let file = dir.expect("tests are built into deps/").join(name);
    assert!(
        file.exists(),
        "{} is missing: run cargo build --workspace first",
        file.display()
    );
    file
}

/// A user's home directory and working directory, and nothing else of the machine.
pub struct Home(TempDir);

impl Home {
    pub fn new() -> Self {
        let home = Self(tempfile::tempdir().expect("a directory"));
        std::fs::create_dir(home.work()).expect("a directory");
        home
    }

    /// `HOOKREEL_HOME`.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Where programs run.
    pub fn work(&self) -> PathBuf {
        self.0.path().join("work")
    }

    /// A file in the working directory.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.work().join(name);
        std::fs::write(&path, content).expect("a file is written");
        path
    }

    /// A program with a scrubbed environment.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path())
            .env("HOOKREEL_HOME", self.path())
            .current_dir(self.work())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// A pseudo-terminal to run a program in, with a scrubbed environment.
    pub fn terminal(&self) -> termlens::TerminalBuilder {
        termlens::Terminal::builder()
            .size(100, 30)
            .timeout(LIMIT)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path())
            .env("HOOKREEL_HOME", self.path())
            .env("TZ", "UTC")
            .current_dir(self.work())
    }

    pub fn hookreel(&self, arguments: &[&str]) -> Command {
        self.command(program("hookreel"), arguments)
    }

    pub fn relay(&self, arguments: &[&str]) -> Command {
        self.command(program("hookreel-relay"), arguments)
    }

    /// Runs `hookreel` until it ends by itself.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        Process::start(self.hookreel(arguments)).end()
    }
}

/// How a program ended and what it said.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ended {
    /// It ended with this code, and standard error says all of this.
    #[track_caller]
    pub fn with(&self, code: i32, said: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:?}");
        for said in said {
            assert!(self.err.contains(said), "no {said:?} in {self:?}");
        }
    }
}

/// What a program wrote, line by line.
struct Output {
    lines: Receiver<String>,
    whole: Arc<Mutex<String>>,
    /// While it is there, the pipe is read; and the thread that reads it.
    reading: Option<(PipeWriter, thread::JoinHandle<()>)>,
}

impl Output {
    fn of(mut pipe: impl Read + AsFd + Send + 'static) -> Self {
        let (sink, lines) = channel();
        let whole = Arc::new(Mutex::new(String::new()));
        let kept = Arc::clone(&whole);
        let (stop, on) = pipe_pair().expect("a pipe");
        let thread = thread::spawn(move || {
            let mut chunk = vec![0; 64 * 1024];
            let mut line = Vec::new();
            let put = |line: &mut Vec<u8>| {
                let text = String::from_utf8_lossy(line).into_owned();
                kept.lock().expect("a lock").push_str(&text);
                let _ = sink.send(text.trim_end_matches('\n').to_owned());
                line.clear();
            };
            while is_next(&pipe, &stop) {
                let read = pipe.read(&mut chunk).unwrap_or(0);
                if read == 0 {
                    break;
                }
                for part in chunk[..read].split_inclusive(|byte| *byte == b'\n') {
                    line.extend_from_slice(part);
                    if line.ends_with(b"\n") {
                        put(&mut line);
                    }
                }
            }
            if !line.is_empty() {
                put(&mut line);
            }
        });
        Self {
            lines,
            whole,
            reading: Some((on, thread)),
        }
    }

    /// Closes our end of the pipe.
    fn close(&mut self) {
        if let Some((on, thread)) = self.reading.take() {
            drop(on);
            thread.join().expect("the reader ends");
        }
    }

    fn so_far(&self) -> String {
        self.whole.lock().expect("a lock").clone()
    }

    /// All of it, once the program and its children have closed it.
    fn rest(&self) -> String {
        let deadline = Instant::now() + LIMIT;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => return self.so_far(),
                Err(RecvTimeoutError::Timeout) => panic!("still open: {}", self.so_far()),
            }
        }
    }
}

/// Waits until the pipe has something to read, or its end; false once nothing more is wanted.
fn is_next(pipe: &impl AsFd, stop: &PipeReader) -> bool {
    let mut polled = [
        PollFd::new(stop, PollFlags::IN),
        PollFd::new(pipe, PollFlags::IN),
    ];
    while poll(&mut polled, None).is_err() {}
    polled[0].revents().is_empty()
}

/// A running program; killed when dropped.
pub struct Process {
    child: Child,
    out: Option<Output>,
    err: Output,
    ended: Receiver<()>,
}

impl Process {
    #[track_caller]
    pub fn start(mut command: Command) -> Self {
        let mut child = command.spawn().expect("the program starts");
        let out = child.stdout.take().map(Output::of);
        let err = Output::of(child.stderr.take().expect("standard error is a pipe"));
        let (sink, ended) = channel();
        let pid = Pid::from_child(&child);
        thread::spawn(move || {
            // Does not reap it, so that the id stays good for signals.
            let _ = waitid(
                WaitId::Pid(pid),
                WaitIdOptions::EXITED | WaitIdOptions::NOWAIT,
            );
            let _ = sink.send(());
        });
        Self {
            child,
            out,
            err,
            ended,
        }
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("it runs");
    }

    /// The next line of standard output.
    #[track_caller]
    pub fn line(&self) -> String {
        let lines = &self.out.as_ref().expect("standard output is a pipe").lines;
        match lines.recv_timeout(LIMIT) {
            Ok(line) => line,
            Err(error) => panic!("no line: {error}; errors: {}", self.err.so_far()),
        }
    }

    /// The next line of standard output, as JSON of that type.
    #[track_caller]
    pub fn json(&self, kind: &str) -> Value {
        let line = self.line();
        let value: Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{line}: {e}"));
        assert_eq!(value["type"], kind, "{line}");
        assert_eq!(value["v"], 1, "{line}");
        value
    }

    /// The next line of standard error that contains this.
    #[track_caller]
    pub fn says(&self, text: &str) -> String {
        let deadline = Instant::now() + LIMIT;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.err.lines.recv_timeout(left) {
                Ok(line) if line.contains(text) => return line,
                Ok(_) => {}
                Err(error) => panic!("{text:?} not said ({error}): {}", self.err.so_far()),
            }
        }
    }

    /// All of standard output so far.
    pub fn printed(&self) -> String {
        self.out.as_ref().map_or_else(String::new, Output::so_far)
    }

    /// Whether it still runs.
    pub fn runs(&self) -> bool {
        // Whoever says that it has ended is gone then.
        matches!(self.ended.try_recv(), Err(TryRecvError::Empty))
    }

    /// Waits until it ends by itself.
    #[track_caller]
    pub fn end(mut self) -> Ended {
        if let Err(RecvTimeoutError::Timeout) = self.ended.recv_timeout(LIMIT) {
            panic!("does not end: {}{}", self.printed(), self.err.so_far());
        }
        let status = self.child.wait().expect("it has ended");
        Ended {
            code: status.code(),
            out: self.out.as_ref().map_or_else(String::new, Output::rest),
            err: self.err.rest(),
        }
    }

    /// Interrupts it and waits for the end.
    #[track_caller]
    pub fn stop(self) -> Ended {
        self.signal(Signal::INT);
        self.end()
    }

    /// Closes our end of its standard output: the next time it writes, nobody reads.
    pub fn close_output(&mut self) {
        self.out
            .as_mut()
            .expect("standard output is a pipe")
            .close();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
