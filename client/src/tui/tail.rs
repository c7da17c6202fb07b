//! The log, for those who look at the screen: its last lines, and word that there are new ones.

use std::collections::VecDeque;
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

    /// Adds one line or several, each whole.
    pub fn add(&self, bytes: &[u8]) {
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
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_kept_and_taken_once() {
        let tail = Tail::default();
        for n in 0..=CAPACITY {
            tail.clone()
                .add(format!("line \x1b[31m{n}\x1b[0m\n").as_bytes());
        }
        let lines = tail.take();
        assert_eq!((lines.len(), lines[0].as_str()), (CAPACITY, "line 1"));
        assert!(tail.take().is_empty());
    }
}
