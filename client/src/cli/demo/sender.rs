//! The sender of the demo: one webhook of our own making.

use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use url::Url;

/// A webhook to send.
pub struct Sample {
    pub path: &'static str,
    pub headers: &'static [(&'static str, &'static str)],
    pub body: &'static str,
}

/// What came back.
pub struct Answer {
    pub status: u16,
    pub body: String,
}

/// Why nothing came back.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    #[error("{0:?} is not an address that can be posted to")]
    Url(String),
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error(transparent)]
    Http(#[from] hyper::Error),
    #[error(transparent)]
    Request(#[from] http::Error),
}

/// An event such as a shop might send.
pub fn sample() -> Sample {
    Sample {
        path: "/webhooks/shop?source=demo",
        headers: &[
            ("Content-Type", "application/json"),
            ("X-Shop-Event", "order.paid"),
            ("X-Shop-Delivery", "d-1001"),
        ],
        body: r#"{"event":"order.paid","order":{"id":1001,"total":"42.50","currency":"EUR"}}"#,
    }
}

/// Posts it. Names below `localhost` are connected to on loopback without asking a resolver, which
/// may not know them.
pub async fn post(url: &str, sample: &Sample) -> Result<Answer, SendError> {
    let parsed = Url::parse(url).map_err(|_| SendError::Url(url.to_owned()))?;
    let (Some(host), Some(port)) = (parsed.host_str(), parsed.port_or_known_default()) else {
        return Err(SendError::Url(url.to_owned()));
    };
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let mut request = Request::post(sample.path).header(header::HOST, format!("{host}:{port}"));
    for (name, value) in sample.headers {
        request = request.header(*name, *value);
    }
    let response = sender
        .send_request(request.body(Full::<Bytes>::from(sample.body))?)
        .await?;
    let status = response.status().as_u16();
    let body = response.into_body().collect().await?.to_bytes();
    Ok(Answer {
        status,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}
