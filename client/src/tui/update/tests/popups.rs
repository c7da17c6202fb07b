use super::*;
use crate::tui::state::form::EditForm;

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
    let form = EditForm::new(&Arc::new(exchange));
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
