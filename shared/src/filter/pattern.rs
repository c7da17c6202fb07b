//! Texts with `*` for any text, matched in one pass.

use std::borrow::Cow;

use memchr::memmem::Finder;

use super::lex::Char;

/// A text in which `*` stands for any text.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    /// What stands between the stars; one part alone is the whole text.
    parts: Vec<String>,
    /// Of each part: a search is made ready once, not for each text.
    finders: Vec<Finder<'static>>,
    /// Whether upper and lower case are the same. The parts are then in lower case.
    fold: bool,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        (&self.parts, self.fold) == (&other.parts, other.fold)
    }
}

impl Eq for Pattern {}

impl Pattern {
    /// From the characters of a word. Stars in quotes are just stars.
    pub(super) fn new(chars: &[Char], fold: bool) -> Self {
        let mut parts = vec![String::new()];
        let mut starred = false;
        for char in chars {
            if char.is('*') {
                // `**` says no more than `*`.
                if !starred {
                    parts.push(String::new());
                }
                starred = true;
                continue;
            }
            starred = false;
            if let Some(part) = parts.last_mut() {
                if fold {
                    part.extend(char.c.to_lowercase());
                } else {
                    part.push(char.c);
                }
            }
        }
        let finder = |part: &String| Finder::new(part).into_owned();
        Self {
            finders: parts.iter().map(finder).collect(),
            parts,
            fold,
        }
    }

    /// The parts between the stars.
    pub(super) fn parts(&self) -> &[String] {
        &self.parts
    }

    /// The text, if it has no star.
    pub(super) fn literal(&self) -> Option<&str> {
        match &self.parts[..] {
            [only] => Some(only),
            _ => None,
        }
    }

    /// Whether it is the whole of `text`.
    pub(super) fn is(&self, text: &str) -> bool {
        if self.fold {
            self.is_folded(&fold(text))
        } else {
            self.is_folded(text)
        }
    }

    fn is_folded(&self, text: &str) -> bool {
        let [first, rest @ ..] = &self.parts[..] else {
            return text.is_empty();
        };
        let Some(last) = rest.last() else {
            return text == first;
        };
        let Some(text) = text.strip_prefix(first.as_str()) else {
            return false;
        };
        let Some(text) = text.strip_suffix(last.as_str()) else {
            return false;
        };
        in_order(&self.finders[1..rest.len()], text)
    }

    /// Whether it stands anywhere in `folded`, a text that went through [`fold`].
    pub(super) fn is_in(&self, folded: &str) -> bool {
        in_order(&self.finders, folded)
    }

    /// Whether it could stand in a text of these characters.
    pub(super) fn is_perhaps_of(&self, chars: &str) -> bool {
        let all = |part: &String| part.chars().all(|char| chars.contains(char));
        self.parts.iter().all(all)
    }

    /// Whether it stands anywhere in one of these texts.
    pub(super) fn is_in_any<'a>(&self, texts: impl Iterator<Item = Cow<'a, str>>) -> bool {
        // Where it cannot reach across their ends, one search through all takes less than many.
        let is_one_line = self.literal().is_some_and(|text| !text.contains('\n'));
        let mut folded = String::new();
        for text in texts {
            fold_into(&text, &mut folded);
            if is_one_line {
                folded.push('\n');
            } else if self.is_in(&folded) {
                return true;
            } else {
                folded.clear();
            }
        }
        is_one_line && self.is_in(&folded)
    }
}

/// Whether the parts stand in the text one behind the other. The first place of each is as good
/// as any later one, so one pass is enough.
fn in_order(parts: &[Finder<'_>], text: &str) -> bool {
    let mut rest = text.as_bytes();
    for part in parts {
        let Some(found) = part.find(rest) else {
            return false;
        };
        rest = &rest[found + part.needle().len()..];
    }
    true
}

/// Lower case, character by character: the same for a text and for any piece of it.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::new();
    fold_into(text, &mut folded);
    folded
}

/// As [`fold`], behind what stands in `folded` already.
pub(super) fn fold_into(text: &str, folded: &mut String) {
    if text.is_ascii() {
        let begin = folded.len();
        folded.push_str(text);
        folded[begin..].make_ascii_lowercase();
    } else {
        folded.extend(text.chars().flat_map(char::to_lowercase));
    }
}

#[cfg(test)]
mod tests {
    use super::super::lex::{Kind, lex};
    use super::*;

    fn pattern(text: &str) -> Pattern {
        let tokens = lex(text).unwrap();
        let Kind::Word(chars) = &tokens[0].kind else {
            panic!("{text}: no word")
        };
        Pattern::new(chars, true)
    }

    #[test]
    fn stars_stand_for_any_text_and_the_rest_must_be_all_there() {
        for (glob, text, expected) in [
            ("a", "A", true),
            ("a", "ab", false),
            ("a*", "ab", true),
            ("a*", "a", true),
            ("*a", "ba", true),
            ("*a", "ab", false),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("ab*ba", "aba", false),
            ("a**b", "a-b", true),
            ("a*b*c", "a-c-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("*", "", true),
            ("\"*\"", "x", false),
            ("\"*\"", "*", true),
            ("ÄÖ*", "äöü", true),
        ] {
            assert_eq!(pattern(glob).is(text), expected, "{glob} on {text}");
        }
    }

    #[test]
    fn a_text_is_found_in_one_of_several_but_never_across_two() {
        for (glob, expected) in [
            ("two", true),
            ("TWO", true),
            ("onetwo", false),
            ("\"one\ntwo\"", false),
            ("\"with\nline\"", true),
            ("o*e", true),
            ("o*two", false),
        ] {
            let texts = ["One", "tWo", "with\nline"].map(Cow::Borrowed);
            let found = pattern(glob).is_in_any(texts.into_iter());
            assert_eq!(found, expected, "{glob}");
        }
        assert!(!pattern("a").is_in_any(std::iter::empty()));
    }
}
