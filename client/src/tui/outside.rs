//! Other programs and the clipboard: what the screen asks of the machine.

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use base64::Engine as _;
use crossterm::clipboard::CopyToClipboard;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::term::{self, Ask, Term, signal};

/// Terminals take no longer texts for their clipboard, or take them and lose them.
const CLIPBOARD: usize = 100_000;
/// Takes a text as a buffer of tmux, and hands it on to the clipboard of tmux's own terminal.
const TMUX: &str = "tmux load-buffer -w -";
/// A command that takes a text for a clipboard gets that long.
const COPIED_WITHIN: Duration = Duration::from_secs(5);
/// A program that has the terminal when all ends gets that long to end too.
const ENDED_WITHIN: Duration = Duration::from_secs(2);
/// Output of a command that is shown.
const OUTPUT: u64 = 1024 * 1024;

/// A shell that runs this line.
fn shell(line: &str) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(line);
    command
}

/// A line whose program takes the shell's place, so that who ends the one ends the other. Not so
/// where the line is more than one command.
fn in_place(line: &str) -> String {
    let first = line.split_whitespace().next().unwrap_or_default();
    let simple = !line.contains([';', '|', '&', '<', '>', '(', '`', '\n'])
        && !first.contains(['=', '{', '!']);
    if simple {
        format!("exec {line}")
    } else {
        line.to_owned()
    }
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
pub async fn copy(term: &mut Term, text: &str) -> Result<(), String> {
    if text.len() > CLIPBOARD {
        let (size, most) = (text.len() / 1000, CLIPBOARD / 1000);
        return Err(format!(
            "{size} kB are too much for a terminal's clipboard ({most} kB): export it instead, or set clipboard-cmd"
        ));
    }
    let told = |error: io::Error| error.to_string();
    term.send(CopyToClipboard::to_clipboard_from(text))
        .map_err(told)?;
    // As it is usually set up, tmux drops the sequence; it is asked itself, then. Before 3.2 it
    // cannot be: wrapped, it passes the sequence on where allow-passthrough is on.
    if std::env::var_os("TMUX").is_none() || copy_by(TMUX, text).await.is_ok() {
        return Ok(());
    }
    let text = base64::engine::general_purpose::STANDARD.encode(text);
    term.send_bytes(format!("\x1bPtmux;\x1b\x1b]52;c;{text}\x07\x1b\\").as_bytes())
        .map_err(told)
}

/// Runs a command that takes the text as its input, such as `wl-copy`, for a while at most.
///
/// # Errors
/// Why not, for people.
pub async fn copy_by(line: &str, text: &str) -> Result<(), String> {
    let told = |error: io::Error| format!("{line}: {error}");
    let mut group = Group::start(
        shell(line)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null()),
    )
    .map_err(told)?;
    let taken = async {
        if let Some(mut input) = group.0.stdin.take() {
            // Whether it did what it should is for it to say.
            let _ = input.write_all(text.as_bytes()).await;
        }
        group.0.wait().await
    };
    let Ok(status) = timeout(COPIED_WITHIN, taken).await else {
        let seconds = COPIED_WITHIN.as_secs();
        return Err(format!(
            "{line}: has not ended in {seconds} s, and was stopped"
        ));
    };
    ended(line, status.map_err(told)?)
}

/// Opens a URL in a browser. Waits for the opener, which mostly ends at once.
///
/// # Errors
/// Why not, for people.
pub async fn browse(url: &str) -> Result<(), String> {
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
    command.process_group(0);
    let opener = opener.to_string_lossy().into_owned();
    let status = command
        .status()
        .await
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
pub async fn pipe(line: &str, input: bytes::Bytes) -> io::Result<String> {
    // Its errors stand where they happen. On a line of its own, as the shell reads line by line.
    let mut group = Group::start(
        shell(&format!("exec 2>&1\n{line}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null()),
    )?;
    let (stdin, stdout) = (group.0.stdin.take(), group.0.stdout.take());
    let feeding = async {
        if let Some(mut stdin) = stdin {
            // A command that does not read all of it is no error.
            let _ = stdin.write_all(&input).await;
        }
        // Its output tells when it has ended; it may never read.
        std::future::pending::<()>().await;
    };
    let mut output = Vec::new();
    if let Some(stdout) = stdout {
        let mut stdout = stdout.take(OUTPUT);
        tokio::select! {
            read = stdout.read_to_end(&mut output) => { read?; }
            () = feeding => {}
        }
    }
    let cut = output.len() as u64 == OUTPUT;
    let mut text = String::from_utf8_lossy(&output).into_owned();
    if cut {
        text += "\n… and more";
        return Ok(text);
    }
    let status = group.0.wait().await?;
    if !status.success() {
        text += &format!("\n({status})");
    }
    Ok(text)
}

/// Shows a text in the user's pager, which has the terminal meanwhile; none if `over` came first.
///
/// # Errors
/// Why not, for people.
pub async fn page(text: String, over: impl Future<Output = ()>) -> Option<Result<(), String>> {
    let pager = variable(&["PAGER"]).map_or_else(
        || "less".to_owned(),
        |pager| pager.to_string_lossy().into_owned(),
    );
    let mut child = match shell(&in_place(&pager)).stdin(Stdio::piped()).spawn() {
        Ok(child) => child,
        Err(error) => return Some(Err(format!("{pager}: {error}; set PAGER"))),
    };
    if let Some(mut input) = child.stdin.take() {
        // Whoever quits the pager has seen enough.
        tokio::spawn(async move { drop(input.write_all(text.as_bytes()).await) });
    }
    borrowed((&pager, "PAGER"), child, over).await
}

/// Lets the user change a text in their editor, which has the terminal meanwhile; none if `over`
/// came first. The file is readable by its user alone, and gone afterwards.
///
/// # Errors
/// Why there is no text, for people.
pub async fn edit(text: &[u8], over: impl Future<Output = ()>) -> Option<Result<Vec<u8>, String>> {
    let editor = variable(&["VISUAL", "EDITOR"]).map_or_else(
        || "vi".to_owned(),
        |editor| editor.to_string_lossy().into_owned(),
    );
    let told = |error: io::Error| format!("{editor}: {error}; set EDITOR");
    let start = || {
        let mut file = tempfile::Builder::new()
            .prefix("hookreel-")
            .suffix(".http")
            .tempfile()?;
        file.write_all(text)?;
        file.flush()?;
        let mut command = shell(&in_place(&format!("{editor} \"$1\"")));
        let child = command.arg("sh").arg(file.path()).spawn()?;
        io::Result::Ok((file, child))
    };
    let (file, child) = match start() {
        Ok(started) => started,
        Err(error) => return Some(Err(told(error))),
    };
    let ended = borrowed((&editor, "EDITOR"), child, over).await?;
    // Editors may put a new file in the place of the old one: it is read by its name.
    Some(ended.and_then(|()| {
        let changed = std::fs::read(file.path()).map_err(told)?;
        if changed == text {
            return Err("nothing was changed, so nothing is sent".into());
        }
        Ok(changed)
    }))
}

/// Waits for a program that has the terminal. If `over` comes first there will be nobody to give it
/// back to: the program is ended, whatever it makes of that.
async fn borrowed(
    (what, variable): (&str, &str),
    mut child: Child,
    over: impl Future<Output = ()>,
) -> Option<Result<(), String>> {
    let _lent = term::Lent::to(child.id());
    tokio::select! {
        status = child.wait() => {
            let status = status.map_err(|error| format!("{what}: {error}"));
            return Some(status.and_then(|status| match status.code() {
                // What a shell says of a program that it cannot find or run.
                Some(126 | 127) => Err(format!("{what} cannot be run; set {variable}")),
                _ => ended(what, status),
            }));
        }
        () = over => {}
    }
    signal(child.id(), false, Ask::End);
    if timeout(ENDED_WITHIN, child.wait()).await.is_err() {
        // Fails only if it has just ended.
        let _ = child.kill().await;
    }
    None
}

/// A command with everything that it starts; ended when dropped before its own end.
struct Group(Child);

impl Group {
    fn start(command: &mut Command) -> io::Result<Self> {
        #[cfg(unix)]
        command.process_group(0);
        command.kill_on_drop(true).spawn().map(Self)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Without an id it has ended and was waited for.
        signal(self.0.id(), true, Ask::End);
    }
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
    fn a_program_takes_the_place_of_its_shell_where_it_is_the_only_one() {
        for line in ["vi", "code -w", "\"/my tools/vi\" -u NONE", "./edit --if=x"] {
            assert_eq!(in_place(line), format!("exec {line}"));
        }
        for line in ["TERM=xterm vi", "less | cat", "cd /; vi", "(vi)", "! vi"] {
            assert_eq!(in_place(line), line);
        }
    }

    #[tokio::test]
    async fn a_command_gets_the_body_and_its_output_and_failure_are_shown() {
        assert_eq!(pipe("tr a-z A-Z", "hello".into()).await.unwrap(), "HELLO");
        assert_eq!(
            pipe("echo no >&2; exit 3", "".into()).await.unwrap(),
            "no\n\n(exit status: 3)"
        );
        let wrong = pipe("echo 'no end", "".into()).await.unwrap();
        assert!(wrong.contains("exit status"), "{wrong}");
    }

    #[tokio::test]
    async fn a_command_that_never_ends_writing_or_never_reads_is_cut() {
        let body = bytes::Bytes::from(vec![b'x'; 1 << 20]);
        let text = pipe("yes", body.clone()).await.unwrap();
        assert!(text.ends_with("and more"), "{}", text.len());
        assert_eq!(pipe("echo done", body).await.unwrap(), "done\n");
    }

    #[tokio::test]
    async fn a_command_that_cannot_take_the_text_says_so() {
        assert_eq!(copy_by("cat > /dev/null", "text").await, Ok(()));
        let failed = copy_by("cat > /dev/null; exit 1", "text").await;
        assert!(failed.unwrap_err().contains("exit status: 1"));
        let long = "x".repeat(1 << 20);
        assert_eq!(
            copy_by("true", &long).await,
            Ok(()),
            "that is its own affair"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_command_that_hangs_is_stopped_with_all_it_started() {
        let why = copy_by("sleep 1000 | sleep 1000", "text")
            .await
            .unwrap_err();
        assert!(why.contains("has not ended in 5 s"), "{why}");
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_command_nobody_waits_for_any_more_ends_with_all_it_started() {
        use rustix::process::{Pid, test_kill_process};
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("pid");
        let line = format!(
            "sh -c 'echo $$ > {0}.new; mv {0}.new {0}; sleep 1000'; true",
            file.display()
        );
        let told = async {
            loop {
                if let Ok(pid) = std::fs::read_to_string(&file) {
                    return pid.trim().parse().unwrap();
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let pid: i32 = tokio::select! {
            _ = pipe(&line, "".into()) => panic!("it does not end"),
            pid = told => pid,
        };
        let pid = Pid::from_raw(pid).unwrap();
        let gone = async {
            while test_kill_process(pid).is_ok() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(Duration::from_secs(20), gone)
            .await
            .expect("it is gone");
    }
}
