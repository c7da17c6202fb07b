//! A curl command line, as browsers, documentation and this program write it.

use bytes::Bytes;

use super::options::known;
use super::split::unescape;
use super::{ImportError, Imported, cmd, divided, is_field, is_method, split};
use crate::export::to_base64;
use crate::model::Headers;

#[derive(Default)]
struct Line {
    method: Option<Vec<u8>>,
    url: Option<(usize, Vec<u8>)>,
    target: Option<Vec<u8>>,
    headers: Headers,
    removed: Vec<Vec<u8>>,
    made: Vec<(&'static str, Vec<u8>)>,
    data: Option<Vec<u8>>,
    get: bool,
    head: bool,
    json: bool,
    query: Vec<u8>,
    input: Option<Vec<u8>>,
}

/// Reads one command line of bash, or of Windows' `cmd`; a prompt or `printf '…' |` before it is
/// understood, and what its answer is piped into passed over, as is `--compressed` and what else
/// concerns only the transfer.
///
/// # Errors
/// [`ImportError::Quoting`] or [`ImportError::Word`]: not curl, an unknown option, a value that the
/// shell would put in, a form or a body that is in a file, which reading a line cannot open.
pub fn curl(line: &str) -> Result<Imported, ImportError> {
    let words = match cmd::is_cmd(line) {
        true => cmd::words(line)?,
        false => split::words(line)?,
    };
    let mut read = Line::default();
    let mut at = usize::from(words.first().is_some_and(|word| word == b"$"));
    if words.get(at).is_some_and(|word| word == b"printf") {
        read.input = words.get(at + 1).map(|format| unescape(format, true));
        at += 3;
    }
    match words.get(at) {
        Some(word) if is_curl(word) => at += 1,
        other => {
            let word = other.cloned().unwrap_or_default();
            return Err(fault(at, &word, "this is not a curl command line"));
        }
    }
    let mut options = true;
    while let Some(word) = words.get(at) {
        if word == b"|" || word.starts_with(b">") || word.starts_with(b"2>") {
            break;
        }
        if !options || !word.starts_with(b"-") || word == b"-" {
            read.take_url(at, word)?;
        } else if word == b"--" {
            options = false;
        } else {
            at = read.option(&words, at, word)?;
        }
        at += 1;
    }
    read.finish(words.len())
}

fn is_curl(word: &[u8]) -> bool {
    let name = word.rsplit(|byte| matches!(byte, b'/' | b'\\')).next();
    name.is_some_and(|name| name == b"curl" || name.eq_ignore_ascii_case(b"curl.exe"))
}

impl Line {
    /// Takes a word of options, `--long` or some short ones in one (`-sXPOST`); gives where the
    /// last word stands that belongs to it.
    fn option(&mut self, words: &[Vec<u8>], at: usize, word: &[u8]) -> Result<usize, ImportError> {
        let unknown = || fault(at, word, "unknown option");
        let value_behind = || {
            let missing = || fault(at + 1, word, "its value is missing");
            words.get(at + 1).cloned().ok_or_else(missing)
        };
        if word.starts_with(b"--") {
            let text = std::str::from_utf8(word).ok();
            let option = text.and_then(known).ok_or_else(unknown)?;
            if !option.has_value {
                self.switch(option.name);
                return Ok(at);
            }
            let value = value_behind()?;
            option
                .name
                .map_or(Ok(()), |name| self.take(at + 1, name, value))?;
            return Ok(at + 1);
        }
        for (place, letter) in word.iter().enumerate().skip(1) {
            let short = format!("-{}", char::from(*letter));
            let option = known(&short).ok_or_else(unknown)?;
            if !option.has_value {
                self.switch(option.name);
                continue;
            }
            let glued = word.get(place + 1..).unwrap_or_default();
            let (end, value) = match glued {
                [] => (at + 1, value_behind()?),
                glued => (at, glued.to_vec()),
            };
            option
                .name
                .map_or(Ok(()), |name| self.take(end, name, value))?;
            return Ok(end);
        }
        Ok(at)
    }

    fn switch(&mut self, name: Option<&str>) {
        match name {
            Some("--get") => self.get = true,
            Some("--head") => self.head = true,
            _ => {}
        }
    }

    fn take_url(&mut self, at: usize, word: &[u8]) -> Result<(), ImportError> {
        if self.url.is_some() {
            return Err(fault(at, word, "a second URL: one request a line"));
        }
        self.url = Some((at, word.to_vec()));
        Ok(())
    }

    fn take(&mut self, at: usize, name: &'static str, value: Vec<u8>) -> Result<(), ImportError> {
        match name {
            "--request" if is_method(&value) => self.method = Some(value),
            "--request" => return Err(fault(at, &value, "not a method")),
            "--header" => self.header(at, &value)?,
            "--url" => self.take_url(at, &value)?,
            "--request-target" => self.target = Some(value),
            "--user" if !value.contains(&b':') => {
                return Err(fault(
                    at,
                    &value,
                    "curl would ask for the password: write name:password",
                ));
            }
            "--user" => {
                let value = format!("Basic {}", to_base64(&value));
                self.made.push(("Authorization", value.into_bytes()));
            }
            "--cookie" if value.contains(&b'=') => self.made.push(("Cookie", value)),
            "--cookie" => return Err(fault(at, &value, "cookies in a file cannot be read here")),
            "--user-agent" => self.made.push(("User-Agent", value)),
            "--referer" => self.made.push(("Referer", value)),
            "--form" | "--form-string" => {
                let why = "a multipart form gets a new boundary each time; give the body as --data-binary";
                return Err(fault(at, &value, why));
            }
            "--upload-file" | "--config" => {
                return Err(fault(at, &value, "a file cannot be read here"));
            }
            "--oauth2-bearer" => {
                let value = [b"Bearer ", &value[..]].concat();
                self.made.push(("Authorization", value));
            }
            "--range" => self.made.push(("Range", [b"bytes=", &value[..]].concat())),
            "--url-query" => {
                let raw = value.strip_prefix(b"+").map(<[u8]>::to_vec);
                let part = raw.map_or_else(|| url_encoded(at, &value), Ok)?;
                join(&mut self.query, &part);
            }
            "--data-urlencode" => self.add(&url_encoded(at, &value)?, b"&"),
            "--data-raw" => self.add(&value, b"&"),
            data => {
                let is_json = data == "--json";
                self.json |= is_json;
                let between: &[u8] = if is_json { b"" } else { b"&" };
                match (value.as_slice(), self.input.take()) {
                    (b"@-", Some(input)) => self.add(&input, between),
                    (value, _) if value.starts_with(b"@") => {
                        let why = "the body is in a file, which cannot be read here";
                        return Err(fault(at, value, why));
                    }
                    (value, input) => {
                        self.input = input;
                        self.add(value, between);
                    }
                }
            }
        }
        Ok(())
    }

    fn header(&mut self, at: usize, field: &[u8]) -> Result<(), ImportError> {
        let Some(mark) = field.iter().position(|byte| matches!(byte, b':' | b';')) else {
            return Err(fault(at, field, "a header field is `Name: value`"));
        };
        let (name, value) = field.split_at(mark);
        let empty = value == b";";
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        let odd = field.get(mark) == Some(&b';') && !empty;
        if odd || !is_field(name, value) {
            return Err(fault(at, field, "HTTP cannot carry this header field"));
        }
        if value.is_empty() && !empty {
            self.removed.push(name.to_ascii_lowercase());
        } else {
            self.headers.push(name.to_vec(), value.to_vec());
        }
        Ok(())
    }

    fn add(&mut self, data: &[u8], between: &[u8]) {
        match &mut self.data {
            Some(before) => {
                before.extend_from_slice(between);
                before.extend_from_slice(data);
            }
            None => self.data = Some(data.to_vec()),
        }
    }

    fn finish(mut self, words: usize) -> Result<Imported, ImportError> {
        let (at, url) = self
            .url
            .take()
            .ok_or_else(|| fault(words, b"", "the URL is missing"))?;
        let bad = || fault(at, &url, "not an http or https URL");
        let (base, mut target) = divided(&url).ok_or_else(bad)?;
        if let Some(raw) = self.target.take() {
            target = raw.into();
        }
        if self.get
            && let Some(data) = self.data.take()
        {
            join(&mut self.query, &data);
        }
        if !self.query.is_empty() {
            let between: &[u8] = if target.contains(&b'?') { b"&" } else { b"?" };
            target = [&target, between, &self.query].concat().into();
        }
        if target
            .iter()
            .any(|byte| byte.is_ascii_control() || *byte == b' ')
        {
            return Err(bad());
        }
        let default: &[u8] = match (&self.data, self.head) {
            (Some(_), _) => b"POST",
            (None, true) => b"HEAD",
            (None, false) => b"GET",
        };
        let method = self.method.take().unwrap_or_else(|| default.to_vec());
        for (name, value) in std::mem::take(&mut self.made) {
            if !is_field(name.as_bytes(), &value) {
                return Err(fault(at, &value, "HTTP cannot carry this header field"));
            }
            self.add_header(name, value);
        }
        if self.json {
            self.add_header("Content-Type", b"application/json".to_vec());
            self.add_header("Accept", b"application/json".to_vec());
        } else if self.data.is_some() {
            let form = b"application/x-www-form-urlencoded".to_vec();
            self.add_header("Content-Type", form);
        }
        Ok(Imported {
            method: method.into(),
            base: Some(base),
            target,
            headers: self.headers,
            body: self.data.map(Bytes::from).unwrap_or_default(),
            cut: false,
            response: None,
            at: None,
            took: None,
        })
    }

    /// Adds what curl adds by itself, unless the line gives or removes it.
    fn add_header(&mut self, name: &'static str, value: Vec<u8>) {
        let removed = self
            .removed
            .iter()
            .any(|gone| gone.eq_ignore_ascii_case(name.as_bytes()));
        if !removed && !self.headers.contains(name) {
            self.headers.push(name, value);
        }
    }
}

/// As curl has it: all but letters, digits and `-._~` is spelled in hex, and a space as `+`.
fn url_encoded(at: usize, value: &[u8]) -> Result<Vec<u8>, ImportError> {
    let (name, content) = match value.iter().position(|byte| *byte == b'=') {
        Some(0) => (&b""[..], value.get(1..).unwrap_or_default()),
        Some(mark) => value.split_at(mark + 1),
        None if value.contains(&b'@') => {
            return Err(fault(at, value, "a file cannot be read here"));
        }
        None => value.split_at(0),
    };
    let mut out = name.to_vec();
    for byte in content {
        match byte {
            b' ' => out.push(b'+'),
            byte if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) => out.push(*byte),
            byte => out.extend(format!("%{byte:02X}").into_bytes()),
        }
    }
    Ok(out)
}

fn join(query: &mut Vec<u8>, part: &[u8]) {
    if !query.is_empty() {
        query.push(b'&');
    }
    query.extend_from_slice(part);
}

fn fault(at: usize, word: &[u8], message: &str) -> ImportError {
    ImportError::Word {
        index: at + 1,
        word: String::from_utf8_lossy(word).chars().take(80).collect(),
        message: message.to_owned(),
    }
}

#[cfg(test)]
#[path = "curl_tests.rs"]
mod tests;
