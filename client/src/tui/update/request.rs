//! Requests that are made here: sent again, with options, or changed.

use std::sync::Arc;

use hookreel_shared::model::{Exchange, ExchangeId, Timestamp};

use super::super::effect::Effect;
use super::super::state::State;
use super::super::state::form::{EditForm, ReplayForm};
use super::super::state::popup::Popup;
use super::super::state::samples::Samples;
use super::tell;
use crate::command::{Command, Edited, Replay, Signing};
use crate::replay::edit;

fn refuse(state: &mut State, why: &str, now: Timestamp) -> Vec<Effect> {
    tell(state, false, why, now);
    Vec::new()
}

/// Why nothing can be sent again, if so.
fn nothing_kept(state: &State) -> Option<&'static str> {
    (!state.stored).then_some("without a history nothing was kept that could be sent again")
}

/// Sends the current one again.
pub fn replay(state: &mut State, to: Option<String>, now: Timestamp) -> Vec<Effect> {
    if let Some(why) = nothing_kept(state) {
        return refuse(state, why, now);
    }
    let Some(row) = state.list.current() else {
        return refuse(state, "there is nothing to replay yet", now);
    };
    if !row.summary.closed {
        return refuse(
            state,
            "it is still under way: replay it once it has ended",
            now,
        );
    }
    let replay = Replay {
        to,
        ..Replay::once(row.summary.id)
    };
    tell(state, true, "replaying …", now);
    vec![Effect::Do(Command::Replay(replay))]
}

/// Asks how to send these again.
pub fn options(state: &mut State, ids: Vec<ExchangeId>, now: Timestamp) -> Vec<Effect> {
    if let Some(why) = nothing_kept(state) {
        return refuse(state, why, now);
    }
    if ids.is_empty() {
        return refuse(state, "there is nothing to replay yet", now);
    }
    state.popup = Some(Popup::Replay(Box::new(ReplayForm::new(ids))));
    Vec::new()
}

/// Opens the form to change the current one.
pub fn form(state: &mut State, now: Timestamp) -> Vec<Effect> {
    if let Some(why) = nothing_kept(state) {
        return refuse(state, why, now);
    }
    let Some(exchange) = state.whole().cloned() else {
        return refuse(state, "there is nothing to edit yet", now);
    };
    let about = state.detail.about();
    let provider = about.and_then(|about| about.sender.provider.clone());
    let labels = about.map(|about| about.sender.report.tried.clone());
    let labels = labels.unwrap_or_default();
    let body = &exchange.request_body;
    if body.is_truncated() || body.cut {
        tell(
            state,
            false,
            "only the beginning of this body is here: that is all there is to edit",
            now,
        );
    }
    let form = EditForm::new(&exchange, provider.as_deref());
    state.popup = Some(Popup::Edit(Box::new(EditForm { labels, ..form })));
    Vec::new()
}

/// Sends what the form says, and as it says about the signature.
pub fn send(state: &mut State, of: ExchangeId, request: Edited, now: Timestamp) -> Vec<Effect> {
    let (signing, label) = match state.popup.take() {
        Some(Popup::Edit(form)) => (form.signing(), form.label().cloned()),
        _ => (Signing::Usual, None),
    };
    tell(state, true, "sending …", now);
    let to = None;
    vec![Effect::Do(Command::Send {
        of,
        request,
        to,
        signing,
        label,
    })]
}

/// Asks which sample to send; `text` narrows the choice down.
pub fn samples(state: &mut State, text: &str, now: Timestamp) -> Vec<Effect> {
    let current = state.list.current().map(|row| &row.summary);
    let Some(granted) = state.granted(current.map(|summary| &summary.name)) else {
        return refuse(state, "there is no address yet", now);
    };
    let first = current.and_then(|summary| summary.provider.as_deref());
    let samples = Samples::new(granted.name.clone(), first, text);
    state.popup = Some(Popup::Samples(Box::new(samples)));
    Vec::new()
}

/// Sends the sample that is chosen.
pub fn trigger(state: &mut State, now: Timestamp) -> Vec<Effect> {
    let Some(Popup::Samples(samples)) = &state.popup else {
        return Vec::new();
    };
    let Some(choice) = samples.chosen() else {
        return Vec::new();
    };
    let command = Command::Trigger {
        provider: choice.provider.to_owned(),
        event: choice.name.clone(),
        name: samples.to.clone(),
        target: state.sample_target(samples),
    };
    let text = format!("sending {} {} …", choice.provider, choice.name);
    state.popup = None;
    tell(state, true, text, now);
    vec![Effect::Do(command)]
}

/// The user is back from the editor.
pub fn edited(
    state: &mut State,
    of: &Arc<Exchange>,
    text: Result<Vec<u8>, String>,
    now: Timestamp,
) -> Vec<Effect> {
    let read = text.and_then(|text| edit::from_text(&text).map_err(|error| error.to_string()));
    match read {
        Ok(request) => send(state, of.id(), request, now),
        // The form is still open, with what was there before.
        Err(why) => refuse(state, &why, now),
    }
}
