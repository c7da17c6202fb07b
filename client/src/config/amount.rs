//! Amounts with units: `25MiB`, `30d`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use hookreel_shared::filter;
use serde::{Deserialize, Serialize};

/// A number of bytes, as it was written: `512k`, `10MB`, `25MiB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "u64")]
pub struct Size(pub u64);

/// A span of time, as it was written: `12h`, `30d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Age(pub Duration);

/// A size in a file is a number or a text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Number(u64),
    Text(String),
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        filter::bytes(text).map(Self)
    }
}

impl FromStr for Age {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        filter::micros(text).map(|micros| Self(Duration::from_micros(micros)))
    }
}

impl TryFrom<Written> for Size {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        match written {
            Written::Number(number) => Ok(Self(number)),
            Written::Text(text) => text.parse(),
        }
    }
}

impl TryFrom<String> for Age {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Size> for u64 {
    fn from(size: Size) -> Self {
        size.0
    }
}

impl From<Age> for String {
    fn from(age: Age) -> Self {
        age.to_string()
    }
}

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}s", self.0.as_secs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_numbers_with_the_usual_units() {
        for (text, bytes) in [
            ("0", 0),
            ("512k", 512_000),
            ("10MB", 10_000_000),
            ("25MiB", 25 << 20),
            ("1.5GiB", 3 << 29),
        ] {
            assert_eq!(text.parse(), Ok(Size(bytes)), "{text}");
        }
        assert!("much".parse::<Size>().unwrap_err().contains("1.5MiB"));
    }

    #[test]
    fn an_age_is_told_with_its_unit() {
        assert_eq!("30d".parse(), Ok(Age(Duration::from_secs(30 * 86_400))));
        assert!("30".parse::<Age>().is_err());
    }
}
