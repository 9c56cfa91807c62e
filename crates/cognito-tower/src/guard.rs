//! The guard itself: who is let in.

mod demand;

use std::fmt;
use std::sync::Arc;

use cognito_core::{AccessClaims, Clock, IdClaims, SystemClock, TokenVerifier};
use http::request::Parts;
use http::{Extensions, HeaderMap};

use self::demand::{Demand, Quantity};
use crate::refusal::{DEFAULT_REALM, Refusal, RefusalKind};
use crate::token_claims::TokenClaims;
use crate::token_source::{Token, TokenSource};

/// Decides by the headers of a request whether it is let in: finds the token, has it verified, and
/// holds the claims against the rules.
///
/// It makes no answers; [`RequireToken`](crate::RequireToken) does, and the extractors of
/// `cognito-axum`. Clones share everything.
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
pub struct Guard<C = AccessClaims>(Arc<Rules<C>>);

#[derive(Clone)]
struct Rules<C> {
    verifier: Arc<dyn TokenVerifier>,
    source: TokenSource,
    groups: Vec<Demand>,
    scopes: Vec<Demand>,
    predicates: Vec<Predicate<C>>,
    realm: Arc<str>,
    clock: Arc<dyn Clock>,
}

/// Among the extensions of a request: whose verdict its claims are.
#[derive(Clone)]
struct JudgedBy<C> {
    guard: Guard<C>,
    claims: Arc<C>,
}

type Predicate<C> = Arc<dyn Fn(&C) -> bool + Send + Sync>;

impl Guard<AccessClaims> {
    /// Asks for an access token: what an API takes.
    #[must_use]
    pub fn access(verifier: impl TokenVerifier) -> Self {
        Self::new(verifier)
    }
}

impl Guard<IdClaims> {
    /// Asks for an ID token. It says who somebody is; let an access token decide what they may do.
    #[must_use]
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
            predicates: Vec::new(),
            realm: DEFAULT_REALM.into(),
            clock: Arc::new(SystemClock::new()),
        }))
    }

    /// Looks for the token there; unless told otherwise, in the header.
    #[must_use]
    pub fn token_from(self, source: TokenSource) -> Self {
        self.with(|rules| rules.source = source)
    }

    /// Demands that the user is in the group (`cognito:groups`).
    #[must_use]
    pub fn group(self, group: impl Into<String>) -> Self {
        self.any_group([group])
    }

    /// Demands that the user is in one of the groups. All demands must be met, so called twice it
    /// demands one of each list. An empty list or name lets nobody in.
    #[must_use]
    pub fn any_group<I>(self, groups: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let demand = Demand::new(Quantity::Any, groups);
        self.with(|rules| rules.groups.push(demand))
    }

    /// Demands that the user is in all of the groups. An empty list or name lets nobody in.
    #[must_use]
    pub fn all_groups<I>(self, groups: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let demand = Demand::new(Quantity::All, groups);
        self.with(|rules| rules.groups.push(demand))
    }

    /// Demands what only the application knows. It is asked last, of claims that are verified and
    /// meet all other demands; it must not block.
    #[must_use]
    pub fn predicate(self, predicate: impl Fn(&C) -> bool + Send + Sync + 'static) -> Self {
        self.with(|rules| rules.predicates.push(Arc::new(predicate)))
    }

    /// Names what is guarded (`realm`, RFC 9110 section 11.5), for whoever reads a challenge; unless
    /// told otherwise, `api`.
    #[must_use]
    pub fn realm(self, realm: impl Into<String>) -> Self {
        let realm = realm.into().into();
        self.with(|rules| rules.realm = realm)
    }

    /// Takes the time of refusals from this clock. When a token expires, the verifier decides, by
    /// its own.
    #[must_use]
    pub fn clock(self, clock: impl Clock) -> Self {
        self.with(|rules| rules.clock = Arc::new(clock))
    }

    /// Finds the token of a request, has it verified, and holds its claims against the rules.
    ///
    /// # Errors
    ///
    /// What is to be answered instead; see [`RefusalKind`].
    pub async fn judge(&self, headers: &HeaderMap) -> Result<Arc<C>, Refusal> {
        let token = self.find(headers)?;
        self.judge_token(&token).await
    }

    /// As [`judge`](Self::judge), for what anybody may see and a signed-in person sees more of:
    /// nothing if no token came. A token that is bad is refused all the same.
    ///
    /// # Errors
    ///
    /// As [`judge`](Self::judge), except [`RefusalKind::MissingToken`].
    pub async fn judge_optional(&self, headers: &HeaderMap) -> Result<Option<Arc<C>>, Refusal> {
        match self.judge(headers).await {
            Ok(claims) => Ok(Some(claims)),
            Err(refusal) if refusal.kind() == RefusalKind::MissingToken => Ok(None),
            Err(refusal) => Err(refusal),
        }
    }

    /// As [`judge`](Self::judge), once for a request: what was judged before by the same verifier
    /// and found in the same place, by this guard, a clone, one that was made of it or a
    /// [`RequireToken`](crate::RequireToken) over it, is held against the rules and not verified again.
    /// Claims of any other guard count for nothing. The claims are then among the extensions.
    ///
    /// # Errors
    ///
    /// As [`judge`](Self::judge).
    pub async fn judge_once(&self, parts: &mut Parts) -> Result<Arc<C>, Refusal> {
        if let Some(claims) = self.judged_before(&parts.extensions) {
            self.permits(&claims)?;
            return Ok(claims);
        }
        let claims = self.judge(&parts.headers).await?;
        self.remember(Arc::clone(&claims), &mut parts.extensions);
        Ok(claims)
    }

    /// Puts claims that this guard has judged among the extensions of their request.
    pub(crate) fn remember(&self, claims: Arc<C>, extensions: &mut Extensions) {
        extensions.insert(JudgedBy {
            guard: self.clone(),
            claims: Arc::clone(&claims),
        });
        extensions.insert(claims);
    }

    /// Security: another verifier may take tokens of another pool, and in another place may stand
    /// the token of somebody else.
    fn judged_before(&self, extensions: &Extensions) -> Option<Arc<C>> {
        let judged = extensions.get::<JudgedBy<C>>()?;
        let (theirs, ours) = (&*judged.guard.0, &*self.0);
        let is_ours = Arc::ptr_eq(&theirs.verifier, &ours.verifier) && theirs.source == ours.source;
        is_ours.then(|| Arc::clone(&judged.claims))
    }

    /// Holds claims that are verified against the rules.
    ///
    /// # Errors
    ///
    /// [`RefusalKind::InsufficientScope`], [`RefusalKind::NotInGroup`], [`RefusalKind::Denied`].
    pub fn permits(&self, claims: &C) -> Result<(), Refusal> {
        let rules = &*self.0;
        let are_met = |demands: &[Demand], had| demands.iter().all(|demand| demand.is_met_by(had));
        if !are_met(&rules.scopes, claims.scopes()) {
            Err(self.refuse(RefusalKind::InsufficientScope))
        } else if !are_met(&rules.groups, claims.groups()) {
            Err(self.refuse(RefusalKind::NotInGroup))
        } else if !rules.predicates.iter().all(|predicate| predicate(claims)) {
            Err(self.refuse(RefusalKind::Denied))
        } else {
            Ok(())
        }
    }

    pub(crate) fn find(&self, headers: &HeaderMap) -> Result<Token, Refusal> {
        self.0
            .source
            .find(headers)
            .map_err(|kind| self.refuse(kind))
    }

    pub(crate) async fn judge_token(&self, token: &Token) -> Result<Arc<C>, Refusal> {
        let verdict = C::verified_by(&*self.0.verifier, token.as_str()).await;
        let claims =
            verdict.map_err(|error| self.named(Refusal::from_error(error, self.0.clock.now())))?;
        self.permits(&claims)?;
        Ok(claims)
    }

    fn refuse(&self, kind: RefusalKind) -> Refusal {
        self.named(Refusal::new(kind, self.0.clock.now()))
    }

    fn named(&self, refusal: Refusal) -> Refusal {
        let refusal = refusal.with_realm(Arc::clone(&self.0.realm));
        if refusal.kind() == RefusalKind::InsufficientScope {
            return refusal.with_scopes(self.0.scopes.iter().flat_map(Demand::names));
        }
        refusal
    }

    fn with(mut self, change: impl FnOnce(&mut Rules<C>)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }
}

impl Guard<AccessClaims> {
    /// Demands that the token allows the scope.
    #[must_use]
    pub fn scope(self, scope: impl Into<String>) -> Self {
        self.any_scope([scope])
    }

    /// Demands that the token allows one of the scopes. All demands must be met, so called twice
    /// it demands one of each list. An empty list or name lets nobody in. The challenge names all of them.
    #[must_use]
    pub fn any_scope<I>(self, scopes: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let demand = Demand::new(Quantity::Any, scopes);
        self.with(|rules| rules.scopes.push(demand))
    }

    /// Demands that the token allows all of the scopes. An empty list or name lets nobody in.
    #[must_use]
    pub fn all_scopes<I>(self, scopes: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let demand = Demand::new(Quantity::All, scopes);
        self.with(|rules| rules.scopes.push(demand))
    }
}

impl<C> fmt::Debug for Guard<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard")
            .field("verifier", &self.0.verifier)
            .field("source", &self.0.source)
            .field("groups", &self.0.groups)
            .field("scopes", &self.0.scopes)
            .field("predicates", &self.0.predicates.len())
            .field("realm", &self.0.realm)
            .finish_non_exhaustive()
    }
}
