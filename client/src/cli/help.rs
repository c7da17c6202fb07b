//! The help of each verb: of the flags that every verb takes, only those that matter to it.

use clap::{Arg, Command};

/// Under which the flags of every verb stand.
const HEADING: &str = "Options of every verb";

/// What stands at the end, in place of those that are not shown.
const MORE: &str =
    "Every verb also takes -c FILE, --color WHEN, -v and --log-file FILE: hookreel --help";

/// Verbs that run tunnels, and so have a screen.
const RUNNING: [&str; 2] = ["http", "demo"];

/// Verbs that print nothing for programs.
const WITHOUT_JSON: [&str; 8] = [
    "export",
    "import",
    "mark",
    "note",
    "rm",
    "config",
    "completion",
    "version",
];

/// Verbs that do nothing but print.
const PRINTING: [&str; 3] = ["config", "completion", "version"];

/// The command, understanding what it did before.
pub fn tailored(root: Command) -> Command {
    let all = root.get_arguments().filter(|flag| flag.is_global_set());
    let all: Vec<Arg> = all.cloned().collect();
    let verbs: Vec<String> = root
        .get_subcommands()
        .map(|verb| verb.get_name().to_owned())
        .collect();
    verbs.into_iter().fold(root, |root, name| {
        root.mut_subcommand(&name, |verb| {
            // One that a verb has already is not handed down by the root.
            let flags = all.iter().map(|flag| seen_by(flag.clone(), &name));
            let end = match verb.get_after_long_help() {
                Some(text) => format!("{text}\n\n{MORE}"),
                None => MORE.to_owned(),
            };
            verb.args(flags).after_help(MORE).after_long_help(end)
        })
    })
}

fn seen_by(flag: Arg, verb: &str) -> Arg {
    let runs = RUNNING.contains(&verb);
    let flag = flag.help_heading(HEADING);
    match flag.get_id().as_str() {
        "output" => flag.hide(!runs),
        "json" if runs => flag,
        "json" => flag
            .help("Print JSON, an object a line")
            .hide(WITHOUT_JSON.contains(&verb)),
        "quiet" if runs => flag,
        "quiet" => flag
            .help("Print nothing but errors: the exit code tells")
            .hide(PRINTING.contains(&verb)),
        _ => flag.hide(true),
    }
}
