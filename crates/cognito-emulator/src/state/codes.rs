//! The state of the hosted pages: authorization codes, signed-in browsers, and sign-ins that wait
//! for an identity provider.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::model::acr::{Method, Methods};
use crate::model::federation::endpoints::Endpoints;
use crate::model::random::Random;
use crate::model::saml::request::Session;
use crate::model::saml::response::Assertion;
use crate::model::user::User;
use crate::state::expiring::Expiring;
use crate::state::tokens::refresh::RefreshClaims;
use crate::state::users::{UserKey, Users};

/// The lifetime of an authorization code.
const CODE_VALIDITY: Duration = Duration::from_secs(5 * 60);
/// The time for which a browser stays signed in.
const BROWSER_VALIDITY: Duration = Duration::from_secs(60 * 60);
/// The maximum number of entries of each kind: authorization codes, signed-in browsers, and
/// sign-ins at identity providers. If a kind has reached the maximum, a new entry of this kind
/// replaces the oldest entry of the kind.
const CAPACITY: usize = 10_000;
/// How long a sign-in can wait for the response of an identity provider (AWS developer guide, "OIDC
/// user pool IdP authentication flow").
const FEDERATION_VALIDITY: Duration = Duration::from_secs(5 * 60);

/// An authorization code that was not exchanged for tokens yet.
#[derive(Clone)]
pub(crate) struct Code {
    pub(crate) client: String,
    pub(crate) redirect_uri: String,
    /// The code challenge of PKCE, with the method `S256`. `None` if the authorization request had
    /// none.
    pub(crate) challenge: Option<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) scopes: Vec<String>,
    /// The claim `acr` of the tokens. `None` if the request names no level.
    pub(crate) acr: Option<String>,
    /// The resource to which the access token is bound. `None` if it is not bound.
    pub(crate) resource: Option<String>,
    pub(crate) signed_in: SignedInUser,
}

/// A user who has signed in at the hosted pages.
#[derive(Clone)]
pub(crate) struct SignedInUser {
    pub(crate) user: UserKey,
    /// The [generation](User::generation) of the user's tokens at the sign-in: a number that
    /// increases when the user is signed out everywhere.
    generation: u64,
    /// The time when the user signed in. If methods of an earlier sign-in count, this is the time
    /// of that sign-in.
    pub(crate) auth_time: SystemTime,
    /// The identity provider through which the user has signed in. `None` if the user has signed in
    /// at the user pool itself.
    pub(crate) provider: Option<String>,
    /// The session at the SAML provider through which the user has signed in.
    pub(crate) saml: Option<Arc<Session>>,
    /// The methods that the sign-in has completed.
    pub(crate) methods: Methods,
}

impl SignedInUser {
    /// Returns a user who has signed in through an identity provider.
    pub(crate) fn federated(user: &User, now: SystemTime) -> Self {
        Self {
            user: UserKey::of(user),
            generation: user.generation,
            auth_time: now,
            provider: None,
            saml: None,
            methods: [Method::Federated].into_iter().collect(),
        }
    }

    /// Returns the user who has received a refresh token at the sign-in.
    pub(crate) fn of_token(claims: RefreshClaims) -> Self {
        Self {
            user: claims.user,
            generation: claims.generation,
            auth_time: UNIX_EPOCH + Duration::from_secs(claims.auth_time),
            provider: None,
            saml: None,
            methods: claims.methods,
        }
    }

    /// Returns `true` if the user was not deleted after the sign-in.
    pub(crate) fn exists(&self, users: &mut Users) -> bool {
        users.find_by_key(&self.user).is_some()
    }

    /// Sets the session at the SAML provider through which the user has signed in.
    pub(crate) fn with_session(mut self, session: Session) -> Self {
        self.saml = Some(Arc::new(session));
        self
    }

    /// Sets the identity provider through which the user has signed in.
    pub(crate) fn through(mut self, provider: &str) -> Self {
        self.provider = Some(provider.to_owned());
        self
    }

    /// Returns the user who has signed in. Returns `None` if the user was deleted or signed out
    /// everywhere after the sign-in. Also returns `None` if the user is disabled, is not confirmed,
    /// or must reset the password.
    pub(crate) fn find<'u>(&self, users: &'u mut Users) -> Option<&'u mut User> {
        users
            .find_by_key(&self.user)
            .filter(|user| user.generation == self.generation && user.check_usable().is_ok())
    }
}

/// A sign-in that waits for the response of an identity provider.
#[derive(Clone)]
pub(crate) struct Federation {
    pub(crate) provider: String,
    pub(crate) endpoints: Endpoints,
    /// The query of the app client's request to the authorization endpoint.
    pub(crate) query: String,
    /// The redirect URI of the pool at the identity provider.
    pub(crate) redirect_uri: String,
    /// The value of the cookie of the browser that has begun the sign-in.
    pub(crate) browser: String,
    /// The nonce in the request to the identity provider. The id of a request to a SAML provider
    /// contains the nonce.
    pub(crate) nonce: String,
    /// The verified response of a SAML provider. `None` until it arrives.
    pub(crate) assertion: Option<Arc<Assertion>>,
}

/// A sign-out that waits for the response of a SAML provider.
#[derive(Clone)]
pub(crate) struct Logout {
    /// The URL to which the browser is redirected.
    pub(crate) to: String,
}

/// The authorization codes and signed-in browsers of a pool, and its sign-ins at identity
/// providers.
pub(crate) struct Hosted {
    codes: Expiring<Code>,
    browsers: Expiring<SignedInUser>,
    federations: Expiring<Federation>,
    /// The verified SAML assertions, by provider and id, until they expire.
    assertions: Expiring<()>,
    logouts: Expiring<Logout>,
}

impl Default for Hosted {
    fn default() -> Self {
        Self {
            codes: Expiring::new(CAPACITY),
            browsers: Expiring::new(CAPACITY),
            federations: Expiring::new(CAPACITY),
            assertions: Expiring::new(CAPACITY),
            logouts: Expiring::new(CAPACITY),
        }
    }
}

impl Hosted {
    /// Stores the data of a new authorization code. Returns the code: a random string that the
    /// client exchanges for tokens.
    pub(crate) fn open_code(&mut self, code: Code, now: SystemTime, random: &Random) -> String {
        self.codes.add(code, CODE_VALIDITY, now, random)
    }

    /// Removes the authorization code `word` and returns its data. Returns `None` if the code is
    /// unknown or has expired. The code cannot be used again, even if the exchange for tokens then
    /// fails.
    pub(crate) fn take_code(&mut self, word: &str, now: SystemTime) -> Option<Code> {
        self.codes.take(word, now)
    }

    /// Stores a sign-in at an identity provider and returns its `state`.
    pub(crate) fn open_federation(
        &mut self,
        federation: Federation,
        now: SystemTime,
        random: &Random,
    ) -> String {
        let federations = &mut self.federations;
        federations.add(federation, FEDERATION_VALIDITY, now, random)
    }

    /// Returns the sign-in with this `state`, which waits for an identity provider. Returns `None`
    /// if no sign-in has this `state`, or if the sign-in has expired.
    pub(crate) fn federation(&self, state: &str, now: SystemTime) -> Option<&Federation> {
        self.federations.get(state, now)
    }

    /// Removes and returns the sign-in with this `state` at an identity provider. Returns `None` if
    /// no sign-in has this `state`, or if the sign-in has expired.
    pub(crate) fn take_federation(&mut self, state: &str, now: SystemTime) -> Option<Federation> {
        self.federations.take(state, now)
    }

    /// Stores the verified response of a SAML provider to the request with this `state`. Does
    /// nothing if there is no such request.
    pub(crate) fn answer_federation(&mut self, state: &str, assertion: Assertion, now: SystemTime) {
        if let Some(federation) = self.federations.get_mut(state, now) {
            federation.assertion = Some(Arc::new(assertion));
        }
    }

    /// Stores that a SAML assertion was used. Returns `false` if it was used before.
    pub(crate) fn use_assertion(
        &mut self,
        key: String,
        expires: SystemTime,
        now: SystemTime,
    ) -> bool {
        let is_new = self.assertions.get(&key, now).is_none();
        if is_new {
            self.assertions.put(key, (), expires, now);
        }
        is_new
    }

    /// Stores a sign-out at a SAML provider and returns its `RelayState`.
    pub(crate) fn open_logout(
        &mut self,
        logout: Logout,
        now: SystemTime,
        random: &Random,
    ) -> String {
        self.logouts.add(logout, FEDERATION_VALIDITY, now, random)
    }

    /// Removes and returns the sign-out with this `RelayState` at a SAML provider. Returns `None`
    /// if no sign-out has this `RelayState`, or if the sign-out has expired.
    pub(crate) fn take_logout(&mut self, state: &str, now: SystemTime) -> Option<Logout> {
        self.logouts.take(state, now)
    }

    /// Returns `true` if a sign-out at a SAML provider has this `RelayState`.
    pub(crate) fn has_logout(&self, state: &str, now: SystemTime) -> bool {
        self.logouts.get(state, now).is_some()
    }

    /// Stores that a browser is signed in, and returns the value of the cookie for this browser.
    pub(crate) fn sign_in(
        &mut self,
        signed_in: SignedInUser,
        now: SystemTime,
        random: &Random,
    ) -> String {
        self.browsers.add(signed_in, BROWSER_VALIDITY, now, random)
    }

    /// Returns the user who is signed in with a browser. `word` is the value of the cookie. Returns
    /// `None` if this value is unknown or has expired.
    pub(crate) fn signed_in(&self, word: &str, now: SystemTime) -> Option<SignedInUser> {
        self.browsers.get(word, now).cloned()
    }

    /// Signs a browser out. `word` is the value of the cookie with which the browser is signed in.
    pub(crate) fn sign_out(&mut self, word: &str, now: SystemTime) {
        self.browsers.take(word, now);
    }
}
