//! The state that the routes share ([`Shared`]).

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cognito::Cognito;
use cognito::authentication::OfferedFactors;
use cognito_core::{Clock, Error};
use cognito_tower::public::EnumerationPolicy;
use http::StatusCode;

use crate::routes::attributes::Attributes;
use crate::routes::delivery::Delivery;
use crate::routes::hooks::Hooks;
use crate::routes::hosted_login::settings::HostedLoginRoutes;
use crate::routes::issuer::Issuer;
use crate::{ApiError, TokenGuard, TrustedProxies};

/// The state that all routes of this crate share, such as the client and the token guard.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) cognito: Cognito,
    pub(super) delivery: Delivery,
    pub(super) guard: TokenGuard,
    pub(super) rules: Rules,
    /// The settings of managed login. `None` if the routes for it are disabled.
    pub(super) hosted_login: Option<Arc<HostedLoginRoutes>>,
    /// The name of the service in authenticator apps. `None` if the routes for second factors are
    /// disabled.
    pub(super) issuer: Option<Issuer>,
    /// The factors that a sign-in with a passkey passes to `hide_account`, which hides whether the
    /// account exists. `None` if the routes for this sign-in are disabled.
    pub(super) passkey_sign_in: Option<OfferedFactors>,
    /// How long a browser is remembered. `None` if the route for it is disabled.
    pub(super) remember_browsers: Option<Duration>,
    pub(super) clock: Arc<dyn Clock>,
    /// `true` if the warning about requests without a client address was logged.
    pub(super) has_warned: Arc<AtomicBool>,
}

/// The settings of the application that apply to all routes.
#[derive(Clone, Default)]
pub(super) struct Rules {
    pub(super) policy: EnumerationPolicy,
    /// The attributes that users may set.
    pub(super) attributes: Attributes,
    /// The maximum age of the sign-in, for routes that change factors.
    pub(super) max_age: Option<Duration>,
    pub(super) hooks: Hooks,
    pub(super) proxies: TrustedProxies,
    /// `true` if operations get data about the client for threat protection.
    pub(super) threat_protection: bool,
}

impl Shared {
    /// Logs a warning that the client's address is unknown, once. The attempt guard then limits
    /// nothing by address: attackers can lock out users, and make Cognito send many messages.
    pub(super) fn warn_without_address(&self) {
        if !self.has_warned.swap(true, Ordering::Relaxed) {
            tracing::warn!("requests have no client address: serve with cognito_axum::Server");
        }
    }

    /// Creates the response to an error of a Cognito crate.
    pub(super) fn error(&self, error: impl Into<Error>) -> ApiError {
        ApiError::new(error.into())
            .policy(self.rules.policy)
            .at(self.clock.now())
    }

    /// Creates the response to a request that a route rejects with this status and message.
    pub(super) fn rejected(
        &self,
        status: StatusCode,
        message: impl Into<Cow<'static, str>>,
    ) -> ApiError {
        ApiError::refused(status, message).at(self.clock.now())
    }
}

/// The shared state, as the routes get it.
pub(super) type Routes = Arc<Shared>;
