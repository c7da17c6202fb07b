//! `ls`, `show` and `diff`.

use hookreel_shared::pretty::safe;
use hookreel_tests::until;
use serde_json::Value;

use super::filling::{Sent, add, history, id, lines, listed, writer};
use crate::cli::process::{Home, Process};

pub fn objects(text: &str) -> Vec<Value> {
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}")))
        .collect()
}

#[test]
fn the_list_begins_with_the_newest_and_says_what_became_of_each() {
    let (home, _writer) = history();
    let ended = home.run(&["ls"]);
    ended.with(0, &[]);
    let lines: Vec<Vec<&str>> = ended
        .out
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(lines.len(), 6, "{}", ended.out);
    for (line, number) in lines.iter().zip([6, 5, 4, 3, 2, 1]) {
        assert_eq!(line[0], id(number).to_string());
    }
    assert_eq!(
        lines[5][2..7],
        ["200", "POST", "/hooks?x=1", "5.0ms", "21B"]
    );
    assert_eq!(lines[2][7..9], ["stripe", "charge.succeeded"]);
    assert_eq!(lines[3][2], "503");
    assert!(ended.out.contains("the origin refused the connection"));
    assert!(ended.out.contains(&format!("replay of {}", id(1))));
}

#[test]
fn filters_limits_and_the_quiet_form_choose_what_is_listed() {
    let (home, _writer) = history();
    let ids = |arguments: &[&str]| listed(&home, arguments);
    let of = lines;
    assert_eq!(ids(&["--limit", "2"]), of(&[6, 5]));
    // The origin answered one, the relay the other.
    assert_eq!(ids(&["status:5xx"]), of(&[5, 3]));
    assert_eq!(ids(&["status:502"]), of(&[5]));
    assert_eq!(ids(&["status:200", "body:list", "!is:replay"]), of(&[2, 1]));
    assert_eq!(
        ids(&["json:$.data.id=42", "header:authorization"]),
        of(&[4])
    );
    assert_eq!(ids(&["is:failed | status:503"]), of(&[5, 3]));
    assert_eq!(ids(&[&format!("replay-of:{}", id(1))]), of(&[6]));
    assert_eq!(ids(&["--limit", "0", "since:1h"]), of(&[6, 5, 4, 3, 2, 1]));
    let ended = home.run(&["ls", "status:404"]);
    ended.with(0, &["nothing in the history is like that"]);
    assert_eq!(ended.out, "");
}

#[test]
fn a_filter_that_is_wrong_is_pointed_at() {
    let (home, _writer) = history();
    let ended = home.run(&["ls", "method:POST", "staus:500"]);
    ended.with(
        2,
        &[
            "did you mean status?",
            "(column 13)",
            "  method:POST staus:500\n              ^",
        ],
    );
}

#[test]
fn lines_for_programs_are_those_of_the_running_client() {
    let (home, _writer) = history();
    let ended = home.run(&["ls", "--json", "provider:stripe"]);
    ended.with(0, &[]);
    let found = objects(&ended.out);
    assert_eq!(found.len(), 1);
    let line = &found[0];
    assert_eq!((&line["type"], &line["v"]), (&"exchange".into(), &1.into()));
    assert_eq!(line["id"], id(4).to_string());
    assert_eq!(line["event"], "charge.succeeded");
    assert_eq!(line["status"], 200);
    assert_eq!(line["request"]["content_type"], "application/json");
    assert_eq!(line["duplicate"], false);
    assert_eq!(line["failure"], Value::Null);
}

#[test]
fn without_a_history_verbs_say_what_to_do_and_make_nothing() {
    let home = Home::new();
    home.run(&["ls"])
        .with(0, &["no history yet", "run hookreel 3000"]);
    for arguments in [
        &["show"][..],
        &["diff", "@2", "@1"],
        &["export", "@1", "--as", "curl"],
    ] {
        home.run(arguments)
            .with(1, &["no history yet", "run hookreel 3000"]);
    }
    assert!(!home.path().join("history.db").exists());
    drop(writer(&home));
    home.run(&["show", "@1"]).with(1, &["no history yet"]);
    home.run(&["ls"]).with(0, &["no history yet"]);
}

#[test]
fn one_exchange_is_shown_whole_and_by_its_parts() {
    let (home, _writer) = history();
    let shown = |arguments: &[&str]| {
        let ended = home.run(&[&["show"], arguments].concat());
        ended.with(0, &[]);
        ended.out
    };
    let whole = shown(&["@3"]);
    assert!(
        whole.contains("POST /stripe?token=s3cret HTTP/1.1"),
        "{whole}"
    );
    assert!(whole.contains("X-Dup: one\nx-dup: two"), "{whole}");
    assert!(
        whole.contains("  \"data\": {\n    \"id\": 42,\n    \"n\": 1.00"),
        "{whole}"
    );
    assert!(whole.contains("200   5.0 ms"), "{whole}");
    assert!(
        shown(&[]).contains(&format!("replay of {}", id(1))),
        "the latest"
    );
    assert_eq!(
        shown(&["@3", "--response", "--body"]),
        "{\n  \"ok\": true\n}\n"
    );
    let heads = shown(&["@3", "--headers"]);
    assert!(heads.contains("Authorization") && !heads.contains("\"data\""));
    let two = shown(&["2..3", "--request", "--headers"]);
    assert_eq!(two.matches("POST ").count(), 2, "{two}");
    assert!(two.find("/stripe") < two.find("/hooks"), "the older first");
}

#[test]
fn raw_bytes_are_exactly_those_that_came() {
    let (home, _writer) = history();
    let script = format!(
        "'{}' show @4 --raw --body | od -An -tx1",
        crate::cli::process::program("hookreel").display()
    );
    let ended = Process::start(home.command("sh", &["-c", &script])).end();
    ended.with(0, &[]);
    assert_eq!(ended.out.trim(), "00 01 fe 62 69 6e 61 72 79");
    let ended = home.run(&["show", "@6", "--raw"]);
    assert_eq!(
        ended.out,
        "POST /hooks?x=1 HTTP/1.1\r\nHost: shop.example\r\nContent-Type: application/json\r\n\
         X-Dup: one\r\nx-dup: two\r\nContent-Length: 21\r\n\r\n{\"id\":1,\"list\":[1,2]}"
    );
    let ended = home.run(&["show", "@1", "--raw", "--response", "--body"]);
    assert_eq!(ended.out, "{\"ok\":false}");
}

#[test]
fn the_json_of_an_exchange_has_its_headers_in_order_and_its_bytes() {
    let (home, _writer) = history();
    let ended = home.run(&["show", "@4", "@6", "--json"]);
    ended.with(0, &[]);
    let found = objects(&ended.out);
    assert_eq!(
        found[0]["request"]["body"]["kept"]["base64"],
        "AAH+YmluYXJ5"
    );
    assert_eq!(found[0]["response"]["status"], 503);
    assert_eq!(found[0]["sender_status"], 503);
    let refused = home.run(&["show", "is:failed", "--json"]).out;
    let refused = &objects(&refused)[0];
    assert_eq!(
        (&refused["response"], &refused["sender_status"]),
        (&Value::Null, &502.into())
    );
    let headers: Vec<_> = found[1]["request"]["headers"]
        .as_array()
        .expect("a list")
        .clone();
    assert_eq!(headers[2], serde_json::json!(["X-Dup", "one"]));
    assert_eq!(headers[3], serde_json::json!(["x-dup", "two"]));
    assert_eq!(
        found[1]["request"]["body"]["kept"],
        "{\"id\":1,\"list\":[1,2]}"
    );
}

#[test]
fn what_acts_on_terminals_is_an_escape_in_json() {
    let (home, writer) = history();
    let hostile = "\u{9b}31m\u{202e}";
    let mut sent = Sent::new(7, format!("{{\"a\":\"{hostile}\u{7f}\"}}"));
    sent.target = "/\u{9b}31m\u{202e}";
    sent.headers.push(("X-Hostile", hostile.to_owned()));
    sent.headers.push(("X-GitHub-Event", hostile.to_owned()));
    sent.event = Some("\u{9b}31m");
    add(&writer, sent);
    add(&writer, Sent::new(8, "{\"a\":\"b\"}"));
    let id = id(7).to_string();
    for arguments in [
        &["show", &id, "--json"][..],
        &["show", &id, "--json", "--raw"],
        &["ls", "--json"],
        &["export", &id, "--as", "json"],
        &["diff", &id, "@1", "--json"],
        &["verify", &id, "--json"],
    ] {
        let said = home.run(arguments).out;
        let acting = |c: char| c != '\n' && safe::acts_or_hides(c);
        assert!(!said.contains(acting), "{arguments:?}: {said}");
        assert!(said.contains("\\u009b31m"), "{arguments:?}: {said}");
        for line in said.lines() {
            let read: Result<Value, _> = serde_json::from_str(line);
            assert!(read.is_ok(), "{arguments:?}: {line}");
        }
    }
    let shown = &objects(&home.run(&["show", &id, "--json"]).out)[0];
    assert_eq!(shown["request"]["target"], format!("/{hostile}"));
}

#[test]
fn ids_that_name_nothing_or_too_much_are_explained() {
    let (home, _writer) = history();
    home.run(&["show", "@7"])
        .with(1, &["no exchange @7", "hookreel ls"]);
    home.run(&["show", "01"])
        .with(2, &["several exchanges begin with 01"]);
    home.run(&["show", "hello"])
        .with(2, &["not an id", "body:hello"]);
    home.run(&["show", "status:404"])
        .with(1, &["no exchange in the history is one of status:404"]);
    let prefix = &id(4).to_string()[..16];
    home.run(&["show", prefix]).with(0, &[]);
}

#[test]
fn exchanges_that_differ_end_with_one_and_say_where() {
    let (home, _writer) = history();
    let differ = home.run(&["diff", "@6", "@5"]);
    differ.with(1, &[]);
    assert_eq!(differ.err, "", "it is no error");
    for line in ["~ $.id: 1 → 2", "~ $.list[1]: 2 → 3", "answer: the same"] {
        assert!(differ.out.contains(line), "no {line:?} in {}", differ.out);
    }
    let ignore = [
        "diff",
        "@6",
        "@5",
        "--ignore",
        "$.id",
        "--ignore",
        "$.list[*]",
    ];
    let same = home.run(&ignore);
    same.with(0, &[]);
    assert!(
        same.out.contains("request: the same (2 left out)"),
        "{}",
        same.out
    );
    home.run(&["diff", "@6", "@6"]).with(0, &[]);
    home.run(&["diff", "@6", "@5", "--ignore", "$.["])
        .with(2, &["column"]);
}

#[test]
fn a_replay_alone_is_compared_with_what_it_repeats() {
    let (home, writer) = history();
    let ended = home.run(&["diff", "@1", "--json"]);
    ended.with(1, &[]);
    let found = &objects(&ended.out)[0];
    assert_eq!(found["before"], id(1).to_string());
    assert_eq!(found["after"], id(6).to_string());
    assert_eq!(found["same"], false);
    assert_eq!(found["request"]["changes"], serde_json::json!([]));
    assert_eq!(
        found["response"]["changes"][0],
        serde_json::json!({"place": "$.ok", "kind": "changed", "before": "true", "after": "false"})
    );
    home.run(&["diff", "@2"]).with(2, &["repeats no other"]);
    add(
        &writer,
        Sent {
            replay_of: Some(id(99)),
            ..Sent::new(7, "{}")
        },
    );
    home.run(&["diff", "@1"])
        .with(1, &["no longer in the history"]);
}

#[test]
fn colours_are_for_terminals_unless_asked_for() {
    let (home, _writer) = history();
    for verb in [&["ls"][..], &["show"], &["diff", "@2", "@1"]] {
        assert!(!home.run(verb).out.contains('\x1b'), "{verb:?}");
        let coloured = [verb, &["--color", "always"]].concat();
        assert!(home.run(&coloured).out.contains('\x1b'), "{verb:?}");
        let mut command = home.hookreel(verb);
        command.env("NO_COLOR", "1").env("CLICOLOR_FORCE", "0");
        assert!(
            !Process::start(command).end().out.contains('\x1b'),
            "{verb:?}"
        );
    }
}

#[test]
fn a_reader_that_has_enough_is_no_error() {
    let (home, writer) = history();
    let hookreel = crate::cli::process::program("hookreel");
    for verb in ["ls", "show 6..1", "export 6..1 --as json", "tail"] {
        // The shell tells how hookreel ended, not how head did.
        let script = format!(
            "{{ '{}' {verb}; echo ended $? >&2; }} | head -c 1",
            hookreel.display()
        );
        let client = Process::start(home.command("sh", &["-c", &script]));
        let mut number = 20;
        while verb == "tail" && client.runs() {
            // Sooner or later one comes that finds nobody who reads.
            add(&writer, Sent::new(number, "{}"));
            number += 1;
        }
        client.end().with(0, &["ended 0"]);
    }
}

#[tokio::test]
async fn words_are_found_by_their_beginnings_whatever_their_case_and_accents() {
    let (home, writer) = history();
    assert!(writer.put(Sent::new(9, "{\"name\":\"Zo\u{eb} Order-77\"}").entry()));
    writer.flush();
    let found = |arguments: &[&str]| {
        let ended = home.run(&[&["ls", "--ids"], arguments].concat());
        ended.with(0, &[]);
        (ended.out, ended.err)
    };
    until("it is in the index", || {
        !found(&["--words", "zoe"]).0.is_empty()
    })
    .await;
    let one = (format!("{}\n", id(9)), String::new());
    assert_eq!(found(&["--words", "ORD zoe"]), one);
    assert_eq!(found(&["-w", "zoe", "method:POST"]), one);
    assert_eq!(found(&["-w", "zoe", "!order"]).0, "");
    assert_eq!(found(&["-w", "rder"]).0, "", "not within words");
    assert_eq!(found(&["rder-77"]), one, "as a filter does");
    home.run(&["ls", "--words", " *"]).with(2, &["a word"]);
}

#[test]
fn marks_and_notes_are_kept_and_what_is_taken_out_is_gone() {
    let (home, _writer) = history();
    home.run(&["mark", "2..3"]).with(0, &["2 marked"]);
    home.run(&["note", "@1", "look\x1b[2J"])
        .with(0, &["1 noted"]);
    let ended = home.run(&["ls", "--ids", "is:marked"]);
    assert_eq!(ended.out, format!("{}\n{}\n", id(5), id(4)));
    assert!(home.run(&["ls"]).out.contains("look␛[2J"));
    home.run(&["mark", "--off", "is:marked"])
        .with(0, &["2 no longer marked"]);
    home.run(&["rm", "is:failed"]).with(0, &["1 taken out"]);
    let ended = home.run(&["ls", "--ids"]);
    assert!(!ended.out.contains(&id(5).to_string()) && ended.out.lines().count() == 5);
}
