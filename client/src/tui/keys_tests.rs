use super::*;

fn chosen(name: &str, keys: &[&str]) -> BTreeMap<String, Vec<String>> {
    BTreeMap::from([(
        name.to_owned(),
        keys.iter().map(|key| (*key).to_owned()).collect(),
    )])
}

fn chords(text: &str) -> Vec<Chord> {
    text.split(' ').map(|key| key.parse().unwrap()).collect()
}

#[test]
fn the_table_itself_has_no_key_twice() {
    let keys = Keys::from_config(&BTreeMap::new()).unwrap();
    for entry in TABLE {
        assert_eq!(keys.shown(entry.action), entry.keys, "{}", entry.name);
    }
}

#[test]
fn keys_read_as_they_are_written() {
    for text in [
        "j",
        "G",
        "ctrl-d",
        "shift-tab",
        "space",
        "f5",
        "pgdn",
        "-",
        "ctrl--",
        "alt-x",
        "?",
        "|",
    ] {
        assert_eq!(
            text.parse::<Chord>().map(|chord| chord.to_string()),
            Ok(text.to_owned())
        );
    }
    for text in [
        "", "ctrl-", "hyper-x", "shift-a", "f13", "pageup", "ctrl-alt", "ctrl-m", "ctrl-i",
        "ctrl-[",
    ] {
        assert!(text.parse::<Chord>().is_err(), "{text}");
    }
}

#[test]
fn control_knows_no_upper_case_as_terminals_do_not() {
    assert_eq!("ctrl-R".parse::<Chord>(), "ctrl-r".parse());
}

#[test]
fn what_terminals_send_is_the_key_that_was_meant() {
    let pressed = |code, held| Chord::of(&KeyEvent::new(code, held)).to_string();
    assert_eq!(pressed(KeyCode::Char('G'), KeyModifiers::SHIFT), "G");
    assert_eq!(pressed(KeyCode::BackTab, KeyModifiers::SHIFT), "shift-tab");
    assert_eq!(pressed(KeyCode::BackTab, KeyModifiers::NONE), "shift-tab");
    assert_eq!(pressed(KeyCode::Char('c'), KeyModifiers::CONTROL), "ctrl-c");
}

#[test]
fn a_key_of_the_configuration_takes_the_place_of_the_actions_own() {
    let keys = Keys::from_config(&chosen("replay", &["ctrl-r", "f2"])).unwrap();
    assert_eq!(
        keys.find(&chords("f2"), Where::List),
        Found::Action(Action::Replay)
    );
    assert_eq!(keys.find(&chords("r"), Where::List), Found::Nothing);
    let without = Keys::from_config(&chosen("replay", &[])).unwrap();
    assert!(without.shown(Action::Replay).is_empty());
}

#[test]
fn two_keys_in_a_row_wait_for_the_second() {
    let keys = Keys::default();
    assert_eq!(keys.find(&chords("y"), Where::List), Found::Begins);
    assert_eq!(
        keys.find(&chords("y c"), Where::List),
        Found::Action(Action::CopyCurl)
    );
    assert_eq!(keys.find(&chords("y !"), Where::List), Found::Nothing);
    assert_eq!(keys.following(&chords("y")).count(), 6);
}

#[test]
fn errors_name_the_key_and_the_action() {
    for (name, keys, said) in [
        ("replya", &["r"][..], &["replya"][..]),
        ("replay", &["hyper-r"], &["hyper-r"]),
        ("replay", &["q"], &["\"q\"", "replay", "quit"]),
        ("replay", &["y"], &["\"y", "replay", "copy-"]),
        ("replay", &[" "], &["replay"]),
    ] {
        let error = Keys::from_config(&chosen(name, keys))
            .unwrap_err()
            .to_string();
        for said in said {
            assert!(error.contains(said), "no {said} in {error}");
        }
    }
}
