//! XML by lines, indented. Every line is a piece of the document as it was written: no entity is
//! replaced and nothing outside is fetched, so a document cannot grow or ask for files.

use std::borrow::Cow;
use std::ops::Range;

use quick_xml::Reader;
use quick_xml::events::Event;

/// Where and why a document stops being XML.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not XML from byte {offset} on: {message}")]
pub struct XmlFault {
    /// Bytes before the fault.
    pub offset: usize,
    /// What is wrong there.
    pub message: String,
}

/// A document by lines. What follows a fault is not in it; the raw body has it. `B` is whatever
/// holds its bytes.
#[derive(Debug, Clone)]
pub struct XmlView<B> {
    bytes: B,
    lines: Vec<Line>,
    fault: Option<XmlFault>,
    /// Bytes that were read.
    read: usize,
    /// Whether it was left off there, though nothing was wrong.
    left_off: bool,
}

/// One line of the view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XmlLine<'a> {
    /// In how many elements it stands.
    pub depth: usize,
    /// Its text, a piece of the document without a line end.
    pub text: Cow<'a, str>,
    /// How many bytes of it were asked to be left out.
    pub more: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Start,
    Text,
    Other,
}

#[derive(Debug, Clone)]
struct Line {
    depth: usize,
    kind: Kind,
    piece: Range<usize>,
}

impl<B: AsRef<[u8]>> XmlView<B> {
    /// Reads a document as far as it is XML.
    #[must_use]
    pub fn new(bytes: B) -> Self {
        Self::front(bytes, usize::MAX, usize::MAX)
    }

    /// Reads the front of a document: at most that many bytes, and little more than that many
    /// lines. What is left out is no fault; [`unread`](Self::unread) tells how much it is.
    #[must_use]
    pub fn front(bytes: B, most_bytes: usize, most_lines: usize) -> Self {
        let mut view = Self {
            bytes,
            lines: Vec::new(),
            fault: None,
            read: 0,
            left_off: false,
        };
        view.index(most_bytes, most_lines);
        view.cut_lines();
        view
    }

    fn index(&mut self, most_bytes: usize, most_lines: usize) {
        let length = self.bytes().len();
        let until = length.min(most_bytes);
        // Positions count from the front, so a copy of the slice that is read will do.
        let front = self.bytes().get(..until).unwrap_or_default().to_vec();
        let mut reader = Reader::from_reader(&front[..]);
        let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
        let mut depth: usize = 0;
        let mut start = 0;
        loop {
            self.left_off = self.lines.len() >= most_lines;
            if self.left_off {
                return;
            }
            let event = reader.read_event();
            let end = place(reader.buffer_position());
            match event {
                // Markup that the limit cuts is no fault of the sender's.
                Err(_) | Ok(Event::Eof) if until < length => {
                    self.left_off = true;
                    return;
                }
                Err(error) => {
                    self.fault = Some(XmlFault {
                        offset: place(reader.error_position()),
                        message: error.to_string(),
                    });
                    return;
                }
                Ok(Event::Eof) => {
                    if depth > 0 {
                        self.fault = Some(XmlFault {
                            offset: length,
                            message: format!("{depth} elements are still open"),
                        });
                    }
                    return;
                }
                Ok(Event::Start(_)) => {
                    self.push(depth, Kind::Start, start..end);
                    depth += 1;
                }
                Ok(Event::End(_)) => {
                    depth = depth.saturating_sub(1);
                    self.close(depth, start..end);
                }
                // An entity within a text comes as an event of its own.
                Ok(Event::Text(_) | Event::GeneralRef(_)) => self.text(depth, start..end),
                Ok(_) => self.push(depth, Kind::Other, start..end),
            }
            start = end;
            self.read = end;
        }
    }

    /// A text of several lines stands on as many.
    fn cut_lines(&mut self) {
        let mut cut = Vec::with_capacity(self.lines.len());
        for line in std::mem::take(&mut self.lines) {
            let raw = self.raw(&line.piece);
            let mut at = line.piece.start + raw.len() - raw.trim_ascii_start().len();
            for text in raw.trim_ascii().split(|c| *c == b'\n') {
                let blank = text.len() - text.trim_ascii_start().len();
                let piece = at + blank..at + blank + text.trim_ascii().len();
                at += text.len() + 1;
                cut.push(Line { piece, ..line });
            }
        }
        self.lines = cut;
    }

    fn push(&mut self, depth: usize, kind: Kind, piece: Range<usize>) {
        self.lines.push(Line { depth, kind, piece });
    }

    fn text(&mut self, depth: usize, piece: Range<usize>) {
        let is_blank = self.raw(&piece).trim_ascii().is_empty();
        match self.lines.last_mut() {
            Some(last) if last.kind == Kind::Text && last.piece.end == piece.start => {
                last.piece.end = piece.end;
            }
            _ if is_blank => {}
            _ => self.push(depth, Kind::Text, piece),
        }
    }

    /// An element that holds nothing, or one short text, stands on one line.
    fn close(&mut self, depth: usize, piece: Range<usize>) {
        match &mut self.lines[..] {
            [.., first] if first.kind == Kind::Start && first.depth == depth => {
                first.kind = Kind::Other;
                first.piece.end = piece.end;
            }
            [.., first, text]
                if first.kind == Kind::Start
                    && text.kind == Kind::Text
                    && first.depth == depth
                    && !self.bytes.as_ref()[text.piece.clone()].contains(&b'\n') =>
            {
                first.kind = Kind::Other;
                first.piece.end = piece.end;
                self.lines.pop();
            }
            _ => self.push(depth, Kind::Other, piece),
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

    /// Bytes at the end that were not read, because no more was asked for.
    #[must_use]
    pub fn unread(&self) -> usize {
        if self.left_off {
            self.bytes().len() - self.read
        } else {
            0
        }
    }

    /// The number of the line in which a byte stands.
    #[must_use]
    pub fn line_at(&self, offset: usize) -> usize {
        let behind = self
            .lines
            .partition_point(|line| line.piece.start <= offset);
        behind.saturating_sub(1)
    }

    fn raw(&self, piece: &Range<usize>) -> &[u8] {
        self.bytes().get(piece.clone()).unwrap_or_default()
    }

    /// Where and why it is not XML.
    #[must_use]
    pub fn fault(&self) -> Option<&XmlFault> {
        self.fault.as_ref()
    }

    /// How many lines there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is no line at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The line of that number, from 0 on.
    #[must_use]
    pub fn line(&self, number: usize) -> Option<XmlLine<'_>> {
        self.line_within(number, usize::MAX)
    }

    /// That line with at most so many bytes of its text, whatever its length.
    #[must_use]
    pub fn line_within(&self, number: usize, most: usize) -> Option<XmlLine<'_>> {
        let line = self.lines.get(number)?;
        let raw = self.raw(&line.piece);
        let shown = raw.get(..most).unwrap_or(raw);
        Some(XmlLine {
            depth: line.depth,
            text: String::from_utf8_lossy(shown),
            more: raw.len() - shown.len(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(view: &XmlView<&[u8]>) -> Vec<String> {
        let line = |at| {
            view.line(at)
                .map(|line| "  ".repeat(line.depth) + &line.text)
        };
        (0..view.len()).filter_map(line).collect()
    }

    #[test]
    fn elements_are_indented_and_their_texts_stay_as_written() {
        let document = &b"<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY x \"xxxx\">]><a k='1'><b>1 &x; &lt;2</b><c/><d></d><e><![CDATA[<]]></e>tail\n  and end </a>"[..];
        let view = XmlView::new(document);
        assert_eq!(view.fault(), None);
        assert_eq!(
            shown(&view),
            [
                "<?xml version=\"1.0\"?>",
                "<!DOCTYPE a [<!ENTITY x \"xxxx\">]>",
                "<a k='1'>",
                "  <b>1 &x; &lt;2</b>",
                "  <c/>",
                "  <d></d>",
                "  <e>",
                "    <![CDATA[<]]>",
                "  </e>",
                "  tail",
                "  and end",
                "</a>",
            ]
        );
    }

    #[test]
    fn a_fault_keeps_what_came_before() {
        let view = XmlView::new(&b"<a><b>1</b></c>"[..]);
        assert!(view.fault().is_some());
        assert_eq!(shown(&view), ["<a>", "  <b>1</b>"]);
        assert!(XmlView::new(&b"<a>"[..]).fault().is_some());
    }

    #[test]
    fn depth_costs_no_stack() {
        let text = "<a>".repeat(100_000);
        assert_eq!(XmlView::new(text.as_bytes()).len(), 100_000);
    }

    #[test]
    fn the_front_is_read_no_further_than_asked_and_a_cut_is_no_fault() {
        let text = "<a><b>one</b><b>two</b></a>".as_bytes();
        let view = XmlView::front(text, 18, usize::MAX);
        assert_eq!((view.fault(), view.unread()), (None, text.len() - 18));
        assert_eq!(shown(&view)[..2], ["<a>", "  <b>one</b>"]);
        let view = XmlView::front(text, usize::MAX, 2);
        assert_eq!(shown(&view).len(), 2);
        assert!(view.unread() > 0 && view.line_at(7) == 1);
        let line = view
            .line_within(0, 2)
            .map(|line| (line.text.into_owned(), line.more));
        assert_eq!(line, Some(("<a".to_owned(), 1)));
    }

    proptest! {
        #[test]
        fn any_bytes_have_lines(
            noise in prop::collection::vec(any::<u8>(), 0..60),
            like in "[<>/a &;!\\[\\]?\"='\n-]{0,60}",
        ) {
            for bytes in [&noise[..], like.as_bytes()] {
                let view = XmlView::new(bytes);
                prop_assert_eq!(shown(&view).len(), view.len());
            }
        }
    }
}
