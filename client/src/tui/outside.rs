//! Other programs and the clipboard: what the screen asks of the machine.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::process::{Command, ExitStatus, Stdio};

use base64::Engine as _;
use crossterm::clipboard::CopyToClipboard;

use super::term::Term;

/// Terminals take no longer texts for their clipboard, or take them and lose them.
const CLIPBOARD: usize = 100_000;
/// Takes a text as a buffer of tmux, and hands it on to the clipboard of tmux's own terminal.
const TMUX: &str = "tmux load-buffer -w -";
/// Output of a command that is shown.
const OUTPUT: u64 = 1024 * 1024;

/// A shell that runs this line.
fn shell(line: &str) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(line);
    command
}

/// The value of the first of these variables that has one.
fn variable(names: &[&str]) -> Option<OsString> {
    names
        .iter()
        .find_map(|name| std::env::var_os(name).filter(|value| !value.is_empty()))
}

/// Hands a text to the clipboard of the terminal (OSC 52), which may be far away.
///
/// # Errors
/// Why not, for people.
pub fn copy(term: &mut Term, text: &str) -> Result<(), String> {
    if text.len() > CLIPBOARD {
        let (size, most) = (text.len() / 1000, CLIPBOARD / 1000);
        return Err(format!(
            "{size} kB are too much for a terminal's clipboard ({most} kB): export it instead, or set clipboard-cmd"
        ));
    }
    let sent = term
        .send(CopyToClipboard::to_clipboard_from(text))
        .and_then(|()| {
            // As it is usually set up, tmux drops the sequence; it is asked itself, then. Before
            // 3.2 it cannot be: wrapped, it passes the sequence on where allow-passthrough is on.
            if std::env::var_os("TMUX").is_none() || copy_by(TMUX, text).is_ok() {
                return Ok(());
            }
            let text = base64::engine::general_purpose::STANDARD.encode(text);
            term.send_bytes(format!("\x1bPtmux;\x1b\x1b]52;c;{text}\x07\x1b\\").as_bytes())
        });
    sent.map_err(|error| error.to_string())
}

/// Runs a command that takes the text as its input, such as `wl-copy`. Waits for it.
///
/// # Errors
/// Why not, for people.
pub fn copy_by(line: &str, text: &str) -> Result<(), String> {
    let told = |error: io::Error| format!("{line}: {error}");
    let mut child = shell(line)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(told)?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(text.as_bytes()).map_err(told)?;
    }
    let status = child.wait().map_err(told)?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{line}: {status}"))
    }
}

/// Opens a URL in a browser. Waits for the opener, which mostly ends at once.
///
/// # Errors
/// Why not, for people.
pub fn browse(url: &str) -> Result<(), String> {
    let opener = variable(&["BROWSER"]).unwrap_or_else(|| {
        let own = if cfg!(target_os = "macos") {
            "open"
        } else {
            "xdg-open"
        };
        own.into()
    });
    let mut command = Command::new(&opener);
    command
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let opener = opener.to_string_lossy().into_owned();
    let status = command
        .status()
        .map_err(|error| format!("{opener}: {error}; set BROWSER"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{opener}: {status}"))
    }
}

/// Runs a command with an input, and gives what it writes, as far as that can be shown.
///
/// # Errors
/// If it cannot be run.
pub fn pipe(line: &str, input: bytes::Bytes) -> io::Result<String> {
    let (mut reader, writer) = io::pipe()?;
    let mut command = shell(line);
    command
        .stdin(Stdio::piped())
        .stdout(writer.try_clone()?)
        .stderr(writer);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn()?;
    // It holds the writing end, which must be closed for the output to end.
    drop(command);
    let feeding = child.stdin.take().map(|mut stdin| {
        // A command that does not read all of it is no error.
        std::thread::spawn(move || drop(stdin.write_all(&input)))
    });
    let mut output = Vec::new();
    reader.by_ref().take(OUTPUT).read_to_end(&mut output)?;
    let cut = output.len() as u64 == OUTPUT;
    drop(reader);
    if cut {
        child.kill()?;
    }
    let status = child.wait()?;
    if let Some(feeding) = feeding {
        // It cannot panic; and the command has ended, so the pipe is closed.
        let _ = feeding.join();
    }
    let mut text = String::from_utf8_lossy(&output).into_owned();
    if cut {
        text += "\n… and more";
    } else if !status.success() {
        text += &format!("\n({status})");
    }
    Ok(text)
}

/// Shows a text in the user's pager, which has the terminal meanwhile.
///
/// # Errors
/// Why not, for people.
pub fn page(text: &str) -> Result<(), String> {
    let pager = variable(&["PAGER"]).map_or_else(
        || "less".to_owned(),
        |pager| pager.to_string_lossy().into_owned(),
    );
    let told = |error: io::Error| format!("{pager}: {error}; set PAGER");
    let mut child = shell(&pager).stdin(Stdio::piped()).spawn().map_err(told)?;
    if let Some(mut input) = child.stdin.take() {
        // Whoever quits the pager has seen enough.
        let _ = input.write_all(text.as_bytes());
    }
    ended(&pager, child.wait().map_err(told)?)
}

/// Lets the user change a text in their editor, which has the terminal meanwhile. The file is
/// readable by its user alone, and gone afterwards.
///
/// # Errors
/// Why there is no text, for people.
pub fn edit(text: &[u8]) -> Result<Vec<u8>, String> {
    let editor = variable(&["VISUAL", "EDITOR"]).map_or_else(
        || "vi".to_owned(),
        |editor| editor.to_string_lossy().into_owned(),
    );
    let told = |error: io::Error| format!("{editor}: {error}; set EDITOR");
    let mut file = tempfile::Builder::new()
        .prefix("hookreel-")
        .suffix(".http")
        .tempfile()
        .map_err(told)?;
    file.write_all(text).map_err(told)?;
    file.flush().map_err(told)?;
    let status = shell(&format!("{editor} \"$1\""))
        .arg("sh")
        .arg(file.path())
        .status()
        .map_err(told)?;
    ended(&editor, status)?;
    // Editors may put a new file in the place of the old one: it is read by its name.
    let changed = std::fs::read(file.path()).map_err(told)?;
    if changed == text {
        return Err("nothing was changed, so nothing is sent".into());
    }
    Ok(changed)
}

fn ended(what: &str, status: ExitStatus) -> Result<(), String> {
    if status.success() {
        Ok(())
    } else {
        Err(format!("{what}: {status}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_gets_the_body_and_its_output_and_failure_are_shown() {
        assert_eq!(pipe("tr a-z A-Z", "hello".into()).unwrap(), "HELLO");
        assert_eq!(
            pipe("echo no >&2; exit 3", "".into()).unwrap(),
            "no\n\n(exit status: 3)"
        );
    }

    #[test]
    fn a_command_that_never_ends_writing_is_cut() {
        let text = pipe("yes", bytes::Bytes::from(vec![b'x'; 1 << 20])).unwrap();
        assert!(text.ends_with("and more"), "{}", text.len());
    }

    #[test]
    fn a_command_that_cannot_take_the_text_says_so() {
        assert_eq!(copy_by("cat > /dev/null", "text"), Ok(()));
        assert!(
            copy_by("cat > /dev/null; exit 1", "text")
                .unwrap_err()
                .contains("exit status: 1")
        );
    }
}
