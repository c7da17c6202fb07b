//! A command line of Windows' `cmd` into words, as browsers copy them there. First `cmd` reads its
//! carets, then the program its backslashes and quotation marks.

use super::ImportError;

/// Whether a line is one of `cmd`: it goes on behind a caret, or quotes its quotation marks.
pub(super) fn is_cmd(line: &str) -> bool {
    let mut ends = line.lines().map(str::trim_end);
    let is_bash = ends.clone().any(|line| line.ends_with('\\'));
    !is_bash && (line.contains(" ^\"") || ends.any(|line| line.ends_with(" ^")))
}

/// The words of one line.
pub(super) fn words(line: &str) -> Result<Vec<Vec<u8>>, ImportError> {
    let line = line.replace("\r\n", "\n");
    divided(&without_carets(line.trim_end().as_bytes())).ok_or(ImportError::Quoting {
        offset: line.len(),
        message: "a quotation mark is not closed",
    })
}

fn without_carets(line: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(line.len());
    let (mut quoted, mut at) = (false, 0);
    while let Some(&byte) = line.get(at) {
        at += 1;
        match byte {
            b'^' if !quoted => {
                // The line goes on, and the first byte of the next one is no mark either.
                at += usize::from(line.get(at) == Some(&b'\n'));
                out.extend(line.get(at));
                at += 1;
            }
            b'"' => {
                quoted = !quoted;
                out.push(byte);
            }
            _ => out.push(byte),
        }
    }
    out
}

/// As programs for Windows read their command line: backslashes count before a quotation mark only.
/// None if a mark is not closed.
fn divided(line: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut words = Vec::new();
    let (mut word, mut quoted, mut at) = (None::<Vec<u8>>, false, 0);
    while let Some(&byte) = line.get(at) {
        let rest = line.get(at..).unwrap_or_default();
        let slashes = rest.iter().take_while(|byte| **byte == b'\\').count();
        if slashes > 0 {
            let escapes = rest.get(slashes) == Some(&b'"');
            let kept = if escapes { slashes / 2 } else { slashes };
            let into = word.get_or_insert_default();
            into.resize(into.len() + kept, b'\\');
            at += slashes;
            if escapes && slashes % 2 == 1 {
                into.push(b'"');
                at += 1;
            }
            continue;
        }
        at += 1;
        match byte {
            b'"' if quoted && line.get(at) == Some(&b'"') => {
                word.get_or_insert_default().push(b'"');
                at += 1;
            }
            b'"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            b' ' | b'\t' if !quoted => words.extend(word.take()),
            _ => word.get_or_insert_default().push(byte),
        }
    }
    words.extend(word);
    (!quoted).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Vec<String> {
        assert!(is_cmd(line), "{line}");
        let words = words(line).unwrap();
        words
            .into_iter()
            .map(|word| String::from_utf8(word).unwrap())
            .collect()
    }

    #[test]
    fn what_browsers_copy_for_windows_is_read_as_windows_reads_it() {
        let newer = "curl ^\"https://h/a?b=1^&c=%^252F^\" ^\r\n  -H ^\"accept: ^\\^\"x^\\^\"^\" ^\r\n  --data-raw ^\"^{^\\^\"a^\\^\":^\\^\"\\^\\n^\\^\"^}^\n\nend^\"";
        assert_eq!(
            read(newer),
            [
                "curl",
                "https://h/a?b=1&c=%252F",
                "-H",
                "accept: \"x\"",
                "--data-raw",
                "{\"a\":\"\\\\n\"}\nend"
            ]
        );
        let older = "curl \"https://h/a?b=1&c=2\" ^\r\n  -H \"a: b^c\" ^\r\n  --data-raw \"{\\\"a\\\":1}\" ^\r\n  --compressed";
        assert_eq!(
            read(older),
            [
                "curl",
                "https://h/a?b=1&c=2",
                "-H",
                "a: b^c",
                "--data-raw",
                "{\"a\":1}",
                "--compressed"
            ]
        );
    }

    #[test]
    fn backslashes_count_before_a_quotation_mark_only() {
        assert_eq!(
            read("curl ^\n \"a\\\\\" \"b\\\\\\\"c\" d\\e \"\" \"f\"\"g\""),
            ["curl", "a\\", "b\\\"c", "d\\e", "", "f\"g"]
        );
        assert!(words("curl ^\"a").is_err());
    }

    #[test]
    fn a_line_of_bash_is_none_of_windows() {
        assert!(!is_cmd("curl 'http://h/' -d 'a ^\"b' \\\n -v"));
        assert!(!is_cmd("curl http://h/ -d '2^3'"));
    }
}
