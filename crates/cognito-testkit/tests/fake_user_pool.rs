//! The fake user pool, on a runtime without I/O: opening a socket there panics.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

#[path = "fake_user_pool/sdk.rs"]
mod sdk;

use std::time::Duration;

use cognito::config::PoolConfig;
use cognito::{Challenge, ErrorKind, SignIn, Tokens, Username};
use cognito_core::ports::{ClientCredentialsGrant, SignInRequest};
use cognito_core::{Clock, SignInFlow};
use cognito_testkit::emulator::{Client, Emulator, Fault, OAuthFlow, totp_code};
use cognito_testkit::{FakeUserPool, FixedClock};
use tokio::runtime::Builder;

const EMAIL: &str = "ann@example.com";
const PASSWORD: &str = "SecurePass123!";

/// Runs a test on a runtime without I/O and with a paused clock.
fn without_network(test: impl Future<Output = ()>) {
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    runtime.unwrap().block_on(test);
}

async fn pool() -> FakeUserPool {
    let pool = FakeUserPool::builder().client("web").build().await.unwrap();
    pool.emulator().create_user(EMAIL, PASSWORD, &[]).unwrap();
    pool
}

async fn signed_in(pool: &FakeUserPool) -> Tokens {
    match pool.cognito().login(EMAIL, PASSWORD).await.unwrap() {
        SignIn::Complete(tokens) => tokens,
        other => panic!("{other:?}"),
    }
}

#[test]
fn runtime_without_network_rejects_sockets() {
    let opened = std::panic::catch_unwind(|| {
        without_network(async { drop(Emulator::builder().start().await) });
    });
    let panic = opened.unwrap_err();
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    assert!(text.is_some_and(|text| text.contains("IO")), "{text:?}");
}

#[test]
fn user_signs_up_and_out_without_network() {
    without_network(async {
        let pool = FakeUserPool::builder().client("web").build().await.unwrap();
        let (cognito, inbox) = (pool.cognito(), pool.emulator().inbox());
        cognito.sign_up(EMAIL, PASSWORD).await.unwrap();
        let early = cognito.login(EMAIL, PASSWORD).await.unwrap_err();
        assert_eq!(early.kind(), ErrorKind::UserNotConfirmed);
        let code = inbox.latest_code(EMAIL).unwrap();
        cognito.confirm_sign_up(EMAIL, code).await.unwrap();

        let tokens = signed_in(&pool).await;
        let claims = cognito.verify_access_token(tokens.access_token.expose());
        assert_eq!(claims.await.unwrap().client_id, "web");
        let renewed = cognito.refresh(&tokens.refresh_token).await.unwrap();
        let account = cognito.account(&renewed.access_token);
        let attributes = account.details().await.unwrap().attributes;
        assert_eq!(attributes.value("email_verified"), Some("true"));
        account.sign_out_everywhere().await.unwrap();
        let rejected = cognito.refresh(&tokens.refresh_token).await.unwrap_err();
        assert_eq!(rejected.kind(), ErrorKind::RefreshRevoked);
        let revoked = cognito.verify_access_token(renewed.access_token.expose());
        assert!(revoked.await.is_err());
    });
}

#[test]
fn access_token_expires_by_clock() {
    without_network(async {
        let clock = FixedClock::at_unix(1_900_000_000);
        let builder = FakeUserPool::builder().clock(clock.clone());
        let pool = builder.build().await.unwrap();
        pool.emulator().create_user(EMAIL, PASSWORD, &[]).unwrap();
        let tokens = signed_in(&pool).await;
        let token = tokens.access_token.expose();
        pool.cognito().verify_access_token(token).await.unwrap();
        clock.advance(Duration::from_secs(3600));
        let expired = pool.cognito().verify_access_token(token).await.unwrap_err();
        assert_eq!(expired.kind(), ErrorKind::TokenExpired);
        let renewed = pool.cognito().refresh(&tokens.refresh_token).await.unwrap();
        let token = renewed.access_token.expose();
        pool.cognito().verify_access_token(token).await.unwrap();
    });
}

#[test]
fn totp_code_works_once_per_step() {
    without_network(async {
        let pool = pool().await;
        let tokens = signed_in(&pool).await;
        let account = pool.cognito().account(&tokens.access_token);
        let secret = account.setup_totp().await.unwrap().secret;
        let code = || totp_code(secret.expose(), pool.clock().now());
        account.confirm_totp(code()).await.unwrap();

        let login = || async {
            match pool.cognito().login(EMAIL, PASSWORD).await.unwrap() {
                SignIn::Challenge(Challenge::SoftwareTokenMfa(mfa)) => mfa,
                other => panic!("{other:?}"),
            }
        };
        let used = pool.cognito().respond(login().await.code(code())).await;
        assert!(used.is_err(), "this code has confirmed the app");
        pool.clock().advance(Duration::from_secs(30));
        let answer = login().await.code(code());
        let signed_in = pool.cognito().respond(answer).await.unwrap();
        assert!(matches!(signed_in, SignIn::Complete(_)));
    });
}

#[test]
fn injected_faults_reach_caller() {
    without_network(async {
        let pool = pool().await;
        let inject = |fault| pool.emulator().inject(fault).unwrap();
        inject(Fault::error("InitiateAuth", "TooManyRequestsException", "no").times(3));
        let throttled = pool.cognito().login(EMAIL, PASSWORD).await.unwrap_err();
        assert_eq!(throttled.kind(), ErrorKind::Throttled);
        assert_eq!(pool.emulator().calls("InitiateAuth"), 3, "it was retried");
        let tokens = signed_in(&pool).await;

        inject(Fault::cut("SignUp").times(1));
        let lost = pool.cognito().sign_up("bob@example.com", PASSWORD).await;
        assert_eq!(lost.unwrap_err().kind(), ErrorKind::ReplyLost);
        assert_eq!(pool.emulator().calls("SignUp"), 1, "it was not retried");
        assert!(
            pool.cognito()
                .admin()
                .user("bob@example.com")
                .details()
                .await
                .is_ok()
        );

        inject(Fault::delay("GetUser", Duration::from_secs(60)).times(9));
        let slow = pool.cognito().account(&tokens.access_token).details().await;
        assert_eq!(slow.unwrap_err().kind(), ErrorKind::Timeout);
    });
}

#[test]
fn fault_at_keys_fails_verification() {
    without_network(async {
        let pool = pool().await;
        let tokens = signed_in(&pool).await;
        let verify = || {
            pool.cognito()
                .verify_access_token(tokens.access_token.expose())
        };
        for fault in [Fault::status("jwks.json", 503), Fault::cut("jwks.json")] {
            pool.emulator().inject(fault.times(1)).unwrap();
            assert_eq!(
                verify().await.unwrap_err().kind(),
                ErrorKind::KeysUnavailable
            );
            // The next fetch is allowed after a pause.
            pool.clock().advance(Duration::from_secs(10));
        }
        verify().await.unwrap();
        assert_eq!(pool.emulator().calls("jwks.json"), 3);
    });
}

#[test]
fn codes_are_same_in_each_run() {
    without_network(async {
        let mut codes = Vec::new();
        for _ in 0..2 {
            let pool = FakeUserPool::builder().build().await.unwrap();
            pool.cognito().sign_up(EMAIL, PASSWORD).await.unwrap();
            codes.push(pool.emulator().inbox().latest_code(EMAIL).unwrap());
        }
        assert_eq!(codes[0], codes[1]);
    });
}

#[test]
fn ports_and_managed_login_share_pool() {
    without_network(async {
        let machine = Client::new("machine")
            .secret("abcdefghijklmnopqrstuvwxyz0123456789")
            .oauth_flow(OAuthFlow::ClientCredentials)
            .oauth_scope("https://api.example.com/read");
        let builder = FakeUserPool::builder()
            .client(machine)
            .configure(|pool| pool.resource_server("https://api.example.com", ["read"]));
        let pool = builder.build().await.unwrap();
        pool.emulator().create_user(EMAIL, PASSWORD, &[]).unwrap();

        let port = pool.authentication();
        let username: Username = EMAIL.parse().unwrap();
        let password = PASSWORD.try_into().unwrap();
        let flow = SignInFlow::UserPassword;
        let request = SignInRequest::password(username.clone(), password, flow);
        assert!(port.sign_in(request).await.unwrap().into_tokens().is_some());
        pool.administration().user(&username).await.unwrap();
        let grant = ClientCredentialsGrant::new();
        let token = pool
            .hosted_login()
            .client_credentials(&grant)
            .await
            .unwrap();
        let token = token.access_token.expose();
        pool.cognito().verify_access_token(token).await.unwrap();
        assert_eq!(pool.emulator().calls("/oauth2/token"), 1);
    });
}

#[test]
fn cognito_builder_takes_other_settings() {
    without_network(async {
        let pool = pool().await;
        let builder = pool
            .cognito_builder()
            .sign_in_flow(SignInFlow::UserPassword);
        let cognito = builder.build().await.unwrap();
        let signed_in = cognito.login(EMAIL, PASSWORD).await.unwrap();
        assert!(signed_in.into_tokens().is_some());
        assert_eq!(pool.emulator().calls("RespondToAuthChallenge"), 0);
        let config: &PoolConfig = pool.config();
        assert_eq!(config.client_id.as_str(), "web");
    });
}

#[test]
fn invalid_setting_is_configuration_error() {
    without_network(async {
        let error = FakeUserPool::builder().client("two words").build().await;
        let error = error.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.to_string().contains("client id"), "{error}");
    });
}
