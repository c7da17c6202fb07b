//! Bytes as they are, sixteen a line.

use std::fmt;

/// Bytes a line.
pub const WIDTH: usize = 16;

/// Bytes by lines, made on demand.
#[derive(Debug, Clone, Copy)]
pub struct HexView<'a> {
    bytes: &'a [u8],
}

/// One line: its place, and up to [`WIDTH`] bytes. Shown as `00000010  68 6f …  |ho…|`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HexLine<'a> {
    /// Where its first byte stands in the whole.
    pub offset: usize,
    /// Its bytes.
    pub bytes: &'a [u8],
}

impl<'a> HexView<'a> {
    /// A view of these bytes.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// How many lines there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len().div_ceil(WIDTH)
    }

    /// Whether there is nothing to see.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The line of that number, from 0 on.
    #[must_use]
    pub fn line(&self, number: usize) -> Option<HexLine<'a>> {
        let offset = number.checked_mul(WIDTH)?;
        let rest = self.bytes.get(offset..).filter(|rest| !rest.is_empty())?;
        Some(HexLine {
            offset,
            bytes: &rest[..rest.len().min(WIDTH)],
        })
    }
}

impl fmt::Display for HexLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x} ", self.offset)?;
        for at in 0..WIDTH {
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
        assert_eq!(view.line(2), None);
        assert_eq!(view.line(usize::MAX), None);
    }

    proptest! {
        #[test]
        fn the_lines_together_are_the_bytes(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let view = HexView::new(&bytes);
            let lines: Vec<u8> = (0..view.len()).filter_map(|at| view.line(at)).flat_map(|line| line.bytes.to_vec()).collect();
            prop_assert_eq!(lines, bytes);
        }
    }
}
