use super::super::{har as archive, json};
use super::*;
use crate::model::testing::{answered, exchange};

fn id() -> ExchangeId {
    "req_01h455vb4pex5vsknk084sn02q".parse().unwrap()
}

#[test]
fn an_archive_keeps_when_and_how_long_and_becomes_an_exchange_again() {
    let sent = answered(exchange("/x?y=1", &[("A", b"1")], b"{}"), b"ok");
    let text = archive::write(&[(&sent, "https://shop.example:8443")]).unwrap();
    let read = har(text.as_bytes()).unwrap().remove(0).unwrap();
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
    let read = har(text).unwrap();
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
fn lines_of_json_are_read_each_for_itself() {
    let line = json::write(&exchange("/x", &[], b"1"));
    let read = exchanges(format!("{line}\n\nnonsense\n{line}").as_bytes());
    assert_eq!(read.len(), 3);
    assert_eq!(read[0].as_ref().unwrap(), &exchange("/x", &[], b"1"));
    let error = read[1].as_ref().unwrap_err().to_string();
    assert!(error.starts_with("exchange in line 3"), "{error}");
}
