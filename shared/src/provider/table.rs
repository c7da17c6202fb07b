//! The one list of providers: those that come with the program, and the user's own before them.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use super::detect::Mark;
use super::members::{Found, Members};
use super::names::Names;
use super::request::Request;
use super::row::Row;
use super::text::Source;

/// A user's own row, as it stands in `hookreel.toml`. A test reads it.
///
/// ```toml
#[doc = include_str!("example.toml")]
/// ```
pub const EXAMPLE: &str = include_str!("example.toml");

/// All rows, in the order they are tried.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    rows: Vec<Row>,
    /// What each mark of each row needs, with the places of row and mark. One list: every request
    /// goes through all of it, and mostly needs to look at nothing else.
    marks: Vec<(Needs, usize, usize)>,
    members: Members,
}

/// What a request must have for a mark.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Needs {
    fields: Names,
    members: Found,
    form: bool,
    query: bool,
}

impl Needs {
    fn of(mark: &Mark, members: &mut Members) -> Self {
        let from = |wanted: fn(&Source) -> bool| mark.values.iter().any(|value| wanted(value.at()));
        Self {
            fields: mark.needs(),
            members: members.add(mark),
            form: from(|source| matches!(source, Source::Form(_))),
            query: from(|source| matches!(source, Source::Query(_))),
        }
    }
}

/// A row that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("provider {id}: {message}")]
pub struct TableError {
    /// The row.
    pub id: String,
    /// What is wrong with it, and where.
    pub message: String,
}

macro_rules! rows {
    ($($id:literal)*) => {
        &[$(($id, include_str!(concat!("rows/", $id, ".toml")))),*]
    };
}

/// In the order they are tried: marks that several share come last.
const ROWS: &[(&str, &str)] = rows![
    "forgejo" "gitea" "github" "gitlab" "bitbucket" "jira"
    "stripe" "slack" "shopify" "woocommerce" "dropbox" "mandrill" "paypal" "pusher" "trello"
    "webex" "sendgrid" "twilio" "discord" "zoom" "linear" "square" "hubspot" "zendesk" "paddle"
    "calendly" "workos" "typeform" "sentry" "notion" "vercel" "asana" "pagerduty" "razorpay"
    "lemonsqueezy" "xero" "aspnet" "hookdeck" "outpost"
    "standard-webhooks" "meta" "intercom" "mailchimp" "wordpress" "microsoft-graph" "pydanny"
];

impl Table {
    /// The rows that come with the program.
    ///
    /// # Errors
    /// [`TableError`]; a test sees to it that there is none.
    pub fn builtin() -> Result<Self, TableError> {
        ROWS.iter()
            .map(|(id, text)| {
                let row: Row = toml::from_str(text).map_err(|error| fault(id, &error))?;
                checked(id, row)
            })
            .collect::<Result<_, _>>()
            .map(Self::new)
    }

    fn new(rows: Vec<Row>) -> Self {
        let mut marks = Vec::new();
        let mut members = Members::default();
        for (row, Row { detect, .. }) in rows.iter().enumerate() {
            for (place, mark) in detect.iter().enumerate() {
                marks.push((Needs::of(mark, &mut members), row, place));
            }
        }
        Self {
            rows,
            marks,
            members,
        }
    }

    /// The marks that a request may have, in the order they are tried, with their rows.
    pub(super) fn marks(&self, request: &Request<'_>) -> impl Iterator<Item = (&Row, &Mark)> {
        let fields = Names::of(request.headers);
        let (members, form, query) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        let marks = self.marks.iter();
        let possible = marks.filter(move |(needs, ..)| {
            let has = || *members.get_or_init(|| self.members.of(request));
            fields.may_have(needs.fields)
                && (!needs.query || *query.get_or_init(|| request.url.contains(&b'?')))
                && (!needs.form || *form.get_or_init(|| request.is_form()))
                && (needs.members == 0 || needs.members & !has() == 0)
        });
        possible.filter_map(|&(_, row, place)| {
            let row = self.rows.get(row)?;
            Some((row, row.detect.get(place)?))
        })
    }

    /// The same with a user's rows before them. A row of an id that is there replaces it.
    ///
    /// # Errors
    /// [`TableError`] for a row that cannot be used.
    pub fn with(self, own: BTreeMap<String, Row>) -> Result<Self, TableError> {
        let rest: Vec<Row> = (self.rows.into_iter())
            .filter(|row| !own.contains_key(&row.id))
            .collect();
        let own = own.into_iter().map(|(id, row)| checked(&id, row));
        own.chain(rest.into_iter().map(Ok))
            .collect::<Result<_, _>>()
            .map(Self::new)
    }

    /// All rows, in the order they are tried.
    pub fn rows(&self) -> std::slice::Iter<'_, Row> {
        self.rows.iter()
    }

    /// The row of this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Row> {
        self.rows().find(|row| row.id == id)
    }
}

fn checked(id: &str, mut row: Row) -> Result<Row, TableError> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if id.is_empty() || !id.bytes().all(plain) {
        let message = "an id is made of a-z, 0-9 and -";
        return Err(fault(id, &message));
    }
    if row.name.is_empty() {
        id.clone_into(&mut row.name);
    }
    if !is_word(&row.name) {
        return Err(fault(id, &"name is what it is called, in one line"));
    }
    for (index, scheme) in row.scheme.iter().enumerate() {
        if !is_word(&scheme.name) {
            return Err(fault(id, &"each scheme has a name, in one line"));
        }
        let before = row.scheme.get(..index).unwrap_or_default();
        if before.iter().any(|other| other.name == scheme.name) {
            let message = format!("two schemes are called {}", scheme.name);
            return Err(fault(id, &message));
        }
        scheme.fault().map_or(Ok(()), |message| {
            Err(fault(id, &format!("scheme {}: {message}", scheme.name)))
        })?;
    }
    if let Some(message) = row
        .detect
        .iter()
        .chain(&row.reads_answer_of)
        .find_map(Mark::fault)
    {
        return Err(fault(id, &format!("detect: {message}")));
    }
    if row
        .answer_within
        .is_some_and(|seconds| !(seconds > 0.0 && seconds < 86_400.0))
    {
        return Err(fault(
            id,
            &"answer-within is a number of seconds, above 0 and below a day",
        ));
    }
    if !(200..=599).contains(&row.refusal) {
        return Err(fault(id, &"refusal is a status from 200 to 599"));
    }
    Ok(Row {
        id: id.to_owned(),
        ..row
    })
}

/// Whether it can be shown: names stand in lists, questions and messages.
fn is_word(text: &str) -> bool {
    !text.trim().is_empty() && !text.chars().any(char::is_control)
}

fn fault(id: &str, message: &dyn std::fmt::Display) -> TableError {
    TableError {
        id: id.to_owned(),
        message: message.to_string(),
    }
}
