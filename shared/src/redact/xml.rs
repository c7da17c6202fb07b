//! Secrets in XML: what stands in elements with secret names, and attributes with them. All else
//! stays byte for byte.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::names::mentions_secret;
use super::{MASK, is_secret_field};

/// The document without its secrets; nothing if it has none. Behind a fault nothing can be told
/// apart: what is left is masked if it names a secret.
pub(super) fn masked(document: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader::from_reader(document);
    reader.config_mut().check_end_names = false;
    let mut out = Vec::with_capacity(document.len());
    let mut copied = 0;
    let mut start = 0;
    // How deep within an element that is hidden.
    let mut hidden: usize = 0;
    loop {
        let event = reader.read_event();
        let end = place(reader.buffer_position()).min(document.len());
        let raw = document.get(start..end).unwrap_or_default();
        match event {
            Err(_) => {
                let from = start.max(copied);
                let rest = document.get(from..).unwrap_or_default();
                if hidden == 0 && mentions_secret(rest) {
                    out.extend_from_slice(document.get(copied..from).unwrap_or_default());
                    out.extend_from_slice(MASK.as_bytes());
                } else if hidden == 0 {
                    out.extend_from_slice(document.get(copied..).unwrap_or_default());
                }
                break;
            }
            Ok(Event::Eof) => {
                if hidden == 0 {
                    out.extend_from_slice(document.get(copied..).unwrap_or_default());
                }
                break;
            }
            Ok(Event::Start(_)) if hidden > 0 => hidden += 1,
            Ok(Event::End(_)) if hidden > 0 => {
                hidden -= 1;
                if hidden == 0 {
                    // What stood before this end tag is gone.
                    copied = start;
                }
            }
            Ok(Event::Start(tag)) => {
                attributes(&mut out, document, &mut copied, start, raw);
                if is_secret(&tag) {
                    out.extend_from_slice(document.get(copied..end).unwrap_or_default());
                    out.extend_from_slice(MASK.as_bytes());
                    copied = end;
                    hidden = 1;
                }
            }
            Ok(Event::Empty(_)) if hidden == 0 => {
                attributes(&mut out, document, &mut copied, start, raw);
            }
            Ok(_) => {}
        }
        start = end;
    }
    (out != document).then_some(out)
}

fn is_secret(tag: &BytesStart<'_>) -> bool {
    is_secret_field(tag.local_name().as_ref())
}

/// Masks values of attributes of the tag `raw`, which stands at `start`.
fn attributes(out: &mut Vec<u8>, document: &[u8], copied: &mut usize, start: usize, raw: &[u8]) {
    let mut at = 0;
    while let Some(equals) = raw.get(at..).and_then(|rest| memchr::memchr(b'=', rest)) {
        let equals = at + equals;
        let before = raw.get(..equals).unwrap_or_default().trim_ascii_end();
        let name = before
            .rsplit(|byte| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b':'))
            .next()
            .unwrap_or_default();
        let behind = raw.get(equals + 1..).unwrap_or_default();
        let spaces = behind.len() - behind.trim_ascii_start().len();
        let open = equals + 1 + spaces;
        let Some(quote) = raw.get(open).filter(|byte| matches!(byte, b'"' | b'\'')) else {
            at = equals + 1;
            continue;
        };
        let value = raw.get(open + 1..).unwrap_or_default();
        let Some(length) = memchr::memchr(*quote, value) else {
            return;
        };
        if length > 0 && is_secret_field(&String::from_utf8_lossy(name)) {
            let from = start + open + 1;
            out.extend_from_slice(document.get(*copied..from).unwrap_or_default());
            out.extend_from_slice(MASK.as_bytes());
            *copied = from + length;
        }
        at = open + 1 + length + 1;
    }
}

fn place(at: u64) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}
