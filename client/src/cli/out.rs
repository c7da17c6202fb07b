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

/// A value as a line of JSON. What came from outside may be in it, and does nothing to a terminal.
#[must_use]
pub fn line(value: &serde_json::Value) -> String {
    safe::json(value.to_string()) + "\n"
}

/// How pieces are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Colours stay only where they are wanted.
    Text,
    /// Bytes as they are.
    Bytes,
    /// The same, but nothing that is no plain text reaches a terminal, which could take it for
    /// orders; says what else to do.
    Unless(&'static str),
}

/// Prints pieces one after another, so that no more than one of them is in memory.
///
/// # Errors
/// The first of a piece, or as [`text`].
pub fn each(
    form: Form,
    pieces: impl Iterator<Item = Result<Vec<u8>, Failed>>,
) -> Result<Exit, Failed> {
    let stdout = io::stdout();
    match form {
        Form::Text => print(anstream::stdout().lock(), pieces),
        Form::Unless(hint) if stdout.is_terminal() => print(
            stdout.lock(),
            pieces.map(|piece| piece.and_then(|piece| harmless(piece, hint))),
        ),
        Form::Bytes | Form::Unless(_) => print(stdout.lock(), pieces),
    }
}

/// Lets plain text through.
fn harmless(piece: Vec<u8>, hint: &str) -> Result<Vec<u8>, Failed> {
    let is_plain = |text: &str| {
        // Line ends of HTTP go to any terminal.
        let parts = text.split(['\n', '\r', '\t']);
        parts.into_iter().all(|part| safe::line(part) == part)
    };
    if std::str::from_utf8(&piece).is_ok_and(is_plain) {
        return Ok(piece);
    }
    Err(Failed::usage(format!(
        "there are bytes in it that are no plain text, which a terminal might take for orders: \
         write it into a file with > FILE, or look at it with | xxd; {hint}"
    )))
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

/// What is wrong, but stops nothing. What came from outside may be in it.
pub fn warn(text: &str) {
    let said: Vec<_> = safe::lines(text).collect();
    // Nothing is left to be done if standard error is closed.
    let _ = writeln!(
        anstream::stderr(),
        "\x1b[33mwarning\x1b[0m: {}",
        said.join("\n")
    );
}

/// Whether the user agrees to something. Where there is no terminal, nobody can be asked, and what
/// was typed counts.
pub fn agrees(question: &str) -> bool {
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return true;
    }
    let mut answer = String::new();
    // What cannot be asked is not agreed to.
    let asked = write!(anstream::stderr(), "{question} [y/N] ");
    let read = asked.and_then(|()| io::stdin().read_line(&mut answer));
    read.is_ok() && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_text_is_harmless_to_a_terminal() {
        for text in ["", "{\"a\": 1}\r\n\tx", "z\u{fc}rich \u{6f22}\u{5b57}"] {
            assert!(harmless(text.into(), "").is_ok(), "{text}");
        }
        let hidden = "\u{202e}".as_bytes();
        for bytes in [
            &b"\x1b[2J"[..],
            b"\x00",
            b"caf\xe9",
            b"\xc2\x9b31m",
            b"\x07",
            hidden,
        ] {
            let refused = harmless(bytes.to_vec(), "or so").unwrap_err();
            assert_eq!(refused.exit, Exit::Usage);
            assert!(refused.message.ends_with("; or so"), "{refused}");
        }
    }
}
