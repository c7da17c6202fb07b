//! `hookreel config`: what is set, and from where.

use std::fs;
use std::io::{self, Write};

use clap::Subcommand;

use super::{Global, out};
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
            global.layers()?;
            let files = global.files()?;
            let mut lines = files
                .iter()
                .map(|file| writeln!(to, "{}: fine", file.display()));
            let said = lines.try_for_each(|line| line);
            drop(lines);
            match files.is_empty() {
                true => writeln!(to, "there is no file: the defaults hold"),
                false => said,
            }
        }
        ConfigVerb::Show => {
            let rows = global.layers()?.shown();
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
            shown.and_then(|()| writeln!(to, "# the history is {}", history.display()))
        }
        ConfigVerb::Init => return init(&file),
    };
    out::ended(printed.and_then(|()| to.flush()))
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
    fs::write(file, commented(DEFAULT_FILE)).map_err(at)?;
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
