//! An exchange as it lies on disk, to be asked by a filter: heads and bodies are read only when
//! they are asked for, and bodies are copied only where a content coding is taken off.

use std::cell::{OnceCell, RefCell};
use std::path::Path;

use bytes::Bytes;
use hookreel_shared::filter::{Brief, Filter, MessageSide, Subject};
use hookreel_shared::model::{Headers, RequestHead, ResponseHead, Timestamp};
use hookreel_shared::pretty::decode;
use hookreel_shared::wire::frame::FrameError;
use hookreel_shared::wire::head;
use rusqlite::{Connection, Statement};

use super::log::Opened;
use super::{StoreError, whole};

/// Without bodies, as those of long rows stand on pages of their own.
const HEADS: &str = "SELECT request, response, request_trailers, response_trailers FROM message
    WHERE seq = ?1";

const WHOLE: &str = "SELECT request, response, request_trailers, response_trailers,
    request_size, response_size, request_file, response_file, request_body, response_body
    FROM message WHERE seq = ?1";

/// Asks exchanges one after another, as one filter does.
pub(super) struct Asker<'a> {
    select: Statement<'a>,
    bodies: &'a Path,
    logs: RefCell<Opened>,
    filter: &'a Filter,
    now: Timestamp,
}

impl<'a> Asker<'a> {
    /// Asks on this connection. `bodies` is the folder of large bodies.
    ///
    /// # Errors
    /// What the database says.
    pub(super) fn new(
        connection: &'a Connection,
        bodies: &'a Path,
        filter: &'a Filter,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let select = match filter.looks_into_bodies() {
            true => WHOLE,
            false => HEADS,
        };
        Ok(Self {
            select: connection.prepare(select)?,
            bodies,
            logs: RefCell::default(),
            filter,
            now,
        })
    }

    /// Whether the filter lets the exchange of this row through; `seq` is its number. What is
    /// damaged, or gone by now, is not let through if its row leaves that open. No row is needed
    /// if the filter asks nothing of it.
    ///
    /// # Errors
    /// What the database says.
    pub(super) fn lets_through(
        &mut self,
        row: Option<&impl Brief>,
        seq: i64,
    ) -> Result<bool, StoreError> {
        if let Some(said) = row.and_then(|row| self.filter.glance(row, self.now)) {
            return Ok(said);
        }
        let mut rows = self.select.query([seq])?;
        let Some(columns) = rows.next()? else {
            return Ok(false);
        };
        let stored = Stored {
            row,
            columns,
            folder: self.bodies,
            logs: &self.logs,
            heads: Default::default(),
            files: Default::default(),
            decoded: Default::default(),
        };
        Ok(self.filter.matches(&stored, self.now) && stored.is_sound())
    }
}

struct Stored<'a, B> {
    row: Option<&'a B>,
    columns: &'a rusqlite::Row<'a>,
    folder: &'a Path,
    logs: &'a RefCell<Opened>,
    /// Of the request and of the answer; an error for what cannot be read.
    heads: [OnceCell<Result<Option<Headers>, FrameError>>; 2],
    files: [OnceCell<Vec<u8>>; 2],
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
        let trailers = |column| {
            self.blob(column)
                .is_none_or(|blob| head::decode_trailers(&Bytes::copy_from_slice(blob)).is_ok())
        };
        self.head(MessageSide::Request).is_ok()
            && self.head(MessageSide::Response).is_ok()
            && trailers(2)
            && trailers(3)
    }

    fn head(&self, side: MessageSide) -> &Result<Option<Headers>, FrameError> {
        let [request, response] = &self.heads;
        match side {
            MessageSide::Request => request.get_or_init(|| {
                let head: RequestHead = whole::request(self.blob(0).unwrap_or_default().to_vec())?;
                Ok(Some(head.headers))
            }),
            MessageSide::Response => response.get_or_init(|| {
                let head = whole::response(self.blob(1).map(<[u8]>::to_vec))?;
                Ok(head.map(|head: ResponseHead| head.headers))
            }),
        }
    }

    fn blob(&self, column: usize) -> Option<&[u8]> {
        self.columns.get_ref(column).ok()?.as_blob().ok()
    }

    fn size(&self, column: usize) -> u64 {
        let size = self.columns.get::<_, i64>(column).unwrap_or(0);
        u64::try_from(size).unwrap_or(0)
    }

    /// What was kept of a body, in the row or in the file that it names.
    fn kept(&self, side: MessageSide) -> &[u8] {
        let (at, file) = match side {
            MessageSide::Request => (0, &self.files[0]),
            MessageSide::Response => (1, &self.files[1]),
        };
        self.blob(8 + at).unwrap_or_else(|| {
            file.get_or_init(|| {
                let name = self.columns.get_ref(6 + at);
                let name = name.ok().and_then(|name| name.as_str().ok());
                name.map_or_else(Vec::new, |name| {
                    whole::spilled(
                        &mut self.logs.borrow_mut(),
                        self.folder,
                        name,
                        self.size(4 + at),
                    )
                })
            })
        })
    }
}

impl<B: Brief> Subject for Stored<'_, B> {
    fn brief(&self) -> Option<&impl Brief> {
        self.row
    }

    fn truncated(&self) -> bool {
        [(4, MessageSide::Request), (5, MessageSide::Response)]
            .into_iter()
            .any(|(column, side)| self.size(column) > self.kept(side).len() as u64)
    }

    fn headers(&self, side: MessageSide) -> Option<&Headers> {
        self.head(side).as_ref().ok()?.as_ref()
    }

    fn body(&self, side: MessageSide) -> Option<&[u8]> {
        let kept = self.kept(side);
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
