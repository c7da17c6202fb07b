//! What stands in front of the panes, one at a time.

use hookreel_shared::model::ExchangeId;

use super::form::{EditForm, ReplayForm};
use super::samples::Samples;
use crate::tui::export::Form;

/// What stands in front.
#[derive(Debug, Clone)]
pub enum Popup {
    /// All keys; from this line on.
    Help(usize),
    /// The public address.
    Qr,
    /// The log; so many lines back from its end.
    Log(usize),
    /// Whether to delete these.
    Delete(Vec<ExchangeId>),
    /// Which form to export in.
    Export(Export),
    /// How to replay.
    Replay(Box<ReplayForm>),
    /// The request, to be changed.
    Edit(Box<EditForm>),
    /// Which sample to send.
    Samples(Box<Samples>),
    /// A command's output.
    Output(Output),
}

/// Which form to export in.
#[derive(Debug, Clone, Copy)]
pub struct Export {
    /// What is exported; all that are marked if there is none.
    pub id: Option<ExchangeId>,
    /// The form the cursor is on.
    pub cursor: usize,
}

impl Export {
    /// The form the cursor is on.
    #[must_use]
    pub fn form(self) -> Form {
        Form::ALL[self.cursor.min(Form::ALL.len() - 1)]
    }
}

/// A command's output.
#[derive(Debug, Clone)]
pub struct Output {
    /// The command.
    pub title: String,
    /// Its lines, made harmless.
    pub lines: Vec<String>,
    /// The first line that is shown.
    pub top: usize,
}
