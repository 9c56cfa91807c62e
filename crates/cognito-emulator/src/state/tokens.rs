//! Tokens: what Cognito puts into them, how they are signed and how they are read again.

pub(crate) mod device;
pub(crate) mod key;
pub(crate) mod refresh;
pub(crate) mod scopes;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::attributes::is_true;
use crate::model::client::Client;
use crate::model::random::{Random, uuid_text};
use crate::model::settings::Settings;
use crate::model::user::User;
use crate::model::wire::{Answer, Failure};
use crate::operations::administration::providers::Identity;
use crate::state::pool::Roles;
use crate::state::tokens::device::{DeviceKeys, NewDevice};
use crate::state::tokens::key::SigningKey;
use crate::state::tokens::refresh::{RefreshClaims, Seal};
use crate::triggers::Overrides;

/// The scope of every token that the user pools API hands out.
const SCOPE: &str = "aws.cognito.signin.user.admin";

/// The signing keys and the seal of one emulator.
pub(crate) struct Tokens {
    pub(crate) access: SigningKey,
    pub(crate) id: SigningKey,
    pub(crate) seal: Seal,
    pub(crate) devices: DeviceKeys,
    issuer: String,
    /// Drawn at the first sign-in, as the key of the seal is.
    family_key: OnceLock<hmac::Key>,
}

/// Everything that a set of tokens says, taken from the person under the lock so that signing
/// can go on outside of it.
#[derive(Debug)]
pub(crate) struct Grant {
    pub(crate) client: Arc<Client>,
    sub: String,
    username: String,
    groups: Vec<String>,
    attributes: BTreeMap<String, String>,
    identities: Vec<Identity>,
    generation: u64,
    family: String,
    auth_time: u64,
    now: u64,
    refresh: RefreshGrant,
    is_renewal: bool,
    /// The device that the sign-in came from.
    device: Option<String>,
    /// The same, if it is new.
    new_device: Option<NewDevice>,
    /// What the hosted pages granted; the API grants its one scope.
    scope: Option<String>,
    nonce: Option<String>,
}

/// Which refresh token a grant brings.
#[derive(Debug)]
enum RefreshGrant {
    None,
    Token { turn: u64, expires: u64 },
}

/// An access token of this pool whose signature and times were checked.
#[derive(Debug, Deserialize)]
pub(crate) struct AccessToken {
    pub(crate) sub: String,
    pub(crate) username: String,
    pub(crate) client_id: String,
    pub(crate) iat: u64,
    pub(crate) origin_jti: Option<String>,
    exp: u64,
    pub(crate) scope: String,
}

#[derive(Serialize)]
struct AccessClaims<'a> {
    sub: &'a str,
    #[serde(rename = "cognito:groups", skip_serializing_if = "<[_]>::is_empty")]
    groups: &'a [String],
    iss: &'a str,
    client_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin_jti: Option<&'a str>,
    event_id: &'a str,
    token_use: &'static str,
    scope: &'a str,
    auth_time: u64,
    exp: u64,
    iat: u64,
    /// Tokens of the hosted pages are of the second.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
    username: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_key: Option<&'a str>,
}

#[derive(Serialize)]
struct IdClaims<'a> {
    sub: &'a str,
    #[serde(rename = "cognito:groups", skip_serializing_if = "<[_]>::is_empty")]
    groups: &'a [String],
    #[serde(
        rename = "cognito:preferred_role",
        skip_serializing_if = "Option::is_none"
    )]
    preferred_role: Option<&'a str>,
    #[serde(rename = "cognito:roles", skip_serializing_if = "<[_]>::is_empty")]
    roles: &'a [String],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    identities: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at_hash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    iss: &'a str,
    #[serde(rename = "cognito:username")]
    username: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin_jti: Option<&'a str>,
    aud: &'a str,
    event_id: &'a str,
    token_use: &'static str,
    auth_time: u64,
    exp: u64,
    iat: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
    #[serde(flatten)]
    attributes: BTreeMap<&'a str, Value>,
}

impl Tokens {
    pub(crate) fn new(access: SigningKey, id: SigningKey, issuer: String) -> Self {
        Self {
            access,
            id,
            seal: Seal::default(),
            devices: DeviceKeys::default(),
            issuer,
            family_key: OnceLock::new(),
        }
    }

    /// The same keys under ids of their own, for another pool.
    pub(crate) fn in_scope(&self, settings: &Settings) -> Option<Self> {
        Some(Self::new(
            self.access.in_scope(&settings.pool_id)?,
            self.id.in_scope(&settings.pool_id)?,
            settings.issuer.clone(),
        ))
    }

    /// The grant of a new sign-in.
    pub(crate) fn sign_in(
        &self,
        user: &User,
        client: &Arc<Client>,
        now: SystemTime,
        random: &Random,
    ) -> Grant {
        let now = seconds(now);
        let family = self.family(&user.sub, user.generation, random);
        let expires = now + client.refresh_validity.as_secs();
        Grant {
            refresh: RefreshGrant::Token { turn: 0, expires },
            auth_time: now,
            ..Grant::new(user, client, family, now)
        }
    }

    /// The grant of a refresh. With `rotate` it brings the family's next refresh token, which
    /// lives as long as the one that it replaces would have.
    pub(crate) fn renewal(
        user: &User,
        client: &Arc<Client>,
        used: &RefreshClaims,
        rotate: Option<u64>,
        now: SystemTime,
    ) -> Grant {
        let refresh = rotate.map_or(RefreshGrant::None, |turn| RefreshGrant::Token {
            turn,
            expires: used.expires,
        });
        let mut grant = Grant {
            refresh,
            is_renewal: true,
            device: used.device.clone(),
            auth_time: used.auth_time,
            ..Grant::new(user, client, used.family.clone(), seconds(now))
        };
        if let Some(scope) = &used.scope {
            let scopes: Vec<_> = scope.split(' ').map(ToOwned::to_owned).collect();
            grant.narrow(&scopes);
        }
        grant
    }

    /// Signs a grant: `AuthenticationResult`.
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
            "ExpiresIn": grant.client.access_validity.as_secs(),
            "TokenType": "Bearer",
        });
        if grant.has_id_token() {
            let claims = self.id_claims(grant, roles, &access, &event, random)?;
            let claims = overrides.in_id(claims);
            result["IdToken"] = Value::String(self.id.sign(&claims).ok_or_else(internal)?);
        }
        if let RefreshGrant::Token { turn, expires } = grant.refresh {
            let claims = RefreshClaims {
                sub: grant.sub.clone(),
                username: grant.username.clone(),
                client: grant.client.id.clone(),
                family: grant.family.clone(),
                generation: grant.generation,
                turn,
                auth_time: grant.auth_time,
                scope: grant.scope.clone(),
                expires,
                device: grant.device.clone(),
            };
            let token = self.seal.seal(&claims, random).ok_or_else(internal)?;
            result["RefreshToken"] = Value::String(token);
        }
        if let Some(device) = &grant.new_device {
            result["NewDeviceMetadata"] = json!({
                "DeviceKey": device.key,
                "DeviceGroupKey": device.group_key,
            });
        }
        Ok(result)
    }

    /// Reads an access token that opens the calls of a signed-in person.
    pub(crate) fn read_access(&self, token: &str, now: SystemTime) -> Result<AccessToken, Failure> {
        let token = self.read_any_access(token, now)?;
        if token.scope.split(' ').any(|scope| scope == SCOPE) {
            return Ok(token);
        }
        Err(Failure::not_authorized(
            "Access Token does not have required scopes",
        ))
    }

    /// Reads an access token, whatever it opens: shape, key, signature, then times.
    pub(crate) fn read_any_access(
        &self,
        token: &str,
        now: SystemTime,
    ) -> Result<AccessToken, Failure> {
        let invalid = || Failure::not_authorized("Invalid Access Token");
        let (signed, signature) = token.rsplit_once('.').ok_or_else(invalid)?;
        let (header, claims) = signed.split_once('.').ok_or_else(invalid)?;
        if !self.access.is_named_by(header) {
            return Err(invalid());
        }
        if !self.access.verify(signed, signature) {
            return Err(Failure::not_authorized(
                "Could not verify signature for Access Token",
            ));
        }
        let claims = URL_SAFE_NO_PAD.decode(claims).map_err(|_| invalid())?;
        let token: AccessToken = serde_json::from_slice(&claims).map_err(|_| invalid())?;
        if token.exp <= seconds(now) {
            return Err(Failure::not_authorized("Access Token has expired"));
        }
        Ok(token)
    }

    /// Whether a family was begun in this generation of the person's sign-ins.
    ///
    /// Half of a family's id is a code over the other half, the person and the generation, so
    /// that signing out everywhere needs no list of what was signed in.
    pub(crate) fn is_current(&self, family: &str, user: &User) -> bool {
        let (Ok(id), Some(key)) = (uuid::Uuid::try_parse(family), self.family_key.get()) else {
            return false;
        };
        let mut start = [0; 8];
        start.copy_from_slice(&id.as_bytes()[..8]);
        family_of(key, start, &user.sub, user.generation) == family
    }

    fn family(&self, sub: &str, generation: u64, random: &Random) -> String {
        let draw = || hmac::Key::new(hmac::HMAC_SHA256, &random.bytes::<32>());
        let key = self.family_key.get_or_init(draw);
        let mut start = random.bytes::<8>();
        // The version of the UUID, which the code must cover as it will be read back.
        start[6] = (start[6] & 0x0f) | 0x40;
        family_of(key, start, sub, generation)
    }

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
            event_id: event,
            token_use: "access",
            scope: grant.scope(),
            auth_time: grant.auth_time,
            exp: grant.expiry(grant.client.access_validity),
            iat: grant.now,
            version: grant.scope.as_ref().map(|_| 2),
            jti: revocable.then(|| random.uuid()),
            username: &grant.username,
            device_key: grant.device.as_deref(),
        };
        serde_json::to_string(&claims).map_err(|_| internal())
    }

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
            at_hash: grant.scope.as_ref().map(|_| scopes::at_hash(access)),
            nonce: grant.nonce.as_deref(),
            iss: &self.issuer,
            username: &grant.username,
            origin_jti: revocable.then_some(grant.family.as_str()),
            aud: &grant.client.id,
            event_id: event,
            token_use: "id",
            auth_time: grant.auth_time,
            exp: grant.expiry(grant.client.id_validity),
            iat: grant.now,
            jti: revocable.then(|| random.uuid()),
            attributes: grant.claims().collect(),
        };
        serde_json::to_string(&claims).map_err(|_| internal())
    }
}

impl Grant {
    fn new(user: &User, client: &Arc<Client>, family: String, now: u64) -> Self {
        let attributes = user.attributes.iter();
        Self {
            client: Arc::clone(client),
            sub: user.sub.clone(),
            username: user.username.clone(),
            groups: user.groups.iter().cloned().collect(),
            attributes: attributes
                .filter(|(name, _)| client.may_read(name))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
            identities: user.identities.clone(),
            generation: user.generation,
            family,
            auth_time: now,
            now,
            refresh: RefreshGrant::None,
            is_renewal: false,
            device: None,
            new_device: None,
            scope: None,
            nonce: None,
        }
    }

    /// The same grant of a sign-in on a device that is known.
    pub(crate) fn on_device(mut self, key: &str) -> Self {
        self.device = Some(key.to_owned());
        self
    }

    /// The same grant of a sign-in on a device that is not.
    pub(crate) fn on_new_device(mut self, device: NewDevice) -> Self {
        self.device = Some(device.key.clone());
        self.new_device = Some(device);
        self
    }

    /// The groups that the tokens name.
    pub(crate) fn groups(&self) -> &[String] {
        &self.groups
    }

    /// The user name of the person.
    pub(crate) fn username(&self) -> &str {
        &self.username
    }

    /// The scopes of the access token.
    pub(crate) fn scope(&self) -> &str {
        self.scope.as_deref().unwrap_or(SCOPE)
    }

    /// Whether it brings a device that the person has not signed in on before.
    pub(crate) const fn is_on_new_device(&self) -> bool {
        self.new_device.is_some()
    }

    /// Whether it comes from a refresh token.
    pub(crate) const fn is_renewal(&self) -> bool {
        self.is_renewal
    }

    const fn expiry(&self, validity: Duration) -> u64 {
        self.now + validity.as_secs()
    }

    /// The attributes as claims of ID tokens. The two `_verified` ones are booleans, however the
    /// attribute is written.
    fn claims(&self) -> impl Iterator<Item = (&str, Value)> {
        self.attributes.iter().map(|(name, value)| {
            let claim = match name.as_str() {
                "email_verified" | "phone_number_verified" => Value::Bool(is_true(value)),
                _ => Value::String(value.clone()),
            };
            (name.as_str(), claim)
        })
    }
}

fn family_of(key: &hmac::Key, start: [u8; 8], sub: &str, generation: u64) -> String {
    let input = [&start, sub.as_bytes(), &generation.to_le_bytes()].concat();
    let tag = hmac::sign(key, &input);
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&start);
    bytes[8..].copy_from_slice(&tag.as_ref()[..8]);
    uuid_text(bytes)
}

/// Security: which keys, never the secret halves.
impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens")
            .field("access", &self.access)
            .field("id", &self.id)
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}

/// Whole seconds since 1970, as tokens write times.
pub(crate) fn seconds(moment: SystemTime) -> u64 {
    moment
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// What is answered when AWS-LC fails, which nothing that a client sends can bring about.
fn internal() -> Failure {
    Failure::new("InternalErrorException", "Something went wrong")
}
