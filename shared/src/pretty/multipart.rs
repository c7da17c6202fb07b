//! The parts of a multipart body (RFC 7578, RFC 2046 §5.1).
//!
//! The parser is made for streams, but asks nothing of a runtime: over bytes that are all here
//! it never has to wait, so each step is finished at once.

use bytes::Bytes;
use futures_util::{FutureExt, stream};

/// Most parts that are read.
pub const MAX_PARTS: usize = 1000;

/// One part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The field's name.
    pub name: Option<String>,
    /// The file's name, as the sender gave it. Never a path to write to.
    pub file_name: Option<String>,
    /// The part's content type.
    pub content_type: Option<String>,
    /// What stands in it.
    pub content: Bytes,
}

/// Why a multipart body could not be read to its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MultipartError {
    /// The content type names no boundary.
    #[error("the content type names no boundary")]
    NoBoundary,
    /// More than [`MAX_PARTS`].
    #[error("more than {MAX_PARTS} parts")]
    TooMany,
    /// The body does not follow the format, or breaks off.
    #[error("not valid multipart: {0}")]
    Broken(String),
}

/// Reads the parts, up to the first fault, which then stands beside them.
#[must_use]
pub fn parts(body: &Bytes, content_type: &str) -> (Vec<Part>, Option<MultipartError>) {
    let mut parts = Vec::new();
    let fault = read(body, content_type, &mut parts).err();
    (parts, fault)
}

fn read(body: &Bytes, content_type: &str, parts: &mut Vec<Part>) -> Result<(), MultipartError> {
    let boundary = multer::parse_boundary(content_type).map_err(|_| MultipartError::NoBoundary)?;
    let whole = stream::iter([Ok::<_, std::convert::Infallible>(body.clone())]);
    let mut multipart = multer::Multipart::new(whole, boundary);
    let broken = |error: multer::Error| MultipartError::Broken(error.to_string());
    let waits = || MultipartError::Broken("it breaks off".to_owned());
    while let Some(field) = multipart
        .next_field()
        .now_or_never()
        .ok_or_else(waits)?
        .map_err(broken)?
    {
        if parts.len() == MAX_PARTS {
            return Err(MultipartError::TooMany);
        }
        parts.push(Part {
            name: field.name().map(str::to_owned),
            file_name: field.file_name().map(str::to_owned),
            content_type: field.content_type().map(ToString::to_string),
            content: field
                .bytes()
                .now_or_never()
                .ok_or_else(waits)?
                .map_err(broken)?,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BODY: &str = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\n--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a b.bin\"\r\nContent-Type: image/png\r\n\r\n\0\r\n\r\n--x--\r\n";

    #[test]
    fn parts_come_with_names_types_and_every_byte() {
        let (parts, fault) = parts(
            &Bytes::from_static(BODY.as_bytes()),
            "multipart/form-data; boundary=x",
        );
        assert_eq!(fault, None);
        let part =
            |name: &str, file: Option<&str>, kind: Option<&str>, content: &'static str| Part {
                name: Some(name.into()),
                file_name: file.map(Into::into),
                content_type: kind.map(Into::into),
                content: content.into(),
            };
        assert_eq!(
            parts,
            [
                part("a", None, None, "one"),
                part("f", Some("a b.bin"), Some("image/png"), "\0\r\n")
            ]
        );
    }

    #[test]
    fn a_body_that_breaks_off_keeps_the_parts_before() {
        let cut = Bytes::from_static(&BODY.as_bytes()[..BODY.len() - 12]);
        let (found, fault) = parts(&cut, "multipart/form-data; boundary=x");
        assert_eq!(found.len(), 1);
        assert!(matches!(fault, Some(MultipartError::Broken(_))));
        let (_, fault) = parts(&cut, "multipart/form-data");
        assert_eq!(fault, Some(MultipartError::NoBoundary));
    }

    proptest! {
        #[test]
        fn any_bytes_have_parts_or_a_fault(
            bytes in prop::collection::vec(any::<u8>(), 0..100),
            at in any::<prop::sample::Index>(),
        ) {
            let mut body = BODY.as_bytes().to_vec();
            let at = at.index(body.len());
            body.splice(at..at, bytes);
            let _ = parts(&body.into(), "multipart/form-data; boundary=x");
        }
    }
}
