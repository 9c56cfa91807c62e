//! The identity providers of a builder's pool.

use crate::builder::EmulatorBuilder;
use crate::model::options::ProviderType;

impl EmulatorBuilder {
    /// Adds an identity provider with this name. It has no `ProviderDetails`, which contain for
    /// example the URL of the provider. Operators can link users to their accounts at the provider
    /// (`AdminLinkProviderForUser`). May be called several times.
    ///
    /// Users can sign in through the provider after `UpdateIdentityProvider` has set its
    /// `ProviderDetails`. For a provider that needs no configuration, use
    /// [`test_provider`](Self::test_provider).
    pub fn identity_provider(mut self, name: impl Into<String>, kind: ProviderType) -> Self {
        self.identity_providers.insert(name.into(), kind);
        self
    }

    /// Adds an OIDC provider that is part of this emulator (`/_emulator/idp`). Its page has a form
    /// for the claims of a user, who signs in without a password. The claims `email`,
    /// `email_verified` and `name` are mapped to the attributes with the same names.
    ///
    /// # Security
    ///
    /// Anyone can sign in as any user of this provider. Use it only for tests.
    pub fn test_provider(mut self, name: impl Into<String>) -> Self {
        self.test_providers.insert(name.into());
        self
    }
}
