//! The router: the handler of each path, and the layers.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{any, get, post};

use crate::routes::delivery::Delivery;
use crate::routes::mounted::{Group, Groups};
use crate::routes::shared::Routes;
use crate::routes::{
    AuthRoutes, answers, devices, failure, hosted_login, logout, mfa, monitoring, passkey_sign_in,
    passkeys, passwords, profile, remembered, session, sessions, sign_in, sign_up,
};

impl AuthRoutes {
    /// Returns the router with all routes. Serve it, or merge it into another router.
    ///
    /// The router responds to every path below `/auth`. It has no fallback for other paths.
    pub fn into_router(self) -> Router {
        let mut outer = Router::new();
        #[cfg(feature = "openapi")]
        if let Some(path) = &self.openapi_path {
            let document = self.openapi();
            let response = async move || axum::Json(document);
            outer = outer.route(path, get(response));
        }
        if self.groups.contains(Group::Probes) {
            outer = outer
                .route("/livez", get(monitoring::live))
                .route("/readyz", get(monitoring::ready));
        }
        let shared = Arc::new(self.shared.clone());
        // A nested router does not match the path `/auth/`.
        let mut auth = Router::new()
            .nest("/auth", self.below_auth())
            .route("/auth/", any(failure::not_found));
        if let Some(answers) = &self.answers {
            let answers = Arc::clone(answers);
            auth = auth.layer(from_fn_with_state(answers, answers::answer));
        }
        outer
            .merge(auth)
            .layer(self.security_headers)
            .with_state(shared)
    }

    fn below_auth(&self) -> Router<Routes> {
        let routes = always()
            .merge(self.on_request())
            .fallback(failure::not_found)
            .method_not_allowed_fallback(failure::method_not_allowed)
            .layer(DefaultBodyLimit::max(self.body_limit));
        match &self.shared.delivery {
            Delivery::Cookies(_) => routes.layer(self.same_origin.clone()),
            Delivery::Json => routes,
        }
    }

    /// Returns the optional groups of routes that are mounted.
    pub(super) const fn mounted(&self) -> Groups {
        let mut groups = self.groups;
        // Without cookies, the callback would show tokens to the browser, and there is no place for
        // the secret of the browser.
        if self.shared.delivery.cookies().is_none() {
            groups.set(Group::HostedLogin, false);
            groups.set(Group::RememberBrowsers, false);
        }
        groups
    }

    fn on_request(&self) -> Router<Routes> {
        let mut routes = Router::new();
        let groups = self.mounted();
        if groups.contains(Group::Devices) {
            routes = routes
                .route("/devices", get(devices::list))
                .route("/devices/forget", post(devices::forget))
                .route("/devices/remember", post(devices::remember));
        }
        if groups.contains(Group::HostedLogin) {
            // A `HEAD` request must not complete a sign-in.
            let callback = get(hosted_login::callback).head(failure::method_not_allowed);
            routes = routes
                .route("/hosted-login/start", post(hosted_login::start))
                .route("/hosted-login/callback", callback)
                .route("/hosted-login/logout", post(hosted_login::logout));
        }
        if groups.contains(Group::Mfa) {
            routes = routes
                .route("/mfa", get(mfa::list))
                .route("/mfa/totp/begin", post(mfa::begin_totp))
                .route("/mfa/totp/confirm", post(mfa::confirm_totp))
                .route("/mfa/preferences", post(mfa::prefer));
        }
        if groups.contains(Group::Passkeys) {
            routes = routes
                .route("/passkeys", get(passkeys::list))
                .route("/passkeys/begin", post(passkeys::begin))
                .route("/passkeys/complete", post(passkeys::complete))
                .route("/passkeys/delete", post(passkeys::delete));
        }
        if groups.contains(Group::PasskeySignIn) {
            routes = routes
                .route("/passkeys/sign-in/begin", post(passkey_sign_in::begin))
                .route(
                    "/passkeys/sign-in/complete",
                    post(passkey_sign_in::complete),
                );
        }
        if groups.contains(Group::Profile) {
            routes = routes
                .route("/profile", post(profile::update))
                .route("/profile/send-code", post(profile::send_code))
                .route("/profile/confirm", post(profile::confirm));
        }
        if groups.contains(Group::RememberBrowsers) {
            routes = routes.route("/devices/confirm", post(remembered::confirm));
        }
        if groups.contains(Group::Sessions) {
            routes = routes
                .route("/sessions", get(sessions::list))
                .route("/sessions/revoke", post(sessions::revoke));
        }
        if groups.contains(Group::Metrics) {
            routes = routes.route("/metrics", get(monitoring::metrics));
        }
        if groups.contains(Group::Health) {
            routes = routes.route("/health", get(monitoring::health));
        }
        routes
    }
}

/// Returns the routes that are always mounted.
fn always() -> Router<Routes> {
    Router::new()
        .route("/signup", post(sign_up::sign_up))
        .route("/confirm", post(sign_up::confirm))
        .route("/resend-code", post(sign_up::resend_code))
        .route("/login", post(sign_in::login))
        .route("/verify-mfa", post(sign_in::verify_mfa))
        .route("/setup-mfa", post(sign_in::setup_mfa))
        .route("/new-password", post(sign_in::new_password))
        .route("/refresh", post(session::refresh))
        .route("/forgot-password", post(passwords::forgot))
        .route("/reset-password", post(passwords::reset))
        .route("/logout", post(logout::logout))
        .route("/me", get(session::me))
}
