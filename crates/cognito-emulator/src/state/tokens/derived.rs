//! Tokens that are exchanged for other tokens (`GetDerivedToken`).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::SystemTime;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::model::acr::Methods;
use crate::model::client::Client;
use crate::model::failure::Failure;
use crate::model::random::Random;
use crate::model::time::seconds;
use crate::model::user::User;
use crate::state::tokens::claims::{AccessToken, IdToken, SignIn};
use crate::state::tokens::grant::{Grant, SCOPE, SignInProof};
use crate::state::tokens::{Tokens, internal};

/// The maximum number of actors in an `act` claim. AWS documents no maximum. Without one, tokens
/// would grow with each exchange.
const MOST_ACTORS: usize = 5;

/// A user's verified token that is exchanged for another token.
pub(crate) struct Subject {
    /// The user, the app client, the sign-in and the scopes of the exchanged token. For an ID
    /// token, the scopes are empty.
    pub(crate) token: AccessToken,
    /// The `act` claim of the exchanged token: the actors of earlier exchanges. `None` if there
    /// were no actors.
    act: Option<Value>,
    /// The names of the claims in the exchanged token, if it is an ID token. `None` for other
    /// tokens.
    shown: Option<BTreeSet<String>>,
    /// The scopes that determine which attributes a derived ID token contains. Not used if the
    /// exchanged token is an ID token.
    identity: Vec<String>,
}

/// A verified token of the service that exchanges a token.
pub(crate) struct Actor {
    pub(crate) sub: String,
    pub(crate) client: String,
    /// The claims of the actor's token if it was issued to a user. `None` if it was issued to an
    /// app client itself (`client_credentials`).
    pub(crate) of_user: Option<AccessToken>,
}

/// The data from which a derived token, the result of a token exchange, is created.
pub(crate) struct Derivation<'a> {
    pub(crate) user: &'a User,
    /// The token that is exchanged for the derived token.
    pub(crate) subject: &'a Subject,
    /// The app client that exchanges the token and receives the derived token.
    pub(crate) client: &'a Arc<Client>,
    pub(crate) scopes: &'a [String],
    pub(crate) audience: Option<&'a str>,
    pub(crate) act: Option<Value>,
    pub(crate) now: SystemTime,
    pub(crate) random: &'a Random,
}

/// The claims that a token exchange (RFC 8693) reads from an access token or an ID token.
#[derive(Deserialize)]
struct Claims {
    sub: String,
    exp: u64,
    /// The id of the app client in an access token. `None` in an ID token.
    client_id: Option<String>,
    /// The claim `aud`. In an ID token, it is the id of the app client. In an access token, it is
    /// another audience, such as the resource to which the token is bound. `None` if an access
    /// token has no audience.
    aud: Option<Value>,
    act: Option<Value>,
}

impl Tokens {
    /// Verifies a token that is exchanged. Fails if it is not a valid token of a user of this pool.
    /// `is_id` is `true` if the token must be an ID token, and `false` if it must be an access
    /// token.
    pub(crate) fn read_subject(
        &self,
        token: &str,
        is_id: bool,
        now: SystemTime,
    ) -> Result<Subject, Failure> {
        let (claims, payload) = self.read_claims(token, is_id, now)?;
        let failed = || invalid(is_id);
        let names = || -> Option<BTreeSet<String>> {
            let all: Map<String, Value> = serde_json::from_slice(&payload).ok()?;
            Some(all.into_iter().map(|(name, _)| name).collect())
        };
        let token = of_user(&payload, is_id).ok_or_else(failed)?;
        Ok(Subject {
            identity: token.scope.split(' ').map(str::to_owned).collect(),
            token,
            act: claims.act,
            shown: if is_id {
                Some(names().ok_or_else(failed)?)
            } else {
                None
            },
        })
    }

    /// Returns the subject token for a verified SAML assertion about a user. The subject token has
    /// no scopes. It counts as a new sign-in, so it has a new `origin_jti` if the app client allows
    /// token revocation. `expires` is the time at which the sign-in of the assertion ends, in
    /// seconds since 1970.
    pub(crate) fn subject_of_assertion(
        &self,
        user: &User,
        client: &Client,
        (expires, now): (u64, SystemTime),
        random: &Random,
    ) -> Subject {
        let family = || self.family(&user.sub, user.generation, random);
        let token = AccessToken {
            sub: user.sub.clone(),
            username: user.username.clone(),
            client_id: client.id.clone(),
            sign_in: SignIn {
                origin_jti: client.revocation.then(family),
                acr: None,
                amr: Vec::new(),
                act: None,
            },
            iat: seconds(now),
            auth_time: seconds(now),
            exp: expires,
            scope: String::new(),
            aud: None,
        };
        Subject {
            token,
            act: None,
            shown: None,
            identity: client.oauth.scopes.iter().cloned().collect(),
        }
    }

    /// Verifies the token of an actor. It is a user's token, or an access token that was issued to
    /// an app client itself. Fails if the token is invalid, or if it has the claim `act`.
    ///
    /// Security: a derived token contains one chain of actors. If the actor token had actors, too,
    /// the derived token could not contain both chains and would hide some actors.
    pub(crate) fn read_actor(
        &self,
        token: &str,
        is_id: bool,
        now: SystemTime,
    ) -> Result<Actor, Failure> {
        let (claims, payload) = self.read_claims(token, is_id, now)?;
        if claims.act.is_some() {
            return Err(Failure::invalid_parameter(
                "The actor token must not have the claim act: use a token that was not derived.",
            ));
        }
        let of_id = claims.aud.and_then(|aud| aud.as_str().map(str::to_owned));
        let client = if is_id { of_id } else { claims.client_id };
        Ok(Actor {
            sub: claims.sub,
            client: client.ok_or_else(|| invalid(is_id))?,
            of_user: of_user(&payload, is_id),
        })
    }

    /// Verifies a token. Returns the parsed [`Claims`], and the payload of the token as JSON.
    fn read_claims(
        &self,
        token: &str,
        is_id: bool,
        now: SystemTime,
    ) -> Result<(Claims, Vec<u8>), Failure> {
        let (key, name) = if is_id {
            (&self.id, "Id")
        } else {
            (&self.access, "Access")
        };
        let payload = Self::verified(key, name, token)?;
        let claims: Result<Claims, _> = serde_json::from_slice(&payload);
        let claims = claims.map_err(|_| invalid(is_id))?;
        if claims.exp <= seconds(now) {
            return Err(Failure::not_authorized(format!("{name} Token has expired")));
        }
        Ok((claims, payload))
    }

    /// Returns a derived access token and its lifetime in seconds.
    pub(crate) fn derive_access(
        &self,
        derivation: &Derivation<'_>,
    ) -> Result<(String, u64), Failure> {
        let random = derivation.random;
        let grant = self.derived_grant(derivation);
        let claims = self.access_claims(&grant, &random.uuid(), random)?;
        let validity = derivation.client.validity.access.as_secs();
        let audience = derivation.subject.audience(derivation.audience);
        let (claims, lifetime) = derivation.finish(&claims, &grant, audience, validity)?;
        let token = self.access.sign(&claims).ok_or_else(internal)?;
        Ok((token, lifetime))
    }

    /// Returns a derived ID token and its lifetime in seconds. If the subject token is an ID token,
    /// the derived token contains only attributes that the subject token also contains. If the
    /// subject token is an access token, its scopes determine the attributes: with only the scope
    /// `aws.cognito.signin.user.admin`, the derived token contains all attributes. If the subject
    /// token is a SAML assertion, the scopes of the app client determine the attributes.
    pub(crate) fn derive_id(&self, derivation: &Derivation<'_>) -> Result<(String, u64), Failure> {
        let (subject, random) = (derivation.subject, derivation.random);
        let mut grant = self.derived_grant(derivation);
        if let Some(shown) = &subject.shown {
            grant.attributes.retain(|name, _| shown.contains(name));
        } else if subject.identity != [SCOPE] {
            grant.narrow(&subject.identity);
        }
        // There is no access token for `at_hash`.
        grant.scope = None;
        let roles = crate::model::group::Roles::default();
        let claims = self.id_claims(&grant, &roles, "", &random.uuid(), random)?;
        let validity = derivation.client.validity.id.as_secs();
        let audience = derivation.audience.map(Value::from);
        let (claims, lifetime) = derivation.finish(&claims, &grant, audience, validity)?;
        let token = self.id.sign(&claims).ok_or_else(internal)?;
        Ok((token, lifetime))
    }

    fn derived_grant(&self, derivation: &Derivation<'_>) -> Grant {
        let (user, token) = (derivation.user, &derivation.subject.token);
        let (sign_in, random) = (&token.sign_in, derivation.random);
        let family = sign_in.origin_jti.clone();
        let family = family.unwrap_or_else(|| self.family(&user.sub, user.generation, random));
        let mut grant = Grant::new(user, derivation.client, family, seconds(derivation.now));
        grant.proof = SignInProof {
            auth_time: token.auth_time,
            methods: Methods::read(&sign_in.amr),
            acr: sign_in.acr.clone(),
        };
        grant.scope = Some(derivation.scopes.join(" "));
        grant
    }
}

impl Derivation<'_> {
    /// Returns the claims of a derived token as JSON, and the lifetime of the token in seconds.
    ///
    /// `claims` are the claims of an ordinary token for `grant`. This method changes some of them:
    /// the derived token does not expire after the subject token, and has the `origin_jti` of the
    /// subject token, or none. If `audience` is not `None`, it replaces the claim `aud`. The claim
    /// `act` is set if there are actors. `validity` is the configured lifetime of the client's
    /// tokens, in seconds.
    fn finish(
        &self,
        claims: &str,
        grant: &Grant,
        audience: Option<Value>,
        validity: u64,
    ) -> Result<(String, u64), Failure> {
        let token = &self.subject.token;
        let mut claims: Map<String, Value> =
            serde_json::from_str(claims).map_err(|_| internal())?;
        let expires = (grant.now + validity).min(token.exp);
        claims.insert("exp".to_owned(), json!(expires));
        match &token.sign_in.origin_jti {
            Some(family) => claims.insert("origin_jti".to_owned(), json!(family)),
            None => claims.remove("origin_jti"),
        };
        if let Some(audience) = audience {
            claims.insert("aud".to_owned(), audience);
        }
        if let Some(act) = &self.act {
            claims.insert("act".to_owned(), act.clone());
        }
        let claims = serde_json::to_string(&claims).map_err(|_| internal())?;
        Ok((claims, expires - grant.now))
    }
}

impl Subject {
    /// Returns `true` if an ID token can be derived from this token. This is possible for an ID
    /// token, and for an access token with the scope `openid` or `aws.cognito.signin.user.admin`.
    /// It is also possible for a SAML assertion, if the app client has one of these scopes.
    pub(crate) fn has_identity(&self) -> bool {
        let mut scopes = self.identity.iter();
        self.shown.is_some() || scopes.any(|scope| [SCOPE, "openid"].contains(&scope.as_str()))
    }

    /// Returns the claim `aud` of a derived access token. If the request has an audience, returns
    /// this audience. Otherwise returns the audience of the subject token, so that the derived
    /// token is not accepted by more services. Returns `None` if neither exists.
    pub(crate) fn audience(&self, requested: Option<&str>) -> Option<Value> {
        let bound = || self.token.aud.as_deref().cloned();
        requested.map(Value::from).or_else(bound)
    }

    /// Returns the `act` claim of a derived token: the actor, and within it the actors of earlier
    /// exchanges (RFC 8693, section 4.1). Without an actor, the earlier actors remain, so that an
    /// exchange cannot hide them. Fails if the claim would contain too many actors.
    pub(crate) fn act(&self, actor: Option<&Actor>) -> Result<Option<Value>, Failure> {
        let Some(actor) = actor else {
            return Ok(self.act.clone());
        };
        let mut act = json!({ "sub": actor.sub });
        if let Some(earlier) = &self.act {
            let chain = std::iter::successors(Some(earlier), |act| act.get("act"));
            if chain.count() >= MOST_ACTORS {
                return Err(Failure::invalid_parameter("Too many actors."));
            }
            act["act"] = earlier.clone();
        }
        Ok(Some(act))
    }
}

/// Reads the claims of a user's token from `payload`, the token's payload in JSON. If `is_id` is
/// `true`, the token is an ID token, and its claims are converted to those of an access token
/// ([`IdToken::bearer`]). Returns `None` if the token has no user name or no client id. For
/// example, an access token of an app client itself has no user name.
fn of_user(payload: &[u8], is_id: bool) -> Option<AccessToken> {
    if is_id {
        let token: IdToken = serde_json::from_slice(payload).ok()?;
        return Some(token.bearer());
    }
    serde_json::from_slice(payload).ok()
}

fn invalid(is_id: bool) -> Failure {
    Failure::not_authorized(if is_id {
        "Invalid Id Token"
    } else {
        "Invalid Access Token"
    })
}
