//! What stands in front of the panes.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Clear, Paragraph, Wrap};

use super::{forms, help, log, middle, put, put_cut, samples, shown};
use crate::tui::export::Form;
use crate::tui::state::State;
use crate::tui::state::popup::{Export, Output, Popup};
use crate::tui::widget;

/// Lines above the forms to export in.
const EXPORT_ABOVE: usize = 2;

/// What of a popup is at a place of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hit {
    /// It is not there.
    Outside,
    /// Its frame, or a part that does nothing.
    Nothing,
    /// A row that can be chosen, or a field: the n-th.
    Row(usize),
}

/// What of the popup stands there.
pub fn hit(state: &State, popup: &Popup, at: Position) -> Hit {
    let place = placed(state, size(state, popup));
    let inner = inside(place);
    if !place.contains(at) {
        return Hit::Outside;
    }
    let Some(line) = at.y.checked_sub(inner.y).filter(|_| inner.contains(at)) else {
        return Hit::Nothing;
    };
    let line = usize::from(line);
    match popup {
        Popup::Export(_) => {
            let row = line.checked_sub(EXPORT_ABOVE);
            row.filter(|row| *row < Form::ALL.len())
                .map_or(Hit::Nothing, Hit::Row)
        }
        Popup::Replay(form) if line < form.fields.len() => Hit::Row(line),
        Popup::Samples(samples) => {
            let list = samples::list(inner);
            let top = samples.top(list.height.into());
            let row = top + usize::from(at.y.saturating_sub(list.y));
            match list.contains(at) && row < samples.shown().len() {
                true => Hit::Row(row),
                false => Hit::Nothing,
            }
        }
        Popup::Edit(form) => {
            let mut fields = forms::fields(form, inner).into_iter();
            let field = fields.position(|field| field.contains(at));
            field.map_or(Hit::Nothing, Hit::Row)
        }
        _ => Hit::Nothing,
    }
}

/// Columns and lines it would like to have, its frame among them.
fn size(state: &State, popup: &Popup) -> (u16, u16) {
    match popup {
        Popup::Help(_) => {
            let width = if help::is_wide(state) {
                large(state).0.min(150)
            } else {
                76
            };
            let lines = u16::try_from(help::lines(state)).unwrap_or(u16::MAX);
            (width, lines.saturating_add(2).min(large(state).1))
        }
        Popup::Qr => qr_size(state),
        Popup::Log(_) | Popup::Edit(_) | Popup::Output(_) => large(state),
        Popup::Delete(_) => (56, 7),
        Popup::Export(_) => (60, u16::try_from(Form::ALL.len()).unwrap_or(0) + 6),
        Popup::Replay(_) => (72, 12),
        Popup::Samples(_) => (90, 24),
    }
}

/// A place of that size in the middle of the screen, smaller where there is less.
fn placed(state: &State, (width, height): (u16, u16)) -> Rect {
    let area = Rect::new(0, 0, state.size.0, state.size.1);
    let most = |wanted: u16, all: u16| wanted.min(all.saturating_sub(2));
    middle(area, most(width, area.width), most(height, area.height))
}

/// The room within the frame and its margin.
fn inside(place: Rect) -> Rect {
    Rect {
        x: place.x + 2.min(place.width),
        y: place.y + 1.min(place.height),
        width: place.width.saturating_sub(4),
        height: place.height.saturating_sub(2),
    }
}

/// Draws it.
pub fn draw(state: &State, popup: &Popup, frame: &mut Frame<'_>) {
    match popup {
        Popup::Help(top) => keys(state, (popup, *top), frame),
        Popup::Qr => qr(state, popup, frame),
        Popup::Log(back) => logged(state, (popup, *back), frame),
        Popup::Delete(ids) => {
            let what = if ids.len() == 1 {
                "the marked exchange".into()
            } else {
                format!("{} marked exchanges", ids.len())
            };
            // They may be anywhere in the history.
            let hidden = if state.filter.is_some() {
                ", also those that the filter hides,"
            } else {
                ""
            };
            let text = format!("Delete {what}{hidden} from the history? This cannot be undone.");
            let lines = vec![
                Line::default(),
                Line::from(text),
                Line::default(),
                key_line(state, &[("y", "delete"), ("any other key", "keep")]),
            ];
            let inner = open(state, frame, "Delete", popup);
            frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: true }), inner);
        }
        Popup::Export(export) => self::export(state, (popup, *export), frame),
        Popup::Replay(form) => forms::replay(state, (popup, form), frame),
        Popup::Edit(form) => forms::edit(state, (popup, form), frame),
        Popup::Samples(samples) => samples::draw(state, (popup, samples), frame),
        Popup::Output(output) => self::output(state, (popup, output), frame),
    }
}

/// Clears the popup's place and draws its frame with a title; gives the room inside.
pub(super) fn open(state: &State, frame: &mut Frame<'_>, title: &str, popup: &Popup) -> Rect {
    let place = placed(state, size(state, popup));
    frame.render_widget(Clear, place);
    frame.buffer_mut().set_style(place, state.theme.text);
    let block = Block::new()
        .borders(Borders::ALL)
        .border_style(state.theme.border_focused)
        .title(Line::styled(format!(" {title} "), state.theme.title));
    frame.render_widget(block, place);
    inside(place)
}

pub(super) fn key_line(state: &State, keys: &[(&str, &str)]) -> Line<'static> {
    let mut spans = Vec::new();
    for (key, what) in keys {
        spans.push(Span::styled((*key).to_owned(), state.theme.key));
        spans.push(Span::styled(format!(" {what}   "), state.theme.dim));
    }
    Line::from(spans)
}

/// As much as there is, but for a margin.
pub(super) fn large(state: &State) -> (u16, u16) {
    (
        state.size.0.saturating_sub(4),
        state.size.1.saturating_sub(4),
    )
}

fn keys(state: &State, (popup, top): (&Popup, usize), frame: &mut Frame<'_>) {
    let columns = help::columns(state);
    let inner = open(state, frame, "Help · j k scroll · esc closes", popup);
    let places = Layout::horizontal(columns.iter().map(|_| Constraint::Fill(1))).split(inner);
    for (lines, place) in columns.into_iter().zip(places.iter()) {
        let visible: Vec<_> = lines
            .into_iter()
            .skip(top)
            .take(place.height.into())
            .collect();
        frame.render_widget(Paragraph::new(visible), *place);
    }
}

/// The address, its code, and whether that fits.
fn qr_code(state: &State) -> Option<(&str, Result<widget::Qr, String>)> {
    let url = state.granted(None).map(|granted| granted.url.as_str())?;
    let Some(code) = widget::Qr::of(url) else {
        return Some((url, Err("The address is too long for a QR code.".into())));
    };
    let ((width, height), room) = (code.size(), large(state));
    // Its frame, its margin and the line below.
    let needs = (width + 4, height + 3);
    if needs.0 <= room.0 + 2 && needs.1 <= room.1 + 2 {
        return Some((url, Ok(code)));
    }
    let why = format!(
        "The terminal is too small for a QR code: {} × {} are needed.",
        needs.0 + 2,
        needs.1 + 2
    );
    Some((url, Err(why)))
}

fn qr_size(state: &State) -> (u16, u16) {
    match qr_code(state) {
        Some((url, Ok(code))) => {
            let (width, height) = code.size();
            let wide = u16::try_from(url.chars().count()).unwrap_or(u16::MAX);
            ((width + 4).max(wide.saturating_add(4)), height + 3)
        }
        _ => (50, 6),
    }
}

fn qr(state: &State, popup: &Popup, frame: &mut Frame<'_>) {
    let Some((url, code)) = qr_code(state) else {
        return;
    };
    let inner = open(state, frame, "QR code · esc closes", popup);
    let below = match code {
        Ok(code) => {
            let (width, height) = code.size();
            let place = Rect {
                x: inner.x + inner.width.saturating_sub(width) / 2,
                y: inner.y,
                width: width.min(inner.width),
                height,
            };
            frame.render_widget(code, place);
            inner.bottom().saturating_sub(1)
        }
        Err(why) => {
            let lines = Paragraph::new(Line::styled(why, state.theme.warn));
            frame.render_widget(lines.wrap(Wrap { trim: true }), inner);
            inner.bottom().saturating_sub(1)
        }
    };
    put_cut(
        frame.buffer_mut(),
        (inner.x, below),
        &shown(url.as_bytes()),
        inner.width,
        state.theme.key,
    );
}

fn logged(state: &State, (popup, back): (&Popup, usize), frame: &mut Frame<'_>) {
    let inner = open(state, frame, "Log · esc closes", popup);
    if state.log.is_empty() {
        put(
            frame.buffer_mut(),
            (inner.x, inner.y),
            "nothing was said yet",
            inner.width,
            state.theme.dim,
        );
        return;
    }
    let lines = log::lines(state);
    let end = lines.len().saturating_sub(back);
    let start = end.saturating_sub(inner.height.into());
    let visible: Vec<_> = lines.into_iter().skip(start).take(end - start).collect();
    frame.render_widget(Paragraph::new(visible), inner);
}

fn export(state: &State, (popup, export): (&Popup, Export), frame: &mut Frame<'_>) {
    let what = export
        .id
        .map_or_else(|| "all that are marked".to_owned(), |id| id.to_string());
    let inner = open(state, frame, "Export to a file here", popup);
    let mut lines = vec![Line::styled(what, state.theme.dim), Line::default()];
    for (at, form) in Form::ALL.into_iter().enumerate() {
        let chosen = at == export.cursor;
        let sign = if chosen { "▸ " } else { "  " };
        let text = format!("{sign}{:<9}{:<48}", form.name(), form.help());
        lines.push(Line::styled(
            text,
            if chosen {
                state.theme.selected
            } else {
                state.theme.text
            },
        ));
    }
    lines.push(Line::default());
    lines.push(key_line(
        state,
        &[("enter", "write"), ("j k", "choose"), ("esc", "cancel")],
    ));
    frame.render_widget(Paragraph::new(lines), inner);
}

fn output(state: &State, (popup, output): (&Popup, &Output), frame: &mut Frame<'_>) {
    let title = format!("{} · esc closes", shown(output.title.as_bytes()));
    let inner = open(state, frame, &title, popup);
    if output.lines.is_empty() {
        put(
            frame.buffer_mut(),
            (inner.x, inner.y),
            "no output",
            inner.width,
            state.theme.dim,
        );
    }
    for (y, line) in (inner.y..inner.bottom()).zip(output.lines.iter().skip(output.top)) {
        put_cut(
            frame.buffer_mut(),
            (inner.x, y),
            line,
            inner.width,
            state.theme.text,
        );
    }
}
