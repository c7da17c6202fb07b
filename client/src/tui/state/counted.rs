//! Which exchanges were counted: the feed tells of them, and so does the history, in any order.

use std::collections::{HashSet, VecDeque};

use hookreel_shared::model::ExchangeId;

/// More than can be told by the one and not yet by the other: what is recorded waits in queues of
/// this length at most.
const REMEMBERED: usize = 16_384;

/// The latest that were counted.
#[derive(Debug, Clone, Default)]
pub struct Counted {
    known: HashSet<ExchangeId>,
    order: VecDeque<ExchangeId>,
}

impl Counted {
    /// Remembers one. Whether it is new; takes the same time however many there are.
    pub fn add(&mut self, id: ExchangeId) -> bool {
        if !self.known.insert(id) {
            return false;
        }
        if self.order.len() == REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        self.order.push_back(id);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::testing::id;

    #[test]
    fn each_is_new_once_and_the_oldest_are_forgotten() {
        let mut counted = Counted::default();
        let many = u32::try_from(REMEMBERED).unwrap();
        for n in 0..many {
            assert!(counted.add(id(n)) && !counted.add(id(n)), "{n}");
        }
        assert!(!counted.add(id(0)), "still known");
        assert!(counted.add(id(many)));
        assert!(counted.add(id(0)), "forgotten");
        assert_eq!(counted.known.len(), REMEMBERED);
    }
}
