//! Views without a screen: lines for people, lines for programs.

pub mod body;
mod json;
pub mod message;
pub mod signature;
pub mod table;
#[cfg(test)]
mod tests_support;
mod text;

use std::io::{self, Write};

use crate::record::{Seen, Watcher};

pub use json::{Json, row};
pub use text::{Text, duration, printable};

/// Turns what happens into lines.
pub trait View {
    /// Lines for standard output and for standard error, each with its line end; often empty.
    fn lines(&mut self, seen: &Seen) -> (String, String);
}

/// Prints until the feed is over. Meant for a thread of its own: a reader that does not read must
/// not hold up requests.
///
/// # Errors
/// If standard output is closed.
pub fn print(mut view: impl View, mut watcher: Watcher) -> io::Result<()> {
    let mut out = anstream::stdout();
    let mut err = anstream::stderr();
    while let Some(seen) = watcher.next_blocking() {
        let (data, messages) = view.lines(&seen);
        if !messages.is_empty() {
            err.write_all(messages.as_bytes())?;
        }
        if !data.is_empty() {
            out.write_all(data.as_bytes())?;
            out.flush()?;
        }
    }
    Ok(())
}
