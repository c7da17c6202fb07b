//! The verbs that need nothing: demo, version, completion, help.

use serde_json::Value;

use super::process::{Home, Process, program};

#[test]
fn the_demo_tells_its_steps_and_ends_well() {
    let ended = Home::new().run(&["demo"]);
    ended.with(0, &[]);
    for step in [
        "1. The sender posts to the relay",
        "2. The local server gets it through the tunnel",
        "3. The sender gets the server's own answer",
        "4. What hookreel shows of it",
        "every byte as sent",
        "X-Hub-Signature-256: sha256=",
        "200 {\"received\":true",
        " ← 401 ",
        "5. The one that failed, sent again from the history",
        "500 → 200 (fixed); re-signed as stripe with the secret demo",
        "← 200  github push ✓",
        "← 401  github issues.opened ✗ bad",
        "hookreel 3000",
    ] {
        assert!(ended.out.contains(step), "no {step:?} in {}", ended.out);
    }
    assert_eq!(ended.err, "");
    assert!(!ended.out.contains('\x1b'), "no colours in a pipe");
}

#[test]
fn the_demo_in_json_is_a_ready_its_exchanges_and_a_replay() {
    let ended = Home::new().run(&["demo", "-o", "json"]);
    ended.with(0, &[]);
    let lines: Vec<Value> = ended
        .out
        .lines()
        .map(|line| serde_json::from_str(line).expect("every line is JSON"))
        .collect();
    assert_eq!(lines[0]["type"], "ready");
    let exchanges = lines.iter().filter(|line| line["type"] == "exchange");
    let statuses: Vec<_> = exchanges.map(|line| line["status"].as_u64()).collect();
    assert_eq!(statuses, [200, 200, 200, 401, 500, 200].map(Some));
    let known: Vec<_> = lines
        .iter()
        .filter_map(|line| line["verdict"].as_str())
        .collect();
    assert_eq!(known, ["good", "good", "good", "bad", "good", "good"]);
    let replay = lines.iter().find(|line| line["label"] == "replay");
    assert_eq!(replay.expect("a replay")["replay_of"], lines[5]["id"]);
}

#[test]
fn the_demo_leaves_nothing_in_the_home_directory() {
    let home = Home::new();
    home.run(&["demo", "-q"]).with(0, &[]);
    let left = std::fs::read_dir(home.path()).expect("the home").flatten();
    let left: Vec<_> = left.map(|entry| entry.file_name()).collect();
    assert_eq!(left, ["work"]);
}

#[test]
fn colours_are_as_asked() {
    let home = Home::new();
    let colours = |arguments: &[&str], environment: &[(&str, &str)]| {
        let mut command = home.hookreel(arguments);
        command.envs(environment.iter().copied());
        let ended = Process::start(command).end();
        ended.with(0, &[]);
        ended.out.contains('\x1b')
    };
    assert!(!colours(&["demo"], &[("NO_COLOR", "1")]));
    assert!(!colours(&["demo"], &[("TERM", "xterm-256color")]), "a pipe");
    assert!(colours(&["demo", "--color", "always"], &[]));
    assert!(
        colours(&["demo", "--color", "always"], &[("NO_COLOR", "1")]),
        "the flag goes before the environment"
    );
    assert!(colours(&["demo"], &[("CLICOLOR_FORCE", "1")]));
    assert!(!colours(
        &["demo", "--color", "never"],
        &[("CLICOLOR_FORCE", "1")]
    ));
}

#[test]
fn a_quiet_demo_prints_nothing() {
    let ended = Home::new().run(&["demo", "-q"]);
    ended.with(0, &[]);
    assert_eq!((ended.out.as_str(), ended.err.as_str()), ("", ""));
}

#[test]
fn global_flags_may_stand_before_the_verb() {
    let home = Home::new();
    for arguments in [
        &["-q", "demo"][..],
        &["--color", "never", "demo"],
        &["-v", "version"],
        &["-o", "json", "demo"],
    ] {
        home.run(arguments).with(0, &[]);
    }
}

#[test]
fn a_value_that_is_also_a_verb_is_still_a_value() {
    let home = Home::new();
    for arguments in [
        &["-q", "3000", "--name", "demo", "--", "true"][..],
        &["-q", "3000", "--name=config", "--", "true"],
        &["-q", "3000", "--", "sh", "-c", "exit 0", "version"],
        &["-q", "version=3000", "--", "true"],
    ] {
        let ended = home.run(arguments);
        assert_eq!(ended.code, Some(0), "{arguments:?}: {ended:?}");
    }
}

#[test]
fn both_programs_tell_their_version() {
    let home = Home::new();
    let version = format!("hookreel {}\n", env!("CARGO_PKG_VERSION"));
    for arguments in [["version"], ["-V"], ["--version"]] {
        let ended = home.run(&arguments);
        ended.with(0, &[]);
        assert_eq!(ended.out, version);
    }
    let relay = Process::start(home.relay(&["--version"])).end();
    assert_eq!(relay.out, version.replace("hookreel", "hookreel-relay"));
}

#[test]
fn completion_scripts_know_the_verbs_and_are_valid() {
    let home = Home::new();
    let ours = home.run(&["completion", "bash"]);
    let relays = Process::start(home.relay(&["completion", "bash"])).end();
    for (script, verbs) in [
        (ours, &["http", "demo", "config", "--url-file"][..]),
        (relays, &["serve", "limits", "--anonymous"]),
    ] {
        script.with(0, &[]);
        for verb in verbs {
            assert!(script.out.contains(verb), "no {verb}");
        }
        let file = home.file("complete.sh", &script.out);
        let file = file.to_str().expect("a path that is text");
        Process::start(home.command("bash", &["-n", file]))
            .end()
            .with(0, &[]);
    }
    for shell in ["zsh", "fish"] {
        home.run(&["completion", shell]).with(0, &[]);
    }
}

#[test]
fn help_begins_with_examples_and_goes_to_standard_output() {
    let home = Home::new();
    let help = home.run(&["--help"]);
    help.with(0, &[]);
    assert!(help.out.starts_with("Examples:"), "{}", help.out);
    assert_eq!(help.err, "");
    for (name, verb) in [("hookreel", "http"), ("hookreel-relay", "serve")] {
        let ended = Process::start(home.command(program(name), &[verb, "--help"])).end();
        ended.with(0, &[]);
        assert!(ended.out.contains("Options:"), "{}", ended.out);
    }
}

#[test]
fn without_arguments_the_help_is_shown() {
    let ended = Home::new().run(&[]);
    ended.with(2, &["Commands:", "demo", "hookreel http --help"]);
}

#[test]
fn the_relay_prints_its_limits() {
    let home = Home::new();
    let ended = Process::start(home.relay(&["limits"])).end();
    ended.with(0, &[]);
    for limit in ["request head", "64 KiB", "drain at shutdown", "30s"] {
        assert!(ended.out.contains(limit), "no {limit:?} in {}", ended.out);
    }
}
