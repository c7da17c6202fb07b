//! Forms: how to replay, and a request to be changed.

mod replay;

use std::sync::Arc;

use bytes::Bytes;
use crossterm::event::KeyEvent;
use hookreel_shared::model::{Capture, Exchange, Header, Headers};
use hookreel_shared::pretty::safe;
use ratatui::style::{Modifier, Style};
use ratatui_textarea::{CursorMove, TextArea};

use super::prompt::Line;
use crate::command::{Edited, Signing};

pub use replay::ReplayForm;

/// Longest body, in bytes, that has a field: all of it is looked at for each key and each frame.
const LONGEST: usize = 64 << 10;

/// A request, to be changed and sent.
#[derive(Debug, Clone)]
pub struct EditForm {
    /// What it is made from.
    pub of: Arc<Exchange>,
    /// Method and target.
    pub line: [Line; 2],
    /// Header fields, one a line.
    pub headers: TextArea<'static>,
    /// The body; none if it is not text or too long, which stays as it is.
    pub body: Option<TextArea<'static>>,
    /// Whether the body is text, but too long to be edited here.
    pub long: bool,
    /// Whether the body has characters that act on a terminal or hide on it, and so are not shown.
    pub hides: bool,
    /// The same of target and headers.
    pub head_hides: bool,
    /// The field that takes keys.
    pub focus: usize,
    /// What is wrong.
    pub error: Option<String>,
    /// Whose it is, where that is known: only then it can be signed.
    pub provider: Option<String>,
    /// Whether it is signed when it is sent.
    pub sign: bool,
    /// What the secrets of its sender are called, as far as they were tried on it.
    pub labels: Vec<String>,
    /// Which of them signs; none for the one that fitted, or else the first.
    pub label: Option<usize>,
    /// What will go wrong where it is sent to.
    pub warning: Option<String>,
}

impl EditForm {
    /// The names of the fields.
    pub const LABELS: [&'static str; 4] = ["method", "target", "headers", "body"];

    /// A form with the exchange's request in it, which that provider sent.
    #[must_use]
    pub fn new(of: &Arc<Exchange>, provider: Option<&str>) -> Self {
        let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let head = &of.request;
        let line = [
            Line::new(&lossy(&head.method)),
            Line::new(&lossy(&head.target)),
        ];
        let headers = area(head.sent().iter().map(written).collect());
        // CR stands at the ends of lines and goes back there; nothing else is changed.
        let text = std::str::from_utf8(&of.request_body.kept).ok();
        let body = text.filter(|text| text.len() <= LONGEST);
        let long = text.is_some() && body.is_none();
        let unseen = |c: char| !matches!(c, '\n' | '\r' | '\t') && safe::acts_or_hides(c);
        let hides = body.is_some_and(|text| text.contains(unseen));
        let mut fields = headers.lines().iter();
        let head_hides =
            lossy(&head.target).contains(unseen) || fields.any(|line| line.contains(unseen));
        let body = body.map(|text| area(text.split('\n').map(str::to_owned).collect()));
        let mut form = Self {
            of: Arc::clone(of),
            line,
            headers,
            body,
            long,
            hides,
            head_hides,
            focus: 3,
            error: None,
            provider: provider.map(str::to_owned),
            sign: false,
            labels: Vec::new(),
            label: None,
            warning: None,
        };
        if form.body.is_none() {
            form.focus = 2;
        }
        form.move_focus(0);
        form
    }

    /// Moves to a field; from the last to the first.
    pub fn move_focus(&mut self, by: isize) {
        let fields = if self.body.is_some() { 4 } else { 3 };
        self.focus = (self.focus.cast_signed() + by)
            .rem_euclid(fields)
            .cast_unsigned();
        for (at, line) in self.line.iter_mut().enumerate() {
            line.focus(at == self.focus);
        }
        let cursor = |focused| {
            if focused {
                Style::new().add_modifier(Modifier::REVERSED)
            } else {
                Style::new()
            }
        };
        self.headers.set_cursor_style(cursor(self.focus == 2));
        if let Some(body) = &mut self.body {
            body.set_cursor_style(cursor(self.focus == 3));
        }
    }

    /// What is to be done about the signature.
    #[must_use]
    pub fn signing(&self) -> Signing {
        match self.sign {
            true => Signing::Always,
            false => Signing::Usual,
        }
    }

    /// Signs it, not at all, with the usual secret, or with each of several in turn.
    pub fn change_signing(&mut self) {
        let next = self.label.map_or(0, |label| label + 1);
        (self.sign, self.label) = match (self.sign, self.provider.is_some()) {
            (false, is_known) => (is_known, None),
            (true, _) if self.labels.len() > 1 && next < self.labels.len() => (true, Some(next)),
            (true, _) => (false, None),
        };
    }

    /// What the secret is called that signs, if one is chosen.
    #[must_use]
    pub fn label(&self) -> Option<&String> {
        self.labels.get(self.label?)
    }

    /// Takes a key into the field that has them.
    pub fn key(&mut self, key: KeyEvent) {
        self.error = None;
        match (self.focus, &mut self.body) {
            (at @ 0..=1, _) => drop(self.line[at].key(key)),
            (3, Some(body)) => drop(body.input(key)),
            _ => drop(self.headers.input(key)),
        }
    }

    /// Moves by lines in the field that has the keys, if it has lines.
    pub fn scroll(&mut self, by: isize) {
        let area = match (self.focus, &mut self.body) {
            (0..=1, _) => return,
            (3, Some(body)) => body,
            _ => &mut self.headers,
        };
        for _ in 0..by.unsigned_abs() {
            area.move_cursor(if by > 0 {
                CursorMove::Down
            } else {
                CursorMove::Up
            });
        }
    }

    /// Takes a text as if it were typed.
    ///
    /// # Errors
    /// If it is too long to be edited here, for people: nothing of it is taken then.
    pub fn paste(&mut self, text: &str) -> Result<(), String> {
        self.error = None;
        let area = match (self.focus, &mut self.body) {
            (at @ 0..=1, _) => return self.line[at].paste(text),
            (3, Some(body)) => body,
            _ => &mut self.headers,
        };
        let there: usize = area.lines().iter().map(|line| line.len() + 1).sum();
        if there + text.len() > LONGEST {
            return Err(format!(
                "{} kB are too much to be edited here: ctrl-e opens your editor",
                text.len().div_ceil(1000)
            ));
        }
        area.insert_str(text);
        Ok(())
    }

    /// The request as it stands in the form. Header lines that were not touched keep their bytes.
    ///
    /// # Errors
    /// What is wrong, for people.
    pub fn read(&self) -> Result<Edited, String> {
        let [method, target] = [0, 1].map(|at| self.line[at].text().trim());
        if method.is_empty() || !method.bytes().all(is_token) {
            return Err("the method is one word, such as POST".into());
        }
        let starts = target.starts_with('/') || target == "*";
        if !starts || target.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err("the target begins with / and has no spaces".into());
        }
        let mut untouched: Vec<&Header> = self.of.request.sent().iter().collect();
        let mut headers = Headers::new();
        for (number, line) in self.headers.lines().iter().enumerate() {
            if line.trim().is_empty() {
                continue;
            }
            if let Some(at) = untouched.iter().position(|header| written(header) == *line) {
                let header = untouched.remove(at);
                headers.push(header.name.clone(), header.value.clone());
                continue;
            }
            let wrong = || format!("header line {}: write Name: value", number + 1);
            let (name, value) = line.split_once(':').ok_or_else(wrong)?;
            let value = value.trim();
            let good = !name.is_empty() && name.bytes().all(is_token);
            if !good || value.contains(|c: char| c.is_control() && c != '\t') {
                return Err(wrong());
            }
            headers.push(name.to_owned(), value.to_owned());
        }
        let body = match &self.body {
            Some(body) => Bytes::from(body.lines().join("\n")),
            None => self.of.request_body.kept.clone(),
        };
        Ok(Edited {
            method: method.to_owned().into(),
            target: target.to_owned().into(),
            headers,
            body,
        })
    }
}

impl EditForm {
    /// What the form says as an exchange, for those who write one as text.
    ///
    /// # Errors
    /// As [`EditForm::read`].
    pub fn exchange(&self) -> Result<Exchange, String> {
        let Edited {
            method,
            target,
            headers,
            body,
        } = self.read()?;
        let mut exchange = Exchange::clone(&self.of);
        let mut head = (*exchange.request).clone();
        (head.method, head.target, head.headers) = (method, target, headers);
        head.added = 0;
        exchange.request = Arc::new(head);
        exchange.request_body = Capture::whole(body);
        Ok(exchange)
    }
}

fn area(lines: Vec<String>) -> TextArea<'static> {
    let mut area = TextArea::new(lines);
    area.set_cursor_line_style(Style::new());
    area.set_hard_tab_indent(true);
    area
}

/// A header field as a line of the form.
fn written(header: &Header) -> String {
    let [name, value] = [&header.name, &header.value].map(|bytes| String::from_utf8_lossy(bytes));
    format!("{name}: {value}")
}

/// RFC 9110 §5.6.2.
fn is_token(c: u8) -> bool {
    c.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&c)
}

#[cfg(test)]
#[path = "form_tests.rs"]
mod tests;
