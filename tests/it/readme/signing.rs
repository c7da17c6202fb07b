//! The commands of README.md about signatures, and what it says is known.

use hookreel_shared::provider::{EXAMPLE, Row, Table};

use super::{Follow, readme, shell};
use crate::cli::process::Ended;
use crate::replay::rig::{Origin, Stage};
use crate::signing::rig::{GITHUB, STRIPE, Seen, now, piped, set, stripe};

/// How the commands about signatures are run.
pub(super) const COMMANDS: &[(&str, Follow)] = &[
    ("hookreel secret set stripe", sets),
    ("hookreel secret set paypal", sets),
    (
        "hookreel secret set paypal --certificate URL",
        sets_a_certificate,
    ),
    ("hookreel secret list", lists),
    ("hookreel verify @1", verifies),
    ("hookreel verify @1 --fetch-certificate", verifies),
    ("hookreel verify traffic.har", verifies_a_file),
    ("hookreel ls verdict:bad", finds),
    ("hookreel replay @1 --resign", signs),
    ("hookreel trigger --list stripe", samples),
    ("hookreel trigger stripe charge.succeeded", triggers),
    (
        "hookreel trigger github push --to http://localhost:3000/hooks",
        triggers_elsewhere,
    ),
    (
        "hookreel trigger stripe charge.succeeded --bad-signature",
        triggers_a_bad_one,
    ),
    ("hookreel secret show-dev-key discord", shows_a_key),
    ("hookreel secret show-dev-key paypal", shows_a_certificate),
];

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

fn sets(line: &str) {
    let home = crate::cli::process::Home::new();
    let words: Vec<_> = line.split(' ').skip(1).collect();
    let said = format!("{} default: set", words[2]);
    piped(&home, &words, STRIPE).with(0, &[&said]);
}

fn sets_a_certificate(line: &str) {
    let stage = stage();
    let pem = runs(&stage, "hookreel secret show-dev-key paypal").out;
    let url = "https://api.paypal.com/v1/notifications/certs/CERT-1";
    let line = line.replace("URL", url);
    let words: Vec<_> = line.split(' ').skip(1).collect();
    piped(&stage.home, &words, &pem).with(0, &["paypal certificate: set"]);
}

fn lists(line: &str) {
    let out = runs(&stage(), line).out;
    assert!(out.contains("stripe") && out.contains("github"), "{out}");
}

fn verifies(line: &str) {
    let out = runs(&stage(), line).out;
    assert!(out.contains("the signature is good"), "{out}");
}

fn verifies_a_file(line: &str) {
    let stage = stage();
    let har = "hookreel export @1 --as har --no-redact -O traffic.har";
    runs(&stage, har);
    let out = runs(&stage, line).out;
    assert!(out.contains("the signature is good"), "{out}");
}

fn finds(line: &str) {
    let out = runs(&stage(), line).out;
    assert_eq!(out.lines().count(), 1, "{out}");
}

fn signs(line: &str) {
    let stage = stage();
    runs(&stage, line);
    assert!(Seen::read(&stage.origin.next()).is_of_stripe(now()));
}

fn samples(line: &str) {
    let out = runs(&stage(), line).out;
    assert!(out.contains("charge.succeeded"), "{out}");
}

fn triggers(line: &str) {
    let stage = stage();
    runs(&stage, line);
    let seen = Seen::read(&stage.origin.next());
    assert!(seen.is_of_stripe(now()) && seen.line.contains(" /hooks "));
}

fn triggers_elsewhere(line: &str) {
    let (stage, other) = (stage(), Origin::new());
    runs(&stage, &line.replace("3000", &other.port.to_string()));
    assert!(Seen::read(&other.next()).is_of_github());
}

fn triggers_a_bad_one(line: &str) {
    let stage = stage();
    runs(&stage, line);
    assert!(!Seen::read(&stage.origin.next()).is_of_stripe(now()));
}

fn shows_a_key(line: &str) {
    assert_eq!(runs(&stage(), line).out.trim().len(), 64);
}

fn shows_a_certificate(line: &str) {
    let out = runs(&stage(), line).out;
    assert!(out.starts_with("-----BEGIN CERTIFICATE-----\n"), "{out}");
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
