//! The exchanges to send again, read when they are due: many large ones never are in memory at
//! once.

use std::sync::{Arc, Mutex, PoisonError};

use hookreel_shared::model::{Exchange, ExchangeId, Timestamp};
use tokio::task::spawn_blocking;

use crate::store::{Place, Reader, StoreError};

/// Why an exchange cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// It is not there, or not any more.
    #[error("it is not in the history any more")]
    Missing,
    /// The history cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The client ends.
    #[error("hookreel is about to end")]
    Over,
}

/// A history to read from, beside whatever else the runtime does.
#[derive(Debug, Clone)]
pub struct Source {
    reader: Arc<Mutex<Reader>>,
    /// The one read last: to send one a hundred times, it is read once.
    last: Arc<Mutex<Option<Arc<Exchange>>>>,
}

impl Source {
    /// Opens a history.
    ///
    /// # Errors
    /// [`SourceError::Store`].
    pub async fn open(place: Place) -> Result<Self, SourceError> {
        let opened = spawn_blocking(move || Reader::open(&place)).await;
        let reader = opened.map_err(|_| SourceError::Over)??;
        Ok(Self {
            reader: Arc::new(Mutex::new(reader)),
            last: Arc::default(),
        })
    }

    /// When each of them came; one that is gone, as another process may prune at any time, as if
    /// with the one before it.
    ///
    /// # Errors
    /// [`SourceError::Store`].
    pub async fn times(&self, ids: Vec<ExchangeId>) -> Result<Vec<Timestamp>, SourceError> {
        self.read(move |reader| {
            let mut last = Timestamp::from_micros(0);
            let came = |id| {
                last = reader.row(id)?.map_or(last, |row| row.summary.at);
                Ok(last)
            };
            ids.into_iter().map(came).collect()
        })
        .await
    }

    /// One of them, whole.
    ///
    /// # Errors
    /// [`SourceError`].
    pub async fn get(&self, id: ExchangeId) -> Result<Arc<Exchange>, SourceError> {
        let last = Arc::clone(&self.last);
        self.read(move |reader| {
            let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(exchange) = last.as_ref().filter(|exchange| exchange.id() == id) {
                return Ok(Arc::clone(exchange));
            }
            let exchange = Arc::new(reader.get(id)?.ok_or(SourceError::Missing)?);
            *last = Some(Arc::clone(&exchange));
            Ok(exchange)
        })
        .await
    }

    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Reader) -> Result<T, SourceError> + Send + 'static,
    ) -> Result<T, SourceError> {
        let reader = Arc::clone(&self.reader);
        let read = move || read(&reader.lock().unwrap_or_else(PoisonError::into_inner));
        spawn_blocking(read).await.map_err(|_| SourceError::Over)?
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{answered, exchange};
    use super::*;
    use crate::store::{Options, Retention, Writer};

    #[tokio::test]
    async fn one_that_is_gone_does_not_cost_the_others() {
        let dir = tempfile::tempdir().unwrap();
        let place = Place::new(dir.path());
        let options = Options {
            retention: Retention::default(),
            clock: || Timestamp::from_micros(0),
        };
        let writer = Writer::open(&place, options).unwrap();
        let there = answered(exchange("/", &[], b"{}"), 200, b"");
        let (id, at) = (there.id(), there.request.received_at);
        writer.put(there.into());
        writer.flush();
        let gone = ExchangeId::from_uuid(uuid::Uuid::from_u128(99));
        let source = Source::open(place).await.unwrap();
        assert_eq!(source.times(vec![id, gone]).await.unwrap(), [at, at]);
        let missing = source.get(gone).await;
        assert!(matches!(missing, Err(SourceError::Missing)));
    }
}
