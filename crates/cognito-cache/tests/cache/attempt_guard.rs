//! The attempt guard: limits, results, windows and concurrent attempts.

mod budgets;
mod waiting;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use cognito_cache::{
    Attempt, AttemptGuard, AttemptPolicy, AttemptSubject, CaseRule, MemoryStore, Purpose,
};
use cognito_core::{Error, ErrorKind};
use cognito_testkit::FixedClock;

const WINDOW: Duration = Duration::from_secs(15 * 60);
const HOME: &str = "192.0.2.1";
const AWAY: &str = "198.51.100.7";

struct Fixture {
    clock: FixedClock,
    store: Arc<MemoryStore>,
    guard: AttemptGuard,
}

fn fixture() -> Fixture {
    let clock = FixedClock::at_unix(1_800_000_000);
    let store = Arc::new(MemoryStore::new(Arc::new(clock.clone())));
    let guard = AttemptGuard::builder(store.clone(), Arc::new(clock.clone()))
        .build()
        .unwrap();
    Fixture {
        clock,
        store,
        guard,
    }
}

fn at<'a>(user: &'a str, address: &str) -> AttemptSubject<'a> {
    let address: IpAddr = address.parse().unwrap();
    AttemptSubject::new(Purpose::SignIn, user).with_address(address)
}

impl Fixture {
    async fn admit(&self, user: &str, address: &str) -> Result<Attempt, Error> {
        self.guard.admit(at(user, address)).await
    }

    async fn fail(&self, times: usize, user: &str, address: &str) {
        for _ in 0..times {
            self.admit(user, address).await.unwrap().failed().await;
        }
    }

    /// Returns the remaining time of the lock, if there is one. Does not change the counters.
    async fn locked(&self, user: &str, address: &str) -> Option<Duration> {
        match self.admit(user, address).await {
            Ok(attempt) => {
                attempt.undecided().await;
                None
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::AttemptLimit);
                assert!(!error.is_retryable());
                Some(error.retry_after().unwrap())
            }
        }
    }
}

#[tokio::test]
async fn four_failures_lock_pair_not_user() {
    let fixture = fixture();
    fixture.fail(4, "alice", HOME).await;
    assert!(fixture.locked("alice", HOME).await.is_some());
    assert!(fixture.locked("Alice ", HOME).await.is_some());
    assert_eq!(fixture.locked("alice", AWAY).await, None);
    assert_eq!(fixture.locked("bob", HOME).await, None);
}

#[tokio::test]
async fn lock_ends_with_its_window() {
    let fixture = fixture();
    fixture.fail(1, "alice", HOME).await;
    fixture.clock.advance(Duration::from_secs(60));
    fixture.fail(3, "alice", HOME).await;
    let left = WINDOW - Duration::from_secs(60);
    assert_eq!(fixture.locked("alice", HOME).await, Some(left));
    // Further attempts do not extend the lock.
    fixture.clock.advance(left - Duration::from_millis(1));
    let moment = Some(Duration::from_millis(1));
    assert_eq!(fixture.locked("alice", HOME).await, moment);
    assert_eq!(fixture.guard.locked_accounts(), 1);
    fixture.clock.advance(Duration::from_millis(1));
    assert_eq!(fixture.guard.locked_accounts(), 0);
    fixture.fail(4, "alice", HOME).await;
    assert!(fixture.locked("alice", HOME).await.is_some());
}

#[tokio::test]
async fn twenty_failures_from_everywhere_lock_the_user() {
    let fixture = fixture();
    for number in 0..20 {
        fixture.fail(1, "alice", &format!("192.0.2.{number}")).await;
    }
    assert!(fixture.locked("alice", AWAY).await.is_some());
    assert_eq!(fixture.locked("bob", AWAY).await, None);
    assert_eq!(fixture.guard.locked_accounts(), 1);
}

#[tokio::test]
async fn spraying_names_locks_the_address() {
    // Once the address is locked, further attempts create no counters.
    let fixture = fixture();
    for number in 0..100 {
        fixture.fail(1, &format!("name {number}"), HOME).await;
    }
    let before = fixture.store.len();
    assert_eq!(before, 100 + 100 + 1);
    for number in 100..1_000 {
        assert!(
            fixture
                .locked(&format!("name {number}"), HOME)
                .await
                .is_some()
        );
    }
    assert_eq!(fixture.store.len(), before);
    assert_eq!(fixture.locked("name 1", AWAY).await, None);
    // No user is locked, only an address.
    assert_eq!(fixture.guard.locked_accounts(), 0);
}

#[tokio::test]
async fn an_ipv6_client_cannot_escape_within_its_network() {
    let fixture = fixture();
    for number in 1..=4 {
        fixture
            .fail(1, "alice", &format!("2001:db8::{number}"))
            .await;
    }
    assert!(fixture.locked("alice", "2001:db8::ffff").await.is_some());
    assert_eq!(fixture.locked("alice", "2001:db8:0:1::1").await, None);
}

#[tokio::test]
async fn wider_ipv6_networks_have_larger_limits() {
    // Each attempt has another user name, so that only the networks reach their limits.
    let networks = |prefix: &'static str| {
        (0..200_u32).map(move |number| format!("2001:db8:{prefix}{number:02x}::1"))
    };
    let fixture = fixture();
    let mut admitted = 0;
    let mut try_from = async |address: String| {
        for _ in 0..100 {
            let name = format!("name {admitted}");
            match fixture.admit(&name, &address).await {
                Ok(attempt) => attempt.failed().await,
                Err(error) => return assert_eq!(error.kind(), ErrorKind::AttemptLimit),
            }
            admitted += 1;
        }
    };
    // 200 networks of one /56.
    for address in networks("0:") {
        try_from(address).await;
    }
    // Another /56 in the same /48, and further ones.
    for prefix in ["0:1", "0:2", "0:3", "0:4", "0:5"] {
        for address in networks(prefix) {
            try_from(address).await;
        }
    }
    assert_eq!(admitted, 16 * 100);
    assert!(fixture.locked("alice", "2001:db8:0:600::1").await.is_some());
    assert!(fixture.locked("alice", "2001:db8:1::1").await.is_none());
    let fixture = self::fixture();
    let mut admitted = 0;
    for address in networks("0:") {
        for _ in 0..10 {
            let name = format!("name {admitted}");
            let Ok(attempt) = fixture.admit(&name, &address).await else {
                break;
            };
            attempt.failed().await;
            admitted += 1;
        }
    }
    assert_eq!(admitted, 4 * 100);
}

#[tokio::test]
async fn without_an_address_ten_failures_lock_the_user() {
    let fixture = fixture();
    let subject = AttemptSubject::new(Purpose::SignIn, "alice");
    for _ in 0..10 {
        fixture.guard.admit(subject).await.unwrap().failed().await;
    }
    let error = fixture.guard.admit(subject).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AttemptLimit);
    assert_eq!(fixture.guard.locked_accounts(), 1);
}

#[tokio::test]
async fn purposes_have_separate_budgets() {
    let fixture = fixture();
    for purpose in Purpose::ALL {
        let mut subject = at("alice", HOME);
        subject.purpose = *purpose;
        let allowed = if *purpose == Purpose::FactorSetup {
            30
        } else {
            4
        };
        for _ in 0..allowed {
            fixture.guard.admit(subject).await.unwrap().failed().await;
        }
        assert!(fixture.guard.admit(subject).await.is_err());
    }
}

#[tokio::test]
async fn common_policy_leaves_setups_unchanged() {
    let clock = Arc::new(FixedClock::at_unix(1_800_000_000));
    let store = Arc::new(MemoryStore::new(clock.clone()));
    let guard = AttemptGuard::builder(store, clock)
        .policy(AttemptPolicy::passwords().with_per_user_and_address(1))
        .build()
        .unwrap();
    for (purpose, allowed) in [(Purpose::SignIn, 1), (Purpose::FactorSetup, 30)] {
        let mut subject = at("alice", HOME);
        subject.purpose = purpose;
        for _ in 0..allowed {
            guard.admit(subject).await.unwrap().failed().await;
        }
        assert!(guard.admit(subject).await.is_err());
    }
}

#[tokio::test]
async fn codes_have_ten_failures_for_one_user() {
    let fixture = fixture();
    let subject = |number: u8| {
        AttemptSubject::new(Purpose::MfaCode, "alice").with_address([192, 0, 2, number].into())
    };
    for number in 0..10 {
        let attempt = fixture.guard.admit(subject(number)).await.unwrap();
        attempt.failed().await;
    }
    assert!(fixture.guard.admit(subject(10)).await.is_err());
}

#[tokio::test]
async fn sign_in_clears_only_its_own_failures() {
    // Failures at other addresses stay.
    let fixture = fixture();
    fixture.fail(4, "alice", AWAY).await;
    fixture.fail(3, "alice", HOME).await;
    fixture
        .admit("alice", HOME)
        .await
        .unwrap()
        .signed_in()
        .await;
    assert!(fixture.locked("alice", AWAY).await.is_some());
    fixture.fail(4, "alice", HOME).await;
    assert!(fixture.locked("alice", HOME).await.is_some());
}

#[tokio::test]
async fn success_keeps_failures_of_the_address() {
    let fixture = fixture();
    for number in 0..99 {
        fixture.fail(1, &format!("name {number}"), HOME).await;
    }
    // Signing in to their own account gives an attacker no further attempts.
    for _ in 0..3 {
        fixture.admit("own", HOME).await.unwrap().succeeded().await;
    }
    fixture.fail(1, "one more", HOME).await;
    assert!(fixture.locked("another", HOME).await.is_some());
}

#[tokio::test]
async fn undecided_attempt_is_free_and_dropped_counts() {
    let fixture = fixture();
    for _ in 0..200 {
        fixture
            .admit("alice", HOME)
            .await
            .unwrap()
            .undecided()
            .await;
    }
    for _ in 0..4 {
        drop(fixture.admit("alice", HOME).await.unwrap());
    }
    assert!(fixture.locked("alice", HOME).await.is_some());
    assert_eq!(fixture.guard.locked_accounts(), 1);
}

#[tokio::test]
async fn expired_counter_gets_no_refund() {
    let fixture = fixture();
    let slow = fixture.admit("alice", HOME).await.unwrap();
    fixture.clock.advance(WINDOW);
    slow.undecided().await;
    assert_eq!(fixture.store.len(), 0);

    // A success has cleared the counter in the meantime.
    fixture
        .admit("alice", HOME)
        .await
        .unwrap()
        .signed_in()
        .await;
    let slow = fixture.admit("alice", HOME).await.unwrap();
    fixture
        .admit("alice", HOME)
        .await
        .unwrap()
        .succeeded()
        .await;
    slow.undecided().await;
    fixture.fail(4, "alice", HOME).await;
    assert!(fixture.locked("alice", HOME).await.is_some());
}

#[tokio::test]
async fn late_result_changes_no_newer_window() {
    let fixture = fixture();
    let slow = fixture.admit("alice", HOME).await.unwrap();
    fixture.clock.advance(WINDOW);
    fixture.fail(1, "alice", HOME).await;
    slow.undecided().await;
    fixture.fail(3, "alice", HOME).await;
    assert!(fixture.locked("alice", HOME).await.is_some());
}

#[tokio::test]
async fn the_view_of_locks_follows_the_counters() {
    let fixture = fixture();
    fixture.fail(3, "alice", HOME).await;
    let last = fixture.admit("alice", HOME).await.unwrap();
    assert!(fixture.locked("alice", HOME).await.is_some());
    assert_eq!(fixture.guard.locked_accounts(), 1);
    last.undecided().await;
    assert_eq!(fixture.guard.locked_accounts(), 0);
    fixture.fail(1, "alice", HOME).await;
    fixture.fail(4, "alice", AWAY).await;
    fixture.fail(4, "bob", AWAY).await;
    assert_eq!(fixture.guard.locked_accounts(), 2);
    fixture.guard.clear();
    assert_eq!(fixture.guard.locked_accounts(), 0);
    // A locked user stays locked. The remaining time is no longer known exactly.
    assert_eq!(fixture.locked("alice", HOME).await, Some(WINDOW));
    assert_eq!(fixture.guard.locked_accounts(), 1);
}

#[tokio::test]
async fn an_operator_can_open_a_lock() {
    let fixture = fixture();
    fixture.fail(4, "alice", HOME).await;
    fixture.fail(4, "alice", AWAY).await;
    fixture.fail(4, "bob", HOME).await;
    fixture
        .guard
        .unlock(Purpose::SignIn, "ALICE")
        .await
        .unwrap();
    assert_eq!(fixture.locked("alice", HOME).await, None);
    assert_eq!(fixture.locked("alice", AWAY).await, None);
    assert!(fixture.locked("bob", HOME).await.is_some());
    assert_eq!(fixture.guard.locked_accounts(), 1);
}

#[tokio::test]
async fn concurrent_attempts_admit_one_per_place() {
    for failures in 0..=4 {
        let fixture = fixture();
        fixture.fail(failures, "alice", HOME).await;
        let mut admitted = Vec::new();
        for _ in 0..100 {
            admitted.extend(fixture.admit("alice", HOME).await.ok());
        }
        assert_eq!(admitted.len(), 4 - failures);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn hundred_threads_admit_exactly_one() {
    for _ in 0..50 {
        let fixture = fixture();
        fixture.fail(3, "alice", HOME).await;
        let start = Arc::new(tokio::sync::Barrier::new(100));
        let tasks: Vec<_> = (0..100)
            .map(|_| {
                let (guard, start) = (fixture.guard.clone(), Arc::clone(&start));
                tokio::spawn(async move {
                    start.wait().await;
                    guard.admit(at("alice", HOME)).await.ok()
                })
            })
            .collect();
        let mut admitted = Vec::new();
        for task in tasks {
            admitted.extend(task.await.unwrap());
        }
        assert_eq!(admitted.len(), 1);
        // All other attempts have released their places.
        for attempt in admitted {
            attempt.undecided().await;
        }
        fixture.fail(1, "alice", HOME).await;
        assert!(fixture.locked("alice", HOME).await.is_some());
    }
}

#[tokio::test]
async fn applies_custom_policy_and_case_rule() {
    let clock = FixedClock::at_unix(1_800_000_000);
    let store = Arc::new(MemoryStore::new(Arc::new(clock.clone())));
    let strict = AttemptPolicy::passwords()
        .with_per_user_and_address(1)
        .with_window(Duration::from_secs(60));
    let guard = AttemptGuard::builder(store, Arc::new(clock.clone()))
        .policy_for(Purpose::SignIn, strict)
        .case_rule(CaseRule::Sensitive)
        .build()
        .unwrap();
    drop(guard.admit(at("alice", HOME)).await.unwrap());
    assert!(guard.admit(at("alice", HOME)).await.is_err());
    assert!(guard.admit(at("Alice", HOME)).await.is_ok());
    clock.advance(Duration::from_secs(60));
    assert!(guard.admit(at("alice", HOME)).await.is_ok());
}
