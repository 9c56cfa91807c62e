//! [`AwsHostedLogin`], a client for managed login and the OAuth 2.0 endpoints of a user pool.

mod address;
mod endpoint;
mod response;

use std::sync::Arc;

use async_trait::async_trait;
use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use cognito_core::config::CurrentConfig;
use cognito_core::event::NoopEventSink;
use cognito_core::hosted_login::authorize::{Authorization, AuthorizeRequest, LogoutRequest};
use cognito_core::hosted_login::client_token::{ClientCredentialsGrant, ClientToken};
use cognito_core::hosted_login::names::{LoginDomain, ResourceId};
use cognito_core::hosted_login::pending::CodeExchange;
use cognito_core::hosted_login::user_info::UserInfo;
use cognito_core::ports::{HostedLogin, RepliedAt};
use cognito_core::{
    AccessToken, Error, ErrorKind, EventSink, Operation, PoolConfig, RefreshToken, Result, Tokens,
};

use self::endpoint::{Endpoint, Form, Reply};
use crate::client::Timeouts;
use crate::rotation::LastingRefreshTokens;
use crate::secrets::Secrets;

/// A client for managed login and the OAuth 2.0 endpoints of a user pool's domain. It implements
/// the trait [`HostedLogin`].
///
/// It needs no AWS credentials. An app client with a secret authenticates with
/// `client_secret_basic`. Redirects are not followed. A response may have up to 256 KiB.
///
/// ```no_run
/// use std::sync::Arc;
/// use cognito_aws::AwsHostedLogin;
/// use cognito_core::PoolConfig;
/// use cognito_core::config::StaticConfig;
/// use cognito_core::hosted_login::authorize::AuthorizeRequest;
/// use cognito_core::ports::HostedLogin;
///
/// # fn example() -> cognito_core::Result<()> {
/// let pool = PoolConfig::new("eu-central-1_aBcDeFgHi".parse()?, "1example23456789".parse()?)
///     .with_login_domain("https://shop.auth.eu-central-1.amazoncognito.com".parse()?);
/// let login = AwsHostedLogin::builder(Arc::new(StaticConfig::new(pool))).build();
/// let request = AuthorizeRequest::new("https://shop.example/callback".parse()?);
/// let authorization = login.authorize(&request)?;
/// # drop(authorization); Ok(()) }
/// ```
pub struct AwsHostedLogin {
    secrets: Secrets,
    /// The URL of an emulator. It is used if the configuration has no domain.
    fallback: Option<String>,
    allow_http: bool,
    endpoint: Endpoint,
    lasting_refresh_tokens: LastingRefreshTokens,
}

impl AwsHostedLogin {
    /// Returns a builder for a client of the domain and app client in `config`.
    pub fn builder(config: Arc<dyn CurrentConfig>) -> AwsHostedLoginBuilder {
        AwsHostedLoginBuilder {
            config,
            timeouts: Timeouts::default(),
            max_attempts: 3,
            fallback: None,
            allow_http: false,
            http_connector: None,
            events: Arc::new(NoopEventSink::new()),
        }
    }

    /// Returns the configured domain. If no domain is configured, returns the URL of the emulator.
    /// Fails if both are missing, or if the URL of the emulator is invalid.
    fn domain(&self, pool: &PoolConfig) -> Result<LoginDomain> {
        if let Some(domain) = &pool.login_domain {
            return Ok(domain.clone());
        }
        let missing = || {
            Error::new(ErrorKind::Configuration).with_detail(
                "managed login needs the user pool's domain: set AWS_COGNITO_DOMAIN to \
                 https://<prefix>.auth.<region>.amazoncognito.com or to your custom domain",
            )
        };
        let fallback = self.fallback.as_deref().ok_or_else(missing)?;
        let fallback = fallback.trim_end_matches('/');
        let domain = if self.allow_http {
            LoginDomain::danger_allow_http(fallback)
        } else {
            LoginDomain::new(fallback)
        };
        domain.map_err(|invalid| {
            Error::new(ErrorKind::Configuration).with_detail(format!(
                "{} {} (for an emulator in another container, see danger_allow_http)",
                invalid.field(),
                invalid.rule()
            ))
        })
    }

    /// Sends a form to the path, with the authentication of the app client. If `operation` is
    /// idempotent, the request is retried after a lost response. If Cognito rejects the client
    /// secret, the request is sent again with the other secret of the app client.
    async fn post(&self, path: &str, form: Form, operation: Operation) -> Result<Reply> {
        let mut turn = self.secrets.turn();
        loop {
            let response = self.post_with(turn.pool(), path, &form, operation).await;
            if !turn.goes_on(&response).await {
                return response;
            }
        }
    }

    async fn post_with(
        &self,
        pool: &PoolConfig,
        path: &str,
        form: &Form,
        operation: Operation,
    ) -> Result<Reply> {
        let url = format!("{}{path}", self.domain(pool)?);
        let is_idempotent = match operation {
            Operation::OAuthRefresh => self.lasting_refresh_tokens.contains(&pool.client_id),
            other => other.is_idempotent(),
        };
        let endpoint = &self.endpoint;
        endpoint
            .post(&url, pool, form, operation, is_idempotent)
            .await
    }
}

/// A builder for an [`AwsHostedLogin`]. [`AwsHostedLogin::builder`] creates it.
#[must_use = "a builder does nothing until it is built"]
pub struct AwsHostedLoginBuilder {
    config: Arc<dyn CurrentConfig>,
    timeouts: Timeouts,
    max_attempts: u32,
    fallback: Option<String>,
    allow_http: bool,
    http_connector: Option<SharedHttpConnector>,
    events: Arc<dyn EventSink>,
}

impl AwsHostedLoginBuilder {
    cognito_core::setters! {
        /// Sets the connector that sends the requests. Default: a connector with AWS-LC for TLS.
        /// For the requirements on a custom connector, see
        /// [`AwsCognitoBuilder::http_connector`](crate::AwsCognitoBuilder::http_connector).
        pub fn http_connector(connector: impl HttpConnector + 'static) {
            http_connector = Some(SharedHttpConnector::new(connector))
        }

        /// Sets the sink that receives [`Event::RequestsSent`](cognito_core::Event::RequestsSent)
        /// after each call to an endpoint. Default: events are dropped.
        pub fn event_sink(events: Arc<dyn EventSink>) { events = events }

        /// Accepts plain `http` on any host in [`endpoint_url`](Self::endpoint_url). Use it for an
        /// emulator in another container.
        ///
        /// # Security
        ///
        /// Codes, tokens and the client secret are then sent unencrypted. Never use it in
        /// production.
        pub fn danger_allow_http() { allow_http = true }

        /// Sets the timeouts of requests to the endpoints. Default: the timeouts of
        /// [`Timeouts::new`].
        pub fn timeouts(timeouts: Timeouts) { timeouts = timeouts }

        /// Sets the maximum number of attempts of a request, including the first attempt. Default:
        /// 3. Zero counts as 1. A request with an authorization code is only retried if no
        /// connection was made.
        pub fn max_attempts(max_attempts: u32) { max_attempts = max_attempts.max(1) }

        /// Sets the URL of an emulator. The URL is used if the configuration has no domain.
        /// Default: none.
        pub fn endpoint_url(url: impl Into<String>) { fallback = Some(url.into()) }
    }

    /// Creates the client. No request is sent.
    pub fn build(self) -> AwsHostedLogin {
        let endpoint = Endpoint::new(self.timeouts, self.max_attempts, self.events);
        AwsHostedLogin {
            secrets: Secrets::new(self.config),
            fallback: self.fallback,
            allow_http: self.allow_http,
            endpoint: match self.http_connector {
                Some(connector) => endpoint.with_connector(connector),
                None => endpoint,
            },
            lasting_refresh_tokens: LastingRefreshTokens::default(),
        }
    }
}

#[async_trait]
impl HostedLogin for AwsHostedLogin {
    fn authorize(&self, request: &AuthorizeRequest) -> Result<Authorization> {
        let pool = self.secrets.current();
        address::authorize(&self.domain(&pool)?, &pool.client_id, request)
    }

    fn logout_url(&self, request: &LogoutRequest) -> Result<String> {
        let pool = self.secrets.current();
        address::logout(&self.domain(&pool)?, &pool.client_id, request)
    }

    async fn exchange_code(&self, exchange: &CodeExchange) -> Result<Tokens> {
        let form = Form::new("grant_type", "authorization_code")
            .with("code", exchange.code().expose())
            .with("redirect_uri", exchange.redirect_uri().as_str())
            .with("code_verifier", exchange.code_verifier());
        let form = with_resource(form, exchange.resource());
        let response = self.post(TOKEN, form, Operation::OAuthExchangeCode).await?;
        response::tokens(&response.body, None)
    }

    async fn client_credentials(&self, grant: &ClientCredentialsGrant) -> Result<ClientToken> {
        if self.secrets.current().client_secret.is_none() {
            return Err(Error::new(ErrorKind::Configuration).with_detail(
                "client credentials need an app client with a secret: set \
                 AWS_COGNITO_CLIENT_SECRET",
            ));
        }
        let mut form = Form::new("grant_type", "client_credentials");
        if !grant.scopes.is_empty() {
            form = form.with("scope", &address::joined(&grant.scopes));
        }
        let form = with_resource(form, grant.resource.as_ref());
        let response = self
            .post(TOKEN, form, Operation::OAuthClientCredentials)
            .await;
        let response = response.map_err(|error| match error.kind() {
            // This grant has no code that could have expired, so the error is about the scopes.
            ErrorKind::ChallengeExpired => error.with_kind(ErrorKind::Configuration).with_detail(
                "the app client does not have all of these scopes: allow them, or request fewer",
            ),
            _ => error,
        })?;
        response::client_token(&response.body, &grant.scopes)
    }

    async fn refresh(&self, refresh_token: &RefreshToken) -> Result<Tokens> {
        let form =
            Form::new("grant_type", "refresh_token").with("refresh_token", refresh_token.expose());
        let client = self.secrets.current().client_id.clone();
        let response = self.post(TOKEN, form, Operation::OAuthRefresh).await;
        let response = response.map_err(|error| match error.kind() {
            ErrorKind::ChallengeExpired => error.with_kind(ErrorKind::RefreshInvalid),
            _ => error,
        })?;
        let tokens = response::tokens(&response.body, Some(refresh_token))?;
        let rotates = tokens.refresh_token.expose() != refresh_token.expose();
        self.lasting_refresh_tokens.note(&client, rotates);
        Ok(tokens)
    }

    async fn revoke(&self, refresh_token: &RefreshToken) -> Result<RepliedAt> {
        let form = Form::new("token", refresh_token.expose());
        let response = self
            .post("/oauth2/revoke", form, Operation::OAuthRevoke)
            .await;
        response.map(|reply| reply.replied_at)
    }

    async fn user_info(&self, access_token: &AccessToken) -> Result<UserInfo> {
        let pool = self.secrets.current();
        let url = format!("{}/oauth2/userInfo", self.domain(&pool)?);
        response::user_info(&self.endpoint.get(&url, access_token).await?)
    }
}

/// Adds the parameter `resource` (RFC 8707 section 2.2) to a form, if there is a resource.
fn with_resource(form: Form, resource: Option<&ResourceId>) -> Form {
    match resource {
        Some(resource) => form.with("resource", resource.as_str()),
        None => form,
    }
}

/// The path of the token endpoint.
const TOKEN: &str = "/oauth2/token";

cognito_core::impl_debug!(AwsHostedLogin as login { config: login.secrets.current() });

cognito_core::impl_debug!(AwsHostedLoginBuilder {
    config,
    timeouts,
    max_attempts
});
