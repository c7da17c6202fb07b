//! The line at the top: where senders post to, how the tunnel is, how much came.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

use super::row::duration;
use super::{put, put_cut, shown};
use crate::record::State as Tunnel;
use crate::tui::state::State;

/// Draws it. The counts stand on the right; what is left belongs to the address.
pub fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let theme = &state.theme;
    let buffer = frame.buffer_mut();
    let (glyph, word, style) = match state.tunnel.state {
        None => ("◌", "connecting", theme.warn),
        Some(_) if state.stopping => ("◍", "stopping", theme.warn),
        Some(Tunnel::Connected) => ("●", "connected", theme.ok),
        Some(Tunnel::Reconnecting) => ("◌", "reconnecting", theme.warn),
        Some(Tunnel::Draining) => ("◍", "draining", theme.warn),
        Some(Tunnel::Replaced) => ("✗", "replaced", theme.bad),
        Some(Tunnel::Closed) => ("✗", "closed", theme.bad),
    };
    let right = right(state, area.width);
    let wide: usize = right.iter().map(|(text, _)| text.width()).sum();
    let wide = u16::try_from(wide).unwrap_or(u16::MAX).min(area.width);
    let mut x = area.x + 1;
    let end = area.right().saturating_sub(wide + 1);
    x += put(buffer, (x, area.y), glyph, end.saturating_sub(x), style) + 1;
    let well = state.tunnel.state == Some(Tunnel::Connected) && !state.stopping;
    if !well || area.width >= 100 {
        x += put(buffer, (x, area.y), word, end.saturating_sub(x), style) + 1;
    }
    if let Some(granted) = state.granted(state.list.current().map(|row| &row.summary.name)) {
        let more = state.tunnel.names.len() - 1;
        let url = shown(granted.url.as_bytes());
        x += put_cut(
            buffer,
            (x, area.y),
            &url,
            end.saturating_sub(x),
            theme.title,
        );
        let mut rest = format!(" → {}", shown(granted.origin.as_bytes()));
        if more > 0 {
            rest += &format!("  +{more}");
        }
        put_cut(
            buffer,
            (x, area.y),
            &rest,
            end.saturating_sub(x),
            theme.text,
        );
    }
    let mut x = area.right().saturating_sub(wide);
    for (text, style) in right {
        x += put(
            buffer,
            (x, area.y),
            &text,
            area.right().saturating_sub(x),
            style,
        );
    }
}

fn right(state: &State, width: u16) -> Vec<(String, Style)> {
    let (theme, counts) = (&state.theme, state.counts);
    let mut parts = Vec::new();
    let mut part = |text: String, style| parts.push((format!("  {text}"), style));
    if width >= 100 && !state.tunnel.relay.is_empty() {
        let tunnel = &state.tunnel;
        let took = tunnel
            .round_trip
            .filter(|_| tunnel.state == Some(Tunnel::Connected));
        let took = took.map_or_else(String::new, |took| format!(" {}", duration(took)));
        let relay = shown(tunnel.relay.as_bytes());
        part(
            format!("{relay} over {}{took}", tunnel.transport),
            theme.dim,
        );
    }
    // Where there is little room it belongs to the address.
    let word = |word: &'static str| if width < 60 { "" } else { word };
    let noun = if counts.all == 1 {
        word(" exchange")
    } else {
        word(" exchanges")
    };
    part(format!("{}{noun}", grouped(counts.all)), theme.text);
    if counts.failed > 0 {
        let text = format!("✗ {}{}", grouped(counts.failed), word(" failed"));
        part(text, theme.bad);
    }
    if counts.unrecorded > 0 {
        part(
            format!("! {} not recorded", grouped(counts.unrecorded)),
            theme.warn,
        );
    }
    if counts.missed > 0 && width >= 80 {
        part(
            format!("! {} not shown", grouped(counts.missed)),
            theme.warn,
        );
    }
    if !state.stored && width >= 70 {
        part("no history".into(), theme.dim);
    }
    parts.push((" ".into(), theme.text));
    parts
}

/// With commas between thousands.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
