//! A bash command line into words of bytes. The crate `shell-words` does it; what it does not
//! know, bash's `$'…'`, is spelled in its terms before. Each byte stands as one `char` of the
//! same number meanwhile, so that bytes which are no text pass.

use super::ImportError;

/// The words of one line.
pub(super) fn words(line: &str) -> Result<Vec<Vec<u8>>, ImportError> {
    let spelled: String = without_ansi_c(line.as_bytes())?
        .into_iter()
        .map(char::from)
        .collect();
    let words = shell_words::split(&spelled).map_err(|_| ImportError::Quoting {
        offset: line.len(),
        message: "a quotation mark is not closed",
    })?;
    Ok(words.iter().map(|word| narrow(word)).collect())
}

fn narrow(word: &str) -> Vec<u8> {
    word.chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))
        .collect()
}

fn without_ansi_c(line: &[u8]) -> Result<Vec<u8>, ImportError> {
    let mut out = Vec::with_capacity(line.len());
    let mut quote = None;
    let mut at = 0;
    while let Some(&byte) = line.get(at) {
        if quote.is_none() && byte == b'$' && line.get(at + 1) == Some(&b'\'') {
            let inside = line.get(at + 2..).unwrap_or_default();
            let length = end_of(inside).ok_or(ImportError::Quoting {
                offset: at,
                message: "$' is not closed",
            })?;
            let plain = unescape(inside.get(..length).unwrap_or_default(), false);
            let wide: String = plain.into_iter().map(char::from).collect();
            out.extend(narrow(&shell_words::quote(&wide)));
            at += length + 3;
            continue;
        }
        let next = line.get(at + 1);
        // A file of Windows; what stands in quotes is of the user.
        if quote.is_none() && byte == b'\r' && next == Some(&b'\n') {
            at += 1;
            continue;
        }
        if byte == b'\\' && quote != Some(b'\'') {
            if line
                .get(at + 1..)
                .is_some_and(|rest| rest.starts_with(b"\r\n"))
            {
                at += 3;
                continue;
            }
            out.push(byte);
            out.extend(next);
            at += 2;
            continue;
        }
        let named = |next: &u8| next.is_ascii_alphabetic() || b"_{(".contains(next);
        if quote != Some(b'\'') && (byte == b'`' || byte == b'$' && next.is_some_and(named)) {
            return Err(ImportError::Quoting {
                offset: at,
                message: "the shell would put a value in here: write it out",
            });
        }
        match quote {
            Some(open) if open == byte => quote = None,
            None if matches!(byte, b'\'' | b'"') => quote = Some(byte),
            _ => {}
        }
        out.push(byte);
        at += 1;
    }
    Ok(out)
}

/// Where the closing mark stands.
fn end_of(inside: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        match inside.get(at)? {
            b'\'' => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// The escapes of `$'…'` (bash manual §3.1.2.4); with `printf`, also its `%%`.
pub(super) fn unescape(text: &[u8], printf: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        at += 1;
        if printf && byte == b'%' && text.get(at) == Some(&b'%') {
            at += 1;
        }
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        let Some(&letter) = text.get(at) else {
            out.push(byte);
            break;
        };
        at += 1;
        let number = |from: usize, most: usize, radix: u32| {
            let digits = text.get(from..).unwrap_or_default().iter().take(most);
            let digits = digits.map_while(|digit| char::from(*digit).to_digit(radix));
            let (count, value) =
                digits.fold((0, 0), |(n, sum), digit| (n + 1, sum * radix + digit));
            (from + count, (count > 0).then_some(value))
        };
        match letter {
            b'n' => out.push(b'\n'),
            b't' => out.push(b'\t'),
            b'r' => out.push(b'\r'),
            b'a' => out.push(7),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'v' => out.push(11),
            b'e' | b'E' => out.push(27),
            b'\\' | b'\'' | b'"' | b'?' => out.push(letter),
            b'0'..=b'7' => {
                let (end, value) = number(at - 1, 3, 8);
                at = end;
                let value = value.unwrap_or(0);
                out.push(u8::try_from(value & 0xff).unwrap_or(0));
            }
            b'x' | b'u' | b'U' => {
                let most = match letter {
                    b'x' => 2,
                    b'u' => 4,
                    _ => 8,
                };
                let (end, value) = number(at, most, 16);
                at = end;
                match (value, letter) {
                    (None, _) => out.extend([b'\\', letter]),
                    (Some(value), b'x') => out.push(u8::try_from(value).unwrap_or(0)),
                    (Some(value), _) => {
                        // Browsers spell what is above U+FFFF as two halves of UTF-16.
                        let low = text.get(at..at + 2) == Some(b"\\u");
                        let (behind, low) = if low {
                            number(at + 2, 4, 16)
                        } else {
                            (at, None)
                        };
                        let c = match low.and_then(|low| paired(value, low)) {
                            Some(whole) => {
                                at = behind;
                                whole
                            }
                            None => char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER),
                        };
                        out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                    }
                }
            }
            _ => out.extend([b'\\', letter]),
        }
    }
    out
}

/// What two halves of UTF-16 stand for; none if they are none.
fn paired(high: u32, low: u32) -> Option<char> {
    let halves = [u16::try_from(high).ok()?, u16::try_from(low).ok()?];
    let is_high = (0xd800..0xdc00).contains(&halves[0]);
    char::decode_utf16(halves).next()?.ok().filter(|_| is_high)
}
