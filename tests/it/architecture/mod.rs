//! The rules of the house that no compiler checks.

mod files;
mod imports;
mod text;

use std::env;
use std::process::Command;

use files::{all_sources, none, root, sources};
use imports::{paths, tokens};

struct House {
    folder: &'static str,
    /// Ground floor first. A module uses only floors below its own.
    floors: &'static [&'static [&'static str]],
    /// Crates it never names.
    strangers: &'static [&'static str],
}

const HOUSES: [House; 3] = [
    House {
        folder: "shared",
        floors: &[
            &["model", "json"],
            &["filter", "provider", "retry", "redact", "pretty"],
            &["route", "diff", "export"],
            &["wire"],
            &["session"],
            &["net"],
        ],
        strangers: &["hookreel_relay", "hookreel_client", "hookreel"],
    },
    House {
        folder: "relay",
        floors: &[
            &["error", "config", "metrics"],
            &["link", "spool", "auth", "certs"],
            &["registry", "cluster"],
            &["tunnel"],
            &["dispatch"],
            &["edge", "api"],
            &["app", "cli"],
        ],
        strangers: &["hookreel_client", "hookreel"],
    },
    House {
        folder: "client",
        floors: &[
            &["error"],
            &["config", "command"],
            &["store", "certificate"],
            &["record"],
            &["forward"],
            &["tunnel", "replay", "send"],
            &["tui", "web", "plain"],
            &["app", "cli"],
        ],
        strangers: &[],
    },
];

struct Exception {
    folder: &'static str,
    from: &'static str,
    to: &'static str,
    #[expect(dead_code, reason = "for whoever reads the list")]
    why: &'static str,
}

const EXCEPTIONS: &[Exception] = &[
    Exception {
        folder: "relay",
        from: "cli",
        to: "app",
        why: "the command line runs what app builds; nothing else stands on their floor",
    },
    Exception {
        folder: "client",
        from: "cli",
        to: "app",
        why: "the command line runs what app builds; nothing else stands on their floor",
    },
];

/// The pure part of `shared` is given the time, the dice and the bytes.
const IMPURE: &[&[&str]] = &[
    &["tokio"],
    &["quinn"],
    &["std", "fs"],
    &["net", "TcpStream"],
    &["net", "TcpListener"],
    &["net", "UdpSocket"],
    &["Instant", "now"],
    &["SystemTime", "now"],
    &["Timestamp", "now"],
    &["Zoned", "now"],
    &["rand"],
    &["Uuid", "now_v7"],
    &["Uuid", "new_v4"],
];

/// Files of the pure part that name something impure all the same, and why.
const MAY_NAME_IT: &[(&str, &str)] = &[(
    "shared/src/provider/development.rs",
    "an ECDSA signature needs randomness, and the library takes none but the system's",
)];

const LONGEST_FILE: usize = 400;
const LONGEST_MAIN: usize = 60;

#[test]
fn modules_use_only_the_floors_below_their_own() {
    let mut faults = Vec::new();
    for house in &HOUSES {
        for source in sources(&format!("{}/src", house.folder)) {
            let found = house.upward(&source.module, &source.text);
            faults.extend(
                found
                    .into_iter()
                    .map(|fault| format!("{}:{fault}", source.name)),
            );
        }
    }
    none(&faults, "imports run downward only");
}

#[test]
fn an_import_that_runs_upward_or_sideways_is_reported() {
    let shared = &HOUSES[0];
    let reported = |source: &str| {
        shared
            .upward(&["wire".to_owned(), "frame".to_owned()], source)
            .len()
    };
    assert_eq!(
        reported("use crate::{model::Headers, route}; use super::code; use std::io;"),
        0
    );
    assert_eq!(
        reported("use crate::{model::Headers,\n net::{self, Trust}, session::Hello};"),
        3,
        "upward"
    );
    assert_eq!(
        reported("fn f() { crate::net::run() } use super::super::session;"),
        2,
        "upward, in other spellings"
    );
    assert_eq!(
        reported("use crate::Headers; use crate::*;"),
        2,
        "through the crate root"
    );
    assert_eq!(
        shared
            .upward(&["filter".to_owned()], "use crate::retry::Plan;")
            .len(),
        1,
        "sideways"
    );
    assert_eq!(
        shared.upward(&["cellar".to_owned()], "").len(),
        1,
        "a module with no floor"
    );
    assert_eq!(
        shared.upward(&[], "pub use crate::net::run;").len(),
        0,
        "the root composes"
    );
}

#[test]
fn a_crate_never_names_those_that_stand_on_it() {
    let mut faults = Vec::new();
    for house in &HOUSES {
        for source in sources(&format!("{}/src", house.folder)) {
            let named = source.paths();
            let strange = named
                .iter()
                .filter(|path| house.strangers.contains(&path.head()));
            faults.extend(strange.map(|path| source.at(path)));
        }
    }
    let client = &HOUSES[2];
    for source in sources("client/src") {
        let composes = source
            .module
            .first()
            .is_none_or(|own| client.floor(own) == Some(client.floors.len() - 1));
        let paths = source.paths();
        let relay = paths
            .iter()
            .filter(|path| !composes && path.head() == "hookreel_relay");
        faults.extend(relay.map(|path| {
            format!(
                "{} (only the top floor of the client knows the relay)",
                source.at(path)
            )
        }));
    }
    none(&faults, "crates depend downward only");
}

#[test]
fn main_only_composes() {
    let mains = all_sources()
        .into_iter()
        .filter(|source| source.name.ends_with("src/main.rs"));
    let long = mains.filter(|source| source.text.lines().count() > LONGEST_MAIN);
    none(
        &long.map(|source| source.name).collect::<Vec<_>>(),
        &format!("main.rs has at most {LONGEST_MAIN} lines"),
    );
}

#[test]
fn no_source_file_is_too_long_to_read_at_one_sitting() {
    let excused = |text: &str| {
        let reason = text
            .lines()
            .take(5)
            .find_map(|line| line.trim().strip_prefix("// size:"));
        reason.is_some_and(|why| !why.trim().is_empty())
    };
    let faults: Vec<_> = all_sources()
        .into_iter()
        .filter(|source| source.text.lines().count() > LONGEST_FILE && !excused(&source.text))
        .map(|source| format!("{}: {} lines", source.name, source.text.lines().count()))
        .collect();
    none(
        &faults,
        &format!("{LONGEST_FILE} lines at most, or `// size: why` near the top"),
    );
}

#[test]
fn the_pure_part_of_shared_has_no_clock_no_dice_and_no_io() {
    let mut faults = Vec::new();
    for source in sources("shared/src") {
        let excused = MAY_NAME_IT.iter().any(|(name, _)| *name == source.name);
        if excused || source.module.first().is_some_and(|own| own == "net") {
            continue;
        }
        let paths = source.paths();
        let impure = paths
            .iter()
            .filter(|path| !path.in_tests && IMPURE.iter().any(|run| path.has(run)));
        faults.extend(impure.map(|path| source.at(path)));
    }
    none(
        &faults,
        "only shared::net touches the outside; pass it in as an argument",
    );
}

#[test]
fn shared_without_net_needs_no_runtime() {
    let tree = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args([
            "tree",
            "--offline",
            "--package",
            "hookreel-shared",
            "--no-default-features",
        ])
        .args(["--edges", "normal", "--prefix", "none", "--format", "{p}"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let text = String::from_utf8_lossy(&tree.stdout);
    assert!(
        tree.status.success(),
        "cargo tree: {}",
        String::from_utf8_lossy(&tree.stderr)
    );
    assert!(
        text.contains("hookreel-shared"),
        "an empty tree proves nothing: {text}"
    );
    let heavy = text.lines().filter(|line| {
        ["tokio", "quinn", "rustls"]
            .iter()
            .any(|name| line.starts_with(name))
    });
    none(
        &heavy.map(str::to_owned).collect::<Vec<_>>(),
        "these belong behind the feature `net`",
    );
}

impl House {
    fn floor(&self, module: &str) -> Option<usize> {
        self.floors.iter().position(|rooms| rooms.contains(&module))
    }

    fn upward(&self, module: &[String], source: &str) -> Vec<String> {
        let Some(own) = module.first() else {
            return Vec::new();
        };
        let Some(floor) = self.floor(own) else {
            return vec![format!(" module `{own}` has no floor in this test")];
        };
        let excused = |to: &str| {
            EXCEPTIONS
                .iter()
                .any(|e| (e.folder, e.from, e.to) == (self.folder, own, to))
        };
        let mut faults = Vec::new();
        for path in paths(&tokens(source), module) {
            let ("crate", Some(to)) = (path.head(), path.segments.get(1)) else {
                continue;
            };
            let fault = match self.floor(to) {
                _ if to == own || excused(to) => continue,
                Some(below) if below < floor => continue,
                Some(_) => "is not below",
                None => "has no floor, so import from the module that defines it; it is used by",
            };
            faults.push(format!("{}: crate::{to} {fault} {own}", path.line));
        }
        faults
    }
}
