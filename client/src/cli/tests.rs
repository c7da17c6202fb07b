use clap::CommandFactory;

use super::*;

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn a_bare_port_is_short_for_http() {
    let bare = Cli::try_parse_from(["hookreel", "3000", "--name", "a", "--", "npm", "run", "dev"])
        .unwrap();
    assert!(bare.verb.is_none());
    assert_eq!(bare.http.origins, ["3000"]);
    assert_eq!(bare.http.command, ["npm", "run", "dev"]);
    let verb = Cli::try_parse_from(["hookreel", "listen", "3000", "-o", "json"]).unwrap();
    assert!(matches!(verb.verb, Some(Verb::Http(flags)) if flags.origins == ["3000"]));
    assert_eq!(verb.global.output, Some(Output::Json));
}

#[test]
fn flags_that_exclude_each_other_are_refused() {
    for arguments in [
        &["hookreel"][..],
        &["hookreel", "http"],
        &["hookreel", "3000", "--pin", "x", "--ca", "y"],
        &["hookreel", "3000", "--json", "-q"],
        &["hookreel", "3000", "--forward-to", "http://localhost:1"],
    ] {
        assert!(Cli::try_parse_from(arguments).is_err(), "{arguments:?}");
    }
}

fn wishes(arguments: &[&str]) -> Result<Vec<crate::app::Wish>, Failed> {
    let cli = Cli::try_parse_from([&["hookreel"], arguments].concat()).unwrap();
    let settings = cli.http.settings(None)?;
    cli.http.wishes(&settings)
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
}
