//! The help, made from the table of actions.

use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::tui::action::{Action, Entry, Group, TABLE};
use crate::tui::state::State;

/// From this width on there is room for two columns.
const TWO: u16 = 120;

/// Whether it has two columns.
pub fn is_wide(state: &State) -> bool {
    state.size.0 >= TWO
}

/// How many lines it takes on this screen.
pub fn lines(state: &State) -> usize {
    let all = text(state).len();
    if is_wide(state) { all.div_ceil(2) } else { all }
}

/// Its columns.
pub fn columns(state: &State) -> Vec<Vec<Line<'static>>> {
    let mut all = text(state);
    if !is_wide(state) {
        return vec![all];
    }
    let second = all.split_off(all.len().div_ceil(2));
    vec![all, second]
}

fn text(state: &State) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for group in Group::ALL {
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        lines.push(Line::styled(group.title(), state.theme.title));
        let own = TABLE.iter().filter(|entry| entry.group == group);
        lines.extend(own.map(|entry| line(state, entry)));
    }
    lines.push(Line::default());
    lines.push(Line::styled(
        format!(
            "other keys: [keys] in the configuration; names: {}",
            state.key(Action::Command)
        ),
        state.theme.dim,
    ));
    lines
}

fn line(state: &State, entry: &Entry) -> Line<'static> {
    let keys = state.keys.shown(entry.action).join("  ");
    let keys = if keys.is_empty() {
        format!(":{} {}", entry.name, entry.action.argument())
    } else {
        keys
    };
    let pad = " ".repeat(13usize.saturating_sub(keys.width()).max(1));
    Line::from(vec![
        Span::raw("  "),
        Span::styled(keys, state.theme.key),
        Span::raw(pad),
        Span::styled(entry.help, state.theme.text),
    ])
}
