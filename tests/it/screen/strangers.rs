//! Nothing that a stranger sends acts on the terminal.

use termlens::Key;

use super::rig::Stage;

#[test]
fn a_hostile_request_is_seen_and_does_nothing() {
    let mut stage = Stage::new();
    let evil = "{\"a\":\"\u{1b}]0;owned\u{7}\u{1b}[2J\u{202e}txt.exe\u{9b}31m\"}";
    stage.shows("/%1b]0;owned", evil);
    // It is no JSON; raw, all of it is there.
    stage.types("v");
    let screen = stage.sees_text("␛]0;owned␇");
    assert!(screen.contains("⟨U+202E⟩"), "{screen}");
    for keys in ["3", "6", "v", "e"] {
        stage.types(keys);
    }
    let screen = stage.sees_text("Edit and send");
    assert_eq!((screen.title(), screen.bells()), ("", 0), "{screen}");
    assert!(
        screen.contains("▸body  has characters that are not shown"),
        "{screen}"
    );
    stage.press(Key::Esc);
    stage.sees("no popup", |screen| !screen.contains("Edit and send"));
}

#[test]
fn a_hostile_answer_is_seen_and_does_nothing() {
    let mut stage = Stage::new();
    stage.shows("/hooks", "\u{1b}]52;c;b3duZWQ=\u{7}");
    stage.types("|cat");
    stage.press(Key::Enter);
    let screen = stage.sees_text("␛]52;c;b3duZWQ=␇");
    assert!(screen.clipboard().is_none(), "{screen}");
}

#[test]
fn keys_pasted_into_the_list_are_not_pressed() {
    let mut stage = Stage::new();
    stage.shows("/hooks", "{}");
    stage.terminal.paste("qqq\n").expect("a paste");
    stage.shows("/still-here", "{}");
}
