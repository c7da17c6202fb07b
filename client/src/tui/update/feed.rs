//! What the feed tells.

use std::sync::Arc;

use hookreel_shared::model::{ExchangeId, Summary, Timestamp};
use hookreel_shared::pretty::safe;

use super::super::effect::Effect;
use super::super::select::glance;
use super::super::state::{Granted, State};
use super::{found, tell};
use crate::record::{self, Notice, Seen};
use crate::store::Row;

/// Exchanges of the feed that are remembered as counted: more than can be waiting to be read
/// back from the history.
const REMEMBERED: usize = 4096;

/// Takes in what the feed tells.
pub fn seen(state: &mut State, seen: Seen, now: Timestamp) -> Vec<Effect> {
    match seen {
        Seen::Notice(notice) => notified(state, notice, now),
        Seen::Missed(count) => {
            state.counts.missed += count;
            found::look_soon(state, now);
            Vec::new()
        }
    }
}

fn notified(state: &mut State, notice: Notice, now: Timestamp) -> Vec<Effect> {
    match notice {
        Notice::Ready {
            url,
            name,
            origin,
            relay,
            transport,
            ..
        } => {
            state.say(Some(now), Some(true), format!("{url} → {origin}"));
            let granted = Granted { name, url, origin };
            let names = &mut state.tunnel.names;
            match names.iter_mut().find(|known| known.name == granted.name) {
                Some(known) => *known = granted,
                None => names.push(granted),
            }
            state.tunnel.relay = relay;
            state.tunnel.transport = transport;
            state.tunnel.state = Some(record::State::Connected);
        }
        Notice::Exchange(summary) => exchange(state, &summary, now),
        Notice::Status { state: new, reason } => {
            state.tunnel.state = Some(new);
            let good = new == record::State::Connected;
            let reason = safe::line(&reason);
            tell(state, good, format!("{}: {reason}", new.as_str()), now);
        }
        Notice::Hint(text) => tell(state, true, format!("hint: {}", safe::line(&text)), now),
        Notice::Told { good, text } => tell(state, good, safe::line(&text).into_owned(), now),
        Notice::Unrecorded(count) => state.counts.unrecorded = count,
    }
    Vec::new()
}

fn exchange(state: &mut State, summary: &Arc<Summary>, now: Timestamp) {
    let through = state.filter.as_ref().is_none_or(|applied| {
        let row = Row::from(Summary::clone(summary));
        glance(&applied.filter, &row, now)
    });
    if through {
        state.list.see(summary);
    } else {
        let id = summary.id;
        state.list.remove(|row| row.summary.id == id);
    }
    if summary.closed {
        count(state, summary);
        // The history has it in a moment, with what was found out about it.
        found::look_soon(state, now);
    }
}

/// Counts an exchange that has ended, once.
pub fn count(state: &mut State, summary: &Summary) {
    let id: ExchangeId = summary.id;
    if state.counted.contains(&id) {
        return;
    }
    if state.counted.len() == REMEMBERED {
        state.counted.pop_front();
    }
    state.counted.push_back(id);
    state.counts.all += 1;
    state.counts.failed += u64::from(summary.failure.is_some());
}
