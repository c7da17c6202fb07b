//! What many attempts came to.

use std::collections::BTreeMap;
use std::time::Duration;

use hookreel_shared::model::{Exchange, Summary as Brief};

use super::verdict::{Verdict, passes};

/// Figures of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    statuses: BTreeMap<u16, u64>,
    failures: BTreeMap<String, u64>,
    verdicts: BTreeMap<Verdict, u64>,
    took: Vec<Duration>,
    /// Attempts whose answer is another one than that of the original.
    pub differing: u64,
    /// Attempts that did not end with a 2xx answer.
    pub failing: u64,
    /// Requests that could not be sent again.
    pub refused: u64,
    /// Attempts that were not made, as the run was stopped before.
    pub left: u64,
}

impl Summary {
    /// Adds an attempt.
    pub fn add(&mut self, attempt: &Exchange, verdict: Verdict, differences: usize) {
        match (attempt.failure(), &attempt.response) {
            (Some(failure), _) => *self.failures.entry(failure.to_string()).or_default() += 1,
            (None, Some(head)) => *self.statuses.entry(head.status).or_default() += 1,
            (None, None) => {}
        }
        *self.verdicts.entry(verdict).or_default() += 1;
        self.took
            .push(Brief::from(attempt).took.unwrap_or_default());
        self.differing += u64::from(differences > 0);
        self.failing += u64::from(!passes(attempt));
    }

    /// Attempts made.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.took.len() as u64
    }

    /// How often each status came whole, the lowest first.
    pub fn statuses(&self) -> impl Iterator<Item = (u16, u64)> {
        self.statuses
            .iter()
            .map(|(status, count)| (*status, *count))
    }

    /// How often each failure occurred, in words.
    pub fn failures(&self) -> impl Iterator<Item = (&str, u64)> {
        self.failures
            .iter()
            .map(|(kind, count)| (kind.as_str(), *count))
    }

    /// How many attempts got this verdict.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> u64 {
        self.verdicts.get(&verdict).copied().unwrap_or_default()
    }

    /// The time that this share of the attempts (0 to 1) did not exceed; none if there were none.
    #[must_use]
    pub fn percentile(&self, share: f64) -> Option<Duration> {
        let mut took = self.took.clone();
        took.sort_unstable();
        // The nearest rank: the smallest time that enough attempts kept to.
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "counts of attempts"
        )]
        let rank = (share.clamp(0.0, 1.0) * took.len() as f64).ceil() as usize;
        took.get(rank.max(1) - 1).copied()
    }
}

#[cfg(test)]
mod tests {
    use hookreel_shared::model::FailureKind;

    use super::super::testing::{answered, at, exchange, failed};
    use super::*;

    #[test]
    fn figures_are_counted_by_status_failure_and_verdict() {
        let mut summary = Summary::default();
        assert_eq!(summary.percentile(0.5), None);
        let came = || exchange("/", &[], b"");
        summary.add(&answered(came(), 200, b""), Verdict::Fixed, 3);
        summary.add(&answered(came(), 200, b""), Verdict::StillPassing, 0);
        summary.add(&answered(came(), 404, b""), Verdict::Regressed, 1);
        let down = failed(came(), FailureKind::OriginRefused);
        summary.add(&down, Verdict::StillFailing, 1);
        assert_eq!(summary.sent(), 4);
        assert_eq!(summary.statuses().collect::<Vec<_>>(), [(200, 2), (404, 1)]);
        let failures: Vec<_> = summary.failures().collect();
        assert_eq!(failures, [("the origin refused the connection", 1)]);
        assert_eq!((summary.differing, summary.failing), (3, 2));
        assert_eq!(Verdict::ALL.map(|verdict| summary.count(verdict)), [1; 4]);
    }

    #[test]
    fn percentiles_are_the_nearest_rank() {
        let mut summary = Summary::default();
        for ms in (1..=100).rev() {
            let mut attempt = answered(exchange("/", &[], b""), 200, b"");
            attempt.closed_at = Some(at(ms));
            summary.add(&attempt, Verdict::Fixed, 0);
        }
        let of = |share| summary.percentile(share).map(|took| took.as_millis());
        assert_eq!([0.0, 0.5, 0.99, 1.0].map(of), [1, 50, 99, 100].map(Some));
    }
}
