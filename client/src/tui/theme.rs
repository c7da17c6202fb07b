//! Colours by role. The default one uses the terminal's own 16 colours, so it fits light and dark
//! ones alike. Colour is never the only sign: whatever it says is said by a glyph or a word too.

use ratatui::style::{Color, Modifier, Style};

/// A style for each role that something on the screen can play.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    /// What is read.
    pub text: Style,
    /// What is less important than the text beside it.
    pub dim: Style,
    /// Headings.
    pub title: Style,
    /// Frames.
    pub border: Style,
    /// The frame of the pane that has the keys.
    pub border_focused: Style,
    /// The row or line the cursor is on; patched over what stands there.
    pub selected: Style,
    /// It went well.
    pub ok: Style,
    /// It is worth a look.
    pub warn: Style,
    /// It went wrong.
    pub bad: Style,
    /// It is neither good nor bad: a redirect, a replay.
    pub info: Style,
    /// Names: of JSON members, of header fields, of keys to press.
    pub key: Style,
    /// Strings.
    pub string: Style,
    /// Numbers.
    pub number: Style,
    /// `true`, `false`, `null`.
    pub literal: Style,
    /// Brackets, commas, colons.
    pub punct: Style,
    /// In the newer one only.
    pub added: Style,
    /// In the older one only.
    pub removed: Style,
    /// What a search has found; patched over what stands there.
    pub match_: Style,
}

/// There is no theme of that name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no theme {name:?}; take one of {}", Theme::NAMES.join(", "))]
pub struct NoTheme {
    /// What was asked for.
    pub name: String,
}

impl Default for Theme {
    /// The terminal's own colours.
    fn default() -> Self {
        Self::of(&Palette {
            text: Color::Reset,
            dim: None,
            accent: Color::Cyan,
            good: Color::Green,
            warn: Color::Yellow,
            bad: Color::Red,
            info: Color::Blue,
            key: Color::Blue,
            string: Color::Green,
            number: Color::Cyan,
            literal: Color::Magenta,
            selection: None,
        })
    }
}

impl Theme {
    /// The names that [`Theme::named`] knows.
    pub const NAMES: [&'static str; 4] = ["auto", "mono", "night", "paper"];

    /// The theme of that name: `auto` for the terminal's own colours, `mono` for none, `night`
    /// and `paper` for dark and light terminals with 24-bit colours.
    ///
    /// # Errors
    /// [`NoTheme`].
    pub fn named(name: &str) -> Result<Self, NoTheme> {
        match name {
            "auto" => Ok(Self::default()),
            "mono" => Ok(Self::mono()),
            "night" => Ok(Self::of(&Palette::NIGHT)),
            "paper" => Ok(Self::of(&Palette::PAPER)),
            other => Err(NoTheme {
                name: other.to_owned(),
            }),
        }
    }

    /// No colours, for `NO_COLOR` and terminals without any.
    #[must_use]
    pub fn mono() -> Self {
        let plain = Style::new();
        let (bold, dim) = (
            plain.add_modifier(Modifier::BOLD),
            plain.add_modifier(Modifier::DIM),
        );
        Self {
            text: plain,
            dim,
            title: bold,
            border: dim,
            border_focused: bold,
            selected: plain.add_modifier(Modifier::REVERSED),
            ok: plain,
            warn: bold,
            bad: bold,
            info: plain,
            key: bold,
            string: plain,
            number: plain,
            literal: plain,
            punct: dim,
            added: bold,
            removed: dim,
            match_: plain.add_modifier(Modifier::UNDERLINED | Modifier::BOLD),
        }
    }

    fn of(palette: &Palette) -> Self {
        let text = Style::new().fg(palette.text);
        let coloured = |colour| Style::new().fg(colour);
        let bold = |colour| coloured(colour).add_modifier(Modifier::BOLD);
        // A colour of its own where the palette has one; else whatever the terminal calls dim,
        // which can be read on light and dark ones.
        let dim = palette
            .dim
            .map_or(text.add_modifier(Modifier::DIM), coloured);
        let selected = palette
            .selection
            .map_or(reversed(), |colour| Style::new().bg(colour));
        Self {
            text,
            dim,
            title: text.add_modifier(Modifier::BOLD),
            border: dim,
            border_focused: coloured(palette.accent),
            selected,
            ok: coloured(palette.good),
            warn: coloured(palette.warn),
            bad: bold(palette.bad),
            info: coloured(palette.info),
            key: coloured(palette.key),
            string: coloured(palette.string),
            number: coloured(palette.number),
            literal: coloured(palette.literal),
            punct: dim,
            added: coloured(palette.good),
            removed: coloured(palette.bad),
            match_: Style::new()
                .fg(Color::Black)
                .bg(palette.warn)
                .add_modifier(Modifier::BOLD),
        }
    }
}

/// The text's own colours, swapped; those of single words would make a patchwork of the row.
fn reversed() -> Style {
    Style::new()
        .fg(Color::Reset)
        .remove_modifier(Modifier::DIM)
        .add_modifier(Modifier::REVERSED)
}

struct Palette {
    text: Color,
    dim: Option<Color>,
    accent: Color,
    good: Color,
    warn: Color,
    bad: Color,
    info: Color,
    key: Color,
    string: Color,
    number: Color,
    literal: Color,
    selection: Option<Color>,
}

impl Palette {
    const NIGHT: Self = Self {
        text: Color::Rgb(0xd8, 0xde, 0xe9),
        dim: Some(Color::Rgb(0x7b, 0x88, 0xa1)),
        accent: Color::Rgb(0x88, 0xc0, 0xd0),
        good: Color::Rgb(0xa3, 0xbe, 0x8c),
        warn: Color::Rgb(0xeb, 0xcb, 0x8b),
        bad: Color::Rgb(0xe0, 0x7a, 0x84),
        info: Color::Rgb(0x81, 0xa1, 0xc1),
        key: Color::Rgb(0x8f, 0xbc, 0xbb),
        string: Color::Rgb(0xa3, 0xbe, 0x8c),
        number: Color::Rgb(0xd0, 0x9a, 0xc5),
        literal: Color::Rgb(0xd0, 0x87, 0x70),
        selection: Some(Color::Rgb(0x3b, 0x42, 0x52)),
    };
    const PAPER: Self = Self {
        text: Color::Rgb(0x2e, 0x34, 0x40),
        dim: Some(Color::Rgb(0x6b, 0x72, 0x80)),
        accent: Color::Rgb(0x0b, 0x66, 0x8c),
        good: Color::Rgb(0x2f, 0x6b, 0x2f),
        warn: Color::Rgb(0x8a, 0x5a, 0x00),
        bad: Color::Rgb(0xb0, 0x1c, 0x2e),
        info: Color::Rgb(0x1f, 0x4e, 0x9e),
        key: Color::Rgb(0x0b, 0x5e, 0x7a),
        string: Color::Rgb(0x2f, 0x6b, 0x2f),
        number: Color::Rgb(0x8a, 0x2f, 0x7a),
        literal: Color::Rgb(0xa0, 0x42, 0x1a),
        selection: Some(Color::Rgb(0xdd, 0xe4, 0xee)),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_a_theme_and_another_name_is_told_which_there_are() {
        for name in Theme::NAMES {
            assert!(Theme::named(name).is_ok(), "{name}");
        }
        let error = Theme::named("neon").unwrap_err().to_string();
        assert!(error.contains("neon") && error.contains("paper"), "{error}");
    }

    #[test]
    fn the_default_uses_only_the_terminals_own_colours_and_mono_none() {
        let own = |style: Style| {
            let colours = [style.fg, style.bg].into_iter().flatten();
            colours
                .into_iter()
                .all(|colour| !matches!(colour, Color::Rgb(..) | Color::Indexed(_)))
        };
        let theme = Theme::default();
        assert!(
            [theme.text, theme.dim, theme.bad, theme.match_]
                .into_iter()
                .all(own)
        );
        let mono = Theme::mono();
        for style in [
            mono.ok,
            mono.bad,
            mono.added,
            mono.removed,
            mono.match_,
            mono.selected,
        ] {
            assert_eq!((style.fg, style.bg), (None, None));
        }
        assert_ne!(mono.added, mono.removed);
        assert_ne!(mono.ok, mono.bad);
    }
}
