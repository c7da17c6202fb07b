//! Where things stand on the screen.

use ratatui::layout::{Constraint, Layout, Rect};

use super::{Focus, State};

/// Below this width one pane has the whole of it.
const TWO_PANES: u16 = 60;

/// The places of what is always there. A pane that does not fit has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Places {
    /// The line at the top.
    pub header: Rect,
    /// The list with its title.
    pub list: Option<Rect>,
    /// The exchange.
    pub detail: Option<Rect>,
    /// The line at the bottom.
    pub footer: Rect,
}

impl State {
    /// Where things stand now.
    #[must_use]
    pub fn places(&self) -> Places {
        let all = Rect::new(0, 0, self.size.0, self.size.1);
        let rows = [
            Constraint::Length(1),
            Constraint::Min(0),
            Constraint::Length(1),
        ];
        let [header, body, footer] = Layout::vertical(rows).areas(all);
        let (list, detail) = if self.zoomed || body.width < TWO_PANES {
            match self.focus {
                Focus::List => (Some(body), None),
                Focus::Detail => (None, Some(body)),
            }
        } else {
            let width = match body.width {
                // Room for sizes, and still for the names of all tabs.
                100.. => body.width / 2 - 1,
                _ => body.width * 9 / 20,
            };
            let width = width.clamp(34, 90);
            let columns = [Constraint::Length(width), Constraint::Min(0)];
            let [list, detail] = Layout::horizontal(columns).spacing(1).areas(body);
            (Some(list), Some(detail))
        };
        Places {
            header,
            list,
            detail,
            footer,
        }
    }

    /// Lines for the rows of the list: without its title, and the line below.
    #[must_use]
    pub fn list_height(&self) -> usize {
        self.places()
            .list
            .map_or(1, |list| usize::from(list.height.saturating_sub(2)))
    }
}
