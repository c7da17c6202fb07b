//! Names outlive their clients, through the key in the home directory.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::peers::{Relay, Server, post};
use super::process::{Home, Process};

#[test]
fn a_client_gets_the_same_name_after_a_restart() {
    let (relay, server, home) = (Relay::start(), Server::answering(), Home::new());
    for flags in [&[][..], &["--name", "my-app"]] {
        let urls: Vec<_> = (0..2)
            .map(|_| {
                let port = server.port();
                let client = relay.client(&home, &[&[port.as_str()], flags].concat());
                let ready = client.json("ready");
                client.stop().with(0, &[]);
                ready["url"].clone()
            })
            .collect();
        assert_eq!(urls[0], urls[1], "{flags:?}");
    }
}

#[test]
fn a_client_that_was_killed_gets_the_same_name_at_once() {
    let (relay, server, home) = (Relay::start(), Server::answering(), Home::new());
    let client = relay.client(&home, &[&server.port()]);
    let ready = client.json("ready");
    drop(client);
    let client = relay.client(&home, &[&server.port()]);
    assert_eq!(client.json("ready")["url"], ready["url"]);
    let url = ready["url"].as_str().expect("a URL");
    assert!(post(url, "/", "{}").answer().ends_with("got it"));
}

#[test]
fn the_relay_inside_gives_the_same_name_after_a_restart() {
    let (server, home) = (Server::answering(), Home::new());
    let name = || {
        let client = Process::start(home.hookreel(&[&server.port(), "--json"]));
        let ready = client.json("ready");
        client.stop().with(0, &[]);
        ready["name"].clone()
    };
    assert_eq!(name(), name());
}

#[test]
fn a_known_name_without_client_is_answered_503() {
    let (relay, server, home) = (Relay::start(), Server::answering(), Home::new());
    let client = relay.client(&home, &[&server.port()]);
    let ready = client.json("ready");
    client.stop().with(0, &[]);
    let answer = post(ready["url"].as_str().expect("a URL"), "/", "{}").answer();
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(answer.contains("HR-5031"), "{answer}");
}

#[test]
fn the_identity_is_made_on_first_use_and_nobody_else_can_read_it() {
    let home = Home::new();
    let file = home.path().join("identity.pem");
    let run = || home.run(&["-q", "3000", "--", "true"]);
    assert!(!file.exists());
    run().with(0, &[]);
    let mode = |mode| fs::set_permissions(&file, fs::Permissions::from_mode(mode));
    let made = fs::metadata(&file).expect("the identity").permissions();
    assert_eq!(made.mode() & 0o777, 0o600);
    let key = fs::read(&file).expect("the identity");
    run().with(0, &[]);
    assert_eq!(fs::read(&file).expect("the identity"), key, "kept");

    mode(0o644).expect("a mode");
    run().with(2, &["identity.pem", "chmod 600"]);
    mode(0o600).expect("a mode");
    fs::write(&file, "no key").expect("written");
    run().with(2, &["identity.pem", "private key"]);
    assert_eq!(fs::read(&file).expect("the identity"), b"no key");
}

#[test]
fn without_hookreel_home_files_are_in_the_xdg_places() {
    let home = Home::new();
    let run = |environment: &[(&str, &str)], arguments: &[&str]| {
        let mut command = home.hookreel(arguments);
        command.env_remove("HOOKREEL_HOME");
        let at = |below: &str| home.path().join(below);
        command.envs(environment.iter().map(|(key, below)| (key, at(below))));
        let ended = Process::start(command).end();
        ended.with(0, &[]);
        ended.out
    };
    run(&[], &["-q", "3000", "--", "true"]);
    let made = home.path().join(".local/share/hookreel/identity.pem");
    assert!(made.exists());
    let printed = run(&[], &["config", "path"]);
    assert!(
        printed.ends_with("/.config/hookreel/config.toml\n"),
        "{printed}"
    );

    let moved = [("XDG_DATA_HOME", "d"), ("XDG_CONFIG_HOME", "c")];
    run(&moved, &["-q", "3000", "--", "true"]);
    assert!(home.path().join("d/hookreel/identity.pem").exists());
    let printed = run(&moved, &["config", "path"]);
    assert!(printed.ends_with("/c/hookreel/config.toml\n"), "{printed}");
}
