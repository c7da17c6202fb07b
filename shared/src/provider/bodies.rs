//! The same body as others may have written it.

use super::json_forms;

type Form = (fn(&[u8]) -> Vec<u8>, &'static str);

/// The first of the forms a body may have had when it was signed that will do, in words.
pub(super) fn first(body: &[u8], mut will_do: impl FnMut(&[u8]) -> bool) -> Option<String> {
    let line_breaks: [Form; 6] = [
        (
            |body| body.trim_ascii_end().to_vec(),
            "has no line break at the end",
        ),
        (|body| [body, b"\n"].concat(), "has a line break at the end"),
        (
            |body| [body, b"\r\n"].concat(),
            "has a line break (CR LF) at the end",
        ),
        (without_cr, "has line breaks without CR"),
        (with_cr, "has line breaks with CR"),
        (|_| Vec::new(), "is empty"),
    ];
    let mut differs = |other: Vec<u8>| other != body && will_do(&other);
    line_breaks
        .into_iter()
        .find_map(|(written, how)| differs(written(body)).then(|| how.to_owned()))
        .or_else(|| json_forms::first(body, differs))
}

fn without_cr(body: &[u8]) -> Vec<u8> {
    body.iter().copied().filter(|&byte| byte != b'\r').collect()
}

fn with_cr(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + 64);
    for byte in without_cr(body) {
        if byte == b'\n' {
            out.push(b'\r');
        }
        out.push(byte);
    }
    out
}
