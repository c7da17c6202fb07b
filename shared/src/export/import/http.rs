//! `.http` files, as REST clients of editors write them. Variables of the file itself are put in;
//! what asks for other files, scripts or environments is refused.

use std::collections::HashMap;

use super::{Each, ImportError, Imported, divided, is_field, is_method};
use crate::model::Headers;

/// One request of a file, and the line it begins at; the first is 1.
struct Block<'a> {
    line: usize,
    lines: Vec<&'a str>,
}

/// Reads all requests of a file. A body ends before the empty lines at the end of its request.
///
/// Of a request that cannot be made from the file alone, [`ImportError::Line`] stands in its
/// place.
#[must_use]
pub fn http(text: &str) -> Each<Imported> {
    let mut variables = HashMap::new();
    let mut found = Vec::new();
    for block in blocks(text) {
        match request(&block, &mut variables) {
            Ok(None) => {}
            Ok(Some(read)) => found.push(Ok(read)),
            Err((line, message)) => found.push(Err(ImportError::Line { line, message })),
        }
    }
    found
}

fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = vec![Block {
        line: 1,
        lines: Vec::new(),
    }];
    for (line, number) in text.lines().zip(1..) {
        if line.starts_with("###") {
            blocks.push(Block {
                line: number + 1,
                lines: Vec::new(),
            });
        } else if let Some(block) = blocks.last_mut() {
            block.lines.push(line);
        }
    }
    blocks
}

type Fault = (usize, String);

fn request(
    block: &Block<'_>,
    variables: &mut HashMap<String, String>,
) -> Result<Option<Imported>, Fault> {
    let mut lines = block.lines.iter().copied().zip(block.line..).peekable();
    let mut start = None;
    for (line, number) in lines.by_ref() {
        let line = line.trim();
        let is_comment = line.starts_with('#') || line.starts_with("//");
        if let Some((name, value)) = line.strip_prefix('@').and_then(|line| line.split_once('=')) {
            let value = filled(value.trim(), variables).map_err(|message| (number, message))?;
            variables.insert(name.trim().to_owned(), value);
        } else if !line.is_empty() && !is_comment {
            start = Some((line.to_owned(), number));
            break;
        }
    }
    let Some((mut line, at)) = start else {
        return Ok(None);
    };
    // A query may go on over the next lines.
    while let Some((more, _)) =
        lines.next_if(|(line, _)| line.starts_with([' ', '\t']) && !line.trim().is_empty())
    {
        line += more.trim();
    }
    let fault = |number: usize| move |message: String| (number, message);
    let (method, url) = start_line(&filled(&line, variables).map_err(fault(at))?);
    if !is_method(method.as_bytes()) {
        return Err((at, format!("not a method: {method:?}")));
    }
    let (base, target) = divided(url.as_bytes())
        .ok_or_else(|| (at, format!("not an http or https URL: {url:?}")))?;
    let mut headers = Headers::new();
    for (line, number) in lines.by_ref() {
        if line.trim().is_empty() {
            break;
        }
        let line = filled(line, variables).map_err(fault(number))?;
        let field = line
            .split_once(':')
            .map(|(name, value)| (name.trim(), value.trim()));
        let field = field.filter(|(name, value)| is_field(name.as_bytes(), value.as_bytes()));
        let (name, value) =
            field.ok_or_else(|| (number, format!("not a header field: {line:?}")))?;
        headers.push(name.to_owned(), value.to_owned());
    }
    let mut body = Vec::new();
    for (line, number) in lines {
        if line.starts_with("< ") || line.starts_with("<@") {
            return Err((number, "the body is in another file".to_owned()));
        }
        // What an editor does with the answer.
        if line.starts_with("> ") || line.starts_with("<> ") {
            break;
        }
        body.push(filled(line, variables).map_err(fault(number))?);
    }
    let body = body.join("\n");
    Ok(Some(Imported {
        method: method.into(),
        base: Some(base),
        target,
        headers,
        body: body.trim_end_matches(['\n', '\r']).to_owned().into(),
        cut: false,
        response: None,
        at: None,
        took: None,
    }))
}

/// Method and URL; a line may be the URL alone, and may end with the version of HTTP.
fn start_line(line: &str) -> (String, String) {
    let line = match line.rsplit_once(char::is_whitespace) {
        Some((rest, version)) if version.starts_with("HTTP/") => rest.trim_end(),
        _ => line,
    };
    match line.split_once(char::is_whitespace) {
        Some((method, url)) => (method.to_owned(), url.trim().to_owned()),
        None => ("GET".to_owned(), line.to_owned()),
    }
}

/// A text with its variables put in.
fn filled(text: &str, variables: &HashMap<String, String>) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("{{") {
        let (name, behind) = behind
            .split_once("}}")
            .ok_or_else(|| "a {{ is never closed".to_owned())?;
        let value = variables
            .get(name.trim())
            .ok_or_else(|| format!("the file does not say what {{{{{}}}}} is", name.trim()))?;
        out += before;
        out += value;
        rest = behind;
    }
    Ok(out + rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::http::write;
    use crate::model::testing::exchange;
    use proptest::prelude::*;

    #[test]
    fn requests_are_read_with_the_variables_of_their_file() {
        let text = "@host = http://demo.localhost:7080\n\n# a comment\n// another\n\
            GET {{host}}/a\n    ?b=1\n    &c=2 HTTP/1.1\nAccept: */*\n\n\
            ### second\n@x=1\nPOST {{host}}/{{ x }}\nContent-Type: application/json\n\n{\n\n \"a\": 1\n}\n\n\
            > {% client.test() %}\n###\n\n### third\nhttps://h.example\n";
        let read: Vec<_> = http(text).into_iter().map(Result::unwrap).collect();
        assert_eq!(read.len(), 3);
        assert_eq!(
            (&read[0].method[..], &read[0].target[..]),
            (&b"GET"[..], &b"/a?b=1&c=2"[..])
        );
        assert_eq!(read[0].base.as_deref(), Some("http://demo.localhost:7080"));
        assert_eq!(&read[1].target[..], b"/1");
        assert_eq!(&read[1].body[..], b"{\n\n \"a\": 1\n}");
        assert_eq!(
            read[1].headers.get("content-type").unwrap(),
            "application/json"
        );
        assert_eq!(
            (&read[2].method[..], &read[2].target[..]),
            (&b"GET"[..], &b"/"[..])
        );
    }

    #[test]
    fn what_a_file_alone_does_not_say_is_refused_with_its_line() {
        let text = "GET http://h/{{token}}\n### b\nPOST http://h/\n\n< ./body.json\n###\nPOST http://h/\nno field\n###\nPOST ftp://h/\n";
        let said: Vec<_> = http(text)
            .into_iter()
            .map(|one| one.unwrap_err().to_string())
            .collect();
        assert_eq!(
            said,
            [
                "line 1: the file does not say what {{token}} is",
                "line 5: the body is in another file",
                "line 8: not a header field: \"no field\"",
                "line 10: not an http or https URL: \"ftp://h/\"",
            ]
        );
    }

    proptest! {
        #[test]
        fn what_we_write_is_read_as_the_same_request(
            value in "[!-~]([ -~]{0,8}[!-~])?", body in "[ -~\\n]{0,30}", target in "/[a-z?&=%20]{0,12}",
        ) {
            let sent = exchange(&target, &[("X-A", value.as_bytes())], body.as_bytes());
            if let Ok(text) = write(&[(&sent, "http://h:1")]) {
                let read = http(&text).remove(0).unwrap();
                prop_assert_eq!(&read.headers, &sent.request.headers);
                prop_assert_eq!(&read.target, &sent.request.target);
                prop_assert_eq!(&read.body[..], body.trim_end_matches('\n').as_bytes());
            }
        }

        #[test]
        fn any_text_can_be_read(text in any::<String>()) {
            let _ = http(&text);
        }
    }
}
