//! What the screen looks like. Pure: drawn from the state alone.

mod footer;
mod forms;
mod header;
mod help;
mod list;
mod log;
mod one;
mod popup;
mod row;
mod samples;

pub use help::lines as help_lines;
pub use log::lines as log_lines;
pub use popup::{Hit, hit as popup_hit};

use hookreel_shared::pretty::safe;
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::state::{Focus, State};
use super::widget;

/// The least that anything can be shown on.
const LEAST: (u16, u16) = (20, 5);

/// Draws everything.
pub fn view(state: &State, frame: &mut Frame<'_>) {
    let area = frame.area();
    frame.buffer_mut().set_style(area, state.theme.text);
    if area.width < LEAST.0 || area.height < LEAST.1 {
        put(
            frame.buffer_mut(),
            (0, 0),
            "too small",
            area.width,
            Style::new(),
        );
        return;
    }
    let places = state.places();
    header::draw(state, frame, places.header);
    if let Some(area) = places.list {
        list::draw(state, frame, area);
    }
    if let Some(area) = places.detail {
        one::draw(state, frame, area);
        if places.list.is_some() {
            let line = Rect {
                x: area.x - 1,
                width: 1,
                ..area
            };
            for y in line.y..line.bottom() {
                put(frame.buffer_mut(), (line.x, y), "│", 1, state.theme.border);
            }
        }
    }
    footer::draw(state, frame, places.footer);
    if let Some(popup) = &state.popup {
        popup::draw(state, popup, frame);
    }
    frame
        .buffer_mut()
        .content
        .iter_mut()
        .for_each(widget::settle);
}

fn has_keys(state: &State, focus: Focus) -> bool {
    state.focus == focus && state.popup.is_none() && state.prompt.is_none()
}

/// Text from strangers, as one line that does nothing to a terminal.
fn shown(bytes: &[u8]) -> String {
    safe::line(&String::from_utf8_lossy(bytes)).into_owned()
}

/// Draws a text at a place, no wider than that, and gives how wide it was.
fn put(buffer: &mut Buffer, (x, y): (u16, u16), text: &str, width: u16, style: Style) -> u16 {
    if width == 0 || !buffer.area.contains((x, y).into()) {
        return 0;
    }
    let (end, _) = buffer.set_stringn(x, y, text, width.into(), style);
    end - x
}

/// As [`put`]; what does not fit ends with `…`.
fn put_cut(buffer: &mut Buffer, at: (u16, u16), text: &str, width: u16, style: Style) -> u16 {
    use unicode_width::UnicodeWidthStr;
    if text.width() <= usize::from(width) {
        return put(buffer, at, text, width, style);
    }
    let used = put(buffer, at, text, width.saturating_sub(1), style);
    used + put(buffer, (at.0 + used, at.1), "…", width - used, style)
}

/// A place in the middle, no larger than there is room.
fn middle(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    }
}

#[cfg(test)]
mod tests;
