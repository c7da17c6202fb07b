//! Heads of requests as they are meant: the library writes names in lower case and same-named
//! fields together, so what it writes of a head is replaced on its way out.
//!
//! ```text
//! what the library offers:   rest of an earlier request │ its head │ body …
//! what goes out:             rest of an earlier request │ the head │ body …
//! ```

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};

use hookreel_shared::net::restore;
use tokio::io::AsyncWrite;

/// Pieces written at once: as many as the library offers.
const PIECES: usize = 64;

/// The head of the next request, until the library writes its own.
#[derive(Debug, Default)]
pub(super) struct NextHead {
    waits: AtomicBool,
    head: Mutex<Vec<u8>>,
}

impl NextHead {
    pub(super) fn put(&self, head: Vec<u8>) {
        *self.head.lock().unwrap_or_else(PoisonError::into_inner) = head;
        self.waits.store(true, Ordering::Release);
    }

    /// The head, if the library has not begun to write its own.
    pub(super) fn take(&self) -> Vec<u8> {
        self.waits.store(false, Ordering::Relaxed);
        std::mem::take(&mut *self.head.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn waits(&self) -> bool {
        self.waits.load(Ordering::Acquire)
    }
}

/// What the library writes on one connection, with its heads replaced.
#[derive(Debug, Default)]
pub(super) struct Writing {
    /// How many of the bytes that the library offered last were not taken. It tries to write
    /// whatever it has before it begins another request.
    owed: usize,
    /// How many bytes of the library come before the head that waits, if one does.
    before: Option<usize>,
    /// Goes out in place of the library's.
    head: Vec<u8>,
    /// How much of it has.
    written: usize,
    /// How long the head of the library is that it replaces; 0 if there is none.
    replaced: usize,
}

impl Writing {
    /// Writes what the library offers; gives how many of its bytes that were. Of a head that is
    /// replaced it is told nothing before all of it is written.
    pub(super) fn poll_write(
        &mut self,
        io: &mut (impl AsyncWrite + Unpin),
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
        next: &NextHead,
    ) -> Poll<io::Result<usize>> {
        if next.waits() {
            self.before.get_or_insert(self.owed);
        }
        let offered: usize = bufs.iter().map(|buf| buf.len()).sum();
        let first = bufs.iter().position(|buf| !buf.is_empty());
        if let (Some(0), Some(first)) = (self.before, first) {
            self.before = None;
            self.begin(&bufs[first], next.take());
        }
        let polled = match (self.before, self.replaced) {
            (None, 0) => Pin::new(io).poll_write_vectored(cx, bufs),
            (before, _) => self.poll_pieces(io, cx, bufs, before.unwrap_or(usize::MAX)),
        };
        let taken = match &polled {
            Poll::Ready(Ok(taken)) => *taken,
            _ => 0,
        };
        self.owed = offered.saturating_sub(taken);
        if let Some(before) = &mut self.before {
            *before = before.saturating_sub(taken);
        }
        polled
    }

    /// The library begins a head.
    fn begin(&mut self, offered: &[u8], head: Vec<u8>) {
        let Some((head, replaced)) = replacement(offered, head) else {
            tracing::debug!("a head goes to the origin as the library wrote it");
            return;
        };
        (self.head, self.written, self.replaced) = (head, 0, replaced);
    }

    /// Writes the head, if one is under way, and at once with it what comes after the library's,
    /// up to `most` bytes of the library.
    fn poll_pieces(
        &mut self,
        io: &mut (impl AsyncWrite + Unpin),
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
        most: usize,
    ) -> Poll<io::Result<usize>> {
        // The first is for the head.
        let mut pieces = [io::IoSlice::new(&[]); PIECES];
        let (mut skip, mut left, mut count) =
            (self.replaced, most.saturating_sub(self.replaced), 1);
        for buf in bufs {
            // The library offers what was not written again, so its head is still there.
            let passed = skip.min(buf.len());
            skip -= passed;
            let piece = &buf[passed..];
            let piece = &piece[..piece.len().min(left)];
            if !piece.is_empty() && count < PIECES {
                left -= piece.len();
                pieces[count] = io::IoSlice::new(piece);
                count += 1;
            }
        }
        if skip > 0 {
            return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
        }
        loop {
            let mut pieces = pieces;
            let head = &self.head[self.written..];
            pieces[0] = io::IoSlice::new(head);
            let from = usize::from(head.is_empty());
            match Pin::new(&mut *io).poll_write_vectored(cx, &pieces[from..count]) {
                Poll::Ready(Ok(written)) if written >= head.len() => {
                    let after = written - head.len();
                    (self.head, self.written) = (Vec::new(), 0);
                    return Poll::Ready(Ok(std::mem::take(&mut self.replaced) + after));
                }
                Poll::Ready(Ok(written)) if written > 0 => self.written += written,
                other => return other,
            }
        }
    }
}

/// What replaces the head at the beginning of what the library offers, and how long that is. None
/// if it is not the head of the same request.
fn replacement(offered: &[u8], head: Vec<u8>) -> Option<(Vec<u8>, usize)> {
    let length = restore::length(offered)?;
    let library = &offered[..length];
    let (line, theirs) = (start_line(&head), start_line(library));
    if line == theirs && restore::agrees(&head, library) {
        return Some((head, length));
    }
    // Where the origin speaks an older version, so does the library: the last byte of the line.
    let is_same = !line.is_empty()
        && line.len() == theirs.len()
        && line[..line.len() - 1] == theirs[..theirs.len() - 1];
    if !is_same {
        return None;
    }
    let mut merged = Vec::with_capacity(head.len() + length);
    merged.extend_from_slice(theirs);
    merged.extend_from_slice(b"\r\n");
    restore::merge(&mut merged, &restore::fields(&head), library);
    Some((merged, length))
}

fn start_line(head: &[u8]) -> &[u8] {
    let end = memchr::memchr(b'\r', head).unwrap_or_default();
    &head[..end]
}

#[cfg(test)]
#[path = "writing_tests.rs"]
mod tests;
