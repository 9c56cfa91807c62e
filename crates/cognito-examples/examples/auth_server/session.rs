//! The session of a browser. The access token is verified for every page. If it has expired, the
//! tokens are refreshed.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use cognito::device::DeviceKey;
use cognito::{AccessClaims, AccessToken, Error, ErrorKind, RefreshToken, Result, Tokens};
use cognito_axum::{ClientAddress, CookieChanges};

use crate::site::App;
use crate::site::notes::Note;
use crate::site::problem::Problem;
use crate::site::visit::{Done, Visit};

/// The state of a browser's session.
#[derive(Clone)]
pub(crate) enum Session {
    /// The user was signed in, but the session has ended.
    Ended,
    /// No user is signed in.
    Nobody,
    Person(Person),
    /// It is unknown whether the tokens are valid, for example because Cognito or its keys are
    /// unavailable.
    Undecided(Error, Kept),
}

/// A signed-in user: the user's verified access token, its claims and the name to show.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) access_token: AccessToken,
    pub(crate) claims: Arc<AccessClaims>,
    /// The user's name as the pages show it. It is the e-mail address in the ID token, or the claim
    /// `username` of the access token if there is no address. If both are missing, it is the claim
    /// `sub` of the access token.
    pub(crate) name: String,
    /// The refresh token and device, if the browser has them.
    pub(crate) renewal: Option<Renewal>,
}

/// The tokens in a browser's cookies. They are not verified.
#[derive(Clone)]
pub(crate) struct Kept {
    pub(crate) access_token: Option<AccessToken>,
    pub(crate) renewal: Option<Renewal>,
}

impl Kept {
    fn read(app: &App, headers: &HeaderMap) -> Self {
        Self {
            access_token: app.cookies.access_token(headers).ok().flatten(),
            renewal: Renewal::read(app, headers),
        }
    }
}

/// A refresh token, and the key of its device if the pool remembers devices.
#[derive(Clone)]
pub(crate) struct Renewal {
    pub(crate) token: RefreshToken,
    device: Option<DeviceKey>,
}

impl Renewal {
    fn read(app: &App, headers: &HeaderMap) -> Option<Self> {
        let token = app.cookies.refresh_token(headers).ok().flatten()?;
        let device = app.cookies.device_key(headers).ok().flatten();
        Some(Self { token, device })
    }

    fn of(tokens: &Tokens) -> Self {
        Self {
            token: tokens.refresh_token.clone(),
            device: tokens.device_key.clone(),
        }
    }

    /// Refreshes the tokens. Concurrent requests of one browser share one call to Cognito.
    pub(crate) async fn buy(&self, app: &App, from: Option<IpAddr>) -> Result<Tokens> {
        let mut refresh = app.cognito.refresh(&self.token);
        if let Some(from) = from {
            refresh = refresh.client_address(from);
        }
        match &self.device {
            Some(device) => refresh.device_key(device.clone()).await,
            None => refresh.await,
        }
    }
}

/// Adds the [`Session`] to a request, before the page is rendered. If the tokens were refreshed, or
/// if the session has ended, adds the changed cookies to the response.
pub(super) async fn keep(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    mut request: Request,
    next: Next,
) -> Response {
    let (session, cookies) = find(&app, request.headers(), from).await;
    request.extensions_mut().insert(session);
    let mut response = next.run(request).await;
    let Some(cookies) = cookies else {
        return response;
    };
    // Cookies that the page sets come last and have precedence: a sign-out must not be undone.
    let headers = response.headers_mut();
    let of_the_page: Vec<HeaderValue> = headers.get_all(SET_COOKIE).iter().cloned().collect();
    headers.remove(SET_COOKIE);
    for cookie in cookies.iter().chain(&of_the_page) {
        headers.append(SET_COOKIE, cookie.clone());
    }
    response
}

async fn find(app: &App, headers: &HeaderMap, from: IpAddr) -> (Session, Option<CookieChanges>) {
    let renewal = Renewal::read(app, headers);
    let verdict = match (app.cookies.access_token(headers), &renewal) {
        (Ok(Some(token)), _) => known(app, token, renewal.clone(), headers).await,
        (Ok(None), None) => return (Session::Nobody, None),
        // The browser has deleted the cookie, because it has expired.
        (Ok(None), Some(_)) => Err(ErrorKind::TokenExpired.into()),
        (Err(invalid), _) => Err(invalid.into()),
    };
    match (verdict, renewal) {
        (Ok(person), _) => (Session::Person(person), None),
        (Err(error), Some(renewal)) if may_be_renewed(&error) => {
            refreshed(app, &renewal, headers, from).await
        }
        (Err(error), _) => ended(app, headers, error),
    }
}

/// Returns `true` if the session of a rejected access token may continue with new tokens. The token
/// has expired, or it is revoked: if the user ends one session, the site rejects all tokens that
/// Cognito issued to the user before, because no token contains the id of its session. Cognito still
/// accepts the refresh tokens of the other sessions.
fn may_be_renewed(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::TokenExpired | ErrorKind::TokenRevoked
    )
}

/// Refreshes the tokens of a browser, and returns its session and the cookies for the new tokens. If
/// Cognito rejects the refresh token, the session ends.
async fn refreshed(
    app: &App,
    renewal: &Renewal,
    headers: &HeaderMap,
    from: IpAddr,
) -> (Session, Option<CookieChanges>) {
    let mut tokens = match renewal.buy(app, Some(from)).await {
        Ok(tokens) => tokens,
        Err(error) => return ended(app, headers, error),
    };
    if is_revoked(app, &tokens).await {
        // `iat` has a precision of one second, so a revocation also covers the tokens that are
        // issued later in the same second.
        app.clock.sleep(Duration::from_secs(1)).await;
        if let Ok(next) = Renewal::of(&tokens).buy(app, Some(from)).await {
            tokens = next;
        }
    }
    renewed(app, &tokens, headers).await
}

async fn is_revoked(app: &App, tokens: &Tokens) -> bool {
    let access = tokens.access_token.expose();
    let verified = app.cognito.verify_access_token(access).await;
    verified.is_err_and(|error| error.kind() == ErrorKind::TokenRevoked)
}

/// Returns the session after an error, and the changes of the cookies. If the tokens may still be
/// valid, for example after an outage, the session is [`Undecided`](Session::Undecided) and the
/// cookies stay. Any other error ends the session and deletes the cookies.
fn ended(app: &App, headers: &HeaderMap, error: Error) -> (Session, Option<CookieChanges>) {
    if may_pass(&error) {
        return (Session::Undecided(error, Kept::read(app, headers)), None);
    }
    (Session::Ended, Some(app.cookies.clear(headers)))
}

fn may_pass(error: &Error) -> bool {
    // A limit of the address is not an error of the token.
    let is_limit = error.kind() == ErrorKind::AttemptLimit;
    error.status() >= 500 || error.is_retryable() || is_limit
}

async fn known(
    app: &App,
    access_token: AccessToken,
    renewal: Option<Renewal>,
    headers: &HeaderMap,
) -> Result<Person> {
    let id_token = app.cookies.id_token(headers).ok().flatten();
    let id_token = id_token.as_ref().map_or("", |token| token.expose());
    person(app, access_token, id_token, renewal).await
}

/// Returns the session with the new tokens, and the cookies for them. If it is unknown whether the
/// new access token is valid, for example because of an outage, the cookies are still set: with
/// refresh token rotation, Cognito soon rejects the old refresh token, so the browser needs the new
/// one. This is also the case if the site still rejects the new token as revoked, because Cognito has
/// just confirmed that the session continues. If the new access token is invalid, or if the tokens
/// are too long for cookies, the session ends.
async fn renewed(
    app: &App,
    tokens: &Tokens,
    headers: &HeaderMap,
) -> (Session, Option<CookieChanges>) {
    let Ok(cookies) = app.cookies.tokens(tokens, headers) else {
        return (Session::Ended, Some(app.cookies.clear(headers)));
    };
    let access_token = tokens.access_token.clone();
    let renewal = Some(Renewal::of(tokens));
    let id_token = tokens.id_token.expose();
    match person(app, access_token.clone(), id_token, renewal.clone()).await {
        Ok(person) => (Session::Person(person), Some(cookies)),
        Err(error) if may_pass(&error) || error.kind() == ErrorKind::TokenRevoked => {
            let kept = Kept {
                access_token: Some(access_token),
                renewal,
            };
            (Session::Undecided(error, kept), Some(cookies))
        }
        Err(error) => ended(app, headers, error),
    }
}

async fn person(
    app: &App,
    access_token: AccessToken,
    id_token: &str,
    renewal: Option<Renewal>,
) -> Result<Person> {
    let claims = app
        .cognito
        .verify_access_token(access_token.expose())
        .await?;
    let id = match id_token {
        "" => None,
        token => app.cognito.verify_id_token(token).await.ok(),
    };
    let address = id.and_then(|claims| claims.email.clone());
    let name = address.or_else(|| claims.username.clone());
    Ok(Person {
        name: name.unwrap_or_else(|| claims.sub.clone()),
        access_token,
        claims,
        renewal,
    })
}

/// Signs the user in: sets the cookies with the tokens, and redirects to the page that the user
/// requested, or to the start page. If the tokens are too long for cookies, shows an error. If the
/// user was signed in before, for example before a step-up, the previous session ends.
pub(crate) async fn begin(visit: &Visit, tokens: &Tokens) -> Response {
    let (cookies, headers) = (&visit.app.cookies, &visit.headers);
    let Ok(kept) = cookies.tokens(tokens, headers) else {
        // These tokens do not fit into cookies.
        let problem = Problem::of(&Error::new(ErrorKind::NotEnabled));
        let mut response = visit.failed(&problem);
        append(&mut response, &cookies.clear(headers));
        return response;
    };
    end_replaced(visit, tokens).await;
    let wanted = Note::Next.read(&visit.headers);
    let mut response = match wanted.filter(|path| is_ours(path)) {
        Some(path) => Redirect::to(&path).into_response(),
        None => Done::SignedIn.at("/"),
    };
    let changes = kept.and(cookies.clear_challenge(headers));
    append(&mut response, &changes);
    Note::Next.erase(&visit.app, &mut response);
    Note::Trail.erase(&visit.app, &mut response);
    response
}

/// Ends the previous session of the same user in this browser. The browser deletes its refresh token,
/// which would otherwise be valid until it expires.
///
/// If this fails, the user can end the session on the page with the sessions.
async fn end_replaced(visit: &Visit, tokens: &Tokens) {
    let Some(person) = visit.person() else {
        return;
    };
    let Some(previous) = &person.renewal else {
        return;
    };
    let cognito = &visit.app.cognito;
    let access = tokens.access_token.expose();
    let Ok(new) = cognito.verify_access_token(access).await else {
        return;
    };
    // AWS does not document whether a step-up starts a new session. If it continues the session,
    // the new tokens would be revoked.
    let is_same_session = new.origin_jti.is_none() || new.origin_jti == person.claims.origin_jti;
    if new.sub != person.claims.sub || is_same_session {
        return;
    }
    let revoke = cognito.revoke(&previous.token);
    drop(revoke.access_token(&person.access_token).await);
}

/// Returns `true` for the path of a page of this site. Returns `false` for paths that browsers
/// treat as another site, such as `//example.com` and `/\example.com`.
fn is_ours(path: &str) -> bool {
    let mut characters = path.chars();
    characters.next() == Some('/') && !matches!(characters.next(), Some('/' | '\\'))
}

/// Adds the changes of cookies to a response.
pub(crate) fn append(response: &mut Response, changes: &CookieChanges) {
    for cookie in changes.iter() {
        response.headers_mut().append(SET_COOKIE, cookie.clone());
    }
}
