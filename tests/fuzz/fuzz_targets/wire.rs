//! Whatever bytes a peer sends: heads, answers, trailers and control frames decode or fail, and
//! what decodes encodes to something that decodes to the same.
#![no_main]

use bytes::{Bytes, BytesMut};
use hookreel_shared::wire::control::{self, ClientFrame, RelayFrame};
use hookreel_shared::wire::{frame, head, limits};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let bytes = Bytes::copy_from_slice(data);
    let _ = control::decode::<ClientFrame>(&bytes);
    let _ = control::decode::<RelayFrame>(&bytes);
    let _ = head::decode_trailers(&bytes);
    let _ = head::decode_answer(&bytes);
    if let Ok(decoded) = head::decode_request(&bytes) {
        let mut wire = BytesMut::new();
        if head::encode_request(&decoded, &mut wire).is_ok() {
            let content = frame::split(&mut wire, limits::MAX_HEAD)
                .expect("what was encoded fits")
                .expect("what was encoded is whole");
            assert_eq!(head::decode_request(&content).expect("reads back"), decoded);
        }
    }
    let mut stream = BytesMut::from(data);
    while let Ok(Some(_)) = frame::split(&mut stream, limits::MAX_CONTROL) {}
});
