//! Counts what is done, so that tests can tell how much it is, on any machine.

use std::cell::Cell;

thread_local! {
    static LAID_OUT: Cell<usize> = const { Cell::new(0) };
    static LOOKED_AT: Cell<usize> = const { Cell::new(0) };
}

/// Bytes became part of a line.
pub(in super::super) fn laid_out(bytes: usize) {
    LAID_OUT.set(LAID_OUT.get() + bytes);
}

/// Bytes were looked at for where lines begin, or for a search.
pub(in super::super) fn looked_at(bytes: usize) {
    LOOKED_AT.set(LOOKED_AT.get() + bytes);
}

/// Bytes laid out and looked at while something is done.
pub(in super::super) fn of<T>(act: impl FnOnce() -> T) -> (usize, usize, T) {
    let before = (LAID_OUT.get(), LOOKED_AT.get());
    let result = act();
    (
        LAID_OUT.get() - before.0,
        LOOKED_AT.get() - before.1,
        result,
    )
}
