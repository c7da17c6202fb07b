//! `hookreel secret`.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use super::rig::{GITHUB, STRIPE, set};
use crate::cli::process::{Home, Process};

fn list(home: &Home) -> Vec<String> {
    let ended = home.run(&["secret", "list"]);
    ended.with(0, &[]);
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    ended.out.lines().map(words).collect()
}

#[test]
fn a_secret_is_read_from_standard_input_listed_without_it_and_taken_away() {
    let home = Home::new();
    home.run(&["secret", "list"]).with(0, &["no secrets yet"]);
    set(&home, &["stripe"], &format!("{STRIPE}\n")).with(0, &["stripe default: set"]);
    set(
        &home,
        &["github", "--label", "next", "--name", "shop"],
        GITHUB,
    )
    .with(0, &[]);
    let listed = ["stripe default all names", "github next shop"];
    assert_eq!(list(&home), listed);
    set(&home, &["stripe"], "whsec_other\r\n").with(0, &["stripe default: replaced"]);
    assert_eq!(list(&home), listed);
    home.run(&["secret", "rm", "stripe"])
        .with(0, &["1 taken away"]);
    assert_eq!(list(&home), listed[1..]);
    home.run(&["secret", "rm", "stripe"])
        .with(2, &["no such secret of stripe"]);
}

#[test]
fn labels_and_names_make_secrets_of_their_own_and_are_taken_away_by_them() {
    let home = Home::new();
    for flags in [
        &["stripe"][..],
        &["stripe", "--label", "next"],
        &["stripe", "--name", "shop"],
        &["stripe", "--name", "blog"],
    ] {
        set(&home, flags, STRIPE).with(0, &["set"]);
    }
    assert_eq!(list(&home).len(), 4);
    home.run(&["secret", "rm", "stripe", "--label", "next"])
        .with(0, &["1 taken away"]);
    home.run(&["secret", "rm", "stripe", "--name", "shop"])
        .with(0, &["1 taken away"]);
    assert_eq!(
        list(&home),
        ["stripe default all names", "stripe default blog"]
    );
    home.run(&["secret", "rm", "stripe", "--label", "default"])
        .with(0, &["1 taken away: stripe default\n"]);
    let named = home.run(&["secret", "rm", "stripe"]);
    named.with(2, &["for blog alone: --name blog", "--all"]);
    set(&home, &["stripe"], STRIPE).with(0, &[]);
    let all = home.run(&["secret", "rm", "stripe", "--all"]);
    all.with(
        0,
        &["2 taken away: stripe default for blog, stripe default\n"],
    );
    assert!(list(&home).is_empty());
}

#[test]
fn the_list_is_for_programs_too_and_has_no_secret_in_it() {
    let home = Home::new();
    set(&home, &["stripe", "--name", "shop"], STRIPE).with(0, &[]);
    let ended = home.run(&["secret", "list", "--json"]);
    ended.with(0, &[]);
    let line: Value = serde_json::from_str(&ended.out).expect("one line of JSON");
    assert_eq!(line["type"], "secret");
    assert_eq!(line["provider"], "stripe");
    assert_eq!(line["label"], "default");
    assert_eq!(line["name"], "shop");
    assert_eq!(line.as_object().expect("an object").len(), 5);
}

#[test]
fn what_is_no_secret_is_refused_and_nothing_of_it_is_repeated() {
    let home = Home::new();
    let long = "x".repeat(16 * 1024 + 1);
    for (flags, text, said) in [
        (&["stripe"][..], "", "no secret was given"),
        (&["stripe"], "\n", "no secret was given"),
        (
            &["stripe"],
            "one\ntwo",
            "one line without control characters",
        ),
        (
            &["stripe"],
            "a\u{1b}[31mb",
            "one line without control characters",
        ),
        (&["stripe"], &long, "this is no secret: it has more than"),
        (&["stripe", "--label", ""], STRIPE, "one line of plain text"),
        (
            &["stripe", "--label", "a\u{1b}[31m"],
            STRIPE,
            "one line of plain text",
        ),
        (&["stripes"], STRIPE, "did you mean stripe"),
        (&["gitub"], STRIPE, "did you mean github"),
        (&["Stripe"], STRIPE, "did you mean stripe"),
        (&["zzzz"], STRIPE, "there are asana, "),
        (&["stripe", "--name", "No Name"], STRIPE, "--name"),
    ] {
        let ended = set(&home, flags, text);
        ended.with(2, &[said]);
        let repeated = !text.trim().is_empty() && format!("{ended:?}").contains(text);
        assert!(!repeated, "{ended:?}");
    }
    assert!(!home.path().join("credentials.toml").exists());
}

#[test]
fn what_editors_and_shells_put_around_a_secret_is_no_part_of_it() {
    let home = Home::new();
    let file = home.path().join("credentials.toml");
    for text in ["whsec_a b", "\u{feff}whsec_a b\r\n", "whsec_a b\n\n"] {
        set(&home, &["stripe"], text).with(0, &[]);
        let kept = fs::read_to_string(&file).expect("the file");
        assert!(kept.contains("secret = \"whsec_a b\"\n"), "{kept}");
    }
}

#[test]
fn a_secret_that_is_not_written_as_the_provider_writes_them_is_refused() {
    let home = Home::new();
    let wrong = set(&home, &["standard-webhooks"], "not base64 at all!");
    wrong.with(
        2,
        &["this is not a secret as Standard Webhooks writes them"],
    );
    set(&home, &["standard-webhooks"], "whsec_aHVzaC1odXNo").with(0, &[]);
}

#[test]
fn processes_that_set_secrets_at_once_lose_none() {
    let home = Home::new();
    std::thread::scope(|scope| {
        for number in 0..6 {
            let home = &home;
            scope.spawn(move || {
                let label = format!("n{number}");
                set(home, &["stripe", "--label", &label], STRIPE).with(0, &[]);
            });
        }
    });
    assert_eq!(list(&home).len(), 6);
}

#[test]
fn the_file_is_for_its_user_alone_and_refused_where_it_is_not() {
    let home = Home::new();
    set(&home, &["stripe"], STRIPE).with(0, &[]);
    let file = home.path().join("credentials.toml");
    let mode = fs::metadata(&file).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("a mode");
    let told = [
        home.run(&["secret", "list"]),
        set(&home, &["github"], GITHUB),
    ];
    for ended in told {
        ended.with(2, &["can be read by other users", "chmod 600"]);
        assert!(!format!("{ended:?}").contains(STRIPE), "{ended:?}");
    }
}

#[test]
fn in_a_terminal_it_is_asked_for_and_not_shown() {
    let home = Home::new();
    let program = crate::cli::process::program("hookreel");
    let builder = home.terminal();
    let mut screen = builder
        .args(["secret", "set", "stripe"])
        .spawn(program)
        .expect("a terminal");
    screen
        .wait_until(|screen| screen.contains("Stripe secret:"))
        .expect("it asks");
    screen.send_str(STRIPE).expect("typed");
    screen.send_str("\r").expect("typed");
    screen
        .wait_until(|screen| screen.contains("stripe default: set"))
        .expect("it is set");
    assert!(!screen.screen().to_string().contains(STRIPE));
}

#[test]
fn a_development_key_is_made_once_and_its_public_half_printed() {
    let home = Home::new();
    let shown = |provider: &str| {
        let ended = home.run(&["secret", "show-dev-key", provider]);
        ended.with(0, &[]);
        ended.out
    };
    let discord = shown("discord");
    assert_eq!(
        discord.trim().len(),
        64,
        "32 bytes in hexadecimal: {discord}"
    );
    assert_eq!(shown("discord"), discord);
    assert!(shown("paypal").starts_with("-----BEGIN CERTIFICATE-----\n"));
    assert!(shown("sendgrid").trim().len() > 80);
    let shared = Process::start(home.hookreel(&["secret", "show-dev-key", "stripe"])).end();
    shared.with(2, &["hookreel secret set stripe"]);
}

#[test]
fn what_is_done_is_told_with_the_name_as_an_object_or_not_at_all() {
    let home = Home::new();
    let only = ["github", "--name", "other"];
    set(&home, &only, GITHUB).with(0, &["github default for other: set"]);
    let quiet = set(&home, &["github", "-q"], GITHUB);
    quiet.with(0, &[]);
    assert_eq!((quiet.out.as_str(), quiet.err.as_str()), ("", ""));
    let again = set(&home, &["github", "--name", "other", "--json"], GITHUB);
    again.with(0, &[]);
    let line: Value = serde_json::from_str(&again.out).expect("one line of JSON");
    assert_eq!(
        (&line["did"], &line["name"]),
        (&"replaced".into(), &"other".into())
    );
    let gone = home.run(&["secret", "rm", "github", "--json"]);
    gone.with(0, &[]);
    let line: Value = serde_json::from_str(&gone.out).expect("one line of JSON");
    assert_eq!(
        (&line["did"], &line["name"]),
        (&"removed".into(), &Value::Null)
    );
    let gone = home.run(&["secret", "rm", "github", "--name", "other", "-q"]);
    gone.with(0, &[]);
    assert_eq!((gone.out.as_str(), gone.err.as_str()), ("", ""));
}

#[test]
fn a_secret_on_the_command_line_is_refused_and_not_repeated() {
    let home = Home::new();
    let ended = set(&home, &["github", GITHUB], GITHUB);
    ended.with(
        2,
        &[
            "never written on the command line",
            "hookreel secret set github",
        ],
    );
    assert!(!format!("{ended:?}").contains(GITHUB));
    assert!(list(&home).is_empty());
}

#[test]
fn in_a_terminal_several_are_taken_away_only_if_the_user_says_so_and_none_is_not_set() {
    let home = Home::new();
    set(&home, &["stripe"], STRIPE).with(0, &[]);
    set(&home, &["stripe", "--label", "next"], STRIPE).with(0, &[]);
    let program = crate::cli::process::program("hookreel");
    let typed = |arguments: &[&str], asks: &str, answer: &str, says: &str| {
        let builder = home.terminal();
        let screen = builder.args(arguments.iter().copied()).spawn(&program);
        let mut screen = screen.expect("a terminal");
        let asked = screen.wait_until(|screen| screen.contains(asks));
        asked.expect("it asks");
        screen.send_str(answer).expect("typed");
        let said = screen.wait_until(|screen| screen.contains(says));
        said.expect("it answers");
    };
    let all = ["secret", "rm", "stripe"];
    typed(
        &all,
        "take away 2 secrets of stripe? [y/N]",
        "\r",
        "nothing was taken away",
    );
    assert_eq!(list(&home).len(), 2);
    typed(&all, "[y/N]", "y\r", "2 taken away: ");
    assert!(list(&home).is_empty());
    typed(
        &["secret", "set", "stripe"],
        "Stripe secret:",
        "\r",
        "the secret is empty",
    );
}
