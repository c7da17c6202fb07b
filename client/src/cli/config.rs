//! `hookreel config`: what is set, and from where.

use std::fs;
use std::io::{self, Write};

use clap::Subcommand;
use hookreel_shared::provider::{Table, TableError};

use super::checks::Checked;
use super::{Global, out, secret};
use crate::config::DEFAULT_FILE;
use crate::error::{Exit, Failed};
use crate::store::Place;

pub const EXAMPLES: &str = "\
Examples:
  hookreel config show                             every setting, and where it comes from
  hookreel config init                             a file with all of them, to change";

#[derive(Subcommand)]
pub enum ConfigVerb {
    /// Print every setting and where its value comes from
    Show,
    /// Print where the configuration file is
    Path,
    /// Check all configuration files
    Check,
    /// Write a commented configuration file with all defaults
    Init,
}

/// Runs a verb of `config`.
pub fn run(verb: &ConfigVerb, global: &Global) -> Result<Exit, Failed> {
    let mut to = io::stdout().lock();
    let file = match super::given(global.config.as_ref()) {
        Some(file) => file.clone(),
        None => global.places()?.config_file(),
    };
    let printed = match verb {
        ConfigVerb::Path => writeln!(to, "{}", file.display()),
        ConfigVerb::Check => {
            let replaced = replaced(global)?;
            faults(global)?;
            let files = global.files()?;
            let mut lines = files
                .iter()
                .map(|file| writeln!(to, "{}: fine", file.display()));
            let said = lines.try_for_each(|line| line);
            drop(lines);
            let also = replaced.iter().try_for_each(|id| {
                writeln!(
                    to,
                    "providers.{id} takes the place of the one that comes with hookreel"
                )
            });
            match files.is_empty() {
                true => writeln!(to, "there is no file: the defaults hold"),
                false => said.and(also),
            }
        }
        ConfigVerb::Show => {
            let layers = global.layers()?;
            let (rows, unset) = (layers.shown(), layers.unset());
            let wide = |column: fn(&(String, String, _)) -> usize| {
                rows.iter().map(column).max().unwrap_or(0)
            };
            let (keys, values) = (wide(|row| row.0.len()), wide(|row| row.1.len()));
            let mut lines = rows.iter().map(|(key, value, source)| {
                writeln!(to, "{key:keys$}  {value:values$}  # {source}")
            });
            let shown = lines.try_for_each(|line| line);
            drop(lines);
            let history = Place::new(global.places()?.data).database();
            shown
                .and_then(|()| match unset.is_empty() {
                    true => Ok(()),
                    false => writeln!(to, "# not set: {}", unset.join(", ")),
                })
                .and_then(|()| writeln!(to, "# the history is {}", history.display()))
        }
        ConfigVerb::Init => return init(&file),
    };
    out::ended(printed.and_then(|()| to.flush()))
}

/// Which of the providers that come with the program have another row in these files.
///
/// # Errors
/// If a file cannot be read, or a row in it cannot be used.
fn replaced(global: &Global) -> Result<Vec<String>, Failed> {
    let settings = global.layers()?.settings();
    let own = settings
        .map_err(|error| Failed::usage(error.to_string()))?
        .providers;
    let wrong = |error: TableError| Failed::usage(error.to_string());
    let known = Table::builtin().map_err(wrong)?;
    let replaced = own.keys().filter(|id| known.get(id).is_some());
    let replaced = replaced.cloned().collect();
    known.with(own).map_err(wrong)?;
    Ok(replaced)
}

/// What can be read, but not used.
///
/// # Errors
/// If there is any, with all of it.
fn faults(global: &Global) -> Result<(), Failed> {
    let layers = global.layers()?;
    let settings = layers.settings();
    let settings = settings.map_err(|error| Failed::usage(error.to_string()))?;
    let known = secret::providers(global)?.now();
    match Checked::new(&layers, &settings).all(&known) {
        found if found.is_empty() => Ok(()),
        found => Err(Failed::usage(found.join("\n"))),
    }
}

fn init(file: &std::path::Path) -> Result<Exit, Failed> {
    let at = |error: io::Error| Failed::new(Exit::Runtime, format!("{}: {error}", file.display()));
    if file.exists() {
        return Err(Failed::usage(format!(
            "{} is there already",
            file.display()
        )));
    }
    if let Some(dir) = file.parent() {
        fs::create_dir_all(dir).map_err(at)?;
    }
    // Values of headers may be secret.
    let mut open = fs::OpenOptions::new();
    open.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut open, 0o600);
    let mut made = open.open(file).map_err(at)?;
    made.write_all(commented(DEFAULT_FILE).as_bytes())
        .map_err(at)?;
    out::text(&format!("{}\n", file.display()))
}

/// The defaults as comments: a file that only says what the user has changed follows us when a
/// default gets better.
fn commented(defaults: &str) -> String {
    let is_setting = |line: &str| !line.is_empty() && !line.starts_with(['#', '[']);
    let comment = |line: &str| match is_setting(line) {
        true => format!("# {line}\n"),
        false => format!("{line}\n"),
    };
    defaults.lines().map(comment).collect()
}
