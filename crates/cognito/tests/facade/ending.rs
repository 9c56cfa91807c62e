//! Sign-outs that fail, and challenges that are older than the sign-out.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use cognito::attempt::{QuotaCategory, RateLimiter};
use cognito::ports::RepliedAt;
use cognito::revocation::{MemoryRevocationList, Revocation, RevocationList, TokenIdentity};
use cognito::{AccessClaims, Challenge, ErrorKind, Result};
use cognito_emulator::MfaMode;
use cognito_testkit::FixedClock;
use cognito_testkit::mocks::MockAccount;

use crate::extending::{MockRevoked, MockVerifier, unplugged};

use crate::fixture::{EMAIL, Fixture, NOW, PASSWORD, challenge, refused};

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

async fn fixture() -> Fixture {
    let list = AwayAtFirst {
        list: MemoryRevocationList::new(Arc::new(FixedClock::at_unix(NOW))),
        was_away: AtomicBool::new(false),
    };
    Fixture::ours_with(|pool| pool, |cognito| cognito.revocation_list(list)).await
}

#[tokio::test]
async fn failed_deletion_entry_is_written_on_retry() {
    let fixture = fixture().await;
    let tokens = fixture.signed_in().await;
    let access = tokens.access_token.expose();
    let account = fixture.cognito.account(&tokens.access_token);
    assert_eq!(refused(account.delete().await), ErrorKind::StoreUnavailable);
    fixture.cognito.verify_access_token(access).await.unwrap();
    assert_eq!(refused(account.delete().await), ErrorKind::UserNotFound);
    let verdict = fixture.cognito.verify_access_token(access).await;
    assert_eq!(refused(verdict), ErrorKind::TokenRevoked);
}

#[tokio::test]
async fn unrevocable_user_is_not_deleted() {
    // If the tokens of a user cannot be revoked, an operator cannot delete the user.
    let fixture = fixture().await;
    let tokens = fixture.signed_in().await;
    let user = fixture.cognito.admin().user(EMAIL);
    assert_eq!(refused(user.delete().await), ErrorKind::StoreUnavailable);
    assert_eq!(fixture.emulator().calls("AdminDeleteUser"), 0);
    user.delete().await.unwrap();
    let access = tokens.access_token.expose();
    let verdict = fixture.cognito.verify_access_token(access).await;
    assert_eq!(refused(verdict), ErrorKind::TokenRevoked);
}

#[tokio::test]
async fn a_challenge_outlives_a_facade_that_shuts_down() {
    let fixture = Fixture::ours_with(|pool| pool.mfa(MfaMode::On), |cognito| cognito).await;
    let admin = fixture.cognito.admin();
    admin.create_user(EMAIL).without_invitation().await.unwrap();
    let user = admin.user(EMAIL);
    user.set_permanent_password(PASSWORD).await.unwrap();
    let signed_in = fixture.cognito.login(EMAIL, PASSWORD).await.unwrap();
    let Challenge::MfaSetup(setup) = challenge(signed_in) else {
        panic!("the set-up was expected");
    };
    fixture.cognito.shutdown().await;
    let rejection = fixture.cognito.enroll_totp(setup).await.unwrap_err();
    assert_eq!(rejection.error().kind(), ErrorKind::ShuttingDown);
    // Another instance can continue with the challenge.
    assert!(rejection.into_challenge().is_some());
}

#[tokio::test]
async fn lookups_consume_rate_limit() {
    let clock = Arc::new(FixedClock::at_unix(NOW));
    let limiter = RateLimiter::builder(clock)
        .rate(QuotaCategory::UserRead, 1)
        .longest_wait(std::time::Duration::ZERO)
        .build();
    let limiter = limiter.unwrap();
    let fixture = Fixture::ours_with(|pool| pool, |cognito| cognito.rate_limiter(limiter)).await;
    fixture.confirmed_user(EMAIL).await;
    let user = fixture.cognito.admin().user(EMAIL);
    user.disable().await.unwrap();
    assert_eq!(refused(user.disable().await), ErrorKind::Throttled);
    assert_eq!(fixture.emulator().calls("AdminGetUser"), 1);
}

#[tokio::test]
async fn builder_debug_hides_client_address() {
    let fixture = Fixture::ours().await;
    let cognito = &fixture.cognito;
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

#[tokio::test]
async fn implausibly_old_date_is_not_used() {
    let date = Arc::new(AtomicU64::new(0));
    let until = Arc::new(Mutex::new(None));
    let mut port = MockAccount::new();
    let of_response = Arc::clone(&date);
    port.expect_global_sign_out().returning(move |_| {
        Ok(match of_response.load(Ordering::Relaxed) {
            0 => RepliedAt::unknown(),
            date => RepliedAt::at(date),
        })
    });
    let mut verifier = MockVerifier::new();
    verifier.expect_verify_access().returning(|_| {
        let claims = AccessClaims::new("ann", "iss", "client", 1, NOW);
        Ok(Arc::new(claims))
    });
    let mut list = MockRevoked::new();
    let of_list = Arc::clone(&until);
    list.expect_revoke().returning(move |revocation| {
        let subject = revocation.subject();
        *of_list.lock().unwrap() = subject.map(|(_, until)| until);
        Ok(())
    });
    let builder = unplugged()
        .account(port)
        .verifier(verifier)
        .revocation_list(list);
    let cognito = builder.build().await.unwrap();
    let revoked_until = async |response: u64| {
        date.store(response, Ordering::Relaxed);
        let account = cognito.account("a.b.c");
        account.sign_out_everywhere().await.unwrap();
        until.lock().unwrap().unwrap()
    };
    // A token is valid for at most a day. The largest leeway is five minutes.
    let day = 24 * 60 * 60;
    assert_eq!(revoked_until(0).await, NOW + 60);
    // Within the lifetime of a token, our clock may be wrong.
    for plausible in [NOW - day - 300, NOW - 600, NOW, NOW + 600, NOW + day] {
        assert_eq!(revoked_until(plausible).await, plausible);
    }
    for old in [1, NOW - 30 * day, NOW - day - 301] {
        assert_eq!(revoked_until(old).await, NOW + 60);
    }
}
