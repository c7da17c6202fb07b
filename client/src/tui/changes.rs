//! What the user changes in the history: the screen does not wait for it, and tells if it was not
//! done.

use std::sync::Arc;

use hookreel_shared::model::ExchangeId;
use tokio::sync::mpsc;

use super::effect::Ask;
use super::history::Asker;
use super::msg::Msg;
use crate::store::Writer;

/// Marks, or takes marks away.
pub fn mark(writer: &Arc<Writer>, sender: &mpsc::Sender<Msg>, ids: Vec<ExchangeId>, marked: bool) {
    writer.mark(ids, marked);
    settle(writer, sender, "the mark is not kept", || ());
}

/// Deletes, and counts what is left once that is on disk.
pub fn delete(
    writer: &Arc<Writer>,
    asker: &Arc<Asker>,
    sender: &mpsc::Sender<Msg>,
    ids: Vec<ExchangeId>,
) {
    writer.delete(ids);
    let asker = Arc::clone(asker);
    settle(writer, sender, "not deleted, still there", move || {
        // If it is busy, the next delete or start counts.
        let _ = asker.ask(Ask::Counts);
    });
}

/// Waits beside the screen until what was handed to the writer is on disk; says `what` if it is
/// not, and goes on with `then` either way.
fn settle(
    writer: &Arc<Writer>,
    sender: &mpsc::Sender<Msg>,
    what: &'static str,
    then: impl FnOnce() + Send + 'static,
) {
    let (writer, sender) = (Arc::clone(writer), sender.clone());
    tokio::task::spawn_blocking(move || {
        if let Err(why) = writer.settle() {
            let text = format!("{what}: {why}");
            // Fails only if the screen is over.
            let _ = sender.blocking_send(Msg::Told { good: false, text });
        }
        then();
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Options, Place, Retention};
    use hookreel_shared::model::Timestamp;

    #[tokio::test]
    async fn what_was_not_done_is_told_and_what_follows_is_done_all_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let place = Place::new(dir.path());
        let options = Options {
            retention: Retention::default(),
            clock: || Timestamp::from_micros(0),
        };
        let writer = Arc::new(Writer::open(&place, options).unwrap());
        let (sender, mut told) = mpsc::channel(4);
        let id = ExchangeId::from_uuid(uuid::Uuid::nil());
        writer.delete(vec![id]);
        let (done, over) = tokio::sync::oneshot::channel();
        settle(&writer, &sender, "not deleted", move || {
            done.send(()).unwrap();
        });
        over.await.unwrap();
        assert!(told.try_recv().is_err(), "all went well");
        let other = rusqlite::Connection::open(place.database()).unwrap();
        other.execute_batch("DROP TABLE words").unwrap();
        other.execute_batch("DROP TABLE exchange").unwrap();
        writer.delete(vec![id]);
        let (done, over) = tokio::sync::oneshot::channel();
        settle(&writer, &sender, "not deleted", move || {
            done.send(()).unwrap();
        });
        over.await.unwrap();
        let Some(Msg::Told { good: false, text }) = told.recv().await else {
            panic!("nothing was told");
        };
        assert!(text.starts_with("not deleted: the history"), "{text}");
    }
}
