//! Several deliveries, each at its time.

use std::cell::RefCell;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use hookreel_shared::provider::SignError;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::deliver::{Attempt, Delivery, Sending};

/// Deliveries under way at once where they are to go out at a rate.
const AT_ONCE: usize = 64;

/// What is due later is due then: clocks have an end.
const NEVER: Duration = Duration::from_secs(30 * 365 * 86_400);

/// When deliveries and their attempts are made.
#[derive(Debug, Clone, PartialEq)]
pub struct Pace {
    /// Before each attempt of a delivery; never empty.
    pub delays: Vec<Duration>,
    /// Deliveries a second; none for one after the other, as soon as the one before is done.
    pub rate: Option<f64>,
}

/// Makes the deliveries in their order, and tells `each` what came of every attempt. Once `stop` is
/// cancelled no more are made; those under way end.
///
/// # Errors
/// The first [`SignError`]; what has been sent was told.
pub async fn run(
    sending: &Sending,
    deliveries: impl Iterator<Item = Delivery>,
    pace: &Pace,
    stop: &CancellationToken,
    each: impl FnMut(Attempt),
) -> Result<(), SignError> {
    let each = RefCell::new(each);
    let deliver = |at: usize, delivery: Delivery| {
        let each = &each;
        async move {
            let number = u32::try_from(at + 1).unwrap_or(u32::MAX);
            let tell = |attempt| each.borrow_mut()(attempt);
            sending
                .deliver(number, &delivery, &pace.delays, stop, tell)
                .await
        }
    };
    let at_once = if pace.rate.is_some() { AT_ONCE } else { 1 };
    let began = Instant::now();
    let mut running = FuturesUnordered::new();
    for (at, delivery) in deliveries.enumerate() {
        let due = began.checked_add(due(at, pace.rate));
        let due = due.unwrap_or_else(|| began + NEVER);
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(done) = running.next() => done?,
                () = sleep_until(due), if running.len() < at_once => break,
            }
        }
        if stop.is_cancelled() {
            break;
        }
        running.push(deliver(at, delivery));
    }
    while let Some(done) = running.next().await {
        done?;
    }
    Ok(())
}

/// When a delivery is due, from the beginning.
fn due(at: usize, rate: Option<f64>) -> Duration {
    let Some(rate) = rate else {
        return Duration::ZERO;
    };
    #[expect(clippy::cast_precision_loss, reason = "nobody waits for so many")]
    let seconds = at as f64 / rate;
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_spaces_deliveries_evenly_and_none_does_not_wait() {
        assert_eq!(due(7, None), Duration::ZERO);
        assert_eq!(due(0, Some(2.0)), Duration::ZERO);
        assert_eq!(due(3, Some(2.0)), Duration::from_millis(1500));
        assert_eq!(due(1, Some(1e-300)), Duration::MAX);
    }
}
