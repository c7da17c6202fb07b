//! Makes the attempts of a plan, each at its time.

use std::future::pending;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::plan::{Next, Plan};

/// Calls `send` for every attempt of a plan when it is due, and `each` with what came of it, in
/// the order in which they end. Once `stop` is cancelled no more are made; those under way end.
pub async fn drive<F: Future>(
    mut plan: Plan,
    stop: &CancellationToken,
    mut send: impl FnMut(usize) -> F,
    mut each: impl FnMut(F::Output),
) {
    let began = Instant::now();
    let mut running = FuturesUnordered::new();
    loop {
        let next = if stop.is_cancelled() {
            Next::Done
        } else {
            plan.next(began.elapsed(), running.len())
        };
        let until = match next {
            Next::Send(which) => {
                running.push(send(which));
                continue;
            }
            Next::Done if running.is_empty() => return,
            Next::WaitUntil(due) => Some(due),
            Next::Full | Next::Done => None,
        };
        tokio::select! {
            Some(done) = running.next() => each(done),
            () = due(began, until) => {}
            () = stop.cancelled(), if !stop.is_cancelled() => {}
        }
    }
}

/// Waits until that time after the beginning, or for ever.
async fn due(began: Instant, until: Option<Duration>) {
    match until.and_then(|until| began.checked_add(until)) {
        Some(at) => sleep_until(at).await,
        None => pending().await,
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::super::testing::at;
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[tokio::test(start_paused = true)]
    async fn requests_keep_their_spacing_however_long_the_answers_take() {
        let began = Instant::now();
        let plan = Plan::new(&[at(0), at(100), at(250)], 1, 9, Some(1.0));
        let sent = RefCell::new(Vec::new());
        let send = |which| {
            sent.borrow_mut().push((began.elapsed(), which));
            tokio::time::sleep(ms(400))
        };
        let mut done = 0;
        drive(plan, &CancellationToken::new(), send, |()| done += 1).await;
        assert_eq!(*sent.borrow(), [(ms(0), 0), (ms(100), 1), (ms(250), 2)]);
        assert_eq!((done, began.elapsed()), (3, ms(650)));
    }

    #[tokio::test(start_paused = true)]
    async fn never_more_run_at_once_than_the_plan_allows() {
        let (now, most) = (Cell::new(0), Cell::new(0));
        let (now, most) = (&now, &most);
        let send = |_| {
            now.set(now.get() + 1);
            most.set(most.get().max(now.get()));
            async move {
                tokio::time::sleep(ms(10)).await;
                now.set(now.get() - 1);
            }
        };
        let mut done = 0;
        let began = Instant::now();
        let plan = Plan::new(&[at(0)], 100, 8, None);
        drive(plan, &CancellationToken::new(), send, |()| done += 1).await;
        assert_eq!((done, most.get(), now.get()), (100, 8, 0));
        assert_eq!(began.elapsed(), ms(130), "13 groups of at most 8");
    }

    #[tokio::test(start_paused = true)]
    async fn once_stopped_no_more_are_sent_and_those_under_way_end() {
        let stop = CancellationToken::new();
        let send = |which| {
            let stop = stop.clone();
            async move {
                tokio::time::sleep(ms(10)).await;
                stop.cancel();
                tokio::time::sleep(ms(10)).await;
                which
            }
        };
        let mut done = Vec::new();
        let plan = Plan::new(&[at(0), at(5), at(3_600_000)], 1, 8, Some(1.0));
        drive(plan, &stop, send, |which| done.push(which)).await;
        assert_eq!(done, [0, 1]);
    }
}
