//! Whatever is read as JSON: tokens stand in order within the text, each start knows its end, and
//! what another reader takes for JSON has no fault here.
#![no_main]

use hookreel_shared::json::{Kind, scan};
use libfuzzer_sys::fuzz_target;

/// Deeper than the other reader goes.
const DEPTH: usize = 200;

fuzz_target!(|data: &[u8]| {
    let found = scan(data, DEPTH);
    let mut behind = 0;
    for (index, token) in found.tokens.iter().enumerate() {
        assert!(token.place.start >= behind && token.place.end <= data.len());
        behind = token.place.end;
        let is_start = matches!(token.kind, Kind::StartObject | Kind::StartArray);
        assert!(token.end >= index && (is_start || token.end == index));
        if found.error.is_none() && is_start {
            let end = &found.tokens[token.end];
            assert!(matches!(end.kind, Kind::EndObject | Kind::EndArray));
        }
    }
    if serde_json::from_slice::<serde_json::Value>(data).is_ok() {
        assert_eq!(found.error, None);
    }
});
