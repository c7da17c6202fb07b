//! Requests as providers send them, made up: for trying a handler before the provider is set up,
//! and for cases that are hard to bring about.
//!
//! Each provider has a folder with a `manifest.toml`, which tells for each sample its event, its
//! head and what it is about, and one file for each body. Ids and times in them stand in braces
//! and are filled in when a request is made of them (see [`fill`]).

mod again;
mod body;
mod files;
pub mod fill;
mod manifest;
mod set;
mod variants;

use super::edit::Draft;
use super::row::Handshake;
use crate::model::{Headers, Timestamp};

pub use again::Again;
pub use fill::Fill;
pub use set::{SetError, set};
pub use variants::{Made, Variant, VariantError, vary};

/// A request that can be made up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// The id of the provider's row.
    pub provider: &'static str,
    /// What it is called here; mostly the event.
    pub name: String,
    /// What the provider calls the event.
    pub event: String,
    /// What it is about, in one line.
    pub about: String,
    /// The method.
    pub method: String,
    /// What the provider adds to the address; empty for most.
    pub query: String,
    /// Whether the provider signs it.
    pub signed: bool,
    /// The question it is, if it is one that providers ask before they send anything.
    pub handshake: Option<Handshake>,
    /// What the provider adds when it sends it again.
    pub again: Again,
    /// Names and values of the head, in order.
    headers: Vec<(String, String)>,
    /// Signs at the end of the body that some providers send.
    ending: String,
    kind: body::Kind,
    body: &'static str,
}

/// There is no sample of this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unknown {
    /// Nor any of this provider.
    #[error("there are no samples of {provider}{}", meant(.near, .all))]
    Provider {
        /// What was asked for.
        provider: String,
        /// Names that look like it, the nearest first.
        near: Vec<String>,
        /// All there are.
        all: Vec<String>,
    },
    /// The provider has others.
    #[error("there is no sample {event} of {provider}{}", meant(.near, .all))]
    Event {
        /// The provider.
        provider: String,
        /// What was asked for.
        event: String,
        /// Names that look like it, the nearest first.
        near: Vec<String>,
        /// All there are.
        all: Vec<String>,
    },
}

/// The providers that have samples, in the order of the alphabet.
pub fn providers() -> impl Iterator<Item = &'static str> {
    files::FOLDERS.iter().map(|folder| folder.provider)
}

/// All samples of a provider, the most used first.
///
/// # Errors
/// [`Unknown`] if there are none.
pub fn list(provider: &str) -> Result<Vec<Sample>, Unknown> {
    match folder(provider) {
        Some(folder) => Ok(manifest::read(folder)),
        None => Err(Unknown::Provider {
            provider: provider.to_owned(),
            near: alike(provider, providers()),
            all: providers().map(str::to_owned).collect(),
        }),
    }
}

/// The sample of a name or an event. The beginning is enough where a part ends there:
/// `pull_request` for `pull_request.opened`; case does not count.
///
/// # Errors
/// [`Unknown`] with names that look like it.
pub fn get(provider: &str, event: &str) -> Result<Sample, Unknown> {
    let samples = list(provider)?;
    let is_named = |sample: &&Sample| sample.name.eq_ignore_ascii_case(event);
    let is_of = |sample: &&Sample| sample.event.eq_ignore_ascii_case(event);
    let begins = |sample: &&Sample| {
        let name = sample.event.to_ascii_lowercase();
        let behind = name.strip_prefix(&event.to_ascii_lowercase());
        behind.is_some_and(|behind| behind.starts_with(['.', '/', ':']))
    };
    let found = samples.iter().find(is_named);
    let found = found.or_else(|| samples.iter().find(is_of));
    match found.or_else(|| samples.iter().find(begins)) {
        Some(sample) => Ok(sample.clone()),
        None => Err(Unknown::Event {
            provider: provider.to_owned(),
            event: event.to_owned(),
            near: alike(event, samples.iter().map(|sample| &*sample.name)),
            all: samples.into_iter().map(|sample| sample.name).collect(),
        }),
    }
}

/// Samples of a provider in the order in which such things happen, made with one seed: the same
/// customer, order or fault in all of them. The last happens now, each other a second before the
/// next.
///
/// # Errors
/// [`Unknown`] if there are none.
pub fn series(provider: &str, fill: &Fill<'_>) -> Result<Vec<(Sample, Draft)>, Unknown> {
    let samples = list(provider)?;
    let told = folder(provider).map(manifest::series).unwrap_or_default();
    let is_event = |sample: &&Sample| sample.handshake.is_none();
    let chosen: Vec<Sample> = if told.is_empty() {
        samples.iter().filter(is_event).cloned().collect()
    } else {
        let named = |name: &String| samples.iter().find(|sample| sample.name == *name).cloned();
        told.iter().filter_map(named).collect()
    };
    let first = fill.now.as_micros() - 1_000_000 * i64::try_from(chosen.len()).unwrap_or(0);
    let made = (1..).zip(chosen).map(|(second, sample)| {
        let now = Timestamp::from_micros(first + 1_000_000 * second);
        let draft = sample.draft(&Fill { now, ..*fill });
        (sample, draft)
    });
    Ok(made.collect())
}

fn folder(provider: &str) -> Option<&'static manifest::Folder> {
    let mut folders = files::FOLDERS.iter();
    folders.find(|folder| folder.provider == provider)
}

impl Sample {
    /// The request, unsigned. The same `fill` gives the same request.
    #[must_use]
    pub fn draft(&self, fill: &Fill<'_>) -> Draft {
        let mut dice = fill.dice(&self.name);
        let mut headers = Headers::with_capacity(self.headers.len());
        for (name, value) in &self.headers {
            headers.push(name.clone(), dice.fill(value));
        }
        let query = dice.fill(&self.query);
        let target = match (query.as_str(), fill.target.contains('?')) {
            ("", _) => fill.target.to_owned(),
            (query, true) => format!("{}&{query}", fill.target),
            (query, false) => format!("{}?{query}", fill.target),
        };
        let mut body = self.kind.write(self.body, &mut dice);
        body.push_str(&self.ending);
        Draft {
            method: self.method.clone().into(),
            base: fill.base.to_owned().into(),
            target: target.into(),
            headers,
            body: body.into(),
        }
    }
}

/// Names that look like one, the nearest first; three at most.
fn alike<'a>(name: &str, all: impl Iterator<Item = &'a str>) -> Vec<String> {
    let name = name.to_lowercase();
    let likeness = |other: &str| {
        let contains = other.contains(&name) && name.len() >= 3;
        let signs: [Vec<char>; 2] = [
            name.chars().collect(),
            other.to_lowercase().chars().collect(),
        ];
        let [own, theirs] = &signs;
        let steps = similar::capture_diff_slices(similar::Algorithm::Myers, own, theirs);
        let ratio = similar::diff_ratio(&steps, own.len(), theirs.len());
        if contains { ratio.max(0.9) } else { ratio }
    };
    let mut found: Vec<(f32, &str)> = all.map(|other| (likeness(other), other)).collect();
    found.retain(|(likeness, _)| *likeness > 0.6);
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    // One that is clearly the nearest stands alone.
    let best = found.first().map_or(0.0, |(likeness, _)| *likeness);
    let nearest = found.into_iter().take(3);
    let nearest = nearest.take_while(|(likeness, _)| best - likeness < 0.1);
    nearest.map(|(_, other)| other.to_owned()).collect()
}

fn meant(near: &[String], all: &[String]) -> String {
    match near {
        [] => format!("; there are {}", all.join(", ")),
        near => format!("; did you mean {}?", near.join(" or ")),
    }
}

#[cfg(test)]
#[path = "samples_tests.rs"]
mod tests;
