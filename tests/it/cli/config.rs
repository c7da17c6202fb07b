//! Settings from flags, environment and files.

use std::fs;

use super::peers::{Relay, Server, post};
use super::process::{Home, Process};

/// The row of a key in `config show`: value and source.
fn shown(home: &Home, environment: &[(&str, &str)], key: &str) -> String {
    let mut command = home.hookreel(&["config", "show"]);
    command.envs(environment.iter().copied());
    let ended = Process::start(command).end();
    ended.with(0, &[]);
    let row = ended.out.lines().find(|line| line.starts_with(key));
    let row = row.unwrap_or_else(|| panic!("no {key} in {}", ended.out));
    row.split_whitespace().skip(1).collect::<Vec<_>>().join(" ")
}

fn write(home: &Home, text: &str) {
    fs::write(home.path().join("config.toml"), text).expect("written");
}

#[test]
fn init_writes_a_commented_file_that_is_valid_and_never_overwrites() {
    let home = Home::new();
    let file = home.path().join("config.toml");
    let path = home.run(&["config", "path"]);
    path.with(0, &[]);
    assert_eq!(path.out.trim_end(), file.to_str().expect("text"));
    assert!(!file.exists());
    let none = home.run(&["config", "check"]);
    none.with(0, &[]);
    assert_eq!(none.out, "there is no file: the defaults hold\n");

    let init = home.run(&["config", "init"]);
    init.with(0, &[]);
    assert_eq!(init.out, path.out, "says where");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(&file).expect("its mode").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "headers may be secret");
    }
    let text = fs::read_to_string(&file).expect("the file");
    assert!(text.contains("# relay = \"hooks.example.com\""), "{text}");
    let check = home.run(&["config", "check"]);
    check.with(0, &[]);
    assert_eq!(check.out, format!("{}: fine\n", file.display()));
    home.run(&["-q", "3000", "--", "true"]).with(0, &[]);

    fs::write(&file, "name = 'mine'\n").expect("written");
    home.run(&["config", "init"])
        .with(2, &["config.toml", "is there already"]);
    assert_eq!(
        fs::read_to_string(&file).expect("the file"),
        "name = 'mine'\n"
    );
}

#[test]
fn show_tells_where_each_value_comes_from() {
    let home = Home::new();
    assert_eq!(shown(&home, &[], "origin-timeout"), "30 # default");
    write(
        &home,
        "name = 'user'\norigin-timeout = 5\n[headers]\nX-Key = 'hush'\n",
    );
    let user = home.path().join("config.toml");
    assert_eq!(
        shown(&home, &[], "name"),
        format!("\"user\" # {}", user.display())
    );
    let project = home.file("hookreel.toml", "name = 'project'\n");
    assert_eq!(
        shown(&home, &[], "name"),
        format!("\"project\" # {}", project.display())
    );
    let environment = [("HOOKREEL_NAME", "environment")];
    assert_eq!(
        shown(&home, &environment, "name"),
        "\"environment\" # HOOKREEL_NAME"
    );
    assert!(shown(&home, &[], "headers.x-key").starts_with("(set)"));
    assert!(!home.run(&["config", "show"]).out.contains("hush"));
}

#[test]
fn show_names_the_settings_that_have_no_value_too() {
    let home = Home::new();
    let unset = shown(&home, &[], "# not set:");
    assert!(
        unset.contains("relay,") && unset.contains("verify"),
        "{unset}"
    );
    let set = shown(&home, &[("HOOKREEL_RELAY", "a.example")], "# not set:");
    assert!(!set.contains("relay,"), "{set}");
}

#[test]
fn what_is_wrong_in_a_file_is_said_where_it_stops_nothing_too() {
    let home = Home::new();
    write(&home, "name = 'user'\nrelai = 'x'\n");
    let ended = home.run(&["ls"]);
    ended.with(0, &["warning", "config.toml", "relai", "line 2"]);
    let quiet = home.run(&["ls", "-q"]);
    assert!(!quiet.err.contains("relai"), "{quiet:?}");
}

#[test]
fn a_flag_goes_before_environment_project_and_user() {
    let (relay, server, home) = (Relay::start(), Server::answering(), Home::new());
    let name = |environment: &[(&str, &str)], flags: &[&str]| {
        let (at, pin, port) = (relay.text("tunnel"), relay.text("pin"), server.port());
        let base = ["http", &port, "--relay", &at, "--pin", &pin, "--json"];
        let mut command = home.hookreel(&[&base[..], flags].concat());
        command.envs(environment.iter().copied());
        let client = Process::start(command);
        let name = client.json("ready")["name"].as_str().map(str::to_owned);
        client.stop().with(0, &[]);
        name.expect("a name")
    };
    write(&home, "name = 'from-user'\n");
    assert_eq!(name(&[], &[]), "from-user");
    home.file("hookreel.toml", "name = 'from-project'\n");
    assert_eq!(name(&[], &[]), "from-project");
    let environment = [("HOOKREEL_NAME", "from-environment")];
    assert_eq!(name(&environment, &[]), "from-environment");
    assert_eq!(name(&environment, &["-n", "from-flag"]), "from-flag");
}

#[test]
fn relay_and_pin_may_come_from_a_file_that_is_given() {
    let (relay, server, home) = (Relay::start(), Server::answering(), Home::new());
    let text = format!(
        "relay = {:?}\npin = {:?}\noutput = 'json'\n",
        relay.text("tunnel"),
        relay.text("pin")
    );
    home.file("other.toml", text);
    for arguments in [
        &[&server.port(), "-c", "other.toml"],
        &["-c", "other.toml", &server.port()],
    ] {
        let client = Process::start(home.hookreel(arguments));
        assert_eq!(client.json("ready")["relay"], relay.text("tunnel").as_str());
    }
}

#[test]
fn a_projects_file_is_found_from_below_it() {
    let home = Home::new();
    fs::create_dir_all(home.work().join(".git")).expect("a directory");
    fs::create_dir_all(home.work().join("deep/er")).expect("a directory");
    home.file("hookreel.toml", "name = 'project'\n");
    let mut command = home.hookreel(&["config", "show"]);
    command.current_dir(home.work().join("deep/er"));
    assert!(Process::start(command).end().out.contains("\"project\""));
}

#[test]
fn values_that_look_like_numbers_or_truths_are_taken_as_what_the_setting_is() {
    let home = Home::new();
    for (variable, value, key, expected) in [
        ("HOOKREEL_NAME", "42", "name", "\"42\""),
        ("HOOKREEL_NAME", "1", "name", "\"1\""),
        ("HOOKREEL_PATH", "/1", "path", "\"/1\""),
        ("HOOKREEL_DRAIN", "1", "drain", "1"),
        ("HOOKREEL_DRAIN", "0", "drain", "0"),
        ("HOOKREEL_ORIGIN_INSECURE", "1", "origin-insecure", "true"),
    ] {
        let row = shown(&home, &[(variable, value)], key);
        assert_eq!(row, format!("{expected} # {variable}"));
    }
}

#[test]
fn what_is_set_reaches_the_server() {
    let (home, server) = (Home::new(), Server::answering());
    home.file(
        "hookreel.toml",
        "path = '/api'\nhost-header = 'shop.test'\n[headers]\nX-One = 'file'\nX-Two = 'file'\n",
    );
    let client = Process::start(home.hookreel(&[&server.port(), "--json", "-H", "x-two: flag"]));
    let ready = client.json("ready");
    post(ready["url"].as_str().expect("a URL"), "/hooks", "").answer();
    let seen = server.next().text.to_ascii_lowercase();
    for line in [
        "post /api/hooks http/1.1",
        "host: shop.test",
        "x-one: file",
        "x-two: flag",
    ] {
        assert!(
            seen.lines().any(|seen| seen == line),
            "no {line:?} in {seen}"
        );
    }
    assert_eq!(seen.matches("x-two").count(), 1, "{seen}");
}

#[test]
fn check_looks_at_rows_of_providers_too_and_tells_which_take_the_place_of_others() {
    let home = Home::new();
    for (row, said) in [
        (
            "[providers.own]\nname = 'X'\ndetect = [{}]",
            "provider own: detect: ",
        ),
        (
            "[providers.'a b']\nname = 'X'",
            "an id is made of a-z, 0-9 and -",
        ),
        (
            "[providers.own]\nname = \"\\u001b[2J\"",
            "provider own: name is ",
        ),
        (
            "[providers.own]\nname = 'X'\nanswer-within = nan",
            "provider own: ",
        ),
    ] {
        home.file("hookreel.toml", row);
        home.run(&["config", "check"]).with(2, &[said]);
    }
    let own = "[providers.own]\n[[providers.own.detect]]\nheaders = ['X-Own']\n";
    home.file("hookreel.toml", own);
    let fine = home.run(&["config", "check"]);
    fine.with(0, &[]);
    assert!(fine.out.ends_with("hookreel.toml: fine\n"), "{fine:?}");
    home.file("hookreel.toml", "[providers.github]\nname = 'X'\n");
    let told = home.run(&["config", "check"]);
    told.with(0, &[]);
    let line = "providers.github takes the place of the one that comes with hookreel\n";
    assert!(told.out.ends_with(line), "{told:?}");
}

#[test]
fn check_finds_what_a_start_would_stumble_over_or_pass_over() {
    let home = Home::new();
    let scheme = "[[providers.shop.scheme]]\nalgorithm = 'hmac-sha256'\nsigned = ''\n\
                  signature = { at = 'header:X-Sign' }\n";
    for (text, said) in [
        (
            "verify = 'strpe'",
            "verify: no provider is called strpe; did you mean stripe?",
        ),
        (
            "verify = 'stripe'",
            "verify: stripe needs a secret; set one with",
        ),
        ("name = 'BAD NAME'", "name: "),
        ("relay = 'not a host!!'", "relay: "),
        ("pin = 'xyz'", "pin: "),
        ("path = 'api'", "path: "),
        ("[headers]\n'a b' = 'x'", "headers.a b: "),
        (
            "[keys]\nreplay = ['ctrl-shift-foo']",
            "keys.replay: \"ctrl-shift-foo\" is no key",
        ),
        (
            "[keys]\nreply = ['x']",
            "keys.reply: there is no action \"reply\"; did you mean replay?",
        ),
        ("[keys]\nreplay = ['q']", "keys.replay: \"q\" means both"),
        (
            "theme = 'neon'",
            "theme: there is no theme \"neon\"; take one of auto",
        ),
        (
            "[tolerance]\nstrpe = 5",
            "tolerance.strpe: no provider is called strpe; did you mean stripe?",
        ),
        (
            "[providers.shop]\nname = 'Shop'",
            "providers.shop: it has neither detect nor scheme",
        ),
        (scheme, "provider shop: scheme signature: signed is empty"),
    ] {
        home.file("hookreel.toml", text);
        home.run(&["config", "check"]).with(2, &[said]);
    }
    home.file("hookreel.toml", "theme = 'neon'\nname = 'BAD NAME'\n");
    let both = home.run(&["config", "check"]);
    both.with(2, &["hookreel.toml: theme: ", "hookreel.toml: name: "]);
    let mut command = home.hookreel(&["config", "check"]);
    command.env("HOOKREEL_THEME", "neon2");
    Process::start(command)
        .end()
        .with(2, &["HOOKREEL_THEME: theme: "]);
}

#[test]
fn a_start_warns_of_what_has_no_effect() {
    let home = Home::new();
    let text = "theme = 'neon'\n[keys]\nfoo = ['x']\n[tolerance]\nstrpe = 5\n[providers.shop]\n";
    home.file("hookreel.toml", text);
    let ended = home.run(&["-o", "compact", "3000", "--", "true"]);
    let warned = [
        "warning: ",
        "theme: ",
        "keys.foo: ",
        "tolerance.strpe: ",
        "providers.shop: ",
    ];
    ended.with(0, &warned);
    let quiet = home.run(&["-q", "3000", "--", "true"]);
    quiet.with(0, &[]);
    assert_eq!(quiet.err, "");
}
