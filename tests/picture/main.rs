//! Takes a picture of the demo's screen: `picture HOOKREEL FILE.svg`.

mod fixed;
mod play;
mod svg;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

fn main() -> ExitCode {
    let arguments: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    let [program, file] = arguments.as_slice() else {
        return told("picture HOOKREEL FILE.svg");
    };
    match take(program, file) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => told(&error),
    }
}

/// Plays, and writes the file.
fn take(program: &Path, file: &Path) -> Result<(), String> {
    let screen = play::play(program).map_err(|error| error.to_string())?;
    let mut cells = svg::cells(&screen);
    fixed::fix(&mut cells);
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    }
    fs::write(file, svg::draw(&cells)).map_err(|error| format!("{}: {error}", file.display()))
}

#[expect(clippy::print_stderr, reason = "this is a program of its own")]
fn told(error: &str) -> ExitCode {
    eprintln!("picture: {error}");
    ExitCode::FAILURE
}
