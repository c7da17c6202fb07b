//! Which view fits a body: what its content type says, unless its first bytes say otherwise.

/// A way to show a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Nothing to show.
    Empty,
    /// [`json`](super::json)
    Json,
    /// [`form`](super::form)
    Form,
    /// [`multipart`](super::multipart)
    Multipart,
    /// [`xml`](super::xml); HTML too, as far as it is XML, else as text
    Xml,
    /// [`text`](super::text)
    Text,
    /// [`hex`](super::hex)
    Hex,
}

/// How many bytes at the front are looked at.
const LOOK: usize = 1024;

/// Picks the view of a body without content codings.
#[must_use]
pub fn pick(bytes: &[u8], content_type: Option<&str>) -> View {
    if bytes.is_empty() {
        return View::Empty;
    }
    let mime = content_type.and_then(|text| text.parse::<mime::Mime>().ok());
    let front = &bytes[..bytes.len().min(LOOK)];
    let Some(mime) = mime else {
        return by_front(front);
    };
    let suffix = mime.suffix().map(|suffix| suffix.as_str());
    match (mime.type_().as_str(), mime.subtype().as_str()) {
        (_, "json" | "x-json") => View::Json,
        _ if suffix == Some("json") => View::Json,
        // What curl -d says of anything; fields have a = and begin with no brace.
        ("application", "x-www-form-urlencoded")
            if !front.contains(&b'=') || front.trim_ascii_start().starts_with(b"{") =>
        {
            by_front(front)
        }
        ("application", "x-www-form-urlencoded") => View::Form,
        ("multipart", _) => View::Multipart,
        (_, "xml" | "html" | "xhtml") => View::Xml,
        _ if suffix == Some("xml") => View::Xml,
        ("text", "plain") if is_other_charset(&mime) => View::Text,
        // Many senders name a type that tells nothing, or the wrong one.
        ("text", "plain") | ("application", "octet-stream") => by_front(front),
        ("text", _) => View::Text,
        _ => by_front(front),
    }
}

/// Whether it names a charset whose bytes need not be UTF-8.
fn is_other_charset(mime: &mime::Mime) -> bool {
    let charset = mime.get_param(mime::CHARSET);
    let known = charset.and_then(|name| encoding_rs::Encoding::for_label(name.as_str().as_bytes()));
    known.is_some_and(|encoding| encoding != encoding_rs::UTF_8)
}

fn by_front(front: &[u8]) -> View {
    let marked = [&b"\xff\xfe"[..], b"\xfe\xff"]
        .iter()
        .any(|mark| front.starts_with(mark));
    if marked {
        return View::Text;
    }
    // A stray bell does not make bytes of a text; a NUL does, and so do many others.
    let control = |c: &&u8| **c < 0x20 && !b"\t\n\r\x1b\x0c".contains(*c);
    let controls = front.iter().filter(control).count();
    if front.contains(&0) || controls * 10 > front.len() || !is_utf8_front(front) {
        return View::Hex;
    }
    let front = front.strip_prefix(b"\xef\xbb\xbf").unwrap_or(front);
    match front.trim_ascii_start().first() {
        Some(b'{' | b'[') => View::Json,
        Some(b'<') => View::Xml,
        _ => View::Text,
    }
}

/// Whether it is UTF-8, but for a character that is cut at its end.
fn is_utf8_front(front: &[u8]) -> bool {
    std::str::from_utf8(front).map_or_else(|error| error.error_len().is_none(), |_| true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_content_type_decides_unless_it_tells_nothing() {
        for (bytes, content_type, view) in [
            (&b""[..], Some("application/json"), View::Empty),
            (b"oops", Some("application/json; charset=utf-8"), View::Json),
            (b"{}", Some("application/vnd.github+json"), View::Json),
            (
                b"a=1",
                Some("application/x-www-form-urlencoded"),
                View::Form,
            ),
            (
                b"hello",
                Some("application/x-www-form-urlencoded"),
                View::Text,
            ),
            (
                b" {\"a\":\"b=c\"}",
                Some("application/x-www-form-urlencoded"),
                View::Json,
            ),
            (
                b"--x",
                Some("multipart/form-data; boundary=x"),
                View::Multipart,
            ),
            (b"<a/>", Some("application/soap+xml"), View::Xml),
            (b"a,b", Some("text/csv"), View::Text),
            (b" {\"a\":1}", Some("text/plain"), View::Json),
            (b"\x00\x01", Some("text/plain"), View::Hex),
            (b"a bell in a text: \x07", Some("text/plain"), View::Text),
            (b"\xe4\xe4", Some("text/plain; charset=latin1"), View::Text),
            (b"[1]", Some("text/plain; charset=UTF-8"), View::Json),
            (b"[1]", None, View::Json),
            (b"<?xml?>", Some("nonsense"), View::Xml),
            (b"hello \xc3", None, View::Text),
            (b"\x89PNG\r\n", Some("image/png"), View::Hex),
            (b"\xff\xfea\0", None, View::Text),
        ] {
            assert_eq!(
                pick(bytes, content_type),
                view,
                "{content_type:?} {bytes:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_body_has_a_view(bytes in prop::collection::vec(any::<u8>(), 0..40), content_type in ".{0,20}") {
            let view = pick(&bytes, Some(&content_type));
            prop_assert_eq!(view == View::Empty, bytes.is_empty());
        }
    }
}
