//! The keys that lines of the documents tell of, as they are bound.

use crate::tui::action::Action;
use crate::tui::keys::Keys;

/// A key for each action that is told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hints {
    pub(super) replay: String,
    pub(super) view: String,
    pub(super) next: String,
    pub(super) mark: String,
    pub(super) diff: String,
    pub(super) open: String,
}

impl Hints {
    /// As these keys have it.
    #[must_use]
    pub fn of(keys: &Keys) -> Self {
        Self {
            replay: keys.first(Action::Replay),
            view: keys.first(Action::CycleView),
            next: keys.first(Action::SearchNext),
            mark: keys.first(Action::Mark),
            diff: keys.first(Action::Diff),
            open: keys.first(Action::Open),
        }
    }
}
