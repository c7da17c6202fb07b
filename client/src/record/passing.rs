//! One body on its way through: counted, so that a stream that moves is never taken for one that
//! hangs; and kept, if the exchange is recorded.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::digest;
use bytes::Bytes;
use hookreel_shared::model::{Capture, Headers};
use hookreel_shared::net::from_header_map;
use http_body::Frame;

use super::keeper::{Keeper, Kept};

/// A body that passes. Cheap to clone: whoever lets it pass and whoever records share one.
#[derive(Debug, Clone, Default)]
pub struct Passing(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    bytes: AtomicU64,
    /// Nothing more will pass.
    over: AtomicBool,
    /// Its end has passed.
    whole: AtomicBool,
    /// It broke off, whatever its reader says after that.
    broken: AtomicBool,
    keeping: Keeping,
}

#[derive(Debug, Default)]
enum Keeping {
    /// Only bytes are counted.
    #[default]
    Nothing,
    /// What was at hand whole before it passed.
    Known(Capture),
    /// What passes. Only the thread that forwards takes the lock, and for a copy.
    Passing(Mutex<Keeper>),
}

impl Passing {
    pub(super) fn kept_by(keeper: Keeper) -> Self {
        Self::of(Keeping::Passing(Mutex::new(keeper)))
    }

    pub(super) fn known(capture: Capture) -> Self {
        Self::of(Keeping::Known(capture))
    }

    fn of(keeping: Keeping) -> Self {
        Self(Arc::new(Shared {
            keeping,
            ..Shared::default()
        }))
    }

    /// Something has passed.
    pub fn frame(&self, frame: &Frame<Bytes>) {
        if let Some(data) = frame.data_ref() {
            self.count(data.len());
            if let Some(mut keeper) = self.keeper() {
                keeper.data(data);
            }
        } else if let Some(trailers) = frame.trailers_ref()
            && let Some(mut keeper) = self.keeper()
        {
            keeper.trailers(from_header_map(trailers));
        }
    }

    /// So many bytes have passed that are not kept.
    pub fn count(&self, bytes: usize) {
        self.0.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Bytes that have passed.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.0.bytes.load(Ordering::Relaxed)
    }

    /// Its end has passed: nothing is missing.
    pub fn completed(&self) {
        self.0.whole.store(true, Ordering::Relaxed);
    }

    /// It broke off: it is never complete any more.
    pub fn broke_off(&self) {
        self.0.broken.store(true, Ordering::Relaxed);
    }

    /// Whether its end has passed.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let broken = self.0.broken.load(Ordering::Relaxed);
        let whole = self.0.whole.load(Ordering::Relaxed) && !broken;
        whole || matches!(self.0.keeping, Keeping::Known(_))
    }

    /// Nothing more will pass.
    pub fn end(&self) {
        self.0.over.store(true, Ordering::Relaxed);
    }

    /// Whether nothing more will pass.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.0.over.load(Ordering::Relaxed)
    }

    /// Whether more of it would be kept, if more passed.
    #[must_use]
    pub fn takes_more(&self) -> bool {
        self.keeper().is_some_and(|keeper| !keeper.is_full())
    }

    pub(super) fn is_starved(&self) -> bool {
        self.keeper().is_some_and(|keeper| keeper.is_starved())
    }

    /// A copy of what is kept so far.
    pub(super) fn so_far(&self) -> Kept {
        self.kept(Keeper::so_far)
    }

    /// What was kept, at the end.
    pub(super) fn take(&self) -> Kept {
        self.kept(Keeper::take)
    }

    fn kept(&self, of: impl FnOnce(&mut Keeper) -> Kept) -> Kept {
        let mut kept = match (&self.0.keeping, self.keeper()) {
            (Keeping::Known(capture), _) => return Kept::from(capture.clone()),
            (_, Some(mut keeper)) => of(&mut keeper),
            _ => Kept::default(),
        };
        // What is only counted, as after an upgrade, is not in the keeper.
        kept.capture.size = self.bytes();
        kept
    }

    fn keeper(&self) -> Option<MutexGuard<'_, Keeper>> {
        match &self.0.keeping {
            Keeping::Passing(keeper) => Some(keeper.lock().unwrap_or_else(PoisonError::into_inner)),
            Keeping::Nothing | Keeping::Known(_) => None,
        }
    }
}

/// A body at hand, of which up to `limit` bytes are kept, with the fields behind it.
pub(super) fn known(body: &Bytes, limit: u64, trailers: &Headers) -> Capture {
    let fits = usize::try_from(limit).unwrap_or(usize::MAX).min(body.len());
    let hash = || {
        digest::digest(&digest::SHA256, body)
            .as_ref()
            .try_into()
            .ok()
    };
    Capture {
        kept: body.slice(..fits),
        size: body.len() as u64,
        sha256: (fits < body.len()).then(hash).flatten(),
        trailers: trailers.clone(),
        cut: false,
    }
}
