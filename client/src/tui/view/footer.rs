//! The line at the bottom: the keys that matter now, what was just done, or a prompt.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::widgets::Clear;
use unicode_width::UnicodeWidthStr;

use super::{put, put_cut, shown};
use crate::tui::action::{Action, DETAIL_HINTS, LIST_HINTS};
use crate::tui::state::prompt::{Kind, Prompt};
use crate::tui::state::{Focus, State};

/// What matters also while there is no exchange.
const WITHOUT: [Action; 4] = [Action::Help, Action::NextPane, Action::Filter, Action::Quit];

/// Draws it.
pub fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) {
    if let Some(prompt) = &state.prompt {
        self::prompt(state, prompt, frame, area);
        return;
    }
    if !state.pressed.is_empty() {
        let pressed: Vec<_> = state.pressed.iter().map(ToString::to_string).collect();
        let more = state.keys.following(&state.pressed);
        let more = more.map(|(chord, action)| (chord.to_string(), action.entry().hint));
        keys(
            state,
            frame,
            area,
            &format!("{} + ", pressed.join(" ")),
            more,
        );
        return;
    }
    if let Some(toast) = &state.toast {
        let (glyph, style) = if toast.good {
            ("✓ ", state.theme.ok)
        } else {
            ("! ", state.theme.warn)
        };
        let buffer = frame.buffer_mut();
        let x = area.x + 1 + put(buffer, (area.x + 1, area.y), glyph, area.width, style);
        let (text, room) = (shown(toast.text.as_bytes()), area.right().saturating_sub(x));
        let more = format!(" {} tells all ", state.key(Action::Log));
        let aside = match u16::try_from(more.width()) {
            Ok(wide) if text.width() > usize::from(room) && wide < room / 2 => wide,
            _ => 0,
        };
        put_cut(buffer, (x, area.y), &text, room - aside, style);
        put(
            buffer,
            (area.right() - aside, area.y),
            &more,
            aside,
            state.theme.key,
        );
        return;
    }
    if state.stopping {
        let text = " stopping: requests under way may finish · ctrl-c ends at once";
        put_cut(
            frame.buffer_mut(),
            (area.x, area.y),
            text,
            area.width,
            state.theme.warn,
        );
        return;
    }
    let hints = match state.focus {
        Focus::List => LIST_HINTS,
        Focus::Detail => DETAIL_HINTS,
    };
    let first = |action: &Action| {
        Some((
            state.keys.shown(*action).into_iter().next()?,
            action.entry().hint,
        ))
    };
    let hints = hints.iter().filter(|hint| {
        // Where there is no exchange, nothing can be done with one.
        !state.list.is_empty() || WITHOUT.contains(hint)
    });
    keys(state, frame, area, " ", hints.filter_map(first));
}

/// Keys and what they do, as many as there is room for.
fn keys<'a>(
    state: &State,
    frame: &mut Frame<'_>,
    area: Rect,
    before: &str,
    hints: impl Iterator<Item = (String, &'a str)>,
) {
    let (theme, buffer) = (&state.theme, frame.buffer_mut());
    let mut x = area.x + put(buffer, (area.x, area.y), before, area.width, theme.title);
    for (key, hint) in hints {
        let wide = u16::try_from(key.width() + hint.width() + 3).unwrap_or(u16::MAX);
        if area.right().saturating_sub(x) < wide.saturating_sub(2) {
            break;
        }
        x += put(buffer, (x, area.y), &key, area.width, theme.key) + 1;
        x += put(buffer, (x, area.y), hint, area.width, theme.dim) + 2;
    }
}

/// A prompt takes the last two lines: itself, and what is to be said about it.
fn prompt(state: &State, prompt: &Prompt, frame: &mut Frame<'_>, area: Rect) {
    let theme = &state.theme;
    let line = Rect {
        y: area.y.saturating_sub(1),
        ..area
    };
    frame.render_widget(Clear, line);
    frame.render_widget(Clear, area);
    let sign = prompt.kind.sign();
    let wide = put(
        frame.buffer_mut(),
        (line.x, line.y),
        sign,
        line.width,
        theme.key,
    );
    let input = Rect {
        x: line.x + wide,
        width: line.width.saturating_sub(wide),
        ..line
    };
    frame.render_widget(prompt.line.area(), input);
    let buffer = frame.buffer_mut();
    let at = (area.x + wide, area.y);
    if let Some((column, why)) = &prompt.error {
        let before = u16::try_from(
            prompt
                .line
                .text()
                .chars()
                .take(column - 1)
                .collect::<String>()
                .width(),
        );
        let caret = at.0 + before.unwrap_or(0).min(area.width.saturating_sub(wide + 2));
        put(buffer, (caret, at.1), "^", 1, theme.bad);
        let why = shown(why.as_bytes());
        let length = u16::try_from(why.width()).unwrap_or(u16::MAX);
        // Behind the caret where it fits, else before it.
        let room = area.right().saturating_sub(caret + 2);
        if length <= room || caret < length + 1 {
            put_cut(buffer, (caret + 2, at.1), &why, room, theme.bad);
        } else {
            put(buffer, (caret - length - 1, at.1), &why, length, theme.bad);
        }
    } else if !prompt.choices.is_empty() {
        put_cut(
            buffer,
            at,
            &prompt.choices.join("  "),
            area.width.saturating_sub(wide),
            theme.dim,
        );
    } else {
        put_cut(
            buffer,
            at,
            &hint(state, prompt.kind),
            area.width.saturating_sub(wide),
            theme.dim,
        );
    }
}

fn hint(state: &State, kind: Kind) -> String {
    let next = format!(
        "{} {} next   esc clears",
        state.key(Action::SearchNext),
        state.key(Action::SearchPrevious)
    );
    let text = match kind {
        Kind::Search => {
            return format!("letters in this order, or body:text, status:5xx …   {next}");
        }
        Kind::SearchBody => return next,
        Kind::Filter => {
            "status:5xx method:POST path:/x* provider:x body:\"text\" since:10m !is:replay   ↑ earlier ones"
        }
        Kind::Command => {
            "tab completes   filter EXPR   replay [URL]   export FORM [FILE]   theme NAME   quit"
        }
        Kind::Pipe => "a command that reads the body, such as jq .data   nothing: your pager",
    };
    text.to_owned()
}
