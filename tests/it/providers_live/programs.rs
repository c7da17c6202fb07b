//! `--verify` and handshakes as users meet them.

use std::fs;
use std::path::Path;

use hookreel::config::secrets;
use hookreel_shared::provider::Secret;

use super::rig::Ask;
use crate::cli::peers::{Server, free_port, send};
use crate::cli::process::{Home, Process};

const CANARY: &str = "canary-4f7a91c2e8";

fn with_secret(provider: &str) -> Home {
    with_secret_for(provider, None)
}

fn with_secret_for(provider: &str, name: Option<&str>) -> Home {
    let home = Home::new();
    let own = Secret::new(provider, "default", CANARY);
    let own = match name {
        Some(name) => own.only_for(name),
        None => own,
    };
    secrets::update(&home.path().join("credentials.toml"), |all| {
        all.secrets.push(own);
    })
    .expect("the secret is set");
    home
}

fn fields(ask: &Ask) -> Vec<u8> {
    let line = |header: &hookreel_shared::model::Header| {
        [&header.name[..], b": ", &header.value, b"\r\n"].concat()
    };
    ask.draft.headers.iter().flat_map(line).collect()
}

fn post(url: &str, ask: &Ask) -> String {
    send(url, "/in", &fields(ask), &ask.draft.body).answer()
}

/// Whether any file below a folder holds this, but for the one that is made for it.
fn holds(folder: &Path, text: &str) -> bool {
    fs::read_dir(folder)
        .expect("a folder")
        .flatten()
        .any(|entry| {
            let path = entry.path();
            match path.is_dir() {
                true => holds(&path, text),
                false if path.ends_with("credentials.toml") => false,
                false => {
                    let bytes = fs::read(&path).unwrap_or_default();
                    bytes
                        .windows(text.len())
                        .any(|part| part == text.as_bytes())
                }
            }
        })
}

#[test]
fn what_can_never_pass_is_wrong_usage_and_says_what_to_do() {
    let (home, dead) = (Home::new(), free_port().to_string());
    home.file("hookreel.toml", "[providers.own]\nname = 'Own'\n");
    for (provider, said) in [
        ("stripe", "set one with: hookreel secret set stripe"),
        ("own", "Own does not sign its requests"),
        ("nobody", "no provider is called nobody"),
        ("paypal", "hookreel secret set paypal"),
    ] {
        home.run(&["http", &dead, "--verify", provider])
            .with(2, &[said]);
    }
    let named = with_secret_for("github", Some("shop"));
    let verify = ["http", &dead, "--verify", "github", "--name", "blog"];
    named.run(&verify).with(
        2,
        &["needs a secret (there is one for the name shop alone)"],
    );
    let mut command = home.hookreel(&["http", &dead]);
    command.env("HOOKREEL_VERIFY", "stripe");
    Process::start(command)
        .end()
        .with(2, &["hookreel secret set stripe"]);
    home.file("hookreel.toml", "verify = 'stripe'\n");
    home.run(&["http", &dead])
        .with(2, &["hookreel secret set stripe"]);
    home.file("hookreel.toml", "[handshakes]\nslack = false\n");
    home.run(&["http", &dead]).with(2, &["slack-verification"]);
}

#[test]
fn a_refusal_is_seen_in_lines_json_and_history_and_the_secret_nowhere() {
    for output in ["compact", "json"] {
        let (home, server) = (with_secret("github"), Server::answering());
        let flags = [
            "http",
            &server.port(),
            "--verify",
            "github",
            "-vv",
            "-o",
            output,
        ];
        let mut command = home.hookreel(&flags);
        command.env("HOOKREEL_LOG", "trace");
        let client = Process::start(command);
        let ready = client.line();
        let at = ready.find("http://").expect("an address");
        let end = ready[at..].find([' ', '"']).expect("its end");
        let url = &ready[at..at + end];
        let push = Ask::json("github", "{}").header("X-GitHub-Event", "push");
        let good = push.clone().signed(CANARY);
        let digest = good
            .draft
            .headers
            .get("x-hub-signature-256")
            .expect("signed");
        let digest = String::from_utf8_lossy(digest).replace("sha256=", "");
        let refused = post(url, &push.signed("another"));
        assert!(refused.starts_with("HTTP/1.1 401 "), "{refused}");
        assert!(
            refused.ends_with("\r\n\r\nsignature refused\n"),
            "{refused}"
        );
        let ended = client.stop();
        ended.with(0, &[]);
        match output {
            "json" => {
                assert!(ended.out.contains(r#""verdict":"bad""#), "{ended:?}");
                assert!(
                    ended.out.contains(r#""kind":"signature_refused""#),
                    "{ended:?}"
                );
                assert!(ended.out.contains(r#""sender_status":401"#), "{ended:?}");
            }
            _ => assert!(
                ended.out.contains("401 ✗ hookreel refused the signature"),
                "{ended:?}"
            ),
        }
        let listed = home.run(&["ls", "--json"]);
        assert!(listed.out.contains("signature_refused"), "{listed:?}");
        for hidden in [CANARY, &digest] {
            assert!(!format!("{}{}{refused}{listed:?}", ended.out, ended.err).contains(hidden));
            assert!(!holds(home.path(), hidden), "{hidden} is in a file");
        }
    }
}

#[test]
fn an_answer_of_hookreels_own_is_seen_in_lines_json_and_history() {
    let (home, dead) = (with_secret("slack"), free_port().to_string());
    home.file("hookreel.toml", "[handshakes]\nzoom-validation = false\n");
    let body = r#"{"challenge":"abc","type":"url_verification"}"#;
    let ask = Ask::json("slack", body).signed(CANARY);
    for (output, said) in [
        ("compact", "hookreel answered slack-verification"),
        ("json", r#""handshake":"slack-verification""#),
    ] {
        let client = Process::start(home.hookreel(&["http", &dead, "-o", output]));
        let ready = client.line();
        let at = ready.find("http://").expect("an address");
        let end = ready[at..].find([' ', '"']).expect("its end");
        let answer = post(&ready[at..at + end], &ask);
        assert!(answer.ends_with("\r\n\r\nabc"), "{answer}");
        let ended = client.stop();
        ended.with(0, &[]);
        assert!(ended.out.contains(said), "{ended:?}");
    }
    let listed = home.run(&["ls", "--json"]);
    let count = listed
        .out
        .matches(r#""handshake":"slack-verification""#)
        .count();
    assert_eq!(count, 2, "{listed:?}");
    let client = Process::start(home.hookreel(&["http", &dead, "--no-handshakes", "-o", "json"]));
    let url = client.json("ready")["url"]
        .as_str()
        .expect("a URL")
        .to_owned();
    assert!(post(&url, &ask).starts_with("HTTP/1.1 502 "));
    client.stop().with(0, &[]);
}
