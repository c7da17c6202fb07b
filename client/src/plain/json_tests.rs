use std::sync::Arc;

use super::super::tests_support::{answered, arrived, failed, ready};
use super::*;
use crate::record::State;

fn from_stripe() -> Summary {
    Summary {
        provider: Some("stripe".into()),
        event: Some("charge.succeeded".into()),
        verdict: Some("good".into()),
        ..answered(200)
    }
}

fn shown(notice: Notice) -> String {
    Json.lines(&Seen::Notice(notice)).0
}

#[test]
fn every_line_is_one_json_object_with_its_type_and_version() {
    let lines = [
        shown(ready()),
        shown(Notice::Exchange(Arc::new(arrived("/not/over/yet")))),
        shown(Notice::Exchange(Arc::new(answered(201)))),
        shown(Notice::Exchange(Arc::new(failed()))),
        shown(Notice::Exchange(Arc::new(from_stripe()))),
        shown(Notice::Status {
            state: State::Connected,
            reason: "connected again".into(),
        }),
        shown(Notice::Hint {
            of: None,
            text: "try this".into(),
        }),
        Json.lines(&Seen::Missed(3)).0,
    ]
    .concat();
    for line in lines.lines() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(value["type"].is_string() && value["v"] == 1, "{line}");
    }
    insta::assert_snapshot!(lines);
}
