use std::io::Write as _;

use super::super::{Secrets, har as archive, json, to_base64};
use super::*;
use crate::model::testing::{answered, exchange};

fn id() -> ExchangeId {
    "req_01h455vb4pex5vsknk084sn02q".parse().unwrap()
}

fn entries(text: &[u8]) -> Each<Imported> {
    let mut read = Vec::new();
    har(text, &mut |entry| read.push(entry)).unwrap();
    read
}

#[test]
fn an_archive_keeps_when_and_how_long_and_becomes_an_exchange_again() {
    let sent = answered(exchange("/x?y=1", &[("A", b"1")], b"{}"), b"ok");
    let text = archive::write(&[(&sent, "https://shop.example:8443")], Secrets::Kept).unwrap();
    let read = entries(text.as_bytes()).remove(0).unwrap();
    let name = read.name().unwrap();
    assert_eq!(name.as_str(), "shop");
    let again = read.into_exchange(id(), name, Timestamp::from_micros(0));
    // HAR has milliseconds.
    let millis = sent.request.received_at.as_micros() / 1000 * 1000;
    assert_eq!(again.request.received_at.as_micros(), millis);
    assert_eq!(again.closed_at.unwrap().as_micros(), millis + 2545);
    assert_eq!(again.request.target, sent.request.target);
    assert_eq!(again.response_body, sent.response_body);
    assert_eq!((again.id(), again.stage.clone()), (id(), sent.stage));
}

#[test]
fn one_odd_entry_does_not_cost_the_others() {
    let text = br#"{"log":{"entries":[
        {"request":{"method":"G T","url":"http://h/"}},
        {"request":{"method":"GET","url":"http://127.0.0.1:80/"}},
        {"request":{"url":7}}]}}"#;
    let read = entries(text);
    let said: Vec<_> = read
        .iter()
        .map(|one| one.as_ref().err().map(ToString::to_string))
        .collect();
    assert_eq!(said[0].as_deref(), Some("entry 0: not a method: \"G T\""));
    assert_eq!(said[1], None);
    assert!(
        said[2].as_deref().unwrap().starts_with("entry 2: "),
        "{said:?}"
    );
    assert_eq!(read[1].as_ref().unwrap().name(), None);
}

#[test]
fn what_a_tool_has_decoded_is_no_longer_called_encoded() {
    let read = curl("curl -H 'Content-Encoding: gzip' -d '{}' http://demo.localhost/").unwrap();
    let exchange = read.into_exchange(id(), "demo".parse().unwrap(), Timestamp::from_micros(5));
    assert!(!exchange.request.headers.contains("Content-Encoding"));
    assert_eq!(
        exchange.request.headers.get("Host").unwrap(),
        "demo.localhost"
    );
    assert_eq!(exchange.request.received_at, Timestamp::from_micros(5));
}

#[test]
fn what_unfolds_further_than_is_looked_stays_called_encoded() {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(&vec![b'a'; 4 << 20]).unwrap();
    let text = to_base64(&packed.finish().unwrap());
    let archive = format!(
        r#"{{"log":{{"entries":[{{"request":{{"method":"POST","url":"http://h/",
            "headers":[{{"name":"Content-Encoding","value":"gzip"}}],
            "postData":{{"text":"{text}","encoding":"base64"}}}}}}]}}}}"#
    );
    let read = entries(archive.as_bytes()).remove(0).unwrap();
    let exchange = read.into_exchange(id(), "demo".parse().unwrap(), Timestamp::from_micros(5));
    assert!(exchange.request.headers.contains("Content-Encoding"));
}

#[test]
fn lines_of_json_are_read_each_for_itself() {
    let line = json::write(&exchange("/x", &[], b"1"));
    let text = format!("{line}\n\nnonsense\n{line}");
    let read: Vec<_> = exchanges(text.as_bytes()).collect();
    assert_eq!(read.len(), 3);
    assert_eq!(read[0].as_ref().unwrap(), &exchange("/x", &[], b"1"));
    let error = read[1].as_ref().unwrap_err().to_string();
    assert!(error.starts_with("exchange in line 3"), "{error}");
}

fn field<'a>(headers: &'a Headers, name: &'a str) -> Vec<&'a [u8]> {
    headers.all(name).map(|value| &value[..]).collect()
}

#[test]
fn archives_of_browsers_are_read_with_all_that_they_leave_out() {
    // Shapes of Chromium 140, Firefox 140 and mitmproxy 12.
    let text = include_bytes!("odd.har");
    let read = entries(text);
    let said: Vec<_> = read
        .iter()
        .map(|one| match one {
            Ok(read) => String::from_utf8_lossy(&read.target).into_owned(),
            Err(error) => error.to_string(),
        })
        .collect();
    assert_eq!(
        said,
        [
            "/submit?q=1",
            "/socket",
            "/unsaved",
            "/upload",
            "/blocked",
            "/binary",
            "entry 6: not an http or https URL: \"data:image/png;base64,iVBORw0KGgo=\"",
            "entry 7: not an http or https URL: \"https://h/a b\"",
            "/null",
        ]
    );
    let one = |at: usize| read[at].as_ref().unwrap();
    let submit = one(0);
    assert!(!submit.headers.contains(":authority") && field(&submit.headers, "empty") == [b""]);
    let answer = submit.response.as_ref().unwrap();
    assert_eq!(field(&answer.headers, "set-cookie"), [&b"a=1"[..], b"b=2"]);
    assert_eq!(one(1).base.as_deref(), Some("https://h"));
    // Bodies that were seen and not saved are not taken for empty ones.
    let unsaved = one(2);
    assert!(unsaved.cut && unsaved.response.as_ref().unwrap().cut);
    assert!(one(3).cut && one(3).body.is_empty());
    assert_eq!(one(4).response, None);
    assert_eq!(one(5).body, &b"\x00\xff"[..]);
    assert!(!one(5).cut && !answer.cut && !one(8).cut);
    let exchange = read[2].as_ref().unwrap().clone();
    let exchange = exchange.into_exchange(id(), "h".parse().unwrap(), Timestamp::from_micros(0));
    assert!(exchange.request_body.cut && exchange.response_body.cut);
}

#[test]
fn what_comes_before_the_end_of_a_broken_archive_is_read() {
    let whole = br#"{"log":{"version":"1.2","entries":[{"request":{"method":"GET","url":"http://h/"}},{"req"#;
    let mut read = Vec::new();
    let error = har(whole, &mut |entry| read.push(entry)).unwrap_err();
    assert!(error.to_string().contains("line 1 column"), "{error}");
    assert_eq!(read.len(), 1);
    for text in [
        "{}",
        "{\"log\":{}}",
        "{\"log\":[]}",
        "[]",
        "{\"log\":{\"entries\":[]}} more",
    ] {
        assert!(har(text.as_bytes(), &mut |_| ()).is_err(), "{text}");
    }
}

#[test]
fn half_of_a_pair_costs_its_place_and_not_what_comes_behind() {
    let entry = |text: &str| {
        format!(
            r#"{{"request":{{"method":"POST","url":"http://h/","postData":{{"text":"{text}"}}}}}}"#
        )
    };
    let texts = [
        r"a\ud83d\ude00b",
        r"\ud83d",
        r"\ud83d\ud83d\ude00\uDE00",
        r"\\ud83d \u00e9",
        "plain",
    ];
    let archive = format!(
        r#"{{"log":{{"entries":[{}]}}}}"#,
        texts.map(entry).join(",")
    );
    let mut bodies = Vec::new();
    har(archive.as_bytes(), &mut |one| {
        bodies.push(String::from_utf8(one.unwrap().body.to_vec()).unwrap());
    })
    .unwrap();
    let replaced = "\u{fffd}";
    assert_eq!(
        bodies,
        [
            "a😀b".to_owned(),
            replaced.to_owned(),
            format!("{replaced}😀{replaced}"),
            r"\ud83d é".to_owned(),
            "plain".to_owned(),
        ]
    );
}
