//! The data from which tokens are created ([`Grant`]).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::acr::{AcrNames, Methods, Progress};
use crate::model::attributes::standard::is_true;
use crate::model::client::Client;
use crate::model::identity::Identity;
use crate::model::user::User;
use crate::state::tokens::claims::SignInClaims;
use crate::state::tokens::device::NewDevice;

/// The scope of access tokens that operations such as `InitiateAuth` issue. Only tokens of the
/// hosted pages can have other scopes.
pub(super) const SCOPE: &str = "aws.cognito.signin.user.admin";

/// The data from which an access token, an ID token and a refresh token are created. It is copied
/// from the user while the state is locked. The tokens are signed after the lock is released.
pub(crate) struct Grant {
    pub(crate) client: Arc<Client>,
    pub(super) sub: String,
    pub(crate) username: String,
    pub(crate) groups: Vec<String>,
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) identities: Vec<Identity>,
    /// The [generation](User::generation) of the user's tokens: a number that increases when the
    /// user is signed out everywhere. Tokens of earlier generations are revoked.
    pub(super) generation: u64,
    /// The id of the family of the tokens. A family is all tokens of one sign-in.
    pub(super) family: String,
    pub(super) now: u64,
    pub(super) proof: SignInProof,
    /// The data of the refresh token. `None` if no refresh token is issued.
    pub(super) refresh: Option<RefreshGrant>,
    /// `true` if the tokens are issued in exchange for a refresh token.
    pub(crate) is_renewal: bool,
    /// The device with which the user signs in. `None` for a sign-in without a device.
    pub(super) device: Option<SignInDevice>,
    /// The scopes of tokens of the hosted pages, separated by spaces. `None` for tokens of
    /// operations such as `InitiateAuth`.
    pub(super) scope: Option<String>,
    pub(super) nonce: Option<String>,
    /// The claim `aud` of the access token: the resource to which it is bound. `None` if it is not
    /// bound to a resource.
    pub(super) resource: Option<String>,
}

/// The device with which a user signs in.
pub(super) enum SignInDevice {
    /// A device of the user, with this key.
    Known(String),
    /// A new device. The response of the sign-in contains its keys.
    New(NewDevice),
}

/// When and how the user has signed in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SignInProof {
    /// The time of the sign-in, in seconds since 1970.
    pub(crate) auth_time: u64,
    /// The authentication methods that the sign-in has completed.
    #[serde(default, skip_serializing_if = "Methods::is_empty")]
    pub(crate) methods: Methods,
    /// The claim `acr`: the name of the authentication level that the sign-in has reached. `None`
    /// if the request for the sign-in required no level. The tokens then have no `amr` either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) acr: Option<String>,
}

/// The data from which the refresh token of a grant is created.
#[derive(Debug)]
pub(super) struct RefreshGrant {
    /// The sequence number of the refresh token among the refresh tokens of one sign-in. The first
    /// token has 0.
    pub(super) turn: u64,
    /// The time when the refresh token expires, in seconds since 1970.
    pub(super) expires: u64,
}

impl Grant {
    pub(super) fn new(user: &User, client: &Arc<Client>, family: String, now: u64) -> Self {
        let attributes = user.attributes.iter();
        Self {
            client: Arc::clone(client),
            sub: user.sub.clone(),
            username: user.username.clone(),
            groups: user.groups.iter().cloned().collect(),
            attributes: attributes
                .filter(|(name, _)| client.may_read(name))
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            identities: user.identities.to_vec(),
            generation: user.generation,
            family,
            now,
            proof: SignInProof {
                auth_time: now,
                methods: Methods::default(),
                acr: None,
            },
            refresh: None,
            is_renewal: false,
            device: None,
            scope: None,
            nonce: None,
            resource: None,
        }
    }

    /// Sets the authentication methods of the sign-in. If the sign-in had to reach an
    /// authentication level, sets the level too. If the sign-in continues an earlier sign-in, the
    /// methods of the earlier sign-in are included. In this case, `auth_time` becomes the
    /// `auth_time` of the earlier sign-in.
    ///
    /// Security: a limit on the age of a sign-in (`MAX_AGE`) applies to every method in `amr`. If
    /// `auth_time` were the current time, an old password would count as new.
    pub(crate) fn proven(mut self, progress: &Progress, names: &AcrNames) -> Self {
        let level = progress.methods.level().filter(|_| progress.goal.is_some());
        self.proof.acr = level.map(|level| names.name(level).to_owned());
        self.proof.methods.clone_from(&progress.methods);
        self.proof.auth_time = progress.since.unwrap_or(self.proof.auth_time);
        self
    }

    /// Returns the claims about the sign-in, for a token that is valid for `validity`.
    pub(super) fn sign_in(&self, validity: Duration) -> SignInClaims<'_> {
        SignInClaims {
            auth_time: self.proof.auth_time,
            acr: self.proof.acr.as_deref(),
            amr: self.amr(),
            exp: self.expiry(validity),
            iat: self.now,
        }
    }

    /// Returns the claim `amr`. Returns an empty list if the tokens do not have this claim.
    fn amr(&self) -> Vec<&'static str> {
        let acr = self.proof.acr.as_ref();
        acr.map(|_| self.proof.methods.amr()).unwrap_or_default()
    }

    /// Sets the device of the sign-in to the existing device with this key.
    pub(crate) fn on_device(mut self, key: &str) -> Self {
        self.device = Some(SignInDevice::Known(key.to_owned()));
        self
    }

    /// Sets the device of the sign-in to `device`, a new device of the user. The response of the
    /// sign-in contains the device key and the device group key (`NewDeviceMetadata`).
    pub(crate) fn on_new_device(mut self, device: NewDevice) -> Self {
        self.device = Some(SignInDevice::New(device));
        self
    }

    /// Returns `true` if the user signs in on a new device.
    pub(crate) const fn is_on_new_device(&self) -> bool {
        matches!(self.device, Some(SignInDevice::New(_)))
    }

    pub(super) fn device_key(&self) -> Option<&str> {
        Some(match self.device.as_ref()? {
            SignInDevice::Known(key) => key,
            SignInDevice::New(device) => &device.key,
        })
    }

    /// Returns the scopes of the access token, separated by spaces.
    pub(crate) fn scope(&self) -> &str {
        self.scope.as_deref().unwrap_or(SCOPE)
    }

    pub(super) const fn expiry(&self, validity: Duration) -> u64 {
        self.now.saturating_add(validity.as_secs())
    }

    /// Returns the attributes as claims of the ID token. The values of `email_verified` and
    /// `phone_number_verified` become booleans.
    pub(super) fn claims(&self) -> impl Iterator<Item = (&str, Value)> {
        self.attributes.iter().map(|(name, value)| {
            let claim = match name.as_str() {
                "email_verified" | "phone_number_verified" => Value::Bool(is_true(value)),
                _ => Value::String(value.clone()),
            };
            (name.as_str(), claim)
        })
    }
}
