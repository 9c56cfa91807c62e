//! The state that all pages share, and the routes of the site.

mod account;
mod admins;
mod assets;
mod clock;
mod confirm;
mod fields;
mod form;
mod home;
mod inbox;
mod inspector;
mod layout;
mod login;
mod metrics;
mod notes;
mod orders;
mod passkeys;
mod password;
mod probes;
mod problem;
mod profile;
mod recovery;
mod security;
mod serve;
mod session;
mod session_list;
mod sessions;
mod sharing;
mod sign_up;
mod signed_in;
pub(crate) mod stage;
mod step;
mod step_view;
mod totp;
mod visit;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};
use cognito::authentication::OfferedFactors;
use cognito::clock::Clock;
use cognito::verifier::MAX_TOKEN_LENGTH;
use cognito::{AccessClaims, Cognito};
use cognito_axum::{AuthRoutes, SameOrigin, SecurityHeaders, SessionCookies, TrustedProxies};
use cognito_emulator::Emulator;
use cognito_tower::Guard;

pub(crate) use clock::WalkClock;
pub(crate) use orders::Delegation;
pub(crate) use serve::serve;
pub(crate) use sharing::{Instance, Secret, Sharing};
pub(crate) use stage::{Failure, Settings, emulated, from_environment};

/// The maximum size of a request body, in bytes. It is enough for the form of the token inspector
/// with a token of the maximum length.
const LARGEST_BODY: usize = MAX_TOKEN_LENGTH + 16 * 1024;

/// The state that all pages of the auth server share. It is cheap to clone.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) cognito: Cognito,
    /// The emulator, if the user pool is emulated.
    pub(crate) emulator: Option<Arc<Emulator>>,
    pub(crate) clock: Arc<dyn Clock>,
    /// The TCP ports of this instance of the auth server and of the other instances in this
    /// process. `None` until [`named`](Self::named) sets the ports.
    pub(crate) instance: Option<Instance>,
    /// The first factors that the login page offers. They are the same for every name, so they do
    /// not reveal whether an account exists.
    pub(crate) offered: OfferedFactors,
    /// `true` if revocations and counters are shared with other instances.
    pub(crate) is_sharing: bool,
    /// The guard that requires the group `admins`.
    pub(crate) admins: Guard<AccessClaims>,
    /// The guard that requires a strong and recent sign-in.
    pub(crate) recovery: Guard<AccessClaims>,
    /// The exchange of tokens for another service. `None` without an app client for it.
    pub(crate) delegation: Option<Delegation>,
    /// `true` if a sign-in with a password requests an authentication level. The user pool must then
    /// have the feature plan Essentials or Plus.
    pub(crate) requests_level: bool,
    pub(crate) cookies: SessionCookies,
    /// `true` if the site is served over TLS, so that cookies are `Secure`.
    pub(crate) is_https: bool,
    pub(crate) headers: SecurityHeaders,
    pub(crate) proxies: TrustedProxies,
    pub(crate) same_origin: SameOrigin,
    /// The clock that tests of the site can advance, if `--test-clock` is set.
    pub(crate) walk_clock: Option<WalkClock>,
}

/// Returns the router with all pages and their layers: the session, CSRF protection, and security
/// headers.
pub(crate) fn router(app: App) -> Router {
    let mut pages = pages();
    if app.emulator.is_some() {
        pages = pages
            .route("/inbox", get(inbox::page))
            .route("/inbox/messages", get(inbox::messages))
            .route("/inbox/invite", post(inbox::invite))
            .route("/admins/join", post(admins::join))
            .route("/admins/leave", post(admins::leave));
    }
    if app.delegation.is_some() {
        pages = pages.route("/orders", get(orders::page).post(orders::exchange));
    }
    if app.walk_clock.is_some() {
        pages = pages.route("/walk/clock", post(clock::advance));
    }
    let sessions = middleware::from_fn_with_state(app.clone(), session::keep);
    let routes = routes(&app);
    pages
        .fallback(layout::not_found)
        .method_not_allowed_fallback(layout::not_allowed)
        .layer(sessions)
        .merge(probes())
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(app.same_origin.clone())
        .layer(app.headers.clone())
        .with_state(app)
        .merge(routes)
}

/// Returns the routes of `cognito-axum` that the scripts of the pages call.
fn routes(app: &App) -> Router {
    AuthRoutes::new(app.cognito.clone())
        .cookies(app.cookies.clone())
        .same_origin(app.same_origin.clone())
        .trusted_proxies(app.proxies.clone())
        .security_headers(app.headers.clone())
        .clock(Arc::clone(&app.clock))
        .passkeys(true)
        .into_router()
}

/// The content security policy: only resources of this site and `data:` images, no inline scripts
/// or styles, no evaluation.
pub(crate) const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; \
     style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; \
     frame-ancestors 'none'; base-uri 'none'";

fn pages() -> Router<App> {
    Router::new()
        .route("/", get(home::page))
        .route("/sign-up", get(sign_up::page).post(sign_up::submit))
        .route("/confirm", get(confirm::page).post(confirm::submit))
        .route("/confirm/resend", post(confirm::resend))
        .route("/login", get(login::page).post(login::submit))
        .route("/login/step", get(step::page).post(step::submit))
        .route("/login/step/enroll", post(step::enroll))
        .route("/login/cancel", post(step::cancel))
        .route(
            "/forgot-password",
            get(password::forgot_page).post(password::forgot),
        )
        .route(
            "/reset-password",
            get(password::reset_page).post(password::reset),
        )
        .route("/profile", get(profile::page).post(profile::save))
        .route("/profile/verify", post(profile::verify))
        .route("/profile/verify/send", post(profile::send_code))
        .route("/security", get(security::page))
        .route("/security/preference", post(security::prefer))
        .route("/security/password", post(security::change_password))
        .route("/security/totp", get(totp::page).post(totp::start))
        .route("/security/totp/confirm", post(totp::confirm))
        .route("/security/passkeys", get(passkeys::page))
        .route("/admins", get(admins::page))
        .route("/recovery", get(recovery::page))
        .route("/recovery/step-up", post(recovery::step_up))
        .route("/sessions", get(sessions::page))
        .route("/sessions/end", post(sessions::end))
        .route("/sessions/end-all", post(sessions::end_all))
        .route("/sessions/revoke", post(session_list::revoke))
        .route("/account/delete", get(account::page).post(account::delete))
        .route("/inspector", get(inspector::page).post(inspector::inspect))
        .route("/metrics", get(metrics::page))
        .route("/metrics/now", get(metrics::now))
}

/// Returns the routes that need no session: probes, and the files of the site.
fn probes() -> Router<App> {
    Router::new()
        .route("/livez", get(probes::livez))
        .route("/readyz", get(probes::readyz))
        .route("/assets/{name}", get(assets::file))
        .route("/favicon.ico", get(assets::icon))
}
