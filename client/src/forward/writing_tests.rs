use std::collections::VecDeque;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// Takes so many bytes a call, in turn: 0 is not now.
struct Reluctant {
    takes: VecDeque<usize>,
    out: Vec<u8>,
    calls: usize,
    vectored: bool,
}

impl Reluctant {
    fn new(takes: Vec<usize>) -> Self {
        Self {
            takes: takes.into(),
            out: Vec::new(),
            calls: 0,
            vectored: true,
        }
    }

    /// Takes whatever comes, whole.
    fn eager() -> Self {
        Self::new(Vec::new())
    }
}

impl AsyncWrite for Reluctant {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[io::IoSlice::new(buf)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let most = self.takes.pop_front();
        if let Some(turn) = most {
            self.takes.push_back(turn);
        }
        if most == Some(0) {
            return Poll::Pending;
        }
        self.calls += 1;
        let mut left = most.unwrap_or(usize::MAX);
        let mut taken = 0;
        let pieces = if self.vectored { bufs.len() } else { 1 };
        let whole = bufs.iter().filter(|buf| !buf.is_empty());
        for buf in whole.take(pieces) {
            let part = buf.len().min(left);
            self.out.extend_from_slice(&buf[..part]);
            (taken, left) = (taken + part, left - part);
        }
        Poll::Ready(Ok(taken))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// The library: offers all it has again and again, and lets go of what was taken.
struct Library {
    pieces: VecDeque<Vec<u8>>,
    writing: Writing,
    next: NextHead,
}

impl Library {
    fn new() -> Self {
        Self {
            pieces: VecDeque::new(),
            writing: Writing::default(),
            next: NextHead::default(),
        }
    }

    /// Has a request to write that is meant to have this head.
    fn asks(&mut self, head: &str, own: &str, body: &[&[u8]]) {
        self.next.put(head.into());
        self.pieces.push_back(own.into());
        self.pieces.extend(body.iter().map(|part| part.to_vec()));
    }

    /// Tries once; false if nothing was taken.
    fn tries(&mut self, io: &mut Reluctant) -> bool {
        let bufs: Vec<_> = self
            .pieces
            .iter()
            .map(|part| io::IoSlice::new(part))
            .collect();
        let mut cx = Context::from_waker(std::task::Waker::noop());
        let polled = self.writing.poll_write(io, &mut cx, &bufs, &self.next);
        let Poll::Ready(taken) = polled else {
            return false;
        };
        let mut taken = taken.unwrap();
        while taken > 0 {
            let first = self.pieces.front_mut().expect("no more than was offered");
            let part = taken.min(first.len());
            first.drain(..part);
            taken -= part;
            if first.is_empty() {
                self.pieces.pop_front();
            }
        }
        true
    }

    fn writes_all(&mut self, io: &mut Reluctant) {
        while !self.pieces.is_empty() {
            self.tries(io);
        }
    }
}

const MEANT: &str =
    "POST /a?b HTTP/1.1\r\nX-A: 1\r\nhOST: x\r\nx-a: 2\r\nContent-LENGTH: 5\r\nB: \r\n\r\n";
const THEIRS: &str =
    "POST /a?b HTTP/1.1\r\nx-a: 1\r\nx-a: 2\r\nhost: x\r\ncontent-length: 5\r\nb: \r\n\r\n";

#[test]
fn head_and_body_go_out_in_one_write() {
    let (mut library, mut io) = (Library::new(), Reluctant::eager());
    library.asks(MEANT, THEIRS, &[b"he", b"llo"]);
    library.writes_all(&mut io);
    assert_eq!(io.out, [MEANT, "hello"].concat().as_bytes());
    assert_eq!(io.calls, 1);
    // And where the library has both in one buffer.
    let (mut library, mut io) = (Library::new(), Reluctant::eager());
    library.asks(MEANT, &[THEIRS, "hello"].concat(), &[]);
    library.writes_all(&mut io);
    assert_eq!(
        (&io.out[..], io.calls),
        ([MEANT, "hello"].concat().as_bytes(), 1)
    );
}

#[test]
fn as_many_pieces_go_with_a_head_as_the_library_offers() {
    let (mut library, mut io) = (Library::new(), Reluctant::eager());
    library.asks(MEANT, THEIRS, &[&b"x"[..]; PIECES - 1]);
    library.writes_all(&mut io);
    assert_eq!(io.calls, 1);
    assert_eq!(io.out, [MEANT, &"x".repeat(PIECES - 1)].concat().as_bytes());
}

#[test]
fn each_request_on_a_connection_gets_its_own_head_and_bodies_that_look_like_heads_pass() {
    let (mut library, mut io) = (Library::new(), Reluctant::eager());
    for at in 0..3 {
        let meant = MEANT.replace("1\r\n", &format!("{at}\r\n"));
        library.asks(
            &meant,
            &THEIRS.replace("1\r\n", &format!("{at}\r\n")),
            &[THEIRS.as_bytes()],
        );
        library.writes_all(&mut io);
        library.pieces.push_back(THEIRS.into());
        library.writes_all(&mut io);
        assert_eq!(
            std::mem::take(&mut io.out),
            [&meant, THEIRS, THEIRS].concat().as_bytes()
        );
    }
}

#[test]
fn what_the_library_says_on_framing_goes_out() {
    let older = THEIRS
        .replace("1.1", "1.0")
        .replace("\r\n\r\n", "\r\nconnection: keep-alive\r\n\r\n");
    let (mut library, mut io) = (Library::new(), Reluctant::eager());
    library.asks(MEANT, &older, &[b"hello"]);
    library.writes_all(&mut io);
    let expected = MEANT
        .replace("1.1", "1.0")
        .replace("\r\n\r\n", "\r\nConnection: keep-alive\r\n\r\nhello");
    assert_eq!(String::from_utf8(io.out).unwrap(), expected);
}

#[test]
fn a_head_that_is_of_another_request_or_not_whole_stays_as_the_library_wrote_it() {
    for theirs in [
        THEIRS.replace("POST", "PUT"),
        THEIRS.replace("/a?b", "/a"),
        THEIRS.replace("\r\n\r\n", "\r\n"),
        "hello".to_owned(),
    ] {
        let (mut library, mut io) = (Library::new(), Reluctant::eager());
        library.asks(MEANT, &theirs, &[]);
        library.writes_all(&mut io);
        assert_eq!(String::from_utf8(io.out).unwrap(), theirs);
        assert!(
            library.next.take().is_empty(),
            "it does not wait for another"
        );
    }
}

#[test]
fn a_head_of_which_nothing_was_written_can_be_had_back() {
    let mut library = Library::new();
    library.asks("GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", &[]);
    library.tries(&mut Reluctant::new(vec![3, 0]));
    // The library still has that one to write; the head of another waits behind it.
    library.next.put(MEANT.into());
    library.tries(&mut Reluctant::new(vec![0]));
    assert_eq!(library.next.take(), MEANT.as_bytes());
}

proptest! {
    #[test]
    fn however_writes_are_cut_every_byte_goes_out_once_and_in_order(
        takes in vec(0usize..40, 1..12).prop_filter("moves", |takes| takes.iter().any(|&t| t > 0)),
        vectored: bool,
        one_buffer: bool,
        // How often the library tries before it has the next request, and the rest after it.
        tries in 0usize..30,
        body in vec(any::<u8>(), 0..60),
    ) {
        let mut io = Reluctant { vectored, ..Reluctant::new(takes) };
        let mut library = Library::new();
        let mut expected = Vec::new();
        let older = THEIRS.replace("1.1", "1.0");
        for (meant, theirs) in [
            (MEANT.to_owned(), THEIRS.to_owned()),
            (MEANT.replace("1.1", "1.0"), older),
            (MEANT.to_owned(), THEIRS.to_owned()),
        ] {
            // It begins another request only once it has tried to write what it has.
            if !library.pieces.is_empty() {
                library.tries(&mut io);
            }
            let half = body.len() / 2;
            if one_buffer {
                let whole = [theirs.as_bytes(), &body].concat();
                library.next.put(MEANT.into());
                library.pieces.push_back(whole);
            } else {
                library.asks(MEANT, &theirs, &[&body[..half], &body[half..]]);
                library.pieces.retain(|part| !part.is_empty());
            }
            expected.extend_from_slice(meant.as_bytes());
            expected.extend_from_slice(&body);
            // The one before must be out before there can be a third.
            for _ in 0..tries {
                if !library.pieces.is_empty() {
                    library.tries(&mut io);
                }
            }
            while library.writing.before.is_some() || library.next.waits() {
                library.tries(&mut io);
            }
        }
        library.writes_all(&mut io);
        prop_assert_eq!(io.out.escape_ascii().to_string(), expected.escape_ascii().to_string());
    }
}
