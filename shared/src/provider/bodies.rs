//! The same body as others may have written it.

/// Other forms the body may have had when it was signed.
pub(super) fn of(body: &[u8]) -> Vec<(Vec<u8>, String)> {
    let mut found: Vec<(Vec<u8>, String)> = Vec::new();
    let mut add = |body: Vec<u8>, how: &str| found.push((body, how.to_owned()));
    if body.ends_with(b"\n") {
        add(
            body.trim_ascii_end().to_vec(),
            "has no line break at the end",
        );
    } else {
        add([body, b"\n"].concat(), "has a line break at the end");
        add(
            [body, b"\r\n"].concat(),
            "has a line break (CR LF) at the end",
        );
    }
    if body.contains(&b'\r') {
        let unix = body.iter().copied().filter(|&byte| byte != b'\r').collect();
        add(unix, "has line breaks without CR");
    } else if body.contains(&b'\n') {
        add(with_cr(body), "has line breaks with CR");
    }
    if !body.is_empty() {
        add(Vec::new(), "is empty");
    }
    found.extend(super::json_forms::of(body));
    found
}

fn with_cr(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + 64);
    for &byte in body {
        if byte == b'\n' {
            out.push(b'\r');
        }
        out.push(byte);
    }
    out
}
