//! Where an origin is: `3000`, `host:3000`, or a URL.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

/// How to talk to an origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Without TLS.
    Http,
    /// With TLS.
    Https,
}

/// An origin's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// With or without TLS.
    pub scheme: Scheme,
    /// Host name or IP address, without brackets.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Path that goes before that of every request; no slash at its end, often empty.
    pub path: String,
}

/// Why a text is not an origin's address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is not an origin: {reason}; give a port (3000), host:port, or a URL (http://localhost:3000)"
)]
pub struct AddressError {
    text: String,
    reason: String,
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        // What may hold a password is not repeated.
        let shown = if text.contains('@') { "…@…" } else { text };
        let fail = |reason: &str| AddressError {
            text: shown.to_owned(),
            reason: reason.to_owned(),
        };
        let is_port = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let url = if is_port {
            format!("http://localhost:{text}")
        } else if text.contains("://") {
            text.to_owned()
        } else {
            format!("http://{text}")
        };
        let url = Url::parse(&url).map_err(|error| fail(&error.to_string()))?;
        let scheme = match url.scheme() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            other => return Err(fail(&format!("the scheme {other} is not supported"))),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(fail("user and password do not belong there"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(fail("a query or fragment does not belong there"));
        }
        let host = match url.host() {
            Some(Host::Ipv6(ip)) => ip.to_string(),
            Some(host) => host.to_string(),
            None => return Err(fail("there is no host")),
        };
        let port = url
            .port_or_known_default()
            .filter(|port| *port != 0)
            .ok_or_else(|| fail("there is no port"))?;
        // A word that is no host and has no port is a mistyped verb.
        if !text.contains("://") && !text.contains(':') && !is_port {
            return Err(fail("there is no port"));
        }
        Ok(Self {
            scheme,
            host,
            port,
            path: url.path().trim_end_matches('/').to_owned(),
        })
    }
}

impl Address {
    /// Host and port as in a Host header.
    #[must_use]
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') {
            format!("[{}]", self.host)
        } else {
            self.host.clone()
        };
        let default = match self.scheme {
            Scheme::Http => 80,
            Scheme::Https => 443,
        };
        if self.port == default {
            host
        } else {
            format!("{host}:{}", self.port)
        }
    }

    /// Whether it is on this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.host.eq_ignore_ascii_case("localhost")
            || self.host.to_ascii_lowercase().ends_with(".localhost")
            || self
                .host
                .parse()
                .is_ok_and(|ip: std::net::IpAddr| ip.is_loopback() || ip.is_unspecified())
    }

    /// Whether it is where machines in a cloud get their credentials from.
    #[must_use]
    pub fn is_link_local(&self) -> bool {
        let ip: Result<std::net::IpAddr, _> = self.host.parse();
        matches!(ip.map(|ip| ip.to_canonical()), Ok(std::net::IpAddr::V4(ip)) if ip.is_link_local())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.scheme {
            Scheme::Http => "http",
            Scheme::Https => "https",
        };
        write!(f, "{scheme}://{}{}", self.authority(), self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_hosts_and_urls_are_understood() {
        for (text, shown) in [
            ("3000", "http://localhost:3000"),
            ("localhost:3000", "http://localhost:3000"),
            ("127.0.0.1:3000/", "http://127.0.0.1:3000"),
            ("[::1]:3000", "http://[::1]:3000"),
            ("http://localhost:3000/api/", "http://localhost:3000/api"),
            ("https://localhost", "https://localhost"),
            (
                "https://staging.example.com:8443/hooks",
                "https://staging.example.com:8443/hooks",
            ),
        ] {
            assert_eq!(
                text.parse::<Address>().unwrap().to_string(),
                shown,
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_origin_is_refused_with_the_forms_that_are() {
        for text in [
            "",
            "http",
            "0",
            "70000",
            "ftp://a:1",
            "http://u:p@a:1",
            "http://a:1/?q",
            "a b:1",
            "web",
        ] {
            let error = text.parse::<Address>().unwrap_err().to_string();
            assert!(error.contains("give a port (3000)"), "{text}: {error}");
        }
    }

    #[test]
    fn loopback_is_recognised_in_all_its_forms() {
        for (text, loopback) in [
            ("3000", true),
            ("[::1]:1", true),
            ("127.1.2.3:1", true),
            ("app.localhost:1", true),
            ("0.0.0.0:1", true),
            ("192.168.1.2:1", false),
            ("https://a.example", false),
        ] {
            assert_eq!(
                text.parse::<Address>().unwrap().is_loopback(),
                loopback,
                "{text}"
            );
        }
    }
}
