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

/// Defines the claims of one kind of token: the claims that access and ID tokens have, and those
/// that only this kind has.
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
        /// Times are seconds since 1970-01-01T00:00:00Z (`NumericDate`, RFC 7519 section 2).
        ///
        /// The claims serialize to the payload of the token, a JSON object. For claims that are not
        /// from a token, set the payload with [`set_payload`](Self::set_payload).
        #[derive(Clone, PartialEq)]
        #[non_exhaustive]
        pub struct $claims {
            /// `sub`: the user's id, a UUID that never changes. In an access token for client
            /// credentials: the client id.
            pub sub: String,
            /// `iss`: the pool that issued the token.
            pub iss: String,
            $(#[$client_doc])*
            pub $client: String,
            /// `exp`: the token is invalid from this second on.
            pub exp: u64,
            /// `iat`: the time of issue.
            pub iat: u64,
            /// `auth_time`: the time of the sign-in.
            pub auth_time: Option<u64>,
            /// `nbf`: the token is invalid before this second.
            pub nbf: Option<u64>,
            /// `jti`: the token's id. Present if token revocation is enabled.
            pub jti: Option<String>,
            /// `origin_jti`: the id of the sign-in. Present if token revocation is enabled.
            pub origin_jti: Option<String>,
            /// The user's name in the pool: `username` in an access token, `cognito:username` in an
            /// ID token. Absent for client credentials.
            pub username: Option<String>,
            /// `cognito:groups`: the user's groups.
            pub groups: Vec<String>,
            /// `act`: the actor, if the token was issued to a delegate of the user.
            pub act: Option<Actor>,
            /// `acr`: the level of the sign-in, such as `urn:cognito:loa:2`. Present if a level was
            /// requested.
            pub acr: Option<String>,
            /// `amr`: the methods of the sign-in (RFC 8176).
            pub amr: Vec<String>,
            $($(#[$claim_doc])* pub $claim: $type,)*
            payload: Payload,
        }

        impl $claims {
            /// Creates claims with only the fields that every token of this kind has. Use it in
            /// code that issues tokens and in tests. Claims of a real token come from the verifier.
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

            /// Returns `true` if the user is in the group.
            #[must_use]
            pub fn has_group(&self, group: &str) -> bool {
                self.groups.iter().any(|name| name == group)
            }

            /// Returns all claims of the token, by name. Each call parses the payload again.
            pub fn all(&self) -> Map<String, Value> {
                self.payload.all()
            }

            /// Returns the claim with this name, or `None` if the token does not have it. Use this
            /// method for claims without a field. Each call parses the payload again.
            pub fn get(&self, name: &str) -> Option<Value> {
                self.all().remove(name)
            }

            /// Deserializes the claims into a custom type. Use this method for claims without a
            /// field:
            ///
            /// ```
            #[doc = concat!("# fn read(claims: &cognito_core::", stringify!($claims), ") -> cognito_core::Result<()> {")]
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

            /// Replaces the payload, a JSON object. [`all`](Self::all), [`get`](Self::get) and
            /// [`custom`](Self::custom) read it. The fields do not change.
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
        /// `client_id`: the app client to which the token was issued.
        client_id,
        /// `scope`: the scopes of the token.
        scope: Vec<String>,
        /// `aud`: the resources to which the token is bound, if any (RFC 8707).
        aud: Vec<String>,
        /// `device_key`: the remembered device of the sign-in.
        device_key: Option<String>,
    }
}

claims! {
    /// The claims of a verified ID token.
    IdClaims {
        /// `aud`: the app client to which the token was issued.
        aud,
        /// `email`: the user's e-mail address.
        email: Option<String>,
        /// `email_verified`. Some identity providers write it as a string; a boolean and a string
        /// are accepted.
        email_verified: Option<bool>,
        /// `phone_number`: the user's phone number.
        phone_number: Option<String>,
        /// `phone_number_verified`. The same formats as for `email_verified` are accepted.
        phone_number_verified: Option<bool>,
        /// `cognito:roles`: the IAM roles of the user's groups.
        roles: Vec<String>,
        /// `cognito:preferred_role`: the IAM role of the group with the lowest precedence number.
        preferred_role: Option<String>,
        /// `nonce`: the value from the client's authorization request.
        nonce: Option<String>,
        /// `at_hash`: the left half of the hash of the access token that was issued at the same
        /// time (OpenID Connect Core section 3.1.3.6).
        at_hash: Option<String>,
    }
}

impl AccessClaims {
    /// Returns `true` if the token has the scope.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scope.iter().any(|name| name == scope)
    }

    /// Returns whether the token was issued to a user or to a program.
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
    /// The actor of a token: a delegate who acts for the user (`act`, RFC 8693 section 4.1).
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Actor {
        /// `sub` of the actor: a user's id or a client id.
        #[new(into)]
        pub sub: String,
        ..
        /// `client_id` of the actor, if present.
        pub client_id: Option<String>,
    }
}

/// The user or program to which an access token was issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Principal<'a> {
    /// A program with client credentials (RFC 6749 section 4.4).
    #[non_exhaustive]
    Machine {
        /// The program's app client.
        client_id: &'a str,
    },
    /// A user.
    #[non_exhaustive]
    User {
        /// The user's id.
        sub: &'a str,
        /// The user's name in the pool. Cognito's access tokens of users always contain it.
        username: Option<&'a str>,
    },
}

/// The payload of a token, as it was signed. It is parsed at each access, because most requests
/// never read it.
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

    /// Returns all members. Returns an empty map if the payload is not an object, which never
    /// happens for a verified token.
    fn all(&self) -> Map<String, Value> {
        self.read().unwrap_or_default()
    }
}
