//! What a view may ask of the client that runs. Views send [`Command`]s and read the feed: they
//! call nothing that waits.

use bytes::Bytes;
use hookreel_shared::model::{ExchangeId, Headers, Name};
use tokio::sync::mpsc;

/// Commands that wait at most. They are made by hand; a view whose commands are not taken says so
/// instead of waiting.
const CAPACITY: usize = 64;

/// One thing to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Send exchanges of the history again.
    Replay(Replay),
    /// Send a request that the user made from one of the history.
    Send {
        /// Which one it was made from.
        of: ExchangeId,
        /// The request.
        request: Edited,
        /// Where to, instead of the origin of its name.
        to: Option<String>,
        /// What is to be done about the signature.
        signing: Signing,
        /// What the secret is called that signs; none for the one that fitted, or else the first.
        label: Option<String>,
    },
    /// Send a sample of a provider to the origin of a name, signed with what is known of it.
    Trigger {
        /// The provider's row.
        provider: String,
        /// What the sample is called.
        event: String,
        /// The name it is sent as if to.
        name: Name,
        /// Its target, in origin form.
        target: String,
    },
    /// Make the developer's own keys, which sign where only a provider has the real ones.
    MakeKeys,
    /// Stop the client: drain, then end.
    Stop,
}

/// What is to be done about signatures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Signing {
    /// Sign again what was signed well and is unchanged.
    #[default]
    Usual,
    /// Sign everything, whatever it was: the user says so.
    Always,
    /// Sign nothing.
    Never,
}

/// What to send again, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Replay {
    /// Which exchanges, in the order they are sent.
    pub ids: Vec<ExchangeId>,
    /// Where to, instead of the origin of their name.
    pub to: Option<String>,
    /// How often each.
    pub times: u32,
    /// How many at once.
    pub concurrency: u32,
    /// With their original spacing, this many times as fast; none for one right after another.
    pub speed: Option<f64>,
    /// What is to be done about signatures.
    pub signing: Signing,
    /// What the secret is called that signs, where the user wants them signed; none for the one that
    /// fitted, or else the first.
    pub label: Option<String>,
}

impl Replay {
    /// One exchange, once, to where it went before.
    #[must_use]
    pub fn once(id: ExchangeId) -> Self {
        Self {
            ids: vec![id],
            to: None,
            times: 1,
            concurrency: 1,
            speed: None,
            signing: Signing::Usual,
            label: None,
        }
    }
}

/// A request as the user has changed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edited {
    /// The method.
    pub method: Bytes,
    /// The target in origin form.
    pub target: Bytes,
    /// All header fields; a wrong Content-Length is corrected on the way.
    pub headers: Headers,
    /// The body.
    pub body: Bytes,
}

/// A view's end.
#[derive(Debug, Clone)]
pub struct Commands(mpsc::Sender<Command>);

/// A view's commands cannot be taken: too many wait, or the client ends.
#[derive(Debug, thiserror::Error)]
#[error("the client is busy; try again")]
pub struct Busy;

impl Commands {
    /// Both ends.
    #[must_use]
    pub fn channel() -> (Self, mpsc::Receiver<Command>) {
        let (sender, receiver) = mpsc::channel(CAPACITY);
        (Self(sender), receiver)
    }

    /// Waits until nobody takes commands any more: the client has ended.
    pub async fn closed(&self) {
        self.0.closed().await;
    }

    /// Hands a command over. Never waits.
    ///
    /// # Errors
    /// [`Busy`].
    pub fn send(&self, command: Command) -> Result<(), Busy> {
        self.0.try_send(command).map_err(|_| Busy)
    }
}
