//! The list of exchanges.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};

use super::row::{self, Columns};
use super::{has_keys, header, pane, put, shown};
use crate::tui::state::{Focus, State};

/// Draws the list with its title.
pub fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let theme = &state.theme;
    let focused = has_keys(state, Focus::List);
    let mut title = vec![Span::styled(
        if focused {
            " ▸Exchanges "
        } else {
            " Exchanges "
        },
        theme.title,
    )];
    if let Some(filter) = &state.filter {
        title.push(Span::styled(
            format!("f: {} ", shown(filter.text.as_bytes())),
            theme.key,
        ));
    }
    if let Some((text, _)) = &state.search {
        title.push(Span::styled(
            format!("/{} ", shown(text.as_bytes())),
            theme.key,
        ));
    }
    let mut block = pane(theme, focused).title(Line::from(title));
    let unseen = state.list.unseen();
    if unseen > 0 {
        let keys = state.keys.shown(crate::tui::action::Action::Bottom);
        let key = keys.first().map_or("", String::as_str);
        let text = format!(" ↓ {} new below · {key} ", header::grouped(unseen));
        block = block.title_bottom(Line::styled(text, theme.warn).right_aligned());
    } else if state.list.is_following() && !state.list.is_empty() {
        block =
            block.title_bottom(Line::styled(" following the newest ", theme.dim).right_aligned());
    }
    let inner = block.inner(area);
    frame.render_widget(block, area);
    if state.list.is_empty() {
        empty(state, frame, inner);
        return;
    }
    let columns = Columns::of(inner.width);
    let mut finder = state.search.as_ref().map(|(_, query)| query.finder());
    for (line, (selected, row)) in (inner.y..inner.bottom()).zip(state.list.visible()) {
        let place = Rect {
            y: line,
            height: 1,
            ..inner
        };
        let buffer = frame.buffer_mut();
        row::draw(state, finder.as_mut(), row, columns, (&mut *buffer, place));
        if selected {
            buffer.set_style(place, theme.selected);
            if !focused {
                put(
                    buffer,
                    (inner.x.saturating_sub(1), line),
                    "▸",
                    1,
                    theme.border,
                );
            }
        }
    }
}

/// Nothing is there: why, and what to do.
fn empty(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let theme = &state.theme;
    let lines = if state.list.loading {
        vec![Line::styled("reading the history …", theme.dim)]
    } else if let Some(filter) = &state.filter {
        vec![
            Line::from("Nothing passes the filter"),
            Line::styled(shown(filter.text.as_bytes()), theme.key),
            Line::styled("f changes it; empty shows all", theme.dim),
        ]
    } else {
        let url = state
            .granted(None)
            .map(|granted| shown(granted.url.as_bytes()));
        let mut lines = vec![
            Line::styled("Nothing has come yet", theme.title),
            Line::default(),
        ];
        if let Some(url) = url {
            lines.push(Line::from("Give this address to the sender, or try it:"));
            lines.push(Line::default());
            lines.push(Line::styled(
                format!("curl -d 'hello=world' {url}"),
                theme.key,
            ));
            lines.push(Line::default());
            lines.push(Line::styled(
                "y u copies it, Q shows it as a QR code",
                theme.dim,
            ));
        } else {
            lines.push(Line::styled("waiting for the relay …", theme.dim));
        }
        lines
    };
    let paragraph = Paragraph::new(lines).wrap(Wrap { trim: true });
    let place = Rect {
        x: area.x + 1,
        y: area.y + area.height.min(6) / 3,
        width: area.width.saturating_sub(2),
        height: area.height - area.height.min(6) / 3,
    };
    frame.render_widget(paragraph, place);
}
