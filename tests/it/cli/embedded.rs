//! `hookreel PORT` with the relay inside.

use std::net::{Ipv4Addr, TcpListener};

use super::peers::{Server, post};
use super::process::{Home, Process};

/// The first address of a `URL → ORIGIN` line.
fn url(line: &str) -> String {
    line.split(" → ").next().unwrap_or_default().to_owned()
}

#[test]
fn the_address_works_as_soon_as_it_is_printed_and_so_does_the_bare_one() {
    let (home, server) = (Home::new(), Server::answering());
    let client = Process::start(home.hookreel(&[&server.port()]));
    let first = client.line();
    let answer = post(&url(&first), "/hooks?x=1", "{}").answer();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.ends_with("got it"), "{answer}");
    let seen = server.next().text;
    assert!(seen.starts_with("POST /hooks?x=1 HTTP/1.1\r\n"), "{seen}");
    let to = format!(" → http://localhost:{}", server.port);
    assert!(first.ends_with(&to), "{first}");

    let also = client.line();
    let bare = also.strip_prefix("also ").expect("the bare address");
    assert!(bare.starts_with("http://localhost:"), "{also}");
    assert!(post(bare, "/", "{}").answer().ends_with("got it"));
    client.says("only this machine can reach this address");
    let ended = client.stop();
    ended.with(0, &["draining"]);
    assert!(!ended.out.contains("note"), "messages are not data");
    assert!(
        !(ended.out + &ended.err).contains('\x1b'),
        "no colours in a pipe"
    );
}

#[test]
fn a_request_is_two_lines() {
    let (home, server) = (Home::new(), Server::holding());
    let client = Process::start(home.hookreel(&[&server.port()]));
    let url = url(&client.line());
    client.line();
    let sent = post(&url, "/webhooks/shop", &"x".repeat(2048));
    let asked = server.next();
    let begun = client.line();
    assert!(
        begun.contains(" → POST /webhooks/shop  2.0 kB  req_"),
        "shown while it is under way: {begun}"
    );
    asked.answer("got it");
    sent.answer();
    let done = client.line();
    assert!(done.contains(" ← 200  "), "{done}");
    let id = |line: &str| line.rsplit("  ").next().unwrap_or_default().to_owned();
    assert_eq!(id(&begun), id(&done));
    assert!(done.contains("  6 B  req_"), "{done}");
}

#[test]
fn json_lines_have_the_promised_keys() {
    let (home, server) = (Home::new(), Server::answering());
    let client = Process::start(home.hookreel(&[&server.port(), "-o", "json"]));
    let ready = client.json("ready");
    for key in ["url", "name", "origin", "relay", "transport"] {
        assert!(ready[key].is_string(), "no {key} in {ready}");
    }
    assert_eq!(ready["relay"], "embedded");
    assert_eq!(ready["transport"], "quic");
    assert_eq!(
        ready["origin"],
        format!("http://localhost:{}", server.port).as_str()
    );
    let url = ready["url"].as_str().expect("a URL");
    let name = ready["name"].as_str().expect("a name");
    assert!(url.starts_with(&format!("http://{name}.localhost:")));
    post(url, "/hooks?x=1", "{\"a\":1}").answer();
    let exchange = client.json("exchange");
    for (key, value) in [
        ("/name", name.into()),
        ("/method", "POST".into()),
        ("/target", "/hooks?x=1".into()),
        ("/status", 200.into()),
        ("/request/bytes", 7.into()),
        ("/request/content_type", "application/json".into()),
        ("/response/bytes", 6.into()),
        ("/response/content_type", "text/plain".into()),
        ("/label", "live".into()),
        ("/failure", serde_json::Value::Null),
    ] {
        assert_eq!(exchange.pointer(key), Some(&value), "{key} in {exchange}");
    }
    for key in ["provider", "event", "verdict", "replay_of"] {
        assert!(exchange.get(key).is_some(), "no {key} in {exchange}");
    }
    assert!(exchange["ms"].as_f64().is_some_and(|ms| ms > 0.0));
    assert!(
        exchange["id"]
            .as_str()
            .is_some_and(|id| id.starts_with("req_"))
    );
    assert!(exchange["at"].as_str().is_some_and(|at| at.ends_with('Z')));
    client.signal(rustix::process::Signal::INT);
    assert_eq!(client.json("status")["state"], "draining");
    client.end().with(0, &[]);
}

#[test]
fn a_server_that_is_not_there_is_told_to_sender_and_developer() {
    let home = Home::new();
    let port = super::peers::free_port().to_string();
    let client = Process::start(home.hookreel(&[&port]));
    let url = url(&client.line());
    client.line();
    let answer = post(&url, "/", "").answer();
    assert!(answer.starts_with("HTTP/1.1 502 "), "{answer}");
    assert!(answer.contains("HR-5021"), "{answer}");
    client.line();
    let done = client.line();
    assert!(
        done.contains("✗ the origin refused the connection"),
        "{done}"
    );
    client.stop().with(0, &[]);
}

#[test]
fn a_quiet_one_prints_nothing() {
    let (home, server) = (Home::new(), Server::answering());
    let client = Process::start(home.hookreel(&[
        "-q",
        &server.port(),
        "--",
        "sh",
        "-c",
        "echo $HOOKREEL_URL >&2; cat",
    ]));
    let ended = client.end();
    ended.with(0, &[]);
    assert_eq!(ended.out, "");
    assert_eq!(
        ended.err.lines().count(),
        1,
        "only the command's: {ended:?}"
    );
}

#[test]
fn closing_its_standard_output_does_not_stop_the_tunnel() {
    let (home, server) = (Home::new(), Server::answering());
    let mut client = Process::start(home.hookreel(&[&server.port()]));
    let url = url(&client.line());
    client.close_output();
    for _ in 0..3 {
        assert!(post(&url, "/", "{}").answer().ends_with("got it"));
    }
    assert!(client.runs());
    client.stop().with(0, &[]);
}

#[test]
fn two_of_one_user_run_side_by_side() {
    let (home, server) = (Home::new(), Server::answering());
    let (one, two) = (
        Process::start(home.hookreel(&[&server.port()])),
        Process::start(home.hookreel(&[&server.port()])),
    );
    let (one_url, two_url) = (url(&one.line()), url(&two.line()));
    assert_ne!(one_url, two_url);
    for url in [one_url, two_url] {
        assert!(post(&url, "/", "{}").answer().ends_with("got it"));
    }
    assert!(one.runs() && two.runs());
}

#[test]
fn a_port_that_is_taken_is_passed_over() {
    // Held or not, ours or another's: hookreel starts.
    let _held = TcpListener::bind((Ipv4Addr::LOCALHOST, 7080));
    let (home, server) = (Home::new(), Server::answering());
    let client = Process::start(home.hookreel(&[&server.port()]));
    let url = url(&client.line());
    assert!(post(&url, "/", "{}").answer().ends_with("got it"));
}

#[test]
fn two_servers_have_an_address_each() {
    let (home, api, web) = (Home::new(), Server::answering(), Server::answering());
    let client = Process::start(home.hookreel(&[
        "http",
        &format!("api={}", api.port),
        &format!("web={}", web.port),
        "--json",
    ]));
    let ready = [client.json("ready"), client.json("ready")];
    for (name, server) in [("api", &api), ("web", &web)] {
        let own = ready.iter().find(|ready| ready["name"] == name);
        let url = own.expect("a ready line")["url"].as_str().expect("a URL");
        post(url, &format!("/{name}"), "").answer();
        assert!(server.next().text.starts_with(&format!("POST /{name} ")));
    }
    // Nothing says which of them the bare address would be.
    for ready in &ready {
        assert_eq!(ready["urls"], serde_json::json!([ready["url"]]), "{ready}");
    }
}
