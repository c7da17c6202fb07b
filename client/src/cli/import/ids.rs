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

/// The exchange, but one whose time is still to come begins now, and takes as long: as the latest
/// of all it would stay `@1` for years.
fn by_now(mut exchange: Exchange, now: Timestamp) -> Exchange {
    let ahead = exchange
        .request
        .received_at
        .as_micros()
        .saturating_sub(now.as_micros());
    if ahead > 0 {
        let moved = |at: Timestamp| Timestamp::from_micros(at.as_micros().saturating_sub(ahead));
        let mut head = exchange.request.as_ref().clone();
        head.received_at = now;
        exchange.request = head.into();
        for at in [
            &mut exchange.sent_at,
            &mut exchange.answered_at,
            &mut exchange.closed_at,
        ] {
            *at = at.map(moved);
        }
    }
    exchange
}

/// Whether an origin is on this machine.
fn is_here(origin: &str) -> bool {
    let address: Result<Address, _> = origin.parse();
    address.is_ok_and(|address| address.is_loopback())
}

/// The new ids of a file's exchanges.
pub(super) struct NewIds {
    given: HashMap<ExchangeId, New>,
    now: Timestamp,
}

struct New {
    id: ExchangeId,
    is_given: bool,
}

impl NewIds {
    /// Of all exchanges of a file: what repeats another of them still does.
    pub(super) fn of(exchanges: impl Iterator<Item = Exchange>, now: Timestamp) -> Self {
        let new = |exchange: Exchange| {
            let id = id_at(exchange.request.received_at.min(now));
            let is_given = false;
            (exchange.id(), New { id, is_given })
        };
        let given = exchanges.map(new).collect();
        Self { given, now }
    }

    /// Gives the exchange its new id, and the label of what came from a file; what it repeats is
    /// still said, and where it went if that is this machine: what is replayed is signed, and a file
    /// must not say to whom that goes. One whose id was in the file before gets yet another id.
    pub(super) fn set(&mut self, exchange: Exchange) -> Exchange {
        let mut exchange = by_now(exchange, self.now);
        let mut head = exchange.request.as_ref().clone();
        let free = self.given.get_mut(&head.id).filter(|new| !new.is_given);
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
        if let Some(new) = exchange.replay_of.and_then(|old| self.given.get(&old)) {
            exchange.replay_of = Some(new.id);
        }
        exchange
    }
}
