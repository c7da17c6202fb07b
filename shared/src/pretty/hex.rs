//! Bytes as they are, sixteen a line or fewer.

use std::fmt;

/// Bytes a line, unless the screen is narrow.
pub const WIDTH: usize = 16;

/// Bytes by lines, made on demand.
#[derive(Debug, Clone, Copy)]
pub struct HexView<'a> {
    bytes: &'a [u8],
    width: usize,
}

/// One line: its place, and up to [`WIDTH`] bytes. Shown as `00000010  68 6f …  |ho…|`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HexLine<'a> {
    /// Where its first byte stands in the whole.
    pub offset: usize,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// How many bytes a full line has.
    pub width: usize,
}

impl<'a> HexView<'a> {
    /// A view of these bytes.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self::with_width(bytes, WIDTH)
    }

    /// A view with that many bytes a line, at least one.
    #[must_use]
    pub fn with_width(bytes: &'a [u8], width: usize) -> Self {
        Self {
            bytes,
            width: width.max(1),
        }
    }

    /// How many lines there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len().div_ceil(self.width)
    }

    /// Whether there is nothing to see.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The line of that number, from 0 on.
    #[must_use]
    pub fn line(&self, number: usize) -> Option<HexLine<'a>> {
        let offset = number.checked_mul(self.width)?;
        let rest = self.bytes.get(offset..).filter(|rest| !rest.is_empty())?;
        Some(HexLine {
            offset,
            bytes: &rest[..rest.len().min(self.width)],
            width: self.width,
        })
    }
}

impl fmt::Display for HexLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x} ", self.offset)?;
        for at in 0..self.width {
            if at % 8 == 0 {
                f.write_str(" ")?;
            }
            match self.bytes.get(at) {
                Some(byte) => write!(f, "{byte:02x} ")?,
                None => f.write_str("   ")?,
            }
        }
        let sign = |byte: &u8| match byte {
            b' '..=b'~' => char::from(*byte),
            _ => '.',
        };
        let text: String = self.bytes.iter().map(sign).collect();
        write!(f, " |{text}|")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_has_its_place_its_bytes_and_their_text() {
        let view = HexView::new(b"POST / HTTP/1.1\r\n\x00\xff");
        let shown: Vec<String> = (0..view.len())
            .filter_map(|at| view.line(at))
            .map(|line| line.to_string())
            .collect();
        assert_eq!(
            shown,
            [
                "00000000  50 4f 53 54 20 2f 20 48  54 54 50 2f 31 2e 31 0d  |POST / HTTP/1.1.|",
                "00000010  0a 00 ff                                          |...|",
            ]
        );
        let narrow = HexView::with_width(b"POST / HTTP", 8);
        assert_eq!(narrow.len(), 2);
        assert_eq!(
            narrow.line(1).map(|line| line.to_string()).as_deref(),
            Some("00000008  54 54 50                 |TTP|")
        );
        assert_eq!(view.line(2), None);
        assert_eq!(view.line(usize::MAX), None);
    }

    proptest! {
        #[test]
        fn the_lines_together_are_the_bytes(bytes in prop::collection::vec(any::<u8>(), 0..100), width in 0..20usize) {
            let view = HexView::with_width(&bytes, width);
            let lines: Vec<u8> = (0..view.len()).filter_map(|at| view.line(at)).flat_map(|line| line.bytes.to_vec()).collect();
            prop_assert_eq!(lines, bytes);
        }
    }
}
