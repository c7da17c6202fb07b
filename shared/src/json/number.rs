//! Whether two numbers of JSON are equal, whatever their size.

/// Digits without zeros at either end, and the power of ten they stand for.
#[derive(PartialEq, Eq)]
struct Decimal<'a> {
    negative: bool,
    digits: (&'a [u8], &'a [u8]),
    exponent: i64,
}

/// Compares two numbers as JSON writes them, exactly, without rounding. Exponents beyond 64 bits are
/// never equal.
#[must_use]
pub fn equal(a: &[u8], b: &[u8]) -> bool {
    match (decimal(a), decimal(b)) {
        (Some(a), Some(b)) => {
            let digits = |d: &Decimal<'_>| -> Vec<u8> { [d.digits.0, d.digits.1].concat() };
            let (da, db) = (digits(&a), digits(&b));
            let (za, zb) = (trimmed(&da), trimmed(&db));
            if za.0.is_empty() || zb.0.is_empty() {
                return za.0 == zb.0;
            }
            let same = za.0 == zb.0 && a.negative == b.negative;
            same && a.exponent.checked_add(za.1) == b.exponent.checked_add(zb.1)
        }
        _ => false,
    }
}

/// Digits without zeros at either end, and how many were cut from the right.
fn trimmed(digits: &[u8]) -> (&[u8], i64) {
    let first = digits
        .iter()
        .position(|d| *d != b'0')
        .unwrap_or(digits.len());
    let last = digits
        .iter()
        .rposition(|d| *d != b'0')
        .map_or(first, |at| at + 1);
    let cut = i64::try_from(digits.len() - last).unwrap_or(i64::MAX);
    (digits.get(first..last).unwrap_or_default(), cut)
}

fn decimal(text: &[u8]) -> Option<Decimal<'_>> {
    let (negative, text) = match text.strip_prefix(b"-") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mark = text.iter().position(|byte| matches!(byte, b'e' | b'E'));
    let (mantissa, power) = match mark {
        Some(mark) => (
            text.get(..mark)?,
            std::str::from_utf8(text.get(mark + 1..)?).ok()?,
        ),
        None => (text, "0"),
    };
    let point = mantissa.iter().position(|byte| *byte == b'.');
    let digits = match point {
        Some(point) => (mantissa.get(..point)?, mantissa.get(point + 1..)?),
        None => (mantissa, &b""[..]),
    };
    let power: i64 = power.trim_start_matches('+').parse().ok()?;
    let exponent = power.checked_sub(i64::try_from(digits.1.len()).ok()?)?;
    Some(Decimal {
        negative,
        digits,
        exponent,
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn equal_numbers_are_equal_however_they_are_written() {
        let equal = |a: &str, b: &str| super::equal(a.as_bytes(), b.as_bytes());
        for (a, b) in [
            ("1", "1.0"),
            ("100", "1e2"),
            ("0.5", "5E-1"),
            ("-0", "0.00"),
            ("1e+3", "1000"),
        ] {
            assert!(equal(a, b), "{a} {b}");
        }
        // As floating point numbers these would be the same.
        assert!(!equal("9007199254740993", "9007199254740992"));
        assert!(!equal("1", "-1") && !equal("1", "10") && !equal("1e99999999999999999999", "1"));
    }
}
