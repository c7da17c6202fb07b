//! Streams of a tunnel: one request after another on the same one, and never two at once.

#![expect(clippy::unwrap_used, reason = "what helps a test may fail it")]

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use hookreel_relay::config::Limits;
use hookreel_relay::dispatch::{self, Interim, Routed};
use hookreel_relay::link::{Reply, TunnelHandle};
use hookreel_shared::model::testing::request;
use hookreel_shared::model::{BodyKind, FailureKind, Headers, ResponseHead};
use hookreel_shared::net::{
    Identity, QuicTransport, RecvHalf, SendHalf, Transport, Trust, bind_udp, client_endpoint,
    connect, server_endpoint,
};
use hookreel_shared::wire::body::AGAIN;
use hookreel_shared::wire::head::{self, Answer};
use hookreel_shared::wire::limits::MAX_HEAD;
use hookreel_tests::within;
use http_body_util::{BodyExt, Full};

/// A relay's end of a tunnel, and a client that does as it is told.
struct Pair {
    handle: TunnelHandle,
    client: QuicTransport,
}

impl Pair {
    async fn connected() -> Self {
        let (relay, client) = (identity(), identity());
        let socket = bind_udp(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let listening = server_endpoint(socket, relay.chain(), relay.key()).unwrap();
        let addr = listening.local_addr().unwrap();
        let trust = Trust::Pin(relay.principal());
        let dialing = client_endpoint(addr, &client, &trust).unwrap();
        let accept = async { listening.accept().await.unwrap().await.unwrap() };
        let (accepted, client) = within("a connection", async {
            tokio::join!(accept, connect(&dialing, addr, "localhost"))
        })
        .await;
        let transport = Arc::new(QuicTransport::new(accepted));
        Self {
            handle: TunnelHandle::new(transport, 100),
            client: client.unwrap(),
        }
    }

    async fn send(&self, target: &'static str) -> Result<Reply, FailureKind> {
        let head = request(target, &[], 4);
        let body = Full::new(Bytes::from_static(b"body"));
        let request = Routed { head, body };
        dispatch::send(&self.handle, request, &Limits::default(), &mut Deaf).await
    }

    /// The next stream that the relay opens.
    async fn stream(&self) -> Served {
        let (send, recv) = within("a stream", self.client.accept()).await.unwrap();
        Served { send, recv }
    }
}

struct Deaf;

impl Interim for Deaf {
    fn interim(&mut self, _head: ResponseHead) {}
}

/// The client's end of a stream. Dropped, it takes back what was not read yet.
struct Served {
    send: SendHalf,
    recv: RecvHalf,
}

impl Served {
    /// Reads the next request to its end.
    async fn request(&mut self) -> Bytes {
        let frame = within("a head", self.recv.read_frame(MAX_HEAD))
            .await
            .unwrap();
        let head = head::decode_request(&frame).unwrap();
        let mut body = [0; 4];
        let reading = tokio::io::AsyncReadExt::read_exact(&mut self.recv, &mut body);
        within("a body", reading).await.unwrap();
        assert_eq!(&body, b"body");
        head.target
    }

    async fn answer(&mut self, body: &'static str, behind: &'static [u8]) {
        let head = ResponseHead {
            status: 200,
            reason: None,
            headers: Headers::new(),
            body: BodyKind::Length(body.len() as u64),
        };
        let mut out = BytesMut::new();
        head::encode_answer(&Answer::Final(head), &mut out).unwrap();
        out.extend_from_slice(body.as_bytes());
        out.extend_from_slice(behind);
        self.send.write(out.freeze()).await.unwrap();
    }
}

fn identity() -> Identity {
    Identity::generate(&["localhost"]).unwrap()
}

async fn text(reply: Result<Reply, FailureKind>) -> Bytes {
    let body = reply.unwrap().body.collect();
    within("an answer", body).await.unwrap().to_bytes()
}

#[tokio::test]
async fn requests_that_follow_one_another_share_a_stream() {
    let pair = Pair::connected().await;
    let serve = async {
        let mut stream = pair.stream().await;
        for target in ["/1", "/2", "/3"] {
            assert_eq!(stream.request().await, target);
            stream.answer("fine", AGAIN).await;
        }
        stream
    };
    let ask = async {
        for target in ["/1", "/2", "/3"] {
            assert_eq!(text(pair.send(target).await).await, "fine");
        }
    };
    tokio::join!(serve, ask);
}

#[tokio::test]
async fn a_stream_that_the_client_ended_carries_no_other_request() {
    let pair = Pair::connected().await;
    let serve = async {
        for target in ["/1", "/2"] {
            let mut stream = pair.stream().await;
            assert_eq!(stream.request().await, target);
            stream.answer("fine", b"").await;
            stream.send.finish();
        }
    };
    let ask = async {
        for target in ["/1", "/2"] {
            assert_eq!(text(pair.send(target).await).await, "fine");
        }
    };
    tokio::join!(serve, ask);
}

#[tokio::test]
async fn a_stream_under_way_carries_no_other_request() {
    let pair = Pair::connected().await;
    let serve = async {
        let mut first = pair.stream().await;
        assert_eq!(first.request().await, "/slow");
        let mut second = pair.stream().await;
        assert_eq!(second.request().await, "/quick");
        second.answer("quick", AGAIN).await;
        first.answer("slow", AGAIN).await;
        (first, second)
    };
    let ask = async {
        let (slow, quick) = tokio::join!(pair.send("/slow"), pair.send("/quick"));
        assert_eq!(text(quick).await, "quick");
        assert_eq!(text(slow).await, "slow");
    };
    tokio::join!(serve, ask);
}

#[tokio::test]
async fn a_stream_whose_answer_nobody_read_carries_no_other_request() {
    let pair = Pair::connected().await;
    let serve = async {
        let mut first = pair.stream().await;
        first.request().await;
        first.answer("unread", AGAIN).await;
        assert!(within("the end", first.recv.ready()).await.is_err());
        let mut second = pair.stream().await;
        assert_eq!(second.request().await, "/2");
        second.answer("fine", AGAIN).await;
        second
    };
    let ask = async {
        drop(pair.send("/1").await.unwrap());
        assert_eq!(text(pair.send("/2").await).await, "fine");
    };
    tokio::join!(serve, ask);
}

#[tokio::test]
async fn a_stream_with_anything_else_behind_its_answer_carries_no_other_request() {
    let pair = Pair::connected().await;
    let serve = async {
        for target in ["/1", "/2"] {
            let mut stream = pair.stream().await;
            assert_eq!(stream.request().await, target);
            stream.answer("fine", b"\x01\x01").await;
            assert!(within("the end", stream.recv.ready()).await.is_err());
        }
    };
    let ask = async {
        for target in ["/1", "/2"] {
            assert_eq!(text(pair.send(target).await).await, "fine");
        }
    };
    tokio::join!(serve, ask);
}
