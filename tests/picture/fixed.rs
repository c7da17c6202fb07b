//! Fixed values in place of those that differ from one picture to the next, of equal width.

use std::collections::HashMap;

use regex::{Captures, Regex};

use super::svg::Cell;

/// What a row has to have instead of what is matched; it depends on the row.
type Value = fn(&Captures<'_>, row: usize) -> String;

/// What is matched is the first group.
const RULES: &[(&str, Value)] = &[
    (r"\b(\d\d:\d\d:\d\d)\b", |_, row| {
        format!("14:32:{:02}", 5 + row)
    }),
    (r"localhost:(\d{5})\b", |_, _| "40080".to_owned()),
    (r"http://127\.0\.0\.1:(\d{5})\b", |_, _| "43000".to_owned()),
    (r"from 127\.0\.0\.1:(\d{5})\b", |_, _| "51824".to_owned()),
    (r"\bt=(\d{10}),", |_, _| "1763821935".to_owned()),
    (r#""created": (\d{10})\b"#, |_, _| "1763821935".to_owned()),
    (r"\bv1=([0-9a-f]+)", |found, _| {
        "5d1115d5261c0e012a6c2def511a7f3b".repeat(2)[..found[1].len()].to_owned()
    }),
    // The list's last column.
    (r" \d{3}( +[\d.]+ m?s) │", |found, row| {
        let tenths = 8 + row * 7 % 11;
        let text = format!("{}.{} ms", tenths / 10, tenths % 10);
        format!("{text:>0$}", found[1].chars().count())
    }),
];

/// Replaces them.
pub fn fix(rows: &mut [Vec<Cell>]) {
    for (pattern, value) in RULES {
        each(rows, pattern, value);
    }
    let mut ids = HashMap::new();
    each(rows, r"\b(req_[0-9a-z]{26})\b", |found, _| {
        let next = ids.len() + 1;
        let number = *ids.entry(found[1].to_owned()).or_insert(next);
        format!("req_01kansv3gae2v9fv44nyc45a{number:02}")
    });
}

fn each(
    rows: &mut [Vec<Cell>],
    pattern: &str,
    mut value: impl FnMut(&Captures<'_>, usize) -> String,
) {
    let pattern = Regex::new(pattern).expect("a pattern");
    for (at, row) in rows.iter_mut().enumerate() {
        // A character a cell, so that places are the same.
        let text: String = row.iter().map(Cell::first).collect();
        for found in pattern.captures_iter(&text) {
            let place = found.get(1).expect("a group");
            let start = text[..place.start()].chars().count();
            let fixed = value(&found, at);
            assert_eq!(
                fixed.chars().count(),
                place.as_str().chars().count(),
                "{fixed} for {place:?}"
            );
            for (cell, letter) in row[start..].iter_mut().zip(fixed.chars()) {
                cell.text = letter.to_string();
            }
        }
    }
}
