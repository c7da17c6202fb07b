//! What verbs leave out by themselves, where the filter does not speak of it.

use super::Filter;
use super::expr::{Expr, Field, State, Test};
use crate::model::Label;

impl Filter {
    /// The same, but without replays; as it is where it asks itself why exchanges were on the
    /// road (`label:`, `is:replay`, `replay-of:`) or which they are (`id:`).
    #[must_use]
    pub fn without_replays(self) -> Self {
        self.without(Test::Is(State::Replay))
    }

    /// The same, but without what came from files; as it is where it asks itself, as above.
    #[must_use]
    pub fn without_imported(self) -> Self {
        self.without(Test::Label(Label::Imported))
    }

    /// The providers it asks for by their whole names, wherever they stand in it.
    #[must_use]
    pub fn providers(&self) -> Vec<&str> {
        let mut found = Vec::new();
        providers(&self.root, &mut found);
        found
    }

    fn without(self, test: Test) -> Self {
        if asks_which(&self.root) {
            return self;
        }
        let not = Expr::Not(Box::new(Expr::Test(test)));
        Self {
            root: Expr::all(vec![self.root, not]),
        }
    }
}

fn providers<'a>(expr: &'a Expr, found: &mut Vec<&'a str>) {
    match expr {
        Expr::All(list) | Expr::Any(list) => {
            list.iter().for_each(|inner| providers(inner, found));
        }
        Expr::Not(inner) => providers(inner, found),
        Expr::Test(Test::Text(Field::Provider, pattern)) => found.extend(pattern.literal()),
        Expr::Test(_) => {}
    }
}

fn asks_which(expr: &Expr) -> bool {
    match expr {
        Expr::All(list) | Expr::Any(list) => list.iter().any(asks_which),
        Expr::Not(inner) => asks_which(inner),
        Expr::Test(test) => matches!(
            test,
            Test::Label(_) | Test::Is(State::Replay) | Test::ReplayOf(_) | Test::Id(_)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    #[test]
    fn a_filter_leaves_out_what_it_does_not_speak_of() {
        for (given, narrowed) in [
            ("", "!is:replay"),
            ("status:5xx", "status:5xx !is:replay"),
            ("a | b", "(a | b) !is:replay"),
            ("label:replay", "label:replay"),
            ("status:5xx !label:live", "status:5xx !label:live"),
            ("a | !is:replay", "a | !is:replay"),
            ("replay-of:req_01k", "replay-of:req_01k"),
            ("id:req_01k", "id:req_01k"),
        ] {
            let filter = parse(given).unwrap().without_replays();
            assert_eq!(filter, parse(narrowed).unwrap(), "{given}");
        }
        let filter = parse("path:/a").unwrap().without_imported();
        assert_eq!(filter, parse("path:/a !label:imported").unwrap());
    }
}
