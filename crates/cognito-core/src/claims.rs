//! The claims of verified tokens.
//!
//! Access and ID tokens have two types, because their claims differ. For example, Cognito's access
//! tokens have no `email` and no `cognito:username`, and ID tokens have no `scope`.

use std::borrow::Cow;

use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::error::{Error, ErrorKind};
use crate::mask::masked;
use crate::revocation::TokenIdentity;

/// Defines the claims of one kind of token: the claims that both kinds have, and the claims that
/// only this kind has.
macro_rules! claims {
    (
        $(#[$doc:meta])*
        $claims:ident {
            $(#[$client_doc:meta])*
            $client:ident,
            $($(#[$claim_doc:meta])* $claim:ident: $type:ty,)*
        }
    ) => {
        $(#[$doc])*
        ///
        /// Each field is a claim of the token. Times are seconds since 1970-01-01T00:00:00Z
        /// (`NumericDate`, RFC 7519 section 2).
        ///
        /// The claims serialize to the payload of the token, a JSON object. Claims that were
        /// created with [`new`](Self::new) have the payload `{}` until
        /// [`set_payload`](Self::set_payload) sets one.
        #[derive(Clone, PartialEq)]
        #[non_exhaustive]
        pub struct $claims {
            /// `sub`: the user's id, a UUID that never changes. In an access token for client
            /// credentials, it is the client id.
            pub sub: String,
            /// `iss`: the issuer, a URL that identifies the user pool.
            pub iss: String,
            $(#[$client_doc])*
            pub $client: String,
            /// `exp`: the time of expiry, in seconds since 1970. From this second on, the token has
            /// expired.
            pub exp: u64,
            /// `iat`: the time of issue, in seconds since 1970.
            pub iat: u64,
            /// `auth_time`: the time of the sign-in, in seconds since 1970, if present.
            pub auth_time: Option<u64>,
            /// `nbf`: the time before which the token is not valid, in seconds since 1970, if
            /// present.
            pub nbf: Option<u64>,
            /// `jti`: the token's id. Present if token revocation is enabled for the app client.
            pub jti: Option<String>,
            /// `origin_jti`: the id of the sign-in. All tokens of one sign-in have the same
            /// `origin_jti`, but each has its own `jti`. Present if token revocation is enabled for
            /// the app client.
            pub origin_jti: Option<String>,
            /// The user's name in the pool: `username` in an access token, `cognito:username` in an
            /// ID token. Absent for client credentials.
            pub username: Option<String>,
            /// `cognito:groups`: the names of the user's groups. Empty if the user is in no group.
            pub groups: Vec<String>,
            /// `act`: the actor, if the token was issued to a delegate who acts for the user.
            pub act: Option<Actor>,
            /// `acr`: the authentication level of the sign-in, such as `urn:cognito:loa:2`. Present
            /// if the sign-in request contained a required level.
            pub acr: Option<String>,
            /// `amr`: the authentication methods of the sign-in (RFC 8176). Empty if the token has
            /// no such claim.
            pub amr: Vec<String>,
            $($(#[$claim_doc])* pub $claim: $type,)*
            payload: Payload,
        }

        impl $claims {
            /// Creates claims with the fields that every token of this kind has. All other fields
            /// are empty. `iat` and `exp` are in seconds since 1970.
            ///
            /// Use this function in code that issues tokens and in tests. The claims of a real
            /// token come from the verifier.
            pub fn new(
                sub: impl Into<String>,
                iss: impl Into<String>,
                $client: impl Into<String>,
                iat: u64,
                exp: u64,
            ) -> Self {
                Self {
                    sub: sub.into(),
                    iss: iss.into(),
                    $client: $client.into(),
                    exp,
                    iat,
                    auth_time: None,
                    nbf: None,
                    jti: None,
                    origin_jti: None,
                    username: None,
                    groups: Vec::new(),
                    act: None,
                    acr: None,
                    amr: Vec::new(),
                    $($claim: Default::default(),)*
                    payload: Payload::none(),
                }
            }

            /// Returns `true` if `cognito:groups` contains this group.
            #[must_use]
            pub fn has_group(&self, group: &str) -> bool {
                self.groups.iter().any(|name| name == group)
            }

            /// Returns all claims of the payload, by name. Returns an empty map if no payload was
            /// set. Each call parses the payload again.
            pub fn all(&self) -> Map<String, Value> {
                self.payload.all()
            }

            /// Returns the claim with this name, or `None` if the payload does not have it. Use
            /// this method for claims for which this type has no field. Each call parses the
            /// payload again.
            pub fn get(&self, name: &str) -> Option<Value> {
                self.all().remove(name)
            }

            /// Deserializes the claims of the payload into a custom type. Use this method for
            /// claims for which this type has no field:
            ///
            /// ```
            /// # fn read(claims: &cognito_core::AccessClaims) -> cognito_core::Result<()> {
            /// #[derive(serde::Deserialize)]
            /// struct Ours {
            ///     #[serde(rename = "custom:department")]
            ///     department: String,
            /// }
            /// let ours: Ours = claims.custom()?;
            /// # drop(ours.department); Ok(()) }
            /// ```
            ///
            /// # Errors
            ///
            /// [`ErrorKind::TokenInvalid`] if the claims do not fit the type.
            pub fn custom<T: DeserializeOwned>(&self) -> Result<T, Error> {
                self.payload.read()
            }

            /// Sets the payload, which must be a JSON object. [`all`](Self::all),
            /// [`get`](Self::get), [`custom`](Self::custom) and the serialization use it. The
            /// fields do not change.
            pub fn set_payload(&mut self, payload: impl Into<String>) {
                self.payload = Payload(Cow::Owned(payload.into()));
            }
        }

        impl Serialize for $claims {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.all().serialize(serializer)
            }
        }

        impl_debug!($claims as claims {
            sub: masked(&claims.sub),
            iss,
            exp,
            iat,
            groups,
            names: claims.all().keys().collect::<Vec<_>>(),
        });

        impl<'a> From<&'a $claims> for TokenIdentity<'a> {
            fn from(claims: &'a $claims) -> Self {
                Self::new(
                    &claims.sub,
                    claims.iat,
                    claims.jti.as_deref(),
                    claims.origin_jti.as_deref(),
                )
            }
        }
    };
}

claims! {
    /// The claims of a verified access token.
    AccessClaims {
        /// `client_id`: the id of the app client to which the token was issued.
        client_id,
        /// `scope`: the scopes of the token. Empty if the token has no such claim.
        scope: Vec<String>,
        /// `aud`: the resources to which the token is bound (RFC 8707). Empty if it is bound to
        /// none.
        aud: Vec<String>,
        /// `device_key`: the key of the device with which the user signed in, if the pool remembers
        /// devices.
        device_key: Option<String>,
    }
}

claims! {
    /// The claims of a verified ID token.
    IdClaims {
        /// `aud`: the id of the app client to which the token was issued.
        aud,
        /// `email`: the user's e-mail address, if present.
        email: Option<String>,
        /// `email_verified`: whether the e-mail address is verified, if present. The verifier
        /// accepts a boolean, and also a string, which some identity providers write.
        email_verified: Option<bool>,
        /// `phone_number`: the user's phone number, if present.
        phone_number: Option<String>,
        /// `phone_number_verified`: whether the phone number is verified, if present. The verifier
        /// accepts a boolean and a string.
        phone_number_verified: Option<bool>,
        /// `cognito:roles`: the ARNs of the IAM roles of the user's groups. Empty if there are
        /// none.
        roles: Vec<String>,
        /// `cognito:preferred_role`: the ARN of the IAM role of the group with the lowest
        /// precedence number, if present.
        preferred_role: Option<String>,
        /// `nonce`: the nonce of the client's authorization request, if present.
        nonce: Option<String>,
        /// `at_hash`: the left half of the SHA-256 of the access token that was issued together
        /// with this token (OpenID Connect Core section 3.1.3.6). `None` if the claim is missing.
        at_hash: Option<String>,
    }
}

impl AccessClaims {
    /// Returns `true` if the token has the scope.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scope.iter().any(|name| name == scope)
    }

    /// Returns the time at which the user signed in (`auth_time`), in seconds since 1970.
    ///
    /// Returns `None` if the token was issued to a client, even if it has the claim `auth_time`: no
    /// user has signed in.
    #[must_use]
    pub fn sign_in_time(&self) -> Option<u64> {
        match self.principal() {
            Principal::Machine { .. } => None,
            Principal::User { .. } => self.auth_time,
        }
    }

    /// Returns the user or the client to which the token was issued. The token was issued to a
    /// client if it has no user name and its `sub` is the client id.
    pub fn principal(&self) -> Principal<'_> {
        if self.username.is_none() && self.sub == self.client_id {
            return Principal::Machine {
                client_id: &self.client_id,
            };
        }
        Principal::User {
            sub: &self.sub,
            username: self.username.as_deref(),
        }
    }
}

record! {
    /// The actor of a token (`act`, RFC 8693 section 4.1): a delegate who acts for the user.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Actor {
        /// `sub`: the actor's id, which is a user's id or a client id.
        #[new(into)]
        pub sub: String,
        ..
        /// `client_id`: the actor's client id, if present.
        pub client_id: Option<String>,
    }
}

/// The user or client to which an access token was issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Principal<'a> {
    /// A client that requested the token with its own credentials (grant `client_credentials`, RFC
    /// 6749 section 4.4).
    #[non_exhaustive]
    Machine {
        /// The id of the app client.
        client_id: &'a str,
    },
    /// A user to whom the token was issued after a sign-in.
    #[non_exhaustive]
    User {
        /// The user's id (`sub`).
        sub: &'a str,
        /// The user's name in the pool. `None` if the token does not contain it. Cognito's access
        /// tokens of users always contain it.
        username: Option<&'a str>,
    },
}

/// The payload of a token, as it was signed. It is parsed only when it is read, because most
/// requests never read it.
#[derive(Clone, PartialEq)]
struct Payload(Cow<'static, str>);

impl Payload {
    fn none() -> Self {
        Self(Cow::Borrowed("{}"))
    }

    fn read<T: DeserializeOwned>(&self) -> Result<T, Error> {
        // Security: serde's message may repeat a claim's value, so it is not kept.
        serde_json::from_str(&self.0).map_err(|_| {
            Error::new(ErrorKind::TokenInvalid).with_detail(
                "the claims do not match the requested type: compare its fields with the claims",
            )
        })
    }

    /// Returns all members of the payload. Returns an empty map if the payload is not a JSON
    /// object, which never happens for a verified token.
    fn all(&self) -> Map<String, Value> {
        self.read().unwrap_or_default()
    }
}
