//! What each action does.

use std::sync::Arc;

use hookreel_shared::model::{ExchangeId, Timestamp};

use super::super::End;
use super::super::action::Action;
use super::super::detail::Msg as Detail;
use super::super::effect::{Ask, Effect, Purpose, Span, Towards};
use super::super::select::{Query, glance};
use super::super::state::popup::{Export, Popup};
use super::super::state::prompt::{Kind, Prompt};
use super::super::state::{Focus, State};
use super::{copy, found, request, rows, tell, to_detail};
use crate::command::Command;
use crate::store::Row;

/// Does it.
pub fn act(state: &mut State, action: Action, now: Timestamp) -> Vec<Effect> {
    use Action as A;
    if let Some(effects) = go(state, action, now) {
        return effects;
    }
    match action {
        A::Search => ask(
            state,
            if state.focus == Focus::List {
                Kind::Search
            } else {
                Kind::SearchBody
            },
        ),
        A::Filter => ask(state, Kind::Filter),
        A::Command => ask(state, Kind::Command),
        A::Pipe => ask(state, Kind::Pipe),
        A::SearchNext => search(state, Towards::Older, now),
        A::SearchPrevious => search(state, Towards::Newer, now),
        A::Mark => mark(state),
        A::Delete => marked(state, Purpose::Delete, now),
        A::ReplayWith => marked(state, Purpose::Replay, now),
        A::Export => marked(state, Purpose::Export, now),
        A::Replay => request::replay(state, None, now),
        A::Edit => request::form(state, now),
        A::Sample => request::samples(state, "", now),
        A::DevKey => {
            tell(state, true, "making your development key …", now);
            vec![Effect::Do(Command::MakeKeys)]
        }
        A::Diff => diff(state, now),
        A::CopyUrl | A::CopyCurl | A::CopyBody | A::CopyHeaders | A::CopyJson | A::CopyValue => {
            copy::copy(state, action, now)
        }
        A::Browse => match state.granted(None) {
            Some(granted) => vec![Effect::Browse(granted.url.clone())],
            None => none(state, "there is no address yet", now),
        },
        A::Qr if state.granted(None).is_none() => none(state, "there is no address yet", now),
        A::Qr => show(state, Popup::Qr),
        A::Log => show(state, Popup::Log(0)),
        A::Help => show(state, Popup::Help(0)),
        A::CycleView => to_detail(state, Detail::CycleView, now),
        A::Wrap => to_detail(state, Detail::Wrap, now),
        A::Mouse => {
            state.mouse = !state.mouse;
            let whose = if state.mouse {
                "the mouse moves here"
            } else {
                "the mouse is the terminal's: it selects text"
            };
            tell(state, true, whose, now);
            vec![Effect::Mouse(state.mouse)]
        }
        A::Redraw => vec![Effect::Redraw],
        A::Suspend => vec![Effect::Suspend],
        A::Quit => quit(state),
        A::QuitNow => vec![Effect::Do(Command::Stop), Effect::End(End::Now)],
        A::Theme => none(state, "name one: :theme auto, mono, night or paper", now),
        _ => Vec::new(),
    }
}

/// Whatever only moves; none if the action is another one.
fn go(state: &mut State, action: Action, now: Timestamp) -> Option<Vec<Effect>> {
    use Action as A;
    let in_list = state.focus == Focus::List;
    let msg = match action {
        A::Down => Detail::Down,
        A::Up => Detail::Up,
        A::HalfDown => Detail::HalfDown,
        A::HalfUp => Detail::HalfUp,
        A::PageDown => Detail::PageDown,
        A::PageUp => Detail::PageUp,
        A::Top => Detail::Top,
        A::Bottom => Detail::Bottom,
        A::Left => Detail::Left,
        A::Right => Detail::Right,
        A::Open => Detail::Fold,
        A::Tab(n) => return Some(to_detail(state, Detail::Tab(n.into()), now)),
        A::NextTab => return Some(to_detail(state, Detail::NextTab, now)),
        A::PreviousTab => return Some(to_detail(state, Detail::PrevTab, now)),
        A::NextPane | A::PreviousPane => {
            state.focus = if in_list { Focus::Detail } else { Focus::List };
            return Some(Vec::new());
        }
        A::Zoom => {
            state.zoomed = !state.zoomed;
            return Some(Vec::new());
        }
        A::Back => return Some(back(state, now)),
        _ => return None,
    };
    if !in_list {
        return Some(to_detail(state, msg, now));
    }
    let list = &mut state.list;
    match action {
        A::Down => list.step(1),
        A::Up => list.step(-1),
        A::HalfDown | A::HalfUp => list.page(action == A::HalfDown, 2),
        A::PageDown | A::PageUp => list.page(action == A::PageDown, 1),
        A::Top if !list.go_first() => return Some(vec![rows(state, Span::Oldest)]),
        A::Bottom if !list.follow() => return Some(vec![rows(state, Span::Newest)]),
        A::Open if list.current().is_some() => state.focus = Focus::Detail,
        _ => {}
    }
    Some(Vec::new())
}

/// Out of whatever is innermost; never quits.
fn back(state: &mut State, now: Timestamp) -> Vec<Effect> {
    match state.focus {
        Focus::Detail if !state.body_search.is_empty() => {
            state.body_search.clear();
            return to_detail(state, Detail::SearchSet(String::new()), now);
        }
        Focus::Detail => state.focus = Focus::List,
        Focus::List if state.search.is_some() => state.search = None,
        Focus::List => state.zoomed = false,
    }
    Vec::new()
}

fn quit(state: &mut State) -> Vec<Effect> {
    if state.stopping {
        return Vec::new();
    }
    state.stopping = true;
    vec![Effect::Do(Command::Stop)]
}

fn none(state: &mut State, why: &str, now: Timestamp) -> Vec<Effect> {
    tell(state, false, why, now);
    Vec::new()
}

fn show(state: &mut State, popup: Popup) -> Vec<Effect> {
    state.popup = Some(popup);
    Vec::new()
}

fn ask(state: &mut State, kind: Kind) -> Vec<Effect> {
    let text = match kind {
        Kind::Filter => state.filter.as_ref().map_or("", |applied| &applied.text),
        _ => "",
    };
    state.prompt = Some(Prompt::new(kind, text));
    Vec::new()
}

/// Brings an exchange under the cursor, from wherever it is.
pub fn open(state: &mut State, id: ExchangeId) -> Vec<Effect> {
    if state.list.select(id) || !state.stored {
        return Vec::new();
    }
    vec![rows(state, Span::Around(id))]
}

/// To the next match from the cursor on.
pub fn search(state: &mut State, towards: Towards, now: Timestamp) -> Vec<Effect> {
    if state.focus == Focus::Detail && !state.body_search.is_empty() {
        let msg = match towards {
            Towards::Newer => Detail::SearchPrev,
            Towards::Older | Towards::Either => Detail::SearchNext,
        };
        return to_detail(state, msg, now);
    }
    let Some((_, query)) = &state.search else {
        let why = format!(
            "nothing is searched for yet: {} searches",
            state.key(Action::Search)
        );
        return none(state, &why, now);
    };
    let Some(from) = state.list.current().map(|row| row.summary.id) else {
        return Vec::new();
    };
    let query = Arc::clone(query);
    if state.stored {
        let filter = state.filter();
        return vec![Effect::Ask(Ask::Search {
            query,
            filter,
            from,
            towards,
        })];
    }
    let found = search_here(state, &query, from, towards, now);
    found::matched(state, found, now)
}

/// The next match among the rows at hand, which are all there are.
fn search_here(
    state: &State,
    query: &Query,
    from: ExchangeId,
    towards: Towards,
    now: Timestamp,
) -> Option<ExchangeId> {
    let mut finder = query.finder();
    let mut hit = |row: &&Row| finder.finds(row, |filter| glance(filter, row, now));
    let rows = || state.list.rows();
    let older = |hit: &mut dyn FnMut(&&Row) -> bool| {
        rows().rev().filter(|row| row.summary.id < from).find(hit)
    };
    let newer =
        |hit: &mut dyn FnMut(&&Row) -> bool| rows().filter(|row| row.summary.id > from).find(hit);
    let row = match towards {
        Towards::Older => older(&mut hit),
        Towards::Newer => newer(&mut hit),
        Towards::Either => older(&mut hit).or_else(|| newer(&mut hit)),
    };
    row.map(|row| row.summary.id)
}

/// Marks the current one or takes its mark away, and goes on to the next.
fn mark(state: &mut State) -> Vec<Effect> {
    let Some(row) = state.list.current() else {
        return Vec::new();
    };
    let (id, marked) = (row.summary.id, !row.marked);
    state.list.mark(id, marked);
    vec![Effect::Mark(vec![id], marked)]
}

/// What is to be done with all that are marked; they may be anywhere in the history.
fn marked(state: &mut State, purpose: Purpose, now: Timestamp) -> Vec<Effect> {
    if state.stored {
        return vec![Effect::Ask(Ask::Marked(purpose))];
    }
    let ids = state
        .list
        .rows()
        .filter(|row| row.marked)
        .map(|row| row.summary.id)
        .collect();
    with_marked(state, purpose, ids, now)
}

/// Goes on once it is known what is marked.
pub fn with_marked(
    state: &mut State,
    purpose: Purpose,
    ids: Vec<ExchangeId>,
    now: Timestamp,
) -> Vec<Effect> {
    // The history may have been busy for a while: the user went on to something else, and the next
    // key is meant for that.
    if state.popup.is_some() || state.prompt.is_some() {
        return none(state, "that came too late: ask again", now);
    }
    let current = state.list.current().map(|row| row.summary.id);
    match purpose {
        Purpose::Delete if ids.is_empty() => {
            let why = format!(
                "nothing is marked: {} marks, {} deletes what is marked",
                state.key(Action::Mark),
                state.key(Action::Delete)
            );
            none(state, &why, now)
        }
        Purpose::Delete => show(state, Popup::Delete(ids)),
        Purpose::Replay => {
            let ids = if ids.is_empty() {
                current.into_iter().collect()
            } else {
                ids
            };
            request::options(state, ids, now)
        }
        Purpose::Export if !state.stored => none(
            state,
            "without a history nothing is kept that could be exported",
            now,
        ),
        Purpose::Export if ids.is_empty() && current.is_none() => {
            none(state, "there is nothing to export yet", now)
        }
        Purpose::Export => {
            let id = if ids.is_empty() { current } else { None };
            show(state, Popup::Export(Export { id, cursor: 0 }))
        }
    }
}

fn diff(state: &mut State, now: Timestamp) -> Vec<Effect> {
    let Some(whole) = state.whole() else {
        return none(state, "there is nothing to compare yet", now);
    };
    let id = whole.id();
    // Marks last for years: with a replay only one that was just made is meant.
    let just = state.list.just_marked().filter(|just| *just != id);
    if whole.replay_of.is_some() && just.is_none() {
        return found::compare(state, None, now);
    }
    vec![Effect::Ask(Ask::Other { than: id, just })]
}

/// Exports what a popup or a command says.
pub fn export(state: &State, export: Export, file: Option<std::path::PathBuf>) -> Effect {
    Effect::Ask(Ask::Export {
        id: export.id,
        form: export.form(),
        base: copy::base(state),
        file,
    })
}
