//! An origin whose every byte the test decides: it accepts, the test reads and writes.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::message::Message;
use crate::until::within;
use crate::wire::Wire;

/// Requests seen and not yet asked for; an origin that a test forgets about stops answering.
const SEEN: usize = 4096;

/// A listener whose connections the test serves itself.
#[derive(Debug)]
pub struct Origin {
    listener: TcpListener,
    /// Where it listens.
    pub addr: SocketAddr,
}

/// An origin that gives every request the same bytes for an answer.
#[derive(Debug)]
pub struct Answering {
    /// Where it listens.
    pub addr: SocketAddr,
    seen: mpsc::Receiver<Message>,
    task: JoinHandle<()>,
}

impl Origin {
    /// On a free port of 127.0.0.1.
    ///
    /// # Panics
    /// If there is none.
    pub async fn start() -> Self {
        Self::at((Ipv4Addr::LOCALHOST, 0).into()).await
    }

    /// On this address.
    ///
    /// # Panics
    /// If it is not to be had.
    pub async fn at(addr: SocketAddr) -> Self {
        let listener = TcpListener::bind(addr).await;
        let listener = listener.unwrap_or_else(|error| panic!("{addr}: {error}"));
        let addr = listener.local_addr().expect("a listener has an address");
        Self { listener, addr }
    }

    /// The next connection.
    ///
    /// # Panics
    /// If none comes.
    pub async fn connection(&self) -> Wire {
        let accepted = within("a connection to the origin", self.listener.accept()).await;
        Wire::new(accepted.expect("a connection").0)
    }

    /// The next connection, however long it takes.
    ///
    /// # Panics
    /// If the listener is gone.
    pub async fn connection_at_leisure(&self) -> Wire {
        Wire::new(self.listener.accept().await.expect("a connection").0)
    }

    /// The next connection and the first request on it.
    ///
    /// # Panics
    /// If none comes.
    pub async fn request(&self) -> (Wire, Message) {
        let mut wire = self.connection().await;
        let request = wire.request().await;
        (wire, request)
    }

    /// The next connection and the head of the first request on it.
    ///
    /// # Panics
    /// If none comes.
    pub async fn head(&self) -> (Wire, Message) {
        let mut wire = self.connection().await;
        let head = wire.head().await;
        (wire, head)
    }

    /// Answers all requests with these bytes from now on, on as many connections as come.
    #[must_use]
    pub fn answering(self, answer: impl Into<Vec<u8>>) -> Answering {
        let (sink, seen) = mpsc::channel(SEEN);
        let (addr, answer) = (self.addr, answer.into());
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = self.listener.accept().await {
                connections.spawn(serve(Wire::new(stream), answer.clone(), sink.clone()));
            }
        });
        Answering { addr, seen, task }
    }
}

async fn serve(mut wire: Wire, answer: Vec<u8>, seen: mpsc::Sender<Message>) {
    while let Some(request) = wire.next_request().await {
        if seen.send(request).await.is_err() || wire.try_write(&answer).await.is_err() {
            return;
        }
    }
}

impl Answering {
    /// The next request.
    ///
    /// # Panics
    /// If none comes.
    pub async fn next_request(&mut self) -> Message {
        let next = within("a request at the origin", self.seen.recv()).await;
        next.expect("the origin lives")
    }

    /// Whether all requests that came were asked for.
    pub fn is_drained(&mut self) -> bool {
        self.seen.try_recv().is_err()
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.task.abort();
    }
}
