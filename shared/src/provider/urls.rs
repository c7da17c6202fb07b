//! The same address as others may write it.

/// The address with and without the usual port.
pub(super) fn other_ports(url: &[u8]) -> Vec<Vec<u8>> {
    let Some(parts) = Parts::of(url) else {
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
pub(super) fn others(url: &[u8]) -> Vec<(Vec<u8>, &'static str)> {
    let Some(parts) = Parts::of(url) else {
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
    // Some decode what need not have been encoded before they sign.
    let decoded = decoded(url, |_| true);
    if decoded != url {
        found.push((decoded, "with its percent signs decoded"));
    }
    found
}

struct Parts<'a> {
    scheme: &'a [u8],
    authority: &'a [u8],
    rest: &'a [u8],
}

impl<'a> Parts<'a> {
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

/// With the escapes of certain bytes decoded.
pub(super) fn decoded(url: &[u8], which: impl Fn(u8) -> bool) -> Vec<u8> {
    let digit = |at: usize| {
        let digit = char::from(*url.get(at)?).to_digit(16)?;
        u8::try_from(digit).ok()
    };
    let mut out = Vec::with_capacity(url.len());
    let mut at = 0;
    while let Some(&byte) = url.get(at) {
        let escaped = (byte == b'%').then(|| Some(digit(at + 1)? << 4 | digit(at + 2)?));
        match escaped.flatten().filter(|&escaped| which(escaped)) {
            Some(escaped) => {
                out.push(escaped);
                at += 3;
            }
            None => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}
