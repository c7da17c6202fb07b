//! Requests as providers send them, signed with secrets of the test's.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use bytes::Bytes;
use hookreel::forward::Gate;
use hookreel_shared::model::{Headers, Timestamp};
use hookreel_shared::net::wall_clock;
use hookreel_shared::provider::algorithm::Algorithm;
use hookreel_shared::provider::challenge::Options;
use hookreel_shared::provider::{DevelopmentKeys, Draft, Key, Pkcs8, Row, Secret, Table, sign};

/// A request of a provider to the name `otter`, or another.
#[derive(Clone)]
pub struct Ask {
    row: Row,
    pub draft: Draft,
    pub host: &'static str,
}

impl Ask {
    pub fn new(provider: &str, method: &str, target: &str, body: impl Into<Bytes>) -> Self {
        let table = Table::builtin().expect("the rows are good");
        Self {
            row: table.get(provider).expect("there is such a row").clone(),
            draft: Draft {
                method: method.to_owned().into(),
                base: "http://otter.hooks.test".into(),
                target: target.to_owned().into(),
                headers: Headers::new(),
                body: body.into(),
            },
            host: "otter",
        }
    }

    /// A POST of JSON.
    pub fn json(provider: &str, body: impl Into<Bytes>) -> Self {
        Self::new(provider, "POST", "/in?a=b", body).header("Content-Type", "application/json")
    }

    pub fn get(provider: &str, target: &str) -> Self {
        Self::new(provider, "GET", target, "")
    }

    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.draft.headers.push(name, value.to_owned());
        self
    }

    /// Sent to another name.
    pub fn to(mut self, host: &'static str) -> Self {
        self.host = host;
        self
    }

    /// Signed now with this secret.
    pub fn signed(self, secret: &str) -> Self {
        let secret = Secret::new(&self.row.id, "signer", secret);
        self.signed_by(Key::Secret(&secret), wall_clock())
    }

    pub fn signed_by(mut self, key: Key<'_>, at: Timestamp) -> Self {
        sign(&self.row, &mut self.draft, key, at, "fresh").expect("it can be signed");
        self
    }

    /// The same with another body under the same signature.
    pub fn forged(mut self, body: &'static str) -> Self {
        self.draft.body = body.into();
        self
    }

    fn head(&self, delimited: &str) -> Vec<u8> {
        let mut head = Vec::new();
        head.extend_from_slice(&self.draft.method);
        head.push(b' ');
        head.extend_from_slice(&self.draft.target);
        head.extend_from_slice(
            format!(" HTTP/1.1\r\nHost: {}.hooks.test\r\n", self.host).as_bytes(),
        );
        for header in &self.draft.headers {
            head.extend_from_slice(&header.name);
            head.extend_from_slice(b": ");
            head.extend_from_slice(&header.value);
            head.extend_from_slice(b"\r\n");
        }
        head.extend_from_slice(delimited.as_bytes());
        head.extend_from_slice(b"\r\n");
        head
    }

    /// As it goes over the wire.
    pub fn wire(&self) -> Vec<u8> {
        let length = match self.draft.body.len() {
            0 => String::new(),
            length => format!("Content-Length: {length}\r\n"),
        };
        [&self.head(&length)[..], &self.draft.body].concat()
    }

    /// The head alone, before a chunked body.
    pub fn chunked_head(&self) -> Vec<u8> {
        self.head("Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n")
    }

    /// The head alone, of a sender that waits to be told to go on.
    pub fn expecting_head(&self) -> Vec<u8> {
        let length = self.draft.body.len();
        self.head(&format!(
            "Content-Length: {length}\r\nExpect: 100-continue\r\n"
        ))
    }
}

/// Keys of a provider whose signatures nobody else can make, and the public half as its secret.
pub struct Signer {
    keys: DevelopmentKeys,
    pub public: String,
}

impl Signer {
    pub fn new() -> Self {
        let kept = Pkcs8::generate(&aws_lc_rs::rand::SystemRandom::new()).expect("keys");
        let keys = DevelopmentKeys::read(&kept).expect("keys");
        let public = keys.public(Algorithm::Ed25519).expect("a public half");
        Self {
            keys,
            public: hex::encode(public),
        }
    }

    pub fn signs(&self, ask: Ask) -> Ask {
        let key = Key::Development {
            keys: &self.keys,
            webhook: "",
            certificate: "",
        };
        ask.signed_by(key, wall_clock())
    }
}

/// All handshakes are answered, as usual.
pub fn answering() -> Gate {
    Gate {
        handshakes: Some(Options::default()),
        ..Gate::default()
    }
}

/// Only what this provider has signed well passes.
pub fn verifying(provider: &str) -> Gate {
    Gate {
        verify: Some(provider.to_owned()),
        ..answering()
    }
}

/// An address where nothing listens.
pub fn nowhere() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("an address")
}
