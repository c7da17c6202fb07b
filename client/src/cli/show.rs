//! `hookreel show`: one exchange, all of it.

use std::sync::Arc;

use clap::Args;
use hookreel_shared::export::{json, raw};
use hookreel_shared::model::{Exchange, ExchangeId};
use hookreel_shared::provider::{Because, Verdict};
use jiff::tz::TimeZone;

use super::{Global, history, out, secret, select};
use crate::config::{About, Asked, Known, Output};
use crate::error::{Exit, Failed};
use crate::plain::message::{self, Parts};
use crate::plain::signature;
use crate::record::noted;
use crate::store::Reader;

pub const EXAMPLES: &str = "\
Examples:
  hookreel show                                    the latest, request and answer
  hookreel show @2 --response                      the answer of the one before
  hookreel show @1 --body                          its body, laid out
  hookreel show @1 --raw --body > body.bin         its body, byte for byte
  hookreel show 'status:5xx since:1h' --headers    the headers of all of these
  hookreel show @1 --json                          all of it, for programs";

#[derive(Args)]
pub struct ShowFlags {
    #[arg(value_name = "ID", help = select::HELP)]
    ids: Vec<String>,
    /// Only the request
    #[arg(long)]
    request: bool,
    /// Only the answer
    #[arg(long)]
    response: bool,
    /// Only start lines and headers
    #[arg(long)]
    headers: bool,
    /// Only bodies
    #[arg(long)]
    body: bool,
    /// The bytes as they came; of the request, unless --response is given
    #[arg(long)]
    raw: bool,
    /// With --raw: write to a terminal also what is not text
    #[arg(long, requires = "raw")]
    force: bool,
}

/// Shows exchanges, one after another.
pub fn run(flags: &ShowFlags, global: &Global) -> Result<Exit, Failed> {
    let reader = history::existing(global)?;
    let latest = ["@1".to_owned()];
    let words = match &flags.ids[..] {
        [] => &latest[..],
        words => words,
    };
    let ids = select::select(&reader, words, history::now())?;
    if global.is_quiet() {
        return Ok(Exit::Ok);
    }
    let is_json = global.output() == Some(Output::Json);
    let known = match flags.raw {
        true => None,
        false => Some(secret::providers(global)?.now()),
    };
    let shown = ids.into_iter().enumerate().map(|(at, id)| {
        let exchange = whole(&reader, id)?;
        let Some(known) = &known else {
            return match is_json {
                true => Ok((json::write(&exchange) + "\n").into_bytes()),
                false => flags.raw(&exchange),
            };
        };
        let about = about(&reader, known, &exchange, &Asked::default())?;
        if is_json {
            let word = noted(&about.sender.report.verdict);
            let text = signature::added(&json::write(&exchange), &about, word.as_deref());
            return Ok((text + "\n").into_bytes());
        }
        let between = if at > 0 { "\n" } else { "" };
        let text = flags.pretty(&reader, &exchange, &about)?;
        Ok((between.to_owned() + &text).into_bytes())
    });
    let form = match (is_json, flags.raw) {
        (false, true) if flags.force => out::Form::Bytes,
        (false, true) => out::Form::Unless("show --raw --force writes it anyway"),
        (true, _) => out::Form::Bytes,
        _ => out::Form::Text,
    };
    out::each(form, shown)
}

/// The whole of an exchange that was there a moment ago.
///
/// # Errors
/// If it is gone or damaged.
pub fn whole(reader: &Reader, id: ExchangeId) -> Result<Exchange, Failed> {
    let found = reader.get(id).map_err(history::failed)?;
    found.ok_or_else(|| {
        Failed::new(
            Exit::Runtime,
            format!("{id} has just been taken out of the history"),
        )
    })
}

/// All there is to say about an exchange's sender.
///
/// # Errors
/// If the history cannot be read.
pub fn about(
    reader: &Reader,
    known: &Known,
    exchange: &Exchange,
    asked: &Asked<'_>,
) -> Result<About, Failed> {
    let row = reader.row(exchange.id()).map_err(history::failed)?;
    let first = row.map(|row| reader.first_of(&row)).transpose();
    let first = first.map_err(history::failed)?.flatten();
    Ok(known.about(exchange, asked, first))
}

/// Whether there is nothing to say about the sender.
fn is_a_stranger(about: &About) -> bool {
    let because = Because::UnknownProvider;
    about.sender.report.verdict == Verdict::Unchecked { because }
}

impl ShowFlags {
    fn pretty(
        &self,
        reader: &Reader,
        exchange: &Exchange,
        about: &About,
    ) -> Result<String, Failed> {
        let row = reader.row(exchange.id()).map_err(history::failed)?;
        let parts = Parts {
            request: self.request || !self.response,
            response: self.response || !self.request,
            headers: self.headers || !self.body,
            body: self.body || !self.headers,
        };
        let zone = TimeZone::system();
        Ok(row.map_or_else(String::new, |mut row| {
            // By the secrets of now, as all that follows.
            let word = noted(&about.sender.report.verdict);
            row.summary.verdict = word.map(Arc::from);
            let sender = match is_a_stranger(about) {
                true => String::new(),
                false => signature::text(None, about),
            };
            message::text(exchange, &row, parts, (&zone, &sender))
        }))
    }

    fn raw(&self, exchange: &Exchange) -> Result<Vec<u8>, Failed> {
        let mut bytes = Vec::new();
        if self.request || !self.response {
            self.side(&mut bytes, exchange, false)?;
        }
        if self.response {
            self.side(&mut bytes, exchange, true)?;
        }
        Ok(bytes)
    }

    fn side(&self, out: &mut Vec<u8>, exchange: &Exchange, answer: bool) -> Result<(), Failed> {
        let capture = match answer {
            true => &exchange.response_body,
            false => &exchange.request_body,
        };
        if self.body && !self.headers {
            if capture.is_truncated() {
                let (kept, size) = (capture.kept.len(), capture.size);
                out::say(&format!(
                    "{}: only the first {kept} of {size} bytes were kept",
                    exchange.id()
                ));
            }
            if capture.cut {
                let (id, size) = (exchange.id(), capture.size);
                out::say(&format!("{id}: this body broke off after {size} bytes"));
            }
            out.extend_from_slice(&capture.kept);
            return Ok(());
        }
        let message = match answer {
            true => raw::response(exchange),
            false => raw::request(exchange),
        };
        let message = message.map_err(|error| Failed::new(Exit::Runtime, error.to_string()))?;
        let end = b"\r\n\r\n";
        let head = message.windows(end.len()).position(|part| part == end);
        match head {
            Some(head) if self.headers && !self.body => {
                out.extend(message.into_iter().take(head + end.len()));
            }
            _ => out.extend(message),
        }
        Ok(())
    }
}
