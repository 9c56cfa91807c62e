//! The rate limiter: bursts, waits and separate categories.

use std::sync::Arc;
use std::time::Duration;

use cognito_cache::RateLimiter;
use cognito_core::operations::QuotaCategory;
use cognito_core::{Clock, Error, ErrorKind};
use cognito_testkit::FixedClock;

const READ: QuotaCategory = QuotaCategory::UserRead;

fn limiter(rate: u32) -> (RateLimiter, FixedClock) {
    let clock = FixedClock::at_unix(1_800_000_000);
    let limiter = RateLimiter::builder(Arc::new(clock.clone())).rate(READ, rate);
    (limiter.build().unwrap(), clock)
}

#[test]
fn burst_of_one_second_then_spaced() {
    let (limiter, clock) = limiter(4);
    let turns: Vec<_> = (0..6).map(|_| limiter.turn(READ).unwrap()).collect();
    let milliseconds: Vec<_> = turns.iter().map(Duration::as_millis).collect();
    assert_eq!(milliseconds, [0, 0, 0, 0, 250, 500]);
    clock.advance(Duration::from_millis(500));
    assert_eq!(limiter.turn(READ).unwrap().as_millis(), 250);
}

#[test]
fn idle_time_saves_one_second() {
    let (limiter, clock) = limiter(4);
    clock.advance(Duration::from_secs(60));
    let at_once = (0..10).filter(|_| limiter.turn(READ).unwrap().is_zero());
    assert_eq!(at_once.count(), 4);
}

#[test]
fn in_the_long_run_the_rate_is_kept() {
    let clock = FixedClock::at_unix(1_800_000_000);
    let limiter = RateLimiter::builder(Arc::new(clock.clone())).rate(READ, 10);
    let limiter = limiter.longest_wait(Duration::ZERO).build().unwrap();
    let mut sent = 0;
    for _ in 0..60 {
        while limiter.turn(READ).is_ok() {
            sent += 1;
        }
        clock.advance(Duration::from_secs(1));
    }
    assert_eq!(sent, 600);
}

#[test]
fn rejects_long_wait_without_taking_a_turn() {
    let (limiter, clock) = limiter(1);
    let turns: Vec<_> = (0..5).map(|_| limiter.turn(READ)).collect();
    let kinds = turns.iter().filter_map(|turn| turn.as_ref().err());
    let kinds: Vec<_> = kinds.map(Error::kind).collect();
    assert_eq!(kinds, [ErrorKind::Throttled, ErrorKind::Throttled]);
    let refusal = limiter.turn(READ).unwrap_err().to_string();
    assert!(refusal.contains("UserRead to 1 requests"), "{refusal}");
    clock.advance(Duration::from_secs(3));
    assert_eq!(limiter.turn(READ).unwrap(), Duration::ZERO);
}

#[test]
fn categories_do_not_wait_for_each_other() {
    let (limiter, _) = limiter(1);
    while limiter.turn(READ).is_ok() {}
    let turn = limiter.turn(QuotaCategory::UserAuthentication);
    assert_eq!(turn.unwrap(), Duration::ZERO);
}

#[test]
fn clones_share_their_counts() {
    let (limiter, _) = limiter(1);
    let clone = limiter.clone();
    assert_eq!(limiter.turn(READ).unwrap(), Duration::ZERO);
    assert_eq!(clone.turn(READ).unwrap(), Duration::from_secs(1));
}

#[test]
fn shares_of_aws_defaults_are_never_zero() {
    let clock: Arc<dyn Clock> = Arc::new(FixedClock::at_unix(0));
    let limiter = RateLimiter::builder(clock.clone()).share_of_defaults(5);
    let shown = format!("{:?}", limiter.build().unwrap());
    assert!(shown.contains("UserAuthentication: 6"), "{shown}");
    assert!(shown.contains("UserPoolResourceUpdate: 1"), "{shown}");
    let nothing = RateLimiter::builder(clock).rate(READ, 0).build();
    assert_eq!(nothing.unwrap_err().kind(), ErrorKind::Misuse);
}
