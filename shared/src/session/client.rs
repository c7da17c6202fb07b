//! The client's end: hello, claims, what becomes of them, drain.

use std::collections::{BTreeSet, VecDeque};
use std::time::Instant;

use super::SessionError;
use crate::model::Name;
use crate::wire::control::{ClaimId, ClientFrame, Hello, RefusalCode, RelayFrame, Welcome};
use crate::wire::limits::HELLO_WITHIN;

/// A name wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimRequest {
    /// Which claim, unique in this session.
    pub claim: ClaimId,
    /// The name, or none for one of the relay's making.
    pub name: Option<Name>,
    /// See [`ClientFrame::Claim`].
    pub hint: u64,
}

/// What the rim must know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientEvent {
    /// The relay took the hello.
    Welcomed(Welcome),
    /// The relay did not; the session is over.
    Refused(RefusalCode, String),
    /// A name is ours.
    Granted(ClaimId, Name, Vec<String>),
    /// A name is not to be had.
    Denied(ClaimId, RefusalCode, String),
    /// A name was ours.
    Revoked(ClaimId, RefusalCode),
    /// The relay is shutting down.
    Draining,
    /// We asked for no new requests, and those the relay had sent are over.
    Drained,
}

/// The client's end of one tunnel's control stream.
///
/// ```text
/// new: sends Hello and all Claims at once ─▶ Greeting ─Welcome─▶ Open ─▶ (over)
///                                              └──Refused──▶ (over)
/// ```
#[derive(Debug)]
pub struct ClientSession {
    state: State,
    undecided: BTreeSet<ClaimId>,
    held: BTreeSet<ClaimId>,
    frames: VecDeque<ClientFrame>,
    events: VecDeque<ClientEvent>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Greeting { until: Instant },
    Open,
    Over,
}

impl ClientSession {
    /// Starts: the hello and all claims go out in one flight, so that one round trip is enough.
    #[must_use]
    pub fn new(hello: Hello, claims: Vec<ClaimRequest>, now: Instant) -> Self {
        let mut session = Self {
            state: State::Greeting {
                until: now + HELLO_WITHIN,
            },
            undecided: BTreeSet::new(),
            held: BTreeSet::new(),
            frames: VecDeque::from([ClientFrame::Hello(hello)]),
            events: VecDeque::new(),
        };
        for ClaimRequest { claim, name, hint } in claims {
            session.undecided.insert(claim);
            session
                .frames
                .push_back(ClientFrame::Claim { claim, name, hint });
        }
        session
    }

    /// Takes a frame from the relay.
    ///
    /// # Errors
    /// [`SessionError`] if the relay broke the rules: the tunnel should be closed.
    pub fn handle_frame(&mut self, frame: RelayFrame) -> Result<(), SessionError> {
        match (self.state, frame) {
            (State::Greeting { .. }, RelayFrame::Welcome(welcome)) => {
                self.state = State::Open;
                self.events.push_back(ClientEvent::Welcomed(welcome));
            }
            (State::Greeting { .. }, RelayFrame::Refused { code, reason }) => {
                self.state = State::Over;
                self.events.push_back(ClientEvent::Refused(code, reason));
            }
            (State::Open, RelayFrame::Granted { claim, name, urls }) => {
                if !self.undecided.remove(&claim) {
                    return Err(SessionError::Unexpected("Granted without a claim"));
                }
                self.held.insert(claim);
                self.events
                    .push_back(ClientEvent::Granted(claim, name, urls));
            }
            (
                State::Open,
                RelayFrame::Denied {
                    claim,
                    code,
                    reason,
                },
            ) => {
                if !self.undecided.remove(&claim) {
                    return Err(SessionError::Unexpected("Denied without a claim"));
                }
                self.events
                    .push_back(ClientEvent::Denied(claim, code, reason));
            }
            (State::Open, RelayFrame::Revoked { claim, code }) => {
                // May cross with our own release: then there is nothing to tell.
                if self.held.remove(&claim) {
                    self.events.push_back(ClientEvent::Revoked(claim, code));
                }
            }
            (State::Open, RelayFrame::Drain) => self.events.push_back(ClientEvent::Draining),
            (State::Open, RelayFrame::Drained) => self.events.push_back(ClientEvent::Drained),
            (State::Over, _) => {}
            (State::Greeting { .. }, _) => {
                return Err(SessionError::Unexpected("a frame before Welcome"));
            }
            (State::Open, RelayFrame::Welcome(_) | RelayFrame::Refused { .. }) => {
                return Err(SessionError::Unexpected("a second answer to the hello"));
            }
        }
        Ok(())
    }

    /// Time has passed.
    ///
    /// # Errors
    /// [`SessionError::TooSlow`] if the relay did not answer the hello.
    pub fn handle_timeout(&mut self, now: Instant) -> Result<(), SessionError> {
        match self.state {
            State::Greeting { until } if now >= until => {
                self.state = State::Over;
                Err(SessionError::TooSlow("no answer to the hello"))
            }
            _ => Ok(()),
        }
    }

    /// When to call [`Self::handle_timeout`].
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        match self.state {
            State::Greeting { until } => Some(until),
            _ => None,
        }
    }

    /// Asks the relay to send no new requests.
    pub fn drain(&mut self) {
        if self.state != State::Over {
            self.frames.push_back(ClientFrame::Drain);
        }
    }

    /// The next frame to send.
    pub fn poll_frame(&mut self) -> Option<ClientFrame> {
        self.frames.pop_front()
    }

    /// The next thing to act on.
    pub fn poll_event(&mut self) -> Option<ClientEvent> {
        self.events.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::version::SUPPORTED;

    fn session(now: Instant) -> ClientSession {
        let hello = Hello {
            versions: SUPPORTED,
            agent: "test".into(),
        };
        ClientSession::new(
            hello,
            vec![ClaimRequest {
                claim: ClaimId(0),
                name: None,
                hint: 7,
            }],
            now,
        )
    }

    fn welcome() -> RelayFrame {
        RelayFrame::Welcome(Welcome {
            version: 1,
            agent: "test".into(),
            local_ports: vec![],
        })
    }

    fn granted() -> RelayFrame {
        RelayFrame::Granted {
            claim: ClaimId(0),
            name: "a".parse().unwrap(),
            urls: vec![],
        }
    }

    #[test]
    fn hello_and_claims_go_out_in_one_flight() {
        let mut session = session(Instant::now());
        assert!(matches!(session.poll_frame(), Some(ClientFrame::Hello(_))));
        assert_eq!(
            session.poll_frame(),
            Some(ClientFrame::Claim {
                claim: ClaimId(0),
                name: None,
                hint: 7
            })
        );
        assert_eq!(session.poll_frame(), None);
    }

    #[test]
    fn a_name_is_granted_and_later_revoked_once() {
        let mut session = session(Instant::now());
        session.handle_frame(welcome()).unwrap();
        session.handle_frame(granted()).unwrap();
        assert!(matches!(
            session.poll_event(),
            Some(ClientEvent::Welcomed(_))
        ));
        assert!(matches!(
            session.poll_event(),
            Some(ClientEvent::Granted(..))
        ));
        for _ in 0..2 {
            let revoked = RelayFrame::Revoked {
                claim: ClaimId(0),
                code: RefusalCode::Replaced,
            };
            session.handle_frame(revoked).unwrap();
        }
        assert_eq!(
            session.poll_event(),
            Some(ClientEvent::Revoked(ClaimId(0), RefusalCode::Replaced))
        );
        assert_eq!(session.poll_event(), None);
    }

    #[test]
    fn frames_out_of_place_are_errors() {
        let now = Instant::now();
        assert!(session(now).handle_frame(granted()).is_err());
        let mut open = session(now);
        open.handle_frame(welcome()).unwrap();
        assert!(open.handle_frame(welcome()).is_err());
        open.handle_frame(granted()).unwrap();
        assert!(open.handle_frame(granted()).is_err());
    }

    #[test]
    fn a_relay_that_never_answers_the_hello_is_given_up() {
        let now = Instant::now();
        let mut session = session(now);
        assert_eq!(session.poll_timeout(), Some(now + HELLO_WITHIN));
        assert_eq!(session.handle_timeout(now), Ok(()));
        assert!(session.handle_timeout(now + HELLO_WITHIN).is_err());
        assert_eq!(session.poll_timeout(), None);
    }
}
