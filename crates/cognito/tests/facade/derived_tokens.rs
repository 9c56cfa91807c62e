//! Tokens for other services: of the app client itself without a domain, exchanged for the token of
//! a user, and bound to a resource.

use std::time::Duration;

use cognito::authentication::{ClientToken, PresentedToken};
use cognito::config::PoolConfig;
use cognito::hosted_login::PendingLogin;
use cognito::requests::ExchangeRequest;
use cognito::{AccessToken, Call, Cognito, ErrorKind, IdToken, Tokens};
use cognito_emulator::{AuthFlow, Client, EmulatorBuilder, Fault, OAuthFlow};
use cognito_testkit::LogCapture;

use crate::browser::{Browser, parameter};
use crate::fixture::{EMAIL, Fixture, PASSWORD, SECRET, pool_of, refused};
use crate::hosted_login::web;
use crate::refreshing::concurrent;
use crate::scenarios::hosted_login::CALLBACK;

in_memory_too! {
    client_token_is_cached_by_scopes
    delegated_token_names_actor
}

const API: &str = "https://api.example.com";
const READ: &str = "https://api.example.com/read";
const WRITE: &str = "https://api.example.com/write";

/// Returns a client that gets its tokens without a domain.
fn machine() -> Client {
    let client = Client::new("machine").secret(SECRET);
    let client = client.flow(AuthFlow::ClientToken);
    client.oauth_scope(READ).oauth_scope(WRITE)
}

async fn pool(clients: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder) -> Fixture {
    let settings =
        |emulator: EmulatorBuilder| clients(emulator.resource_server(API, ["read", "write"]));
    Fixture::ours_with(settings, |cognito| cognito).await
}

async fn machines() -> Fixture {
    pool(|emulator| emulator.client(machine())).await
}

async fn token(cognito: &Cognito, scope: &str) -> ClientToken {
    cognito.client_token().scope(scope).await.unwrap()
}

fn calls(fixture: &Fixture) -> u64 {
    fixture.emulator().calls("GetClientToken")
}

#[tokio::test]
async fn client_token_is_cached_by_scopes() {
    let fixture = machines().await;
    let cognito = &fixture.cognito;
    let read = token(cognito, READ).await;
    assert_eq!(read.expires_in, Duration::from_secs(3600));
    let claims = cognito
        .verify_access_token(read.access_token.expose())
        .await;
    let claims = claims.unwrap();
    assert_eq!(
        (claims.scope.as_slice(), claims.sub.as_str()),
        (&[READ.to_owned()][..], "machine")
    );
    fixture.pass(Duration::from_secs(3539));
    let kept = token(cognito, READ).await;
    assert_eq!(kept.access_token.expose(), read.access_token.expose());
    assert_eq!(calls(&fixture), 1);
    fixture.pass(Duration::from_secs(1));
    let new = token(cognito, READ).await;
    assert_ne!(new.access_token.expose(), read.access_token.expose());
    // Other scopes and other metadata are other tokens.
    drop(cognito.client_token().await.unwrap());
    let with_metadata = || {
        cognito
            .client_token()
            .scope(READ)
            .client_metadata("tenant", "a")
    };
    drop(with_metadata().await.unwrap());
    drop(with_metadata().await.unwrap());
    assert_eq!(calls(&fixture), 4);
    drop(cognito.client_token().scope(READ).fresh().await.unwrap());
    assert_eq!(calls(&fixture), 5);
}

#[tokio::test]
async fn concurrent_callers_share_client_token() {
    let fixture = machines().await;
    let all = (0..50).map(|_| token(&fixture.cognito, READ));
    let all = concurrent(&fixture, "GetClientToken", all).await;
    assert_eq!(calls(&fixture), 1);
    let first = all[0].access_token.expose();
    assert!(all.iter().all(|token| token.access_token.expose() == first));
}

#[tokio::test]
async fn rejected_client_tokens_are_errors() {
    let fixture = machines().await;
    let call = || fixture.cognito.client_token();
    let kind = refused(call().scope("https://api.example.com/delete").await);
    assert_eq!(kind, ErrorKind::InvalidParameter);
    assert_eq!(
        refused(call().scope("a b").await),
        ErrorKind::InvalidParameter
    );
    let emulator = fixture.emulator();
    emulator.set_client_secret("machine", "another-secret-of-the-client");
    assert_eq!(refused(call().await), ErrorKind::Configuration);

    let without_flow = Client::new("machine")
        .secret(SECRET)
        .flow(AuthFlow::UserSrp);
    let fixture = pool(|emulator| emulator.client(without_flow)).await;
    let error = fixture.cognito.client_token().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::FlowNotEnabled);
    assert!(
        error.to_string().contains("ALLOW_CLIENT_TOKEN_AUTH"),
        "{error}"
    );

    let fixture = Fixture::ours().await;
    let error = fixture.cognito.client_token().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert_eq!(calls(&fixture), 0);
}

/// AWS documents that no signature is needed, but its SDKs sign the request.
#[tokio::test]
async fn rejected_unsigned_request_is_signed() {
    let fixture = machines().await;
    let code = "MissingAuthenticationTokenException";
    let unsigned = Fault::error("GetClientToken", code, "Missing Authentication Token");
    fixture.emulator().inject(unsigned.times(1)).unwrap();
    drop(token(&fixture.cognito, READ).await);
    assert_eq!(calls(&fixture), 2);
}

#[tokio::test]
async fn lost_client_token_is_fetched_again() {
    let fixture = machines().await;
    let cut = Fault::cut("GetClientToken").times(1);
    fixture.emulator().inject(cut).unwrap();
    let logs = LogCapture::start();
    let token = token(&fixture.cognito, READ).await;
    assert_eq!(calls(&fixture), 2);
    logs.assert_free_of(&[SECRET, token.access_token.expose()]);
}

/// A pool with the client of a web page, and the client of a service that exchanges tokens.
pub(crate) struct Exchange {
    pub(crate) fixture: Fixture,
    pub(crate) service: Cognito,
}

impl Exchange {
    pub(crate) async fn new() -> Self {
        Self::with(|service| service).await
    }

    async fn with(change: impl FnOnce(Client) -> Client) -> Self {
        let service = Client::new("service").secret(SECRET);
        let service = service
            .oauth_flow(OAuthFlow::ClientCredentials)
            .oauth_scope(READ);
        let service = change(service);
        let fixture = pool(|emulator| {
            let emulator = emulator.client(web().oauth_scope(READ).oauth_scope(WRITE));
            emulator.client(service)
        })
        .await;
        fixture.confirmed_user(EMAIL).await;
        let web = pool_of(fixture.emulator());
        let config = PoolConfig::new(web.user_pool_id.clone(), "service".parse().unwrap());
        let config = config.with_client_secret(SECRET.parse().unwrap());
        let emulator = fixture.emulator();
        let config = config.with_issuer(emulator.issuer(), emulator.jwks_uri());
        let service = fixture.facade().config(config).build().await.unwrap();
        Self { fixture, service }
    }

    /// Signs the user in with managed login, so that the access token has scopes.
    async fn tokens(&self) -> Tokens {
        let login = self.fixture.cognito.hosted_login();
        let start = login
            .sign_in(CALLBACK)
            .scope(READ)
            .scope(WRITE)
            .scope("email");
        let start = start.start().unwrap();
        let mut browser = Browser::of(&self.fixture);
        let back = browser.signed_in(&start.url, EMAIL, PASSWORD).await;
        login.finish(start.pending, &back).await.unwrap().tokens
    }

    async fn own_token(&self) -> AccessToken {
        let login = self.service.hosted_login();
        login.client_credentials().await.unwrap().access_token
    }
}

#[tokio::test]
async fn impersonated_token_has_fewer_scopes() {
    let exchange = Exchange::new().await;
    let tokens = exchange.tokens().await;
    let call = exchange.service.exchange(&tokens.access_token);
    let derived = call.scope(READ).scope(WRITE).resource(API).await.unwrap();

    assert_eq!(
        derived
            .scopes
            .iter()
            .map(cognito::Scope::as_str)
            .collect::<Vec<_>>(),
        [READ]
    );
    assert!(derived.expires_in.unwrap() <= Duration::from_secs(3600));
    let access = derived.access_token.expose();
    let claims = exchange.service.verify_access_token(access).await.unwrap();
    assert_eq!(
        (claims.client_id.as_str(), claims.aud.as_slice()),
        ("service", &[API.to_owned()][..])
    );
    assert!(claims.act.is_none());
    let user = exchange
        .fixture
        .cognito
        .verify_id_token(tokens.id_token.expose())
        .await;
    assert_eq!(claims.sub, user.unwrap().sub);
}

#[tokio::test]
async fn delegated_token_names_actor() {
    let exchange = Exchange::new().await;
    let tokens = exchange.tokens().await;
    let own = exchange.own_token().await;
    let call = exchange.service.exchange(&tokens.access_token).actor(&own);
    let derived = call.audience("orders").await.unwrap();
    let access = derived.access_token.expose();
    let claims = exchange.service.verify_access_token(access).await.unwrap();
    assert_eq!(claims.act.as_ref().unwrap().sub, "service");
    assert_eq!(claims.aud, ["orders"]);
}

#[tokio::test]
async fn id_token_identifies_user_elsewhere() {
    let exchange = Exchange::new().await;
    let tokens = exchange.tokens().await;
    let subjects: [PresentedToken; 2] = [(&tokens.access_token).into(), (&tokens.id_token).into()];
    for subject in subjects {
        let derived = exchange
            .service
            .exchange_for_id_token(subject)
            .await
            .unwrap();
        let claims = exchange
            .service
            .verify_id_token(derived.id_token.expose())
            .await;
        assert_eq!(claims.unwrap().email.as_deref(), Some(EMAIL));
    }
}

#[tokio::test]
async fn rejected_exchanges_are_errors() {
    let exchange = Exchange::new().await;
    let tokens = exchange.tokens().await;
    let call = || exchange.service.exchange(&tokens.access_token);
    type Change = fn(
        Call<ExchangeRequest, cognito::authentication::DerivedToken>,
    ) -> Call<ExchangeRequest, cognito::authentication::DerivedToken>;
    let cases: [(Change, ErrorKind); 5] = [
        (|call| call.scope("openid"), ErrorKind::InvalidParameter),
        (|call| call.scope("a b"), ErrorKind::InvalidParameter),
        (|call| call.audience("web"), ErrorKind::InvalidParameter),
        (|call| call.resource(""), ErrorKind::InvalidParameter),
        (
            |call| call.resource("https://unknown.example"),
            ErrorKind::NotFound,
        ),
    ];
    for (number, (change, kind)) in cases.into_iter().enumerate() {
        assert_eq!(refused(change(call()).await), kind, "{number}");
    }
    // The actor must be the service itself, and the user's token must be authentic.
    let foreign = call().actor(&tokens.access_token).await;
    assert_eq!(refused(foreign), ErrorKind::NotAuthorized);
    let (content, _) = tokens.access_token.expose().rsplit_once('.').unwrap();
    let forged = AccessToken::new(format!("{content}.AAAA")).unwrap();
    let forged = exchange.service.exchange(forged).await;
    assert_eq!(refused(forged), ErrorKind::TokenInvalid);
    let id = IdToken::new(tokens.access_token.expose()).unwrap();
    let kind = refused(exchange.service.exchange(id).await);
    assert_eq!(kind, ErrorKind::NotAuthorized);
    let cognito = &exchange.fixture.cognito;
    let revoke = cognito.revoke(&tokens.refresh_token);
    revoke.access_token(&tokens.access_token).await.unwrap();
    assert_eq!(refused(call().await), ErrorKind::AccessRevoked);
}

#[tokio::test]
async fn missing_flow_is_named() {
    let only = |service: Client| service.flow(AuthFlow::TokenExchangeDelegation);
    let exchange = Exchange::with(only).await;
    let tokens = exchange.tokens().await;
    let error = exchange
        .service
        .exchange(&tokens.access_token)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::FlowNotEnabled);
    let text = error.to_string();
    assert!(
        text.contains("ALLOW_TOKEN_EXCHANGE_IMPERSONATION"),
        "{text}"
    );
}

/// The same token can be exchanged twice, so each request counts.
#[tokio::test]
async fn lost_exchange_is_not_sent_again() {
    let exchange = Exchange::new().await;
    let tokens = exchange.tokens().await;
    let emulator = exchange.fixture.emulator();
    emulator
        .inject(Fault::cut("GetDerivedToken").times(1))
        .unwrap();
    let logs = LogCapture::start();
    let call = exchange.service.exchange(&tokens.access_token);
    let shown = format!("{call:?}");
    assert_eq!(refused(call.await), ErrorKind::ReplyLost);
    assert_eq!(emulator.calls("GetDerivedToken"), 1);
    drop(
        exchange
            .service
            .exchange(&tokens.access_token)
            .await
            .unwrap(),
    );
    let token = tokens.access_token.expose();
    logs.assert_free_of(&[token, SECRET]);
    assert!(!shown.contains(token), "{shown}");
}

#[tokio::test]
async fn managed_login_binds_token_to_resource() {
    let exchange = Exchange::new().await;
    let login = exchange.fixture.cognito.hosted_login();
    let start = login
        .sign_in(CALLBACK)
        .scope(READ)
        .resource(API)
        .start()
        .unwrap();
    assert_eq!(parameter(&start.url, "resource").as_deref(), Some(API));
    // The resource is kept while the browser is away, and sent with the code again.
    let stored = start.pending.to_secret_string().unwrap();
    let pending = PendingLogin::from_secret_string(&stored).unwrap();
    let mut browser = Browser::of(&exchange.fixture);
    let back = browser.signed_in(&start.url, EMAIL, PASSWORD).await;
    let tokens = login.finish(pending, &back).await.unwrap().tokens;
    let access = tokens.access_token.expose();
    let claims = exchange.fixture.cognito.verify_access_token(access).await;
    assert_eq!(claims.unwrap().aud, [API]);
    let invalid = login.sign_in(CALLBACK).resource("two words").start();
    assert_eq!(refused(invalid), ErrorKind::InvalidParameter);
}

#[tokio::test]
async fn rejected_resource_is_configuration_error() {
    let exchange = Exchange::new().await;
    let login = exchange.service.hosted_login();
    let error = login.client_credentials().resource(API).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert_eq!(error.code(), Some("invalid_target"));
}
