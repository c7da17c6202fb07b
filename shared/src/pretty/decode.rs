//! Content codings (RFC 9110 §8.4) taken off for viewing, with limits: a stranger's few bytes may
//! unfold into gigabytes.

use std::io::Read;

use bytes::Bytes;
use flate2::bufread::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

use crate::model::Headers;

/// Most bytes that come out, over all codings of a body.
pub const MAX_OUTPUT: usize = 8 << 20;

/// Most bytes that come out for each that goes in, once more than [`FREE`] came out.
pub const MAX_RATIO: usize = 100;

/// Bytes that may always come out: short texts of one letter are no attack.
pub const FREE: usize = 64 << 10;

/// Most codings of one body; more than two are never seen.
pub const MAX_CODINGS: usize = 4;

/// Memory for the window of zstd, in bytes: what a decoder must support (RFC 8878 §3.1.1.1.2).
const MAX_WINDOW: u64 = 8 << 20;

/// Why a body could not be decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// A coding nobody here knows.
    #[error("the content coding {0:?} is not known")]
    Unknown(String),
    /// More than [`MAX_CODINGS`].
    #[error("more than {MAX_CODINGS} content codings")]
    TooMany,
    /// More than [`MAX_OUTPUT`], or than was wanted.
    #[error("decoded, it is over the limit of {MAX_OUTPUT} bytes")]
    TooLarge,
    /// More than [`MAX_RATIO`].
    #[error("decoded, it is more than {MAX_RATIO} times as large")]
    Ratio,
    /// The bytes are not what the coding says, or are cut off.
    #[error("not valid {coding}: {message}")]
    Broken {
        /// The coding.
        coding: &'static str,
        /// What is wrong.
        message: String,
    },
}

/// What came out of a coded body, as far as it could be decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Front {
    /// The decoded bytes, from the first on.
    pub bytes: Bytes,
    /// The codings that were named, in lower case, in their order; `identity` is none.
    pub codings: Vec<String>,
    /// Why it ends there, if that is not the end.
    pub fault: Option<DecodeError>,
}

/// What `Content-Encoding` says in these fields, as one list; empty where there is none.
#[must_use]
pub fn codings_of(headers: &Headers) -> String {
    let values = headers.all("Content-Encoding");
    let values: Vec<_> = values.map(|value| String::from_utf8_lossy(value)).collect();
    values.join(",")
}

/// Takes off the codings that `Content-Encoding` lists, the last one first. No coding gives the
/// bytes as they are.
///
/// # Errors
/// [`DecodeError`]: an unknown coding, broken bytes, or the limit that was met.
pub fn decode(bytes: &[u8], content_encoding: &str) -> Result<Vec<u8>, DecodeError> {
    let codings = codings(content_encoding)?;
    let (decoded, fault) = all(bytes, &codings, MAX_OUTPUT);
    fault.map_or_else(|| Ok(decoded.unwrap_or_else(|| bytes.to_vec())), Err)
}

/// The same, with what came out before a fault or limit. A body without a coding is not copied.
#[must_use]
pub fn front(bytes: &Bytes, content_encoding: &str) -> Front {
    front_up_to(bytes, content_encoding, MAX_OUTPUT)
}

/// The same, for whoever needs no more than the first `most` bytes: some more may come.
#[must_use]
pub fn front_up_to(bytes: &Bytes, content_encoding: &str, most: usize) -> Front {
    match codings(content_encoding) {
        Ok(codings) => {
            let (decoded, fault) = all(bytes, &codings, most.min(MAX_OUTPUT));
            Front {
                bytes: decoded.map_or_else(|| bytes.clone(), Bytes::from),
                codings: codings
                    .iter()
                    .map(|coding| coding.to_ascii_lowercase())
                    .collect(),
                fault,
            }
        }
        Err(fault) => Front {
            bytes: Bytes::new(),
            codings: vec![content_encoding.to_ascii_lowercase()],
            fault: Some(fault),
        },
    }
}

fn codings(content_encoding: &str) -> Result<Vec<&str>, DecodeError> {
    let codings: Vec<&str> = content_encoding
        .split(',')
        .map(str::trim)
        .filter(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case("identity"))
        .collect();
    if codings.len() > MAX_CODINGS {
        return Err(DecodeError::TooMany);
    }
    Ok(codings)
}

/// What came out, unless there was nothing to take off, and why it is not all.
fn all(bytes: &[u8], codings: &[&str], most: usize) -> (Option<Vec<u8>>, Option<DecodeError>) {
    let mut decoded: Option<Vec<u8>> = None;
    for (left, coding) in codings.iter().enumerate().rev() {
        let mut out = Vec::new();
        // What lies under another coding is wanted whole.
        let most = if left == 0 { most } else { MAX_OUTPUT };
        let result = one(
            decoded.as_deref().unwrap_or(bytes),
            coding,
            (&mut out, most),
        );
        // Against what came from outside, however many codings lie between.
        let result = result.and_then(|()| within_ratio(bytes.len(), out.len()));
        decoded = Some(out);
        if let Err(fault) = result {
            // What lies under another coding cannot be read.
            let readable = left == 0;
            return (
                decoded.filter(|_| readable).or_else(|| Some(Vec::new())),
                Some(fault),
            );
        }
    }
    (decoded, None)
}

/// Where decoded bytes go, and how many at the most.
type Out<'a> = (&'a mut Vec<u8>, usize);

fn one(bytes: &[u8], coding: &str, out: Out<'_>) -> Result<(), DecodeError> {
    match coding.to_ascii_lowercase().as_str() {
        "gzip" | "x-gzip" => read("gzip", bytes, MultiGzDecoder::new(bytes), out),
        // The name means zlib (RFC 9110 §8.4.1.2); many send bare deflate under it.
        "deflate" if is_zlib(bytes) => read("deflate", bytes, ZlibDecoder::new(bytes), out),
        "deflate" => read("deflate", bytes, DeflateDecoder::new(bytes), out),
        "br" => {
            let decoder = brotli_decompressor::Decompressor::new(bytes, 4096);
            read("br", bytes, decoder, out)
        }
        "zstd" => zstd(bytes, out),
        _ => Err(DecodeError::Unknown(coding.to_owned())),
    }
}

fn is_zlib(bytes: &[u8]) -> bool {
    let header = bytes
        .first_chunk::<2>()
        .map(|head| u16::from_be_bytes(*head));
    header.is_some_and(|header| header >> 8 & 0xf == 8 && header % 31 == 0)
}

/// All frames of a zstd body, one behind the other.
fn zstd(mut bytes: &[u8], (decoded, most): Out<'_>) -> Result<(), DecodeError> {
    let whole = bytes;
    let broken = |message: String| DecodeError::Broken {
        coding: "zstd",
        message,
    };
    while !bytes.is_empty() {
        if window(bytes).is_some_and(|window| window > MAX_WINDOW) {
            return Err(broken("its window is over the limit of 8 MiB".to_owned()));
        }
        let mut frame = bytes;
        let mut decoder = ruzstd::decoding::FrameDecoder::new();
        decoder
            .init(&mut frame)
            .map_err(|error| broken(error.to_string()))?;
        while !decoder.is_finished() {
            let strategy = ruzstd::decoding::BlockDecodingStrategy::UptoBlocks(1);
            decoder
                .decode_blocks(&mut frame, strategy)
                .map_err(|error| broken(error.to_string()))?;
            decoded.extend(decoder.collect().unwrap_or_default());
            within_limits(whole.len(), decoded.len(), most)?;
        }
        decoded.extend(decoder.collect().unwrap_or_default());
        within_limits(whole.len(), decoded.len(), most)?;
        bytes = frame;
    }
    Ok(())
}

/// How many bytes a zstd decoder must hold back, as the frame's header says (RFC 8878 §3.1.1.1).
/// The decoder itself would believe any size.
fn window(frame: &[u8]) -> Option<u64> {
    let (descriptor, rest) = frame.get(4..)?.split_first()?;
    let is_single = descriptor & 0x20 != 0;
    if !is_single {
        let window = u64::from(*rest.first()?);
        let base = 1u64 << (10 + (window >> 3));
        return Some(base + base / 8 * (window & 7));
    }
    // The whole content is the window. Its size stands behind the dictionary's id.
    let id = [0, 1, 2, 4][usize::from(descriptor & 3)];
    let (len, more) = [(1, 0), (2, 256), (4, 0), (8, 0)][usize::from(descriptor >> 6)];
    let size = rest.get(id..id + len)?;
    let mut bytes = [0; 8];
    bytes[..len].copy_from_slice(size);
    Some(u64::from_le_bytes(bytes).saturating_add(more))
}

fn read(
    coding: &'static str,
    bytes: &[u8],
    mut from: impl Read,
    (decoded, most): Out<'_>,
) -> Result<(), DecodeError> {
    let mut chunk = [0; 8192];
    loop {
        match from.read(&mut chunk) {
            Ok(0) => return Ok(()),
            Ok(read) => decoded.extend_from_slice(&chunk[..read]),
            Err(error) => {
                return Err(DecodeError::Broken {
                    coding,
                    message: error.to_string(),
                });
            }
        }
        within_limits(bytes.len(), decoded.len(), most)?;
    }
}

fn within_limits(from: usize, to: usize, most: usize) -> Result<(), DecodeError> {
    within_ratio(from, to)?;
    if to > most {
        return Err(DecodeError::TooLarge);
    }
    Ok(())
}

fn within_ratio(from: usize, to: usize) -> Result<(), DecodeError> {
    if to > FREE && to > from.saturating_mul(MAX_RATIO) {
        return Err(DecodeError::Ratio);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn of_a_large_body_no_more_is_decoded_than_is_wanted() {
        let text = "word and number 12 ".repeat(100_000);
        let body = Bytes::from(gzip(text.as_bytes()));
        let front = front_up_to(&body, "gzip", 10_000);
        assert!(
            (10_000..30_000).contains(&front.bytes.len()),
            "{}",
            front.bytes.len()
        );
        assert!(text.as_bytes().starts_with(&front.bytes));
        let twice = Bytes::from(gzip(&body));
        let front = front_up_to(&twice, "gzip, gzip", 10_000);
        assert!(!front.bytes.is_empty() && text.as_bytes().starts_with(&front.bytes));
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(bytes: &[u8]) -> Vec<u8> {
        ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
    }

    /// "hello" as one stored block: ISLAST is set in an empty block behind it (RFC 7932 §9.2).
    const BROTLI: &[u8] = &[0x0b, 0x02, 0x80, b'h', b'e', b'l', b'l', b'o', 0x03];

    #[test]
    fn each_coding_comes_off_and_several_come_off_from_the_last_on() {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(b"hello").unwrap();
        let mut deflate = DeflateEncoder::new(Vec::new(), Compression::fast());
        deflate.write_all(b"hello").unwrap();
        for (bytes, coding) in [
            (b"hello".to_vec(), ""),
            (b"hello".to_vec(), "identity"),
            (gzip(b"hello"), "gzip"),
            ([gzip(b"hel"), gzip(b"lo")].concat(), "X-GZip"),
            (zlib.finish().unwrap(), "deflate"),
            (deflate.finish().unwrap(), "deflate"),
            (BROTLI.to_vec(), "br"),
            (zstd(b"hello"), "zstd"),
            ([zstd(b"hel"), zstd(b"lo")].concat(), "zstd"),
            (gzip(&zstd(b"hello")), "zstd, gzip"),
        ] {
            assert_eq!(
                decode(&bytes, coding).as_deref(),
                Ok(&b"hello"[..]),
                "{coding}"
            );
        }
    }

    #[test]
    fn what_came_out_before_a_fault_stays_to_be_seen() {
        let text = b"hello hello ".repeat(4000);
        let whole = gzip(&text);
        let cut = Bytes::copy_from_slice(&whole[..whole.len() - 9]);
        let got = front(&cut, "GZIP");
        assert!(
            matches!(got.fault, Some(DecodeError::Broken { .. })),
            "{got:?}"
        );
        assert!(!got.bytes.is_empty() && text.starts_with(&got.bytes));
        assert_eq!(got.codings, ["gzip"]);
        let bomb = front(&gzip(&vec![b'a'; 2 << 20]).into(), "gzip");
        assert_eq!(bomb.fault, Some(DecodeError::Ratio));
        assert!(bomb.bytes.len() >= FREE);
        let twice = front(&gzip(b"not zstd").into(), "zstd, gzip");
        assert!(twice.fault.is_some());
        let bare = Bytes::from_static(b"bare");
        assert_eq!(
            front(&bare, "").bytes.as_ptr(),
            bare.as_ptr(),
            "nothing is copied"
        );
    }

    #[test]
    fn what_unfolds_too_far_is_left_and_the_limit_is_named() {
        let zeros = vec![0; 2 << 20];
        for (bytes, coding) in [
            (gzip(&zeros), "gzip"),
            (gzip(&gzip(&zeros)), "gzip, gzip"),
            (zstd(&zeros), "zstd"),
        ] {
            assert_eq!(decode(&bytes, coding), Err(DecodeError::Ratio), "{coding}");
        }
        // Noise hardly shrinks, so that only its size is too much.
        let mut seed = 1u64;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            seed.to_be_bytes()[0]
        })
        .take(MAX_OUTPUT + 1)
        .collect();
        assert_eq!(decode(&gzip(&noise), "gzip"), Err(DecodeError::TooLarge));
        assert_eq!(
            decode(b"", "gzip,gzip,gzip,gzip,gzip"),
            Err(DecodeError::TooMany)
        );
        assert_eq!(decode(b"x", "lzw"), Err(DecodeError::Unknown("lzw".into())));
    }

    proptest! {
        #[test]
        fn any_bytes_decode_or_are_broken_but_never_panic(
            bytes in prop::collection::vec(any::<u8>(), 0..300),
            whole in any::<prop::sample::Index>(),
        ) {
            for coding in ["gzip", "deflate", "br", "zstd"] {
                let _ = decode(&bytes, coding);
            }
            for (mut good, coding) in [(gzip(&bytes), "gzip"), (zstd(&bytes), "zstd")] {
                prop_assert_eq!(decode(&good, coding), Ok(bytes.clone()));
                let at = whole.index(good.len());
                good[at] ^= 0x55;
                let _ = decode(&good, coding);
            }
        }
    }
}
