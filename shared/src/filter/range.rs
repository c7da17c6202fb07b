//! Values with units, and comparisons between them.

use jiff::{SpanRelativeTo, civil::Date};

use crate::model::Timestamp;

/// What a value may be, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The least.
    pub min: u64,
    /// The most.
    pub max: u64,
}

impl Bounds {
    /// Whether a value lies within.
    #[must_use]
    pub fn contains(self, value: u64) -> bool {
        (self.min..=self.max).contains(&value)
    }
}

/// How a value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Equal,
    Over,
    AtLeast,
    Under,
    AtMost,
}

impl Op {
    /// The signs, longest first: `>=` begins with `>`.
    pub(super) const ALL: [(&'static str, Self); 5] = [
        (">=", Self::AtLeast),
        ("<=", Self::AtMost),
        (">", Self::Over),
        ("<", Self::Under),
        ("=", Self::Equal),
    ];

    /// Its sign.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::Over => ">",
            Self::AtLeast => ">=",
            Self::Under => "<",
            Self::AtMost => "<=",
        }
    }

    fn bounds(self, value: u64) -> Option<Bounds> {
        let (min, max) = match self {
            Self::Equal => (value, value),
            Self::Over => (value.checked_add(1)?, u64::MAX),
            Self::AtLeast => (value, u64::MAX),
            Self::Under => (0, value.checked_sub(1)?),
            Self::AtMost => (0, value),
        };
        Some(Bounds { min, max })
    }
}

/// Reads `>x`, `x..y` or `x`, where `read` knows what an `x` is.
pub(super) fn bounds(
    text: &str,
    read: impl Fn(&str) -> Result<u64, String>,
) -> Result<Bounds, String> {
    for (sign, op) in Op::ALL {
        if let Some(value) = text.strip_prefix(sign) {
            return op
                .bounds(read(value)?)
                .ok_or_else(|| format!("nothing can be {text}"));
        }
    }
    if let Some((min, max)) = text.split_once("..") {
        let (min, max) = (read(min)?, read(max)?);
        if min > max {
            return Err(format!("{text} has its ends the wrong way round"));
        }
        return Ok(Bounds { min, max });
    }
    Op::Equal
        .bounds(read(text)?)
        .ok_or_else(|| format!("nothing can be {text}"))
}

/// Reads the value of `status`: also `5xx`.
pub(super) fn status(text: &str) -> Result<Bounds, String> {
    let hint = || format!("{text:?} is no status: write 404, 5xx, >=400 or 400..499");
    if let [class @ b'1'..=b'5', b'x' | b'X', b'x' | b'X'] = text.as_bytes() {
        let min = u64::from(class - b'0') * 100;
        return Ok(Bounds { min, max: min + 99 });
    }
    let exact = text.bytes().all(|c| c.is_ascii_digit());
    if exact && text.len() != 3 {
        return Err(hint());
    }
    bounds(text, |text| {
        let digits = (1..=4).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_digit());
        let value = digits.then(|| text.parse().ok()).flatten();
        value.ok_or_else(hint)
    })
}

/// Reads a number of bytes: `512`, `10kB`, `1.5MiB`.
///
/// # Errors
/// For people: what to write instead.
pub fn bytes(text: &str) -> Result<u64, String> {
    let hint = || format!("{text:?} is no size: write 512, 10kB or 1.5MiB");
    let unit = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(unit);
    let factor: u64 = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => return Err(hint()),
    };
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    // Six places are a byte in a megabyte; what is smaller does not count.
    let places = &part[..part.len().min(6)];
    let scale = 10u64.pow(u32::try_from(places.len()).unwrap_or(0));
    let whole: u64 = whole.parse().map_err(|_| hint())?;
    let part: u64 = match part {
        "" => 0,
        _ if part.bytes().all(|c| c.is_ascii_digit()) => places.parse().map_err(|_| hint())?,
        _ => return Err(hint()),
    };
    whole
        .checked_mul(factor)
        .and_then(|whole| whole.checked_add(part.checked_mul(factor)? / scale))
        .ok_or_else(|| format!("{text} is too much"))
}

/// Longest span of time, in microseconds: a hundred years of 365 days.
const LONGEST: u64 = 100 * 365 * 86_400 * 1_000_000;

/// Reads a span of time in microseconds: `250ms`, `10m`, `3d`.
///
/// # Errors
/// For people: what to write instead.
pub fn micros(text: &str) -> Result<u64, String> {
    let hint = || format!("{text:?} is no time: write 250ms, 10s, 10m, 2h or 3d");
    let span: jiff::Span = text.parse().map_err(|_| hint())?;
    let span = span
        .to_duration(SpanRelativeTo::days_are_24_hours())
        .map_err(|_| hint())?;
    let micros = u64::try_from(span.as_micros()).map_err(|_| hint())?;
    if micros > LONGEST {
        return Err(format!("{text} is more than a hundred years"));
    }
    Ok(micros)
}

/// A point in time, or one that moves along with now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// That many microseconds before now.
    Ago(u64),
    /// Always the same.
    At(Timestamp),
}

impl When {
    /// The point in time it is at `now`.
    pub(super) fn at(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::Ago(micros) => Timestamp::from_micros(
                now.as_micros()
                    .saturating_sub(i64::try_from(micros).unwrap_or(i64::MAX)),
            ),
        }
    }
}

/// Reads the value of `since` and `until`.
pub(super) fn when(text: &str) -> Result<When, String> {
    if let Ok(micros) = micros(text) {
        return Ok(When::Ago(micros));
    }
    let fixed = |time: jiff::Timestamp| When::At(Timestamp::from_micros(time.as_microsecond()));
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Ok(fixed(time));
    }
    // A date's parser takes a time behind the date too, and drops it: only plain dates may pass.
    let plain = text.len() == "2026-11-22".len();
    let day = plain.then(|| text.parse::<Date>().ok()).flatten();
    day.and_then(|day| day.to_zoned(jiff::tz::TimeZone::UTC).ok())
        .map(|day| fixed(day.timestamp()))
        .ok_or_else(|| {
            format!("{text:?} is no time: write 10m, 2h, 3d, 2026-11-22 or 2026-11-22T14:32:15Z")
        })
}
