use super::*;

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
