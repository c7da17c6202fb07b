//! A verdict in words.
//!
//! What comes from the sender (addresses, names of fields) stands in it as it came: whoever shows
//! it makes it safe first.

use std::fmt;

use super::verdict::{Because, NearMiss, Reason, Report, Verdict};

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Good => write!(f, "the signature is good"),
            Self::Bad { reason, near } => {
                f.write_str("the signature is bad: ")?;
                // What is near says more than that it does not fit.
                let told = match (reason, near.is_empty()) {
                    (Reason::Mismatch, false) => None,
                    _ => Some(reason.to_string()),
                };
                let near = near.iter().map(ToString::to_string);
                let all: Vec<String> = told.into_iter().chain(near).collect();
                f.write_str(&all.join("; "))
            }
            Self::Unsigned => write!(f, "there is no signature"),
            Self::NoSecret => write!(
                f,
                "there is a signature, but no secret is stored to check it with"
            ),
            Self::Unchecked { because } => write!(f, "the signature was not checked: {because}"),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { what } => write!(f, "{what} is missing"),
            Self::Unreadable { what } => {
                write!(f, "{what} is not as this provider writes it")
            }
            Self::Mismatch => write!(f, "it was made with another secret, or over other content"),
            Self::Secret { label, expected } => write!(
                f,
                "the secret {label} is not written as this provider's are: {expected}"
            ),
            Self::BodyDigest => write!(f, "the body is not the one whose digest is in the address"),
            Self::TooOld { age, tolerance } => {
                write!(f, "it fits, but is {} old", span(*age))?;
                write!(f, ", and {} are allowed", seconds(*tolerance))
            }
            Self::TooEarly { ahead, tolerance } => {
                write!(f, "it fits, but is {} ahead of the clock", span(*ahead))?;
                write!(f, ", and {} are allowed", seconds(*tolerance))
            }
        }
    }
}

impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownProvider => "the sender is not known",
            Self::NotSigned => "this provider does not sign",
            Self::BodyIncomplete => "not all of the body was kept",
            Self::NoCertificate => "the provider's certificate is not at hand",
        })
    }
}

impl fmt::Display for NearMiss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url { url, how } => write!(f, "it would fit the address {url} ({how})"),
            Self::Body { how } => write!(
                f,
                "it would fit a body that {how}, so something changed the body on its way here"
            ),
            Self::Secret {
                provider,
                label,
                name: None,
            } => write!(f, "it fits another stored secret: {provider} {label}"),
            Self::Secret {
                provider,
                label,
                name: Some(name),
            } => write!(
                f,
                "it fits another stored secret: {provider} {label}, which is for the name {name}"
            ),
            Self::SecretForm { how } => write!(f, "it would fit the secret if that {how}"),
            Self::Written { how } => write!(f, "it is the right one, but {how}"),
            Self::Computed { how } => write!(f, "it fits the secret, but {how}"),
            Self::TestKey => write!(f, "it fits the key that the provider uses for tests"),
        }
    }
}

impl fmt::Display for Report {
    /// The verdict, and in brackets what it rests on.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.verdict)?;
        let Some(provider) = &self.provider else {
            return Ok(());
        };
        let scheme = self.scheme.as_ref().map(|scheme| format!(" {scheme}"));
        write!(f, " ({provider}{}", scheme.unwrap_or_default())?;
        match (&self.secret, &self.tried[..]) {
            (Some(label), _) => write!(f, ", secret {label}")?,
            (None, []) => {}
            (None, [label]) => write!(f, ", tried with the secret {label}")?,
            (None, labels) => write!(f, ", tried with the secrets {}", labels.join(", "))?,
        }
        if !self.only_for.is_empty() {
            write!(
                f,
                ", secrets are stored for {} only",
                self.only_for.join(", ")
            )?;
        }
        f.write_str(")")
    }
}

impl Report {
    /// What it rests on, as pairs of name and value for lists; the verdict is not among them.
    #[must_use]
    pub fn details(&self) -> Vec<(&'static str, String)> {
        let mut found = Vec::new();
        let mut add = |name, value: Option<String>| {
            found.extend(value.map(|value| (name, value)));
        };
        add("scheme", self.scheme.clone());
        add("secret", self.secret.clone());
        let tried =
            (self.secret.is_none() && !self.tried.is_empty()).then(|| self.tried.join(", "));
        add("tried", tried);
        let only_for = (!self.only_for.is_empty()).then(|| self.only_for.join(", "));
        add("secrets only for", only_for);
        for received in &self.received {
            add("received", Some(received.clone()));
        }
        add("expected", self.expected.clone());
        let signed = self.signed.as_ref().map(|signed| match signed.bytes {
            bytes if bytes > signed.text.len() => format!("{}… ({bytes} bytes)", signed.text),
            _ => signed.text.clone(),
        });
        add("signed", signed);
        let age = self.age.map(|age| match age {
            ahead if ahead < 0 => format!("{} ahead", span(ahead.saturating_neg())),
            age => span(age),
        });
        add("age", age);
        found
    }
}

/// Seconds as people read them; exact below ten minutes.
fn span(seconds: i64) -> String {
    match seconds {
        ..600 => format!("{seconds} s"),
        600..7_200 => both(seconds / 60, "min", seconds % 60, "s"),
        7_200..172_800 => both(seconds / 3_600, "h", seconds % 3_600 / 60, "min"),
        _ => format!("{} days", seconds / 86_400),
    }
}

fn both(large: i64, unit: &str, small: i64, smaller: &str) -> String {
    match small {
        0 => format!("{large} {unit}"),
        _ => format!("{large} {unit} {small} {smaller}"),
    }
}

fn seconds(count: u64) -> String {
    format!("{count} s")
}
