//! Data on standard output. Whoever reads it may stop at any time (`| head -1`): that is no error.

use std::io::{self, IsTerminal, Write};

use hookreel_shared::pretty::safe;
use jiff::tz::TimeZone;

use super::history;
use crate::error::{Exit, Failed};
use crate::plain::table::Table;

/// Prints text; colours only where they are wanted.
///
/// # Errors
/// If standard output does not take it, unless it is closed.
pub fn text(text: &str) -> Result<Exit, Failed> {
    let mut out = anstream::stdout();
    ended(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// Prints bytes as they are.
///
/// # Errors
/// As [`text`].
pub fn bytes(bytes: &[u8]) -> Result<Exit, Failed> {
    let mut out = io::stdout().lock();
    ended(out.write_all(bytes).and_then(|()| out.flush()))
}

/// Prints pieces one after another, so that no more than one of them is in memory. Bytes stay as
/// they are; of text, colours stay only where they are wanted.
///
/// # Errors
/// The first of a piece, or as [`text`].
pub fn each(
    is_text: bool,
    pieces: impl Iterator<Item = Result<Vec<u8>, Failed>>,
) -> Result<Exit, Failed> {
    match is_text {
        true => print(anstream::stdout().lock(), pieces),
        false => print(io::stdout().lock(), pieces),
    }
}

fn print(
    mut out: impl Write,
    pieces: impl Iterator<Item = Result<Vec<u8>, Failed>>,
) -> Result<Exit, Failed> {
    for piece in pieces {
        if let Err(error) = out.write_all(&piece?) {
            return ended(Err(error));
        }
    }
    ended(out.flush())
}

/// How a verb ends after its last writing.
///
/// # Errors
/// As [`text`].
pub fn ended(written: io::Result<()>) -> Result<Exit, Failed> {
    match written {
        Err(error) if !is_closed(&error) => Err(Failed::new(
            Exit::Runtime,
            format!("standard output: {error}"),
        )),
        _ => Ok(Exit::Ok),
    }
}

/// Whether nobody reads any more.
pub fn is_closed(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
}

/// Whether nobody will read standard output any more, before anything is written to it.
#[cfg(unix)]
pub fn is_abandoned() -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let out = io::stdout();
    // Errors and hang-ups are told unasked. A terminal or a file never has any.
    let mut polled = [PollFd::new(&out, PollFlags::empty())];
    let at_once = Timespec::default();
    let found = poll(&mut polled, Some(&at_once)).is_ok_and(|found| found > 0);
    found
        && polled[0]
            .revents()
            .intersects(PollFlags::ERR | PollFlags::HUP)
}

/// Elsewhere only writing tells.
#[cfg(not(unix))]
pub fn is_abandoned() -> bool {
    false
}

/// A message for people. What came from outside may be in it.
pub fn say(text: &str) {
    for line in safe::lines(text) {
        // Nothing is left to be done if standard error is closed.
        let _ = writeln!(anstream::stderr(), "{line}");
    }
}

/// The table for where standard output goes.
pub fn table() -> Table {
    let is_terminal = io::stdout().is_terminal();
    let width = is_terminal
        .then(crossterm::terminal::size)
        .and_then(Result::ok)
        .map(|(columns, _)| usize::from(columns).max(1));
    Table {
        width: is_terminal.then_some(width.unwrap_or(80)),
        zone: TimeZone::system(),
        today: history::now(),
    }
}
