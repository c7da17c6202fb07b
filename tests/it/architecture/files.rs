//! What there is to read: the sources with their place in the crate, and the repository's files.

use std::fs;
use std::path::{Path as FilePath, PathBuf};
use std::process::Command;

use super::imports::{Path, paths, tokens};

pub struct Source {
    /// From the root of the repository, with `/` on every system.
    pub name: String,
    /// Below the crate root; empty for `lib.rs` and `main.rs`.
    pub module: Vec<String>,
    pub text: String,
}

impl Source {
    pub fn paths(&self) -> Vec<Path> {
        paths(&tokens(&self.text), &self.module)
    }

    pub fn at(&self, path: &Path) -> String {
        format!("{}:{}: {}", self.name, path.line, path.segments.join("::"))
    }
}

pub fn all_sources() -> Vec<Source> {
    ["shared", "relay", "client", "tests"]
        .iter()
        .flat_map(|folder| sources(folder))
        .collect()
}

pub fn sources(folder: &str) -> Vec<Source> {
    let names = walk(folder)
        .into_iter()
        .filter(|name| name.ends_with(".rs"));
    names
        .map(|name| {
            let text = fs::read_to_string(root().join(&name))
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            let inner = name.split_once("/src/").map_or("", |(_, inner)| inner);
            let inner = inner.trim_end_matches(".rs").trim_end_matches("/mod");
            let rooms = inner
                .split('/')
                .filter(|room| !["", "lib", "main"].contains(room));
            let mut module: Vec<String> = rooms.map(str::to_owned).collect();
            // Long unit tests of `head.rs` stand in `head_tests.rs`, as its module `tests`.
            if let Some(subject) = module.last().and_then(|room| room.strip_suffix("_tests")) {
                let subject = subject.to_owned();
                module.pop();
                module.extend([subject, "tests".to_owned()]);
            }
            Source { module, name, text }
        })
        .collect()
}

/// All files below a folder, without what tools leave behind.
fn walk(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in
        fs::read_dir(root().join(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"))
    {
        let entry = entry.expect("a readable directory");
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if folder.is_empty() {
            name.clone()
        } else {
            format!("{folder}/{name}")
        };
        if !entry.path().is_dir() {
            found.push(path);
        } else if ![".git", "target", ".cache", "node_modules", "__pycache__"]
            .contains(&name.as_str())
        {
            found.extend(walk(&path));
        }
    }
    found.sort();
    found
}

/// What git has or would take; in an unpacked archive, everything.
pub fn repository_files() -> Vec<String> {
    let listed = Command::new("git")
        .args([
            "-c",
            "safe.directory=*",
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(root())
        .output();
    match listed {
        Ok(output) if output.status.success() => {
            let names = String::from_utf8_lossy(&output.stdout).into_owned();
            names
                .split('\0')
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect()
        }
        _ => walk(""),
    }
}

pub fn none(faults: &[String], rule: &str) {
    assert!(faults.is_empty(), "{rule}:\n  {}", faults.join("\n  "));
}

pub fn root() -> PathBuf {
    FilePath::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
