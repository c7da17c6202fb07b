//! Keys as people write them, and which action each one means.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::action::{Action, TABLE, Where};

/// One key with what is held down with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Chord {
    code: KeyCode,
    held: KeyModifiers,
}

/// Names of keys that are no letters.
const NAMED: &[(&str, KeyCode)] = &[
    ("space", KeyCode::Char(' ')),
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pgup", KeyCode::PageUp),
    ("pgdn", KeyCode::PageDown),
];

impl Chord {
    /// As it was pressed. Shift is a matter of the letter itself.
    #[must_use]
    pub fn of(key: &KeyEvent) -> Self {
        let mut held =
            key.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
        let mut code = key.code;
        match code {
            KeyCode::Char(_) => held -= KeyModifiers::SHIFT,
            KeyCode::BackTab => {
                code = KeyCode::Tab;
                held |= KeyModifiers::SHIFT;
            }
            _ => {}
        }
        Self { code, held }
    }
}

impl FromStr for Chord {
    type Err = KeysError;

    fn from_str(text: &str) -> Result<Self, KeysError> {
        let wrong = || KeysError::Key(text.to_owned());
        let mut held = KeyModifiers::NONE;
        let mut rest = text;
        while let Some((modifier, behind)) =
            rest.split_once('-').filter(|(_, rest)| !rest.is_empty())
        {
            held |= match modifier.to_ascii_lowercase().as_str() {
                "ctrl" => KeyModifiers::CONTROL,
                "alt" => KeyModifiers::ALT,
                "shift" => KeyModifiers::SHIFT,
                _ => return Err(wrong()),
            };
            rest = behind;
        }
        let lower = rest.to_ascii_lowercase();
        let named = NAMED.iter().find(|(name, _)| *name == lower);
        let function = || {
            lower
                .strip_prefix('f')?
                .parse()
                .ok()
                .filter(|n| (1..=12).contains(n))
        };
        let mut letters = rest.chars();
        let code = match (letters.next(), letters.next()) {
            (Some(letter), None) => KeyCode::Char(letter),
            _ => match (named, function()) {
                (Some((_, code)), _) => *code,
                (None, Some(n)) => KeyCode::F(n),
                (None, None) => return Err(wrong()),
            },
        };
        if matches!(code, KeyCode::Char(_)) && held.contains(KeyModifiers::SHIFT) {
            // Terminals send the upper-case letter instead.
            return Err(wrong());
        }
        let code = match code {
            // To terminals these are tab, enter and esc.
            KeyCode::Char('i' | 'I' | 'm' | 'M' | '[') if held == KeyModifiers::CONTROL => {
                return Err(wrong());
            }
            KeyCode::Char(letter) if held.contains(KeyModifiers::CONTROL) => {
                KeyCode::Char(letter.to_ascii_lowercase())
            }
            code => code,
        };
        Ok(Self { code, held })
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [
            (KeyModifiers::CONTROL, "ctrl-"),
            (KeyModifiers::ALT, "alt-"),
            (KeyModifiers::SHIFT, "shift-"),
        ];
        for (modifier, name) in names {
            if self.held.contains(modifier) {
                f.write_str(name)?;
            }
        }
        match (NAMED.iter().find(|(_, code)| *code == self.code), self.code) {
            (Some((name, _)), _) => f.write_str(name),
            (None, KeyCode::Char(letter)) => write!(f, "{letter}"),
            (None, KeyCode::F(n)) => write!(f, "f{n}"),
            (None, _) => f.write_str("?"),
        }
    }
}

/// Why keys cannot be bound so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// No such action.
    #[error("there is no action {0:?}; {near}", near = near(.0))]
    Action(String),
    /// Not the name of a key.
    #[error("{0:?} is no key: write a letter, ctrl-x, alt-x, f1, space, enter, tab, up, pgdn …")]
    Key(String),
    /// No key between the quotes.
    #[error("an empty text is no key; to leave {0:?} without one, give an empty list")]
    Empty(String),
    /// Two actions want the key, or one's key is the beginning of the other's.
    #[error("{keys:?} means both {one:?} and {other:?}")]
    Twice {
        /// The keys.
        keys: String,
        /// An action.
        one: &'static str,
        /// Another one.
        other: &'static str,
    },
}

/// Names are near from this likeness on, where 1 is the same.
const NEAR: f64 = 0.84;

/// The action that is meant, or where they stand.
fn near(name: &str) -> String {
    let low = name.to_lowercase();
    let likeness = |entry: &'static str| (strsim::jaro_winkler(entry, &low), entry);
    let nearest = TABLE.iter().map(|entry| likeness(entry.name));
    let nearest = nearest.max_by(|one, other| one.0.total_cmp(&other.0));
    match nearest.filter(|(likeness, _)| *likeness >= NEAR) {
        Some((_, meant)) => format!("did you mean {meant}?"),
        None => "hookreel's ? lists them".to_owned(),
    }
}

/// What keys mean at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// This.
    Action(Action),
    /// More keys must follow.
    Begins,
    /// Nothing.
    Nothing,
}

/// Which keys do what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys(Vec<Binding>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Binding {
    chords: Vec<Chord>,
    at: Where,
    action: Action,
}

impl Default for Keys {
    fn default() -> Self {
        // A test reads the table.
        Self::from_config(&BTreeMap::new()).unwrap_or(Self(Vec::new()))
    }
}

impl Keys {
    /// The keys of the table, with those of the section `[keys]` in place of the action's own:
    /// `replay = ["r", "ctrl-r"]`, `copy-url = ["y u"]` for two keys in a row, and an empty list
    /// for none.
    ///
    /// # Errors
    /// See [`KeysError`].
    pub fn from_config(chosen: &BTreeMap<String, Vec<String>>) -> Result<Self, KeysError> {
        let known = |name: &String| TABLE.iter().any(|entry| entry.name == name);
        if let Some(name) = chosen.keys().find(|name| !known(name)) {
            return Err(KeysError::Action(name.clone()));
        }
        let mut bindings: Vec<Binding> = Vec::new();
        for entry in TABLE {
            let own = || entry.keys.iter().map(|keys| (*keys).to_owned()).collect();
            let keys: Vec<String> = chosen.get(entry.name).cloned().unwrap_or_else(own);
            for text in keys {
                let chords = text
                    .split_whitespace()
                    .map(str::parse)
                    .collect::<Result<Vec<Chord>, _>>()?;
                if chords.is_empty() {
                    return Err(KeysError::Empty(entry.name.to_owned()));
                }
                let clash = |other: &&Binding| {
                    let shared = chords.len().min(other.chords.len());
                    other.at.meets(entry.at) && other.chords[..shared] == chords[..shared]
                };
                if let Some(other) = bindings.iter().find(clash) {
                    return Err(KeysError::Twice {
                        keys: text,
                        one: other.action.name(),
                        other: entry.name,
                    });
                }
                bindings.push(Binding {
                    chords,
                    at: entry.at,
                    action: entry.action,
                });
            }
        }
        Ok(Self(bindings))
    }

    /// All that is wrong with a section `[keys]`, each with the action it stands behind.
    #[must_use]
    pub fn faults(chosen: &BTreeMap<String, Vec<String>>) -> Vec<(String, KeysError)> {
        let mut found = Vec::new();
        let mut sound = chosen.clone();
        for (name, keys) in chosen {
            let alone = BTreeMap::from([(name.clone(), keys.clone())]);
            match Self::from_config(&alone) {
                // Whether two clash shows once all are read.
                Ok(_) | Err(KeysError::Twice { .. }) => {}
                Err(error) => {
                    sound.remove(name);
                    found.push((name.clone(), error));
                }
            }
        }
        if let Err(error) = Self::from_config(&sound) {
            let name = match &error {
                KeysError::Twice { one, other, .. } => {
                    let names = [*other, *one].into_iter();
                    names.clone().find(|name| sound.contains_key(*name))
                }
                _ => None,
            };
            found.push((name.unwrap_or_default().to_owned(), error));
        }
        found
    }

    /// What these keys mean there.
    #[must_use]
    pub fn find(&self, pressed: &[Chord], at: Where) -> Found {
        let here = self.0.iter().filter(|binding| binding.at.meets(at));
        let mut begins = false;
        for binding in here {
            if binding.chords == pressed {
                return Found::Action(binding.action);
            }
            begins |= binding.chords.starts_with(pressed);
        }
        if begins {
            Found::Begins
        } else {
            Found::Nothing
        }
    }

    /// What may follow these keys, and what it does.
    pub fn following<'a>(
        &'a self,
        pressed: &'a [Chord],
    ) -> impl Iterator<Item = (Chord, Action)> + 'a {
        let longer = |binding: &&Binding| binding.chords.starts_with(pressed);
        self.0
            .iter()
            .filter(longer)
            .filter_map(|binding| Some((*binding.chords.get(pressed.len())?, binding.action)))
    }

    /// The first keys of an action as they are shown; without any, its name on the command line.
    #[must_use]
    pub fn first(&self, action: Action) -> String {
        let keys = self.shown(action).into_iter().next();
        keys.unwrap_or_else(|| format!(":{}", action.name()))
    }

    /// The keys of an action as they are shown: `j down`.
    #[must_use]
    pub fn shown(&self, action: Action) -> Vec<String> {
        let own = self.0.iter().filter(|binding| binding.action == action);
        own.map(|binding| {
            let names: Vec<_> = binding.chords.iter().map(ToString::to_string).collect();
            names.join(" ")
        })
        .collect()
    }
}

#[cfg(test)]
#[path = "keys_tests.rs"]
mod tests;
