//! Whatever a sender sends as a head: it is read or refused, and what is read can be written by
//! the client's library and says one thing only about its length.
#![no_main]

use bytes::Bytes;
use hookreel_relay::config::Limits;
use hookreel_relay::edge::head::parse;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(head) = parse(&Bytes::copy_from_slice(data), &Limits::default()) {
        let lengths = head.headers.all("content-length").count();
        let codings = head.headers.all("transfer-encoding").count();
        assert!(lengths + codings <= 1);
        assert_eq!(head.headers.all("host").count(), 1);
        assert!(!head.target.is_empty());
    }
});
