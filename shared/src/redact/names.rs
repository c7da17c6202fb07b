//! Which names stand before secrets.

/// Header fields whose value is a secret or proves one.
const HEADERS: &[&str] = &[
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "x-shopify-hmac-sha256",
    "x-hub-signature",
    "x-hub-signature-256",
    "paypal-transmission-sig",
    "x-zm-signature",
    "x-trello-webhook",
    "x-xero-signature",
    "x-auth-key",
];

/// Parts of names; separators and case do not count, so `api_key`, `API-Key` and `apiKey` are
/// one.
const PARTS: &[&str] = &[
    "token",
    "secret",
    "apikey",
    "password",
    "passwd",
    "privatekey",
    "credential",
];

/// Names of members and parameters that are secrets without holding one of [`PARTS`].
const FIELDS: &[&str] = &[
    "authorization",
    "signature",
    "sig",
    "hmac",
    "auth",
    "pwd",
    "cookie",
    // Of Microsoft Graph: each notification has it in clear.
    "clientstate",
];

/// Names of parameters of an address that are secrets there: who authorises an app gets a `code`, and
/// webhooks without a signature have theirs under that name.
const PARAMETERS: &[&str] = &["code"];

/// Whether a header field of this name is masked.
#[must_use]
pub fn is_secret_header(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let folded = folded(name);
    HEADERS.contains(&lower.as_str())
        || folded.contains("signature")
        || folded.contains("hmac")
        || has_part(&folded)
}

/// Whether a query parameter, form field or JSON member of this name is masked.
#[must_use]
pub fn is_secret_field(name: &str) -> bool {
    let folded = folded(name);
    FIELDS.contains(&folded.as_str()) || has_part(&folded)
}

/// Whether a parameter of an address is masked.
pub(super) fn is_secret_parameter(name: &str) -> bool {
    is_secret_field(name) || PARAMETERS.contains(&folded(name).as_str())
}

/// Whether a text that cannot be parsed has such a name anywhere in it.
pub(super) fn mentions_secret(text: &[u8]) -> bool {
    let folded = folded(&String::from_utf8_lossy(text));
    FIELDS.iter().chain(PARTS).any(|part| folded.contains(part))
}

fn has_part(folded: &str) -> bool {
    PARTS.iter().any(|part| folded.contains(part))
}

fn folded(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|c| c.to_ascii_lowercase()).collect()
}
