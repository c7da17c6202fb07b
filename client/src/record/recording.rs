//! One exchange while it runs: facts go in, summaries come out on the feed.

use std::sync::Arc;

use hookreel_shared::model::{
    Capture, Event, Exchange, Failure, FailureKind, RequestHead, ResponseHead, Summary,
};
use hookreel_shared::net::wall_clock;

use super::feed::{Feed, Notice};

/// Collects the facts of one exchange. Costs next to nothing while nobody watches.
#[derive(Debug)]
pub struct Recording {
    feed: Feed,
    exchange: Option<Exchange>,
}

impl Recording {
    /// Begins with the request.
    #[must_use]
    pub fn begin(feed: &Feed, head: &Arc<RequestHead>) -> Self {
        let exchange = feed.is_watched().then(|| Exchange::new(Arc::clone(head)));
        let recording = Self {
            feed: feed.clone(),
            exchange,
        };
        recording.show();
        recording
    }

    /// The answer's head is here.
    pub fn answered(&mut self, head: &ResponseHead) {
        if self.exchange.is_some() {
            self.apply(Event::Answered {
                at: wall_clock(),
                head: Arc::new(head.clone()),
            });
        }
    }

    /// It failed.
    pub fn failed(&mut self, kind: FailureKind) {
        if self.exchange.is_some() {
            self.apply(Event::Failed {
                at: wall_clock(),
                failure: Failure::from(kind),
            });
        }
    }

    /// Both bodies have ended.
    pub fn closed(&mut self, request_bytes: u64, response_bytes: u64) {
        if self.exchange.is_some() {
            self.apply(Event::Closed {
                at: wall_clock(),
                request: Capture {
                    size: request_bytes,
                    ..Capture::default()
                },
                response: Capture {
                    size: response_bytes,
                    ..Capture::default()
                },
            });
        }
    }

    fn apply(&mut self, event: Event) {
        if let Some(exchange) = &mut self.exchange {
            exchange.apply(event);
        }
        self.show();
    }

    fn show(&self) {
        if let Some(exchange) = &self.exchange {
            self.feed
                .show(Notice::Exchange(Arc::new(Summary::from(exchange))));
        }
    }
}
