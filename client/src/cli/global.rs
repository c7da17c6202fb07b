//! The flags that every verb takes, and what they lead to.

use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Args, ValueEnum};

use crate::config::{Layers, Output, Places};
use crate::error::Failed;

/// What every verb can be told.
#[derive(Args, Clone)]
pub struct Global {
    /// Read this configuration file instead of the user's
    #[arg(short, long, global = true, env = "HOOKREEL_CONFIG", value_name = "FILE", value_parser = path())]
    pub(super) config: Option<PathBuf>,
    /// What to show: the screen, two lines a request, one JSON object a line, or nothing
    /// [default: tui in a terminal, else compact]
    #[arg(short, long, global = true, value_enum)]
    output: Option<Output>,
    /// Short for -o json
    #[arg(long, global = true, conflicts_with = "output")]
    json: bool,
    /// Print nothing but errors: the exit code tells (short for -o quiet)
    #[arg(short, long, global = true, conflicts_with_all = ["output", "json"])]
    quiet: bool,
    /// When to use colours
    #[arg(
        long,
        global = true,
        value_enum,
        env = "HOOKREEL_COLOR",
        default_value = "auto"
    )]
    color: Colours,
    /// Log more (-v informs, -vv debugs)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(super) verbose: u8,
    /// Write the log to this file instead of standard error
    #[arg(long, global = true, env = "HOOKREEL_LOG_FILE", value_name = "FILE", value_parser = path())]
    pub(super) log_file: Option<PathBuf>,
    /// Where everything of hookreel's is kept
    #[arg(long, hide = true, env = "HOOKREEL_HOME", value_name = "DIR", value_parser = path())]
    home: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Colours {
    #[value(alias = "")]
    Auto,
    Always,
    Never,
}

/// A path, perhaps empty: an empty variable of the environment is as good as none.
pub(super) fn path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

/// A path that is not empty.
pub(super) fn given(path: Option<&PathBuf>) -> Option<&PathBuf> {
    path.filter(|path| !path.as_os_str().is_empty())
}

impl Global {
    pub(super) fn choose_colours(&self) {
        // Auto honours NO_COLOR and CLICOLOR_FORCE.
        match self.color {
            Colours::Auto => {}
            Colours::Always => colorchoice::ColorChoice::Always.write_global(),
            Colours::Never => colorchoice::ColorChoice::Never.write_global(),
        }
    }

    pub(super) fn places(&self) -> Result<Places, Failed> {
        Places::find(given(self.home.as_ref()).cloned()).map_err(Failed::usage)
    }

    /// All layers but that of a verb's own flags.
    pub(super) fn layers(&self) -> Result<Layers, Failed> {
        let usage = |error: crate::config::ConfigError| Failed::usage(error.to_string());
        let mut layers = Layers::defaults();
        match given(self.config.as_ref()) {
            Some(file) => layers.add_given_file(file).map_err(usage)?,
            None => layers
                .add_file(&self.places()?.config_file())
                .map_err(usage)?,
        }
        if let Some(file) = std::env::current_dir()
            .ok()
            .and_then(|dir| Places::project_file(&dir))
        {
            layers.add_file(&file).map_err(usage)?;
        }
        layers
            .add_environment(|name| std::env::var(name).ok())
            .map_err(usage)?;
        Ok(layers)
    }

    /// The configuration files that are there: the user's and the project's.
    pub(super) fn files(&self) -> Result<Vec<PathBuf>, Failed> {
        let user = match given(self.config.as_ref()) {
            Some(file) => file.clone(),
            None => self.places()?.config_file(),
        };
        let folder = std::env::current_dir().ok();
        let project = folder.and_then(|folder| Places::project_file(&folder));
        let files = [Some(user), project].into_iter().flatten();
        Ok(files.filter(|file| file.is_file()).collect())
    }

    /// The output that flags, environment or files ask for.
    pub(super) fn usual_output(&self) -> Result<Option<Output>, Failed> {
        let usage = |error: crate::config::ConfigError| Failed::usage(error.to_string());
        if let Some(output) = self.output() {
            return Ok(Some(output));
        }
        Ok(self.layers()?.settings().map_err(usage)?.output)
    }

    /// Refuses an output beside a flag that is one itself. Global flags are not known where
    /// those of a verb say what they conflict with.
    pub(super) fn has_no_output_beside(&self, flag: &str) -> Result<(), Failed> {
        match self.output() {
            None => Ok(()),
            Some(_) => Err(Failed::usage(format!(
                "{flag} is an output of its own: leave out -o, --json and -q"
            ))),
        }
    }

    /// Whether nothing but errors is to be printed.
    pub(super) fn is_quiet(&self) -> bool {
        self.output() == Some(Output::Quiet)
    }

    /// The output that flags ask for.
    pub(super) fn output(&self) -> Option<Output> {
        match (self.output, self.json, self.quiet) {
            (Some(output), ..) => Some(output),
            (None, true, _) => Some(Output::Json),
            (None, _, true) => Some(Output::Quiet),
            _ => None,
        }
    }
}
