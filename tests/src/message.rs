//! An HTTP/1 message as it came over the wire.

/// Start line, fields, body and trailers, as bytes came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Request line or status line, without its line end.
    pub start: Vec<u8>,
    /// Fields in order, names as they came.
    pub fields: Vec<(String, Vec<u8>)>,
    /// The body, decoded if chunked.
    pub body: Vec<u8>,
    /// Trailers of a chunked body.
    pub trailers: Vec<(String, Vec<u8>)>,
}

impl Message {
    /// From a head with its empty line.
    ///
    /// # Panics
    /// If it is not one.
    #[must_use]
    pub fn from_head(head: &[u8]) -> Self {
        let text = head
            .strip_suffix(b"\r\n\r\n")
            .expect("a head ends in an empty line");
        let mut lines = split_lines(text).into_iter();
        let start = lines.next().unwrap_or_default().to_vec();
        let fields = lines.map(field).collect();
        Self {
            start,
            fields,
            body: Vec::new(),
            trailers: Vec::new(),
        }
    }

    /// The start line as text.
    #[must_use]
    pub fn start(&self) -> String {
        String::from_utf8_lossy(&self.start).into_owned()
    }

    /// The status of an answer.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn status(&self) -> u16 {
        let status = self
            .start()
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        status.unwrap_or_else(|| panic!("not a status line: {}", self.start()))
    }

    /// The method of a request.
    #[must_use]
    pub fn method(&self) -> String {
        self.start()
            .split(' ')
            .next()
            .unwrap_or_default()
            .to_owned()
    }

    /// The target of a request.
    #[must_use]
    pub fn target(&self) -> String {
        self.start()
            .split(' ')
            .nth(1)
            .unwrap_or_default()
            .to_owned()
    }

    /// All values of a field, in order, as text.
    #[must_use]
    pub fn all(&self, name: &str) -> Vec<String> {
        let named = self
            .fields
            .iter()
            .filter(|(found, _)| found.eq_ignore_ascii_case(name));
        named
            .map(|(_, value)| String::from_utf8_lossy(value).into_owned())
            .collect()
    }

    /// The first value of a field, as text.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        self.all(name).into_iter().next()
    }

    /// The first value of a field as it came.
    #[must_use]
    pub fn raw(&self, name: &str) -> Option<&[u8]> {
        let mut named = self
            .fields
            .iter()
            .filter(|(found, _)| found.eq_ignore_ascii_case(name));
        named.next().map(|(_, value)| value.as_slice())
    }

    /// The first value of a trailer, as text.
    #[must_use]
    pub fn trailer(&self, name: &str) -> Option<String> {
        let mut named = self
            .trailers
            .iter()
            .filter(|(found, _)| found.eq_ignore_ascii_case(name));
        named
            .next()
            .map(|(_, value)| String::from_utf8_lossy(value).into_owned())
    }

    /// Names of all fields, in lower case and order.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.fields
            .iter()
            .map(|(name, _)| name.to_ascii_lowercase())
            .collect()
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The length announced, if any.
    #[must_use]
    pub fn content_length(&self) -> Option<usize> {
        self.get("content-length")
            .and_then(|length| length.parse().ok())
    }

    /// Whether the body is chunked.
    #[must_use]
    pub fn is_chunked(&self) -> bool {
        self.get("transfer-encoding")
            .is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"))
    }

    /// Status, or code of the relay's own answer such as `503 HR-5031`.
    #[must_use]
    pub fn outcome(&self) -> String {
        match self.get("hookreel-error") {
            Some(code) => format!("{} {code}", self.status()),
            None => self.status().to_string(),
        }
    }
}

/// A field line.
pub(crate) fn field(line: &[u8]) -> (String, Vec<u8>) {
    let colon = line.iter().position(|&b| b == b':').unwrap_or(line.len());
    let name = String::from_utf8_lossy(&line[..colon]).into_owned();
    let value = line
        .get(colon + 1..)
        .unwrap_or_default()
        .trim_ascii()
        .to_vec();
    (name, value)
}

fn split_lines(text: &[u8]) -> Vec<&[u8]> {
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.windows(2).position(|two| two == b"\r\n") {
        lines.push(&rest[..at]);
        rest = &rest[at + 2..];
    }
    lines.push(rest);
    lines
}
