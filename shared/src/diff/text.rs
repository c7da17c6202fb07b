//! Text by line.

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::{Change, Kind};

/// Most lines that may differ, of both texts together: the work grows with their square.
const MAX_LINES: usize = 4000;
/// Equal lines shown before and after a difference.
const AROUND: usize = 3;

/// The differing lines with some around them; nothing if there are too many.
pub(super) fn compare(a: &[u8], b: &[u8]) -> Option<Vec<Change>> {
    let (a, b) = (lines(a), lines(b));
    let same = |pair: &(&&[u8], &&[u8])| pair.0 == pair.1;
    let head = a.iter().zip(&b).take_while(same).count();
    let (rest_a, rest_b) = (a.get(head..)?, b.get(head..)?);
    let tail = rest_a
        .iter()
        .rev()
        .zip(rest_b.iter().rev())
        .take_while(same)
        .count();
    let (mid_a, mid_b) = (
        rest_a.get(..rest_a.len() - tail)?,
        rest_b.get(..rest_b.len() - tail)?,
    );
    if mid_a.len() + mid_b.len() > MAX_LINES {
        return None;
    }
    let mut changes = Vec::new();
    let equal = |changes: &mut Vec<Change>, from: usize, to: usize| {
        for at in from..to {
            let line = a.get(at).copied();
            let mut change = Change::new(format!("line {}", at + 1), line, line);
            change.kind = Kind::Same;
            changes.push(change);
        }
    };
    equal(&mut changes, head.saturating_sub(AROUND), head);
    for op in capture_diff_slices(Algorithm::Myers, mid_a, mid_b) {
        if let DiffOp::Equal { old_index, len, .. } = op {
            let (from, to) = (head + old_index, head + old_index + len);
            if len <= 2 * AROUND {
                equal(&mut changes, from, to);
            } else {
                equal(&mut changes, from, from + AROUND);
                equal(&mut changes, to - AROUND, to);
            }
            continue;
        }
        for at in op.old_range() {
            let place = format!("line {}", head + at + 1);
            changes.push(Change::new(place, mid_a.get(at).copied(), None));
        }
        for at in op.new_range() {
            let place = format!("line {}", head + at + 1);
            changes.push(Change::new(place, None, mid_b.get(at).copied()));
        }
    }
    let end = a.len() - tail;
    equal(&mut changes, end, (end + AROUND).min(a.len()));
    Some(changes)
}

/// Lines with their ends, so that a text with and one without a last line feed differ.
fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|byte| *byte == b'\n').collect()
}
