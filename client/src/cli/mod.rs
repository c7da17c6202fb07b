//! The command line: what it understands, and which verb does what.

mod checks;
mod child;
mod config;
mod demo;
mod diff;
mod export;
mod flags;
mod follow;
mod global;
mod help;
mod history;
mod http;
mod import;
mod judge;
mod keep;
mod log;
mod ls;
mod out;
mod ready;
mod replay;
mod screen;
mod secret;
mod select;
mod show;
mod signals;
mod tail;
mod trigger;
mod verify;
mod wait;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use hookreel_shared::pretty::safe;

use crate::config::Output;
use crate::error::{Exit, Failed};
use global::{Global, given, path};

const EXAMPLES: &str = "\
Examples:
  hookreel demo                                    look around, with sample webhooks
  hookreel 3000                                    an address for the server on port 3000
  hookreel 3000 --relay hooks.example.com          the same, reachable from anywhere
  hookreel http api=3000 web=5173                  two names at once
  hookreel http https://localhost:8443 -o json     for scripts: one JSON object a line
  hookreel 3000 --name my-app -- npm run dev       start the server too, and stop it
  hookreel ls status:5xx since:1h                  what was answered with 5xx
  hookreel show @1                                 the latest, request and answer
  hookreel replay @1                               the same request again";

const HTTP_EXAMPLES: &str = "\
Examples:
  hookreel 3000                                    an address for the server on port 3000
  hookreel 3000 --relay hooks.example.com          the same, reachable from anywhere
  hookreel 3000 --name my-app -- npm run dev       start the server too, and stop it
  hookreel 3000 -H 'X-Debug: 1' --no-record        with a header set, and nothing kept
  hookreel http api=3000 web=5173                  two names at once
  hookreel http --forward-to http://localhost:3000/api/hooks  below a path
  hookreel http https://localhost:8443 -o json     for scripts: one JSON object a line";

const COMPLETION_EXAMPLES: &str = "\
Examples:
  hookreel completion bash > ~/.local/share/bash-completion/completions/hookreel
  hookreel completion fish > ~/.config/fish/completions/hookreel.fish
  hookreel completion zsh > ~/.zfunc/_hookreel     with ~/.zfunc in fpath";

#[derive(Parser)]
#[command(
    name = "hookreel",
    version,
    about = "A public address for webhooks on your machine",
    override_usage = "hookreel [OPTIONS] <ORIGIN>\n       hookreel [OPTIONS] <COMMAND>",
    before_long_help = EXAMPLES,
    after_help = "The flags for servers (--name, --relay, -H, …): hookreel http --help"
)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    global: Global,
}

impl Cli {
    /// As clap reads it; where that finds no verb, as `hookreel http` with the same arguments,
    /// which is what `hookreel 3000` is short for.
    fn read(arguments: &[OsString]) -> Result<Self, clap::Error> {
        let error = match Self::parse_all(arguments) {
            Ok(cli) => return Ok(cli),
            Err(error) => error,
        };
        let error = with_tip(error, arguments);
        let named = first_word(arguments).is_some_and(|word| {
            let verbs = Self::command();
            verbs.find_subcommand(word).is_some() || word == "help"
        });
        let about_verbs = !matches!(
            error.kind(),
            ErrorKind::InvalidSubcommand
                | ErrorKind::UnknownArgument
                | ErrorKind::MissingSubcommand
        );
        // No server is called like a verb that is mistyped: those have ports.
        let is_slip = error.get(ContextKind::SuggestedSubcommand).is_some()
            && first_word(arguments)
                .is_some_and(|word| word.bytes().all(|b| b.is_ascii_alphabetic()));
        if named || about_verbs || is_slip || arguments.len() < 2 {
            return Err(error);
        }
        let short = [&arguments[..1], &["http".into()], &arguments[1..]].concat();
        Self::parse_all(&short)
    }

    fn parse_all(arguments: &[OsString]) -> Result<Self, clap::Error> {
        let mut matches = help::tailored(Self::command()).try_get_matches_from(arguments)?;
        Self::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut Self::command()))
    }
}

/// `-o` is the name of a file in many other tools, and of none here.
fn with_tip(mut error: clap::Error, arguments: &[OsString]) -> clap::Error {
    let is_output = matches!(
        error.get(ContextKind::InvalidArg),
        Some(ContextValue::String(name)) if name.starts_with("--output")
    );
    if is_output && first_word(arguments) == Some("export") {
        let tip = vec!["to write into a file, say -O FILE".into()];
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(tip));
    }
    error
}

/// The first argument that is neither a flag nor the value of one.
fn first_word(arguments: &[OsString]) -> Option<&str> {
    let command = Cli::command();
    let flags: Vec<_> = command
        .get_arguments()
        .chain(command.find_subcommand("http")?.get_arguments())
        .filter(|flag| flag.get_action().takes_values())
        .collect();
    let takes_value = |text: &str| {
        let long = text.strip_prefix("--");
        let short = text
            .strip_prefix('-')
            .and_then(|text| text.strip_suffix(|_: char| true));
        flags.iter().any(|flag| {
            (long.is_some() && flag.get_long() == long)
                || (short == Some("") && flag.get_short() == text.chars().nth(1))
        })
    };
    let mut rest = arguments
        .iter()
        .skip(1)
        .filter_map(|argument| argument.to_str());
    loop {
        match rest.next()? {
            "--" => return None,
            flag if flag.starts_with('-') && takes_value(flag) => drop(rest.next()),
            flag if flag.starts_with('-') => {}
            word => return Some(word),
        }
    }
}

#[derive(Subcommand)]
enum Verb {
    /// Give a local server a public address (`hookreel 3000` is short for this)
    #[command(alias = "listen", before_long_help = HTTP_EXAMPLES)]
    Http(Box<flags::HttpFlags>),
    /// Send requests of the history again
    #[command(visible_alias = "resend", before_long_help = replay::EXAMPLES)]
    Replay(Box<replay::ReplayFlags>),
    /// Send a sample of what a provider sends, signed, to your server
    #[command(visible_alias = "send", before_long_help = trigger::EXAMPLES)]
    Trigger(Box<trigger::TriggerFlags>),
    /// Send signed sample webhooks through a relay, a tunnel and a server, all on this machine
    #[command(before_long_help = demo::EXAMPLES)]
    Demo,
    /// List what came in
    #[command(before_long_help = ls::EXAMPLES, after_long_help = ls::COLUMNS.to_owned() + select::FILTERS)]
    Ls(ls::LsFlags),
    /// Show exchanges, all of them or parts
    #[command(before_long_help = show::EXAMPLES)]
    Show(show::ShowFlags),
    /// Follow what comes in, whichever hookreel takes it
    #[command(before_long_help = tail::EXAMPLES, after_long_help = select::FILTERS)]
    Tail(tail::TailFlags),
    /// Compare two exchanges; ends with 1 where they differ
    #[command(before_long_help = diff::EXAMPLES)]
    Diff(diff::DiffFlags),
    /// Write exchanges out for curl, browsers, editors and tests
    #[command(before_long_help = export::EXAMPLES)]
    Export(export::ExportFlags),
    /// Read what other tools wrote into the history
    #[command(before_long_help = import::EXAMPLES, after_long_help = import::ORDER)]
    Import(import::ImportFlags),
    /// Check signatures, and say why they fail
    #[command(before_long_help = verify::EXAMPLES)]
    Verify(verify::VerifyFlags),
    /// Set and list the secrets shared with providers
    #[command(before_long_help = secret::EXAMPLES)]
    Secret {
        /// What to do
        #[command(subcommand)]
        verb: secret::SecretVerb,
    },
    /// Wait until so many exchanges have come, for scripts
    #[command(before_long_help = wait::EXAMPLES, after_long_help = select::FILTERS)]
    Wait(wait::WaitFlags),
    /// Mark exchanges, so that they stay in the history whatever their age
    #[command(before_long_help = keep::MARK_EXAMPLES)]
    Mark(keep::MarkFlags),
    /// Write a note beside exchanges
    #[command(before_long_help = keep::NOTE_EXAMPLES)]
    Note(keep::NoteFlags),
    /// Remove exchanges from the history
    #[command(before_long_help = keep::RM_EXAMPLES)]
    Rm(keep::RmFlags),
    /// Look at the configuration, or write a commented one
    #[command(before_long_help = config::EXAMPLES)]
    Config {
        /// What to do
        #[command(subcommand)]
        verb: config::ConfigVerb,
    },
    /// Print a completion script
    #[command(before_long_help = COMPLETION_EXAMPLES)]
    Completion {
        /// For which shell
        shell: clap_complete::Shell,
    },
    /// Print the version; with --json as {type, name, version}
    Version,
}

/// Parses the arguments and runs the verb; gives the exit code.
#[must_use]
pub fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    if arguments.len() < 2 {
        // Nothing is left to be done if standard error is closed.
        let _ = write!(
            anstream::stderr(),
            "{}",
            Cli::command().render_help().ansi()
        );
        return Exit::Usage.into();
    }
    let ended = match Cli::read(&arguments) {
        Ok(cli) => {
            cli.global.choose_colours();
            run(cli)
        }
        Err(error) => {
            let printed = error.print().and_then(|()| io::stdout().flush());
            match error.use_stderr() {
                true => Ok(Exit::Usage),
                // Help that was asked for.
                false => out::ended(printed),
            }
        }
    };
    match ended {
        Ok(exit) => exit.into(),
        Err(failed) => {
            // What came from outside may be in it.
            let said: Vec<_> = safe::lines(&failed.message).collect();
            let said = said.join("\n");
            let _ = writeln!(anstream::stderr(), "\x1b[31merror\x1b[0m: {said}");
            failed.exit.into()
        }
    }
}

impl Verb {
    /// Whether it works, whatever is set.
    fn needs_no_settings(&self) -> bool {
        matches!(
            self,
            Self::Ls(_) | Self::Tail(_) | Self::Diff(_) | Self::Export(_) | Self::Wait(_)
        )
    }
}

/// Says what is wrong with the configuration where that stops nothing: other verbs will not run.
fn warn_of_settings(global: &Global) {
    let settings = global.layers().and_then(|layers| {
        let read = layers.settings();
        read.map_err(|error| Failed::usage(error.to_string()))
    });
    if let Err(failed) = settings {
        out::warn(&failed.message);
    }
}

fn run(cli: Cli) -> Result<Exit, Failed> {
    let Cli { verb, global } = cli;
    log::init(
        global.verbose,
        given(global.log_file.as_ref()).map(PathBuf::as_path),
    )?;
    if verb.needs_no_settings() && !global.is_quiet() {
        warn_of_settings(&global);
    }
    match verb {
        Verb::Http(flags) => http::run(*flags, &global),
        Verb::Replay(flags) => replay::run(&flags, &global),
        Verb::Trigger(flags) => trigger::run(&flags, &global),
        Verb::Demo => demo::run(&global),
        Verb::Ls(flags) => ls::run(&flags, &global),
        Verb::Show(flags) => show::run(&flags, &global),
        Verb::Tail(flags) => tail::run(&flags, &global),
        Verb::Diff(flags) => diff::run(&flags, &global),
        Verb::Export(flags) => export::run(&flags, &global),
        Verb::Import(flags) => import::run(&flags, &global),
        Verb::Verify(flags) => verify::run(&flags, &global),
        Verb::Secret { verb } => secret::run(&verb, &global),
        Verb::Wait(flags) => wait::run(&flags, &global),
        Verb::Mark(flags) => keep::mark(&flags, &global),
        Verb::Note(flags) => keep::note(&flags, &global),
        Verb::Rm(flags) => keep::rm(&flags, &global),
        Verb::Config { verb } => config::run(&verb, &global),
        Verb::Completion { shell } => {
            // Written to standard output itself, it would panic where nobody reads.
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "hookreel", &mut script);
            out::text(&String::from_utf8_lossy(&script))
        }
        Verb::Version if global.output() == Some(Output::Json) => {
            let version = env!("CARGO_PKG_VERSION");
            let object = serde_json::json!({
                "type": "version", "v": 1, "name": "hookreel", "version": version,
            });
            out::text(&out::line(&object))
        }
        Verb::Version => out::text(concat!("hookreel ", env!("CARGO_PKG_VERSION"), "\n")),
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
