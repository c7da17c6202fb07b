//! A relay as a program of its own, and clients of it.

use std::fs;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use super::peers::{Relay, Server, post};
use super::process::{Home, Process};

#[test]
fn the_first_json_line_of_a_relay_says_where_everything_is() {
    let relay = Relay::start();
    let keys: Vec<_> = relay.ready.as_object().expect("an object").keys().collect();
    for key in ["type", "v", "http", "https", "tunnel", "admin", "pin"] {
        assert!(keys.contains(&&key.to_owned()), "no {key} in {keys:?}");
    }
    assert!(relay.text("http").starts_with("http://127.0.0.1:"));
    assert!(relay.ready["https"].is_null());
    assert!(relay.text("tunnel").starts_with("127.0.0.1:"));
    assert!(relay.text("pin").starts_with("sha256:"));
    let health = format!("http://{}", relay.text("admin"));
    assert!(
        post(&health, "/healthz", "")
            .answer()
            .starts_with("HTTP/1.1 ")
    );
    let nobody = post(&relay.text("http"), "/", "").answer();
    assert!(nobody.contains("HR-4"), "{nobody}");
}

#[test]
fn for_people_the_relay_prints_its_addresses_and_what_clients_write() {
    let home = Home::new();
    let arguments = [
        "serve",
        "--domain",
        "hooks.localhost",
        "--http",
        "127.0.0.1:0",
        "--tunnel",
        "127.0.0.1:0",
        "--admin",
        "127.0.0.1:0",
    ];
    let relay = Process::start(home.relay(&arguments));
    let lines: Vec<String> = (0..7).map(|_| relay.line()).collect();
    assert!(
        lines[0].starts_with("public  http://127.0.0.1:"),
        "{lines:?}"
    );
    assert!(lines[1].starts_with("tunnel  127.0.0.1:"), "{lines:?}");
    assert!(
        lines[2].starts_with("admin   http://127.0.0.1:"),
        "{lines:?}"
    );
    assert!(lines[3].starts_with("pin     sha256:"), "{lines:?}");
    let written = lines[6].trim();
    assert!(
        written.starts_with("hookreel 3000 --relay 127.0.0.1:"),
        "{lines:?}"
    );
    // What it prints, works.
    let server = Server::answering();
    let line = written.replacen("hookreel 3000", &server.port(), 1);
    let arguments: Vec<&str> = line.split(' ').collect();
    let user = Home::new();
    let client = Process::start(user.hookreel(&arguments));
    assert!(client.line().contains(".hooks.localhost:"));
}

#[test]
fn a_webhook_goes_through_a_relay_of_its_own_by_host_and_by_path() {
    let (relay, server, home) = (Relay::start(), Server::answering(), Home::new());
    let client = relay.client(&home, &[&server.port(), "--name", "my-app"]);
    let ready = client.json("ready");
    assert_eq!(ready["name"], "my-app");
    let url = ready["url"].as_str().expect("a URL");
    let port = relay.port("http");
    assert_eq!(url, format!("http://my-app.hooks.localhost:{port}"));
    assert!(post(url, "/a", "{}").answer().ends_with("got it"));
    let domain = format!("http://hooks.localhost:{port}");
    assert!(
        post(&domain, "/~my-app/b", "{}")
            .answer()
            .ends_with("got it")
    );
    assert!(server.next().text.starts_with("POST /a "));
    assert!(server.next().text.starts_with("POST /b "));
}

#[test]
fn a_relay_with_another_key_than_the_pin_is_refused() {
    let (relay, home) = (Relay::start(), Home::new());
    let pin = format!("sha256:{}", "0".repeat(64));
    let ended = home.run(&["3000", "--relay", &relay.text("tunnel"), "--pin", &pin]);
    ended.with(3, &["pin", &relay.text("tunnel")]);
}

#[test]
fn a_relay_that_does_not_answer_is_given_up_with_advice() {
    let home = Home::new();
    // Bound and never read from: packets vanish.
    let silent = std::net::UdpSocket::bind("127.0.0.1:0").expect("a port");
    let address = silent.local_addr().expect("an address").to_string();
    let begun = std::time::Instant::now();
    let ended = home.run(&["3000", "--relay", &address]);
    ended.with(
        4,
        &[&address, "does not answer (UDP)", "is the relay running"],
    );
    assert!(begun.elapsed().as_secs() < 16, "{:?}", begun.elapsed());
    assert_eq!(ended.out, "");
}

#[test]
fn a_relay_whose_name_does_not_exist_is_given_up_with_that_name() {
    let home = Home::new();
    let ended = home.run(&["3000", "--relay", "no-such-relay.invalid"]);
    ended.with(4, &["no-such-relay.invalid"]);
}

#[test]
fn a_name_of_another_client_is_refused_with_what_to_do() {
    let (relay, server) = (Relay::start(), Server::answering());
    let (mine, yours) = (Home::new(), Home::new());
    let first = relay.client(&mine, &[&server.port(), "--name", "shop"]);
    first.json("ready");
    let second = relay.client(&yours, &[&server.port(), "--name", "shop"]);
    let ended = second.end();
    ended.with(3, &["shop", "belongs to another client", "--name"]);
    assert!(first.runs());
}

#[test]
fn a_newer_hookreel_of_the_same_user_replaces_the_older() {
    let (relay, server, home) = (Relay::start(), Server::answering(), Home::new());
    let first = relay.client(&home, &[&server.port(), "--name", "shop"]);
    let url = first.json("ready")["url"].clone();
    let second = relay.client(&home, &[&server.port(), "--name", "shop"]);
    assert_eq!(second.json("ready")["url"], url);
    assert_eq!(first.json("status")["state"], "replaced");
    first.end().with(3, &["a newer hookreel of yours"]);
    let url = url.as_str().expect("a URL");
    assert!(post(url, "/", "{}").answer().ends_with("got it"));
    assert!(second.runs());
}

/// Certificate authority, chain and key files for `hooks.localhost` and loopback.
pub fn certificates(home: &Home) -> [String; 3] {
    let mut ca = CertificateParams::new(Vec::new()).expect("parameters");
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate().expect("a key")).expect("a CA");
    let key = KeyPair::generate().expect("a key");
    let names = [
        "hooks.localhost",
        "*.hooks.localhost",
        "localhost",
        "127.0.0.1",
    ];
    let leaf = CertificateParams::new(names.map(str::to_owned)).expect("parameters");
    let leaf = leaf.signed_by(&key, &ca).expect("a certificate");
    let files = [
        home.file("ca.pem", ca.pem()),
        home.file("chain.pem", leaf.pem()),
        home.file("key.pem", key.serialize_pem()),
    ];
    files.map(|file| file.to_str().expect("a path that is text").to_owned())
}

#[test]
fn a_certificate_from_files_is_trusted_through_its_authority_and_not_without() {
    let (home, server) = (Home::new(), Server::answering());
    let [ca, chain, key] = certificates(&home);
    let files = ["--tls", "files", "--cert", &chain, "--key", &key];
    let relay = Relay::with(&[&files[..], &["--https", "127.0.0.1:0"]].concat());
    assert!(relay.ready["http"].is_null(), "only with TLS");
    let tunnel = relay.text("tunnel");

    let by_ca = [&server.port(), "--relay", &tunnel, "--ca", &ca, "--json"];
    let client = Process::start(home.hookreel(&by_ca));
    let ready = client.json("ready");
    let url = ready["url"].as_str().expect("a URL");
    assert!(url.starts_with("https://"), "{url}");
    client.stop().with(0, &[]);

    let pin = relay.text("pin");
    let by_pin = [&server.port(), "--relay", &tunnel, "--pin", &pin, "--json"];
    let client = Process::start(home.hookreel(&by_pin));
    client.json("ready");
    client.stop().with(0, &[]);

    let ended = home.run(&[&server.port(), "--relay", &tunnel]);
    ended.with(3, &["--pin", &tunnel]);
    assert_eq!(ended.err.lines().count(), 1, "one message: {ended:?}");
}

#[test]
fn a_relay_keeps_its_key_and_the_names_in_its_data_directory() {
    let (server, mine, yours, keep) = (Server::answering(), Home::new(), Home::new(), Home::new());
    let data = keep.work().join("relay");
    let data = data.to_str().expect("a path that is text");
    let start = || Relay::with(&["--http", "127.0.0.1:0", "--data", data]);
    let relay = start();
    let pin = relay.text("pin");
    let client = relay.client(&mine, &[&server.port(), "--name", "shop"]);
    client.json("ready");
    client.stop().with(0, &[]);
    relay.process.stop().with(0, &[]);
    assert!(fs::read_dir(data).expect("the directory").count() >= 2);

    let relay = start();
    assert_eq!(relay.text("pin"), pin);
    let stranger = relay.client(&yours, &[&server.port(), "--name", "shop"]);
    stranger.end().with(3, &["belongs to another client"]);
}

#[test]
fn a_relay_that_is_slow_to_answer_is_named_meanwhile() {
    let home = Home::new();
    let silent = std::net::UdpSocket::bind("127.0.0.1:0").expect("a port");
    let relay = silent.local_addr().expect("its address").to_string();
    let client = Process::start(home.hookreel(&["3000", "--relay", &relay]));
    client.says(&format!("connecting to {relay} …"));
    let ended = client.stop();
    assert_eq!(ended.out, "");
}
