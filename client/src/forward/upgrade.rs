//! A connection that has left HTTP: both directions are carried on, each until its own end.

use hookreel_shared::model::FailureKind;
use hookreel_shared::net::{RecvHalf, SendHalf};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, split};

use crate::record::Passing;

/// Joins the origin's connection with the stream until both directions have ended.
pub(super) async fn join(
    origin: Upgraded,
    send: &mut SendHalf,
    recv: RecvHalf,
    up: &Passing,
    down: &Passing,
) {
    let (read, write) = split(TokioIo::new(origin));
    tokio::join!(outward(recv, write, up), inward(read, send, down));
}

async fn outward(mut from: RecvHalf, mut to: impl AsyncWrite + Unpin, passing: &Passing) {
    let _ = copy(&mut from, &mut to, passing).await;
    let _ = to.shutdown().await;
}

async fn inward(mut from: impl AsyncRead + Unpin, to: &mut SendHalf, passing: &Passing) {
    match copy(&mut from, to, passing).await {
        Ok(()) => to.finish(),
        Err(_) => to.reset(FailureKind::OriginAborted),
    }
}

async fn copy(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    passing: &Passing,
) -> std::io::Result<()> {
    use tokio::io::AsyncReadExt;
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let read = from.read(&mut buffer).await?;
        if read == 0 {
            return Ok(());
        }
        to.write_all(&buffer[..read]).await?;
        passing.count(read);
    }
}
