//! What was kept of the bytes of a body.

use bytes::Bytes;

use super::Headers;

/// What was kept of one body: all of it up to a limit; beyond that its beginning, its size and
/// its hash.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Capture {
    /// The bytes that were kept, from the first on.
    pub kept: Bytes,
    /// Bytes that passed.
    pub size: u64,
    /// SHA-256 of all bytes that passed; known only where some were not kept.
    pub sha256: Option<[u8; 32]>,
    /// Header fields that came behind the body.
    pub trailers: Headers,
    /// Its end never passed: it broke off, or was not waited for. How much is missing, nobody knows.
    pub cut: bool,
}

impl Capture {
    /// A body that was kept whole.
    #[must_use]
    pub fn whole(kept: impl Into<Bytes>) -> Self {
        let kept = kept.into();
        Self {
            size: kept.len() as u64,
            kept,
            ..Self::default()
        }
    }

    /// Whether not all that passed was kept.
    #[must_use]
    pub fn is_truncated(&self) -> bool {
        self.size > self.kept.len() as u64
    }
}
