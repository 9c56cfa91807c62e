//! Simulates attackers who try to bypass the limits of the attempt guard or to use up its memory.
//! The attackers fill the store of the guard, or guess from many IP addresses.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroUsize;
use std::sync::Arc;

use cognito::attempt::{AttemptGuard, AttemptSubject, Purpose};
use cognito::store::MemoryStore;
use cognito_testkit::FixedClock;

use super::{Figure, Size, count};

fn guard(counters: Option<u32>) -> AttemptGuard {
    let clock = Arc::new(FixedClock::at_unix(1_800_000_000));
    let mut store = MemoryStore::new(clock.clone());
    let counters = counters.and_then(|counters| NonZeroUsize::new(counters as usize));
    if let Some(counters) = counters {
        store = store.with_max_counters(counters);
    }
    let guard = AttemptGuard::builder(Arc::new(store), clock);
    guard.build().expect("the guard is built")
}

/// Makes two failed attempts for each of `times` user names. Each user name begins with `name` and
/// has its own IP address. Returns the number of attempts that the guard admits.
async fn fail(guard: &AttemptGuard, times: u32, name: &str) -> u32 {
    let mut admitted = 0;
    for number in 0..times {
        let name = format!("{name} {number}@example.com");
        let subject = AttemptSubject::new(Purpose::SignIn, &name);
        let address = IpAddr::from((0x0a00_0000 + number).to_be_bytes());
        // Twice, because counters with the value 1 could be evicted before new ones.
        for _ in 0..2 {
            if let Ok(attempt) = guard.admit(subject.with_address(address)).await {
                attempt.failed().await;
                admitted += 1;
            }
        }
    }
    admitted
}

/// Simulates an attacker who fills the counter store with failed attempts for invented user names.
/// After that, the attacker guesses the password of one user 1,000 times from one IP address, and
/// the password of another user from 1,000 IP addresses. Returns the number of admitted guesses for
/// each of these two users.
pub(crate) async fn full_counters(size: Size) -> Vec<Figure> {
    let guard = guard(match size {
        Size::Reduced => Some(1_000),
        Size::Full => None,
    });
    fail(&guard, size.of(2_000, 200_000), "invented").await;
    let mut from_one = 0;
    let mut from_many = 0;
    for number in 0..1_000_u32 {
        let subject = AttemptSubject::new(Purpose::SignIn, "first victim");
        let address = [203, 0, 113, 1].into();
        if let Ok(attempt) = guard.admit(subject.with_address(address)).await {
            attempt.failed().await;
            from_one += 1;
        }
        let subject = AttemptSubject::new(Purpose::SignIn, "second victim");
        let address = IpAddr::from((0xc633_0000 + number).to_be_bytes());
        if let Ok(attempt) = guard.admit(subject.with_address(address)).await {
            attempt.failed().await;
            from_many += 1;
        }
    }
    vec![
        Figure::new(
            "of 1,000 guesses from one address admitted",
            f64::from(from_one),
            4.0,
        ),
        Figure::new(
            "of 1,000 guesses from 1,000 addresses admitted",
            f64::from(from_many),
            20.0,
        ),
    ]
}

/// Simulates failed attempts with a million user names and addresses (20,000 if the attack has the
/// reduced size). Returns the peak memory of the attempt guard in megabytes.
pub(crate) async fn memory(size: Size) -> Vec<Figure> {
    let times = size.of(20_000, 1_000_000);
    // On a separate thread, because allocations are counted by thread.
    let measured = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let runtime = runtime.expect("a runtime");
        let guard = guard(None);
        allocation_counter::measure(|| {
            runtime.block_on(fail(&guard, times, "invented"));
        })
    });
    let bytes = measured.await.expect("the attack runs").bytes_max;
    let megabytes = count(bytes) / 1_000_000.0;
    let name = format!("megabytes for {times} names and addresses");
    vec![Figure::new(name, megabytes, 20.0)]
}

/// Simulates an attacker who controls an IPv6 /48 network. The attacker uses all 65,536 /64
/// networks in it (2,000 at the reduced size). From each /64 network, the attacker makes four
/// guesses for one user, and this user is not attacked from any other network. Returns the number
/// of admitted guesses from the whole /48 network, and from its first /56 network.
pub(crate) async fn ipv6_networks(size: Size) -> Vec<Figure> {
    let guard = guard(None);
    let (mut admitted, mut of_one_56) = (0, 0);
    for network in 0..size.of(2_000, 65_536) {
        let network = u16::try_from(network).unwrap_or(u16::MAX);
        let address = Ipv6Addr::new(0x2001, 0xdb8, 0, network, 0, 0, 0, 1);
        let name = format!("name {network}");
        let subject = AttemptSubject::new(Purpose::SignIn, &name);
        for _ in 0..4 {
            if let Ok(attempt) = guard.admit(subject.with_address(address.into())).await {
                attempt.failed().await;
                admitted += 1;
                of_one_56 += u32::from(network < 256);
            }
        }
    }
    vec![
        Figure::new("guesses from a /48 admitted", f64::from(admitted), 1_600.0),
        Figure::new("guesses from a /56 admitted", f64::from(of_one_56), 400.0),
    ]
}
