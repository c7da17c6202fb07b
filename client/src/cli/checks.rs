//! What is wrong with settings that can be read: `config check` says all of it, a start what it
//! would otherwise pass over.

use hookreel_shared::model::{Name, Principal};
use hookreel_shared::provider::Table;
use http::{HeaderName, HeaderValue};

use super::{flags, secret};
use crate::config::{Known, Layers, Settings};
use crate::error::Failed;
use crate::forward::Address;
use crate::tui::keys::Keys;
use crate::tui::theme::Theme;

/// Settings with where each of them comes from.
pub struct Checked<'a> {
    layers: &'a Layers,
    settings: &'a Settings,
}

impl<'a> Checked<'a> {
    /// These settings, which the layers have come to.
    pub fn new(layers: &'a Layers, settings: &'a Settings) -> Self {
        Self { layers, settings }
    }

    /// All that is wrong, a line each: where it stands, what it is, and what to do.
    pub fn all(&self, known: &Known) -> Vec<String> {
        let mut found = self.start(known);
        found.extend(self.passed_over(&known.table, true));
        found
    }

    /// What no start stumbles over, though it has no effect; with `screen` what only the screen
    /// would refuse too.
    pub fn passed_over(&self, table: &Table, screen: bool) -> Vec<String> {
        let mut found = Vec::new();
        if screen {
            if let Some(Err(error)) = self.settings.theme.as_deref().map(Theme::named) {
                found.push(self.at("theme", &error.to_string()));
            }
            let faults = Keys::faults(&self.settings.keys).into_iter();
            found.extend(
                faults
                    .map(|(action, error)| self.at(&format!("keys.{action}"), &error.to_string())),
            );
        }
        for id in self.settings.tolerance.keys() {
            if let Err(error) = secret::row(table, id) {
                found.push(self.at(&format!("tolerance.{id}"), &error.message));
            }
        }
        // A row of an id that comes with hookreel may be there to switch that one off.
        let is_new = |id: &str| Table::builtin().map_or(true, |table| table.get(id).is_none());
        for (id, row) in &self.settings.providers {
            if row.detect.is_empty() && row.scheme.is_empty() && is_new(id) {
                let what = "it has neither detect nor scheme, so that no request is ever known for \
                            its own, nor checked; add [[providers.ID.detect]] or \
                            [[providers.ID.scheme]]";
                let what = what.replace("ID", id);
                found.push(self.at(&format!("providers.{id}"), &what));
            }
        }
        found
    }

    /// What keeps `hookreel http` from starting.
    fn start(&self, known: &Known) -> Vec<String> {
        let set = self.settings;
        let mut found = Vec::new();
        let mut say = |key: &str, message: &str| found.push(self.at(key, message));
        if let Some(Err(error)) = set.name.as_deref().map(str::parse::<Name>) {
            say("name", &error.to_string());
        }
        let pin = set.pin.as_deref().map(str::parse::<Principal>);
        match pin {
            Some(Err(error)) => {
                say("pin", &format!("{error}; the relay prints it as sha256:…"));
                let unpinned = Settings {
                    pin: None,
                    ..set.clone()
                };
                if set.relay.is_some()
                    && let Err(failed) = flags::relay(&unpinned)
                {
                    say("relay", &failed.message);
                }
            }
            _ => {
                let key = match (&set.relay, &set.pin) {
                    (Some(_), _) => "relay",
                    (None, Some(_)) => "pin",
                    (None, None) => "ca",
                };
                if let Err(failed) = flags::relay(set) {
                    say(key, &failed.message);
                }
            }
        }
        for (key, failed) in self.origin() {
            say(key, &failed.message);
        }
        for (name, value) in &set.headers {
            let key = format!("headers.{name}");
            // Never the value: it may be secret.
            if HeaderName::from_bytes(name.as_bytes()).is_err() {
                say(&key, "this is not the name of a header");
            } else if HeaderValue::from_str(value).is_err() {
                say(&key, "its value has control characters");
            }
        }
        if let Err(failed) = flags::gate(set, known) {
            let message = failed.message.strip_prefix("--verify ");
            say("verify", message.unwrap_or(&failed.message));
        }
        found
    }

    /// What is said of origins, each for itself.
    fn origin(&self) -> Vec<(&'static str, Failed)> {
        let set = self.settings;
        let host = Settings {
            host_header: set.host_header.clone(),
            ..Settings::default()
        };
        let path = Settings {
            path: set.path.clone(),
            ..Settings::default()
        };
        let Ok(any) = "localhost:1".parse::<Address>() else {
            return Vec::new();
        };
        [("host-header", host), ("path", path)]
            .into_iter()
            .filter_map(|(key, set)| {
                let read = flags::origin_options(any.clone(), &set);
                read.err().map(|failed| (key, failed))
            })
            .collect()
    }

    /// `FILE: key: what is wrong`.
    fn at(&self, key: &str, message: &str) -> String {
        format!("{}: {key}: {message}", self.layers.source(key))
    }
}
