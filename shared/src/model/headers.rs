//! Header fields as they came: order, duplicates, case and every byte of the values kept.

use bytes::Bytes;

/// One header field. Name and value are the bytes that came, without the separators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The field name in the case it came in.
    pub name: Bytes,
    /// The field value: any bytes but NUL, CR and LF (RFC 9110 §5.5).
    pub value: Bytes,
}

impl Header {
    /// Whether this field has the given name; case does not count (RFC 9110 §5.1).
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }
}

/// An ordered list of header fields that keeps duplicates and case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers(Vec<Header>);

impl Headers {
    /// An empty list.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty list with room for `n` fields.
    #[must_use]
    pub fn with_capacity(n: usize) -> Self {
        Self(Vec::with_capacity(n))
    }

    /// Adds a field at the end.
    pub fn push(&mut self, name: impl Into<Bytes>, value: impl Into<Bytes>) {
        self.0.push(Header {
            name: name.into(),
            value: value.into(),
        });
    }

    /// The value of the first field of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Bytes> {
        self.0
            .iter()
            .find(|header| header.is(name))
            .map(|header| &header.value)
    }

    /// The values of all fields of that name, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Bytes> {
        self.0
            .iter()
            .filter(move |header| header.is(name))
            .map(|header| &header.value)
    }

    /// Whether a field of that name is there.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Removes every field of that name.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|header| !header.is(name));
    }

    /// Keeps only the fields for which `keep` holds.
    pub fn retain(&mut self, keep: impl FnMut(&Header) -> bool) {
        self.0.retain(keep);
    }

    /// All fields in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Header> {
        self.0.iter()
    }

    /// All fields in order.
    #[must_use]
    pub fn as_slice(&self) -> &[Header] {
        &self.0
    }

    /// How many fields there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no field at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The items of all fields of that name, taken as comma-separated lists (RFC 9110 §5.6.1):
    /// trimmed, empty items left out.
    pub fn list_items<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.all(name)
            .flat_map(|value| value.split(|&b| b == b','))
            .map(<[u8]>::trim_ascii)
            .filter(|item| !item.is_empty())
    }
}

impl<'a> IntoIterator for &'a Headers {
    type Item = &'a Header;
    type IntoIter = std::slice::Iter<'a, Header>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl IntoIterator for Headers {
    type Item = Header;
    type IntoIter = std::vec::IntoIter<Header>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl FromIterator<Header> for Headers {
    fn from_iter<I: IntoIterator<Item = Header>>(headers: I) -> Self {
        Self(headers.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Headers {
        let mut headers = Headers::new();
        headers.push("X-Dup", "one");
        headers.push("Connection", "close, X-Dup");
        headers.push("x-dup", &b"\xfftwo"[..]);
        headers
    }

    #[test]
    fn duplicates_keep_their_order_and_case() {
        let headers = sample();
        let values: Vec<_> = headers.all("X-DUP").map(|v| v.to_vec()).collect();
        assert_eq!(values, [b"one".to_vec(), b"\xfftwo".to_vec()]);
        assert_eq!(
            headers.iter().map(|h| &h.name[..]).collect::<Vec<_>>(),
            [&b"X-Dup"[..], b"Connection", b"x-dup"]
        );
    }

    #[test]
    fn list_items_are_trimmed_and_never_empty() {
        let mut headers = Headers::new();
        headers.push("Connection", " close ,, keep-alive");
        headers.push("connection", "upgrade");
        let items: Vec<_> = headers.list_items("Connection").collect();
        assert_eq!(items, [&b"close"[..], b"keep-alive", b"upgrade"]);
    }

    #[test]
    fn remove_takes_every_duplicate_whatever_its_case() {
        let mut headers = sample();
        headers.remove("x-DUP");
        assert_eq!(headers.len(), 1);
    }
}
