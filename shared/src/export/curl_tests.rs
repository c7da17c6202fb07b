use std::process::Command;

use proptest::prelude::*;

use super::super::import;
use super::*;
use crate::model::testing::{any_headers, exchange};

const BASE: &str = "http://127.0.0.1:3000";

/// Runs a command line in bash with a curl that prints its arguments and its input.
fn in_bash(line: &str) -> (Vec<Vec<u8>>, Vec<u8>) {
    let script = format!(
        "curl() {{ printf '%s\\0' \"$@\"; printf 'INPUT\\0'; \
         for a; do [ \"$a\" = @- ] && cat; done; :; }}\n{line}\n"
    );
    let output = Command::new("bash").arg("-c").arg(script).output().unwrap();
    assert!(output.status.success(), "{line}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{line}");
    let mark = b"INPUT\0";
    let at = output
        .stdout
        .windows(mark.len())
        .position(|w| w == mark)
        .unwrap();
    let args = output.stdout[..at].split(|b| *b == 0).map(<[u8]>::to_vec);
    let mut args: Vec<_> = args.collect();
    args.pop();
    (args, output.stdout[at + mark.len()..].to_vec())
}

fn after<'a>(args: &'a [Vec<u8>], flag: &str) -> Vec<&'a [u8]> {
    let pairs = args.windows(2).filter(|pair| pair[0] == flag.as_bytes());
    pairs.map(|pair| pair[1].as_slice()).collect()
}

#[test]
fn bash_hands_curl_exactly_the_bytes_of_hostile_requests() {
    for body in [
        &b"plain"[..],
        b"@/etc/passwd",
        b"it's \"quoted\" $(touch x) `y` $HOME !! \\ %s\n\n",
        b"\n",
        b"-d",
        b"-n\0",
        b"--\0",
        b"nul\0and \xff\xfe 100%\\'",
        "näive ☃\u{202e}\r\n\t\u{1b}[31m".as_bytes(),
    ] {
        let value = "a'b \"c\" $(d) \\ `e`\u{e9}".as_bytes();
        let sent = exchange("/p?q='$(x)'&{a}[1]", &[("X-A", value), ("x-a", b"")], body);
        let (args, input) = in_bash(&write(&sent, BASE, Body::Inline).unwrap());
        let field = [&b"X-A: "[..], value].concat();
        assert_eq!(after(&args, "-H")[..2], [&field[..], b"x-a;"]);
        assert!(args.contains(&b"http://127.0.0.1:3000/p?q='$(x)'&{a}[1]".to_vec()));
        match after(&args, "--data-raw").first() {
            Some(data) => assert_eq!(*data, body),
            None => assert_eq!(input, body),
        }
    }
}

#[test]
fn a_body_that_was_not_kept_whole_is_refused() {
    let mut sent = exchange("/", &[], b"abc");
    sent.request_body.size = 4;
    let error = write(&sent, BASE, Body::Inline).unwrap_err().to_string();
    assert!(error.contains("3 of the 4 bytes"), "{error}");
}

#[test]
fn the_address_must_be_one() {
    let sent = exchange("/", &[], b"");
    for base in ["", "localhost", "ftp://x/", "http://x/?y", "http://x y/"] {
        assert!(write(&sent, base, Body::Inline).is_err(), "{base}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_command_line_reads_back_as_the_request_it_was_made_from(
        headers in any_headers(),
        body in prop::collection::vec(any::<u8>(), 0..40),
        target in "/[!-~]{0,20}",
    ) {
        let fields: Vec<_> = headers.iter().map(|(n, v)| (n.as_str(), v.as_slice())).collect();
        let sent = exchange(&target, &fields, &body);
        let line = write(&sent, BASE, Body::Inline).unwrap();
        let read = import::curl(&line).unwrap();
        prop_assert_eq!(&read.headers, &sent.request.headers);
        prop_assert_eq!(&read.body[..], &body[..]);
        prop_assert_eq!(&read.target[..], target.as_bytes());
        prop_assert_eq!(&read.method[..], b"POST");
    }
}
