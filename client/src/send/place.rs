//! Where samples go, and what they say of it.

use hookreel_shared::model::{Exchange, Name};
use hookreel_shared::provider::Request as Came;

/// Where samples are said to have come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The name they are recorded under, and whose secrets count.
    pub name: Name,
    /// The address that the server believes it has, without the target:
    /// `https://hooks.example.com`. It stands in the Host, and is signed where addresses are.
    pub base: String,
    /// The target, in origin form.
    pub target: String,
}

impl Place {
    /// Where an exchange came to.
    #[must_use]
    pub fn of(exchange: &Exchange) -> Self {
        let url = Came::of(exchange).url;
        let target = &exchange.request.target;
        let base = url.strip_suffix(&target[..]).unwrap_or_default();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            name: exchange.request.name.clone(),
            base: text(base),
            target: text(target),
        }
    }

    /// Host and port of the address.
    #[must_use]
    pub fn authority(&self) -> &str {
        let (_, rest) = self.base.split_once("://").unwrap_or(("", &self.base));
        rest.split('/').next().unwrap_or_default()
    }

    /// `http` or `https`.
    #[must_use]
    pub fn scheme(&self) -> &str {
        self.base
            .split_once("://")
            .map_or("http", |(scheme, _)| scheme)
    }
}
