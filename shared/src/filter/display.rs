//! From a filter back to text that reads as the same filter.

use std::fmt;

use super::Filter;
use super::expr::{Expr, Quantity, State, Test};
use super::json::{Check, JsonTest};
use super::key::{self, Key};
use super::lex::ends_word;
use super::pattern::Pattern;
use super::range::{Bounds, When};

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.root {
            Expr::Any(list) => join(f, list, " | "),
            Expr::All(list) => join(f, list, " "),
            other => inner(f, other),
        }
    }
}

fn join(f: &mut fmt::Formatter<'_>, list: &[Expr], between: &str) -> fmt::Result {
    for (at, expr) in list.iter().enumerate() {
        if at > 0 {
            f.write_str(between)?;
        }
        inner(f, expr)?;
    }
    Ok(())
}

/// What stands within another: lists get parentheses.
fn inner(f: &mut fmt::Formatter<'_>, expr: &Expr) -> fmt::Result {
    let (list, between) = match expr {
        Expr::All(list) => (list, " "),
        Expr::Any(list) => (list, " | "),
        Expr::Not(expr) => {
            f.write_str("!")?;
            return inner(f, expr);
        }
        Expr::Test(test) => return fmt::Display::fmt(test, f),
    };
    f.write_str("(")?;
    join(f, list, between)?;
    f.write_str(")")
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |key| key::name(key);
        match self {
            Self::Anywhere(pattern) => pattern.fmt(f),
            Self::Text(field, pattern) => write!(f, "{}:{pattern}", name(Key::Text(*field))),
            Self::Header { name, value } => {
                f.write_str("header:")?;
                quoted(f, name, &['='])?;
                value.iter().try_for_each(|value| write!(f, "={value}"))
            }
            Self::Body(pattern) => write!(f, "body:{pattern}"),
            Self::Json(test) => write!(f, "json:{test}"),
            Self::Number(quantity, bounds) => {
                write!(f, "{}:", name(Key::Number(*quantity)))?;
                let unit = match quantity {
                    Quantity::Took => "us",
                    _ => "",
                };
                number(f, *bounds, unit)
            }
            Self::Since(when) => write!(f, "since:{when}"),
            Self::Until(when) => write!(f, "until:{when}"),
            Self::Label(label) => write!(f, "label:{}", label.as_str()),
            Self::Is(state) => {
                let same = |(_, known): &&(&'static str, State)| known == state;
                let word = State::ALL.iter().find(same).map_or("", |(word, _)| word);
                write!(f, "is:{word}")
            }
            Self::Id(prefix) => write!(f, "id:{prefix}"),
            Self::ReplayOf(prefix) => write!(f, "replay-of:{prefix}"),
        }
    }
}

fn number(f: &mut fmt::Formatter<'_>, bounds: Bounds, unit: &str) -> fmt::Result {
    match bounds {
        Bounds { min, max } if min == max => write!(f, "={min}{unit}"),
        Bounds {
            min: 0,
            max: u64::MAX,
        } => write!(f, ">=0{unit}"),
        // Over what was written, not from one more on: that could be over a limit.
        Bounds { min, max: u64::MAX } => write!(f, ">{}{unit}", min - 1),
        Bounds { min: 0, max } => write!(f, "<={max}{unit}"),
        Bounds { min, max } => write!(f, "{min}{unit}..{max}{unit}"),
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ago(micros) => write!(f, "{micros}us"),
            // A timestamp's own text drops microseconds.
            Self::At(at) => match jiff::Timestamp::from_microsecond(at.as_micros()) {
                Ok(time) => time.fmt(f),
                Err(_) => at.fmt(f),
            },
        }
    }
}

impl fmt::Display for JsonTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path.fmt(f)?;
        match &self.check {
            Check::Present => Ok(()),
            Check::Text(pattern) => write!(f, "={pattern}"),
            Check::Number(op, text) => write!(f, "{}{text}", op.sign()),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, part) in self.parts().iter().enumerate() {
            if at > 0 {
                f.write_str("*")?;
            }
            quoted(f, part, &['*', '='])?;
        }
        Ok(())
    }
}

/// Writes a text so that it is read as nothing but text: in quotes, if any sign in it could mean
/// more.
fn quoted(f: &mut fmt::Formatter<'_>, text: &str, special: &[char]) -> fmt::Result {
    let means_more =
        |c: char| ends_word(c) || matches!(c, '"' | '\\' | '!' | ':') || special.contains(&c);
    if !text.contains(means_more) {
        return f.write_str(text);
    }
    f.write_str("\"")?;
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            f.write_str("\\")?;
        }
        write!(f, "{c}")?;
    }
    f.write_str("\"")
}
