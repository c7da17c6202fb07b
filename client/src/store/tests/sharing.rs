//! Several that use one history at once, in one process or in many.

use std::os::unix::fs::MetadataExt as _;

use super::*;

/// The locks of this process on the database, as the kernel lists them.
fn locks(history: &History) -> usize {
    let inode = std::fs::metadata(history.place.database()).unwrap().ino();
    let (own, file) = (std::process::id().to_string(), format!(":{inode}"));
    let all = std::fs::read_to_string("/proc/locks").unwrap();
    let mut lines = all
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>());
    let of_ours = |line: &Vec<&str>| {
        line.contains(&"POSIX")
            && line.contains(&&*own)
            && line.iter().any(|word| word.ends_with(&file))
    };
    lines.by_ref().filter(of_ours).count()
}

#[test]
fn a_reader_beside_the_writer_leaves_it_its_locks() {
    let history = History::new();
    let writer = history.writer();
    writer.flush();
    let before = locks(&history);
    assert!(
        before > 0,
        "without locks others take the log for left behind"
    );
    let reader = history.reader();
    assert_eq!(locks(&history), before, "with a reader");
    drop(reader);
    assert_eq!(locks(&history), before, "after a reader");
}
