//! Exchanges with anything in them, for property tests.

use proptest::prelude::*;

use super::{answered, exchange};
use crate::model::{Exchange, FailureKind, Stage, Timestamp};

/// What HTTP allows in names and values: trimmed, any byte but NUL, CR, LF.
pub fn any_headers() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
    let value = prop::string::bytes_regex(
        "(?-u)([!-~\\x80-\\xff]([\t -~\\x80-\\xff]{0,9}[!-~\\x80-\\xff])?)?",
    );
    prop::collection::vec(("X-[!#$%&'*+.^_`|~0-9A-Za-z-]{1,6}", value.unwrap()), 0..6)
}

/// Exchanges at any time and in most stages, with any bytes in them.
pub fn any_exchange() -> impl Strategy<Value = Exchange> {
    let body = prop::collection::vec(any::<u8>(), 0..40);
    let stage = prop_oneof![
        Just(Stage::Forwarding),
        Just(Stage::Failed(FailureKind::OriginRefused.into()))
    ];
    (
        any_headers(),
        body.clone(),
        body,
        stage,
        any::<i64>(),
        any::<bool>(),
    )
        .prop_map(|(headers, sent, got, stage, at, is_answered)| {
            let fields: Vec<_> = headers
                .iter()
                .map(|(n, v)| (n.as_str(), v.as_slice()))
                .collect();
            let mut made = exchange("/a?b=%20", &fields, &sent);
            made.closed_at = Some(Timestamp::from_micros(at));
            made.stage = stage;
            made.request_body.size += u64::from(!is_answered);
            made.request_body.cut = at % 2 == 0;
            made.response_body.cut = at % 3 == 0;
            if is_answered {
                answered(made, &got)
            } else {
                made
            }
        })
}
