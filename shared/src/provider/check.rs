//! Whether a signature fits, and if not, why.

use std::ops::RangeInclusive;

use super::algorithm::Algorithm;
use super::near;
use super::request::Request;
use super::row::Row;
use super::scheme::Scheme;
use super::secret::Secret;
use super::tried::{Parts, Tried};
use super::verdict::{Because, NearMiss, Preview, Reason, Report, Verdict};
use crate::model::Timestamp;

/// What a check needs beside the request.
#[derive(Debug, Clone, Copy)]
pub struct With<'a> {
    /// All secrets that are stored; those of other providers are tried only to say so.
    pub secrets: &'a [Secret],
    /// The name the request was sent to: secrets for other names are not used.
    pub name: &'a str,
    /// The moment it is judged for: when it came, not when it is looked at.
    pub at: Timestamp,
    /// Seconds allowed instead of those of the row; 0 for any age.
    pub tolerance: Option<u64>,
    /// Keys of certificates that are at hand (PayPal).
    pub certificates: &'a [CertifiedKey],
}

/// The public key of a certificate that somebody vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertifiedKey {
    /// The address of the certificate, as requests name it.
    pub url: String,
    /// The key: a `SubjectPublicKeyInfo` in DER (RFC 5280).
    pub key: Vec<u8>,
    /// When it is good.
    pub good: RangeInclusive<Timestamp>,
}

impl CertifiedKey {
    /// One that is good at any time.
    #[must_use]
    pub fn always(url: String, key: Vec<u8>) -> Self {
        let (first, last) = (i64::MIN, i64::MAX);
        let good = Timestamp::from_micros(first)..=Timestamp::from_micros(last);
        Self { url, key, good }
    }
}

/// Checks the signature of a request from a known provider. `whole` is whether the body is all
/// of what came.
#[must_use]
pub fn check(row: &Row, request: &Request<'_>, whole: bool, with: &With<'_>) -> Report {
    look(row, request, whole, with, Look::ForWhy)
}

/// Whether a signature is good, and no word about why not: looking for what would have fitted may
/// cost a hundred times as much, and whoever only keeps others out must not be kept busy by them.
#[must_use]
pub fn is_good(row: &Row, request: &Request<'_>, whole: bool, with: &With<'_>) -> bool {
    look(row, request, whole, with, Look::Whether).verdict == Verdict::Good
}

/// How closely it is looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Look {
    /// Whether it fits.
    Whether,
    /// And if not, what would have.
    #[default]
    ForWhy,
}

pub(super) fn look(
    row: &Row,
    request: &Request<'_>,
    whole: bool,
    with: &With<'_>,
    look: Look,
) -> Report {
    let id = Some(row.id.as_str());
    if row.scheme.is_empty() {
        return Report::unchecked(id, Because::NotSigned);
    }
    let mut schemes = schemes_of(row, request);
    let Some(best) = schemes.first() else {
        return match half_signed(row, request) {
            Some(reason) => Report::bare(id, Verdict::Unsigned).bad(reason),
            None if row.unsigned_is_usual => Report::unchecked(id, Because::NotSigned),
            None => Report::bare(id, Verdict::Unsigned),
        };
    };
    let own: Vec<&Secret> = secrets_of(row, with).collect();
    if own.is_empty() {
        let mut report = Report::bare(id, Verdict::NoSecret);
        report.scheme = Some(best.name.clone());
        report.received = shown(best, best.signature.read(request));
        let theirs = with
            .secrets
            .iter()
            .filter(|secret| secret.provider == row.id);
        report.only_for = theirs.filter_map(|secret| secret.name.clone()).collect();
        report.only_for.sort();
        report.only_for.dedup();
        return report;
    }
    if !whole {
        schemes.retain(|scheme| !scheme.needs_body());
        if schemes.is_empty() {
            return Report::unchecked(id, Because::BodyIncomplete);
        }
    }
    if !row.any_scheme {
        schemes.truncate(1);
    }
    let reports = schemes
        .iter()
        .map(|scheme| one(row, scheme, request, &own, with, look));
    // Of several, the one that says most.
    reports
        .min_by_key(|report| telling(&report.verdict))
        .unwrap_or_else(|| Report::bare(id, Verdict::Unsigned))
}

/// The secrets that count for a request: its provider's, for its name or for all.
pub fn secrets_of<'a>(row: &Row, with: &With<'a>) -> impl Iterator<Item = &'a Secret> {
    let (id, name) = (row.id.clone(), with.name);
    with.secrets.iter().filter(move |secret| {
        secret.provider == id && secret.name.as_deref().is_none_or(|own| own == name)
    })
}

/// The schemes a request is signed by, the best first. Old ones count only if there is no other,
/// and those that cannot be read only if none can.
fn schemes_of<'r>(row: &'r Row, request: &Request<'_>) -> Vec<&'r Scheme> {
    let there = row.scheme.iter().filter(|scheme| scheme.is_there(request));
    let mut found: Vec<&Scheme> = there.collect();
    // An old one is no way around a better one, however that is written.
    if found.iter().any(|scheme| !scheme.legacy) {
        found.retain(|scheme| !scheme.legacy);
    }
    let readable = |scheme: &&Scheme| !scheme.signature.read(request).is_empty();
    if found.iter().any(readable) {
        found.retain(readable);
    }
    found
}

/// Why a signature that stands in a request belongs to none of the schemes.
fn half_signed(row: &Row, request: &Request<'_>) -> Option<Reason> {
    let mut schemes = row.scheme.iter();
    let scheme = schemes.find(|scheme| scheme.signature.at.is_there(request))?;
    let lacks = scheme.with.iter().find(|value| !value.holds(request))?;
    let what = lacks.at().to_string();
    Some(match lacks.at().is_there(request) {
        true => Reason::Unreadable { what },
        false => Reason::Missing { what },
    })
}

fn telling(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::Good => 0,
        Verdict::Bad { reason, near } => match reason {
            Reason::TooOld { .. } | Reason::TooEarly { .. } | Reason::BodyDigest => 1,
            _ if !near.is_empty() => 2,
            Reason::Secret { .. } => 5,
            _ => 3,
        },
        _ => 4,
    }
}

/// Most characters of each signature in a report; one of RSA with 4096 bits has 684.
const SHOWN: usize = 1_000;

/// What may be shown of what came: a token is the secret itself.
fn shown(scheme: &Scheme, received: Vec<String>) -> Vec<String> {
    match scheme.algorithm {
        Algorithm::Token => Vec::new(),
        _ => received
            .into_iter()
            .map(|text| text.chars().take(SHOWN).collect())
            .collect(),
    }
}

fn one(
    row: &Row,
    scheme: &Scheme,
    request: &Request<'_>,
    own: &[&Secret],
    with: &With<'_>,
    look: Look,
) -> Report {
    let near = |misses: &dyn Fn() -> Vec<NearMiss>| match look {
        Look::Whether => Vec::new(),
        Look::ForWhy => misses(),
    };
    let mut report = Report::bare(Some(&row.id), Verdict::Good);
    report.scheme = Some(scheme.name.clone());
    report.tried = own.iter().map(|secret| secret.label.clone()).collect();
    let written = scheme.signature.read(request);
    let received: Vec<Vec<u8>> = written
        .iter()
        .filter_map(|text| scheme.encoding.decode(text))
        .collect();
    report.received = shown(scheme, written);
    let parts = match Parts::of(scheme, request) {
        Ok(parts) => parts,
        Err(reason) => return report.bad(reason),
    };
    report.age = parts.age(with.at);
    let tried = Tried {
        scheme,
        request,
        parts: &parts,
        received: &received,
        with,
    };
    if received.is_empty() {
        if report.received.is_empty() {
            report.received = shown(scheme, scheme.signature.raw(request));
        }
        tried.show(own, &mut report);
        let what = scheme.signature.at.to_string();
        let near = near(&|| near::written_otherwise(&tried, own));
        report.verdict = Verdict::Bad {
            reason: Reason::Unreadable { what },
            near,
        };
        return report;
    }
    if !scheme.signature.is_everywhere(request, received.len()) {
        let what = scheme.signature.at.to_string();
        return report.bad(Reason::Missing { what });
    }
    if scheme.signed.has_form() && request.has_endless_form() {
        let what = "the form".to_owned();
        return report.bad(Reason::Unreadable { what });
    }
    if scheme.certificate.is_some() && tried.certificate().is_none() {
        report.verdict = Verdict::Unchecked {
            because: Because::NoCertificate,
        };
        return report;
    }
    let usable: Vec<&Secret> = own
        .iter()
        .copied()
        .filter(|secret| scheme.key.key(secret.expose()).is_some())
        .collect();
    let fits = usable
        .iter()
        .find(|secret| tried.fits(request, secret.expose()));
    let Some(secret) = fits else {
        tried.show(&usable, &mut report);
        let reason = match own.first() {
            Some(first) if usable.is_empty() => Reason::Secret {
                label: first.label.clone(),
                expected: scheme.key.to_string(),
            },
            _ => Reason::Mismatch,
        };
        let near = near(&|| near::misses(row, &tried, own));
        report.verdict = Verdict::Bad { reason, near };
        return report;
    };
    report.secret = Some(secret.label.clone());
    tried.show(&[secret], &mut report);
    if !digest_fits(scheme, request) {
        return report.bad(Reason::BodyDigest);
    }
    match out_of_time(scheme, &report, with) {
        Some(reason) => report.bad(reason),
        None => report,
    }
}

fn out_of_time(scheme: &Scheme, report: &Report, with: &With<'_>) -> Option<Reason> {
    let (age, tolerance) = (report.age?, with.tolerance.or(scheme.tolerance)?);
    let allowed = i64::try_from(tolerance).unwrap_or(i64::MAX);
    if tolerance == 0 {
        return None;
    }
    if age > allowed {
        return Some(Reason::TooOld { age, tolerance });
    }
    let ahead = age.saturating_neg();
    (scheme.refuses_future && ahead > allowed).then_some(Reason::TooEarly { ahead, tolerance })
}

fn digest_fits(scheme: &Scheme, request: &Request<'_>) -> bool {
    let named = scheme
        .body_digest
        .as_ref()
        .and_then(|digest| digest.at.read(request));
    named.is_none_or(|named| {
        let digest = Algorithm::Sha256.digest(&[], &request.body);
        let named = hex::decode(named).unwrap_or_default();
        digest.is_some_and(|digest| digest == named)
    })
}

impl Tried<'_> {
    /// What would be right with the first of these secrets, and over what.
    fn show(&self, secrets: &[&Secret], report: &mut Report) {
        let Some(secret) = secrets.first().filter(|_| !self.is_token()) else {
            return;
        };
        let signed = self.signed(self.request, secret.expose());
        // A preview of what holds the secret would show it.
        if !self.scheme.signed.has_secret() {
            let all = self.with.secrets.iter().map(Secret::expose);
            report.signed = Some(Preview::of(&signed, all));
        }
        let key = self.key(secret.expose());
        let digest = key.and_then(|key| self.scheme.algorithm.digest(&key, &signed));
        report.expected = digest.map(|digest| self.scheme.encoding.encode(&digest));
    }
}
