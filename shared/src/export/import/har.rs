//! HTTP Archives, as browsers, mitmproxy and this program write them. Only what makes a
//! request and its answer is read; all else may be missing or odd.

use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;

use super::{Answer, Each, ImportError, Imported, divided, is_field, is_method};
use crate::export::from_base64;
use crate::model::{Headers, Timestamp};

#[derive(Deserialize)]
struct Archive {
    log: Log,
}

#[derive(Deserialize)]
struct Log {
    /// Each for itself: one that is odd must not cost the others.
    entries: Vec<serde_json::Value>,
}

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
    #[serde(default)]
    headers: Vec<Field>,
    post_data: Option<Content>,
}

#[derive(Deserialize)]
struct Response {
    /// Browsers write 0, Firefox also nothing, where no answer came.
    #[serde(default)]
    status: i64,
    #[serde(default)]
    headers: Vec<Field>,
    content: Option<Content>,
}

#[derive(Deserialize)]
struct Field {
    name: String,
    value: String,
    /// Written by us where the value is not UTF-8.
    #[serde(rename = "_base64")]
    base64: Option<String>,
}

#[derive(Deserialize)]
struct Content {
    text: Option<String>,
    encoding: Option<String>,
    #[serde(default)]
    params: Vec<Param>,
}

#[derive(Deserialize)]
struct Param {
    name: String,
    value: Option<String>,
}

/// Reads all entries. Pseudo-fields of HTTP/2 (`:authority`) are left out (RFC 9113 §8.3).
/// Browsers write bodies decoded and leave `Content-Encoding` standing; so does this.
///
/// # Errors
/// [`ImportError::Json`] with line and column. Of an entry that HTTP could not carry,
/// [`ImportError::Entry`] stands in its place.
pub fn har(text: &[u8]) -> Result<Each<Imported>, ImportError> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let archive: Archive = serde_json::from_slice(text)?;
    let entries = archive.log.entries.into_iter().enumerate();
    Ok(entries
        .map(|(index, entry)| {
            let fault = |message| ImportError::Entry { index, message };
            let entry = Entry::deserialize(entry).map_err(|error| fault(error.to_string()))?;
            entry.imported().map_err(fault)
        })
        .collect())
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
        let (base, target) =
            divided(url.as_bytes()).ok_or_else(|| format!("not an http or https URL: {url:?}"))?;
        if !is_method(request.method.as_bytes()) {
            return Err(format!("not a method: {:?}", request.method));
        }
        Ok(Imported {
            method: request.method.into(),
            base: Some(base),
            target,
            headers: headers(request.headers)?,
            body: content(request.post_data)?,
            response: self.response.map(Response::answer).transpose()?.flatten(),
            at: at.map(|at| Timestamp::from_micros(at.as_microsecond())),
            took,
        })
    }
}

impl Response {
    fn answer(self) -> Result<Option<Answer>, String> {
        match u16::try_from(self.status) {
            Ok(0) | Err(_) => Ok(None),
            Ok(status) => Ok(Some(Answer {
                status,
                headers: headers(self.headers)?,
                body: content(self.content)?,
            })),
        }
    }
}

fn headers(fields: Vec<Field>) -> Result<Headers, String> {
    let mut headers = Headers::with_capacity(fields.len());
    for field in fields
        .into_iter()
        .filter(|field| !field.name.starts_with(':'))
    {
        let value = match field.base64 {
            Some(text) => from_base64(&text).ok_or("_base64 is not base64")?,
            None => field.value.into_bytes(),
        };
        if !is_field(field.name.as_bytes(), &value) {
            return Err(format!(
                "HTTP cannot carry the header field {:?}",
                field.name
            ));
        }
        headers.push(field.name, value);
    }
    Ok(headers)
}

fn content(content: Option<Content>) -> Result<Bytes, String> {
    let Some(content) = content else {
        return Ok(Bytes::new());
    };
    match (content.text, content.encoding.as_deref()) {
        (Some(text), Some("base64")) => from_base64(&text)
            .map(Bytes::from)
            .ok_or_else(|| "the body is not base64".to_owned()),
        (Some(text), _) if !text.is_empty() || content.params.is_empty() => Ok(text.into()),
        _ => {
            let mut form = form_urlencoded::Serializer::new(String::new());
            for param in &content.params {
                form.append_pair(&param.name, param.value.as_deref().unwrap_or_default());
            }
            Ok(form.finish().into())
        }
    }
}
