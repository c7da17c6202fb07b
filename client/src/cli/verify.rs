//! `hookreel verify`: whether a signature fits, and if not, why.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use hookreel_shared::model::Exchange;
use hookreel_shared::provider::{Secret, Verdict};

use super::import::{self, Written};
use super::secret::certificate::Fetching;
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
  hookreel verify @1 --provider stripe --json      as if from Stripe; the report as JSON
  hookreel verify traffic.har                      all of a file that hookreel import reads
  hookreel verify provider:paypal --fetch-certificate  with the certificate that PayPal has
  hookreel verify request.http --tolerance 0       whatever its age";

#[derive(Args)]
pub struct VerifyFlags {
    /// An id, @1 for the latest, a range, a filter such as 'verdict:bad since:1h', or a file: HTTP
    /// Archive, hookreel's JSON, a .http file, or a curl command line; the history stays as it is
    #[arg(value_name = "ID|FILE", required = true)]
    which: Vec<String>,
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
    /// Fetch the certificate that PayPal signs with, where it is not at hand, and keep it: from
    /// PayPal's API alone, over TLS, and only if an authority vouches for it
    #[arg(long)]
    fetch_certificate: bool,
}

/// Checks exchanges, one after another; ends with 6 unless all are good.
pub fn run(flags: &VerifyFlags, global: &Global) -> Result<Exit, Failed> {
    let mut known = secret::providers(global)?.now();
    if let Some(id) = &flags.provider {
        secret::row(&known.table, id)?;
    }
    let given = flags.secret_file.as_deref().map(read).transpose()?;
    let mut written = Vec::new();
    let (files, ids) = flags
        .which
        .iter()
        .partition::<Vec<_>, _>(|one| is_file(one));
    for file in files {
        written.extend(import::exchanges(Path::new(file))?);
    }
    let reader = match ids.as_slice() {
        [] => None,
        _ => Some(history::existing(global)?),
    };
    let ids: Vec<String> = ids.into_iter().cloned().collect();
    let ids = match &reader {
        Some(reader) => select::select(reader, &ids, history::now())?,
        None => Vec::new(),
    };
    let is_json = global.output() == Some(Output::Json);
    let mut all_good = true;
    let mut fetching = Fetching::new(global);
    let stored = ids.into_iter().map(|id| {
        let reader = reader.as_ref().ok_or_else(history::none_yet)?;
        let exchange = show::whole(reader, id)?;
        let written = Written {
            exchange,
            url: None,
        };
        Ok((written, Some(reader)))
    });
    let files = written.into_iter().map(|written| Ok((written, None)));
    let shown = files.chain(stored).map(|one: Result<_, Failed>| {
        let (Written { exchange, url }, reader) = one?;
        let id = exchange.id();
        let look =
            |known: &Known| flags.about(reader, known, &exchange, url.as_deref(), given.as_deref());
        let mut about = look(&known)?;
        if flags.fetch_certificate && fetching.fetch(&known, &exchange, &about)? {
            known = secret::providers(global)?.now();
            about = look(&known)?;
        }
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
        reader: Option<&Reader>,
        known: &Known,
        exchange: &Exchange,
        url: Option<&str>,
        given: Option<&str>,
    ) -> Result<About, Failed> {
        let asked = Asked {
            provider: self.provider.as_deref(),
            url: self.url.as_deref().or(url),
            tolerance: self.tolerance,
            ..Asked::default()
        };
        let about = |known: &Known| match reader {
            Some(reader) => show::about(reader, known, exchange, &asked),
            None => Ok(known.about(exchange, &asked, None)),
        };
        let first = about(known)?;
        let (Some(text), Some(provider)) = (given, &first.sender.provider) else {
            return Ok(first);
        };
        let only = Known {
            secrets: [Secret::new(provider, "the file's", text)].into(),
            ..known.clone()
        };
        about(&only)
    }
}

/// Whether a word is a file and no id: those have neither dots nor slashes.
fn is_file(word: &str) -> bool {
    let is_path = word.contains('/') || (word.contains('.') && !word.contains(".."));
    word == "-" || Path::new(word).is_file() || (is_path && !word.contains(':'))
}

fn read(path: &Path) -> Result<String, Failed> {
    let text = fs::read_to_string(path)
        .map_err(|error| Failed::usage(format!("{}: {error}", path.display())))?;
    let text = secret::bare(&text);
    match text.is_empty() {
        true => Err(Failed::usage(format!("{} is empty", path.display()))),
        false => Ok(text.to_owned()),
    }
}
