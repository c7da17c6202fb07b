//! However the screen ends, the terminal is given back.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::time::Instant;

use hookreel::command::{Command, Commands};
use hookreel::record::Feed;
use hookreel::tui::keys::Keys;
use hookreel::tui::theme::Theme;
use hookreel::tui::{self, Screen, Tail};
use rustix::process::{Pid, test_kill_process};
use termlens::{Key, Signal};

use super::rig::{Stage, is_given_back, port_of, post};
use crate::cli::process::{Home, LIMIT, program};
use crate::replay::rig::Origin;

/// Set where a test runs itself inside of a terminal.
const INSIDE: &str = "HOOKREEL_TEST_INSIDE";

/// Waits for a fact.
#[track_caller]
fn until<T>(what: &str, mut is: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(fact) = is() {
            return fact;
        }
        assert!(began.elapsed() < LIMIT, "waited for: {what}");
        std::thread::yield_now();
    }
}

#[test]
fn q_quits_and_says_where_the_history_is() {
    let mut stage = Stage::new();
    stage.shows("/hooks", "{}");
    stage.press(Key::Char('q'));
    let database = stage.home.path().join("history.db");
    let screen = stage.ends_with(0);
    let told = screen.text().replace('\n', "");
    assert!(told.contains(&*database.to_string_lossy()), "{screen}");
}

#[test]
fn ctrl_c_quits_now_and_is_told_as_an_interrupt() {
    let mut stage = Stage::new();
    stage.press(Key::Ctrl('c'));
    stage.ends_with(130);
}

#[test]
fn esc_never_quits() {
    let mut stage = Stage::new();
    stage.types("?");
    stage.sees_text("Help");
    stage.press(Key::Esc);
    stage.sees("no help", |screen| !screen.contains("Help"));
    stage.press(Key::Esc);
    stage.shows("/still-here", "{}");
}

#[test]
fn a_signal_to_stop_gives_the_terminal_back() {
    for signal in [Signal::Term, Signal::Int, Signal::Hup] {
        let mut stage = Stage::new();
        stage.terminal.signal(signal).expect("it runs");
        stage.ends_with(0);
    }
}

#[test]
fn ctrl_z_stops_and_fg_comes_back() {
    let (home, origin) = (Home::new(), Origin::new());
    let mut shell = home
        .terminal()
        .env("PS1", "ready> ")
        .args(["-m", "-i"])
        .spawn("sh")
        .expect("a shell");
    shell
        .wait_until(|screen| screen.contains("ready>"))
        .expect("a prompt");
    let program = program("hookreel");
    shell
        .send_str(&format!(
            "{} {} --name otter\n",
            program.display(),
            origin.port
        ))
        .expect("the shell takes it");
    shell
        .wait_until(|screen| screen.contains("Nothing has come yet"))
        .expect("the screen");
    shell.send(Key::Ctrl('z')).expect("a key");
    shell
        .wait_until(|screen| !screen.alternate_screen() && screen.contains("Stopped"))
        .expect("the shell");
    is_given_back(&shell.screen());
    shell.send_str("fg\n").expect("the shell takes it");
    shell
        .wait_until(|screen| screen.alternate_screen() && screen.contains("Nothing has come yet"))
        .expect("the screen again");
    shell.send(Key::Char('q')).expect("a key");
    shell
        .wait_until(|screen| !screen.alternate_screen() && screen.contains("history.db"))
        .expect("its end");
}

/// An editor that takes the terminal as editors do, and does not care for signals.
const STUBBORN: &str = "#!/bin/sh\ntrap '' TERM HUP INT\nstty raw -echo\nprintf '\\033[?1049hin the editor'\n\
                        echo $$ > pid\nwhile :; do read -r line; done\n";

fn executable(home: &Home, name: &str, script: &str) {
    let file = home.file(name, script);
    std::fs::set_permissions(file, PermissionsExt::from_mode(0o755)).expect("a mode");
}

/// A screen whose user is in an editor that does not care for signals; and that editor.
fn editing() -> (Stage, Pid) {
    let mut stage = Stage::with_files(&[("editor", STUBBORN)], &[], &[("EDITOR", "./editor")]);
    stage.shows("/hooks", "{}");
    stage.types("e");
    stage.sees_text("Edit and send");
    stage.press(Key::Ctrl('e'));
    stage.sees_text("in the editor");
    let pid = until("the editor has written its id", || {
        let pid = std::fs::read_to_string(stage.home.work().join("pid")).ok()?;
        Pid::from_raw(pid.trim().parse().ok()?)
    });
    (stage, pid)
}

/// The exchange that was shown is in the history.
#[track_caller]
fn has_its_history(home: &Home) {
    let listed = home.run(&["ls", "--json"]);
    assert!(listed.out.contains("/hooks"), "{listed:?}");
}

#[test]
fn a_signal_ends_an_editor_that_does_not_care_for_it_and_gives_the_terminal_back() {
    for signal in [Signal::Term, Signal::Hup] {
        let (mut stage, editor) = editing();
        stage.terminal.signal(signal).expect("it runs");
        let status = stage.terminal.wait_exit().expect("it ends");
        assert_eq!(status.code(), Some(0), "{signal:?}: {status:?}");
        is_given_back(&stage.terminal.screen());
        assert!(test_kill_process(editor).is_err(), "{signal:?}");
        has_its_history(&stage.home);
    }
}

#[test]
fn a_second_signal_ends_the_editor_at_once() {
    let (mut stage, editor) = editing();
    for _ in 0..2 {
        stage.terminal.signal(Signal::Term).expect("it runs");
    }
    let status = stage.terminal.wait_exit().expect("it ends");
    assert!(matches!(status.code(), Some(0 | 130)), "{status:?}");
    is_given_back(&stage.terminal.screen());
    until("the editor is gone", || {
        test_kill_process(editor).is_err().then_some(())
    });
}

#[test]
fn an_editor_that_crashes_leaves_no_trace_on_the_terminal() {
    let (home, origin) = (Home::new(), Origin::new());
    executable(
        &home,
        "editor",
        "#!/bin/sh\nstty raw -echo\nprintf '\\033[?1049h\\033[?25l'\nkill -KILL $$\n",
    );
    let line = format!(
        "{} {} --name otter; stty -a",
        program("hookreel").display(),
        origin.port
    );
    let mut terminal = home
        .terminal()
        .env("EDITOR", "./editor")
        .args(["-c", &line])
        .spawn("sh")
        .expect("a shell");
    terminal
        .wait_until(|screen| screen.contains("http://otter.localhost:"))
        .expect("the screen");
    let row = terminal.screen().row_text(0);
    post(port_of(&row), "/hooks", b"{}");
    terminal
        .wait_until(|screen| screen.contains("POST /hooks HTTP/1.1"))
        .expect("the exchange");
    terminal.send_str("e").expect("a key");
    terminal
        .wait_until(|screen| screen.contains("Edit and send"))
        .expect("the form");
    terminal.send(Key::Ctrl('e')).expect("a key");
    terminal
        .wait_until(|screen| screen.contains("signal: 9"))
        .expect("what became of it");
    terminal.send(Key::Esc).expect("a key");
    terminal
        .wait_until(|screen| !screen.contains("Edit and send"))
        .expect("the list");
    terminal.send(Key::Char('q')).expect("a key");
    let _ = terminal.wait_exit().expect("it ends");
    let screen = terminal.screen();
    is_given_back(&screen);
    let modes = screen.text();
    for mode in ["icanon", "echo", "isig", "opost"] {
        let on = modes.split_whitespace().any(|word| word == mode);
        assert!(on, "{mode}: {screen}");
    }
}

#[test]
fn ctrl_z_in_the_editor_stops_both_and_fg_comes_back_to_the_editor() {
    let (home, origin) = (Home::new(), Origin::new());
    // What vi does on ctrl-z: it stops its whole process group.
    executable(
        &home,
        "editor",
        "#!/bin/sh\nprintf 'in the editor'\nread -r line\nkill -TSTP 0\nprintf 'in it again'\nread -r line\n",
    );
    let mut shell = home
        .terminal()
        .env("PS1", "ready> ")
        .env("EDITOR", "./editor")
        .args(["-m", "-i"])
        .spawn("sh")
        .expect("a shell");
    let sees = |shell: &mut termlens::Terminal, text: &str| {
        let seen = shell.wait_until(|screen| screen.contains(text));
        seen.unwrap_or_else(|error| panic!("{text}: {error}"));
    };
    sees(&mut shell, "ready>");
    let start = format!(
        "{} {} --name otter\n",
        program("hookreel").display(),
        origin.port
    );
    shell.send_str(&start).expect("the shell takes it");
    sees(&mut shell, "http://otter.localhost:");
    let row = shell.screen().row_text(0);
    post(port_of(&row), "/hooks", b"{}");
    sees(&mut shell, "POST /hooks HTTP/1.1");
    shell.send_str("e").expect("a key");
    sees(&mut shell, "Edit and send");
    shell.send(Key::Ctrl('e')).expect("a key");
    sees(&mut shell, "in the editor");
    shell.send_str("\n").expect("a key");
    sees(&mut shell, "Stopped");
    shell.send_str("fg\n").expect("the shell takes it");
    sees(&mut shell, "in it again");
    shell.send_str("\n").expect("a key");
    sees(&mut shell, "nothing was changed");
    sees(&mut shell, "Edit and send");
    shell.send(Key::Esc).expect("a key");
    shell
        .wait_until(|screen| !screen.contains("Edit and send"))
        .expect("the list");
    shell.send(Key::Char('q')).expect("a key");
    sees(&mut shell, "history.db");
    is_given_back(&shell.screen());
}

#[test]
fn a_pager_that_is_missing_fails_or_ends_early_is_told_and_harms_nothing() {
    for (pager, told) in [
        ("./nowhere", "./nowhere cannot be run; set PAGER"),
        ("sh -c 'exit 3'", "exit status: 3"),
        ("true", ""),
    ] {
        let mut stage = Stage::with(&[], &[("PAGER", pager)]);
        let body = format!("\"{}\"", "x".repeat(1 << 20));
        stage.post("/hooks", body.as_bytes());
        stage.sees_text("POST /hooks HTTP/1.1");
        stage.types("|");
        stage.sees_text("nothing: your pager");
        stage.press(Key::Enter);
        if !told.is_empty() {
            stage.sees_text(told);
        }
        stage.shows("/still-here", "{}");
        stage.press(Key::Char('q'));
        stage.ends_with(0);
    }
}

#[test]
fn a_command_that_hangs_ends_with_the_screen() {
    let mut stage = Stage::new();
    stage.shows("/hooks", "{}");
    stage.types("|echo $$ > pid; while :; do sleep 1; done");
    stage.press(Key::Enter);
    stage.sees_text("running echo");
    let pid = until("its id", || {
        let pid = std::fs::read_to_string(stage.home.work().join("pid")).ok()?;
        Pid::from_raw(pid.trim().parse().ok()?)
    });
    stage.shows("/still-here", "{}");
    stage.press(Key::Char('q'));
    stage.ends_with(0);
    until("the command is gone", || {
        test_kill_process(pid).is_err().then_some(())
    });
}

#[test]
fn a_panic_gives_the_terminal_back_and_is_seen() {
    if std::env::var_os(INSIDE).is_some() {
        panic_behind_the_screen();
    }
    let home = Home::new();
    let own = "screen::leaving::a_panic_gives_the_terminal_back_and_is_seen";
    let mut terminal = home
        .terminal()
        .env(INSIDE, "1")
        .args(["--exact", own, "--nocapture", "--test-threads=1"])
        .spawn(std::env::current_exe().expect("a test has a path"))
        .expect("the test runs itself");
    terminal
        .wait_until(|screen| screen.alternate_screen() && screen.contains("Exchanges"))
        .expect("the screen");
    terminal.send(Key::Char('q')).expect("a key");
    terminal
        .wait_until(|screen| !screen.alternate_screen() && screen.contains("on purpose"))
        .expect("the panic");
    let status = terminal.wait_exit().expect("it ends");
    assert!(!status.success(), "{status:?}");
    is_given_back(&terminal.screen());
}

/// Runs a screen, and panics on another thread once the user wants to quit.
fn panic_behind_the_screen() {
    let feed = Feed::default();
    let (commands, mut taken) = Commands::channel();
    let screen = Screen {
        watcher: feed.watch(),
        history: None,
        writer: None,
        providers: None,
        commands,
        keys: Keys::default(),
        theme: Theme::default(),
        clipboard: None,
        mouse: true,
        guides: false,
        log: Tail::default(),
    };
    let _screen = std::thread::spawn(move || tui::run(screen));
    assert_eq!(taken.blocking_recv(), Some(Command::Stop));
    std::io::stdout().flush().expect("a terminal");
    panic!("on purpose");
}

#[test]
fn without_a_terminal_there_is_no_screen() {
    let home = Home::new();
    home.run(&["http", "3000", "-o", "tui"])
        .with(2, &["terminal", "compact"]);
}

#[test]
fn what_is_wrong_with_the_keys_is_told_before_the_screen_is_there() {
    let home = Home::new();
    home.file("hookreel.toml", "[keys]\nreplay = ['q']\n");
    let mut terminal = home
        .terminal()
        .args(["http", "3000"])
        .spawn(program("hookreel"))
        .expect("the program starts");
    let status = terminal.wait_exit().expect("it ends");
    assert_eq!(status.code(), Some(2));
    let screen = terminal.screen();
    assert!(
        screen.contains("\"q\" means both \"replay\" and \"quit\""),
        "{screen}"
    );
}
