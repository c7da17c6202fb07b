//! The terminal: made ours, and given back whatever happens.

use std::io::{self, BufWriter, Stdout, Write};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::{Hide, Show};
use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste,
    EnableFocusChange, EnableMouseCapture,
};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{execute, queue};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::{Position, Rect};
use ratatui::{Frame, Terminal};

/// A whole frame is written at once.
const BUFFER: usize = 64 * 1024;

/// Whether the terminal is ours now.
static OURS: AtomicBool = AtomicBool::new(false);
/// Whether another program, such as an editor, has it from us.
static LENT: AtomicBool = AtomicBool::new(false);
static HOOK: Once = Once::new();

/// The terminal while it is ours. Gives it back when dropped.
pub struct Term {
    terminal: Terminal<CrosstermBackend<BufWriter<Stdout>>>,
    mouse: bool,
}

impl Term {
    /// Takes the terminal: raw, on its other screen.
    ///
    /// # Errors
    /// If it is none, or does not do what it is told.
    pub fn take(mouse: bool) -> io::Result<Self> {
        HOOK.call_once(|| {
            let before = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |info| {
                restore();
                before(info);
            }));
        });
        let out = BufWriter::with_capacity(BUFFER, io::stdout());
        enter(mouse)?;
        let terminal = Terminal::new(CrosstermBackend::new(out)).inspect_err(|_| restore())?;
        Ok(Self { terminal, mouse })
    }

    /// Columns and lines.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.terminal.size()?;
        Ok((size.width, size.height))
    }

    /// Draws a frame; the terminal shows it whole or not at all, where it can.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub fn draw(&mut self, view: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        self.terminal.draw(view)?;
        execute!(self.terminal.backend_mut(), EndSynchronizedUpdate)
    }

    /// Forgets what the terminal shows: the next frame is drawn whole.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub fn forget(&mut self) -> io::Result<()> {
        // Unlike clear, this does not ask the terminal where its cursor is: the answer would come
        // among the keys, and late over a slow line.
        let size = self.terminal.size()?;
        self.terminal.resize(Rect::from((Position::ORIGIN, size)))
    }

    /// Takes the mouse, or leaves it to the terminal, where it selects text.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub fn mouse(&mut self, ours: bool) -> io::Result<()> {
        self.mouse = ours;
        if ours {
            execute!(io::stdout(), EnableMouseCapture)
        } else {
            execute!(io::stdout(), DisableMouseCapture)
        }
    }

    /// Gives the terminal back while `borrower` runs, then takes it again.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub fn lend<T>(&mut self, borrower: impl FnOnce() -> T) -> io::Result<T> {
        restore();
        LENT.store(true, Ordering::SeqCst);
        let done = borrower();
        LENT.store(false, Ordering::SeqCst);
        self.again()?;
        Ok(done)
    }

    /// Takes the terminal again after it was given back.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub fn again(&mut self) -> io::Result<()> {
        enter(self.mouse)?;
        self.forget()
    }

    /// Writes bytes that are no text, such as those that set the clipboard.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub fn send(&mut self, command: impl crossterm::Command) -> io::Result<()> {
        execute!(io::stdout(), command)
    }

    /// As [`Self::send`], for bytes that are ready.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub fn send_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut out = io::stdout();
        out.write_all(bytes)?;
        out.flush()
    }
}

impl Drop for Term {
    fn drop(&mut self) {
        restore();
    }
}

fn enter(mouse: bool) -> io::Result<()> {
    enable_raw_mode()?;
    OURS.store(true, Ordering::SeqCst);
    let mut out = io::stdout();
    let entered = execute!(
        out,
        EnterAlternateScreen,
        EnableBracketedPaste,
        EnableFocusChange,
        Hide
    );
    let entered = entered.and_then(|()| {
        if mouse {
            execute!(out, EnableMouseCapture)
        } else {
            Ok(())
        }
    });
    entered.inspect_err(|_| restore())
}

/// Gives the terminal back, if it is ours. May be called at any time, from any thread.
pub fn restore() {
    if OURS.swap(false, Ordering::SeqCst) {
        // If it is gone there is nothing to give back.
        let _ = execute!(
            io::stdout(),
            EndSynchronizedUpdate,
            DisableMouseCapture,
            DisableFocusChange,
            DisableBracketedPaste,
            LeaveAlternateScreen,
            Show
        );
        let _ = disable_raw_mode();
    }
}

/// Whether a program that the screen has started has the terminal: interrupts are meant for it.
#[must_use]
pub fn has_left_it_to_a_child() -> bool {
    LENT.load(Ordering::SeqCst)
}
