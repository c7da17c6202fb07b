//! What the feed tells.

use std::sync::Arc;

use hookreel_shared::model::{Summary, Timestamp};
use hookreel_shared::pretty::safe;

use super::super::effect::Effect;
use super::super::select::glance;
use super::super::state::{Granted, State};
use super::{found, tell};
use crate::record::{self, Notice, Seen};
use crate::store::Row;

/// Takes in what the feed tells.
pub fn seen(state: &mut State, seen: Seen, now: Timestamp) -> Vec<Effect> {
    match seen {
        Seen::Notice(notice) => notified(state, notice, now),
        Seen::Missed(count) => {
            found::missed(state, count, now);
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
        state.list.take_out(summary.id);
    }
    if summary.closed {
        count(state, summary);
        // The history has it in a moment, with what was found out about it.
        found::look_soon(state, now);
    }
}

/// Counts an exchange that has ended, once.
pub fn count(state: &mut State, summary: &Summary) {
    if state.counted.add(summary.id) {
        state.counts.all += 1;
        state.counts.failed += u64::from(summary.failure.is_some());
    }
}
