//! The examples of the help, run.

use std::os::unix::fs::PermissionsExt;

use super::rig::{Origin, Stage};
use crate::cli::process::{Home, Process, program};

/// The command lines of the examples: what stands before the first gap.
fn examples(help: &str) -> Vec<String> {
    let lines = help.lines().map(str::trim);
    lines
        .filter(|line| line.starts_with("hookreel replay ") && line.contains("  "))
        .filter_map(|line| line.split("  ").next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_example_of_the_help_works() {
    let help = Home::new().run(&["replay", "--help"]);
    help.with(0, &[]);
    let examples = examples(&help.out);
    assert!(examples.len() >= 7, "{}", help.out);
    assert!(
        help.out.starts_with("Examples:"),
        "examples first: {}",
        help.out
    );

    let (stage, other) = (Stage::new(), Origin::new());
    // Such as can be signed again: as GitHub sends them, with the secret known.
    let secret = |label| {
        format!("[[secret]]\nprovider = 'github'\nlabel = '{label}'\nsecret = 'It is one'\n")
    };
    let secret = secret("default") + &secret("next");
    let file = stage.home.path().join("credentials.toml");
    std::fs::write(&file, secret).expect("a file");
    std::fs::set_permissions(file, PermissionsExt::from_mode(0o600)).expect("a mode");
    let signed = b"X-GitHub-Event: push\r\nX-Hub-Signature-256: sha256=00\r\n";
    stage.origin.answers(500);
    stage.post("/failed", signed, b"{}");
    stage.origin.answers(200);
    stage.post("/1", signed, b"{}");
    stage.post("/2", signed, b"{}");
    for example in examples {
        let line = example.replace("localhost:4000", &format!("localhost:{}", other.port));
        let mut command = stage.home.command("sh", &["-c", &line]);
        let ours = program("hookreel")
            .parent()
            .expect("a directory")
            .to_owned();
        let theirs = std::env::var_os("PATH").unwrap_or_default();
        let mut path = vec![ours];
        path.extend(std::env::split_paths(&theirs));
        command
            .env("PATH", std::env::join_paths(path).expect("a path"))
            .env("EDITOR", "true");
        let before = stage.origin.more() + other.more();
        let ended = Process::start(command).end();
        ended.with(0, &[]);
        let sent = stage.origin.more() + other.more();
        assert!(
            sent > 0,
            "{example} sent nothing (before: {before}): {ended:?}"
        );
    }
}
