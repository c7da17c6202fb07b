//! The origin that every system in `tests/bench` is measured against: as little
//! work per request as a real HTTP server can do, so that what is measured is the
//! system in front of it.
//!
//! `POST` anything: the body is read and dropped, the answer is 200 with 17 bytes.
//! `GET /bytes/N`: N bytes, streamed.

use std::convert::Infallible;
use std::error::Error;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Either, Full};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpSocket};

const ANSWER: &[u8] = b"bench-origin: ok\n";
/// Load generators open hundreds of connections at once; a full accept queue costs a
/// SYN retry of one second, which would be charged to the system in front.
const BACKLOG: u32 = 4096;
const CHUNK: usize = 64 * 1024;
static ZEROS: [u8; CHUNK] = [0; CHUNK];

type Answer = Response<Either<Full<Bytes>, Zeros>>;

/// A body of a given length that costs no memory.
struct Zeros {
    left: u64,
}

impl Body for Zeros {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let take = usize::try_from(self.left).map_or(CHUNK, |left| left.min(CHUNK));
        self.left -= take as u64;
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&ZEROS[..take])))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

fn text(status: StatusCode, body: &'static [u8]) -> Answer {
    let mut answer = Response::new(Either::Left(Full::new(Bytes::from_static(body))));
    *answer.status_mut() = status;
    answer
}

async fn answer(request: Request<Incoming>) -> Result<Answer, hyper::Error> {
    if request.method() == Method::GET {
        let wanted = request.uri().path().strip_prefix("/bytes/");
        return Ok(match wanted.and_then(|n| n.parse().ok()) {
            Some(left) => Response::new(Either::Right(Zeros { left })),
            None => text(StatusCode::NOT_FOUND, b"not found\n"),
        });
    }
    let mut body = request.into_body();
    while let Some(frame) = body.frame().await {
        frame?;
    }
    Ok(text(StatusCode::OK, ANSWER))
}

fn listen(addr: SocketAddr) -> io::Result<TcpListener> {
    let socket = match addr {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.set_reuseaddr(true)?;
    socket.bind(addr)?;
    socket.listen(BACKLOG)
}

fn arguments() -> Result<SocketAddr, Box<dyn Error>> {
    let mut addr = SocketAddr::from(([127, 0, 0, 1], 0));
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match (arg.as_str(), args.next()) {
            ("--listen", Some(value)) => addr = value.parse()?,
            _ => return Err("usage: bench-origin [--listen ADDR:PORT]".into()),
        }
    }
    Ok(addr)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = listen(arguments()?)?;
    writeln!(
        io::stdout().lock(),
        r#"{{"type":"ready","addr":"{}"}}"#,
        listener.local_addr()?
    )?;
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of descriptors, or an aborted handshake: the next accept may do.
            tokio::time::sleep(Duration::from_millis(5)).await;
            continue;
        };
        // Fails only on a socket that is already gone.
        let _ = stream.set_nodelay(true);
        tokio::spawn(async move {
            // A sender that goes away mid-request is no fault of the origin.
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service_fn(answer))
                .await;
        });
    }
}
