//! Where replays go: to where the request went, or elsewhere.

use super::rig::{Origin, Stage};
use crate::cli::peers::free_port;

#[test]
fn to_sends_it_elsewhere_below_the_path_given() {
    let (stage, other) = (Stage::new(), Origin::new());
    stage.post("/hook?x=1", b"A: 1\r\n", b"{}");
    let to = format!("http://localhost:{}/api", other.port);
    let lines = stage.replay(0, &["@1", "--to", &to]);
    assert!(other.text().starts_with("POST /api/hook?x=1 HTTP/1.1\r\n"));
    assert_eq!(lines[0]["origin"], to);
    assert_eq!(stage.origin.more(), 1, "nothing but the original");
    let told = stage.run(&["replay", "@2", "--to", &to, "--path", "/v2"]);
    assert!(
        told.out.starts_with("POST /api/v2/hook?x=1  "),
        "what is sent: {told:?}"
    );
    assert!(
        other
            .text()
            .starts_with("POST /api/v2/hook?x=1 HTTP/1.1\r\n")
    );
    stage.replay(0, &["@3", "--to", &to]);
    other.text();
    // And from then on that is where it went.
    stage.replay(0, &["@1"]);
    assert!(other.text().starts_with("POST /api/hook?x=1 HTTP/1.1\r\n"));
}

#[test]
fn a_server_that_was_down_gets_what_it_missed() {
    let stage = Stage::new();
    let port = free_port();
    stage.post("/first", b"", b"{}");
    let to = format!("localhost:{port}");
    let ended = stage.run(&["replay", "@1", "--to", &to]);
    let address = format!("http://localhost:{port}");
    ended.with(
        5,
        &[&format!("{address} cannot be reached"), "start your server"],
    );
    assert!(
        ended
            .out
            .contains("200 → ✗ the origin refused the connection")
    );
    assert!(ended.out.contains("regressed"), "{ended:?}");
    // It is recorded with its body, so it can be sent again once the server runs.
    let back = stage.origin.port.to_string();
    stage.recorded(2);
    let lines = stage.replay(0, &["@1", "--to", &back]);
    assert_eq!(lines[0]["verdict"], "fixed");
    assert_eq!(lines[0]["was"]["failure"]["kind"], "origin_refused");
}

#[test]
fn what_cannot_be_an_origin_is_refused() {
    let stage = Stage::new();
    stage.post("/", b"", b"{}");
    for (to, code, said) in [
        (
            "http://169.254.169.254/",
            1,
            ["not sent", "cannot be an origin"],
        ),
        ("ftp://localhost", 2, ["--to", "is not an origin"]),
        ("nowhere", 2, ["--to", "there is no port"]),
    ] {
        let ended = stage.run(&["replay", "@1", "--to", to]);
        ended.with(code, &said);
        assert_eq!(ended.out, "");
    }
    assert_eq!(stage.history().len(), 1);
}

#[test]
fn headers_and_host_are_set_as_asked() {
    let stage = Stage::new();
    stage.post("/", b"X-Debug: 0\r\nx-debug: 00\r\n", b"{}");
    stage.origin.next();
    stage.replay(0, &["@1", "-H", "X-Debug: 1", "--set-header", "New: 2"]);
    let text = stage.origin.text().to_ascii_lowercase();
    assert_eq!(text.matches("x-debug:").count(), 1, "{text}");
    assert!(
        text.contains("x-debug: 1\r\n") && text.contains("new: 2\r\n"),
        "{text}"
    );
    let own = format!("host: localhost:{}\r\n", stage.origin.port);
    assert!(text.contains(&own), "{text}");
    stage.replay(0, &["@2", "--host-header", "shop.example"]);
    let text = stage.origin.text().to_ascii_lowercase();
    assert!(text.contains("host: shop.example\r\n"), "{text}");
}

#[test]
fn a_prefix_that_was_put_before_the_path_is_not_put_there_twice() {
    let stage = Stage::with(&["--path", "/api"]);
    stage.home.file("hookreel.toml", "path = \"/api\"\n");
    stage.post("/hook", b"", b"{}");
    assert!(stage.origin.text().starts_with("POST /api/hook "));
    stage.replay(0, &["@1"]);
    assert!(stage.origin.text().starts_with("POST /api/hook "));
    stage.replay(0, &["@1", "--path", "/v2"]);
    assert!(stage.origin.text().starts_with("POST /api/v2/hook "));
}
