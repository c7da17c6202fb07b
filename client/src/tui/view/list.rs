//! The list of exchanges.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::Line;
use ratatui::widgets::{Paragraph, Wrap};

use super::row::{self, Columns};
use super::{has_keys, header, put, put_cut, shown};
use crate::tui::action::Action;
use crate::tui::state::{Focus, State};

/// Draws the list with its title above and where it stands below.
pub fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let theme = &state.theme;
    let focused = has_keys(state, Focus::List);
    title(state, focused, frame, area);
    below(state, frame, area);
    let inner = Rect {
        y: area.y + 1,
        height: area.height.saturating_sub(2),
        ..area
    };
    if state.list.is_empty() {
        empty(state, frame, inner);
        return;
    }
    let columns = Columns::of(inner.width, state.list.rows().any(Columns::knows));
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
            let style = if focused {
                theme.selected
            } else {
                theme.selected.add_modifier(Modifier::DIM)
            };
            buffer.set_style(place, style);
        }
    }
}

fn title(state: &State, focused: bool, frame: &mut Frame<'_>, area: Rect) {
    let (theme, buffer) = (&state.theme, frame.buffer_mut());
    let style = if focused {
        theme.border_focused.patch(theme.title)
    } else {
        theme.dim
    };
    let mut x = area.x;
    let end = area.right();
    x += put(
        buffer,
        (x, area.y),
        if focused {
            "▸Exchanges"
        } else {
            " Exchanges"
        },
        area.width,
        style,
    ) + 2;
    if let Some(filter) = &state.filter {
        let text = format!("filter {}", shown(filter.text.as_bytes()));
        x += put_cut(buffer, (x, area.y), &text, end.saturating_sub(x), theme.key) + 2;
    }
    if let Some((text, _)) = &state.search {
        let text = format!("/{}", shown(text.as_bytes()));
        put_cut(buffer, (x, area.y), &text, end.saturating_sub(x), theme.key);
    }
}

/// The line below the rows: whether the newest is followed, and how many came since.
fn below(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let theme = &state.theme;
    if area.height < 2 || state.list.is_empty() {
        return;
    }
    let unseen = state.list.unseen();
    let (text, style) = if unseen > 0 {
        let keys = state.keys.shown(Action::Bottom);
        let key = keys.first().map_or("", String::as_str);
        (
            format!("↓ {} new below · {key}", header::grouped(unseen)),
            theme.warn,
        )
    } else if state.list.is_following() {
        ("following the newest".to_owned(), theme.dim)
    } else {
        return;
    };
    put_cut(
        frame.buffer_mut(),
        (area.x + 1, area.bottom() - 1),
        &text,
        area.width.saturating_sub(1),
        style,
    );
}

/// A command that sends something; where it does not fit, two lines that a shell takes as one.
fn try_it(url: &str, width: u16) -> impl Iterator<Item = Line<'static>> {
    let command = "curl -d 'hello=world'";
    let whole = Line::from(format!("{command} {url}"));
    let lines = match whole.width() <= width.into() {
        true => vec![whole],
        false => vec![
            Line::from(format!("{command} \\")),
            Line::from(url.to_owned()),
        ],
    };
    lines.into_iter()
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
            Line::styled(
                format!("{} changes it; empty shows all", state.key(Action::Filter)),
                theme.dim,
            ),
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
            lines.extend(
                try_it(&url, area.width.saturating_sub(2)).map(|line| line.style(theme.key)),
            );
            lines.push(Line::default());
            lines.push(Line::styled(
                format!(
                    "{} copies it, {} shows it as a QR code",
                    state.key(Action::CopyUrl),
                    state.key(Action::Qr)
                ),
                theme.dim,
            ));
            if state.tunnel.relay == "embedded" {
                lines.push(Line::default());
                lines.push(Line::styled("Only this machine can reach it.", theme.warn));
                lines.push(Line::styled("For a public one: --relay HOST", theme.dim));
            }
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
