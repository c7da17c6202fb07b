//! One row of the list. Columns give way as the list gets narrower.

use hookreel_shared::model::{Label, Timestamp};
pub use hookreel_shared::pretty::figures::{duration, size};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{put, put_cut, shown};
use crate::store::Row;
use crate::tui::select::Finder;
use crate::tui::state::State;
use crate::tui::theme::Theme;

/// Cells for provider and event from which on every verdict has its word.
const WITH_WORDS: u16 = 32;

/// Cells for the target from which on a handshake that hookreel answered has its word.
const HANDSHAKE_IN_WORDS: u16 = 26;

/// Which columns there is room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Columns {
    time: bool,
    took: bool,
    size: bool,
    /// Cells for provider and event.
    event: u16,
}

impl Columns {
    /// Those that fit into so many cells. Providers and events take none while none is `known`;
    /// where there is little room, they take that of the size and the duration.
    pub fn of(width: u16, known: bool) -> Self {
        let event = match width {
            _ if !known => 0,
            0..54 => 0,
            54..80 => 15,
            80..100 => 20,
            _ => 32,
        };
        Self {
            time: width >= 34,
            took: width >= if event == 15 { 66 } else { 46 },
            size: width >= if event == 15 { 76 } else { 59 },
            event,
        }
    }

    /// Whether something is known of the row that the columns of provider and event show.
    pub fn knows(row: &Row) -> bool {
        let summary = &row.summary;
        summary.provider.is_some() || summary.event.is_some() || row.summary.verdict.is_some()
    }
}

/// How it went, as a sign and a style.
pub fn outcome(row: &Row, theme: &Theme) -> (&'static str, Style) {
    let summary = &row.summary;
    match (summary.failure, summary.status) {
        (Some(_), _) => ("✗", theme.bad),
        // Nobody waited for one.
        (None, None) if summary.label == Label::Imported => ("·", theme.dim),
        (None, None) if summary.closed => ("✗", theme.bad),
        (None, None) => ("◌", theme.warn),
        (None, Some(200..300)) => ("✓", theme.ok),
        (None, Some(100..400)) => ("→", theme.info),
        (None, Some(400..500)) => ("!", theme.warn),
        (None, Some(_)) => ("✗", theme.bad),
    }
}

/// Why it was on the road, where that is not the usual reason.
fn label(row: &Row) -> &'static str {
    match row.summary.label {
        Label::Live if row.summary.replay_of.is_some() => "↻ ",
        Label::Live => "",
        Label::Replay => "↻ ",
        Label::Stored => "⇣ ",
        Label::Sample => "◇ ",
        Label::Imported => "⇢ ",
    }
}

/// What the check of the signature found, with so many cells for it: the sign, and the word with it
/// where it is bad or there is room.
fn verdict(row: &Row, theme: &Theme, room: u16) -> Option<(String, Style)> {
    let (sign, word, style) = match row.summary.verdict.as_deref()? {
        "good" => ("✓", "", theme.ok),
        "bad" => ("✗", "bad", theme.bad),
        "unsigned" => ("○", "unsigned", theme.warn),
        "no-secret" => ("?", "no secret", theme.dim),
        _ => ("·", "unchecked", theme.dim),
    };
    let text = match word {
        "" => sign.to_owned(),
        "bad" => format!("{sign} {word}"),
        word if room >= WITH_WORDS => format!("{sign} {word}"),
        _ => sign.to_owned(),
    };
    Some((text, style))
}

/// Draws a row into one line.
pub fn draw(
    state: &State,
    finder: Option<&mut Finder<'_>>,
    row: &Row,
    columns: Columns,
    (buffer, area): (&mut Buffer, Rect),
) {
    let (theme, summary, y) = (&state.theme, &row.summary, area.y);
    // The last cell stays free, between the row and the next pane.
    let mut end = area.right().saturating_sub(1);
    let mut x = area.x;
    x += put(
        buffer,
        (x, y),
        if row.marked { "▌" } else { " " },
        1,
        theme.key,
    );
    let (glyph, style) = outcome(row, theme);
    x += put(buffer, (x, y), glyph, 1, style) + 1;
    if columns.time {
        put(buffer, (x, y), &clock(state, summary.at), 8, theme.dim);
        x += 9;
    }
    // From the right edge inwards.
    let mut right = |buffer: &mut Buffer, text: &str, width: u16, style| {
        end = end.saturating_sub(width);
        let pad = width.saturating_sub(u16::try_from(text.chars().count()).unwrap_or(width));
        put(buffer, (end + pad, y), text, width - pad, style);
        end = end.saturating_sub(1);
    };
    if columns.size {
        let bytes = summary.request_bytes.map_or_else(|| "stream".into(), size);
        right(buffer, &bytes, 8, theme.dim);
    }
    if columns.took {
        let took = summary
            .took
            .filter(|_| summary.closed)
            .map_or_else(String::new, duration);
        right(buffer, &took, 7, theme.dim);
    }
    let status = match (summary.sender_status(), summary.failure) {
        // Where the origin failed, it is the relay's.
        (Some(status), Some(_)) => format!("{status}✗"),
        (Some(status), None) => status.to_string(),
        (None, Some(_)) => "fail".into(),
        (None, None) if summary.label == Label::Imported => String::new(),
        (None, None) if summary.closed => "none".into(),
        (None, None) => "…".into(),
    };
    right(buffer, &status, 4, style);
    if columns.event > 0 {
        end = end.saturating_sub(columns.event);
        event(row, theme, (buffer, end, y), columns.event);
        end = end.saturating_sub(1);
    }
    let method = shown(&summary.method);
    let wide = if end.saturating_sub(x) >= 24 { 6 } else { 4 };
    put_cut(buffer, (x, y), &method, wide, theme.text);
    x += wide + 1;
    x += put(
        buffer,
        (x, y),
        label(row),
        end.saturating_sub(x),
        theme.info,
    );
    if summary.handshake.is_some() {
        let text = match end.saturating_sub(x) {
            0..HANDSHAKE_IN_WORDS => "⇄ ",
            _ => "⇄ handshake ",
        };
        x += put(buffer, (x, y), text, end.saturating_sub(x), theme.info);
    }
    if columns.event == 0 && row.summary.verdict.as_deref() == Some("bad") {
        x += put(buffer, (x, y), "✗sig ", end.saturating_sub(x), theme.bad);
    }
    let target = shown(&summary.target);
    let width = end.saturating_sub(x);
    put_cut(buffer, (x, y), &target, width, theme.text);
    if let Some(finder) = finder {
        highlight(finder, &target, (buffer, x, y), width, theme.match_);
    }
}

fn event(row: &Row, theme: &Theme, (buffer, x, y): (&mut Buffer, u16, u16), width: u16) {
    let summary = &row.summary;
    let verdict = verdict(row, theme, width);
    let text = match (summary.provider.as_deref(), summary.event.as_deref()) {
        // The event says more, and mostly whose it is.
        (Some(_), Some(event)) if width < 20 => event.to_owned(),
        (Some(provider), Some(event)) => format!("{provider} {event}"),
        (Some(only), None) | (None, Some(only)) => only.to_owned(),
        (None, None) => String::new(),
    };
    let cells = |text: &str| u16::try_from(text.chars().count()).unwrap_or(u16::MAX);
    let taken = verdict.as_ref().map_or(0, |(text, _)| cells(text) + 1);
    let room = width.saturating_sub(taken);
    let used = put_cut(buffer, (x, y), &shown(text.as_bytes()), room, theme.info);
    if let Some((text, style)) = verdict {
        put(
            buffer,
            (x + used + u16::from(used > 0), y),
            &text,
            cells(&text),
            style,
        );
    }
}

/// Shows where a text has what is searched for. Only where each character takes one cell, which
/// is where places and cells are the same.
fn highlight(
    finder: &mut Finder<'_>,
    text: &str,
    (buffer, x, y): (&mut Buffer, u16, u16),
    width: u16,
    style: Style,
) {
    if !text.is_ascii() {
        return;
    }
    for place in finder.places(text) {
        if let Ok(place) = u16::try_from(place)
            .map_err(|_| ())
            .and_then(|at| if at < width { Ok(at) } else { Err(()) })
            && let Some(cell) = buffer.cell_mut((x + place, y))
        {
            cell.set_style(style);
        }
    }
}

/// The time of day; for another day the day.
pub fn clock(state: &State, at: Timestamp) -> String {
    let zoned = |at: Timestamp| {
        let time = jiff::Timestamp::from_microsecond(at.as_micros()).ok();
        time.map(|time| time.to_zoned(state.zone.clone()))
    };
    match (zoned(at), zoned(state.now)) {
        (Some(time), Some(now)) if time.date() == now.date() => {
            time.strftime("%H:%M:%S").to_string()
        }
        (Some(time), Some(now)) if time.year() == now.year() => time.strftime("%d %b").to_string(),
        (Some(time), _) => time.strftime("%d %b%y").to_string(),
        _ => "--:--:--".into(),
    }
}
