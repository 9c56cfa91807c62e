//! The claims of a verified token of a load balancer.

use std::fmt;

use cognito_core::mask::masked;
use cognito_core::{Error, ErrorKind};
use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

/// The claims of a verified token of an Application Load Balancer.
///
/// The load balancer copies the claims from the user info endpoint of the pool when the user signs
/// in, and when it renews the session of the user. The claims contain attributes of the user, but
/// no groups or scopes. Groups and scopes are in the access token; see
/// [`AlbVerifier`](crate::AlbVerifier).
///
/// The value serializes to a JSON object with all claims of the payload, which [`all`](Self::all)
/// returns.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct AlbClaims {
    /// `sub`: the id of the user, a UUID that never changes.
    pub sub: String,
    /// `iss`: the issuer of the pool in which the user signed in.
    pub iss: String,
    /// `client` of the header: the id of the app client with which the load balancer signed the
    /// user in.
    pub client: String,
    /// `signer` of the header: the ARN of the load balancer that signed the token.
    pub signer: String,
    /// `exp`: the expiry of the token, in seconds since 1970-01-01T00:00:00Z. If the header and the
    /// payload have different values, this field has the earlier value. The session at the load
    /// balancer lasts longer, because the load balancer creates a new token for each request.
    pub exp: u64,
    /// `username`: the name of the user in the pool. `None` if the claim is missing.
    pub username: Option<String>,
    /// `email`: the e-mail address of the user. `None` if the claim is missing.
    pub email: Option<String>,
    /// `email_verified`: whether the e-mail address is verified. `None` if the claim is missing.
    /// The claim may be a boolean, or the string `true` or `false` as the user info endpoint writes
    /// it.
    pub email_verified: Option<bool>,
    /// `phone_number`: the phone number of the user. `None` if the claim is missing.
    pub phone_number: Option<String>,
    /// `phone_number_verified`: whether the phone number is verified. `None` if the claim is
    /// missing. The claim may be a boolean, or the string `true` or `false` as the user info
    /// endpoint writes it.
    pub phone_number_verified: Option<bool>,
    pub(super) all: Map<String, Value>,
}

impl AlbClaims {
    /// Returns all claims of the payload of the token.
    pub fn all(&self) -> &Map<String, Value> {
        &self.all
    }

    /// Deserializes the claims of the payload into a custom type. Use it for claims without a field
    /// in this type:
    ///
    /// ```
    /// # fn read(claims: &cognito_jwt::AlbClaims) -> cognito_core::Result<()> {
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
    /// [`ErrorKind::TokenInvalid`] if the claims cannot be deserialized into the type.
    pub fn custom<T: DeserializeOwned>(&self) -> Result<T, Error> {
        // Security: serde's message may repeat a claim's value, so it is not kept.
        T::deserialize(&self.all).map_err(|_| {
            Error::new(ErrorKind::TokenInvalid).with_detail(
                "the claims do not match the requested type: compare its fields with the claims",
            )
        })
    }
}

impl Serialize for AlbClaims {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.all.serialize(serializer)
    }
}

impl fmt::Debug for AlbClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AlbClaims")
            .field("sub", &masked(&self.sub))
            .field("iss", &self.iss)
            .field("client", &self.client)
            .field("signer", &self.signer)
            .field("exp", &self.exp)
            .field("names", &self.all.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
