//! The attempt guard and known users: attackers who use up a user's limit do not lock out the user.

mod attacks;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use cognito_cache::{
    Attempt, AttemptGuard, AttemptGuardBuilder, AttemptSubject, MemoryStore, Purpose,
};
use cognito_core::{Error, ErrorKind};
use cognito_testkit::FixedClock;

const WINDOW: Duration = Duration::from_secs(15 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const KEY: &[u8] = &[9; 32];
const HOME: &str = "192.0.2.1";
const PHONE: &str = "eu-central-1_5a4c9d1e-0000-4000-8000-000000000001";

struct Fixture {
    clock: FixedClock,
    store: Arc<MemoryStore>,
    guard: AttemptGuard,
}

fn fixture() -> Fixture {
    fixture_with(|builder| builder)
}

fn fixture_with(settings: impl FnOnce(AttemptGuardBuilder) -> AttemptGuardBuilder) -> Fixture {
    let clock = FixedClock::at_unix(1_800_000_000);
    let store = Arc::new(MemoryStore::new(Arc::new(clock.clone())));
    let builder = AttemptGuard::builder(store.clone(), Arc::new(clock.clone())).key(KEY);
    Fixture {
        guard: settings(builder).build().unwrap(),
        clock,
        store,
    }
}

fn at<'a>(user: &'a str, address: &str) -> AttemptSubject<'a> {
    let address: IpAddr = address.parse().unwrap();
    AttemptSubject::new(Purpose::SignIn, user).with_address(address)
}

fn code_at<'a>(user: &'a str, address: &str) -> AttemptSubject<'a> {
    let mut subject = at(user, address);
    subject.purpose = Purpose::MfaCode;
    subject
}

impl Fixture {
    async fn admit(&self, subject: AttemptSubject<'_>) -> Result<Attempt, Error> {
        self.guard.admit(subject).await
    }

    async fn sign_in(&self, subject: AttemptSubject<'_>) {
        self.admit(subject).await.unwrap().signed_in().await;
    }

    /// Fails until no attempt is admitted any more. Returns how many were admitted.
    async fn fail_until_locked(&self, subject: AttemptSubject<'_>) -> u32 {
        for failures in 0..1_000 {
            match self.admit(subject).await {
                Ok(attempt) => attempt.failed().await,
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::AttemptLimit);
                    return failures;
                }
            }
        }
        panic!("no budget is as large as this")
    }

    /// Attackers at a hundred addresses make as many attempts as they can. Returns how many were
    /// admitted.
    async fn storm(&self, user: &str, purpose: Purpose) -> u32 {
        let mut admitted = 0;
        for number in 0..100 {
            let mut subject = at(user, &format!("198.51.100.{number}"));
            subject.purpose = purpose;
            admitted += self.fail_until_locked(subject).await;
        }
        admitted
    }

    async fn is_let_in(&self, subject: AttemptSubject<'_>) -> bool {
        match self.admit(subject).await {
            Ok(attempt) => {
                attempt.undecided().await;
                true
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::AttemptLimit);
                false
            }
        }
    }
}

#[tokio::test]
async fn strangers_cannot_lock_out_known_address() {
    let fixture = fixture();
    fixture.sign_in(at("alice", HOME)).await;
    assert_eq!(fixture.storm("alice", Purpose::SignIn).await, 20);
    for _ in 0..50 {
        fixture.sign_in(at("alice", HOME)).await;
    }
    // At other addresses the lock is in effect for every caller, including the user. A known
    // address has no effect on other names.
    assert!(!fixture.is_let_in(at("alice", "203.0.113.1")).await);
    fixture.storm("bob", Purpose::SignIn).await;
    assert!(!fixture.is_let_in(at("bob", HOME)).await);
}

#[tokio::test]
async fn users_sign_ins_give_strangers_no_tries() {
    let fixture = fixture();
    fixture.sign_in(at("alice", HOME)).await;
    let new = fixture.admit(at("alice", "203.0.113.1")).await.unwrap();
    let mut admitted = fixture.storm("alice", Purpose::SignIn).await;
    // The user is not known at this address yet, so a place is released.
    new.signed_in().await;
    for _ in 0..10 {
        admitted += fixture.storm("alice", Purpose::SignIn).await;
        fixture.sign_in(at("alice", HOME)).await;
        fixture.sign_in(at("alice", "203.0.113.1")).await;
        let own = fixture.admit(at("alice", HOME)).await.unwrap();
        own.succeeded().await;
    }
    assert_eq!(admitted, 20);
}

#[tokio::test]
async fn known_address_locks_after_four_failures() {
    let fixture = fixture();
    fixture.sign_in(at("alice", HOME)).await;
    fixture.storm("alice", Purpose::SignIn).await;
    assert_eq!(fixture.fail_until_locked(at("alice", HOME)).await, 4);
    fixture.clock.advance(WINDOW);
    assert_eq!(fixture.fail_until_locked(at("alice", HOME)).await, 4);
    // These attempts do not use the limit for other addresses.
    assert_eq!(fixture.storm("alice", Purpose::SignIn).await, 20);
}

#[tokio::test]
async fn known_address_keeps_the_address_limit() {
    let fixture = fixture();
    fixture.sign_in(at("alice", HOME)).await;
    for number in 0..100 {
        let name = format!("name {number}");
        fixture.admit(at(&name, HOME)).await.unwrap().failed().await;
    }
    assert!(!fixture.is_let_in(at("alice", HOME)).await);
}

#[tokio::test]
async fn a_first_factor_leaves_no_mark() {
    let fixture = fixture();
    for verdict in 0..4 {
        let attempt = fixture.admit(at("alice", HOME)).await.unwrap();
        match verdict {
            0 => attempt.succeeded().await,
            1 => attempt.undecided().await,
            2 => attempt.failed().await,
            _ => drop(attempt),
        }
    }
    // An attacker with a stolen password must guess the code, within the user's limit.
    assert_eq!(fixture.storm("alice", Purpose::MfaCode).await, 10);
    assert!(!fixture.is_let_in(code_at("alice", HOME)).await);
    fixture.storm("alice", Purpose::SignIn).await;
    assert!(!fixture.is_let_in(at("alice", HOME)).await);
}

#[tokio::test]
async fn known_address_applies_to_every_purpose() {
    let fixture = fixture();
    fixture.sign_in(code_at("alice", HOME)).await;
    for attempts in 0..3 {
        let attempt = fixture.admit(at("alice", HOME)).await.unwrap();
        match attempts {
            0 => attempt.succeeded().await,
            1 => attempt.undecided().await,
            _ => attempt.failed().await,
        }
    }
    fixture
        .guard
        .unlock(Purpose::SignIn, "alice")
        .await
        .unwrap();
    fixture.guard.clear();
    for purpose in Purpose::ALL {
        fixture.storm("alice", *purpose).await;
        let mut subject = at("alice ", HOME);
        subject.purpose = *purpose;
        assert!(fixture.is_let_in(subject).await, "{}", purpose.name());
    }
}

/// Mallory has an account `ALICE` in a pool that distinguishes it from `alice`, but the guard is
/// not configured so.
#[tokio::test]
async fn case_twin_adds_no_budget_at_address() {
    for is_known in [false, true] {
        let fixture = fixture();
        if is_known {
            fixture.sign_in(at("alice", HOME)).await;
        }
        fixture.sign_in(at("ALICE", HOME)).await;
        let mut admitted = 0;
        for _ in 0..10 {
            admitted += fixture.fail_until_locked(at("alice", HOME)).await;
            fixture.sign_in(at("ALICE", HOME)).await;
            let first_factor = fixture.admit(at("ALICE", HOME)).await.unwrap();
            first_factor.succeeded().await;
        }
        assert_eq!(admitted, 4);
        // All other callers together have the limit for one user.
        let theirs = fixture.storm("alice", Purpose::SignIn).await;
        assert_eq!(theirs, if is_known { 20 } else { 16 });
        assert!(!fixture.is_let_in(at("alice", HOME)).await);
    }
}

#[tokio::test]
async fn case_twin_adds_no_budget_on_device() {
    let fixture = fixture();
    fixture.sign_in(at("ALICE", HOME).with_device(PHONE)).await;
    let mut admitted = 0;
    for number in 0..50 {
        let address = format!("203.0.113.{number}");
        let guess = at("alice", &address).with_device(PHONE);
        admitted += fixture.fail_until_locked(guess).await;
        fixture
            .sign_in(at("ALICE", &address).with_device(PHONE))
            .await;
    }
    assert_eq!(admitted, 20);
}

#[tokio::test]
async fn case_twin_adds_no_budget_without_address() {
    let fixture = fixture();
    let nowhere = |name| AttemptSubject::new(Purpose::SignIn, name);
    let mut admitted = 0;
    for _ in 0..9 {
        fixture
            .admit(nowhere("alice"))
            .await
            .unwrap()
            .failed()
            .await;
        fixture.sign_in(nowhere("ALICE")).await;
        admitted += 1;
    }
    admitted += fixture.fail_until_locked(nowhere("alice")).await;
    assert_eq!(admitted, 10);
}

#[tokio::test]
async fn mark_expires_thirty_days_after_last_sign_in() {
    let fixture = fixture();
    fixture.sign_in(at("alice", HOME)).await;
    fixture.clock.advance(29 * DAY);
    fixture.sign_in(at("alice", HOME)).await;
    fixture.clock.advance(30 * DAY - Duration::from_secs(1));
    fixture.storm("alice", Purpose::SignIn).await;
    assert!(fixture.is_let_in(at("alice", HOME)).await);
    fixture.clock.advance(Duration::from_secs(1));
    assert!(!fixture.is_let_in(at("alice", HOME)).await);
    fixture.clock.advance(WINDOW);
    assert!(fixture.store.is_empty());
}

#[tokio::test]
async fn mark_lifetime_is_configurable() {
    // Zero keeps no mark.
    let short = fixture_with(|builder| builder.known_for(Duration::from_secs(60)));
    short.sign_in(at("alice", HOME)).await;
    short.storm("alice", Purpose::SignIn).await;
    assert!(short.is_let_in(at("alice", HOME)).await);
    short.clock.advance(Duration::from_secs(60));
    assert!(!short.is_let_in(at("alice", HOME)).await);

    let never = fixture_with(|builder| builder.known_for(Duration::ZERO));
    never.sign_in(at("alice", HOME).with_device(PHONE)).await;
    never.guard.remember(&[at("alice", HOME)]).await.unwrap();
    never.storm("alice", Purpose::SignIn).await;
    assert!(!never.is_let_in(at("alice", HOME).with_device(PHONE)).await);
}

#[tokio::test]
async fn strangers_cannot_lock_out_known_device() {
    let fixture = fixture();
    fixture.sign_in(at("alice", HOME).with_device(PHONE)).await;
    // Attackers at the same address use up the limits of the pair and of the address. Other
    // attackers use up the limit of the user.
    let cafe = "203.0.113.1";
    assert_eq!(fixture.fail_until_locked(at("alice", cafe)).await, 4);
    for number in 0..96 {
        let name = format!("name {number}");
        fixture.admit(at(&name, cafe)).await.unwrap().failed().await;
    }
    assert!(!fixture.is_let_in(at("bob", cafe)).await);
    fixture.storm("alice", Purpose::SignIn).await;
    for address in [cafe, "2001:db8::1"] {
        assert!(!fixture.is_let_in(at("alice", address)).await);
        assert!(
            fixture
                .is_let_in(at("alice", address).with_device(PHONE))
                .await
        );
    }
    let nowhere = AttemptSubject::new(Purpose::SignIn, "alice").with_device(PHONE);
    assert!(fixture.is_let_in(nowhere).await);
}

#[tokio::test]
async fn known_device_has_four_failures_anywhere() {
    let fixture = fixture();
    fixture.sign_in(at("alice", HOME).with_device(PHONE)).await;
    let mut failures = 0;
    for number in 0..50 {
        let address = format!("203.0.113.{number}");
        let subject = at("alice", &address).with_device(PHONE);
        failures += fixture.fail_until_locked(subject).await;
    }
    assert_eq!(failures, 4);
    assert_eq!(fixture.guard.locked_accounts(), 1);
    // The attempts of other users are not affected, and an operator can unlock the user.
    assert_eq!(fixture.fail_until_locked(at("alice", HOME)).await, 4);
    fixture
        .guard
        .unlock(Purpose::SignIn, "alice")
        .await
        .unwrap();
    assert_eq!(fixture.guard.locked_accounts(), 0);
    fixture.sign_in(at("alice", HOME).with_device(PHONE)).await;
}

#[tokio::test]
async fn unknown_device_has_no_extra_budget() {
    let fixture = fixture();
    fixture
        .sign_in(at("mallory", HOME).with_device(PHONE))
        .await;
    let mut failures = 0;
    for number in 0..100 {
        let device = format!("invented {number}");
        for device in [PHONE, "", &device] {
            let subject = at("alice", "203.0.113.1").with_device(device);
            failures += fixture.fail_until_locked(subject).await;
        }
    }
    assert_eq!(failures, 4);
    fixture.storm("alice", Purpose::SignIn).await;
    assert!(
        !fixture
            .is_let_in(at("alice", "203.0.113.2").with_device(PHONE))
            .await
    );
    let long = "x".repeat(513);
    let refused = fixture.admit(at("alice", HOME).with_device(&long)).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::InvalidParameter);
    let subjects = [at("alice", HOME).with_device(&long)];
    let refused = fixture.guard.remember(&subjects).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::InvalidParameter);
}

#[tokio::test]
async fn service_can_mark_further_names() {
    let fixture = fixture();
    let names = ["alice", "alice@example.com", "Alice"];
    let subjects = names.map(|name| at(name, HOME));
    fixture.guard.remember(&subjects).await.unwrap();
    assert_eq!(fixture.store.len(), 3);
    for name in names {
        fixture.storm(name, Purpose::SignIn).await;
        assert!(fixture.is_let_in(at(name, HOME)).await);
    }
}

#[tokio::test]
async fn signed_in_as_marks_the_given_names() {
    let fixture = fixture();
    let attempt = fixture.admit(at("alias", HOME)).await.unwrap();
    let names = ["alice", "alice@example.com"];
    attempt
        .signed_in_as(&names.map(|name| at(name, HOME)))
        .await;
    for name in names {
        fixture.storm(name, Purpose::SignIn).await;
        assert!(fixture.is_let_in(at(name, HOME)).await);
    }
    fixture.storm("alias", Purpose::SignIn).await;
    assert!(!fixture.is_let_in(at("alias", HOME)).await);
}

#[tokio::test]
async fn stranger_cannot_detect_known_users() {
    // The guard does not reveal whether an account exists either.
    let fixture = fixture();
    for device in [None, Some(PHONE)] {
        let subject = at("known", HOME);
        fixture
            .sign_in(device.map_or(subject, |device| subject.with_device(device)))
            .await;
    }
    fixture.clock.advance(WINDOW);
    let mut seen = Vec::new();
    for name in ["known", "nobody"] {
        let mut answers = Vec::new();
        for round in 0..40_u64 {
            fixture.clock.advance(Duration::from_secs(1));
            let address = format!("198.51.100.{}", round / 5);
            let mut subject = at(name, &address);
            if round % 2 == 0 {
                subject = subject.with_device("a guess");
            }
            match fixture.admit(subject).await {
                Ok(attempt) => {
                    attempt.failed().await;
                    answers.push(None);
                }
                Err(error) => answers.push(Some((error.retry_after(), error.to_string()))),
            }
            // The user signs in from time to time.
            if name == "known" && round % 3 == 0 {
                fixture.sign_in(at(name, HOME)).await;
                fixture.sign_in(at(name, HOME).with_device(PHONE)).await;
            }
        }
        seen.push(answers);
        fixture.clock.advance(WINDOW);
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0].iter().filter(|answer| answer.is_none()).count(), 20);
}
