//! Signing a request anew, so that the origin's own check lets it pass.
//!
//! Never a signing oracle: by itself only what was signed well when it came is signed again, and
//! only unchanged. Everything else is signed because the user says so, for this one order. Either
//! way it goes to the user's own origin, or to where they typed.

use std::fmt;
use std::sync::Arc;

use hookreel_shared::model::{Exchange, RequestHead, Timestamp};
use hookreel_shared::provider::scheme::Scheme;
use hookreel_shared::provider::signed::Signed;
use hookreel_shared::provider::{
    Because, Draft, Key, Request as Came, Row, Secret, SignError, Verdict, secrets_of, sign,
};
use uuid::Uuid;

use super::request::Request;
use crate::certificate::Served;
use crate::command::Signing;
use crate::config::{Asked, Known, NoLabel};
use crate::forward::Address;

/// Signs requests again.
#[derive(Debug, Clone)]
pub struct Resign {
    /// What the user wants.
    pub signing: Signing,
    /// Providers and secrets.
    pub known: Known,
    /// Keys of the developer's own, where the user wants them used.
    pub keys: Option<Served>,
    /// What the secret is called that signs; none for the one that fitted.
    pub label: Option<String>,
    /// The address the origin believes it has, where the address is signed: see [`base`]. None for
    /// the one it was signed for before, or else the public one the request came to.
    pub base: Option<String>,
}

/// The address the origin believes it has: what the user says it is, or else where the request is
/// sent instead of where it went.
#[must_use]
pub fn base(said: Option<&str>, to: Option<&str>) -> Option<String> {
    let address = |to: &str| to.parse::<Address>().ok().map(|to| to.to_string());
    match said {
        Some(said) => Some(said.to_owned()),
        None => to.and_then(address),
    }
}

/// What was done about a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resigned {
    /// It is signed anew.
    Done {
        /// The provider's row.
        provider: String,
        /// What the secret is called; none for a key of the developer's own.
        secret: Option<String>,
        /// By which schemes.
        schemes: Vec<String>,
        /// The body is another one, as the time stands in it.
        body_changed: bool,
        /// The address it is signed for, where that is signed.
        url: Option<String>,
        /// Where the certificate of the developer's key is, if the request says so.
        certificate: Option<String>,
    },
    /// It is as it was, though it may be too old or may not fit.
    Left {
        /// The provider's row.
        provider: String,
        /// Why.
        why: Left,
    },
}

/// Why a signature is as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Left {
    /// The request was changed.
    Edited,
    /// It was not good when it came, in a word.
    NotGood(&'static str),
    /// There was none when it came.
    Unsigned,
    /// Whether it was good when it came is not known, and nobody but the provider can sign.
    NotKnown(String),
    /// It was signed when it came, and there is no secret to check that or to sign with.
    NoSecret,
    /// It cannot be made.
    Impossible(String),
}

impl fmt::Display for Resigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done {
                provider,
                secret,
                schemes,
                body_changed,
                certificate,
                url: _,
            } => {
                let schemes = schemes.join(", ");
                match secret {
                    Some(label) => write!(
                        f,
                        "re-signed as {provider} with the secret {label} ({schemes})"
                    )?,
                    None => write!(
                        f,
                        "re-signed as {provider} with your development key ({schemes})"
                    )?,
                }
                if *body_changed {
                    write!(f, "; the time in its body is a new one")?;
                }
                match certificate {
                    Some(url) => write!(f, "; its certificate is at {url} meanwhile"),
                    None => Ok(()),
                }
            }
            Self::Left { provider, why } => match why {
                Left::Edited => write!(
                    f,
                    "not re-signed: it was changed; --resign signs it as {provider}"
                ),
                Left::NotGood(word) => write!(
                    f,
                    "not re-signed: its {provider} signature was {word} when it came; --resign signs it all the same"
                ),
                Left::Unsigned => write!(
                    f,
                    "not re-signed: it had no {provider} signature when it came; --resign signs it all the same"
                ),
                Left::NotKnown(why) => write!(
                    f,
                    "not re-signed: {why}; only {provider} itself can sign; --resign uses a key of your own"
                ),
                Left::NoSecret => write!(
                    f,
                    "not re-signed: there is no secret of {provider}; set one: hookreel secret set {provider}"
                ),
                Left::Impossible(why) => write!(f, "not re-signed: {why}"),
            },
        }
    }
}

/// Why a request that the user wanted signed is not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResignError {
    /// Nobody knows how.
    #[error("it cannot be re-signed: nobody is known to send such requests")]
    UnknownProvider,
    /// There is nothing to sign with.
    #[error("it cannot be re-signed: there is no secret of {0}; set one: hookreel secret set {0}")]
    NoSecret(String),
    /// None of the secrets is called so.
    #[error("it cannot be re-signed: {0}")]
    NoLabel(#[from] NoLabel),
    /// There is no key of the developer's own yet.
    #[error(
        "it cannot be re-signed: only {0} itself can sign, and there is no key of your own yet; \
         hookreel secret show-dev-key {0} makes one"
    )]
    NoKey(String),
    /// The certificate of the developer's own key cannot be served.
    #[error("it cannot be re-signed: there is no port for the certificate of your key: {0}")]
    NoPort(String),
    /// It cannot be signed.
    #[error("it cannot be re-signed: {0}")]
    Sign(#[from] SignError),
}

impl Resign {
    /// Signs a request made from `original`, where that is wanted and allowed; none if there is
    /// nothing to say about it.
    ///
    /// # Errors
    /// [`ResignError`], only where the user wanted it signed.
    pub fn apply(
        &self,
        request: &mut Request,
        original: &Exchange,
        edited: bool,
        now: Timestamp,
    ) -> Result<Option<Resigned>, ResignError> {
        if self.signing == Signing::Never {
            return Ok(None);
        }
        let always = self.signing == Signing::Always;
        let sender = self.known.sender(original, &Asked::default());
        let row = sender
            .provider
            .as_deref()
            .and_then(|id| self.known.table.get(id));
        let Some(row) = row else {
            return match always {
                true => Err(ResignError::UnknownProvider),
                false => Ok(None),
            };
        };
        let left = |why| {
            let provider = row.id.clone();
            Ok(Some(Resigned::Left { provider, why }))
        };
        let report = &sender.report;
        let good = report.verdict == Verdict::Good;
        match &report.verdict {
            _ if always => {}
            Verdict::Unsigned if self.secret(row, original, None, false).is_some() => {
                return left(Left::Unsigned);
            }
            Verdict::Unchecked {
                because: because @ Because::NoCertificate,
            } => return left(Left::NotKnown(because.to_string())),
            Verdict::NoSecret if row.scheme.iter().all(|own| own.algorithm.is_asymmetric()) => {
                let why = format!("there is no secret of {} to check it with", row.id);
                return left(Left::NotKnown(why));
            }
            Verdict::NoSecret => return left(Left::NoSecret),
            Verdict::Unsigned | Verdict::Unchecked { .. } => return Ok(None),
            Verdict::Good if edited || !self.is_still_good(row, request, original) => {
                return left(Left::Edited);
            }
            Verdict::Good => {}
            bad @ Verdict::Bad { .. } => return left(Left::NotGood(bad.word())),
        }
        let (secret, alone) = match &self.label {
            Some(label) => {
                let secret = self.known.labelled(row, &original.request.name, label)?;
                (Some(secret), only_provider(row, None))
            }
            None => {
                let fitted = report.secret.as_deref().filter(|_| good);
                let alone = only_provider(row, report.scheme.as_deref());
                (self.secret(row, original, fitted, alone), alone)
            }
        };
        let certificate;
        let key = match (secret, &self.keys) {
            (Some(secret), _) if !alone => Key::Secret(secret),
            (secret, Some(keys)) if alone => {
                let address = keys.address_for(row);
                certificate = address.map_err(|error| ResignError::NoPort(error.to_string()))?;
                Key::Development {
                    keys: keys.keys(),
                    webhook: secret.map_or("", Secret::expose),
                    certificate: &certificate,
                }
            }
            _ if !always => {
                let why = format!(
                    "only {} itself can sign; --resign uses a key of your own",
                    row.name
                );
                return left(Left::Impossible(why));
            }
            _ if alone => return Err(ResignError::NoKey(row.id.clone())),
            _ => return Err(ResignError::NoSecret(row.id.clone())),
        };
        let mut draft = self.draft(request, original);
        let fresh = Uuid::now_v7().simple().to_string();
        let done = match sign(row, &mut draft, key, now, &fresh) {
            Ok(done) => done,
            Err(error) if always => return Err(error.into()),
            Err(error) => return left(Left::Impossible(error.to_string())),
        };
        let schemes = done.schemes.iter().filter_map(|name| row.scheme(name));
        let url = schemes.map(|own| &own.signed).any(Signed::has_url);
        let url = url.then(|| String::from_utf8_lossy(&draft.request().url).into_owned());
        request.take(draft);
        Ok(Some(Resigned::Done {
            provider: row.id.clone(),
            secret: (!done.development)
                .then(|| secret.map(|own| own.label.clone()))
                .flatten(),
            schemes: done.schemes,
            body_changed: done.body_changed,
            url,
            certificate: (key.certificate()).map(str::to_owned),
        }))
    }

    /// The secret that fitted when it came, or else the first that counts for it and can sign. Labels may be
    /// given twice, for one name and for all: that of the label fitted which fits alone.
    fn secret<'a>(
        &'a self,
        row: &Row,
        original: &'a Exchange,
        label: Option<&str>,
        alone: bool,
    ) -> Option<&'a Secret> {
        let head = &original.request;
        let with = self
            .known
            .with(&row.id, head.name.as_str(), head.received_at);
        let fits = |secret: &&Secret| {
            let known = Known {
                secrets: Arc::new([(*secret).clone()]),
                ..self.known.clone()
            };
            verdict(&known, row, original) == Verdict::Good
        };
        let own = secrets_of(row, &with);
        match label {
            Some(label) => own.filter(|secret| secret.label == label).find(fits),
            None => {
                // A row may take public keys and shared secrets: only these can sign.
                let shared = |own: &&Secret| {
                    let mut schemes = row.scheme.iter();
                    schemes.any(|scheme| {
                        !scheme.algorithm.is_asymmetric() && scheme.key.key(own.expose()).is_some()
                    })
                };
                let all: Vec<&Secret> = own.collect();
                let can = all.iter().copied().find(|own| !alone && shared(own));
                can.or_else(|| all.first().copied())
            }
        }
    }

    /// Whether what is to be sent would have been good, too, when the original came: a field that
    /// the user has set may be a signed one, or the signature itself.
    fn is_still_good(&self, row: &Row, request: &Request, original: &Exchange) -> bool {
        if request.head.sent() == original.request.sent() {
            return true;
        }
        let mut now = Exchange::new(Arc::new(RequestHead {
            received_at: original.request.received_at,
            ..request.head.clone()
        }));
        now.request_body = original.request_body.clone();
        now.signed_for = original.signed_for.clone();
        verdict(&self.known, row, &now) == Verdict::Good
    }

    fn draft(&self, request: &Request, original: &Exchange) -> Draft {
        let base = match &self.base {
            Some(base) => {
                let base = base.as_bytes();
                // Where it is given with its path, the path is that of the target.
                let base = base.strip_suffix(&request.head.target[..]).unwrap_or(base);
                base.strip_suffix(b"/").unwrap_or(base).to_vec()
            }
            None => {
                let public = Came::of(original).url;
                let url = original.signed_for.as_deref().map(str::as_bytes);
                let target = &original.request.target[..];
                let of = |url: &[u8]| url.strip_suffix(target).map(<[u8]>::to_vec);
                let base = url.and_then(of).or_else(|| of(&public));
                base.unwrap_or_default()
            }
        };
        Draft {
            method: request.head.method.clone(),
            base: base.into(),
            target: request.head.target.clone(),
            headers: request.head.sent().iter().cloned().collect(),
            body: request.body.clone(),
        }
    }
}

/// What a check finds, as of the moment it came.
fn verdict(known: &Known, row: &Row, exchange: &Exchange) -> Verdict {
    let asked = Asked {
        provider: Some(&row.id),
        ..Asked::default()
    };
    known.sender(exchange, &asked).report.verdict
}

/// Whether no secret is shared, by this scheme or else by any: only the provider can sign.
fn only_provider(row: &Row, scheme: Option<&str>) -> bool {
    let alone = |scheme: &Scheme| scheme.algorithm.is_asymmetric();
    match scheme.and_then(|name| row.scheme(name)) {
        Some(scheme) => alone(scheme),
        None => row.scheme.iter().all(alone),
    }
}

#[cfg(test)]
#[path = "resign_tests.rs"]
mod tests;
