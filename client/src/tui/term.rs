//! The terminal: made ours, and given back whatever happens.

use std::io::{self, BufWriter, Stdout, Write};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, Once, PoisonError};

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
/// Which other program, such as an editor, has it from us; 0 for none.
static LENT_TO: AtomicU32 = AtomicU32::new(0);
/// Whether the program ends at once: nobody takes the terminal again.
static OVER: AtomicBool = AtomicBool::new(false);
/// How the terminal was when we came: other programs may crash and leave it otherwise.
#[cfg(unix)]
static USUAL: Mutex<Option<rustix::termios::Termios>> = Mutex::new(None);
static HOOK: Once = Once::new();

/// The terminal while it is ours. Gives it back when dropped.
pub struct Term {
    terminal: Terminal<CrosstermBackend<BufWriter<Stdout>>>,
    mouse: bool,
    /// Whether what the terminal shows is not known.
    stale: bool,
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
                abandon();
                before(info);
            }));
        });
        let out = BufWriter::with_capacity(BUFFER, io::stdout());
        remember_modes();
        enter(mouse)?;
        let terminal = Terminal::new(CrosstermBackend::new(out)).inspect_err(|_| restore())?;
        Ok(Self {
            terminal,
            mouse,
            stale: false,
        })
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
        if std::mem::take(&mut self.stale) {
            // Unlike clear, this does not ask the terminal where its cursor is: the answer would
            // come among the keys, and late over a slow line.
            let size = self.terminal.size()?;
            self.terminal.resize(Rect::from((Position::ORIGIN, size)))?;
        }
        self.terminal.draw(view)?;
        execute!(self.terminal.backend_mut(), EndSynchronizedUpdate)
    }

    /// Forgets what the terminal shows: the next frame is drawn whole.
    pub const fn forget(&mut self) {
        self.stale = true;
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

    /// Takes the terminal again from another program.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub fn take_back(&mut self) -> io::Result<()> {
        // It may have crashed: what it has left behind is not what is usual here.
        usual_modes();
        self.again()
    }

    /// Gives the terminal back, for another program, or the shell.
    pub fn give(&self) {
        restore();
    }

    /// Takes the terminal again after it was given back.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub fn again(&mut self) -> io::Result<()> {
        enter(self.mouse)?;
        self.forget();
        Ok(())
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

/// The terminal is another program's as long as this is held.
pub struct Lent;

impl Lent {
    /// To that process.
    #[must_use]
    pub fn to(id: Option<u32>) -> Self {
        LENT_TO.store(id.unwrap_or(0), Ordering::SeqCst);
        Self
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        LENT_TO.store(0, Ordering::SeqCst);
    }
}

fn enter(mouse: bool) -> io::Result<()> {
    if OVER.load(Ordering::SeqCst) {
        return Err(io::Error::other("all ends"));
    }
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
        leave();
        let _ = disable_raw_mode();
    }
}

/// As `restore`, where the whole program ends at once: a program that has the terminal from us
/// would stay behind and fight for it with the shell, so it is ended too.
pub fn abandon() {
    OVER.store(true, Ordering::SeqCst);
    let borrower = Some(LENT_TO.swap(0, Ordering::SeqCst)).filter(|id| *id != 0);
    restore();
    if borrower.is_some() {
        signal(borrower, false, Ask::Kill);
        usual_modes();
        leave();
    }
}

fn leave() {
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
}

/// Whether a program that the screen has started has the terminal: interrupts are meant for it.
#[must_use]
pub fn has_left_it_to_a_child() -> bool {
    LENT_TO.load(Ordering::SeqCst) != 0
}

/// What a process is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// To end.
    End,
    /// Nothing: it ends.
    Kill,
}

/// Asks a process, or with `group` all of the group that it leads.
#[cfg(unix)]
pub fn signal(id: Option<u32>, group: bool, ask: Ask) {
    use rustix::process::{Pid, Signal, kill_process, kill_process_group};
    let Some(id) = id
        .and_then(|id| i32::try_from(id).ok())
        .and_then(Pid::from_raw)
    else {
        return;
    };
    let signal = match ask {
        Ask::End => Signal::TERM,
        Ask::Kill => Signal::KILL,
    };
    // Fails only if it has ended.
    let _ = if group {
        kill_process_group(id, signal)
    } else {
        kill_process(id, signal)
    };
}

#[cfg(not(unix))]
pub fn signal(_: Option<u32>, _: bool, _: Ask) {}

#[cfg(unix)]
fn remember_modes() {
    let modes = rustix::termios::tcgetattr(io::stdin()).ok();
    *USUAL.lock().unwrap_or_else(PoisonError::into_inner) = modes;
}

#[cfg(unix)]
fn usual_modes() {
    let modes = USUAL.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(modes) = modes.as_ref() {
        // If it is gone there is nothing to set.
        let _ =
            rustix::termios::tcsetattr(io::stdin(), rustix::termios::OptionalActions::Now, modes);
    }
}

#[cfg(not(unix))]
fn remember_modes() {}

#[cfg(not(unix))]
fn usual_modes() {}
