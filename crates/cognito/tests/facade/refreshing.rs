//! Concurrent refreshes of one token, dropped callers, and the legacy flow.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use cognito::{AccessToken, ErrorKind, RefreshToken};
use cognito_emulator::{AuthFlow, Client, Fault};
use futures_util::future::join_all;
use tokio::task::unconstrained;

use crate::fixture::{EMAIL, Fixture, PASSWORD, SECRET, refused};

const REFRESH: &str = "GetTokensFromRefreshToken";

async fn fixture(client: Client) -> Fixture {
    Fixture::ours_with(|emulator| emulator.client(client), |cognito| cognito).await
}

/// Returns a client whose refresh tokens become invalid as soon as they are used.
fn strict() -> Client {
    Client::new("rotating").refresh_rotation(Duration::ZERO)
}

/// Returns the user's name in Cognito, from a token.
fn canonical_name(fixture: &Fixture, token: &AccessToken) -> String {
    let token = fixture.cognito.decode_token(token.expose()).unwrap();
    let name = token.claim("username").unwrap();
    name.as_str().unwrap().to_owned()
}

/// Polls a future once and returns `true` if it is not ready.
async fn waits(future: &mut (impl Future + Unpin)) -> bool {
    poll_fn(|context| Poll::Ready(Pin::new(&mut *future).poll(context).is_pending())).await
}

/// Starts all calls before the first one ends, and returns their results. `name` is the operation or
/// the path that the calls request.
pub(crate) async fn concurrent<C: Future>(
    fixture: &Fixture,
    name: &str,
    calls: impl IntoIterator<Item = C>,
) -> Vec<C::Output> {
    // In memory, a response without a delay can arrive before the next call starts.
    let delay = Fault::delay(name, Duration::from_millis(20)).times(1);
    fixture.emulator().inject(delay).unwrap();
    let mut calls: Vec<_> = calls.into_iter().map(Box::pin).collect();
    // No timer ends here, because Tokio runs no other task before all calls have started.
    unconstrained(async {
        for call in &mut calls {
            assert!(
                waits(call).await,
                "a call ended before the next one started"
            );
        }
    })
    .await;
    join_all(calls).await
}

#[tokio::test]
async fn fifty_refreshes_share_one_call() {
    let fixture = fixture(strict()).await;
    let old = fixture.signed_in().await;
    let all = (0..50).map(|_| async { fixture.cognito.refresh(&old.refresh_token).await });
    let all = concurrent(&fixture, REFRESH, all).await;
    assert_eq!(fixture.emulator().calls(REFRESH), 1);
    let all: Vec<_> = all.into_iter().map(Result::unwrap).collect();
    for tokens in &all {
        assert_ne!(tokens.refresh_token.expose(), old.refresh_token.expose());
        assert_eq!(tokens.refresh_token.expose(), all[0].refresh_token.expose());
        assert_eq!(tokens.access_token.expose(), all[0].access_token.expose());
        assert_eq!(tokens.id_token.expose(), all[0].id_token.expose());
    }
    drop(
        fixture
            .cognito
            .refresh(&all[0].refresh_token)
            .await
            .unwrap(),
    );
    let metrics = fixture.cognito.metrics();
    let metrics = serde_json::to_value(&metrics).unwrap();
    assert!(
        metrics["totalRequests"].as_u64().unwrap() > 50,
        "each is counted"
    );
}

#[tokio::test]
async fn all_get_the_error_of_one_call() {
    let fixture = fixture(strict()).await;
    let old = fixture.signed_in().await;
    drop(fixture.cognito.refresh(&old.refresh_token).await.unwrap());
    let all = (0..10).map(|_| async { fixture.cognito.refresh(&old.refresh_token).await });
    let errors: Vec<_> = concurrent(&fixture, REFRESH, all)
        .await
        .into_iter()
        .map(Result::unwrap_err)
        .collect();
    assert_eq!(fixture.emulator().calls(REFRESH), 2);
    for error in &errors {
        assert_eq!(error.kind(), ErrorKind::RefreshReuse);
        assert_eq!(error.to_string(), errors[0].to_string());
        assert_eq!(error.request_id(), errors[0].request_id());
        assert!(error.request_id().is_some());
    }
}

#[tokio::test]
async fn the_result_survives_a_caller_that_hangs_up() {
    let fixture = fixture(strict()).await;
    let old = fixture.signed_in().await;
    let refresh = || fixture.cognito.refresh(&old.refresh_token).into_future();
    let mut first = refresh();
    while fixture.emulator().calls(REFRESH) == 0 {
        assert!(waits(&mut first).await, "it had no time to hang up");
        tokio::task::yield_now().await;
    }
    drop(first);
    let fresh = refresh().await.unwrap();
    assert_eq!(fixture.emulator().calls(REFRESH), 1);
    drop(fixture.cognito.refresh(&fresh.refresh_token).await.unwrap());
}

#[tokio::test]
async fn nothing_is_kept_when_a_call_has_ended() {
    let fixture = Fixture::ours().await;
    let tokens = fixture.signed_in().await;
    for calls in 1..=2 {
        drop(
            fixture
                .cognito
                .refresh(&tokens.refresh_token)
                .await
                .unwrap(),
        );
        assert_eq!(fixture.emulator().calls(REFRESH), calls);
    }
}

#[tokio::test]
async fn different_refresh_inputs_are_separate_calls() {
    let fixture = Fixture::ours().await;
    let (phone, laptop) = (fixture.signed_in().await, fixture.login().await);
    let refresh = |token: &RefreshToken| fixture.cognito.refresh(token);
    let device = "us-east-1_4d2ad41e-3ad1-4ad5-b0a1-8a5a1f2f7c11";
    let refreshes = [
        refresh(&phone.refresh_token),
        refresh(&laptop.refresh_token),
        refresh(&phone.refresh_token).client_metadata("tenant", "7"),
        refresh(&phone.refresh_token).client_metadata("tenant", "8"),
        refresh(&phone.refresh_token).device_key(device),
        refresh(&phone.refresh_token).legacy(),
    ];
    for result in join_all(refreshes.map(IntoFuture::into_future)).await {
        drop(result.unwrap());
    }
    assert_eq!(fixture.emulator().calls(REFRESH), 5);
}

#[tokio::test]
async fn old_refresh_without_secret_needs_no_name() {
    let fixture = Fixture::ours().await;
    let old = fixture.signed_in().await;
    let fresh = fixture.cognito.refresh(&old.refresh_token).legacy().await;
    let fresh = fresh.unwrap();
    assert_eq!(fresh.refresh_token.expose(), old.refresh_token.expose());
    let access = fresh.access_token.expose();
    fixture.cognito.verify_access_token(access).await.unwrap();
    assert_eq!(fixture.emulator().calls(REFRESH), 0);
}

#[tokio::test]
async fn old_refresh_with_secret_uses_cognito_username() {
    let fixture = Fixture::ours_with_secret().await;
    let old = fixture.signed_in().await;
    let name = canonical_name(&fixture, &old.access_token);
    assert_ne!(name, EMAIL);
    let refresh = || fixture.cognito.refresh(&old.refresh_token);
    drop(refresh().legacy_for(name).await.unwrap());

    let alias = refresh().legacy_for(EMAIL).await.unwrap_err();
    assert_eq!(alias.kind(), ErrorKind::Configuration);
    assert!(alias.to_string().contains("`username` claim"), "{alias}");

    let sent = fixture.emulator().calls("InitiateAuth");
    let nameless = refresh().legacy().await.unwrap_err();
    assert_eq!(nameless.kind(), ErrorKind::Misuse);
    assert!(
        nameless.to_string().contains("`username` claim"),
        "{nameless}"
    );
    assert_eq!(fixture.emulator().calls("InitiateAuth"), sent);
}

#[tokio::test]
async fn disabled_old_refresh_error_names_remedy() {
    let rotating = fixture(strict()).await;
    let tokens = rotating.signed_in().await;
    let refused = rotating.cognito.refresh(&tokens.refresh_token).legacy();
    let refused = refused.await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NotEnabled);
    assert!(refused.to_string().contains("rotates"), "{refused}");

    let closed = fixture(Client::new("closed").flow(AuthFlow::UserSrp)).await;
    let tokens = closed.signed_in().await;
    let refused = closed.cognito.refresh(&tokens.refresh_token).legacy();
    let refused = refused.await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::FlowNotEnabled);
    assert!(
        refused.to_string().contains("ALLOW_REFRESH_TOKEN_AUTH"),
        "{refused}"
    );
}

#[tokio::test]
async fn invalid_name_or_device_is_not_sent() {
    let fixture = Fixture::ours().await;
    let refresh = || fixture.cognito.refresh("a-refresh-token");
    for wrong in [
        refresh().legacy_for(""),
        refresh().legacy_for("two words"),
        refresh().device_key("no device"),
    ] {
        let shown = format!("{wrong:?}");
        assert_eq!(refused(wrong.await), ErrorKind::InvalidParameter, "{shown}");
    }
    let shown = format!("{:?}", refresh().legacy_for(EMAIL));
    for secret in ["a-refresh", EMAIL, PASSWORD, SECRET] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert_eq!(fixture.emulator().calls("InitiateAuth"), 0);
    assert_eq!(fixture.emulator().calls(REFRESH), 0);
}

#[tokio::test]
async fn lost_reply_under_rotation_is_reply_lost() {
    let fixture = fixture(strict()).await;
    let old = fixture.signed_in().await;
    // Before the first refresh it is unknown whether the client rotates tokens.
    fixture
        .emulator()
        .inject(Fault::cut(REFRESH).times(1))
        .unwrap();
    let kind = refused(fixture.cognito.refresh(&old.refresh_token).await);
    assert_eq!(kind, ErrorKind::ReplyLost);
    assert_eq!(fixture.emulator().calls(REFRESH), 1);

    let fixture = self::fixture(strict()).await;
    let old = fixture.signed_in().await;
    let new = fixture.cognito.refresh(&old.refresh_token).await.unwrap();
    fixture
        .emulator()
        .inject(Fault::cut(REFRESH).times(1))
        .unwrap();
    let kind = refused(fixture.cognito.refresh(&new.refresh_token).await);
    assert_eq!(kind, ErrorKind::ReplyLost);
    assert_eq!(fixture.emulator().calls(REFRESH), 2);
}

#[tokio::test]
async fn lost_reply_without_rotation_is_sent_again() {
    let fixture = fixture(Client::new("lasting")).await;
    let old = fixture.signed_in().await;
    drop(fixture.cognito.refresh(&old.refresh_token).await.unwrap());
    fixture
        .emulator()
        .inject(Fault::cut(REFRESH).times(1))
        .unwrap();
    drop(fixture.cognito.refresh(&old.refresh_token).await.unwrap());
    assert_eq!(fixture.emulator().calls(REFRESH), 3);
}

in_memory_too! {
    fifty_refreshes_share_one_call
    all_get_the_error_of_one_call
    the_result_survives_a_caller_that_hangs_up
    nothing_is_kept_when_a_call_has_ended
    different_refresh_inputs_are_separate_calls
    old_refresh_without_secret_needs_no_name
    old_refresh_with_secret_uses_cognito_username
    disabled_old_refresh_error_names_remedy
    invalid_name_or_device_is_not_sent
    lost_reply_under_rotation_is_reply_lost
    lost_reply_without_rotation_is_sent_again
}
