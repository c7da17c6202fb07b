//! Questions that providers ask of an address before they send anything, and what they want to
//! hear.
//!
//! An answer must not help anybody but the provider who asked: what is given back is checked for
//! its form first, so that nobody has foreign text signed or shown from our address; it is never
//! HTML; and where the provider signs the question, only a good signature is answered.

mod asked;
mod form;
#[cfg(test)]
mod testing;

use std::collections::BTreeSet;
use std::fmt;

use asked::Asked;
use bytes::Bytes;
use serde::Serialize;

use crate::model::Headers;
use crate::provider::check::{With, check, secrets_of};
use crate::provider::request::Request;
use crate::provider::row::{Handshake, Row};
use crate::provider::secret::Secret;
use crate::provider::table::Table;
use crate::provider::verdict::Verdict;

/// Questions with a longer body are none: those that providers ask are short.
const BODY_UP_TO: usize = 64 * 1024;
/// The label of the secret that Meta is told when a webhook is set up.
pub const VERIFY_TOKEN: &str = "verify-token";

/// What is answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Questions that are left to the origin.
    pub off: BTreeSet<Handshake>,
}

/// What became of a question.
#[derive(Debug, Clone)]
pub enum Reply {
    /// It is answered so.
    Answer(Answer),
    /// It is left to the origin.
    Left {
        /// The question.
        which: Handshake,
        /// Why.
        why: Why,
    },
}

/// An answer to a question.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The question.
    pub which: Handshake,
    /// The status.
    pub status: u16,
    /// The head.
    pub headers: Headers,
    /// The body.
    pub body: Bytes,
    /// The secret of all that follow, where the question is how it is handed over. Anybody can
    /// ask: it is for the user to say whether it is kept.
    pub learned: Option<Secret>,
}

/// Why a question is not answered.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "why", rename_all = "kebab-case")]
pub enum Why {
    /// It is switched off.
    Off,
    /// What should be given back does not look like anything the provider would send.
    Form {
        /// Where it stands.
        what: &'static str,
    },
    /// No secret is stored with which it could be checked or answered.
    NoSecret,
    /// None of the secrets stored is the token that came; they may be for signatures alone.
    Token,
    /// It is not signed well.
    Signature(Verdict),
}

/// What to answer to a request from a known provider; none if it is no such question. `whole` is
/// whether the body is all of what came.
#[must_use]
pub fn answer(
    row: &Row,
    request: &Request<'_>,
    whole: bool,
    with: &With<'_>,
    options: &Options,
) -> Option<Reply> {
    if request.body.len() > BODY_UP_TO {
        return None;
    }
    let asked = Asked {
        row,
        request,
        whole,
        with,
    };
    row.handshake.iter().find_map(|&which| {
        let reply = asked.reply(which)?;
        if options.off.contains(&which) {
            return Some(Reply::Left {
                which,
                why: Why::Off,
            });
        }
        Some(match reply {
            Ok(content) => Reply::Answer(content.answer(which)),
            Err(why) => Reply::Left { which, why },
        })
    })
}

/// What to answer to a request that no provider's marks are in: some only look whether an address is
/// there, and say nothing of themselves. Who is expected is known by whose secrets are stored, so
/// that nobody else's requests are taken for theirs; where the secret stands in the address, it must.
/// What is left to the origin is left without a word.
#[must_use]
pub fn unmarked<'t>(
    table: &'t Table,
    request: &Request<'_>,
    with: &With<'_>,
    options: &Options,
) -> Option<(&'t Row, Reply)> {
    if !request.body.is_empty() {
        return None;
    }
    let expected = table
        .rows()
        .filter(|row| secrets_of(row, with).next().is_some());
    let mut asked = expected.filter_map(|row| {
        let reply = answer(row, request, true, with, options)?;
        let Reply::Answer(Answer { which, .. }) = &reply else {
            return None;
        };
        let is_its = match which {
            Handshake::ReachableByHead | Handshake::AspNetEcho => true,
            Handshake::Reachable => check(row, request, true, with).verdict == Verdict::Good,
            _ => false,
        };
        is_its.then_some((row, reply))
    });
    asked.next()
}

impl fmt::Display for Handshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DropboxChallenge => "a challenge of Dropbox",
            Self::MetaChallenge => "a challenge of Meta",
            Self::GraphValidation => "a validation by Microsoft Graph",
            Self::SlackVerification => "a URL verification by Slack",
            Self::ZoomValidation => "a URL validation by Zoom",
            Self::DiscordPing => "a ping of Discord",
            Self::Reachable | Self::ReachableByHead => "a look whether the address is there",
            Self::WooCommercePing => "a ping of WooCommerce",
            Self::MandrillTest => "a test of Mailchimp Transactional",
            Self::AspNetEcho => "a check by ASP.NET WebHooks",
            Self::GitHubPing => "a ping of GitHub",
            Self::AsanaSecret => "a secret handed over by Asana",
            Self::NotionToken => "a verification token of Notion",
            Self::XeroIntent => "an intent to receive of Xero",
        })
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("answering it is switched off"),
            Self::Form { what } => write!(f, "{what} is nothing that the provider would send"),
            Self::NoSecret => f.write_str("no secret of this provider is stored"),
            Self::Token => f.write_str("its token is none of the secrets stored"),
            Self::Signature(verdict) => write!(f, "{verdict}"),
        }
    }
}

#[cfg(test)]
#[path = "challenge_tests.rs"]
mod tests;
