//! An exchange as it lies on disk, to be asked by a filter: heads and bodies are read only when
//! they are asked for, and bodies are copied only where a content coding is taken off.

use std::cell::{OnceCell, RefCell};
use std::path::Path;

use bytes::Bytes;
use hookreel_shared::filter::{Brief, Filter, MessageSide, Subject};
use hookreel_shared::model::{Headers, Timestamp};
use hookreel_shared::pretty::decode;
use hookreel_shared::wire::frame::FrameError;
use hookreel_shared::wire::head;
use rusqlite::{Connection, Statement};

use super::log::Spot;
use super::opened::Opened;
use super::pieces::{self, Pieces, Source};
use super::{StoreError, whole};

/// Asks exchanges one after another, as one filter does.
pub(super) struct Asker<'a> {
    select: Statement<'a>,
    bodies: &'a Path,
    logs: RefCell<Opened>,
    filter: &'a Filter,
    now: Timestamp,
    /// Something did not stand where its row said. It is damaged; or another process has removed,
    /// moved or rewritten it since the row was read, and who reads the row anew can tell.
    pub(super) missed: bool,
}

impl<'a> Asker<'a> {
    /// Asks on this connection. `bodies` is the folder of logs and large bodies.
    ///
    /// # Errors
    /// What the database says.
    pub(super) fn new(
        connection: &'a Connection,
        bodies: &'a Path,
        filter: &'a Filter,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let columns = match filter.looks_into_bodies() {
            true => pieces::WHOLE,
            false => pieces::HEADS,
        };
        let select = format!("SELECT {columns} FROM message WHERE seq = ?1");
        Ok(Self {
            select: connection.prepare(&select)?,
            bodies,
            logs: RefCell::default(),
            filter,
            now,
            missed: false,
        })
    }

    /// Whether the filter lets the exchange of this row through; `seq` is its number, `spot` where its
    /// record is, if it has one. What is damaged, or gone by now, is not let through if its row leaves
    /// that open. No row is needed if the filter asks nothing of it.
    ///
    /// # Errors
    /// What the database says.
    pub(super) fn lets_through(
        &mut self,
        row: Option<&impl Brief>,
        seq: i64,
        spot: Option<Spot>,
    ) -> Result<bool, StoreError> {
        if let Some(said) = row.and_then(|row| self.filter.glance(row, self.now)) {
            return Ok(said);
        }
        let mut rows;
        let source = match spot {
            Some(spot) => Source::Log(spot),
            None => {
                rows = self.select.query([seq])?;
                let Some(columns) = rows.next()? else {
                    self.missed = true;
                    return Ok(false);
                };
                Source::Row(columns)
            }
        };
        let stored = Stored {
            row,
            pieces: Pieces::new(source, self.bodies, &self.logs),
            heads: Default::default(),
            decoded: Default::default(),
        };
        let matches = self.filter.matches(&stored, self.now) && stored.is_sound();
        self.missed |= stored.pieces.is_lost();
        Ok(matches)
    }
}

struct Stored<'a, B> {
    row: Option<&'a B>,
    pieces: Pieces<'a>,
    /// Of the request and of the answer; an error for what cannot be read.
    heads: [OnceCell<Result<Option<Headers>, FrameError>>; 2],
    /// Without their content codings, as far as views show them; none where there is none.
    decoded: [OnceCell<Option<Bytes>>; 2],
}

/// Bytes of a body that tell whether it is text.
const GLANCE: usize = 512;

/// Whether a body is text as it is. Most are, and what a content coding has made never is: its
/// first bytes are no text. To know that takes less than to read the fields.
pub(super) fn is_text(body: &[u8]) -> bool {
    let start = &body[..body.len().min(GLANCE)];
    let is_utf8 = match std::str::from_utf8(start) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none() && body.len() > GLANCE,
    };
    is_utf8
        && start
            .iter()
            .all(|byte| *byte >= b' ' || byte.is_ascii_whitespace())
}

impl<B> Stored<'_, B> {
    /// Whether all of it could be read back.
    fn is_sound(&self) -> bool {
        [MessageSide::Request, MessageSide::Response]
            .into_iter()
            .all(|side| {
                let trailers = self.pieces.trailers(side);
                self.head(side).is_ok()
                    && trailers.is_none_or(|trailers| head::decode_trailers(&trailers).is_ok())
            })
    }

    fn head(&self, side: MessageSide) -> &Result<Option<Headers>, FrameError> {
        let [request, response] = &self.heads;
        match side {
            MessageSide::Request => request.get_or_init(|| {
                let frame = self.pieces.head(side).unwrap_or_default();
                Ok(Some(head::decode_request(&frame)?.headers))
            }),
            MessageSide::Response => response.get_or_init(|| {
                let frame = self.pieces.head(side);
                let head = frame.as_ref().map(whole::response).transpose()?;
                Ok(head.map(|head| head.headers))
            }),
        }
    }
}

impl<B: Brief> Subject for Stored<'_, B> {
    fn brief(&self) -> Option<&impl Brief> {
        self.row
    }

    fn truncated(&self) -> bool {
        [MessageSide::Request, MessageSide::Response]
            .into_iter()
            .any(|side| self.pieces.size(side) > self.pieces.kept(side).len() as u64)
    }

    fn headers(&self, side: MessageSide) -> Option<&Headers> {
        self.head(side).as_ref().ok()?.as_ref()
    }

    fn body(&self, side: MessageSide) -> Option<&[u8]> {
        let kept = self.pieces.kept(side);
        if kept.is_empty() || is_text(kept) {
            return (!kept.is_empty()).then_some(kept);
        }
        let [request, response] = &self.decoded;
        let decoded = match side {
            MessageSide::Request => request,
            MessageSide::Response => response,
        };
        let decoded = decoded.get_or_init(|| {
            let codings = decode::codings_of(self.headers(side)?);
            let coded = !codings.is_empty();
            let front = coded.then(|| decode::front(&Bytes::copy_from_slice(kept), &codings).bytes);
            front.filter(|front| !front.is_empty())
        });
        Some(decoded.as_deref().unwrap_or(kept))
    }
}
