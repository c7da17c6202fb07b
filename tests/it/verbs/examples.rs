//! Every example of a verb's help does what it says.

use std::path::Path;

use super::filling::{Sent, add, history, id, writer};
use crate::cli::process::{Home, Process, program};

const VERBS: [&str; 10] = [
    "ls", "show", "tail", "diff", "export", "import", "wait", "mark", "note", "rm",
];

/// The command lines at the top of a verb's help.
fn examples(home: &Home, verb: &str) -> Vec<String> {
    let mut command = home.hookreel(&[verb, "--help"]);
    command.env("COLUMNS", "200");
    let help = Process::start(command).end();
    help.with(0, &[]);
    let (head, rest) = help.out.split_once('\n').expect("several lines");
    assert_eq!(head, "Examples:", "{verb}");
    rest.lines()
        .take_while(|line| !line.is_empty())
        .map(|line| {
            // What it does stands behind two spaces.
            let line = line.trim();
            line.split_once("  ")
                .map_or(line, |(line, _)| line)
                .to_owned()
        })
        .collect()
}

/// What examples take for granted: tools beside, and files.
fn surroundings(home: &Home) {
    let all = home.run(&["export", "6..1", "--as", "json"]).out;
    home.file("all.ndjson", all);
    let har = home.run(&["export", "6..1", "--as", "har"]).out;
    home.file("traffic.har", har);
    let http = home.run(&["export", "6..5", "--as", "http"]).out;
    home.file("requests.http", http);
    home.run(&["mark", "@1"]).with(0, &[]);
    let tool = |name: &str, script: &str| {
        let path = home.file(name, format!("#!/bin/sh\n{script}\n"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(path, mode).expect("a mode");
        }
    };
    tool("jq", "head -n 1");
    tool("pbpaste", "echo 'curl http://demo.localhost/ -d hello'");
}

#[test]
fn every_example_of_every_verb_works() {
    let hookreel = program("hookreel");
    let folder = hookreel.parent().and_then(Path::to_str).expect("a folder");
    for verb in VERBS {
        let (seen, _writer) = history();
        let lines = examples(&seen, verb);
        assert!(lines.len() >= 2, "{verb}: {lines:?}");
        for line in lines {
            // Each has a history of its own: some change it.
            let (home, _writer) = history();
            surroundings(&home);
            let path = std::env::var("PATH").unwrap_or_default();
            let work = home.work();
            let path = format!("{}:{folder}:{path}", work.display());
            let mut command = home.command("sh", &["-c", &format!("exec {line}")]);
            if line.contains('|') && !line.contains("'body:") {
                command = home.command("sh", &["-c", &line]);
            }
            command.env("PATH", path);
            let process = Process::start(command);
            match verb {
                "tail" => follows(&home, process, &line),
                "wait" => arrives(&home, process, &line),
                _ => {
                    let ended = process.end();
                    // These do differ.
                    let code = i32::from(verb == "diff");
                    assert_eq!(ended.code, Some(code), "{line}: {ended:?}");
                    assert!(!ended.err.contains("error"), "{line}: {ended:?}");
                }
            }
        }
    }
}

/// Something comes that every filter of these examples lets through.
fn wanted(number: u32, status: u16) -> Sent {
    Sent {
        provider: Some("stripe"),
        status: Some(status),
        target: "/hooks",
        ..Sent::new(number, "{\"data\":{\"id\":42}}")
    }
}

fn follows(home: &Home, tail: Process, line: &str) {
    let writer = writer(home);
    let mut number = 200;
    // In a pipe it ends once nobody reads any more.
    let ends_by_itself = line.contains('|');
    while if ends_by_itself {
        tail.runs()
    } else {
        tail.printed().is_empty()
    } {
        add(&writer, wanted(number, 503));
        number += 1;
    }
    if ends_by_itself {
        let ended = tail.end();
        ended.with(0, &[]);
        assert!(!ended.out.is_empty(), "{line}");
        return;
    }
    tail.stop().with(0, &[]);
}

fn arrives(home: &Home, wait: Process, line: &str) {
    let writer = writer(home);
    let mut number = 300;
    while wait.runs() {
        add(&writer, wanted(number, 200));
        number += 1;
    }
    let ended = wait.end();
    assert_eq!(ended.code, Some(0), "{line}: {ended:?}");
    assert!(ended.out.contains("req_"), "{line}: {ended:?}");
    assert!(number > 300 || ended.out.contains(&id(6).to_string()));
}
