//! What the history answers, and when it is asked what is new.
//!
//! Exchanges of this client come through the feed and are looked up once they have ended. What
//! other processes write is looked for once a file of the history has changed, and, where that cannot
//! be told, on a key after a while and when the terminal is returned to. Nothing is asked while
//! nothing happens.

use hookreel_shared::model::{ExchangeId, Timestamp};

use super::super::detail::Msg as Detail;
use super::super::effect::{Ask, Effect, Span};
use super::super::msg::Found;
use super::super::state::{Focus, State};
use super::{act, feed, tell, to_detail};

/// The history has an exchange that long after it has ended, mostly; and it is asked no more
/// often than that while many come.
const SOON: i64 = 60_000;
/// A key makes us look again after that long.
const WHILE: i64 = 1_000_000;
/// So many at once may not be all there is.
const MANY: usize = 500;
/// An exchange that ended that long ago and is not in the history was not recorded.
const GIVEN_UP: i64 = 3_000_000;

/// Looks at what is new.
pub fn look(state: &mut State, now: Timestamp) -> Vec<Effect> {
    if !state.stored {
        return Vec::new();
    }
    state.looked = (now, None);
    vec![Effect::Ask(Ask::News(state.filter()))]
}

/// Looks in a moment.
pub fn look_soon(state: &mut State, now: Timestamp) {
    if state.stored && state.looked.1.is_none() {
        state.looked.1 = Some(Timestamp::from_micros(now.as_micros() + SOON));
    }
}

/// The screen was too slow for so many lines of the feed. Where there is a history, they are in it,
/// or will be in a moment; otherwise they are gone.
pub fn missed(state: &mut State, lines: u64, now: Timestamp) {
    if state.stored {
        state.behind = Timestamp::from_micros(now.as_micros() + GIVEN_UP);
        look_soon(state, now);
    } else {
        state.counts.missed += lines;
    }
}

/// Looks, if it is time.
pub fn look_if_due(state: &mut State, now: Timestamp) -> Vec<Effect> {
    if state.looked.1.is_some_and(|at| at <= now) {
        look(state, now)
    } else {
        Vec::new()
    }
}

/// Looks, if the last time is a while ago: others may have written.
pub fn look_again(state: &mut State, now: Timestamp) -> Vec<Effect> {
    if now.as_micros() - state.looked.0.as_micros() > WHILE {
        look(state, now)
    } else {
        Vec::new()
    }
}

/// Takes an answer in.
pub fn found(state: &mut State, found: Found, now: Timestamp) -> Vec<Effect> {
    match found {
        Found::Rows {
            span,
            turn,
            rows,
            whole,
        } => {
            if turn == state.turn {
                match span {
                    Span::Newest => state.list.open(rows, whole, None),
                    Span::Oldest => {
                        let first = rows.first().map(|row| row.summary.id);
                        state.list.open(rows, whole, first);
                    }
                    Span::Around(id) => state.list.open(rows, whole, Some(id)),
                    Span::OlderThan(_) => state.list.add_older(rows, whole.0),
                    Span::NewerThan(_) => state.list.add_newer(rows, whole.1),
                }
            }
        }
        Found::Whole {
            id,
            exchange,
            about,
            original,
            attempts,
        } => {
            if state.shown.id == Some(id) {
                state.shown.exchange.clone_from(&exchange);
                state.detail.set_about(about.map(|about| (id, about)));
                state.detail.show(exchange, original, attempts);
                wait_for_it(state, now);
            }
        }
        Found::Other(other) => return compare(state, other, now),
        Found::News(rows) => return news(state, rows, now),
        Found::Counts(counts) => {
            state.counts.all = counts.all;
            // Some may have been deleted.
            state.counts.now = state.counts.now.min(counts.all);
        }
        Found::Match(id) => return matched(state, id, now),
        Found::Marked(purpose, ids) => return act::with_marked(state, purpose, ids, now),
        Found::Failed(why) => {
            state.list.loading = false;
            tell(state, false, why, now);
        }
    }
    Vec::new()
}

fn news(state: &mut State, rows: Vec<(crate::store::Row, bool)>, now: Timestamp) -> Vec<Effect> {
    let mut effects = Vec::new();
    if rows.len() >= MANY || now < state.behind {
        look_soon(state, now);
    }
    for (row, through) in rows {
        let id = row.summary.id;
        feed::count(state, &row.summary);
        let awaited = state.shown.id == Some(id) && !state.shown.has_its_end();
        // The attempts that are shown may have become more.
        let of_shown = row.summary.replay_of.is_some() && row.summary.replay_of == state.shown.id;
        if through {
            state.list.put(row);
        } else {
            state.list.take_out(id);
        }
        if let Some(shown) = state.shown.id.filter(|_| awaited || of_shown) {
            effects.push(Effect::Ask(Ask::Whole(shown)));
        }
    }
    if effects.is_empty() {
        wait_for_it(state, now);
    }
    effects
}

/// The exchange that is shown has ended, and the history does not have it yet: it is looked for
/// again, unless it was not recorded.
fn wait_for_it(state: &mut State, now: Timestamp) {
    let Some(summary) = state.list.current().map(|row| &row.summary) else {
        return;
    };
    let ended = summary
        .took
        .and_then(|took| i64::try_from(took.as_micros()).ok());
    let ended = ended.map_or(0, |took| summary.at.as_micros() + took);
    let fresh = now.as_micros() - ended < GIVEN_UP;
    let awaited =
        summary.closed && state.shown.id == Some(summary.id) && !state.shown.has_its_end();
    state.shown.missing = awaited && !fresh && !state.shown.is_here();
    if awaited && fresh {
        look_soon(state, now);
    }
}

/// A search has come to its end.
pub fn matched(state: &mut State, id: Option<ExchangeId>, now: Timestamp) -> Vec<Effect> {
    match id {
        Some(id) => act::open(state, id),
        None => {
            tell(state, false, "no more matches that way", now);
            Vec::new()
        }
    }
}

pub(super) fn compare(
    state: &mut State,
    other: Option<std::sync::Arc<hookreel_shared::model::Exchange>>,
    now: Timestamp,
) -> Vec<Effect> {
    let repeats = state.whole().is_some_and(|whole| whole.replay_of.is_some());
    if other.is_none() && !repeats {
        tell(
            state,
            false,
            "mark another one with space, then d compares this one with it",
            now,
        );
        return Vec::new();
    }
    state.focus = Focus::Detail;
    let mut effects = to_detail(state, Detail::CompareWith(other), now);
    effects.extend(to_detail(state, Detail::Tab(5), now));
    effects
}
