//! Concurrent and distributed attacks on users who have signed in before.

use std::net::IpAddr;
use std::sync::Arc;

use cognito_cache::{AttemptGuard, AttemptPolicy, AttemptSubject, Purpose};

use super::{Fixture, HOME, KEY, at, fixture};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_strangers_get_exactly_the_budget() {
    // The user signs in at the same time.
    for _ in 0..20 {
        let fixture = fixture();
        fixture.sign_in(at("alice", HOME)).await;
        // The counter has five free places.
        for number in 0..15 {
            let stranger = format!("198.51.100.{number}");
            fixture
                .admit(at("alice", &stranger))
                .await
                .unwrap()
                .failed()
                .await;
        }
        let start = Arc::new(tokio::sync::Barrier::new(68));
        let strangers: Vec<_> = (0..64)
            .map(|number| {
                let (guard, start) = (fixture.guard.clone(), Arc::clone(&start));
                tokio::spawn(async move {
                    start.wait().await;
                    let address = format!("203.0.113.{number}");
                    guard.admit(at("alice", &address)).await.ok()
                })
            })
            .collect();
        let own: Vec<_> = (0..4)
            .map(|_| {
                let (guard, start) = (fixture.guard.clone(), Arc::clone(&start));
                tokio::spawn(async move {
                    start.wait().await;
                    let attempt = guard.admit(at("alice", HOME)).await;
                    attempt.unwrap().signed_in().await;
                })
            })
            .collect();
        for own in own {
            own.await.unwrap();
        }
        let mut admitted = Vec::new();
        for stranger in strangers {
            admitted.extend(stranger.await.unwrap());
        }
        assert_eq!(admitted.len(), 5);
    }
}

/// An attack: so many attempts from so many addresses at so many users.
struct Storm {
    attempts: usize,
    addresses: usize,
    victims: usize,
}

/// Runs the attack. Returns how many attempts of attackers were admitted, and how often a victim
/// signed in.
async fn run(storm: &Storm) -> (u32, usize) {
    let Fixture {
        clock,
        store,
        guard,
    } = fixture();
    let other = AttemptGuard::builder(store, Arc::new(clock)).key(KEY);
    let guards = [guard, other.build().unwrap()];
    let victims: Vec<_> = (0..storm.victims)
        .map(|number| {
            (
                format!("victim-{number}@example.com"),
                format!("192.0.2.{number}"),
            )
        })
        .collect();
    for (name, home) in &victims {
        guards[0]
            .admit(at(name, home))
            .await
            .unwrap()
            .signed_in()
            .await;
    }
    let addresses: Vec<IpAddr> = (0x6440_0000_u32..)
        .take(storm.addresses)
        .map(|number| IpAddr::from(number.to_be_bytes()))
        .collect();
    let (mut admitted, mut signed_in) = (0, 0);
    for number in 0..storm.attempts {
        let guard = &guards[number % 2];
        let (name, home) = &victims[number / storm.addresses % storm.victims];
        let address = addresses[number % storm.addresses];
        let subject = AttemptSubject::new(Purpose::SignIn, name).with_address(address);
        if let Ok(attempt) = guard.admit(subject).await {
            attempt.failed().await;
            admitted += 1;
        }
        if number % 97 == 0 {
            guard.admit(at(name, home)).await.unwrap().signed_in().await;
            signed_in += 1;
        }
    }
    for (name, home) in &victims {
        guards[1]
            .admit(at(name, home))
            .await
            .unwrap()
            .signed_in()
            .await;
        signed_in += 1;
    }
    (admitted, signed_in)
}

#[tokio::test]
async fn distributed_strangers_get_only_the_budgets() {
    // Every victim can still sign in.
    let storm = Storm {
        attempts: 20_000,
        addresses: 50,
        victims: 10,
    };
    let (admitted, signed_in) = run(&storm).await;
    assert_eq!(admitted, 10 * AttemptPolicy::passwords().per_user);
    assert_eq!(signed_in, 20_000_usize.div_ceil(97) + 10);
}
