//! Where a relay is: `host`, `host:port`, or `https://host`.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

/// The address of a relay's tunnel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelayAddress {
    /// Host name or IP address, without brackets.
    pub host: String,
    /// UDP port.
    pub port: u16,
}

/// Why a text is not a relay's address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a relay: {reason}; give host, host:port or https://host")]
pub struct RelayAddressError {
    text: String,
    reason: String,
}

impl FromStr for RelayAddress {
    type Err = RelayAddressError;

    fn from_str(text: &str) -> Result<Self, RelayAddressError> {
        // What may hold a password is not repeated.
        let shown = if text.contains('@') { "…@…" } else { text };
        let fail = |reason: &str| RelayAddressError {
            text: shown.to_owned(),
            reason: reason.to_owned(),
        };
        let url = if text.contains("://") {
            text.to_owned()
        } else {
            format!("https://{text}")
        };
        let url = Url::parse(&url).map_err(|error| fail(&error.to_string()))?;
        if url.scheme() != "https" {
            return Err(fail(&format!(
                "the scheme {} is not supported",
                url.scheme()
            )));
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || !url.username().is_empty() {
            return Err(fail("only host and port belong there"));
        }
        let host = match url.host() {
            Some(Host::Ipv6(ip)) => ip.to_string(),
            Some(host) => host.to_string(),
            None => return Err(fail("there is no host")),
        };
        Ok(Self {
            host,
            port: url.port_or_known_default().unwrap_or(443),
        })
    }
}

impl fmt::Display for RelayAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relay_is_a_host_with_443_unless_another_port_is_given() {
        for (text, shown) in [
            ("hooks.example.com", "hooks.example.com:443"),
            ("https://hooks.example.com/", "hooks.example.com:443"),
            ("127.0.0.1:4433", "127.0.0.1:4433"),
            ("[::1]:4433", "[::1]:4433"),
        ] {
            assert_eq!(text.parse::<RelayAddress>().unwrap().to_string(), shown);
        }
        for text in ["", "http://a", "a/b", "u@a", "a:99999"] {
            assert!(text.parse::<RelayAddress>().is_err(), "{text}");
        }
    }
}
