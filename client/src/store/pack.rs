//! What waits to be written: exchanges packed into one buffer that the writer swaps out.
//!
//! Heads and small bodies are copied once, so that nothing in here pins the buffer that bytes
//! were received into (a queue of slices made a client three times as large).

use std::ops::Range;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use hookreel_shared::model::{Capture, Exchange, ExchangeId, Headers, Label, Timestamp};
use hookreel_shared::wire::frame::{self, FrameError};
use hookreel_shared::wire::head;

use super::entry::{Entry, Framed};
use super::inbox::Pile;
use super::record::{Record, Times};
use super::spill::Spilled;

/// Bodies up to this many bytes are copied into the buffer. Larger ones own their memory
/// already, as they were put together from many slices.
const COPY_UP_TO: usize = 64 * 1024;

/// What a job weighs beside its bytes, roughly.
const JOB_WEIGHT: usize = 1024;

/// One thing for the writer to do.
pub(super) enum Job {
    /// The next of [`Batch::packed`].
    Put,
    Mark(Vec<ExchangeId>, bool),
    Note(Vec<ExchangeId>, Option<String>),
    Processing(ExchangeId, Option<String>),
    Verdicts(Vec<(ExchangeId, Option<String>)>),
    Delete(Vec<ExchangeId>),
    #[cfg(test)]
    Run(fn(&rusqlite::Connection)),
}

/// Where something stands in [`Batch::bytes`].
pub(super) type Span = Range<usize>;

/// A body, or what was kept of it.
pub(super) enum Body {
    Owned(Bytes),
    /// In a file already, or soon.
    Spilled(Spilled),
}

/// One side's body with what is known about it.
pub(super) struct Part {
    pub(super) body: Body,
    pub(super) size: u64,
    pub(super) sha256: Option<[u8; 32]>,
    pub(super) trailers: Option<Bytes>,
}

/// What passed in an exchange with a large body, or only a part of one.
pub(super) struct Parts {
    pub(super) times: Times,
    pub(super) request_head: Bytes,
    pub(super) response_head: Option<Bytes>,
    pub(super) request: Part,
    pub(super) response: Part,
}

/// What passed.
pub(super) enum Passed {
    /// A [`Record`] in [`Batch::log`].
    Record(Span),
    Parts(Box<Parts>),
}

/// An [`Entry`], packed.
pub(super) struct Packed {
    pub(super) id: ExchangeId,
    pub(super) at: Timestamp,
    pub(super) label: Label,
    pub(super) replay_of: Option<ExchangeId>,
    pub(super) origin: Option<Arc<str>>,
    pub(super) signed_for: Option<Arc<str>>,
    pub(super) name: Span,
    pub(super) method: Span,
    pub(super) target: Span,
    pub(super) request_type: Option<Span>,
    pub(super) response_type: Option<Span>,
    pub(super) provider: Option<String>,
    pub(super) event: Option<String>,
    pub(super) delivery: Option<String>,
    pub(super) verdict: Option<String>,
    pub(super) handshake: Option<String>,
    pub(super) status: Option<u16>,
    pub(super) took: Option<i64>,
    pub(super) request_bytes: Option<u64>,
    pub(super) response_bytes: u64,
    pub(super) failure: Option<String>,
    pub(super) closed: bool,
    pub(super) request_cut: bool,
    pub(super) response_cut: bool,
    pub(super) passed: Passed,
}

/// Jobs in the order they came.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) bytes: BytesMut,
    /// What goes to the log.
    pub(super) log: BytesMut,
    pub(super) jobs: Vec<Job>,
    /// What the jobs put into the history, in their order: not in memory of its own each, which the
    /// thread that writes would have to give back to the one that forwards.
    pub(super) packed: Vec<Packed>,
    /// Bytes of memory it holds, roughly.
    pub(super) weight: usize,
    /// How many exchanges are among the jobs.
    pub(super) entries: u64,
    /// How many of them have ended, and will not come again.
    pub(super) ended: u64,
    /// Bodies that have files of their own already, or soon.
    pub(super) spilled: Vec<Spilled>,
}

impl Pile for Batch {
    fn weight(&self) -> usize {
        self.weight
    }
}

impl Batch {
    /// Adds an exchange.
    ///
    /// # Errors
    /// If its heads are larger than the tunnel could carry.
    pub(super) fn put(&mut self, entry: Entry) -> Result<(), FrameError> {
        let (start, log) = (self.bytes.len(), self.log.len());
        let packed = self.pack(entry).inspect_err(|_| {
            self.bytes.truncate(start);
            self.log.truncate(log);
        })?;
        let owned = match &packed.passed {
            Passed::Record(_) => 0,
            Passed::Parts(parts) => parts.weight(),
        };
        self.weight += self.bytes.len() - start + self.log.len() - log + owned;
        self.entries += 1;
        self.ended += u64::from(packed.closed);
        self.packed.push(packed);
        self.push(Job::Put);
        Ok(())
    }

    /// Adds a job.
    pub(super) fn push(&mut self, job: Job) {
        self.weight += JOB_WEIGHT;
        self.jobs.push(job);
    }

    /// Whether a user waits for some of it.
    pub(super) fn has_wishes(&self) -> bool {
        self.jobs.iter().any(|job| !matches!(job, Job::Put))
    }

    /// Makes it empty; keeps memory for as much again, but not that of a rare peak.
    pub(super) fn clear(&mut self) {
        const PEAK: usize = 8 * 1024 * 1024;
        self.jobs.clear();
        self.packed.clear();
        self.bytes.clear();
        self.log.clear();
        self.weight = 0;
        self.entries = 0;
        self.ended = 0;
        self.spilled.clear();
        if self.bytes.capacity() + self.log.capacity() > PEAK {
            *self = Self::default();
        }
    }

    /// What an exchange will weigh once it is packed, roughly.
    pub(super) fn weight_of(entry: &Entry) -> usize {
        let (exchange, framed) = (&entry.exchange, &entry.framed);
        let request = &exchange.request;
        let response = exchange.response.as_ref();
        let bodies = [&exchange.request_body, &exchange.response_body];
        let bodies = bodies.map(|body| body.kept.len() + weight_of_fields(&body.trailers));
        JOB_WEIGHT
            + 2 * (request.method.len() + request.target.len())
            + match &framed.request {
                Some(head) => head.len(),
                None => weight_of_fields(&request.headers),
            }
            + match &framed.response {
                Some(head) => head.len(),
                None => response.map_or(0, |head| weight_of_fields(&head.headers)),
            }
            + bodies[0]
            + bodies[1]
    }

    fn pack(&mut self, entry: Entry) -> Result<Packed, FrameError> {
        let (exchange, framed) = (entry.exchange, entry.framed);
        let request = &*exchange.request;
        let kind = |headers: &Headers| headers.get("content-type").cloned();
        let response_type = exchange
            .response
            .as_ref()
            .and_then(|head| kind(&head.headers));
        Ok(Packed {
            id: request.id,
            at: request.received_at,
            label: request.label,
            replay_of: exchange.replay_of,
            name: self.copied(request.name.as_str().as_bytes()),
            method: self.copied(&request.method),
            target: self.copied(&request.target),
            request_type: kind(&request.headers).map(|text| self.copied(&text)),
            response_type: response_type.map(|text| self.copied(&text)),
            provider: entry.provider,
            event: entry.event,
            delivery: entry.delivery,
            verdict: entry.verdict,
            handshake: (exchange.response.as_deref())
                .and_then(|head| head.handshake())
                .map(str::to_owned),
            status: exchange.response.as_ref().map(|head| head.status),
            took: exchange
                .took()
                .map(|took| i64::try_from(took.as_micros()).unwrap_or(i64::MAX)),
            request_bytes: exchange.request_bytes(),
            response_bytes: exchange.response_body.size,
            failure: exchange
                .failure()
                .and_then(|failure| serde_json::to_string(&failure).ok()),
            closed: exchange.closed_at.is_some(),
            request_cut: exchange.request_body.cut,
            response_cut: exchange.response_body.cut,
            origin: exchange.origin.clone(),
            signed_for: exchange.signed_for.clone(),
            passed: self.passed(exchange, framed, [entry.request_file, entry.response_file])?,
        })
    }

    fn passed(
        &mut self,
        exchange: Exchange,
        framed: Framed,
        [request_file, response_file]: [Option<Spilled>; 2],
    ) -> Result<Passed, FrameError> {
        let request_head = match framed.request {
            Some(head) => head,
            None => content(|out| head::encode_request(&exchange.request, out))?,
        };
        let response_head = match (framed.response, &exchange.response) {
            (Some(head), Some(_)) => Some(head),
            (None, Some(response)) => Some(content(|out| head::encode_final(response, out))?),
            (_, None) => None,
        };
        let times = Times {
            sent_at: exchange.sent_at,
            answered_at: exchange.answered_at,
            closed_at: exchange.closed_at,
        };
        let (request, response) = (exchange.request_body, exchange.response_body);
        let is_apart = request_file.is_some() || response_file.is_some();
        if !is_apart && is_small_and_whole(&request) && is_small_and_whole(&response) {
            let start = self.log.len();
            let trailers = [trailers(&request)?, trailers(&response)?];
            let record = Record {
                times,
                request_head: &request_head[..],
                response_head: response_head.as_deref(),
                request_trailers: trailers[0].as_deref(),
                response_trailers: trailers[1].as_deref(),
                request_body: &request.kept,
                response_body: &response.kept,
            };
            record.encode(&mut self.log)?;
            return Ok(Passed::Record(start..self.log.len()));
        }
        Ok(Passed::Parts(Box::new(Parts {
            times,
            // Slices of what was received, which must not be pinned.
            request_head: Bytes::copy_from_slice(&request_head),
            response_head: response_head.map(|head| Bytes::copy_from_slice(&head)),
            request: self.part(request, request_file)?,
            response: self.part(response, response_file)?,
        })))
    }

    fn part(&mut self, capture: Capture, file: Option<Spilled>) -> Result<Part, FrameError> {
        self.spilled.extend(file.clone());
        Ok(Part {
            trailers: trailers(&capture)?,
            body: match file {
                Some(file) => Body::Spilled(file),
                None if capture.kept.len() > COPY_UP_TO => Body::Owned(capture.kept),
                None => Body::Owned(Bytes::copy_from_slice(&capture.kept)),
            },
            size: capture.size,
            sha256: capture.sha256,
        })
    }

    fn copied(&mut self, bytes: &[u8]) -> Span {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        start..self.bytes.len()
    }
}

impl Parts {
    /// Bytes of memory it holds, roughly.
    fn weight(&self) -> usize {
        let body = |part: &Part| match &part.body {
            Body::Owned(bytes) => bytes.len(),
            Body::Spilled(_) => 0,
        };
        let response_head = self.response_head.as_ref().map_or(0, Bytes::len);
        self.request_head.len() + response_head + body(&self.request) + body(&self.response)
    }
}

/// Whether it goes into a record.
fn is_small_and_whole(body: &Capture) -> bool {
    body.kept.len() <= COPY_UP_TO && body.kept.len() as u64 == body.size && body.sha256.is_none()
}

fn trailers(body: &Capture) -> Result<Option<Bytes>, FrameError> {
    (!body.trailers.is_empty())
        .then(|| content(|out| head::encode_trailers(&body.trailers, out)))
        .transpose()
}

/// The content of a frame, without the length before it.
fn content(
    encode: impl FnOnce(&mut BytesMut) -> Result<(), FrameError>,
) -> Result<Bytes, FrameError> {
    let mut frame = BytesMut::new();
    encode(&mut frame)?;
    Ok(frame.freeze().slice(frame::PREFIX..))
}

fn weight_of_fields(headers: &Headers) -> usize {
    headers
        .iter()
        .map(|field| field.name.len() + field.value.len() + 4)
        .sum()
}
