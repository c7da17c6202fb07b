//! All that the screen knows. Changed by `update` alone, shown by `view`.

mod counted;
pub mod form;
pub mod layout;
pub mod list;
pub mod popup;
pub mod prompt;
pub mod samples;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use hookreel_shared::filter::Filter;
use hookreel_shared::model::{Exchange, ExchangeId, Name, Timestamp};

use super::action::Action;
use super::detail;
use super::keys::{Chord, Keys};
use super::select::Query;
use super::theme::Theme;
use crate::record;
use counted::Counted;
use list::List;
use popup::Popup;
use prompt::{Past, Prompt};

/// Lines of the log that are kept.
const LOG: usize = 500;

/// What the screen knows.
#[derive(Debug)]
pub struct State {
    /// Which keys do what.
    pub keys: Arc<Keys>,
    /// Colours.
    pub theme: Theme,
    /// Of the times that are shown.
    pub zone: jiff::tz::TimeZone,
    /// Columns and lines of the terminal.
    pub size: (u16, u16),
    /// Whether there is a history.
    pub stored: bool,
    /// The tunnel.
    pub tunnel: Tunnel,
    /// How much there is.
    pub counts: Counts,
    /// The list.
    pub list: List,
    /// Which list this is: answers to questions of an older one are of no use.
    pub turn: u64,
    /// What the list lets through.
    pub filter: Option<Applied>,
    /// What was searched for in the list.
    pub search: Option<(String, Arc<Query>)>,
    /// What was searched for in the body.
    pub body_search: String,
    /// The exchange that is shown.
    pub shown: Shown,
    /// How it is shown.
    pub detail: detail::State,
    /// Which pane has the keys.
    pub focus: Focus,
    /// Whether it has the whole screen.
    pub zoomed: bool,
    /// Keys that were pressed and need more behind them.
    pub pressed: Vec<Chord>,
    /// The line at the bottom that takes text.
    pub prompt: Option<Prompt>,
    /// What was typed into each before.
    pub past: Past,
    /// What stands in front.
    pub popup: Option<Popup>,
    /// Output of a command that waits until nothing else stands in front.
    pub output: Option<popup::Output>,
    /// What was just done.
    pub toast: Option<Toast>,
    /// What hookreel had to say.
    pub log: VecDeque<Logged>,
    /// Whether the mouse is ours.
    pub mouse: bool,
    /// Whether we wait for requests under way before we end.
    pub stopping: bool,
    /// When the history was last looked at for what is new, and when it is to be looked at next.
    pub looked: (Timestamp, Option<Timestamp>),
    /// The time of the last message.
    pub now: Timestamp,
    /// Exchanges that are counted already, the latest ones.
    pub counted: Counted,
    /// Until when the history is looked at although nothing is told of: the screen was too slow for
    /// the feed, and what it missed is there, or will be.
    pub behind: Timestamp,
}

/// The tunnel, as the feed tells.
#[derive(Debug, Clone, Default)]
pub struct Tunnel {
    /// The names that were granted.
    pub names: Vec<Granted>,
    /// The state, once there was one.
    pub state: Option<record::State>,
    /// Which relay.
    pub relay: String,
    /// What carries it.
    pub transport: &'static str,
    /// How long a round trip to the relay takes, once that is known.
    pub round_trip: Option<Duration>,
}

/// A name that was granted.
#[derive(Debug, Clone)]
pub struct Granted {
    /// The name.
    pub name: Name,
    /// Its best address.
    pub url: String,
    /// Where its requests go.
    pub origin: String,
}

/// Exchanges, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// All.
    pub all: u64,
    /// Those that failed.
    pub failed: u64,
    /// Those that could not be recorded.
    pub unrecorded: u64,
    /// Lines of the feed that nothing was shown of, as the screen was too slow and there is no
    /// history to read them from.
    pub missed: u64,
}

/// A filter that is at work.
#[derive(Debug, Clone)]
pub struct Applied {
    /// As it was typed.
    pub text: String,
    /// As it was read.
    pub filter: Arc<Filter>,
}

/// What is shown of the exchange under the cursor.
#[derive(Debug, Clone, Default)]
pub struct Shown {
    /// Which one was asked for.
    pub id: Option<ExchangeId>,
    /// It, once it was read; none while it is under way, or if nothing was kept.
    pub exchange: Option<Arc<Exchange>>,
    /// Whether it has ended a while ago, and the history still does not have it.
    pub missing: bool,
}

impl Shown {
    /// Whether what was asked for is here.
    #[must_use]
    pub fn is_here(&self) -> bool {
        self.id.is_some() && self.exchange.as_ref().map(|exchange| exchange.id()) == self.id
    }

    /// Whether it is here with its end: what takes long is in the history before.
    #[must_use]
    pub fn has_its_end(&self) -> bool {
        let ended = |exchange: &Arc<Exchange>| exchange.closed_at.is_some();
        self.is_here() && self.exchange.as_ref().is_some_and(ended)
    }
}

/// Which pane has the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Focus {
    /// The list.
    #[default]
    List,
    /// The exchange.
    Detail,
}

/// A line that says what was done, for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toast {
    /// Whether it was done.
    pub good: bool,
    /// What.
    pub text: String,
    /// Until when it is shown.
    pub until: Timestamp,
}

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// When; none where the line says so itself.
    pub at: Option<Timestamp>,
    /// Whether it is good news; none for what is neither.
    pub good: Option<bool>,
    /// What.
    pub text: String,
}

impl State {
    /// Nothing has happened yet.
    #[must_use]
    pub fn new(keys: Arc<Keys>, theme: Theme, zone: jiff::tz::TimeZone, stored: bool) -> Self {
        Self {
            theme,
            size: (80, 24),
            stored,
            tunnel: Tunnel::default(),
            counts: Counts::default(),
            list: List::new(stored),
            turn: 0,
            filter: None,
            search: None,
            body_search: String::new(),
            shown: Shown::default(),
            detail: detail::State::new(zone.clone(), &keys),
            zone,
            focus: Focus::List,
            zoomed: false,
            pressed: Vec::new(),
            prompt: None,
            past: Past::default(),
            popup: None,
            output: None,
            toast: None,
            log: VecDeque::new(),
            mouse: true,
            stopping: false,
            looked: (Timestamp::from_micros(0), None),
            now: Timestamp::from_micros(0),
            counted: Counted::default(),
            behind: Timestamp::from_micros(0),
            keys,
        }
    }

    /// The filter that is at work.
    #[must_use]
    pub fn filter(&self) -> Option<Arc<Filter>> {
        self.filter
            .as_ref()
            .map(|applied| Arc::clone(&applied.filter))
    }

    /// The exchange under the cursor, if it is here whole.
    #[must_use]
    pub fn whole(&self) -> Option<&Arc<Exchange>> {
        let current = self.list.current()?.summary.id;
        self.shown
            .exchange
            .as_ref()
            .filter(|exchange| exchange.id() == current)
    }

    /// The public address of a name; of the first, if it is none of ours.
    #[must_use]
    pub fn granted(&self, name: Option<&Name>) -> Option<&Granted> {
        let names = &self.tunnel.names;
        names
            .iter()
            .find(|granted| Some(&granted.name) == name)
            .or(names.first())
    }

    /// Where a sample goes: where the provider's latest request went, as far as that is at hand.
    #[must_use]
    pub fn sample_target(&self, samples: &samples::Samples) -> String {
        let provider = samples.chosen().map(|choice| choice.provider);
        let went = self.list.rows().rev().find(|row| {
            let summary = &row.summary;
            summary.provider.as_deref() == provider && summary.name == samples.to
        });
        let target = went.and_then(|row| std::str::from_utf8(&row.summary.target).ok());
        // What follows is of that one request.
        let path = target.and_then(|target| target.split('?').next());
        let path = path.filter(|path| path.starts_with('/'));
        path.unwrap_or("/").to_owned()
    }

    /// The key of an action, or its name on the command line.
    #[must_use]
    pub fn key(&self, action: Action) -> String {
        self.keys.first(action)
    }

    /// When there is something to do without a message: a toast is over, or the history is to be
    /// looked at.
    #[must_use]
    pub fn until(&self) -> Option<Timestamp> {
        let toast = self.toast.as_ref().map(|toast| toast.until);
        [toast, self.looked.1].into_iter().flatten().min()
    }

    /// Adds a line to the log.
    pub fn say(&mut self, at: Option<Timestamp>, good: Option<bool>, text: String) {
        if self.log.len() == LOG {
            self.log.pop_front();
        }
        self.log.push_back(Logged { at, good, text });
    }
}
