//! The commands of README.md about signatures, and what it says is known.

use hookreel_shared::provider::{EXAMPLE, Row, Table};

use super::{readme, shell};
use crate::cli::process::Ended;
use crate::replay::rig::{Origin, Stage};
use crate::signing::rig::{GITHUB, STRIPE, Seen, now, piped, set, stripe};

const EVENT: &str = "{\"id\":\"evt_1\",\"object\":\"event\"}";

/// A webhook of Stripe's has come, well signed; before it another that was not.
fn stage() -> Stage {
    let stage = Stage::new();
    set(&stage.home, &["stripe"], STRIPE).with(0, &[]);
    set(&stage.home, &["github"], GITHUB).with(0, &[]);
    let fields = stripe(EVENT, now());
    stage.post(
        "/hooks",
        fields.as_bytes(),
        b"{\"object\":\"event\",\"forged\":1}",
    );
    stage.post("/hooks", fields.as_bytes(), EVENT.as_bytes());
    assert_eq!(stage.origin.more(), 2);
    stage
}

fn runs(stage: &Stage, line: &str) -> Ended {
    let ended = shell(&stage.home, line).end();
    ended.with(0, &[]);
    ended
}

pub fn sets(line: &str) {
    let home = crate::cli::process::Home::new();
    let words: Vec<_> = line.split(' ').skip(1).collect();
    piped(&home, &words, STRIPE).with(0, &["stripe default: set"]);
}

pub fn lists(line: &str) {
    let out = runs(&stage(), line).out;
    assert!(out.contains("stripe") && out.contains("github"), "{out}");
}

pub fn verifies(line: &str) {
    let out = runs(&stage(), line).out;
    assert!(out.contains("the signature is good"), "{out}");
}

pub fn verifies_a_file(line: &str) {
    let stage = stage();
    let har = "hookreel export @1 --as har --no-redact -O traffic.har";
    runs(&stage, har);
    let out = runs(&stage, line).out;
    assert!(out.contains("the signature is good"), "{out}");
}

pub fn finds(line: &str) {
    let out = runs(&stage(), line).out;
    assert_eq!(out.lines().count(), 1, "{out}");
}

pub fn signs(line: &str) {
    let stage = stage();
    runs(&stage, line);
    assert!(Seen::read(&stage.origin.next()).is_of_stripe(now()));
}

pub fn samples(line: &str) {
    let out = runs(&stage(), line).out;
    assert!(out.contains("charge.succeeded"), "{out}");
}

pub fn triggers(line: &str) {
    let stage = stage();
    runs(&stage, line);
    let seen = Seen::read(&stage.origin.next());
    assert!(seen.is_of_stripe(now()) && seen.line.contains(" /hooks "));
}

pub fn triggers_elsewhere(line: &str) {
    let (stage, other) = (stage(), Origin::new());
    runs(&stage, &line.replace("3000", &other.port.to_string()));
    assert!(Seen::read(&other.next()).is_of_github());
}

pub fn triggers_a_bad_one(line: &str) {
    let stage = stage();
    runs(&stage, line);
    assert!(!Seen::read(&stage.origin.next()).is_of_stripe(now()));
}

pub fn shows_a_key(line: &str) {
    assert_eq!(runs(&stage(), line).out.trim().len(), 64);
}

#[test]
fn all_that_is_known_stands_in_the_table_of_the_readme() {
    let table = Table::builtin().expect("rows");
    let cell = |row: &Row| {
        let alone = row
            .scheme
            .iter()
            .all(|scheme| scheme.algorithm.is_asymmetric());
        let mark = match (row.scheme.is_empty(), alone) {
            (true, _) => " ‡",
            (_, true) => " †",
            _ => "",
        };
        format!("`{}` {}{mark}", row.id, row.name)
    };
    let mut cells: Vec<String> = table.rows().map(cell).collect();
    cells.sort();
    let lines = cells.chunks(4).map(|four| {
        let mut four = four.to_vec();
        four.resize(4, String::new());
        format!("| {} |\n", four.join(" | "))
    });
    let expected = lines.collect::<String>();
    let text = readme();
    assert!(text.contains(&expected), "the table should be\n{expected}");
}

#[test]
fn the_row_in_the_readme_is_the_one_that_is_tested() {
    let block = format!("```toml\n{}\n```", EXAMPLE.trim_end());
    assert!(readme().contains(&block));
}
