//! Ids and times in samples.
//!
//! | in double braces | what |
//! |---|---|
//! | `now` `now_ms` | seconds, milliseconds since 1970 |
//! | `now_rfc3339` `now_rfc3339_ms` | `2026-01-02T03:04:05Z`, `2026-01-02T03:04:05.678Z` |
//! | `now_sql` `now_date` | `2026-01-02 03:04:05`, `2026-01-02` |
//! | `now:-60` … | any of these, seconds earlier or later |
//! | `uuid` | a random UUID (RFC 9562, version 4) |
//! | `id:evt_` | the text and 24 random letters and digits |
//! | `token:22` `upper:9` `lower:7` `hex:40` `digits:12` | so many random ones of a kind |
//! | `number` | ten random digits |
//!
//! With `#name` behind it, it is the same wherever that name stands in one sample: `hex:40#head`.
//! With `@name`, also in other samples that are made with the same seed: `id:cus_@customer`. So a
//! [series](super::series) is of one customer, and its events are still several.

use uuid::Builder;

use crate::model::Timestamp;
use crate::provider::algorithm::Algorithm;

/// What a sample is filled in with.
#[derive(Debug, Clone, Copy)]
pub struct Fill<'a> {
    /// The time that it says it is.
    pub now: Timestamp,
    /// What random parts are made from: the same gives the same, so it must be new for a new
    /// request.
    pub seed: &'a [u8],
    /// What stands before the target in the address: `https://hooks.example.com`.
    pub base: &'a str,
    /// The target, in origin form.
    pub target: &'a str,
}

impl<'a> Fill<'a> {
    /// What fills in the sample of a name.
    pub(super) fn dice(&self, sample: &'a str) -> Dice<'a> {
        Dice {
            sample,
            now: self.now,
            seed: self.seed,
            thrown: 0,
        }
    }
}

/// Fills in one sample.
pub(super) struct Dice<'a> {
    sample: &'a str,
    now: Timestamp,
    seed: &'a [u8],
    /// How many without a name there were.
    thrown: u64,
}

const LOWER: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
const UPPER: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const MIXED: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const HEX: &[u8] = b"0123456789abcdef";

impl Dice<'_> {
    /// The text with all places filled in. What is not known stays as it stands.
    pub(super) fn fill(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once("{{") {
            out.push_str(before);
            // A brace that belongs to the text stands before those of the place.
            if behind.starts_with('{') {
                out.push('{');
                rest = &rest[before.len() + 1..];
                continue;
            }
            let Some((place, after)) = behind.split_once("}}") else {
                rest = &rest[before.len()..];
                break;
            };
            match self.value(place) {
                Some(value) => out.push_str(&value),
                None => out.extend(["{{", place, "}}"]),
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }

    fn value(&mut self, place: &str) -> Option<String> {
        let end = place.find(['#', '@']).unwrap_or(place.len());
        let (what, name) = place.split_at(end);
        let (kind, argument) = what.split_once(':').unwrap_or((what, ""));
        if kind.starts_with("now") {
            return self.time(kind, argument);
        }
        let label = match name.chars().next() {
            Some('@') => place.to_owned(),
            Some(_) => format!("{} {place}", self.sample),
            None => {
                self.thrown += 1;
                format!("{} {what} {}", self.sample, self.thrown)
            }
        };
        let long = argument.parse().ok();
        match kind {
            "uuid" => {
                let bytes = self.bytes(&label, 16).try_into().ok()?;
                Some(Builder::from_random_bytes(bytes).into_uuid().to_string())
            }
            "id" => Some(format!("{argument}{}", self.of(MIXED, &label, 24))),
            "number" => Some(self.digits(&label, 10)),
            "digits" => Some(self.digits(&label, long?)),
            "hex" => Some(self.of(HEX, &label, long?)),
            "token" => Some(self.of(MIXED, &label, long?)),
            "upper" => Some(self.of(UPPER, &label, long?)),
            "lower" => Some(self.of(LOWER, &label, long?)),
            _ => None,
        }
    }

    fn time(&self, kind: &str, argument: &str) -> Option<String> {
        let later: i64 = match argument {
            "" => 0,
            seconds => seconds.parse().ok()?,
        };
        let micros = self.now.as_micros().saturating_add(later * 1_000_000);
        let at = jiff::Timestamp::from_microsecond(micros).ok()?;
        Some(match kind {
            "now" => at.as_second().to_string(),
            "now_ms" => at.as_millisecond().to_string(),
            "now_rfc3339" => format!("{at:.0}"),
            "now_rfc3339_ms" => format!("{at:.3}"),
            "now_sql" => at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            "now_date" => at.strftime("%Y-%m-%d").to_string(),
            _ => return None,
        })
    }

    /// The first digit is never 0.
    fn digits(&self, label: &str, long: usize) -> String {
        let mut text = self.of(b"0123456789", label, long);
        if text.starts_with('0') {
            text.replace_range(..1, "7");
        }
        text
    }

    fn of(&self, signs: &[u8], label: &str, long: usize) -> String {
        let bytes = self.bytes(label, long);
        let sign = |byte: &u8| signs.get(usize::from(*byte) % signs.len());
        bytes
            .iter()
            .filter_map(sign)
            .map(|&sign| char::from(sign))
            .collect()
    }

    fn bytes(&self, label: &str, long: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(long + 32);
        for block in 0_u32.. {
            if bytes.len() >= long {
                break;
            }
            let text = format!("{label} {block}");
            let digest = Algorithm::HmacSha256.digest(self.seed, text.as_bytes());
            bytes.extend(digest.unwrap_or_default());
        }
        bytes.truncate(long);
        bytes
    }
}
