//! However the screen ends, the terminal is given back.

use std::io::Write;

use hookreel::command::{Command, Commands};
use hookreel::record::Feed;
use hookreel::tui::keys::Keys;
use hookreel::tui::theme::Theme;
use hookreel::tui::{self, Screen, Tail};
use termlens::{Key, Signal};

use super::rig::{Stage, is_given_back};
use crate::cli::process::{Home, program};
use crate::replay::rig::Origin;

/// Set where a test runs itself inside of a terminal.
const INSIDE: &str = "HOOKREEL_TEST_INSIDE";

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
        commands,
        keys: Keys::default(),
        theme: Theme::default(),
        clipboard: None,
        mouse: true,
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
