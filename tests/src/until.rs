//! Waiting for facts.

use std::future::Future;
use std::time::{Duration, Instant};

/// Nothing on loopback takes longer, even on a busy machine.
pub const LIMIT: Duration = Duration::from_secs(15);
/// How often a condition is looked at.
const STEP: Duration = Duration::from_millis(2);

/// What the future gives.
///
/// # Panics
/// If it takes longer than [`LIMIT`].
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    within_time(LIMIT, what, future).await
}

/// What the future gives.
///
/// # Panics
/// If it takes longer than `limit`.
pub async fn within_time<T>(limit: Duration, what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(limit, future).await {
        Ok(value) => value,
        Err(_) => panic!("waited {limit:?} for {what}"),
    }
}

/// Waits until the condition holds, and tells how long that took.
///
/// # Panics
/// If it does not hold within [`LIMIT`].
pub async fn until(what: &str, condition: impl FnMut() -> bool) -> Duration {
    until_time(LIMIT, what, condition).await
}

/// As [`until`], with a limit of the caller's.
///
/// # Panics
/// If it does not hold within `limit`.
pub async fn until_time(
    limit: Duration,
    what: &str,
    mut condition: impl FnMut() -> bool,
) -> Duration {
    let start = Instant::now();
    let mut ticks = tokio::time::interval(STEP);
    while !condition() {
        assert!(start.elapsed() < limit, "waited {limit:?} until {what}");
        ticks.tick().await;
    }
    start.elapsed()
}

/// Waits until a figure has not changed for `still`, and gives it.
///
/// # Panics
/// If it still moves after [`LIMIT`].
pub async fn settled(what: &str, still: Duration, mut figure: impl FnMut() -> u64) -> u64 {
    let start = Instant::now();
    let (mut last, mut since) = (figure(), Instant::now());
    let mut ticks = tokio::time::interval(STEP);
    while since.elapsed() < still {
        assert!(start.elapsed() < LIMIT, "{what} does not come to rest");
        ticks.tick().await;
        let now = figure();
        if now != last {
            (last, since) = (now, Instant::now());
        }
    }
    last
}
