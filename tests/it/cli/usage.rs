//! What cannot work is said at once, with what to write instead, and exit code 2.

use std::net::{Ipv4Addr, TcpListener};

use super::peers::{LOOPBACK, Relay};
use super::process::{Ended, Home, Process};

#[test]
fn wrong_arguments_of_the_client_are_explained() {
    let home = Home::new();
    for (arguments, said) in [
        (&["web"][..], &["web", "give a port (3000)"][..]),
        (&["demmo"], &["demmo"]),
        (&["ftp://localhost"], &["ftp", "not supported"]),
        (&["localhost:99999"], &["port"]),
        (&["http://u:hush@localhost:1"], &["user and password"]),
        (&["3000", "--name", "A_b"], &["A_b", "a-z, 0-9"]),
        (&["x_y=3000"], &["x_y"]),
        (&["3000", "4000", "--name", "a"], &["NAME=ORIGIN"]),
        (&["3000", "--pin", "sha256:00"], &["--relay"]),
        (&["3000", "--ca", "a.pem"], &["--relay"]),
        (
            &["3000", "--relay", "h", "--pin", "00"],
            &["--pin", "sha256:"],
        ),
        (
            &["3000", "--relay", "h", "--ca", "no.pem"],
            &["--ca no.pem"],
        ),
        (&["3000", "--relay", "http://h"], &["host:port"]),
        (&["3000", "--path", "api"], &["--path", "begin with /"]),
        (&["3000", "-H", "no colon"], &["-H 'Name: value'"]),
        (&["3000", "--naem", "a"], &["--naem", "--name"]),
        (&["3000", "-o", "loud"], &["loud", "compact", "json"]),
        (&["3000", "--json", "-q"], &["--json", "--quiet"]),
        (&["http"], &["ORIGIN"]),
        (&["repaly", "@1"], &["repaly", "replay"]),
        (
            &["replay", "@1", "--to", "nonsense"],
            &["--to", "nonsense", "port"],
        ),
        (&["3000", "--", "./no-such-program"], &["./no-such-program"]),
        (
            &["3000", "--log-file", "no/dir/log"],
            &["--log-file no/dir/log"],
        ),
        (&["-c", "no.toml", "3000"], &["no.toml"]),
    ] {
        let ended = home.run(arguments);
        assert_eq!(ended.code, Some(2), "{arguments:?}: {ended:?}");
        for said in said {
            assert!(
                ended.err.contains(said),
                "{arguments:?}: no {said:?} in {ended:?}"
            );
        }
        assert!(!ended.err.contains("hush"), "{ended:?}");
        assert!(!ended.err.contains('\x1b'), "{ended:?}");
    }
}

#[test]
fn wrong_variables_are_named() {
    let home = Home::new();
    for (variable, value) in [
        ("HOOKREEL_OUTPUT", "loud"),
        ("HOOKREEL_ORIGIN_TIMEOUT", "soon"),
        ("HOOKREEL_LOG", "hookreel=loudest"),
        ("HOOKREEL_COLOR", "red"),
    ] {
        let mut command = home.hookreel(&["3000"]);
        command.env(variable, value);
        let ended = Process::start(command).end();
        let flag = variable.replace("HOOKREEL_", "--").to_ascii_lowercase();
        assert_eq!(ended.code, Some(2), "{variable}: {ended:?}");
        assert!(
            ended.err.contains(variable) || ended.err.contains(&flag),
            "{ended:?}"
        );
    }
}

#[test]
fn an_empty_variable_is_as_good_as_none() {
    let home = Home::new();
    for variable in [
        "HOOKREEL_CONFIG",
        "HOOKREEL_RELAY",
        "HOOKREEL_COLOR",
        "HOOKREEL_READY_FD",
        "HOOKREEL_URL_FILE",
        "HOOKREEL_HEADER",
        "HOOKREEL_LOG",
    ] {
        let mut command = home.hookreel(&["config", "check"]);
        command.env(variable, "");
        let ended = Process::start(command).end();
        assert_eq!(ended.code, Some(0), "{variable}: {ended:?}");
    }
}

#[test]
fn an_unknown_key_in_a_file_is_shown_with_its_line() {
    let home = Home::new();
    std::fs::write(home.path().join("config.toml"), "name = 'a'\nrelai = 'b'\n").expect("written");
    for arguments in [&["3000"][..], &["config", "check"], &["config", "show"]] {
        home.run(arguments)
            .with(2, &["config.toml", "line 2", "relai"]);
    }
    let other = Home::new();
    other.file("hookreel.toml", "\n\noutput = 'loud'\n");
    other
        .run(&["3000"])
        .with(2, &["hookreel.toml", "line 3", "loud"]);
}

fn relay(home: &Home, arguments: &[&str]) -> Ended {
    Process::start(home.relay(arguments)).end()
}

#[test]
fn wrong_arguments_of_the_relay_are_explained() {
    let home = Home::new();
    let cert = home.file("cert.pem", "no certificate");
    let cert = cert.to_str().expect("a path that is text");
    let on = |more: &[&'static str]| [LOOPBACK, more].concat();
    let http = ["--http", "127.0.0.1:0"];
    let domain = |name: &'static str| {
        let mut arguments = on(&http);
        arguments[2] = name;
        arguments
    };
    let tunnel = |address: &'static str| {
        let mut arguments = on(&http);
        arguments[4] = address;
        arguments
    };
    for (arguments, said) in [
        (tunnel("0.0.0.0:0"), &["--anonymous", "127.0.0.1"][..]),
        (domain("http://a"), &["--domain", "hooks.example.com"]),
        (on(&["--https", "127.0.0.1:0"]), &["--https", "--tls"]),
        (on(&["--tls", "files"]), &["--cert FILE", "--key FILE"]),
        (on(&["--cert", "a.pem"]), &["--key"]),
        (
            on(&["--tls", "files", "--cert", "a.pem", "--key", "b.pem"]),
            &["a.pem"],
        ),
        (on(&["--http", "localhost"]), &["--http", "localhost"]),
    ] {
        let ended = relay(&home, &arguments);
        assert_eq!(ended.code, Some(2), "{arguments:?}: {ended:?}");
        for said in said {
            assert!(
                ended.err.contains(said),
                "{arguments:?}: no {said:?} in {ended:?}"
            );
        }
        assert_eq!(ended.out, "", "{arguments:?}");
    }
    let files = [
        "--http",
        "127.0.0.1:0",
        "--tls",
        "files",
        "--cert",
        cert,
        "--key",
        cert,
    ];
    relay(&home, &[LOOPBACK, &files].concat()).with(2, &["cert.pem"]);
}

#[test]
fn an_address_in_use_is_named_and_shown_once() {
    let home = Home::new();
    let held = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let address = held.local_addr().expect("an address").to_string();
    let ended = relay(&home, &[LOOPBACK, &["--http", &address]].concat());
    ended.with(2, &[&address, "in use"]);
    assert_eq!(ended.err.matches("in use").count(), 1, "{ended:?}");
    assert_eq!(ended.out, "");
}

#[test]
fn a_second_relay_on_the_same_addresses_does_not_start() {
    let (first, home) = (Relay::start(), Home::new());
    let http = first.text("http").replace("http://", "");
    relay(&home, &[LOOPBACK, &["--http", &http]].concat()).with(2, &["--http", &http, "in use"]);
    for (flag, address) in [
        ("--tunnel", first.text("tunnel")),
        ("--admin", first.text("admin")),
    ] {
        let mut arguments = [LOOPBACK, &["--http", "127.0.0.1:0"]].concat();
        let at = arguments.iter().position(|text| *text == flag);
        arguments[at.expect("the flag") + 1] = &address;
        relay(&home, &arguments).with(2, &[flag, &address, "in use"]);
    }
}

#[test]
fn the_admin_interface_can_be_switched_off() {
    let home = Home::new();
    let mut arguments = [LOOPBACK, &["--http", "127.0.0.1:0"]].concat();
    let at = arguments.iter().position(|text| *text == "--admin");
    arguments[at.expect("the flag") + 1] = "off";
    let relay = Process::start(home.relay(&arguments));
    assert_eq!(relay.json("ready")["admin"], serde_json::Value::Null);
    relay.stop().with(0, &[]);
}

#[test]
fn the_relay_itself_is_no_origin() {
    let (relay, home) = (Relay::start(), Home::new());
    for key in ["http", "admin"] {
        let port = relay.port(key);
        let ended = relay.client(&home, &[&port]).end();
        ended.with(2, &[&port, "the relay itself", "loop"]);
        assert_eq!(ended.out, "");
    }
}
