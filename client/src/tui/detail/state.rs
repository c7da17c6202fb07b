//! What the detail pane knows: an exchange, and where the user is in each of its tabs.

use std::sync::Arc;

use hookreel_shared::model::{Capture, Exchange, ExchangeId, Summary};
use jiff::tz::TimeZone;

use super::doc::Doc;
use super::message::Look;
use super::pane::{Pane, Place, Size};
use super::search::Search;
use super::{Hints, Mode, Tab};
use super::{attempts, compare, message, raw, timing};
use crate::config::About;
use crate::store::Row;
use crate::tui::keys::Keys;

/// Columns left of each line: the cursor's mark and the fold's sign.
pub(super) const GUTTER: usize = 2;
/// Rows that are no lines: the tabs above, the place below.
const FRAME: u16 = 2;
/// Columns that a hex line takes with that many bytes.
const HEX: [(usize, usize); 2] = [(78, 16), (45, 8)];
/// Bytes that a search looks through when a document is shown.
const SEARCH_FIRST: usize = 4 << 20;

/// The detail pane. Without an exchange it is empty.
#[derive(Debug)]
pub struct State {
    pub(super) exchange: Option<Arc<Exchange>>,
    original: Option<Arc<Exchange>>,
    compare_with: Option<Arc<Exchange>>,
    /// Who sent an exchange, and which one that is told of.
    about: Option<(ExchangeId, Arc<About>)>,
    attempts: Vec<Summary>,
    zone: TimeZone,
    pub(super) hints: Hints,
    pub(super) tab: Tab,
    pub(super) mode: Mode,
    pub(super) wrap: bool,
    pub(super) width: u16,
    pub(super) height: u16,
    pub(super) docs: [Option<Doc>; 6],
    places: [Place; 6],
    pub(super) search: Option<Search>,
    /// Bodies of any size are compared.
    compare_whole: bool,
}

impl Default for State {
    fn default() -> Self {
        Self::new(TimeZone::UTC, &Keys::default())
    }
}

impl State {
    /// An empty pane that shows times of that zone, and tells of those keys.
    #[must_use]
    pub fn new(zone: TimeZone, keys: &Keys) -> Self {
        Self {
            exchange: None,
            original: None,
            compare_with: None,
            about: None,
            attempts: Vec::new(),
            zone,
            hints: Hints::of(keys),
            tab: Tab::default(),
            mode: Mode::default(),
            wrap: false,
            width: 0,
            height: 0,
            docs: Default::default(),
            places: Default::default(),
            search: None,
            compare_whole: false,
        }
    }

    /// Shows an exchange, the one it repeats, and rows of all that belong together. Tab, mode and
    /// search stay; so does the place in each tab while it is the same exchange.
    pub fn show(
        &mut self,
        exchange: Option<Arc<Exchange>>,
        original: Option<Arc<Exchange>>,
        attempts: Vec<Row>,
    ) {
        let before = self.exchange.take();
        let is_same = before.as_ref().map(|old| old.id()) == exchange.as_ref().map(|new| new.id());
        if !is_same {
            self.places = Default::default();
            self.compare_with = None;
            self.compare_whole = false;
        }
        let same_original = match (&self.original, &original) {
            (Some(old), Some(new)) => unchanged(Tab::Raw, old, new),
            (old, new) => old.is_none() && new.is_none(),
        };
        for tab in Tab::ALL {
            let kept = match (&before, &exchange) {
                (Some(old), Some(new)) => {
                    is_same && (tab != Tab::Diff || same_original) && unchanged(tab, old, new)
                }
                _ => false,
            };
            if !kept {
                self.docs[tab.index()] = None;
            }
        }
        self.attempts = match &exchange {
            Some(exchange) => attempts::gather(exchange, original.as_ref(), attempts),
            None => Vec::new(),
        };
        self.exchange = exchange;
        self.original = original;
        self.settle();
    }

    /// Tells who sent the exchange that is shown next.
    pub fn set_about(&mut self, about: Option<(ExchangeId, Arc<About>)>) {
        if self.about != about {
            self.docs[Tab::Request.index()] = None;
            self.about = about;
        }
    }

    /// Who sent the exchange that is shown, where that is known.
    #[must_use]
    pub fn about(&self) -> Option<&About> {
        let (id, about) = self.about.as_ref()?;
        (self.exchange.as_ref()?.id() == *id).then_some(&**about)
    }

    /// Tells how large the whole pane is, in columns and rows. To be called before a message or a
    /// frame whenever it may have changed.
    pub fn set_viewport(&mut self, width: u16, height: u16) {
        if (self.width, self.height) == (width, height) {
            return;
        }
        let hex = self.hex_width();
        (self.width, self.height) = (width, height);
        for tab in [Tab::Timing, Tab::Attempts] {
            self.docs[tab.index()] = None;
        }
        if hex != self.hex_width() && self.mode == Mode::Hex {
            self.docs = Default::default();
        }
        self.settle();
    }

    /// The exchange that is shown.
    #[must_use]
    pub fn exchange(&self) -> Option<&Arc<Exchange>> {
        self.exchange.as_ref()
    }

    /// The tab that is shown.
    #[must_use]
    pub fn tab(&self) -> Tab {
        self.tab
    }

    /// How bodies are shown.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Whether long lines are wrapped.
    #[cfg(test)]
    pub(super) fn is_wrapped(&self) -> bool {
        self.wrap
    }

    /// How many attempts there are, this exchange among them.
    pub(super) fn attempt_count(&self) -> usize {
        self.attempts.len()
    }

    pub(super) fn doc(&self) -> Option<&Doc> {
        self.docs[self.tab.index()].as_ref()
    }

    pub(super) fn place(&self) -> Place {
        self.places[self.tab.index()]
    }

    pub(super) fn size(&self) -> Size {
        Size {
            columns: usize::from(self.width).saturating_sub(GUTTER),
            rows: usize::from(self.height.saturating_sub(FRAME)),
            wrap: self.wrap,
        }
    }

    /// The document that is shown with its place.
    pub(super) fn pane(&mut self) -> Option<Pane<'_>> {
        let size = self.size();
        let at = self.tab.index();
        Some(Pane {
            doc: self.docs[at].as_mut()?,
            place: &mut self.places[at],
            size,
        })
    }

    /// Forgets how the tab was laid out, and does it again.
    pub(super) fn rebuild(&mut self, all: bool) {
        match all {
            true => self.docs = Default::default(),
            false => self.docs[self.tab.index()] = None,
        }
        self.settle();
    }

    /// Whom to compare with; the original without one.
    pub(super) fn compare_with(&mut self, other: Option<Arc<Exchange>>) {
        self.compare_with = other;
        self.compare_whole = false;
        self.docs[Tab::Diff.index()] = None;
        self.places[Tab::Diff.index()] = Place::default();
        self.settle();
    }

    /// Compares bodies of any size from now on.
    pub(super) fn compare_whole(&mut self) {
        self.compare_whole = true;
        self.rebuild(false);
    }

    /// Makes what is shown now: the tab's document, its visible lines, the search in it.
    pub(super) fn settle(&mut self) {
        let Some(exchange) = self.exchange.clone() else {
            return;
        };
        if self.doc().is_none() {
            let doc = self.build(&exchange);
            self.docs[self.tab.index()] = Some(doc);
            let text = self.search.take().map(|search| search.text().to_owned());
            self.search = text.and_then(|text| Search::new(&text));
            self.search_on(SEARCH_FIRST);
        }
        if let Some(mut pane) = self.pane() {
            pane.settle();
        }
    }

    fn build(&self, exchange: &Exchange) -> Doc {
        match self.tab {
            Tab::Request => message::request(exchange, self.about(), &self.look()),
            Tab::Response => message::response(exchange, &self.look()),
            Tab::Timing => timing::timing(exchange, (&self.zone, &self.hints), self.size().columns),
            Tab::Attempts => {
                let original = self.original.as_deref();
                attempts::attempts(
                    &self.attempts,
                    exchange,
                    original,
                    (&self.zone, &self.hints),
                )
            }
            Tab::Diff => {
                let other = self.compare_with.as_deref().or(self.original.as_deref());
                compare::compare(exchange, other, self.compare_whole, &self.hints)
            }
            Tab::Raw => raw::raw(exchange, self.mode, self.hex_width()),
        }
    }

    fn look(&self) -> Look<'_> {
        Look {
            mode: self.mode,
            hex_width: self.hex_width(),
            hints: &self.hints,
        }
    }

    fn hex_width(&self) -> usize {
        let columns = self.size().columns;
        let fits = HEX.iter().find(|(wide, _)| *wide <= columns);
        fits.map_or(4, |(_, bytes)| *bytes)
    }
}

/// Whether what a tab shows of the exchange is the same as before, so that what was made of it
/// stays, and what is folded.
fn unchanged(tab: Tab, old: &Arc<Exchange>, new: &Arc<Exchange>) -> bool {
    let same = |a: &Capture, b: &Capture| {
        let is_one = a.kept.as_ptr() == b.kept.as_ptr() && a.kept.len() == b.kept.len();
        a.size == b.size && a.trailers == b.trailers && (is_one || a.kept == b.kept)
    };
    let request = || {
        old.request == new.request
            && old.closed_at == new.closed_at
            && same(&old.request_body, &new.request_body)
    };
    let response = || {
        old.response == new.response
            && old.stage == new.stage
            && old.closed_at == new.closed_at
            && same(&old.response_body, &new.response_body)
    };
    match tab {
        // Others than this exchange have a part in it.
        Tab::Attempts => false,
        _ if Arc::ptr_eq(old, new) => true,
        Tab::Timing => false,
        Tab::Request => request(),
        Tab::Response => response(),
        Tab::Diff | Tab::Raw => request() && response(),
    }
}
