//! Whether a signature fits, and if not, why.

use super::near;
use super::request::Request;
use super::row::Row;
use super::scheme::Scheme;
use super::secret::Secret;
use super::signed::Beside;
use super::verdict::{Because, Preview, Reason, Report, Verdict};
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
    /// Public keys of certificates by their address (PayPal); DER (RFC 5280 SPKI).
    pub certificates: &'a [(String, Vec<u8>)],
}

/// Checks the signature of a request from a known provider. `whole` is whether the body is all
/// of what came.
#[must_use]
pub fn check(row: &Row, request: &Request<'_>, whole: bool, with: &With<'_>) -> Report {
    let id = Some(row.id.as_str());
    if row.scheme.is_empty() {
        return Report::unchecked(id, Because::NotSigned);
    }
    let there = |scheme: &&Scheme| scheme.signature.is_there(request);
    let schemes: Vec<&Scheme> = row.scheme.iter().filter(there).collect();
    let Some(best) = schemes.first() else {
        return Report::bare(id, Verdict::Unsigned);
    };
    let own: Vec<&Secret> = secrets_of(row, with).collect();
    if own.is_empty() {
        let mut report = Report::bare(id, Verdict::NoSecret);
        report.scheme = Some(best.name.clone());
        report.received = best.signature.read(request);
        return report;
    }
    if !whole {
        return Report::unchecked(id, Because::BodyIncomplete);
    }
    let looked_at = if row.any_scheme {
        &schemes[..]
    } else {
        &schemes[..1]
    };
    let mut first = None;
    for scheme in looked_at {
        let report = one(row, scheme, request, &own, with);
        if report.verdict == Verdict::Good {
            return report;
        }
        first.get_or_insert(report);
    }
    first.unwrap_or_else(|| Report::bare(id, Verdict::Unsigned))
}

/// The secrets that count for a request: its provider's, for its name or for all.
pub fn secrets_of<'a>(row: &Row, with: &With<'a>) -> impl Iterator<Item = &'a Secret> {
    let (id, name) = (row.id.clone(), with.name);
    with.secrets.iter().filter(move |secret| {
        secret.provider == id && secret.name.as_deref().is_none_or(|own| own == name)
    })
}

fn one(
    row: &Row,
    scheme: &Scheme,
    request: &Request<'_>,
    own: &[&Secret],
    with: &With<'_>,
) -> Report {
    let bad = |report: &mut Report, reason| {
        report.verdict = Verdict::Bad {
            reason,
            near: Vec::new(),
        };
    };
    let mut report = Report::bare(Some(&row.id), Verdict::Good);
    report.scheme = Some(scheme.name.clone());
    report.tried = own.iter().map(|secret| secret.label.clone()).collect();
    report.received = scheme.signature.read(request);
    let place = scheme.signature.at.to_string();
    let received: Vec<Vec<u8>> = decoded(scheme, &report.received);
    if received.is_empty() {
        bad(&mut report, Reason::Unreadable { what: place });
        return report;
    }
    let parts = match parts(scheme, request) {
        Ok(parts) => parts,
        Err(reason) => {
            bad(&mut report, reason);
            return report;
        }
    };
    report.age = parts
        .micros
        .map(|micros| (with.at.as_micros() - micros).div_euclid(1_000_000));
    let tried = Tried {
        scheme,
        request,
        parts: &parts,
        received: &received,
        with,
    };
    let Some(secret) = own
        .iter()
        .find(|secret| tried.fits(request, secret.expose()))
    else {
        if let Some(first) = own.first() {
            tried.expected(first, &mut report);
        }
        if scheme.algorithm.is_asymmetric() && !tried.has_certificate() {
            report.verdict = Verdict::Unchecked {
                because: Because::NoCertificate,
            };
            return report;
        }
        report.verdict = Verdict::Bad {
            reason: Reason::Mismatch,
            near: near::misses(row, &tried, own),
        };
        return report;
    };
    report.secret = Some(secret.label.clone());
    tried.expected(secret, &mut report);
    if !digest_fits(scheme, request) {
        bad(&mut report, Reason::BodyDigest);
        return report;
    }
    if let (Some(age), Some(tolerance)) = (report.age, with.tolerance.or(scheme.tolerance))
        && tolerance > 0
    {
        if age > i64::try_from(tolerance).unwrap_or(i64::MAX) {
            bad(&mut report, Reason::TooOld { age, tolerance });
        } else if scheme.refuses_future && -age > i64::try_from(tolerance).unwrap_or(i64::MAX) {
            bad(
                &mut report,
                Reason::TooEarly {
                    ahead: -age,
                    tolerance,
                },
            );
        }
    }
    report
}

/// What is signed beside the message itself.
pub(super) struct Parts {
    pub(super) time: String,
    micros: Option<i64>,
    pub(super) id: String,
}

fn parts(scheme: &Scheme, request: &Request<'_>) -> Result<Parts, Reason> {
    let mut parts = Parts {
        time: String::new(),
        micros: None,
        id: String::new(),
    };
    if let Some(time) = &scheme.time {
        let what = time.at.to_string();
        let text = time.read(request).filter(|text| !text.is_empty());
        parts.time = text.ok_or_else(|| Reason::Missing { what: what.clone() })?;
        let micros = time.unit.micros(&parts.time);
        parts.micros = Some(micros.ok_or(Reason::Unreadable { what })?);
    }
    if let Some(id) = &scheme.id {
        let what = id.at.to_string();
        parts.id = id
            .read(request)
            .into_iter()
            .next()
            .ok_or(Reason::Missing { what })?;
    }
    Ok(parts)
}

fn decoded(scheme: &Scheme, received: &[String]) -> Vec<Vec<u8>> {
    let decode = |text: &String| scheme.encoding.decode(text);
    received.iter().filter_map(decode).collect()
}

fn digest_fits(scheme: &Scheme, request: &Request<'_>) -> bool {
    let named = scheme
        .body_digest
        .as_ref()
        .and_then(|digest| digest.at.read(request));
    named.is_none_or(|named| {
        let digest = super::algorithm::Algorithm::Sha256.digest(&[], &request.body);
        let named = hex::decode(named).unwrap_or_default();
        digest.is_some_and(|digest| digest == named)
    })
}

/// One scheme of one request, against which secrets are tried.
pub(super) struct Tried<'a> {
    pub(super) scheme: &'a Scheme,
    pub(super) request: &'a Request<'a>,
    pub(super) parts: &'a Parts,
    pub(super) received: &'a [Vec<u8>],
    pub(super) with: &'a With<'a>,
}

impl Tried<'_> {
    /// Whether any of the signatures fits a request and a secret.
    pub(super) fn fits(&self, request: &Request<'_>, secret: &str) -> bool {
        if self.fits_exactly(request, secret) {
            return true;
        }
        self.scheme.any_port
            && near::other_ports(&request.url)
                .iter()
                .any(|url| self.fits_exactly(&request.with_url(url), secret))
    }

    fn fits_exactly(&self, request: &Request<'_>, secret: &str) -> bool {
        let algorithm = self.scheme.algorithm;
        let Some(key) = self.key(secret) else {
            return false;
        };
        let signed = self.signed(request, secret);
        let mut received = self.received.iter();
        received.any(|received| algorithm.verify(&key, &signed, received))
    }

    pub(super) fn signed(&self, request: &Request<'_>, secret: &str) -> Vec<u8> {
        let beside = Beside {
            time: &self.parts.time,
            id: &self.parts.id,
            secret: secret.as_bytes(),
        };
        self.scheme.signed.bytes(request, beside)
    }

    /// The key to check with: the certificate's, where the provider sends its address.
    fn key(&self, secret: &str) -> Option<Vec<u8>> {
        match &self.scheme.certificate {
            None => self.scheme.key.key(secret),
            Some(at) => {
                let url = at.read(self.request)?;
                let mut known = self.with.certificates.iter();
                known
                    .find(|(own, _)| *own == url)
                    .map(|(_, key)| key.clone())
            }
        }
    }

    fn has_certificate(&self) -> bool {
        self.scheme.certificate.is_none() || self.key("").is_some()
    }

    fn expected(&self, secret: &Secret, report: &mut Report) {
        let signed = self.signed(self.request, secret.expose());
        // A preview of what holds the secret would show it; a token is the secret.
        if !self.scheme.signed.has_secret() {
            report.signed = Some(Preview::of(&signed));
        }
        let digest = match self.scheme.algorithm {
            super::algorithm::Algorithm::Token => None,
            algorithm => self
                .key(secret.expose())
                .and_then(|key| algorithm.digest(&key, &signed)),
        };
        report.expected = digest.map(|digest| self.scheme.encoding.encode(&digest));
    }
}
