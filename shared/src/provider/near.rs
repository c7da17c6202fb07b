//! Small differences with which a signature would have fitted: they tell what went wrong.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::check::Tried;
use super::row::Row;
use super::secret::Secret;
use super::verdict::NearMiss;

/// Bodies beyond this many bytes are not tried in other forms.
const TRY_UP_TO: usize = 1024 * 1024;

/// All that would have fitted, most likely first; empty if nothing known would.
pub(super) fn misses(row: &Row, tried: &Tried<'_>, own: &[&Secret]) -> Vec<NearMiss> {
    let mut found = Vec::new();
    if tried.request.body.len() > TRY_UP_TO {
        return found;
    }
    let fits_any = |request: &super::request::Request<'_>| {
        own.iter()
            .any(|secret| tried.fits(request, secret.expose()))
    };
    if tried.scheme.signed.has_url() {
        for (url, how) in other_urls(&tried.request.url) {
            if fits_any(&tried.request.with_url(&url)) {
                let url = String::from_utf8_lossy(&url).into_owned();
                found.push(NearMiss::Url { url, how });
            }
        }
    }
    if tried.scheme.signed.has_body() {
        for (body, how) in other_bodies(&tried.request.body) {
            if fits_any(&tried.request.with_body(&body)) {
                found.push(NearMiss::Body { how });
            }
        }
    }
    for secret in own {
        for (text, how) in other_forms(secret.expose()) {
            if tried.fits(tried.request, &text) {
                found.push(NearMiss::SecretForm { how });
            }
        }
    }
    let is_own = |secret: &Secret| own.iter().any(|own| std::ptr::eq(*own, secret));
    for secret in tried.with.secrets.iter().filter(|secret| !is_own(secret)) {
        if tried.fits(tried.request, secret.expose()) {
            found.push(NearMiss::Secret {
                provider: secret.provider.clone(),
                label: secret.label.clone(),
            });
        }
    }
    let keys = row.scheme.iter().flat_map(|scheme| &scheme.test_keys);
    if keys.into_iter().any(|key| tried.fits(tried.request, key)) {
        found.push(NearMiss::TestKey);
    }
    found
}

/// The address with and without the usual port.
pub(super) fn other_ports(url: &[u8]) -> Vec<Vec<u8>> {
    let Some(parts) = UrlParts::of(url) else {
        return Vec::new();
    };
    let port: &[u8] = if parts.scheme == b"https" {
        b":443"
    } else {
        b":80"
    };
    match parts.port() {
        Some(_) => vec![parts.with(parts.scheme, parts.host(), parts.rest)],
        None => vec![parts.with(parts.scheme, &[parts.host(), port].concat(), parts.rest)],
    }
}

/// Other addresses a sender may have had in mind.
fn other_urls(url: &[u8]) -> Vec<(Vec<u8>, &'static str)> {
    let Some(parts) = UrlParts::of(url) else {
        return Vec::new();
    };
    let (scheme, how): (&[u8], _) = match parts.scheme {
        b"https" => (b"http", "http, not https"),
        _ => (b"https", "https, not http"),
    };
    let mut found = vec![(parts.with(scheme, parts.authority, parts.rest), how)];
    let ports = [("with the port", false), ("without the port", true)];
    for (how, is_there) in ports {
        if parts.port().is_some() == is_there {
            found.extend(other_ports(url).into_iter().map(|url| (url, how)));
        }
    }
    if parts.port().is_some() {
        found.push((
            parts.with(scheme, parts.host(), parts.rest),
            "the other scheme, and without the port",
        ));
    }
    let (path, query) = match parts.rest.iter().position(|&byte| byte == b'?') {
        Some(at) => parts.rest.split_at(at),
        None => (parts.rest, &b""[..]),
    };
    let (path, how) = match path.strip_suffix(b"/") {
        Some(path) => (path.to_vec(), "without the slash at the end"),
        None => ([path, b"/"].concat(), "with a slash at the end"),
    };
    found.push((
        parts.with(parts.scheme, parts.authority, &[&path, query].concat()),
        how,
    ));
    found.push((
        parts.with(scheme, parts.authority, &[&path, query].concat()),
        "the other scheme, and the slash at the end",
    ));
    if !query.is_empty() {
        let without = parts
            .rest
            .get(..parts.rest.len() - query.len())
            .unwrap_or_default();
        found.push((
            parts.with(parts.scheme, parts.authority, without),
            "without the query",
        ));
    }
    found
}

struct UrlParts<'a> {
    scheme: &'a [u8],
    authority: &'a [u8],
    rest: &'a [u8],
}

impl<'a> UrlParts<'a> {
    fn of(url: &'a [u8]) -> Option<Self> {
        let at = url.windows(3).position(|window| window == b"://")?;
        let (scheme, behind) = (url.get(..at)?, url.get(at + 3..)?);
        let end = behind.iter().position(|byte| matches!(byte, b'/' | b'?'));
        let (authority, rest) = behind.split_at(end.unwrap_or(behind.len()));
        Some(Self {
            scheme,
            authority,
            rest,
        })
    }

    fn port(&self) -> Option<&'a [u8]> {
        let at = self.authority.iter().rposition(|&byte| byte == b':')?;
        let port = self.authority.get(at + 1..)?;
        (!port.is_empty() && port.iter().all(u8::is_ascii_digit)).then_some(port)
    }

    fn host(&self) -> &'a [u8] {
        let port = self.port().map_or(0, |port| port.len() + 1);
        self.authority
            .get(..self.authority.len() - port)
            .unwrap_or_default()
    }

    fn with(&self, scheme: &[u8], authority: &[u8], rest: &[u8]) -> Vec<u8> {
        [scheme, b"://", authority, rest].concat()
    }
}

/// Other forms the body may have had when it was signed.
fn other_bodies(body: &[u8]) -> Vec<(Vec<u8>, String)> {
    let mut found: Vec<(Vec<u8>, String)> = Vec::new();
    let mut add = |body: Vec<u8>, how: &str| found.push((body, how.to_owned()));
    if body.ends_with(b"\n") {
        add(
            body.trim_ascii_end().to_vec(),
            "has no line break at the end",
        );
    } else {
        add([body, b"\n"].concat(), "has a line break at the end");
        add(
            [body, b"\r\n"].concat(),
            "has a line break (CR LF) at the end",
        );
    }
    if body.contains(&b'\r') {
        let unix = body.iter().copied().filter(|&byte| byte != b'\r').collect();
        add(unix, "has line breaks without CR");
    } else if body.contains(&b'\n') {
        add(with_cr(body), "has line breaks with CR");
    }
    if !body.is_empty() {
        add(Vec::new(), "is empty");
    }
    found.extend(super::json_forms::of(body));
    found
}

fn with_cr(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + 64);
    for &byte in body {
        if byte == b'\n' {
            out.push(b'\r');
        }
        out.push(byte);
    }
    out
}

/// Other forms in which the secret may have been stored.
fn other_forms(secret: &str) -> Vec<(String, &'static str)> {
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
    if let Some(bare) = trimmed.strip_prefix("whsec_") {
        found.push((bare.to_owned(), "is taken without whsec_"));
    }
    let decoded = STANDARD
        .decode(trimmed)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    found.extend(decoded.map(|text| (text, "is decoded from base64")));
    found
}
