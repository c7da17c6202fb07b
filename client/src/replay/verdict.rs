//! What became better or worse when a request was sent again.

use std::fmt;
use std::str::FromStr;

use hookreel_shared::diff::{Ignore, Ignores, Kind, responses};
use hookreel_shared::model::Exchange;

/// An answer against the one it repeats. An answer passes if its status is 2xx and it came whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It failed, and passes now.
    Fixed,
    /// It passed, and fails now.
    Regressed,
    /// It fails as it did.
    StillFailing,
    /// It passes as it did.
    StillPassing,
}

impl Verdict {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Fixed,
        Self::Regressed,
        Self::StillFailing,
        Self::StillPassing,
    ];

    /// Of an attempt, against what it repeats.
    #[must_use]
    pub fn of(original: &Exchange, attempt: &Exchange) -> Self {
        match (passes(original), passes(attempt)) {
            (false, true) => Self::Fixed,
            (true, false) => Self::Regressed,
            (false, false) => Self::StillFailing,
            (true, true) => Self::StillPassing,
        }
    }

    /// The word for it, for people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::Regressed => "regressed",
            Self::StillFailing => "still failing",
            Self::StillPassing => "still passing",
        }
    }

    /// The word for it, for programs.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::Regressed => "regressed",
            Self::StillFailing => "still_failing",
            Self::StillPassing => "still_passing",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether an exchange ended with a 2xx answer.
#[must_use]
pub fn passes(exchange: &Exchange) -> bool {
    let good = |status| (200..300).contains(&status);
    exchange.failure().is_none()
        && exchange
            .response
            .as_ref()
            .is_some_and(|head| good(head.status))
}

/// In how many places two answers differ, but for their date.
#[must_use]
pub fn differences(original: &Exchange, attempt: &Exchange) -> usize {
    let ignores: Ignores = Ignore::from_str("header:date").into_iter().collect();
    let diff = responses(original, attempt, &ignores);
    let changed = |change: &&hookreel_shared::diff::Change| change.kind != Kind::Same;
    diff.changes.iter().filter(changed).count()
}

#[cfg(test)]
mod tests {
    use hookreel_shared::model::FailureKind;

    use super::super::testing::{answered, exchange, failed};
    use super::*;

    fn with(status: u16, body: &[u8]) -> Exchange {
        answered(exchange("/", &[], b""), status, body)
    }

    #[test]
    fn the_four_verdicts_follow_from_both_answers() {
        let refused = failed(exchange("/", &[], b""), FailureKind::OriginRefused);
        let table = [
            (with(500, b""), with(204, b""), Verdict::Fixed),
            (refused.clone(), with(200, b""), Verdict::Fixed),
            (with(201, b""), with(302, b""), Verdict::Regressed),
            (with(200, b""), refused.clone(), Verdict::Regressed),
            (with(404, b""), with(500, b""), Verdict::StillFailing),
            (exchange("/", &[], b""), refused, Verdict::StillFailing),
            (with(200, b""), with(202, b""), Verdict::StillPassing),
        ];
        for (original, attempt, verdict) in table {
            assert_eq!(Verdict::of(&original, &attempt), verdict);
        }
    }

    #[test]
    fn an_answer_that_broke_off_fails_whatever_its_status() {
        let mut broken = with(200, b"half");
        broken.stage = hookreel_shared::model::Stage::Failed(FailureKind::OriginAborted.into());
        assert!(!passes(&broken));
    }

    #[test]
    fn another_date_is_no_difference_and_everything_else_is() {
        let one = with(200, b"{\"a\":1,\"b\":2}");
        let mut two = with(200, b"{\"b\":2,\"a\":1}");
        let head = std::sync::Arc::make_mut(two.response.as_mut().unwrap());
        head.headers.remove("date");
        head.headers.push("Date", "another");
        assert_eq!(differences(&one, &two), 0);
        assert_eq!(differences(&one, &with(500, b"{\"a\":1,\"b\":3}")), 2);
    }
}
