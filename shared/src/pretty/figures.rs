//! Sizes and times in a few digits.

use std::time::Duration;

/// A number of bytes, in at most eight cells up to a petabyte.
#[must_use]
pub fn size(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "shown with few digits")]
    let float = bytes as f64;
    // Each begins where the one before would be rounded up to a thousand.
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..999_950 => format!("{:.1} kB", float / 1e3),
        999_950..999_950_000 => format!("{:.1} MB", float / 1e6),
        999_950_000..999_950_000_000 => format!("{:.1} GB", float / 1e9),
        _ => format!("{:.1} TB", float / 1e12),
    }
}

/// A time, in at most seven cells up to sixteen hours.
#[must_use]
pub fn duration(took: Duration) -> String {
    match took.as_micros() {
        0..9_950 => format!("{:.1} ms", took.as_secs_f64() * 1e3),
        9_950..9_999_500 => format!("{:.0} ms", took.as_secs_f64() * 1e3),
        9_999_500..599_950_000 => format!("{:.1} s", took.as_secs_f64()),
        _ => format!("{} min", (took.as_secs() + 30) / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_few_digits_and_no_thousand_of_a_unit() {
        for (bytes, shown) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (999_949, "999.9 kB"),
            (999_950, "1.0 MB"),
            (26_214_400, "26.2 MB"),
            (999_949_999, "999.9 MB"),
            (999_950_000, "1.0 GB"),
            (999_950_000_000, "1.0 TB"),
        ] {
            assert_eq!(size(bytes), shown);
        }
    }

    #[test]
    fn a_time_has_few_digits_and_a_unit_that_suits_it() {
        for (micros, shown) in [
            (0, "0.0 ms"),
            (1_250, "1.2 ms"),
            (9_949, "9.9 ms"),
            (9_950, "10 ms"),
            (45_400, "45 ms"),
            (9_999_400, "9999 ms"),
            (9_999_500, "10.0 s"),
            (599_949_000, "599.9 s"),
            (599_950_000, "10 min"),
            (59_940_000_000, "999 min"),
        ] {
            let text = duration(Duration::from_micros(micros));
            assert_eq!(text, shown);
        }
    }
}
