//! The attempt guard: limits, results, windows and concurrent attempts.

use std::future::ready;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use cognito_cache::{
    Attempt, AttemptGuard, AttemptPolicy, AttemptSubject, Budget, CaseRule, MemoryStore, Purpose,
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
    let setup = setup();
    setup.fail(4, "alice", HOME).await;
    assert!(setup.locked("alice", HOME).await.is_some());
    assert!(setup.locked("Alice ", HOME).await.is_some());
    assert_eq!(setup.locked("alice", AWAY).await, None);
    assert_eq!(setup.locked("bob", HOME).await, None);
}

#[tokio::test]
async fn lock_ends_with_its_window() {
    let setup = setup();
    setup.fail(1, "alice", HOME).await;
    setup.clock.advance(Duration::from_secs(60));
    setup.fail(3, "alice", HOME).await;
    let left = WINDOW - Duration::from_secs(60);
    assert_eq!(setup.locked("alice", HOME).await, Some(left));
    // Further attempts do not extend the lock.
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
async fn spraying_names_locks_the_address() {
    // Once the address is locked, further attempts create no counters.
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
async fn wider_ipv6_networks_have_larger_limits() {
    // Each attempt has another user name, so that only the networks reach their limits.
    let networks = |prefix: &'static str| {
        (0..200_u32).map(move |number| format!("2001:db8:{prefix}{number:02x}::1"))
    };
    let setup = setup();
    let mut admitted = 0;
    let mut try_from = async |address: String| {
        for _ in 0..100 {
            let name = format!("name {admitted}");
            match setup.admit(&name, &address).await {
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
    assert!(setup.locked("alice", "2001:db8:0:600::1").await.is_some());
    assert!(setup.locked("alice", "2001:db8:1::1").await.is_none());
    let setup = self::setup();
    let mut admitted = 0;
    for address in networks("0:") {
        for _ in 0..10 {
            let name = format!("name {admitted}");
            let Ok(attempt) = setup.admit(&name, &address).await else {
                break;
            };
            attempt.failed().await;
            admitted += 1;
        }
    }
    assert_eq!(admitted, 4 * 100);
}

#[tokio::test]
async fn budget_limits_calls_from_one_address() {
    let setup = setup();
    let from = async |budget, address: &str| {
        let address = address.parse().unwrap();
        setup.guard.admit_from(budget, address, ready(())).await
    };
    for (budget, limit) in [
        (Budget::Messages, 30),
        (Budget::SignInCodes, 100),
        (Budget::Tokens, 300),
    ] {
        for _ in 0..limit {
            from(budget, HOME).await.unwrap().failed().await;
        }
        let error = from(budget, HOME).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AttemptLimit);
        assert_eq!(error.retry_after(), Some(WINDOW));
        from(budget, AWAY).await.unwrap().succeeded().await;
    }
    // Budgets and attempts are counted separately, and no user is locked by a budget.
    assert_eq!(setup.locked("alice", HOME).await, None);
    assert_eq!(setup.guard.locked_accounts(), 0);
    setup.clock.advance(WINDOW);
    from(Budget::Messages, HOME).await.unwrap().failed().await;
}

#[tokio::test]
async fn wider_ipv6_networks_have_larger_budgets() {
    let setup = setup();
    let admitted = async |network: u16| {
        let mut admitted = 0;
        for part in 0..20 {
            let address = format!("2001:db8:0:{:x}::1", (network << 8) + part);
            for _ in 0..30 {
                let address = address.parse().unwrap();
                let call = setup.guard.admit_from(Budget::Messages, address, ready(()));
                let Ok(call) = call.await else { break };
                call.failed().await;
                admitted += 1;
            }
        }
        admitted
    };
    // Five /56 networks of one /48: each admits four times the calls of a /64, all together admit
    // 16 times as many.
    for (network, calls) in [(0, 120), (1, 120), (2, 120), (3, 120), (4, 0)] {
        assert_eq!(admitted(network).await, calls, "{network}");
    }
}

#[tokio::test]
async fn accepted_calls_do_not_use_up_budget() {
    let setup = setup();
    for _ in 0..1_000 {
        let address = HOME.parse().unwrap();
        let call = setup.guard.admit_from(Budget::Tokens, address, ready(()));
        call.await.unwrap().succeeded().await;
    }
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
async fn purposes_have_separate_budgets() {
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
async fn sign_in_clears_only_its_own_failures() {
    // Failures at other addresses stay.
    let setup = setup();
    setup.fail(4, "alice", AWAY).await;
    setup.fail(3, "alice", HOME).await;
    setup.admit("alice", HOME).await.unwrap().signed_in().await;
    assert!(setup.locked("alice", AWAY).await.is_some());
    setup.fail(4, "alice", HOME).await;
    assert!(setup.locked("alice", HOME).await.is_some());
}

#[tokio::test]
async fn success_keeps_failures_of_the_address() {
    let setup = setup();
    for number in 0..99 {
        setup.fail(1, &format!("name {number}"), HOME).await;
    }
    // Signing in to their own account gives an attacker no further attempts.
    for _ in 0..3 {
        setup.admit("own", HOME).await.unwrap().succeeded().await;
    }
    setup.fail(1, "one more", HOME).await;
    assert!(setup.locked("another", HOME).await.is_some());
}

#[tokio::test]
async fn undecided_attempt_is_free_and_dropped_counts() {
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
async fn expired_counter_gets_no_refund() {
    let setup = setup();
    let slow = setup.admit("alice", HOME).await.unwrap();
    setup.clock.advance(WINDOW);
    slow.undecided().await;
    assert_eq!(setup.store.len(), 0);

    // A success has cleared the counter in the meantime.
    setup.admit("alice", HOME).await.unwrap().signed_in().await;
    let slow = setup.admit("alice", HOME).await.unwrap();
    setup.admit("alice", HOME).await.unwrap().succeeded().await;
    slow.undecided().await;
    setup.fail(4, "alice", HOME).await;
    assert!(setup.locked("alice", HOME).await.is_some());
}

#[tokio::test]
async fn late_result_changes_no_newer_window() {
    let setup = setup();
    let slow = setup.admit("alice", HOME).await.unwrap();
    setup.clock.advance(WINDOW);
    setup.fail(1, "alice", HOME).await;
    slow.undecided().await;
    setup.fail(3, "alice", HOME).await;
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
    // A locked user stays locked. The remaining time is no longer known exactly.
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
async fn concurrent_attempts_admit_one_per_place() {
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
async fn hundred_threads_admit_exactly_one() {
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
        // All other attempts have released their places.
        for attempt in admitted {
            attempt.undecided().await;
        }
        setup.fail(1, "alice", HOME).await;
        assert!(setup.locked("alice", HOME).await.is_some());
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

/// Attempts that wait for attempts in flight.
mod waiting {
    use std::future::{pending, poll_fn};
    use std::task::Poll;

    use tokio::task::JoinSet;

    use super::*;

    /// Makes `count` attempts at the same time. Each reports its result after the others have run
    /// for some turns. Returns how many were admitted.
    async fn at_once(setup: &Setup, count: usize, right: impl Fn(usize) -> bool) -> usize {
        let mut all = JoinSet::new();
        for number in 0..count {
            let (guard, is_right) = (setup.guard.clone(), right(number));
            all.spawn(async move {
                let admitted = guard.admit_within(at("alice", HOME), pending()).await;
                let Ok(attempt) = admitted else { return 0 };
                for _ in 0..10 {
                    tokio::task::yield_now().await;
                }
                if is_right {
                    attempt.succeeded().await;
                } else {
                    attempt.failed().await;
                }
                1
            });
        }
        all.join_all().await.into_iter().sum()
    }

    #[tokio::test]
    async fn right_attempts_at_once_are_all_admitted() {
        let setup = setup();
        assert_eq!(at_once(&setup, 16, |_| true).await, 16);
        assert_eq!(at_once(&setup, 64, |_| true).await, 64);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn wrong_attempts_at_once_keep_limit() {
        for _ in 0..20 {
            let setup = setup();
            assert_eq!(at_once(&setup, 100, |_| false).await, 4);
            assert!(setup.locked("alice", HOME).await.is_some());
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn of_mixed_attempts_no_more_than_limit_fail() {
        for round in 0..50 {
            let setup = setup();
            let admitted = at_once(&setup, 60, |number| (number + round) % 3 == 0).await;
            assert!((4..=20 + 4).contains(&admitted), "{admitted}");
            // The user and the address have lost no place: 4 of 20 and 4 of 100 are used.
            setup.fail(4, "alice", AWAY).await;
            for number in 0..12 {
                setup.fail(1, "alice", &format!("203.0.113.{number}")).await;
            }
            for number in 0..96 {
                setup.fail(1, &format!("name {number}"), HOME).await;
            }
        }
    }

    #[tokio::test]
    async fn wait_ends_when_patience_does() {
        let setup = setup();
        let mut held = Vec::new();
        for _ in 0..4 {
            held.push(setup.admit("alice", HOME).await.unwrap());
        }
        // A timer that is ready at the first poll, and one that never is.
        assert!(setup.admit("alice", HOME).await.is_err());
        let guard = setup.guard.clone();
        let waits = tokio::spawn(async move {
            let admitted = guard.admit_within(at("alice", HOME), pending()).await;
            admitted.unwrap().undecided().await;
        });
        tokio::task::yield_now().await;
        assert!(!waits.is_finished());
        held.pop().unwrap().undecided().await;
        waits.await.unwrap();
    }

    #[tokio::test]
    async fn queue_has_share_for_each_address() {
        let setup = setup();
        let mut held = Vec::new();
        for _ in 0..4 {
            held.push(setup.admit("alice", HOME).await.unwrap());
            held.push(setup.admit("alice", AWAY).await.unwrap());
        }
        let mut all = JoinSet::new();
        let mut wait = |address: &'static str| {
            let guard = setup.guard.clone();
            all.spawn(async move {
                let admitted = guard.admit_within(at("alice", address), pending()).await;
                match admitted {
                    Ok(attempt) => attempt.undecided().await,
                    Err(_) => return (address, false),
                }
                (address, true)
            });
        };
        for _ in 0..100 {
            wait(HOME);
        }
        for _ in 0..10 {
            wait(AWAY);
        }
        for _ in 0..500 {
            tokio::task::yield_now().await;
        }
        for attempt in held {
            attempt.undecided().await;
        }
        let all = all.join_all().await;
        let admitted = |address| all.iter().filter(|it| **it == (address, true)).count();
        assert_eq!((admitted(HOME), admitted(AWAY)), (64, 10));
    }

    #[tokio::test]
    async fn queue_is_bounded() {
        let setup = setup();
        let mut held = Vec::new();
        let mut all = JoinSet::new();
        for host in 1..=17 {
            let address = format!("192.0.2.{host}");
            for _ in 0..4 {
                held.push(setup.admit(&address, &address).await.unwrap());
            }
            for _ in 0..64 {
                let (guard, address) = (setup.guard.clone(), address.clone());
                all.spawn(async move {
                    let subject = at(&address, &address);
                    let admitted = guard.admit_within(subject, pending()).await;
                    let Ok(attempt) = admitted else { return false };
                    attempt.undecided().await;
                    true
                });
            }
        }
        for _ in 0..500 {
            tokio::task::yield_now().await;
        }
        for attempt in held {
            attempt.undecided().await;
        }
        let admitted = all.join_all().await.into_iter().filter(|it| *it).count();
        assert_eq!(admitted, 1_024);
    }

    #[tokio::test]
    async fn waiter_that_goes_away_loses_no_place() {
        let setup = setup();
        let mut held = Vec::new();
        for _ in 0..4 {
            held.push(setup.admit("alice", HOME).await.unwrap());
        }
        let mut first = Box::pin(setup.guard.admit_within(at("alice", HOME), pending()));
        let mut second = Box::pin(setup.guard.admit_within(at("alice", HOME), pending()));
        for waiting in [first.as_mut(), second.as_mut()] {
            let mut waiting = waiting;
            let polled = poll_fn(|context| Poll::Ready(waiting.as_mut().poll(context)));
            assert!(polled.await.is_pending());
        }
        // The first waiting attempt is woken, and dropped before it runs.
        held.pop().unwrap().undecided().await;
        drop(first);
        second.await.unwrap().undecided().await;
    }
}
