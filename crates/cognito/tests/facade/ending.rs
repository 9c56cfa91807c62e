//! Sign-outs that fail, and challenges that are older than the sign-out.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use cognito::attempt::{QuotaCategory, RateLimiter};
use cognito::revocation::{MemoryRevocationList, Revocation, RevocationList, TokenIdentity};
use cognito::{Challenge, ErrorKind, Result};
use cognito_emulator::MfaMode;
use cognito_testkit::FixedClock;

use crate::stage::{EMAIL, NOW, PASSWORD, Stage, challenge, refused};

/// A list whose store is unavailable at the first revocation.
#[derive(Debug)]
struct AwayAtFirst {
    list: MemoryRevocationList,
    was_away: AtomicBool,
}

#[async_trait]
impl RevocationList for AwayAtFirst {
    async fn revoke(&self, revocation: Revocation) -> Result<()> {
        if self.was_away.swap(true, Ordering::Relaxed) {
            self.list.revoke(revocation).await
        } else {
            Err(ErrorKind::StoreUnavailable.into())
        }
    }

    fn is_revoked(&self, token: &TokenIdentity<'_>) -> bool {
        self.list.is_revoked(token)
    }

    fn len(&self) -> usize {
        self.list.len()
    }
}

async fn stage() -> Stage {
    let list = AwayAtFirst {
        list: MemoryRevocationList::new(Arc::new(FixedClock::at_unix(NOW))),
        was_away: AtomicBool::new(false),
    };
    Stage::ours_with(|pool| pool, |cognito| cognito.revocation_list(list)).await
}

#[tokio::test]
async fn failed_deletion_entry_is_written_on_retry() {
    let stage = stage().await;
    let tokens = stage.signed_in().await;
    let access = tokens.access_token.expose();
    let account = stage.cognito.account(&tokens.access_token);
    assert_eq!(refused(account.delete().await), ErrorKind::StoreUnavailable);
    stage.cognito.verify_access_token(access).await.unwrap();
    assert_eq!(refused(account.delete().await), ErrorKind::UserNotFound);
    let verdict = stage.cognito.verify_access_token(access).await;
    assert_eq!(refused(verdict), ErrorKind::TokenRevoked);
}

#[tokio::test]
async fn unrevocable_user_is_not_deleted() {
    // If the tokens of a user cannot be revoked, an operator cannot delete the user.
    let stage = stage().await;
    let tokens = stage.signed_in().await;
    let user = stage.cognito.admin().user(EMAIL);
    assert_eq!(refused(user.delete().await), ErrorKind::StoreUnavailable);
    assert_eq!(stage.emulator().calls("AdminDeleteUser"), 0);
    user.delete().await.unwrap();
    let access = tokens.access_token.expose();
    let verdict = stage.cognito.verify_access_token(access).await;
    assert_eq!(refused(verdict), ErrorKind::TokenRevoked);
}

#[tokio::test]
async fn a_challenge_outlives_a_facade_that_shuts_down() {
    let stage = Stage::ours_with(|pool| pool.mfa(MfaMode::On), |cognito| cognito).await;
    let admin = stage.cognito.admin();
    admin.create_user(EMAIL).without_invitation().await.unwrap();
    let user = admin.user(EMAIL);
    user.set_permanent_password(PASSWORD).await.unwrap();
    let signed_in = stage.cognito.login(EMAIL, PASSWORD).await.unwrap();
    let Challenge::MfaSetup(setup) = challenge(signed_in) else {
        panic!("the set-up was expected");
    };
    stage.cognito.shutdown().await;
    let refusal = stage.cognito.enroll_totp(setup).await.unwrap_err();
    assert_eq!(refusal.error().kind(), ErrorKind::ShuttingDown);
    // Another instance can continue with the challenge.
    assert!(refusal.into_challenge().is_some());
}

#[tokio::test]
async fn lookups_consume_rate_limit() {
    let clock = Arc::new(FixedClock::at_unix(NOW));
    let limiter = RateLimiter::builder(clock)
        .rate(QuotaCategory::UserRead, 1)
        .longest_wait(std::time::Duration::ZERO)
        .build();
    let limiter = limiter.unwrap();
    let stage = Stage::ours_with(|pool| pool, |cognito| cognito.rate_limiter(limiter)).await;
    stage.confirmed_user(EMAIL).await;
    let user = stage.cognito.admin().user(EMAIL);
    user.disable().await.unwrap();
    assert_eq!(refused(user.disable().await), ErrorKind::Throttled);
    assert_eq!(stage.emulator().calls("AdminGetUser"), 1);
}

#[tokio::test]
async fn builder_debug_hides_client_address() {
    let stage = Stage::ours().await;
    let cognito = &stage.cognito;
    let here = IpAddr::from([203, 0, 113, 9]);
    let shown = [
        format!("{:?}", cognito.login(EMAIL, PASSWORD).client_address(here)),
        format!(
            "{:?}",
            cognito.confirm_sign_up(EMAIL, "1").client_address(here)
        ),
        format!(
            "{:?}",
            cognito
                .confirm_forgot_password(EMAIL, "1", PASSWORD)
                .client_address(here)
        ),
        format!(
            "{:?}",
            cognito
                .verify_mfa("ann", "s".repeat(40), "123456", "SOFTWARE_TOKEN_MFA")
                .client_address(here)
        ),
    ];
    for shown in shown {
        assert!(!shown.contains("203"), "{shown}");
    }
}
