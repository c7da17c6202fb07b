//! What holds for any bytes whatever.

use std::sync::OnceLock;

use proptest::prelude::*;

use super::properties::{judged, now};
use super::{Case, header, table};
use crate::model::{Header, Headers, Timestamp};
use crate::provider::algorithm::Algorithm;
use crate::provider::{
    CertifiedKey, Draft, Key, Request, Row, Secret, Table, Verdict, candidates, check, detect, sign,
};

/// A secret of each row that signs any bytes: not with a key of its own, and not by a value in a body
/// or an address that it has written itself.
fn of_any_bytes(table: &Table) -> impl Iterator<Item = (&Row, String)> {
    table.rows().filter_map(|row| {
        let best = row.scheme.first()?;
        let is_told = best
            .time
            .as_ref()
            .is_some_and(|time| time.at.path().is_some());
        let signs = !best.algorithm.is_asymmetric() && best.algorithm != Algorithm::Token;
        (signs && !is_told).then(|| (row, best.key.write(b"a secret of three")))
    })
}

#[test]
fn all_but_a_few_rows_sign_any_bytes() {
    let table = table();
    let ids: Vec<&str> = of_any_bytes(&table).map(|(row, _)| &row.id[..]).collect();
    let others = table.rows().filter(|row| !ids.contains(&&row.id[..]));
    let others: Vec<&str> = others.map(|row| &row.id[..]).collect();
    assert_eq!(
        others,
        [
            "paypal",
            "sendgrid",
            "discord",
            "linear",
            "mailchimp",
            "wordpress",
            "microsoft-graph"
        ]
    );
}

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
        for (row, secret) in of_any_bytes(table) {
            let secret = Secret::new(&row.id, "own", secret);
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
            let other = Secret::new(&row.id, "own", format!("{}BBBB", secret.expose()));
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
