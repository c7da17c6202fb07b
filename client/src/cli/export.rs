//! `hookreel export`: exchanges in the forms that other tools read.

mod files;

use std::cell::Cell;
use std::iter;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use hookreel_shared::export::{self, ExportError, Secrets, fixture};
use hookreel_shared::model::Exchange;
use hookreel_shared::redact::redact;

use super::show::whole;
use super::{Global, history, out, select};
use crate::error::{Exit, Failed};
use crate::forward::Address;

pub const EXAMPLES: &str = "\
Examples:
  hookreel export @1 --as curl                     a command line that sends it again
  hookreel export @1 --as curl --to http://localhost:8080  for another server
  hookreel export 'since:1h' --as har -O hour.har  for browsers and proxies; secrets are masked
  hookreel export @5..@1 --as json > all.ndjson    all of each; hookreel import reads it
  hookreel export @1 --as fixture -O tests/order   files for a test, secrets masked
  hookreel export 'status:5xx' --as raw -O failed/  a file each";

#[derive(Args)]
pub struct ExportFlags {
    #[arg(value_name = "ID", required = true, help = select::HELP)]
    ids: Vec<String>,
    /// In which form
    #[arg(long = "as", value_enum, value_name = "FORM")]
    form: Form,
    /// Write into this file, or into this folder (one that is there, or ends with /)
    #[arg(short = 'O', long, value_name = "PATH")]
    out: Option<PathBuf>,
    /// Where requests are sent to, instead of the server they went to: a port, host:port or URL
    #[arg(long, value_name = "URL")]
    to: Option<String>,
    /// Mask secrets; har and fixture do so anyway
    #[arg(long)]
    redact: bool,
    /// Keep secrets
    #[arg(long, conflicts_with = "redact")]
    no_redact: bool,
    /// Write to a terminal also what is not text
    #[arg(long)]
    force: bool,
}

/// A form to give exchanges away in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// A command line for curl, in bash
    Curl,
    /// A command line for HTTPie, in bash
    Httpie,
    /// A .http file for editors
    Http,
    /// An HTTP Archive, secrets masked
    Har,
    /// The whole exchange, one a line
    Json,
    /// The bytes of the request
    Raw,
    /// Files for a test, secrets masked
    Fixture,
}

/// Something that was made, for standard output or for a file.
struct Made {
    /// What a file of it is called in a folder.
    name: String,
    bytes: Vec<u8>,
}

/// Writes exchanges out.
pub fn run(flags: &ExportFlags, global: &Global) -> Result<Exit, Failed> {
    if flags.form == Form::Fixture && flags.out.is_none() {
        return Err(Failed::usage(
            "a fixture is several files: say where to with -O FOLDER",
        ));
    }
    let reader = history::existing(global)?;
    let ids = select::select(&reader, &flags.ids, history::now())?;
    if flags.is_for_others() && !flags.redact && !flags.no_redact && !global.is_quiet() {
        out::say("secrets are masked; --no-redact keeps them");
    }
    let count = ids.len();
    let rest = Rest::of(count);
    let exchanges = ids.into_iter().filter_map(|id| {
        let exchange = rest.unless_damaged(whole(&reader, id)).transpose()?;
        // Forms for others mask by themselves.
        let masked = flags.redact && !flags.is_for_others();
        Some(exchange.map(|exchange| match masked {
            true => redact(&exchange),
            false => exchange,
        }))
    });
    match &flags.out {
        Some(path) => {
            let written = flags.write_files(exchanges, &rest, path)?;
            for path in written.iter().filter(|_| !global.is_quiet()) {
                out::say(&format!("{}", path.display()));
            }
        }
        None if flags.form == Form::Raw && count > 1 => {
            return Err(Failed::usage(
                "raw requests cannot stand one behind another: write them into a folder with -O FOLDER/",
            ));
        }
        None => {
            let form = match flags.force {
                true => out::Form::Bytes,
                false => {
                    out::Form::Unless("export -O FILE writes a file, --force writes it anyway")
                }
            };
            if flags.is_one_text() {
                let all: Vec<_> = exchanges.collect::<Result<_, _>>()?;
                out::each(form, iter::once(flags.together(&all, &rest)))?;
            } else {
                let made = exchanges.filter_map(|exchange| {
                    let made = exchange.and_then(|exchange| rest.unless_left(flags.one(&exchange)));
                    made.transpose()
                });
                out::each(form, made.map(|made| Ok(made?.bytes)))?;
            }
        }
    }
    rest.exit()
}

/// Which of several exchanges a form does not take: the others are written all the same.
struct Rest {
    count: usize,
    left: Cell<usize>,
    /// How many of these cannot be read, so that no form takes them.
    lost: Cell<usize>,
}

impl Rest {
    fn of(count: usize) -> Self {
        Self {
            count,
            left: Cell::new(0),
            lost: Cell::new(0),
        }
    }

    /// What was made of an exchange, or none if it is left out.
    fn unless_left<T>(&self, made: Result<T, ExportError>) -> Result<Option<T>, Failed> {
        match made {
            Ok(made) => Ok(Some(made)),
            // That is wrong for all of them.
            Err(error @ ExportError::Base(_)) => Err(failed(error)),
            Err(error) => self.leave(failed(error)),
        }
    }

    fn unless_damaged<T>(&self, read: Result<T, Failed>) -> Result<Option<T>, Failed> {
        match read {
            Ok(read) => Ok(Some(read)),
            Err(error) => {
                self.lost.set(self.lost.get() + 1);
                self.leave(error)
            }
        }
    }

    /// Leaves one out, if it is not the only one.
    fn leave<T>(&self, why: Failed) -> Result<Option<T>, Failed> {
        if self.count == 1 {
            return Err(why);
        }
        out::say(&format!("left out: {why}"));
        self.left.set(self.left.get() + 1);
        Ok(None)
    }

    fn exit(&self) -> Result<Exit, Failed> {
        match self.left.get() {
            0 => Ok(Exit::Ok),
            left => {
                let others = left - self.lost.get();
                let hint = match others {
                    0 => String::new(),
                    _ if others == left => "; --as json takes them all".to_owned(),
                    _ => format!("; --as json takes {others} of them"),
                };
                let told = format!("{left} of {} were left out{hint}", self.count);
                Err(Failed::new(Exit::Runtime, told))
            }
        }
    }
}

impl ExportFlags {
    /// Whether it is a form to pass on to others.
    fn is_for_others(&self) -> bool {
        matches!(self.form, Form::Har | Form::Fixture)
    }

    /// What becomes of secrets in such a form.
    fn secrets(&self) -> Secrets {
        match self.no_redact {
            true => Secrets::Kept,
            false => Secrets::Masked,
        }
    }

    /// Where a request is sent to: as asked for, where it went, or the host it came to.
    fn base(&self, exchange: &Exchange) -> String {
        if let Some(to) = &self.to {
            // A port, or host:port, as replay and trigger take it.
            let short = (!to.contains("://")).then(|| to.parse::<Address>());
            return match short {
                Some(Ok(address)) => address.to_string(),
                _ => to.clone(),
            };
        }
        // What sends a request again is for the developer's own server.
        let again = !self.is_for_others();
        if let Some(origin) = exchange.origin.as_deref().filter(|_| again) {
            return origin.to_owned();
        }
        let headers = &exchange.request.headers;
        let text = |name: &str| {
            let value = headers.get(name)?;
            let text = std::str::from_utf8(value).ok()?.trim();
            (!text.is_empty()).then(|| text.to_owned())
        };
        let scheme = text("X-Forwarded-Proto").filter(|scheme| scheme == "https");
        let host = text("X-Forwarded-Host").or_else(|| text("Host"));
        let host = host.unwrap_or_else(|| "localhost".to_owned());
        format!("{}://{host}", scheme.as_deref().unwrap_or("http"))
    }

    /// Whether several exchanges stand in one text of their own form.
    fn is_one_text(&self) -> bool {
        matches!(self.form, Form::Har | Form::Http)
    }

    /// All exchanges as one text.
    fn together(&self, exchanges: &[Exchange], rest: &Rest) -> Result<Vec<u8>, Failed> {
        let mut taken = Vec::new();
        let mut bytes = Vec::new();
        for exchange in exchanges {
            if let Some(made) = rest.unless_left(self.one(exchange))? {
                taken.push((exchange, self.base(exchange)));
                if !self.is_one_text() {
                    bytes.extend(made.bytes);
                }
            }
        }
        let taken: Vec<_> = taken
            .iter()
            .map(|(one, base)| (*one, base.as_str()))
            .collect();
        match self.form {
            Form::Har => export::har::write(&taken, self.secrets()).map(String::into_bytes),
            Form::Http => export::http::write(&taken).map(String::into_bytes),
            _ => Ok(bytes),
        }
        .map_err(failed)
    }

    /// One exchange by itself.
    fn one(&self, exchange: &Exchange) -> Result<Made, ExportError> {
        let base = self.base(exchange);
        let inline = export::curl::Body::Inline;
        let (end, bytes) = match self.form {
            Form::Curl => {
                let line = export::curl::write(exchange, &base, inline);
                ("sh", line?.into_bytes())
            }
            Form::Httpie => {
                let line = export::httpie::write(exchange, &base);
                ("sh", line?.into_bytes())
            }
            Form::Json => ("json", export::json::write(exchange).into_bytes()),
            Form::Raw | Form::Fixture => {
                let bytes = export::raw::request(exchange)?;
                ("raw", bytes)
            }
            Form::Http => {
                let text = export::http::write(&[(exchange, &base)])?;
                ("http", text.into_bytes())
            }
            Form::Har => {
                let text = export::har::write(&[(exchange, &base)], self.secrets())?;
                ("har", text.into_bytes())
            }
        };
        let mut bytes = bytes;
        if matches!(self.form, Form::Curl | Form::Httpie | Form::Json) {
            bytes.push(b'\n');
        }
        Ok(Made {
            name: format!("{}.{end}", exchange.id()),
            bytes,
        })
    }

    /// The files of a fixture.
    fn fixture(&self, exchange: &Exchange) -> Result<Vec<(String, Vec<u8>)>, ExportError> {
        fixture::write(exchange, &self.base(exchange), self.secrets())
    }
}

fn failed(error: ExportError) -> Failed {
    match error {
        ExportError::Base(_) => Failed::usage(format!("--to: {error}")),
        error => Failed::new(Exit::Runtime, error.to_string()),
    }
}
