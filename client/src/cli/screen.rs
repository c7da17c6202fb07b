//! The terminal UI as the view of a client that runs.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use anstream::ColorChoice;
use tokio_util::sync::CancellationToken;

use super::{log, out};
use crate::command::Commands;
use crate::config::{Output, Providers, Settings};
use crate::error::{Exit, Failed};
use crate::record::{Keep, Watcher};
use crate::store::{Place, Writer};
use crate::tui::keys::Keys;
use crate::tui::theme::Theme;
use crate::tui::{self, End, Screen, Tail};

/// The output that was asked for; where none was, the screen if there is a terminal for it.
pub fn or_usual(output: Option<Output>) -> Output {
    let screen = || io::stdin().is_terminal() && io::stdout().is_terminal() && !is_dumb();
    output.unwrap_or_else(|| {
        if screen() {
            Output::Tui
        } else {
            Output::Compact
        }
    })
}

fn is_dumb() -> bool {
    std::env::var_os("TERM").is_none_or(|term| term == "dumb" || term.is_empty())
}

/// A screen that runs on a thread of its own.
pub struct Running {
    thread: JoinHandle<io::Result<End>>,
    /// The history to tell of at the end.
    pub history: Option<Place>,
    /// Who knows what could not be recorded.
    writer: Option<Arc<Writer>>,
    /// Set once the user wants everything to end at once.
    pub now: CancellationToken,
    /// What goes into its log.
    pub tail: Tail,
}

/// What is set for the screen, checked.
pub struct Setup {
    keys: Keys,
    theme: Theme,
    clipboard: Option<String>,
    mouse: bool,
    /// Whether newcomers are told what to do with the first that fails.
    pub guides: bool,
}

impl Setup {
    /// Reads the settings.
    ///
    /// # Errors
    /// If a key or the theme is none that there is, or there is no terminal.
    pub fn read(settings: &Settings) -> Result<Self, Failed> {
        if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
            return Err(Failed::usage(
                "-o tui needs a terminal for its input and output; take -o compact or -o json",
            ));
        }
        let keys = Keys::from_config(&settings.keys)
            .map_err(|error| Failed::usage(format!("[keys]: {error}")))?;
        let name = settings.theme.as_deref().unwrap_or("auto");
        let theme = Theme::named(name).map_err(|error| Failed::usage(format!("theme: {error}")))?;
        let colours = anstream::AutoStream::choice(&io::stdout()) != ColorChoice::Never;
        crossterm::style::force_color_output(colours);
        Ok(Self {
            keys,
            theme: if colours { theme } else { Theme::mono() },
            clipboard: settings.clipboard_cmd.clone(),
            mouse: settings.mouse.unwrap_or(true),
            guides: false,
        })
    }

    /// Starts the screen.
    ///
    /// # Errors
    /// If no thread can be started.
    pub fn start(
        self,
        watcher: Watcher,
        keep: Option<&Keep>,
        history: Option<Place>,
        commands: Commands,
        providers: &Arc<Providers>,
    ) -> Result<Running, Failed> {
        let (tail, now) = (Tail::default(), CancellationToken::new());
        let writer = keep.map(|keep| keep.writer.clone());
        log::to_screen(Some(tail.clone()));
        let screen = Screen {
            watcher,
            history: history.clone(),
            writer: writer.clone(),
            providers: Some(Arc::clone(providers)),
            commands,
            keys: self.keys,
            theme: self.theme,
            clipboard: self.clipboard,
            mouse: self.mouse,
            guides: self.guides,
            log: tail.clone(),
        };
        let hurry = now.clone();
        let run = move || {
            let end = tui::run(screen);
            log::to_screen(None);
            if !matches!(end, Ok(End::Over)) {
                hurry.cancel();
            }
            end
        };
        let thread = thread::Builder::new().name("screen".into()).spawn(run);
        Ok(Running {
            thread: thread.map_err(|error| Failed::new(Exit::Runtime, error.to_string()))?,
            history,
            writer,
            now,
            tail,
        })
    }
}

impl Running {
    /// Waits for its end, and says where the history is.
    ///
    /// # Errors
    /// If the terminal could not be used.
    pub fn end(self) -> Result<Exit, Failed> {
        let end = self.thread.join().unwrap_or(Ok(End::Gone));
        // What the last writing lost no screen shows any more.
        let lost = self.writer.map_or(0, |writer| {
            if matches!(end, Ok(End::Over)) {
                writer.flush();
            }
            writer.unrecorded()
        });
        if lost > 0 {
            out::say(&format!(
                "{lost} not recorded, or not whole: the disk is full or too slow"
            ));
        }
        if let Some(place) = self.history {
            // Nothing is left to be told to if standard error is closed.
            let _ = writeln!(
                anstream::stderr(),
                "the history is {}; hookreel ls lists it",
                place.database().display()
            );
        }
        match end {
            Ok(End::Over) => Ok(Exit::Ok),
            Ok(End::Now | End::Gone) => Ok(Exit::Interrupted),
            Err(error) => Err(Failed::new(
                Exit::Runtime,
                format!("the terminal cannot be used: {error}; take -o compact"),
            )),
        }
    }
}
