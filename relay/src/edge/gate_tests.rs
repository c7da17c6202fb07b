use std::time::Duration;

use hookreel_shared::model::{BodyKind, Headers};
use proptest::prelude::*;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, duplex};

use super::*;

impl Ending for DuplexStream {
    fn ends_by_closing(&self) -> bool {
        false
    }

    fn reset_on_close(&self) {}
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap()
}

/// What the library reads, and the heads that wait for the service, when `parts` come in and
/// the sender then ends.
fn pass(parts: &[&[u8]]) -> (Vec<u8>, Vec<Result<RawHead, Refusal>>) {
    runtime().block_on(async {
        let (mut sender, edge) = duplex(1024);
        let slot = Slot::default();
        let mut gate = Gate::new(edge, slot.clone(), Arc::new(Limits::default()));
        let parts: Vec<Vec<u8>> = parts.iter().map(|part| part.to_vec()).collect();
        let sending = tokio::spawn(async move {
            for part in parts {
                // A shut gate reads no further, and the library closes it.
                let _ = sender.write_all(&part).await;
                tokio::task::yield_now().await;
            }
        });
        let mut read = Vec::new();
        // A shut gate never ends by itself: the library would close after its answer.
        let _ = tokio::time::timeout(Duration::from_millis(1), gate.read_to_end(&mut read)).await;
        drop(gate);
        sending.await.unwrap();
        let heads = std::iter::from_fn(|| slot.take()).collect();
        (read, heads)
    })
}

const POST: &[u8] =
    b"POST /a HTTP/1.1\r\nHost: x\r\nX-Secret-Twin: 1\r\nContent-Length: 3\r\n\r\nabc";
const POST_FED: &[u8] = b"POST / HTTP/1.1\r\ncontent-length: 3\r\n\r\nabc";
/// If the body came with the head, and so goes with it.
const POST_ALONE: &[u8] = b"POST / HTTP/1.1\r\n\r\n";

#[test]
fn the_library_sees_only_what_concerns_the_connection_and_the_service_gets_everything() {
    let (read, heads) = pass(&[POST]);
    assert_eq!(read, POST_ALONE, "{}", String::from_utf8_lossy(&read));
    let head = heads[0].as_ref().unwrap();
    assert_eq!(&head.target[..], b"/a");
    assert_eq!(head.body.as_deref(), Some(&b"abc"[..]));
    assert!(head.headers.contains("x-secret-twin"));
}

#[test]
fn pipelined_requests_are_told_apart() {
    let (read, heads) = pass(&[&POST.repeat(3)]);
    assert_eq!(read, POST_ALONE.repeat(3));
    assert_eq!(heads.len(), 3);
}

#[test]
fn after_a_refused_head_nothing_more_is_read() {
    let (read, heads) = pass(&[
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        POST,
    ]);
    assert_eq!(read, b"GET / HTTP/1.1\r\nconnection: close\r\n\r\n");
    assert_eq!(heads, [Err(Refusal::Framing)]);
}

#[test]
fn after_a_chunked_body_the_library_is_told_to_close() {
    let (read, heads) =
        pass(&[b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"]);
    let text = String::from_utf8(read).unwrap();
    assert!(
        text.contains("connection: close") && text.ends_with("0\r\n\r\n"),
        "{text}"
    );
    assert_eq!(heads.len(), 1);
}

#[test]
fn a_head_that_never_ends_is_refused_as_too_large() {
    let long = [b"POST / HTTP/1.1\r\nX: ".to_vec(), vec![b'a'; 70_000]].concat();
    let (_, heads) = pass(&[&long]);
    assert_eq!(heads, [Err(Refusal::HeadTooLarge)]);
}

#[test]
fn a_head_with_bare_line_feeds_is_refused_although_its_end_never_comes() {
    let (_, heads) = pass(&[b"POST / HTTP/1.1\nHost: x\n\n"]);
    assert_eq!(heads, [Err(Refusal::Malformed)]);
}

#[test]
fn a_head_that_comes_too_slowly_is_refused_and_an_idle_connection_just_ends() {
    runtime().block_on(async {
        for (sent, expected) in [
            (&b"POST / HT"[..], vec![Err(Refusal::HeadTimeout)]),
            (b"", vec![]),
        ] {
            let (mut sender, edge) = duplex(1024);
            let slot = Slot::default();
            let mut gate = Gate::new(edge, slot.clone(), Arc::new(Limits::default()));
            sender.write_all(sent).await.unwrap();
            let start = Instant::now();
            let mut buf = [0; 10];
            let read = gate.read(&mut buf).await.unwrap();
            assert_eq!(read == 0, expected.is_empty());
            assert_eq!(start.elapsed().as_secs(), 10);
            assert_eq!(
                std::iter::from_fn(|| slot.take()).collect::<Vec<_>>(),
                expected
            );
        }
    });
}

#[test]
fn interim_answers_go_out_before_the_final_one() {
    runtime().block_on(async {
        let (mut sender, edge) = duplex(8);
        let slot = Slot::default();
        let mut gate = Gate::new(edge, slot.clone(), Arc::new(Limits::default()));
        slot.interim(b"HTTP/1.1 103 Early Hints\r\n\r\n");
        let writing = tokio::spawn(async move {
            gate.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            gate.flush().await.unwrap();
        });
        let mut got = Vec::new();
        sender.read_to_end(&mut got).await.unwrap();
        writing.await.unwrap();
        assert_eq!(
            got,
            b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"
        );
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn requests_pass_the_same_wherever_their_bytes_are_split(a in any::<prop::sample::Index>(), b in any::<prop::sample::Index>()) {
        let wire = [POST, b"GET /b HTTP/1.1\r\nHost: y\r\n\r\n", POST].concat();
        let (a, b) = (a.index(wire.len() + 1), b.index(wire.len() + 1));
        let (a, b) = (a.min(b), a.max(b));
        let (read, heads) = pass(&[&wire[..a], &wire[a..b], &wire[b..]]);
        prop_assert_eq!(heads.len(), 3);
        let mut expected = Vec::new();
        for (at, head) in heads.iter().enumerate() {
            let body = head.as_ref().unwrap().body.as_deref();
            prop_assert!(body.is_none_or(|body| body == b"abc" && at != 1));
            expected.extend_from_slice(match (at, body) {
                (1, _) => b"GET / HTTP/1.1\r\n\r\n",
                (_, Some(_)) => POST_ALONE,
                (_, None) => POST_FED,
            });
        }
        prop_assert_eq!(read, expected);
    }

    #[test]
    fn any_bytes_pass_or_are_refused_but_never_panic(parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 0..4)) {
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        let _ = pass(&parts);
    }
}

#[test]
fn a_body_of_which_the_end_is_still_to_come_passes_through_the_library() {
    let (head, rest) = POST.split_at(POST.len() - 1);
    let (read, heads) = pass(&[head, rest]);
    assert_eq!(read, POST_FED);
    assert_eq!(heads[0].as_ref().unwrap().body, None);
}

/// A connection that tells which writes were to be the last.
struct Telling {
    io: DuplexStream,
    last: Vec<Vec<u8>>,
}

impl Ending for Telling {
    fn ends_by_closing(&self) -> bool {
        true
    }

    fn reset_on_close(&self) {}

    fn poll_write_last(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.last.push(bufs[0].to_vec());
        Pin::new(&mut self.io).poll_write(cx, &bufs[0])
    }
}

impl AsyncRead for Telling {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl AsyncWrite for Telling {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

#[test]
fn only_the_end_of_the_last_answer_is_held_back_until_the_close() {
    runtime().block_on(async {
        let (mut sender, io) = duplex(4096);
        let slot = Slot::default();
        let telling = Telling { io, last: Vec::new() };
        let mut gate = Gate::new(telling, slot.clone(), Arc::new(Limits::default()));
        let two = b"GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        sender.write_all(two).await.unwrap();
        // The library may read the second head while the first request is served.
        let mut fed = [0; 128];
        assert!(gate.read(&mut fed).await.unwrap() > 0);
        let first = slot.begin();
        slot.take().unwrap().unwrap();
        assert!(gate.read(&mut fed).await.unwrap() > 0);
        gate.write_all(b"while it is served").await.unwrap();
        drop(first);
        gate.write_all(b"1").await.unwrap();
        let second = slot.begin();
        slot.take().unwrap().unwrap();
        gate.write_all(b"part of 2").await.unwrap();
        drop(second);
        gate.write_all(b"2").await.unwrap();
        assert_eq!(gate.io.last, [b"2"]);
        gate.shutdown().await.unwrap();
        let mut got = String::new();
        sender.read_to_string(&mut got).await.unwrap();
        assert_eq!(got, "while it is served1part of 22", "and it is out with the shutdown");
    });
}

#[test]
fn a_sender_that_reads_nothing_of_its_answer_is_given_up() {
    runtime().block_on(async {
        let (sender, edge) = duplex(64);
        let limits = Arc::new(Limits::default());
        let mut gate = Gate::new(edge, Slot::default(), Arc::clone(&limits));
        let began = Instant::now();
        let error = gate.write_all(&[0; 65]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(began.elapsed() >= limits.idle);
        drop(sender);
    });
}

#[test]
fn a_sender_that_reads_slowly_is_not_given_up() {
    runtime().block_on(async {
        let (mut sender, edge) = duplex(64);
        let limits = Arc::new(Limits::default());
        let step = limits.idle * 3 / 4;
        let mut gate = Gate::new(edge, Slot::default(), limits);
        let reading = tokio::spawn(async move {
            let mut part = [0; 64];
            for _ in 0..4 {
                tokio::time::sleep(step).await;
                sender.read_exact(&mut part).await.unwrap();
            }
        });
        gate.write_all(&[0; 4 * 64]).await.unwrap();
        reading.await.unwrap();
    });
}

fn answer() -> ResponseHead {
    let mut headers = Headers::new();
    headers.push("X-MiXed", "1");
    ResponseHead {
        status: 200,
        reason: None,
        headers,
        body: BodyKind::Length(3),
    }
}

#[test]
fn a_head_is_replaced_however_little_is_taken_at_once_and_whatever_was_left_before_it() {
    runtime().block_on(async {
        for (before, room) in [("", 1), ("", 8), ("", 1024), ("inue\r\n\r\n", 8)] {
            let (mut sender, edge) = duplex(room);
            let slot = Slot::default();
            let mut gate = Gate::new(edge, slot.clone(), Arc::new(Limits::default()));
            slot.answer(answer());
            let written = format!("{before}HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc");
            let writing = tokio::spawn(async move {
                gate.write_all(written.as_bytes()).await.unwrap();
                gate.flush().await.unwrap();
            });
            let mut got = String::new();
            sender.read_to_string(&mut got).await.unwrap();
            writing.await.unwrap();
            assert_eq!(
                got,
                format!("{before}HTTP/1.1 200 OK\r\nX-MiXed: 1\r\nContent-Length: 3\r\n\r\nabc")
            );
        }
    });
}

#[test]
fn nothing_goes_out_in_place_of_a_head_but_a_head() {
    runtime().block_on(async {
        let heads = ["0\r\n\r\n", "HTTP/1.1 500 X\r\n\r\n", "HTTP/1.1 200 OK\r\n"];
        for other in heads {
            let (mut sender, edge) = duplex(1024);
            let slot = Slot::default();
            let mut gate = Gate::new(edge, slot.clone(), Arc::new(Limits::default()));
            slot.answer(answer());
            let error = gate.write(other.as_bytes()).await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData);
            drop(gate);
            let mut got = Vec::new();
            sender.read_to_end(&mut got).await.unwrap();
            assert!(got.is_empty(), "{other:?}");
        }
    });
}
