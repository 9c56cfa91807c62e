//! The state of the hosted pages: authorization codes, signed-in browsers, and completed sign-ins
//! at identity providers.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::model::acr::{Level, Method, Methods};
use crate::model::json::optional_shared;
use crate::model::random::Random;
use crate::model::saml::request::Session;
use crate::model::time::seconds;
use crate::model::user::User;
use crate::state::entries::kind::Kind;
use crate::state::entries::marks::Scope;
use crate::state::expiring::Expiring;
use crate::state::tokens::grant::SignInProof;
use crate::state::tokens::refresh::RefreshClaims;
use crate::state::used::UsedAssertions;
use crate::state::users::{UserKey, Users};

/// The lifetime of an authorization code.
const CODE_VALIDITY: Duration = Duration::from_secs(5 * 60);
/// The maximum number of entries of each kind: authorization codes, signed-in browsers, and
/// completed sign-ins at identity providers. If a kind has reached the maximum, a new entry of this
/// kind replaces the oldest entry of the kind.
const CAPACITY: usize = 10_000;
/// The maximum number of browsers in which one user can be signed in at the same time.
const MOST_OF_USER: usize = 1_000;
/// The time in which a user must complete a sign-in or sign-out at an identity provider. It begins
/// when the emulator redirects the browser to the provider (AWS developer guide, "OIDC user pool
/// IdP authentication flow").
pub(crate) const PENDING_VALIDITY: Duration = Duration::from_secs(5 * 60);

/// An authorization code that has not been exchanged for tokens.
#[derive(Clone)]
pub(crate) struct Code {
    pub(crate) client: String,
    pub(crate) redirect_uri: String,
    /// The code challenge of PKCE, with the method `S256`. `None` if the authorization request had
    /// none.
    pub(crate) challenge: Option<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) scopes: Vec<String>,
    /// The claim `acr` of the tokens. `None` if the authorization request names no authentication
    /// level.
    pub(crate) acr: Option<String>,
    /// The resource to which the access token is bound. `None` if it is not bound.
    pub(crate) resource: Option<String>,
    pub(crate) signed_in: SignedInUser,
}

/// A user who has signed in at the hosted pages.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SignedInUser {
    pub(crate) user: UserKey,
    /// The [generation](User::generation) of the user's tokens at the sign-in: a number that
    /// increases when the user is signed out everywhere.
    generation: u64,
    /// The time when the user signed in. If the user was already signed in and has only completed
    /// additional authentication methods, this is the time of the earlier sign-in.
    pub(crate) auth_time: SystemTime,
    /// The identity provider through which the user has signed in. `None` if the user has signed in
    /// at the user pool itself.
    pub(crate) provider: Option<String>,
    /// The session at the SAML provider through which the user has signed in.
    #[serde(with = "optional_shared")]
    pub(crate) saml: Option<Arc<Session>>,
    /// The authentication methods that the sign-in has completed.
    pub(crate) methods: Methods,
    /// The authentication level that the OIDC provider has reported in the claim `acr` of its ID
    /// token. `None` if the user has not signed in through an OIDC provider, or if `AcrMapping` of
    /// the provider has no level for the claim.
    provider_level: Option<Level>,
}

impl SignedInUser {
    /// Creates the data of a user who has signed in through an identity provider at the time `now`.
    pub(crate) fn federated(user: &User, now: SystemTime) -> Self {
        Self {
            user: UserKey::of(user),
            generation: user.generation,
            auth_time: now,
            provider: None,
            saml: None,
            methods: [Method::Federated].into_iter().collect(),
            provider_level: None,
        }
    }

    /// Creates the data of a user who has signed in without an identity provider. `claims` is the
    /// content of the refresh token that the sign-in has issued.
    pub(crate) fn of_token(claims: RefreshClaims) -> Self {
        Self {
            user: claims.user,
            generation: claims.generation,
            auth_time: UNIX_EPOCH + Duration::from_secs(claims.proof.auth_time),
            provider: None,
            saml: None,
            methods: claims.proof.methods,
            provider_level: None,
        }
    }

    /// Returns when and how the user has signed in. `acr` is the claim `acr` of the tokens.
    pub(crate) fn proof(&self, acr: Option<String>) -> SignInProof {
        SignInProof {
            auth_time: seconds(self.auth_time),
            methods: self.methods.clone(),
            acr,
        }
    }

    /// Returns `true` if the user who has signed in still exists.
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

    /// Sets the authentication level that the OIDC provider has reported in the claim `acr`.
    pub(crate) fn at_level(mut self, level: Option<Level>) -> Self {
        self.provider_level = level;
        self
    }

    /// Returns the authentication level that the sign-in has reached: the higher one of the level
    /// of its methods and the level that the OIDC provider has reported.
    pub(crate) fn level(&self) -> Option<Level> {
        self.methods.level().max(self.provider_level)
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

/// The authorization codes and signed-in browsers of a pool, and its completed sign-ins at identity
/// providers.
pub(crate) struct Hosted {
    codes: Expiring<Code>,
    pub(super) browsers: Expiring<SignedInUser>,
    /// The nonces of completed sign-ins at OAuth 2.0 providers.
    completed: Expiring<()>,
    /// The SAML assertions that were used.
    pub(crate) assertions: UsedAssertions,
}

impl Hosted {
    pub(crate) fn new(scope: &Scope) -> Self {
        Self {
            codes: Expiring::new(CAPACITY),
            browsers: Expiring::new(CAPACITY).marked(scope, Kind::Browser),
            completed: Expiring::new(CAPACITY),
            assertions: UsedAssertions::new(scope.clone()),
        }
    }

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

    /// Stores that the sign-in at an OAuth 2.0 provider with this nonce is completed. Returns
    /// `false` if it was completed before.
    ///
    /// Security: only completed sign-ins are stored, so a client that begins many sign-ins cannot
    /// fill the store. If there are too many completed sign-ins, the oldest nonce is removed. The
    /// parameter `state` with this nonce is then accepted again until it expires, which takes at
    /// most five minutes. This is harmless: the request also needs the cookie of the browser and an
    /// unused code of the provider (RFC 6749 section 4.1.2). A browser that has both can also begin
    /// a new sign-in.
    pub(crate) fn complete(&mut self, nonce: &str, now: SystemTime) -> bool {
        let is_new = !self.is_completed(nonce, now);
        if is_new {
            let expires = now.checked_add(PENDING_VALIDITY).unwrap_or(now);
            self.completed.put(nonce.to_owned(), (), expires, now);
        }
        is_new
    }

    /// Returns `true` if the sign-in at an OAuth 2.0 provider with this nonce is completed.
    pub(crate) fn is_completed(&self, nonce: &str, now: SystemTime) -> bool {
        self.completed.get(nonce, now).is_some()
    }

    /// Stores that a browser is signed in for the time `validity`, and returns the value of the
    /// cookie for this browser. If the user is signed in with too many browsers, signs the user out
    /// in the oldest one.
    ///
    /// Security: the maximum for each user prevents one user from signing out the browsers of
    /// others by filling the store.
    pub(crate) fn sign_in(
        &mut self,
        signed_in: SignedInUser,
        validity: Duration,
        now: SystemTime,
        random: &Random,
    ) -> String {
        let is_of_user = |other: &SignedInUser| other.user == signed_in.user;
        self.browsers.keep_newest(MOST_OF_USER - 1, is_of_user);
        self.browsers.add(signed_in, validity, now, random)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn signed_in(sub: &str) -> SignedInUser {
        SignedInUser {
            user: UserKey {
                username: sub.to_owned(),
                sub: sub.to_owned(),
            },
            generation: 0,
            auth_time: UNIX_EPOCH,
            provider: None,
            saml: None,
            methods: Methods::default(),
            provider_level: None,
        }
    }

    #[test]
    fn one_user_does_not_sign_out_others() {
        let (now, random) = (UNIX_EPOCH, Random::new(Some(1)));
        let mut hosted = Hosted::new(&Scope::default());
        let mut sign_in = |sub| hosted.sign_in(signed_in(sub), CODE_VALIDITY, now, &random);
        let other = sign_in("other");
        let words: Vec<_> = (0..=MOST_OF_USER).map(|_| sign_in("user")).collect();
        let is_known = |word: &String| hosted.signed_in(word, now).is_some();
        assert!(!is_known(&words[0]));
        assert!(words.iter().skip(1).all(is_known) && is_known(&other));
    }
}
