//! What an exchange means for the sender: what it will do now, and what the developer should
//! know. Rests on what the row says, and says nothing where the row does not.

use std::fmt;
use std::time::Duration;

use serde::{Serialize, Serializer};

use super::request::Request;
use super::row::Row;
use super::verdict::Verdict;
use crate::model::Label;

/// What is known of an exchange.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The request.
    pub request: &'a Request<'a>,
    /// How long the answer took, from the request to its end; none if there is none.
    pub took: Option<Duration>,
    /// The status; none if the origin gave no answer.
    pub status: Option<u16>,
    /// Bytes of the answer's body.
    pub answer_bytes: u64,
    /// What the check of the signature found.
    pub verdict: &'a Verdict,
    /// What the first request with this delivery is called, if this is not the first.
    pub duplicate_of: Option<&'a str>,
    /// Whether a secret of this provider is stored for this name.
    pub has_secret: bool,
    /// Why the request was on the road.
    pub label: Label,
}

/// What the developer should know.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "advice", rename_all = "kebab-case")]
pub enum Advice {
    /// The sender did not wait that long.
    Late {
        /// The sender.
        provider: String,
        /// How long it took; in JSON, seconds.
        #[serde(serialize_with = "seconds")]
        took: Duration,
        /// How long the sender waits; in JSON, seconds.
        #[serde(serialize_with = "seconds")]
        within: Duration,
    },
    /// The sender does not go where the answer sends it.
    Redirect {
        /// The sender.
        provider: String,
        /// The status.
        status: u16,
    },
    /// The sender removes or disables the address.
    Gone {
        /// The sender.
        provider: String,
    },
    /// The sender does not try again after this status.
    NotRetried {
        /// The sender.
        provider: String,
        /// The status.
        status: u16,
    },
    /// The sender never tries again, and this one failed.
    NeverRetries {
        /// The sender.
        provider: String,
        /// The status, if there was an answer.
        status: Option<u16>,
    },
    /// The same delivery came before.
    Duplicate {
        /// The sender.
        provider: String,
        /// What the first one is called.
        of: String,
    },
    /// A secret is stored, and the sender did not sign.
    Unsigned {
        /// The sender.
        provider: String,
    },
    /// The signature is bad, and the origin took the request all the same.
    BadAccepted {
        /// The sender.
        provider: String,
        /// The status.
        status: u16,
    },
    /// The signature fits but is too old, or from the future, and the origin took the request all the
    /// same.
    AgeAccepted {
        /// The sender.
        provider: String,
        /// The status.
        status: u16,
    },
    /// The sender reads the answer, and it is empty.
    EmptyAnswer {
        /// The sender.
        provider: String,
    },
}

/// What should be known of an exchange with a known provider, the most pressing first.
#[must_use]
pub fn of(row: &Row, facts: &Facts<'_>) -> Vec<Advice> {
    let mut found = Vec::new();
    // What the relay had stored is answered already, whatever the origin says.
    if facts.label != Label::Stored {
        found.extend(late(row, facts));
        found.extend(consequence(row, facts));
        found.extend(empty(row, facts));
    }
    found.extend(signature(row, facts));
    let came_by_itself = matches!(facts.label, Label::Live | Label::Stored);
    if let Some(first) = facts.duplicate_of.filter(|_| came_by_itself) {
        found.push(Advice::Duplicate {
            provider: row.name.clone(),
            of: first.to_owned(),
        });
    }
    found
}

fn late(row: &Row, facts: &Facts<'_>) -> Option<Advice> {
    let within = Duration::try_from_secs_f64(row.answer_within?).ok()?;
    let took = facts.took.filter(|took| *took > within)?;
    Some(Advice::Late {
        provider: row.name.clone(),
        took,
        within,
    })
}

/// What the sender makes of the status.
fn consequence(row: &Row, facts: &Facts<'_>) -> Option<Advice> {
    let provider = row.name.clone();
    match facts.status {
        Some(410) if row.gone_ends_it => Some(Advice::Gone { provider }),
        Some(status @ 300..=399) => match row.follows_redirects {
            Some(false) => Some(Advice::Redirect { provider, status }),
            _ => None,
        },
        Some(status) if row.not_retried.contains(&status) => {
            Some(Advice::NotRetried { provider, status })
        }
        status if row.never_retries && status.is_none_or(|status| status >= 400) => {
            Some(Advice::NeverRetries { provider, status })
        }
        _ => None,
    }
}

fn signature(row: &Row, facts: &Facts<'_>) -> Option<Advice> {
    let provider = row.name.clone();
    let accepted = facts.status.filter(|status| (200..=299).contains(status));
    // With these providers only ask whether the address is there; they sign what they send.
    let asks = matches!(&*facts.request.method, b"GET" | b"HEAD");
    match (facts.verdict, accepted) {
        (Verdict::Unsigned, _) if facts.has_secret && !asks => Some(Advice::Unsigned { provider }),
        (Verdict::Bad { reason, .. }, Some(status)) if reason.is_age() => {
            Some(Advice::AgeAccepted { provider, status })
        }
        (Verdict::Bad { .. }, Some(status)) => Some(Advice::BadAccepted { provider, status }),
        _ => None,
    }
}

/// A 204 says itself that it is empty.
fn empty(row: &Row, facts: &Facts<'_>) -> Option<Advice> {
    let marks = &row.reads_answer_of;
    let reads = row.reads_answer
        && (marks.is_empty() || marks.iter().any(|mark| mark.holds(facts.request)));
    let is_empty = facts.answer_bytes == 0 && matches!(facts.status, Some(200..=203 | 205..=299));
    (reads && is_empty).then(|| Advice::EmptyAnswer {
        provider: row.name.clone(),
    })
}

fn seconds<S: Serializer>(time: &Duration, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_f64(time.as_secs_f64())
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Late {
                provider,
                took,
                within,
            } => {
                let (took, within) = (took.as_secs_f64(), within.as_secs_f64());
                write!(
                    f,
                    "{provider} waits {within} s for an answer, and this one took {took:.1} s: \
                     answer first, work later"
                )
            }
            Self::Redirect { provider, status } => write!(
                f,
                "{provider} does not follow redirects ({status}): give it the address it should \
                 use in the end"
            ),
            Self::Gone { provider } => write!(
                f,
                "{provider} takes a 410 to mean that this address is no more, and stops sending"
            ),
            Self::NotRetried { provider, status } => {
                write!(f, "{provider} does not send this again after a {status}")
            }
            Self::NeverRetries { provider, status } => {
                let what = status.map_or("no answer".to_owned(), |status| format!("a {status}"));
                write!(
                    f,
                    "{provider} never sends again, also not after {what}: replay it when it works"
                )
            }
            Self::Duplicate { provider, of } => write!(
                f,
                "{provider} sent this delivery before ({of}): a handler must take it only once"
            ),
            Self::Unsigned { provider } => write!(
                f,
                "a secret is stored, but {provider} did not sign this: is it set there too, or \
                 did somebody else send it?"
            ),
            Self::BadAccepted { provider, status } => write!(
                f,
                "the signature is bad by the secret of {provider} that is stored here, and the \
                 answer was {status}: the handler has another secret, or does not check"
            ),
            Self::AgeAccepted { provider, status } => write!(
                f,
                "the signature is not of a time that {provider} allows, and the answer was {status}: \
                 the handler does not check when it was made"
            ),
            Self::EmptyAnswer { provider } => {
                write!(f, "{provider} reads the answer to this, and it is empty")
            }
        }
    }
}

#[cfg(test)]
#[path = "advice_tests.rs"]
mod tests;
