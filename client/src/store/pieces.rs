//! What passed in an exchange, still as bytes, from a log or from its row: read only as far as it is
//! asked for.

use std::cell::{OnceCell, RefCell};
use std::path::Path;

use bytes::Bytes;
use hookreel_shared::filter::MessageSide;
use rusqlite::Row;

use super::log::Spot;
use super::opened::Opened;
use super::record::Record;
use super::whole;

/// Columns of `message` for heads and trailers alone: bodies of long rows stand on pages of their own.
pub(super) const HEADS: &str = "request, response, request_trailers, response_trailers";

/// Columns of `message` for all.
pub(super) const WHOLE: &str = "request, response, request_trailers, response_trailers,
    request_size, response_size, request_file, response_file, request_body, response_body";

/// Where it stands.
pub(super) enum Source<'a> {
    Log(Spot),
    /// A row that begins with the columns of [`HEADS`] or [`WHOLE`].
    Row(&'a Row<'a>),
}

/// What passed in one exchange.
pub(super) struct Pieces<'a> {
    source: Source<'a>,
    folder: &'a Path,
    logs: &'a RefCell<Opened>,
    /// Nothing if the log has lost it.
    record: OnceCell<Option<Record<Bytes>>>,
    /// Nothing if they are gone.
    files: [OnceCell<Option<Bytes>>; 2],
    /// Bytes of a file that are read, at the most.
    most: u64,
}

impl<'a> Pieces<'a> {
    /// Of that source; `folder` is the one of bodies.
    pub(super) fn new(source: Source<'a>, folder: &'a Path, logs: &'a RefCell<Opened>) -> Self {
        Self {
            source,
            folder,
            logs,
            record: OnceCell::new(),
            files: Default::default(),
            most: u64::MAX,
        }
    }

    /// Reads no more than so many bytes of a body that is in a file.
    pub(super) fn up_to(self, most: u64) -> Self {
        Self { most, ..self }
    }

    /// The content of a head's frame, if there is one.
    pub(super) fn head(&self, side: MessageSide) -> Option<Bytes> {
        match self.place(side) {
            Place::Record(record, MessageSide::Request) => Some(record?.request_head.clone()),
            Place::Record(record, MessageSide::Response) => record?.response_head.clone(),
            Place::Row(row, at) => blob(row, at).map(Bytes::copy_from_slice),
        }
    }

    /// The content of the trailers' frame, if there is one.
    pub(super) fn trailers(&self, side: MessageSide) -> Option<Bytes> {
        match self.place(side) {
            Place::Record(record, MessageSide::Request) => record?.request_trailers.clone(),
            Place::Record(record, MessageSide::Response) => record?.response_trailers.clone(),
            Place::Row(row, at) => blob(row, 2 + at).map(Bytes::copy_from_slice),
        }
    }

    /// Bytes of the body that passed.
    pub(super) fn size(&self, side: MessageSide) -> u64 {
        match self.place(side) {
            Place::Record(..) => self.kept(side).len() as u64,
            Place::Row(row, at) => {
                let size = row.get::<_, i64>(4 + at).unwrap_or(0);
                u64::try_from(size).unwrap_or(0)
            }
        }
    }

    /// What was kept of the body.
    pub(super) fn kept(&self, side: MessageSide) -> &[u8] {
        match self.place(side) {
            Place::Record(record, side) => record.map_or(&[], |record| match side {
                MessageSide::Request => &record.request_body,
                MessageSide::Response => &record.response_body,
            }),
            Place::Row(row, at) => blob(row, 8 + at).unwrap_or_else(|| {
                let file = self.files[at].get_or_init(|| {
                    let name = row.get_ref(6 + at);
                    let name = name.ok().and_then(|name| name.as_str().ok());
                    let from_log = |spot: &Spot| self.logs.borrow_mut().read(self.folder, spot);
                    let size = self.size(side).min(self.most);
                    let read = |name| whole::spilled(from_log, self.folder, name, size);
                    name.map_or_else(|| Some(Bytes::new()), read)
                });
                file.as_deref().unwrap_or_default()
            }),
        }
    }

    /// Whether something that was asked for did not stand where the row says.
    pub(super) fn is_lost(&self) -> bool {
        let mut files = self.files.iter();
        matches!(self.record.get(), Some(None))
            || files.any(|file| matches!(file.get(), Some(None)))
    }

    fn place(&self, side: MessageSide) -> Place<'_> {
        match &self.source {
            Source::Log(spot) => {
                let record = self.record.get_or_init(|| {
                    let bytes = self.logs.borrow_mut().read(self.folder, spot)?;
                    Record::decode(&bytes).ok()
                });
                Place::Record(record.as_ref(), side)
            }
            Source::Row(row) => match side {
                MessageSide::Request => Place::Row(row, 0),
                MessageSide::Response => Place::Row(row, 1),
            },
        }
    }
}

/// Where one side stands.
enum Place<'a> {
    /// In the record, if the log still has it.
    Record(Option<&'a Record<Bytes>>, MessageSide),
    /// In the row; among two columns, this one is its own.
    Row(&'a Row<'a>, usize),
}

fn blob<'a>(row: &'a Row<'_>, column: usize) -> Option<&'a [u8]> {
    row.get_ref(column).ok()?.as_blob().ok()
}
