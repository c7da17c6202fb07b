//! Sizes, times and failures in words.

use std::time::Duration;

use hookreel_shared::model::{FailureKind, Timestamp};
use hookreel_shared::pretty::figures;
pub(super) use hookreel_shared::pretty::figures::size;
use jiff::tz::TimeZone;

/// A span of time; of less than a millisecond too.
pub(super) fn duration(took: Duration) -> String {
    match took.as_micros() {
        micros @ 0..1_000 => format!("{micros} µs"),
        _ => figures::duration(took),
    }
}

/// The time of day with milliseconds.
pub(super) fn clock(at: Timestamp, zone: &TimeZone) -> String {
    time_of_day(at, zone, "%H:%M:%S%.3f")
}

/// The time of day in seconds.
pub(super) fn seconds(at: Timestamp, zone: &TimeZone) -> String {
    time_of_day(at, zone, "%H:%M:%S")
}

fn time_of_day(at: Timestamp, zone: &TimeZone, format: &str) -> String {
    match jiff::Timestamp::from_microsecond(at.as_micros()) {
        Ok(time) => {
            let time = time.to_zoned(zone.clone());
            time.strftime(format).to_string()
        }
        Err(_) => "--:--:--".to_owned(),
    }
}

/// What the user can do about a failure; `replay` is the key that replays.
pub(super) fn advice(kind: FailureKind, replay: &str) -> String {
    use FailureKind as K;
    let text = match kind {
        K::SenderGone => {
            "The sender did not wait for the answer. Many give up after some seconds: answer first, work later."
        }
        K::Loop => {
            "The origin sends requests back to its own public address. Point it at a local address."
        }
        K::UnknownName => "Check the address the sender uses; the name in it is not taken.",
        K::NotConnected => {
            "Start hookreel, then let the sender try again, or replay it with {replay}."
        }
        K::Overloaded => {
            "Too many requests were under way. Wait a moment, then replay it with {replay}."
        }
        K::Draining => {
            "hookreel or the relay was stopping. Replay it with {replay} once both run again."
        }
        K::TunnelLost => {
            "The connection to the relay broke on the way. It is made anew by itself; replay it with {replay}."
        }
        K::Protocol => "Client and relay do not understand each other. Update both to one version.",
        K::OriginRefused => {
            "Nothing listens there. Start your server, or check the port given to hookreel, then replay it with {replay}."
        }
        K::OriginTls => {
            "The origin's certificate was not accepted, or it speaks no TLS. Try http:// instead of https://."
        }
        K::OriginClosed => {
            "Your server accepted the connection and closed it without an answer. Look for a crash in its log, then replay it with {replay}."
        }
        K::OriginBroken => {
            "What answered there does not speak HTTP. Check the port given to hookreel."
        }
        K::OriginTimeout => {
            "Your server took too long. Look for what blocks it, or raise the time-out, then replay it with {replay}."
        }
        K::OriginAborted => {
            "Your server stopped in the middle of its answer. Look for a crash in its log, then replay it with {replay}."
        }
        K::SignatureRefused => {
            "Only what is signed well gets to your server (--verify). Why it is not: hookreel verify. To let your server have it all the same, replay it with {replay}."
        }
        K::BodyTooLarge => {
            "Only what is signed well gets to your server (--verify), and larger bodies than --body-limit are not checked."
        }
    };
    text.replace("{replay}", replay)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_are_short_and_have_units() {
        for (bytes, shown) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_200, "1.2 kB"),
            (26_214_400, "26.2 MB"),
        ] {
            assert_eq!(size(bytes), shown);
        }
        for (micros, shown) in [
            (5, "5 µs"),
            (1_250, "1.2 ms"),
            (45_000, "45 ms"),
            (31_000_000, "31.0 s"),
        ] {
            assert_eq!(duration(Duration::from_micros(micros)), shown);
        }
        let at = Timestamp::from_micros(1_700_000_000_123_456);
        assert_eq!(clock(at, &TimeZone::UTC), "22:13:20.123");
        assert_eq!(
            clock(Timestamp::from_micros(i64::MAX), &TimeZone::UTC),
            "--:--:--"
        );
    }
}
