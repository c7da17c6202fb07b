//! JSON by lines, made on demand, with folding: nothing of the document is copied or changed.
//!
//! Numbers, escapes, duplicate names and their order stay as they were written (RFC 8259 leaves
//! their meaning open, and a signature covers the bytes). One pass notes where each line begins,
//! eight bytes a line; a line's text is cut from the document when it is asked for. Depth costs
//! no stack.

mod fold;
mod line;
mod path;

use std::borrow::Cow;

use json_event_parser::{JsonEvent, LowLevelJsonParser};

/// Where and why a document stops being JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not JSON from line {line}, column {column} on: {message}")]
pub struct JsonFault {
    /// Bytes before the fault.
    pub offset: usize,
    /// Line in the document as it was written; 1 is the first.
    pub line: u64,
    /// Character in that line; 1 is the first.
    pub column: u64,
    /// What is wrong there.
    pub message: String,
}

/// What a line of the view is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A value that fits on its line: also `[]` and `{}`.
    Value,
    /// A list or object begins.
    Open,
    /// A list or object ends.
    Close,
}

/// One line of the view. All its texts are pieces of the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonLine<'a> {
    /// How many lists and objects it stands in.
    pub depth: usize,
    /// What it is.
    pub role: Role,
    /// The name before the value, in its quotes.
    pub key: Option<Cow<'a, str>>,
    /// The value, or the bracket.
    pub text: Cow<'a, str>,
    /// How many lines are folded away behind it.
    pub folded: Option<usize>,
    /// Whether a comma follows.
    pub comma: bool,
    /// How many bytes of name and value were asked to be left out.
    pub more: usize,
}

/// Where a line begins in the document, and what it is.
#[derive(Debug, Clone, Copy)]
struct Mark {
    at: u32,
    /// Depth in the upper bits, role and "has a name" in the lower three.
    what: u32,
}

impl Mark {
    fn depth(self) -> u32 {
        self.what >> 3
    }

    fn role(self) -> Role {
        match self.what & 3 {
            0 => Role::Value,
            1 => Role::Open,
            _ => Role::Close,
        }
    }

    fn is_named(self) -> bool {
        self.what & 4 != 0
    }
}

/// A list or object of more than one line.
#[derive(Debug, Clone, Copy)]
struct Container {
    open: u32,
    /// The line of its end; behind the last line if the document breaks off in it.
    close: u32,
    /// The container around it, by number.
    parent: u32,
}

const NONE: u32 = u32::MAX;

/// Longest document, in bytes: places are kept in 32 bits, depth in 29.
pub const LONGEST: usize = (1 << 29) - 1;

/// A document by lines. `B` is whatever holds its bytes.
#[derive(Debug, Clone)]
pub struct JsonView<B> {
    bytes: B,
    /// Bytes that were read: where the last good token ends.
    read: usize,
    /// Whether it was left off there, though nothing was wrong.
    left_off: bool,
    marks: Vec<Mark>,
    containers: Vec<Container>,
    fault: Option<JsonFault>,
    /// Numbers of the folded containers, in order.
    folded: Vec<u32>,
    /// Hidden lines: first, behind the last, and how many are hidden before. In order, apart.
    hidden: Vec<(usize, usize, usize)>,
}

impl<B: AsRef<[u8]>> JsonView<B> {
    /// Reads a document. If it is not JSON, or breaks off, the view holds what comes before and
    /// [`fault`](Self::fault) says where and why.
    #[must_use]
    pub fn new(bytes: B) -> Self {
        let length = bytes.as_ref().len();
        if length <= LONGEST {
            return Self::front(bytes, LONGEST, usize::MAX);
        }
        let mut view = Self::front(bytes, 0, 0);
        view.fault = Some(JsonFault {
            offset: 0,
            line: 1,
            column: 1,
            message: format!("over the limit of {LONGEST} bytes"),
        });
        view
    }

    /// Reads the front of a document: at most that many bytes, and little more than that many
    /// lines. What is left out is no fault; [`unread`](Self::unread) tells how much it is.
    #[must_use]
    pub fn front(bytes: B, most_bytes: usize, most_lines: usize) -> Self {
        let mut view = Self {
            bytes,
            read: 0,
            left_off: false,
            marks: Vec::new(),
            containers: Vec::new(),
            fault: None,
            folded: Vec::new(),
            hidden: Vec::new(),
        };
        view.index(most_bytes.min(LONGEST), most_lines);
        let end = narrow(view.marks.len());
        for container in &mut view.containers {
            if container.close == NONE {
                container.close = end;
            }
        }
        view
    }

    fn index(&mut self, most_bytes: usize, most_lines: usize) {
        let length = self.bytes().len();
        let until = length.min(most_bytes);
        let mut parser = LowLevelJsonParser::new().with_max_stack_size(until);
        let mut at = 0;
        let mut parent = NONE;
        let mut depth = 0;
        let mut key = None;
        loop {
            self.left_off = self.marks.len() >= most_lines;
            if self.left_off {
                return;
            }
            let rest = self.bytes.as_ref().get(at..until).unwrap_or_default();
            let result = parser.parse_next(rest, until == length);
            let start = self.skip(at);
            at += result.consumed_bytes;
            let event = match result.event {
                Some(Ok(event)) => event,
                Some(Err(error)) => {
                    let place = error.location().start;
                    self.fault = Some(JsonFault {
                        offset: usize::try_from(place.offset).unwrap_or(at),
                        line: place.line + 1,
                        column: place.column + 1,
                        message: error.message().to_owned(),
                    });
                    return;
                }
                None => {
                    self.left_off = true;
                    return;
                }
            };
            // A name without its value is no part of what is shown.
            if !matches!(event, JsonEvent::ObjectKey(_)) {
                self.read = at;
            }
            match event {
                JsonEvent::Eof => return,
                JsonEvent::ObjectKey(_) => key = Some(start),
                JsonEvent::StartArray | JsonEvent::StartObject => {
                    self.containers.push(Container {
                        open: narrow(self.marks.len()),
                        close: NONE,
                        parent,
                    });
                    parent = narrow(self.containers.len() - 1);
                    self.mark(&mut key, start, depth, 1);
                    depth += 1;
                }
                JsonEvent::EndArray | JsonEvent::EndObject => {
                    depth -= 1;
                    let line = narrow(self.marks.len());
                    let Some(container) = self.containers.get_mut(wide(parent)) else {
                        return;
                    };
                    let (open, outer) = (container.open, container.parent);
                    if open + 1 == line {
                        // Nothing is in it: one line is enough, and there is nothing to fold.
                        self.containers.pop();
                        if let Some(mark) = self.marks.last_mut() {
                            mark.what &= !3;
                        }
                    } else {
                        container.close = line;
                        self.mark(&mut None, start, depth, 2);
                    }
                    parent = outer;
                }
                _ => self.mark(&mut key, start, depth, 0),
            }
        }
    }

    fn mark(&mut self, key: &mut Option<usize>, start: usize, depth: u32, role: u32) {
        let named = u32::from(key.is_some()) << 2;
        self.marks.push(Mark {
            at: narrow(key.take().unwrap_or(start)),
            what: (depth << 3) | named | role,
        });
    }

    /// The place of the next sign that is no space, comma or colon (or a BOM before it all).
    fn skip(&self, mut at: usize) -> usize {
        if at == 0 && self.bytes().starts_with(b"\xef\xbb\xbf") {
            at = 3;
        }
        let rest = self.bytes().get(at..).unwrap_or_default();
        let blank = |c: &u8| b" \t\r\n,:".contains(c);
        at + rest.iter().take_while(|c| blank(c)).count()
    }

    /// Where and why it is not JSON.
    #[must_use]
    pub fn fault(&self) -> Option<&JsonFault> {
        self.fault.as_ref()
    }

    /// How many lines are to be seen: all but the folded ones.
    #[must_use]
    pub fn len(&self) -> usize {
        let hidden = self.hidden.last();
        self.marks.len() - hidden.map_or(0, |(from, to, before)| before + to - from)
    }

    /// Whether there is no line at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// Bytes at the end that were not read, because no more was asked for.
    #[must_use]
    pub fn unread(&self) -> usize {
        if self.left_off {
            self.bytes().len() - self.read
        } else {
            0
        }
    }

    /// How many bytes were read.
    #[must_use]
    pub fn read(&self) -> usize {
        self.read
    }

    /// The document.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.bytes.as_ref()
    }

    /// The number of the container that begins at a line.
    fn container_at(&self, line: usize) -> Option<usize> {
        let line = u32::try_from(line).ok()?;
        self.containers
            .binary_search_by_key(&line, |container| container.open)
            .ok()
    }
}

/// Lines and places are below [`LONGEST`], so they always fit.
fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(NONE)
}

fn wide(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
