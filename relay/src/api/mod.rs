//! The administrative face: health. Bound to loopback.

use std::convert::Infallible;
use std::io;
use std::net::TcpListener;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Serves until `shutdown`. While the relay drains, health is already "no".
///
/// # Errors
/// If the socket cannot be used at all.
pub async fn serve(
    listener: TcpListener,
    tasks: TaskTracker,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = shutdown.cancelled() => return Ok(()),
        };
        let Ok((stream, _)) = accepted else { continue };
        let draining = shutdown.clone();
        let service = service_fn(move |request| answer(request, draining.clone()));
        let serving = http1::Builder::new()
            .timer(TokioTimer::new())
            .serve_connection(TokioIo::new(stream), service);
        let shutdown = shutdown.clone();
        tasks.spawn(async move {
            tokio::select! {
                _ = serving => {}
                () = shutdown.cancelled() => {}
            }
        });
    }
}

#[expect(clippy::unused_async, reason = "what hyper calls must be a future")]
async fn answer(
    request: Request<Incoming>,
    draining: CancellationToken,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (status, text) = match request.uri().path() {
        "/healthz" if draining.is_cancelled() => (StatusCode::SERVICE_UNAVAILABLE, "draining\n"),
        "/healthz" => (StatusCode::OK, "ok\n"),
        _ => (StatusCode::NOT_FOUND, "there is /healthz here\n"),
    };
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    Ok(response)
}
