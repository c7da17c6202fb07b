//! `export` and `import`.

use std::fs;

use serde_json::Value;

use super::filling::{Sent, add, history, id, reader};
use crate::cli::process::{Home, Process, program};

fn exported(home: &Home, arguments: &[&str]) -> String {
    let ended = home.run(&[&["export"], arguments].concat());
    ended.with(0, &[]);
    ended.out
}

/// What bash hands curl: all arguments after `--data-raw`, or what came in by a pipe or a file.
fn body_in_bash(home: &Home, script: &str) -> Vec<u8> {
    let path = home.file("run.sh", format!(
        "curl() {{ while [ $# -gt 0 ]; do case $1 in \
           --data-raw) printf %s \"$2\";; --data-binary) cat \"$(case $2 in @-) echo /dev/stdin;; *) echo \"${{2#@}}\";; esac)\";; \
         esac; shift; done; }}\n{script}"
    ));
    let output = home
        .command("bash", &[path.to_str().expect("a path")])
        .output()
        .expect("bash runs");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{script}");
    output.stdout
}

#[test]
fn a_curl_command_line_sends_any_bytes_again() {
    let (home, writer) = history();
    for (number, body) in [
        &b"@/etc/passwd"[..],
        b"it's \"quoted\" $(touch owned) `touch owned` $HOME\n\n",
        b"\n",
        b"nul\0and \xff\xfe 100%\\'",
        "n\u{e4}ive \u{2603}\u{202e}\r\n\t".as_bytes(),
        &[0xff; 200_000],
    ]
    .into_iter()
    .enumerate()
    {
        let number = 50 + u32::try_from(number).expect("a number");
        add(&writer, Sent::new(number, body.to_vec()));
        let name = id(number).to_string();
        let line = exported(
            &home,
            &[&name, "--as", "curl", "--to", "http://localhost:3000"],
        );
        assert!(line.contains("http://localhost:3000/hooks?x=1"), "{line}");
        assert_eq!(body_in_bash(&home, &line), body);
        let ended = home.run(&["export", &name, "--as", "curl", "-O", "line.sh"]);
        ended.with(0, &["line.sh"]);
        let line = fs::read_to_string(home.work().join("line.sh")).expect("a file");
        let is_text = std::str::from_utf8(body).is_ok_and(|text| !text.contains('\0'));
        assert_eq!(ended.err.contains("line.body"), !is_text, "{ended:?}");
        assert_eq!(body_in_bash(&home, &line), body);
        assert!(!home.work().join("owned").exists());
    }
}

#[test]
fn archives_and_fixtures_hold_no_secrets_unless_asked_to() {
    let (home, _writer) = history();
    let masked = home.run(&["export", "@3", "--as", "har"]);
    masked.with(0, &["secrets are masked", "--no-redact"]);
    assert!(!masked.out.contains("s3cret"), "{}", masked.out);
    let kept = exported(&home, &["@3", "--as", "har", "--no-redact"]);
    assert_eq!(kept.matches("s3cret").count(), 4, "{kept}");
    assert!(exported(&home, &["@3", "--as", "json"]).contains("s3cret"));
    assert!(!exported(&home, &["@3", "--as", "json", "--redact"]).contains("s3cret"));
    home.run(&["export", "@3", "--as", "fixture"])
        .with(2, &["-O FOLDER"]);
    home.run(&["export", "@3", "--as", "fixture", "-O", "fix"])
        .with(0, &["fix/request.json"]);
    for file in fs::read_dir(home.work().join("fix"))
        .expect("a folder")
        .flatten()
    {
        let text = fs::read_to_string(file.path()).expect("text");
        assert!(!text.contains("s3cret"), "{:?}", file.path());
    }
}

#[test]
fn an_archive_has_all_that_browsers_and_proxies_ask_for() {
    let (home, _writer) = history();
    let text = exported(&home, &["6..1", "--as", "har"]);
    let archive: Value = serde_json::from_str(&text).expect("JSON");
    let log = &archive["log"];
    assert_eq!(log["version"], "1.2");
    assert!(log["creator"]["name"].is_string() && log["creator"]["version"].is_string());
    let entries = log["entries"].as_array().expect("a list");
    assert_eq!(entries.len(), 6);
    for entry in entries {
        assert!(
            entry["startedDateTime"]
                .as_str()
                .expect("a time")
                .ends_with('Z')
        );
        for (object, keys) in [
            (
                entry,
                &["time", "request", "response", "cache", "timings"][..],
            ),
            (
                &entry["request"],
                &[
                    "method",
                    "url",
                    "httpVersion",
                    "cookies",
                    "headers",
                    "queryString",
                    "headersSize",
                    "bodySize",
                ],
            ),
            (
                &entry["response"],
                &[
                    "status",
                    "statusText",
                    "httpVersion",
                    "cookies",
                    "headers",
                    "content",
                    "redirectURL",
                    "headersSize",
                    "bodySize",
                ],
            ),
            (&entry["response"]["content"], &["size", "mimeType"]),
            (&entry["timings"], &["send", "wait", "receive"]),
        ] {
            for key in keys {
                assert!(!object[*key].is_null(), "no {key} in {object}");
            }
        }
        assert!(
            entry["request"]["url"]
                .as_str()
                .expect("a URL")
                .starts_with("http://shop.example/")
        );
    }
    assert_eq!(entries[4]["response"]["status"], 0, "no answer");
}

#[test]
fn many_exchanges_are_one_file_or_a_file_each() {
    let (home, _writer) = history();
    let work = home.work();
    home.run(&["export", "status:200", "--as", "json", "-O", "all.ndjson"])
        .with(0, &["all.ndjson"]);
    let text = fs::read_to_string(work.join("all.ndjson")).expect("a file");
    assert_eq!(text.lines().count(), 4);
    home.run(&["export", "2..4", "--as", "raw"])
        .with(2, &["-O FOLDER/"]);
    home.run(&["export", "2..4", "--as", "raw", "-O", "raw/"])
        .with(0, &["raw/req_"]);
    assert_eq!(fs::read_dir(work.join("raw")).expect("a folder").count(), 3);
    let raw = work.join("raw").join(format!("{}.raw", id(3)));
    assert!(
        fs::read(&raw)
            .expect("a file")
            .ends_with(b"\r\n\r\n\x00\x01\xfebinary")
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(raw).expect("a file").permissions().mode();
        assert_eq!(mode & 0o077, 0, "for its user alone");
    }
    for (to, base) in [
        ("4000", "http://localhost:4000/"),
        ("h:1/in", "http://h:1/in/"),
    ] {
        let line = exported(&home, &["@1", "--as", "curl", "--to", to]);
        assert!(line.contains(base), "{line}");
    }
    home.run(&["export", "@1", "--as", "curl", "--to", "nowhere"])
        .with(2, &["--to", "not an http"]);
}

#[test]
fn what_is_exported_as_json_is_imported_as_it_was_with_ids_of_its_own() {
    let (home, _writer) = history();
    let all = exported(&home, &["6..1", "--as", "json"]);
    let other = Home::new();
    other.file("all.ndjson", &all);
    let ended = other.run(&["import", "all.ndjson"]);
    ended.with(0, &["6 imported from all.ndjson"]);
    let new: Vec<_> = ended.out.lines().collect();
    assert_eq!(new.len(), 6);
    let (there, here) = (reader(&home), reader(&other));
    for (number, new) in (1..=6).zip(&new) {
        let before = there.get(id(number)).expect("readable").expect("there");
        let after = here
            .get(new.parse().expect("an id"))
            .expect("readable")
            .expect("there");
        assert_ne!(before.id(), after.id());
        assert_eq!(before.request.received_at, after.request.received_at);
        assert_eq!(before.request.headers, after.request.headers);
        assert_eq!(before.request_body, after.request_body);
        assert_eq!(before.response, after.response);
        assert_eq!(before.closed_at, after.closed_at);
        assert_eq!(before.stage, after.stage);
    }
    let replay = here
        .get(new[5].parse().expect("an id"))
        .expect("readable")
        .expect("there");
    assert_eq!(
        replay.replay_of.map(|id| id.to_string()).as_deref(),
        Some(new[0])
    );
    let order = other.run(&["ls", "--ids"]).out;
    let reversed: Vec<_> = new.iter().rev().map(ToString::to_string).collect();
    assert_eq!(order.lines().collect::<Vec<_>>(), reversed);
}

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
fn a_body_whose_end_never_came_is_shown_as_such_and_never_given_out_as_a_message() {
    let (home, writer) = history();
    let mut entry = Sent::new(9, "half").entry();
    entry.exchange.request_body.cut = true;
    writer.put(entry);
    writer.flush();
    let whole = "its body never came whole";
    home.run(&["replay", "@1", "--to", "localhost:9"])
        .with(1, &["not sent", whole]);
    home.run(&["replay", "@1", "--edit"]).with(1, &[whole]);
    let shown = home.run(&["show", "@1"]).out;
    assert!(shown.contains("its end never came"), "{shown}");
    let json = home.run(&["show", "@1", "--json"]).out;
    assert!(json.contains("\"cut\":true"), "{json}");
    let body = home.run(&["show", "@1", "--raw", "--body"]);
    body.with(0, &["broke off after 4 bytes"]);
    assert_eq!(body.out, "half");
    for form in ["curl", "httpie", "http", "raw"] {
        let ended = home.run(&["export", "@1", "--as", form]);
        ended.with(1, &["broke off after 4 bytes"]);
        assert_eq!(ended.out, "");
    }
    let har = home.run(&["export", "@1", "--as", "har"]).out;
    assert!(har.contains("broke off after 4 bytes"), "{har}");
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
