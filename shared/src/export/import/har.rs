//! HTTP Archives, as browsers, mitmproxy and this program write them. Only what makes a
//! request and its answer is read; all else may be missing or odd.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::{Answer, ImportError, Imported, divided, is_field, is_method};
use crate::export::from_base64;
use crate::model::{Headers, Timestamp};

/// Takes what came of one entry.
type Take<'a> = dyn FnMut(Result<Imported, ImportError>) + 'a;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    started_date_time: Option<String>,
    /// In milliseconds.
    time: Option<f64>,
    request: Request,
    response: Option<Response>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    method: String,
    url: String,
    headers: Option<Vec<Field>>,
    post_data: Option<Content>,
    /// -1 where it is not known.
    body_size: Option<f64>,
    /// Written by us where not all of the body is here.
    #[serde(rename = "_cut", default)]
    is_cut: bool,
}

#[derive(Deserialize)]
struct Response {
    /// Browsers write 0, Firefox also nothing, where no answer came.
    status: Option<f64>,
    headers: Option<Vec<Field>>,
    content: Option<Content>,
    /// As that of a request.
    #[serde(rename = "_cut", default)]
    is_cut: bool,
}

#[derive(Deserialize)]
struct Field {
    name: String,
    value: Option<String>,
    /// Written by us where the value is not UTF-8.
    #[serde(rename = "_base64")]
    base64: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    text: Option<String>,
    encoding: Option<String>,
    mime_type: Option<String>,
    params: Option<Vec<Param>>,
    /// Of the body, decoded.
    size: Option<f64>,
}

#[derive(Deserialize)]
struct Param {
    name: String,
    value: Option<String>,
}

/// A body, and whether there was more of it.
type Body = (Bytes, bool);

/// Reads all entries, and hands over each as it is read: an archive may be large. Pseudo-fields of
/// HTTP/2 (`:authority`) are left out (RFC 9113 §8.3). Browsers write bodies decoded and leave
/// `Content-Encoding` standing; so does this.
///
/// Of an entry that HTTP could not carry, [`ImportError::Entry`] is handed over in its place.
///
/// # Errors
/// [`ImportError::Json`] with line and column; what comes before has been handed over.
pub fn har(text: &[u8], take: &mut Take<'_>) -> Result<(), ImportError> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let text = paired(text);
    let mut json = serde_json::Deserializer::from_slice(&text);
    Within("log", Within("entries", Entries(take))).deserialize(&mut json)?;
    Ok(json.end()?)
}

/// The text with the sign of what cannot be read (U+FFFD) for each half of a surrogate pair that
/// stands alone: JavaScript has such strings and browsers write them down (RFC 8259 §8.2), and one
/// must not cost all that comes behind it.
fn paired(text: &[u8]) -> Cow<'_, [u8]> {
    let unit = |at: usize| -> Option<u16> {
        let digits = text.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let mut sound = Cow::Borrowed(text);
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| memchr::memchr(b'\\', rest)) {
        at += found;
        at += match unit(at) {
            Some(0xd800..=0xdbff) if matches!(unit(at + 6), Some(0xdc00..=0xdfff)) => 12,
            Some(0xd800..=0xdfff) => {
                if let Some(digits) = sound.to_mut().get_mut(at + 2..at + 6) {
                    digits.copy_from_slice(b"fffd");
                }
                6
            }
            _ => 2,
        };
    }
    sound
}

/// The value of one key of an object, which has to be there; the others are passed over.
struct Within<S>(&'static str, S);

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Within<S> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, S: DeserializeSeed<'de>> Visitor<'de> for Within<S> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with {:?}", self.0)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self(key, inner) = self;
        let mut inner = Some(inner);
        while let Some(found) = map.next_key::<String>()? {
            if found != key {
                map.next_value::<IgnoredAny>()?;
            } else if let Some(inner) = inner.take() {
                map.next_value_seed(inner)?;
            } else {
                return Err(Error::duplicate_field(key));
            }
        }
        match inner {
            Some(_) => Err(Error::missing_field(key)),
            None => Ok(()),
        }
    }
}

/// The entries, each for itself: one that is odd must not cost the others.
struct Entries<'a, 'b>(&'a mut Take<'b>);

impl<'de> DeserializeSeed<'de> for Entries<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Entries<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of entries")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let mut index = 0;
        while let Some(entry) = entries.next_element::<Value>()? {
            let fault = |message| ImportError::Entry { index, message };
            let entry = Entry::deserialize(entry).map_err(|error| fault(error.to_string()));
            (self.0)(entry.and_then(|entry| entry.imported().map_err(fault)));
            index += 1;
        }
        Ok(())
    }
}

impl Entry {
    fn imported(self) -> Result<Imported, String> {
        // Neither is worth refusing an entry for.
        let at = self
            .started_date_time
            .and_then(|text| text.parse::<jiff::Timestamp>().ok());
        let took = self
            .time
            .and_then(|ms| Duration::try_from_secs_f64(ms / 1000.0).ok());
        let request = self.request;
        let url = request.url;
        let (base, target) = divided(url.as_bytes()).ok_or_else(|| {
            // What stands in a page itself (`data:`) may be long.
            let shown: String = url.chars().take(80).collect();
            format!("not an http or https URL: {shown:?}")
        })?;
        if !is_method(request.method.as_bytes()) {
            return Err(format!("not a method: {:?}", request.method));
        }
        let sent = request.body_size.is_some_and(|size| size > 0.0);
        let (body, cut) = body(request.post_data, sent)?;
        Ok(Imported {
            method: request.method.into(),
            base: Some(base),
            target,
            headers: headers(request.headers)?,
            body,
            cut: cut || request.is_cut,
            response: self.response.map(Response::answer).transpose()?.flatten(),
            at: at.map(|at| Timestamp::from_micros(at.as_microsecond())),
            took,
        })
    }
}

impl Response {
    fn answer(self) -> Result<Option<Answer>, String> {
        let status = self.status.filter(|status| *status >= 1.0);
        let Some(status) = status else {
            return Ok(None);
        };
        let (body, cut) = body(self.content, false)?;
        Ok(Some(Answer {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "what is too large is refused later"
            )]
            status: status as u16,
            headers: headers(self.headers)?,
            body,
            cut: cut || self.is_cut,
        }))
    }
}

fn headers(fields: Option<Vec<Field>>) -> Result<Headers, String> {
    let mut headers = Headers::new();
    let fields = fields.into_iter().flatten();
    for field in fields.filter(|field| !field.name.starts_with(':')) {
        let value = match (field.base64, field.value) {
            (Some(text), _) => from_base64(&text).ok_or("_base64 is not base64")?,
            (None, value) => value.unwrap_or_default().into_bytes(),
        };
        // Chromium puts the fields of one name into one, a line each.
        for value in value.split(|byte| *byte == b'\n') {
            if !is_field(field.name.as_bytes(), value) {
                return Err(format!(
                    "HTTP cannot carry the header field {:?}",
                    field.name
                ));
            }
            headers.push(field.name.clone(), value.to_vec());
        }
    }
    Ok(headers)
}

/// The body as far as it was written down; `sent` where there was one in any case.
fn body(content: Option<Content>, sent: bool) -> Result<Body, String> {
    let Some(content) = content else {
        return Ok((Bytes::new(), sent));
    };
    let params = content.params.unwrap_or_default();
    let is_form = |kind: String| !kind.to_ascii_lowercase().starts_with("multipart/");
    match content.text {
        Some(text) if content.encoding.as_deref() == Some("base64") => from_base64(&text)
            .map(|body| (body.into(), false))
            .ok_or_else(|| "the body is not base64".to_owned()),
        Some(text) if !text.is_empty() => Ok((text.into(), false)),
        _ if !params.is_empty() && content.mime_type.is_none_or(is_form) => {
            let mut form = form_urlencoded::Serializer::new(String::new());
            for param in &params {
                form.append_pair(&param.name, param.value.as_deref().unwrap_or_default());
            }
            Ok((form.finish().into(), false))
        }
        // Seen, and not written down: nobody must take it for empty.
        _ => {
            let is_missing =
                sent || !params.is_empty() || content.size.is_some_and(|size| size > 0.0);
            Ok((Bytes::new(), is_missing))
        }
    }
}
