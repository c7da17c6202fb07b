//! Control frames on the control stream.

use bytes::BytesMut;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::stream::{RecvHalf, SendHalf, StreamError};
use crate::wire::control;
use crate::wire::frame::FrameError;
use crate::wire::limits::MAX_CONTROL;

/// Why the control stream cannot go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FramedError {
    /// The stream is over or broken.
    #[error(transparent)]
    Stream(#[from] StreamError),
    /// A frame breaks the rules.
    #[error(transparent)]
    Frame(#[from] FrameError),
}

#[derive(Debug)]
struct FrameReader(RecvHalf);

impl FrameReader {
    /// The next frame. Not to be cancelled and called again: a part of a frame may be lost.
    async fn read<T: DeserializeOwned>(&mut self) -> Result<T, FramedError> {
        let content = self.0.read_frame(MAX_CONTROL).await?;
        Ok(control::decode(&content)?)
    }
}

/// Frames read and not yet acted upon. A peer that sends more waits in its own window.
const FRAMES: usize = 16;

/// Reads frames in a task of its own, as reading one cannot be cancelled. The last thing to come
/// is an error; the task ends then, or when nobody receives any more, or when it is aborted.
pub fn read_frames<T>(recv: RecvHalf) -> (mpsc::Receiver<Result<T, FramedError>>, JoinHandle<()>)
where
    T: DeserializeOwned + Send + 'static,
{
    let (sender, receiver) = mpsc::channel(FRAMES);
    let mut reader = FrameReader(recv);
    let task = tokio::spawn(async move {
        loop {
            let frame = reader.read().await;
            let over = frame.is_err();
            if sender.send(frame).await.is_err() || over {
                return;
            }
        }
    });
    (receiver, task)
}

/// Writes control frames.
#[derive(Debug)]
pub struct FrameWriter(SendHalf);

impl FrameWriter {
    /// Writes to the control stream, ahead of all other streams.
    #[must_use]
    pub fn new(send: SendHalf) -> Self {
        send.prioritise();
        Self(send)
    }

    /// Sends frames in one write.
    ///
    /// # Errors
    /// [`FramedError`].
    pub async fn write<T: Serialize>(
        &mut self,
        frames: impl IntoIterator<Item = T>,
    ) -> Result<(), FramedError> {
        let mut out = BytesMut::new();
        for frame in frames {
            control::encode(&frame, &mut out)?;
        }
        if !out.is_empty() {
            self.0.write(out.freeze()).await?;
        }
        Ok(())
    }
}
