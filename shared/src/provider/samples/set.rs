//! Changing one value of a request: `$.data.object.amount=500`.

use std::ops::Range;

use crate::json::path::{At, Path, Progress};
use crate::json::{self, Kind, Token};
use crate::provider::edit::Draft;
use crate::provider::text::Source;

/// Why a value was not set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SetError {
    /// It is not written as it should be.
    #[error("write {0}: PATH=VALUE, as in $.data.id=42, form:name=Jo, header:X-Id=7 or query:a=b")]
    Written(String),
    /// It is no path, or names nothing.
    #[error("{0}")]
    Path(String),
    /// The body is not of the kind that has such a place.
    #[error("{path} is a place in {wanted}, and this body is not that")]
    Body {
        /// What was to be set.
        path: String,
        /// What the body should be.
        wanted: &'static str,
    },
    /// The path leads nowhere, and nothing can be added there.
    #[error("{path} leads nowhere in this body{}", hint(.there))]
    Nowhere {
        /// What was to be set.
        path: String,
        /// Names at the place up to which it leads.
        there: Vec<String>,
    },
    /// It cannot stand there.
    #[error("{0} cannot have this value: it has a line break or a control character in it")]
    Value(String),
    /// It is not JSON.
    #[error("behind := stands JSON, and {0} is not")]
    NotJson(String),
}

fn hint(there: &[String]) -> String {
    match there {
        [] => String::new(),
        names => format!("; where it ends there are {}", names.join(", ")),
    }
}

/// Sets one value of a request that is not signed yet: `PATH=VALUE`. The path is `$.…` for a
/// place in a JSON body, `form:NAME`, `header:NAME` or `query:NAME`; a bare name is a member of
/// the body or a field of the form.
///
/// In JSON, a value that is JSON itself (`5`, `true`, `null`, `{…}`, `"5"`) is set as that, and
/// any other as a text. Where a text stands, a number stays a text, as prices and ids often are;
/// with `PATH:=VALUE` it is JSON in any case. All places that a path leads to are set; if there
/// is none, the last member of the path is added, in an object that is there, or the next element
/// of a list.
///
/// # Errors
/// [`SetError`]; the draft is as it was then.
pub fn set(draft: &mut Draft, assignment: &str) -> Result<(), SetError> {
    let (path, value, exact) = split(assignment)?;
    let is_form = !draft.request().form().is_empty();
    let source = match path {
        path if path.starts_with('$') || path.contains(':') => path.to_owned(),
        path if is_form => format!("form:{path}"),
        path => format!("$.{path}"),
    };
    let at = Source::try_from(source.clone()).map_err(|error| SetError::Path(error.to_string()))?;
    let body_is = |path, wanted| Err(SetError::Body { path, wanted });
    match &at {
        Source::Form(_) if !is_form && !draft.body.is_empty() => body_is(source, "a form"),
        Source::Json(path) => {
            if draft.request().json().is_none() {
                return body_is(source, "JSON");
            }
            // Some forms have the whole document in one field.
            let field = draft.request().form().iter().find_map(|(name, text)| {
                let is_json = text.trim_start().starts_with(['{', '[']);
                is_json.then(|| (name.clone(), text.clone()))
            });
            match field {
                None => {
                    let body = in_json(&draft.body, path, &source, value, exact)?;
                    replace(draft, body);
                }
                Some((name, text)) => {
                    let text = in_json(text.as_bytes(), path, &source, value, exact)?;
                    let text = String::from_utf8_lossy(&text).into_owned();
                    draft.set(&Source::Form(name), &text);
                }
            }
            Ok(())
        }
        _ if draft.set(&at, value) => Ok(()),
        _ => Err(SetError::Value(source)),
    }
}

/// A `Content-Length` that was right stays right.
fn replace(draft: &mut Draft, body: Vec<u8>) {
    let length = draft.headers.get("content-length");
    let was_right =
        length.is_some_and(|length| length[..] == *draft.body.len().to_string().as_bytes());
    draft.body = body.into();
    if was_right {
        let length = draft.body.len().to_string();
        draft.set(&Source::Header("Content-Length".to_owned()), &length);
    }
}

/// At the first `=` outside of brackets and quotes: paths may have it in names.
fn split(assignment: &str) -> Result<(&str, &str, bool), SetError> {
    let (mut quote, mut depth) = (None, 0_u32);
    for (at, sign) in assignment.char_indices() {
        match (quote, sign) {
            (None, '[') => depth += 1,
            (None, ']') => depth = depth.saturating_sub(1),
            (None, '"' | '\'') if depth > 0 => quote = Some(sign),
            (Some(mark), sign) if mark == sign => quote = None,
            (None, '=') if depth == 0 => {
                let (path, value) = (&assignment[..at], &assignment[at + 1..]);
                let exact = path.strip_suffix(':');
                let path = exact.unwrap_or(path).trim();
                if !path.is_empty() {
                    return Ok((path, value, exact.is_some()));
                }
            }
            _ => {}
        }
    }
    Err(SetError::Written(assignment.to_owned()))
}

/// The body with the value at all places that the path leads to.
fn in_json(
    body: &[u8],
    path: &Path,
    written: &str,
    value: &str,
    exact: bool,
) -> Result<Vec<u8>, SetError> {
    let parsed: Option<serde_json::Value> = serde_json::from_str(value).ok();
    if exact && parsed.is_none() {
        return Err(SetError::NotJson(value.to_owned()));
    }
    let quoted = || serde_json::to_string(value).unwrap_or_default();
    let text = |before: Option<Kind>| match &parsed {
        None => quoted(),
        Some(json) if json.is_number() && before == Some(Kind::String) && !exact => quoted(),
        Some(_) => value.trim().to_owned(),
    };
    let mut walk = Walk::new(body, path);
    walk.go();
    let mut out = body.to_vec();
    if !walk.found.is_empty() {
        for (place, kind) in walk.found.iter().rev() {
            out.splice(place.clone(), text(Some(*kind)).into_bytes());
        }
        return Ok(out);
    }
    // A path of any depth would add it everywhere.
    if walk.open.is_empty() || written.contains("..") {
        return Err(SetError::Nowhere {
            path: written.to_owned(),
            there: walk.there,
        });
    }
    for (end, filled, name) in walk.open.iter().rev() {
        let comma = if *filled { "," } else { "" };
        let name = match name {
            Some(name) => serde_json::to_string(name).unwrap_or_default() + ":",
            None => String::new(),
        };
        let new = format!("{comma}{name}{}", text(None));
        out.splice(*end..*end, new.into_bytes());
    }
    Ok(out)
}

/// Goes through a document, and notes where the path leads and where it could.
struct Walk<'a> {
    body: &'a [u8],
    path: &'a Path,
    tokens: Vec<Token>,
    found: Vec<(Range<usize>, Kind)>,
    /// Where a value can be added: before which byte, whether something stands there already,
    /// and the name it gets.
    open: Vec<(usize, bool, Option<String>)>,
    /// Names at the deepest place up to which the path leads, and how deep that is.
    there: Vec<String>,
    deepest: usize,
}

impl<'a> Walk<'a> {
    fn new(body: &'a [u8], path: &'a Path) -> Self {
        Self {
            body,
            path,
            tokens: json::scan(body, 512).tokens,
            found: Vec::new(),
            open: Vec::new(),
            there: Vec::new(),
            deepest: 0,
        }
    }

    fn go(&mut self) {
        let mut levels: Vec<Level> = Vec::new();
        let mut at = 0;
        let mut member: Option<Progress> = None;
        while let Some(token) = self.tokens.get(at).cloned() {
            at += 1;
            match token.kind {
                Kind::EndObject | Kind::EndArray => {
                    if let Some(level) = levels.pop() {
                        self.leave(&level, token.place.start, levels.len());
                    }
                    continue;
                }
                Kind::Key => {
                    let raw = self.body.get(token.place.clone()).unwrap_or_default();
                    let name = json::unescape(raw).into_owned();
                    if let Some(level) = levels.last_mut() {
                        member = Some(self.path.advance(level.progress, At::Member(&name)));
                        level.names.push(name);
                    }
                    continue;
                }
                _ => {}
            }
            let progress = match (member.take(), levels.last_mut()) {
                (Some(progress), _) => progress,
                (None, None) => self.path.start(),
                (None, Some(level)) => {
                    level.elements += 1;
                    self.path
                        .advance(level.progress, At::Element(level.elements - 1))
                }
            };
            if self.path.ends(progress) {
                let end = self.tokens.get(token.end).map(|end| end.place.end);
                let place = token.place.start..end.unwrap_or(token.place.end);
                self.found.push((place, token.kind));
                // What stands in it goes with it.
                at = at.max(token.end + 1);
            } else if matches!(token.kind, Kind::StartObject | Kind::StartArray) {
                levels.push(Level {
                    progress,
                    is_list: token.kind == Kind::StartArray,
                    elements: 0,
                    names: Vec::new(),
                });
            }
        }
    }

    fn leave(&mut self, level: &Level, end: usize, depth: usize) {
        if level.progress.is_lost() {
            return;
        }
        if depth >= self.deepest && !level.names.is_empty() {
            self.deepest = depth;
            self.there = level.names.iter().take(12).cloned().collect();
        }
        let leads = |at| self.path.ends(self.path.advance(level.progress, at));
        match self.path.last() {
            Some(At::Member(name)) if !level.is_list && leads(At::Member(name)) => {
                let filled = !level.names.is_empty();
                self.open.push((end, filled, Some(name.to_owned())));
            }
            Some(At::Element(index))
                if level.is_list && index == level.elements && leads(At::Element(index)) =>
            {
                self.open.push((end, index > 0, None));
            }
            _ => {}
        }
    }
}

struct Level {
    progress: Progress,
    is_list: bool,
    elements: usize,
    names: Vec<String>,
}

#[cfg(test)]
#[path = "set_tests.rs"]
mod tests;
