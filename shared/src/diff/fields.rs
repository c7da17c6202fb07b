//! Header fields: values by name, duplicates one by one, order.

use super::{Change, Ignores, Kind, MessageDiff};
use crate::model::Headers;

impl MessageDiff {
    /// Compares fields by name (case does not count, RFC 9110 §5.1) and, where a name occurs
    /// more than once, by its place among them.
    pub(super) fn fields(&mut self, what: &str, [a, b]: [&Headers; 2], ignores: &Ignores) {
        let (names_a, names_b) = (names(a), names(b));
        let mut before = self.changes.len();
        let all = names_a
            .iter()
            .chain(names_b.iter().filter(|key| !names_a.contains(key)));
        for (name, nth) in all {
            let (old, new) = (a.all(name).nth(*nth), b.all(name).nth(*nth));
            if old == new {
                continue;
            }
            if ignores.names(&format!("{what}:{name}")) {
                self.ignored += 1;
                continue;
            }
            let old = old.map(|value| &value[..]);
            let new = new.map(|value| &value[..]);
            self.changes
                .push(Change::new(format!("{what}:{name}"), old, new));
        }
        let kept = |names: &[(String, usize)], others: &[(String, usize)]| -> Vec<String> {
            let both = names.iter().filter(|key| others.contains(key));
            let shown = both.filter(|(name, _)| !ignores.names(&format!("{what}:{name}")));
            shown.map(|(name, _)| name.clone()).collect()
        };
        let (order_a, order_b) = (kept(&names_a, &names_b), kept(&names_b, &names_a));
        if order_a != order_b {
            before = before.min(self.changes.len());
            let moved = Change {
                place: format!("{what} order"),
                kind: Kind::Moved,
                before: Some(order_a.join(", ")),
                after: Some(order_b.join(", ")),
            };
            self.changes.insert(before, moved);
        }
    }
}

/// Each field as its name in lower case and how many of that name stand before it.
fn names(headers: &Headers) -> Vec<(String, usize)> {
    let mut names: Vec<(String, usize)> = Vec::with_capacity(headers.len());
    for header in headers {
        let name = String::from_utf8_lossy(&header.name).to_ascii_lowercase();
        let nth = names.iter().filter(|(other, _)| *other == name).count();
        names.push((name, nth));
    }
    names
}
