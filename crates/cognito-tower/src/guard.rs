//! Verifies the token of a request, and accepts or rejects the request ([`Guard`]).

mod same_user;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use cognito_core::verifier::{Match, Requirement};
use cognito_core::{AccessClaims, Clock, Error, Event, IdClaims, SystemClock, TokenVerifier};
use http::request::Parts;
use http::{Extensions, HeaderMap};

use crate::rejection::{DEFAULT_REALM, Rejection, RejectionKind};
use crate::strength::Strength;
use crate::token_claims::TokenClaims;
use crate::token_source::{Token, TokenSource};

/// A guard that accepts or rejects a request by its headers. It extracts the token, verifies it and
/// checks the claims against the configured requirements.
///
/// A guard does not create responses. [`RequireToken`](crate::RequireToken) and the extractors of
/// `cognito-axum` create them. A clone is cheap: it shares the verifier and the requirements.
///
/// ```
/// # fn guard(verifier: impl cognito_core::TokenVerifier) {
/// use cognito_tower::{Guard, TokenSource};
///
/// let guard = Guard::access(verifier)
///     .token_from(TokenSource::header_or_cookie("__Host-access"))
///     .any_group(["admins", "support"])
///     .scope("orders/read");
/// # }
/// ```
#[derive(Clone)]
#[must_use = "a setter returns the changed value"]
pub struct Guard<C = AccessClaims>(Arc<Rules<C>>);

#[derive(Clone)]
struct Rules<C> {
    verifier: Arc<dyn TokenVerifier>,
    source: TokenSource,
    groups: Vec<Requirement>,
    scopes: Vec<Requirement>,
    strength: Strength,
    predicates: Vec<Predicate<C>>,
    realm: Arc<str>,
    resource_metadata: Option<Arc<str>>,
    clock: Arc<dyn Clock>,
}

/// A request extension: the verified claims, and the guard that verified them.
#[derive(Clone)]
struct AuthenticatedBy<C> {
    guard: Guard<C>,
    claims: Arc<C>,
}

type Predicate<C> = Arc<dyn Fn(&C) -> bool + Send + Sync>;

impl Guard<AccessClaims> {
    /// Creates a guard that requires an access token. This is the usual choice for APIs.
    pub fn access(verifier: impl TokenVerifier) -> Self {
        Self::new(verifier)
    }
}

impl Guard<IdClaims> {
    /// Creates a guard that requires an ID token. Use it to identify the user. To decide what the
    /// user may do, use an access token.
    pub fn id(verifier: impl TokenVerifier) -> Self {
        Self::new(verifier)
    }
}

impl<C: TokenClaims> Guard<C> {
    fn new(verifier: impl TokenVerifier) -> Self {
        Self(Arc::new(Rules {
            verifier: Arc::new(verifier),
            source: TokenSource::default(),
            groups: Vec::new(),
            scopes: Vec::new(),
            strength: Strength::default(),
            predicates: Vec::new(),
            realm: DEFAULT_REALM.into(),
            resource_metadata: None,
            clock: Arc::new(SystemClock::new()),
        }))
    }

    /// Sets the source of the token. Default: the header `Authorization`.
    pub fn token_from(self, source: TokenSource) -> Self {
        self.with(|rules| rules.source = source)
    }

    /// Requires that the user is in this group (claim `cognito:groups`). Repeated calls add groups,
    /// and the user must be in all of them. With an empty name, every request is rejected.
    pub fn group(self, group: impl Into<String>) -> Self {
        self.any_group([group])
    }

    /// Requires that the user is in at least one of these groups. Each call adds a requirement, and
    /// the user must meet the requirements of all calls. With an empty list or an empty name, every
    /// request is rejected.
    pub fn any_group(self, groups: impl IntoIterator<Item: Into<String>>) -> Self {
        self.with(|rules| rules.groups.push(Requirement::new(Match::Any, groups)))
    }

    /// Requires that the user is in all of the groups. With an empty list or an empty name, every
    /// request is rejected.
    pub fn all_groups(self, groups: impl IntoIterator<Item: Into<String>>) -> Self {
        self.with(|rules| rules.groups.push(Requirement::new(Match::All, groups)))
    }

    /// Requires that the sign-in has one of these authentication levels (claim `acr`), such as
    /// `urn:cognito:loa:3`. Other tokens are rejected with 401 and
    /// `insufficient_user_authentication` (RFC 9470). The challenge names the levels, with the
    /// preferred level first.
    ///
    /// If this method is called several times, a level is accepted only if every list contains it.
    /// With an empty list, every request is rejected. Cognito writes `acr` only if the sign-in
    /// requested a level.
    ///
    /// Security: the token of an [actor](AccessClaims::act) can have the `acr` and the `auth_time` of
    /// the user's sign-in, so an actor can meet the requirement although the user does not take
    /// part. To accept the user only, call `only_actors` of the verifier in `cognito-jwt` with an
    /// empty list.
    ///
    /// ```
    /// # fn guard(verifier: impl cognito_core::TokenVerifier) {
    /// use std::time::Duration;
    ///
    /// use cognito_tower::Guard;
    ///
    /// let payments = Guard::access(verifier)
    ///     .any_acr(["urn:cognito:loa:3", "urn:cognito:loa:4"])
    ///     .max_age(Duration::from_secs(600));
    /// # }
    /// ```
    pub fn any_acr(self, levels: impl IntoIterator<Item: Into<String>>) -> Self {
        self.with(|rules| rules.strength.require_any(levels))
    }

    /// Requires that the sign-in has at least this authentication level: 1 to 4. It is the same as
    /// [`any_acr`](Self::any_acr) with the levels `urn:cognito:loa:<level>` to `urn:cognito:loa:4`.
    /// Level 0 is the same as level 1.
    /// With a level above 4, every request is rejected. If the user pool has other names for the
    /// levels (`AcrConfiguration`), use `any_acr`.
    pub fn least_acr_level(self, level: u32) -> Self {
        self.with(|rules| rules.strength.require_least(level))
    }

    /// Sets the maximum time since the user signed in (claim `auth_time`). If more time has passed,
    /// or if the token has no `auth_time`, the token is rejected with 401 and
    /// `insufficient_user_authentication` (RFC 9470). If this method is called several times, the
    /// shortest time applies. Fractions of a second are ignored.
    ///
    /// A refresh does not change `auth_time`. The [leeway](TokenVerifier::leeway) of the verifier is
    /// added to the maximum. The time is compared with the [clock](Self::clock) of the guard.
    ///
    /// Security: a token of a [client](cognito_core::Principal::Machine) is rejected, because no user
    /// signed in. A delegated token has the `auth_time` of the user's sign-in and is accepted; see
    /// [`any_acr`](Self::any_acr).
    pub fn max_age(self, age: Duration) -> Self {
        self.with(|rules| rules.strength.limit_age(age))
    }

    /// Requires that a custom predicate returns `true`. The guard calls it last, with verified
    /// claims that meet all other requirements. It must not block. Repeated calls add predicates,
    /// and all must return `true`.
    pub fn predicate(self, predicate: impl Fn(&C) -> bool + Send + Sync + 'static) -> Self {
        self.with(|rules| rules.predicates.push(Arc::new(predicate)))
    }

    /// Sets the `realm` in the `WWW-Authenticate` challenges of rejections (RFC 9110 section 11.5).
    /// Default: `api`.
    pub fn realm(self, realm: impl Into<String>) -> Self {
        let realm = realm.into().into();
        self.with(|rules| rules.realm = realm)
    }

    /// Sets the URL of the [metadata of the resource](crate::ResourceMetadata), which the
    /// `WWW-Authenticate` challenges of rejections then contain as `resource_metadata` (RFC 9728
    /// section 5.1). A client that has no token finds the authorization server with it. Default:
    /// none; an empty URL has no effect.
    ///
    /// ```
    /// # fn guard(verifier: impl cognito_core::TokenVerifier, metadata: &cognito_tower::ResourceMetadata) {
    /// use cognito_tower::Guard;
    ///
    /// let guard = Guard::access(verifier).resource_metadata(metadata.url());
    /// # }
    /// ```
    pub fn resource_metadata(self, url: impl Into<String>) -> Self {
        let url: Arc<str> = url.into().into();
        self.with(|rules| rules.resource_metadata = Some(url))
    }

    /// Sets the clock that provides the time of a rejection (`timestamp` in the JSON body), and the
    /// time for [`max_age`](Self::max_age). The verifier checks the expiry of tokens with its own
    /// clock. Default: the clock of the operating system.
    pub fn clock(self, clock: impl Clock) -> Self {
        self.with(|rules| rules.clock = Arc::new(clock))
    }

    /// Extracts the token of a request, verifies it and checks the claims against the configured
    /// requirements.
    ///
    /// # Errors
    ///
    /// A [`Rejection`], whose [`RejectionKind`] is the reason.
    pub async fn authenticate(&self, headers: &HeaderMap) -> Result<Arc<C>, Rejection> {
        self.report(self.verify_request(headers).await)
    }

    /// Checks a request like [`authenticate`](Self::authenticate), but returns `None` if the
    /// request has no token. Use it for public routes that show more to signed-in users. An invalid
    /// token is rejected.
    ///
    /// # Errors
    ///
    /// The errors of [`authenticate`](Self::authenticate), except [`RejectionKind::MissingToken`].
    pub async fn authenticate_optional(
        &self,
        headers: &HeaderMap,
    ) -> Result<Option<Arc<C>>, Rejection> {
        self.report(optional(self.verify_request(headers).await))
    }

    /// Checks a request like [`authenticate`](Self::authenticate), but verifies the token of a
    /// request only once. The first call adds the verified claims to the extensions of the request.
    /// Later calls use these claims, and check only the requirements of this guard.
    ///
    /// The claims may also be from a clone of this guard with the same token source, for example
    /// from the guard of a [`RequireToken`](crate::RequireToken). The clone may have other
    /// requirements. Claims of all other guards are ignored.
    ///
    /// If the extensions also contain verified claims of the other kind of token, both tokens must
    /// belong to the same user. Otherwise the request is rejected
    /// ([`InvalidToken`](RejectionKind::InvalidToken)). Tokens of clients and of different user pools
    /// are not compared.
    ///
    /// # Errors
    ///
    /// The errors of [`authenticate`](Self::authenticate).
    pub async fn authenticate_once(&self, parts: &mut Parts) -> Result<Arc<C>, Rejection> {
        self.report(self.verify_once(parts).await)
    }

    /// Checks a request like [`authenticate_once`](Self::authenticate_once), but returns `None` if
    /// the request has no token, as [`authenticate_optional`](Self::authenticate_optional) does.
    ///
    /// # Errors
    ///
    /// The errors of [`authenticate_optional`](Self::authenticate_optional).
    pub async fn authenticate_once_optional(
        &self,
        parts: &mut Parts,
    ) -> Result<Option<Arc<C>>, Rejection> {
        self.report(optional(self.verify_once(parts).await))
    }

    async fn verify_once(&self, parts: &mut Parts) -> Result<Arc<C>, Rejection> {
        if let Some(claims) = self.authenticated_before(&parts.extensions) {
            self.check(&claims)?;
            return Ok(claims);
        }
        let claims = self.verify_request(&parts.headers).await?;
        self.check_user(&claims, &parts.extensions)?;
        self.remember(Arc::clone(&claims), &mut parts.extensions);
        Ok(claims)
    }

    /// Stores verified claims in the extensions of the request, together with this guard.
    pub(crate) fn remember(&self, claims: Arc<C>, extensions: &mut Extensions) {
        extensions.insert(AuthenticatedBy {
            guard: self.clone(),
            claims: Arc::clone(&claims),
        });
        extensions.insert(claims);
    }

    /// Returns the claims of the request, or `None` if this guard or a clone of it has not verified
    /// them before. Security: claims of another verifier or token source are ignored, because they
    /// may belong to another pool or another user.
    fn authenticated_before(&self, extensions: &Extensions) -> Option<Arc<C>> {
        let authenticated = extensions.get::<AuthenticatedBy<C>>()?;
        let (theirs, ours) = (&*authenticated.guard.0, &*self.0);
        let is_ours = Arc::ptr_eq(&theirs.verifier, &ours.verifier) && theirs.source == ours.source;
        is_ours.then(|| Arc::clone(&authenticated.claims))
    }

    /// Checks verified claims against the configured requirements.
    ///
    /// # Errors
    ///
    /// - [`RejectionKind::InsufficientAuthentication`] if the sign-in has none of the accepted
    ///   authentication levels, or is too old.
    /// - [`RejectionKind::InsufficientScope`] if a required scope is missing.
    /// - [`RejectionKind::NotInGroup`] if a required group is missing.
    /// - [`RejectionKind::Denied`] if a predicate returns `false`.
    pub fn authorize(&self, claims: &C) -> Result<(), Rejection> {
        self.report(self.check(claims))
    }

    /// Checks verified claims like [`authorize`](Self::authorize), without a report.
    fn check(&self, claims: &C) -> Result<(), Rejection> {
        let rules = &*self.0;
        let are_met = |requirements: &[Requirement], had: &[String]| {
            let has = |name: &str| had.iter().any(|it| it == name);
            requirements
                .iter()
                .all(|requirement| requirement.is_met(has))
        };
        let (leeway, now) = (rules.verifier.leeway(), rules.clock.unix_seconds());
        if !rules.strength.is_met(claims, leeway, now) {
            Err(self.reject(RejectionKind::InsufficientAuthentication))
        } else if !are_met(&rules.scopes, claims.scopes()) {
            Err(self.reject(RejectionKind::InsufficientScope))
        } else if !are_met(&rules.groups, claims.groups()) {
            Err(self.reject(RejectionKind::NotInGroup))
        } else if !rules.predicates.iter().all(|predicate| predicate(claims)) {
            Err(self.reject(RejectionKind::Denied))
        } else {
            Ok(())
        }
    }

    /// Logs a rejection, and passes it as an event to the verifier. Each rejection is reported once.
    pub(crate) fn report<T>(&self, result: Result<T, Rejection>) -> Result<T, Rejection> {
        if let Err(rejection) = &result {
            let (reason, status) = (rejection.kind().name(), rejection.status().as_u16());
            let error = rejection.error();
            let cause = error.map(tracing::field::display);
            match rejection.kind() {
                RejectionKind::Unavailable => {
                    tracing::warn!(
                        reason,
                        status,
                        error = cause,
                        "the token could not be checked"
                    );
                }
                _ => tracing::info!(reason, status, error = cause, "rejected"),
            }
            let event = Event::token_rejected(reason, status, error.map(Error::kind));
            self.0.verifier.record(&event);
        }
        result
    }

    /// Checks a request like [`authenticate`](Self::authenticate), without a report.
    async fn verify_request(&self, headers: &HeaderMap) -> Result<Arc<C>, Rejection> {
        let token = self.find(headers)?;
        self.verify(&token).await
    }

    pub(crate) fn find(&self, headers: &HeaderMap) -> Result<Token, Rejection> {
        self.0
            .source
            .find(headers)
            .map_err(|kind| self.reject(kind))
    }

    /// Verifies a token and checks its claims, without a report.
    pub(crate) async fn verify(&self, token: &Token) -> Result<Arc<C>, Rejection> {
        let result = C::verified_by(&*self.0.verifier, token.as_str()).await;
        let claims =
            result.map_err(|error| self.named(Rejection::from_error(error, self.0.clock.now())))?;
        self.check(&claims)?;
        Ok(claims)
    }

    fn reject(&self, kind: RejectionKind) -> Rejection {
        self.named(Rejection::new(kind, self.0.clock.now()))
    }

    fn named(&self, rejection: Rejection) -> Rejection {
        let mut rejection = rejection.with_realm(Arc::clone(&self.0.realm));
        if let Some(url) = &self.0.resource_metadata {
            rejection = rejection.with_resource_metadata(Arc::clone(url));
        }
        match rejection.kind() {
            RejectionKind::InsufficientAuthentication => {
                let of_verifier = self.0.verifier.required_sign_in();
                rejection.with_step_up(self.0.strength.step_up(of_verifier))
            }
            RejectionKind::InsufficientScope => {
                rejection.with_scopes(self.0.scopes.iter().flat_map(Requirement::names))
            }
            _ => rejection,
        }
    }

    fn with(mut self, change: impl FnOnce(&mut Rules<C>)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }
}

impl Guard<AccessClaims> {
    /// Requires that the token has the scope. With an empty name, every request is rejected.
    pub fn scope(self, scope: impl Into<String>) -> Self {
        self.any_scope([scope])
    }

    /// Requires that the token has at least one of the scopes. Repeated calls add requirements, and
    /// all must be met. With an empty list or an empty name, every request is rejected. The
    /// challenge of the rejection names all of the scopes.
    pub fn any_scope(self, scopes: impl IntoIterator<Item: Into<String>>) -> Self {
        self.with(|rules| rules.scopes.push(Requirement::new(Match::Any, scopes)))
    }

    /// Requires that the token has all of the scopes. With an empty list or an empty name, every
    /// request is rejected.
    pub fn all_scopes(self, scopes: impl IntoIterator<Item: Into<String>>) -> Self {
        self.with(|rules| rules.scopes.push(Requirement::new(Match::All, scopes)))
    }
}

/// Converts the rejection of a request without a token to `None`.
fn optional<T>(result: Result<T, Rejection>) -> Result<Option<T>, Rejection> {
    match result {
        Err(rejection) if rejection.kind() == RejectionKind::MissingToken => Ok(None),
        result => result.map(Some),
    }
}

impl<C> fmt::Debug for Guard<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard")
            .field("verifier", &self.0.verifier)
            .field("source", &self.0.source)
            .field("groups", &self.0.groups)
            .field("scopes", &self.0.scopes)
            .field("strength", &self.0.strength)
            .field("predicates", &self.0.predicates.len())
            .field("realm", &self.0.realm)
            .field("resource_metadata", &self.0.resource_metadata)
            .finish_non_exhaustive()
    }
}
