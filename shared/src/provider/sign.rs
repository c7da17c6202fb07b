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
    },
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
    #[error("the secret {label} is not one of {provider}: {expected}")]
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
    /// A value that is signed has no place in this body.
    #[error("there is no {0} in the body to set")]
    NoPlace(String),
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
    let was = |scheme: &&Scheme| scheme.signature.is_there(&draft.request());
    let mut schemes: Vec<&Scheme> = row.scheme.iter().filter(was).collect();
    if schemes.is_empty() {
        schemes = row.scheme.iter().filter(|scheme| !scheme.legacy).collect();
        schemes.truncate(1);
    }
    if row.any_scheme {
        // Their secrets differ: the one at hand fits one of them.
        schemes.retain(|scheme| matches!(key, Key::Secret(secret) if fits_form(scheme, secret)));
        schemes.truncate(1);
    }
    if schemes.is_empty() {
        return Err(SignError::NotSigned(row.name.clone()));
    }
    let mut done = Done::default();
    // What is signed must not change any more when the first signature is made.
    for scheme in &schemes {
        renew(scheme, draft, now, fresh, &mut done)?;
    }
    for scheme in schemes {
        one(row, scheme, draft, key, &mut done)?;
    }
    Ok(done)
}

fn fits_form(scheme: &Scheme, secret: &Secret) -> bool {
    let prefix = &scheme.key.prefix;
    let has = !prefix.is_empty() && secret.expose().starts_with(prefix.as_str());
    let plain = prefix.is_empty() && !secret.expose().starts_with("whsec_");
    has || plain
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
    if !draft.set(at, value) {
        return Err(SignError::NoPlace(at.to_string()));
    }
    done.body_changed |= matches!(at, Source::Json(_) | Source::Form(_));
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
        "{}{}",
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
