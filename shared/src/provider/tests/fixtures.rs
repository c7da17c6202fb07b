//! Each fixture is what it says it is, and each row has all the fixtures it needs.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Fixture, all, table};
use crate::model::Timestamp;
use crate::provider::{Key, Report, Row, check, detect, is_good, sign};

fn none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

fn differences(fixture: &Fixture, table: &crate::provider::Table) -> Vec<String> {
    let (row, case) = (fixture.row(table), fixture.case());
    let request = fixture.request(&case);
    let report = check(row, &request, true, &case.with());
    let found: Value = serde_json::to_value(&report).expect("a report is JSON");
    let detected = detect(table, &request).map_or("none", |row| &row.id);
    let expect = &fixture.expect;
    let mut faults = Vec::new();
    let mut same = |what: &str, found: Option<&str>, expected: Option<&str>| {
        if found != expected {
            faults.push(format!(
                "{}: {what} is {found:?}, not {expected:?}\n    {report}",
                fixture.place()
            ));
        }
    };
    same("provider", Some(detected), Some(&expect.provider));
    same("verdict", found["verdict"].as_str(), Some(&expect.verdict));
    let reason = found["reason"]["kind"]
        .as_str()
        .or(found["because"].as_str());
    same("reason", reason, expect.reason.as_deref());
    if let Some(near) = &expect.near {
        let kinds = found["near"].as_array().cloned().unwrap_or_default();
        let kinds: Vec<_> = kinds
            .iter()
            .filter_map(|near| near["if"].as_str())
            .collect();
        same("near", Some(&kinds.join(" ")), Some(&near.join(" ")));
    }
    if expect.scheme.is_some() {
        same("scheme", found["scheme"].as_str(), expect.scheme.as_deref());
    }
    if expect.secret.is_some() {
        same("secret", found["secret"].as_str(), expect.secret.as_deref());
    }
    if fixture.name.starts_with("vector") || detected == "none" {
        return faults;
    }
    let event = row.event(&request);
    same("event", event.as_deref(), expect.event.as_deref());
    let delivery = row.delivery(&request);
    if expect.delivery.is_some() || fixture.name == "good" {
        same("delivery", delivery.as_deref(), expect.delivery.as_deref());
    }
    let line = row.line(&request, event.as_deref());
    if expect.summary.is_some() || fixture.name == "good" {
        same("summary", line.as_deref(), expect.summary.as_deref());
    }
    faults
}

#[test]
fn every_fixture_is_what_it_says() {
    let table = table();
    let found = all();
    let faults: Vec<String> = (found.iter())
        .flat_map(|fixture| differences(fixture, &table))
        .collect();
    none(&faults);
    assert!(found.iter().all(|fixture| !fixture.source.is_empty()));
}

#[test]
fn who_asks_only_whether_it_is_good_hears_the_same() {
    let table = table();
    for fixture in all() {
        let (row, case) = (fixture.row(&table), fixture.case());
        let good = is_good(row, &fixture.request(&case), true, &case.with());
        assert_eq!(
            good,
            fixture.expect.verdict == "good",
            "{}",
            fixture.place()
        );
    }
}

#[test]
fn what_is_signed_again_at_the_same_moment_with_the_same_id_is_the_same() {
    let table = table();
    let mut faults = Vec::new();
    for fixture in all().iter().filter(|fixture| fixture.expect.resign) {
        let (row, case) = (fixture.row(&table), fixture.case());
        let request = fixture.request(&case);
        let mut draft = fixture.draft(&case);
        let before = draft.clone();
        let (at, id) = was_signed(row, &request, &case);
        let done = sign(row, &mut draft, Key::Secret(&case.secrets[0]), at, &id);
        if let Err(error) = &done {
            faults.push(format!("{}: {error}", fixture.place()));
        } else if draft != before {
            let pairs = draft.headers.iter().zip(before.headers.iter());
            let other = pairs.filter(|(now, before)| now != before);
            faults.push(format!(
                "{}: {:?} {:?}",
                fixture.place(),
                other.collect::<Vec<_>>(),
                done
            ));
        }
    }
    none(&faults);
}

/// The moment and the id a request was signed with.
fn was_signed(
    row: &Row,
    request: &crate::provider::Request<'_>,
    case: &super::Case,
) -> (Timestamp, String) {
    let report: Report = check(row, request, true, &case.with());
    let scheme = row.scheme(report.scheme.as_deref().unwrap()).unwrap();
    let time = scheme.time.as_ref().and_then(|time| {
        let text = time.read(request)?;
        time.unit.micros(&text).map(Timestamp::from_micros)
    });
    let id = scheme.id.as_ref();
    let id = id.and_then(|id| id.read(request).into_iter().next());
    (time.unwrap_or(case.at), id.unwrap_or_default())
}

#[test]
fn every_row_has_fixtures_and_every_folder_a_row() {
    let table = table();
    let found = all();
    let folders: BTreeSet<&str> = found.iter().map(|fixture| &fixture.folder[..]).collect();
    let rows: BTreeSet<&str> = table.rows().map(|row| &row.id[..]).collect();
    assert_eq!(
        folders, rows,
        "a row is one file and one folder of fixtures"
    );
    let mut faults = Vec::new();
    for row in table.rows() {
        let own = || found.iter().filter(|fixture| fixture.folder == row.id);
        let mut needs = |what: &str, there: bool| {
            if !there {
                faults.push(format!("{}: no fixture {what}", row.id));
            }
        };
        needs(
            "that is good",
            own().any(|own| own.expect.verdict == "good"),
        );
        let bad = |own: &&Fixture| own.expect.verdict == "bad";
        needs(
            "that is bad and nothing is near",
            own().filter(bad).any(|own| {
                let near = own.expect.near.as_ref().is_some_and(Vec::is_empty);
                near && own.expect.reason.as_deref() == Some("mismatch")
            }),
        );
        needs(
            "with a near miss",
            own().filter(bad).any(|own| {
                let near = own.expect.near.as_ref();
                near.is_some_and(|near| !near.is_empty())
            }),
        );
        needs(
            "without a signature",
            own().any(|own| {
                let not = own.expect.reason.as_deref() == Some("not-signed");
                not || own.expect.verdict == "unsigned"
            }),
        );
        let old = |own: &Fixture| own.expect.reason.as_deref() == Some("too-old");
        if row.scheme.iter().any(|scheme| scheme.tolerance.is_some()) {
            needs("that is too old", own().any(old));
        }
        needs("that tells the event", {
            let told = own().any(|own| own.expect.event.is_some());
            told || row.event.is_empty()
        });
    }
    none(&faults);
}

#[test]
fn every_row_says_which_public_document_it_follows() {
    for entry in
        std::fs::read_dir(super::folder().join("../../../shared/src/provider/rows")).unwrap()
    {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let first = text.lines().next().unwrap_or_default();
        assert!(
            first.starts_with("# https://"),
            "{}: {first}",
            path.display()
        );
    }
}

#[test]
fn each_row_refuses_as_its_provider_expects() {
    let table = table();
    for row in table.rows() {
        let expected = match &row.id[..] {
            // As their own libraries and examples do.
            "twilio" | "dropbox" => 403,
            _ => 401,
        };
        assert_eq!(row.refusal, expected, "{}", row.id);
    }
}

#[test]
fn no_report_of_a_token_shows_the_token() {
    let table = table();
    for fixture in all() {
        let (row, case) = (fixture.row(&table), fixture.case());
        let report = check(row, &fixture.request(&case), true, &case.with());
        let text = format!(
            "{}{report}{:?}",
            serde_json::to_string(&report).unwrap(),
            report.details()
        );
        let token = report.scheme.as_ref().is_some_and(|name| {
            let scheme = row.scheme(name).unwrap();
            scheme.algorithm == crate::provider::algorithm::Algorithm::Token
        });
        let public = row
            .scheme
            .iter()
            .any(|scheme| scheme.algorithm.is_asymmetric());
        for secret in case.secrets.iter().filter(|_| !public) {
            let bare = secret.expose().trim_matches(['"', ' ']);
            let shown = bare.len() > 2 && text.contains(bare);
            assert!(!shown, "{}: {text}", fixture.place());
        }
        assert!(!token || report.received.is_empty() && report.expected.is_none());
    }
}

#[test]
fn a_report_is_the_same_after_it_was_kept_as_json() {
    let table = table();
    for fixture in all() {
        let (row, case) = (fixture.row(&table), fixture.case());
        let report = check(row, &fixture.request(&case), true, &case.with());
        let text = serde_json::to_string(&report).unwrap();
        let again: Report = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}\n{text}", fixture.place()));
        assert_eq!(report, again);
    }
}
