//! What the detail pane knows: an exchange, and where the user is in each of its tabs.

use std::sync::Arc;

use hookreel_shared::model::{Capture, Exchange, ExchangeId, Summary};
use jiff::tz::TimeZone;

use super::body::Body;
use super::doc::Doc;
use super::pane::{Pane, Place, Size};
use super::search::Search;
use super::{Ask, Mode, Tab};
use super::{attempts, compare, message, raw, timing};
use crate::store::Row;

/// Columns left of each line: the cursor's mark and the fold's sign.
pub(super) const GUTTER: usize = 2;
/// Rows that are no lines: the tabs above, the place below.
const FRAME: u16 = 2;
/// Columns of a hex line with sixteen bytes.
const WIDE_HEX: usize = 78;
/// Bytes that a search looks through when a document is shown, and when it is asked to go on.
const SEARCH_FIRST: usize = 4 << 20;
const SEARCH_ON: usize = 64 << 20;

/// The detail pane. Without an exchange it is empty.
#[derive(Debug)]
pub struct State {
    pub(super) exchange: Option<Arc<Exchange>>,
    original: Option<Arc<Exchange>>,
    compare_with: Option<Arc<Exchange>>,
    attempts: Vec<Summary>,
    zone: TimeZone,
    pub(super) tab: Tab,
    pub(super) mode: Mode,
    pub(super) wrap: bool,
    pub(super) width: u16,
    pub(super) height: u16,
    docs: [Option<Doc>; 6],
    places: [Place; 6],
    pub(super) search: Option<Search>,
    /// Bodies of any size are compared.
    compare_whole: bool,
}

impl Default for State {
    fn default() -> Self {
        Self::new(TimeZone::UTC)
    }
}

impl State {
    /// An empty pane that shows times of that zone.
    #[must_use]
    pub fn new(zone: TimeZone) -> Self {
        Self {
            exchange: None,
            original: None,
            compare_with: None,
            attempts: Vec::new(),
            zone,
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
        let kept = |tab: Tab| {
            let (Some(old), Some(new)) = (&before, &exchange) else {
                return false;
            };
            is_same && unchanged(tab, old, new)
        };
        for tab in Tab::ALL {
            if !kept(tab) {
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
    #[must_use]
    pub fn is_wrapped(&self) -> bool {
        self.wrap
    }

    /// The value under the cursor, exactly as it was written: of a list or object, all of it.
    #[must_use]
    pub fn value_under_cursor(&self) -> Option<String> {
        let (block, number) = self.doc()?.at(self.place().cursor.line)?;
        block.value(number)
    }

    /// Where that value stands in its document, as JSONPath; none outside JSON.
    #[must_use]
    pub fn path_under_cursor(&self) -> Option<String> {
        let (block, number) = self.doc()?.at(self.place().cursor.line)?;
        block.whole_path(number)
    }

    /// The body of the message that is shown, codings taken off, as text; of the request where
    /// the tab is of no one message. What is no UTF-8 is replaced.
    #[must_use]
    pub fn body_text(&self) -> Option<String> {
        let exchange = self.exchange.as_ref()?;
        let (headers, capture) = match self.tab {
            Tab::Response => (
                &exchange.response.as_ref()?.headers,
                &exchange.response_body,
            ),
            _ => (&exchange.request.headers, &exchange.request_body),
        };
        let front = Body { headers, capture }.decoded();
        let bytes = match front.fault {
            None => &front.bytes,
            Some(_) => &capture.kept,
        };
        Some(String::from_utf8_lossy(bytes).into_owned())
    }

    /// The attempt under the cursor, in that tab.
    #[must_use]
    pub fn selected_attempt(&self) -> Option<ExchangeId> {
        if self.tab != Tab::Attempts {
            return None;
        }
        let (block, number) = self.doc()?.at(self.place().cursor.line)?;
        match block {
            super::block::Block::Fixed(lines) => lines.get(number)?.opens,
            _ => None,
        }
    }

    /// What is searched for and how many places were found so far, if there is a search.
    #[must_use]
    pub fn search(&self) -> Option<(&str, usize)> {
        self.search
            .as_ref()
            .map(|search| (search.text(), search.count()))
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
            Tab::Request => message::request(exchange, self.mode, self.hex_width()),
            Tab::Response => message::response(exchange, self.mode, self.hex_width()),
            Tab::Timing => timing::timing(exchange, &self.zone, self.size().columns),
            Tab::Attempts => {
                let original = self.original.as_deref();
                attempts::attempts(&self.attempts, exchange, original, &self.zone)
            }
            Tab::Diff => {
                let other = self.compare_with.as_deref().or(self.original.as_deref());
                compare::compare(exchange, other, self.compare_whole)
            }
            Tab::Raw => raw::raw(exchange, self.mode, self.hex_width()),
        }
    }

    fn hex_width(&self) -> usize {
        match self.size().columns {
            0..WIDE_HEX => 8,
            _ => 16,
        }
    }

    /// Looks for a text in what is shown; empty ends the search.
    pub(super) fn search_for(&mut self, text: &str) {
        self.search = Search::new(text);
        self.search_on(SEARCH_ON);
    }

    fn search_on(&mut self, bytes: usize) {
        let doc = self.docs[self.tab.index()].as_ref();
        if let (Some(search), Some(doc)) = (&mut self.search, doc) {
            search.go_on(doc, bytes);
        }
    }

    /// To the next place found, or the one before. `here` counts the cursor's own line as next.
    pub(super) fn find(&mut self, forward: bool, here: bool) -> Option<Ask> {
        self.search.as_ref()?;
        let wanted = self.wanted(forward, here);
        let (Some(search), Some(doc)) = (&mut self.search, self.docs[self.tab.index()].as_mut())
        else {
            return None;
        };
        let Some(wanted) = wanted else {
            let more = if search.is_done() {
                ""
            } else {
                " so far; n goes on"
            };
            return Some(Ask::Tell(format!("not found{more}")));
        };
        search.current = Some(wanted);
        let (block, place) = search.get(wanted)?;
        let line = doc.reveal(block, place);
        // Which of several on one line: count those before it.
        let mut before = 0;
        while before < wanted {
            match search.get(wanted - before - 1) {
                Some((b, p)) if doc.line_at(b, p) == line => before += 1,
                _ => break,
            }
        }
        let shown = doc.line(line, Some(search))?;
        let byte = match shown.marks.is_empty() {
            true => search.within(shown.text()).nth(before).map(|at| at.start),
            false => shown.marks.first().map(|at| at.start),
        };
        if let Some(mut pane) = self.pane() {
            pane.go(line, byte.unwrap_or(0));
        }
        None
    }

    /// The number of the place to go to.
    fn wanted(&mut self, forward: bool, here: bool) -> Option<usize> {
        let cursor = self.place().cursor.line;
        let line_of = |state: &Self, number: usize| {
            let (block, place) = state.search.as_ref()?.get(number)?;
            Some(state.doc()?.line_at(block, place))
        };
        let current = self.search.as_ref()?.current;
        let current = current.filter(|at| line_of(self, *at) == Some(cursor));
        let mut count = self.search.as_ref()?.count();
        // The first place that stands on the cursor's line or below it.
        let first_from = |state: &Self, line: usize, count: usize| {
            let (mut low, mut high) = (0, count);
            while low < high {
                let middle = usize::midpoint(low, high);
                match line_of(state, middle) {
                    Some(at) if at < line => low = middle + 1,
                    _ => high = middle,
                }
            }
            low
        };
        let wanted = match (current, forward) {
            (Some(current), true) => current + 1,
            (Some(current), false) => current.checked_sub(1).unwrap_or(count.wrapping_sub(1)),
            (None, true) => first_from(self, if here { cursor } else { cursor + 1 }, count),
            (None, false) => {
                let at = first_from(self, cursor, count);
                at.checked_sub(1).unwrap_or(count.wrapping_sub(1))
            }
        };
        // A search that has just begun has used up what it may look at.
        if wanted >= count && !here {
            self.search_on(SEARCH_ON);
            count = self.search.as_ref()?.count();
        }
        match count {
            0 => None,
            _ if wanted < count => Some(wanted),
            _ => Some(0),
        }
    }
}

/// Whether what a tab shows of the exchange is the same as before.
fn unchanged(tab: Tab, old: &Exchange, new: &Exchange) -> bool {
    let same = |a: &Capture, b: &Capture| {
        a.kept.as_ptr() == b.kept.as_ptr() && a.kept.len() == b.kept.len() && a.size == b.size
    };
    let closed = old.closed_at == new.closed_at;
    let request = same(&old.request_body, &new.request_body)
        && (Arc::ptr_eq(&old.request, &new.request) || old.request == new.request);
    let response = same(&old.response_body, &new.response_body)
        && old.response == new.response
        && old.stage == new.stage;
    match tab {
        Tab::Request => closed && request,
        Tab::Response => closed && response,
        Tab::Raw => closed && request && response,
        Tab::Timing | Tab::Attempts | Tab::Diff => false,
    }
}
