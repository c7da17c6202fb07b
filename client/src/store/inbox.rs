//! What many put in and one thread takes out, many at a time: nobody who puts in waits for it.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What gathers in an inbox.
pub trait Pile: Default {
    /// Bytes of memory that it holds, roughly; nothing if there is nothing in it.
    fn weight(&self) -> usize;
}

/// An inbox. The first thing that comes is taken at once; what follows gathers a while, as a thread
/// that is woken for each costs whoever puts in as much as the work itself.
pub struct Inbox<T> {
    state: Mutex<State<T>>,
    /// Something is to be taken now.
    wake: Condvar,
    /// What was taken is done.
    done: Condvar,
    /// The least time from one taking to the next.
    gather: Duration,
    /// A weight at which what has gathered waits no longer.
    much: usize,
}

struct State<T> {
    waiting: T,
    /// Weight of what was taken and is not done.
    taken: usize,
    /// How often something was taken, and how often that was done.
    takings: u64,
    finished: u64,
    last: Option<Instant>,
    /// The thread sleeps until something comes.
    asleep: bool,
    /// How many wait in [`Inbox::flush`], and do not want more to gather.
    hurried: usize,
    over: bool,
}

impl<T> std::fmt::Debug for Inbox<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inbox")
            .field("gather", &self.gather)
            .finish_non_exhaustive()
    }
}

/// What the thread is to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Something was taken.
    Work,
    /// Nothing waits: time for other things.
    Rest,
    /// It is over.
    End,
}

impl<T: Pile> Inbox<T> {
    /// An empty one; from one taking to the next it takes this long, unless so much gathers, in
    /// bytes.
    #[must_use]
    pub fn new(gather: Duration, much: usize) -> Self {
        Self {
            state: Mutex::new(State {
                waiting: T::default(),
                taken: 0,
                takings: 0,
                finished: 0,
                last: None,
                asleep: false,
                hurried: 0,
                over: false,
            }),
            wake: Condvar::new(),
            done: Condvar::new(),
            gather,
            much,
        }
    }

    /// Lets `add` put something in. It also gets the weight of what was taken and is not done, for
    /// whoever sets a limit.
    pub fn put<R>(&self, add: impl FnOnce(&mut T, usize) -> R) -> R {
        let mut state = self.lock();
        let taken = state.taken;
        let result = add(&mut state.waiting, taken);
        let weight = state.waiting.weight();
        if weight > 0 && std::mem::take(&mut state.asleep) || weight > self.much {
            drop(state);
            self.wake.notify_one();
        }
        result
    }

    /// Waits for the next turn of the thread; what it takes becomes `empty`, which is. Where nothing
    /// comes it rests after this time, with no time at once.
    pub fn next(&self, empty: &mut T, rest: Duration) -> Turn {
        let mut state = self.lock();
        let passed = state.last.map_or(self.gather, |last| last.elapsed());
        let gather = self.gather.saturating_sub(passed);
        if !gather.is_zero() {
            let patient = |state: &mut State<T>| {
                !state.over && state.hurried == 0 && state.waiting.weight() <= self.much
            };
            let waited = self.wake.wait_timeout_while(state, gather, patient);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        if !rest.is_zero() {
            let idle = |state: &mut State<T>| {
                state.asleep = state.waiting.weight() == 0 && !state.over;
                state.asleep
            };
            let waited = self.wake.wait_timeout_while(state, rest, idle);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            state.asleep = false;
        }
        let weight = state.waiting.weight();
        if weight == 0 {
            return if state.over { Turn::End } else { Turn::Rest };
        }
        std::mem::swap(&mut state.waiting, empty);
        state.taken = weight;
        state.takings += 1;
        state.last = Some(Instant::now());
        Turn::Work
    }

    /// What was taken is done.
    pub fn finish(&self) {
        let mut state = self.lock();
        state.taken = 0;
        state.finished = state.takings;
        self.done.notify_all();
    }

    /// Waits until all that was put in before is done.
    pub fn flush(&self) {
        let mut state = self.lock();
        let target = state.takings + u64::from(state.waiting.weight() > 0);
        state.hurried += 1;
        self.wake.notify_one();
        while state.finished < target {
            let waited = self.done.wait(state);
            state = waited.unwrap_or_else(PoisonError::into_inner);
        }
        state.hurried -= 1;
    }

    /// Nothing is put in any more: the thread takes what waits, and ends.
    pub fn close(&self) {
        self.lock().over = true;
        self.wake.notify_one();
    }

    /// Whether the program ends, and nothing may take long.
    pub fn is_over(&self) -> bool {
        self.lock().over
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // Whoever panicked with the lock held left whole things only: each is added by one push.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Pile for Vec<u8> {
        fn weight(&self) -> usize {
            self.len()
        }
    }

    const LONG: Duration = Duration::from_secs(3600);

    fn inbox(gather: Duration) -> Inbox<Vec<u8>> {
        Inbox::new(gather, 100)
    }

    fn take(inbox: &Inbox<Vec<u8>>) -> Vec<u8> {
        let mut taken = Vec::new();
        assert_eq!(inbox.next(&mut taken, LONG), Turn::Work);
        taken
    }

    #[test]
    fn the_first_is_taken_at_once_and_what_follows_gathers() {
        let inbox = inbox(Duration::from_millis(1));
        inbox.put(|pile, _| pile.push(1));
        assert_eq!(take(&inbox), [1]);
        inbox.put(|pile, taken| pile.push(taken as u8));
        inbox.finish();
        inbox.put(|pile, taken| pile.push(taken as u8));
        assert_eq!(take(&inbox), [1, 0]);
    }

    #[test]
    fn who_sleeps_is_woken_by_the_first_that_comes() {
        let inbox = inbox(LONG);
        std::thread::scope(|scope| {
            let taken = scope.spawn(|| take(&inbox));
            while !inbox.lock().asleep {
                std::thread::yield_now();
            }
            inbox.put(|pile, _| pile.push(1));
            assert_eq!(taken.join().unwrap(), [1]);
        });
    }

    #[test]
    fn much_a_flush_and_the_end_wait_for_nothing_more_to_gather() {
        for hurry in [
            |inbox: &Inbox<Vec<u8>>| inbox.put(|pile, _| pile.extend([0; 101])),
            |inbox: &Inbox<Vec<u8>>| {
                inbox.put(|pile, _| pile.push(2));
                inbox.flush();
            },
            |inbox: &Inbox<Vec<u8>>| {
                inbox.put(|pile, _| pile.push(2));
                inbox.close();
            },
        ] {
            let inbox = inbox(LONG);
            inbox.put(|pile, _| pile.push(1));
            take(&inbox);
            inbox.finish();
            std::thread::scope(|scope| {
                let hurry = scope.spawn(|| hurry(&inbox));
                assert!(!take(&inbox).is_empty());
                inbox.finish();
                hurry.join().unwrap();
            });
        }
    }

    #[test]
    fn a_flush_waits_for_what_was_there_and_not_for_what_comes_meanwhile() {
        let inbox = inbox(LONG);
        inbox.put(|pile, _| pile.push(1));
        std::thread::scope(|scope| {
            let flush = scope.spawn(|| inbox.flush());
            while inbox.lock().hurried == 0 {
                std::thread::yield_now();
            }
            assert_eq!(take(&inbox), [1]);
            inbox.put(|pile, _| pile.push(2));
            inbox.finish();
            flush.join().unwrap();
        });
        assert!(!inbox.is_over());
    }

    #[test]
    fn without_time_to_rest_there_is_a_turn_at_once_and_at_the_end_none() {
        let inbox = inbox(LONG);
        let mut taken = Vec::new();
        assert_eq!(inbox.next(&mut taken, Duration::ZERO), Turn::Rest);
        assert_eq!(inbox.next(&mut taken, Duration::from_nanos(1)), Turn::Rest);
        inbox.close();
        assert_eq!(inbox.next(&mut taken, LONG), Turn::End);
    }
}
