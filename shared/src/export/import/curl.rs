//! A curl command line, as browsers, documentation and this program write it.

use bytes::Bytes;
use form_urlencoded::byte_serialize;

use super::split::{unescape, words};
use super::{ImportError, Imported, divided, is_field, is_method};
use crate::export::to_base64;
use crate::model::Headers;

/// Options that change how, not what, is sent.
const WITHOUT_VALUE: &[&str] = &[
    "--compressed",
    "--globoff",
    "-g",
    "--path-as-is",
    "--http1.1",
    "--http1.0",
    "--http2",
    "-k",
    "--insecure",
    "-s",
    "--silent",
    "-S",
    "--show-error",
    "-v",
    "--verbose",
    "-i",
    "--include",
    "-L",
    "--location",
    "-f",
    "--fail",
    "-sS",
    "--no-progress-meter",
];
const WITH_VALUE: &[&str] = &[
    "-o",
    "--output",
    "-m",
    "--max-time",
    "--connect-timeout",
    "-x",
    "--proxy",
    "-w",
    "--write-out",
    "--retry",
    "--cacert",
    "--resolve",
];
/// Options whose value matters; the second is the short name of the first.
const KNOWN: &[(&str, &str)] = &[
    ("--request", "-X"),
    ("--header", "-H"),
    ("--data", "-d"),
    ("--data-ascii", ""),
    ("--data-raw", ""),
    ("--data-binary", ""),
    ("--data-urlencode", ""),
    ("--json", ""),
    ("--user", "-u"),
    ("--cookie", "-b"),
    ("--user-agent", "-A"),
    ("--referer", "-e"),
    ("--url", ""),
    ("--request-target", ""),
    ("--form", "-F"),
    ("--form-string", ""),
    ("--upload-file", "-T"),
    ("--config", "-K"),
];

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
    input: Option<Vec<u8>>,
}

/// Reads one command line; `printf '…' |` before it is understood. `--compressed` and what
/// else concerns only the transfer is passed over.
///
/// # Errors
/// [`ImportError::Quoting`] or [`ImportError::Word`]: not curl, an unknown option, a form or
/// a body that is in a file, which reading a line cannot open.
pub fn curl(line: &str) -> Result<Imported, ImportError> {
    let words = words(line)?;
    let mut read = Line::default();
    let mut at = 0;
    if words.first().is_some_and(|word| word == b"printf") {
        read.input = words.get(1).map(|format| unescape(format, true));
        at = 3;
    }
    match words.get(at) {
        Some(word) if word == b"curl" || word.ends_with(b"/curl") => at += 1,
        other => {
            let word = other.cloned().unwrap_or_default();
            return Err(fault(at, &word, "this is not a curl command line"));
        }
    }
    let mut options = true;
    while let Some(word) = words.get(at) {
        let text = String::from_utf8_lossy(word).into_owned();
        if !options || !text.starts_with('-') || text == "-" {
            read.take_url(at, word)?;
        } else if text == "--" {
            options = false;
        } else if !read.switch(&text) {
            let (name, glued) = option(&text, word);
            let (name, glued) = name
                .ok_or_else(|| fault(at, word, "unknown option"))
                .map(|n| (n, glued))?;
            let value = match glued {
                Some(value) => value,
                None => {
                    at += 1;
                    let missing = || fault(at, word, "its value is missing");
                    words.get(at).cloned().ok_or_else(missing)?
                }
            };
            read.take(at, name, value)?;
        }
        at += 1;
    }
    read.finish(words.len())
}

/// The long name of an option, and the value where it is part of the word (`-XPOST`).
fn option(text: &str, word: &[u8]) -> (Option<&'static str>, Option<Vec<u8>>) {
    if let Some((long, _)) = KNOWN
        .iter()
        .find(|(long, short)| text == *long || text == *short)
    {
        return (Some(long), None);
    }
    if WITH_VALUE.contains(&text) {
        return (Some("--output"), None);
    }
    let glued = KNOWN
        .iter()
        .find(|(_, short)| !short.is_empty() && !text.starts_with("--") && text.starts_with(short));
    match glued {
        Some((long, _)) => (Some(long), word.get(2..).map(<[u8]>::to_vec)),
        None => (None, None),
    }
}

impl Line {
    fn switch(&mut self, text: &str) -> bool {
        match text {
            "-G" | "--get" => self.get = true,
            "-I" | "--head" => self.head = true,
            _ => return WITHOUT_VALUE.contains(&text),
        }
        true
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
            "--output" => {}
            "--data-urlencode" => self.url_encoded(at, &value)?,
            "--data-raw" => self.add(value),
            data => {
                self.json |= data == "--json";
                match (value.as_slice(), self.input.take()) {
                    (b"@-", Some(input)) => self.add(input),
                    (value, _) if value.starts_with(b"@") => {
                        let why = "the body is in a file, which cannot be read here";
                        return Err(fault(at, value, why));
                    }
                    (_, input) => {
                        self.input = input;
                        self.add(value);
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

    fn url_encoded(&mut self, at: usize, value: &[u8]) -> Result<(), ImportError> {
        let (name, content) = match value.iter().position(|byte| *byte == b'=') {
            Some(mark) => value.split_at(mark + 1),
            None if value.contains(&b'@') => {
                return Err(fault(at, value, "a file cannot be read here"));
            }
            None => value.split_at(0),
        };
        let mut data = if name == b"=" {
            Vec::new()
        } else {
            name.to_vec()
        };
        data.extend(byte_serialize(content).collect::<String>().into_bytes());
        self.add(data);
        Ok(())
    }

    fn add(&mut self, data: Vec<u8>) {
        match &mut self.data {
            Some(before) => {
                if !self.json {
                    before.push(b'&');
                }
                before.extend(data);
            }
            None => self.data = Some(data),
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
            && let Some(query) = self.data.take()
        {
            let mut longer = target.to_vec();
            longer.push(if target.contains(&b'?') { b'&' } else { b'?' });
            longer.extend(query);
            target = longer.into();
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

fn fault(at: usize, word: &[u8], message: &str) -> ImportError {
    ImportError::Word {
        index: at + 1,
        word: String::from_utf8_lossy(word).chars().take(80).collect(),
        message: message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_browsers_and_documentation_write_is_read() {
        let read = curl(
            "curl 'https://example.com/hook?a=1#f' \\\n  -H 'accept: */*' -XPUT \\\r\n \
             --data-raw $'{\"a\":\"it\\'s \\u00e9\\x21\"}' --compressed -u me:pw -b 'a=b'",
        )
        .unwrap();
        assert_eq!(read.base.as_deref(), Some("https://example.com"));
        assert_eq!(&read.target[..], b"/hook?a=1");
        assert_eq!(&read.method[..], b"PUT");
        assert_eq!(&read.body[..], "{\"a\":\"it's é!\"}".as_bytes());
        assert_eq!(
            &read.headers.get("Authorization").unwrap()[..],
            b"Basic bWU6cHc="
        );
        assert_eq!(&read.headers.get("Cookie").unwrap()[..], b"a=b");
        let read = curl("curl -G -d a=1 --data-urlencode 'b=x y' localhost:3000").unwrap();
        assert_eq!(&read.target[..], b"/?a=1&b=x+y");
        assert_eq!(&read.method[..], b"GET");
        let read = curl("curl --json '{}' --url http://h/").unwrap();
        assert_eq!(
            &read.headers.get("Content-Type").unwrap()[..],
            b"application/json"
        );
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_its_place() {
        for (line, expected) in [
            ("curl -F a=b http://h/", "word 3 (a=b)"),
            ("curl http://h/ --nonsense", "word 3 (--nonsense)"),
            ("curl -d @file http://h/", "word 3 (@file)"),
            ("wget http://h/", "word 1 (wget)"),
            ("curl 'http://h/", "byte 15"),
            ("curl http://h/ -H", "word 4 (-H)"),
            ("curl", "URL is missing"),
            ("", "not a curl"),
        ] {
            let error = curl(line).unwrap_err().to_string();
            assert!(error.contains(expected), "{line}: {error}");
        }
    }

    proptest! {
        #[test]
        fn any_line_can_be_read(line in "curl [ -~\\n]{0,40}") {
            let _ = curl(&line);
        }
    }
}
