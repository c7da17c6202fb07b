//! Keys and mouse while something stands in front.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use hookreel_shared::model::Timestamp;
use ratatui::layout::Position;

use super::super::End;
use super::super::effect::Effect;
use super::super::export::Form;
use super::super::state::State;
use super::super::state::form::EditForm;
use super::super::state::popup::Popup;
use super::super::view::Hit;
use super::{act, request, tell};
use crate::command::Command;
use crate::replay::signature;

/// Takes a key.
pub fn key(state: &mut State, key: KeyEvent, now: Timestamp) -> Vec<Effect> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    let Some(popup) = state.popup.as_mut() else {
        return Vec::new();
    };
    match (key.code, &popup) {
        (KeyCode::Esc, _) => {
            state.popup = None;
            return Vec::new();
        }
        (KeyCode::Char('c'), _) if control => {
            return vec![Effect::Do(Command::Stop), Effect::End(End::Now)];
        }
        (
            KeyCode::Char('q' | '?'),
            Popup::Help(_) | Popup::Qr | Popup::Log(_) | Popup::Output(_),
        ) => {
            state.popup = None;
            return Vec::new();
        }
        _ => {}
    }
    match popup {
        Popup::Help(_) | Popup::Log(_) | Popup::Output(_) => {
            read(state, key.code);
            Vec::new()
        }
        Popup::Qr => {
            state.popup = None;
            Vec::new()
        }
        Popup::Delete(_) => delete(state, key.code, now),
        Popup::Export(export) => {
            let last = Form::ALL.len() - 1;
            match key.code {
                KeyCode::Down | KeyCode::Char('j') => export.cursor = (export.cursor + 1).min(last),
                KeyCode::Up | KeyCode::Char('k') => export.cursor = export.cursor.saturating_sub(1),
                KeyCode::Enter => {
                    let export = *export;
                    state.popup = None;
                    return vec![act::export(state, export, None)];
                }
                _ => {}
            }
            Vec::new()
        }
        Popup::Replay(_) => replay(state, key, now),
        Popup::Edit(_) => edit(state, key, control, now),
        Popup::Samples(_) => samples(state, key, control, now),
    }
}

/// The wheel, or a click where `by` is 0.
pub fn mouse(state: &mut State, by: isize, at: Position, now: Timestamp) -> Vec<Effect> {
    let Some(popup) = &state.popup else {
        return Vec::new();
    };
    let hit = super::super::view::popup_hit(state, popup, at);
    let plain = |code| KeyEvent::new(code, KeyModifiers::NONE);
    match (&mut state.popup, hit) {
        _ if by != 0 => {
            wheel(state, by);
            Vec::new()
        }
        // What was typed is not thrown away by a slip.
        (Some(Popup::Replay(_) | Popup::Edit(_)), Hit::Outside) => Vec::new(),
        (Some(_), Hit::Outside) | (Some(Popup::Qr), _) => key(state, plain(KeyCode::Esc), now),
        (Some(Popup::Export(export)), Hit::Row(row)) if export.cursor == row => {
            key(state, plain(KeyCode::Enter), now)
        }
        (Some(Popup::Export(export)), Hit::Row(row)) => {
            export.cursor = row;
            Vec::new()
        }
        (Some(Popup::Samples(samples)), Hit::Row(row)) if samples.cursor == row => {
            key(state, plain(KeyCode::Enter), now)
        }
        (Some(Popup::Samples(samples)), Hit::Row(row)) => {
            samples.cursor = row;
            Vec::new()
        }
        (Some(Popup::Replay(form)), Hit::Row(row)) => {
            form.move_focus(row.cast_signed() - form.focus.cast_signed());
            Vec::new()
        }
        (Some(Popup::Edit(form)), Hit::Row(row)) => {
            form.move_focus(row.cast_signed() - form.focus.cast_signed());
            Vec::new()
        }
        _ => Vec::new(),
    }
}

fn wheel(state: &mut State, by: isize) {
    match &mut state.popup {
        Some(Popup::Export(export)) => {
            let last = Form::ALL.len() - 1;
            export.cursor = export.cursor.saturating_add_signed(by.signum()).min(last);
        }
        Some(Popup::Edit(form)) => form.scroll(by),
        Some(Popup::Samples(samples)) => samples.step(by.signum()),
        _ => scroll(state, by),
    }
}

/// Moves a text that is read.
fn read(state: &mut State, code: KeyCode) {
    let page = isize::from(state.size.1.cast_signed())
        .saturating_sub(8)
        .max(1);
    let far = isize::MAX / 4;
    let by = match code {
        KeyCode::Down | KeyCode::Char('j') => 1,
        KeyCode::Up | KeyCode::Char('k') => -1,
        KeyCode::PageDown | KeyCode::Char(' ' | 'd') => page,
        KeyCode::PageUp | KeyCode::Char('b' | 'u') => -page,
        KeyCode::Home | KeyCode::Char('g') => -far,
        KeyCode::End | KeyCode::Char('G') => far,
        _ => return,
    };
    scroll(state, by);
}

/// Moves a text that is read by so many lines.
pub fn scroll(state: &mut State, by: isize) {
    let help = super::super::view::help_lines(state);
    let logged = match state.popup {
        Some(Popup::Log(_)) => super::super::view::log_lines(state).len(),
        _ => 0,
    };
    let lines = usize::from(state.size.1.saturating_sub(6)).max(1);
    match &mut state.popup {
        Some(Popup::Help(top)) => {
            *top = top
                .saturating_add_signed(by)
                .min(help.saturating_sub(lines));
        }
        Some(Popup::Output(output)) => {
            let most = output.lines.len().saturating_sub(lines);
            output.top = output.top.saturating_add_signed(by).min(most);
        }
        // Counted from the end: new lines do not move what is read.
        Some(Popup::Log(back)) => {
            *back = back
                .saturating_add_signed(-by)
                .min(logged.saturating_sub(lines));
        }
        _ => {}
    }
}

fn delete(state: &mut State, code: KeyCode, now: Timestamp) -> Vec<Effect> {
    let Some(Popup::Delete(ids)) = state.popup.take() else {
        return Vec::new();
    };
    if !matches!(code, KeyCode::Char('y' | 'Y')) {
        tell(state, true, "nothing was deleted", now);
        return Vec::new();
    }
    let gone: std::collections::HashSet<_> = ids.iter().copied().collect();
    state.list.remove(|row| gone.contains(&row.summary.id));
    tell(state, true, format!("deleted {}", ids.len()), now);
    vec![Effect::Delete(ids)]
}

fn replay(state: &mut State, key: KeyEvent, now: Timestamp) -> Vec<Effect> {
    let Some(Popup::Replay(form)) = &mut state.popup else {
        return Vec::new();
    };
    match key.code {
        KeyCode::Tab | KeyCode::Down => form.move_focus(1),
        KeyCode::BackTab | KeyCode::Up => form.move_focus(-1),
        KeyCode::Enter => match form.read() {
            Ok(replay) => {
                let count = replay.ids.len();
                state.popup = None;
                tell(state, true, format!("replaying {count} …"), now);
                return vec![Effect::Do(Command::Replay(replay))];
            }
            Err((field, why)) => {
                form.move_focus(field.cast_signed() - form.focus.cast_signed());
                form.error = Some((field, why));
            }
        },
        _ => form.key(key),
    }
    Vec::new()
}

fn samples(state: &mut State, key: KeyEvent, control: bool, now: Timestamp) -> Vec<Effect> {
    let Some(Popup::Samples(samples)) = &mut state.popup else {
        return Vec::new();
    };
    match key.code {
        KeyCode::Down => samples.step(1),
        KeyCode::Up => samples.step(-1),
        KeyCode::Char('n') if control => samples.step(1),
        KeyCode::Char('p') if control => samples.step(-1),
        KeyCode::PageDown => samples.step(10),
        KeyCode::PageUp => samples.step(-10),
        KeyCode::Enter => return request::trigger(state, now),
        _ => {
            if samples.line.key(key) {
                samples.typed();
            }
        }
    }
    Vec::new()
}

fn edit(state: &mut State, key: KeyEvent, control: bool, now: Timestamp) -> Vec<Effect> {
    let Some(Popup::Edit(form)) = &mut state.popup else {
        return Vec::new();
    };
    match key.code {
        KeyCode::Tab => form.move_focus(1),
        KeyCode::BackTab => form.move_focus(-1),
        KeyCode::Char('s') if control => match form.read() {
            Ok(request) => {
                let of = form.of.id();
                return request::send(state, of, request, now);
            }
            Err(why) => form.error = Some(why),
        },
        KeyCode::Char('g') if control => {
            form.change_signing();
            warn(form);
        }
        KeyCode::Char('e') if control => match form.exchange() {
            Ok(changed) => {
                let text = crate::replay::edit::to_text(&changed);
                return vec![Effect::Edit {
                    of: form.of.clone(),
                    text,
                }];
            }
            Err(why) => form.error = Some(why),
        },
        _ => {
            form.key(key);
            warn(form);
        }
    }
    Vec::new()
}

/// Says before it is sent which signature the origin will not take any more.
pub fn warn(form: &mut EditForm) {
    let warnings = form
        .read()
        .map(|edited| signature::warnings(&form.of, &edited));
    let warning = warnings.ok().and_then(|all| all.into_iter().next());
    // What is signed anew fits.
    form.warning = warning.filter(|_| !form.sign);
}
