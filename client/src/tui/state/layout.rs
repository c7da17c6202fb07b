//! Where things stand on the screen.

use ratatui::layout::Rect;

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
    /// Where things stand now. Asked for with each message, and so without a solver.
    #[must_use]
    pub fn places(&self) -> Places {
        let (width, height) = self.size;
        let header = Rect::new(0, 0, width, height.min(1));
        let body = Rect::new(0, header.height, width, height.saturating_sub(2));
        let footer = Rect::new(
            0,
            body.bottom(),
            width,
            height.saturating_sub(body.bottom()),
        );
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
            let list = Rect { width, ..body };
            let detail = Rect {
                x: width + 1,
                width: body.width - width - 1,
                ..body
            };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::testing::state;

    #[test]
    fn the_places_cover_the_screen_and_never_meet_whatever_its_size() {
        let mut state = state(true);
        for (width, height) in
            (0..=220).flat_map(|width| (0..=9).map(move |height| (width, height)))
        {
            for (zoomed, focus) in [
                (false, Focus::List),
                (true, Focus::List),
                (true, Focus::Detail),
            ] {
                (state.size, state.zoomed, state.focus) = ((width, height), zoomed, focus);
                let places = state.places();
                let panes = [places.list, places.detail].into_iter().flatten();
                let all: Vec<_> = [places.header, places.footer]
                    .into_iter()
                    .chain(panes)
                    .collect();
                let screen = Rect::new(0, 0, width, height);
                for (at, one) in all.iter().enumerate() {
                    assert_eq!(one.intersection(screen), *one, "{places:?} in {screen:?}");
                    let meets = all[..at].iter().any(|other| other.intersects(*one));
                    assert!(!meets, "{places:?} in {screen:?}");
                }
                let between = u32::from(places.detail.is_some() && places.list.is_some());
                let cells: u32 = all.iter().map(|one| one.area()).sum();
                let rows = u32::from(height.saturating_sub(2));
                assert_eq!(cells + between * rows, screen.area(), "{places:?}");
            }
        }
    }
}
