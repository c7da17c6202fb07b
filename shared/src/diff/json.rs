//! JSON by structure. What is still to compare stands in a list, so that hostile nesting costs
//! no stack.

use std::collections::HashMap;
use std::rc::Rc;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::ignore::{At, States};
use super::{Change, Ignores, Kind};
use crate::json::{Kind as Token, Token as Place, number, unescape};

/// Most elements, of both arrays together, among which inserted and removed ones are looked
/// for; longer arrays are compared element by element.
const MAX_ELEMENTS: usize = 2000;

/// Most differences listed.
pub(super) const MAX_CHANGES: usize = 10_000;
/// Longest name and longest path written out, in characters; the rest is an ellipsis.
const MAX_NAME: usize = 100;
const MAX_PATH: usize = 1000;

/// What a comparison found.
#[derive(Default)]
pub(super) struct Found {
    /// In the order of the first document.
    pub(super) changes: Vec<Change>,
    /// How many were left out.
    pub(super) ignored: usize,
    /// Whether there may be more.
    pub(super) cut: bool,
}

/// Two documents; each token is named by its index.
pub(super) struct Documents<'a> {
    text: [&'a [u8]; 2],
    tokens: [&'a [Place]; 2],
    ignores: &'a Ignores,
    found: Found,
    todo: Vec<Todo>,
}

/// A place, from the root down; written out only for what is reported.
struct Node {
    parent: Option<Rc<Node>>,
    step: String,
}

struct Todo {
    path: Rc<Node>,
    states: States,
    sides: [Option<usize>; 2],
}

impl<'a> Documents<'a> {
    pub(super) fn new(text: [&'a [u8]; 2], tokens: [&'a [Place]; 2], ignores: &'a Ignores) -> Self {
        Self {
            text,
            tokens,
            ignores,
            found: Found::default(),
            todo: Vec::new(),
        }
    }

    pub(super) fn compare(mut self) -> Found {
        self.todo.push(Todo {
            path: Rc::new(Node {
                parent: None,
                step: "$".to_owned(),
            }),
            states: self.ignores.start(),
            sides: [Some(0), Some(0)],
        });
        while let Some(todo) = self.todo.pop() {
            if self.found.changes.len() >= MAX_CHANGES {
                self.found.cut = true;
                break;
            }
            self.one(&todo);
        }
        self.found
    }

    fn one(&mut self, todo: &Todo) {
        let raw = [0, 1].map(|side| todo.sides[side].map(|at| self.raw(side, at)));
        if raw[0] == raw[1] {
            return;
        }
        if self.ignores.done(&todo.states) {
            // Counted only where it differs; spacing and order within it are not looked at.
            self.found.ignored += 1;
            return;
        }
        let kinds = [0, 1].map(|side| {
            todo.sides[side]
                .and_then(|at| self.token(side, at))
                .map(|t| t.kind)
        });
        let both = match todo.sides {
            [Some(a), Some(b)] if kinds[0] == kinds[1] => Some([a, b]),
            _ => None,
        };
        match (kinds[0], both) {
            (Some(Token::StartObject), Some(at)) => return self.members(todo, at),
            (Some(Token::StartArray), Some(at)) => return self.elements(todo, at),
            (Some(Token::String), Some(_)) if raw[0].map(unescape) == raw[1].map(unescape) => {
                return;
            }
            _ => {}
        }
        let mut change = Change::new(todo.path.written(), raw[0], raw[1]);
        if kinds == [Some(Token::Number); 2]
            && let [Some(a), Some(b)] = raw
            && number::equal(a, b)
        {
            change.kind = Kind::Respelled;
        }
        self.found.changes.push(change);
    }

    /// Members of the same name belong together, the nth to the nth where a name is repeated.
    fn members(&mut self, todo: &Todo, [a, b]: [usize; 2]) {
        let (old, new) = (self.named(0, a), self.named(1, b));
        let mut rest: HashMap<&(String, usize), usize> =
            new.iter().map(|(key, at)| (key, *at)).collect();
        let mut pairs: Vec<_> = old
            .iter()
            .map(|(key, at)| (key, [Some(*at), rest.remove(key)]))
            .collect();
        let added = new.iter().filter(|(key, _)| rest.contains_key(key));
        pairs.extend(added.map(|(key, at)| (key, [None, Some(*at)])));
        for ((name, _), sides) in pairs.into_iter().rev() {
            self.push(todo, At::Member(name), sides);
        }
    }

    fn elements(&mut self, todo: &Todo, [a, b]: [usize; 2]) {
        let (old, new) = (self.children(0, a), self.children(1, b));
        let mut pairs: Vec<(usize, [Option<usize>; 2])> = Vec::new();
        let mut align = |olds: std::ops::Range<usize>, news: std::ops::Range<usize>| {
            for nth in 0..olds.len().max(news.len()) {
                let (i, j) = (olds.start + nth, news.start + nth);
                let x = olds.contains(&i).then(|| old.get(i).copied()).flatten();
                let y = news.contains(&j).then(|| new.get(j).copied()).flatten();
                pairs.push((if x.is_some() { i } else { j }, [x, y]));
            }
        };
        if old.len() == new.len() || old.len() + new.len() > MAX_ELEMENTS {
            align(0..old.len(), 0..new.len());
        } else {
            let spelled = |side: usize, all: &[usize]| -> Vec<Vec<u8>> {
                all.iter()
                    .map(|at| self.without_spaces(side, *at))
                    .collect()
            };
            let (x, y) = (spelled(0, &old), spelled(1, &new));
            for op in capture_diff_slices(Algorithm::Myers, &x, &y) {
                if !matches!(op, DiffOp::Equal { .. }) {
                    align(op.old_range(), op.new_range());
                }
            }
        }
        for (index, sides) in pairs.into_iter().rev() {
            self.push(todo, At::Element(index), sides);
        }
    }

    fn push(&mut self, parent: &Todo, at: At<'_>, sides: [Option<usize>; 2]) {
        let raw = [0, 1].map(|side| sides[side].map(|at| self.raw(side, at)));
        if raw[0] == raw[1] {
            return;
        }
        let step = match at {
            At::Member(name) if is_plain(name) => format!(".{}", cut(name, MAX_NAME)),
            At::Member(name) => {
                let name = cut(name, MAX_NAME)
                    .replace('\\', "\\\\")
                    .replace('\'', "\\'");
                format!("['{name}']")
            }
            At::Element(index) => format!("[{index}]"),
        };
        let path = Rc::new(Node {
            parent: Some(Rc::clone(&parent.path)),
            step,
        });
        self.todo.push(Todo {
            path,
            states: self.ignores.step(&parent.states, at),
            sides,
        });
    }

    fn named(&self, side: usize, start: usize) -> Vec<((String, usize), usize)> {
        let mut seen: HashMap<String, usize> = HashMap::new();
        let mut named = Vec::new();
        for key in self.children(side, start) {
            let name = unescape(self.raw(side, key)).into_owned();
            let nth = seen.entry(name.clone()).or_default();
            named.push(((name, *nth), key + 1));
            *nth += 1;
        }
        named
    }

    /// The keys of an object or the elements of an array.
    fn children(&self, side: usize, start: usize) -> Vec<usize> {
        let end = self.token(side, start).map_or(start, |token| token.end);
        let mut children = Vec::new();
        let mut at = start + 1;
        while at < end {
            children.push(at);
            let key = self
                .token(side, at)
                .is_some_and(|token| token.kind == Token::Key);
            let value = if key { at + 1 } else { at };
            at = self.token(side, value).map_or(end, |token| token.end + 1);
        }
        children
    }

    fn token(&self, side: usize, at: usize) -> Option<&'a Place> {
        self.tokens[side].get(at)
    }

    fn raw(&self, side: usize, at: usize) -> &'a [u8] {
        let place = self.token(side, at).map(|token| {
            let end = self.token(side, token.end).unwrap_or(token);
            token.place.start..end.place.end
        });
        place
            .and_then(|place| self.text[side].get(place))
            .unwrap_or_default()
    }

    fn without_spaces(&self, side: usize, at: usize) -> Vec<u8> {
        let end = self.token(side, at).map_or(at, |token| token.end);
        let mut out = Vec::new();
        for token in self.tokens[side].get(at..=end).unwrap_or_default() {
            out.extend_from_slice(self.text[side].get(token.place.clone()).unwrap_or_default());
            out.push(b' ');
        }
        out
    }
}

impl Node {
    fn written(&self) -> String {
        let mut steps = vec![self.step.as_str()];
        let mut node = self;
        while let Some(parent) = &node.parent {
            node = parent;
            steps.push(&node.step);
        }
        steps.reverse();
        cut(&steps.concat(), MAX_PATH)
    }
}

fn cut(text: &str, most: usize) -> String {
    let mut cut: String = text.chars().take(most).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    cut
}

fn is_plain(name: &str) -> bool {
    let mut chars = name.chars();
    chars
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}
