//! A connection that has left HTTP: both directions are carried on, each until its own end.

use std::pin::pin;
use std::time::Duration;

use hookreel_shared::net::{RecvHalf, SendHalf};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, copy, split};

use tokio::time::timeout;

use crate::link::Upgrade;

/// Joins the sender's connection with the stream, once the library lets go of it. A sender may go
/// on for `idle` after the origin's end.
pub async fn join(sender: OnUpgrade, upgrade: Upgrade, idle: Duration) {
    let Upgrade { send, recv, permit } = upgrade;
    // If the sender is gone by now, dropping the halves tells the client.
    if let Ok(upgraded) = sender.await {
        let (read, write) = split(TokioIo::new(upgraded));
        let mut outward = pin!(outward(read, send));
        let mut inward = pin!(inward(recv, write));
        tokio::select! {
            () = &mut outward => inward.await,
            () = &mut inward => drop(timeout(idle, outward).await),
        }
    }
    drop(permit);
}

async fn outward(mut from: impl AsyncRead + Unpin, mut to: SendHalf) {
    if copy(&mut from, &mut to).await.is_ok() {
        to.finish();
    }
}

async fn inward(mut from: RecvHalf, mut to: impl AsyncWrite + Unpin) {
    let _ = copy(&mut from, &mut to).await;
    let _ = to.shutdown().await;
}
