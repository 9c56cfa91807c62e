//! Links between users and their accounts at identity providers.

use std::fmt;

use crate::id::{AttributeName, ProviderName, Username};
use crate::input::{InvalidInput, has_length};

/// A person as an identity provider knows them (`ProviderUserIdentifierType` of the API).
#[derive(Clone, PartialEq, Eq)]
pub struct ProviderUser {
    provider: ProviderName,
    attribute: Option<AttributeName>,
    value: String,
}

impl ProviderUser {
    /// The attribute that Cognito takes from the subject of a provider's token by itself.
    pub const SUBJECT: &'static str = "Cognito_Subject";

    /// The person whose subject at this provider is `subject`: Facebook's `id`, Google's `sub`,
    /// Amazon's `user_id`, the `sub` of an OIDC provider, the `NameID` of a SAML provider.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if the provider is Cognito itself, which knows no people of others, or the
    /// subject has no or more than 131,072 characters.
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

    /// The same, known by another attribute than the subject: one that the pool maps from a claim
    /// of this OIDC or SAML provider, `email`.
    #[must_use]
    pub fn with_attribute(mut self, attribute: AttributeName) -> Self {
        self.attribute = Some(attribute);
        self
    }

    /// `ProviderName`
    #[must_use]
    pub fn provider(&self) -> &str {
        self.provider.as_str()
    }

    /// `ProviderAttributeName`
    #[must_use]
    pub fn attribute(&self) -> &str {
        self.attribute
            .as_ref()
            .map_or(Self::SUBJECT, AttributeName::as_str)
    }

    /// `ProviderAttributeValue`
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }
}

impl fmt::Debug for ProviderUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Security: the value is a person's account elsewhere, or their e-mail address.
        f.debug_struct("ProviderUser")
            .field("provider", &self.provider)
            .field("attribute", &self.attribute())
            .finish_non_exhaustive()
    }
}

/// Links a user to their account at an identity provider (`AdminLinkProviderForUser`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LinkProviderRequest {
    /// Who is to be signed in: a user of the pool with a password, by their user name. No alias and,
    /// where people choose their names, no `sub`.
    pub username: Username,
    /// As whom the provider knows them. This person must not have signed in to the pool yet.
    pub provider_user: ProviderUser,
}

impl LinkProviderRequest {
    /// From now on this person of a provider signs in as this user.
    #[must_use]
    pub const fn new(username: Username, provider_user: ProviderUser) -> Self {
        Self {
            username,
            provider_user,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_of_a_provider_is_known_by_the_subject_unless_said_otherwise() {
        let person = ProviderUser::new("Google".parse().unwrap(), "1234567890").unwrap();
        assert_eq!(person.provider(), "Google");
        assert_eq!(person.attribute(), "Cognito_Subject");
        assert_eq!(person.value(), "1234567890");
        let person = person.with_attribute("email".parse().unwrap());
        assert_eq!(person.attribute(), "email");
    }

    #[test]
    fn nobody_of_cognito_itself_and_nobody_without_a_subject() {
        for provider in ["Cognito", "COGNITO"] {
            assert!(ProviderUser::new(provider.parse().unwrap(), "ann").is_err());
        }
        assert!(ProviderUser::new("Google".parse().unwrap(), "").is_err());
        let long = "x".repeat(131_073);
        assert!(ProviderUser::new("Google".parse().unwrap(), long).is_err());
    }

    #[test]
    fn debug_shows_no_account() {
        let person = ProviderUser::new("Google".parse().unwrap(), "1234567890").unwrap();
        let shown = format!("{person:?}");
        assert!(
            shown.contains("Google") && !shown.contains("1234567890"),
            "{shown}"
        );
    }
}
