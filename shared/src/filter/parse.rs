//! From words and signs to a filter.
//!
//! ```text
//! filter = [ or ]            or  = and *( "|" and )        and = 1*not
//! not    = "!" not / "(" or ")" / word / key ":" value *( "|" value )
//! ```

use super::Filter;
use super::error::{Fault, FilterError};
use super::expr::{Expr, Test};
use super::key;
use super::lex::{Char, Kind, Token, lex};
use super::pattern::Pattern;

/// Longest filter, in characters.
pub const MAX_CHARS: usize = 4096;

/// Deepest nesting of parentheses, `!` and lists of values.
pub const MAX_DEPTH: usize = 32;

/// Most words in a filter: each may cost a pass over both bodies.
pub const MAX_TERMS: usize = 64;

/// Reads a filter. Text without a word lets everything through.
///
/// # Errors
/// [`FilterError`] with the column, if the text does not follow the language (see the
/// [module](super)) or is over [`MAX_CHARS`], [`MAX_DEPTH`] or [`MAX_TERMS`].
pub fn parse(text: &str) -> Result<Filter, FilterError> {
    if text.chars().nth(MAX_CHARS).is_some() {
        let message = format!("a filter has at most {MAX_CHARS} characters");
        // Without the text: nobody reads an error that long.
        return Err(Fault::new(MAX_CHARS + 1, message).within(""));
    }
    read(text)
        .map(|root| Filter { root })
        .map_err(|fault| fault.within(text))
}

fn read(text: &str) -> Result<Expr, Fault> {
    let tokens = lex(text)?;
    if tokens.is_empty() {
        return Ok(Expr::All(Vec::new()));
    }
    let mut parser = Parser {
        tokens: &tokens,
        at: 0,
        depth: 0,
        terms: 0,
        end: text.chars().count() + 1,
    };
    let root = parser.or()?;
    match parser.peek() {
        None => Ok(root),
        Some(token) => Err(Fault::new(token.column, "this parenthesis closes nothing")),
    }
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    depth: usize,
    terms: usize,
    /// The column behind the text.
    end: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.at)
    }

    fn next_is(&self, kind: &Kind) -> bool {
        self.peek().is_some_and(|token| token.kind == *kind)
    }

    fn or(&mut self) -> Result<Expr, Fault> {
        let mut list = vec![self.and()?];
        while self.next_is(&Kind::Or) {
            self.at += 1;
            list.push(self.and()?);
        }
        Ok(Expr::any(list))
    }

    fn and(&mut self) -> Result<Expr, Fault> {
        let mut list = vec![self.not()?];
        while !(self.peek().is_none() || self.next_is(&Kind::Or) || self.next_is(&Kind::Close)) {
            list.push(self.not()?);
        }
        Ok(Expr::all(list))
    }

    fn not(&mut self) -> Result<Expr, Fault> {
        let Some(token) = self.peek() else {
            return Err(Fault::new(self.end, "a word is missing at the end"));
        };
        match &token.kind {
            Kind::Or => Err(Fault::new(token.column, "a word is missing before |")),
            Kind::Close => Err(Fault::new(token.column, "a word is missing before )")),
            Kind::Not => {
                self.at += 1;
                self.deeper(token.column)?;
                let inner = self.not()?;
                self.depth -= 1;
                Ok(Expr::Not(Box::new(inner)))
            }
            Kind::Open => {
                self.at += 1;
                self.deeper(token.column)?;
                let inner = self.or()?;
                self.depth -= 1;
                if !self.next_is(&Kind::Close) {
                    return Err(Fault::new(token.column, "this parenthesis is never closed"));
                }
                self.at += 1;
                Ok(inner)
            }
            Kind::Word(chars) => {
                self.at += 1;
                self.word(chars, token.column)
            }
        }
    }

    fn deeper(&mut self, column: usize) -> Result<(), Fault> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let message = format!("this is nested more than {MAX_DEPTH} deep");
            return Err(Fault::new(column, message));
        }
        Ok(())
    }

    fn count(&mut self, column: usize) -> Result<(), Fault> {
        self.terms += 1;
        if self.terms > MAX_TERMS {
            let message = format!("a filter has at most {MAX_TERMS} words");
            return Err(Fault::new(column, message));
        }
        Ok(())
    }

    fn word(&mut self, chars: &[Char], column: usize) -> Result<Expr, Fault> {
        self.count(column)?;
        let Some((name, value)) = split_key(chars) else {
            if chars.is_empty() {
                return Err(Fault::new(column, "there is nothing between these quotes"));
            }
            return Ok(Expr::Test(Test::Anywhere(Pattern::new(chars, true))));
        };
        let key = key::find(&name).ok_or_else(|| key::unknown(&name, column))?;
        let behind = column + name.chars().count() + 1;
        let mut list = vec![Expr::Test(key::test(key, value, behind)?)];
        while let Some((chars, column)) = self.another_value() {
            if list.len() == 1 {
                self.deeper(column)?;
            }
            self.at += 2;
            self.count(column)?;
            list.push(Expr::Test(key::test(key, chars, column)?));
        }
        if list.len() > 1 {
            self.depth -= 1;
        }
        Ok(Expr::any(list))
    }

    /// The next value in `key:a|b`: a word without a key of its own, with no space around the bar.
    fn another_value(&self) -> Option<(&'a [Char], usize)> {
        let [bar, word, ..] = self.tokens.get(self.at..)? else {
            return None;
        };
        match &word.kind {
            Kind::Word(chars)
                if bar.kind == Kind::Or
                    && bar.glued
                    && word.glued
                    && split_key(chars).is_none() =>
            {
                Some((chars, word.column))
            }
            _ => None,
        }
    }
}

/// What stands before and behind the first colon, unless quotes say that it is just text.
fn split_key(chars: &[Char]) -> Option<(String, &[Char])> {
    let colon = chars.iter().position(|char| char.is(':'))?;
    let (name, value) = (&chars[..colon], &chars[colon + 1..]);
    let plain = name.iter().all(|char| !char.quoted);
    plain.then(|| (name.iter().map(|char| char.c).collect(), value))
}
