//! How long to wait before the next try to connect.

use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

/// Delays between tries: from 200 ms, doubling with jitter up to 30 s, without end. Starts over
/// once a tunnel was healthy for a minute, so that a flapping one does not hammer the relay.
#[derive(Debug)]
pub struct Reconnect {
    seed: u64,
    delays: ExponentialBackoff,
    connected_at: Option<Instant>,
}

impl Reconnect {
    const FIRST: Duration = Duration::from_millis(100);
    const LONGEST: Duration = Duration::from_secs(15);
    const HEALTHY: Duration = Duration::from_secs(60);

    /// `seed` spreads the clients of one relay apart after it restarts.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            delays: Self::delays(seed),
            connected_at: None,
        }
    }

    /// The jitter adds up to the delay itself, hence half of what is promised above.
    fn delays(seed: u64) -> ExponentialBackoff {
        ExponentialBuilder::new()
            .with_min_delay(Self::FIRST)
            .with_max_delay(Self::LONGEST)
            .with_factor(2.0)
            .without_max_times()
            .with_jitter()
            .with_jitter_seed(seed)
            .build()
    }

    /// A tunnel was made.
    pub fn connected(&mut self, now: Instant) {
        self.connected_at = Some(now);
    }

    /// A tunnel, or a try to make one, has failed: how long to wait before the next try.
    pub fn next_delay(&mut self, now: Instant) -> Duration {
        let healthy = self
            .connected_at
            .take()
            .is_some_and(|at| now.duration_since(at) >= Self::HEALTHY);
        if healthy {
            self.delays = Self::delays(self.seed);
        }
        self.delays.next().unwrap_or(Self::LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_tries_come_fast_and_no_delay_is_above_thirty_seconds() {
        let now = Instant::now();
        for seed in 0..50 {
            let mut reconnect = Reconnect::new(seed);
            let delays: Vec<_> = (0..40).map(|_| reconnect.next_delay(now)).collect();
            assert!(
                delays[..3].iter().sum::<Duration>() < Duration::from_millis(1500),
                "{delays:?}"
            );
            assert!(
                delays.iter().all(|delay| *delay <= Duration::from_secs(30)),
                "{delays:?}"
            );
            assert!(delays[39] >= Duration::from_secs(15), "{delays:?}");
        }
    }

    #[test]
    fn a_healthy_minute_starts_the_delays_over_and_a_flap_does_not() {
        let now = Instant::now();
        let mut reconnect = Reconnect::new(1);
        for _ in 0..12 {
            reconnect.next_delay(now);
        }
        reconnect.connected(now);
        assert!(reconnect.next_delay(now + Duration::from_secs(1)) > Duration::from_secs(10));
        reconnect.connected(now);
        assert!(reconnect.next_delay(now + Duration::from_secs(61)) < Duration::from_secs(1));
    }
}
