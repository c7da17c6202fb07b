//! The screen at work: the only place of the terminal UI that waits, reads and writes.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{Event, EventStream};
use futures_util::StreamExt as _;
use hookreel_shared::model::ExchangeId;
use hookreel_shared::net::wall_clock;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::continued::Continued;
use super::effect::{Ask, Effect, Span};
use super::history::{self, Asker};
use super::msg::{Found, Msg};
use super::state::State;
use super::term::Term;
use super::update::update;
use super::view::view;
use super::{End, Screen, changes, outside};
use crate::command::{Command, Commands};
use crate::store::{Place, Writer};

/// At most 30 frames a second.
const FRAME: Duration = Duration::from_millis(33);
/// Lines of the feed that are taken in for one frame: what it holds, and no more than takes a moment,
/// so that keys are not kept waiting.
const AT_ONCE: usize = 4096;
/// Answers of the history and of other programs that wait to be shown; they wait in turn.
const ANSWERS: usize = 64;
/// How often is looked whether anybody has written to the history. Its files tell; it is not opened.
const BESIDE: Duration = Duration::from_secs(1);
/// How long a stop may take to begin after it was asked for. In a process group that nobody can
/// continue, it does not begin at all.
const STOPPING: Duration = Duration::from_millis(200);

/// Shows the screen until the client ends or the user wants it to. Needs a thread of its own.
///
/// # Errors
/// If the terminal cannot be used.
pub fn run(screen: Screen) -> io::Result<End> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let commands = screen.commands.clone();
    let end = runtime.block_on(show(screen));
    // Threads that wait for other programs are not waited for.
    runtime.shutdown_background();
    if !matches!(end, Ok(End::Over)) {
        // Whoever does not take commands has ended already.
        let _ = commands.send(Command::Stop);
    }
    end
}

async fn show(screen: Screen) -> io::Result<End> {
    let (sender, mut answers) = mpsc::channel(ANSWERS);
    let asker = match &screen.history {
        Some(place) => {
            let sender = sender.clone();
            Some(history::start(
                place.clone(),
                wall_clock,
                screen.providers,
                move |msg| sender.blocking_send(msg).is_ok(),
            )?)
        }
        None => None,
    };
    let term = Term::take(screen.mouse)?;
    let zone = jiff::tz::TimeZone::system();
    let mut state = State::new(Arc::new(screen.keys), screen.theme, zone, asker.is_some());
    (state.mouse, state.guides) = (screen.mouse, screen.guides);
    state.size = term.size()?;
    let mut shell = Shell {
        term,
        events: EventStream::new(),
        asker: asker.map(Arc::new),
        writer: screen.writer,
        commands: screen.commands,
        clipboard: screen.clipboard,
        sender,
        wanted: None,
    };
    let mut continued = Continued::new()?;
    let (mut watcher, log) = (screen.watcher, screen.log);
    let first = [
        Ask::Rows {
            span: Span::Newest,
            filter: None,
            turn: 0,
        },
        Ask::Counts,
    ];
    if state.stored {
        for ask in first {
            shell.ask(&mut state, ask).await?;
        }
    }
    let history = screen.history;
    let mut written = history.as_ref().and_then(Place::written);
    let mut beside = interval(BESIDE);
    beside.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut drawn: Option<Instant> = None;
    let mut changed = true;
    loop {
        let due = drawn.map_or_else(Instant::now, |drawn| drawn + FRAME);
        if changed && due <= Instant::now() {
            // While many come the feed is looked at once a frame: to wait for each line by itself
            // costs more than to take it in.
            for _ in 0..AT_ONCE {
                let Some(seen) = watcher.next_ready() else {
                    break;
                };
                if let Some(end) = shell.take(&mut state, Msg::Feed(seen)).await? {
                    return Ok(end);
                }
            }
            state.tunnel.round_trip = watcher.round_trip();
            shell.draw(&mut state)?;
            shell.ask_wanted();
            (drawn, changed) = (Some(Instant::now()), false);
        }
        let later = state
            .until()
            .map(|at| Instant::now() + at.since(wall_clock()));
        let msg = tokio::select! {
            event = shell.events.next() => match event {
                Some(Ok(event)) => message(event),
                Some(Err(_)) | None => return Ok(End::Gone),
            },
            () = continued.next() => {
                // Whatever the shell has made of the terminal meanwhile.
                shell.term.give();
                shell.term.again()?;
                Some(Msg::Focused)
            }
            seen = watcher.next(), if !changed => Some(seen.map_or(Msg::Over, Msg::Feed)),
            msg = answers.recv() => msg,
            lines = log.next() => Some(Msg::Log(lines)),
            _ = beside.tick(), if history.is_some() => {
                let now = history.as_ref().and_then(Place::written);
                (std::mem::replace(&mut written, now) != now).then_some(Msg::Written)
            }
            () = at(later) => Some(Msg::Later),
            () = at(changed.then_some(due)) => None,
        };
        if let Some(msg) = msg {
            changed = true;
            if let Some(end) = shell.take(&mut state, msg).await? {
                return Ok(end);
            }
        }
    }
}

/// Waits until then; for ever, if there is no such time.
async fn at(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}

fn message(event: Event) -> Option<Msg> {
    match event {
        Event::Key(key) => Some(Msg::Key(key)),
        Event::Mouse(mouse) => Some(Msg::Mouse(mouse)),
        Event::Paste(text) => Some(Msg::Paste(text)),
        Event::Resize(columns, lines) => Some(Msg::Resize(columns, lines)),
        Event::FocusGained => Some(Msg::Focused),
        Event::FocusLost => None,
    }
}

/// What effects need.
struct Shell {
    term: Term,
    events: EventStream,
    asker: Option<Arc<Asker>>,
    writer: Option<Arc<Writer>>,
    commands: Commands,
    clipboard: Option<String>,
    sender: mpsc::Sender<Msg>,
    /// The exchange to be shown. It is asked for once a frame: while the newest is followed, the
    /// cursor may stand on thousands of them in a second.
    wanted: Option<ExchangeId>,
}

impl Shell {
    fn draw(&mut self, state: &mut State) -> io::Result<()> {
        let size = self.term.size()?;
        if size != state.size {
            // The message comes too, but the frame is drawn now.
            update(state, Msg::Resize(size.0, size.1), wall_clock());
        }
        self.term.draw(|frame| view(state, frame))
    }

    /// Takes a message in and does what follows; the end, if that follows.
    async fn take(&mut self, state: &mut State, msg: Msg) -> io::Result<Option<End>> {
        let mut msgs = vec![msg];
        while let Some(msg) = msgs.pop() {
            for effect in update(state, msg, wall_clock()) {
                match self.perform(effect).await? {
                    Done::End(end) => return Ok(Some(end)),
                    Done::Told(msg) => msgs.push(msg),
                    Done::Well => {}
                }
            }
        }
        Ok(None)
    }

    /// Asks for what is to be shown. If the history is busy, its next answer asks again.
    fn ask_wanted(&mut self) {
        if let Some(id) = self.wanted
            && self
                .asker
                .as_ref()
                .is_none_or(|asker| asker.ask(Ask::Whole(id)))
        {
            self.wanted = None;
        }
    }

    async fn ask(&mut self, state: &mut State, ask: Ask) -> io::Result<()> {
        if let Done::Told(msg) = self.perform(Effect::Ask(ask)).await? {
            update(state, msg, wall_clock());
        }
        Ok(())
    }

    async fn perform(&mut self, effect: Effect) -> io::Result<Done> {
        Ok(match effect {
            Effect::Ask(Ask::Whole(id)) => {
                self.wanted = Some(id);
                Done::Well
            }
            Effect::Ask(ask) => match &self.asker {
                Some(asker) if asker.ask(ask) => Done::Well,
                _ => Done::Told(Msg::Found(Found::Failed(
                    "the history is busy; try again".into(),
                ))),
            },
            Effect::Do(command) => match self.commands.send(command) {
                Ok(()) => Done::Well,
                Err(busy) => Done::bad(busy.to_string()),
            },
            Effect::Mark(ids, marked) => {
                if let Some(writer) = &self.writer {
                    changes::mark(writer, &self.sender, ids, marked);
                }
                Done::Well
            }
            Effect::Delete(ids) => {
                if let (Some(writer), Some(asker)) = (&self.writer, &self.asker) {
                    changes::delete(writer, asker, &self.sender, ids);
                }
                Done::Well
            }
            Effect::Copy { text, what } => self.copy(text, what).await,
            Effect::Browse(url) => self.beside(async move {
                match outside::browse(&url).await {
                    Ok(()) => told(true, format!("opened {url}")),
                    Err(why) => told(false, why),
                }
            }),
            Effect::Pipe { command, input } => self.beside(async move {
                match outside::pipe(&command, input).await {
                    Ok(text) => Msg::Output {
                        title: command,
                        text,
                    },
                    Err(error) => told(false, format!("{command}: {error}")),
                }
            }),
            Effect::Page(text) => match self
                .lend(async |over| outside::page(text, over).await)
                .await?
            {
                Some(Ok(())) => Done::Well,
                Some(Err(why)) => Done::bad(why),
                None => Done::End(End::Over),
            },
            Effect::Edit { of, text } => {
                match self
                    .lend(async |over| outside::edit(&text, over).await)
                    .await?
                {
                    Some(text) => Done::Told(Msg::Edited { of, text }),
                    None => Done::End(End::Over),
                }
            }
            Effect::Mouse(ours) => {
                self.term.mouse(ours)?;
                Done::Well
            }
            Effect::Suspend => {
                self.suspend().await?;
                Done::Told(Msg::Focused)
            }
            Effect::Redraw => {
                self.term.forget();
                Done::Well
            }
            Effect::End(end) => Done::End(end),
        })
    }

    async fn copy(&mut self, text: String, what: &'static str) -> Done {
        let copied = move || told(true, format!("copied {what}"));
        if let Some(line) = self.clipboard.clone() {
            return self.beside(async move {
                match outside::copy_by(&line, &text).await {
                    Ok(()) => copied(),
                    Err(why) => told(false, why),
                }
            });
        }
        match outside::copy(&mut self.term, &text).await {
            Ok(()) => Done::Told(copied()),
            Err(why) => Done::bad(why),
        }
    }

    /// Does what may take long while the screen goes on; its answer comes as a message. What is not
    /// done when the screen ends is given up.
    fn beside(&self, work: impl Future<Output = Msg> + Send + 'static) -> Done {
        let sender = self.sender.clone();
        tokio::spawn(async move {
            // Fails only if the screen is over.
            let _ = sender.send(work.await).await;
        });
        Done::Well
    }

    /// Gives the terminal to another program; nothing reads its keys meanwhile. None if the client
    /// ended first.
    async fn lend<T>(
        &mut self,
        program: impl AsyncFnOnce(Pin<Box<dyn Future<Output = ()>>>) -> Option<T>,
    ) -> io::Result<Option<T>> {
        // Dropping a stream wakes and ends the thread that reads for it.
        drop(std::mem::take(&mut self.events));
        self.term.give();
        let commands = self.commands.clone();
        let over = Box::pin(async move { commands.closed().await });
        let done = program(over).await;
        let again = self.term.take_back();
        self.events = EventStream::new();
        if done.is_some() {
            again?;
        }
        Ok(done)
    }

    /// Stops the whole process until the shell continues it.
    async fn suspend(&mut self) -> io::Result<()> {
        self.term.give();
        #[cfg(unix)]
        {
            let mut continued = Continued::new()?;
            rustix::process::kill_current_process_group(rustix::process::Signal::TSTP)?;
            // This thread may run on for a moment until the stop reaches it.
            let _ = tokio::time::timeout(STOPPING, continued.next()).await;
        }
        self.term.again()
    }
}

/// What became of an effect.
enum Done {
    Well,
    Told(Msg),
    End(End),
}

impl Done {
    fn bad(text: String) -> Self {
        Self::Told(told(false, text))
    }
}

fn told(good: bool, text: String) -> Msg {
    Msg::Told { good, text }
}
