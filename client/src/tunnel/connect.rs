//! Makes one connection to the relay.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hookreel_shared::net::{EndpointError, Identity, Transport, Trust, client_endpoint, connect};
use tokio::net::lookup_host;
use tokio::time::timeout;

use super::relay::RelayAddress;

/// A connection must be made within this.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// The last words of a connection must leave within this.
const GOODBYE: Duration = Duration::from_millis(500);

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectError {
    /// The name is not known.
    #[error("{0}: {1}")]
    Lookup(RelayAddress, std::io::Error),
    /// Nothing answers.
    #[error(
        "{0} does not answer (UDP); is the relay running, and does the network let UDP through?"
    )]
    Silent(RelayAddress),
    /// The relay is not whom it should be, or refuses the handshake.
    #[error("{0}: {1}")]
    Untrusted(RelayAddress, String),
    /// Something else.
    #[error("{0}: {1}")]
    Other(RelayAddress, EndpointError),
}

impl ConnectError {
    /// Whether trying again cannot help.
    pub(super) fn is_final(&self) -> bool {
        matches!(self, Self::Untrusted(..))
    }
}

/// A connection, with the endpoint that carries it: a fresh one each time, since an old socket
/// may belong to a network that is no more.
pub(super) struct Connected {
    pub(super) transport: Arc<dyn Transport>,
    endpoint: quinn::Endpoint,
}

impl Connected {
    /// Waits until the connection's close has left the machine.
    pub(super) async fn goodbye(self) {
        drop(self.transport);
        let _ = timeout(GOODBYE, self.endpoint.wait_idle()).await;
    }
}

/// Connects to the first address of the relay that answers.
pub(super) async fn to(
    relay: &RelayAddress,
    identity: &Identity,
    trust: &Trust,
) -> Result<Connected, ConnectError> {
    let addresses = addresses(relay).await?;
    let mut last = ConnectError::Silent(relay.clone());
    for remote in addresses {
        match to_address(relay, remote, identity, trust).await {
            Ok(connected) => return Ok(connected),
            Err(error) if error.is_final() => return Err(error),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// All addresses of a relay. Names below `localhost` are this machine (RFC 6761 §6.3), whatever
/// the system's resolver knows of them.
async fn addresses(relay: &RelayAddress) -> Result<Vec<SocketAddr>, ConnectError> {
    let host = relay.host.to_ascii_lowercase();
    if host == "localhost" || host.ends_with(".localhost") {
        let both = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        return Ok(both.map(|ip: IpAddr| (ip, relay.port).into()).to_vec());
    }
    let found = match timeout(
        CONNECT_WITHIN,
        lookup_host((relay.host.as_str(), relay.port)),
    )
    .await
    {
        Ok(found) => found,
        Err(_) => Err(std::io::Error::other("the resolver does not answer")),
    };
    match found {
        Ok(found) => Ok(found.collect()),
        Err(error) => Err(ConnectError::Lookup(relay.clone(), error)),
    }
}

async fn to_address(
    relay: &RelayAddress,
    remote: SocketAddr,
    identity: &Identity,
    trust: &Trust,
) -> Result<Connected, ConnectError> {
    let other = |error| ConnectError::Other(relay.clone(), error);
    let endpoint = client_endpoint(remote, identity, trust).map_err(other)?;
    match timeout(CONNECT_WITHIN, connect(&endpoint, remote, &relay.host)).await {
        Ok(Ok(transport)) => Ok(Connected {
            transport: Arc::new(transport),
            endpoint,
        }),
        Err(_) | Ok(Err(EndpointError::Connect(quinn::ConnectionError::TimedOut))) => {
            Err(ConnectError::Silent(relay.clone()))
        }
        Ok(Err(EndpointError::Connect(quinn::ConnectionError::TransportError(error))))
            if is_tls(error.code) =>
        {
            Err(ConnectError::Untrusted(
                relay.clone(),
                untrusted(&error.reason, trust),
            ))
        }
        Ok(Err(error)) => Err(other(error)),
    }
}

/// TLS alerts travel as the codes 0x100 to 0x1ff (RFC 9001 §4.8).
fn is_tls(code: quinn::TransportErrorCode) -> bool {
    (0x100..0x200).contains(&u64::from(code))
}

fn untrusted(reason: &str, trust: &Trust) -> String {
    // What rustls puts before the words of a verifier of ours; nothing about it is unexpected.
    let reason = reason.strip_prefix("unexpected error: ").unwrap_or(reason);
    match trust {
        Trust::Pin(_) => format!(
            "its key is not the pinned one ({reason}); somebody may be in between, or the relay has a new key: \
             check with whoever runs it, then change --pin"
        ),
        Trust::Authorities(_) => {
            format!("its certificate is not signed by an authority of --ca ({reason})")
        }
        Trust::WebRoots | Trust::Any => {
            format!(
                "its certificate is not trusted ({reason}); for a self-signed one give --pin, as the relay prints it"
            )
        }
    }
}
