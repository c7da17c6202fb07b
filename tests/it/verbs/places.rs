//! Verbs where the history or their output lies in unusual places: a folder that may only be read,
//! a terminal, a pipe that nobody reads, a full disk.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::filling::{Sent, history, id, writer};
use crate::cli::process::{Ended, Home, Process, program};

/// Runs `hookreel` as one whom modes of files hold for: to the superuser, they say nothing.
#[track_caller]
fn run_bound(home: &Home, arguments: &[&str]) -> Ended {
    let is_root = rustix::process::geteuid().is_root();
    let command = match is_root {
        false => home.hookreel(arguments),
        true => {
            let mut command = home.command("setpriv", &["--bounding-set", "-dac_override"]);
            command.arg(program("hookreel")).args(arguments);
            command
        }
    };
    Process::start(command).end()
}

/// A folder that may only be read for as long as this is there.
struct ReadOnly<'a>(&'a Path);

impl<'a> ReadOnly<'a> {
    fn new(folder: &'a Path) -> Self {
        set_modes(folder, 0o500, 0o400);
        Self(folder)
    }
}

impl Drop for ReadOnly<'_> {
    fn drop(&mut self) {
        set_modes(self.0, 0o700, 0o600);
    }
}

fn set_modes(folder: &Path, of_folder: u32, of_files: u32) {
    let set = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode));
    set(folder, 0o700).expect("a mode");
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            set(&path, of_files).expect("a mode");
        }
    }
    set(folder, of_folder).expect("a mode");
}

#[test]
fn a_history_in_a_folder_that_may_only_be_read_is_read() {
    let (home, writer) = history();
    drop(writer);
    let _held = ReadOnly::new(home.path());
    let ended = run_bound(&home, &["ls", "--ids", "body:list | host:nowhere"]);
    ended.with(0, &[]);
    assert_eq!(
        ended.out,
        [6, 2, 1].map(|n| format!("{}\n", id(n))).concat()
    );
    let shown = run_bound(&home, &["show", "@1"]);
    shown.with(0, &[]);
    assert!(shown.out.contains("POST /hooks"), "{shown:?}");
    run_bound(&home, &["wait", "--all", "status:503"]).with(0, &[]);
    run_bound(&home, &["mark", "@1"]).with(1, &["history.lock", "denied"]);
}

#[test]
fn a_history_that_may_only_be_read_is_read_while_another_writes_it() {
    let (home, writer) = history();
    let _held = ReadOnly::new(home.path());
    assert!(writer.put(Sent::new(9, "fresh").entry()));
    writer.flush();
    let ended = run_bound(&home, &["ls", "--ids", "body:fresh"]);
    ended.with(0, &[]);
    assert_eq!(ended.out, format!("{}\n", id(9)));
}

#[test]
fn a_history_that_would_have_to_be_written_first_says_so() {
    let (home, writer) = history();
    let other = Home::new();
    // As a crash leaves it.
    for file in ["history.db", "history.db-wal"] {
        fs::copy(home.path().join(file), other.path().join(file)).expect("a copy");
    }
    drop(writer);
    fs::create_dir(other.path().join("bodies")).expect("a folder");
    let _held = ReadOnly::new(other.path());
    run_bound(&other, &["ls"]).with(1, &["may only be read", "not closed", "set HOOKREEL_HOME"]);
}

#[test]
fn what_is_no_text_is_not_written_to_a_terminal_unless_forced() {
    let (home, _writer) = history();
    let binary = id(3).to_string();
    let shown = |arguments: &[&str]| {
        let mut terminal = home
            .terminal()
            .args(arguments)
            .spawn(program("hookreel"))
            .expect("the program starts");
        let code = terminal.wait_exit().expect("it ends").code();
        (code, terminal.screen().to_string())
    };
    for (arguments, way) in [
        (&["show", &binary, "--raw"][..], "--force"),
        (&["show", &binary, "--raw", "--body"], "--force"),
        (&["export", &binary, "--as", "raw"], "-O FILE"),
    ] {
        let (code, screen) = shown(arguments);
        assert_eq!(code, Some(2), "{screen}");
        assert!(
            screen.contains("no plain text") && !screen.contains("binary"),
            "{screen}"
        );
        assert!(screen.replace('\n', " ").contains(way), "{screen}");
        let (code, screen) = shown(&[arguments, &["--force"]].concat());
        assert_eq!(code, Some(0), "{screen}");
        assert!(screen.contains("binary"), "{screen}");
    }
    let (code, screen) = shown(&["show", &id(2).to_string(), "--raw"]);
    assert_eq!(code, Some(0), "{screen}");
    assert!(screen.contains("\"list\":[1,3]"), "{screen}");
}

/// What writes to standard output, and how it ends if that goes well.
const WRITERS: &[(&[&str], i32)] = &[
    (&["ls"], 0),
    (&["ls", "--json"], 0),
    (&["ls", "--ids"], 0),
    (&["show", "is:failed | status:200"], 0),
    (&["show", "--json"], 0),
    (&["show", "--raw"], 0),
    (&["diff", "@1"], 1),
    (&["diff", "--json", "@2", "@2"], 0),
    (&["export", "--as", "curl", "@1"], 0),
    (&["export", "--as", "har", "--no-redact", "@1"], 0),
    (&["export", "--as", "json", "@1..@6"], 0),
    (&["wait", "--all"], 0),
    (&["config", "show"], 0),
    (&["config", "path"], 0),
    (&["completion", "bash"], 0),
    (&["version"], 0),
    (&["--version"], 0),
    (&["--help"], 0),
    (&["ls", "--help"], 0),
];

#[test]
fn whoever_stops_reading_gets_no_error() {
    let (home, _writer) = history();
    for (arguments, code) in WRITERS {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = home.hookreel(arguments);
        command.stdout(writer);
        let ended = Process::start(command).end();
        assert_eq!(
            (ended.code, &ended.err[..]),
            (Some(*code), ""),
            "{arguments:?}"
        );
    }
}

#[test]
fn a_full_disk_under_standard_output_is_told() {
    let (home, _writer) = history();
    for (arguments, _) in WRITERS {
        let mut command = home.hookreel(arguments);
        command.stdout(
            File::options()
                .write(true)
                .open("/dev/full")
                .expect("a device"),
        );
        let ended = Process::start(command).end();
        assert_eq!(ended.code, Some(1), "{arguments:?}: {ended:?}");
        assert!(
            ended.err.contains("No space left"),
            "{arguments:?}: {ended:?}"
        );
    }
}

#[test]
fn in_a_terminal_several_are_removed_only_if_the_user_says_so() {
    let (home, writer) = history();
    drop(writer);
    let left = || home.run(&["ls", "--ids"]).out.lines().count();
    let all = left();
    let remove = |arguments: &[&str], answer: Option<&str>| {
        let mut terminal = home
            .terminal()
            .args([&["rm"], arguments].concat())
            .spawn(program("hookreel"))
            .expect("the program starts");
        if let Some(answer) = answer {
            terminal
                .wait_until(|screen| screen.contains("[y/N]"))
                .expect("it asks");
            terminal.send_str(answer).expect("typed");
        }
        terminal.wait_exit().expect("it ends").code()
    };
    assert_eq!(remove(&["1..2"], Some("\r")), Some(0), "a no is no error");
    assert_eq!(remove(&["1..2"], Some("n\r")), Some(0));
    assert_eq!(left(), all);
    assert_eq!(remove(&["1..2"], Some("y\r")), Some(0));
    assert_eq!(left(), all - 2);
    assert_eq!(remove(&["@1"], None), Some(0), "one is no many");
    assert_eq!(remove(&["--yes", "@1..@2"], None), Some(0));
    assert_eq!(left(), all - 5);
}

#[test]
fn quiet_is_nothing_but_errors_whatever_the_verb() {
    let (home, _writer) = history();
    home.file("line.sh", "curl http://localhost/x");
    for arguments in [
        &["ls"][..],
        &["show", "@1"],
        &["diff", "@2", "@2"],
        &["wait", "--all"],
        &["mark", "@1"],
        &["note", "@1", "x"],
        &["export", "@1", "--as", "har", "-O", "x.har"],
        &["import", "line.sh"],
        &["rm", "@1"],
    ] {
        let ended = home.run(&[arguments, &["-q"]].concat());
        ended.with(0, &[]);
        assert_eq!(
            (ended.out, ended.err),
            (String::new(), String::new()),
            "{arguments:?}"
        );
    }
    home.run(&["show", "-q", "req_7zzzzzzzzz"])
        .with(1, &["no exchange"]);
}

#[test]
fn of_several_exchanges_those_that_a_form_cannot_take_are_left_out_and_named() {
    let home = Home::new();
    let writer = writer(&home);
    let mut truncated = Sent::new(2, "begin").entry();
    truncated.exchange.request_body.size = 5_000_000;
    for entry in [
        Sent::new(1, "{}").entry(),
        truncated,
        Sent::new(3, "{}").entry(),
    ] {
        assert!(writer.put(entry));
    }
    writer.flush();
    for form in ["curl", "httpie", "http"] {
        let ended = home.run(&["export", "@1..@3", "--as", form]);
        let left = format!("left out: {}", id(2));
        ended.with(1, &[&left, "1 of 3 were left out"]);
        assert_eq!(ended.out.matches("/hooks").count(), 2, "{form}: {ended:?}");
        assert!(!ended.out.contains("begin"), "{form}: {ended:?}");
    }
    for form in ["raw", "fixture"] {
        let folder = format!("{form}/");
        let ended = home.run(&["export", "@1..@3", "--as", form, "-O", &folder]);
        ended.with(1, &["1 of 3 were left out"]);
        let files = fs::read_dir(home.work().join(form)).expect("a folder");
        assert_eq!(files.count(), 2, "{form}");
    }
    let har = home.run(&["export", "@1..@3", "--as", "har"]);
    har.with(0, &[]);
    assert_eq!(har.out.matches("startedDateTime").count(), 3);
    assert!(
        har.out
            .contains("only the first 5 of 5000000 bytes were kept")
    );
    home.run(&["export", "@2", "--as", "curl"])
        .with(1, &["only 5 of the 5000000"]);
}

#[test]
fn what_the_disk_has_lost_is_left_out_and_no_other_form_is_said_to_take_it() {
    let home = Home::new();
    for n in 1..=2 {
        assert!(writer(&home).put(Sent::new(n, "{}").entry()));
        let log = home.path().join("bodies/log-1");
        let beginning = File::options().write(true).open(log).expect("a log");
        match n {
            1 => beginning.set_len(0).expect("a shorter log"),
            _ => drop(beginning),
        }
    }
    let ended = home.run(&["export", "@1..@2", "--as", "json"]);
    let left = format!("left out: {} is damaged", id(1));
    ended.with(1, &[&left, "1 of 2 were left out"]);
    assert!(!ended.err.contains("takes"), "{ended:?}");
    assert_eq!(ended.out.lines().count(), 1);
}

#[test]
fn ids_alone_are_an_output_of_their_own() {
    let (home, _writer) = history();
    for verb in ["ls", "tail"] {
        home.run(&[verb, "--ids", "--json"]).with(2, &["leave out"]);
    }
}

#[test]
fn a_history_that_is_none_says_what_to_do() {
    let (home, writer) = history();
    drop(writer);
    let database = hookreel::store::Place::new(home.path()).database();
    for ends in ["-wal", "-shm"] {
        let beside = format!("{}{ends}", database.display());
        let _ = fs::remove_file(beside);
    }
    fs::write(&database, "no database".repeat(1000)).expect("it is ours");
    let said = "it is damaged: move it away";
    home.run(&["ls"]).with(1, &[said]);
    home.file("one.sh", "curl http://h/");
    home.run(&["import", "one.sh"]).with(1, &[said]);
    fs::rename(&database, home.path().join("damaged")).expect("it is ours");
    home.run(&["import", "one.sh"]).with(0, &["1 imported"]);
}
