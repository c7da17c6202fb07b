//! How what is given back must be written.

/// None of them has a line break, nor anything that is
/// HTML, nor the signs between the parts of what is signed.
#[derive(Clone, Copy)]
pub(super) enum Form {
    /// Letters, digits, `-` and `_`.
    Token,
    /// A GUID.
    Guid,
    /// Words and marks in ASCII.
    Words,
}

impl Form {
    /// Whether a text is written so.
    pub(super) fn holds(self, text: &str) -> bool {
        let (lengths, fits): (_, fn(u8) -> bool) = match self {
            Self::Token => (1..=256, |c| c.is_ascii_alphanumeric() || b"-_".contains(&c)),
            Self::Guid => (32..=38, |c| c.is_ascii_hexdigit() || b"-{}".contains(&c)),
            Self::Words => (1..=1024, |c| {
                c.is_ascii_alphanumeric() || b" -_.~+/=:,;()!@*|".contains(&c)
            }),
        };
        lengths.contains(&text.len()) && text.bytes().all(fits)
    }
}
