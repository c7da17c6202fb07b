//! One exchange while it runs: facts go in, summaries come out on the feed, and the history gets
//! it whole at its end, or as it stands if that takes long.

use std::sync::Arc;

use bytes::Bytes;
use hookreel_shared::model::{
    BodyKind, Capture, Event, Exchange, ExchangeId, Failure, FailureKind, RequestHead,
    ResponseHead, Summary, Timestamp,
};
use hookreel_shared::net::wall_clock;
use hookreel_shared::wire::frame::PREFIX;

use super::feed::Notice;
use super::keeper::Kept;
use super::passing::Passing;
use super::recorder::Recorder;
use crate::store::{Entry, Framed, Spilled};

/// The files of the request's and the answer's body, where they went to some.
type Files = [Option<Spilled>; 2];

/// Collects the facts of one exchange. Costs next to nothing while nobody watches and nothing
/// records.
///
/// Dropped before [`Self::close`], as at the end of the program, it records what it has.
#[derive(Debug)]
pub struct Recording {
    recorder: Recorder,
    exchange: Option<Exchange>,
    up: Passing,
    down: Passing,
    framed: Framed,
    provider: Option<String>,
}

impl Recording {
    pub(super) fn begin(
        recorder: &Recorder,
        head: Option<&Arc<RequestHead>>,
        replay_of: Option<ExchangeId>,
        up: Passing,
        down: Passing,
    ) -> Self {
        let exchange = head.map(|head| Exchange {
            replay_of,
            ..Exchange::new(Arc::clone(head))
        });
        let recording = Self {
            recorder: recorder.clone(),
            exchange,
            up,
            down,
            framed: Framed::default(),
            provider: None,
        };
        recording.show();
        recording
    }

    /// Which origin it goes to, if it gets there.
    #[must_use]
    pub fn bound_for(mut self, origin: &Arc<str>) -> Self {
        if let Some(exchange) = &mut self.exchange {
            exchange.origin = Some(Arc::clone(origin));
        }
        self
    }

    /// The address that it was signed for here, if addresses are signed.
    #[must_use]
    pub fn signed_for(mut self, url: Option<Arc<str>>) -> Self {
        if let Some(exchange) = &mut self.exchange {
            exchange.signed_for = url;
        }
        self
    }

    /// The request's head as it came in its frame: it is written like that.
    #[must_use]
    pub fn framed(mut self, head: Bytes) -> Self {
        self.framed.request = Some(head);
        self
    }

    /// It is judged as this provider's (the id of a row), whoever seems to have sent it.
    pub fn judged_as(&mut self, provider: &str) {
        if self.exchange.is_some() {
            self.provider = Some(provider.to_owned());
        }
    }

    /// The answer's head with the length before it, as it goes back.
    pub fn answer_framed(&mut self, head: &Bytes) {
        if self.is_kept() {
            self.framed.response = head.get(PREFIX..).map(|rest| head.slice_ref(rest));
        }
    }

    /// The request's body.
    #[must_use]
    pub fn up(&self) -> &Passing {
        &self.up
    }

    /// The answer's body.
    #[must_use]
    pub fn down(&self) -> &Passing {
        &self.down
    }

    /// Whether it goes into the history.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.exchange.is_some() && self.recorder.writer().is_some()
    }

    /// Which exchange it is, if anybody wants the facts.
    #[must_use]
    pub fn id(&self) -> Option<ExchangeId> {
        self.exchange.as_ref().map(Exchange::id)
    }

    /// Whether anybody wants the facts.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        self.exchange.is_some()
    }

    /// The request went out, or did not if there is no time.
    pub fn sent(&mut self, at: Option<Timestamp>) {
        // No summary shows it: it comes with the next fact.
        if let Some(exchange) = &mut self.exchange
            && let (Some(at), Some(origin)) = (at, exchange.origin.clone())
        {
            exchange.apply(Event::Sent { at, origin });
        }
    }

    /// The answer's head is here.
    pub fn answered(&mut self, head: &Arc<ResponseHead>) {
        if self.exchange.is_some() {
            self.apply(Event::Answered {
                at: wall_clock(),
                head: Arc::clone(head),
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

    /// Writes it as it stands: its end may be far away. False if there is no room now, as where the
    /// disk is slow: then it is worth another try. (At its end it is counted, should there still be
    /// none.)
    #[must_use]
    pub fn store_so_far(&self) -> bool {
        let (Some(exchange), Some(writer)) = (&self.exchange, self.recorder.writer()) else {
            return true;
        };
        let ([request, response], files) =
            self.marked(exchange, self.up.so_far(), self.down.so_far());
        writer.put(self.entry(exchange.so_far(request, response), files))
    }

    /// Both bodies have ended.
    pub fn close(mut self) {
        if let Some((exchange, files)) = self.end() {
            self.recorder.take(self.entry(exchange, files));
        }
    }

    /// As [`Self::close`]; gives the exchange back, if anybody wanted the facts. Of bodies that went
    /// to files it has only size and hash; those of [`Recorder::begin_known`] do not.
    #[must_use]
    pub fn into_exchange(mut self) -> Option<Exchange> {
        let (exchange, files) = self.end()?;
        self.recorder.take(self.entry(exchange.clone(), files));
        Some(exchange)
    }

    fn end(&mut self) -> Option<(Exchange, Files)> {
        let exchange = self.exchange.as_ref()?;
        let ([request, response], files) = self.marked(exchange, self.up.take(), self.down.take());
        let starved = self.up.is_starved() || self.down.is_starved();
        // Shown once it is known who sent it.
        if let Some(exchange) = &mut self.exchange {
            exchange.apply(Event::Closed {
                at: wall_clock(),
                request,
                response,
            });
        }
        if starved && let Some(writer) = self.recorder.writer() {
            writer.missed(1);
        }
        Some((self.exchange.take()?, files))
    }

    /// Both bodies, with the mark of one whose end did not pass.
    fn marked(&self, exchange: &Exchange, request: Kept, response: Kept) -> ([Capture; 2], Files) {
        let cut = |kind, passing: &Passing| {
            matches!(kind, BodyKind::Length(1..) | BodyKind::Chunked) && !passing.is_whole()
        };
        let answer = exchange.response.as_ref().map(|head| head.body);
        let captures = [
            Capture {
                cut: cut(exchange.request.body, &self.up),
                ..request.capture
            },
            Capture {
                cut: answer.is_some_and(|kind| cut(kind, &self.down)),
                ..response.capture
            },
        ];
        (captures, [request.file, response.file])
    }

    fn entry(&self, exchange: Exchange, [request_file, response_file]: Files) -> Entry {
        Entry {
            request_file,
            response_file,
            framed: self.framed.clone(),
            provider: self.provider.clone(),
            ..Entry::from(exchange)
        }
    }

    fn apply(&mut self, event: Event) {
        if let Some(exchange) = &mut self.exchange {
            exchange.apply(event);
        }
        self.show();
    }

    fn show(&self) {
        if let Some(exchange) = &self.exchange
            && self.recorder.feed().is_watched()
        {
            let notice = Notice::Exchange(Arc::new(Summary::from(exchange)));
            self.recorder.feed().show(notice);
        }
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        if self.exchange.is_some() {
            self.failed(FailureKind::Draining);
            if let Some((exchange, files)) = self.end() {
                self.recorder.take(self.entry(exchange, files));
            }
        }
    }
}
