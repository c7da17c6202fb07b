//! Logs to read from.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use bytes::Bytes;

use super::log::{Spot, path};

/// Bytes that are read at once where many spots are read: what stands beside one is mostly asked for
/// next, and one reading for each costs more than all that is done with them.
const MANY: u64 = 128 * 1024;

/// The log that was read last, and a part of it, for whoever reads many spots: they mostly stand in
/// the same, one beside the other. What is read shares the memory of that part.
#[derive(Debug, Default)]
pub(super) struct Opened {
    log: Option<(i64, File)>,
    /// What stands there from `at` on.
    part: Bytes,
    at: u64,
}

impl Opened {
    /// What stands there, if it is there and whole.
    pub(super) fn read(&mut self, bodies: &Path, spot: &Spot) -> Option<Bytes> {
        if self.log.as_ref().is_none_or(|(log, _)| *log != spot.log) {
            let file = File::open(path(bodies, spot.log)).ok()?;
            self.log = Some((spot.log, file));
            self.part.clear();
            self.at = 0;
        }
        if let Some(found) = self.found(spot) {
            return Some(found);
        }
        // Not read yet; or read when something else stood there, which no row named.
        self.fill(spot).ok()?;
        self.found(spot)
    }

    fn found(&self, spot: &Spot) -> Option<Bytes> {
        let begin = usize::try_from(spot.start.checked_sub(self.at)?).ok()?;
        let end = begin.checked_add(spot.len)?;
        let found = self.part.get(begin..end)?;
        (crc32fast::hash(found) == spot.checksum).then(|| self.part.slice(begin..end))
    }

    /// Reads a spot and what stands beside it, on the side where the next one will be; nothing if a
    /// damaged row asks for more than there is.
    fn fill(&mut self, spot: &Spot) -> io::Result<()> {
        let Some((_, file)) = &mut self.log else {
            return Ok(());
        };
        let end = spot.start.saturating_add(spot.len as u64);
        let len = file.metadata()?.len();
        if end > len {
            return Ok(());
        }
        let downward = self.at > spot.start;
        let begin = match downward {
            true => end.saturating_sub(MANY).min(spot.start),
            false => spot.start,
        };
        let most = (end - begin).max(MANY).min(len - begin);
        let mut part = Vec::with_capacity(usize::try_from(most).unwrap_or(0));
        file.seek(SeekFrom::Start(begin))?;
        file.take(most).read_to_end(&mut part)?;
        (self.part, self.at) = (part.into(), begin);
        Ok(())
    }
}

impl Spot {
    /// What stands there, if it is there and whole, in memory of its own.
    pub(super) fn read(&self, bodies: &Path) -> Option<Bytes> {
        let mut file = File::open(path(bodies, self.log)).ok()?;
        // A damaged row may ask for more than there is.
        let there = file.metadata().ok()?.len().checked_sub(self.start)?;
        if there < self.len as u64 {
            return None;
        }
        let mut found = vec![0; self.len];
        file.seek(SeekFrom::Start(self.start)).ok()?;
        file.read_exact(&mut found).ok()?;
        (crc32fast::hash(&found) == self.checksum).then(|| found.into())
    }
}
