//! From text to words and signs, with the column of every character.

use super::error::Fault;
pub(super) use crate::json::path::Char;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Open,
    Close,
    Or,
    Not,
    Word(Vec<Char>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) column: usize,
    /// Whether it follows the one before without a space.
    pub(super) glued: bool,
}

/// Cuts a text into tokens.
pub(super) fn lex(text: &str) -> Result<Vec<Token>, Fault> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens: Vec<Token> = Vec::new();
    let mut at = 0;
    let mut glued = false;
    while let Some(&c) = chars.get(at) {
        let column = at + 1;
        if c.is_whitespace() {
            at += 1;
            glued = false;
            continue;
        }
        let kind = match c {
            '(' => Kind::Open,
            ')' => Kind::Close,
            '|' => Kind::Or,
            '!' => Kind::Not,
            _ => Kind::Word(word(&chars, &mut at)?),
        };
        if !matches!(kind, Kind::Word(_)) {
            at += 1;
        }
        tokens.push(Token {
            kind,
            column,
            glued,
        });
        glued = true;
    }
    Ok(tokens)
}

/// Whether an unquoted character ends a word.
pub(super) fn ends_word(c: char) -> bool {
    c.is_whitespace() || matches!(c, '(' | ')' | '|')
}

/// Reads one word from `at` on, and leaves `at` behind it.
fn word(chars: &[char], at: &mut usize) -> Result<Vec<Char>, Fault> {
    let mut word = Vec::new();
    let mut opened = None;
    while let Some(&c) = chars.get(*at) {
        let column = *at + 1;
        let mut push = |c, quoted| word.push(Char { c, quoted, column });
        match (opened, c) {
            (None, '"') => opened = Some(column),
            (Some(_), '"') => opened = None,
            (Some(_), '\\') => {
                // What follows is taken as it is; without a follower the quotes are open anyway.
                *at += 1;
                if let Some(&c) = chars.get(*at) {
                    push(c, true);
                }
            }
            (None, c) if ends_word(c) => break,
            (open, c) => push(c, open.is_some()),
        }
        *at += 1;
    }
    match opened {
        Some(column) => Err(Fault::new(column, "these quotes are never closed")),
        None => Ok(word),
    }
}
