//! A QR code, two of its squares in one cell.

use qrcode::{EcLevel, QrCode};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use ratatui::widgets::Widget;

/// Light squares around the code; the standard asks for four, readers are content with two.
const QUIET: usize = 2;

/// A code that can be drawn.
#[derive(Debug)]
pub struct Qr {
    dark: Vec<bool>,
    side: usize,
}

impl Qr {
    /// The code of a text; none if it is too long.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
        let (inner, colours) = (code.width(), code.to_colors());
        let side = inner + 2 * QUIET;
        let mut dark = vec![false; side * side];
        for (at, colour) in colours.into_iter().enumerate() {
            let (x, y) = (at % inner + QUIET, at / inner + QUIET);
            dark[y * side + x] = colour == qrcode::Color::Dark;
        }
        Some(Self { dark, side })
    }

    /// Columns and lines that it takes.
    #[must_use]
    pub fn size(&self) -> (u16, u16) {
        let cells = |squares: usize| u16::try_from(squares).unwrap_or(u16::MAX);
        (cells(self.side), cells(self.side.div_ceil(2)))
    }

    fn is_dark(&self, x: u16, y: u16) -> bool {
        let (x, y) = (usize::from(x), usize::from(y));
        y < self.side && self.dark[y * self.side + x]
    }
}

impl Widget for Qr {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        // Black on white whatever the theme: readers need that.
        let style = Style::new().fg(Color::Black).bg(Color::White);
        let (width, height) = self.size();
        for y in 0..height.min(area.height) {
            for x in 0..width.min(area.width) {
                let symbol = match (self.is_dark(x, 2 * y), self.is_dark(x, 2 * y + 1)) {
                    (true, true) => "█",
                    (true, false) => "▀",
                    (false, true) => "▄",
                    (false, false) => " ",
                };
                if let Some(cell) = buffer.cell_mut((area.x + x, area.y + y)) {
                    cell.set_symbol(symbol).set_style(style);
                }
            }
        }
    }
}
