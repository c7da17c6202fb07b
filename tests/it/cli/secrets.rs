//! Secrets in headers are for the server alone.

use std::fs;

use super::peers::{Server, free_port, post};
use super::process::{Home, Process};

const HUSH: &str = "hush-hush-hush";

#[test]
fn the_value_of_a_header_appears_in_no_output_and_no_log() {
    let header = format!("Authorization: {HUSH}");
    for output in ["compact", "json"] {
        for log in [&[][..], &["--log-file", "log"]] {
            let (home, server) = (Home::new(), Server::answering());
            let port = server.port();
            let flags = [&port, "-vv", "-o", output, "-H", &header];
            let mut command = home.hookreel(&[&flags[..], log].concat());
            command.env("HOOKREEL_HEADER", format!("X-Key: {HUSH}"));
            let client = Process::start(command);
            let line = client.line();
            let at = line.find("http://").expect("an address");
            let end = line[at..].find([' ', '"']).expect("its end");
            post(&line[at..at + end], "/", "{}").answer();
            assert!(server.next().text.contains(HUSH), "the server gets it");
            let ended = client.stop();
            ended.with(0, &[]);
            let log = fs::read_to_string(home.work().join("log")).unwrap_or_default();
            assert!(!format!("{}{}{log}", ended.out, ended.err).contains(HUSH));
        }
    }
}

#[test]
fn not_even_the_most_talkative_log_has_it() {
    let (home, server) = (Home::new(), Server::answering());
    let header = format!("Authorization: {HUSH}");
    let mut command = home.hookreel(&[&server.port(), "-H", &header]);
    command.env("HOOKREEL_LOG", "trace");
    let client = Process::start(command);
    let line = client.line();
    let url = line.split(' ').next().unwrap_or_default();
    post(url, "/", "{}").answer();
    server.next();
    let ended = client.stop();
    ended.with(0, &[]);
    let at = ended.err.lines().find(|line| line.contains(HUSH));
    assert_eq!(at, None);
}

#[test]
fn errors_do_not_repeat_it() {
    let home = Home::new();
    let dead = free_port().to_string();
    for header in [
        format!("Authorization {HUSH}"),
        format!("Authorization: {HUSH}\u{1}"),
        format!("Author ization: {HUSH}"),
        format!("Content-Length: {HUSH}"),
    ] {
        let ended = home.run(&[&dead, "-H", &header, "--", "true"]);
        assert!(!format!("{ended:?}").contains(HUSH), "{header:?}");
    }
    let text = format!("[headers]\nA = '{HUSH}'\nB = {HUSH}\n");
    home.file("hookreel.toml", text);
    let ended = home.run(&["config", "show"]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
}

#[test]
fn help_does_not_show_headers_of_the_environment() {
    let home = Home::new();
    let mut command = home.hookreel(&["http", "--help"]);
    command.env("HOOKREEL_HEADER", format!("X-Key: {HUSH}"));
    assert!(!Process::start(command).end().out.contains(HUSH));
}
