//! Which header fields a request has, in a few words of memory: most marks need a field that most
//! requests do not have, and looking for each by name would cost more than all the rest.

use std::ops::BitOr;

use crate::model::Header;

/// A set of header field names. Two names may look the same in it: it can say that one is there
/// that is not, never the other way round.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Names([u64; 4]);

impl Names {
    /// The names of these fields.
    pub(super) fn of(headers: &[Header]) -> Self {
        let mut names = Self::default();
        headers.iter().for_each(|header| names.add(&header.name));
        names
    }

    /// Adds a name; case does not count.
    pub(super) fn add(&mut self, name: &[u8]) {
        // Eight bytes at a time, and case off for all of them at once; that some signs fall together
        // with it does no harm.
        let hash = name.chunks(8).fold(name.len() as u64, |hash, bytes| {
            let mut word = [0; 8];
            word.iter_mut()
                .zip(bytes)
                .for_each(|(to, byte)| *to = *byte);
            let word = u64::from_le_bytes(word) | 0x2020_2020_2020_2020;
            (hash.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        });
        let bit = (hash >> 56) as usize;
        self.0[bit / 64] |= 1 << (bit % 64);
    }

    /// Whether all of these may be there.
    pub(super) fn may_have(self, others: Self) -> bool {
        // Without branches: it is asked for a hundred marks in a row.
        let missing = |(own, other): (&u64, u64)| !own & other;
        self.0
            .iter()
            .zip(others.0)
            .map(missing)
            .fold(0, BitOr::bitor)
            == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Headers;

    #[test]
    fn a_name_that_is_there_is_never_missed_whatever_its_case() {
        let mut headers = Headers::new();
        for name in ["X-GitHub-Event", "content-type", "Stripe-Signature"] {
            headers.push(name, "");
        }
        let all = Names::of(headers.as_slice());
        for name in ["x-github-event", "Content-Type", "STRIPE-signature"] {
            let mut one = Names::default();
            one.add(name.as_bytes());
            assert!(all.may_have(one), "{name}");
        }
        let mut other = Names::default();
        other.add(b"X-Slack-Signature");
        assert!(!all.may_have(other));
        assert!(Names::default().may_have(Names::default()));
    }
}
