//! Whatever stands behind a content coding: it comes off within the limits or says why not, and
//! what came out before a fault is what would have come out without it.
#![no_main]

use bytes::Bytes;
use hookreel_shared::pretty::decode::{FREE, MAX_OUTPUT, MAX_RATIO, decode, front};
use libfuzzer_sys::fuzz_target;

/// What one step of a decoder may put out beyond the limit: the largest block of zstd.
const STEP: usize = 128 << 10;

fuzz_target!(|input: (u8, &[u8])| {
    let (which, data) = input;
    let codings = [
        "gzip",
        "deflate",
        "br",
        "zstd",
        "gzip, br",
        "zstd, deflate, gzip",
        "lzw",
    ];
    let coding = codings[usize::from(which) % codings.len()];
    let body = Bytes::copy_from_slice(data);
    let seen = front(&body, coding);
    assert!(seen.bytes.len() <= MAX_OUTPUT + STEP);
    assert!(seen.bytes.len() <= FREE.max(data.len() * MAX_RATIO) + STEP);
    match decode(data, coding) {
        Ok(whole) => assert_eq!((seen.bytes, seen.fault), (whole.into(), None)),
        Err(fault) => assert_eq!(seen.fault, Some(fault)),
    }
});
