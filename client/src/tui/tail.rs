//! The log, for those who look at the screen: its last lines, and word that there are new ones.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// Lines that wait for the screen. Of more, the oldest are dropped: the log file has them all.
const CAPACITY: usize = 500;

/// The log's last lines. Cheap to clone; what is written to one clone is read from all.
#[derive(Debug, Clone, Default)]
pub struct Tail(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    lines: Mutex<VecDeque<String>>,
    news: Notify,
}

impl Tail {
    /// Waits for lines, and takes them.
    pub async fn next(&self) -> Vec<String> {
        loop {
            let lines = self.take();
            if !lines.is_empty() {
                return lines;
            }
            self.0.news.notified().await;
        }
    }

    /// The lines that nobody has taken yet.
    pub fn take(&self) -> Vec<String> {
        let mut lines = self.0.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.drain(..).collect()
    }
}

impl io::Write for Tail {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut lines = self.0.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(bytes);
        // The log may come in colours.
        let text = anstream::adapter::strip_str(&text).to_string();
        for line in text.lines() {
            if lines.len() == CAPACITY {
                lines.pop_front();
            }
            lines.push_back(line.to_owned());
        }
        self.0.news.notify_one();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn the_last_lines_are_kept_and_taken_once() {
        let tail = Tail::default();
        for n in 0..=CAPACITY {
            writeln!(tail.clone(), "line {n}").unwrap();
        }
        let lines = tail.take();
        assert_eq!((lines.len(), lines[0].as_str()), (CAPACITY, "line 1"));
        assert!(tail.take().is_empty());
    }
}
