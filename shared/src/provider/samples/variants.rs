//! Requests that a handler meets sooner or later, and rarely while it is written: a wrong
//! signature, an old one, the same delivery twice, events in the wrong order.

use crate::model::Timestamp;
use crate::provider::algorithm::{Algorithm, Encoding};
use crate::provider::edit::Draft;
use crate::provider::row::Row;
use crate::provider::scheme::Scheme;
use crate::provider::sign::{Key, SignError, sign};

/// What is special about a series of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// Signed well, then one bit of the signature is turned: it looks right and is not.
    BadSignature,
    /// Signed well, but an hour ago, or longer if the provider allows more.
    OldTimestamp,
    /// The same delivery twice.
    Duplicate,
    /// The last event first.
    OutOfOrder,
}

/// A request of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// What it is, for people: `again`, `2 of 3`.
    pub label: String,
    /// The request, signed if the provider signs.
    pub draft: Draft,
}

/// Why there is no such series.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VariantError {
    /// It cannot be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// There is nothing to sign with.
    #[error("this needs a secret of {0} to sign with")]
    NoKey(String),
    /// The provider does not sign a time.
    #[error("{0} signs no time: an old signature of it is as good as a new one")]
    NoTime(String),
    /// The order of one request is always right.
    #[error("out of order needs two events or more")]
    OnlyOne,
}

/// Seconds that an old signature is old, at least.
const OLD: u64 = 3600;

/// The series of a variant. All drafts are of the same provider and not signed yet; `fresh` gives
/// ids that nobody has used before. Without `key`, only what needs no signature can be made.
///
/// # Errors
/// [`VariantError`] if this provider has no such thing, or something to sign with is missing.
pub fn vary(
    variant: Variant,
    row: &Row,
    drafts: &[Draft],
    key: Option<Key<'_>>,
    now: Timestamp,
    fresh: &mut dyn FnMut() -> String,
) -> Result<Vec<Made>, VariantError> {
    let needs_key = || match key {
        _ if row.scheme.is_empty() => Err(SignError::NotSigned(row.name.clone()).into()),
        None => Err(VariantError::NoKey(row.name.clone())),
        Some(key) => Ok(key),
    };
    let signed = |draft: &Draft, at, fresh: &str| -> Result<Draft, SignError> {
        let mut draft = draft.clone();
        if let Some(key) = key.filter(|_| !row.scheme.is_empty()) {
            sign(row, &mut draft, key, at, fresh)?;
        }
        Ok(draft)
    };
    match variant {
        Variant::BadSignature => {
            let key = needs_key()?;
            let bad = |draft: &Draft| {
                let mut draft = draft.clone();
                let done = sign(row, &mut draft, key, now, &fresh())?;
                for scheme in done.schemes.iter().filter_map(|name| row.scheme(name)) {
                    spoil(scheme, &mut draft);
                }
                Ok(made("bad signature", draft))
            };
            drafts.iter().map(bad).collect()
        }
        Variant::OldTimestamp => {
            needs_key()?;
            let old = |draft: &Draft| {
                let first = signed(draft, now, &fresh())?;
                let scheme = row
                    .scheme
                    .iter()
                    .find(|scheme| scheme.time.is_some() && scheme.is_there(&first.request()));
                let scheme = scheme.ok_or_else(|| VariantError::NoTime(row.name.clone()))?;
                let age = OLD.max(scheme.tolerance.unwrap_or(0).saturating_add(1));
                let age = i64::try_from(age).unwrap_or(i64::MAX);
                let then = now
                    .as_micros()
                    .saturating_sub(age.saturating_mul(1_000_000));
                let draft = signed(draft, Timestamp::from_micros(then), &fresh())?;
                Ok(made(&format!("signed {age} s ago"), draft))
            };
            drafts.iter().map(old).collect()
        }
        Variant::Duplicate => {
            let mut series = Vec::with_capacity(drafts.len() * 2);
            for draft in drafts {
                let once = signed(draft, now, &fresh())?;
                series.push(made("first", once.clone()));
                series.push(made("again, the same delivery", once));
            }
            Ok(series)
        }
        Variant::OutOfOrder => {
            if drafts.len() < 2 {
                return Err(VariantError::OnlyOne);
            }
            let all = drafts.len();
            let one = |(index, draft): (usize, &Draft)| {
                let draft = signed(draft, now, &fresh())?;
                Ok(made(&format!("{} of {all}", index + 1), draft))
            };
            let series = drafts.iter().enumerate().map(one);
            let mut series = series.collect::<Result<Vec<_>, VariantError>>()?;
            series.reverse();
            Ok(series)
        }
    }
}

fn made(label: &str, draft: Draft) -> Made {
    Made {
        label: label.to_owned(),
        draft,
    }
}

/// Makes each signature of a scheme wrong and leaves its form.
fn spoil(scheme: &Scheme, draft: &mut Draft) {
    let at = &scheme.signature.at;
    let written = scheme.signature.read(&draft.request());
    let Some(mut whole) = at.read(&draft.request()) else {
        return;
    };
    for value in written {
        let wrong = match scheme.algorithm {
            Algorithm::Token => other_text(&value),
            _ => other_bytes(scheme.encoding, &value),
        };
        whole = whole.replace(&value, &wrong);
    }
    draft.set(at, &whole);
}

/// The same length, another last character.
fn other_text(value: &str) -> String {
    let mut text = value.to_owned();
    let last = text.pop();
    text.push(if last == Some('0') { '1' } else { '0' });
    text
}

fn other_bytes(encoding: Encoding, value: &str) -> String {
    let mut bytes = encoding.decode(value).unwrap_or_default();
    match bytes.last_mut() {
        Some(last) => *last ^= 1,
        None => return other_text(value),
    }
    encoding.encode(&bytes)
}

#[cfg(test)]
#[path = "variants_tests.rs"]
mod tests;
