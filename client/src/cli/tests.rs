use super::*;
use crate::config::Output;

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}

fn read(arguments: &[&str]) -> Result<Cli, clap::Error> {
    let arguments: Vec<OsString> = [&["hookreel"], arguments]
        .concat()
        .iter()
        .map(Into::into)
        .collect();
    Cli::read(&arguments)
}

fn http(arguments: &[&str]) -> flags::HttpFlags {
    match read(arguments).unwrap().verb {
        Verb::Http(flags) => *flags,
        _ => panic!("{arguments:?} is not http"),
    }
}

#[test]
fn a_bare_port_is_short_for_http_with_flags_before_or_after() {
    let bare = http(&["3000", "--name", "a", "--", "npm", "run", "dev"]);
    assert_eq!(bare.origins, ["3000"]);
    assert_eq!(bare.command, ["npm", "run", "dev"]);
    assert_eq!(
        http(&["-q", "--relay", "a.example", "3000"]).origins,
        ["3000"]
    );
    assert_eq!(
        http(&["--relay", "a.example", "http://localhost:1"])
            .relay
            .as_deref(),
        Some("a.example")
    );
    let verb = read(&["listen", "3000", "-o", "json"]).unwrap();
    assert!(matches!(verb.verb, Verb::Http(flags) if flags.origins == ["3000"]));
    assert_eq!(verb.global.output(), Some(Output::Json));
}

#[test]
fn a_value_that_is_also_a_verb_is_still_a_value() {
    assert_eq!(
        http(&["3000", "--name", "demo"]).name.as_deref(),
        Some("demo")
    );
    assert_eq!(http(&["-n", "config", "3000"]).origins, ["3000"]);
    assert_eq!(
        http(&["3000", "--", "npm", "run", "version"]).command.len(),
        3
    );
}

#[test]
fn global_flags_may_come_before_a_verb() {
    assert!(matches!(read(&["-q", "demo"]).unwrap().verb, Verb::Demo));
    assert!(matches!(
        read(&["--color", "always", "demo"]).unwrap().verb,
        Verb::Demo
    ));
    assert!(matches!(
        read(&["-c", "F", "config", "show"]).unwrap().verb,
        Verb::Config { .. }
    ));
}

#[test]
fn flags_that_exclude_each_other_are_refused() {
    for arguments in [
        &["http"][..],
        &["3000", "--pin", "x", "--ca", "y"],
        &["3000", "--json", "-q"],
        &["3000", "--forward-to", "http://localhost:1"],
        &["demo", "--bogus"],
        &["3000", "--bogus"],
    ] {
        assert!(read(arguments).is_err(), "{arguments:?}");
    }
}

fn wishes(arguments: &[&str]) -> Result<Vec<crate::app::Wish>, Failed> {
    let flags = http(arguments);
    let settings = flags.settings(None)?;
    flags.wishes(&settings)
}

#[test]
fn names_come_by_flag_for_one_server_and_before_each_of_several() {
    let names = |arguments: &[&str]| -> Vec<_> {
        wishes(arguments)
            .unwrap()
            .iter()
            .map(|wish| wish.name.as_ref().map(ToString::to_string))
            .collect()
    };
    assert_eq!(names(&["3000"]), [None]);
    assert_eq!(names(&["3000", "--name", "a"]), [Some("a".to_owned())]);
    assert_eq!(
        names(&["api=3000", "http://localhost:5173"]),
        [Some("api".to_owned()), None]
    );
    assert!(wishes(&["3000", "4000", "--name", "a"]).is_err());
}

#[test]
fn wrong_values_are_usage_errors_that_do_not_repeat_secrets() {
    for arguments in [
        &["web"][..],
        &["3000", "--name", "a_b"],
        &["3000", "-H", "no colon hush"],
        &["3000", "-H", "X-A: hu\u{1}sh"],
        &["3000", "--path", "no-slash"],
        &["3000", "--host-header", "a\nb"],
    ] {
        let failed = wishes(arguments).unwrap_err();
        assert_eq!(failed.exit, Exit::Usage, "{arguments:?}");
        assert!(!failed.message.contains("hush"), "{failed}");
    }
}

#[test]
fn the_help_stays_as_it_is() {
    let help = |verb: &str| {
        let mut command = Cli::command().term_width(100);
        match verb {
            "" => command.render_long_help().to_string(),
            verb => command
                .find_subcommand_mut(verb)
                .unwrap()
                .render_long_help()
                .to_string(),
        }
    };
    insta::assert_snapshot!("help", help(""));
    insta::assert_snapshot!("help_http", help("http"));
    for verb in [
        "replay",
        "trigger",
        "verify",
        "secret",
        "demo",
        "ls",
        "show",
        "tail",
        "diff",
        "export",
        "import",
        "wait",
        "mark",
        "note",
        "rm",
        "config",
        "completion",
    ] {
        insta::assert_snapshot!(format!("help_{verb}"), help(verb));
    }
}

#[test]
fn whoever_exports_with_minus_o_is_told_of_the_flag_for_files() {
    let said = |arguments: &[&str]| read(arguments).err().expect("no output").to_string();
    let tip = "tip: to write into a file, say -O FILE";
    assert!(said(&["export", "@1", "--as", "har", "-o", "a.har"]).contains(tip));
    assert!(!said(&["ls", "-o", "a.har"]).contains(tip));
    assert!(!said(&["export", "@1", "--as", "hat"]).contains(tip));
}
