//! Calls limited to a rate before they are sent.

use std::sync::Arc;
use std::time::Duration;

use cognito::ErrorKind;
use cognito::attempt::{QuotaCategory, RateLimiter, RateLimiterBuilder};
use cognito_testkit::FixedClock;

use crate::fixture::{EMAIL, Fixture, NOW, PASSWORD, complete, refused};

/// Creates a pool behind a limiter with a fixed clock.
async fn fixture(limits: impl FnOnce(RateLimiterBuilder) -> RateLimiterBuilder) -> Fixture {
    let clock = Arc::new(FixedClock::at_unix(NOW));
    let limiter = limits(RateLimiter::builder(clock)).build().unwrap();
    Fixture::ours_with(|pool| pool, |cognito| cognito.rate_limiter(limiter)).await
}

#[tokio::test]
async fn busy_job_does_not_delay_sign_ins() {
    let limits = |limits: RateLimiterBuilder| {
        limits
            .rate(QuotaCategory::UserRead, 5)
            .rate(QuotaCategory::UserAuthentication, 5)
            .longest_wait(Duration::ZERO)
    };
    let fixture = fixture(limits).await;
    fixture.confirmed_user(EMAIL).await;
    let user = fixture.cognito.admin().user(EMAIL);
    for _ in 0..5 {
        user.details().await.unwrap();
    }
    assert_eq!(refused(user.details().await), ErrorKind::Throttled);
    assert_eq!(fixture.emulator().calls("AdminGetUser"), 5);
    drop(complete(
        fixture.cognito.login(EMAIL, PASSWORD).await.unwrap(),
    ));
}

#[tokio::test]
async fn throttled_login_is_no_failed_attempt() {
    let limits = |limits: RateLimiterBuilder| {
        limits
            .rate(QuotaCategory::UserAuthentication, 1)
            .longest_wait(Duration::ZERO)
    };
    let fixture = fixture(limits).await;
    fixture.confirmed_user(EMAIL).await;
    drop(complete(
        fixture.cognito.login(EMAIL, PASSWORD).await.unwrap(),
    ));
    for _ in 0..20 {
        let rejection = fixture.cognito.login(EMAIL, PASSWORD).await;
        assert_eq!(refused(rejection), ErrorKind::Throttled);
    }
    assert_eq!(fixture.emulator().calls("InitiateAuth"), 1);
}

#[tokio::test]
async fn refreshes_that_share_a_call_share_its_turn() {
    let limits = |limits: RateLimiterBuilder| {
        limits
            .rate(QuotaCategory::UserToken, 1)
            .longest_wait(Duration::ZERO)
    };
    let fixture = fixture(limits).await;
    let tokens = fixture.signed_in().await;
    let refresh = || async { fixture.cognito.refresh(&tokens.refresh_token).await };
    let (one, other) = tokio::join!(refresh(), refresh());
    drop(one.unwrap());
    drop(other.unwrap());
    assert_eq!(fixture.emulator().calls("GetTokensFromRefreshToken"), 1);
}
