//! Text from strangers, made fit for a terminal: it can be seen, and does nothing.
//!
//! Escape sequences, carriage returns and the like would move the cursor or worse; bidirectional
//! controls and characters without width make a text look like another one (Unicode TR36 §2).
//! Each of them becomes a visible sign, so that nothing is hidden and nothing acts.

use std::borrow::Cow;

/// One line of text. Line ends and tabs become signs too.
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    if !text.contains(acts_or_hides) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    text.chars().for_each(|c| push(&mut shown, c));
    Cow::Owned(shown)
}

/// The lines of a text: cut at LF and CR LF, tabs as four spaces.
pub fn lines(text: &str) -> impl Iterator<Item = Cow<'_, str>> {
    text.lines().map(|text| match line(text) {
        Cow::Owned(shown) => Cow::Owned(shown.replace('␉', "    ")),
        borrowed => borrowed,
    })
}

/// JSON whose strings hold the same and show all of it: what acts or hides is an escape (RFC 8259
/// §7), as JSON has it for the control characters of ASCII anyway.
#[must_use]
pub fn json(text: String) -> String {
    // Outside of strings there is nothing but ASCII.
    let escaped = |c: char| c >= '\u{7f}' && acts_or_hides(c);
    if !text.contains(escaped) {
        return text;
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if escaped(c) {
            let units = c.encode_utf16(&mut [0; 2]).to_vec();
            shown.extend(units.iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Whether a character does something to a terminal, or cannot be seen.
#[must_use]
pub fn acts_or_hides(c: char) -> bool {
    c.is_control()
        || matches!(c,
            // soft hyphen, joiners, fillers
            '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{3164}' | '\u{ffa0}'
            // zero width, bidirectional controls, line and paragraph separators
            | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff0}'..='\u{fffb}'
            // beams and ties of music, overlaps of shorthand: format characters without a sign
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            // variation selectors but the one that makes an emoji of a sign
            | '\u{fe00}'..='\u{fe0e}'
            // tags and the further variation selectors, which can carry a hidden text
            | '\u{e0000}'..='\u{e0fff}'
        )
}

fn push(shown: &mut String, c: char) {
    match c {
        // The pictures of the control characters stand in their order (Unicode block 2400).
        '\0'..='\u{1f}' => shown.extend(char::from_u32(0x2400 + u32::from(c))),
        '\u{7f}' => shown.push('␡'),
        c if acts_or_hides(c) => shown.push_str(&format!("⟨U+{:04X}⟩", u32::from(c))),
        c => shown.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_acts_or_hides_becomes_a_sign_and_the_rest_stays() {
        for (text, shown) in [
            ("plain, Zürich, 漢字 🦀", "plain, Zürich, 漢字 🦀"),
            ("\u{1b}[2J\0\r\n\t\u{7f}", "␛[2J␀␍␊␉␡"),
            ("user\u{202e}txt.exe", "user⟨U+202E⟩txt.exe"),
            ("a\u{200b}b\u{9b}c", "a⟨U+200B⟩b⟨U+009B⟩c"),
            ("\u{feff}x", "⟨U+FEFF⟩x"),
        ] {
            assert_eq!(line(text), shown);
        }
    }

    #[test]
    fn lines_are_cut_at_their_ends_and_a_lone_carriage_return_is_shown() {
        let shown: Vec<_> = lines("a\tb\r\nc\rd\n\ne").collect();
        assert_eq!(shown, ["a    b", "c␍d", "", "e"]);
    }

    #[test]
    fn no_character_there_is_passes_if_it_acts_or_hides() {
        for c in '\0'..=char::MAX {
            let text = c.to_string();
            let shown = line(&text);
            assert!(!shown.contains(acts_or_hides), "{c:?} became {shown:?}");
            assert!(!shown.is_empty(), "{c:?}");
        }
    }

    #[test]
    fn json_with_escapes_says_the_same_and_stays_as_it_is_where_there_is_nothing_to_escape() {
        let value =
            serde_json::json!({"a\u{9b}31m": ["\u{202e}\u{7f}\u{e0041}", "漢字 \\u", "\u{1b}"]});
        let lines = serde_json::to_string_pretty(&value).unwrap();
        let shown = json(lines.clone());
        let read: serde_json::Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(read, value);
        assert!(!shown.replace('\n', "").contains(acts_or_hides), "{shown}");
        assert!(shown.contains("\\udb40\\udc41"), "{shown}");
        let plain = lines.replace(|c| c >= '\u{7f}' && acts_or_hides(c), "");
        assert_eq!(json(plain.clone()), plain);
    }

    proptest! {
        #[test]
        fn no_text_passes_with_a_control_character(text in any::<String>()) {
            prop_assert!(!line(&text).chars().any(char::is_control));
            prop_assert!(!lines(&text).any(|line| line.contains(acts_or_hides)));
        }
    }
}
