//! When each request is sent again. Knows no clock: the time since the beginning is an argument.

use std::time::Duration;

use hookreel_shared::model::Timestamp;

/// The order and the times of all attempts.
///
/// Each round sends every request once, in the order given. With a speed, the requests of a round
/// keep the spacing in which they came, divided by the speed, and a round begins where the one
/// before it ended.
#[derive(Debug, Clone)]
pub struct Plan {
    /// When each request of a round is due, from the beginning of the round.
    offsets: Vec<Duration>,
    rounds: u32,
    concurrency: usize,
    /// Attempts already given out.
    given: u64,
}

/// What is to be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// This request, by its place in the order given, is to be sent.
    Send(usize),
    /// Nothing before this time, counted from the beginning.
    WaitUntil(Duration),
    /// Nothing before one of those under way has ended.
    Full,
    /// All have been given out.
    Done,
}

impl Plan {
    /// A plan for requests that came at these times.
    #[must_use]
    pub fn new(came: &[Timestamp], times: u32, concurrency: u32, speed: Option<f64>) -> Self {
        let speed = speed.filter(|speed| speed.is_finite() && *speed > 0.0);
        let first = came.first().copied();
        let mut latest = Duration::ZERO;
        let offsets = came.iter().map(|&at| {
            if let (Some(speed), Some(first)) = (speed, first) {
                let spaced = Duration::try_from_secs_f64(at.since(first).as_secs_f64() / speed);
                // The order is the user's, also where it is not that of time.
                latest = latest.max(spaced.unwrap_or(Duration::MAX));
            }
            latest
        });
        Self {
            offsets: offsets.collect(),
            rounds: times,
            concurrency: usize::try_from(concurrency).unwrap_or(usize::MAX).max(1),
            given: 0,
        }
    }

    /// Attempts in all.
    #[must_use]
    pub fn attempts(&self) -> u64 {
        self.offsets.len() as u64 * u64::from(self.rounds)
    }

    /// How long it takes at least.
    #[must_use]
    pub fn span(&self) -> Duration {
        let round = self.offsets.last().copied().unwrap_or_default();
        round.saturating_mul(self.rounds)
    }

    /// What to do at `now`, since the beginning, while `running` attempts are under way. What is
    /// late is due at once.
    pub fn next(&mut self, now: Duration, running: usize) -> Next {
        let (Some(round_length), true) = (self.offsets.last(), self.given < self.attempts()) else {
            return Next::Done;
        };
        let count = self.offsets.len() as u64;
        let round = u32::try_from(self.given / count).unwrap_or(u32::MAX);
        let which = usize::try_from(self.given % count).unwrap_or_default();
        let due = round_length
            .saturating_mul(round)
            .saturating_add(self.offsets[which]);
        if running >= self.concurrency {
            Next::Full
        } else if due > now {
            Next::WaitUntil(due)
        } else {
            self.given += 1;
            Next::Send(which)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::at;
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// Everything a plan does when no attempt takes any time: what is sent, and when.
    fn told(mut plan: Plan) -> Vec<(u128, usize)> {
        let (mut now, mut sent) = (Duration::ZERO, Vec::new());
        loop {
            match plan.next(now, 0) {
                Next::Send(which) => sent.push((now.as_millis(), which)),
                Next::WaitUntil(then) => now = then,
                Next::Full => panic!("nothing runs"),
                Next::Done => return sent,
            }
        }
    }

    #[test]
    fn without_a_speed_all_is_due_at_once_round_by_round() {
        let plan = Plan::new(&[at(0), at(500)], 2, 1, None);
        assert_eq!(plan.attempts(), 4);
        assert_eq!(told(plan), [(0, 0), (0, 1), (0, 0), (0, 1)]);
    }

    #[test]
    fn with_a_speed_requests_keep_their_spacing() {
        let came = [at(100), at(400), at(1100)];
        let one = told(Plan::new(&came, 1, 9, Some(1.0)));
        assert_eq!(one, [(0, 0), (300, 1), (1000, 2)]);
        let two = told(Plan::new(&came, 1, 9, Some(2.0)));
        assert_eq!(two, [(0, 0), (150, 1), (500, 2)]);
        let half = Plan::new(&came, 2, 9, Some(0.5));
        assert_eq!(half.span(), ms(4000));
        let half = told(half);
        assert_eq!(
            half,
            [(0, 0), (600, 1), (2000, 2), (2000, 0), (2600, 1), (4000, 2)]
        );
    }

    #[test]
    fn an_order_that_is_not_that_of_time_is_kept_and_does_not_wait() {
        let told = told(Plan::new(&[at(500), at(0), at(700)], 1, 9, Some(1.0)));
        assert_eq!(told, [(0, 0), (0, 1), (200, 2)]);
    }

    #[test]
    fn no_more_run_at_once_than_allowed_and_what_is_late_goes_at_once() {
        let mut plan = Plan::new(&[at(0), at(10), at(20)], 1, 2, Some(1.0));
        assert_eq!(plan.next(ms(0), 0), Next::Send(0));
        assert_eq!(plan.next(ms(0), 1), Next::WaitUntil(ms(10)));
        assert_eq!(plan.next(ms(10), 1), Next::Send(1));
        assert_eq!(plan.next(ms(50), 2), Next::Full);
        assert_eq!(plan.next(ms(50), 1), Next::Send(2));
        assert_eq!(plan.next(ms(50), 2), Next::Done);
    }

    #[test]
    fn nothing_and_never_are_over_at_once_and_odd_speeds_are_none() {
        assert_eq!(told(Plan::new(&[], 5, 1, Some(1.0))), []);
        assert_eq!(told(Plan::new(&[at(0)], 0, 1, None)), []);
        for speed in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let plan = Plan::new(&[at(0), at(9)], 1, 0, Some(speed));
            assert_eq!(told(plan), [(0, 0), (0, 1)], "{speed}");
        }
    }
}
