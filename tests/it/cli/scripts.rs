//! What scripts rely on: the address in a file or on a descriptor, and a command beside.

use std::fs;

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};

use super::peers::{Server, post};
use super::process::{Home, Process};

#[test]
fn the_address_is_in_the_file_before_the_command_starts() {
    let (home, server) = (Home::new(), Server::answering());
    let command = "cat url.txt; echo $HOOKREEL_URL";
    let port = server.port();
    let arguments = [
        "-q",
        &port,
        "--url-file",
        "url.txt",
        "--",
        "sh",
        "-c",
        command,
    ];
    let ended = home.run(&arguments);
    ended.with(0, &[]);
    let lines: Vec<_> = ended.out.lines().collect();
    assert_eq!(lines.len(), 2, "{ended:?}");
    assert_eq!(lines[0], lines[1], "file and variable");
    assert!(lines[0].starts_with("http://"), "{ended:?}");
    let left = fs::read_dir(home.work()).expect("a directory").count();
    assert_eq!(left, 1, "no drafts are left");
}

#[test]
fn several_addresses_are_one_a_line() {
    let (home, server) = (Home::new(), Server::answering());
    let (a, b) = (format!("a={}", server.port), format!("b={}", server.port));
    let arguments = ["-q", &a, &b, "--url-file", "url.txt", "--", "true"];
    home.run(&arguments).with(0, &[]);
    let text = fs::read_to_string(home.work().join("url.txt")).expect("the file");
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(text.ends_with('\n'));
}

#[test]
fn a_url_file_that_cannot_be_written_is_an_error() {
    let (home, server) = (Home::new(), Server::answering());
    let arguments = [&server.port(), "--url-file", "no/dir/url.txt"];
    home.run(&arguments).with(1, &["--url-file no/dir/url.txt"]);
}

/// As scripts do it: a descriptor opened by the shell that becomes hookreel.
fn with_descriptor(home: &Home, redirect: &str, arguments: &str) -> Process {
    let hookreel = super::process::program("hookreel");
    let line = format!("exec '{}' {arguments} {redirect}", hookreel.display());
    Process::start(home.command("sh", &["-c", &line]))
}

#[test]
fn the_address_is_written_to_the_descriptor_given() {
    let (home, server) = (Home::new(), Server::answering());
    let port = server.port;
    let client = with_descriptor(
        &home,
        "3>ready",
        &format!("-q {port} --ready-fd 3 -- cat ready"),
    );
    let ended = client.end();
    ended.with(0, &[]);
    assert!(ended.out.starts_with("http://"), "{ended:?}");
}

#[test]
fn a_reader_of_the_descriptor_gets_a_whole_line_while_hookreel_runs() {
    let (home, server) = (Home::new(), Server::answering());
    let hookreel = super::process::program("hookreel");
    // The id is written before hookreel is there to print anything.
    let line = format!(
        "sh -c 'echo $$ >pid; exec \"{}\" -q {} --ready-fd 3 3>&1 >/dev/null' | \
         {{ read -r url; echo \"read $url\"; kill -INT $(cat pid); }}",
        hookreel.display(),
        server.port
    );
    let ended = Process::start(home.command("sh", &["-c", &line])).end();
    ended.with(0, &[]);
    assert!(ended.out.starts_with("read http://"), "{ended:?}");
}

#[test]
fn what_was_written_to_the_descriptor_before_stays() {
    let (home, server) = (Home::new(), Server::answering());
    home.file("ready", "before\n");
    let arguments = format!("-q {} --ready-fd 3 -- cat ready", server.port);
    let ended = with_descriptor(&home, "3>>ready", &arguments).end();
    ended.with(0, &[]);
    assert!(ended.out.starts_with("before\nhttp://"), "{ended:?}");
}

#[test]
fn a_descriptor_that_is_not_open_is_an_error() {
    let (home, server) = (Home::new(), Server::answering());
    let ended = home.run(&[&server.port(), "--ready-fd", "77"]);
    ended.with(1, &["--ready-fd 77"]);
}

#[test]
fn hookreel_ends_as_its_command_does() {
    let (home, server) = (Home::new(), Server::answering());
    let port = server.port();
    home.run(&[&port, "--", "true"]).with(0, &[]);
    let ended = home.run(&[&port, "--", "sh", "-c", "exit 7"]);
    ended.with(1, &["sh has ended with", "7"]);
}

#[test]
fn the_tunnel_works_while_the_command_runs() {
    let (home, server) = (Home::new(), Server::answering());
    let port = server.port();
    let client = Process::start(home.hookreel(&[
        "-q",
        &port,
        "--",
        "sh",
        "-c",
        "echo $HOOKREEL_URL; exec sleep 600",
    ]));
    let url = client.line();
    assert!(post(&url, "/", "{}").answer().ends_with("got it"));
    client.stop().with(0, &[]);
}

/// A client whose command has a child; gives the process group of both.
fn with_family(home: &Home, server: &Server, trap: &str) -> (Process, Pid) {
    let family = format!("{trap} sleep 600 & echo $$; wait; wait; wait");
    let client = Process::start(home.hookreel(&["-q", &server.port(), "--", "sh", "-c", &family]));
    let group = client.line().parse().ok().and_then(Pid::from_raw);
    let group = group.expect("a process id");
    test_kill_process_group(group).expect("the group lives");
    (client, group)
}

/// Orphans of a container without an init stay as zombies; they count as gone.
fn is_gone(group: Pid) -> bool {
    let group = group.as_raw_nonzero().to_string();
    let all = fs::read_dir("/proc")
        .expect("a list of processes")
        .flatten();
    !all.into_iter().any(|entry| {
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let after = stat.rsplit(") ").next().unwrap_or_default();
        let fields: Vec<_> = after.split(' ').collect();
        fields.get(2) == Some(&group.as_str()) && fields.first() != Some(&"Z")
    })
}

#[cfg(target_os = "linux")]
#[test]
fn the_commands_whole_family_ends_with_hookreel() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let (home, server) = (Home::new(), Server::answering());
        let (client, group) = with_family(&home, &server, "");
        client.signal(signal);
        // Its output is closed only once the whole family has ended.
        client.end().with(0, &[]);
        assert!(is_gone(group), "{signal:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_command_that_does_not_stop_is_killed() {
    let (home, server) = (Home::new(), Server::answering());
    let (client, group) = with_family(&home, &server, "trap '' TERM;");
    client.stop().with(0, &[]);
    assert!(is_gone(group));
}

#[cfg(target_os = "linux")]
#[test]
fn a_second_interrupt_kills_the_commands_family_too() {
    let (home, server) = (Home::new(), Server::answering());
    let (client, group) = with_family(&home, &server, "trap 'echo asked' TERM;");
    client.signal(Signal::INT);
    assert_eq!(client.line(), "asked");
    client.signal(Signal::INT);
    client.end().with(130, &[]);
    assert!(is_gone(group));
}

#[cfg(target_os = "linux")]
#[test]
fn a_command_leaves_no_child_behind_when_it_ends_by_itself() {
    let (home, server) = (Home::new(), Server::answering());
    // The child must not hold our pipes, or we would wait for it.
    let command = "sleep 600 >/dev/null 2>&1 & echo $$";
    let ended = home.run(&["-q", &server.port(), "--", "sh", "-c", command]);
    ended.with(0, &[]);
    let group = ended.out.trim().parse().ok().and_then(Pid::from_raw);
    let group = group.expect("a process id");
    let gone = is_gone(group);
    let _ = kill_process_group(group, Signal::KILL);
    assert!(gone, "its child still runs");
}
