//! Connects to an origin: every address it may have, and patience while it restarts.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use hookreel_shared::model::FailureKind;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, sleep, timeout};

use super::address::Address;

/// An origin that does not take a connection for this long is as good as not there.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// A development server that was there a moment ago is restarting: it gets this long.
const GRACE: Duration = Duration::from_millis(1500);
/// How often to look whether it is back.
const GRACE_STEP: Duration = Duration::from_millis(50);

/// Connects, and remembers what worked.
#[derive(Debug, Default)]
pub(super) struct Dialer {
    /// See [`Health`].
    health: AtomicU8,
    /// Which of an origin's addresses answered last, from 0.
    preferred: AtomicU8,
}

/// What is known of the origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Health {
    /// Never seen, or known to be down: a refusal is told at once.
    Down = 0,
    /// Answered the last time: a refusal means a restart.
    Up = 1,
}

impl Dialer {
    /// A connection, or why there is none. A refused one is tried again for a moment if the
    /// origin was there before; once that was in vain, refusals are told at once again.
    pub(super) async fn connect(&self, address: &Address) -> Result<TcpStream, FailureKind> {
        let was_up = self.health.load(Ordering::Relaxed) == Health::Up as u8;
        let give_up = Instant::now() + GRACE;
        loop {
            match self.try_all(address).await {
                Ok(stream) => {
                    self.health.store(Health::Up as u8, Ordering::Relaxed);
                    return Ok(stream);
                }
                Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                    return Err(FailureKind::OriginTimeout);
                }
                Err(error) => {
                    let restarting = was_up && error.kind() == io::ErrorKind::ConnectionRefused;
                    // Another request may have found out in the meantime that it is gone.
                    let still_up = self.health.load(Ordering::Relaxed) == Health::Up as u8;
                    if !restarting || !still_up || Instant::now() >= give_up {
                        self.health.store(Health::Down as u8, Ordering::Relaxed);
                        return Err(FailureKind::OriginRefused);
                    }
                    sleep(GRACE_STEP).await;
                }
            }
        }
    }

    async fn try_all(&self, address: &Address) -> io::Result<TcpStream> {
        let mut candidates = candidates(address).await?;
        let preferred = usize::from(self.preferred.load(Ordering::Relaxed)) % candidates.len();
        candidates.rotate_left(preferred);
        let count = candidates.len();
        let mut last = io::Error::from(io::ErrorKind::NotFound);
        for (at, candidate) in candidates.into_iter().enumerate() {
            match timeout(CONNECT_WITHIN, TcpStream::connect(candidate)).await {
                Ok(Ok(stream)) => {
                    let index = u8::try_from((preferred + at) % count).unwrap_or(0);
                    self.preferred.store(index, Ordering::Relaxed);
                    stream.set_nodelay(true)?;
                    return Ok(stream);
                }
                Ok(Err(error)) => last = error,
                Err(_) => last = io::ErrorKind::TimedOut.into(),
            }
        }
        Err(last)
    }
}

/// All addresses of an origin, in a fixed order. `localhost` and names below it (RFC 6761 §6.3) are
/// both loopbacks, whatever the system's resolver says: development servers listen on either.
async fn candidates(address: &Address) -> io::Result<Vec<SocketAddr>> {
    let both = [
        IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(Ipv6Addr::LOCALHOST),
    ];
    let host = address.host.to_ascii_lowercase();
    if host == "localhost" || host.ends_with(".localhost") {
        return Ok(both.map(|ip| SocketAddr::new(ip, address.port)).to_vec());
    }
    let found: Vec<_> = lookup_host((address.host.as_str(), address.port))
        .await?
        .collect();
    if found.is_empty() {
        Err(io::ErrorKind::NotFound.into())
    } else {
        Ok(found)
    }
}
