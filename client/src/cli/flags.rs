//! The flags of `hookreel http`, and the settings they are.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use hookreel_shared::model::{Name, Principal};
use hookreel_shared::net::Trust;
use hookreel_shared::provider::Secret;
use hookreel_shared::provider::challenge::Options;
use http::{HeaderName, HeaderValue};

use crate::app::{Relay, Wish};
use crate::config::{History, Known, Output, Settings, Size};
use crate::error::Failed;
use crate::forward::{Address, Gate, HostHeader, OriginOptions, Rewrite};
use crate::record::BODY_LIMIT;
use crate::tunnel::RelayAddress;

/// Public port of the relay inside, if it is free.
const EMBEDDED_PORT: u16 = 7080;

#[derive(Args, Debug, Default)]
pub struct HttpFlags {
    /// Your server: a port, host:port or URL; with NAME= before it to ask for a name.
    /// Several make several tunnels
    #[arg(value_name = "[NAME=]ORIGIN", required_unless_present = "forward_to")]
    pub origins: Vec<String>,
    /// Your server, as a URL whose path goes before that of every request
    #[arg(
        short,
        long,
        value_name = "URL",
        conflicts_with = "origins",
        env = "HOOKREEL_FORWARD_TO"
    )]
    pub forward_to: Option<String>,
    /// The name to ask for [env: HOOKREEL_NAME]
    #[arg(short, long)]
    pub name: Option<String>,
    /// The relay to use: host or host:port [env: HOOKREEL_RELAY] [default: one inside, for this machine only]
    #[arg(long, value_name = "HOST")]
    pub relay: Option<String>,
    /// The relay's key, as it prints it [env: HOOKREEL_PIN]
    #[arg(long, value_name = "sha256:…", conflicts_with = "ca")]
    pub pin: Option<String>,
    /// Authorities (PEM) that may have signed the relay's certificate [env: HOOKREEL_CA]
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Goes before the path of every request [env: HOOKREEL_PATH]
    #[arg(long, value_name = "PREFIX")]
    pub path: Option<String>,
    /// Set a header in every request, in place of any of that name
    #[arg(
        short = 'H',
        long = "header",
        value_name = "K: V",
        env = "HOOKREEL_HEADER",
        value_delimiter = '\n',
        hide_env_values = true
    )]
    pub headers: Vec<String>,
    /// What your server sees as Host: rewrite (its own), keep (the public one), or a value
    /// [env: HOOKREEL_HOST_HEADER] [default: rewrite for servers on this machine]
    #[arg(long, value_name = "rewrite|keep|VALUE")]
    pub host_header: Option<String>,
    /// Accept any certificate of an https server [env: HOOKREEL_ORIGIN_INSECURE]
    #[arg(long)]
    pub origin_insecure: bool,
    /// Your server must begin its answer within this many seconds [env: HOOKREEL_ORIGIN_TIMEOUT] [default: 30]
    #[arg(long, value_name = "SECONDS")]
    pub origin_timeout: Option<u32>,
    /// Keep nothing of what passes in the history [env: HOOKREEL_NO_RECORD]
    #[arg(long)]
    pub no_record: bool,
    /// How much of a body the history keeps [env: HOOKREEL_BODY_LIMIT] [default: 25MiB]
    #[arg(long, value_name = "SIZE")]
    pub body_limit: Option<Size>,
    /// Let only requests through that this provider has signed well: github, stripe, slack, …
    /// Others are refused. Needs a secret (hookreel secret set PROVIDER) [env: HOOKREEL_VERIFY]
    #[arg(long, value_name = "PROVIDER")]
    pub verify: Option<String>,
    /// Leave the questions that providers ask of a new address to your server, also where it does
    /// not answer them [env: HOOKREEL_NO_HANDSHAKES]
    #[arg(long)]
    pub no_handshakes: bool,
    /// Write the public address to this file once it works
    #[arg(long, value_name = "PATH", env = "HOOKREEL_URL_FILE", value_parser = super::path())]
    pub url_file: Option<PathBuf>,
    /// Write the public address, a line each, to this open file descriptor once it works
    #[arg(long, value_name = "N", env = "HOOKREEL_READY_FD")]
    pub ready_fd: Option<String>,
    /// A command to run while the tunnel is up; when one ends, so does the other
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<String>,
}

impl HttpFlags {
    /// The flags as a layer of settings.
    pub fn settings(&self, output: Option<Output>) -> Result<Settings, Failed> {
        let headers = self
            .headers
            .iter()
            .map(|text| header(text))
            .collect::<Result<_, _>>()?;
        Ok(Settings {
            relay: self.relay.clone(),
            pin: self.pin.clone(),
            ca: self.ca.clone(),
            name: self.name.clone(),
            host_header: self.host_header.clone(),
            path: self.path.clone(),
            origin_insecure: self.origin_insecure.then_some(true),
            origin_timeout: self.origin_timeout,
            drain: None,
            output,
            no_record: self.no_record.then_some(true),
            body_limit: self.body_limit,
            verify: self.verify.clone(),
            no_handshakes: self.no_handshakes.then_some(true),
            history: History::default(),
            headers,
            ..Settings::default()
        })
    }

    /// Where to write the addresses, if anywhere.
    pub fn ready_fd(&self) -> Result<Option<u32>, Failed> {
        match self.ready_fd.as_deref() {
            None | Some("") => Ok(None),
            Some(text) => match text.parse() {
                Ok(fd) => Ok(Some(fd)),
                Err(_) => Err(Failed::usage(format!(
                    "--ready-fd {text:?} is not a number"
                ))),
            },
        }
    }

    /// The tunnels asked for.
    pub fn wishes(&self, settings: &Settings) -> Result<Vec<Wish>, Failed> {
        let usage = |error: &dyn std::fmt::Display| Failed::usage(error.to_string());
        let mut wishes = Vec::new();
        for text in self.origins.iter().chain(&self.forward_to) {
            let (name, origin) = match text.split_once('=') {
                Some((name, origin)) if !name.contains(['/', ':']) => (Some(name), origin),
                _ => (None, text.as_str()),
            };
            let address: Address = origin.parse().map_err(|error| usage(&error))?;
            let name = name
                .map(str::parse::<Name>)
                .transpose()
                .map_err(|error| usage(&error))?;
            wishes.push(Wish {
                name,
                origin: origin_options(address, settings)?,
            });
        }
        let given = settings
            .name
            .as_deref()
            .map(str::parse::<Name>)
            .transpose()
            .map_err(|error| usage(&error))?;
        match (given, wishes.as_mut_slice()) {
            (None, _) => {}
            (Some(name), [only]) if only.name.is_none() => only.name = Some(name),
            (Some(_), _) => {
                return Err(Failed::usage(
                    "--name goes with one server; write NAME=ORIGIN for each of several",
                ));
            }
        }
        Ok(wishes)
    }
}

/// What is set for an origin at this address.
pub fn origin_options(address: Address, settings: &Settings) -> Result<OriginOptions, Failed> {
    let host = match settings.host_header.as_deref() {
        None if address.is_loopback() => HostHeader::Rewrite,
        None | Some("keep") => HostHeader::Keep,
        Some("rewrite") => HostHeader::Rewrite,
        Some("") => return Err(Failed::usage("--host-header is empty")),
        Some(value) => {
            HeaderValue::from_str(value)
                .map_err(|_| Failed::usage(format!("--host-header {value:?} is not a host")))?;
            HostHeader::Value(value.to_owned())
        }
    };
    let prefix = settings.path.clone().unwrap_or_default();
    let prefix = prefix.trim_end_matches('/');
    let good = |b: u8| (b'!'..=b'~').contains(&b) && !b"?#\\".contains(&b);
    let is_path = prefix.starts_with('/') && prefix.bytes().all(good);
    if !prefix.is_empty() && !is_path {
        return Err(Failed::usage(format!(
            "--path {prefix:?} must begin with / and be a path"
        )));
    }
    let headers = settings.headers.clone().into_iter().collect();
    Ok(OriginOptions {
        address,
        rewrite: Rewrite {
            host,
            headers,
            prefix: prefix.to_owned(),
        },
        insecure: settings.origin_insecure.unwrap_or_default(),
        answer_within: Duration::from_secs(settings.origin_timeout.unwrap_or(30).into()),
    })
}

/// What is asked of requests before a server gets them, and what is answered in its place.
///
/// # Errors
/// If nothing could ever pass: the provider is not known, does not sign, or has no secret here.
pub fn gate(settings: &Settings, known: &Known) -> Result<Gate, Failed> {
    if let Some(id) = &settings.verify {
        let row = super::secret::row(&known.table, id)?;
        if row.scheme.is_empty() {
            return Err(Failed::usage(format!(
                "--verify {id}: {} does not sign its requests",
                row.name
            )));
        }
        let counts = |own: &Secret| match (&own.name, &settings.name) {
            (Some(own), Some(name)) => own == name,
            _ => true,
        };
        let mut own = known.secrets.iter().filter(|own| own.provider == *id);
        if !own.clone().any(counts) {
            let elsewhere = own.find_map(|own| own.name.as_deref());
            let elsewhere = elsewhere.map_or_else(String::new, |name| {
                format!(" (there is one for the name {name} alone)")
            });
            return Err(Failed::usage(format!(
                "--verify {id} needs a secret{elsewhere}; set one with: hookreel secret set {id}"
            )));
        }
        let needs = row.scheme.iter().all(|scheme| scheme.certificate.is_some());
        if needs && known.certificates.is_empty() {
            return Err(Failed::usage(format!(
                "--verify {id} needs the certificate of {}: once one of its requests has come, \
                 hookreel verify provider:{id} --fetch-certificate gets it",
                row.name
            )));
        }
    }
    let off = settings.handshakes.iter().filter(|(_, is_on)| !**is_on);
    let off = off.map(|(which, _)| *which).collect();
    Ok(Gate {
        verify: settings.verify.clone(),
        handshakes: (settings.no_handshakes != Some(true)).then_some(Options { off }),
        body_limit: settings.body_limit.map_or(BODY_LIMIT, |size| size.0),
    })
}

/// The relay that the settings name, or the one inside.
pub fn relay(settings: &Settings) -> Result<Relay, Failed> {
    let Some(text) = &settings.relay else {
        return match (&settings.pin, &settings.ca) {
            (None, None) => Ok(Relay::Embedded {
                port: EMBEDDED_PORT,
            }),
            _ => Err(Failed::usage(
                "--pin and --ca say how to trust a relay; say which with --relay",
            )),
        };
    };
    let address: RelayAddress = text
        .parse()
        .map_err(|error| Failed::usage(format!("{error}")))?;
    let trust = match (&settings.pin, &settings.ca) {
        (Some(pin), _) => Trust::Pin(
            pin.parse::<Principal>()
                .map_err(|error| Failed::usage(format!("--pin: {error}")))?,
        ),
        (None, Some(file)) => {
            let at = |error: &dyn std::fmt::Display| {
                Failed::usage(format!("--ca {}: {error}", file.display()))
            };
            let pem = std::fs::read(file).map_err(|error| at(&error))?;
            Trust::authorities(&pem).map_err(|error| at(&error))?
        }
        (None, None) => Trust::WebRoots,
    };
    Ok(Relay::Remote { address, trust })
}

/// `K: V`. The value is not part of the message: it may be secret.
pub fn header(text: &str) -> Result<(String, String), Failed> {
    let wrong = |why: &str| Failed::usage(format!("-H {why}; write -H 'Name: value'"));
    let (name, value) = text.split_once(':').ok_or_else(|| wrong("has no colon"))?;
    let name = HeaderName::from_bytes(name.trim().as_bytes())
        .map_err(|_| wrong(&format!("{name:?} is not a header name")))?;
    let value = value.trim();
    HeaderValue::from_str(value)
        .map_err(|_| wrong(&format!("the value of {name} has control characters")))?;
    Ok((name.to_string(), value.to_owned()))
}
