//! Signing: a request that the provider's own checks accept, now.
//!
//! This is the tool for a developer's own tests, and never more: who calls it has made sure that
//! the user asked for it, or that the request was signed well when it came.

use super::algorithm::Algorithm;
use super::development::DevelopmentKeys;
use super::edit::Draft;
use super::row::Row;
use super::scheme::Scheme;
use super::secret::Secret;
use super::signed::Beside;
use super::text::Source;
use crate::model::Timestamp;

/// What a request is signed with.
#[derive(Debug, Clone, Copy)]
pub enum Key<'a> {
    /// The secret shared with the provider.
    Secret(&'a Secret),
    /// Keys of our own, where only the provider has the real one. `webhook` is what PayPal calls
    /// the webhook's id; empty for others.
    Development {
        /// The keys.
        keys: &'a DevelopmentKeys,
        /// The secret that is signed along, if any.
        webhook: &'a str,
        /// Where the certificate of the key is, for providers that say so in each request; empty
        /// to leave there what stands there.
        certificate: &'a str,
    },
}

impl Key<'_> {
    /// Where its certificate is, if requests are to say so.
    #[must_use]
    pub fn certificate(&self) -> Option<&str> {
        match self {
            Self::Development { certificate, .. } if !certificate.is_empty() => Some(certificate),
            _ => None,
        }
    }
}

/// What was done to a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Done {
    /// The schemes it is signed by.
    pub schemes: Vec<String>,
    /// What was set, as `header:NAME` and the like.
    pub set: Vec<String>,
    /// The body is another one: the time stands in it.
    pub body_changed: bool,
    /// Signed with a key of our own, not the provider's.
    pub development: bool,
}

/// Why a request cannot be signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The provider does not sign.
    #[error("{0} does not sign its requests")]
    NotSigned(String),
    /// The secret is not written as the provider writes them.
    #[error("the secret {label} is not written as those of {provider} are: {expected}")]
    Secret {
        /// The provider's name.
        provider: String,
        /// What the secret is called.
        label: String,
        /// How it should be written.
        expected: String,
    },
    /// Only the provider can sign.
    #[error("only {0} itself can sign: a development key of your own is needed")]
    NeedsDevelopmentKey(String),
    /// The provider shares a secret with the receiver: there is no use for a key of our own.
    #[error("{0} signs with a shared secret: a development key is no use")]
    NeedsSecret(String),
    /// A value that is signed has no place in this body.
    #[error("there is no {0} in the body to set")]
    NoPlace(String),
    /// A value has a line break or another sign that a field of the head cannot have.
    #[error(
        "{0} cannot hold what was to be written: it has a line break or a control character in it; look at the secret and the id"
    )]
    Unwritable(String),
}

/// Signs a request by the schemes it was signed by before, or else by those the provider uses now.
/// Time and id are set anew where the scheme has them. `fresh` is an id nobody has used before.
///
/// # Errors
/// [`SignError`]; the draft may be changed in part then.
pub fn sign(
    row: &Row,
    draft: &mut Draft,
    key: Key<'_>,
    now: Timestamp,
    fresh: &str,
) -> Result<Done, SignError> {
    let schemes = chosen(row, draft, key)?;
    let mut done = Done::default();
    // What is signed must not change any more when the first signature is made.
    for scheme in &schemes {
        renew(scheme, draft, now, fresh, &mut done)?;
    }
    if let Some(certificate) = key.certificate() {
        for at in schemes.iter().filter_map(|own| own.certificate.as_ref()) {
            set(draft, at, certificate, &mut done)?;
        }
    }
    for scheme in schemes {
        one(row, scheme, draft, key, &mut done)?;
    }
    Ok(done)
}

/// The schemes to sign by: those it was signed by that this key can renew; if there is none, the
/// best that it can.
fn chosen<'r>(row: &'r Row, draft: &Draft, key: Key<'_>) -> Result<Vec<&'r Scheme>, SignError> {
    let name = || row.name.clone();
    if row.scheme.is_empty() {
        return Err(SignError::NotSigned(name()));
    }
    let ours = matches!(key, Key::Development { .. });
    let mut able: Vec<&Scheme> = (row.scheme.iter())
        .filter(|scheme| scheme.algorithm.is_asymmetric() == ours)
        .collect();
    let Some(first) = able.first() else {
        return Err(if ours {
            SignError::NeedsSecret(name())
        } else {
            SignError::NeedsDevelopmentKey(name())
        });
    };
    if let Key::Secret(secret) = key {
        let wrong = SignError::Secret {
            provider: name(),
            label: secret.label.clone(),
            expected: first.key.to_string(),
        };
        let rank = |scheme: &&Scheme| scheme.key.rank(secret.expose());
        let best = able.iter().filter_map(rank).min().ok_or(wrong)?;
        // Where secrets differ, this one belongs to the schemes it looks most like.
        able.retain(|scheme| match rank(scheme) {
            Some(rank) => !row.any_scheme || rank == best,
            None => false,
        });
    }
    let request = draft.request();
    let there = able.iter().filter(|scheme| scheme.is_there(&request));
    let mut chosen: Vec<&Scheme> = there.copied().collect();
    if row.any_scheme && chosen.iter().any(|scheme| !scheme.legacy) {
        // An old one beside it has a secret of its own, which must not be overwritten.
        chosen.retain(|scheme| !scheme.legacy);
    }
    if chosen.is_empty() {
        // One that needs something else beside it is for those who ask for that.
        let order = |scheme: &&&Scheme| (scheme.legacy, !scheme.with.is_empty());
        chosen.extend(able.iter().min_by_key(order).copied());
        chosen.extend(able.iter().filter(|scheme| scheme.beside).copied());
    }
    // Of two for one place the first, as it is the one that is checked.
    let mut places: Vec<&Source> = Vec::new();
    chosen.retain(|scheme| {
        let is_new = !places.contains(&&scheme.signature.at);
        places.push(&scheme.signature.at);
        is_new
    });
    Ok(chosen)
}

/// Sets time, id and digest of the body anew.
fn renew(
    scheme: &Scheme,
    draft: &mut Draft,
    now: Timestamp,
    fresh: &str,
    done: &mut Done,
) -> Result<(), SignError> {
    if let Some(time) = &scheme.time {
        let text = time.unit.write(now.as_micros());
        // In one field with the signature, it is written there together with it.
        if time.key.is_none() {
            set(draft, &time.at, &text, done)?;
        } else {
            let pair = format!("{}={text}", time.key.as_deref().unwrap_or_default());
            set(draft, &time.at, &pair, done)?;
        }
    }
    for value in &scheme.with {
        if let (false, Some(text)) = (value.holds(&draft.request()), value.first()) {
            set(draft, value.at(), text, done)?;
        }
    }
    if let Some(id) = &scheme.id {
        set(draft, &id.at, &format!("{}{fresh}", id.prefix), done)?;
    }
    if let Some(digest) = &scheme.body_digest
        && digest.at.read(&draft.request()).is_some()
    {
        let digest_of = Algorithm::Sha256
            .digest(&[], &draft.body)
            .unwrap_or_default();
        set(draft, &digest.at, &hex::encode(digest_of), done)?;
    }
    Ok(())
}

fn set(draft: &mut Draft, at: &Source, value: &str, done: &mut Done) -> Result<(), SignError> {
    if matches!(at, Source::Header(_)) && !Draft::may_be_in_a_field(value) {
        return Err(SignError::Unwritable(at.to_string()));
    }
    let before = draft.body.clone();
    if !draft.set(at, value) {
        return Err(SignError::NoPlace(at.to_string()));
    }
    done.body_changed |= before != draft.body;
    let name = at.to_string();
    if !done.set.contains(&name) {
        done.set.push(name);
    }
    Ok(())
}

fn one(
    row: &Row,
    scheme: &Scheme,
    draft: &mut Draft,
    key: Key<'_>,
    done: &mut Done,
) -> Result<(), SignError> {
    let request = draft.request();
    let time = scheme
        .time
        .as_ref()
        .and_then(|time| time.read(&request))
        .unwrap_or_default();
    let id = scheme
        .id
        .as_ref()
        .and_then(|id| id.read(&request).into_iter().next());
    let secret = match key {
        Key::Secret(secret) => secret.expose(),
        Key::Development { webhook, .. } => webhook,
    };
    let beside = Beside {
        time: &time,
        id: id.as_deref().unwrap_or_default(),
        secret: secret.as_bytes(),
    };
    let signed = scheme.signed.bytes(&request, beside);
    let signature = match key {
        Key::Development { keys, .. } => {
            done.development = true;
            keys.sign(scheme.algorithm, &signed)
        }
        Key::Secret(_) if scheme.algorithm.is_asymmetric() => None,
        Key::Secret(secret) => {
            let bytes = scheme
                .key
                .key(secret.expose())
                .ok_or_else(|| SignError::Secret {
                    provider: row.name.clone(),
                    label: secret.label.clone(),
                    expected: scheme.key.to_string(),
                })?;
            scheme.algorithm.digest(&bytes, &signed)
        }
    };
    let Some(signature) = signature else {
        return Err(SignError::NeedsDevelopmentKey(row.name.clone()));
    };
    let written = format!(
        "{}{}{}",
        scheme.signature.before,
        scheme.signature.prefix,
        scheme.encoding.encode(&signature)
    );
    let value = match (&scheme.signature.key, &scheme.signature.split) {
        (Some(key), Some(split)) => {
            let own = format!("{key}={written}");
            match &scheme.time {
                Some(t) if t.key.is_some() && t.at == scheme.signature.at => {
                    let stamp = t.key.as_deref().unwrap_or_default();
                    format!("{stamp}={time}{split}{own}")
                }
                _ => own,
            }
        }
        (Some(key), None) => format!("{key}={written}"),
        _ => written,
    };
    set(draft, &scheme.signature.at, &value, done)?;
    done.schemes.push(scheme.name.clone());
    Ok(())
}
