//! From bytes to text, by what the sender and the first bytes say of the charset.

use std::borrow::Cow;

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

/// Reads bytes as text: a byte order mark decides, then the charset of the content type, else
/// UTF-8.
#[must_use]
pub fn decode<'a>(bytes: &'a [u8], content_type: Option<&str>) -> Text<'a> {
    let named = content_type
        .and_then(|text| text.parse::<mime::Mime>().ok())
        .and_then(|mime| Encoding::for_label(mime.get_param(mime::CHARSET)?.as_str().as_bytes()));
    let (text, encoding, replaced) = named.unwrap_or(UTF_8).decode(bytes);
    Text {
        text,
        charset: encoding.name(),
        replaced,
    }
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

    proptest! {
        #[test]
        fn any_bytes_are_text_in_any_charset(bytes in prop::collection::vec(any::<u8>(), 0..80), label in "[a-z0-9-]{0,12}") {
            for charset in [&*label, "utf-16", "gb18030", "iso-2022-jp"] {
                let _ = decode(&bytes, Some(&format!("text/plain; charset={charset}")));
            }
        }
    }
}
