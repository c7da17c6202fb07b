//! Which protocol version two peers speak: the highest that both know.

use serde::{Deserialize, Serialize};

/// The versions this build speaks.
pub const SUPPORTED: VersionRange = VersionRange { min: 1, max: 1 };

/// An inclusive range of protocol versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionRange {
    /// Lowest version spoken.
    pub min: u16,
    /// Highest version spoken.
    pub max: u16,
}

impl VersionRange {
    /// The highest version in both ranges, if there is one.
    #[must_use]
    pub fn negotiate(self, other: Self) -> Option<u16> {
        let highest = self.max.min(other.max);
        (highest >= self.min.max(other.min)).then_some(highest)
    }
}

impl std::fmt::Display for VersionRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.min == self.max {
            write!(f, "{}", self.min)
        } else {
            write!(f, "{} to {}", self.min, self.max)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_common_version_wins_and_none_is_none() {
        let range = |min, max| VersionRange { min, max };
        for (a, b, expected) in [
            (range(1, 1), range(1, 1), Some(1)),
            (range(1, 3), range(2, 5), Some(3)),
            (range(4, 5), range(1, 9), Some(5)),
            (range(1, 2), range(3, 4), None),
            (range(3, 2), range(1, 9), None),
        ] {
            assert_eq!(a.negotiate(b), expected, "{a} and {b}");
            assert_eq!(b.negotiate(a), expected, "{b} and {a}");
        }
    }
}
