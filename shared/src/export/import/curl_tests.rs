use super::*;
use proptest::prelude::*;

#[test]
fn what_browsers_and_documentation_write_is_read() {
    let read = curl(
        "curl 'https://example.com/hook?a=1#f' \\\n  -H 'accept: */*' -XPUT \\\r\n \
         --data-raw $'{\"a\":\"it\\'s \\u00e9\\x21\"}' --compressed -u me:pw -b 'a=b'",
    )
    .unwrap();
    assert_eq!(read.base.as_deref(), Some("https://example.com"));
    assert_eq!(&read.target[..], b"/hook?a=1");
    assert_eq!(&read.method[..], b"PUT");
    assert_eq!(&read.body[..], "{\"a\":\"it's é!\"}".as_bytes());
    assert_eq!(
        &read.headers.get("Authorization").unwrap()[..],
        b"Basic bWU6cHc="
    );
    assert_eq!(&read.headers.get("Cookie").unwrap()[..], b"a=b");
    let read = curl("curl -G -d a=1 --data-urlencode 'b=x y' localhost:3000").unwrap();
    assert_eq!(&read.target[..], b"/?a=1&b=x+y");
    assert_eq!(&read.method[..], b"GET");
    let read = curl("curl --json '{}' --url http://h/").unwrap();
    assert_eq!(
        &read.headers.get("Content-Type").unwrap()[..],
        b"application/json"
    );
}

#[test]
fn what_cannot_be_read_is_refused_with_its_place() {
    for (line, expected) in [
        ("curl -F a=b http://h/", "word 3 (a=b)"),
        ("curl http://h/ --nonsense", "word 3 (--nonsense)"),
        ("curl -d @file http://h/", "word 3 (@file)"),
        ("wget http://h/", "word 1 (wget)"),
        ("curl 'http://h/", "byte 15"),
        ("curl http://h/ -H", "word 4 (-H)"),
        ("curl", "URL is missing"),
        ("", "not a curl"),
    ] {
        let error = curl(line).unwrap_err().to_string();
        assert!(error.contains(expected), "{line}: {error}");
    }
}

fn body(line: &str) -> String {
    let read = curl(line).unwrap();
    String::from_utf8(read.body.to_vec()).unwrap()
}

#[test]
fn data_is_put_together_as_curl_does_it() {
    // What curl 7.88 sent for these lines.
    for (line, sent) in [
        (
            "--data-urlencode 'b=x y~*-._\u{fc}+/' --data-urlencode '=a=b c'",
            "b=x+y~%2A-._%C3%BC%2B%2F&a%3Db+c",
        ),
        ("--json '{\"a\":1}' --json '{}' -d x=1", "{\"a\":1}{}&x=1"),
        ("-sXPUT -d a -d '' -d b", "a&&b"),
        ("--data-raw @x", "@x"),
        ("-d $'\\u00e9 \\ud83d\\ude00 \\x21'", "\u{e9} \u{1f600} !"),
        ("--data-raw 'a\r\nb'", "a\r\nb"),
    ] {
        assert_eq!(body(&format!("curl {line} http://h/")), sent, "{line}");
    }
}

#[test]
fn options_in_one_word_and_what_they_make_are_read() {
    let read =
        curl("$ curl -sSLkXPUT -ume:pw -r 0-5 --url-query 'a=x y' 'http://h/q?b' -o x | jq .")
            .unwrap();
    assert_eq!(
        (&read.method[..], &read.target[..]),
        (&b"PUT"[..], &b"/q?b&a=x+y"[..])
    );
    let field = |name| read.headers.get(name).map(|value| value.to_vec());
    assert_eq!(field("Authorization"), Some(b"Basic bWU6cHc=".to_vec()));
    assert_eq!(field("Range"), Some(b"bytes=0-5".to_vec()));
    let read =
        curl("curl.exe --oauth2-bearer t -H 'X-A: 1' -H 'x-a:2' -H 'Accept;' http://h/ > out")
            .unwrap();
    let fields: Vec<_> = read
        .headers
        .iter()
        .map(|field| field.value.to_vec())
        .collect();
    assert_eq!(fields, [&b"1"[..], b"2", b"", b"Bearer t"]);
}

#[test]
fn a_line_that_goes_on_may_come_from_windows() {
    let read = curl("curl http://h/x \\\r\n  -H 'A: 1' \\\r\n  -d b\r\n").unwrap();
    assert_eq!((&read.body[..], read.headers.len()), (&b"b"[..], 2));
    let read = curl("curl ^\"http://h/x?a=1^&b=2^\" ^\r\n -H ^\"A: ^\\^\"q^\\^\"^\" ^\r\n --data-raw ^\"^{^}^\"").unwrap();
    assert_eq!(
        (&read.target[..], &read.body[..]),
        (&b"/x?a=1&b=2"[..], &b"{}"[..])
    );
    assert_eq!(&read.headers.get("A").unwrap()[..], b"\"q\"");
}

#[test]
fn a_value_that_only_the_shell_knows_is_not_made_up() {
    for line in [
        "curl http://h/$X",
        "curl -H \"A: ${X}\" http://h/",
        "curl -d \"`x`\" http://h/",
        "curl -d \"$(x)\" http://h/",
        "curl -u me http://h/",
    ] {
        let error = curl(line).unwrap_err().to_string();
        assert!(error.contains("write"), "{line}: {error}");
    }
    for line in [
        "curl -d '$X `x`' http://h/",
        "curl -d \"\\$X 5$\" http://h/",
    ] {
        assert!(body(line).contains('$'), "{line}");
    }
}

proptest! {
    #[test]
    fn any_line_can_be_read(line in "curl [ -~\\n]{0,40}") {
        let _ = curl(&line);
    }
}
