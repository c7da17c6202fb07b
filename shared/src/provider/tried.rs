//! One scheme of one request, against which secrets are tried.

use std::borrow::Cow;

use super::algorithm::Algorithm;
use super::check::With;
use super::request::Request;
use super::scheme::Scheme;
use super::signed::Beside;
use super::verdict::Reason;
use crate::model::Timestamp;

/// What is signed beside the message itself.
pub(super) struct Parts {
    time: String,
    micros: Option<i64>,
    id: String,
}

impl Parts {
    pub(super) fn of(scheme: &Scheme, request: &Request<'_>) -> Result<Self, Reason> {
        let mut parts = Self {
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
            let found = id.read(request).into_iter().next();
            parts.id = found.ok_or(Reason::Missing { what })?;
        }
        Ok(parts)
    }

    /// Seconds between the time that was signed and this moment.
    pub(super) fn age(&self, at: Timestamp) -> Option<i64> {
        let micros = at.as_micros().saturating_sub(self.micros?);
        Some(micros.div_euclid(1_000_000))
    }
}

/// One scheme of one request, against which secrets are tried.
#[derive(Clone, Copy)]
pub(super) struct Tried<'a> {
    pub(super) scheme: &'a Scheme,
    pub(super) request: &'a Request<'a>,
    pub(super) parts: &'a Parts,
    pub(super) received: &'a [Vec<u8>],
    pub(super) with: &'a With<'a>,
}

impl Tried<'_> {
    /// Whether the signatures fit a request and a secret: one of them, or all where they must.
    pub(super) fn fits(&self, request: &Request<'_>, secret: &str) -> bool {
        self.fits_exactly(request, secret)
            || (self.other_urls(request).iter())
                .any(|url| self.fits_exactly(&request.with_url(url), secret))
    }

    /// Other addresses that count as the same.
    pub(super) fn other_urls(&self, request: &Request<'_>) -> Vec<Vec<u8>> {
        if !self.scheme.signed.has_url() {
            return Vec::new();
        }
        let mut found = self.scheme.other_urls(&request.url);
        if let Some(url) = request.also_url() {
            found.push(url.to_vec());
            found.extend(self.scheme.other_urls(url));
        }
        found
    }

    fn fits_exactly(&self, request: &Request<'_>, secret: &str) -> bool {
        let Some(key) = self.key(secret) else {
            return false;
        };
        let signed = self.signed(request, secret);
        self.fits_bytes(self.scheme.algorithm, &key, &signed)
    }

    /// Whether the signatures fit a key and what is signed, by any algorithm.
    pub(super) fn fits_bytes(&self, algorithm: Algorithm, key: &[u8], signed: &[u8]) -> bool {
        let check = algorithm.checker(key, signed);
        if self.scheme.signature.every.is_some() {
            !self.received.is_empty() && self.received.iter().all(|received| check(received))
        } else {
            self.received.iter().any(|received| check(received))
        }
    }

    pub(super) fn signed<'r>(&self, request: &'r Request<'_>, secret: &str) -> Cow<'r, [u8]> {
        let beside = Beside {
            time: &self.parts.time,
            id: &self.parts.id,
            secret: secret.as_bytes(),
        };
        self.scheme.signed.bytes(request, beside)
    }

    /// The key to check with: the certificate's, where the provider sends its address.
    pub(super) fn key(&self, secret: &str) -> Option<Vec<u8>> {
        match &self.scheme.certificate {
            None => self.scheme.key.key(secret),
            Some(_) => self.certificate(),
        }
    }

    /// The key of the certificate whose address is in the request, if it is at hand.
    pub(super) fn certificate(&self) -> Option<Vec<u8>> {
        let url = self.scheme.certificate.as_ref()?.read(self.request)?;
        let mut known = self.with.certificates.iter();
        let found = known.find(|own| own.url == url && own.good.contains(&self.with.at));
        found.map(|own| own.key.clone())
    }

    pub(super) fn is_token(&self) -> bool {
        self.scheme.algorithm == Algorithm::Token
    }
}
