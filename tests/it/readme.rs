//! Every command and link in README.md, followed.

mod gate;
mod signing;
mod verbs;

use std::fs;
use std::path::PathBuf;

use hookreel_shared::filter;

use crate::cli::peers::{Relay, Server, post};
use crate::cli::process::{Home, Process, program};
use crate::cli::remote::certificates;

/// Does what a command says, and checks what comes of it.
type Follow = fn(&str);

/// How each command of README.md is run. All of them are here and in [`signing::COMMANDS`], and no
/// others.
const COMMANDS: &[(&str, Follow)] = &[
    ("cargo run --release -- demo", demo),
    ("cargo install --locked --path client", install),
    ("cargo install --locked --path relay", install),
    ("hookreel 3000", works),
    ("hookreel 3000 --name my-app", named),
    ("hookreel http api=3000 web=5173", two),
    (
        "hookreel http --forward-to http://localhost:3000/api/hooks",
        below,
    ),
    ("hookreel 3000 -H 'X-Debug: 1'", header),
    ("hookreel 3000 -- npm run dev", beside),
    ("hookreel 3000 -o json", json),
    ("hookreel 3000 --url-file url.txt", file),
    ("hookreel 3000 --host-header keep", keep),
    ("hookreel 3000 -o compact", works),
    ("hookreel 3000 --no-record", unrecorded),
    ("hookreel 3000 --verify stripe", gate::checks),
    ("hookreel ls status:5xx since:1h", verbs::lists),
    ("hookreel ls 'status:5xx | is:failed'", verbs::lists),
    ("hookreel ls --words 'order paid'", verbs::finds),
    ("hookreel show @1", verbs::shows),
    ("hookreel tail", verbs::follows),
    ("hookreel replay @1", verbs::replays),
    (
        "hookreel replay 'status:5xx since:1h' --to http://localhost:4000",
        verbs::replays_elsewhere,
    ),
    ("hookreel diff @2 @1", verbs::compares),
    ("hookreel export @1 --as curl", verbs::exports),
    ("hookreel import traffic.har", verbs::imports),
    (
        "hookreel wait 'path:/webhooks*' --timeout 30s",
        verbs::waits,
    ),
    ("hookreel ls --help", ends),
    ("hookreel http --help", ends),
    ("hookreel config init", ends),
    ("hookreel config show", ends),
    ("hookreel config check", ends),
    (
        "hookreel-relay serve --domain hooks.example.com --tls files --cert chain.pem \
         --key key.pem --https 0.0.0.0:443 --http 0.0.0.0:80 --tunnel 0.0.0.0:443 \
         --data /var/lib/hookreel --anonymous",
        public_relay,
    ),
    (
        "hookreel-relay serve --domain hooks.localhost --http 127.0.0.1:8080 --tunnel 127.0.0.1:4433",
        trial_relay,
    ),
    (
        "hookreel 3000 --relay 127.0.0.1:4433 --pin sha256:…",
        trial_client,
    ),
    ("tests/run", whole_suite),
    ("tests/run --long", whole_suite),
    ("tests/picture/run /tmp/screen.svg", picture),
];

const PROGRAMS: &[&str] = &[
    "hookreel",
    "hookreel-relay",
    "cargo",
    "tests/run",
    "tests/picture/run",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).expect("there is a README")
}

/// Commands in code blocks for shells and in code within text, in order, each once.
fn commands(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for (at, part) in text.split("```").enumerate() {
        let lines = part.strip_prefix("sh\n");
        let lines: Vec<String> = match (at % 2, lines) {
            (1, Some(lines)) => lines.lines().map(str::to_owned).collect(),
            (1, None) => Vec::new(),
            _ => {
                let text = part.replace('\n', " ");
                let code = text.split('`').skip(1).step_by(2);
                let is_command = |code: &&str| {
                    let (program, arguments) = code.split_once(' ').unwrap_or_default();
                    PROGRAMS.contains(&program) && !arguments.is_empty()
                };
                code.filter(is_command).map(str::to_owned).collect()
            }
        };
        for line in lines {
            if !line.is_empty() && !found.contains(&line) {
                found.push(line);
            }
        }
    }
    found
}

#[test]
fn commands_are_found_in_shell_blocks_and_in_text() {
    let text = "a `hookreel x\ny` and `hookreel` and `other z`\n```sh\ntests/run\n\nls\n```\n\
                ```text\nhookreel no\n```\n| a | `cargo b` |";
    let found = ["hookreel x y", "tests/run", "ls", "cargo b"];
    assert_eq!(commands(text), found);
}

#[test]
fn the_table_here_has_the_commands_of_the_readme_and_no_others() {
    let mut written = commands(&readme());
    let all = COMMANDS.iter().chain(signing::COMMANDS);
    let mut known: Vec<_> = all.map(|(line, _)| (*line).to_owned()).collect();
    written.sort();
    known.sort();
    assert_eq!(written, known, "README.md, and COMMANDS in this file");
}

#[test]
fn every_command_of_the_readme_works() {
    for (line, follow) in COMMANDS.iter().chain(signing::COMMANDS) {
        println!("$ {line}");
        follow(line);
    }
}

#[test]
fn links_lead_to_files_that_are_there() {
    let text = readme();
    let targets = text
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    let mut count = 0;
    for target in targets.filter(|target| !target.contains("://")) {
        let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
        assert!(root().join(file).exists(), "{target}");
        assert_eq!(anchor, "", "{target}: headings are not looked up here");
        count += 1;
    }
    assert!(count > 0, "README.md has links");
}

#[test]
fn every_filter_of_the_readme_is_one() {
    let text = readme();
    let (_, section) = text.split_once("### Filters").expect("a section");
    let block = section.split("```").nth(1).expect("a block");
    let lines: Vec<_> = block.lines().skip(1).collect();
    assert!(lines.len() > 5, "{block}");
    for line in lines {
        let (expression, _) = line.split_once(" # ").expect("what it means");
        if let Err(error) = filter::parse(expression) {
            panic!("{expression}: {error}");
        }
    }
}

/// Runs a line in a shell that finds our programs.
fn shell(home: &Home, line: &str) -> Process {
    let mut command = home.command("sh", &["-c", &format!("exec {line}")]);
    let ours = program("hookreel")
        .parent()
        .expect("a directory")
        .to_owned();
    let theirs = std::env::var_os("PATH").unwrap_or_default();
    let mut path = vec![home.work(), ours];
    path.extend(std::env::split_paths(&theirs));
    command.env("PATH", std::env::join_paths(path).expect("a path"));
    Process::start(command)
}

/// A tunnel started as written, to a server of ours in place of the one on port 3000.
struct Tunnel {
    home: Home,
    server: Server,
    client: Process,
    url: String,
}

impl Tunnel {
    fn start(line: &str) -> Self {
        let (home, server) = (Home::new(), Server::answering());
        let client = shell(&home, &line.replace("3000", &server.port()));
        let first = client.line();
        let url = first.split(" → ").next().unwrap_or_default().to_owned();
        Self {
            home,
            server,
            client,
            url,
        }
    }

    /// What the server gets of a webhook.
    fn webhook(&self) -> String {
        let answer = post(&self.url, "/webhooks", "{}").answer();
        assert!(answer.ends_with("got it"), "{answer}");
        self.server.next().text.to_ascii_lowercase()
    }
}

fn demo(line: &str) {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("a manifest");
    assert!(
        manifest.contains("default-members = [\"client\"]"),
        "cargo run means hookreel"
    );
    let line = line.replace("cargo run --release --", "hookreel");
    shell(&Home::new(), &line).end().with(0, &[]);
}

fn install(line: &str) {
    let path = line.rsplit(' ').next().unwrap_or_default();
    let manifest = fs::read_to_string(root().join(path).join("Cargo.toml")).expect("a manifest");
    let binary = if path == "client" {
        "hookreel"
    } else {
        "hookreel-relay"
    };
    assert!(manifest.contains(&format!("name = \"{binary}\"")), "{path}");
    assert!(root().join(path).join("src/main.rs").exists(), "{path}");
}

fn works(line: &str) {
    let tunnel = Tunnel::start(line);
    assert!(tunnel.webhook().starts_with("post /webhooks http/1.1"));
    assert!(tunnel.client.line().starts_with("also http://localhost:"));
    tunnel.client.stop().with(0, &[]);
}

fn named(line: &str) {
    let tunnel = Tunnel::start(line);
    assert!(tunnel.url.starts_with("http://my-app.localhost:"));
    tunnel.webhook();
}

fn two(line: &str) {
    let web = Server::answering();
    let tunnel = Tunnel::start(&line.replace("5173", &web.port()));
    // Each has one address: the bare one could be either's.
    let other = tunnel.client.line();
    let of = |name: &str| {
        let start = format!("http://{name}.localhost:");
        tunnel.url.starts_with(&start) || other.starts_with(&start)
    };
    assert!(of("api") && of("web"), "{} {other}", tunnel.url);
}

fn below(line: &str) {
    let seen = Tunnel::start(line).webhook();
    assert!(
        seen.starts_with("post /api/hooks/webhooks http/1.1"),
        "{seen}"
    );
}

fn header(line: &str) {
    let seen = Tunnel::start(line).webhook();
    assert!(seen.contains("\r\nx-debug: 1\r\n"), "{seen}");
}

fn beside(line: &str) {
    let (home, server) = (Home::new(), Server::answering());
    let npm = home.file("npm", "#!/bin/sh\necho \"$@ at $HOOKREEL_URL\"\n");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(npm, mode).expect("a mode");
    let ended = shell(&home, &line.replace("3000", &server.port())).end();
    ended.with(0, &[]);
    assert!(ended.out.contains("run dev at http://"), "{ended:?}");
}

fn json(line: &str) {
    let (home, server) = (Home::new(), Server::answering());
    let client = shell(&home, &line.replace("3000", &server.port()));
    client.json("ready");
}

fn file(line: &str) {
    let tunnel = Tunnel::start(line);
    tunnel.webhook();
    let home = &tunnel.home;
    tunnel.client.stop().with(0, &[]);
    let text = fs::read_to_string(home.work().join("url.txt")).expect("the file");
    assert_eq!(text.trim_end(), tunnel.url);
}

fn keep(line: &str) {
    let tunnel = Tunnel::start(line);
    let host = tunnel.url.replace("http://", "\r\nhost: ");
    let seen = tunnel.webhook();
    assert!(seen.contains(&format!("{host}\r\n")), "{seen}");
}

fn unrecorded(line: &str) {
    let tunnel = Tunnel::start(line);
    tunnel.webhook();
    let home = &tunnel.home;
    tunnel.client.stop().with(0, &[]);
    assert!(!home.path().join("history.db").exists());
}

fn ends(line: &str) {
    let ended = shell(&Home::new(), line).end();
    ended.with(0, &[]);
    assert_ne!(ended.out, "");
}

/// Addresses that belong to the machine are replaced by free ones of loopback.
fn relay(home: &Home, line: &str) -> Process {
    let data = home.work().join("data");
    let line = line.replace("/var/lib/hookreel", data.to_str().expect("text"));
    let words: Vec<_> = line
        .split(' ')
        .map(
            |word| match word.starts_with("0.0.0.0:") || word.starts_with("127.0.0.1:") {
                true => "127.0.0.1:0",
                false => word,
            },
        )
        .collect();
    shell(home, &format!("{} --admin 127.0.0.1:0", words.join(" ")))
}

fn public_relay(line: &str) {
    let home = Home::new();
    certificates(&home);
    let relay = relay(&home, line);
    assert!(relay.line().starts_with("public  http://"));
    assert!(relay.line().starts_with("public  https://"));
    assert!(relay.line().starts_with("tunnel  "));
    relay.stop().with(0, &[]);
}

fn trial_relay(line: &str) {
    let home = Home::new();
    let relay = relay(&home, line);
    assert!(relay.line().starts_with("public  http://"));
    assert!(relay.line().starts_with("tunnel  "));
}

fn trial_client(line: &str) {
    let relay = Relay::start();
    let line = line.replace("127.0.0.1:4433", &relay.text("tunnel"));
    let tunnel = Tunnel::start(&line.replace("sha256:…", &relay.text("pin")));
    tunnel.webhook();
}

/// The picture itself is looked at, not compared: every change of the screen changes it.
fn picture(line: &str) {
    let script = root().join(line.split(' ').next().expect("a program"));
    let script = script.to_str().expect("a path that is text");
    let ended = Process::start(Home::new().command(script, &["--help"])).end();
    ended.with(0, &[]);
    assert!(ended.out.contains(".github/screen.svg"), "{ended:?}");
    let shown = fs::read_to_string(root().join(".github/screen.svg")).expect("a picture");
    assert!(shown.contains("connected"), "it is one of the screen");
}

fn whole_suite(line: &str) {
    let script = root().join("tests/run");
    let script = script.to_str().expect("a path that is text");
    let ended = Process::start(Home::new().command(script, &["--help"])).end();
    ended.with(0, &[]);
    for argument in line.split(' ').skip(1) {
        assert!(ended.out.contains(argument), "{argument}");
    }
}
