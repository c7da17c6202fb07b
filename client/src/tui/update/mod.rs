//! What changes when something happens. Pure: time is an argument, and all that reaches outside
//! is given back as effects.

mod act;
mod command;
mod copy;
mod feed;
mod found;
mod popup;
mod prompt;
mod request;

use std::sync::Arc;

use crossterm::event::{KeyEvent, KeyEventKind, MouseButton, MouseEvent, MouseEventKind};
use hookreel_shared::model::Timestamp;
use ratatui::layout::Position;

use super::action::Where;
use super::detail;
use super::effect::{Ask, Effect, Span};
use super::keys::{Chord, Found};
use super::msg::Msg;
use super::state::list::Missing;
use super::state::popup::{Output, Popup};
use super::state::{Focus, State, Toast};

/// How long a toast is shown.
const TOAST: i64 = 4_000_000;
/// Rows that the wheel moves by.
const WHEEL: i8 = 3;

/// Takes a message in; gives what is to be done outside.
pub fn update(state: &mut State, msg: Msg, now: Timestamp) -> Vec<Effect> {
    state.now = now;
    if state.toast.as_ref().is_some_and(|toast| toast.until <= now) {
        state.toast = None;
    }
    let mut effects = match msg {
        Msg::Key(key) if key.kind == KeyEventKind::Release => Vec::new(),
        Msg::Key(key) => key_pressed(state, key, now),
        Msg::Mouse(mouse) => mouse_used(state, mouse, now),
        Msg::Paste(text) => paste(state, &text, now),
        Msg::Resize(columns, lines) => {
            state.size = (columns, lines);
            // Of several sizes only the last may be seen. If it is that of before, the terminal has
            // lost meanwhile what did not fit, and nobody else knows.
            vec![Effect::Redraw]
        }
        Msg::Focused => found::look(state, now),
        Msg::Written => {
            found::look_soon(state, now);
            Vec::new()
        }
        Msg::Feed(seen) => feed::seen(state, seen, now),
        Msg::Over => vec![Effect::End(super::End::Over)],
        Msg::Found(found) => found::found(state, found, now),
        Msg::Log(lines) => {
            lines
                .into_iter()
                .for_each(|line| state.say(None, None, line));
            Vec::new()
        }
        Msg::Told { good, text } => {
            tell(state, good, text, now);
            Vec::new()
        }
        Msg::Output { title, text } => {
            let lines = hookreel_shared::pretty::safe::lines(&text);
            let lines = lines.map(std::borrow::Cow::into_owned).collect();
            state.output = Some(Output {
                title,
                lines,
                top: 0,
            });
            Vec::new()
        }
        Msg::Edited { of, text } => request::edited(state, &of, text, now),
        Msg::Later => found::look_if_due(state, now),
    };
    // It waits behind what the user is in.
    if state.popup.is_none() && state.prompt.is_none() {
        state.popup = state.output.take().map(Popup::Output);
    }
    settle(state, &mut effects);
    effects
}

/// What follows from wherever the state is now: the exchange to show, and the rows to have.
fn settle(state: &mut State, effects: &mut Vec<Effect>) {
    state.list.set_height(state.list_height());
    if let Some(place) = state.places().detail {
        state.detail.set_viewport(place.width, place.height);
    }
    let current = state.list.current().map(|row| row.summary.id);
    if state.shown.id != current {
        state.shown.id = current;
        state.body_search.clear();
        match current {
            Some(id) if state.stored => effects.push(Effect::Ask(Ask::Whole(id))),
            _ => {
                state.shown.exchange = None;
                state.detail.show(None, None, Vec::new());
            }
        }
    }
    if let Some(missing) = state.list.missing().filter(|_| state.stored) {
        let span = match missing {
            Missing::OlderThan(id) => Span::OlderThan(id),
            Missing::NewerThan(id) => Span::NewerThan(id),
        };
        effects.push(rows(state, span));
    }
}

/// Asks for rows of the list as it is now.
fn rows(state: &mut State, span: Span) -> Effect {
    state.list.loading = true;
    Effect::Ask(Ask::Rows {
        span,
        filter: state.filter(),
        turn: state.turn,
    })
}

/// Says what was done, for a while, and in the log.
fn tell(state: &mut State, good: bool, text: impl Into<String>, now: Timestamp) {
    let text = text.into();
    state.say(Some(now), Some(good), text.clone());
    let until = Timestamp::from_micros(now.as_micros() + TOAST);
    state.toast = Some(Toast { good, text, until });
}

fn key_pressed(state: &mut State, key: KeyEvent, now: Timestamp) -> Vec<Effect> {
    if state.popup.is_some() {
        return popup::key(state, key, now);
    }
    if state.prompt.is_some() {
        return prompt::key(state, key, now);
    }
    let at = match state.focus {
        Focus::List => Where::List,
        Focus::Detail => Where::Detail,
    };
    state.pressed.push(Chord::of(&key));
    let keys = Arc::clone(&state.keys);
    match keys.find(&state.pressed, at) {
        Found::Begins => Vec::new(),
        Found::Action(action) => {
            state.pressed.clear();
            let mut effects = act::act(state, action, now);
            effects.extend(found::look_again(state, now));
            effects
        }
        Found::Nothing => {
            state.pressed.clear();
            Vec::new()
        }
    }
}

fn mouse_used(state: &mut State, mouse: MouseEvent, now: Timestamp) -> Vec<Effect> {
    let by = match mouse.kind {
        MouseEventKind::ScrollDown => WHEEL,
        MouseEventKind::ScrollUp => -WHEEL,
        MouseEventKind::Down(MouseButton::Left) => 0,
        _ => return Vec::new(),
    };
    let at = Position::new(mouse.column, mouse.row);
    if state.popup.is_some() {
        return popup::mouse(state, isize::from(by), at, now);
    }
    let places = state.places();
    if let Some(list) = places.list.filter(|list| list.contains(at)) {
        if by != 0 {
            state.list.scroll(isize::from(by));
        } else {
            state.focus = Focus::List;
            // The first line is the frame's.
            if let Some(line) = (at.y - list.y).checked_sub(1) {
                state.list.click(usize::from(line));
            }
        }
    } else if let Some(detail) = places.detail.filter(|detail| detail.contains(at)) {
        let msg = if by != 0 {
            detail::Msg::Scroll(by.into())
        } else {
            state.focus = Focus::Detail;
            detail::Msg::Click {
                x: at.x - detail.x,
                y: at.y - detail.y,
            }
        };
        return to_detail(state, msg, now);
    }
    Vec::new()
}

fn paste(state: &mut State, text: &str, now: Timestamp) -> Vec<Effect> {
    match (&mut state.popup, &mut state.prompt) {
        (Some(Popup::Edit(form)), _) => {
            match form.paste(text) {
                Ok(()) => popup::warn(form),
                Err(why) => form.error = Some(why),
            }
            return Vec::new();
        }
        (Some(Popup::Replay(form)), _) => {
            form.paste(text);
        }
        (Some(Popup::Samples(samples)), _) => samples.paste(text),
        (None, Some(prompt)) => match prompt.line.paste(text) {
            Ok(()) => {
                prompt::changed(state);
                return prompt::live(state, now);
            }
            Err(why) => prompt.error = Some((1, why)),
        },
        _ => {}
    }
    Vec::new()
}

/// Hands a message to the detail pane, and does what it asks.
fn to_detail(state: &mut State, msg: detail::Msg, now: Timestamp) -> Vec<Effect> {
    let mut effects = Vec::new();
    for ask in detail::update(&mut state.detail, msg) {
        match ask {
            detail::Ask::Open(id) => effects.extend(act::open(state, id)),
            detail::Ask::Tell(text) => tell(state, true, text, now),
        }
    }
    effects
}

#[cfg(test)]
mod tests;
