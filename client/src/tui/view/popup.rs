//! What stands in front of the panes.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Clear, Paragraph, Wrap};

use super::{forms, help, log, middle, put, put_cut, shown};
use crate::tui::export::Form;
use crate::tui::state::State;
use crate::tui::state::popup::{Export, Output, Popup};
use crate::tui::widget;

/// Draws it.
pub fn draw(state: &State, popup: &Popup, frame: &mut Frame<'_>) {
    match popup {
        Popup::Help(top) => keys(state, *top, frame),
        Popup::Qr => qr(state, frame),
        Popup::Log(back) => logged(state, *back, frame),
        Popup::Delete(ids) => {
            let what = if ids.len() == 1 {
                "the marked exchange".into()
            } else {
                format!("{} marked exchanges", ids.len())
            };
            let text = format!("Delete {what} from the history? This cannot be undone.");
            let lines = vec![
                Line::default(),
                Line::from(text),
                Line::default(),
                key_line(state, &[("y", "delete"), ("any other key", "keep")]),
            ];
            let inner = open(state, frame, "Delete", 56, 7);
            frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: true }), inner);
        }
        Popup::Export(export) => self::export(state, *export, frame),
        Popup::Replay(form) => forms::replay(state, form, frame),
        Popup::Edit(form) => forms::edit(state, form, frame),
        Popup::Output(output) => self::output(state, output, frame),
    }
}

/// Clears a place in the middle and draws a frame with a title; gives the room inside.
pub(super) fn open(
    state: &State,
    frame: &mut Frame<'_>,
    title: &str,
    width: u16,
    height: u16,
) -> Rect {
    let area = frame.area();
    let place = middle(
        area,
        width.min(area.width.saturating_sub(2)),
        height.min(area.height.saturating_sub(2)),
    );
    frame.render_widget(Clear, place);
    frame.buffer_mut().set_style(place, state.theme.text);
    let block = Block::new()
        .borders(Borders::ALL)
        .border_style(state.theme.border_focused)
        .title(Line::styled(format!(" {title} "), state.theme.title));
    let inner = block.inner(place);
    frame.render_widget(block, place);
    Rect {
        x: inner.x + 1,
        width: inner.width.saturating_sub(2),
        ..inner
    }
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

fn keys(state: &State, top: usize, frame: &mut Frame<'_>) {
    let columns = help::columns(state);
    let width = if columns.len() > 1 {
        state.size.0.saturating_sub(4).min(150)
    } else {
        76
    };
    let lines = u16::try_from(help::lines(state)).unwrap_or(u16::MAX);
    let inner = open(
        state,
        frame,
        "Help · j k scroll · esc closes",
        width,
        lines.saturating_add(2).min(large(state).1),
    );
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

fn qr(state: &State, frame: &mut Frame<'_>) {
    let Some(url) = state.granted(None).map(|granted| granted.url.as_str()) else {
        return;
    };
    let Some(code) = widget::Qr::of(url) else {
        let inner = open(state, frame, "QR code", 50, 4);
        put(
            frame.buffer_mut(),
            (inner.x, inner.y),
            "the address is too long for a QR code",
            inner.width,
            state.theme.warn,
        );
        return;
    };
    let (width, height) = code.size();
    let room = large(state);
    let fits = width + 4 <= room.0 + 2 && height + 3 <= room.1 + 2;
    if !fits {
        let inner = open(state, frame, "QR code", 50, 5);
        let text = format!(
            "The terminal is too small for a QR code: {} × {} are needed.",
            width + 6,
            height + 5
        );
        frame.render_widget(Paragraph::new(text).wrap(Wrap { trim: true }), inner);
        return;
    }
    let wide = u16::try_from(url.chars().count()).unwrap_or(u16::MAX);
    let inner = open(
        state,
        frame,
        "QR code",
        (width + 4).max(wide.saturating_add(4)),
        height + 3,
    );
    let place = Rect {
        x: inner.x + inner.width.saturating_sub(width) / 2,
        y: inner.y,
        width: width.min(inner.width),
        height,
    };
    frame.render_widget(code, place);
    put_cut(
        frame.buffer_mut(),
        (inner.x, inner.bottom().saturating_sub(1)),
        &shown(url.as_bytes()),
        inner.width,
        state.theme.key,
    );
}

fn logged(state: &State, back: usize, frame: &mut Frame<'_>) {
    let (width, height) = large(state);
    let inner = open(state, frame, "Log · esc closes", width, height);
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

fn export(state: &State, export: Export, frame: &mut Frame<'_>) {
    let what = export
        .id
        .map_or_else(|| "all that are marked".to_owned(), |id| id.to_string());
    let forms = u16::try_from(Form::ALL.len()).unwrap_or(0);
    let inner = open(state, frame, "Export to a file here", 60, forms + 6);
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

fn output(state: &State, output: &Output, frame: &mut Frame<'_>) {
    let (width, height) = large(state);
    let title = format!("{} · esc closes", shown(output.title.as_bytes()));
    let inner = open(state, frame, &title, width, height);
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
