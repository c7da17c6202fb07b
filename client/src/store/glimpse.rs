//! A row of a list as the database gives it, for a filter that asks little of it: of a long history
//! most rows are let go after one question.

use std::borrow::Cow;
use std::time::Duration;

use hookreel_shared::filter::{Brief, MessageSide};
use hookreel_shared::model::{ExchangeId, Failure, Label, Timestamp, sender_status};
use rusqlite::types::FromSql;

use super::Row;
use super::log::Spot;
use super::row::{self, at};

/// A row of [`row::COLUMNS`]. What cannot be read reads as what is not known; [`Self::row`] then
/// says so.
pub(super) struct Glimpse<'a>(pub(super) &'a rusqlite::Row<'a>);

impl Glimpse<'_> {
    /// All of it.
    ///
    /// # Errors
    /// If it is not what hookreel writes.
    pub(super) fn row(&self) -> rusqlite::Result<Row> {
        row::read(self.0)
    }

    /// The number of the exchange.
    ///
    /// # Errors
    /// As [`Self::row`].
    pub(super) fn seq(&self) -> rusqlite::Result<i64> {
        self.0.get(at::SEQ)
    }

    /// Where the exchange's record is, if it has one.
    ///
    /// # Errors
    /// As [`Self::row`].
    pub(super) fn spot(&self) -> rusqlite::Result<Option<Spot>> {
        Spot::read_columns(self.0, at::SPOT)
    }

    fn get<T: FromSql>(&self, column: usize) -> Option<T> {
        self.0.get(column).ok()
    }

    fn text(&self, column: usize) -> Option<&str> {
        self.0.get_ref(column).ok()?.as_str().ok()
    }

    fn bytes(&self, column: usize) -> Cow<'_, str> {
        let bytes = self.0.get_ref(column).ok();
        let bytes = bytes.and_then(|bytes| bytes.as_blob().ok());
        String::from_utf8_lossy(bytes.unwrap_or_default())
    }

    fn is(&self, column: usize) -> bool {
        self.get(column).unwrap_or(false)
    }
}

impl Brief for Glimpse<'_> {
    fn id(&self) -> ExchangeId {
        ExchangeId::from_uuid(self.get(at::ID).unwrap_or_default())
    }

    fn at(&self) -> Timestamp {
        Timestamp::from_micros(self.get(at::AT).unwrap_or(0))
    }

    fn name(&self) -> &str {
        self.text(at::NAME).unwrap_or_default()
    }

    fn label(&self) -> Label {
        let label = self.text(at::LABEL).and_then(row::label);
        label.unwrap_or(Label::Live)
    }

    fn replay_of(&self) -> Option<ExchangeId> {
        self.get::<Option<_>>(at::REPLAY_OF)?
            .map(ExchangeId::from_uuid)
    }

    fn method(&self) -> Cow<'_, str> {
        self.bytes(at::METHOD)
    }

    fn target(&self) -> Cow<'_, str> {
        self.bytes(at::TARGET)
    }

    fn status(&self) -> Option<u16> {
        let status = self.get::<Option<_>>(at::STATUS).flatten();
        sender_status(self.label(), status, self.failure())
    }

    fn provider(&self) -> Option<&str> {
        self.text(at::PROVIDER)
    }

    fn event(&self) -> Option<&str> {
        self.text(at::EVENT)
    }

    fn verdict(&self) -> Option<&str> {
        self.text(at::VERDICT)
    }

    fn failure(&self) -> Option<Failure> {
        self.text(at::FAILURE).map(row::failure)
    }

    fn took(&self) -> Option<Duration> {
        let micros: i64 = self.get(at::TOOK)?;
        Some(Duration::from_micros(u64::try_from(micros).unwrap_or(0)))
    }

    fn size(&self, side: MessageSide) -> Option<u64> {
        let column = match side {
            MessageSide::Request => at::REQUEST_BYTES,
            MessageSide::Response => at::RESPONSE_BYTES,
        };
        // Until the end, a size is what the sender announced.
        let size: i64 = self.is(at::CLOSED).then(|| self.get(column))??;
        Some(u64::try_from(size).unwrap_or(0))
    }

    fn marked(&self) -> bool {
        self.is(at::MARKED)
    }

    fn duplicate(&self) -> bool {
        self.is(at::DUPLICATE)
    }

    fn cut(&self) -> bool {
        self.is(at::CUT)
    }
}
