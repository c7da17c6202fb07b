//! Certificates of PayPal's: given by the user, or fetched because they ask for it.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal, Read as _};

use hookreel_shared::model::Exchange;
use hookreel_shared::net::{Certificate, wall_clock};
use hookreel_shared::pretty::safe;
use hookreel_shared::provider::certificate::may_be_paypals;
use hookreel_shared::provider::{Because, Request, Row, Verdict};

use super::{failed, told};
use crate::certificate::{Road, fetch};
use crate::cli::{Global, judge, out};
use crate::config::{About, Known, Output, secrets};
use crate::error::{Exit, Failed};

/// Whose certificates they are.
pub const PROVIDER: &str = "paypal";

/// A chain is a few KiB.
const LONGEST: u64 = 64 * 1024;

/// Keeps a certificate that the user gives.
pub fn set(row: &Row, url: &str, global: &Global) -> Result<Exit, Failed> {
    if !row.scheme.iter().any(|scheme| scheme.certificate.is_some()) {
        return Err(Failed::usage(format!(
            "{} signs without a certificate; only PayPal has them here",
            row.name
        )));
    }
    may_be_paypals(url).map_err(|error| Failed::usage(format!("--certificate: {error}")))?;
    if io::stdin().is_terminal() {
        return Err(Failed::usage(format!(
            "give the certificate on standard input: \
             hookreel secret set {} --certificate URL < certificate.pem",
            row.id
        )));
    }
    let mut text = String::new();
    let read = io::stdin().take(LONGEST).read_to_string(&mut text);
    read.map_err(|error| Failed::new(Exit::Runtime, format!("the certificate: {error}")))?;
    let own = Certificate::read(&text).map_err(|error| Failed::usage(error.to_string()))?;
    let until = own.until();
    let path = global.places()?.credentials_file();
    let replaced = secrets::keep_certificate(&path, url, own).map_err(failed)?;
    let what = if replaced { "replaced" } else { "set" };
    let exit = match global.output() {
        Some(Output::Json) => out::text(&object(url, &until.to_string(), Some(what))),
        Some(Output::Quiet) => Ok(Exit::Ok),
        _ => {
            out::say(&format!(
                "{} certificate: {what}; good until {until}",
                row.id
            ));
            Ok(Exit::Ok)
        }
    };
    judge::again(row, global);
    exit
}

/// A certificate as a line of the list.
pub fn line((url, own): &(String, Certificate)) -> String {
    let (url, until) = (safe::line(url), own.until());
    format!("{PROVIDER}  certificate  {url}  until {until}\n")
}

/// The same as JSON; `did` is what became of it.
pub fn json((url, own): &(String, Certificate), did: Option<&str>) -> String {
    object(url, &own.until().to_string(), did)
}

fn object(url: &str, until: &str, did: Option<&str>) -> String {
    let line = serde_json::json!({
        "type": "certificate", "v": 1,
        "provider": PROVIDER, "url": url, "until": until,
    });
    told(line, did)
}

/// Fetches the certificates that exchanges name, once each.
pub struct Fetching<'a> {
    global: &'a Global,
    tried: BTreeSet<String>,
}

impl<'a> Fetching<'a> {
    /// Nothing is fetched yet.
    pub fn new(global: &'a Global) -> Self {
        let tried = BTreeSet::new();
        Self { global, tried }
    }

    /// Fetches what an exchange could not be checked without, and keeps it; whether there is
    /// anything new. What goes wrong is told.
    ///
    /// # Errors
    /// If it cannot be kept.
    pub fn fetch(
        &mut self,
        known: &Known,
        exchange: &Exchange,
        about: &About,
    ) -> Result<bool, Failed> {
        let lacks = Verdict::Unchecked {
            because: Because::NoCertificate,
        };
        let row = (about.sender.provider.as_deref()).and_then(|id| known.table.get(id));
        let Some(row) = row.filter(|_| about.sender.report.verdict == lacks) else {
            return Ok(false);
        };
        let request = Request::of(exchange);
        let mut named = row.scheme.iter().filter_map(|own| own.certificate.as_ref());
        let url = named.find_map(|at| at.read(&request));
        let Some(url) = url.filter(|url| self.tried.insert(url.clone())) else {
            return Ok(false);
        };
        let shown = safe::line(&url).into_owned();
        let io = |error: io::Error| Failed::new(Exit::Runtime, error.to_string());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(io)?;
        match runtime.block_on(fetch(&url, &Road::default(), wall_clock())) {
            Ok((own, name)) => {
                let until = own.until();
                let path = self.global.places()?.credentials_file();
                secrets::keep_certificate(&path, &url, own).map_err(failed)?;
                let name = safe::line(&name);
                out::say(&format!(
                    "fetched {shown}: the certificate of {name}, good until {until}"
                ));
                Ok(true)
            }
            Err(error) => {
                let error = error.to_string();
                out::say(&format!("{shown} is not fetched: {}", safe::line(&error)));
                Ok(false)
            }
        }
    }
}
