//! From bytes to text, by what the sender and the first bytes say of the charset.

use std::borrow::Cow;

use bytes::Bytes;
use encoding_rs::{Encoding, UTF_8};

/// A body as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text<'a> {
    /// The text, without a byte order mark.
    pub text: Cow<'a, str>,
    /// The charset it was read in, by its name in the WHATWG Encoding Standard.
    pub charset: &'static str,
    /// Whether bytes that the charset does not know were replaced by U+FFFD.
    pub replaced: bool,
}

/// The front of a body as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Front {
    /// The text in UTF-8, without a byte order mark. Where the charset is UTF-8 these are the
    /// bytes that came, all of them, and some may not be valid.
    pub text: Bytes,
    /// The charset it was read in, by its name in the WHATWG Encoding Standard.
    pub charset: &'static str,
    /// Bytes at the end that were not read.
    pub unread: usize,
}

/// Reads bytes as text: a byte order mark decides, then the charset of the content type, else
/// UTF-8.
#[must_use]
pub fn decode<'a>(bytes: &'a [u8], content_type: Option<&str>) -> Text<'a> {
    let (text, encoding, replaced) = named(content_type).decode(bytes);
    Text {
        text,
        charset: encoding.name(),
        replaced,
    }
}

/// The same for a body that may be long: UTF-8 costs nothing, of other charsets at most so many
/// bytes are read.
#[must_use]
pub fn front(bytes: &Bytes, content_type: Option<&str>, most: usize) -> Front {
    let (encoding, mark) = Encoding::for_bom(bytes).unwrap_or_else(|| (named(content_type), 0));
    if encoding == UTF_8 {
        return Front {
            text: bytes.slice(mark..),
            charset: encoding.name(),
            unread: 0,
        };
    }
    let read = bytes.len().min(mark.saturating_add(most));
    let mut text = String::new();
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let piece = bytes.get(mark..read).unwrap_or_default();
    let room = decoder.max_utf8_buffer_length(piece.len());
    text.reserve(room.unwrap_or_default());
    // The room is enough for the worst case, so that one call takes all; a character that the
    // limit cuts is left out.
    let _ = decoder.decode_to_string(piece, &mut text, read == bytes.len());
    Front {
        text: text.into(),
        charset: encoding.name(),
        unread: bytes.len() - read,
    }
}

fn named(content_type: Option<&str>) -> &'static Encoding {
    content_type
        .and_then(|text| text.parse::<mime::Mime>().ok())
        .and_then(|mime| Encoding::for_label(mime.get_param(mime::CHARSET)?.as_str().as_bytes()))
        .unwrap_or(UTF_8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_mark_decides_then_the_content_type_else_utf_8() {
        for (bytes, content_type, text, charset) in [
            (&b"Z\xc3\xbcrich"[..], None, "Zürich", "UTF-8"),
            (
                b"Z\xfcrich",
                Some("text/plain; charset=ISO-8859-1"),
                "Zürich",
                "windows-1252",
            ),
            (
                b"\xef\xbb\xbf\xc3\xbc",
                Some("text/plain; charset=latin1"),
                "ü",
                "UTF-8",
            ),
            (b"\xff\xfea\0", None, "a", "UTF-16LE"),
            (
                b"\x82\xa0",
                Some("text/plain;charset=\"shift_jis\""),
                "あ",
                "Shift_JIS",
            ),
            (b"a", Some("text/plain; charset=nonsense"), "a", "UTF-8"),
            (b"a", Some("not a type"), "a", "UTF-8"),
        ] {
            let got = decode(bytes, content_type);
            assert_eq!(
                (&*got.text, got.charset, got.replaced),
                (text, charset, false)
            );
        }
        assert!(decode(b"\xff", None).replaced);
    }

    #[test]
    fn the_front_of_a_long_text_is_read_no_further_than_asked() {
        let utf_16: Vec<u8> = [0xff, 0xfe].into_iter().chain(*b"a\0b\0c\0").collect();
        let got = front(&Bytes::from(utf_16), None, 3);
        assert_eq!(
            (&got.text[..], got.charset, got.unread),
            (&b"a"[..], "UTF-16LE", 3)
        );
        let body = Bytes::from_static(b"\xef\xbb\xbfab\xff");
        let got = front(&body, Some("text/plain; charset=latin1"), 1);
        assert_eq!(
            (&got.text[..], got.charset, got.unread),
            (&b"ab\xff"[..], "UTF-8", 0)
        );
    }

    proptest! {
        #[test]
        fn the_whole_front_is_the_text(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            for charset in ["utf-16", "gb18030", "iso-2022-jp", "latin1"] {
                let kind = format!("text/plain; charset={charset}");
                let whole = front(&Bytes::from(bytes.clone()), Some(&kind), usize::MAX);
                let text = decode(&bytes, Some(&kind));
                let front = String::from_utf8_lossy(&whole.text);
                prop_assert_eq!(front, text.text);
            }
        }

        #[test]
        fn any_bytes_are_text_in_any_charset(bytes in prop::collection::vec(any::<u8>(), 0..80), label in "[a-z0-9-]{0,12}") {
            for charset in [&*label, "utf-16", "gb18030", "iso-2022-jp"] {
                let _ = decode(&bytes, Some(&format!("text/plain; charset={charset}")));
            }
        }
    }
}
