//! What keys do.

use std::os::unix::fs::PermissionsExt;

use termlens::{Key, Scroll};

use super::rig::Stage;

#[test]
fn a_webhook_shows_with_its_body() {
    let mut stage = Stage::new();
    stage.sees_text("Nothing has come yet");
    stage.post("/hooks", b"{\"id\":\"evt_1\",\"amount\":2000}");
    let screen = stage.sees_text("\"amount\": 2000");
    assert!(screen.alternate_screen() && !screen.cursor_visible());
    assert!(screen.contains("200"), "{screen}");
    assert!(screen.contains("following the newest"), "{screen}");
    assert!(screen.contains("1 exchange"), "{screen}");
}

#[test]
fn keys_move_and_the_exchange_follows() {
    let mut stage = Stage::new();
    for target in ["/one", "/two", "/three"] {
        stage.shows(target, "{}");
    }
    stage.press(Key::Char('k'));
    stage.sees_text("POST /two HTTP/1.1");
    stage.press(Key::Char('g'));
    stage.sees_text("POST /one HTTP/1.1");
    stage.post("/four", b"{}");
    let screen = stage.sees_text("/four");
    assert!(
        screen.contains("POST /one HTTP/1.1"),
        "what is read stays: {screen}"
    );
    stage.press(Key::End);
    stage.sees_text("POST /four HTTP/1.1");
    stage.press(Key::Char('2'));
    stage.sees_text("[2 Resp");
}

#[test]
fn a_filter_points_at_what_is_wrong_and_then_shows_only_what_passes() {
    let mut stage = Stage::new();
    stage.shows("/good", "{}");
    stage.origin.answers(500);
    stage.shows("/bad", "{}");
    stage.types("fstatsu:5xx");
    let screen = stage.sees_text("did you mean status?");
    let typed = screen.find("statsu").expect("what was typed");
    let caret = screen.find("^ there is no key").expect("a caret");
    assert_eq!((caret.0, caret.1), (typed.0 + 1, typed.1), "{screen}");
    stage.press(Key::Ctrl('u'));
    stage.types("status:5xx");
    stage.press(Key::Enter);
    let screen = stage.sees("one row", |screen| {
        screen.find_all(" POST ").len() <= 3
            && screen.contains("filter status:5xx")
            && !screen.contains("/good")
    });
    assert!(screen.contains("/bad"), "{screen}");
    stage.post("/worse", b"{}");
    stage.sees_text("/worse");
}

#[test]
fn a_replay_is_sent_and_shown_with_what_came_of_it() {
    let mut stage = Stage::new();
    stage.origin.answers(500);
    stage.shows("/hooks", "{\"n\":1}");
    stage.origin.next();
    stage.origin.answers(200);
    stage.press(Key::Char('r'));
    stage.sees_text("500 → 200 (fixed)");
    assert!(stage.origin.text().ends_with("{\"n\":1}"));
    let screen = stage.sees_text("↻ /hooks");
    assert!(screen.contains("2 exchanges"), "{screen}");
}

#[test]
fn what_is_copied_goes_to_the_terminals_clipboard() {
    let mut stage = Stage::new();
    stage.shows("/hooks?a=b", "{}");
    stage.types("y");
    stage.sees_text("y + u URL");
    stage.types("u");
    let screen = stage.sees_text("copied the URL");
    let url = format!("{}/hooks?a=b", stage.url());
    assert_eq!(
        screen.clipboard().and_then(|copied| copied.text()),
        Some(url.as_str())
    );
}

#[test]
fn a_copy_can_go_to_a_command_instead() {
    let home = Stage::with(&[], &[("HOOKREEL_CLIPBOARD_CMD", "cat > copied")]);
    let mut stage = home;
    stage.shows("/hooks", "{\"n\":1}");
    stage.types("yb");
    stage.sees_text("copied the body");
    let copied = std::fs::read_to_string(stage.home.work().join("copied"));
    assert_eq!(copied.expect("a file"), "{\"n\":1}");
}

#[test]
fn inside_tmux_what_is_copied_is_handed_to_it() {
    let path = format!(".:{}", std::env::var("PATH").expect("a path"));
    let mut stage = Stage::with(&[], &[("TMUX", "/none,1,0"), ("PATH", &path)]);
    let script = "#!/bin/sh\n[ \"$*\" = 'load-buffer -w -' ] && cat > copied\n";
    let tmux = stage.home.file("tmux", script);
    std::fs::set_permissions(tmux, PermissionsExt::from_mode(0o755)).expect("a mode");
    stage.shows("/hooks", "{\"n\":1}");
    stage.types("yb");
    stage.sees_text("copied the body");
    let copied = std::fs::read_to_string(stage.home.work().join("copied"));
    assert_eq!(copied.expect("a file"), "{\"n\":1}");
}

#[test]
fn the_terminal_may_change_its_size_at_any_time() {
    let mut stage = Stage::new();
    stage.shows("/hooks", "{}");
    stage.terminal.resize(50, 20).expect("a new size");
    let screen = stage.sees("one pane", |screen| {
        screen.contains("▸Exchanges") && !screen.contains("│")
    });
    assert!(!screen.contains("HTTP/1.1"), "{screen}");
    stage.press(Key::Enter);
    stage.sees_text("POST /hooks HTTP/1.1");
    for width in [20, 200, 61, 5, 120] {
        stage.terminal.resize(width, 12).expect("a new size");
    }
    stage.sees("two panes", |screen| {
        screen.contains("│") && screen.contains("POST /hooks HTTP/1.1")
    });
}

#[test]
fn a_storm_of_sizes_ends_with_a_whole_screen() {
    let mut stage = Stage::new();
    stage.shows("/hooks", "{}");
    for (keys, title) in [("", "Exchanges"), ("?", "esc closes"), ("e", "esc cancel")] {
        stage.types(keys);
        for (width, height) in [(2, 2), (500, 200), (20, 5), (2, 200), (500, 2), (50, 20)] {
            stage.terminal.resize(width, height).expect("a new size");
        }
        stage.terminal.resize(100, 30).expect("a new size");
        stage.sees_text(title);
        if !keys.is_empty() {
            stage.press(Key::Esc);
            // Until it was taken, what is typed next makes one key with it. The list has the keys
            // only then, however often all is cleared and drawn anew meanwhile.
            stage.sees("nothing in front", |screen| {
                screen.contains("▸Exchanges") && !screen.contains(title)
            });
        }
    }
    stage.shows("/still-here", "{}");
}

#[test]
fn what_another_process_writes_is_seen_without_a_key() {
    let mut stage = Stage::new();
    stage.shows("/hooks", "{}");
    stage.gives(&["import", "-"], "curl http://a.example/beside");
    stage.sees_text("GET /beside HTTP/1.1");
}

#[test]
fn a_click_beside_a_popup_closes_it() {
    let mut stage = Stage::new();
    stage.shows("/hooks", "{}");
    stage.types("x");
    let screen = stage.sees_text("Export to a file here");
    let (row, column) = screen.find("httpie").expect("a row");
    stage.terminal.click(column, row).expect("a click");
    stage.sees_text("▸ httpie");
    stage.terminal.click(0, 0).expect("a click");
    stage.sees("no popup", |screen| !screen.contains("Export to a file"));
    stage.shows("/still-here", "{}");
}

#[test]
fn a_click_chooses_a_row_and_the_wheel_scrolls() {
    let mut stage = Stage::new();
    for target in ["/one", "/two", "/three"] {
        stage.shows(target, "{}");
    }
    let (row, column) = stage.terminal.screen().find("/one").expect("a row");
    stage.terminal.click(column, row).expect("a click");
    stage.sees_text("POST /one HTTP/1.1");
    stage
        .terminal
        .scroll(column, row, Scroll::Down)
        .expect("the wheel");
    stage.types("M");
    let screen = stage.sees_text("the mouse is the terminal's");
    assert!(screen.mouse_modes().is_empty(), "{screen}");
}

#[test]
fn an_edited_request_is_sent_as_the_editor_left_it() {
    let script = "#!/bin/sh\nsed -i 's/\"n\":1/\"n\":2/' \"$1\"\n";
    let mut stage = Stage::with(&[], &[("EDITOR", "./editor")]);
    let editor = stage.home.file("editor", script);
    std::fs::set_permissions(editor, PermissionsExt::from_mode(0o755)).expect("a mode");
    stage.shows("/hooks", "{\"n\":1}");
    stage.origin.next();
    stage.types("e");
    stage.sees_text("Edit and send");
    stage.press(Key::Ctrl('e'));
    assert!(stage.origin.text().ends_with("{\"n\":2}"));
    stage.sees_text("↻ /hooks");
}

#[test]
fn a_body_goes_through_a_command() {
    let mut stage = Stage::new();
    stage.shows("/hooks", "{\"name\":\"otter\"}");
    stage.types("|tr a-z A-Z");
    stage.press(Key::Enter);
    stage.sees_text("{\"NAME\":\"OTTER\"}");
    stage.press(Key::Esc);
    stage.sees("no popup", |screen| !screen.contains("NAME"));
}

#[test]
fn marked_exchanges_are_deleted_once_that_is_confirmed() {
    let mut stage = Stage::new();
    stage.shows("/one", "{}");
    stage.shows("/two", "{}");
    stage.types(" ");
    stage.sees_text("▌");
    stage.types("D");
    stage.sees_text("Delete the marked exchange");
    stage.types("y");
    let screen = stage.sees("one exchange", |screen| {
        screen.contains("1 exchange") && !screen.contains("/two")
    });
    assert!(screen.contains("/one"), "{screen}");
}

#[test]
fn an_export_is_a_new_file_where_one_stands() {
    let mut stage = Stage::new();
    stage.shows("/hooks", "{}");
    stage.types(":export curl out.sh");
    stage.press(Key::Enter);
    stage.sees_text("wrote out.sh");
    let file = stage.home.work().join("out.sh");
    let text = std::fs::read_to_string(&file).expect("a file");
    assert!(
        text.starts_with("curl ") && text.contains("/hooks"),
        "{text}"
    );
    let mode = std::fs::metadata(file)
        .expect("a file")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600, "it may hold secrets");
}

#[test]
fn a_sample_is_signed_and_sent_and_the_screen_says_so() {
    let mut stage = Stage::new();
    stage.shows("/hooks", "{}");
    stage.types("sgithub push");
    stage.sees_text("▸ github push");
    stage.press(Key::Enter);
    let said = "there is no secret of github";
    stage.sees_text(said);
    stage.gives(&["secret", "set", "github"], "it is a secret\n");
    stage.types("sgithub push");
    stage.sees_text("▸ github push");
    stage.press(Key::Enter);
    stage.sees_text("signed as github with the secret default");
    let screen = stage.sees_text("✓ the signature is good");
    assert!(!screen.contains("it is a secret"), "{screen}");
}
