//! Questions as tests put them.

use bytes::Bytes;

use super::{Options, Reply, answer};
use crate::model::{Headers, Timestamp};
use crate::provider::check::With;
use crate::provider::{Draft, Key, Row, Secret, Table, sign};

pub(super) const NOW: Timestamp = Timestamp::from_micros(1_764_000_000_000_000);

/// A request as somebody sends it, and what is stored.
pub(super) struct Case {
    pub(super) row: Row,
    pub(super) draft: Draft,
    pub(super) secrets: Vec<Secret>,
    pub(super) options: Options,
}

impl Case {
    pub(super) fn new(provider: &str, method: &str, target: &str) -> Self {
        Self {
            row: Table::builtin().unwrap().get(provider).unwrap().clone(),
            draft: Draft {
                method: method.to_owned().into(),
                base: "https://hooks.example.com".into(),
                target: target.to_owned().into(),
                headers: Headers::new(),
                body: Bytes::new(),
            },
            secrets: Vec::new(),
            options: Options::default(),
        }
    }

    pub(super) fn json(provider: &str, body: &str) -> Self {
        let mut case =
            Self::new(provider, "POST", "/in").header("Content-Type", "application/json");
        case.draft.body = body.to_owned().into();
        case
    }

    pub(super) fn form(provider: &str, body: &str) -> Self {
        let kind = "application/x-www-form-urlencoded";
        let mut case = Self::new(provider, "POST", "/in").header("Content-Type", kind);
        case.draft.body = body.to_owned().into();
        case
    }

    pub(super) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.draft.headers.push(name, value.to_owned());
        self
    }

    pub(super) fn stored(mut self, label: &str, text: &str) -> Self {
        self.secrets.push(Secret::new(&self.row.id, label, text));
        self
    }

    /// Stored, and signed with.
    pub(super) fn signed(self, text: &str) -> Self {
        let case = self.stored("default", text);
        case.signed_by(text)
    }

    /// Signed with something that is not stored.
    pub(super) fn signed_by(mut self, text: &str) -> Self {
        let secret = Secret::new(&self.row.id, "signer", text);
        sign(
            &self.row,
            &mut self.draft,
            Key::Secret(&secret),
            NOW,
            "fresh",
        )
        .unwrap();
        self
    }

    pub(super) fn reply(&self) -> Option<Reply> {
        let with = With {
            secrets: &self.secrets,
            name: "any",
            at: NOW,
            tolerance: None,
            certificates: &[],
        };
        answer(&self.row, &self.draft.request(), true, &with, &self.options)
    }

    /// The reply in short: status and body, or why not, or nothing.
    pub(super) fn short(&self) -> String {
        match self.reply() {
            None => "no question".into(),
            Some(Reply::Left { why, .. }) => format!("left: {why}"),
            Some(Reply::Answer(answer)) => {
                let body = String::from_utf8(answer.body.to_vec()).unwrap();
                format!("{} {body}", answer.status).trim_end().to_owned()
            }
        }
    }
}

#[track_caller]
pub(super) fn expect(case: &Case, expected: &str) {
    assert_eq!(case.short(), expected, "{:?}", case.draft);
}
