//! All settings, as they are written in files.

use std::collections::BTreeMap;
use std::path::PathBuf;

use hookreel_shared::provider::{Handshake, Row};
use serde::{Deserialize, Serialize};

use super::amount::{Age, Size};

/// The commented defaults: what `config init` writes, and the bottom layer of every run.
pub const DEFAULT_FILE: &str = include_str!("../../config.default.toml");

/// What to print while tunnels run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Output {
    /// The terminal UI.
    Tui,
    /// Two lines a request.
    Compact,
    /// One JSON object a line.
    Json,
    /// Only errors.
    Quiet,
}

/// Settings of one layer, or of all of them together. Unknown keys are refused.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// The relay to use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relay: Option<String>,
    /// Its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pin: Option<String>,
    /// Authorities for its certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca: Option<PathBuf>,
    /// The name to ask for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What the origin sees as Host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_header: Option<String>,
    /// Goes before the path of every request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Accept any certificate of an https origin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin_insecure: Option<bool>,
    /// Seconds within which an answer must begin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin_timeout: Option<u32>,
    /// Seconds that requests under way may take when we stop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drain: Option<u32>,
    /// What to print.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Output>,
    /// Keep nothing in the history.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_record: Option<bool>,
    /// How much of a body is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_limit: Option<Size>,
    /// What stays in the history.
    #[serde(default, skip_serializing_if = "History::is_unset")]
    pub history: History,
    /// The colours of the terminal UI.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theme: Option<String>,
    /// A command that takes what the terminal UI copies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clipboard_cmd: Option<String>,
    /// Whether the mouse moves in the terminal UI.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mouse: Option<bool>,
    /// Keys of the terminal UI's actions, by their names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub keys: BTreeMap<String, Vec<String>>,
    /// Headers to set in every request.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Providers of the user's own, by id. Only files have them.
    #[serde(default, skip_serializing)]
    pub providers: BTreeMap<String, Row>,
    /// Only what this provider has signed well gets to the origin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verify: Option<String>,
    /// Leave all handshakes to the origin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_handshakes: Option<bool>,
    /// Whether a handshake is answered where the origin does not. Only files have them.
    #[serde(default, skip_serializing)]
    pub handshakes: BTreeMap<Handshake, bool>,
    /// Seconds a provider's signatures are good for, instead of its row's; 0 for any age.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tolerance: BTreeMap<String, u64>,
}

/// What stays in the history; the oldest goes first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct History {
    /// Exchanges at the most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// Since their request came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age: Option<Age>,
    /// On disk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<Size>,
}

impl History {
    fn is_unset(&self) -> bool {
        *self == Self::default()
    }
}

impl Settings {
    /// The settings that are tables.
    pub const TABLES: &'static [&'static str] = &[
        "headers",
        "history",
        "keys",
        "providers",
        "handshakes",
        "tolerance",
    ];

    /// The environment variables that are settings, the key each sets, and how it is read.
    pub const ENVIRONMENT: &'static [(&'static str, &'static str, Kind)] = &[
        ("HOOKREEL_RELAY", "relay", Kind::Text),
        ("HOOKREEL_PIN", "pin", Kind::Text),
        ("HOOKREEL_CA", "ca", Kind::Text),
        ("HOOKREEL_NAME", "name", Kind::Text),
        ("HOOKREEL_HOST_HEADER", "host-header", Kind::Text),
        ("HOOKREEL_PATH", "path", Kind::Text),
        ("HOOKREEL_ORIGIN_INSECURE", "origin-insecure", Kind::Truth),
        ("HOOKREEL_ORIGIN_TIMEOUT", "origin-timeout", Kind::Number),
        ("HOOKREEL_DRAIN", "drain", Kind::Number),
        ("HOOKREEL_OUTPUT", "output", Kind::Text),
        ("HOOKREEL_THEME", "theme", Kind::Text),
        ("HOOKREEL_CLIPBOARD_CMD", "clipboard-cmd", Kind::Text),
        ("HOOKREEL_MOUSE", "mouse", Kind::Truth),
        ("HOOKREEL_NO_RECORD", "no-record", Kind::Truth),
        ("HOOKREEL_BODY_LIMIT", "body-limit", Kind::Text),
        ("HOOKREEL_VERIFY", "verify", Kind::Text),
        ("HOOKREEL_NO_HANDSHAKES", "no-handshakes", Kind::Truth),
    ];
}

/// How a variable of the environment is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// As it is.
    Text,
    /// `true`, `1`, `false` or `0`.
    Truth,
    /// A whole number.
    Number,
}
