//! Whatever a sender sends: somebody is found or nobody, a verdict has words and a JSON form that reads
//! as the same, whoever asks only whether it is good hears the same, no question is answered with a page,
//! and what a row signs is good.
#![no_main]

use std::sync::OnceLock;

use hookreel_shared::model::{Header, Timestamp};
use hookreel_shared::provider::algorithm::Algorithm;
use hookreel_shared::provider::challenge::{Options, Reply, answer, unmarked};
use hookreel_shared::provider::{
    Draft, Key, Report, Request, Secret, Table, Verdict, With, check, detect, is_good, sign,
};
use libfuzzer_sys::fuzz_target;

const AT: Timestamp = Timestamp::from_micros(1_764_000_000_000_000);

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| Table::builtin().expect("all rows can be used"))
}

/// Fields of the head that rows look at.
fn names() -> &'static [String] {
    static NAMES: OnceLock<Vec<String>> = OnceLock::new();
    NAMES.get_or_init(|| {
        let schemes = table().rows().flat_map(|row| &row.scheme);
        let places = schemes.flat_map(|scheme| {
            let time = scheme.time.as_ref().map(|time| time.at.to_string());
            let id = scheme.id.as_ref().map(|id| id.at.to_string());
            [Some(scheme.signature.at.to_string()), time, id]
        });
        let places = places.flatten();
        let marks = table().rows().flat_map(|row| &row.detect);
        let marks = marks.flat_map(|mark| &mark.headers);
        let marks = marks.filter_map(|field| field.split(':').next().map(str::to_owned));
        let fields = places.filter_map(|at| at.strip_prefix("header:").map(str::to_owned));
        let fields = fields.chain(marks).chain(["Content-Type".to_owned()]);
        fields.collect()
    })
}

type Input<'a> = (&'a [u8], &'a [u8], Vec<(u16, &'a [u8])>, &'a [u8], u8);

fuzz_target!(|input: Input<'_>| {
    let (method, url, fields, body, which) = input;
    let field = |(at, value): &(u16, &[u8])| {
        let name = &names()[usize::from(*at) % names().len()];
        Header {
            name: name.clone().into(),
            value: value.to_vec().into(),
        }
    };
    let headers: Vec<Header> = fields.iter().map(field).collect();
    let request = Request::new(method, url, &headers, body);
    let found = detect(table(), &request);
    let any = table()
        .rows()
        .nth(usize::from(which) % table().rows().len());
    for row in found.into_iter().chain(any) {
        let secrets = [
            Secret::new(&row.id, "text", "a secret"),
            Secret::new(&row.id, "coded", "whsec_AAAA"),
        ];
        let with = With {
            secrets: &secrets,
            name: "any",
            at: AT,
            tolerance: None,
            certificates: &[],
        };
        let event = row.event(&request);
        let _ = (row.delivery(&request), row.line(&request, event.as_deref()));
        let report = check(row, &request, true, &with);
        assert_eq!(
            is_good(row, &request, true, &with),
            report.verdict == Verdict::Good
        );
        let text = serde_json::to_string(&report).expect("JSON");
        assert_eq!(
            serde_json::from_str::<Report>(&text).expect("a report"),
            report
        );
        let _ = (report.to_string(), report.details());
        let options = Options::default();
        let answers = answer(row, &request, true, &with, &options);
        let looks = unmarked(table(), &request, &with, &options).map(|(_, reply)| reply);
        for reply in answers.into_iter().chain(looks) {
            if let Reply::Answer(answer) = reply {
                assert!(answer.body.is_ascii());
                assert!(!answer.body.iter().any(|byte| b"<>\r\n\0".contains(byte)));
            }
        }
        let mut draft = Draft {
            method: method.to_vec().into(),
            base: "https://h".into(),
            target: "/in".into(),
            headers: headers.iter().cloned().collect(),
            body: body.to_vec().into(),
        };
        let key = Key::Secret(&secrets[1]);
        let Ok(done) = sign(row, &mut draft, key, AT, "msg_1") else {
            continue;
        };
        let token = |name: &String| {
            row.scheme(name)
                .is_some_and(|scheme| scheme.algorithm == Algorithm::Token)
        };
        // What each must have cannot be given to those that have no place for it.
        if !done.schemes.iter().any(token) && !draft.request().has_endless_form() {
            let report = check(row, &draft.request(), true, &with);
            assert_eq!(report.verdict, Verdict::Good, "{} {report}", row.id);
        }
    }
});
