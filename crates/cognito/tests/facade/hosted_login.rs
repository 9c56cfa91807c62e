//! Managed login in a browser, valid and invalid, with the emulator.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cognito::config::PoolConfig;
use cognito::hosted_login::{Authorization, PendingLogin, Prompt};
use cognito::store::SealKey;
use cognito::verifier::TokenVerifier;
use cognito::{AccessClaims, ErrorKind, IdClaims, Operation, Result, Tokens};
use cognito_emulator::{Client, EmulatorBuilder, Fault, OAuthFlow};
use cognito_jwt::{CognitoVerifier, Reason};
use cognito_testkit::LogCapture;
use futures_util::future::join_all;

use crate::browser::{Browser, parameter, with_parameter};
use crate::fixture::{EMAIL, Fixture, PASSWORD, SECRET, pool_of, refused};
use crate::scenarios::hosted_login::{CALLBACK, again};

const TOKEN: &str = "/oauth2/token";

/// Returns a client whose users sign in with a browser.
pub(crate) fn web() -> Client {
    ["openid", "email", "aws.cognito.signin.user.admin"]
        .into_iter()
        .fold(Client::new("web"), Client::oauth_scope)
        .oauth_flow(OAuthFlow::Code)
        .callback_url(CALLBACK)
        .logout_url("https://shop.example/bye")
}

pub(crate) async fn fixture(client: Client) -> Fixture {
    Fixture::ours_with(|emulator| with_scopes(emulator, client), |cognito| cognito).await
}

fn with_scopes(emulator: EmulatorBuilder, client: Client) -> EmulatorBuilder {
    let emulator = emulator.client(client);
    emulator.resource_server("https://api.example.com", ["read", "write"])
}

async fn with_person() -> Fixture {
    let fixture = fixture(web()).await;
    fixture.confirmed_user(EMAIL).await;
    fixture
}

fn start(fixture: &Fixture) -> Authorization {
    let login = fixture.cognito.hosted_login();
    login.sign_in(CALLBACK).start().unwrap()
}

/// Returns the tokens of a successful sign-in.
async fn tokens(fixture: &Fixture) -> Tokens {
    let start = start(fixture);
    let back = Browser::of(fixture)
        .signed_in(&start.url, EMAIL, PASSWORD)
        .await;
    let login = fixture.cognito.hosted_login();
    login.finish(start.pending, &back).await.unwrap().tokens
}

#[tokio::test]
async fn removed_challenge_is_detected() {
    let fixture = with_person().await;
    let Authorization { url, pending, .. } = start(&fixture);
    let url = with_parameter(&url, "code_challenge", None);
    let url = with_parameter(&url, "code_challenge_method", None);
    let back = Browser::of(&fixture).signed_in(&url, EMAIL, PASSWORD).await;
    let login = fixture.cognito.hosted_login();
    let kind = refused(login.finish(pending, &back).await);
    assert_eq!(kind, ErrorKind::ChallengeExpired);
}

/// A verifier without keys.
#[derive(Debug)]
struct Keyless;

#[async_trait]
impl TokenVerifier for Keyless {
    async fn verify_access(&self, _: &str) -> Result<Arc<AccessClaims>> {
        Err(ErrorKind::KeysUnavailable.into())
    }

    async fn verify_id(&self, _: &str) -> Result<Arc<IdClaims>> {
        Err(ErrorKind::KeysUnavailable.into())
    }
}

#[tokio::test]
async fn unverifiable_tokens_are_revoked() {
    // The sign-in must start again.
    let fixture = with_person().await;
    let Authorization { url, pending, .. } = start(&fixture);
    let back = Browser::of(&fixture).signed_in(&url, EMAIL, PASSWORD).await;
    let builder = fixture.facade_without_keys().verifier(Keyless);
    let keyless = builder.build().await.unwrap();
    let login = keyless.hosted_login();
    let error = login.finish(pending, &back).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ChallengeExpired);
    assert!(!error.is_retryable(), "the code is used up");
    assert_eq!(fixture.emulator().calls("/oauth2/revoke"), 1);
}

#[tokio::test]
async fn rejects_plain_code_challenge() {
    let fixture = with_person().await;
    let Authorization { url, pending, .. } = start(&fixture);
    let url = with_parameter(&url, "code_challenge_method", Some("plain"));
    let Err(back) = Browser::of(&fixture).go(&url).await else {
        panic!("the browser stayed");
    };
    let error = fixture
        .cognito
        .hosted_login()
        .finish(pending, &back)
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some("invalid_request"));
}

#[tokio::test]
async fn foreign_callback_sends_nothing() {
    let fixture = with_person().await;
    let login = fixture.cognito.hosted_login();
    let state = |pending: &PendingLogin| pending.state().to_owned();
    for query in [
        "code=abc",
        "code=abc&state=",
        "",
        "state=x",
        "code=abc&state=another-state",
    ] {
        let error = login
            .finish(start(&fixture).pending, query)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidParameter, "{query}");
        assert_eq!(error.operation(), Some(Operation::OAuthExchangeCode));
    }
    let pending = start(&fixture).pending;
    let twice = format!("code=a&code=b&state={}", state(&pending));
    let kind = refused(login.finish(pending, &twice).await);
    assert_eq!(kind, ErrorKind::InvalidParameter);
    assert_eq!(fixture.emulator().calls(TOKEN), 0);
}

#[tokio::test]
async fn silent_login_rejects_signed_out_user() {
    let fixture = with_person().await;
    let login = fixture.cognito.hosted_login();
    let silent = || {
        login
            .sign_in(CALLBACK)
            .prompt(Prompt::None)
            .start()
            .unwrap()
    };
    let mut browser = Browser::of(&fixture);
    let Authorization { url, pending, .. } = silent();
    let Err(back) = browser.go(&url).await else {
        panic!("the browser stayed");
    };
    let error = login.finish(pending, &back).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::NotAuthorized, Some("login_required"))
    );
    browser
        .signed_in(&start(&fixture).url, EMAIL, PASSWORD)
        .await;
    let Authorization { url, pending, .. } = silent();
    let Err(back) = browser.go(&url).await else {
        panic!("the browser stayed");
    };
    drop(login.finish(pending, &back).await.unwrap());
}

#[tokio::test]
async fn pending_login_cookie_lasts_one_hour() {
    let fixture = with_person().await;
    let login = fixture.cognito.hosted_login();
    let Authorization { url, pending, .. } = start(&fixture);
    let cookie = login.to_state(&pending).unwrap();
    assert!(cookie.len() < 1024, "{}", cookie.len());
    assert!(!cookie.contains(pending.state()) && !cookie.contains(pending.code_verifier()));
    let back = Browser::of(&fixture).signed_in(&url, EMAIL, PASSWORD).await;
    let pending = login.from_state(&cookie).unwrap();
    drop(login.finish(pending, &back).await.unwrap());
    fixture.pass(Duration::from_secs(3599));
    assert!(login.from_state(&cookie).is_ok());
    fixture.pass(Duration::from_secs(1));
    assert_eq!(
        refused(login.from_state(&cookie)),
        ErrorKind::ChallengeExpired
    );
}

#[tokio::test]
async fn cookie_opens_only_with_key_and_purpose() {
    let fixture = with_person().await;
    let key = |byte| SealKey::new(&[byte; 32]).unwrap();
    let with = async |key: SealKey, client: &str| {
        let pool = PoolConfig::new(
            fixture.emulator().user_pool_id().parse().unwrap(),
            client.parse().unwrap(),
        );
        let builder = fixture.facade().config(pool);
        builder.challenge_key(key).build().await.unwrap()
    };
    let (ours, twin) = (with(key(7), "web").await, with(key(7), "web").await);
    let start = ours.hosted_login().sign_in(CALLBACK).start().unwrap();
    let cookie = ours.hosted_login().to_state(&start.pending).unwrap();
    let opened = twin.hosted_login().from_state(&cookie).unwrap();
    assert_eq!(opened.state(), start.pending.state());
    for stranger in [with(key(7), "other").await, with(key(8), "web").await] {
        let kind = refused(stranger.hosted_login().from_state(&cookie));
        assert_eq!(kind, ErrorKind::InvalidParameter);
    }
    let mut changed = cookie.clone();
    changed.pop();
    for text in ["", "no", &changed] {
        let kind = refused(ours.hosted_login().from_state(text));
        assert_eq!(kind, ErrorKind::InvalidParameter, "{text}");
    }
    // A pending login is not accepted as a challenge, although the same key seals both.
    assert_eq!(
        refused(ours.challenge_from_state(&cookie)),
        ErrorKind::InvalidParameter
    );
}

#[tokio::test]
async fn code_is_sent_once_whatever_follows() {
    let fixture = with_person().await;
    let login = fixture.cognito.hosted_login();
    for (fault, kind) in [
        (Fault::cut(TOKEN), ErrorKind::ReplyLost),
        (Fault::status(TOKEN, 503), ErrorKind::Upstream),
    ] {
        let Authorization { url, pending, .. } = start(&fixture);
        let back = Browser::of(&fixture).signed_in(&url, EMAIL, PASSWORD).await;
        let before = fixture.emulator().calls(TOKEN);
        fixture.emulator().inject(fault.times(5)).unwrap();
        let found = refused(login.finish(pending, &back).await);
        fixture.emulator().clear_faults();
        assert_eq!(found, kind);
        assert_eq!(fixture.emulator().calls(TOKEN), before + 1);
    }
}

#[tokio::test]
async fn refresh_is_retried_and_deduplicated() {
    let fixture = with_person().await;
    let login = fixture.cognito.hosted_login();
    let old = tokens(&fixture).await;
    // This refresh shows that the app client does not rotate refresh tokens.
    let _ = login.refresh(&old.refresh_token).await.unwrap();
    let before = fixture.emulator().calls(TOKEN);
    fixture
        .emulator()
        .inject(Fault::cut(TOKEN).times(1))
        .unwrap();
    let all = (0..20).map(|_| async { login.refresh(&old.refresh_token).await });
    let all: Vec<_> = join_all(all)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert_eq!(
        fixture.emulator().calls(TOKEN),
        before + 2,
        "one that was lost, one for all"
    );
    for tokens in &all {
        assert_eq!(tokens.access_token.expose(), all[0].access_token.expose());
        assert_eq!(tokens.refresh_token.expose(), old.refresh_token.expose());
    }
    let kind = refused(login.refresh("made.up.refresh.token").await);
    assert_eq!(kind, ErrorKind::RefreshInvalid);
}

#[tokio::test]
async fn lost_refresh_of_rotating_client_is_not_repeated() {
    let fixture = fixture(web().refresh_rotation(Duration::ZERO)).await;
    fixture.confirmed_user(EMAIL).await;
    let login = fixture.cognito.hosted_login();
    let first = tokens(&fixture).await;
    let second = login.refresh(&first.refresh_token).await.unwrap();
    assert_ne!(second.refresh_token.expose(), first.refresh_token.expose());
    let before = fixture.emulator().calls(TOKEN);
    fixture
        .emulator()
        .inject(Fault::cut(TOKEN).times(1))
        .unwrap();
    let lost = login.refresh(&second.refresh_token).await.unwrap_err();
    // A second request would be rejected as token reuse, as if the token had been stolen.
    assert_eq!(lost.kind(), ErrorKind::ReplyLost);
    assert_eq!(fixture.emulator().calls(TOKEN), before + 1);
}

#[tokio::test]
async fn revoked_sign_in_ends_locally_and_remotely() {
    let fixture = with_person().await;
    let login = fixture.cognito.hosted_login();
    let tokens = tokens(&fixture).await;
    let access = &tokens.access_token;
    assert!(
        fixture
            .cognito
            .verify_access_token(access.expose())
            .await
            .is_ok()
    );
    login
        .revoke(&tokens.refresh_token)
        .access_token(access)
        .await
        .unwrap();
    let here = fixture.cognito.verify_access_token(access.expose()).await;
    assert_eq!(refused(here), ErrorKind::TokenRevoked);
    let id = fixture
        .cognito
        .verify_id_token(tokens.id_token.expose())
        .await;
    assert_eq!(refused(id), ErrorKind::TokenRevoked);
    let there = login.user_info(access).await;
    assert_eq!(refused(there), ErrorKind::AccessRevoked);
    let refresh = login.refresh(&tokens.refresh_token).await;
    assert_eq!(refused(refresh), ErrorKind::RefreshInvalid);
    let kind = refused(login.revoke(access.expose()).await);
    assert_eq!(
        kind,
        ErrorKind::InvalidParameter,
        "an access token is none to revoke"
    );
}

#[tokio::test]
async fn tokens_have_requested_scopes() {
    let fixture = with_person().await;
    let narrow = tokens(&fixture).await;
    let kind = refused(
        fixture
            .cognito
            .account(&narrow.access_token)
            .details()
            .await,
    );
    assert_eq!(kind, ErrorKind::InsufficientScope);
    let login = fixture.cognito.hosted_login();
    let wide = login
        .sign_in(CALLBACK)
        .scope("aws.cognito.signin.user.admin");
    let wide = wide.start().unwrap();
    let back = Browser::of(&fixture)
        .signed_in(&wide.url, EMAIL, PASSWORD)
        .await;
    let wide = login.finish(wide.pending, &back).await.unwrap().tokens;
    fixture
        .cognito
        .account(&wide.access_token)
        .details()
        .await
        .unwrap();
    let api = fixture.login().await;
    let kind = refused(login.user_info(&api.access_token).await);
    assert_eq!(
        kind,
        ErrorKind::AccessRevoked,
        "tokens of the API have not openid"
    );
}

#[tokio::test]
async fn signed_out_browser_must_sign_in_again() {
    let fixture = with_person().await;
    let login = fixture.cognito.hosted_login();
    let mut browser = Browser::of(&fixture);
    browser
        .signed_in(&start(&fixture).url, EMAIL, PASSWORD)
        .await;
    assert!(
        browser.go(&start(&fixture).url).await.is_err(),
        "it is signed in"
    );
    let out = login.logout_url("https://shop.example/bye").unwrap();
    assert_eq!(
        browser.go(&out).await.err().as_deref(),
        Some("https://shop.example/bye")
    );
    let page = browser.go(&start(&fixture).url).await.ok().unwrap();
    assert!(page.html.contains("type=\"password\""), "{}", page.html);
    let again = login.logout_and_sign_in_url(CALLBACK).unwrap();
    let page = browser.go(&again).await.ok().unwrap();
    assert!(page.html.contains("type=\"password\""), "{}", page.html);
    let stranger = login.logout_url("https://evil.example/").unwrap();
    assert_eq!(browser.go(&stranger).await.ok().unwrap().status, 400);
    assert_eq!(
        refused(login.logout_url("nowhere")),
        ErrorKind::InvalidParameter
    );
}

#[tokio::test]
async fn invalid_login_request_fails_before_redirect() {
    let fixture = fixture(web()).await;
    let login = fixture.cognito.hosted_login();
    for (start, field) in [
        (
            login.sign_in("http://shop.example/callback"),
            "redirect URI",
        ),
        (login.sign_in(CALLBACK).scope("a b"), "scope"),
        (login.sign_in(CALLBACK).scope("a\"").scope("email"), "scope"),
        (login.sign_in(CALLBACK).identity_provider(""), "provider"),
    ] {
        let error = start.start().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidParameter);
        assert!(error.to_string().contains(field), "{error}");
    }
    let start = login
        .sign_in(CALLBACK)
        .sign_up()
        .login_hint(EMAIL)
        .language("de");
    let url = start.idp_identifier("example.com").start().unwrap().url;
    assert!(url.contains("/signup?"), "{url}");
    for (name, value) in [
        ("login_hint", EMAIL),
        ("lang", "de"),
        ("idp_identifier", "example.com"),
    ] {
        assert_eq!(parameter(&url, name).as_deref(), Some(value));
    }
}

#[tokio::test]
async fn missing_domain_error_names_the_setting() {
    let fixture = fixture(web()).await;
    let builder = cognito::Cognito::builder().config(pool_of(fixture.emulator()));
    // As with AWS, the endpoint of the API does not determine the domain.
    let builder = builder.endpoint_url(fixture.emulator().endpoint());
    let cognito = builder.clock(fixture.clock()).build().await.unwrap();
    let login = cognito.hosted_login();
    for error in [
        login.sign_in(CALLBACK).start().unwrap_err(),
        login.logout_url(CALLBACK).unwrap_err(),
        login.refresh("a.b.c").await.unwrap_err(),
        login.user_info("a.b.c").await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.to_string().contains("AWS_COGNITO_DOMAIN"), "{error}");
    }
}

#[tokio::test]
async fn browser_sign_in_logs_no_secret() {
    let logs = LogCapture::start();
    let fixture = fixture(web().secret(SECRET)).await;
    fixture.confirmed_user(EMAIL).await;
    let login = fixture.cognito.hosted_login();
    let Authorization { url, pending, .. } = start(&fixture);
    let state = login.to_state(&pending).unwrap();
    let back = Browser::of(&fixture).signed_in(&url, EMAIL, PASSWORD).await;
    let copy = again(&pending);
    let finish = login.finish(pending, &back);
    let mut shown = format!("{finish:?} {copy:?} {login:?}");
    let signed_in = finish.await.unwrap();
    shown += &format!("{signed_in:?}");
    let tokens = &signed_in.tokens;
    let info = login.user_info(&tokens.access_token).await.unwrap();
    shown += &format!("{info:?} {:?}", login.refresh(&tokens.refresh_token));
    drop(login.refresh(&tokens.refresh_token).await.unwrap());
    let error = login.finish(again(&copy), &back).await.unwrap_err();
    shown += &format!("{error:?} {error}");
    login.revoke(&tokens.refresh_token).await.unwrap();
    let code = parameter(&back, "code").unwrap();
    let secrets = [
        copy.state(),
        copy.nonce(),
        copy.code_verifier(),
        &code,
        &state,
        tokens.access_token.expose(),
        tokens.id_token.expose(),
        tokens.refresh_token.expose(),
        SECRET,
        PASSWORD,
        EMAIL,
    ];
    for operation in [
        "OAuthExchangeCode",
        "OAuthRefresh",
        "OAuthRevoke",
        "OAuthUserInfo",
    ] {
        assert!(logs.text().contains(operation), "{operation}");
    }
    logs.assert_free_of(&secrets);
    for secret in secrets {
        assert!(!shown.contains(secret), "{shown}");
    }
}

const API: &str = "https://api.example.com";

#[tokio::test]
async fn verifier_checks_resource_and_level() {
    let fixture = with_person().await;
    let Authorization { url, pending, .. } = start(&fixture);
    let url = with_parameter(&url, "resource", Some(API));
    let url = with_parameter(&url, "acr_values", Some("urn:cognito:loa:1"));
    let back = Browser::of(&fixture).signed_in(&url, EMAIL, PASSWORD).await;
    let login = fixture.cognito.hosted_login();
    let tokens = login.finish(pending, &back).await.unwrap().tokens;
    let emulator = fixture.emulator();
    let builder = || {
        CognitoVerifier::builder(emulator.user_pool_id().parse().unwrap())
            .client_id("web")
            .issuer(emulator.issuer())
            .jwks_source(fixture.keys())
            .clock(fixture.clock())
            .expected_audience(API)
            .least_acr_level(1)
            .require_all_amr(["pwd"])
    };
    let bound = tokens.access_token.expose();
    let plain = self::tokens(&fixture).await.access_token;
    for (builder, token, reason) in [
        (builder(), bound, None),
        (builder(), plain.expose(), Some(Reason::WrongAudience)),
        (builder().least_acr_level(2), bound, Some(Reason::TooWeak)),
    ] {
        let verified = builder.build().unwrap().verify_access(token).await;
        assert_eq!(verified.err().map(|error| error.reason()), reason);
    }
}

in_memory_too! {
    removed_challenge_is_detected
    unverifiable_tokens_are_revoked
    rejects_plain_code_challenge
    foreign_callback_sends_nothing
    silent_login_rejects_signed_out_user
    pending_login_cookie_lasts_one_hour
    cookie_opens_only_with_key_and_purpose
    code_is_sent_once_whatever_follows
    refresh_is_retried_and_deduplicated
    lost_refresh_of_rotating_client_is_not_repeated
    revoked_sign_in_ends_locally_and_remotely
    tokens_have_requested_scopes
    signed_out_browser_must_sign_in_again
    invalid_login_request_fails_before_redirect
    missing_domain_error_names_the_setting
    browser_sign_in_logs_no_secret
    verifier_checks_resource_and_level
}
