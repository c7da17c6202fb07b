//! Reads the paths a Rust file names. It works on tokens, so comments and literals do not count,
//! and what a macro expands to is not seen.

pub struct Token<'a> {
    pub text: &'a str,
    pub line: usize,
}

/// A path as written, with `use` groups spread out and `self` and `super` resolved to `crate::…`.
#[derive(Debug, PartialEq)]
pub struct Path {
    pub segments: Vec<String>,
    pub line: usize,
    /// Named inside a module called `tests`.
    pub in_tests: bool,
}

impl Path {
    pub fn head(&self) -> &str {
        &self.segments[0]
    }

    /// Whether these segments stand side by side anywhere in the path.
    pub fn has(&self, run: &[&str]) -> bool {
        self.segments
            .windows(run.len())
            .any(|window| window.iter().eq(run))
    }
}

pub fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let (mut rest, mut line) = (source, 1);
    while !rest.is_empty() {
        let (length, is_code) = lexeme(rest);
        let (text, tail) = rest.split_at(length);
        if is_code {
            let text = text.strip_prefix("r#").unwrap_or(text);
            found.push(Token { text, line });
        } else if text.starts_with("\"crate::") {
            // Attributes name modules in strings: #[serde(with = "crate::wire::bytes")].
            let inner = tokens(text.trim_matches('"'));
            found.extend(inner.into_iter().map(|token| Token { line, ..token }));
        }
        line += text.matches('\n').count();
        rest = tail;
    }
    found
}

/// `module` is where the file stands below the crate root; the root itself is empty.
pub fn paths(tokens: &[Token<'_>], module: &[String]) -> Vec<Path> {
    let mut reader = Reader {
        tokens,
        scope: module.to_vec(),
        found: Vec::new(),
    };
    let mut blocks = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        match tokens[at].text {
            "mod" if reader.text(at + 2) == "{" => {
                reader.scope.push(reader.text(at + 1).to_owned());
                blocks.push(true);
                at += 3;
            }
            "use" => at = reader.tree(at + 1, Vec::new(), 1),
            "{" => {
                blocks.push(false);
                at += 1;
            }
            "}" => {
                if blocks.pop() == Some(true) {
                    reader.scope.pop();
                }
                at += 1;
            }
            text if is_name(text) => at = reader.tree(at, Vec::new(), 2),
            _ => at += 1,
        }
    }
    reader.found
}

struct Reader<'a> {
    tokens: &'a [Token<'a>],
    scope: Vec<String>,
    found: Vec<Path>,
}

impl<'a> Reader<'a> {
    fn text(&self, at: usize) -> &'a str {
        self.tokens.get(at).map_or("", |token| token.text)
    }

    /// Reads one path or one branch of a `use` group and returns the index behind it. Outside of
    /// `use` a lone name is a variable as often as not, hence `shortest`.
    fn tree(&mut self, mut at: usize, mut segments: Vec<&'a str>, shortest: usize) -> usize {
        let line = self.tokens.get(at).map_or(0, |token| token.line);
        if self.text(at) == "::" {
            at += 1;
        }
        loop {
            match self.text(at) {
                "{" => return self.group(at + 1, &segments),
                text if is_name(text) || text == "*" => segments.push(text),
                _ => break,
            }
            at += 1;
            if self.text(at) != "::" {
                break;
            }
            at += 1;
        }
        if segments.len() >= shortest {
            let in_tests = self.scope.iter().any(|name| name == "tests");
            self.found.push(Path {
                segments: self.resolve(&segments),
                line,
                in_tests,
            });
        }
        if self.text(at) == "as" && shortest == 1 {
            at + 2
        } else {
            at
        }
    }

    fn group(&mut self, mut at: usize, prefix: &[&'a str]) -> usize {
        while at < self.tokens.len() && self.text(at) != "}" {
            let behind = self.tree(at, prefix.to_vec(), 1);
            let stuck = behind == at || self.text(behind) == ",";
            at = if stuck { behind + 1 } else { behind };
        }
        at + 1
    }

    fn resolve(&self, segments: &[&str]) -> Vec<String> {
        let relative = matches!(segments[0], "self" | "super");
        let mut whole = Vec::new();
        if relative {
            whole.push("crate".to_owned());
            whole.extend(self.scope.iter().cloned());
        }
        for &segment in segments {
            match segment {
                "self" => {}
                "super" if whole.len() > 1 => drop(whole.pop()),
                "super" => {}
                name => whole.push(name.to_owned()),
            }
        }
        whole
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && !matches!(text, "as" | "mod" | "use")
}

/// Length of what stands first in `rest`, and whether it is code.
fn lexeme(rest: &str) -> (usize, bool) {
    let first = rest.chars().next().map_or(0, char::len_utf8);
    let word = rest
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(rest.len());
    if rest.starts_with("//") {
        (rest.find('\n').unwrap_or(rest.len()), false)
    } else if rest.starts_with("/*") {
        (block_comment(rest), false)
    } else if rest.starts_with('"') {
        (quoted(rest), false)
    } else if rest.starts_with('\'') {
        (char_or_lifetime(rest), false)
    } else if rest.starts_with("::") {
        (2, true)
    } else if matches!(&rest[..word], "r" | "br" | "cr") && rest[word..].starts_with(['"', '#']) {
        raw(rest, word)
    } else if word > 0 {
        (word, true)
    } else {
        (first, !rest.starts_with(char::is_whitespace))
    }
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while let Some(step) = rest[at..].find(['/', '*']) {
        at += step;
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

fn quoted(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    rest.len()
}

fn char_or_lifetime(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), Some((at, escaped))) => {
            let from = at + escaped.len_utf8();
            rest[from..]
                .find('\'')
                .map_or(rest.len(), |end| from + end + 1)
        }
        (Some(_), Some((at, '\''))) => at + 1,
        _ => rest[1..]
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .map_or(rest.len(), |end| end + 1),
    }
}

/// A raw string, or a raw name such as `r#type`.
fn raw(rest: &str, word: usize) -> (usize, bool) {
    let hashes = rest[word..].chars().take_while(|&c| c == '#').count();
    let open = word + hashes;
    if rest[open..].starts_with('"') {
        let close = format!("\"{}", "#".repeat(hashes));
        let end = rest[open + 1..]
            .find(&close)
            .map_or(rest.len(), |end| open + 1 + end + close.len());
        return (end, false);
    }
    let name = rest[open..]
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(rest.len() - open);
    (open + name, true)
}

#[test]
fn every_spelling_of_an_import_is_found() {
    let table: &[(&str, &[&str])] = &[
        ("use crate::wire;", &["crate::wire"]),
        ("use crate::{a, b::c};", &["crate::a", "crate::b::c"]),
        (
            "pub(crate) use crate::{\n  a::{self, B as C},\n  d::*,\n};",
            &["crate::a", "crate::a::B", "crate::d::*"],
        ),
        (
            "use {crate::a, std::{fs, io::Read}};",
            &["crate::a", "std::fs", "std::io::Read"],
        ),
        ("use ::std::fs;", &["std::fs"]),
        (
            "fn f() -> crate::a::B { crate::c::D::new::<u8>() }",
            &["crate::a::B", "crate::c::D::new"],
        ),
        ("use super::a;", &["crate::room::a"]),
        ("use super::super::a::B;", &["crate::a::B"]),
        (
            "use super::{super::{a, b}, c};",
            &["crate::a", "crate::b", "crate::room::c"],
        ),
        (
            "mod tests { use super::*; } use self::x::Y;",
            &["crate::room::file::*", "crate::room::file::x::Y"],
        ),
        (
            "mod tests { fn f() { super::super::super::a::g() } }",
            &["crate::a::g"],
        ),
        (
            "#[serde(with = \"crate::wire::bytes\")] x: u8",
            &["crate::wire::bytes"],
        ),
        (
            "macro_rules! m { () => { $crate::a::b() } }",
            &["crate::a::b"],
        ),
        (
            "// crate::a\n/* crate::b /* */ crate::c */ \"std::d\" r#\"e::\"f\"# '\"' b'\\'' 'x",
            &[],
        ),
        ("fn f<'a>(x: &'a str) { r#type::x(x) }", &["type::x"]),
    ];
    let module = ["room".to_owned(), "file".to_owned()];
    for (source, expected) in table {
        let found: Vec<_> = paths(&tokens(source), &module)
            .iter()
            .map(|path| path.segments.join("::"))
            .collect();
        assert_eq!(&found, expected, "in {source}");
    }
}
