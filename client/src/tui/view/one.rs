//! The exchange under the cursor; or, while nothing of it can be read, why.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Paragraph, Wrap};

use super::{has_keys, put, row, shown};
use crate::tui::detail;
use crate::tui::state::{Focus, State};

/// Draws it.
pub fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let focused = has_keys(state, Focus::Detail);
    if state.shown.exchange.is_some() {
        detail::view(&state.detail, frame, area, &state.theme, focused);
        return;
    }
    let theme = &state.theme;
    let title = if focused { "▸Exchange" } else { " Exchange" };
    let style = if focused {
        theme.border_focused.patch(theme.title)
    } else {
        theme.dim
    };
    put(
        frame.buffer_mut(),
        (area.x, area.y),
        title,
        area.width,
        style,
    );
    let inner = Rect {
        x: area.x + 1,
        y: area.y + 1,
        width: area.width.saturating_sub(1),
        height: area.height.saturating_sub(2),
    };
    let Some(one) = state.list.current() else {
        return;
    };
    let summary = &one.summary;
    let (glyph, style) = row::outcome(one, theme);
    let mut first = vec![
        ratatui::text::Span::styled(format!("{glyph} "), style),
        shown(&summary.method).into(),
        " ".into(),
        shown(&summary.target).into(),
    ];
    if let Some(status) = summary.sender_status() {
        first.push(ratatui::text::Span::styled(format!("  {status}"), style));
    }
    let mut lines = vec![
        Line::from(first),
        Line::styled(summary.id.to_string(), theme.dim),
        Line::default(),
    ];
    if let Some(failure) = summary.failure {
        lines.push(Line::styled(format!("✗ {failure}"), theme.bad));
        lines.push(Line::default());
    }
    let why = match (summary.closed, state.stored) {
        (false, _) => "Under way: headers and bodies are shown once it has ended.",
        (true, false) => "Without a history, nothing more was kept of it.",
        (true, true) if state.shown.missing => {
            "It is not in the history: it could not be recorded."
        }
        (true, true) => "Being read from the history …",
    };
    lines.push(Line::styled(why, theme.dim));
    frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: false }), inner);
}
