//! Types for links between users of the pool and their accounts at identity providers.

use derive_new::new;

use crate::id::{AttributeName, ProviderName, Username};
use crate::input::{InvalidInput, has_length};

/// An account at an identity provider (`ProviderUserIdentifierType` of the API).
#[derive(Clone, PartialEq, Eq)]
pub struct ProviderUser {
    provider: ProviderName,
    attribute: Option<AttributeName>,
    value: String,
}

impl ProviderUser {
    /// The value of [`attribute`](Self::attribute) for an account that is identified by the subject
    /// of the provider's token.
    pub const SUBJECT: &'static str = "Cognito_Subject";

    /// Creates the identifier of an account from its subject at the provider: `id` for Facebook,
    /// `sub` for Google, `user_id` for Amazon, `sub` for an OIDC provider, `NameID` for a SAML
    /// provider.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if the provider is Cognito itself, or if the subject is empty or has more
    /// than 131,072 characters.
    pub fn new(provider: ProviderName, subject: impl Into<String>) -> Result<Self, InvalidInput> {
        let value = subject.into();
        if provider.as_str().eq_ignore_ascii_case("cognito") {
            let rule = "must name an identity provider of the pool, not Cognito itself";
            return Err(InvalidInput::new("provider name", rule));
        }
        if !has_length(&value, 1, 131_072) {
            let rule = "must be 1 to 131072 characters";
            return Err(InvalidInput::new("provider attribute value", rule));
        }
        Ok(Self {
            provider,
            attribute: None,
            value,
        })
    }

    /// Identifies the account by an attribute other than the subject, such as `email`. The value
    /// passed to [`new`](Self::new) is then the value of this attribute. The provider must be an
    /// OIDC or SAML provider, and the pool's attribute mapping for the provider must contain the
    /// attribute.
    pub fn with_attribute(mut self, attribute: AttributeName) -> Self {
        self.attribute = Some(attribute);
        self
    }

    /// Returns the name of the provider (`ProviderName`).
    pub fn provider(&self) -> &str {
        self.provider.as_str()
    }

    /// Returns the name of the attribute that identifies the account (`ProviderAttributeName`). It
    /// is [`SUBJECT`](Self::SUBJECT) if [`with_attribute`](Self::with_attribute) was not called.
    pub fn attribute(&self) -> &str {
        self.attribute
            .as_ref()
            .map_or(Self::SUBJECT, AttributeName::as_str)
    }

    /// Returns the value of the attribute that identifies the account (`ProviderAttributeValue`).
    pub fn value(&self) -> &str {
        &self.value
    }
}

// Security: the value is an account at another service, or an e-mail address.
impl_debug!(ProviderUser as user { provider, attribute: user.attribute() });

/// A request to link a user to an account at an identity provider (`AdminLinkProviderForUser`).
#[derive(Clone, Debug, new)]
#[non_exhaustive]
pub struct LinkProviderRequest {
    /// The user name of the user to link. The user must have a password. Cognito accepts no alias
    /// here. In pools whose users choose their user names, it does not accept the `sub` either.
    pub username: Username,
    /// The account at the identity provider. It must not have been used to sign in to the pool
    /// before.
    pub provider_user: ProviderUser,
}
