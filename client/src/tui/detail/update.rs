//! What each message does.

use super::pane::{Pane, Pos};
use super::state::State;
use super::view::tabs;
use super::{Ask, Mode, Msg, Tab};

/// Takes one message, and tells what it asks of the shell.
pub fn update(state: &mut State, msg: Msg) -> Vec<Ask> {
    match msg {
        Msg::Tab(key) => {
            if let Some(tab) = key.checked_sub(1).and_then(|at| Tab::ALL.get(at)) {
                go_to(state, *tab);
            }
        }
        Msg::NextTab => turn(state, 1),
        Msg::PrevTab => turn(state, Tab::ALL.len() - 1),
        Msg::Up => step(state, -1),
        Msg::Down => step(state, 1),
        Msg::PageUp => page(state, -1, 1),
        Msg::PageDown => page(state, 1, 1),
        Msg::HalfUp => page(state, -1, 2),
        Msg::HalfDown => page(state, 1, 2),
        Msg::Top => with_pane(state, |pane| pane.end(false)),
        Msg::Bottom => with_pane(state, |pane| pane.end(true)),
        Msg::Left => with_pane(state, |pane| pane.sideways(false)),
        Msg::Right => with_pane(state, |pane| pane.sideways(true)),
        Msg::Fold => return fold(state),
        Msg::CycleView => cycle(state),
        Msg::Wrap => {
            state.wrap = !state.wrap;
            with_pane(state, |pane| {
                pane.place.x = 0;
                pane.settle();
            });
        }
        Msg::SearchSet(text) => {
            state.search_for(&text);
            return state.find(true, true).into_iter().collect();
        }
        Msg::SearchNext => return state.find(true, false).into_iter().collect(),
        Msg::SearchPrev => return state.find(false, false).into_iter().collect(),
        Msg::CompareWith(other) => state.compare_with(other),
        Msg::Click { x, y } => return click(state, x, y),
        Msg::Scroll(rows) => with_pane(state, |pane| {
            pane.scroll(isize::try_from(rows).unwrap_or(0));
        }),
    }
    Vec::new()
}

fn with_pane(state: &mut State, act: impl FnOnce(&mut Pane<'_>)) {
    if let Some(mut pane) = state.pane() {
        act(&mut pane);
    }
}

fn go_to(state: &mut State, tab: Tab) {
    if state.tab == tab {
        return;
    }
    state.tab = tab;
    let text = state.search().map(|(text, _)| text.to_owned());
    state.settle();
    if let Some(text) = text {
        state.search_for(&text);
    }
}

fn turn(state: &mut State, by: usize) {
    let at = (state.tab.index() + by) % Tab::ALL.len();
    if let Some(tab) = Tab::ALL.get(at) {
        go_to(state, *tab);
    }
}

fn step(state: &mut State, rows: isize) {
    with_pane(state, |pane| pane.step(rows));
}

/// A page, or a part of it; a page leaves one row to go by.
fn page(state: &mut State, sign: isize, part: isize) {
    with_pane(state, |pane| {
        let rows = isize::try_from(pane.size.rows).unwrap_or(0);
        let rows = if part == 1 { rows - 1 } else { rows / part };
        pane.step(sign * rows.max(1));
    });
}

fn fold(state: &mut State) -> Vec<Ask> {
    match state.tab {
        Tab::Attempts => state
            .selected_attempt()
            .map(Ask::Open)
            .into_iter()
            .collect(),
        Tab::Diff => {
            state.compare_whole();
            Vec::new()
        }
        _ => {
            with_pane(state, |pane| {
                if let Some(line) = pane.doc.toggle(pane.place.cursor.line) {
                    pane.place.cursor = Pos { line, row: 0 };
                }
                pane.settle();
            });
            Vec::new()
        }
    }
}

fn cycle(state: &mut State) {
    state.mode = match (state.tab, state.mode) {
        (Tab::Raw, Mode::Pretty | Mode::Raw) => Mode::Hex,
        (Tab::Raw, Mode::Hex) | (_, Mode::Pretty) => Mode::Raw,
        (_, Mode::Raw) => Mode::Hex,
        (_, Mode::Hex) => Mode::Pretty,
    };
    state.rebuild(true);
}

fn click(state: &mut State, x: u16, y: u16) -> Vec<Ask> {
    if y == 0 {
        let tab = tabs(state).into_iter().find(|(_, at, _)| at.contains(&x));
        if let Some((tab, _, _)) = tab {
            go_to(state, tab);
        }
        return Vec::new();
    }
    let row = usize::from(y) - 1;
    if row >= state.size().rows {
        return Vec::new();
    }
    let before = state.place().cursor;
    let Some(mut pane) = state.pane() else {
        return Vec::new();
    };
    let Some(pos) = pane.at(row) else {
        return Vec::new();
    };
    pane.place.cursor = pos;
    pane.follow();
    // A second press on the same line opens what it holds.
    if before.line == pos.line {
        return fold(state);
    }
    Vec::new()
}
