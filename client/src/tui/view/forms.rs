//! Forms that are filled in.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};

use super::popup::{key_line, open};
use super::{put, put_cut, row, shown};
use crate::tui::state::State;
use crate::tui::state::form::{EditForm, ReplayForm};
use crate::tui::state::popup::Popup;

/// Said beside a field that shows less than it has.
const HIDES: &str = "  has characters that are not shown; they stay";

/// How to replay.
pub fn replay(state: &State, (popup, form): (&Popup, &ReplayForm), frame: &mut Frame<'_>) {
    let count = form.ids.len();
    let title = if count == 1 {
        "Replay".to_owned()
    } else {
        format!("Replay {count} marked")
    };
    let inner = open(state, frame, &title, popup);
    for (at, ((label, help), field)) in ReplayForm::LABELS.iter().zip(&form.fields).enumerate() {
        let Some(y) = u16::try_from(at)
            .ok()
            .map(|at| inner.y + at)
            .filter(|y| *y < inner.bottom())
        else {
            return;
        };
        let focused = at == form.focus;
        let style = if focused {
            state.theme.title
        } else {
            state.theme.dim
        };
        let sign = if focused { "▸" } else { " " };
        put(
            frame.buffer_mut(),
            (inner.x, y),
            &format!("{sign}{label}"),
            9,
            style,
        );
        let place = Rect {
            x: inner.x + 10,
            y,
            width: inner.width.saturating_sub(10),
            height: 1,
        };
        frame.render_widget(field.area(), place);
        if field.text().is_empty() && !focused {
            put_cut(
                frame.buffer_mut(),
                (place.x, y),
                help,
                place.width,
                state.theme.dim,
            );
        }
    }
    let y = inner.y + 7;
    let buffer = frame.buffer_mut();
    if let Some((field, why)) = &form.error {
        let text = format!("✗ {}: {why}", ReplayForm::LABELS[*field].0);
        put_cut(buffer, (inner.x, y), &text, inner.width, state.theme.bad);
    } else {
        put_cut(
            buffer,
            (inner.x + 10, y),
            ReplayForm::LABELS[form.focus].1,
            inner.width.saturating_sub(10),
            state.theme.dim,
        );
    }
    let keys = key_line(
        state,
        &[("enter", "send"), ("tab", "next field"), ("esc", "cancel")],
    );
    let place = Rect {
        y: inner.bottom().saturating_sub(1),
        height: 1,
        ..inner
    };
    frame.render_widget(keys, place);
}

/// Where the fields of the form stand: method, target, headers, body; and the line of keys below.
fn rows(form: &EditForm, inner: Rect) -> [Rect; 5] {
    let headers = u16::try_from(form.headers.lines().len())
        .unwrap_or(u16::MAX)
        .min(inner.height / 3)
        .max(1);
    let rows = [
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(headers + 1),
        Constraint::Min(2),
        Constraint::Length(1),
    ];
    Layout::vertical(rows).areas(inner)
}

/// Where the fields of the form stand that can be gone to.
pub fn fields(form: &EditForm, inner: Rect) -> Vec<Rect> {
    let [fields @ .., _] = rows(form, inner);
    let there = if form.body.is_some() { 4 } else { 3 };
    fields.into_iter().take(there).collect()
}

/// How the origin takes it all the same.
fn remedy(form: &EditForm) -> &'static str {
    match form.provider {
        Some(_) => "ctrl-g signs it anew; ",
        None => "",
    }
}

/// A request to be changed.
pub fn edit(state: &State, (popup, form): (&Popup, &EditForm), frame: &mut Frame<'_>) {
    let inner = open(state, frame, "Edit and send", popup);
    let [method, target, headers, body, keys] = rows(form, inner);
    let theme = &state.theme;
    let style = |at: usize| {
        if form.focus == at {
            theme.title
        } else {
            theme.dim
        }
    };
    let name = |at: usize| {
        format!(
            "{}{}",
            if form.focus == at { "▸" } else { " " },
            EditForm::LABELS[at]
        )
    };
    for (at, place) in [method, target].into_iter().enumerate() {
        put(
            frame.buffer_mut(),
            (place.x, place.y),
            &name(at),
            8,
            style(at),
        );
        let field = Rect {
            x: place.x + 9,
            width: place.width.saturating_sub(9),
            ..place
        };
        frame.render_widget(form.line[at].area(), field);
    }
    let below = |place: Rect| Rect {
        x: place.x + 1,
        y: place.y + 1,
        width: place.width.saturating_sub(1),
        height: place.height.saturating_sub(1),
    };
    let mut x = headers.x
        + put(
            frame.buffer_mut(),
            (headers.x, headers.y),
            &name(2),
            headers.width,
            style(2),
        );
    if let Some(warning) = &form.warning {
        x += put_cut(
            frame.buffer_mut(),
            (x, headers.y),
            &format!("  ! {}{warning}", remedy(form)),
            headers.right().saturating_sub(x),
            theme.warn,
        );
    }
    let hides = |frame: &mut Frame<'_>, x, area: Rect| {
        let room = area.right().saturating_sub(x);
        put_cut(frame.buffer_mut(), (x, area.y), HIDES, room, theme.warn);
    };
    if form.head_hides {
        hides(frame, x, headers);
    }
    frame.render_widget(&form.headers, below(headers));
    let mut x = body.x;
    x += put(
        frame.buffer_mut(),
        (x, body.y),
        &name(3),
        body.width,
        style(3),
    );
    if form.hides {
        hides(frame, x, body);
    }
    match &form.body {
        Some(area) => frame.render_widget(area, below(body)),
        None => {
            let why = if form.long {
                "too long to be edited here, ctrl-e opens it in your editor"
            } else {
                "not text: sent as it is"
            };
            let size = row::size(form.of.request_body.kept.len() as u64);
            let text = format!("{size}, {why}");
            put_cut(
                frame.buffer_mut(),
                (body.x + 1, body.y + 1),
                &text,
                body.width.saturating_sub(1),
                theme.dim,
            );
        }
    }
    if let Some(error) = &form.error {
        put_cut(
            frame.buffer_mut(),
            (keys.x, keys.y),
            &format!("✗ {}", shown(error.as_bytes())),
            keys.width,
            theme.bad,
        );
    } else {
        let with = form.label().map(|label| shown(label.as_bytes()));
        let with = with.map(|label| format!("sign it: with {label}"));
        let sign = match (&form.provider, form.sign) {
            (None, _) => None,
            (Some(_), false) => Some(("ctrl-g", "sign it: no")),
            (Some(_), true) => Some(("ctrl-g", with.as_deref().unwrap_or("sign it: yes"))),
        };
        let mut named = vec![("ctrl-s", "send"), ("tab", "next field")];
        named.extend(sign);
        named.extend([("ctrl-e", "your editor"), ("esc", "cancel")]);
        let line = key_line(state, &named);
        frame.render_widget(line, keys);
    }
}
