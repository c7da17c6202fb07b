//! The line at the bottom while it takes text.

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use hookreel_shared::filter::Filter;
use hookreel_shared::model::Timestamp;

use super::super::detail::Msg as Detail;
use super::super::effect::{Effect, Span, Towards};
use super::super::select::{Query, glance};
use super::super::state::list::List;
use super::super::state::prompt::{Kind, Prompt};
use super::super::state::{Applied, Focus, State};
use super::{act, command, rows, tell, to_detail};

/// Takes a key.
pub fn key(state: &mut State, key: KeyEvent, now: Timestamp) -> Vec<Effect> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        KeyCode::Esc => cancel(state, now),
        KeyCode::Char('c') if control => cancel(state, now),
        KeyCode::Enter => submit(state, now),
        KeyCode::Tab => {
            complete(state);
            Vec::new()
        }
        KeyCode::Up | KeyCode::Down => {
            let State { prompt, past, .. } = state;
            if let Some(prompt) = prompt {
                prompt.recall(past, key.code == KeyCode::Up);
            }
            changed(state);
            Vec::new()
        }
        // Nothing left to delete: it closes, as in other programs.
        KeyCode::Backspace
            if state
                .prompt
                .as_ref()
                .is_some_and(|prompt| prompt.line.text().is_empty()) =>
        {
            cancel(state, now)
        }
        _ => {
            if state
                .prompt
                .as_mut()
                .is_some_and(|prompt| prompt.line.key(key))
            {
                changed(state);
            }
            live(state, now)
        }
    }
}

/// Looks at the text again: it has changed.
pub fn changed(state: &mut State) {
    let Some(prompt) = &mut state.prompt else {
        return;
    };
    let text = prompt.line.text();
    prompt.error = match prompt.kind {
        Kind::Filter => text
            .parse::<Filter>()
            .err()
            .map(|error| (error.column, error.message)),
        _ => None,
    };
    prompt.choices = match prompt.kind {
        Kind::Command => command::choices(text),
        _ => Vec::new(),
    };
}

/// A search shows what it finds while it is typed.
pub fn live(state: &mut State, now: Timestamp) -> Vec<Effect> {
    let Some(Prompt { kind, line, .. }) = &state.prompt else {
        return Vec::new();
    };
    let text = line.text().to_owned();
    match kind {
        Kind::Search => {
            state.search = (!text.is_empty()).then(|| (text.clone(), Arc::new(Query::read(&text))));
            Vec::new()
        }
        Kind::SearchBody => {
            state.body_search.clone_from(&text);
            to_detail(state, Detail::SearchSet(text), now)
        }
        _ => Vec::new(),
    }
}

fn complete(state: &mut State) {
    let Some(prompt) = &mut state.prompt else {
        return;
    };
    if prompt.kind == Kind::Command {
        if let Some(text) = command::complete(prompt.line.text()) {
            prompt.line.set(&text);
        }
        changed(state);
    }
}

fn cancel(state: &mut State, now: Timestamp) -> Vec<Effect> {
    let kind = state.prompt.take().map(|prompt| prompt.kind);
    match kind {
        Some(Kind::Search) => state.search = None,
        Some(Kind::SearchBody) => {
            state.body_search.clear();
            return to_detail(state, Detail::SearchSet(String::new()), now);
        }
        _ => {}
    }
    Vec::new()
}

fn submit(state: &mut State, now: Timestamp) -> Vec<Effect> {
    if state
        .prompt
        .as_ref()
        .is_some_and(|prompt| prompt.error.is_some())
    {
        // It stays open until it is right; the fault is shown already.
        return Vec::new();
    }
    let Some(prompt) = state.prompt.take() else {
        return Vec::new();
    };
    let text = prompt.line.text().trim().to_owned();
    state.past.remember(prompt.kind, &text);
    match prompt.kind {
        Kind::Filter => filter(state, &text, now),
        Kind::Search => search(state, &text, now),
        Kind::SearchBody => search_body(state, text, now),
        Kind::Command => command::run(state, &text, now),
        Kind::Pipe => pipe(state, text, now),
    }
}

/// Shows only what the filter lets through; everything, if it is empty.
pub fn filter(state: &mut State, text: &str, now: Timestamp) -> Vec<Effect> {
    let filter = match text.parse::<Filter>() {
        Ok(filter) => filter,
        Err(error) => {
            tell(
                state,
                false,
                format!("{} (column {})", error.message, error.column),
                now,
            );
            return Vec::new();
        }
    };
    let applied = Applied {
        text: text.to_owned(),
        filter: Arc::new(filter),
    };
    let everything = applied.filter.is_empty();
    state.filter = (!everything).then_some(applied);
    state.turn += 1;
    if state.stored {
        // Whoever takes the filter away wants to see what is around.
        let stay = state
            .list
            .current()
            .filter(|_| everything && !state.list.is_following());
        let span = stay.map_or(Span::Newest, |row| Span::Around(row.summary.id));
        state.list = List::new(true);
        state.list.set_height(state.list_height());
        return vec![rows(state, span)];
    }
    // Without a history the rows at hand are all there are: those that go are gone.
    if let Some(filter) = state.filter() {
        state.list.remove(|row| !glance(&filter, row, now));
    }
    Vec::new()
}

/// Searches the list, from the cursor towards older ones.
pub fn search(state: &mut State, text: &str, now: Timestamp) -> Vec<Effect> {
    state.focus = Focus::List;
    if text.is_empty() {
        state.search = None;
        return Vec::new();
    }
    let query = Arc::new(Query::read(text));
    let here = state
        .list
        .current()
        .is_some_and(|row| query.finder().finds(row, |filter| glance(filter, row, now)));
    state.search = Some((text.to_owned(), query));
    if here {
        return Vec::new();
    }
    act::search(state, Towards::Either, now)
}

fn search_body(state: &mut State, text: String, now: Timestamp) -> Vec<Effect> {
    state.body_search.clone_from(&text);
    to_detail(state, Detail::SearchSet(text), now)
}

/// Pipes the body that is shown through a command; without one, into the pager.
pub fn pipe(state: &mut State, command: String, now: Timestamp) -> Vec<Effect> {
    let Some(body) = state.whole().and_then(|_| state.detail.body()) else {
        tell(state, false, "there is no body yet", now);
        return Vec::new();
    };
    if command.is_empty() {
        let text = String::from_utf8_lossy(&body);
        let lines = hookreel_shared::pretty::safe::lines(&text);
        return vec![Effect::Page(
            lines.fold(String::new(), |all, line| all + &line + "\n"),
        )];
    }
    tell(state, true, format!("running {command} …"), now);
    vec![Effect::Pipe {
        command,
        input: body,
    }]
}
