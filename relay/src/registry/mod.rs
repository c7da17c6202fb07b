//! Who can take a name: which names are known, whose they are, and which tunnel holds them now.
//!
//! A claim is a guard: being listed and being held are the same fact, and dropping the guard
//! takes exactly this entry off, once. A name outlives its tunnel by the lease.

mod guard;
mod keep;
mod mint;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hookreel_shared::model::{Name, Principal, Timestamp};
use hookreel_shared::wire::control::{ClaimId, RefusalCode};
use tokio::sync::mpsc;

pub use guard::Claim;
pub use keep::{Keep, KeepError};

use crate::link::TunnelHandle;

/// Tells a session that a claim of its was taken away.
pub type Revocations = mpsc::Sender<(ClaimId, RefusalCode)>;

/// All names a relay knows. Methods lock shortly and never wait.
#[derive(Debug)]
pub struct Registry {
    names: Mutex<HashMap<Name, Entry>>,
    lease: Duration,
    limit: usize,
}

#[derive(Debug)]
struct Entry {
    owner: Principal,
    live: Option<Live>,
    last_seen: Timestamp,
    /// Counts who held it, so that a late drop does not take a successor off.
    epoch: u64,
}

#[derive(Debug)]
struct Live {
    handle: Arc<TunnelHandle>,
    claim: ClaimId,
    revocations: Revocations,
}

/// What is known of a name.
#[derive(Debug)]
pub enum Lookup {
    /// This tunnel holds it.
    Live(Arc<TunnelHandle>),
    /// It belongs to somebody who is not connected.
    Away,
    /// Nobody has it.
    Unknown,
}

/// Why a name is not to be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    /// It belongs to somebody else.
    #[error("the name belongs to another client")]
    Taken,
    /// No more names can be known.
    #[error("the relay knows too many names")]
    Full,
}

impl Registry {
    /// An empty registry. `lease` is how long a name stays with its owner after its last
    /// tunnel; `limit` how many names are known at most.
    #[must_use]
    pub fn new(lease: Duration, limit: usize) -> Self {
        Self {
            names: Mutex::default(),
            lease,
            limit,
        }
    }

    /// Claims a name for a tunnel. The same principal takes it over from an older tunnel of its
    /// own, which is told so.
    ///
    /// # Errors
    /// [`ClaimError`].
    pub fn claim(
        self: &Arc<Self>,
        name: &Name,
        owner: Principal,
        claim: ClaimId,
        handle: &Arc<TunnelHandle>,
        revocations: &Revocations,
        now: Timestamp,
    ) -> Result<Claim, ClaimError> {
        let live = Live {
            handle: Arc::clone(handle),
            claim,
            revocations: revocations.clone(),
        };
        let mut names = self.lock();
        let full = names.len() >= self.limit;
        let epoch = match names.get_mut(name) {
            Some(entry) if entry.owner == owner || self.is_free(entry, now) => {
                entry.owner = owner;
                entry.last_seen = now;
                entry.epoch += 1;
                if let Some(old) = entry.live.replace(live) {
                    old.handle.drain();
                    // Full only if the session has that many to handle already; it then also
                    // learns it from the closed claim.
                    let _ = old.revocations.try_send((old.claim, RefusalCode::Replaced));
                }
                entry.epoch
            }
            Some(_) => return Err(ClaimError::Taken),
            None if full => return Err(ClaimError::Full),
            None => {
                names.insert(
                    name.clone(),
                    Entry {
                        owner,
                        live: Some(live),
                        last_seen: now,
                        epoch: 0,
                    },
                );
                0
            }
        };
        drop(names);
        Ok(Claim::new(Arc::clone(self), name.clone(), epoch))
    }

    /// Claims a name of our own making: the same one for the same client and hint, unless it is
    /// somebody else's already.
    ///
    /// # Errors
    /// [`ClaimError`].
    pub fn claim_any(
        self: &Arc<Self>,
        hint: u64,
        owner: Principal,
        claim: ClaimId,
        handle: &Arc<TunnelHandle>,
        revocations: &Revocations,
        now: Timestamp,
    ) -> Result<Claim, ClaimError> {
        for attempt in 0..MINT_ATTEMPTS {
            let name = mint::name_for(&owner, hint, attempt);
            match self.claim(&name, owner, claim, handle, revocations, now) {
                Err(ClaimError::Taken) => {}
                other => return other,
            }
        }
        Err(ClaimError::Taken)
    }

    /// What is known of a name.
    #[must_use]
    pub fn lookup(&self, name: &str) -> Lookup {
        match self.lock().get(name) {
            Some(Entry {
                live: Some(live), ..
            }) => Lookup::Live(Arc::clone(&live.handle)),
            Some(_) => Lookup::Away,
            None => Lookup::Unknown,
        }
    }

    /// The only name that is held now, if there is exactly one.
    #[must_use]
    pub fn sole(&self) -> Option<Name> {
        let names = self.lock();
        let mut held = names.iter().filter(|(_, entry)| entry.live.is_some());
        match (held.next(), held.next()) {
            (Some((name, _)), None) => Some(name.clone()),
            _ => None,
        }
    }

    /// Forgets names whose lease is over; gives how many are still known.
    pub fn prune(&self, now: Timestamp) -> usize {
        let mut names = self.lock();
        names.retain(|_, entry| !self.is_free(entry, now));
        names.len()
    }

    fn is_free(&self, entry: &Entry, now: Timestamp) -> bool {
        entry.live.is_none() && now.since(entry.last_seen) >= self.lease
    }

    fn release(&self, name: &Name, epoch: u64, now: Timestamp) {
        if let Some(entry) = self.lock().get_mut(name)
            && entry.epoch == epoch
        {
            entry.live = None;
            entry.last_seen = now;
        }
    }

    /// Nothing in here can be left half done by a panic, so a poisoned lock is still good.
    fn lock(&self) -> MutexGuard<'_, HashMap<Name, Entry>> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Names tried before giving up; a collision of even two is one in ten million.
const MINT_ATTEMPTS: u32 = 16;

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
