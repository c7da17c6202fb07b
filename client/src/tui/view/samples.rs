//! Which sample to send.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::popup::{key_line, open};
use super::{put_cut, shown};
use crate::tui::state::State;
use crate::tui::state::popup::Popup;
use crate::tui::state::samples::Samples;

/// Lines above the samples: what is typed, and a free one.
const ABOVE: u16 = 2;
/// Lines below them: a free one, where it goes, the keys.
const BELOW: u16 = 3;

/// Where the samples stand, one a line.
pub fn list(inner: Rect) -> Rect {
    Rect {
        y: inner.y + ABOVE.min(inner.height),
        height: inner.height.saturating_sub(ABOVE + BELOW),
        ..inner
    }
}

/// Draws them.
pub fn draw(state: &State, (popup, samples): (&Popup, &Samples), frame: &mut Frame<'_>) {
    let theme = &state.theme;
    let inner = open(state, frame, "Send a sample", popup);
    if inner.is_empty() {
        return;
    }
    let field = Rect { height: 1, ..inner };
    frame.render_widget(samples.line.area(), field);
    let list = list(inner);
    let top = samples.top(list.height.into());
    let buffer = frame.buffer_mut();
    if samples.line.text().is_empty() {
        let text = "type to find one";
        let at = (inner.x + 2, inner.y);
        put_cut(buffer, at, text, inner.width.saturating_sub(2), theme.dim);
    }
    if samples.chosen().is_none() {
        let why = "no sample is called so";
        put_cut(buffer, (list.x, list.y), why, list.width, theme.warn);
    }
    let visible = samples.shown().enumerate().skip(top);
    for (y, (at, choice)) in (list.y..list.bottom()).zip(visible) {
        let chosen = at == samples.cursor;
        let sign = if chosen { "▸ " } else { "  " };
        let name = format!("{sign}{} {}", choice.provider, choice.name);
        let used = put_cut(buffer, (list.x, y), &name, list.width, theme.text);
        // What they are about stands in a column, where there is room for one.
        let column = if list.width < 60 { 0 } else { 34 };
        let x = list.x + used.max(column) + 2;
        let room = list.right().saturating_sub(x);
        put_cut(buffer, (x, y), &choice.about, room, theme.dim);
        if chosen {
            let line = Rect {
                y,
                height: 1,
                ..list
            };
            buffer.set_style(line, theme.selected);
        }
    }
    let Some(y) = inner
        .bottom()
        .checked_sub(2)
        .filter(|y| *y >= list.bottom())
    else {
        return;
    };
    let target = state.sample_target(samples);
    let granted = state.granted(Some(&samples.to));
    let to = granted.map_or("", |granted| granted.url.as_str());
    let text = format!(
        "as if to {}{}",
        shown(to.as_bytes()),
        shown(target.as_bytes())
    );
    put_cut(buffer, (inner.x, y), &text, inner.width, theme.dim);
    let keys = key_line(
        state,
        &[
            ("enter", "sign and send"),
            ("up down", "choose"),
            ("esc", "cancel"),
        ],
    );
    let place = Rect {
        y: y + 1,
        height: 1,
        ..inner
    };
    frame.render_widget(keys, place);
}
