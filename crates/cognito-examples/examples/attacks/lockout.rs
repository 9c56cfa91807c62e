//! Simulates attackers who try to lock out users with wrong guesses. Also simulates users who make
//! many sign-ins at the same time and must not be locked out.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use cognito::Result;
use cognito::attempt::{AttemptGuard, AttemptSubject, Purpose};
use cognito::clock::SystemClock;
use cognito::store::{CounterLimit, MemoryStore, Reservation, Store, StoreKey};
use cognito_examples::{ANN, Fixture, PASSWORD};
use tokio::task::{JoinSet, yield_now};

use super::{Figure, Size, count};

/// A store that simulates the latency of a remote server, so that concurrent attempts overlap. Each
/// operation first yields to other tasks. An addition or a reservation also yields afterwards.
#[derive(Debug)]
struct Distant(MemoryStore);

impl Distant {
    async fn travel() {
        for _ in 0..3 {
            yield_now().await;
        }
    }
}

#[async_trait]
impl Store for Distant {
    async fn read(&self, key: &StoreKey) -> Result<Option<Vec<u8>>> {
        Self::travel().await;
        self.0.read(key).await
    }

    async fn write(&self, key: &StoreKey, value: Vec<u8>, time_to_live: Duration) -> Result<()> {
        Self::travel().await;
        self.0.write(key, value, time_to_live).await
    }

    async fn delete(&self, key: &StoreKey) -> Result<()> {
        Self::travel().await;
        self.0.delete(key).await
    }

    async fn add(&self, key: &StoreKey, delta: i64, time_to_live: Duration) -> Result<i64> {
        Self::travel().await;
        let sum = self.0.add(key, delta, time_to_live).await;
        Self::travel().await;
        sum
    }

    async fn subtract(&self, key: &StoreKey, amount: u32) -> Result<i64> {
        Self::travel().await;
        self.0.subtract(key, amount).await
    }

    async fn reserve(
        &self,
        limits: &[CounterLimit],
        time_to_live: Duration,
    ) -> Result<Reservation> {
        Self::travel().await;
        let reserved = self.0.reserve(limits, time_to_live).await;
        Self::travel().await;
        reserved
    }
}

/// Simulates an attacker who guesses the password of one user from one IP address, first with 64
/// and then with 128 concurrent requests. The attacker continues although the guesses are rejected.
/// At the same time, the user signs in from other IP addresses. Returns the percentage of the
/// user's sign-ins that are rejected.
pub(crate) async fn guesses_that_are_refused(size: Size) -> Vec<Figure> {
    let mut figures = Vec::new();
    for strangers in [64, 128] {
        let kept_out = kept_out(strangers, size.of(200, 2_000)).await;
        figures.push(Figure::new(
            format!("percent of the user's attempts rejected, {strangers} guesses at once"),
            kept_out,
            0.0,
        ));
    }
    figures
}

async fn kept_out(strangers: u32, attempts: u32) -> f64 {
    let clock = Arc::new(SystemClock::new());
    let store = Distant(MemoryStore::new(clock.clone()));
    let guard = AttemptGuard::builder(Arc::new(store), clock);
    let guard = guard.build().expect("the guard is built");
    let is_over = Arc::new(AtomicBool::new(false));
    let mut tasks = JoinSet::new();
    for _ in 0..strangers {
        let (guard, is_over) = (guard.clone(), Arc::clone(&is_over));
        tasks.spawn(async move {
            while !is_over.load(Ordering::Relaxed) {
                if let Ok(attempt) = guard.admit(at([198, 51, 100, 1].into())).await {
                    attempt.failed().await;
                }
                yield_now().await;
            }
        });
    }
    let mut refused = 0;
    for number in 0..attempts {
        let [.., high, low] = number.to_be_bytes();
        match guard.admit(at([10, 0, high, low].into())).await {
            Ok(attempt) => attempt.succeeded().await,
            Err(_) => refused += 1,
        }
        yield_now().await;
    }
    is_over.store(true, Ordering::Relaxed);
    drop(tasks.join_all().await);
    f64::from(refused) * 100.0 / f64::from(attempts)
}

fn at(address: IpAddr) -> AttemptSubject<'static> {
    AttemptSubject::new(Purpose::SignIn, ANN).with_address(address)
}

/// Simulates 16 concurrent sign-ins of one user from one IP address, as after a restart of all
/// instances of a service. Then simulates an attacker who makes many concurrent guesses. Returns
/// the number of sign-ins with the correct password that are rejected, and the number of guesses
/// that reach Cognito.
pub(crate) async fn many_logins_at_once(size: Size) -> Vec<Figure> {
    let fixture = Fixture::start().await.expect("the emulator starts");
    let mut refused = 0;
    for round in 0..size.of(1, 10) {
        let logins = at_once(&fixture, 16, PASSWORD, 100 + round).await;
        refused += logins.iter().filter(|signed_in| !**signed_in).count();
    }
    let before = fixture.emulator().calls("InitiateAuth");
    let guesses = at_once(&fixture, size.of(100, 1_000), "WrongPass123!", 1).await;
    assert!(!guesses.contains(&true), "a wrong password signs in");
    let sent = fixture.emulator().calls("InitiateAuth") - before;
    vec![
        Figure::new(
            "rejected logins of 16 correct ones at once",
            count(refused),
            0.0,
        ),
        Figure::new("wrong logins at once that reach Cognito", count(sent), 4.0),
    ]
}

/// Makes `logins` concurrent sign-ins from the IP address `10.1.x.y`, where `x` and `y` are the
/// last two bytes of `from`. Returns one value for each sign-in: `true` if it succeeded.
async fn at_once(fixture: &Fixture, logins: u32, password: &'static str, from: u32) -> Vec<bool> {
    let [.., high, low] = from.to_be_bytes();
    let mut tasks = JoinSet::new();
    for _ in 0..logins {
        let cognito = fixture.cognito().clone();
        tasks.spawn(async move {
            let login = cognito.login(ANN, password);
            let login = login.client_address([10, 1, high, low].into());
            login.await.is_ok()
        });
    }
    tasks.join_all().await
}
