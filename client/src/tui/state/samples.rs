//! A choice of samples, narrowed down by what is typed.

use hookreel_shared::model::Name;
use hookreel_shared::provider::samples;
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::prompt::Line;

/// A sample that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The id of the provider's row.
    pub provider: &'static str,
    /// What it is called.
    pub name: String,
    /// What it is about.
    pub about: String,
}

/// Which sample to send.
#[derive(Debug, Clone)]
pub struct Samples {
    /// What is typed.
    pub line: Line,
    /// The name it is sent to.
    pub to: Name,
    /// All there are.
    all: Vec<Choice>,
    /// Places of those that are shown, the best first.
    found: Vec<usize>,
    /// Which of these the cursor is on.
    pub cursor: usize,
}

impl Samples {
    /// All samples, those of this provider first.
    #[must_use]
    pub fn new(to: Name, first: Option<&str>, text: &str) -> Self {
        let mut all: Vec<Choice> = samples::providers()
            .filter_map(|provider| Some((provider, samples::list(provider).ok()?)))
            .flat_map(|(provider, list)| {
                list.into_iter().map(move |sample| Choice {
                    provider,
                    name: sample.name,
                    about: sample.about,
                })
            })
            .collect();
        all.sort_by_key(|choice| Some(choice.provider) != first);
        let mut samples = Self {
            line: Line::new(text),
            to,
            all,
            found: Vec::new(),
            cursor: 0,
        };
        samples.typed();
        samples
    }

    /// Looks for what is typed now.
    pub fn typed(&mut self) {
        self.cursor = 0;
        let text = self.line.text().trim();
        if text.is_empty() {
            self.found = (0..self.all.len()).collect();
            return;
        }
        let pattern = Pattern::parse(text, CaseMatching::Smart, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut letters = Vec::new();
        let mut scored: Vec<(u32, usize)> = Vec::new();
        for (at, choice) in self.all.iter().enumerate() {
            let text = format!("{} {}", choice.provider, choice.name);
            let text = Utf32Str::new(&text, &mut letters);
            scored.extend(pattern.score(text, &mut matcher).map(|score| (score, at)));
        }
        scored.sort_by_key(|(score, at)| (std::cmp::Reverse(*score), *at));
        self.found = scored.into_iter().map(|(_, at)| at).collect();
    }

    /// Takes a text as if it were typed. What is too long for a line is no sample's name either.
    pub fn paste(&mut self, text: &str) {
        if self.line.paste(text).is_ok() {
            self.typed();
        }
    }

    /// Those that are shown, the best first.
    pub fn shown(&self) -> impl ExactSizeIterator<Item = &Choice> {
        self.found.iter().map(|at| &self.all[*at])
    }

    /// The one under the cursor.
    #[must_use]
    pub fn chosen(&self) -> Option<&Choice> {
        self.shown().nth(self.cursor)
    }

    /// Moves the cursor.
    pub fn step(&mut self, by: isize) {
        let last = self.found.len().saturating_sub(1);
        self.cursor = self.cursor.saturating_add_signed(by).min(last);
    }

    /// The first that is seen where there is room for so many.
    #[must_use]
    pub fn top(&self, room: usize) -> usize {
        (self.cursor + 1).saturating_sub(room)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(first: Option<&str>, text: &str) -> Samples {
        Samples::new("otter".parse().unwrap(), first, text)
    }

    fn chosen(samples: &Samples) -> String {
        let choice = samples.chosen().unwrap();
        format!("{} {}", choice.provider, choice.name)
    }

    #[test]
    fn letters_in_order_find_a_sample_and_the_provider_at_hand_comes_first() {
        assert_eq!(
            chosen(&samples(None, "stripe charge.succ")),
            "stripe charge.succeeded"
        );
        assert!(chosen(&samples(None, "ghpush")).starts_with("github push"));
        assert!(chosen(&samples(Some("slack"), "")).starts_with("slack "));
        assert_eq!(samples(None, "nothing is called so").chosen(), None);
    }

    #[test]
    fn the_cursor_stays_among_those_that_are_found() {
        let mut samples = samples(None, "stripe");
        samples.step(-3);
        assert_eq!(samples.cursor, 0);
        samples.step(10_000);
        assert_eq!(samples.cursor + 1, samples.shown().len());
        samples.line.set("stripe charge.succeeded");
        samples.typed();
        assert_eq!(samples.cursor, 0);
    }
}
