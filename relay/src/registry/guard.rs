//! The guard of a claim.

use std::sync::Arc;

use hookreel_shared::model::Name;
use hookreel_shared::net::wall_clock;

use super::Registry;

/// A name that is held. Dropped, the name is away but stays its owner's for the lease.
#[derive(Debug)]
pub struct Claim {
    registry: Arc<Registry>,
    name: Name,
    epoch: u64,
}

impl Claim {
    pub(super) fn new(registry: Arc<Registry>, name: Name, epoch: u64) -> Self {
        Self {
            registry,
            name,
            epoch,
        }
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.name
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.registry.release(&self.name, self.epoch, wall_clock());
    }
}
