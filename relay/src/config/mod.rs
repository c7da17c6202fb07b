//! What a relay is told to be, checked.

mod limits;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

pub use limits::Limits;

/// Everything a relay needs to know.
#[derive(Debug, Clone)]
pub struct Config {
    /// Names are labels below this domain, in lower case.
    pub domain: String,
    /// Public listener without TLS.
    pub http: Option<SocketAddr>,
    /// Public listener with TLS.
    pub https: Option<SocketAddr>,
    /// Where clients connect, by QUIC.
    pub tunnel: SocketAddr,
    /// Health and, later, metrics. Loopback only.
    pub admin: Option<SocketAddr>,
    /// Where certificates come from.
    pub tls: Tls,
    /// Where keys and names are kept; in memory only if not given.
    pub data: Option<PathBuf>,
    /// Whether clients without a token may connect from other machines.
    pub anonymous: bool,
    /// Whether the bare domain and address lead to the only tunnel, if there is but one.
    pub bare: bool,
    /// How many threads serve the public listeners.
    pub threads: usize,
    /// Limits and time-outs.
    pub limits: Limits,
}

/// Where the certificates of the TLS listener and of the tunnel come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tls {
    /// No TLS listener; the tunnel has a key of its own, to be pinned.
    Off,
    /// A key of our own, to be pinned.
    SelfSigned,
    /// PEM files: chain and key.
    Files {
        /// Certificate chain.
        cert: PathBuf,
        /// Private key.
        key: PathBuf,
    },
}

/// Why a configuration cannot work.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ConfigError {
    /// The domain is not a host name.
    #[error("--domain {0:?} is not a host name, such as hooks.example.com")]
    Domain(String),
    /// Tunnels from other machines, without tokens.
    #[error(
        "anyone could open a tunnel at {0}, which other machines can reach; \
         bind --tunnel to 127.0.0.1, or allow it with --anonymous"
    )]
    Anonymous(SocketAddr),
    /// Nothing to listen on.
    #[error("no public listener: give --http or --https")]
    NoListener,
    /// A TLS listener without TLS.
    #[error(
        "--https needs a certificate: --tls self-signed, or --tls files --cert FILE --key FILE"
    )]
    HttpsWithoutTls,
    /// The admin interface in public.
    #[error("--admin {0} can be reached by other machines; bind it to 127.0.0.1")]
    PublicAdmin(SocketAddr),
}

impl Config {
    /// A relay for one machine: loopback, any free ports, nothing kept on disk.
    #[must_use]
    pub fn loopback(domain: &str) -> Self {
        let any_port = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
        Self {
            domain: domain.to_owned(),
            http: Some(any_port),
            https: None,
            tunnel: any_port,
            admin: None,
            tls: Tls::Off,
            data: None,
            anonymous: false,
            bare: false,
            threads: 1,
            limits: Limits::default(),
        }
    }

    /// Checks what fits together and what does not.
    ///
    /// # Errors
    /// [`ConfigError`], which says what to change.
    pub fn check(mut self) -> Result<Self, ConfigError> {
        let domain = self.domain.trim_end_matches('.').to_ascii_lowercase();
        let label = |label: &str| label.parse::<hookreel_shared::model::Name>().is_ok();
        if domain.len() > 253 || !domain.split('.').all(label) {
            return Err(ConfigError::Domain(self.domain));
        }
        self.domain = domain;
        if !self.anonymous && !self.tunnel.ip().is_loopback() {
            return Err(ConfigError::Anonymous(self.tunnel));
        }
        if self.http.is_none() && self.https.is_none() {
            return Err(ConfigError::NoListener);
        }
        if self.https.is_some() && self.tls == Tls::Off {
            return Err(ConfigError::HttpsWithoutTls);
        }
        if let Some(admin) = self.admin.filter(|admin| !admin.ip().is_loopback()) {
            return Err(ConfigError::PublicAdmin(admin));
        }
        self.threads = self.threads.max(1);
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(tunnel: &str) -> Config {
        Config {
            tunnel: tunnel.parse().unwrap(),
            ..Config::loopback("hooks.example.com")
        }
    }

    #[test]
    fn a_tunnel_that_other_machines_reach_must_be_allowed() {
        let tunnel = "0.0.0.0:443";
        assert_eq!(
            open(tunnel).check().unwrap_err(),
            ConfigError::Anonymous(tunnel.parse().unwrap())
        );
        assert!(
            Config {
                anonymous: true,
                ..open(tunnel)
            }
            .check()
            .is_ok()
        );
        assert!(open("127.0.0.1:443").check().is_ok());
        assert!(open("[::1]:443").check().is_ok());
    }

    #[test]
    fn a_domain_is_a_host_name_in_lower_case() {
        assert_eq!(
            Config::loopback("Hooks.Example.COM.")
                .check()
                .unwrap()
                .domain,
            "hooks.example.com"
        );
        for domain in ["", "a..b", "a b", "http://a", "-a.b"] {
            assert!(
                matches!(
                    Config::loopback(domain).check(),
                    Err(ConfigError::Domain(_))
                ),
                "{domain:?}"
            );
        }
    }

    #[test]
    fn listeners_must_make_sense() {
        let https = Some("127.0.0.1:0".parse().unwrap());
        let cases = [
            (
                Config {
                    http: None,
                    ..Config::loopback("a")
                },
                ConfigError::NoListener,
            ),
            (
                Config {
                    https,
                    ..Config::loopback("a")
                },
                ConfigError::HttpsWithoutTls,
            ),
            (
                Config {
                    admin: Some("0.0.0.0:9090".parse().unwrap()),
                    ..Config::loopback("a")
                },
                ConfigError::PublicAdmin("0.0.0.0:9090".parse().unwrap()),
            ),
        ];
        for (config, expected) in cases {
            assert_eq!(config.check().unwrap_err(), expected);
        }
    }
}
