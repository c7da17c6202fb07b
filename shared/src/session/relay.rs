//! The relay's end: checks the order of things, leaves every decision to the rim.

use std::collections::{BTreeSet, VecDeque};
use std::time::Instant;

use super::SessionError;
use crate::model::Name;
use crate::wire::control::{ClaimId, ClientFrame, Hello, RefusalCode, RelayFrame, Welcome};
use crate::wire::limits::{CLAIM_WITHIN, HELLO_WITHIN, MAX_CLAIMS};
use crate::wire::version::SUPPORTED;

/// What the rim must decide or do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RelayEvent {
    /// A client said hello in a version we speak; answer with [`RelaySession::welcome`] or
    /// [`RelaySession::refuse`].
    Hello(Hello),
    /// It wants a name; answer with [`RelaySession::grant`] or [`RelaySession::deny`].
    Claim(ClaimId, Option<Name>, u64),
    /// It gave a claim up.
    Release(ClaimId),
    /// It wants no new requests.
    Drain,
}

/// The relay's end of one tunnel's control stream.
///
/// ```text
/// Awaiting hello ─Hello─▶ Deciding ─welcome()─▶ Open ─▶ (over)
///                            └──────refuse()──▶ (over)
/// ```
/// Claims that come along with the hello wait until it is welcomed.
#[derive(Debug)]
pub struct RelaySession {
    state: State,
    known: BTreeSet<ClaimId>,
    claim_until: Option<Instant>,
    early: VecDeque<ClientFrame>,
    frames: VecDeque<RelayFrame>,
    events: VecDeque<RelayEvent>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Awaiting { until: Instant },
    Deciding { version: u16 },
    Open,
    Over,
}

impl RelaySession {
    /// A session whose client has just connected.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        Self {
            state: State::Awaiting {
                until: now + HELLO_WITHIN,
            },
            known: BTreeSet::new(),
            claim_until: None,
            early: VecDeque::new(),
            frames: VecDeque::new(),
            events: VecDeque::new(),
        }
    }

    /// Takes a frame from the client.
    ///
    /// # Errors
    /// [`SessionError`] if the client broke the rules: the tunnel should be closed.
    pub fn handle_frame(&mut self, frame: ClientFrame) -> Result<(), SessionError> {
        match (self.state, frame) {
            (State::Awaiting { .. }, ClientFrame::Hello(hello)) => {
                if let Some(version) = SUPPORTED.negotiate(hello.versions) {
                    self.state = State::Deciding { version };
                    self.events.push_back(RelayEvent::Hello(hello));
                } else {
                    let theirs = hello.versions;
                    let reason = format!(
                        "this relay speaks protocol version {SUPPORTED}, the client speaks {theirs}; update the older of the two"
                    );
                    self.refuse(RefusalCode::Version, reason);
                }
                Ok(())
            }
            (State::Awaiting { .. }, _) => Err(SessionError::Unexpected("a frame before Hello")),
            (State::Over, _) => Ok(()),
            (_, ClientFrame::Hello(_)) => Err(SessionError::Unexpected("a second Hello")),
            (State::Deciding { .. }, frame) if self.early.len() <= MAX_CLAIMS => {
                self.early.push_back(frame);
                Ok(())
            }
            (State::Deciding { .. }, _) => Err(SessionError::TooManyClaims),
            (State::Open, frame) => self.handle_open(frame),
        }
    }

    fn handle_open(&mut self, frame: ClientFrame) -> Result<(), SessionError> {
        match frame {
            ClientFrame::Claim { claim, name, hint } => {
                if self.known.len() >= MAX_CLAIMS {
                    return Err(SessionError::TooManyClaims);
                }
                if !self.known.insert(claim) {
                    return Err(SessionError::Unexpected("a claim id used twice"));
                }
                self.claim_until = None;
                self.events.push_back(RelayEvent::Claim(claim, name, hint));
            }
            ClientFrame::Release { claim } => {
                if self.known.remove(&claim) {
                    self.events.push_back(RelayEvent::Release(claim));
                }
            }
            ClientFrame::Drain => self.events.push_back(RelayEvent::Drain),
            ClientFrame::Hello(_) => return Err(SessionError::Unexpected("a second Hello")),
        }
        Ok(())
    }

    /// Time has passed.
    ///
    /// # Errors
    /// [`SessionError::TooSlow`] if the client did not say hello, or did not claim, in time.
    pub fn handle_timeout(&mut self, now: Instant) -> Result<(), SessionError> {
        match (self.state, self.claim_until) {
            (State::Awaiting { until }, _) if now >= until => {
                Err(SessionError::TooSlow("no hello"))
            }
            (State::Open, Some(until)) if now >= until => Err(SessionError::TooSlow("no claim")),
            _ => Ok(()),
        }
    }

    /// When to call [`Self::handle_timeout`].
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        match self.state {
            State::Awaiting { until } => Some(until),
            State::Open => self.claim_until,
            State::Deciding { .. } | State::Over => None,
        }
    }

    /// Takes the hello.
    ///
    /// # Errors
    /// [`SessionError`] if a claim that came with the hello breaks the rules.
    pub fn welcome(
        &mut self,
        agent: String,
        local_ports: Vec<u16>,
        now: Instant,
    ) -> Result<(), SessionError> {
        let State::Deciding { version } = self.state else {
            return Ok(());
        };
        self.state = State::Open;
        self.claim_until = Some(now + CLAIM_WITHIN);
        self.frames.push_back(RelayFrame::Welcome(Welcome {
            version,
            agent,
            local_ports,
        }));
        while let Some(frame) = self.early.pop_front() {
            self.handle_open(frame)?;
        }
        Ok(())
    }

    /// Refuses the hello; the session is over once the frame is sent.
    pub fn refuse(&mut self, code: RefusalCode, reason: String) {
        self.state = State::Over;
        self.frames.push_back(RelayFrame::Refused { code, reason });
    }

    /// Grants a claim.
    pub fn grant(&mut self, claim: ClaimId, name: Name, urls: Vec<String>) {
        self.frames
            .push_back(RelayFrame::Granted { claim, name, urls });
    }

    /// Denies a claim.
    pub fn deny(&mut self, claim: ClaimId, code: RefusalCode, reason: String) {
        self.known.remove(&claim);
        self.frames.push_back(RelayFrame::Denied {
            claim,
            code,
            reason,
        });
    }

    /// Takes a granted claim away.
    pub fn revoke(&mut self, claim: ClaimId, code: RefusalCode) {
        self.known.remove(&claim);
        self.frames.push_back(RelayFrame::Revoked { claim, code });
    }

    /// Tells the client that the relay is shutting down.
    pub fn drain(&mut self) {
        self.frames.push_back(RelayFrame::Drain);
    }

    /// Tells a client that drains that its requests are over.
    pub fn drained(&mut self) {
        self.frames.push_back(RelayFrame::Drained);
    }

    /// The next frame to send.
    pub fn poll_frame(&mut self) -> Option<RelayFrame> {
        self.frames.pop_front()
    }

    /// The next thing to decide or do.
    pub fn poll_event(&mut self) -> Option<RelayEvent> {
        self.events.pop_front()
    }

    /// Whether the session was refused.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.state == State::Over
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::version::VersionRange;

    fn hello(min: u16, max: u16) -> ClientFrame {
        ClientFrame::Hello(Hello {
            versions: VersionRange { min, max },
            agent: "test".into(),
        })
    }

    fn claim(n: u32) -> ClientFrame {
        ClientFrame::Claim {
            claim: ClaimId(n),
            name: None,
            hint: 0,
        }
    }

    #[test]
    fn claims_that_come_with_the_hello_wait_for_the_welcome() {
        let now = Instant::now();
        let mut session = RelaySession::new(now);
        session.handle_frame(hello(1, 1)).unwrap();
        session.handle_frame(claim(0)).unwrap();
        assert!(matches!(session.poll_event(), Some(RelayEvent::Hello(_))));
        assert_eq!(session.poll_event(), None);
        session.welcome("relay".into(), vec![], now).unwrap();
        assert_eq!(
            session.poll_event(),
            Some(RelayEvent::Claim(ClaimId(0), None, 0))
        );
    }

    #[test]
    fn a_version_from_the_future_is_refused_with_the_range_we_speak() {
        let mut session = RelaySession::new(Instant::now());
        session.handle_frame(hello(7, 9)).unwrap();
        let Some(RelayFrame::Refused {
            code: RefusalCode::Version,
            reason,
        }) = session.poll_frame()
        else {
            panic!("expected a refusal");
        };
        assert!(
            reason.contains("version 1") && reason.contains("7 to 9"),
            "{reason}"
        );
        assert!(session.is_over());
    }

    #[test]
    fn frames_out_of_place_are_errors() {
        let now = Instant::now();
        assert!(RelaySession::new(now).handle_frame(claim(0)).is_err());
        let mut session = RelaySession::new(now);
        session.handle_frame(hello(1, 1)).unwrap();
        assert!(session.handle_frame(hello(1, 1)).is_err());
        session.welcome("relay".into(), vec![], now).unwrap();
        session.handle_frame(claim(0)).unwrap();
        assert!(session.handle_frame(claim(0)).is_err());
    }

    #[test]
    fn the_number_of_claims_is_limited_before_and_after_the_welcome() {
        let now = Instant::now();
        let limit = u32::try_from(MAX_CLAIMS).unwrap();
        let mut early = RelaySession::new(now);
        early.handle_frame(hello(1, 1)).unwrap();
        let refused = (0..limit + 2).find_map(|n| early.handle_frame(claim(n)).err());
        assert_eq!(refused, Some(SessionError::TooManyClaims));
        let mut open = RelaySession::new(now);
        open.handle_frame(hello(1, 1)).unwrap();
        open.welcome("relay".into(), vec![], now).unwrap();
        let refused = (0..limit + 1).find_map(|n| open.handle_frame(claim(n)).err());
        assert_eq!(refused, Some(SessionError::TooManyClaims));
    }

    #[test]
    fn a_silent_client_is_given_up_and_so_is_one_that_never_claims() {
        let now = Instant::now();
        let mut silent = RelaySession::new(now);
        assert!(silent.handle_timeout(now + HELLO_WITHIN).is_err());
        let mut idle = RelaySession::new(now);
        idle.handle_frame(hello(1, 1)).unwrap();
        idle.welcome("relay".into(), vec![], now).unwrap();
        assert_eq!(idle.poll_timeout(), Some(now + CLAIM_WITHIN));
        assert!(idle.handle_timeout(now + CLAIM_WITHIN).is_err());
    }
}
