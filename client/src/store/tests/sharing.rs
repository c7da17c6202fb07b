//! Several that use one history at once, in one process or in many.

use std::fs::{read_dir, read_link, read_to_string};

use super::*;

/// The locks of this process on the database, as the kernel lists them for each open file: the list
/// of all locks is no use, as others change it while it is read, and lines of it are missed.
fn locks(history: &History) -> usize {
    let database = history.place.database().canonicalize().unwrap();
    let mut locks = 0;
    for open in read_dir("/proc/self/fd").unwrap() {
        let open = open.unwrap();
        // Other tests close files meanwhile.
        if read_link(open.path()).is_ok_and(|file| file == database) {
            let name = open.file_name();
            let about = read_to_string(format!("/proc/self/fdinfo/{}", name.display())).unwrap();
            let of_ours = |line: &&str| line.starts_with("lock:") && line.contains("POSIX");
            locks += about.lines().filter(of_ours).count();
        }
    }
    locks
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
