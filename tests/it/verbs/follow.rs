//! `tail` and `wait`, while another process writes.

use std::io::Read;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::filling::{Sent, add, history, id, writer};
use crate::cli::peers::{Server, post};
use crate::cli::process::{Home, Process};

fn start(home: &Home, arguments: &[&str]) -> Process {
    Process::start(home.hookreel(arguments))
}

#[test]
fn a_tail_shows_the_last_and_then_what_another_process_writes() {
    let (home, writer) = history();
    let tail = start(&home, &["tail", "-n", "2"]);
    assert!(tail.line().starts_with(&id(5).to_string()));
    assert!(tail.line().starts_with(&id(6).to_string()));
    add(&writer, Sent::new(7, "{}"));
    assert!(tail.line().starts_with(&id(7).to_string()));
    // An older one, which another clock has minted, is new all the same.
    add(&writer, Sent::new(0, "{}"));
    assert!(tail.line().starts_with(&id(0).to_string()));
    tail.stop().with(0, &[]);
}

#[test]
fn a_tail_shows_each_exchange_once_and_only_what_its_filter_lets_through() {
    let (home, writer) = history();
    let tail = start(&home, &["tail", "-n", "0", "--json", "body:wanted"]);
    // One that matches marks that it follows.
    let wanted = |number| Sent::new(number, "{\"a\":\"wanted\"}");
    let first = loop {
        add(&writer, wanted(10));
        if tail.printed().contains('\n') {
            break tail.json("exchange");
        }
    };
    assert_eq!(first["id"], id(10).to_string());
    add(&writer, Sent::new(11, "{}"));
    add(&writer, wanted(10));
    writer.mark(vec![id(10)], true);
    add(&writer, wanted(12));
    assert_eq!(tail.json("exchange")["id"], id(12).to_string());
    tail.stop().with(0, &[]);
}

#[test]
fn what_a_running_hookreel_takes_in_is_there_for_the_others() {
    let (home, server) = (Home::new(), Server::answering());
    let client = start(&home, &["--json", &server.port()]);
    let url = client.json("ready")["url"]
        .as_str()
        .expect("a URL")
        .to_owned();
    let tail = start(&home, &["tail", "--json", "path:/from/*"]);
    let wait = start(
        &home,
        &["wait", "--all", "-q", "body:needle", "--timeout", "20s"],
    );
    assert!(post(&url, "/other", "{}").answer().ends_with("got it"));
    assert!(
        post(&url, "/from/outside?x", "a needle")
            .answer()
            .ends_with("got it")
    );
    let line = tail.json("exchange");
    assert_eq!(line["target"], "/from/outside?x");
    wait.end().with(0, &[]);
    let id = line["id"].as_str().expect("an id");
    let body = home.run(&["show", id, "--raw", "--body"]);
    assert_eq!(body.out, "a needle");
    home.run(&["diff", "@2", "@1"]).with(1, &[]);
    let line = home.run(&["export", id, "--as", "curl"]).out;
    let origin = format!("localhost:{}/from/outside?x", server.port());
    assert!(line.contains(&origin), "to the server itself: {line}");
    assert!(!line.to_lowercase().contains("x-forwarded"), "{line}");
    tail.stop().with(0, &[]);
    client.stop().with(0, &[]);
}

#[test]
fn a_tail_ends_when_nobody_reads_it_any_more() {
    let (home, _writer) = history();
    let mut child = home
        .hookreel(&["tail", "-n", "1", "--ids"])
        .spawn()
        .expect("it starts");
    let mut out = child.stdout.take().expect("a pipe");
    out.read_exact(&mut [0; 8]).expect("the last one");
    drop(out);
    let deadline = Instant::now() + Duration::from_secs(5);
    let status = loop {
        if let Some(status) = child.try_wait().expect("it is ours") {
            break status;
        }
        if Instant::now() > deadline {
            child.kill().expect("it is ours");
            panic!("it waits for the next exchange");
        }
        std::thread::yield_now();
    };
    assert_eq!(status.code(), Some(0));
}

#[test]
fn a_tail_may_be_there_before_any_history() {
    let home = Home::new();
    let tail = start(&home, &["tail", "--ids"]);
    let writer = writer(&home);
    // Whether it looks before or after, it sees it.
    add(&writer, Sent::new(1, "{}"));
    assert_eq!(tail.line(), id(1).to_string());
    tail.signal(Signal::TERM);
    tail.end().with(0, &[]);
}

#[test]
fn waiting_ends_well_once_enough_have_come_after_it_began() {
    let (home, writer) = history();
    let wait = start(
        &home,
        &["wait", "--count", "2", "--json", "--body", "/data/id=42"],
    );
    let mut number = 100;
    // Until it looks, what comes is not counted.
    while wait.printed().is_empty() {
        add(
            &writer,
            Sent::new(number, format!("{{\"data\":{{\"id\":42}},\"n\":{number}}}")),
        );
        number += 1;
    }
    add(&writer, Sent::new(number, "{\"data\":{\"id\":43}}"));
    add(&writer, Sent::new(number + 1, "{\"data\":{\"id\":\"42\"}}"));
    let ended = wait.end();
    ended.with(0, &[]);
    assert_eq!(ended.out.lines().count(), 2, "{}", ended.out);
    assert!(
        !ended.out.contains(&id(4).to_string()),
        "that one was there before"
    );
}

#[test]
fn waiting_too_long_ends_with_124_and_says_how_many_came() {
    let (home, _writer) = history();
    let begun = Instant::now();
    let ended = home.run(&[
        "wait",
        "status:200",
        "--count",
        "5",
        "--since",
        "1h",
        "--timeout",
        "200ms",
    ]);
    ended.with(124, &["4 of 5 came in time"]);
    assert!(begun.elapsed() >= Duration::from_millis(200));
    assert_eq!(ended.out.lines().count(), 4);
}

#[test]
fn a_wait_ends_in_time_however_much_goes_on_coming() {
    let (home, writer) = history();
    let wait = start(&home, &["wait", "--body", "/never", "--timeout", "200ms"]);
    let mut number = 1_000;
    let begun = Instant::now();
    while wait.runs() {
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "it waits for an end of what comes"
        );
        add(&writer, Sent::new(number, "{}"));
        number += 1;
    }
    wait.end().with(124, &["0 of 1 came in time"]);
}

#[test]
fn what_came_and_was_not_wanted_is_told_at_the_end() {
    let (home, writer) = history();
    let wait = start(
        &home,
        &["wait", "--count", "1000", "body:wanted", "--timeout", "2"],
    );
    let mut number = 200;
    // Until it looks, what comes is not counted.
    while wait.printed().is_empty() {
        add(&writer, Sent::new(number, "{\"a\":\"wanted\"}"));
        number += 1;
    }
    add(&writer, Sent::new(500, "{}"));
    wait.end().with(
        124,
        &["of 1000 came in time; 1 came that the filter does not let through"],
    );
}

#[test]
fn what_is_imported_has_not_come_unless_it_is_asked_for() {
    let (home, writer) = history();
    home.file("one.sh", "curl -d a=1 http://shop.example/x");
    let wait = start(&home, &["wait", "--timeout", "60"]);
    let named = start(&home, &["wait", "label:imported", "--timeout", "60"]);
    while named.printed().is_empty() {
        home.run(&["import", "one.sh"]).with(0, &[]);
    }
    named.end().with(0, &[]);
    assert!(wait.runs(), "nothing has come in yet");
    add(&writer, Sent::new(700, "{}"));
    let ended = wait.end();
    ended.with(0, &[]);
    assert!(ended.out.starts_with(&id(700).to_string()), "{ended:?}");
}

#[test]
fn what_was_there_counts_if_it_is_asked_for() {
    let (home, _writer) = history();
    let ended = home.run(&["wait", "status:5xx", "--all", "--timeout", "20s"]);
    ended.with(0, &[]);
    assert!(ended.out.starts_with(&id(3).to_string()), "{}", ended.out);
    let ended = home.run(&["wait", "--all", "--body", "/password", "-q"]);
    ended.with(0, &[]);
    assert_eq!(ended.out, "");
}

#[test]
fn wrong_times_counts_and_pointers_are_usage_errors() {
    let home = Home::new();
    for (arguments, said) in [
        (
            &["wait", "--timeout", "soon"][..],
            "is no time: write 250ms",
        ),
        (&["wait", "--count", "0"], "--count"),
        (&["wait", "--body", "data/id"], "begins with /"),
        (&["wait", "--since", "yesterday"], "no time"),
        (&["tail", "is:new"], "is: is one of"),
    ] {
        home.run(arguments).with(2, &[said]);
    }
}

#[test]
fn an_interrupted_wait_is_no_success() {
    let (home, _writer) = history();
    let wait = start(&home, &["wait", "--all", "--count", "99"]);
    // It waits for more once it has shown what is there.
    for _ in 0..6 {
        wait.line();
    }
    wait.stop().with(130, &[]);
}
