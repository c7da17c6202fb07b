//! Where PayPal's certificates are: it signs with a key of its own, and each request names the
//! address of the certificate. Whoever sends a request chooses that address, so that only PayPal's
//! own are ever believed, and even fewer fetched.

use url::Url;

/// Below this name are all hosts that a certificate may be of.
const DOMAIN: &str = ".paypal.com";

/// Hosts that certificates are fetched from: those of the API, real and for tests.
const HOSTS: [&str; 4] = [
    "api.paypal.com",
    "api-m.paypal.com",
    "api.sandbox.paypal.com",
    "api-m.sandbox.paypal.com",
];

/// Where certificates are on these hosts; their names have only letters, digits and hyphens.
const PATH: &str = "/v1/notifications/certs/";

/// The address is not one where PayPal has its certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Elsewhere {
    /// It is not PayPal's at all.
    #[error(
        "PayPal has its certificates at https://….paypal.com/…; what stands elsewhere is not believed"
    )]
    NotPayPal,
    /// It is PayPal's, but not of the API.
    #[error(
        "certificates are fetched from https://api.paypal.com/v1/notifications/certs/ alone, and the same of api-m, \
         api.sandbox and api-m.sandbox; give one from elsewhere by hand: \
         hookreel secret set paypal --certificate URL < certificate.pem"
    )]
    NotTheApi,
}

/// Whether a certificate at this address may be PayPal's: `https`, a host below `paypal.com`, its
/// usual port, and written as addresses are written, so that no two programs read it differently.
///
/// # Errors
/// [`Elsewhere::NotPayPal`].
pub fn may_be_paypals(address: &str) -> Result<Url, Elsewhere> {
    let url = Url::parse(address).map_err(|_| Elsewhere::NotPayPal)?;
    let is_bare = url.username().is_empty()
        && url.password().is_none()
        && url.port().is_none()
        && url.fragment().is_none();
    let is_its = url.scheme() == "https"
        && url.domain().is_some_and(|host| host.ends_with(DOMAIN))
        && is_bare
        && url.as_str() == address;
    is_its.then_some(url).ok_or(Elsewhere::NotPayPal)
}

/// Whether a certificate at this address may be fetched: one of the API's hosts, in the folder
/// that it has for them.
///
/// # Errors
/// [`Elsewhere`].
pub fn may_be_fetched(address: &str) -> Result<Url, Elsewhere> {
    let url = may_be_paypals(address)?;
    let name = url.path().strip_prefix(PATH).unwrap_or_default();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let is_there = url.domain().is_some_and(|host| HOSTS.contains(&host))
        && url.query().is_none()
        && !name.is_empty()
        && name.bytes().all(is_plain);
    is_there.then_some(url).ok_or(Elsewhere::NotTheApi)
}

/// Whether a certificate that names this host may be PayPal's.
#[must_use]
pub fn is_paypals_host(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with(DOMAIN)
}

/// The path under which a developer's own certificate is served; it begins as the real ones do.
/// `fingerprint` tells keys apart.
#[must_use]
pub fn development_path(fingerprint: &str) -> String {
    format!("{PATH}CERT-hookreel-{fingerprint}")
}

/// Whether an address is that of a developer's own certificate on this machine.
#[must_use]
pub fn is_development(address: &str, path: &str) -> bool {
    Url::parse(address).is_ok_and(|url| {
        url.scheme() == "http"
            && url.host_str() == Some("127.0.0.1")
            && url.path() == path
            && url.query().is_none()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_paypals_own_are_believed() {
        for fine in [
            "https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270",
            "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1",
            "https://messageverificationcerts.paypal.com/a?b=c",
        ] {
            assert!(may_be_paypals(fine).is_ok(), "{fine}");
        }
        for wrong in [
            "",
            "http://api.paypal.com/v1/notifications/certs/CERT-1",
            "https://paypal.com/v1/notifications/certs/CERT-1",
            "https://apipaypal.com/x",
            "https://api.paypal.com.evil.example/x",
            "https://evil.example/api.paypal.com/x",
            "https://evil.example#.paypal.com",
            "https://evil.example\\.paypal.com/x",
            "https://evil.example/\\.paypal.com",
            "https://api.paypal.com@evil.example/x",
            "https://user@api.paypal.com/x",
            "https://api.paypal.com:8443/x",
            "https://api.paypal.com/x#y",
            "https://API.paypal.com/x",
            " https://api.paypal.com/x",
            "https://api.paypal.com/\tx",
            "https://127.0.0.1/.paypal.com",
            "https://api.paypal.com./x",
            "https://api.paypal.com",
            "//api.paypal.com/x",
            "file:///api.paypal.com",
        ] {
            assert_eq!(may_be_paypals(wrong), Err(Elsewhere::NotPayPal), "{wrong}");
            assert!(may_be_fetched(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_the_folder_of_certificates_of_the_api_is_fetched_from() {
        for host in HOSTS {
            let address = format!("https://{host}{PATH}CERT-360caa42-fca2a594");
            assert!(may_be_fetched(&address).is_ok(), "{address}");
        }
        for wrong in [
            "https://www.paypal.com/v1/notifications/certs/CERT-1",
            "https://evil.api.paypal.com/v1/notifications/certs/CERT-1",
            "https://api.paypal.com/v1/notifications/certs/",
            "https://api.paypal.com/v1/notifications/certs/a/b",
            "https://api.paypal.com/v1/notifications/certs/..",
            "https://api.paypal.com/v1/notifications/certs/%2e%2e",
            "https://api.paypal.com/v1/notifications/certs/CERT-1?to=evil.example",
            "https://api.paypal.com/v1/oauth2/token",
        ] {
            assert!(may_be_fetched(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_certificate_of_ones_own_is_known_by_its_path_on_this_machine() {
        let path = development_path("0011");
        assert!(is_development(
            &format!("http://127.0.0.1:4000{path}"),
            &path
        ));
        for other in [
            format!("http://127.0.0.1:4000{path}2"),
            format!("http://127.0.0.2:4000{path}"),
            format!("https://api.paypal.com{path}"),
            format!("http://127.0.0.1.evil.example{path}"),
        ] {
            assert!(!is_development(&other, &path), "{other}");
        }
    }

    #[test]
    fn the_names_in_a_certificate_are_those_of_its_hosts() {
        assert!(is_paypals_host("messageverificationcerts.paypal.com"));
        assert!(is_paypals_host(
            "messageverificationcerts.sandbox.PayPal.com"
        ));
        assert!(!is_paypals_host("paypal.com.evil.example"));
        assert!(!is_paypals_host("evilpaypal.com"));
    }
}
