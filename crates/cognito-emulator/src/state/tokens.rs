//! Creation and verification of tokens.

mod certificate;
pub(crate) mod claims;
pub(crate) mod derived;
pub(crate) mod device;
pub(crate) mod encryption;
pub(crate) mod grant;
pub(crate) mod key;
pub(crate) mod overrides;
pub(crate) mod refresh;
pub(crate) mod scopes;
mod session;

use std::ops::Deref;
use std::sync::Arc;
use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::client::Client;
use crate::model::failure::{Answer, Failure};
use crate::model::group::Roles;
use crate::model::identity::Identity;
use crate::model::random::{MacIds, Random};
use crate::model::settings::Settings;
use crate::model::time::seconds;
use crate::model::user::User;
use crate::state::tokens::claims::{AccessClaims, AccessToken, BearerToken, IdClaims, IdToken};
use crate::state::tokens::device::DeviceKeys;
use crate::state::tokens::grant::{Grant, RefreshGrant, SCOPE, SignInDevice};
use crate::state::tokens::key::SigningKey;
use crate::state::tokens::overrides::Overrides;
use crate::state::tokens::refresh::{RefreshClaims, Seal};
use crate::state::users::UserKey;

/// The keys of a pool, and the issuer of its tokens in one region. A pool and its replica have the
/// same keys.
pub(crate) struct Tokens {
    keys: Arc<TokenKeys>,
    issuer: String,
}

/// The signing keys of a pool, and the keys for refresh tokens, session strings, sign-ins at identity
/// providers and device keys.
pub(crate) struct TokenKeys {
    pub(crate) access: SigningKey,
    pub(crate) id: SigningKey,
    pub(crate) random: RandomKeys,
}

/// The random keys of a pool. A state file contains them.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct RandomKeys {
    pub(crate) seal: Seal,
    /// The seal for the data of sign-ins that wait for an identity provider.
    pub(crate) pending: Seal,
    pub(crate) devices: DeviceKeys,
    families: MacIds,
}

impl RandomKeys {
    /// Creates the random keys of the pool that do not exist yet.
    pub(crate) fn create(&self, random: &Random) {
        self.seal.create_key(random);
        self.pending.create_key(random);
        self.devices.create_key(random);
        self.families.create_key(random);
    }
}

impl Deref for TokenKeys {
    type Target = RandomKeys;

    fn deref(&self) -> &RandomKeys {
        &self.random
    }
}

impl Deref for Tokens {
    type Target = TokenKeys;

    fn deref(&self) -> &TokenKeys {
        &self.keys
    }
}

impl Tokens {
    pub(crate) fn new(access: SigningKey, id: SigningKey, issuer: String) -> Self {
        Self::with_keys(access, id, RandomKeys::default(), issuer)
    }

    fn with_keys(access: SigningKey, id: SigningKey, random: RandomKeys, issuer: String) -> Self {
        let keys = TokenKeys { access, id, random };
        let keys = Arc::new(keys);
        Self { keys, issuer }
    }

    /// Returns a copy that uses the same keys as `self`, but writes `issuer` into the tokens.
    pub(crate) fn with_issuer(&self, issuer: String) -> Self {
        let keys = Arc::clone(&self.keys);
        Self { keys, issuer }
    }

    /// Creates the keys of a new pool. `settings` are the settings of the pool. The signing keys
    /// are copies of the signing keys in `self`, with new key ids. All other keys are new.
    pub(crate) fn in_scope(&self, settings: &Settings) -> Self {
        self.restored(settings, RandomKeys::default())
    }

    /// Creates the keys of a pool that was loaded from a state file or a snapshot. `settings` are
    /// the settings of the pool, and `random` are its random keys, which were loaded too. The
    /// signing keys are copies of the signing keys in `self`, with new key ids.
    pub(crate) fn restored(&self, settings: &Settings, random: RandomKeys) -> Self {
        Self::with_keys(
            self.access.in_scope(&settings.pool_id),
            self.id.in_scope(&settings.pool_id),
            random,
            settings.issuer.clone(),
        )
    }

    /// Returns the grant of a new sign-in: the data for its tokens, including a new refresh token.
    pub(crate) fn sign_in(
        &self,
        user: &User,
        client: &Arc<Client>,
        now: SystemTime,
        random: &Random,
    ) -> Grant {
        let now = seconds(now);
        let family = self.family(&user.sub, user.generation, random);
        let expires = now.saturating_add(client.validity.refresh.as_secs());
        Grant {
            refresh: Some(RefreshGrant { turn: 0, expires }),
            ..Grant::new(user, client, family, now)
        }
    }

    /// Returns the grant for the use of a refresh token. The grant has the scopes and the sign-in
    /// time of the refresh token.
    ///
    /// If the client rotates refresh tokens, `rotate` is the sequence number of the next refresh
    /// token. The next token expires at the same time as the used token. If `rotate` is `None`, no
    /// refresh token is issued.
    pub(crate) fn renewal(
        user: &User,
        client: &Arc<Client>,
        used: &RefreshClaims,
        rotate: Option<u64>,
        now: SystemTime,
    ) -> Grant {
        let expires = used.expires;
        let refresh = rotate.map(|turn| RefreshGrant { turn, expires });
        let mut grant = Grant {
            refresh,
            is_renewal: true,
            device: used.device.clone().map(SignInDevice::Known),
            proof: used.proof.clone(),
            resource: used.resource.clone(),
            ..Grant::new(user, client, used.family.clone(), seconds(now))
        };
        if let Some(scope) = &used.scope {
            let scopes: Vec<_> = scope.split(' ').map(ToOwned::to_owned).collect();
            grant.narrow(&scopes);
        }
        grant
    }

    /// Signs the tokens of a grant, with the changes of a trigger in `overrides`. Returns
    /// `AuthenticationResult`.
    pub(crate) fn issue(
        &self,
        grant: &Grant,
        roles: &Roles,
        overrides: &Overrides,
        random: &Random,
    ) -> Answer {
        let event = random.uuid();
        let claims = self.access_claims(grant, &event, random)?;
        let claims = overrides.in_access(claims);
        let access = self.access.sign(&claims).ok_or_else(internal)?;
        let mut result = json!({
            "AccessToken": access,
            "ExpiresIn": grant.client.validity.access.as_secs(),
            "TokenType": "Bearer",
        });
        if grant.has_id_token() {
            let claims = self.id_claims(grant, roles, &access, &event, random)?;
            let claims = overrides.in_id(claims);
            result["IdToken"] = Value::String(self.id.sign(&claims).ok_or_else(internal)?);
        }
        if let Some(RefreshGrant { turn, expires }) = grant.refresh {
            let claims = RefreshClaims {
                user: UserKey {
                    username: grant.username.clone(),
                    sub: grant.sub.clone(),
                },
                client: grant.client.public_id().to_owned(),
                family: grant.family.clone(),
                generation: grant.generation,
                turn,
                proof: grant.proof.clone(),
                scope: grant.scope.clone(),
                resource: grant.resource.clone(),
                expires,
                device: grant.device_key().map(str::to_owned),
            };
            let token = self.seal.seal(&claims, random).ok_or_else(internal)?;
            result["RefreshToken"] = Value::String(token);
        }
        if let Some(SignInDevice::New(device)) = &grant.device {
            result["NewDeviceMetadata"] = json!({
                "DeviceKey": device.key,
                "DeviceGroupKey": device.group_key,
            });
        }
        Ok(result)
    }

    /// Verifies and parses an access token for an operation of a signed-in user. Fails if the token
    /// is invalid or expired, or does not have the scope `aws.cognito.signin.user.admin`.
    pub(crate) fn read_access(&self, token: &str, now: SystemTime) -> Result<AccessToken, Failure> {
        let token = self.read_any_access(token, now)?;
        if token.scope.split(' ').any(|scope| scope == SCOPE) {
            return Ok(token);
        }
        Err(Failure::not_authorized(
            "Access Token does not have required scopes",
        ))
    }

    /// Verifies and parses an access token of a user: its format, key id, signature and expiry.
    /// Fails if the token is invalid or expired. The scope is not checked.
    pub(crate) fn read_any_access(
        &self,
        token: &str,
        now: SystemTime,
    ) -> Result<AccessToken, Failure> {
        self.read_as(token, |claims: &AccessToken| claims.exp > seconds(now))
    }

    /// Verifies and parses an access token of a user or of an app client: its format, key id,
    /// signature and expiry. Fails if the token is invalid or expired. The scope is not checked.
    pub(crate) fn read_bearer(&self, token: &str, now: SystemTime) -> Result<BearerToken, Failure> {
        self.read_as(token, |claims: &BearerToken| claims.exp > seconds(now))
    }

    /// Verifies an access token and parses its claims. Fails if `is_current` returns `false` for
    /// the claims.
    fn read_as<T: DeserializeOwned>(
        &self,
        token: &str,
        is_current: impl FnOnce(&T) -> bool,
    ) -> Result<T, Failure> {
        let invalid = || Failure::not_authorized("Invalid Access Token");
        let claims = Self::verified(&self.access, "Access", token)?;
        let claims: T = serde_json::from_slice(&claims).map_err(|_| invalid())?;
        if !is_current(&claims) {
            return Err(Failure::not_authorized("Access Token has expired"));
        }
        Ok(claims)
    }

    /// Verifies and parses an ID token: its format, key id and signature. Returns `None` if the
    /// token is invalid. The expiry is not checked.
    pub(crate) fn read_id(&self, token: &str) -> Option<IdToken> {
        let claims = Self::verified(&self.id, "Id", token).ok()?;
        serde_json::from_slice(&claims).ok()
    }

    /// Returns `true` if the pool has signed a token, as an access token or as an ID token. The expiry
    /// is not checked.
    pub(crate) fn has_signed(&self, token: &str) -> bool {
        let keys = [&self.access, &self.id];
        keys.iter()
            .any(|key| Self::verified(key, "", token).is_ok())
    }

    /// Verifies the format, the key id and the signature of a token. Returns its claims as JSON.
    /// Fails if the token is invalid. `name` is the kind of the token in error messages.
    fn verified(key: &SigningKey, name: &str, token: &str) -> Result<Vec<u8>, Failure> {
        let invalid = || Failure::not_authorized(format!("Invalid {name} Token"));
        let (signed, signature) = token.rsplit_once('.').ok_or_else(invalid)?;
        let (header, claims) = signed.split_once('.').ok_or_else(invalid)?;
        if !key.is_named_by(header) {
            return Err(invalid());
        }
        if !key.verify(signed, signature) {
            let message = format!("Could not verify signature for {name} Token");
            return Err(Failure::not_authorized(message));
        }
        URL_SAFE_NO_PAD.decode(claims).map_err(|_| invalid())
    }

    /// Returns `true` if a family belongs to the current [generation](User::generation) of the
    /// user's tokens. A family is all tokens of one sign-in, and `family` is its id. Signing the
    /// user out everywhere starts a new generation.
    ///
    /// The id of a family contains a MAC of the user and the generation. The pool can therefore
    /// revoke all families of a user without a list of the families.
    pub(crate) fn is_current(&self, family: &str, user: &User) -> bool {
        let context = family_context(&user.sub, user.generation);
        self.families.find(family, &context).is_some()
    }

    /// Returns the id of a new family. A family is all tokens of one sign-in.
    fn family(&self, sub: &str, generation: u64, random: &Random) -> String {
        let context = family_context(sub, generation);
        self.families.new_id(&context, random).0
    }

    /// Returns the claims of an access token as JSON.
    fn access_claims(
        &self,
        grant: &Grant,
        event: &str,
        random: &Random,
    ) -> Result<String, Failure> {
        let revocable = grant.client.revocation;
        let claims = AccessClaims {
            sub: &grant.sub,
            groups: &grant.groups,
            iss: &self.issuer,
            client_id: &grant.client.id,
            origin_jti: revocable.then_some(grant.family.as_str()),
            aud: grant.resource.as_deref(),
            event_id: event,
            token_use: "access",
            scope: grant.scope(),
            sign_in: grant.sign_in(grant.client.validity.access),
            version: grant.scope.as_ref().map(|_| 2),
            jti: revocable.then(|| random.uuid()),
            username: &grant.username,
            device_key: grant.device_key(),
        };
        serde_json::to_string(&claims).map_err(|_| internal())
    }

    /// Returns the claims of an ID token as JSON.
    fn id_claims(
        &self,
        grant: &Grant,
        roles: &Roles,
        access: &str,
        event: &str,
        random: &Random,
    ) -> Result<String, Failure> {
        let revocable = grant.client.revocation;
        let claims = IdClaims {
            sub: &grant.sub,
            groups: &grant.groups,
            preferred_role: roles.preferred.as_deref(),
            roles: &roles.all,
            identities: grant.identities.iter().map(Identity::claim).collect(),
            at_hash: grant.scope.as_ref().map(|_| claims::at_hash(access)),
            nonce: grant.nonce.as_deref(),
            iss: &self.issuer,
            username: &grant.username,
            origin_jti: revocable.then_some(grant.family.as_str()),
            aud: grant.client.public_id(),
            event_id: event,
            token_use: "id",
            sign_in: grant.sign_in(grant.client.validity.id),
            jti: revocable.then(|| random.uuid()),
            attributes: grant.claims().collect(),
        };
        serde_json::to_string(&claims).map_err(|_| internal())
    }
}

fn family_context(sub: &str, generation: u64) -> Vec<u8> {
    [sub.as_bytes(), &generation.to_le_bytes()].concat()
}

/// Returns the error for a failure of AWS-LC or of the JSON encoding. No request can cause it.
fn internal() -> Failure {
    Failure::new("InternalErrorException", "Something went wrong")
}
