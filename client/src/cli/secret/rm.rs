//! `hookreel secret rm`: which secrets are meant, and taken away.

use clap::Args;
use hookreel_shared::model::Name;
use hookreel_shared::provider::Secret;

use super::{called, certificate, failed, json, parts};
use crate::cli::{Global, out};
use crate::config::Output;
use crate::config::secrets::{self, Secrets};
use crate::error::{Exit, Failed};

#[derive(Args)]
pub struct RmFlags {
    /// Whose secret
    provider: String,
    /// Which one; without this, whatever its label
    #[arg(long)]
    label: Option<String>,
    /// Those for this name alone; without this, only those for all names
    #[arg(long)]
    name: Option<Name>,
    /// Those for all names and those for one alone
    #[arg(long, conflicts_with_all = ["name", "certificate"])]
    all: bool,
    /// Do not ask in a terminal before several are taken away (elsewhere nothing is asked)
    #[arg(short, long)]
    yes: bool,
    /// Not a secret, but the certificate of this address
    #[arg(long, value_name = "URL", conflicts_with_all = ["label", "name"])]
    certificate: Option<String>,
}

impl RmFlags {
    /// Whether this is one of those to take away.
    fn means(&self, own: &Secret) -> bool {
        let name = self.name.as_ref().map(Name::as_str);
        self.certificate.is_none()
            && own.provider == self.provider
            && self.label.as_ref().is_none_or(|label| *label == own.label)
            && (self.all || own.name.as_deref() == name)
    }

    /// Whether the certificate of this address is; those of PayPal's go with all its secrets.
    fn means_certificate(&self, url: &str) -> bool {
        let is_bare = self.label.is_none() && self.name.is_none();
        self.provider == certificate::PROVIDER
            && match &self.certificate {
                Some(meant) => meant == url,
                None => is_bare,
            }
    }

    /// That there is no such secret, and which there are for one name alone.
    fn nothing(&self, there: &[Secret]) -> String {
        let own = there.iter().filter(|own| own.provider == self.provider);
        let mut names: Vec<&str> = own.filter_map(|own| own.name.as_deref()).collect();
        names.sort_unstable();
        names.dedup();
        let rest = match names.as_slice() {
            names @ [first, ..] if self.name.is_none() && self.certificate.is_none() => format!(
                "there are some for {} alone: --name {first} means those, --all every one",
                names.join(", ")
            ),
            _ => "hookreel secret list shows those there are".to_owned(),
        };
        format!("there is no such secret of {}; {rest}", self.provider)
    }
}

/// Takes away what the flags mean, and says which that was.
pub fn run(flags: &RmFlags, global: &Global) -> Result<Exit, Failed> {
    let path = global.places()?.credentials_file();
    let there = secrets::load(&path).map_err(failed)?;
    let secrets = there.secrets.iter().filter(|own| flags.means(own)).count();
    let certificates = there.certificates.iter();
    let certificates = certificates
        .filter(|(url, _)| flags.means_certificate(url))
        .count();
    let meant = secrets + certificates;
    let question = match certificates {
        0 => format!("take away {secrets} secrets of {}?", flags.provider),
        _ => format!("take away {secrets} secrets and {certificates} certificates?"),
    };
    if meant > 1 && !flags.yes && !out::agrees(&question) {
        out::say("nothing was taken away");
        return Ok(Exit::Ok);
    }
    let change = |all: &mut Secrets| {
        let is_meant = |own: &mut Secret| flags.means(own);
        let secrets: Vec<Secret> = all.secrets.extract_if(.., is_meant).collect();
        let is_meant = |(at, _): &mut (String, _)| flags.means_certificate(at);
        let certificates: Vec<_> = all.certificates.extract_if(.., is_meant).collect();
        (secrets, certificates)
    };
    let (secrets, certificates) = secrets::update(&path, change).map_err(failed)?;
    let count = secrets.len() + certificates.len();
    if count == 0 {
        return Err(Failed::usage(flags.nothing(&there.secrets)));
    }
    match global.output() {
        Some(Output::Json) => {
            let did = Some("removed");
            let mut lines: String = secrets.iter().map(|own| json(parts(own), did)).collect();
            let others = certificates.iter();
            lines.extend(others.map(|own| certificate::json(own, did)));
            return out::text(&lines);
        }
        Some(Output::Quiet) => {}
        _ => {
            let names = secrets.iter().map(|own| called(parts(own)));
            let others = certificates.iter();
            let names = names.chain(others.map(|(url, _)| format!("certificate {url}")));
            let names: Vec<_> = names.collect();
            out::say(&format!("{count} taken away: {}", names.join(", ")));
        }
    }
    Ok(Exit::Ok)
}
