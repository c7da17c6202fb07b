//! The exchange under the cursor; or, while nothing of it can be read, why.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Paragraph, Wrap};

use super::{has_keys, pane, row, shown};
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
    let title = if focused {
        " ▸Exchange "
    } else {
        " Exchange "
    };
    let block = pane(theme, focused).title(Line::styled(title, theme.title));
    let inner = block.inner(area);
    frame.render_widget(block, area);
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
    if let Some(status) = summary.status {
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
    lines.push(Line::styled(
        match (summary.closed, state.stored) {
            (false, _) => "Under way: headers and bodies are shown once it has ended.",
            (true, false) => "Without a history, nothing more was kept of it.",
            (true, true) => "Being read from the history …",
        },
        theme.dim,
    ));
    frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: false }), inner);
}
