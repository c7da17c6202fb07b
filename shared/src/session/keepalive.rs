//! Notices a dead peer, and a machine that slept, from facts the transport counts anyway.

use std::time::{Duration, Instant};

use crate::model::Timestamp;
use crate::wire::limits::DEAD_AFTER;

/// Watches the number of packets received. QUIC's own keep-alive makes a live peer answer every
/// second, so a number that stands still means a dead peer or a dead path.
#[derive(Debug)]
pub struct KeepAlive {
    packets: u64,
    heard_at: Instant,
    looked_at: Instant,
    looked_wall: Timestamp,
}

impl KeepAlive {
    /// How often to look.
    pub const INTERVAL: Duration = Duration::from_millis(500);

    /// More wall-clock than monotonic time between two looks means that the machine slept:
    /// monotonic clocks may stop in sleep.
    const SLEPT: Duration = Duration::from_secs(5);

    /// Starts watching a peer that was just heard.
    #[must_use]
    pub fn new(now: Instant, wall: Timestamp) -> Self {
        Self {
            packets: 0,
            heard_at: now,
            looked_at: now,
            looked_wall: wall,
        }
    }

    /// Looks: `packets` is how many have come since the tunnel began. False if the peer is dead
    /// or the machine slept, and the tunnel should be made anew.
    pub fn is_alive(&mut self, packets: u64, now: Instant, wall: Timestamp) -> bool {
        let slept = wall
            .since(self.looked_wall)
            .saturating_sub(now.duration_since(self.looked_at));
        self.looked_at = now;
        self.looked_wall = wall;
        if packets != self.packets {
            self.packets = packets;
            self.heard_at = now;
        }
        slept < Self::SLEPT && now.duration_since(self.heard_at) < DEAD_AFTER
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

    fn wall(after: Duration) -> Timestamp {
        Timestamp::from_micros(START.as_micros() + i64::try_from(after.as_micros()).unwrap())
    }

    #[test]
    fn a_peer_is_dead_three_seconds_after_its_last_packet() {
        let now = Instant::now();
        let mut watch = KeepAlive::new(now, START);
        let at = |ms| {
            (
                now + Duration::from_millis(ms),
                wall(Duration::from_millis(ms)),
            )
        };
        for (ms, packets, alive) in [
            (500, 3, true),
            (1000, 3, true),
            (3000, 3, true),
            (3499, 3, true),
            (3500, 3, false),
        ] {
            let (now, wall) = at(ms);
            assert_eq!(watch.is_alive(packets, now, wall), alive, "after {ms} ms");
        }
    }

    #[test]
    fn a_peer_that_goes_on_sending_stays_alive() {
        let now = Instant::now();
        let mut watch = KeepAlive::new(now, START);
        for second in 1..100 {
            let after = Duration::from_secs(second);
            assert!(watch.is_alive(second, now + after, wall(after)));
        }
    }

    #[test]
    fn a_laptop_that_slept_makes_its_tunnel_anew_at_once() {
        let now = Instant::now();
        let mut watch = KeepAlive::new(now, START);
        assert!(!watch.is_alive(
            1,
            now + Duration::from_millis(500),
            wall(Duration::from_secs(600))
        ));
    }
}
