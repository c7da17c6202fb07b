//! `hookreel verify`: whether a signature fits, and if not, why.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use hookreel_shared::model::Exchange;
use hookreel_shared::provider::{Secret, Verdict};

use super::{Global, history, out, secret, select, show};
use crate::config::{About, Asked, Known, Output};
use crate::error::{Exit, Failed};
use crate::plain::signature;
use crate::store::Reader;

pub const EXAMPLES: &str = "\
Examples:
  hookreel verify @1                               the latest, with the secrets that are set
  hookreel verify verdict:bad                      all whose signatures were bad
  hookreel verify @1 --secret-file secret.txt      with another secret
  hookreel verify @1 --provider stripe --json      as if from Stripe; the report as JSON";

#[derive(Args)]
pub struct VerifyFlags {
    #[arg(value_name = "ID", required = true, help = select::HELP)]
    ids: Vec<String>,
    /// A file with the secret to check with, instead of those that are set
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// Whose request it is, where that cannot be told or is told wrong
    #[arg(long)]
    provider: Option<String>,
    /// The address the provider sends to, where that is signed and is another one
    #[arg(long)]
    url: Option<String>,
    /// Seconds a signature is good for, instead of what the provider says; 0 for any age
    #[arg(long, value_name = "SECONDS")]
    tolerance: Option<u64>,
}

/// Checks exchanges, one after another; ends with 6 unless all are good.
pub fn run(flags: &VerifyFlags, global: &Global) -> Result<Exit, Failed> {
    let known = secret::providers(global)?.now();
    if let Some(id) = &flags.provider {
        secret::row(&known.table, id)?;
    }
    let given = flags.secret_file.as_deref().map(read).transpose()?;
    let reader = history::existing(global)?;
    let ids = select::select(&reader, &flags.ids, history::now())?;
    let is_json = global.output() == Some(Output::Json);
    let mut all_good = true;
    let shown = ids.into_iter().map(|id| {
        let exchange = show::whole(&reader, id)?;
        let about = flags.about(&reader, &known, &exchange, given.as_deref())?;
        all_good &= about.sender.report.verdict == Verdict::Good;
        Ok(match is_json {
            true => signature::json(id, &about) + "\n",
            false => signature::text(Some(id), &about),
        }
        .into_bytes())
    });
    let form = match is_json {
        true => out::Form::Bytes,
        false => out::Form::Text,
    };
    out::each(form, shown)?;
    Ok(if all_good { Exit::Ok } else { Exit::NotPassed })
}

impl VerifyFlags {
    fn about(
        &self,
        reader: &Reader,
        known: &Known,
        exchange: &Exchange,
        given: Option<&str>,
    ) -> Result<About, Failed> {
        let asked = Asked {
            provider: self.provider.as_deref(),
            url: self.url.as_deref(),
            tolerance: self.tolerance,
        };
        let about = show::about(reader, known, exchange, &asked)?;
        let (Some(text), Some(provider)) = (given, &about.sender.provider) else {
            return Ok(about);
        };
        let only = Known {
            secrets: [Secret::new(provider, "the file's", text)].into(),
            ..known.clone()
        };
        show::about(reader, &only, exchange, &asked)
    }
}

fn read(path: &Path) -> Result<String, Failed> {
    let text = fs::read_to_string(path)
        .map_err(|error| Failed::usage(format!("{}: {error}", path.display())))?;
    let text = text.trim_end_matches(['\r', '\n']);
    match text.is_empty() {
        true => Err(Failed::usage(format!("{} is empty", path.display()))),
        false => Ok(text.to_owned()),
    }
}
