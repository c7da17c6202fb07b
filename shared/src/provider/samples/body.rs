//! How the bodies of samples are kept: laid out to be read, not as they are sent.

use std::fmt::Write as _;

use super::fill::Dice;

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// JSON over several lines; sent without blanks between its parts.
    Json,
    /// A line for each field, `name=value`, not encoded; lines that begin with blanks belong to
    /// the value above them. Sent as `application/x-www-form-urlencoded`.
    Form,
    /// There is no file, nor a body.
    Nothing,
}

impl Kind {
    pub(super) fn of(file: &str) -> Option<Self> {
        match file.rsplit('.').next()? {
            "json" => Some(Self::Json),
            "form" => Some(Self::Form),
            _ => None,
        }
    }

    pub(super) fn content_type(self) -> Option<&'static str> {
        match self {
            Self::Json => Some("application/json"),
            Self::Form => Some("application/x-www-form-urlencoded"),
            Self::Nothing => None,
        }
    }

    /// The body as it is sent.
    pub(super) fn write(self, text: &str, dice: &mut Dice<'_>) -> String {
        match self {
            Self::Json => dice.fill(&compact(text)),
            Self::Form => form(text, dice),
            Self::Nothing => String::new(),
        }
    }
}

/// JSON without what stands between its parts.
fn compact(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut inside, mut escaped) = (false, false);
    for sign in text.chars() {
        if !inside && sign.is_ascii_whitespace() {
            continue;
        }
        if sign == '"' && !escaped {
            inside = !inside;
        }
        escaped = sign == '\\' && !escaped;
        out.push(sign);
    }
    out
}

fn form(text: &str, dice: &mut Dice<'_>) -> String {
    let mut fields: Vec<String> = Vec::new();
    for line in text.lines() {
        match fields.last_mut() {
            Some(field) if line.starts_with(' ') => {
                let _ = write!(field, "{}", line.trim());
            }
            _ => fields.push(line.to_owned()),
        }
    }
    let mut out = form_urlencoded::Serializer::new(String::new());
    for field in &fields {
        let (name, value) = field.split_once('=').unwrap_or((field, ""));
        let is_json = value.starts_with(['{', '[']) && !value.starts_with("{{");
        let value = if is_json {
            compact(value)
        } else {
            value.to_owned()
        };
        out.append_pair(name, &dice.fill(&value));
    }
    out.finish()
}
