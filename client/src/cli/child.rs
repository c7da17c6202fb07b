//! The command after `--`: runs while the tunnel is up, in a process group of its own, so that
//! everything it started ends with it.

use std::io::{BufRead, BufReader};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

use crate::error::{Exit, Failed};
use crate::tui::Tail;

/// A command that does not stop when asked is killed after this.
const STOP_WITHIN: Duration = Duration::from_secs(5);

/// The running command's process group, if one runs. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Child(Arc<Mutex<Option<u32>>>);

impl Child {
    /// Runs the command until it ends, or asks it to stop once `stop` is ready. What it writes
    /// goes to `log` where the screen has the terminal.
    ///
    /// # Errors
    /// If it cannot be started, or fails by itself.
    pub async fn run(
        &self,
        command: &[String],
        url: &str,
        stop: impl Future<Output = ()>,
        log: Option<Tail>,
    ) -> Result<(), Failed> {
        let [program, arguments @ ..] = command else {
            return Ok(());
        };
        let mut started = Command::new(program);
        started
            .args(arguments)
            .env("HOOKREEL_URL", url)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        #[cfg(unix)]
        started.process_group(0);
        if let Some(log) = log {
            follow(&mut started, log)
                .map_err(|error| Failed::usage(format!("cannot run {program}: {error}")))?;
        }
        let mut running = started
            .spawn()
            .map_err(|error| Failed::usage(format!("cannot run {program}: {error}")))?;
        // It holds our writing ends of what the log follows.
        drop(started);
        self.set(running.id());
        let stopped = tokio::select! {
            status = running.wait() => Some(status),
            () = stop => None,
        };
        let result = match stopped {
            Some(Ok(status)) if status.success() => Ok(()),
            Some(Ok(status)) => Err(failed(program, status)),
            Some(Err(error)) => Err(Failed::new(Exit::Runtime, format!("{program}: {error}"))),
            None => {
                self.ask_to_stop();
                if timeout(STOP_WITHIN, running.wait()).await.is_err() {
                    self.kill();
                    let _ = running.wait().await;
                }
                Ok(())
            }
        };
        // What it left running in its group ends too.
        self.ask_to_stop();
        self.set(None);
        result
    }

    fn set(&self, id: Option<u32>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = id;
    }

    #[cfg(unix)]
    fn signal(&self, signal: rustix::process::Signal) {
        let id = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let group = id
            .and_then(|id| i32::try_from(id).ok())
            .and_then(rustix::process::Pid::from_raw);
        if let Some(group) = group {
            // Fails only if everything in it has ended.
            let _ = rustix::process::kill_process_group(group, signal);
        }
    }

    #[cfg(unix)]
    fn ask_to_stop(&self) {
        self.signal(rustix::process::Signal::TERM);
    }

    /// Ends it at once, with everything it started.
    #[cfg(unix)]
    pub fn kill(&self) {
        self.signal(rustix::process::Signal::KILL);
    }

    #[cfg(not(unix))]
    fn ask_to_stop(&self) {}

    /// Ends it at once.
    #[cfg(not(unix))]
    pub fn kill(&self) {}
}

/// Leads what a command writes into the log.
fn follow(command: &mut Command, log: Tail) -> std::io::Result<()> {
    let (reader, writer) = std::io::pipe()?;
    command.stdout(writer.try_clone()?).stderr(writer);
    std::thread::Builder::new()
        .name("command-log".into())
        .spawn(move || {
            // It ends with the command and all that it has started.
            for line in BufReader::new(reader).split(b'\n').map_while(Result::ok) {
                log.add(&line);
            }
        })?;
    Ok(())
}

fn failed(program: &str, status: ExitStatus) -> Failed {
    Failed::new(Exit::Runtime, format!("{program} has ended with {status}"))
}
