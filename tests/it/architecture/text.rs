//! Rules about what is written, in sources and elsewhere.

use std::fs;

use super::files::{all_sources, none, repository_files, root};
use super::imports::{Token, tokens};

/// Files under `tests` that may let time pass, and why.
const MAY_SLEEP: &[(&str, &str)] = &[
    ("tests/src/net.rs", "the delays of a made-up network"),
    (
        "tests/bench/origin.rs",
        "a pause before the next accept when descriptors ran out",
    ),
];

#[test]
fn nothing_unfinished_ignored_or_asleep_is_left_in_the_sources() {
    let mut faults = Vec::new();
    for source in all_sources() {
        let tokens = tokens(&source.text);
        let is = |at: usize, text: &str| {
            tokens
                .get(at)
                .is_some_and(|token: &Token<'_>| token.text == text)
        };
        for (at, token) in tokens.iter().enumerate() {
            let unfinished =
                ["todo", "unimplemented", "dbg"].contains(&token.text) && is(at + 1, "!");
            let ignored = token.text == "ignore" && at >= 2 && is(at - 1, "[") && is(at - 2, "#");
            if unfinished || ignored {
                faults.push(format!("{}:{}: {}", source.name, token.line, token.text));
            }
        }
        let may_sleep = MAY_SLEEP.iter().any(|(name, _)| *name == source.name);
        let waits_on_facts = source.name.starts_with("tests/") && !may_sleep;
        let named = source.paths();
        let asleep = named.iter().filter(|path| {
            let on_a_timer = path.has(&["time", "sleep"]) || path.has(&["time", "sleep_until"]);
            path.has(&["thread", "sleep"]) || (waits_on_facts && on_a_timer)
        });
        faults.extend(asleep.map(|path| source.at(path)));
    }
    none(&faults, "finish it, run it, or wait on a fact");
}

#[test]
fn no_file_names_an_issue_number_or_a_path_of_one_machine() {
    let mut faults = Vec::new();
    for name in repository_files() {
        if name.ends_with("Cargo.lock") {
            continue;
        }
        let Ok(text) = fs::read_to_string(root().join(&name)) else {
            continue;
        };
        for (at, line) in text
            .lines()
            .enumerate()
            .filter(|(_, line)| names_an_issue(line) || names_a_place(line))
        {
            faults.push(format!(
                "{name}:{}: {}",
                at + 1,
                line.trim().chars().take(120).collect::<String>()
            ));
        }
    }
    none(
        &faults,
        "files must make sense everywhere, and give the reason itself",
    );
}

#[test]
fn issue_numbers_and_places_are_recognised_and_look_alikes_are_not() {
    let hash = '#';
    for (line, bad) in [
        (format!("see issue {hash}12"), true),
        (format!("Issue {}", 7), true),
        ("issue a cert".into(), false),
        (format!("tissue {}", 5), false),
    ] {
        assert_eq!(names_an_issue(&line), bad, "{line}");
    }
    for (line, bad) in [
        ("\"/{}/x\"", true),
        ("cd /{}/me", true),
        ("https://example.com/{}/", false),
        ("rework/{}/a", false),
    ] {
        for place in ["work", "home"] {
            let line = line.replace("{}", place);
            assert_eq!(names_a_place(&line), bad, "{line}");
        }
    }
}

#[test]
fn every_workspace_dependency_says_why_it_is_there() {
    let manifest =
        fs::read_to_string(root().join("Cargo.toml")).expect("the workspace has a manifest");
    let section = manifest
        .split("[workspace.dependencies]")
        .nth(1)
        .expect("the workspace lists its dependencies");
    let section = section.split("\n[").next().unwrap_or_default();
    let mut silent: Vec<String> = Vec::new();
    let mut entry = String::new();
    for line in section
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
    {
        entry.push_str(line);
        let (code, reason) = entry.split_once('#').unwrap_or((&entry, ""));
        let closed = ['[', '{']
            .iter()
            .zip([']', '}'])
            .all(|(open, close)| code.matches(*open).count() == code.matches(close).count());
        if !closed {
            continue;
        }
        if code.contains('=') && !code.contains("path =") && !reason.contains(char::is_alphabetic) {
            silent.push(code.trim().to_owned());
        }
        entry.clear();
    }
    none(
        &silent,
        "each dependency carries its reason in a comment behind it",
    );
}

fn names_an_issue(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    line.match_indices("issue ").any(|(at, word)| {
        let number = &line[at + word.len()..];
        let number = number.strip_prefix('#').unwrap_or(number);
        number.starts_with(|c: char| c.is_ascii_digit())
            && !line[..at].ends_with(char::is_alphanumeric)
    })
}

fn names_a_place(line: &str) -> bool {
    let absolute =
        |before: &str| !before.ends_with(|c: char| c.is_alphanumeric() || "._-~}*".contains(c));
    [concat!("/wo", "rk/"), concat!("/ho", "me/")]
        .iter()
        .any(|place| {
            line.match_indices(place)
                .any(|(at, _)| absolute(&line[..at]))
        })
}
