//! The demo on a terminal: something fails, and a replay fixes it.

use termlens::Screen;

use crate::cli::process::{Home, program};

#[test]
fn the_demo_on_a_terminal_is_the_screen_and_leaves_nothing_behind() {
    let home = Home::new();
    let temporary = home.work().join("temporary");
    std::fs::create_dir(&temporary).expect("a folder");
    let mut terminal = home
        .terminal()
        .args(["demo"])
        .env("TMPDIR", &temporary)
        .spawn(program("hookreel"))
        .expect("the program starts");
    let mut sees = |text: &str, keys: &str| {
        let is = |screen: &Screen| screen.contains(text);
        let seen = terminal.snapshot_after(is);
        seen.unwrap_or_else(|error| panic!("waited for {text}: {error}"));
        terminal.send_str(keys).expect("it takes keys");
    };
    sees("invoice.payment_failed", "");
    let kept = std::fs::read_dir(&temporary).expect("a folder").count();
    assert_eq!(kept, 1, "the history, while it runs");
    // The cursor stays on it, whatever comes meanwhile.
    sees("r sends it again", "r");
    sees("500 → 200 (fixed)", "q");
    let status = terminal.wait_exit().expect("it ends");
    assert_eq!(status.code(), Some(0), "{status:?}");
    let left = std::fs::read_dir(&temporary).expect("a folder").count();
    assert_eq!(left, 0, "the history goes with it");
    assert!(!home.path().join("history.db").exists());
}
