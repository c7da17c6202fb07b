//! What a signature is over: `{time}.{body}`.
//!
//! | in braces | what |
//! |---|---|
//! | `body` | the body, byte for byte |
//! | `time` `id` | as they stand in the request |
//! | `url` | the address the sender used |
//! | `method` | the method |
//! | `form` | names and values of a form, decoded, sorted by name, one behind the other |
//! | `secret` | the secret |
//! | `crc32` | the CRC-32 of the body, decimal |
//! | `header:NAME` … | as in [`super::text`] |

use std::borrow::Cow;
use std::str::FromStr;

use serde::Deserialize;

use super::request::Request;
use super::text::{Part, Source, TextError, parts};

/// What is signed, as a list of parts.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub struct Signed(Vec<Piece>);

#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Literal(String),
    Body,
    Time,
    Id,
    Url,
    Method,
    Form,
    Secret,
    Crc32,
    Source(Source),
}

/// What is not part of the request itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beside<'a> {
    /// The time, as it is written.
    pub time: &'a str,
    /// The id.
    pub id: &'a str,
    /// The secret.
    pub secret: &'a [u8],
}

impl Default for Signed {
    fn default() -> Self {
        Self(vec![Piece::Body])
    }
}

impl Signed {
    /// The bytes that are signed. A body that is signed alone is not copied.
    #[must_use]
    pub fn bytes<'r>(&self, request: &'r Request<'_>, beside: Beside<'_>) -> Cow<'r, [u8]> {
        if self.0 == [Piece::Body] {
            return Cow::Borrowed(&request.body);
        }
        let mut out = Vec::with_capacity(request.body.len() + 128);
        for piece in &self.0 {
            match piece {
                Piece::Literal(text) => out.extend_from_slice(text.as_bytes()),
                Piece::Body => out.extend_from_slice(&request.body),
                Piece::Time => out.extend_from_slice(beside.time.as_bytes()),
                Piece::Id => out.extend_from_slice(beside.id.as_bytes()),
                Piece::Url => out.extend_from_slice(&request.url),
                Piece::Method => out.extend_from_slice(&request.method),
                Piece::Secret => out.extend_from_slice(beside.secret),
                Piece::Crc32 => {
                    let sum = crc32fast::hash(&request.body);
                    out.extend_from_slice(sum.to_string().as_bytes());
                }
                Piece::Form => form(request, &mut out),
                Piece::Source(from) => {
                    let value = from.read(request).unwrap_or_default();
                    out.extend_from_slice(value.as_bytes());
                }
            }
        }
        Cow::Owned(out)
    }

    /// Whether it is the body and nothing else.
    #[must_use]
    pub fn is_body_alone(&self) -> bool {
        self.0 == [Piece::Body]
    }

    /// Whether it is nothing at all.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the address is signed: then it matters which one the origin believes it has.
    #[must_use]
    pub fn has_url(&self) -> bool {
        self.0.contains(&Piece::Url)
    }

    /// Whether the method is signed.
    #[must_use]
    pub fn has_method(&self) -> bool {
        self.0.contains(&Piece::Method)
    }

    /// Whether the body is signed, itself or as a form.
    #[must_use]
    pub fn has_body(&self) -> bool {
        let body = [Piece::Body, Piece::Form, Piece::Crc32];
        body.iter().any(|piece| self.0.contains(piece))
    }

    /// Whether the time is signed.
    #[must_use]
    pub fn has_time(&self) -> bool {
        self.0.contains(&Piece::Time)
    }

    /// Whether the id is signed.
    #[must_use]
    pub fn has_id(&self) -> bool {
        self.0.contains(&Piece::Id)
    }

    /// Whether the fields of a form are signed, not the bytes they are written with.
    #[must_use]
    pub fn has_form(&self) -> bool {
        self.0.contains(&Piece::Form)
    }

    /// Whether the secret is part of what is signed: a preview must not show it.
    #[must_use]
    pub fn has_secret(&self) -> bool {
        self.0.contains(&Piece::Secret)
    }
}

/// Sorted by name, and by value where a name comes twice; the same pair counts once.
fn form(request: &Request<'_>, out: &mut Vec<u8>) {
    let mut fields: Vec<_> = request.form().iter().collect();
    fields.sort();
    fields.dedup();
    for (name, value) in fields {
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(value.as_bytes());
    }
}

impl FromStr for Signed {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let fault = |message: &str| TextError {
            text: text.to_owned(),
            message: message.to_owned(),
        };
        let piece = |part| match part {
            Part::Literal(literal) => Ok(Piece::Literal(literal.to_owned())),
            Part::Braced(name) => Ok(match name {
                "body" => Piece::Body,
                "time" => Piece::Time,
                "id" => Piece::Id,
                "url" => Piece::Url,
                "method" => Piece::Method,
                "form" => Piece::Form,
                "secret" => Piece::Secret,
                "crc32" => Piece::Crc32,
                other => Piece::Source(Source::try_from(other.to_owned()).map_err(|error| {
                    fault(&format!(
                        "{}; or body, time, id, url, method, form, secret, crc32",
                        error.message
                    ))
                })?),
            }),
        };
        let pieces = parts(text).map_err(fault)?.into_iter().map(piece);
        Ok(Self(pieces.collect::<Result<_, _>>()?))
    }
}

impl TryFrom<String> for Signed {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        text.parse()
    }
}
