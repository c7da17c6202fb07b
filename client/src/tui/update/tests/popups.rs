use crate::command::Signing;
use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::*;
use crate::tui::export::Form;
use crate::tui::state::form::EditForm;
use crate::tui::view::view;

#[test]
fn deleting_asks_and_only_y_deletes() {
    for (keys, gone) in [("y", true), ("n", false), ("enter", false), ("esc", false)] {
        let mut state = stored(8);
        update(
            &mut state,
            Msg::Found(Found::Marked(Purpose::Delete, vec![id(2), id(8)])),
            NOW,
        );
        assert!(matches!(state.popup, Some(Popup::Delete(_))));
        let expected: &[&str] = if gone { &["delete 2"] } else { &[] };
        assert_eq!(told(&press(&mut state, keys)), expected, "{keys}");
        assert_eq!(at(&state), id(if gone { 7 } else { 8 }));
    }
    let mut state = stored(8);
    update(
        &mut state,
        Msg::Found(Found::Marked(Purpose::Delete, vec![])),
        NOW,
    );
    assert!(state.popup.is_none() && !state.toast.unwrap().good);
}

#[test]
fn replay_options_are_sent_as_they_stand_in_the_form() {
    let mut state = stored(8);
    update(
        &mut state,
        Msg::Found(Found::Marked(Purpose::Replay, vec![id(2), id(3)])),
        NOW,
    );
    assert_eq!(
        told(&press(&mut state, "\"nonsense\" enter")),
        [""; 0],
        "an error is shown, nothing is sent"
    );
    let effects = press(
        &mut state,
        "ctrl-u \"http://localhost:9\" tab \"0\" tab \"\" tab \"2\" enter",
    );
    let [Effect::Do(Command::Replay(replay))] = &effects[..] else {
        panic!("{effects:?}");
    };
    let expected = Replay {
        ids: vec![id(2), id(3)],
        to: Some("http://localhost:9".into()),
        times: 10,
        concurrency: 1,
        speed: Some(2.0),
        signing: Signing::Usual,
        label: None,
    };
    assert_eq!(*replay, expected);
}

#[test]
fn the_form_warns_of_a_signature_before_it_is_sent() {
    let mut exchange = exchange(1, "POST", "/a", b"{}");
    let mut head = (*exchange.request).clone();
    head.headers.push("X-Hub-Signature-256", "sha256=00");
    exchange.request = Arc::new(head);
    let mut state = stored(1);
    let form = EditForm::new(&Arc::new(exchange), Some("github"));
    state.popup = Some(Popup::Edit(Box::new(form)));
    let warning = |state: &State| match &state.popup {
        Some(Popup::Edit(form)) => form.warning.clone(),
        _ => None,
    };
    update(&mut state, Msg::Key(KeyCode::Char('x').into()), NOW);
    let said = warning(&state).unwrap_or_default();
    assert!(said.starts_with("X-Hub-Signature-256"), "{said}");
    update(&mut state, Msg::Key(KeyCode::Backspace.into()), NOW);
    assert_eq!(warning(&state), None, "it is as it came");
    update(&mut state, Msg::Paste("pasted".into()), NOW);
    assert!(warning(&state).is_some());
}

/// Where this stands on the screen.
fn find(state: &mut State, text: &str) -> (u16, u16) {
    let (width, height) = state.size;
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| view(state, frame)).unwrap();
    let screen = terminal.backend().to_string();
    for (row, line) in screen.lines().enumerate() {
        if let Some(at) = line.find(text) {
            // Each line stands in quotes.
            let column = line[..at].chars().count() - 1;
            return (u16::try_from(column).unwrap(), u16::try_from(row).unwrap());
        }
    }
    panic!("{text} is not on the screen:\n{screen}")
}

fn mouse(state: &mut State, kind: MouseEventKind, (column, row): (u16, u16)) -> Vec<Effect> {
    let mouse = MouseEvent {
        kind,
        column,
        row,
        modifiers: KeyModifiers::NONE,
    };
    update(state, Msg::Mouse(mouse), NOW)
}

fn click(state: &mut State, text: &str) -> Vec<Effect> {
    let at = find(state, text);
    mouse(state, MouseEventKind::Down(MouseButton::Left), at)
}

#[test]
fn a_click_chooses_a_form_to_export_in_and_a_second_one_writes() {
    let mut state = stored(8);
    update(
        &mut state,
        Msg::Found(Found::Marked(Purpose::Export, vec![])),
        NOW,
    );
    assert!(click(&mut state, "httpie").is_empty());
    find(&mut state, "▸ httpie");
    mouse(&mut state, MouseEventKind::ScrollUp, (0, 0));
    find(&mut state, "▸ http ");
    let effects = click(&mut state, "▸ http ");
    assert!(
        matches!(
            effects[..],
            [Effect::Ask(Ask::Export {
                form: Form::Http,
                ..
            })]
        ),
        "{effects:?}"
    );
    assert!(state.popup.is_none());
}

#[test]
fn a_click_outside_closes_what_is_only_read_or_asked() {
    let outside = (0, 0);
    for open in ["?", "L", "Q"] {
        let mut state = stored(8);
        press(&mut state, open);
        assert!(state.popup.is_some());
        mouse(&mut state, MouseEventKind::Down(MouseButton::Left), outside);
        assert!(state.popup.is_none(), "{open}");
    }
    for (purpose, ids) in [(Purpose::Delete, vec![id(8)]), (Purpose::Export, vec![])] {
        let mut state = stored(8);
        update(&mut state, Msg::Found(Found::Marked(purpose, ids)), NOW);
        let effects = mouse(&mut state, MouseEventKind::Down(MouseButton::Left), outside);
        assert!(state.popup.is_none() && effects.is_empty(), "{purpose:?}");
    }
}

#[test]
fn a_click_goes_to_a_field_and_beside_a_form_loses_nothing() {
    let mut state = stored(8);
    press(&mut state, "e");
    click(&mut state, "target");
    click(&mut state, "┌ Edit");
    mouse(&mut state, MouseEventKind::Down(MouseButton::Left), (0, 0));
    press(&mut state, "\"x\"");
    let Some(Popup::Edit(form)) = &state.popup else {
        panic!("it is still there");
    };
    assert_eq!(form.line[1].text(), "/webhooks/8x");
    let mut state = stored(8);
    press(&mut state, "R");
    update(
        &mut state,
        Msg::Found(Found::Marked(Purpose::Replay, vec![])),
        NOW,
    );
    click(&mut state, "speed");
    press(&mut state, "\"3\"");
    let Some(Popup::Replay(form)) = &state.popup else {
        panic!("it is still there");
    };
    assert_eq!(form.fields[3].text(), "3");
}

#[test]
fn the_wheel_moves_what_stands_in_front_and_nothing_behind_it() {
    let mut state = stored(60);
    press(&mut state, "?");
    let top = find(&mut state, "next line");
    mouse(&mut state, MouseEventKind::ScrollDown, (40, 12));
    assert!(matches!(state.popup, Some(Popup::Help(3))), "{top:?}");
    assert_eq!(at(&state), id(60));
    press(&mut state, "esc e tab tab tab");
    mouse(&mut state, MouseEventKind::ScrollDown, (40, 12));
    let Some(Popup::Edit(form)) = &state.popup else {
        panic!("the form");
    };
    assert_eq!(form.headers.cursor().0, 1, "its last line");
}

#[test]
fn what_comes_late_never_takes_the_place_of_what_is_typed_into() {
    let mut state = stored(8);
    press(&mut state, "e");
    let marked = Found::Marked(Purpose::Delete, vec![id(8)]);
    update(&mut state, Msg::Found(marked.clone()), NOW);
    let output = Msg::Output {
        title: "jq".into(),
        text: "done".into(),
    };
    update(&mut state, output, NOW);
    assert!(matches!(state.popup, Some(Popup::Edit(_))));
    assert_eq!(
        told(&press(&mut state, "y")),
        [""; 0],
        "typed, not taken as yes"
    );
    press(&mut state, "esc");
    assert!(
        matches!(state.popup, Some(Popup::Output(_))),
        "now there is room"
    );
    press(&mut state, "esc f");
    update(&mut state, Msg::Found(marked), NOW);
    assert!(state.popup.is_none() && state.prompt.is_some());
}

#[test]
fn more_than_a_field_can_hold_is_refused_with_the_way_out() {
    let long = || Msg::Paste("x".repeat(1 << 20));
    let mut state = stored(8);
    press(&mut state, "e");
    update(&mut state, long(), NOW);
    let Some(Popup::Edit(form)) = &state.popup else {
        panic!("the form");
    };
    let error = form.error.clone().unwrap();
    assert!(error.contains("ctrl-e opens your editor"), "{error}");
    assert_eq!(form.read().unwrap().body, form.of.request_body.kept);
    press(&mut state, "esc f \"is:\"");
    update(&mut state, long(), NOW);
    let prompt = state.prompt.as_ref().unwrap();
    assert_eq!(prompt.line.text(), "is:");
    let (_, why) = prompt.error.clone().unwrap();
    assert!(why.contains("too much for one line"), "{why}");
}

#[test]
fn a_pasted_search_finds_at_once_like_a_typed_one() {
    let mut state = stored(8);
    press(&mut state, "/");
    update(&mut state, Msg::Paste("webhooks".into()), NOW);
    assert!(state.search.is_some());
}

#[test]
fn whether_replays_are_signed_is_chosen_in_the_form() {
    for (keys, signing) in [
        ("", Signing::Usual),
        ("space", Signing::Always),
        ("n", Signing::Never),
        ("n space", Signing::Usual),
        ("\"nonsense\"", Signing::Never),
    ] {
        let mut state = stored(8);
        let marked = Found::Marked(Purpose::Replay, vec![id(2)]);
        update(&mut state, Msg::Found(marked), NOW);
        let effects = press(
            &mut state,
            &format!("tab tab tab tab {keys} enter").replace("  ", " "),
        );
        let [Effect::Do(Command::Replay(replay))] = &effects[..] else {
            panic!("{effects:?}");
        };
        assert_eq!(replay.signing, signing, "{keys}");
    }
}

#[test]
fn what_is_edited_is_signed_only_if_the_user_says_so_and_somebody_is_known() {
    for (provider, keys, expected) in [
        (Some("stripe"), "ctrl-s", Signing::Usual),
        (Some("stripe"), "ctrl-g ctrl-s", Signing::Always),
        (Some("stripe"), "ctrl-g ctrl-g ctrl-s", Signing::Usual),
        (None, "ctrl-g ctrl-s", Signing::Usual),
    ] {
        let mut state = stored(8);
        let form = EditForm::new(&Arc::new(exchange(8, "POST", "/a", b"{}")), provider);
        state.popup = Some(Popup::Edit(Box::new(form)));
        let effects = press(&mut state, keys);
        let [Effect::Do(Command::Send { signing, .. })] = &effects[..] else {
            panic!("{effects:?}");
        };
        assert_eq!(*signing, expected, "{keys}");
    }
}

#[test]
fn a_sample_goes_where_its_provider_last_posted() {
    let mut state = stored(8);
    let mut charge = row(9, "POST", "/hooks/stripe?try=2", Some(200));
    charge.summary.provider = Some("stripe".into());
    update(
        &mut state,
        Msg::Found(Found::News(vec![(charge, true)])),
        NOW,
    );
    for (typed, provider, target) in [
        ("stripe charge.succeeded", "stripe", "/hooks/stripe"),
        ("github push", "github", "/"),
    ] {
        let effects = press(&mut state, &format!("s \"{typed}\" enter"));
        let sent = effects.iter().find_map(|effect| match effect {
            Effect::Do(Command::Trigger {
                provider,
                name,
                target,
                ..
            }) => Some((provider.as_str(), name.as_str(), target.as_str())),
            _ => None,
        });
        assert_eq!(sent, Some((provider, "otter", target)));
        assert!(state.popup.is_none());
    }
}

#[test]
fn a_click_chooses_a_sample_and_a_second_one_sends_it() {
    let mut state = stored(8);
    press(&mut state, "s \"github push\"");
    let first = find(&mut state, "▸ github push");
    assert!(!mouse(&mut state, MouseEventKind::Down(MouseButton::Left), first).is_empty());
    assert!(state.popup.is_none());
}

#[test]
fn without_an_address_no_sample_is_sent() {
    let mut state = state(true);
    press(&mut state, "s");
    assert!(state.popup.is_none() && !state.toast.unwrap().good);
}

#[test]
fn which_secret_signs_is_said_in_the_form_and_only_where_all_is_signed() {
    let mut state = stored(8);
    let marked = Found::Marked(Purpose::Replay, vec![id(2)]);
    update(&mut state, Msg::Found(marked), NOW);
    let effects = press(&mut state, "tab tab tab tab tab \"next\" enter");
    assert!(effects.is_empty(), "{effects:?}");
    let Some(Popup::Replay(form)) = &state.popup else {
        panic!("it is still there");
    };
    assert_eq!((form.focus, form.error.is_some()), (4, true));
    let effects = press(&mut state, "a enter");
    let [Effect::Do(Command::Replay(replay))] = &effects[..] else {
        panic!("{effects:?}");
    };
    assert_eq!(replay.signing, Signing::Always);
    assert_eq!(replay.label.as_deref(), Some("next"));
}

#[test]
fn of_several_secrets_an_edited_request_is_signed_with_each_in_turn() {
    let all = ["default".to_owned(), "next".to_owned()];
    for (labels, presses, signs, expected) in [
        (&all[..1], 1, Signing::Always, None),
        (&all[..1], 2, Signing::Usual, None),
        (&all, 1, Signing::Always, None),
        (&all, 2, Signing::Always, Some("default")),
        (&all, 3, Signing::Always, Some("next")),
        (&all, 4, Signing::Usual, None),
    ] {
        let mut state = stored(8);
        let form = EditForm::new(&Arc::new(exchange(8, "POST", "/a", b"{}")), Some("stripe"));
        state.popup = Some(Popup::Edit(Box::new(EditForm {
            labels: labels.to_vec(),
            ..form
        })));
        press(&mut state, &vec!["ctrl-g"; presses].join(" "));
        if let Some(label) = expected {
            find(&mut state, &format!("sign it: with {label}"));
        }
        let effects = press(&mut state, "ctrl-s");
        let [Effect::Do(Command::Send { signing, label, .. })] = &effects[..] else {
            panic!("{effects:?}");
        };
        assert_eq!((*signing, label.as_deref()), (signs, expected), "{presses}");
    }
}
