//! Control frames on the control stream.

use bytes::BytesMut;
use serde::Serialize;
use serde::de::DeserializeOwned;

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

/// Reads control frames.
#[derive(Debug)]
pub struct FrameReader(RecvHalf);

impl FrameReader {
    /// Reads from the control stream.
    #[must_use]
    pub fn new(recv: RecvHalf) -> Self {
        Self(recv)
    }

    /// The next frame. Not to be cancelled and called again: a part of a frame may be lost.
    ///
    /// # Errors
    /// [`FramedError`].
    pub async fn read<T: DeserializeOwned>(&mut self) -> Result<T, FramedError> {
        let content = self.0.read_frame(MAX_CONTROL).await?;
        Ok(control::decode(&content)?)
    }
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
