//! A raw connection: the test writes every byte and sees every byte.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::message::{Message, field};
use crate::until::within;

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// By an orderly close.
    Closed,
    /// By a reset.
    Reset,
}

/// A raw connection with what was read from it and not used yet.
#[derive(Debug)]
pub struct Wire {
    stream: TcpStream,
    buffer: BytesMut,
}

impl Wire {
    /// Takes a connection over.
    #[must_use]
    pub fn new(stream: TcpStream) -> Self {
        let _ = stream.set_nodelay(true);
        Self {
            stream,
            buffer: BytesMut::new(),
        }
    }

    /// Connects.
    ///
    /// # Panics
    /// If nothing listens there.
    pub async fn connect(addr: SocketAddr) -> Self {
        let stream = within("a connection", TcpStream::connect(addr)).await;
        Self::new(stream.unwrap_or_else(|error| panic!("{addr}: {error}")))
    }

    /// Writes all of it.
    ///
    /// # Panics
    /// If the peer does not take it.
    pub async fn write(&mut self, bytes: impl AsRef<[u8]>) {
        let written = within(
            "the peer to take bytes",
            self.stream.write_all(bytes.as_ref()),
        )
        .await;
        written.expect("the peer takes bytes");
    }

    /// Writes all of it unless the peer is gone.
    ///
    /// # Errors
    /// If the peer is gone.
    pub async fn try_write(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        within(
            "the peer to take bytes",
            self.stream.write_all(bytes.as_ref()),
        )
        .await
    }

    /// Writes as much of it as the peer takes before it stands still for `still`; gives how much.
    pub async fn push(&mut self, bytes: &[u8], still: Duration) -> usize {
        let mut sent = 0;
        while sent < bytes.len() {
            match timeout(still, self.stream.write(&bytes[sent..])).await {
                Ok(Ok(written)) if written > 0 => sent += written,
                _ => break,
            }
        }
        sent
    }

    /// Says that nothing more follows, and goes on reading.
    ///
    /// # Panics
    /// If the connection is gone.
    pub async fn finish(&mut self) {
        self.stream.shutdown().await.expect("a half-close");
    }

    /// Closes by a reset.
    ///
    /// # Panics
    /// If the system does not know how.
    pub fn reset(self) {
        self.stream.set_zero_linger().expect("linger can be set");
    }

    /// Bytes up to and with `mark`.
    ///
    /// # Panics
    /// If they do not come.
    pub async fn read_until(&mut self, mark: &[u8]) -> Vec<u8> {
        let mut searched = 0;
        loop {
            let from = searched;
            if let Some(at) = self.buffer[from..]
                .windows(mark.len())
                .position(|part| part == mark)
            {
                return self.buffer.split_to(from + at + mark.len()).to_vec();
            }
            searched = self.buffer.len().saturating_sub(mark.len() - 1);
            self.fill(&format!("{:?}", String::from_utf8_lossy(mark)))
                .await;
        }
    }

    /// Exactly so many bytes.
    ///
    /// # Panics
    /// If they do not come.
    pub async fn read(&mut self, count: usize) -> Vec<u8> {
        while self.buffer.len() < count {
            self.fill(&format!("{count} bytes")).await;
        }
        self.buffer.split_to(count).to_vec()
    }

    async fn fill(&mut self, what: &str) {
        let read = within(what, self.stream.read_buf(&mut self.buffer)).await;
        match read {
            Ok(0) => panic!("closed where {what} was due, after {:?}", self.unused()),
            Ok(_) => {}
            Err(error) => panic!("{error} where {what} was due, after {:?}", self.unused()),
        }
    }

    fn unused(&self) -> String {
        String::from_utf8_lossy(&self.buffer[..self.buffer.len().min(400)]).into_owned()
    }

    /// The next head, with nothing behind it.
    ///
    /// # Panics
    /// If none comes.
    pub async fn head(&mut self) -> Message {
        Message::from_head(&self.read_until(b"\r\n\r\n").await)
    }

    /// The next request with its body.
    ///
    /// # Panics
    /// If none comes.
    pub async fn request(&mut self) -> Message {
        let head = self.head().await;
        self.body_of(head).await
    }

    /// The next request with its body, or none if the peer closes instead. Waits for long.
    pub async fn next_request(&mut self) -> Option<Message> {
        match self.comes().await {
            true => Some(self.request().await),
            false => None,
        }
    }

    /// The next head of an answer, or none if the peer closes instead. Waits for long.
    pub async fn next_head(&mut self) -> Option<Message> {
        match self.comes().await {
            true => Some(self.head().await),
            false => None,
        }
    }

    /// The next answer with its body, or none if the peer closes instead. Waits for long.
    pub async fn next_answer(&mut self) -> Option<Message> {
        let head = self.next_head().await?;
        Some(self.body_of(head).await)
    }

    /// Waits until there is something to read; false if the peer closes instead.
    async fn comes(&mut self) -> bool {
        while self.buffer.is_empty() {
            match self.stream.read_buf(&mut self.buffer).await {
                Ok(read) if read > 0 => {}
                _ => return false,
            }
        }
        true
    }

    /// The next answer with its body, if that has an end of its own. For a close-delimited one
    /// see [`Wire::rest`].
    ///
    /// # Panics
    /// If none comes.
    pub async fn answer(&mut self) -> Message {
        let head = self.head().await;
        if matches!(head.status(), 100..=199 | 204 | 304) {
            return head;
        }
        self.body_of(head).await
    }

    /// Reads what belongs to a head.
    ///
    /// # Panics
    /// If it does not come.
    pub async fn body_of(&mut self, mut head: Message) -> Message {
        if head.is_chunked() {
            loop {
                let chunk = self.chunk().await;
                if chunk.is_empty() {
                    break;
                }
                head.body.extend_from_slice(&chunk);
            }
            loop {
                let line = self.read_until(b"\r\n").await;
                if line == b"\r\n" {
                    return head;
                }
                head.trailers.push(field(&line[..line.len() - 2]));
            }
        }
        if let Some(length) = head.content_length() {
            head.body = self.read(length).await;
        }
        head
    }

    /// The next chunk of a chunked body; empty for the last, whose trailers are still to be read.
    ///
    /// # Panics
    /// If none comes.
    pub async fn chunk(&mut self) -> Vec<u8> {
        let line = self.read_until(b"\r\n").await;
        let digits = String::from_utf8_lossy(&line[..line.len() - 2]).into_owned();
        let length = usize::from_str_radix(digits.split(';').next().unwrap_or_default(), 16);
        let length = length.unwrap_or_else(|_| panic!("not the length of a chunk: {digits:?}"));
        if length == 0 {
            return Vec::new();
        }
        let chunk = self.read(length).await;
        assert_eq!(self.read(2).await, b"\r\n", "a chunk ends in a line end");
        chunk
    }

    /// All that still comes, and how it ended.
    pub async fn rest(&mut self) -> (Vec<u8>, End) {
        loop {
            match within("the end", self.stream.read_buf(&mut self.buffer)).await {
                Ok(0) => return (self.buffer.split().to_vec(), End::Closed),
                Ok(_) => {}
                Err(_) => return (self.buffer.split().to_vec(), End::Reset),
            }
        }
    }

    /// Reads and forgets until the connection ends.
    pub async fn gone(&mut self) -> End {
        loop {
            self.buffer.advance(self.buffer.len());
            match within("the end", self.stream.read_buf(&mut self.buffer)).await {
                Ok(0) => return End::Closed,
                Ok(_) => {}
                Err(_) => return End::Reset,
            }
        }
    }

    /// Whether anything comes within `time`.
    pub async fn is_silent_for(&mut self, time: Duration) -> bool {
        self.buffer.is_empty()
            && timeout(time, self.stream.read_buf(&mut self.buffer))
                .await
                .is_err()
    }

    /// Reads and forgets so many bytes.
    ///
    /// # Panics
    /// If they do not come.
    pub async fn skip(&mut self, count: usize) {
        let mut left = count;
        loop {
            let take = left.min(self.buffer.len());
            self.buffer.advance(take);
            left -= take;
            if left == 0 {
                return;
            }
            self.fill(&format!("{left} of {count} bytes")).await;
        }
    }
}

/// One chunk of a chunked body.
#[must_use]
pub fn chunk(data: impl AsRef<[u8]>) -> Vec<u8> {
    let data = data.as_ref();
    [format!("{:x}\r\n", data.len()).as_bytes(), data, b"\r\n"].concat()
}

/// An answer with a length.
#[must_use]
pub fn ok(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}
