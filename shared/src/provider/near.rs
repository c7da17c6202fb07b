//! Small differences with which a signature would have fitted: they tell what went wrong.

use std::cell::Cell;

use super::algorithm::{Algorithm, Encoding};
use super::request::Request;
use super::row::Row;
use super::scheme::MOST_SIGNATURES;
use super::secret::Secret;
use super::tried::Tried;
use super::verdict::NearMiss;
use super::{bodies, urls};

/// Bodies beyond this many bytes are not tried in other forms.
const TRY_UP_TO: usize = 1024 * 1024;

/// Most bytes that are digested for one request: what is tried is many forms × many secrets, and
/// a sender must not be able to make that last. The likeliest come first.
const MOST_BYTES: usize = 32 * 1024 * 1024;

/// What a check with a public key costs, in bytes digested in the same time.
const PUBLIC_KEY: usize = 128 * 1024;

/// What any check costs beside its bytes.
const EACH: usize = 512;

struct Budget(Cell<usize>);

impl Budget {
    /// Takes the cost of one try; tells whether it may be made.
    fn allows(&self, tried: &Tried<'_>, bytes: usize) -> bool {
        let others = tried.other_urls(tried.request).len();
        let times = 1 + others;
        let mut cost = (bytes + EACH) * times;
        if tried.scheme.algorithm.is_asymmetric() {
            cost += PUBLIC_KEY * tried.received.len() * times;
        }
        let left = self.0.get().checked_sub(cost);
        self.0.set(left.unwrap_or(0));
        left.is_some()
    }
}

/// All that would have fitted, most likely first; empty if nothing known would.
pub(super) fn misses(row: &Row, tried: &Tried<'_>, own: &[&Secret]) -> Vec<NearMiss> {
    let mut found = Vec::new();
    let request = tried.request;
    if request.body.len() > TRY_UP_TO {
        return found;
    }
    let budget = Budget(Cell::new(MOST_BYTES));
    let fits = |request: &Request<'_>, secret: &str| {
        budget.allows(tried, request.body.len()) && tried.fits(request, secret)
    };
    let fits_any = |request: &Request<'_>| own.iter().any(|secret| fits(request, secret.expose()));

    for secret in own {
        for (text, how) in other_secrets(secret.expose()) {
            if fits(request, &text) {
                let how = how.to_owned();
                found.push(NearMiss::SecretForm { how });
            }
        }
    }
    let is_own = |secret: &Secret| own.iter().any(|own| std::ptr::eq(*own, secret));
    for secret in tried.with.secrets.iter().filter(|secret| !is_own(secret)) {
        if fits(request, secret.expose()) {
            found.push(NearMiss::Secret {
                provider: secret.provider.clone(),
                label: secret.label.clone(),
                name: secret.name.clone(),
            });
        }
    }
    let mut keys = row.scheme.iter().flat_map(|scheme| &scheme.test_keys);
    if keys.any(|key| fits(request, key)) {
        found.push(NearMiss::TestKey);
    }
    if tried.scheme.signed.has_url() {
        let mut others = urls::others(&request.url).into_iter();
        let other = others.find(|(url, _)| fits_any(&request.with_url(url)));
        found.extend(other.map(|(url, how)| NearMiss::Url {
            url: String::from_utf8_lossy(&url).into_owned(),
            how: how.to_owned(),
        }));
    }
    if tried.is_token() {
        return found;
    }
    found.extend(cut_short(tried, own, &budget));
    for secret in own {
        found.extend(keyed_otherwise(tried, secret.expose(), &budget));
        found.extend(computed_otherwise(tried, secret.expose(), &budget));
    }
    if tried.scheme.signed.has_body() {
        let other = bodies::first(&request.body, |body| fits_any(&request.with_body(body)));
        found.extend(other.map(|how| NearMiss::Body { how }));
    }
    found
}

/// The right signature, but written another way than the provider does.
pub(super) fn written_otherwise(tried: &Tried<'_>, own: &[&Secret]) -> Vec<NearMiss> {
    let place = &tried.scheme.signature;
    if tried.is_token() {
        return Vec::new();
    }
    let raw: Vec<String> = (place.raw(tried.request).iter())
        .flat_map(|raw| raw.split([' ', ',', ';']))
        .filter(|raw| !raw.is_empty())
        .take(MOST_SIGNATURES)
        .map(str::to_owned)
        .collect();
    let writings = [
        (Encoding::Hex, "is in hexadecimal"),
        (Encoding::Base64, "is in base64"),
        (Encoding::Base64Url, "is in base64url"),
    ];
    let budget = Budget(Cell::new(MOST_BYTES));
    for (encoding, how) in writings {
        let behind = |raw: &String| {
            let bare = raw.strip_prefix(&place.prefix).unwrap_or(raw);
            // Another label before it, or none: `sha1=`, `v1,`.
            let unlabelled = raw.split_once(['=', ':']).map(|(_, behind)| behind);
            let all = [Some(bare), unlabelled].into_iter().flatten();
            all.filter_map(|text| encoding.decode(text))
                .collect::<Vec<_>>()
        };
        let received: Vec<Vec<u8>> = raw.iter().flat_map(behind).collect();
        let tried = Tried {
            received: &received,
            ..*tried
        };
        let fits = |secret: &&Secret| {
            budget.allows(&tried, tried.request.body.len())
                && tried.fits(tried.request, secret.expose())
        };
        if !received.is_empty() && own.iter().any(fits) {
            let prefix = &place.prefix;
            let missing = !prefix.is_empty() && !raw.iter().any(|raw| raw.starts_with(prefix));
            let how = match (encoding == tried.scheme.encoding, missing) {
                (true, true) => format!("does not have {prefix} before it"),
                (false, true) => format!("{how}, without {prefix} before it"),
                _ => how.to_owned(),
            };
            return vec![NearMiss::Written { how }];
        }
    }
    Vec::from_iter(cut_short(tried, own, &budget))
}

/// The beginning of the right signature: what it went through had no room for all of it.
fn cut_short(tried: &Tried<'_>, own: &[&Secret], budget: &Budget) -> Option<NearMiss> {
    /// Fewer characters may fit by chance.
    const LEAST: usize = 16;
    let scheme = tried.scheme;
    let received = scheme.signature.read(tried.request);
    let begins = |expected: &String, text: &String| {
        let begin = expected.get(..text.len());
        text.len() >= LEAST
            && text.len() < expected.len()
            && begin.is_some_and(|begin| match scheme.encoding {
                Encoding::Hex => begin.eq_ignore_ascii_case(text),
                _ => begin == text,
            })
    };
    let found = own.iter().any(|secret| {
        let expected = || {
            let signed = tried.signed(tried.request, secret.expose());
            let key = tried.key(secret.expose())?;
            let digest = scheme.algorithm.digest(&key, &signed)?;
            Some(scheme.encoding.encode(&digest))
        };
        budget.allows(tried, tried.request.body.len())
            && expected()
                .is_some_and(|expected| received.iter().any(|text| begins(&expected, text)))
    });
    let how = "is cut short".to_owned();
    found.then_some(NearMiss::Written { how })
}

/// With this secret, but with another key made of it.
fn keyed_otherwise(tried: &Tried<'_>, secret: &str, budget: &Budget) -> Vec<NearMiss> {
    let scheme = tried.scheme;
    if scheme.algorithm.is_asymmetric() || scheme.signed.has_secret() {
        return Vec::new();
    }
    let signed = tried.signed(tried.request, secret);
    let keys = [tried.key(secret), tried.key(secret.trim())];
    let mut found = Vec::new();
    for (other, how) in other_keys(secret) {
        let is_new = !other.is_empty() && !keys.iter().flatten().any(|key| *key == other);
        if is_new
            && budget.allows(tried, signed.len())
            && tried.fits_bytes(scheme.algorithm, &other, &signed)
        {
            let how = how.to_owned();
            found.push(NearMiss::SecretForm { how });
        }
    }
    found
}

/// With this secret, but by another algorithm, or over the body alone.
fn computed_otherwise(tried: &Tried<'_>, secret: &str, budget: &Budget) -> Vec<NearMiss> {
    let Some(key) = tried.key(secret) else {
        return Vec::new();
    };
    let scheme = tried.scheme;
    let body = &tried.request.body[..];
    let signed = tried.signed(tried.request, secret);
    let fits = |algorithm: Algorithm, signed: &[u8]| {
        budget.allows(tried, signed.len()) && tried.fits_bytes(algorithm, &key, signed)
    };
    let mut found = Vec::new();
    let mut add = |how: &str| {
        let how = how.to_owned();
        found.push(NearMiss::Computed { how });
    };
    if !scheme.signed.is_body_alone() && fits(scheme.algorithm, body) {
        add("is over the body alone");
    }
    if scheme.algorithm.is_asymmetric() {
        return found;
    }
    let hmacs = [
        (Algorithm::HmacSha1, "is an HMAC with SHA-1"),
        (Algorithm::HmacSha256, "is an HMAC with SHA-256"),
        (Algorithm::HmacSha512, "is an HMAC with SHA-512"),
    ];
    for (algorithm, how) in hmacs {
        if algorithm != scheme.algorithm {
            // A plain digest has the secret in what is signed; an HMAC has it as its key.
            let over = if scheme.signed.has_secret() {
                body
            } else {
                &signed[..]
            };
            if fits(algorithm, over) {
                add(how);
            }
        }
    }
    if scheme.algorithm != Algorithm::Sha256 {
        let with_secret = [secret.as_bytes(), &signed].concat();
        if fits(Algorithm::Sha256, &with_secret) {
            add("is a plain SHA-256 of secret and content, not an HMAC");
        }
    }
    found
}

/// Other forms in which the secret may have been stored.
fn other_secrets(secret: &str) -> Vec<(String, &'static str)> {
    let mut found = Vec::new();
    let trimmed = secret.trim();
    if trimmed != secret {
        found.push((trimmed.to_owned(), "has no blanks around it"));
    }
    let quoted = ['"', '\''].iter().find_map(|&quote| {
        let inside = trimmed.strip_prefix(quote)?.strip_suffix(quote)?;
        Some(inside.to_owned())
    });
    found.extend(quoted.map(|inside| (inside, "has no quotes around it")));
    found
}

/// Other keys that may be made of a secret.
fn other_keys(secret: &str) -> Vec<(Vec<u8>, &'static str)> {
    let bare = secret.trim();
    let behind = bare.strip_prefix("whsec_");
    let mut found = vec![(bare.as_bytes().to_vec(), "is taken as text, as it stands")];
    found.extend(behind.map(|text| (text.as_bytes().to_vec(), "is taken as text, without whsec_")));
    let text = behind.unwrap_or(bare);
    for (encoding, how) in [
        (Encoding::Hex, "is decoded from hexadecimal"),
        (Encoding::Base64, "is decoded from base64"),
    ] {
        found.extend(encoding.decode(text).map(|key| (key, how)));
    }
    found
}
