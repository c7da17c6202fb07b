//! All providers, against all fixtures in `tests/fixtures/providers`.

mod any_bytes;
mod attacks;
mod fixtures;
mod judging;
mod parts;
mod properties;
mod sentences;
mod user_rows;

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{CertifiedKey, Draft, Request, Row, Secret, Table, With};
use crate::model::{Header, Timestamp};

/// One request and what is to be found out about it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixture {
    #[serde(skip)]
    pub folder: String,
    #[serde(skip)]
    pub name: String,
    pub source: String,
    pub request: Given,
    pub check: Conditions,
    pub expect: Expected,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Given {
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
    pub body_base64: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conditions {
    pub secrets: Vec<Kept>,
    /// Seconds since 1970.
    pub at: i64,
    /// Address, and the key as base64 of its DER.
    #[serde(default)]
    pub certificates: Vec<(String, String)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    pub label: String,
    pub text: String,
    pub name: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// Whose it is found to be; `none` if nobody's.
    pub provider: String,
    /// The row it is checked by, if it is not found out.
    pub row: Option<String>,
    pub verdict: String,
    pub reason: Option<String>,
    pub near: Option<Vec<String>>,
    pub scheme: Option<String>,
    pub secret: Option<String>,
    pub event: Option<String>,
    pub delivery: Option<String>,
    pub summary: Option<String>,
    /// Signed again at the same moment it is the same, byte for byte.
    #[serde(default)]
    pub resign: bool,
}

/// A fixture as the functions take it.
pub struct Case {
    pub headers: Vec<Header>,
    pub body: Vec<u8>,
    pub secrets: Vec<Secret>,
    pub certificates: Vec<CertifiedKey>,
    pub at: Timestamp,
}

impl Fixture {
    pub fn place(&self) -> String {
        format!("{}/{}", self.folder, self.name)
    }

    pub fn row<'t>(&self, table: &'t Table) -> &'t Row {
        let id = self.expect.row.as_ref().unwrap_or(&self.expect.provider);
        let row = table.get(id);
        row.unwrap_or_else(|| panic!("{}: there is no row {id}", self.place()))
    }

    pub fn case(&self) -> Case {
        let id = self.expect.row.as_ref().unwrap_or(&self.expect.provider);
        let body = match (&self.request.body, &self.request.body_base64) {
            (Some(text), None) => text.clone().into_bytes(),
            (None, Some(text)) => base64(text),
            _ => panic!("{}: one body", self.place()),
        };
        let secret = |kept: &Kept| {
            let secret = Secret::new(id, &kept.label, kept.text.clone());
            match &kept.name {
                Some(name) => secret.only_for(name),
                None => secret,
            }
        };
        let certificates = self.check.certificates.iter();
        Case {
            headers: (self.request.headers.iter())
                .map(|(name, value)| header(name, value))
                .collect(),
            body,
            secrets: self.check.secrets.iter().map(secret).collect(),
            certificates: certificates
                .map(|(url, key)| CertifiedKey::always(url.clone(), base64(key)))
                .collect(),
            at: Timestamp::from_micros(self.check.at * 1_000_000),
        }
    }

    pub fn request<'a>(&'a self, case: &'a Case) -> Request<'a> {
        Request::new(
            self.request.method.as_bytes(),
            self.request.url.as_bytes(),
            &case.headers,
            &case.body[..],
        )
    }

    pub fn draft(&self, case: &Case) -> Draft {
        let url = &self.request.url;
        let at = url
            .match_indices('/')
            .nth(2)
            .map_or(url.len(), |(at, _)| at);
        Draft {
            method: self.request.method.clone().into(),
            base: url[..at].to_owned().into(),
            target: url[at..].to_owned().into(),
            headers: case.headers.iter().cloned().collect(),
            body: case.body.clone().into(),
        }
    }
}

impl Case {
    pub fn with(&self) -> With<'_> {
        With {
            secrets: &self.secrets,
            name: "shop",
            at: self.at,
            tolerance: None,
            certificates: &self.certificates,
        }
    }
}

pub fn header(name: &str, value: impl AsRef<[u8]>) -> Header {
    Header {
        name: name.to_owned().into(),
        value: value.as_ref().to_vec().into(),
    }
}

pub fn base64(text: &str) -> Vec<u8> {
    super::algorithm::Encoding::Base64
        .decode(text)
        .expect("base64")
}

pub fn table() -> Table {
    Table::builtin().expect("all rows can be used")
}

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/providers")
}

/// All fixtures, in order.
pub fn all() -> Vec<Fixture> {
    let mut found = Vec::new();
    let entries = |path: &Path| {
        let mut names: Vec<PathBuf> = std::fs::read_dir(path)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
            .map(|entry| entry.expect("a readable folder").path())
            .collect();
        names.sort();
        names
    };
    for path in entries(&folder()).into_iter().filter(|path| path.is_dir()) {
        for file in entries(&path) {
            let text = std::fs::read_to_string(&file).expect("a readable file");
            let mut fixture: Fixture =
                toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            let part = |path: &Path| path.file_stem().unwrap().to_string_lossy().into_owned();
            fixture.folder = part(&path);
            fixture.name = part(&file);
            found.push(fixture);
        }
    }
    found
}

/// The fixture of this place.
pub fn one(place: &str) -> Fixture {
    let mut found = all().into_iter().filter(|fixture| fixture.place() == place);
    found.next().unwrap_or_else(|| panic!("no fixture {place}"))
}
