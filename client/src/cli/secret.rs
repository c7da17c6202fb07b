//! `hookreel secret`: what is shared with providers. A secret is read from a prompt or from
//! standard input, never from the command line, and never shown again.

pub mod certificate;
mod rm;

use std::io::{self, IsTerminal, Read as _};

use clap::{Args, Subcommand};
use hookreel_shared::model::Name;
use hookreel_shared::net::pem;
use hookreel_shared::pretty::safe;
use hookreel_shared::provider::algorithm::Algorithm;
use hookreel_shared::provider::{Row, Secret};

use super::{Global, judge, out};
use crate::config::secrets::{self, Secrets, SecretsError};
use crate::config::{self, Output, Own, OwnError, Providers, ProvidersError};
use crate::error::{Exit, Failed};

pub const EXAMPLES: &str = "\
Examples:
  hookreel secret set stripe                       asks for it, and shows nothing of it
  hookreel secret set github --name my-app < file  for one name alone, from a file
  hookreel secret set stripe --label next          a second one, as while it is changed
  hookreel secret set paypal --certificate https://api.paypal.com/… < file  what PayPal signs with
  hookreel secret list                             which there are
  hookreel secret rm stripe --label next           take one away that is for all names
  hookreel secret rm stripe --name my-app          those for one name alone
  hookreel secret rm stripe --all                  every one of the provider's
  hookreel secret show-dev-key discord             a public key for what hookreel signs itself";

/// What a secret is called where nothing is said.
const DEFAULT: &str = "default";

/// Names are near from this likeness on, where 1 is the same.
const NEAR: f64 = 0.84;

/// One that is nearer than another by this is what is meant.
const CLEARLY: f64 = 0.04;

/// A secret is no longer than this: whoever gives more has mistaken a file.
const LONGEST: u64 = 16 * 1024;

#[derive(Subcommand)]
pub enum SecretVerb {
    /// Set a secret; it is asked for, or read from standard input
    Set(SetFlags),
    /// List whose secrets there are
    #[command(visible_alias = "ls")]
    List,
    /// Take a secret away
    Rm(rm::RmFlags),
    /// Print the public half of the key that hookreel signs with where only the provider has the
    /// real one; for paypal its certificate
    ShowDevKey {
        /// Whose form to print it in: discord, sendgrid, paypal, standard-webhooks
        provider: String,
    },
}

#[derive(Args)]
pub struct SetFlags {
    /// Whose secret: github, stripe, slack, …
    provider: String,
    /// What to call it; several of one provider are all tried
    #[arg(long, default_value = DEFAULT, value_parser = label)]
    label: String,
    /// Only for what is sent to this name
    #[arg(long)]
    name: Option<Name>,
    /// Not a secret, but the certificate that PayPal has at this address (PAYPAL-CERT-URL), in PEM
    /// form on standard input; it is believed because you say so
    #[arg(long, value_name = "URL", conflicts_with_all = ["label", "name"])]
    certificate: Option<String>,
    /// What must not stand there
    #[arg(hide = true)]
    secret: Vec<std::ffi::OsString>,
}

/// A label stands in lists, messages and command lines.
fn label(text: &str) -> Result<String, String> {
    match text.trim() == text && !text.is_empty() && safe::line(text) == text {
        true => Ok(text.to_owned()),
        false => Err("a label is one line of plain text without blanks around it".into()),
    }
}

/// Runs a verb of `secret`.
pub fn run(verb: &SecretVerb, global: &Global) -> Result<Exit, Failed> {
    match verb {
        SecretVerb::Set(flags) => set(flags, global),
        SecretVerb::List => list(global),
        SecretVerb::Rm(flags) => rm::run(flags, global),
        SecretVerb::ShowDevKey { provider } => show_key(provider, global),
    }
}

/// What is known of providers.
///
/// # Errors
/// If a row or the file of secrets cannot be used.
pub fn providers(global: &Global) -> Result<Providers, Failed> {
    let settings = global.layers()?.settings();
    let settings = settings.map_err(|error| Failed::usage(error.to_string()))?;
    let path = global.places()?.credentials_file();
    Providers::load(&settings, &path).map_err(|error| match error {
        ProvidersError::Secrets(error) => failed(error),
        ProvidersError::Table(error) => Failed::usage(error.to_string()),
    })
}

/// A row by its id.
///
/// # Errors
/// If there is none of this id, with those that are near.
pub fn row<'a>(table: &'a hookreel_shared::provider::Table, id: &str) -> Result<&'a Row, Failed> {
    table.get(id).ok_or_else(|| {
        let mut ids: Vec<&str> = table.rows().map(|row| row.id.as_str()).collect();
        ids.sort_unstable();
        let low = id.to_lowercase();
        let mut near: Vec<(f64, &str)> = ids
            .iter()
            .map(|own| (strsim::jaro_winkler(own, &low), *own))
            .collect();
        near.retain(|(likeness, _)| *likeness >= NEAR);
        near.sort_by(|a, b| b.0.total_cmp(&a.0));
        let meant = match near.as_slice() {
            [] => format!("there are {}", ids.join(", ")),
            near => {
                // One that is clearly the nearest stands alone.
                let best = near[0].0;
                let near = near.iter().take(3);
                let near = near.take_while(|(likeness, _)| best - likeness < CLEARLY);
                let near: Vec<&str> = near.map(|(_, own)| *own).collect();
                format!("did you mean {}?", near.join(" or "))
            }
        };
        Failed::usage(format!("no provider is called {id}; {meant}"))
    })
}

fn set(flags: &SetFlags, global: &Global) -> Result<Exit, Failed> {
    let known = providers(global)?.now();
    let row = row(&known.table, &flags.provider)?;
    if !flags.secret.is_empty() {
        return Err(Failed::usage(format!(
            "a secret is never written on the command line, which other programs and the shell's \
             history see: run hookreel secret set {} and type it, or pipe it in",
            row.id
        )));
    }
    if let Some(url) = &flags.certificate {
        return certificate::set(row, url, global);
    }
    let text = read(row)?;
    fits(row, &text)?;
    let name = flags.name.as_ref().map(ToString::to_string);
    let secret = Secret::new(&row.id, &flags.label, text);
    let secret = match &name {
        Some(name) => secret.only_for(name),
        None => secret,
    };
    let change = |all: &mut Secrets| {
        let is_it =
            |own: &Secret| own.provider == row.id && own.label == flags.label && own.name == name;
        let there = all.secrets.iter_mut().find(|own| is_it(own));
        let replaced = there.is_some();
        match there {
            Some(there) => *there = secret,
            None => all.secrets.push(secret),
        }
        replaced
    };
    let path = global.places()?.credentials_file();
    let replaced = secrets::update(&path, change).map_err(failed)?;
    let what = if replaced { "replaced" } else { "set" };
    let exit = match global.output() {
        Some(Output::Json) => {
            out::text(&json((&row.id, &flags.label, name.as_deref()), Some(what)))
        }
        Some(Output::Quiet) => Ok(Exit::Ok),
        _ => {
            let called = called((&row.id, &flags.label, name.as_deref()));
            out::say(&format!("{called}: {what}"));
            Ok(Exit::Ok)
        }
    };
    judge::again(row, global);
    exit
}

/// `github default for my-app`, from provider, label and the only name.
fn called((provider, label, name): (&str, &str, Option<&str>)) -> String {
    let name = name.map_or_else(String::new, |name| format!(" for {name}"));
    format!("{provider} {label}{name}")
}

/// The same as a line of JSON; `did` is what became of it.
fn json((provider, label, name): (&str, &str, Option<&str>), did: Option<&str>) -> String {
    let line = serde_json::json!({
        "type": "secret", "v": 1,
        "provider": provider, "label": label, "name": name,
    });
    told(line, did)
}

/// A line of JSON with what became of what it tells of, if anything did.
fn told(mut line: serde_json::Value, did: Option<&str>) -> String {
    if let Some(did) = did {
        line["did"] = did.into();
    }
    out::line(&line)
}

/// A secret's provider, label and only name.
fn parts(own: &Secret) -> (&str, &str, Option<&str>) {
    (&own.provider, &own.label, own.name.as_deref())
}

fn read(row: &Row) -> Result<String, Failed> {
    let io = |error: io::Error| Failed::new(Exit::Runtime, format!("the secret: {error}"));
    let text = if io::stdin().is_terminal() {
        ask(&format!("{} secret: ", safe::line(&row.name))).map_err(io)?
    } else {
        let mut bytes = Vec::new();
        let all = io::stdin().take(LONGEST + 1).read_to_end(&mut bytes);
        all.map_err(io)?;
        String::from_utf8(bytes).map_err(|_| Failed::usage("a secret is text, in UTF-8"))?
    };
    match bare(&text) {
        text if text.len() as u64 > LONGEST => Err(Failed::usage(format!(
            "this is no secret: it has more than {LONGEST} bytes"
        ))),
        "" if io::stdin().is_terminal() => Err(Failed::usage(
            "the secret is empty, so that none was set: type it or paste it, and press Enter",
        )),
        "" => Err(Failed::usage(format!(
            "no secret was given; run hookreel secret set {} in a terminal, or pipe it in",
            row.id
        ))),
        text if text.chars().any(char::is_control) => Err(Failed::usage(
            "a secret is one line without control characters",
        )),
        text => Ok(text.to_owned()),
    }
}

/// A secret without what editors and shells put around it.
pub fn bare(text: &str) -> &str {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.trim_end_matches(['\r', '\n'])
}

/// Asks in the terminal, and shows nothing of the answer. What is typed or pasted while the question
/// appears is not shown either.
#[cfg(unix)]
fn ask(question: &str) -> io::Result<String> {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
    let terminal = io::stdin();
    let before = tcgetattr(&terminal)?;
    let mut hidden = before.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&terminal, OptionalActions::Now, &hidden)?;
    let answer = rpassword::prompt_password(question);
    tcsetattr(&terminal, OptionalActions::Now, &before)?;
    answer
}

#[cfg(not(unix))]
fn ask(question: &str) -> io::Result<String> {
    rpassword::prompt_password(question)
}

/// Whether a secret is written as one of the provider's schemes wants it.
fn fits(row: &Row, text: &str) -> Result<(), Failed> {
    let fits = row
        .scheme
        .iter()
        .any(|scheme| scheme.key.key(text).is_some());
    match row.scheme.first() {
        _ if fits => Ok(()),
        None => Err(Failed::usage(format!(
            "{} does not sign its requests",
            row.name
        ))),
        Some(scheme) => Err(Failed::usage(format!(
            "this is not a secret as {} writes them: {}",
            row.name, scheme.key
        ))),
    }
}

fn list(global: &Global) -> Result<Exit, Failed> {
    let all = secrets::load(&global.places()?.credentials_file()).map_err(failed)?;
    if global.output() == Some(Output::Json) {
        let line = |own: &Secret| json(parts(own), None);
        let mut lines: String = all.secrets.iter().map(line).collect();
        let certificates = all.certificates.iter();
        lines.extend(certificates.map(|own| certificate::json(own, None)));
        return out::text(&lines);
    }
    if all.secrets.is_empty() && all.certificates.is_empty() {
        out::say("no secrets yet; hookreel secret set PROVIDER sets one");
    }
    let wide = |column: fn(&Secret) -> usize| all.secrets.iter().map(column).max().unwrap_or(0);
    let (first, second) = (wide(|own| own.provider.len()), wide(|own| own.label.len()));
    let line = |own: &Secret| {
        let name = own.name.as_deref().unwrap_or("all names");
        format!("{:first$}  {:second$}  {name}\n", own.provider, own.label)
    };
    let mut lines: String = all.secrets.iter().map(line).collect();
    lines.extend(all.certificates.iter().map(certificate::line));
    out::text(&lines)
}

/// The developer's own keys; made on first use.
///
/// # Errors
/// If they cannot be made, read or kept.
pub fn development(global: &Global) -> Result<Own, Failed> {
    let path = global.places()?.credentials_file();
    config::development(&path).map_err(|error| match error {
        OwnError::Secrets(error) => failed(error),
        error => Failed::new(Exit::Runtime, error.to_string()),
    })
}

fn show_key(provider: &str, global: &Global) -> Result<Exit, Failed> {
    let known = providers(global)?.now();
    let row = row(&known.table, provider)?;
    let Some(scheme) = row
        .scheme
        .iter()
        .find(|scheme| scheme.algorithm.is_asymmetric())
    else {
        return Err(Failed::usage(format!(
            "{} shares a secret: hookreel secret set {provider}",
            row.name
        )));
    };
    let own = development(global)?;
    let public = own.keys.public(scheme.algorithm).unwrap_or_default();
    let shown = match (&scheme.certificate, scheme.algorithm) {
        (Some(_), _) => own.certificate.pem(),
        (None, Algorithm::RsaSha256) => pem("PUBLIC KEY", &public),
        (None, _) => {
            let form = &scheme.key;
            format!("{}{}\n", form.prefix, form.encoding.encode(&public))
        }
    };
    out::text(&shown)
}

#[expect(clippy::needless_pass_by_value, reason = "it is called by map_err")]
fn failed(error: SecretsError) -> Failed {
    let exit = match error {
        SecretsError::File { .. } => Exit::Runtime,
        SecretsError::Exposed { .. } | SecretsError::Wrong { .. } => Exit::Usage,
    };
    Failed::new(exit, error.to_string())
}
