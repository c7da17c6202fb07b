//! Between our ordered header lists and the `http` crate's maps.

use bytes::Bytes;
use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};

use crate::model::{Header, Headers};

/// A field that the `http` crate cannot carry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConvertError {
    /// The name is not a token.
    #[error("a header name that is not a token")]
    Name,
    /// The value has control characters.
    #[error("header {0} has control characters in its value")]
    Value(String),
}

/// As a map: same-named fields keep their order, names lose their case.
///
/// # Errors
/// [`ConvertError`].
pub fn to_header_map(headers: &Headers) -> Result<HeaderMap, ConvertError> {
    let mut map = HeaderMap::with_capacity(headers.len());
    for Header { name, value } in headers {
        append(&mut map, name, value.clone())?;
    }
    Ok(map)
}

/// Adds one field behind those of the same name.
///
/// # Errors
/// [`ConvertError`].
pub fn append(map: &mut HeaderMap, name: &[u8], value: Bytes) -> Result<(), ConvertError> {
    let key = HeaderName::from_bytes(name).map_err(|_| ConvertError::Name)?;
    let value = HeaderValue::from_maybe_shared(value)
        .map_err(|_| ConvertError::Value(String::from_utf8_lossy(name).into_owned()))?;
    map.append(key, value);
    Ok(())
}

/// As an ordered list, with names in lower case.
#[must_use]
pub fn from_header_map(map: &HeaderMap) -> Headers {
    map.iter()
        .map(|(name, value)| Header {
            name: Bytes::copy_from_slice(name.as_str().as_bytes()),
            value: Bytes::copy_from_slice(value.as_bytes()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duplicates_and_binary_values_survive_both_ways() {
        let mut headers = Headers::new();
        headers.push("x-dup", "1");
        headers.push("x-dup", &b"\xff\x80"[..]);
        headers.push("x-other", "");
        let map = to_header_map(&headers).unwrap();
        assert_eq!(from_header_map(&map), headers);
    }

    #[test]
    fn control_characters_are_refused_by_name() {
        let mut headers = Headers::new();
        headers.push("X-Bad", &b"a\x01b"[..]);
        assert_eq!(
            to_header_map(&headers),
            Err(ConvertError::Value("X-Bad".into()))
        );
    }
}
