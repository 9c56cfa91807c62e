//! Several facades, like several instances of a service, that share their revocations and counters.
//!
//! Each test starts a separate `redis-server`; see the tests of `cognito-redis`.
#![cfg(test)] // so that clippy.toml's exceptions for tests hold in helpers, too
#![allow(unreachable_pub, reason = "modules shared with other test programs")]

mod attempts;
mod documents;
#[path = "../shared/fixture.rs"]
#[allow(dead_code, reason = "not everything is done here")]
mod fixture;
#[path = "../../../cognito-redis/tests/redis/proxy.rs"]
#[allow(dead_code, reason = "some faults are not used here")]
mod proxy;
#[path = "../../../cognito-redis/tests/redis/server.rs"]
#[allow(dead_code, reason = "not every question is asked here")]
mod server;
mod tls;

use std::net::IpAddr;
use std::time::Duration;

use cognito::observe::HealthStatus;
use cognito::revocation::WhenStale;
use cognito::store::RedisConfig;
use cognito::{Cognito, ErrorKind, Tokens};
use cognito_tower::{Guard, RejectionKind};
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};

use fixture::{EMAIL, Fixture, PASSWORD, complete, refused};
use proxy::{Fault, Proxy};
use server::Server;

const KEY: &[u8] = b"the same on every machine, 32 by";
const STRANGER: &str = "198.51.100.7";
const HOME: &str = "192.0.2.1";

/// Returns a configuration with long timeouts, for hosts that are busy with other tests.
fn patient(config: RedisConfig) -> RedisConfig {
    let config = config.with_connect_timeout(Duration::from_secs(10));
    config.with_command_timeout(Duration::from_secs(5))
}

/// Creates another instance of the same service.
async fn another(fixture: &Fixture, url: &str, when_stale: WhenStale) -> Cognito {
    fixture
        .facade()
        .redis(patient(RedisConfig::server(url).unwrap()), when_stale)
        .attempt_key(KEY)
        .build()
        .await
        .unwrap()
}

async fn until<F: Future<Output = bool>>(what: &str, is_so: impl Fn() -> F) {
    let wait = async {
        while !is_so().await {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(20), wait).await;
    assert!(waited.is_ok(), "it never came: {what}");
}

#[tokio::test]
async fn sign_out_applies_on_all_instances() {
    let Some(server) = Server::start(&[]).await else {
        return;
    };
    let fixture = Fixture::ours().await;
    let tokens = fixture.signed_in().await;
    let one = another(&fixture, &server.url(), WhenStale::FailClosed).await;
    let other = another(&fixture, &server.url(), WhenStale::FailClosed).await;
    let token = tokens.access_token.expose();
    other.verify_access_token(token).await.unwrap();
    let account = one.account(&tokens.access_token);
    account.sign_out_everywhere().await.unwrap();
    assert_eq!(
        refused(one.verify_access_token(token).await),
        ErrorKind::TokenRevoked
    );
    until("the other machine refuses it", async || {
        other.verify_access_token(token).await.is_err()
    })
    .await;
    assert_eq!(
        refused(other.verify_access_token(token).await),
        ErrorKind::TokenRevoked
    );
    // An instance that starts now has the revocation too. An instance that shares nothing does not.
    let new = another(&fixture, &server.url(), WhenStale::FailClosed).await;
    assert_eq!(
        refused(new.verify_access_token(token).await),
        ErrorKind::TokenRevoked
    );
    fixture.cognito.verify_access_token(token).await.unwrap();
    assert_eq!(new.metrics().security.revoked_tokens, 1);
    assert_eq!(new.health().status, HealthStatus::Healthy);
}

#[tokio::test]
async fn redis_outage_fails_or_warns() {
    let Some(server) = Server::start(&[]).await else {
        return;
    };
    let proxy = Proxy::before(server.port).await;
    let fixture = Fixture::ours().await;
    let tokens = fixture.signed_in().await;
    let token = tokens.access_token.expose();
    let closed = another(&fixture, &proxy.url(), WhenStale::FailClosed).await;
    let open = another(&fixture, &proxy.url(), WhenStale::FailOpen).await;
    for machine in [&closed, &open] {
        machine.verify_access_token(token).await.unwrap();
        assert!(machine.metrics().cache.revocations_age.is_some());
    }
    proxy.set(Fault::Refuse);
    fixture.pass(Duration::from_secs(3));
    // One instance accepts no token and must get no traffic; the other accepts all.
    until("the views are stale", async || {
        closed.health().status == HealthStatus::Unhealthy
            && open.health().status == HealthStatus::Degraded
    })
    .await;
    let error = closed.verify_access_token(token).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::StoreUnavailable, 503)
    );
    open.verify_access_token(token).await.unwrap();
    let (closed_metrics, open_metrics) = (closed.metrics(), open.metrics());
    assert!(open_metrics.cache.revocations_age >= Some(Duration::from_secs(3)));
    assert_eq!(closed_metrics.security.refused_unchecked, 1);
    assert_eq!(open_metrics.security.admitted_unchecked, 1);
    for (machine, what) in [
        (&closed, "no token is accepted"),
        (&open, "tokens are accepted"),
    ] {
        let problems = machine.health().problems;
        assert_eq!(problems.len(), 1);
        assert!(problems[0].contains("stale") && problems[0].contains(what));
    }
    proxy.set(Fault::None);
    until("the view is fresh", async || {
        closed.verify_access_token(token).await.is_ok()
    })
    .await;
    assert_eq!(closed.health().status, HealthStatus::Healthy);
}

#[tokio::test]
async fn guards_can_fail_closed_and_open() {
    // On the same service.
    let Some(mut server) = Server::start(&[]).await else {
        return;
    };
    let fixture = Fixture::ours().await;
    let (tokens, revoked) = (fixture.signed_in().await, fixture.login().await);
    let service = another(&fixture, &server.url(), WhenStale::FailClosed).await;
    let gone = service.revoke(&revoked.refresh_token);
    gone.access_token(&revoked.access_token).await.unwrap();
    let lenient = service.with_when_stale(WhenStale::FailOpen);
    let withdrawals = Guard::access(service.clone());
    let prices = Guard::access(lenient.clone());
    let strict_again = Guard::access(lenient.with_when_stale(WhenStale::FailClosed));
    let (good, bad) = (bearer(&tokens), bearer(&revoked));
    for guard in [&withdrawals, &prices, &strict_again] {
        guard.authenticate(&good).await.unwrap();
    }
    server.kill().await;
    fixture.pass(Duration::from_secs(3));
    for guard in [&withdrawals, &strict_again] {
        let rejection = guard.authenticate(&good).await.unwrap_err();
        assert_eq!(rejection.kind(), RejectionKind::Unavailable);
    }
    prices.authenticate(&good).await.unwrap();
    // All of them reject a token that is known to be revoked.
    for guard in [&withdrawals, &prices] {
        let rejection = guard.authenticate(&bad).await.unwrap_err();
        assert_eq!(rejection.kind(), RejectionKind::InvalidToken);
    }
    assert_eq!(service.health().status, HealthStatus::Unhealthy);
    assert_eq!(lenient.health().status, HealthStatus::Degraded);
    let security = service.metrics().security;
    assert_eq!(
        (security.admitted_unchecked, security.refused_unchecked),
        (1, 2)
    );
}

fn bearer(tokens: &Tokens) -> HeaderMap {
    let value = format!("Bearer {}", tokens.access_token.expose());
    HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::try_from(value).unwrap())])
}

#[tokio::test]
async fn health_and_metrics_show_pending_writes() {
    let Some(server) = Server::start(&[]).await else {
        return;
    };
    let proxy = Proxy::before(server.port).await;
    let fixture = Fixture::ours().await;
    let alone = serde_json::to_value(fixture.cognito.health()).unwrap();
    let expected = serde_json::json!({
        "live": 0, "capacity": 1_000_000, "overflowed": 0, "pendingWrites": 0
    });
    assert_eq!(alone["revocations"], expected);

    let machine = another(&fixture, &proxy.url(), WhenStale::FailOpen).await;
    let tokens = fixture.signed_in().await;
    proxy.set(Fault::Refuse);
    let account = machine.account(&tokens.access_token);
    let error = account.sign_out_everywhere().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StoreUnavailable);
    let health = serde_json::to_value(machine.health()).unwrap();
    assert_eq!(health["status"], "degraded");
    assert_eq!(health["revocations"]["live"], 1);
    assert_eq!(health["revocations"]["pendingWrites"], 1);
    let said = health["problems"][0].as_str().unwrap();
    assert!(said.contains("not yet known to other instances"), "{said}");
    let metrics = serde_json::to_value(machine.metrics()).unwrap();
    assert_eq!(metrics["cache"]["revocationsPendingWrites"], 1);
    assert_eq!(metrics["cache"]["tokenBlacklistSize"], 1);

    fixture.pass(Duration::from_millis(7250));
    let health = serde_json::to_value(machine.health()).unwrap();
    let metrics = serde_json::to_value(machine.metrics()).unwrap();
    for age in [
        &health["revocations"]["ageSeconds"],
        &metrics["cache"]["revocationsAgeSeconds"],
    ] {
        let age = age.as_f64().unwrap();
        assert!((7.25..60.0).contains(&age), "{age}");
    }
    proxy.set(Fault::None);
    until("all is well", async || {
        let health = machine.health();
        health.revocations.pending_writes == 0 && health.status == HealthStatus::Healthy
    })
    .await;
}

#[tokio::test]
async fn instances_share_one_attempt_budget() {
    // The victim can still sign in.
    let Some(server) = Server::start(&[]).await else {
        return;
    };
    let fixture = Fixture::ours().await;
    fixture.confirmed_user(EMAIL).await;
    let one = another(&fixture, &server.url(), WhenStale::FailClosed).await;
    let other = another(&fixture, &server.url(), WhenStale::FailClosed).await;
    let from = |address: &str| address.parse::<IpAddr>().unwrap();
    for machine in [&one, &other, &one, &other] {
        let guess = machine
            .login(EMAIL, "WrongPass123!")
            .client_address(from(STRANGER));
        assert_eq!(refused(guess.await), ErrorKind::InvalidCredentials);
    }
    for machine in [&one, &other] {
        let guess = machine
            .login(EMAIL, PASSWORD)
            .client_address(from(STRANGER));
        assert_eq!(refused(guess.await), ErrorKind::AttemptLimit);
    }
    let at_home = other.login(EMAIL, PASSWORD).client_address(from(HOME));
    drop(complete(at_home.await.unwrap()));
}

#[tokio::test]
async fn known_user_is_known_on_all_instances() {
    let Some(server) = Server::start(&[]).await else {
        return;
    };
    let fixture =
        Fixture::ours_with(|emulator| emulator.attempt_limits(false), |cognito| cognito).await;
    fixture.confirmed_user(EMAIL).await;
    let one = another(&fixture, &server.url(), WhenStale::FailClosed).await;
    let other = another(&fixture, &server.url(), WhenStale::FailClosed).await;
    let home: IpAddr = HOME.parse().unwrap();
    let login = one.login(EMAIL, PASSWORD).client_address(home);
    drop(complete(login.await.unwrap()));
    // Attackers at five addresses use up the account's limit for all addresses. The pool is not
    // called, because its lock after five wrong passwords would affect every caller.
    let wrong = "Incorrect username or password.";
    let wrong = cognito_emulator::Fault::error("InitiateAuth", "NotAuthorizedException", wrong);
    fixture.emulator().inject(wrong).unwrap();
    for number in 0..20_u8 {
        let machine = [&one, &other][usize::from(number % 2)];
        let stranger = IpAddr::from([198, 51, 100, number / 4]);
        let guess = machine
            .login(EMAIL, "WrongPass123!")
            .client_address(stranger);
        assert_eq!(refused(guess.await), ErrorKind::InvalidCredentials);
    }
    fixture.emulator().clear_faults();
    let elsewhere = IpAddr::from([203, 0, 113, 1]);
    for machine in [&one, &other] {
        let login = machine.login(EMAIL, PASSWORD).client_address(elsewhere);
        assert_eq!(refused(login.await), ErrorKind::AttemptLimit);
        let login = machine.login(EMAIL, PASSWORD).client_address(home);
        drop(complete(login.await.unwrap()));
    }
}

#[tokio::test]
async fn shared_counters_require_attempt_key() {
    let Some(server) = Server::start(&[]).await else {
        return;
    };
    let fixture = Fixture::ours().await;
    let redis = || patient(RedisConfig::server(&server.url()).unwrap());
    let builder = || fixture.facade().redis(redis(), WhenStale::FailClosed);
    let error = builder().build().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Misuse);
    assert!(error.to_string().contains("attempt_key"), "{error}");
    let short = builder().attempt_key(b"short").build().await;
    assert!(short.is_err());
}
