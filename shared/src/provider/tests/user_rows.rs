//! Rows that users write.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::{header, table};
use crate::model::Timestamp;
use crate::provider::{Draft, EXAMPLE, Key, Request, Row, Secret, Table, detect, sign};

#[derive(Debug, Deserialize)]
struct File {
    providers: BTreeMap<String, Row>,
}

fn read(text: &str) -> Result<Table, String> {
    let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
    table()
        .with(file.providers)
        .map_err(|error| error.to_string())
}

#[test]
fn the_example_is_a_row_that_detects_signs_and_labels() {
    assert_eq!(EXAMPLE.lines().count(), 10, "{EXAMPLE}");
    let table = read(EXAMPLE).unwrap();
    let row = table.rows().next().unwrap();
    assert_eq!((&row.id[..], &row.name[..]), ("shop", "shop"));
    let mut draft = Draft {
        method: "POST".into(),
        base: "http://localhost".into(),
        target: "/".into(),
        headers: Default::default(),
        body: r#"{"event":"order.paid","id":7,"items":[]}"#.into(),
    };
    let secret = Secret::new("shop", "own", "s");
    let at = Timestamp::from_micros(1_764_000_000_000_000);
    sign(row, &mut draft, Key::Secret(&secret), at, "id").unwrap();
    let request = draft.request();
    assert_eq!(
        detect(&table, &request).map(|row| &row.id[..]),
        Some("shop")
    );
    assert_eq!(row.event(&request).as_deref(), Some("order.paid"));
    assert_eq!(row.delivery(&request).as_deref(), Some("7"));
    assert_eq!(request.header("X-Shop-Time"), Some(&b"1764000000"[..]));
}

#[test]
fn a_row_may_say_what_it_is_called_and_what_happened_in_a_line() {
    let table = read(
        r#"
        [providers.shop]
        name = "Our shop"
        detect = [{ headers = ["X-Shop"] }]
        summary = { "order.*" = ["order {$.id}, {$.items|count:item}"] }
    "#,
    )
    .unwrap();
    let row = table.rows().next().unwrap();
    assert_eq!(row.name, "Our shop");
    let body = &br#"{"id":7,"items":[1,2]}"#[..];
    let request = Request::new(&b"POST"[..], &b"/"[..], &[], body);
    assert_eq!(
        row.line(&request, Some("order.paid")).as_deref(),
        Some("order 7, 2 items")
    );
}

#[test]
fn schemes_without_a_name_are_told_apart_by_an_error() {
    let scheme = "[[providers.shop.scheme]]\nalgorithm = \"token\"\n\
        signature = { at = \"header:X\" }\n";
    let one = read(scheme).unwrap();
    assert_eq!(one.rows().next().unwrap().scheme[0].name, "signature");
    let error = read(&scheme.repeat(2)).unwrap_err();
    assert!(
        error.contains("two schemes are called signature"),
        "{error}"
    );
}

#[test]
fn a_users_row_comes_first_and_replaces_one_of_the_same_id() {
    let own = r#"
        [providers.github]
        name = "My GitHub"
        detect = [{ headers = ["Stripe-Signature"] }]
    "#;
    let table = read(own).unwrap();
    assert_eq!(table.rows().filter(|row| row.id == "github").count(), 1);
    let headers = [header("Stripe-Signature", "x")];
    let request = Request::new(&b"POST"[..], &b"/"[..], &headers, &b""[..]);
    assert_eq!(detect(&table, &request).unwrap().name, "My GitHub");
}

#[test]
fn what_is_wrong_with_a_users_row_is_said_with_its_place() {
    let mut text = String::new();
    for wrong in [
        "[providers.x]\nname = \"X\"\nevnt = []\n",
        "[providers.x]\nname = \"X\"\nevent = [\"{$.a\"]\n",
        "[providers.x]\nname = \"X\"\nevent = [\"{head:a}\"]\n",
        "[providers.x]\nname = \"X\"\nevent = [\"{$.a|upper}\"]\n",
        "[providers.x]\nname = \"X\"\nevent = [\"{$.a[b]}\"]\n",
        "[providers.x]\nname = \"X\"\n[[providers.x.scheme]]\nname = \"a\"\nalgorithm = \"md5\"\n",
        "[providers.x]\nname = \"X\"\n[[providers.x.scheme]]\nname = \"a\"\nalgorithm = \"hmac-sha256\"\nsignature = { at = \"header:X\" }\nsigned = \"{boddy}\"\n",
        "[providers.\"My Shop\"]\nname = \"X\"\n",
        "[providers.x]\nname = \"X\"\nrefusal = 99\n",
        "[providers.x]\nname = \"X\"\ndetect = [{}]\n",
        "[providers.x]\nname = \"X\"\ndetect = [{ headers = [\"X Y\"] }]\n",
        "[providers.x]\nname = \"X\"\nanswer-within = -1\n",
        "[providers.x]\nname = \"X\"\n[[providers.x.scheme]]\nname = \"a\"\nalgorithm = \"hmac-sha256\"\nsignature = { at = \"header:X\" }\nsigned = \"{time}.{body}\"\n",
        "[providers.x]\nname = \"X\"\n[[providers.x.scheme]]\nname = \"a\"\nalgorithm = \"hmac-sha256\"\nsignature = { at = \"header:X\\r\\nY\" }\n",
        "[providers.x]\nname = \"X\"\n[[providers.x.scheme]]\nname = \"a\"\nalgorithm = \"sha256\"\nsignature = { at = \"header:X\" }\n",
        "[providers.x]\nname = \" \"\n",
        "[providers.x]\nname = \"X\\u001b[2J\"\n",
        "[providers.x]\nname = \"X\"\n[[providers.x.scheme]]\nname = \"\"\nalgorithm = \"hmac-sha256\"\nsignature = { at = \"header:X\" }\n",
        "[providers.x]\nname = \"X\"\n[[providers.x.scheme]]\nname = \"a\"\nalgorithm = \"hmac-sha256\"\nsignature = { at = \"header:X\", split = \"\" }\n",
        "[providers.x]\nname = \"X\"\n[[providers.x.scheme]]\nname = \"a\"\nalgorithm = \"ed25519\"\nsignature = { at = \"$.a[*].b\", every = \"$.a[*]\" }\n",
    ] {
        let error = read(wrong).unwrap_err();
        text.push_str(&format!("{wrong}=> {error}\n\n"));
    }
    insta::assert_snapshot!(text);
}

#[test]
fn all_rows_are_read_quickly_enough_for_every_start() {
    let begun = Instant::now();
    let table = table();
    let took = begun.elapsed();
    let rows = super::folder().join("../../../shared/src/provider/rows");
    let files = std::fs::read_dir(rows).unwrap().count();
    assert_eq!(
        table.rows().len(),
        files,
        "each file of a row has its line in the table"
    );
    // Not optimised it takes some twenty times as long as in a release.
    assert!(took < Duration::from_millis(500), "{took:?}");
    println!("{took:?}");
}
