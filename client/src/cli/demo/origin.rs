//! The sample server of the demo: it checks signatures as a real one should, and has one fault.

use std::collections::HashSet;
use std::convert::Infallible;
use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use hookreel_shared::net::wall_clock;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;

use super::sign::{Bad, Scheme};

/// Events remembered to have failed once; beyond that all are forgotten.
const FAILED: usize = 1000;

/// A request as the server saw it.
#[derive(Debug, Clone)]
pub struct SeenRequest {
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

/// A server on a free port of loopback that answers in JSON: 200 to what is signed well, 401 to
/// what is not. An invoice that could not be paid makes it fail, the first time it comes.
pub struct SampleOrigin {
    pub port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    first: Option<SeenRequest>,
    failed: HashSet<String>,
}

impl SampleOrigin {
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let state = Arc::new(Mutex::default());
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&shared);
                let service = service_fn(move |request| serve(request, Arc::clone(&shared)));
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        Ok(Self { port, state })
    }

    /// The first request it saw, if one came.
    pub fn first(&self) -> Option<SeenRequest> {
        lock(&self.state).first.clone()
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(
    request: Request<Incoming>,
    state: Arc<Mutex<State>>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body
        .collect()
        .await
        .map(http_body_util::Collected::to_bytes)
        .unwrap_or_default();
    let now = u64::try_from(wall_clock().as_micros() / 1_000_000).unwrap_or_default();
    let mut state = lock(&state);
    state.first.get_or_insert_with(|| seen(&head, &body));
    let (status, text) = answer(
        head.uri.path(),
        &head.headers,
        &body,
        now,
        &mut state.failed,
    );
    let answer = Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(Full::from(text));
    Ok(answer.unwrap_or_default())
}

fn seen(head: &http::request::Parts, body: &Bytes) -> SeenRequest {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let headers = head.headers.iter();
    SeenRequest {
        method: head.method.to_string(),
        target: head.uri.to_string(),
        headers: headers
            .map(|(name, value)| (name.to_string(), text(value.as_bytes())))
            .collect(),
        body: body.clone(),
    }
}

/// Status and body of the answer. `failed` are the events that have failed once.
fn answer(
    path: &str,
    headers: &HeaderMap,
    body: &[u8],
    now: u64,
    failed: &mut HashSet<String>,
) -> (u16, &'static str) {
    let scheme = match path {
        "/webhooks/github" => Scheme::GitHub,
        "/webhooks/stripe" => Scheme::Stripe,
        "/webhooks/slack" => Scheme::Slack,
        _ => return (404, r#"{"error":"nothing is here"}"#),
    };
    let field = |name: &str| headers.get(name)?.to_str().ok();
    match scheme.check(field, body, now) {
        Ok(()) => {}
        Err(Bad::Missing) => return (401, r#"{"error":"there is no signature"}"#),
        Err(Bad::Wrong) => return (401, r#"{"error":"the signature does not match"}"#),
        Err(Bad::Old) => return (401, r#"{"error":"the signature is too old"}"#),
    }
    let event: Value = serde_json::from_slice(body).unwrap_or_default();
    if event["type"] == "invoice.payment_failed" {
        let id = event["id"].as_str().unwrap_or_default().to_owned();
        if failed.len() >= FAILED {
            failed.clear();
        }
        if failed.insert(id) {
            return (
                500,
                r#"{"error":"the mailer was not ready: replay this one"}"#,
            );
        }
    }
    (200, r#"{"received":true,"by":"your local server"}"#)
}

#[cfg(test)]
mod tests {
    use super::super::samples::{ROUND, sample};
    use super::*;

    fn statuses(numbers: impl Iterator<Item = u64>, failed: &mut HashSet<String>) -> Vec<u16> {
        numbers
            .map(|number| {
                let sample = sample(number, 1000);
                let mut headers = HeaderMap::new();
                for (name, value) in sample.headers {
                    headers.insert(name, value.parse().unwrap());
                }
                answer(sample.path, &headers, sample.body.as_bytes(), 1001, failed).0
            })
            .collect()
    }

    #[test]
    fn each_round_has_three_good_ones_a_forged_one_and_one_that_a_replay_fixes() {
        let mut failed = HashSet::new();
        for round in 0..2 {
            let first = round * ROUND;
            let found = statuses(first..first + ROUND, &mut failed);
            assert_eq!(found, [200, 200, 200, 401, 500]);
            assert_eq!(statuses(first + 3..first + ROUND, &mut failed), [401, 200]);
        }
    }

    #[test]
    fn what_is_not_signed_or_not_known_is_refused() {
        let answered = |path| answer(path, &HeaderMap::new(), b"{}", 0, &mut HashSet::new()).0;
        assert_eq!(answered("/webhooks/slack"), 401);
        assert_eq!(answered("/"), 404);
    }
}
