//! A request as a provider's rules look at it.

use std::borrow::Cow;
use std::cell::OnceCell;

use serde_json::Value;

use crate::model::{Exchange, Header};

/// Bodies beyond this many bytes are not read for events and ids: it would take longer than it
/// helps. Signatures are checked whatever the size.
pub const READ_UP_TO: usize = 2 * 1024 * 1024;

/// Fields of a form that are read. Servers take a thousand or so, and providers send a hundred: what
/// has more is made to use up memory.
pub const MOST_FIELDS: usize = 10_000;

/// Fields of forms that hold a whole JSON document.
const DOCUMENTS: [&str; 2] = ["payload", "mandrill_events"];

/// A request as a provider's rules look at it: the exact bytes, and what they mean, read once and
/// only when asked for.
#[derive(Debug)]
pub struct Request<'a> {
    /// The method.
    pub method: Cow<'a, [u8]>,
    /// The address the sender used, as far as it is known: `https://host/target`. The target is
    /// byte for byte as it came.
    pub url: Cow<'a, [u8]>,
    /// The head.
    pub headers: &'a [Header],
    /// The body, byte for byte.
    pub body: Cow<'a, [u8]>,
    /// Another address that it may have been: what came does not tell which.
    also_url: Option<Vec<u8>>,
    json: OnceCell<Option<Value>>,
    form: OnceCell<Vec<(String, String)>>,
}

impl<'a> Request<'a> {
    /// A request of these parts.
    #[must_use]
    pub fn new(
        method: impl Into<Cow<'a, [u8]>>,
        url: impl Into<Cow<'a, [u8]>>,
        headers: &'a [Header],
        body: impl Into<Cow<'a, [u8]>>,
    ) -> Self {
        Self {
            method: method.into(),
            url: url.into(),
            headers,
            body: body.into(),
            also_url: None,
            json: OnceCell::new(),
            form: OnceCell::new(),
        }
    }

    /// The request of an exchange, with what was kept of its body. The address is the public one,
    /// as the relay saw it.
    #[must_use]
    pub fn of(exchange: &'a Exchange) -> Self {
        let head = &exchange.request;
        let field = |fields: &'a [Header], name| {
            let found = fields.iter().find(|header| header.is(name));
            found.map(|header| &header.value[..])
        };
        let added = |name| field(head.added(), name);
        let scheme = added("x-forwarded-proto").unwrap_or(b"http");
        let host = added("x-forwarded-host").or_else(|| field(head.sent(), "host"));
        let prefix = added("x-forwarded-prefix");
        let url = |target: &[u8]| {
            let host = host.unwrap_or(b"localhost");
            [scheme, b"://", host, prefix.unwrap_or_default(), target].concat()
        };
        let mut request = Self::new(
            &head.method[..],
            url(&head.target),
            head.sent(),
            &exchange.request_body.kept[..],
        );
        // Behind a prefix the target has a slash, whether there was one or not.
        let behind = head.target.strip_prefix(b"/").unwrap_or_default();
        if prefix.is_some() && (behind.is_empty() || behind.starts_with(b"?")) {
            request.also_url = Some(url(behind));
        }
        request
    }

    /// Another address that it may have been, as what came does not tell which.
    #[must_use]
    pub fn also_url(&self) -> Option<&[u8]> {
        self.also_url.as_deref()
    }

    /// The same with another address.
    #[must_use]
    pub fn with_url(&'a self, url: &'a [u8]) -> Self {
        Self::new(&self.method[..], url, self.headers, &self.body[..])
    }

    /// The same with another body.
    #[must_use]
    pub fn with_body(&'a self, body: &'a [u8]) -> Self {
        Self {
            also_url: self.also_url.clone(),
            ..Self::new(&self.method[..], &self.url[..], self.headers, body)
        }
    }

    /// The value of the first field of this name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&'a [u8]> {
        self.all(name).next()
    }

    /// The values of all fields of this name.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        let fields = self.headers.iter().filter(move |header| header.is(name));
        fields.map(|header| &header.value[..])
    }

    /// The body as JSON, if it is that and not too large. Of a form, the field that has a whole
    /// document in it (`payload` of GitHub and Slack, `mandrill_events`).
    #[must_use]
    pub fn json(&self) -> Option<&Value> {
        let read = || {
            if self.body.len() > READ_UP_TO {
                return None;
            }
            let mut fields = self.form().iter();
            let inside = fields.find(|(name, _)| DOCUMENTS.contains(&name.as_str()));
            let text = inside.map_or(&self.body[..], |(_, value)| value.as_bytes());
            let begins = text.trim_ascii_start().first();
            let fits = matches!(begins, Some(b'{' | b'['));
            fits.then(|| serde_json::from_slice(text).ok())?
        };
        self.json.get_or_init(read).as_ref()
    }

    /// Whether the body is said to be a form.
    #[must_use]
    pub fn is_form(&self) -> bool {
        const FORM: &[u8] = b"application/x-www-form-urlencoded";
        let kind = self.header("content-type").unwrap_or_default();
        let kind = kind.split(|&byte| byte == b';').next().unwrap_or_default();
        kind.trim_ascii().eq_ignore_ascii_case(FORM)
    }

    /// The fields of a form body, decoded, in order, up to [`MOST_FIELDS`]; none if it is no form.
    #[must_use]
    pub fn form(&self) -> &[(String, String)] {
        let read = || {
            if !self.is_form() {
                return Vec::new();
            }
            let fields = form_urlencoded::parse(&self.body).into_owned();
            fields.take(MOST_FIELDS).collect()
        };
        self.form.get_or_init(read)
    }

    /// Whether it is a form of more fields than are read.
    #[must_use]
    pub fn has_endless_form(&self) -> bool {
        self.is_form()
            && form_urlencoded::parse(&self.body)
                .nth(MOST_FIELDS)
                .is_some()
    }

    /// A field of the form, decoded; none if the body is too large to be read for one.
    #[must_use]
    pub fn form_field(&self, name: &str) -> Option<String> {
        if self.body.len() > READ_UP_TO {
            return None;
        }
        let mut fields = self.form().iter();
        fields
            .find(|(own, _)| own == name)
            .map(|(_, value)| value.clone())
    }

    /// A parameter of the address, decoded.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<String> {
        let at = self.url.iter().position(|&byte| byte == b'?')?;
        let query = self.url.get(at + 1..)?;
        form_urlencoded::parse(query)
            .find(|(own, _)| own == name)
            .map(|(_, value)| value.into_owned())
    }
}
