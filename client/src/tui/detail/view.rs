//! Draws the pane: tabs above, the lines that are seen, the place below. Reads the state and
//! changes nothing.

use std::ops::Range;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use unicode_width::UnicodeWidthStr;

use super::grid::{self, Cell};
use super::line::{Fold, Line, Role};
use super::state::{GUTTER, State};
use super::{Mode, Tab};
use crate::tui::theme::Theme;

/// Draws the pane into `area`; [`State::set_viewport`] must have been told its size.
pub fn view(state: &State, frame: &mut Frame<'_>, area: Rect, theme: &Theme, focused: bool) {
    let area = area.intersection(frame.area());
    if area.is_empty() {
        return;
    }
    let buffer = frame.buffer_mut();
    draw_tabs(state, buffer, area, theme);
    let content = Rect {
        y: area.y + 1,
        height: area.height.saturating_sub(2),
        ..area
    };
    if state.exchange.is_none() {
        if !content.is_empty() {
            let text = Line::new(Role::Dim, "no request is selected");
            draw_row(
                buffer,
                content,
                &grid::window(&text, 0, usize::from(content.width)).0,
                theme,
            );
        }
        return;
    }
    draw_lines(state, buffer, content, theme, focused);
    if area.height > 1 {
        let below = Rect {
            y: area.bottom() - 1,
            height: 1,
            ..area
        };
        draw_status(state, buffer, below, theme);
    }
}

fn style(theme: &Theme, role: Role) -> Style {
    match role {
        Role::Text => theme.text,
        Role::Dim => theme.dim,
        Role::Title => theme.title,
        Role::Ok => theme.ok,
        Role::Warn => theme.warn,
        Role::Bad => theme.bad,
        Role::Info => theme.info,
        Role::Key => theme.key,
        Role::String => theme.string,
        Role::Number => theme.number,
        Role::Literal => theme.literal,
        Role::Punct => theme.punct,
        Role::Added => theme.added,
        Role::Removed => theme.removed,
    }
}

/// The tabs with their columns and titles: in full, short, or by number, as the width allows.
pub(super) fn tabs(state: &State) -> Vec<(Tab, Range<u16>, String)> {
    let count = state.attempt_count();
    let full = |tab: Tab| match tab {
        Tab::Attempts if count > 1 => format!("{} {} {count}", tab.index() + 1, tab.name()),
        _ => format!("{} {}", tab.index() + 1, tab.name()),
    };
    let short = |tab: Tab| {
        let name = match tab {
            Tab::Request => "Req",
            Tab::Response => "Resp",
            Tab::Timing => "Time",
            Tab::Attempts => "Try",
            Tab::Diff | Tab::Raw => tab.name(),
        };
        match tab {
            Tab::Attempts if count > 1 => format!("{} {name} {count}", tab.index() + 1),
            _ => format!("{} {name}", tab.index() + 1),
        }
    };
    let number = |tab: Tab| match tab == state.tab {
        true => full(tab),
        false => (tab.index() + 1).to_string(),
    };
    // Titles with a blank on both sides, or with one between two of them.
    let width = |(title, step): &(&dyn Fn(Tab) -> String, usize)| -> usize {
        let all = Tab::ALL.into_iter().map(|tab| title(tab).width() + step);
        all.sum::<usize>() + 2 - step
    };
    let room = usize::from(state.width);
    let ways: [(&dyn Fn(Tab) -> String, usize); 5] = [
        (&full, 2),
        (&full, 1),
        (&short, 2),
        (&short, 1),
        (&number, 1),
    ];
    let fits = ways.into_iter().find(|way| width(way) <= room);
    let (title, step) = fits.unwrap_or((&number, 1));
    let mut at = 0;
    let mut found = Vec::new();
    for tab in Tab::ALL {
        let name = title(tab);
        let text = match tab == state.tab {
            true => format!("[{name}]"),
            false => format!(" {name} "),
        };
        let end = at + u16::try_from(name.width() + step).unwrap_or(0);
        found.push((tab, at..end, text));
        at = end;
    }
    found
}

fn draw_tabs(state: &State, buffer: &mut Buffer, area: Rect, theme: &Theme) {
    let mut all = tabs(state);
    // Brackets may take the blank of the next.
    all.sort_by_key(|(tab, _, _)| *tab == state.tab);
    for (tab, at, text) in all {
        if at.start >= area.width {
            continue;
        }
        let style = match tab == state.tab {
            // Its bracket may stand where a dim blank was.
            true => theme.title.remove_modifier(Modifier::DIM),
            false => theme.dim,
        };
        let room = usize::from(area.width - at.start);
        buffer.set_stringn(area.x + at.start, area.y, text, room, style);
    }
}

fn draw_lines(state: &State, buffer: &mut Buffer, area: Rect, theme: &Theme, focused: bool) {
    let Some(doc) = state.doc() else {
        return;
    };
    let (place, size) = (state.place(), state.size());
    let search = state.search.as_ref();
    let columns = usize::from(area.width).saturating_sub(GUTTER);
    let mut y = area.y;
    let (mut number, mut row) = (place.top.line, place.top.row);
    while y < area.bottom() {
        let Some(line) = doc.line(number, search) else {
            break;
        };
        let marks: Vec<Range<usize>> = match (search, line.marks.is_empty()) {
            (Some(search), true) => search.within(line.text()).collect(),
            _ => line.marks.clone(),
        };
        let rows = if size.wrap {
            grid::rows(&line, columns)
        } else {
            1
        };
        while row < rows && y < area.bottom() {
            let rect = Rect {
                y,
                height: 1,
                ..area
            };
            let (mut cells, goes_on) = match size.wrap {
                true => (grid::row(&line, columns, row), false),
                false => grid::window(&line, place.x, columns),
            };
            let inner = Rect {
                x: rect.x + u16::try_from(GUTTER).unwrap_or(0).min(rect.width),
                width: u16::try_from(columns).unwrap_or(0),
                ..rect
            };
            let goes_on = goes_on && columns > 1;
            // The sign needs a column of its own, not the half of a wide character.
            cells.retain(|(column, cell)| !goes_on || column + cell.width < columns);
            draw_row(buffer, inner, &cells, theme);
            mark(buffer, inner, &cells, &marks, theme);
            if goes_on {
                put(buffer, inner, columns - 1, "›", theme.dim);
            }
            let sign = match line.fold {
                Fold::Open if row == 0 => "▾",
                Fold::Folded if row == 0 => "▸",
                _ => " ",
            };
            put(buffer, rect, 1, sign, theme.dim);
            if (number, row) == (place.cursor.line, place.cursor.row) && focused {
                put(buffer, rect, 0, "▌", theme.border_focused);
                buffer.set_style(rect, theme.selected);
            }
            y += 1;
            row += 1;
        }
        number += 1;
        row = 0;
    }
    if y < area.bottom() && !doc.is_complete() {
        let rect = Rect {
            y,
            height: 1,
            ..area
        };
        for (at, sign) in "… more: go on down".chars().enumerate() {
            put(
                buffer,
                rect,
                GUTTER + at,
                sign.encode_utf8(&mut [0; 4]),
                theme.dim,
            );
        }
    }
}

fn draw_row(buffer: &mut Buffer, area: Rect, cells: &[(usize, Cell<'_>)], theme: &Theme) {
    for (column, cell) in cells {
        if column + cell.width <= usize::from(area.width) {
            put(buffer, area, *column, &cell.symbol, style(theme, cell.role));
        }
    }
}

/// Patches the style over what a search has found.
fn mark(
    buffer: &mut Buffer,
    area: Rect,
    cells: &[(usize, Cell<'_>)],
    marks: &[Range<usize>],
    theme: &Theme,
) {
    for (column, cell) in cells {
        let behind = marks.partition_point(|mark| mark.start <= cell.at);
        let found = behind.checked_sub(1).and_then(|at| marks.get(at));
        if found.is_some_and(|mark| cell.at < mark.end) {
            let x = area
                .x
                .saturating_add(u16::try_from(*column).unwrap_or(u16::MAX));
            let width = u16::try_from(cell.width).unwrap_or(1);
            let rect = Rect::new(x, area.y, width, 1).intersection(area);
            buffer.set_style(rect, theme.match_);
        }
    }
}

fn put(buffer: &mut Buffer, area: Rect, column: usize, symbol: &str, style: Style) {
    let column = u16::try_from(column).unwrap_or(u16::MAX);
    if column >= area.width {
        return;
    }
    let x = area.x + column;
    if let Some(cell) = buffer.cell_mut((x, area.y)) {
        cell.set_symbol(symbol).set_style(style);
    }
    if symbol.width() > 1
        && let Some(cell) = buffer.cell_mut((x + 1, area.y))
    {
        cell.reset();
    }
}

fn draw_status(state: &State, buffer: &mut Buffer, area: Rect, theme: &Theme) {
    let room = usize::from(area.width);
    let right = Line::new(Role::Dim, &position(state));
    let (right, _) = grid::window(&right, 0, room);
    let taken = right.last().map_or(0, |(column, cell)| column + cell.width);
    let begin = area.x + u16::try_from(room - taken).unwrap_or(0);
    let end = Rect {
        x: begin,
        width: area.right() - begin,
        ..area
    };
    draw_row(buffer, end, &right, theme);
    let path = state
        .doc()
        .and_then(|doc| doc.at(state.place().cursor.line))
        .and_then(|(block, number)| block.path(number));
    let Some(path) = path else {
        return;
    };
    // The end of a path says more than its beginning.
    let left = Line::new(Role::Info, &path);
    let room = room.saturating_sub(taken + 1);
    let all = grid::column_of(&left, usize::MAX);
    let hidden = (all + 1).saturating_sub(room);
    let (cells, _) = grid::window(&left, if all > room { hidden } else { 0 }, room);
    let shift = usize::from(all > room);
    for (column, cell) in &cells {
        if column + shift + cell.width <= room {
            put(
                buffer,
                area,
                column + shift,
                &cell.symbol,
                style(theme, cell.role),
            );
        }
    }
    if all > room && room > 0 {
        put(buffer, area, 0, "…", theme.dim);
    }
}

/// The search, the mode, and which line of how many.
fn position(state: &State) -> String {
    let mut words = Vec::new();
    if let Some(search) = &state.search {
        words.push(search.words());
    }
    let bodies = matches!(state.tab, Tab::Request | Tab::Response | Tab::Raw);
    if bodies {
        let mode = match (state.tab, state.mode) {
            (Tab::Raw, Mode::Pretty) => Mode::Raw,
            (_, mode) => mode,
        };
        words.push(mode.name().to_owned());
    }
    if state.wrap {
        words.push("wrap".to_owned());
    }
    if let Some(doc) = state.doc() {
        let more = if doc.is_complete() { "" } else { "+" };
        let line = (state.place().cursor.line + 1).min(doc.len());
        words.push(format!("{line}/{}{more}", doc.len()));
    }
    words.join(" · ")
}
