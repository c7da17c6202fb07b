//! What the feed tells.

use std::sync::Arc;

use hookreel_shared::model::{Summary, Timestamp};
use hookreel_shared::pretty::safe;

use super::super::action::Action;
use super::super::effect::Effect;
use super::super::select::glance;
use super::super::state::{Granted, State};
use super::{found, tell};
use crate::record::{self, Notice, Seen};
use crate::store::Row;

/// Microseconds that the guiding line is shown for: it is to be read, and done.
const GUIDED: i64 = 120_000_000;

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
        Notice::Hint { text, .. } => tell(state, true, format!("hint: {}", safe::line(&text)), now),
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
        guide(state, summary, now);
    }
}

/// Stays on the first one that the server failed at, and says what can be done with it, unless the
/// user has moved already: newcomers look for it otherwise while others come in.
fn guide(state: &mut State, summary: &Summary, now: Timestamp) {
    let fails = summary.failure.is_some() || summary.status.is_some_and(|status| status >= 500);
    if !(state.guides && fails) {
        return;
    }
    state.guides = false;
    if state.list.is_following() && state.list.select(summary.id) {
        let (again, newest) = (state.key(Action::Replay), state.key(Action::Bottom));
        let text = format!("this one failed: {again} sends it again, {newest} follows the newest");
        tell(state, false, text, now);
        if let Some(toast) = &mut state.toast {
            toast.until = Timestamp::from_micros(now.as_micros() + GUIDED);
        }
    }
}

/// Counts an exchange that has ended, once.
pub fn count(state: &mut State, summary: &Summary) {
    if state.counted.add(summary.id) {
        state.counts.all += 1;
        state.counts.now += 1;
        state.counts.failed += u64::from(summary.failure.is_some());
    }
}
