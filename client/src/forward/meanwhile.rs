//! An exchange that takes long is written as it stands, before its end.

use std::pin::pin;
use std::time::Duration;

use hookreel_shared::net::at_once;
use tokio::time::sleep;

use crate::record::Recording;

/// An answer under way is written as it stands so long after its head: what is answered is on disk within a second
/// also on a busy machine, where gathering and writing may take most of that.
const STORE_ANSWER_AFTER: Duration = Duration::from_millis(100);

/// Without room for it, as where the disk is slow, it is tried again after this.
pub(super) const STORE_AGAIN_AFTER: Duration = Duration::from_millis(200);

/// Waits for an answer to pass; one that takes long is written as it stands meanwhile.
pub(super) async fn stored_meanwhile<F: Future>(recording: &Recording, passing: F) -> F::Output {
    let mut passing = pin!(passing);
    if let Some(output) = at_once(passing.as_mut()).await {
        return output;
    }
    let mut wait = STORE_ANSWER_AFTER;
    while recording.is_kept() {
        tokio::select! {
            biased;
            output = passing.as_mut() => return output,
            () = sleep(wait) => {}
        }
        if recording.store_so_far() {
            break;
        }
        wait = STORE_AGAIN_AFTER;
    }
    passing.await
}
