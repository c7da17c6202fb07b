//! Whatever bytes a peer sends as a body, and however they are split: the pieces are the same, and
//! a body that did not end is never taken for whole.
#![no_main]

use bytes::Bytes;
use hookreel_shared::model::BodyKind;
use hookreel_shared::wire::body::{Decoder, Piece};
use libfuzzer_sys::fuzz_target;

fn decode(kind: BodyKind, parts: &[&[u8]]) -> Result<Vec<u8>, ()> {
    let mut decoder = Decoder::new(kind);
    let mut data = Vec::new();
    for part in parts {
        decoder.push(Bytes::copy_from_slice(part));
        while let Some(piece) = decoder.next().map_err(drop)? {
            if let Piece::Data(bytes) = piece {
                data.extend_from_slice(&bytes);
            }
        }
    }
    decoder.finish().map_err(drop)?;
    Ok(data)
}

fuzz_target!(|input: (u8, u16, &[u8])| {
    let (cut, length, data) = input;
    let cut = usize::from(cut).min(data.len());
    for kind in [
        BodyKind::Empty,
        BodyKind::Length(length.into()),
        BodyKind::Chunked,
        BodyKind::Upgrade,
    ] {
        let whole = decode(kind, &[data]);
        assert_eq!(whole, decode(kind, &[&data[..cut], &data[cut..]]));
        if let (BodyKind::Length(n), Ok(data)) = (kind, whole) {
            assert_eq!(data.len() as u64, n);
        }
    }
});
