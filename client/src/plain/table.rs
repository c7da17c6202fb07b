//! Exchanges as lines of a table. On a terminal, columns give way until a line fits; in a pipe
//! every column is there and whole, `-` where there is nothing, so that programs can cut them.

use hookreel_shared::model::{Label, Timestamp};
use hookreel_shared::pretty::safe;
use jiff::tz::TimeZone;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::signature;
use super::text::{DIM, GREEN, PLAIN, RED, YELLOW, colour, duration, size};
use crate::store::Row;

/// Between two columns.
const GAP: usize = 2;

/// Cells of an id on a narrow terminal: enough to name it.
const SHORT_ID: usize = 18;

/// Cells of a verdict where there is little room: its sign, or `✗ bad`.
const SIGN: usize = 5;

/// The columns in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Id,
    When,
    Status,
    Method,
    Target,
    Took,
    Size,
    Provider,
    Event,
    Verdict,
    About,
}

const COLUMNS: [(Column, &str); 11] = [
    (Column::Id, "ID"),
    (Column::When, "WHEN"),
    (Column::Status, "STATUS"),
    (Column::Method, "METHOD"),
    (Column::Target, "TARGET"),
    (Column::Took, "TOOK"),
    (Column::Size, "SIZE"),
    (Column::Provider, "PROVIDER"),
    (Column::Event, "EVENT"),
    (Column::Verdict, "CHECK"),
    (Column::About, "ABOUT"),
];

/// Cells that a column is filled up to in a pipe, at most: one long target must not make every line
/// as long.
const FILLED: usize = 64;

/// What gives way where a line is too long, in this order: a column is narrowed to so many cells,
/// or goes (0).
const GIVE_WAY: [(Column, usize); 19] = [
    (Column::About, 40),
    (Column::Target, 48),
    (Column::Id, SHORT_ID),
    (Column::Event, 24),
    (Column::Verdict, SIGN),
    (Column::Size, 0),
    (Column::About, 24),
    (Column::Target, 32),
    (Column::Took, 0),
    (Column::Provider, 0),
    (Column::About, 0),
    (Column::Target, 20),
    (Column::Event, 0),
    (Column::Verdict, 0),
    (Column::When, 0),
    (Column::Method, 0),
    (Column::Target, 8),
    (Column::Target, 0),
    (Column::Status, 5),
];

/// Widths of columns that are known before what stands in them, for lines that come later.
const USUAL: [(Column, usize); 10] = [
    (Column::Id, 30),
    (Column::When, 8),
    (Column::Status, 3),
    (Column::Method, 4),
    (Column::Target, 24),
    (Column::Took, 7),
    (Column::Size, 6),
    (Column::Provider, 6),
    (Column::Event, 16),
    (Column::Verdict, SIGN),
];

/// How times are shown, and how wide a line may be.
#[derive(Debug, Clone)]
pub struct Table {
    /// Cells of the terminal; none in a pipe.
    pub width: Option<usize>,
    /// Where the user is.
    pub zone: TimeZone,
    /// Exchanges of this day are shown without it, on a terminal.
    pub today: Timestamp,
}

/// A table whose widths are decided.
#[derive(Debug, Clone)]
pub struct Layout<'a> {
    table: &'a Table,
    widths: [usize; COLUMNS.len()],
    dates: bool,
}

impl Table {
    /// The rows as text, each with its line end; a heading first on a terminal.
    #[must_use]
    pub fn text(&self, rows: &[Row]) -> String {
        let layout = self.layout(rows);
        let lines = rows.iter().map(|row| layout.line(row));
        layout.heading() + &lines.collect::<String>()
    }

    /// Widths for these rows.
    #[must_use]
    pub fn layout(&self, rows: &[Row]) -> Layout<'_> {
        Layout::new(self, rows, &[])
    }

    /// Widths for these rows and for what is usual, where more rows will come.
    #[must_use]
    pub fn layout_for_more(&self, rows: &[Row]) -> Layout<'_> {
        Layout::new(self, rows, &USUAL)
    }

    fn is_today(&self, at: Timestamp) -> bool {
        let day = |at: Timestamp| self.local(at).map(|time| time.date());
        day(at) == day(self.today)
    }

    fn local(&self, at: Timestamp) -> Option<jiff::Zoned> {
        let time = jiff::Timestamp::from_microsecond(at.as_micros()).ok()?;
        Some(time.to_zoned(self.zone.clone()))
    }
}

impl<'a> Layout<'a> {
    fn new(table: &'a Table, rows: &[Row], usual: &[(Column, usize)]) -> Self {
        let dates = table.width.is_none() || rows.iter().any(|row| !table.is_today(row.summary.at));
        let mut layout = Self {
            table,
            widths: [0; COLUMNS.len()],
            dates,
        };
        for row in rows {
            let cells = layout.cells(row);
            for (width, (text, _)) in layout.widths.iter_mut().zip(cells) {
                *width = (*width).max(text.width());
            }
        }
        for (column, least) in usual {
            layout.at_least(*column, *least);
        }
        if table.width.is_some() {
            for (column, title) in COLUMNS {
                if layout.width(column) > 0 {
                    layout.at_least(column, title.len());
                }
            }
        }
        layout.fit();
        layout
    }

    fn fit(&mut self) {
        let Some(limit) = self.table.width else {
            self.widths = self.widths.map(|width| width.min(FILLED));
            return;
        };
        for (column, most) in GIVE_WAY {
            if self.total() <= limit {
                return;
            }
            let width = &mut self.widths[column as usize];
            *width = (*width).min(most);
        }
    }

    fn total(&self) -> usize {
        let shown = self.widths.iter().filter(|width| **width > 0);
        shown
            .map(|width| width + GAP)
            .sum::<usize>()
            .saturating_sub(GAP)
    }

    fn width(&self, column: Column) -> usize {
        self.widths[column as usize]
    }

    fn at_least(&mut self, column: Column, least: usize) {
        let width = &mut self.widths[column as usize];
        *width = (*width).max(least);
    }

    /// The names of the columns, on a terminal.
    #[must_use]
    pub fn heading(&self) -> String {
        if self.table.width.is_none() {
            return String::new();
        }
        let cells = COLUMNS.map(|(_, title)| (title.to_owned(), DIM));
        self.joined(&cells)
    }

    /// A row, with its line end.
    #[must_use]
    pub fn line(&self, row: &Row) -> String {
        self.joined(&self.cells(row))
    }

    fn joined(&self, cells: &[(String, &str)]) -> String {
        let in_pipe = self.table.width.is_none();
        let mut line = String::new();
        let mut missing = 0;
        for (at, ((text, colour), width)) in cells.iter().zip(self.widths).enumerate() {
            if width == 0 && !in_pipe {
                continue;
            }
            if text.is_empty() && !in_pipe {
                missing += width + GAP;
                continue;
            }
            let text = match (text.is_empty(), in_pipe) {
                (true, true) => "-".to_owned(),
                (_, true) => text.clone(),
                _ if at == Column::Verdict as usize && text.width() > width => {
                    text.chars().take(1).collect()
                }
                _ => cut(text, width),
            };
            line.extend(std::iter::repeat_n(' ', missing));
            missing = (width.max(1) + GAP).saturating_sub(text.width()).max(1);
            if colour.is_empty() {
                line += &text;
            } else {
                line += colour;
                line += &text;
                line += PLAIN;
            }
        }
        line + "\n"
    }

    /// What stands in each column, and in which colour.
    fn cells(&self, row: &Row) -> [(String, &'static str); COLUMNS.len()] {
        let summary = &row.summary;
        let text = |bytes: &[u8]| safe::line(&String::from_utf8_lossy(bytes)).into_owned();
        let known = |text: Option<&str>| safe::line(text.unwrap_or_default()).into_owned();
        let status = match (summary.sender_status(), summary.failure) {
            (Some(status), None) => (status.to_string(), colour(status)),
            (Some(status), Some(_)) => (format!("{status} ✗"), RED),
            (None, None) if !summary.closed => ("…".to_owned(), DIM),
            // Nobody waited for one.
            (None, None) if summary.label == Label::Imported => (String::new(), ""),
            (None, _) => ("✗".to_owned(), RED),
        };
        let took = summary.took.map(duration).unwrap_or_default();
        let bytes = size(summary.request_bytes.unwrap_or_default());
        let verdict = match (summary.verdict.as_deref(), self.table.width) {
            (None, _) => (String::new(), ""),
            (Some(word), None) => (known(Some(word)), ""),
            (Some(word), Some(_)) => signature::mark(word),
        };
        // Programs cut lines at spaces.
        let one_word = |text: String| match self.table.width {
            None => text.replace(' ', ""),
            Some(_) => text,
        };
        let id_colour = if row.marked { GREEN } else { YELLOW };
        [
            (summary.id.to_string(), id_colour),
            (self.when(summary.at), DIM),
            (one_word(status.0), status.1),
            (text(&summary.method), ""),
            (text(&summary.target), ""),
            (one_word(took), DIM),
            (one_word(bytes), DIM),
            (one_word(known(summary.provider.as_deref())), ""),
            (one_word(known(summary.event.as_deref())), ""),
            verdict,
            (about(row), DIM),
        ]
    }

    fn when(&self, at: Timestamp) -> String {
        let form = match (self.dates, self.table.width) {
            (_, None) => "%Y-%m-%dT%H:%M:%S",
            (true, Some(_)) => "%m-%d %H:%M:%S",
            (false, Some(_)) => "%H:%M:%S",
        };
        let time = self.table.local(at);
        time.map_or_else(|| "?".to_owned(), |time| time.strftime(form).to_string())
    }
}

/// What else is worth knowing, in a few words.
fn about(row: &Row) -> String {
    let mut words = Vec::new();
    if let Some(failure) = row.summary.failure {
        words.push(failure.to_string());
    } else if row.summary.closed
        && row.summary.status.is_none()
        && row.summary.label != Label::Imported
    {
        words.push("no answer".to_owned());
    }
    if let Some(handshake) = &row.summary.handshake {
        words.push(format!("hookreel answered {}", safe::line(handshake)));
    }
    if let Some(original) = row.summary.replay_of {
        words.push(format!("replay of {original}"));
    }
    match (row.summary.replay_of, row.summary.label) {
        (_, Label::Live) | (Some(_), Label::Replay) => {}
        (_, label) => words.push(label.as_str().to_owned()),
    }
    if row.duplicate {
        words.push("duplicate".to_owned());
    }
    if row.marked {
        words.push("marked".to_owned());
    }
    if let Some(note) = &row.note {
        words.push(safe::line(note).into_owned());
    }
    words.join(", ")
}

/// At most so many cells of a text, with an ellipsis where it is cut.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    // Ids are cut to what can be typed.
    if text.starts_with("req_") && width == SHORT_ID {
        return text.chars().take(width).collect();
    }
    let mut kept = String::new();
    let mut cells = 1;
    for c in text.chars() {
        cells += c.width().unwrap_or(0);
        if cells > width {
            break;
        }
        kept.push(c);
    }
    kept + "…"
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
