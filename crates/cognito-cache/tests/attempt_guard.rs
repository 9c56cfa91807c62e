//! The attempt guard: limits, verdicts, windows, and many attempts at once.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

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

struct Setup {
    clock: FixedClock,
    store: Arc<MemoryStore>,
    guard: AttemptGuard,
}

fn setup() -> Setup {
    let clock = FixedClock::at_unix(1_800_000_000);
    let store = Arc::new(MemoryStore::new(Arc::new(clock.clone())));
    let guard = AttemptGuard::builder(store.clone(), Arc::new(clock.clone()))
        .build()
        .unwrap();
    Setup {
        clock,
        store,
        guard,
    }
}

fn at<'a>(user: &'a str, address: &str) -> AttemptSubject<'a> {
    let address: IpAddr = address.parse().unwrap();
    AttemptSubject::new(Purpose::SignIn, user).with_address(address)
}

impl Setup {
    async fn admit(&self, user: &str, address: &str) -> Result<Attempt, Error> {
        self.guard.admit(at(user, address)).await
    }

    async fn fail(&self, times: usize, user: &str, address: &str) {
        for _ in 0..times {
            self.admit(user, address).await.unwrap().failed().await;
        }
    }

    /// How long the lock holds, if there is one. Leaves nothing counted.
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
async fn four_failures_lock_the_pair_and_not_the_user() {
    let setup = setup();
    setup.fail(4, "alice", HOME).await;
    assert!(setup.locked("alice", HOME).await.is_some());
    assert!(setup.locked("Alice ", HOME).await.is_some());
    assert_eq!(setup.locked("alice", AWAY).await, None);
    assert_eq!(setup.locked("bob", HOME).await, None);
}

#[tokio::test]
async fn a_lock_opens_by_itself_when_the_window_ends() {
    let setup = setup();
    setup.fail(1, "alice", HOME).await;
    setup.clock.advance(Duration::from_secs(60));
    setup.fail(3, "alice", HOME).await;
    let left = WINDOW - Duration::from_secs(60);
    assert_eq!(setup.locked("alice", HOME).await, Some(left));
    // Trying does not prolong it.
    setup.clock.advance(left - Duration::from_millis(1));
    let moment = Some(Duration::from_millis(1));
    assert_eq!(setup.locked("alice", HOME).await, moment);
    assert_eq!(setup.guard.locked_accounts(), 1);
    setup.clock.advance(Duration::from_millis(1));
    assert_eq!(setup.guard.locked_accounts(), 0);
    setup.fail(4, "alice", HOME).await;
    assert!(setup.locked("alice", HOME).await.is_some());
}

#[tokio::test]
async fn twenty_failures_from_everywhere_lock_the_user() {
    let setup = setup();
    for number in 0..20 {
        setup.fail(1, "alice", &format!("192.0.2.{number}")).await;
    }
    assert!(setup.locked("alice", AWAY).await.is_some());
    assert_eq!(setup.locked("bob", AWAY).await, None);
    assert_eq!(setup.guard.locked_accounts(), 1);
}

#[tokio::test]
async fn spraying_names_locks_the_address_and_leaves_no_more_traces() {
    let setup = setup();
    for number in 0..100 {
        setup.fail(1, &format!("name {number}"), HOME).await;
    }
    let before = setup.store.len();
    assert_eq!(before, 100 + 100 + 1);
    for number in 100..1_000 {
        assert!(
            setup
                .locked(&format!("name {number}"), HOME)
                .await
                .is_some()
        );
    }
    assert_eq!(setup.store.len(), before);
    assert_eq!(setup.locked("name 1", AWAY).await, None);
    // No user is locked, only an address.
    assert_eq!(setup.guard.locked_accounts(), 0);
}

#[tokio::test]
async fn an_ipv6_client_cannot_escape_within_its_network() {
    let setup = setup();
    for number in 1..=4 {
        setup.fail(1, "alice", &format!("2001:db8::{number}")).await;
    }
    assert!(setup.locked("alice", "2001:db8::ffff").await.is_some());
    assert_eq!(setup.locked("alice", "2001:db8:0:1::1").await, None);
}

#[tokio::test]
async fn without_an_address_ten_failures_lock_the_user() {
    let setup = setup();
    let subject = AttemptSubject::new(Purpose::SignIn, "alice");
    for _ in 0..10 {
        setup.guard.admit(subject).await.unwrap().failed().await;
    }
    let error = setup.guard.admit(subject).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AttemptLimit);
    assert_eq!(setup.guard.locked_accounts(), 1);
}

#[tokio::test]
async fn purposes_have_budgets_of_their_own() {
    let setup = setup();
    for purpose in Purpose::ALL {
        let mut subject = at("alice", HOME);
        subject.purpose = *purpose;
        for _ in 0..4 {
            setup.guard.admit(subject).await.unwrap().failed().await;
        }
        assert!(setup.guard.admit(subject).await.is_err());
    }
}

#[tokio::test]
async fn codes_have_ten_failures_for_one_user() {
    let setup = setup();
    let subject = |number: u8| {
        AttemptSubject::new(Purpose::MfaCode, "alice").with_address([192, 0, 2, number].into())
    };
    for number in 0..10 {
        let attempt = setup.guard.admit(subject(number)).await.unwrap();
        attempt.failed().await;
    }
    assert!(setup.guard.admit(subject(10)).await.is_err());
}

#[tokio::test]
async fn a_sign_in_leaves_its_own_failures_behind_and_not_those_at_other_addresses() {
    let setup = setup();
    setup.fail(4, "alice", AWAY).await;
    setup.fail(3, "alice", HOME).await;
    setup.admit("alice", HOME).await.unwrap().signed_in().await;
    assert!(setup.locked("alice", AWAY).await.is_some());
    setup.fail(4, "alice", HOME).await;
    assert!(setup.locked("alice", HOME).await.is_some());
}

#[tokio::test]
async fn success_does_not_clear_the_failures_of_the_address() {
    let setup = setup();
    for number in 0..99 {
        setup.fail(1, &format!("name {number}"), HOME).await;
    }
    // An attacker who has an account of their own gains nothing by it.
    for _ in 0..3 {
        setup.admit("own", HOME).await.unwrap().succeeded().await;
    }
    setup.fail(1, "one more", HOME).await;
    assert!(setup.locked("another", HOME).await.is_some());
}

#[tokio::test]
async fn an_undecided_attempt_is_not_counted_and_a_dropped_one_is() {
    let setup = setup();
    for _ in 0..200 {
        setup.admit("alice", HOME).await.unwrap().undecided().await;
    }
    for _ in 0..4 {
        drop(setup.admit("alice", HOME).await.unwrap());
    }
    assert!(setup.locked("alice", HOME).await.is_some());
    assert_eq!(setup.guard.locked_accounts(), 1);
}

#[tokio::test]
async fn a_place_is_not_given_back_to_a_counter_that_is_gone() {
    let setup = setup();
    let slow = setup.admit("alice", HOME).await.unwrap();
    setup.clock.advance(WINDOW);
    slow.undecided().await;
    assert_eq!(setup.store.len(), 0);

    // The counter was cleared by a success meanwhile.
    setup.admit("alice", HOME).await.unwrap().signed_in().await;
    let slow = setup.admit("alice", HOME).await.unwrap();
    setup.admit("alice", HOME).await.unwrap().succeeded().await;
    slow.undecided().await;
    setup.fail(4, "alice", HOME).await;
    assert!(setup.locked("alice", HOME).await.is_some());
}

#[tokio::test]
async fn the_view_of_locks_follows_the_counters() {
    let setup = setup();
    setup.fail(3, "alice", HOME).await;
    let last = setup.admit("alice", HOME).await.unwrap();
    assert!(setup.locked("alice", HOME).await.is_some());
    assert_eq!(setup.guard.locked_accounts(), 1);
    last.undecided().await;
    assert_eq!(setup.guard.locked_accounts(), 0);
    setup.fail(1, "alice", HOME).await;
    setup.fail(4, "alice", AWAY).await;
    setup.fail(4, "bob", AWAY).await;
    assert_eq!(setup.guard.locked_accounts(), 2);
    setup.guard.clear();
    assert_eq!(setup.guard.locked_accounts(), 0);
    // What is locked stays locked, for a time that is not known exactly any more.
    assert_eq!(setup.locked("alice", HOME).await, Some(WINDOW));
    assert_eq!(setup.guard.locked_accounts(), 1);
}

#[tokio::test]
async fn an_operator_can_open_a_lock() {
    let setup = setup();
    setup.fail(4, "alice", HOME).await;
    setup.fail(4, "alice", AWAY).await;
    setup.fail(4, "bob", HOME).await;
    setup.guard.unlock(Purpose::SignIn, "ALICE").await.unwrap();
    assert_eq!(setup.locked("alice", HOME).await, None);
    assert_eq!(setup.locked("alice", AWAY).await, None);
    assert!(setup.locked("bob", HOME).await.is_some());
    assert_eq!(setup.guard.locked_accounts(), 1);
}

#[tokio::test]
async fn of_many_attempts_at_once_each_free_place_admits_one() {
    for failures in 0..=4 {
        let setup = setup();
        setup.fail(failures, "alice", HOME).await;
        let mut admitted = Vec::new();
        for _ in 0..100 {
            admitted.extend(setup.admit("alice", HOME).await.ok());
        }
        assert_eq!(admitted.len(), 4 - failures);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_hundred_threads_with_one_place_left_exactly_one_is_admitted() {
    for _ in 0..50 {
        let setup = setup();
        setup.fail(3, "alice", HOME).await;
        let start = Arc::new(tokio::sync::Barrier::new(100));
        let tasks: Vec<_> = (0..100)
            .map(|_| {
                let (guard, start) = (setup.guard.clone(), Arc::clone(&start));
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
        // All the others have given their places back.
        for attempt in admitted {
            attempt.undecided().await;
        }
        setup.fail(1, "alice", HOME).await;
        assert!(setup.locked("alice", HOME).await.is_some());
    }
}

#[tokio::test]
async fn a_policy_of_ones_own_and_the_pools_case_rule() {
    let clock = FixedClock::at_unix(1_800_000_000);
    let store = Arc::new(MemoryStore::new(Arc::new(clock.clone())));
    let strict = AttemptPolicy::passwords()
        .with_per_user_and_address(1)
        .with_window(Duration::from_secs(60));
    let guard = AttemptGuard::builder(store, Arc::new(clock.clone()))
        .with_policy_for(Purpose::SignIn, strict)
        .with_case_rule(CaseRule::Sensitive)
        .build()
        .unwrap();
    drop(guard.admit(at("alice", HOME)).await.unwrap());
    assert!(guard.admit(at("alice", HOME)).await.is_err());
    assert!(guard.admit(at("Alice", HOME)).await.is_ok());
    clock.advance(Duration::from_secs(60));
    assert!(guard.admit(at("alice", HOME)).await.is_ok());
}
