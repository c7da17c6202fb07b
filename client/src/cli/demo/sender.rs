//! The sender of the demo.

use std::time::Duration;

use bytes::Bytes;
use hookreel_shared::net::wall_clock;
use http::{Request, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::sleep;
use url::Url;

use super::samples::{Sample, sample};

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

/// The webhook of this number, as sent now.
pub fn fresh(number: u64) -> Sample {
    let now = wall_clock().as_micros() / 1_000_000;
    sample(number, u64::try_from(now).unwrap_or_default())
}

/// Sends the samples of these numbers to a name's address, each after the one before it was
/// answered and the pause for its number has passed.
pub async fn play(
    url: &str,
    numbers: impl Iterator<Item = u64>,
    pause: impl Fn(u64) -> Duration,
) -> Result<(), SendError> {
    for number in numbers {
        sleep(pause(number)).await;
        post(url, &fresh(number)).await?;
    }
    Ok(())
}

/// Posts it. Names below `localhost` are connected to on loopback without asking a resolver, which
/// may not know them.
pub async fn post(url: &str, sample: &Sample) -> Result<Answer, SendError> {
    let parsed = Url::parse(url).map_err(|_| SendError::Url(url.to_owned()))?;
    let (Some(host), Some(port)) = (parsed.host_str(), parsed.port_or_known_default()) else {
        return Err(SendError::Url(url.to_owned()));
    };
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let (mut sender, connection) = http1::Builder::new()
        .title_case_headers(true)
        .handshake(TokioIo::new(stream))
        .await?;
    tokio::spawn(connection);
    let mut request = Request::post(sample.path).header(header::HOST, format!("{host}:{port}"));
    for (name, value) in &sample.headers {
        request = request.header(*name, value);
    }
    let body = Full::new(Bytes::copy_from_slice(sample.body.as_bytes()));
    let response = sender.send_request(request.body(body)?).await?;
    let status = response.status().as_u16();
    let body = response.into_body().collect().await?.to_bytes();
    Ok(Answer {
        status,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}
