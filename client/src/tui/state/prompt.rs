//! The line at the bottom that takes text: for a search, a filter, a command.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::style::{Modifier, Style};
use ratatui_textarea::{CursorMove, TextArea};

/// Texts that are remembered of each kind.
const REMEMBERED: usize = 50;

/// Longest line, in bytes: all of it is looked at for each key and each frame.
const LONGEST: usize = 16 << 10;

/// What the text is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A search in the list.
    Search,
    /// A search in the body.
    SearchBody,
    /// A filter.
    Filter,
    /// The command line.
    Command,
    /// A command of the shell, for a body.
    Pipe,
}

impl Kind {
    /// What stands before the text.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::Search | Self::SearchBody => "/",
            Self::Filter => "filter ",
            Self::Command => ":",
            Self::Pipe => "|",
        }
    }
}

/// A line of text that is being typed.
#[derive(Debug, Clone)]
pub struct Line(TextArea<'static>);

impl Line {
    /// A line with a text in it, and the cursor behind it.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut area = TextArea::new(vec![one_line(text)]);
        area.set_cursor_line_style(Style::new());
        area.set_cursor_style(Style::new().add_modifier(Modifier::REVERSED));
        area.move_cursor(CursorMove::End);
        Self(area)
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        self.0.lines().first().map_or("", String::as_str)
    }

    /// Replaces the text.
    pub fn set(&mut self, text: &str) {
        *self = Self::new(text);
    }

    /// Takes a key. Whether it changed the text.
    pub fn key(&mut self, key: KeyEvent) -> bool {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Enter | KeyCode::Tab | KeyCode::BackTab => false,
            // These make a second line, or undo where a shell deletes.
            KeyCode::Char('m' | 'j') if control => false,
            KeyCode::Char('u') if control => self.0.delete_line_by_head(),
            _ => self.0.input(key),
        }
    }

    /// Takes a text as if it were typed.
    ///
    /// # Errors
    /// If it is too long for a line, for people: nothing of it is taken then.
    pub fn paste(&mut self, text: &str) -> Result<(), String> {
        if self.text().len() + text.len() > LONGEST {
            return Err(format!(
                "{} kB are too much for one line",
                text.len().div_ceil(1000)
            ));
        }
        self.0.insert_str(one_line(text));
        Ok(())
    }

    /// Shows or hides the cursor.
    pub fn focus(&mut self, focused: bool) {
        let style = if focused {
            Style::new().add_modifier(Modifier::REVERSED)
        } else {
            Style::new()
        };
        self.0.set_cursor_style(style);
    }

    /// To be drawn.
    #[must_use]
    pub fn area(&self) -> &TextArea<'static> {
        &self.0
    }
}

/// Line ends in one line are spaces.
fn one_line(text: &str) -> String {
    text.trim_end_matches(['\r', '\n'])
        .replace(['\r', '\n'], " ")
}

/// A prompt that is open.
#[derive(Debug, Clone)]
pub struct Prompt {
    /// What the text is for.
    pub kind: Kind,
    /// The text.
    pub line: Line,
    /// What is wrong with it: the column, from 1, and the reason.
    pub error: Option<(usize, String)>,
    /// What could stand there.
    pub choices: Vec<String>,
    /// How far back in what was typed before.
    back: usize,
}

impl Prompt {
    /// Opens one.
    #[must_use]
    pub fn new(kind: Kind, text: &str) -> Self {
        Self {
            kind,
            line: Line::new(text),
            error: None,
            choices: Vec::new(),
            back: 0,
        }
    }

    /// Goes through what was typed before.
    pub fn recall(&mut self, past: &Past, older: bool) -> bool {
        let past = past.of(self.kind);
        let back = if older {
            self.back + 1
        } else {
            self.back.saturating_sub(1)
        };
        if back > past.len() {
            return false;
        }
        self.back = back;
        let text = back
            .checked_sub(1)
            .map_or("", |back| past[past.len() - 1 - back].as_str());
        self.line.set(text);
        true
    }
}

/// What was typed before.
#[derive(Debug, Clone, Default)]
pub struct Past(Vec<(Kind, Vec<String>)>);

impl Past {
    fn of(&self, kind: Kind) -> &[String] {
        let own = self.0.iter().find(|(own, _)| *own == kind);
        own.map_or(&[], |(_, texts)| texts)
    }

    /// Remembers a text.
    pub fn remember(&mut self, kind: Kind, text: &str) {
        if text.is_empty() {
            return;
        }
        let at = self
            .0
            .iter()
            .position(|(own, _)| *own == kind)
            .unwrap_or_else(|| {
                self.0.push((kind, Vec::new()));
                self.0.len() - 1
            });
        let texts = &mut self.0[at].1;
        texts.retain(|known| known != text);
        texts.push(text.to_owned());
        if texts.len() > REMEMBERED {
            texts.remove(0);
        }
    }
}
