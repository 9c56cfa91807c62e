//! Attackers at many addresses guess the passwords of many users, on several instances, while these
//! users sign in from their usual addresses.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use cognito_cache::{AttemptGuard, AttemptPolicy, AttemptSubject, Purpose, StoreFailure};
use cognito_core::{Clock, ErrorKind, SystemClock};
use cognito_redis::{RedisConfig, RedisStore};

const KEY: &[u8; 32] = b"the same on every machine, 32 by";

/// Longer than anything takes on a busy host, because this test is not about the deadline.
const DEADLINE: Duration = Duration::from_secs(20);

/// The size of the attack.
#[derive(Clone, Copy)]
pub(crate) struct Storm {
    pub(crate) attempts: usize,
    pub(crate) addresses: usize,
    pub(crate) victims: usize,
    pub(crate) machines: usize,
    /// The number of concurrent attackers.
    pub(crate) strangers: usize,
}

/// The results of the attack.
#[derive(Default)]
pub(crate) struct Outcome {
    /// The number of admitted attempts of attackers.
    pub(crate) admitted: usize,
    /// How often a victim signed in from the usual address, and how often a victim was rejected
    /// there.
    pub(crate) signed_in: usize,
    pub(crate) kept_out: usize,
    /// How long each attempt of an attacker waited for the result, sorted.
    pub(crate) waits: Vec<Duration>,
    pub(crate) elapsed: Duration,
}

impl Storm {
    /// Returns the number of attempts that the attackers together have in one time window.
    pub(crate) const fn budget(&self) -> usize {
        self.victims * AttemptPolicy::passwords().per_user as usize
    }

    /// Runs the attack against the server at this URL.
    pub(crate) async fn run(self, url: &str) -> Outcome {
        let clock = SystemClock::new();
        let machines: Vec<_> = (0..self.machines).map(|_| machine(url)).collect();
        let mut all = Outcome::default();
        for victim in 0..self.victims {
            all.sign_in(&machines[victim % self.machines], victim).await;
        }
        let start = clock.monotonic();
        let next = Arc::new(AtomicUsize::new(0));
        let strangers: Vec<_> = (0..self.strangers)
            .map(|number| {
                let machine = machines[number % self.machines].clone();
                tokio::spawn(self.strangers(machine, Arc::clone(&next)))
            })
            .collect();
        let is_over = Arc::new(AtomicBool::new(false));
        let victims: Vec<_> = machines
            .iter()
            .map(|machine| tokio::spawn(self.victims(machine.clone(), Arc::clone(&is_over))))
            .collect();
        for stranger in strangers {
            all.take(stranger.await.expect("a stranger"));
        }
        all.elapsed = clock.monotonic().saturating_sub(start);
        is_over.store(true, Ordering::Relaxed);
        for victim in victims {
            all.take(victim.await.expect("a victim"));
        }
        // At the end every victim signs in once more, on an instance that has seen none of it.
        let new = machine(url);
        for victim in 0..self.victims {
            all.sign_in(&new, victim).await;
        }
        all.waits.sort_unstable();
        all
    }

    /// An attacker: makes the next attempt until all are made.
    async fn strangers(self, machine: AttemptGuard, next: Arc<AtomicUsize>) -> Outcome {
        let clock = SystemClock::new();
        let mut own = Outcome::default();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= self.attempts {
                return own;
            }
            let name = name(number % self.victims);
            let address = address([100, 64], number / self.victims % self.addresses);
            let subject = AttemptSubject::new(Purpose::SignIn, &name).with_address(address);
            let start = clock.monotonic();
            let admitted = machine.admit(subject).await;
            own.waits.push(clock.monotonic().saturating_sub(start));
            match admitted {
                Ok(attempt) => {
                    attempt.failed().await;
                    own.admitted += 1;
                }
                Err(error) => assert_eq!(error.kind(), ErrorKind::AttemptLimit, "{error}"),
            }
        }
    }

    /// Signs in the victims, one after the other, repeatedly.
    async fn victims(self, machine: AttemptGuard, is_over: Arc<AtomicBool>) -> Outcome {
        let mut own = Outcome::default();
        for victim in (0..self.victims).cycle() {
            if is_over.load(Ordering::Relaxed) {
                break;
            }
            own.sign_in(&machine, victim).await;
        }
        own
    }
}

impl Outcome {
    /// Signs in a victim from the usual address.
    async fn sign_in(&mut self, machine: &AttemptGuard, victim: usize) {
        let name = name(victim);
        let home = address([192, 168], victim);
        let subject = AttemptSubject::new(Purpose::SignIn, &name).with_address(home);
        match machine.admit(subject).await {
            Ok(attempt) => {
                attempt.signed_in().await;
                self.signed_in += 1;
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::AttemptLimit, "{error}");
                self.kept_out += 1;
            }
        }
    }

    fn take(&mut self, other: Self) {
        self.admitted += other.admitted;
        self.signed_in += other.signed_in;
        self.kept_out += other.kept_out;
        self.waits.extend(other.waits);
    }
}

fn machine(url: &str) -> AttemptGuard {
    let config = RedisConfig::server(url).expect("an address");
    let config = config.with_command_timeout(DEADLINE);
    AttemptGuard::builder(
        Arc::new(RedisStore::new(config)),
        Arc::new(SystemClock::new()),
    )
    .key(KEY)
    .store_failure(StoreFailure::Refuse)
    .build()
    .expect("a guard")
}

fn name(victim: usize) -> String {
    format!("victim-{victim}@example.com")
}

fn address(network: [u8; 2], number: usize) -> IpAddr {
    let [.., high, low] = number.to_be_bytes();
    IpAddr::from([network[0], network[1], high, low])
}
