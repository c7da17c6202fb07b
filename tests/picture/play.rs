//! What is done before the picture is taken.

use std::path::Path;
use std::time::Duration;

use termlens::{Key, Result, Screen, Terminal};

/// Wide enough for both panes at their ease.
const SIZE: (u16, u16) = (120, 33);
/// The demo sends its first five within two seconds; a busy machine may take longer.
const LIMIT: Duration = Duration::from_secs(20);

/// Runs the demo until its first round is in, sends the one that failed again, and gives the
/// screen that shows what came of it.
pub fn play(program: &Path) -> Result<Screen> {
    // Nothing is configured there; the demo keeps its history elsewhere, and takes it away.
    let home = std::env::temp_dir().join("hookreel-picture");
    let mut terminal = Terminal::builder()
        .size(SIZE.0, SIZE.1)
        .timeout(LIMIT)
        .env_clear()
        .env("HOME", &home)
        .env("HOOKREEL_HOME", &home)
        .env("TZ", "UTC")
        .env("TERM", "xterm-256color")
        .arg("demo")
        .spawn(program)?;
    let failed = |screen: &Screen| screen.contains(" 500 ") && screen.contains("invoice.payment");
    terminal.snapshot_after(failed)?;
    terminal.send(Key::Char('r'))?;
    let fixed = |screen: &Screen| {
        screen.contains("(fixed)") && screen.contains("4 Attempts 2") && screen.contains("invoice")
    };
    let screen = terminal.snapshot_after(fixed)?;
    terminal.send(Key::Char('q'))?;
    terminal.wait_exit()?;
    Ok(screen)
}
