//! A secret is in its file and nowhere else, whatever is done with it.

use std::fs;
use std::path::Path;

use super::rig::{STRIPE, Seen, now, piped, set, stripe};
use crate::cli::peers::post;
use crate::cli::process::{Home, Process};
use crate::replay::rig::{Origin, Stage};

/// Every file below a folder whose bytes have the secret in them.
fn holders(folder: &Path, secret: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(holders(&path, secret));
        } else if let Ok(bytes) = fs::read(&path) {
            let window = bytes.windows(secret.len());
            if window.into_iter().any(|part| part == secret.as_bytes()) {
                found.push(
                    path.file_name()
                        .expect("a name")
                        .to_string_lossy()
                        .into_owned(),
                );
            }
        }
    }
    found
}

#[test]
fn no_output_no_log_no_file_and_no_command_line_has_it() {
    let home = Home::new();
    let (origin, body) = (Origin::new(), "{\"id\":\"evt_1\",\"object\":\"event\"}");
    let port = origin.port.to_string();
    let mut said = String::new();
    let mut tell =
        |ended: crate::cli::process::Ended| said += &format!("{}{}", ended.out, ended.err);
    tell(set(
        &home,
        &["stripe", "-vv", "--log-file", "set.log"],
        STRIPE,
    ));
    let client = Process::start(home.hookreel(&["http", &port, "--json", "-vv"]));
    let url = client.json("ready")["url"]
        .as_str()
        .expect("a URL")
        .to_owned();
    crate::cli::peers::send(&url, "/a", stripe(body, now()).as_bytes(), body.as_bytes()).answer();
    crate::cli::peers::send(&url, "/a", stripe(body, 1).as_bytes(), body.as_bytes()).answer();
    post(&url, "/a", "{}").answer();
    let commands = |found: &mut Vec<String>| {
        for entry in fs::read_dir("/proc").expect("Linux").flatten() {
            if let Ok(line) = fs::read(entry.path().join("cmdline")) {
                found.push(String::from_utf8_lossy(&line).into_owned());
            }
        }
    };
    let mut lines = Vec::new();
    commands(&mut lines);
    // A trace of the kind that is asked for in reports of faults.
    for arguments in [
        &["-vv", "secret", "list"][..],
        &["secret", "list", "--json"],
        &["config", "show"],
        &["config", "check"],
        &["-vv", "verify", "label:live"],
        &["verify", "label:live", "--json"],
        &["show", "@3"],
        &["show", "@3", "--json"],
        &["ls"],
        &["-vv", "replay", "label:live"],
        &["replay", "label:live", "--json", "--resign"],
        &[
            "-vv",
            "trigger",
            "stripe",
            "charge.succeeded",
            "--to",
            &port,
        ],
        &[
            "trigger",
            "stripe",
            "charge.succeeded",
            "--json",
            "--to",
            &port,
        ],
        &[
            "trigger",
            "stripe",
            "charge.succeeded",
            "--json",
            "--to",
            &port,
            "--bad-signature",
        ],
        &["export", "@1..@9", "--as", "json"],
        &["export", "label:live", "--as", "har", "--no-redact"],
        &["export", "@1", "--as", "curl"],
    ] {
        let mut command = home.hookreel(arguments);
        command
            .env("HOOKREEL_LOG", "trace")
            .env("RUST_BACKTRACE", "full");
        tell(Process::start(command).end());
    }
    tell(client.stop());
    assert!(said.contains("re-signed as stripe"), "it was used: {said}");
    assert!(!said.contains(STRIPE), "it was said");
    assert!(
        lines.iter().all(|line| !line.contains(STRIPE)),
        "it is in a command line"
    );
    assert_eq!(holders(home.path(), STRIPE), ["credentials.toml"]);
}

#[test]
fn a_file_of_secrets_that_is_damaged_is_told_without_what_stands_in_it() {
    let home = Home::new();
    set(&home, &["stripe"], STRIPE).with(0, &[]);
    let file = home.path().join("credentials.toml");
    let text = fs::read_to_string(&file).expect("the file");
    fs::write(&file, text.replace("secret = ", "secret ")).expect("written");
    for arguments in [
        &["secret", "list"][..],
        &["-vv", "trigger", "stripe", "charge.succeeded", "--to", "1"],
        &["-vv", "http", "1", "--", "true"],
    ] {
        let ended = home.run(arguments);
        assert_ne!(ended.code, Some(0), "{arguments:?}");
        assert!(ended.err.contains("credentials.toml, line "), "{ended:?}");
        assert!(!format!("{ended:?}").contains(STRIPE));
    }
}

#[test]
fn a_secret_given_as_an_argument_is_not_taken() {
    let home = Home::new();
    let ended = piped(&home, &["secret", "set", "stripe", "--secret", "x"], "");
    ended.with(2, &["--secret"]);
    piped(&home, &["secret", "set", "stripe", "x"], "")
        .with(2, &["never written on the command line"]);
}

#[test]
fn the_sender_of_a_bad_signature_learns_nothing_of_the_right_one() {
    let stage = Stage::new();
    set(&stage.home, &["stripe"], STRIPE).with(0, &[]);
    let (at, body) = (now(), "{\"object\":\"event\"}");
    let right = stripe(body, at);
    let right = right.rsplit("v1=").next().expect("a signature").trim();
    let fields = format!("Stripe-Signature: t={at},v1={}\r\n", "0".repeat(64));
    let sent = crate::cli::peers::send(&stage.url, "/", fields.as_bytes(), body.as_bytes());
    let answer = sent.answer();
    assert!(!answer.contains(right), "{answer}");
    let seen = stage.origin.next();
    let seen = Seen::read(&seen);
    assert!(!seen.field("stripe-signature").contains(right));
}

#[test]
fn what_a_provider_sends_in_clear_is_not_printed_where_it_is_sent_and_masked_where_it_is_given_away()
 {
    const CANARY: &str = "canary-in-clear-5e0b";
    let (home, origin) = (Home::new(), Origin::new());
    let to = origin.port.to_string();
    for (provider, event) in [
        ("gitlab", "push"),
        ("mailchimp", "subscribe"),
        ("wordpress", "publish_post"),
        ("microsoft-graph", "updated"),
    ] {
        set(&home, &[provider], CANARY).with(0, &[]);
        let sent = ["trigger", provider, event, "--to", &to];
        for more in [&[][..], &["--json"], &["-vv"], &["--duplicate"]] {
            let ended = home.run(&[&sent[..], more].concat());
            ended.with(0, &[]);
            assert!(!format!("{ended:?}").contains(CANARY), "{ended:?}");
            let seen = origin.text();
            assert!(seen.contains(CANARY), "the server gets it: {seen}");
            if more == ["--duplicate"] {
                origin.text();
            }
        }
        home.run(&["verify", "@1"]).with(0, &[]);
    }
    let ended = home.run(&["export", "label:sample", "--as", "har"]);
    assert!(ended.out.len() > 1000, "{ended:?}");
    assert!(!format!("{ended:?}").contains(CANARY), "har");
    for form in ["json", "curl", "http"] {
        let ended = home.run(&["export", "label:sample", "--as", form, "--redact"]);
        assert!(ended.out.len() > 1000, "{ended:?}");
        assert!(!format!("{ended:?}").contains(CANARY), "{form}");
    }
}
