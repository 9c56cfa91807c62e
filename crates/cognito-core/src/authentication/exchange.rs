//! The exchange of a token for another token of the same user (`GetDerivedToken`, RFC 8693).

use std::collections::BTreeSet;
use std::time::Duration;

use derive_new::new;

use crate::hosted_login::names::{AudienceName, ResourceId, Scope};
use crate::id::ProviderName;
use crate::secret::{AccessToken, IdToken, SamlAssertion};

/// A token in a request for an exchange: the token of the user, or the token of the actor.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum PresentedToken {
    /// An access token (`ACCESS_TOKEN`).
    Access(AccessToken),
    /// An ID token (`ID_TOKEN`).
    Id(IdToken),
    /// A SAML 2.0 assertion of an identity provider of the pool (`SAML2`).
    Saml(SamlAssertion),
}

impl PresentedToken {
    /// Returns the type of the token in Cognito's spelling, such as `ACCESS_TOKEN`.
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::Access(_) => "ACCESS_TOKEN",
            Self::Id(_) => "ID_TOKEN",
            Self::Saml(_) => "SAML2",
        }
    }

    /// Returns the token as a string. Never log it, and never put it into an error.
    pub fn expose(&self) -> &str {
        match self {
            Self::Access(token) => token.expose(),
            Self::Id(token) => token.expose(),
            Self::Saml(assertion) => assertion.expose(),
        }
    }
}

macro_rules! presented {
    ($($token:ident => $variant:ident),*) => {$(
        impl From<$token> for PresentedToken {
            fn from(token: $token) -> Self {
                Self::$variant(token)
            }
        }

        impl From<&$token> for PresentedToken {
            fn from(token: &$token) -> Self {
                Self::$variant(token.clone())
            }
        }
    )*};
}

presented!(AccessToken => Access, IdToken => Id, SamlAssertion => Saml);

/// The service for which a token is issued.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExchangeTarget {
    /// The logical name of a service (`Audiences`).
    Audience(AudienceName),
    /// The identifier of a resource server of the pool (`Resources`).
    Resource(ResourceId),
}

/// The type of the token that an exchange issues (`RequestedTokenType`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestedToken {
    /// An access token, with which a service calls another service.
    #[default]
    Access,
    /// An ID token, which identifies the user.
    Id,
}

impl RequestedToken {
    /// Returns the type in Cognito's spelling, such as `ACCESS_TOKEN`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Access => "ACCESS_TOKEN",
            Self::Id => "ID_TOKEN",
        }
    }
}

record! {
    /// A request to exchange a token (`GetDerivedToken`).
    #[derive(Clone, Debug)]
    pub struct ExchangeRequest {
        /// The token to exchange. It identifies the user.
        pub subject: PresentedToken,
        ..
        /// The identity provider that issued the token to exchange. `None` (default) for a token of
        /// Cognito.
        pub subject_provider: Option<ProviderName>,
        /// The token of the service that acts for the user (delegation). `None` (default): the
        /// issued token names no actor (impersonation).
        pub actor: Option<PresentedToken>,
        /// The identity provider that issued the token of the actor. `None` (default) for a token of
        /// Cognito.
        pub actor_provider: Option<ProviderName>,
        /// The requested scopes. Empty (default): the scopes of the token to exchange.
        pub scopes: BTreeSet<Scope>,
        /// The service for which the token is issued. Default: none.
        pub target: Option<ExchangeTarget>,
        /// The type of the issued token. Default: an access token.
        pub requested: RequestedToken,
    }
}

/// The token that an exchange issued.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum IssuedToken {
    /// An access token.
    Access(DerivedToken),
    /// An ID token.
    Id(DerivedIdToken),
}

/// An access token that was issued in exchange for another token. `Debug` does not show the token.
#[derive(Clone, Debug, new)]
#[non_exhaustive]
pub struct DerivedToken {
    /// The access token. Send it as `Authorization: Bearer …`.
    pub access_token: AccessToken,
    /// The lifetime of the token, counted from Cognito's response. `None` if Cognito did not return
    /// it.
    pub expires_in: Option<Duration>,
    /// The scopes of the token. Empty if Cognito returned none.
    pub scopes: BTreeSet<Scope>,
}

/// An ID token that was issued in exchange for another token. `Debug` does not show the token.
#[derive(Clone, Debug, new)]
#[non_exhaustive]
pub struct DerivedIdToken {
    /// The ID token. It must not be sent as a bearer token.
    pub id_token: IdToken,
    /// The lifetime of the token, counted from Cognito's response. `None` if Cognito did not return
    /// it.
    pub expires_in: Option<Duration>,
}
