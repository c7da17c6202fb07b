//! A request in the user's editor.

use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use hookreel_shared::model::Exchange;

use crate::command::Edited;
use crate::error::{Exit, Failed};
use crate::replay::edit::{EditError, from_text, to_text};

/// Stands before the request. Its last line makes room for what is wrong, so that the numbers of
/// the lines below stay the same.
const PREFACE: &str = "\
// Change the request, save, and close the editor: then it is sent. An empty file sends nothing.
// Content-Length is made to fit, and what the relay adds is added again.
";

/// Lets the user change the request of an exchange; none if it stays as it is.
///
/// # Errors
/// If the editor cannot be run, or the file is empty or no request.
pub fn edit(original: &Exchange) -> Result<Option<Edited>, Failed> {
    let folder = private_folder().map_err(|error| cannot("a temporary folder", &error))?;
    let file = folder.path().join("request.http");
    let before = to_text(original);
    let mut note = "//".to_owned();
    let mut text = before.clone();
    loop {
        let whole = [PREFACE.as_bytes(), note.as_bytes(), b"\n", &text].concat();
        fs::write(&file, whole).map_err(|error| cannot("a temporary file", &error))?;
        open(&file)?;
        let after = fs::read(&file).map_err(|error| cannot("the edited file", &error))?;
        match from_text(&after) {
            Ok(edited) => {
                let unchanged = from_text(&before).is_ok_and(|before| before == edited);
                return Ok((!unchanged).then_some(edited));
            }
            Err(error @ EditError::Line { .. }) if io::stdin().is_terminal() => {
                note = format!("// {error}");
                text = below_comments(&after).to_vec();
            }
            Err(error) => {
                let message = format!("{error}: nothing was sent");
                return Err(Failed::new(Exit::Runtime, message));
            }
        }
    }
}

/// For the user alone, and whatever the editor puts beside its file.
fn private_folder() -> io::Result<tempfile::TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("hookreel-");
    #[cfg(unix)]
    builder.permissions(<Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o700));
    builder.tempdir()
}

fn open(file: &Path) -> Result<(), Failed> {
    let line = editor(|name| std::env::var_os(name), io::stdin().is_terminal())
        .ok_or_else(|| Failed::usage("--edit needs a terminal, or a command in EDITOR"))?;
    let shown = line.to_string_lossy();
    let words = shell_words::split(&shown).unwrap_or_default();
    let Some((program, arguments)) = words.split_first() else {
        let message = format!("EDITOR={shown:?} is no command; set it to one, such as vi");
        return Err(Failed::usage(message));
    };
    let mut command = Command::new(program);
    command.args(arguments).arg(file);
    if !io::stdout().is_terminal() {
        // What is drawn is not data.
        command.stdout(Stdio::from(io::stderr()));
    }
    let _ = io::stdout().flush();
    let status = command.status().map_err(|error| {
        let message = format!("the editor {program:?}: {error}; set EDITOR to one that is there");
        Failed::usage(message)
    })?;
    if status.success() {
        Ok(())
    } else {
        let message = format!("the editor {program:?} ended with {status}: nothing was sent");
        Err(Failed::new(Exit::Runtime, message))
    }
}

/// `VISUAL`, `EDITOR`, or what every system has, which needs a terminal.
fn editor(look_up: impl Fn(&str) -> Option<OsString>, terminal: bool) -> Option<OsString> {
    let set = |name| look_up(name).filter(|value| !value.is_empty());
    set("VISUAL")
        .or_else(|| set("EDITOR"))
        .or_else(|| terminal.then(|| "vi".into()))
}

/// What is left of a text without the comments at its beginning.
fn below_comments(text: &[u8]) -> &[u8] {
    let mut rest = text;
    while rest.starts_with(b"//") {
        let end = rest.iter().position(|&b| b == b'\n');
        rest = end.map_or(&[][..], |end| &rest[end + 1..]);
    }
    rest
}

fn cannot(what: &str, error: &io::Error) -> Failed {
    Failed::new(Exit::Runtime, format!("{what}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visual_goes_before_editor_and_empty_ones_do_not_count() {
        let of = |visual: &str, other: &str, terminal| {
            let set = |name: &str| Some(if name == "VISUAL" { visual } else { other }.into());
            let found = editor(set, terminal)?;
            Some(found.to_string_lossy().into_owned())
        };
        assert_eq!(of("code -w", "vim", false).as_deref(), Some("code -w"));
        assert_eq!(of("", "vim", false).as_deref(), Some("vim"));
        assert_eq!(of("", "", true).as_deref(), Some("vi"));
        assert_eq!(of("", "", false), None, "nobody is there to type");
    }

    #[test]
    fn only_comments_at_the_beginning_go() {
        let text = b"// a\n// b\nGET /\n// c: 1\n";
        assert_eq!(below_comments(text), b"GET /\n// c: 1\n");
        assert_eq!(below_comments(b"// a"), b"");
    }
}
