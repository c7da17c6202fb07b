//! Bodies that go to their files while they pass.

use std::sync::OnceLock;
use std::time::SystemTime;

use super::*;

const SIDE: &str = "request";

/// Bytes of a body, different for each exchange and place.
pub(super) fn bytes(n: u64, from: usize, len: usize) -> Vec<u8> {
    static PATTERN: OnceLock<Vec<u8>> = OnceLock::new();
    let pattern = PATTERN.get_or_init(|| (0..65_521).map(|at| (at * 7 + at / 251) as u8).collect());
    let mut bytes = Vec::with_capacity(len);
    let mut at = from + usize::try_from(n).unwrap() * 13;
    while bytes.len() < len {
        let rest = &pattern[at % pattern.len()..];
        let part = rest.len().min(len - bytes.len());
        bytes.extend_from_slice(&rest[..part]);
        at += part;
    }
    bytes
}

/// An exchange whose request's body is in a file, with its hash.
pub(super) fn filed(n: u64, body: Spilled, size: usize) -> Entry {
    let mut exchange = exchange(n, "");
    exchange.request_body.size = size as u64;
    exchange.request_body.sha256 = Some([9; 32]);
    Entry {
        request_file: Some(body),
        ..exchange.into()
    }
}

/// The same while it runs.
pub(super) fn running(n: u64, body: &Spill, size: usize) -> Entry {
    let mut entry = filed(n, body.so_far().clone(), size);
    entry.exchange.request_body.sha256 = None;
    entry.exchange.closed_at = None;
    entry.exchange.stage = hookreel_shared::model::Stage::Answered;
    entry
}

fn files(history: &History) -> usize {
    std::fs::read_dir(history.place.bodies()).unwrap().count()
}

fn kept(history: &History, n: u64) -> Capture {
    let exchange = history.reader().get(id(n)).unwrap().unwrap();
    exchange.request_body
}

#[test]
fn what_has_passed_is_there_while_more_passes_and_all_of_it_at_the_end_in_one_file() {
    let history = History::new();
    let writer = history.writer();
    let mut body = writer.spill(id(1), SIDE).unwrap();
    body.write(bytes(1, 0, 400_000)).unwrap();
    writer.put(running(1, &body, 400_100));
    body.write(bytes(1, 400_000, 300_000)).unwrap();
    writer.flush();
    // What came since is in the file too, but not what the row tells of.
    body.so_far().settle();
    let so_far = kept(&history, 1);
    assert_eq!((so_far.size, so_far.sha256), (400_100, None));
    assert!(so_far.kept == bytes(1, 0, 400_100));
    writer.put(filed(1, body.end(), 700_000));
    writer.flush();
    let whole = kept(&history, 1);
    assert!(whole == Capture::whole(bytes(1, 0, 700_000)));
    assert_eq!((files(&history), writer.unrecorded()), (1, 0));
    writer.delete(vec![id(1)]);
    writer.flush();
    assert_eq!(files(&history), 0);
}

#[test]
fn of_a_body_cut_at_a_limit_the_hash_stays() {
    let history = History::new();
    let writer = history.writer();
    let mut body = writer.spill(id(1), SIDE).unwrap();
    body.write(bytes(1, 0, 300_000)).unwrap();
    writer.put(filed(1, body.end(), 300_001));
    writer.flush();
    let cut = kept(&history, 1);
    assert_eq!((cut.kept.len(), cut.sha256), (300_000, Some([9; 32])));
    assert_eq!(writer.unrecorded(), 0);
}

#[test]
fn while_the_disk_stands_still_only_so_much_waits_and_nobody_waits_for_it() {
    const PIECE: usize = 256 * 1024;
    let history = History::new();
    let writer = history.writer();
    let mut body = writer.spill(id(1), SIDE).unwrap();
    let hold = body.hold();
    let taken = (0..1000)
        .take_while(|n| body.write(bytes(1, n * PIECE, PIECE)).is_ok())
        .count();
    assert_eq!(taken * PIECE, 16 * 1024 * 1024);
    drop(hold);
    body.so_far().settle();
    assert!(body.write(bytes(1, taken * PIECE, 1)).is_ok());
    writer.put(filed(1, body.end(), taken * PIECE + 1));
    writer.flush();
    assert!(kept(&history, 1).kept == bytes(1, 0, taken * PIECE + 1));
}

#[test]
fn a_file_that_no_row_will_name_goes_by_itself() {
    let history = History::new();
    let writer = history.writer();
    let mut body = writer.spill(id(1), SIDE).unwrap();
    body.write(bytes(1, 0, 300_000)).unwrap();
    body.so_far().settle();
    assert_eq!(files(&history), 1);
    drop(body);
    until(|| files(&history) == 0);
}

#[test]
fn what_is_still_written_is_no_orphan_however_old_it_is() {
    let history = History::new();
    let writer = history.writer();
    let connection = schema::open(&history.place).unwrap();
    let later = SystemTime::now() + Duration::from_secs(7200);
    let sweep = || blob::sweep(&connection, &history.place.bodies(), later).unwrap();
    let mut body = writer.spill(id(1), SIDE).unwrap();
    body.write(bytes(1, 0, 300_000)).unwrap();
    body.so_far().settle();
    assert_eq!(sweep(), 0);
    // As after a crash: nobody writes it any more, and nobody has named it.
    body.so_far().name_it();
    drop(body);
    until(|| sweep() == 1);
    assert_eq!(files(&history), 0);
}

#[test]
fn what_the_disk_does_not_take_is_counted_once_and_the_exchange_kept() {
    let history = History::new();
    let writer = history.writer();
    let (bodies, away) = (
        history.place.bodies(),
        history.place.bodies().with_extension("x"),
    );
    std::fs::rename(&bodies, &away).unwrap();
    let mut body = writer.spill(id(1), SIDE).unwrap();
    body.write(bytes(1, 0, 300_000)).unwrap();
    writer.put(running(1, &body, 300_000));
    writer.flush();
    assert_eq!(writer.unrecorded(), 0);
    body.write(bytes(1, 300_000, 10)).unwrap();
    body.so_far().settle();
    std::fs::rename(&away, &bodies).unwrap();
    // What follows would not belong there.
    body.write(bytes(1, 300_010, 10)).unwrap();
    writer.put(filed(1, body.end(), 300_020));
    writer.flush();
    let lost = kept(&history, 1);
    assert_eq!((lost.kept.len(), lost.size), (0, 300_020));
    assert_eq!(lost.sha256, Some([9; 32]));
    assert_eq!((writer.unrecorded(), files(&history)), (1, 0));
}
