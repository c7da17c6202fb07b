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

/// A document by lines. What follows a fault is not in it; the raw body has it.
#[derive(Debug, Clone)]
pub struct XmlView<'a> {
    bytes: &'a [u8],
    lines: Vec<Line>,
    fault: Option<XmlFault>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
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

impl<'a> XmlView<'a> {
    /// Reads a document as far as it is XML.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        let mut view = Self {
            bytes,
            lines: Vec::new(),
            fault: None,
        };
        view.read();
        view
    }

    fn read(&mut self) {
        let mut reader = Reader::from_reader(self.bytes);
        let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
        let mut depth: usize = 0;
        let mut start = 0;
        loop {
            let event = reader.read_event();
            let end = place(reader.buffer_position());
            match event {
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
                            offset: self.bytes.len(),
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
        }
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
                    && !self.bytes[text.piece.clone()].contains(&b'\n') =>
            {
                first.kind = Kind::Other;
                first.piece.end = piece.end;
                self.lines.pop();
            }
            _ => self.push(depth, Kind::Other, piece),
        }
    }

    fn raw(&self, piece: &Range<usize>) -> &'a [u8] {
        self.bytes.get(piece.clone()).unwrap_or_default()
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

    /// The line of that number, from 0 on: in how many elements it stands, and its text, which
    /// may itself have line ends in it.
    #[must_use]
    pub fn line(&self, number: usize) -> Option<(usize, Cow<'a, str>)> {
        let line = self.lines.get(number)?;
        let raw = self.raw(&line.piece).trim_ascii();
        Some((line.depth, String::from_utf8_lossy(raw)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(view: &XmlView<'_>) -> Vec<String> {
        let line = |at| {
            view.line(at)
                .map(|(depth, text)| "  ".repeat(depth) + &text)
        };
        (0..view.len()).filter_map(line).collect()
    }

    #[test]
    fn elements_are_indented_and_their_texts_stay_as_written() {
        let document = b"<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY x \"xxxx\">]><a k='1'><b>1 &x; &lt;2</b><c/><d></d><e><![CDATA[<]]></e>tail</a>";
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
                "</a>",
            ]
        );
    }

    #[test]
    fn a_fault_keeps_what_came_before() {
        let view = XmlView::new(b"<a><b>1</b></c>");
        assert!(view.fault().is_some());
        assert_eq!(shown(&view), ["<a>", "  <b>1</b>"]);
        assert!(XmlView::new(b"<a>").fault().is_some());
    }

    #[test]
    fn depth_costs_no_stack() {
        let text = "<a>".repeat(100_000);
        assert_eq!(XmlView::new(text.as_bytes()).len(), 100_000);
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
