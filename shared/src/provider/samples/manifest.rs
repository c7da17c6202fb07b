//! What a provider's folder holds.

use serde::Deserialize;

use super::body::Kind;
use super::{Again, Sample};
use crate::provider::row::Handshake;

/// The files of one provider.
pub(super) struct Folder {
    pub(super) provider: &'static str,
    pub(super) manifest: &'static str,
    /// Names and what they hold.
    pub(super) files: &'static [(&'static str, &'static str)],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Manifest {
    /// Fields that all requests of the provider have, as `Name: value`.
    #[serde(default)]
    headers: Vec<String>,
    /// What kind of bodies they say they have, if not the plain kind of the file.
    #[serde(default)]
    content_type: Option<String>,
    /// Fields that they have besides when they are sent again (see [`Again`]).
    #[serde(default)]
    again: Vec<String>,
    /// Signs at the end of every body.
    #[serde(default)]
    ending: String,
    /// Names of samples that happen one after the other; all events, if nothing is said.
    #[serde(default)]
    series: Vec<String>,
    sample: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Entry {
    event: String,
    #[serde(default)]
    name: Option<String>,
    about: String,
    /// None if there is no body.
    #[serde(default)]
    file: Option<String>,
    #[serde(default)]
    headers: Vec<String>,
    #[serde(default)]
    content_type: Option<String>,
    #[serde(default = "post")]
    method: String,
    #[serde(default)]
    query: String,
    #[serde(default = "yes")]
    signed: bool,
    #[serde(default)]
    handshake: Option<Handshake>,
}

fn post() -> String {
    "POST".to_owned()
}

fn yes() -> bool {
    true
}

/// The samples of a folder. What cannot be read is left out; a test sees to it that nothing is.
pub(super) fn read(folder: &'static Folder) -> Vec<Sample> {
    let Ok(manifest) = toml::from_str::<Manifest>(folder.manifest) else {
        return Vec::new();
    };
    let Manifest {
        headers: common,
        content_type,
        again,
        ending,
        sample,
        ..
    } = manifest;
    let again: Option<Vec<_>> = again.iter().map(|text| field(text)).collect();
    let again = Again(again.unwrap_or_default());
    let usual = |entry: Entry| Entry {
        content_type: entry.content_type.or(match &entry.file {
            Some(_) => content_type.clone(),
            None => None,
        }),
        ..entry
    };
    let made = |entry| made(folder, &common, &again, &ending, usual(entry));
    sample.into_iter().filter_map(made).collect()
}

/// Names of samples in the order in which such things happen.
pub(super) fn series(folder: &Folder) -> Vec<String> {
    let manifest = toml::from_str::<Manifest>(folder.manifest);
    manifest.map_or_else(|_| Vec::new(), |manifest| manifest.series)
}

fn made(
    folder: &Folder,
    common: &[String],
    again: &Again,
    ending: &str,
    entry: Entry,
) -> Option<Sample> {
    let (kind, body) = match &entry.file {
        None => (Kind::Nothing, ""),
        Some(file) => {
            let held = folder.files.iter().find(|(name, _)| name == file);
            (Kind::of(file)?, held?.1)
        }
    };
    let content_type = entry.content_type.as_deref().or(kind.content_type());
    let content_type = content_type.map(|value| ("Content-Type".to_owned(), value.to_owned()));
    let fields = common.iter().chain(&entry.headers).map(|text| field(text));
    let headers: Option<Vec<_>> = content_type.into_iter().map(Some).chain(fields).collect();
    Some(Sample {
        provider: folder.provider,
        name: entry.name.unwrap_or_else(|| entry.event.clone()),
        event: entry.event,
        about: entry.about,
        method: entry.method,
        query: entry.query,
        signed: entry.signed,
        handshake: entry.handshake,
        again: again.clone(),
        headers: headers?,
        ending: match kind {
            Kind::Nothing => String::new(),
            Kind::Json | Kind::Form => ending.to_owned(),
        },
        kind,
        body,
    })
}

/// `Name: value`.
fn field(text: &str) -> Option<(String, String)> {
    let (name, value) = text.split_once(": ")?;
    Some((name.to_owned(), value.to_owned()))
}

#[cfg(test)]
pub(super) fn fault(folder: &Folder) -> Option<String> {
    match toml::from_str::<Manifest>(folder.manifest) {
        Err(error) => Some(error.to_string()),
        Ok(manifest) => {
            if let Some(wrong) = manifest.again.iter().find(|text| field(text).is_none()) {
                return Some(format!("{wrong} is no field"));
            }
            let name = |entry: &Entry| entry.name.clone().unwrap_or(entry.event.clone());
            let names: Vec<String> = manifest.sample.iter().map(name).collect();
            if let Some(name) = manifest.series.iter().find(|name| !names.contains(name)) {
                return Some(format!("a series has {name}, which there is not"));
            }
            if let Some(twice) = (1..names.len()).find(|&at| names[..at].contains(&names[at])) {
                return Some(format!("two samples are called {}", names[twice]));
            }
            let files: Vec<_> = manifest
                .sample
                .iter()
                .filter_map(|entry| entry.file.clone())
                .collect();
            let unused = folder
                .files
                .iter()
                .find(|(name, _)| !files.iter().any(|file| file == name));
            unused.map(|(name, _)| format!("no sample has {name}"))
        }
    }
}
