//! How to replay.

use crossterm::event::{KeyCode, KeyEvent};
use hookreel_shared::model::ExchangeId;

use crate::command::{Replay, Signing};
use crate::tui::state::prompt::Line;

/// The most that one replay may send, so that a slip does not bury an origin.
const MOST: u32 = 10_000;

/// How to replay.
#[derive(Debug, Clone)]
pub struct ReplayForm {
    /// What.
    pub ids: Vec<ExchangeId>,
    /// Where to, how often, how many at once, how fast, whether they are signed again, and with
    /// which secret.
    pub fields: [Line; 6],
    /// The field that takes keys.
    pub focus: usize,
    /// What is wrong, in which field.
    pub error: Option<(usize, String)>,
}

impl ReplayForm {
    /// What the fields are, and what may stand in them.
    pub const LABELS: [(&'static str, &'static str); 6] = [
        ("to", "a URL; empty: where it went before"),
        ("times", "how often each"),
        ("at once", "how many at the same time"),
        (
            "speed",
            "2 = twice as fast as they came; empty: one after another",
        ),
        (
            "sign",
            "space changes it; usual: what was good is signed again",
        ),
        (
            "secret",
            "label of the one that signs; empty: the one that fitted",
        ),
    ];

    /// The field that says whether they are signed.
    const SIGN: usize = 4;

    /// What may stand there.
    const SIGNING: [(&'static str, Signing); 3] = [
        ("usual", Signing::Usual),
        ("always", Signing::Always),
        ("never", Signing::Never),
    ];

    /// A form for these.
    #[must_use]
    pub fn new(ids: Vec<ExchangeId>) -> Self {
        let mut form = Self {
            ids,
            fields: ["", "1", "1", "", Self::SIGNING[0].0, ""].map(Line::new),
            focus: 0,
            error: None,
        };
        form.move_focus(0);
        form
    }

    /// Moves to a field; from the last to the first.
    pub fn move_focus(&mut self, by: isize) {
        let fields = self.fields.len().cast_signed();
        self.focus = (self.focus.cast_signed() + by)
            .rem_euclid(fields)
            .cast_unsigned();
        for (at, field) in self.fields.iter_mut().enumerate() {
            field.focus(at == self.focus);
        }
    }

    /// Takes a key into the field that has them. That of signatures is chosen, not typed: by an
    /// arrow, a blank, or the first letter.
    pub fn key(&mut self, key: KeyEvent) {
        self.error = None;
        let at = self.focus;
        if at != Self::SIGN {
            self.fields[at].key(key);
            return;
        }
        let choices = Self::SIGNING.map(|(word, _)| word);
        let text = self.fields[at].text();
        let here = choices.iter().position(|word| *word == text).unwrap_or(0);
        let next = match key.code {
            KeyCode::Right | KeyCode::Char(' ') => (here + 1) % choices.len(),
            KeyCode::Left => (here + choices.len() - 1) % choices.len(),
            KeyCode::Char(c) => {
                let named = choices.iter().position(|word| word.starts_with(c));
                named.unwrap_or(here)
            }
            _ => here,
        };
        self.fields[at].set(choices[next]);
    }

    /// Takes a text as if it were typed.
    pub fn paste(&mut self, text: &str) {
        if self.focus == Self::SIGN {
            return;
        }
        if let Err(why) = self.fields[self.focus].paste(text) {
            self.error = Some((self.focus, why));
        }
    }

    /// What the form says.
    ///
    /// # Errors
    /// The field that is wrong, and why.
    pub fn read(&self) -> Result<Replay, (usize, String)> {
        let text = |at: usize| self.fields[at].text().trim();
        let number = |at: usize| {
            let number = text(at).parse().ok().filter(|n| (1..=MOST).contains(n));
            number.ok_or_else(|| (at, format!("a number from 1 to {MOST}")))
        };
        let to = (!text(0).is_empty()).then(|| text(0).to_owned());
        if let Some(to) = &to {
            let good =
                url::Url::parse(to).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
            if !good {
                return Err((0, "an http or https URL".into()));
            }
        }
        let speed = match text(3) {
            "" => None,
            text => {
                // As `--speed` takes it, too.
                let number = text.strip_suffix('x').unwrap_or(text);
                let speed = number
                    .parse()
                    .ok()
                    .filter(|speed: &f64| speed.is_finite() && *speed > 0.0);
                Some(speed.ok_or_else(|| (3, "a number above 0".to_owned()))?)
            }
        };
        let signing = Self::SIGNING
            .iter()
            .find(|(word, _)| *word == text(Self::SIGN));
        let signing = signing.map_or(Signing::Usual, |(_, signing)| *signing);
        let label = (!text(5).is_empty()).then(|| text(5).to_owned());
        if label.is_some() && signing != Signing::Always {
            return Err((Self::SIGN, "always, if the secret is to be this one".into()));
        }
        Ok(Replay {
            ids: self.ids.clone(),
            to,
            times: number(1)?,
            concurrency: number(2)?,
            speed,
            signing,
            label,
        })
    }
}
