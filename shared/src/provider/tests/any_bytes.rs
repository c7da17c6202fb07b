//! What holds for any bytes whatever.

use std::sync::OnceLock;

use proptest::prelude::*;

use super::properties::{judged, now};
use super::{Case, header, table};
use crate::model::{Header, Headers, Timestamp};
use crate::provider::{
    CertifiedKey, Draft, Key, Request, Secret, Table, Verdict, candidates, check, detect, sign,
};

/// Rows whose signatures are over any bytes, and a secret for each.
const OF_ANY_BYTES: [(&str, &str); 10] = [
    ("github", "s"),
    ("stripe", "whsec_s"),
    ("slack", "s"),
    ("shopify", "s"),
    ("standard-webhooks", "whsec_AAAA"),
    ("paddle", "s"),
    ("zoom", "s"),
    ("hubspot", "s"),
    ("square", "s"),
    ("trello", "s"),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn any_bytes_can_be_signed_and_are_good_then_and_only_then(
        body in prop::collection::vec(any::<u8>(), 0..300),
        target in "/[ -~]{0,40}",
        later in 0i64..200,
    ) {
        static TABLE: OnceLock<Table> = OnceLock::new();
        let table = TABLE.get_or_init(table);
        for (id, secret) in OF_ANY_BYTES {
            let row = table.get(id).unwrap();
            let secret = Secret::new(id, "own", secret);
            let mut draft = Draft {
                method: "POST".into(),
                base: "https://hooks.example.com".into(),
                target: target.clone().into(),
                headers: Headers::new(),
                body: body.clone().into(),
            };
            sign(row, &mut draft, Key::Secret(&secret), now(), "msg_1").unwrap();
            prop_assert_eq!(judged(row, &draft, &secret, &[]).verdict, Verdict::Good);
            // Again, later: what was there is renewed, not added to.
            let count = draft.headers.len();
            let then = Timestamp::from_micros(now().as_micros() + later * 1_000_000);
            sign(row, &mut draft, Key::Secret(&secret), then, "msg_2").unwrap();
            prop_assert_eq!(draft.headers.len(), count);
            prop_assert_eq!(&draft.body[..], &body[..]);
            let other = Secret::new(id, "own", format!("{}BBBB", secret.expose()));
            prop_assert_eq!(judged(row, &draft, &other, &[]).verdict.word(), "bad");
        }
    }
}

/// Method, address, fields by number of their name, body.
type Anything = (Vec<u8>, Vec<u8>, Vec<(usize, Vec<u8>)>, Vec<u8>);

fn anything() -> impl Strategy<Value = Anything> {
    let bytes = |most| prop::collection::vec(any::<u8>(), 0..most);
    (
        prop_oneof![Just(b"POST".to_vec()), bytes(8)],
        prop_oneof![
            Just(b"https://h/in?secret=x&challenge=%zz".to_vec()),
            bytes(40)
        ],
        prop::collection::vec((0usize..400, bytes(80)), 0..8),
        prop_oneof![
            bytes(200),
            Just(b"{\"type\":[{}],\"webhookTimestamp\":-9223372036854775808}".to_vec()),
            Just(b"payload=%7B%22a%22%3A1%7D&hook=x&ID=&%ff=%00".to_vec()),
        ],
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn no_bytes_whatever_make_it_panic((method, url, fields, body) in anything()) {
        static TABLE: OnceLock<Table> = OnceLock::new();
        let table = TABLE.get_or_init(table);
        let names: Vec<String> = table
            .rows()
            .flat_map(|row| row.scheme.iter())
            .flat_map(|scheme| {
                let time = scheme.time.as_ref().map(|time| time.at.to_string());
                [Some(scheme.signature.at.to_string()), time]
            })
            .flatten()
            .filter_map(|at| at.strip_prefix("header:").map(str::to_owned))
            .chain(["Content-Type".to_owned(), "X-GitHub-Event".to_owned()])
            .collect();
        let headers: Vec<Header> = fields
            .iter()
            .map(|(name, value)| header(&names[name % names.len()], value))
            .collect();
        let request = Request::new(&method[..], &url[..], &headers, &body[..]);
        let _ = detect(table, &request);
        let _ = candidates(&request);
        for row in table.rows() {
            let secrets = [Secret::new(&row.id, "a", "whsec_AAAA"), Secret::new(&row.id, "b", "00")];
            let case = Case {
                headers: Vec::new(),
                body: Vec::new(),
                secrets: secrets.to_vec(),
                certificates: vec![CertifiedKey::always("https://x".to_owned(), vec![0; 9])],
                at: now(),
            };
            let event = row.event(&request);
            let _ = (row.delivery(&request), row.line(&request, event.as_deref()));
            let report = check(row, &request, true, &case.with());
            let _ = (report.to_string(), report.details());
            prop_assert!(serde_json::to_string(&report).is_ok());
            let mut draft = Draft {
                method: method.clone().into(),
                base: "http://h".into(),
                target: url.clone().into(),
                headers: headers.iter().cloned().collect(),
                body: body.clone().into(),
            };
            let _ = sign(row, &mut draft, Key::Secret(&secrets[0]), now(), "id");
        }
    }
}
