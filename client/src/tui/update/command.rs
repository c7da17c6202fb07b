//! The command line: any action by its name, some with something behind it.

use std::path::PathBuf;

use hookreel_shared::model::Timestamp;

use super::super::action::{Action, TABLE};
use super::super::effect::Effect;
use super::super::export::Form;
use super::super::state::State;
use super::super::state::popup::Export;
use super::super::theme::Theme;
use super::{act, prompt, request, tell};

/// Does what the line says.
pub fn run(state: &mut State, line: &str, now: Timestamp) -> Vec<Effect> {
    let (name, argument) = split(line);
    if name.is_empty() {
        return Vec::new();
    }
    let action = match find(name) {
        Ok(action) => action,
        Err(why) => {
            tell(state, false, why, now);
            return Vec::new();
        }
    };
    match (action, argument) {
        (Action::Filter, text) => prompt::filter(state, text, now),
        (Action::Theme, name) if !name.is_empty() => {
            match Theme::named(name) {
                Ok(theme) => state.theme = theme,
                Err(error) => tell(state, false, error.to_string(), now),
            }
            Vec::new()
        }
        (_, "") => act::act(state, action, now),
        (Action::Search, text) => prompt::search(state, text, now),
        (Action::Replay, url) => request::replay(state, Some(url.to_owned()), now),
        (Action::Sample, text) => request::samples(state, text, now),
        (Action::Pipe, command) => prompt::pipe(state, command.to_owned(), now),
        (Action::Export, text) => export(state, text, now),
        _ => {
            tell(
                state,
                false,
                format!("{} takes nothing behind it", action.name()),
                now,
            );
            Vec::new()
        }
    }
}

fn export(state: &mut State, text: &str, now: Timestamp) -> Vec<Effect> {
    let (name, file) = split(text);
    let Some(cursor) = Form::ALL.iter().position(|form| form.name() == name) else {
        let names = Form::ALL.map(Form::name).join(", ");
        tell(
            state,
            false,
            format!("{name:?} is no form to export in; take one of {names}"),
            now,
        );
        return Vec::new();
    };
    let current = state.list.current().map(|row| row.summary.id);
    if current.is_none() || !state.stored {
        tell(state, false, "there is nothing to export", now);
        return Vec::new();
    }
    let file = (!file.is_empty()).then(|| PathBuf::from(file));
    vec![act::export(
        state,
        Export {
            id: current,
            cursor,
        },
        file,
    )]
}

/// The action of that name, or the only one whose name begins so.
fn find(name: &str) -> Result<Action, String> {
    let exact = TABLE
        .iter()
        .find(|entry| entry.name == name || (name == "q" && entry.action == Action::Quit));
    if let Some(entry) = exact {
        return Ok(entry.action);
    }
    let begins: Vec<_> = TABLE
        .iter()
        .filter(|entry| entry.name.starts_with(name))
        .collect();
    match begins[..] {
        [only] => Ok(only.action),
        [] => Err(format!("there is no command {name:?}; ? lists them")),
        _ => {
            let names: Vec<_> = begins.iter().map(|entry| entry.name).collect();
            Err(format!("{name:?} could be {}", names.join(", ")))
        }
    }
}

/// What could stand there.
pub fn choices(line: &str) -> Vec<String> {
    let line = line.trim_start();
    let among = |begin: &str, names: Vec<&'static str>| -> Vec<String> {
        let begins = names.into_iter().filter(|name| name.starts_with(begin));
        begins.map(str::to_owned).collect()
    };
    match line.split_once(' ') {
        None if line.is_empty() => Vec::new(),
        None => among(line, TABLE.iter().map(|entry| entry.name).collect()),
        Some(("export", form)) => among(form.trim_start(), Form::ALL.map(Form::name).to_vec()),
        Some(("theme", name)) => among(name.trim_start(), Theme::NAMES.to_vec()),
        Some(_) => Vec::new(),
    }
}

/// The line as far as there is only one way to go on.
pub fn complete(line: &str) -> Option<String> {
    let choices = choices(line);
    let first = choices.first()?;
    let shared = choices.iter().fold(first.len(), |shared, other| {
        let same = first.bytes().zip(other.bytes()).take_while(|(a, b)| a == b);
        same.count().min(shared)
    });
    let line = line.trim_start();
    let before = line.rfind(' ').map_or("", |at| &line[..=at]);
    let mut text = format!("{before}{}", &first[..shared]);
    let takes_more = |name: &str| find(name).is_ok_and(|action| !action.argument().is_empty());
    if choices.len() == 1 && before.is_empty() && takes_more(first) {
        text.push(' ');
    }
    Some(text)
}

fn split(text: &str) -> (&str, &str) {
    let text = text.trim();
    let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (first, rest.trim())
}
