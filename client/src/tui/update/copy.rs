//! What `y` copies.

use hookreel_shared::export;
use hookreel_shared::model::{Header, Timestamp};

use super::super::action::Action;
use super::super::detail::Tab;
use super::super::effect::Effect;
use super::super::state::State;
use super::tell;

/// Copies a part of the exchange under the cursor.
pub fn copy(state: &mut State, action: Action, now: Timestamp) -> Vec<Effect> {
    match text(state, action) {
        Ok((text, what)) => vec![Effect::Copy { text, what }],
        Err(why) => {
            tell(state, false, why, now);
            Vec::new()
        }
    }
}

fn text(state: &State, action: Action) -> Result<(String, &'static str), String> {
    if action == Action::CopyUrl {
        let row = state.list.current();
        let granted = state.granted(row.map(|row| &row.summary.name));
        let url = granted
            .ok_or("there is no address yet")?
            .url
            .trim_end_matches('/');
        let target = row.map_or(String::new(), |row| {
            String::from_utf8_lossy(&row.summary.target).into_owned()
        });
        return Ok((format!("{url}{target}"), "the URL"));
    }
    let none = if state.stored {
        "this one is not in the history (yet)"
    } else {
        "without a history nothing was kept that could be copied"
    };
    let whole = state.whole().ok_or(none)?;
    Ok(match action {
        Action::CopyCurl => {
            let curl = export::curl::write(whole, &base(state), export::curl::Body::Inline);
            (curl.map_err(|error| error.to_string())?, "a curl command")
        }
        Action::CopyBody => (
            state
                .detail
                .body_text()
                .ok_or("the body is empty, or not text")?,
            "the body",
        ),
        Action::CopyHeaders => match (state.detail.tab(), &whole.response) {
            (Tab::Response, Some(head)) => (headers(head.headers.iter()), "the answer's headers"),
            // As they came: what the relay has added stands apart in the detail.
            _ => (headers(whole.request.sent()), "the headers"),
        },
        Action::CopyJson => (export::json::write(whole), "the exchange as JSON"),
        _ => (
            state
                .detail
                .value_under_cursor()
                .ok_or("there is no value under the cursor")?,
            "the value",
        ),
    })
}

fn headers<'a>(headers: impl IntoIterator<Item = &'a Header>) -> String {
    let line = |header: &Header| {
        let [name, value] =
            [&header.name, &header.value].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        format!("{name}: {value}\n")
    };
    headers.into_iter().map(line).collect()
}

/// Where the current request can be sent to: the origin that it went to.
pub fn base(state: &State) -> String {
    if let Some(origin) = state.whole().and_then(|whole| whole.origin.as_deref()) {
        return origin.to_owned();
    }
    let name = state.list.current().map(|row| &row.summary.name);
    let origin = state.granted(name).map(|granted| granted.origin.clone());
    origin.unwrap_or_else(|| "http://localhost".to_owned())
}
