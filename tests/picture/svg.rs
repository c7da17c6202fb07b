//! Cells of a terminal, drawn.

use std::fmt::Write;

use termlens::{Color, Screen, Style};

/// A place on the screen.
#[derive(Clone)]
pub struct Cell {
    /// What stands there; empty where nothing does, or the right half of the cell before.
    pub text: String,
    style: Style,
}

impl Cell {
    /// One character for it.
    pub fn first(&self) -> char {
        self.text.chars().next().unwrap_or(' ')
    }
}

// Most monospace fonts are 0.6 of their size wide.
const FONT: f32 = 14.0;
const WIDTH: f32 = 8.4;
const HEIGHT: f32 = 18.0;
/// From the top of a row to the line that letters stand on.
const BASE: f32 = 13.4;
const MARGIN: f32 = 16.0;

const FONTS: &str = "ui-monospace, 'SF Mono', SFMono-Regular, Menlo, 'Cascadia Mono', Consolas, \
                     'DejaVu Sans Mono', 'Liberation Mono', monospace";
const GROUND: Rgb = (0x15, 0x18, 0x1e);
const TEXT: Rgb = (0xd5, 0xda, 0xe2);
/// The terminal's own sixteen colours.
const OWN: [Rgb; 16] = [
    (0x2a, 0x2f, 0x38),
    (0xf0, 0x71, 0x78),
    (0x9c, 0xcc, 0x7a),
    (0xe6, 0xc0, 0x6a),
    (0x79, 0xb0, 0xf2),
    (0xc7, 0x92, 0xea),
    (0x6f, 0xc9, 0xd6),
    (0xd5, 0xda, 0xe2),
    (0x5c, 0x65, 0x73),
    (0xff, 0x8b, 0x92),
    (0xb6, 0xe0, 0x94),
    (0xff, 0xd6, 0x84),
    (0x9c, 0xc7, 0xff),
    (0xdc, 0xb1, 0xf7),
    (0x8f, 0xde, 0xe9),
    (0xff, 0xff, 0xff),
];

type Rgb = (u8, u8, u8);

/// What is on a screen.
pub fn cells(screen: &Screen) -> Vec<Vec<Cell>> {
    let cell = |row, column| {
        let cell = screen.cell(row, column).expect("a cell of the screen");
        Cell {
            text: cell.contents().to_owned(),
            style: *cell.style(),
        }
    };
    (0..screen.rows())
        .map(|row| (0..screen.cols()).map(|column| cell(row, column)).collect())
        .collect()
}

/// Draws them.
pub fn draw(rows: &[Vec<Cell>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = columns as f32 * WIDTH + 2.0 * MARGIN;
    let height = rows.len() as f32 * HEIGHT + 2.0 * MARGIN;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" \
         width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\" \
         font-family=\"{FONTS}\" font-size=\"{FONT}\">\n\
         <title>hookreel in a terminal</title>\n\
         <style>text {{ white-space: pre }}</style>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"10\" fill=\"{}\"/>\n",
        hex(GROUND)
    );
    for (at, row) in rows.iter().enumerate() {
        let top = MARGIN + at as f32 * HEIGHT;
        grounds(&mut out, row, top);
        texts(&mut out, row, top);
    }
    out.push_str("</svg>\n");
    out
}

/// What is behind the text of a row, where that differs from the rest.
fn grounds(out: &mut String, row: &[Cell], top: f32) {
    let colour = |cell: &Cell| colours(&cell.style).1;
    for (start, run) in runs(row, |a, b| colour(a) == colour(b)) {
        let ground = colour(&run[0]);
        if ground != GROUND {
            rect(
                out,
                (x(start), top),
                (run.len() as f32 * WIDTH, HEIGHT),
                ground,
            );
        }
    }
}

/// The text of a row: what is alike goes together and is fitted into its cells; what fonts may
/// not have, or not in this width, is centred in its own.
fn texts(out: &mut String, row: &[Cell], top: f32) {
    let plain = |cell: &Cell| cell.first().is_ascii() && !cell.text.is_empty();
    let together = |a: &Cell, b: &Cell| plain(a) && plain(b) && a.style == b.style;
    for (start, run) in runs(row, together) {
        let colour = colours(&run[0].style).0;
        if !plain(&run[0]) {
            sign(out, &run[0].text, (x(start), top), colour);
            continue;
        }
        let text: String = run.iter().map(Cell::first).collect();
        let (ahead, shown) = (text.len() - text.trim_start().len(), text.trim());
        if shown.is_empty() {
            continue;
        }
        let mut more = String::new();
        for (set, attribute) in [
            (run[0].style.bold, " font-weight=\"bold\""),
            (run[0].style.italic, " font-style=\"italic\""),
            (run[0].style.underline, " text-decoration=\"underline\""),
        ] {
            more.push_str(if set { attribute } else { "" });
        }
        add(
            out,
            format_args!(
                "<text x=\"{:.1}\" y=\"{:.1}\" fill=\"{}\"{more} textLength=\"{:.1}\" \
                 lengthAdjust=\"spacingAndGlyphs\">{}</text>",
                x(start + ahead),
                top + BASE,
                hex(colour),
                shown.len() as f32 * WIDTH,
                escaped(shown)
            ),
        );
    }
}

/// One cell with a sign. Lines and bars are drawn, as they have to meet those of other rows.
fn sign(out: &mut String, text: &str, (left, top): (f32, f32), colour: Rgb) {
    match text {
        "" => {}
        "│" => rect(out, (left + WIDTH / 2.0 - 0.5, top), (1.0, HEIGHT), colour),
        "─" => rect(out, (left, top + HEIGHT / 2.0 - 0.5), (WIDTH, 1.0), colour),
        "▌" => rect(out, (left, top), (WIDTH / 2.0, HEIGHT), colour),
        "█" => rect(out, (left, top), (WIDTH, HEIGHT), colour),
        _ => add(
            out,
            format_args!(
                "<text x=\"{:.1}\" y=\"{:.1}\" fill=\"{}\" text-anchor=\"middle\">{}</text>",
                left + WIDTH / 2.0,
                top + BASE,
                hex(colour),
                escaped(text)
            ),
        ),
    }
}

fn rect(out: &mut String, (left, top): (f32, f32), (width, height): (f32, f32), colour: Rgb) {
    add(
        out,
        format_args!(
            "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" \
             fill=\"{}\"/>",
            hex(colour)
        ),
    );
}

fn add(out: &mut String, element: std::fmt::Arguments<'_>) {
    writeln!(out, "{element}").expect("a string takes all");
}

/// Neighbours that belong together, each with the column of its first.
fn runs(
    row: &[Cell],
    same: impl Fn(&Cell, &Cell) -> bool,
) -> impl Iterator<Item = (usize, &[Cell])> {
    let mut start = 0;
    row.chunk_by(same).map(move |run| {
        start += run.len();
        (start - run.len(), run)
    })
}

/// Of the text, and of what is behind it.
fn colours(style: &Style) -> (Rgb, Rgb) {
    let mut text = rgb(style.fg, TEXT);
    let mut ground = rgb(style.bg, GROUND);
    if style.reverse {
        (text, ground) = (ground, text);
    }
    if style.dim {
        text = between(text, ground, 0.42);
    }
    (text, ground)
}

fn rgb(colour: Color, usual: Rgb) -> Rgb {
    match colour {
        Color::Default => usual,
        Color::Rgb(red, green, blue) => (red, green, blue),
        Color::Indexed(at) => OWN.get(usize::from(at)).copied().unwrap_or(usual),
    }
}

fn between(one: Rgb, other: Rgb, part: f32) -> Rgb {
    let mix = |a: u8, b: u8| (f32::from(a) * (1.0 - part) + f32::from(b) * part).round() as u8;
    (
        mix(one.0, other.0),
        mix(one.1, other.1),
        mix(one.2, other.2),
    )
}

fn x(column: usize) -> f32 {
    MARGIN + column as f32 * WIDTH
}

fn hex((red, green, blue): Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
