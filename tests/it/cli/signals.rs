//! The first interrupt drains, the second ends at once.

use rustix::process::Signal;

use super::peers::{Relay, Server, post};
use super::process::{Home, Process};

#[test]
fn a_request_under_way_gets_its_answer_when_the_client_is_asked_to_stop() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let (relay, server, home) = (Relay::start(), Server::holding(), Home::new());
        let client = relay.client(&home, &[&server.port()]);
        let ready = client.json("ready");
        let sent = post(ready["url"].as_str().expect("a URL"), "/", "{}");
        let asked = server.next();
        client.signal(signal);
        assert_eq!(client.json("status")["state"], "draining");
        asked.answer("at last");
        let answer = sent.answer();
        assert!(answer.ends_with("at last"), "{answer}");
        assert_eq!(client.json("exchange")["status"], 200);
        client.end().with(0, &[]);
    }
}

#[test]
fn a_request_under_way_gets_its_answer_with_the_relay_inside_too() {
    let (server, home) = (Server::holding(), Home::new());
    let client = Process::start(home.hookreel(&[&server.port(), "--json"]));
    let ready = client.json("ready");
    let sent = post(ready["url"].as_str().expect("a URL"), "/", "{}");
    let asked = server.next();
    client.signal(Signal::INT);
    client.json("status");
    asked.answer("at last");
    assert!(sent.answer().ends_with("at last"));
    client.end().with(0, &[]);
}

#[test]
fn a_second_interrupt_ends_the_client_at_once() {
    let (relay, server, home) = (Relay::start(), Server::holding(), Home::new());
    let client = relay.client(&home, &[&server.port()]);
    let ready = client.json("ready");
    let sent = post(ready["url"].as_str().expect("a URL"), "/", "{}");
    let _asked = server.next();
    client.signal(Signal::INT);
    client.json("status");
    client.signal(Signal::INT);
    client.end().with(130, &[]);
    let answer = sent.answer();
    assert!(answer.starts_with("HTTP/1.1 50"), "{answer}");
}

#[test]
fn a_request_under_way_gets_its_answer_when_the_relay_is_asked_to_stop() {
    for signal in [Signal::INT, Signal::TERM] {
        let (relay, server, home) = (Relay::start(), Server::holding(), Home::new());
        let client = relay.client(&home, &[&server.port()]);
        let ready = client.json("ready");
        let url = ready["url"].as_str().expect("a URL").to_owned();
        let sent = post(&url, "/", "{}");
        let asked = server.next();
        relay.process.signal(signal);
        relay.process.says("draining");
        assert_eq!(client.json("status")["state"], "draining");
        asked.answer("at last");
        assert!(sent.answer().ends_with("at last"));
        relay.process.end().with(0, &[]);
        // The client does not give up: the relay may come back.
        assert_eq!(client.json("exchange")["status"], 200);
        assert_eq!(client.json("status")["state"], "reconnecting");
        client.stop().with(0, &[]);
    }
}

#[test]
fn a_second_interrupt_ends_the_relay_at_once() {
    let (relay, server, home) = (Relay::start(), Server::holding(), Home::new());
    let client = relay.client(&home, &[&server.port()]);
    let ready = client.json("ready");
    let sent = post(ready["url"].as_str().expect("a URL"), "/", "{}");
    let _asked = server.next();
    relay.process.signal(Signal::INT);
    relay.process.says("draining");
    relay.process.signal(Signal::INT);
    relay.process.end().with(130, &[]);
    assert!(sent.breaks_off());
}

#[test]
fn an_idle_client_and_an_idle_relay_stop_quickly() {
    let (relay, server, home) = (Relay::start(), Server::answering(), Home::new());
    let client = relay.client(&home, &[&server.port()]);
    client.json("ready");
    let begun = std::time::Instant::now();
    client.stop().with(0, &[]);
    relay.process.stop().with(0, &[]);
    assert!(begun.elapsed().as_secs() < 3, "{:?}", begun.elapsed());
}

#[test]
fn an_interrupt_before_the_relay_answers_ends_well() {
    let home = Home::new();
    let silent = std::net::UdpSocket::bind("127.0.0.1:0").expect("a port");
    let address = silent.local_addr().expect("an address").to_string();
    let client = Process::start(home.hookreel(&["3000", "--relay", &address]));
    // The first packet says that it tries, and therefore catches signals.
    silent
        .set_read_timeout(Some(super::process::LIMIT))
        .expect("a time-out");
    silent.recv_from(&mut [0; 2048]).expect("a packet");
    client.stop().with(0, &[]);
}
