//! Which name a request is for: by host (`NAME.DOMAIN`) or by path (`DOMAIN/~NAME/…`).

use std::borrow::Cow;

use bytes::Bytes;

/// Whom a request is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Addressed {
    /// A name, and what of the path is left for its origin.
    Name {
        /// In lower case; perhaps not a possible name, and then not a known one either.
        name: String,
        /// The target in origin form, without the prefix.
        target: Bytes,
        /// The prefix that was taken off the path, as sent.
        prefix: Option<Bytes>,
    },
    /// The relay itself.
    Relay,
    /// A host that is not the relay's.
    Foreign,
}

/// Finds out whom a request is for. `host` is the Host field's value, as sent.
#[must_use]
pub fn addressed(host: &[u8], target: &Bytes, domain: &str) -> Addressed {
    let host = canonical(host);
    if host == domain {
        return by_path(target);
    }
    match host
        .strip_suffix(domain)
        .and_then(|front| front.strip_suffix('.'))
    {
        Some(name) if !name.contains('.') => Addressed::Name {
            name: name.to_owned(),
            target: target.clone(),
            prefix: None,
        },
        Some(_) => Addressed::Name {
            name: String::new(),
            target: target.clone(),
            prefix: None,
        },
        // By address, names can only be told by path; that is how a trial begins.
        None if is_local(&host) => by_path(target),
        None => Addressed::Foreign,
    }
}

fn is_local(host: &str) -> bool {
    let literal = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || literal.parse::<std::net::IpAddr>().is_ok()
}

/// The host without port and trailing dot, in lower case.
#[must_use]
pub fn canonical(host: &[u8]) -> Cow<'_, str> {
    let text = std::str::from_utf8(host).unwrap_or_default();
    let bare = match text.rsplit_once(':') {
        Some((bare, port)) if port.bytes().all(|b| b.is_ascii_digit()) => bare,
        _ => text,
    };
    let bare = bare.strip_suffix('.').unwrap_or(bare);
    if bare.bytes().any(|b| b.is_ascii_uppercase()) {
        bare.to_ascii_lowercase().into()
    } else {
        bare.into()
    }
}

/// `/~NAME`, `/~NAME/…`, `/~NAME?…`. The name is matched on the raw bytes: nothing is decoded.
fn by_path(target: &Bytes) -> Addressed {
    if !target.starts_with(b"/~") {
        return Addressed::Relay;
    }
    let end = target
        .iter()
        .skip(1)
        .position(|&b| b == b'/' || b == b'?')
        .map_or(target.len(), |at| at + 1);
    let name = String::from_utf8_lossy(&target[2..end]).to_ascii_lowercase();
    let (prefix, rest) = (target.slice(..end), target.slice(end..));
    let target = if rest.starts_with(b"/") {
        rest
    } else {
        [b"/", &rest[..]].concat().into()
    };
    Addressed::Name {
        name,
        target,
        prefix: Some(prefix),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(host: &str, target: &str) -> Option<(String, String, Option<String>)> {
        let text = |bytes: &Bytes| String::from_utf8(bytes.to_vec()).unwrap();
        match addressed(
            host.as_bytes(),
            &Bytes::copy_from_slice(target.as_bytes()),
            "hooks.example",
        ) {
            Addressed::Name {
                name,
                target,
                prefix,
            } => Some((name, text(&target), prefix.as_ref().map(text))),
            _ => None,
        }
    }

    #[test]
    fn a_host_below_the_domain_is_a_name_whatever_its_case_port_or_dot() {
        for host in [
            "otter.hooks.example",
            "OTTER.Hooks.Example",
            "otter.hooks.example.",
            "otter.hooks.example:8080",
        ] {
            assert_eq!(
                name(host, "/a?b"),
                Some(("otter".into(), "/a?b".into(), None)),
                "{host}"
            );
        }
    }

    #[test]
    fn a_path_with_a_tilde_is_a_name_and_loses_its_prefix() {
        for (target, rest) in [
            ("/~otter/a%2fb?c=1", "/a%2fb?c=1"),
            ("/~otter", "/"),
            ("/~otter?c", "/?c"),
            ("/~Otter/", "/"),
        ] {
            let (found, left, prefix) = name("hooks.example", target).unwrap();
            assert_eq!((found.as_str(), left.as_str()), ("otter", rest), "{target}");
            assert!(target.starts_with(&prefix.unwrap()), "{target}");
        }
    }

    #[test]
    fn encoded_names_are_not_decoded() {
        assert_eq!(name("hooks.example", "/~ot%74er/a").unwrap().0, "ot%74er");
    }

    #[test]
    fn the_bare_domain_is_the_relay_and_other_hosts_are_foreign() {
        let target = Bytes::from_static(b"/");
        let by_path = Bytes::from_static(b"/~otter/a");
        for host in [&b"127.0.0.1:8080"[..], b"localhost:8080", b"[::1]:8080"] {
            assert_eq!(addressed(host, &target, "hooks.example"), Addressed::Relay);
            let named = addressed(host, &by_path, "hooks.example");
            assert!(matches!(named, Addressed::Name { .. }));
        }
        assert_eq!(
            addressed(b"hooks.example:1", &target, "hooks.example"),
            Addressed::Relay
        );
        assert_eq!(
            addressed(b"evil.example", &target, "hooks.example"),
            Addressed::Foreign
        );
        assert_eq!(
            addressed(b"xhooks.example", &target, "hooks.example"),
            Addressed::Foreign
        );
        assert_eq!(name("a.b.hooks.example", "/").unwrap().0, "");
    }
}
