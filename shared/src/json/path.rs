//! Paths into JSON: the part of JSONPath (RFC 9535) that names places.
//!
//! ```text
//! $.a.b  $['a b']  $.a[0]    one place
//! $.items[*].id  $.*         any element, any member
//! $..time                    at any depth
//! ```

use std::fmt;
use std::str::FromStr;

/// Most steps of a path: how far it has matched are the bits of a `u64`.
pub const MAX_STEPS: usize = 63;

/// One character of a path, and whether it stood in quotes (where nothing is special).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Char {
    /// The character.
    pub c: char,
    /// Whether it stood in quotes.
    pub quoted: bool,
    /// Where: 1 is the first of the whole text.
    pub column: usize,
}

impl Char {
    /// Whether it is this sign, and not in quotes.
    #[must_use]
    pub fn is(self, sign: char) -> bool {
        self.c == sign && !self.quoted
    }
}

/// A path that was read. [`Display`](fmt::Display) writes it so that it reads as the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Member(String),
    Element(usize),
    /// Any member, any element.
    Each,
    /// None or more steps of any kind.
    Deep,
}

/// A text that is no path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {message}")]
pub struct PathError {
    /// Where; 1 is the first character.
    pub column: usize,
    /// What is wrong.
    pub message: &'static str,
}

/// One step further into a document.
#[derive(Debug, Clone, Copy)]
pub enum At<'a> {
    /// To the member of this name.
    Member(&'a str),
    /// To this element; 0 is the first.
    Element(usize),
}

/// How far a path has matched on the way to a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress(u64);

impl Path {
    /// Reads a path from the beginning of a text, and gives what stands behind it.
    ///
    /// # Errors
    /// [`PathError`] with the column of the sign that is wrong.
    pub fn read(chars: &[Char]) -> Result<(Self, &[Char]), PathError> {
        let first = chars.split_first().filter(|(first, _)| first.is('$'));
        let Some((_, mut rest)) = first else {
            let column = chars.first().map_or(1, |char| char.column);
            return Err(fault(
                column,
                "a path into JSON begins with $, as in $.data.id",
            ));
        };
        let mut steps = Vec::new();
        while let Some((sign, behind)) = rest.split_first() {
            let column = sign.column;
            if steps.len() + 2 > MAX_STEPS {
                return Err(fault(column, "a path has at most 62 steps"));
            }
            if sign.is('.') {
                rest = behind;
                if let Some((_, behind)) = behind.split_first().filter(|(next, _)| next.is('.')) {
                    steps.push(Step::Deep);
                    rest = behind;
                    if rest.first().is_some_and(|next| next.is('[')) {
                        continue;
                    }
                }
                rest = member(rest, column, &mut steps)?;
            } else if sign.is('[') {
                let end = behind.iter().position(|char| char.is(']'));
                let end = end.ok_or_else(|| fault(column, "this bracket is never closed"))?;
                let (inside, behind) = behind.split_at(end);
                steps.push(element(inside, column)?);
                rest = behind.get(1..).unwrap_or_default();
            } else {
                break;
            }
        }
        Ok((Self { steps }, rest))
    }

    /// Names of members that stand on every way to the place it leads to.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().filter_map(|step| match step {
            Step::Member(name) => Some(&name[..]),
            _ => None,
        })
    }

    /// Before the first step.
    #[must_use]
    pub fn start(&self) -> Progress {
        self.settled(1)
    }

    /// One step further.
    #[must_use]
    pub fn advance(&self, progress: Progress, at: At<'_>) -> Progress {
        let mut next = 0;
        for (index, step) in self.steps.iter().enumerate() {
            if progress.0 >> index & 1 == 0 {
                continue;
            }
            let matches = match (step, at) {
                (Step::Member(own), At::Member(name)) => own == name,
                (Step::Element(own), At::Element(index)) => *own == index,
                (Step::Each, _) => true,
                (Step::Deep, _) => {
                    next |= 1 << index;
                    false
                }
                _ => false,
            };
            if matches {
                next |= 1 << (index + 1);
            }
        }
        self.settled(next)
    }

    /// Whether the path leads to this place.
    #[must_use]
    pub fn ends(&self, progress: Progress) -> bool {
        progress.0 >> self.steps.len() & 1 == 1
    }

    /// The last step, if it leads to one place.
    #[must_use]
    pub fn last(&self) -> Option<At<'_>> {
        match self.steps.last()? {
            Step::Member(name) => Some(At::Member(name)),
            Step::Element(index) => Some(At::Element(*index)),
            Step::Each | Step::Deep => None,
        }
    }

    /// `..` may match nothing: whoever stands before it stands behind it too.
    fn settled(&self, mut bits: u64) -> Progress {
        for (index, step) in self.steps.iter().enumerate() {
            if *step == Step::Deep && bits >> index & 1 == 1 {
                bits |= 1 << (index + 1);
            }
        }
        Progress(bits)
    }
}

fn member<'a>(
    chars: &'a [Char],
    dot: usize,
    steps: &mut Vec<Step>,
) -> Result<&'a [Char], PathError> {
    let ends = |char: &Char| !char.quoted && ".[=<>".contains(char.c);
    let end = chars.iter().position(ends).unwrap_or(chars.len());
    let (name, behind) = chars.split_at(end);
    if name.is_empty() {
        return Err(fault(dot, "a name is missing behind this dot"));
    }
    steps.push(named(name));
    Ok(behind)
}

fn named(name: &[Char]) -> Step {
    match name {
        [star] if star.is('*') => Step::Each,
        _ => Step::Member(name.iter().map(|char| char.c).collect()),
    }
}

fn element(inside: &[Char], bracket: usize) -> Result<Step, PathError> {
    if inside
        .first()
        .is_some_and(|first| first.quoted || first.is('*'))
    {
        return Ok(named(inside));
    }
    let text: String = inside.iter().map(|char| char.c).collect();
    let digits = text.bytes().all(|c| c.is_ascii_digit());
    let index = digits.then(|| text.parse().ok()).flatten();
    index
        .map(Step::Element)
        .ok_or_else(|| fault(bracket, "write [0], [*] or [\"name\"]"))
}

impl Progress {
    /// Whether nothing further on can be meant.
    #[must_use]
    pub fn is_lost(self) -> bool {
        self.0 == 0
    }
}

impl FromStr for Path {
    type Err = PathError;

    /// A path alone. Names stand in `'…'` or `"…"` where they hold signs; `\` takes the next
    /// character as it is.
    fn from_str(text: &str) -> Result<Self, PathError> {
        let chars = quoted(text)?;
        match Self::read(&chars)? {
            (path, []) => Ok(path),
            (_, [next, ..]) => Err(fault(next.column, "here a path goes on with . or [")),
        }
    }
}

fn quoted(text: &str) -> Result<Vec<Char>, PathError> {
    let mut chars = Vec::new();
    let mut opened: Option<Char> = None;
    let mut signs = text.chars().zip(1..);
    while let Some((c, column)) = signs.next() {
        let quoted = opened.is_some();
        match (opened, c) {
            (None, '\'' | '"') => opened = Some(Char { c, quoted, column }),
            (Some(mark), c) if mark.c == c => opened = None,
            (Some(_), '\\') => {
                chars.extend(signs.next().map(|(c, column)| Char { c, quoted, column }));
            }
            _ => chars.push(Char { c, quoted, column }),
        }
    }
    match opened {
        Some(mark) => Err(fault(mark.column, "these quotes are never closed")),
        None => Ok(chars),
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("$")?;
        let mut deep = false;
        for step in &self.steps {
            match step {
                Step::Deep => f.write_str("..")?,
                Step::Each => f.write_str("[*]")?,
                Step::Element(index) => write!(f, "[{index}]")?,
                Step::Member(name) if is_plain(name) => {
                    let dot = if deep { "" } else { "." };
                    write!(f, "{dot}{name}")?;
                }
                Step::Member(name) => {
                    let name = name.replace('\\', "\\\\").replace('"', "\\\"");
                    write!(f, "[\"{name}\"]")?;
                }
            }
            deep = *step == Step::Deep;
        }
        Ok(())
    }
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

fn fault(column: usize, message: &'static str) -> PathError {
    PathError { column, message }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn leads(path: &str, to: &[At<'_>]) -> bool {
        let path: Path = path.parse().unwrap();
        let end = to
            .iter()
            .fold(path.start(), |progress, at| path.advance(progress, *at));
        path.ends(end)
    }

    #[test]
    fn a_path_leads_where_it_says() {
        use At::{Element, Member};
        let place = [Member("a b"), Element(2), Member("id")];
        for path in [
            "$['a b'][2].id",
            "$[\"a b\"][*].id",
            "$.*[*][\"id\"]",
            "$..id",
            "$..[2].id",
            "$..*",
            "$.'a b'..id",
        ] {
            assert!(leads(path, &place), "{path}");
        }
        for path in [
            "$",
            "$.id",
            "$..[1].id",
            "$['a b'][2]",
            "$..id.x",
            "$[0][2].id",
        ] {
            assert!(!leads(path, &place), "{path}");
        }
    }

    #[test]
    fn what_is_no_path_is_pointed_at() {
        for (text, column) in [
            ("", 1),
            ("a", 1),
            ("$.", 2),
            ("$.a..", 4),
            ("$a", 2),
            ("$.a=1", 4),
            ("$[1", 2),
            ("$[x]", 2),
            ("$[]", 2),
            ("$['a", 3),
            ("$[-1]", 2),
        ] {
            assert_eq!(text.parse::<Path>().unwrap_err().column, column, "{text}");
        }
        let long = "$".to_owned() + &".a".repeat(MAX_STEPS);
        assert!(long.parse::<Path>().is_err());
    }

    proptest! {
        #[test]
        fn a_path_is_shown_so_that_it_reads_as_the_same(
            text in "\\$(\\.a|\\.\\.b|\\[[0-9*]\\]|\\['[^']{1,3}'\\]|\\.\\*){0,6}"
        ) {
            if let Ok(path) = text.parse::<Path>() {
                let shown = path.to_string();
                prop_assert_eq!(shown.parse::<Path>(), Ok(path), "{} was shown as {}", text, shown);
            }
        }

        #[test]
        fn any_text_is_a_path_or_an_error_with_a_place_in_it(text in "\\$[.\\[\\]*'\"\\\\a0=é]{0,12}") {
            if let Err(error) = text.parse::<Path>() {
                prop_assert!((1..=text.chars().count()).contains(&error.column));
            }
        }
    }
}
