//! `import`: what is taken from files.

use serde_json::Value;

use super::filling::{Sent, add, history, id, reader};
use super::give::exported;
use crate::cli::process::{Home, Process, program};

#[test]
fn an_archive_of_another_tool_is_imported_but_for_what_http_cannot_carry() {
    let home = Home::new();
    let har = r#"{"log":{"version":"1.2","creator":{"name":"mitmproxy","version":"11"},"entries":[
      {"startedDateTime":"2020-01-02T03:04:05.678Z","time":12.5,
       "request":{"method":"POST","url":"https://api.shop.example/in?x=%20","httpVersion":"HTTP/2.0",
         "headers":[{"name":":authority","value":"h"},{"name":"content-encoding","value":"gzip"}],
         "postData":{"mimeType":"application/json","text":"{\"a\":1}"}},
       "response":{"status":201,"headers":[],"content":{"size":2,"text":"b2s=","encoding":"base64"}}},
      {"request":{"method":"BAD METHOD","url":"http://h/","headers":[]}}]}}"#;
    home.file("traffic.har", har);
    let ended = home.run(&["import", "traffic.har"]);
    ended.with(
        1,
        &[
            "refused: entry 1: not a method",
            "1 imported from traffic.har, 1 refused",
            "they are marked",
        ],
    );
    let found = reader(&home).get(ended.out.trim().parse().expect("an id"));
    let found = found.expect("readable").expect("there");
    assert_eq!(found.request.name.as_str(), "api");
    assert_eq!(
        found.request.received_at.to_string(),
        "2020-01-02T03:04:05.678Z"
    );
    assert_eq!(&found.request.target[..], b"/in?x=%20");
    assert_eq!(&found.response_body.kept[..], b"ok");
    let fields: Vec<_> = found.request.headers.iter().collect();
    assert_eq!(fields.len(), 1, "{fields:?}");
    assert_eq!(&fields[0].value[..], b"api.shop.example");
    let shown = home.run(&["show", "--body", "--request"]);
    assert_eq!(shown.out, "{\n  \"a\": 1\n}\n");
}

#[test]
fn a_curl_line_is_imported_from_standard_input() {
    let home = Home::new();
    let script = format!(
        "echo \"curl -X PUT http://demo.localhost:7080/a -H 'X-A: 1' -d hello\" | '{}' import - --name mine",
        program("hookreel").display()
    );
    let ended = Process::start(home.command("sh", &["-c", &script])).end();
    ended.with(0, &["1 imported from -"]);
    let shown = home.run(&["show", "@1", "--raw"]).out;
    assert!(
        shown.starts_with("PUT /a HTTP/1.1\r\nHost: demo.localhost:7080\r\nX-A: 1\r\n"),
        "{shown}"
    );
    assert!(
        home.run(&["ls", "--ids", "name:mine"])
            .out
            .starts_with("req_")
    );
}

#[test]
fn what_comes_from_a_file_is_told_apart_from_what_came_in() {
    let (home, _writer) = history();
    home.file("one.sh", "curl -d a=1 http://shop.example/x");
    home.run(&["import", "one.sh"]).with(0, &[]);
    let json = home.run(&["ls", "--json", "label:imported"]).out;
    let line: Value = serde_json::from_str(&json).expect("one line");
    assert_eq!(
        (&line["label"], &line["target"]),
        (&"imported".into(), &"/x".into())
    );
    assert_eq!(
        line["ms"],
        Value::Null,
        "it took no time, as it was not sent"
    );
    home.run(&["import", "."])
        .with(1, &[".: is a folder; name a file in it"]);
    let listed = home.run(&["ls", "label:imported"]).out;
    assert!(listed.trim_end().ends_with(" imported"), "{listed}");
    let shown = home.run(&["show", "@1"]).out;
    assert!(shown.contains("has no answer"), "{shown}");
    for text in [listed, shown] {
        assert!(!text.contains('✗'), "nothing failed: {text}");
    }
    // A replay that is given away and taken in again is both.
    let replay = exported(&home, &[&id(6).to_string(), "--as", "json"]);
    home.file("replay.ndjson", replay);
    home.run(&["import", "replay.ndjson"]).with(0, &[]);
    let both = home.run(&["ls", "label:imported is:replay"]).out;
    assert!(
        both.contains("replay of") && both.contains("imported"),
        "{both}"
    );
}

#[test]
fn who_sent_what_is_imported_is_told() {
    let home = Home::new();
    home.file(
        "line.sh",
        "curl http://a.example/ -H 'X-GitHub-Event: push' -d '{}'",
    );
    home.run(&["import", "line.sh"]).with(0, &[]);
    let listed = home.run(&[
        "ls",
        "--json",
        "provider:github event:push verdict:unsigned",
    ]);
    assert_eq!(listed.out.lines().count(), 1, "{listed:?}");
}

#[test]
fn what_a_file_says_is_still_to_come_is_not_the_latest_for_years() {
    let (home, writer) = history();
    let year = |id: &str| {
        let shown = home.run(&["show", id, "--json"]).out;
        let shown: Value = serde_json::from_str(&shown).expect("one line");
        let times = ["received_at", "closed_at"].map(|key| shown[key].to_string());
        assert!(times[0] <= times[1], "{times:?}");
        times[1][1..5].parse::<u32>().expect("a year")
    };
    home.file(
        "future.har",
        r#"{"log":{"entries":[{"startedDateTime":"9998-01-01T00:00:00Z","time":5,
            "request":{"method":"GET","url":"http://shop.example/later"},"response":{"status":200}}]}}"#,
    );
    home.run(&["import", "future.har"]).with(0, &[]);
    assert!(year("path:/later") < 9998);
    let ours = exported(&home, &["path:/later", "--as", "json"]);
    let begun = ours.split("_at\":\"").nth(1).expect("a time");
    let of_day = &begun[..11];
    home.file("future.ndjson", ours.replace(of_day, "9998-01-01T"));
    home.run(&["import", "future.ndjson"]).with(0, &[]);
    assert!(year("@1") < 9998);
    add(&writer, Sent::new(30, "{}"));
    let latest = home.run(&["show", "--json"]).out;
    assert!(latest.contains(&id(30).to_string()), "{latest}");
}

#[test]
fn what_cannot_be_imported_is_named() {
    let home = Home::new();
    home.file("text", "hello");
    home.file("half.har", "{\"log\":\n{}}");
    home.file("line.sh", "curl -F a=@file http://h/");
    home.run(&["import", "missing"]).with(1, &["missing: "]);
    home.run(&["import", "text"])
        .with(2, &["neither an HTTP Archive"]);
    home.run(&["import", "half.har"])
        .with(1, &["half.har: missing field", "line 2"]);
    home.run(&["import", "line.sh"]).with(1, &["line.sh: word"]);
    home.run(&["ls"]).with(0, &["no history yet"]);
}

#[test]
fn what_the_history_could_not_give_back_is_not_imported() {
    let (home, _writer) = history();
    let entry = |url: &str, status: u32| {
        format!(
            r#"{{"request":{{"method":"GET","url":"{url}"}},"response":{{"status":{status}}}}}"#
        )
    };
    let entries = [
        entry("http://shop/socket", 101),
        entry("http://shop/fine", 200),
        entry("http://shop/large", 65_535),
        entry("http://shop/a b", 200),
    ];
    let archive = format!(r#"{{"log":{{"entries":[{}]}}}}"#, entries.join(","));
    home.file("odd.har", archive);
    let ended = home.run(&["import", "odd.har"]);
    ended.with(
        1,
        &[
            "refused: GET /large",
            "three digits",
            "URL: \"http://shop/a b\"",
        ],
    );
    assert_eq!(ended.out.lines().count(), 2, "{ended:?}");
    for id in ended.out.lines() {
        home.run(&["show", id]).with(0, &[]);
    }
    let ours = exported(&home, &["@1", "--as", "json"]);
    let injected = ours.replacen(
        "\"headers\":[",
        "\"headers\":[[\"X\",\"a\\r\\nEvil: 1\"],",
        1,
    );
    assert_ne!(ours, injected);
    home.file("injected.ndjson", injected);
    home.run(&["import", "injected.ndjson"])
        .with(1, &["refused", "control characters"]);
}
