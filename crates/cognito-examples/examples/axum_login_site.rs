//! A site with sessions of `tower-sessions` and users of `axum-login`. Cognito checks the passwords.
//! It uses an emulated user pool, so it needs no AWS account.
//!
//! ```sh
//! cargo run --example axum_login_site
//! ```
//!
//! The browser has only the id of its session. The tokens are in the session store. A session ends
//! with its access token (by default 60 minutes), or as soon as the token is revoked.
//!
//! For tokens in encrypted cookies, without a store, use `cognito_axum::AuthRoutes` instead.
#![allow(clippy::print_stdout, reason = "a program that shows what it does")]

use std::fmt;

use axum::routing::{get, post};
use axum::{Json, Router};
use axum_login::{AuthManagerLayerBuilder, AuthSession, AuthUser, AuthnBackend, login_required};
use cognito::{Cognito, Error, ErrorKind, SignIn};
use cognito_axum::ApiError;
use cognito_examples::{ANN, Fixture, Outcome, PASSWORD};
use http::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use http::{Request, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tower::ServiceExt;
use tower_sessions::{MemoryStore, SessionManagerLayer};

/// Returns the site. Its cookie is `Secure`, `HttpOnly` and `SameSite=Strict`, the defaults of
/// `tower-sessions`.
pub fn site(cognito: Cognito) -> Router {
    // For several instances, use a shared store, such as tower-sessions-redis-store. It then
    // contains the tokens of the users.
    let sessions = SessionManagerLayer::new(MemoryStore::default());
    let users = AuthManagerLayerBuilder::new(Backend(cognito), sessions).build();
    Router::new()
        .route("/me", get(me))
        .route_layer(login_required!(Backend))
        .route("/login", post(login))
        .route("/logout", post(logout))
        .layer(users)
}

async fn me(auth: AuthSession<Backend>) -> Json<Value> {
    let user = auth
        .user
        .map(|user| json!({ "sub": user.id.sub, "groups": user.groups }));
    Json(user.unwrap_or_default())
}

async fn login(
    mut auth: AuthSession<Backend>,
    Json(credentials): Json<Credentials>,
) -> Result<StatusCode, ApiError> {
    // Without this, a session of another user would keep its id.
    auth.logout().await.map_err(to_response)?;
    let user = auth.authenticate(credentials).await.map_err(to_response)?;
    if let Some(user) = user {
        auth.login(&user).await.map_err(to_response)?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Ends all sessions of the user: that of this browser in the store, and the others at Cognito.
async fn logout(mut auth: AuthSession<Backend>) -> Result<StatusCode, ApiError> {
    let user = auth.logout().await.map_err(to_response)?;
    if let Some(user) = user {
        let account = auth.backend.0.account(user.id.access_token);
        account.sign_out_everywhere().await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Creates the response to an error. It does not reveal whether an account exists.
fn to_response(error: axum_login::Error<Backend>) -> ApiError {
    match error {
        axum_login::Error::Backend(error) => error.into(),
        axum_login::Error::Session(_) => {
            ApiError::refused(StatusCode::SERVICE_UNAVAILABLE, "Please try again later")
        }
    }
}

/// The body of a sign-in.
///
/// Security: no `Debug`, because it contains a password.
#[derive(Deserialize)]
#[allow(missing_debug_implementations, reason = "see above")]
pub struct Credentials {
    email: String,
    password: String,
}

/// The name of a user in the session store: the id at Cognito, and the access token, with which the
/// user is loaded again for each request.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserId {
    sub: String,
    access_token: String,
}

// Security: axum-login writes the id of a user to its log, which must not contain the token.
impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sub)
    }
}

impl fmt::Debug for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sub)
    }
}

/// A signed-in user.
#[derive(Clone, Debug)]
pub struct User {
    id: UserId,
    groups: Vec<String>,
}

impl AuthUser for User {
    type Id = UserId;

    fn id(&self) -> UserId {
        self.id.clone()
    }

    fn session_auth_hash(&self) -> &[u8] {
        self.id.sub.as_bytes()
    }
}

/// The users of a user pool, for `axum-login`.
#[derive(Clone, Debug)]
pub struct Backend(Cognito);

impl AuthnBackend for Backend {
    type User = User;
    type Credentials = Credentials;
    type Error = Error;

    /// Signs a user in. All failures are errors, also a wrong password, so that the response can
    /// tell a wrong password from too many attempts.
    async fn authenticate(&self, credentials: Credentials) -> Result<Option<User>, Error> {
        let login = self.0.login(credentials.email, credentials.password);
        match login.await? {
            SignIn::Complete(tokens) => self.user(tokens.access_token.expose()).await.map(Some),
            // For a second factor, keep the challenge in the session and show the next form.
            _ => Err(ErrorKind::NotSupported.into()),
        }
    }

    /// Loads the user of a session. Returns `None` if the access token has expired or was revoked.
    async fn get_user(&self, id: &UserId) -> Result<Option<User>, Error> {
        match self.user(&id.access_token).await {
            Ok(user) => Ok(Some(user)),
            // The keys or the revocation list are not available: the user stays signed in.
            Err(error) if error.is_retryable() => Err(error),
            Err(_) => Ok(None),
        }
    }
}

impl Backend {
    async fn user(&self, access_token: &str) -> Result<User, Error> {
        let claims = self.0.verify_access_token(access_token).await?;
        let (sub, access_token) = (claims.sub.clone(), access_token.to_owned());
        let id = UserId { sub, access_token };
        let groups = claims.groups.clone();
        Ok(User { id, groups })
    }
}

/// A browser: it sends requests to the site without a server, and keeps the cookie of its session.
#[derive(Debug)]
pub struct Browser {
    site: Router,
    cookie: String,
}

impl Browser {
    /// Creates a browser without a cookie.
    pub const fn new(site: Router) -> Self {
        let cookie = String::new();
        Self { site, cookie }
    }

    /// Sends a request and returns the status of the response.
    ///
    /// # Errors
    ///
    /// Fails if the path is not a valid URL path.
    pub async fn send(&mut self, method: &str, path: &str, body: &Value) -> Outcome<StatusCode> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(CONTENT_TYPE, "application/json")
            .header(COOKIE, &self.cookie)
            .body(body.to_string())?;
        let response = self.site.clone().oneshot(request).await?;
        if let Some(cookie) = response.headers().get(SET_COOKIE) {
            let cookie = cookie.to_str()?.split(';').next();
            self.cookie = cookie.unwrap_or_default().to_owned();
        }
        Ok(response.status())
    }
}

#[tokio::main]
async fn main() -> Outcome {
    let fixture = Fixture::start().await?;
    let mut browser = Browser::new(site(fixture.cognito().clone()));
    let login = |password| json!({ "email": ANN, "password": password });
    for (method, path, body) in [
        ("GET", "/me", Value::Null),
        ("POST", "/login", login("a wrong password")),
        ("POST", "/login", login(PASSWORD)),
        ("GET", "/me", Value::Null),
        ("POST", "/logout", Value::Null),
        ("GET", "/me", Value::Null),
    ] {
        let status = browser.send(method, path, &body).await?;
        println!("{method} {path}: {status}");
    }
    Ok(())
}
