//! A network between client and relay: UDP packets pass, are lost, or come late.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::task::{JoinHandle, JoinSet};

/// Largest UDP packet.
const PACKET: usize = 64 * 1024;

/// What happens to packets, both ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    /// They pass.
    Fine,
    /// None passes.
    Cut,
    /// One in so many is lost.
    Lossy(u64),
    /// They take this long, each way.
    Slow(Duration),
}

#[derive(Debug)]
struct Shared {
    weather: Mutex<Weather>,
    packets: AtomicU64,
    front: UdpSocket,
    target: SocketAddr,
}

/// A way to the relay that the test can spoil.
#[derive(Debug)]
pub struct Way {
    /// Where clients connect.
    pub addr: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Way {
    /// A fine way to `target`.
    ///
    /// # Panics
    /// If there is no port for it.
    pub async fn to(target: SocketAddr) -> Self {
        let front = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("a port");
        let addr = front.local_addr().expect("an address");
        let (weather, packets) = (Mutex::new(Weather::Fine), AtomicU64::new(0));
        let shared = Arc::new(Shared {
            weather,
            packets,
            front,
            target,
        });
        let task = tokio::spawn(carry(Arc::clone(&shared)));
        Self { addr, shared, task }
    }

    /// Changes the weather.
    pub fn turns(&self, weather: Weather) {
        *self
            .shared
            .weather
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = weather;
    }

    /// How many packets have come here, passed or not.
    #[must_use]
    pub fn packets(&self) -> u64 {
        self.shared.packets.load(Ordering::Relaxed)
    }
}

impl Drop for Way {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Carries packets to the relay; each client's back by a task of its own.
async fn carry(shared: Arc<Shared>) {
    let mut clients: HashMap<SocketAddr, Arc<UdpSocket>> = HashMap::new();
    let mut backs = JoinSet::new();
    let mut late = JoinSet::new();
    let mut buffer = vec![0; PACKET];
    loop {
        // A socket may report that an earlier packet found no listener.
        let Ok((length, client)) = shared.front.recv_from(&mut buffer).await else {
            continue;
        };
        let back = match clients.get(&client) {
            Some(back) => Arc::clone(back),
            None => {
                let back = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))
                    .await
                    .expect("a port");
                let back = Arc::new(back);
                clients.insert(client, Arc::clone(&back));
                backs.spawn(carry_back(Arc::clone(&shared), Arc::clone(&back), client));
                back
            }
        };
        let packet = buffer[..length].to_vec();
        let target = shared.target;
        if let Some(delay) = shared.delay() {
            let send = async move {
                let _ = back.send_to(&packet, target).await;
            };
            pass(&mut late, delay, send).await;
        }
    }
}

async fn carry_back(shared: Arc<Shared>, back: Arc<UdpSocket>, client: SocketAddr) {
    let mut late = JoinSet::new();
    let mut buffer = vec![0; PACKET];
    loop {
        let Ok((length, _)) = back.recv_from(&mut buffer).await else {
            continue;
        };
        let packet = buffer[..length].to_vec();
        if let Some(delay) = shared.delay() {
            let shared = Arc::clone(&shared);
            let send = async move {
                let _ = shared.front.send_to(&packet, client).await;
            };
            pass(&mut late, delay, send).await;
        }
    }
}

async fn pass(
    late: &mut JoinSet<()>,
    delay: Duration,
    send: impl Future<Output = ()> + Send + 'static,
) {
    if delay.is_zero() {
        return send.await;
    }
    while late.try_join_next().is_some() {}
    late.spawn(async move {
        tokio::time::sleep(delay).await;
        send.await;
    });
}

impl Shared {
    /// How late the next packet comes; none if it is lost.
    fn delay(&self) -> Option<Duration> {
        let number = self.packets.fetch_add(1, Ordering::Relaxed);
        match *self.weather.lock().unwrap_or_else(PoisonError::into_inner) {
            Weather::Fine => Some(Duration::ZERO),
            Weather::Cut => None,
            Weather::Lossy(every) => (!number.is_multiple_of(every)).then_some(Duration::ZERO),
            Weather::Slow(delay) => Some(delay),
        }
    }
}
