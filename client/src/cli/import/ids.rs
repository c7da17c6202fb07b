//! New ids: the history may hold the old ones already.

use std::collections::HashMap;

use hookreel_shared::model::{Exchange, ExchangeId, Label, Timestamp};
use uuid::{NoContext, Uuid};

use crate::forward::Address;

/// An id that stands where its time belongs.
pub(super) fn id_at(at: Timestamp) -> ExchangeId {
    let micros = u64::try_from(at.as_micros()).unwrap_or(0);
    let nanos = u32::try_from(micros % 1_000_000 * 1000).unwrap_or(0);
    let time = uuid::Timestamp::from_unix(NoContext, micros / 1_000_000, nanos);
    ExchangeId::from_uuid(Uuid::new_v7(time))
}

/// Whether an origin is on this machine.
fn is_here(origin: &str) -> bool {
    let address: Result<Address, _> = origin.parse();
    address.is_ok_and(|address| address.is_loopback())
}

/// The new ids of a file's exchanges.
pub(super) struct NewIds(HashMap<ExchangeId, New>);

struct New {
    id: ExchangeId,
    is_given: bool,
}

impl NewIds {
    /// Of all exchanges of a file: what repeats another of them still does.
    pub(super) fn of(exchanges: impl Iterator<Item = Exchange>) -> Self {
        let new = |exchange: Exchange| {
            let id = id_at(exchange.request.received_at);
            let is_given = false;
            (exchange.id(), New { id, is_given })
        };
        Self(exchanges.map(new).collect())
    }

    /// Gives the exchange its new id, and the label of what came from a file; what it repeats is
    /// still said, and where it went if that is this machine: what is replayed is signed, and a file
    /// must not say to whom that goes. One whose id was in the file before gets yet another id.
    pub(super) fn set(&mut self, mut exchange: Exchange) -> Exchange {
        let mut head = exchange.request.as_ref().clone();
        let free = self.0.get_mut(&head.id).filter(|new| !new.is_given);
        head.id = match free {
            Some(new) => {
                new.is_given = true;
                new.id
            }
            None => id_at(head.received_at),
        };
        head.label = Label::Imported;
        exchange.request = head.into();
        exchange.origin = exchange.origin.filter(|origin| is_here(origin));
        if let Some(new) = exchange.replay_of.and_then(|old| self.0.get(&old)) {
            exchange.replay_of = Some(new.id);
        }
        exchange
    }
}
