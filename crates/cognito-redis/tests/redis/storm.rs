//! Strangers at many addresses who guess at many people, on several machines at once, while these
//! people sign in from home.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use cognito_cache::{AttemptGuard, AttemptPolicy, AttemptSubject, Purpose, StoreFailure};
use cognito_core::{Clock, ErrorKind, SystemClock};
use cognito_redis::{RedisConfig, RedisStore};

const KEY: &[u8; 32] = b"the same on every machine, 32 by";

/// Longer than anything takes on a busy machine: what is shown here is not the deadline.
const DEADLINE: Duration = Duration::from_secs(20);

/// How large the storm is.
#[derive(Clone, Copy)]
pub(crate) struct Storm {
    pub(crate) attempts: usize,
    pub(crate) addresses: usize,
    pub(crate) victims: usize,
    pub(crate) machines: usize,
    /// How many strangers try at once.
    pub(crate) strangers: usize,
}

/// What became of it.
#[derive(Default)]
pub(crate) struct Outcome {
    /// How many attempts of strangers were admitted.
    pub(crate) admitted: usize,
    /// How often a victim signed in from home, and how often one was refused there.
    pub(crate) signed_in: usize,
    pub(crate) kept_out: usize,
    /// What each attempt of a stranger took until it was admitted or refused, the shortest first.
    pub(crate) waits: Vec<Duration>,
    pub(crate) elapsed: Duration,
}

impl Storm {
    /// What strangers may try in all within one window.
    pub(crate) const fn budget(&self) -> usize {
        self.victims * AttemptPolicy::passwords().per_user as usize
    }

    /// Lets it loose on the server at this address.
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
        // At the end everybody once more, on a machine that has seen nothing of it.
        let new = machine(url);
        for victim in 0..self.victims {
            all.sign_in(&new, victim).await;
        }
        all.waits.sort_unstable();
        all
    }

    /// One of the strangers: takes the next attempt until all are made.
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

    /// The victims, one after the other, again and again.
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
    /// A victim signs in from home.
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
    .with_key(KEY)
    .on_store_failure(StoreFailure::Refuse)
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
