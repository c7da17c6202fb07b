use std::net::SocketAddr;

use hookreel_shared::net::{BoxFuture, Closed, RecvHalf, SendHalf, StreamError, Transport};
use hookreel_shared::wire::code::CloseCode;

use super::*;

/// A tunnel that goes nowhere: the registry never uses it.
struct Nowhere;

impl Transport for Nowhere {
    fn open(&self) -> BoxFuture<'_, Result<(SendHalf, RecvHalf), StreamError>> {
        Box::pin(async { Err(StreamError::Lost) })
    }
    fn accept(&self) -> BoxFuture<'_, Result<(SendHalf, RecvHalf), Closed>> {
        Box::pin(async { Err(Closed::Here) })
    }
    fn allow(&self, _streams: u32) {}
    fn close(&self, _code: CloseCode, _reason: &str) {}
    fn closed(&self) -> BoxFuture<'_, Closed> {
        Box::pin(async { Closed::Here })
    }
    fn rtt(&self) -> Duration {
        Duration::ZERO
    }
    fn packets_received(&self) -> u64 {
        0
    }
    fn principal(&self) -> Option<Principal> {
        None
    }
    fn remote(&self) -> SocketAddr {
        ([127, 0, 0, 1], 0).into()
    }
    fn kind(&self) -> &'static str {
        "nowhere"
    }
}

const LEASE: Duration = Duration::from_secs(100);
const ALICE: Principal = Principal::from_digest([1; 32]);
const BOB: Principal = Principal::from_digest([2; 32]);

fn second(n: i64) -> Timestamp {
    Timestamp::from_micros(1_700_000_000_000_000 + n * 1_000_000)
}

struct Tunnel {
    handle: Arc<TunnelHandle>,
    revocations: Revocations,
    revoked: mpsc::Receiver<(ClaimId, RefusalCode)>,
}

fn tunnel() -> Tunnel {
    let (revocations, revoked) = mpsc::channel(4);
    Tunnel {
        handle: Arc::new(TunnelHandle::new(Arc::new(Nowhere), 1)),
        revocations,
        revoked,
    }
}

fn registry() -> Arc<Registry> {
    Arc::new(Registry::new(LEASE, 3))
}

fn claim(
    registry: &Arc<Registry>,
    name: &str,
    owner: Principal,
    tunnel: &Tunnel,
    at: Timestamp,
) -> Result<Claim, ClaimError> {
    registry.claim(
        &name.parse().unwrap(),
        owner,
        ClaimId(7),
        &tunnel.handle,
        &tunnel.revocations,
        at,
    )
}

#[test]
fn a_held_name_leads_to_its_tunnel_and_a_dropped_claim_leaves_it_away() {
    let (registry, tunnel) = (registry(), tunnel());
    assert!(matches!(registry.lookup("a"), Lookup::Unknown));
    let held = claim(&registry, "a", ALICE, &tunnel, second(0)).unwrap();
    assert!(
        matches!(registry.lookup("a"), Lookup::Live(handle) if Arc::ptr_eq(&handle, &tunnel.handle))
    );
    assert_eq!(registry.sole().as_ref(), Some(held.name()));
    drop(held);
    assert!(matches!(registry.lookup("a"), Lookup::Away));
    assert_eq!(registry.sole(), None);
}

#[test]
fn another_client_cannot_have_the_name_while_it_is_held_or_leased() {
    let (registry, tunnel) = (registry(), tunnel());
    let held = claim(&registry, "a", ALICE, &tunnel, second(0)).unwrap();
    assert_eq!(
        claim(&registry, "a", BOB, &tunnel, second(1)).unwrap_err(),
        ClaimError::Taken
    );
    drop(held);
    let now = wall();
    assert_eq!(
        claim(&registry, "a", BOB, &tunnel, now).unwrap_err(),
        ClaimError::Taken
    );
    let later = Timestamp::from_micros(now.as_micros() + 101_000_000);
    assert!(claim(&registry, "a", BOB, &tunnel, later).is_ok());
}

fn wall() -> Timestamp {
    hookreel_shared::net::wall_clock()
}

#[test]
fn the_same_client_takes_its_name_over_and_the_old_tunnel_is_told_and_cannot_take_it_back() {
    let (registry, mut old, new) = (registry(), tunnel(), tunnel());
    let stale = claim(&registry, "a", ALICE, &old, second(0)).unwrap();
    let _held = claim(&registry, "a", ALICE, &new, second(1)).unwrap();
    assert_eq!(
        old.revoked.try_recv().unwrap(),
        (ClaimId(7), RefusalCode::Replaced)
    );
    drop(stale);
    assert!(
        matches!(registry.lookup("a"), Lookup::Live(handle) if Arc::ptr_eq(&handle, &new.handle))
    );
}

#[test]
fn names_are_limited_and_pruned_after_their_lease() {
    let (registry, tunnel) = (registry(), tunnel());
    let held: Vec<_> = ["a", "b", "c"]
        .iter()
        .map(|name| claim(&registry, name, ALICE, &tunnel, second(0)))
        .collect();
    assert_eq!(
        claim(&registry, "d", ALICE, &tunnel, second(0)).unwrap_err(),
        ClaimError::Full
    );
    assert_eq!(registry.prune(second(1_000)), 3, "held names stay");
    drop(held);
    assert_eq!(
        registry.prune(Timestamp::from_micros(wall().as_micros() + 101_000_000)),
        0
    );
}

#[test]
fn a_name_of_the_relays_making_is_the_same_again_for_the_same_client_and_hint() {
    let (registry, tunnel) = (registry(), tunnel());
    let any = |hint, owner| {
        registry.claim_any(
            hint,
            owner,
            ClaimId(0),
            &tunnel.handle,
            &tunnel.revocations,
            second(0),
        )
    };
    let first = any(3000, ALICE).unwrap().name().clone();
    assert_eq!(any(3000, ALICE).unwrap().name(), &first);
    assert_ne!(any(4000, ALICE).unwrap().name(), &first);
    assert_ne!(any(3000, BOB).unwrap().name(), &first);
}

#[test]
fn kept_names_are_known_after_a_restart_and_stay_with_their_owner() {
    let dir = tempfile::tempdir().unwrap();
    let keep = Keep::new(dir.path());
    let (before, tunnel) = (registry(), tunnel());
    keep.load(&before).unwrap();
    let _held = claim(&before, "a", ALICE, &tunnel, wall()).unwrap();
    keep.save(&before).unwrap();
    let after = registry();
    keep.load(&after).unwrap();
    assert!(matches!(after.lookup("a"), Lookup::Away));
    assert_eq!(
        claim(&after, "a", BOB, &tunnel, wall()).unwrap_err(),
        ClaimError::Taken
    );
    std::fs::write(dir.path().join("names.json"), "{").unwrap();
    assert!(matches!(keep.load(&after), Err(KeepError::Damaged { .. })));
}
