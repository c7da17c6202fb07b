//! Tells scripts that the address works: a file, or an open file descriptor.

use std::fs;
use std::io::Write;
use std::path::Path;

use crate::error::{Exit, Failed};
use crate::record::{Notice, Seen, Watcher};

/// Waits until `count` names are granted; gives their addresses. Stops watching then.
pub async fn wait(mut watcher: Watcher, count: usize) -> Option<Vec<String>> {
    let mut addresses = Vec::new();
    while addresses.len() < count {
        if let Seen::Notice(Notice::Ready { url, .. }) = watcher.next().await? {
            addresses.push(url);
        }
    }
    Some(addresses)
}

/// Writes the addresses, one a line; whoever waits for the file finds it whole.
pub fn write_file(path: &Path, urls: &[String]) -> Result<(), Failed> {
    let draft = path.with_extension("hookreel-draft");
    let write = || {
        fs::write(&draft, text(urls))?;
        fs::rename(&draft, path)
    };
    write().map_err(|error| {
        Failed::new(
            Exit::Runtime,
            format!("--url-file {}: {error}", path.display()),
        )
    })
}

/// Writes the addresses to an open file descriptor.
pub fn write_fd(fd: u32, urls: &[String]) -> Result<(), Failed> {
    let mut file = fs::OpenOptions::new()
        .append(true)
        .open(format!("/dev/fd/{fd}"))
        .map_err(|error| Failed::new(Exit::Runtime, format!("--ready-fd {fd}: {error}")))?;
    file.write_all(text(urls).as_bytes())
        .map_err(|error| Failed::new(Exit::Runtime, format!("--ready-fd {fd}: {error}")))
}

fn text(urls: &[String]) -> String {
    urls.iter().map(|url| format!("{url}\n")).collect()
}
