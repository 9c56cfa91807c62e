//! Operations of an operator on links between users of the pool and their accounts at identity
//! providers.

use cognito_core::administration::providers::{LinkProviderRequest, ProviderUser};
use cognito_core::id::ProviderName;
use cognito_core::ports::Administration;
use cognito_core::{AttributeName, Done, InvalidInput, Operation, Result};

use crate::Call;
use crate::administration::Admin;
use crate::administration::users::AdminUser;
use crate::call::port_call;

impl AdminUser {
    /// Links the user to an account at an identity provider of the user pool. A sign-in with that
    /// account then signs this user in.
    ///
    /// `subject` is the id of the account at the provider. The id is the claim `sub` for Google and
    /// OIDC providers, `id` for Facebook, `user_id` for Amazon, and `NameID` for SAML providers.
    ///
    /// The IAM actions are `cognito-idp:AdminLinkProviderForUser` and `cognito-idp:AdminGetUser`.
    /// This method calls `AdminGetUser` first to find the user name, because
    /// `AdminLinkProviderForUser` does not accept an alias such as an e-mail address.
    ///
    /// ```no_run
    /// # async fn example(cognito: cognito::Cognito) -> cognito::Result<()> {
    /// let user = cognito.admin().user("ann@example.com");
    /// user.link_provider("Google", "110169484474386276334").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Security
    ///
    /// Link an account only after it is proven that the account belongs to this user. A sign-in
    /// with a linked account signs in as this user.
    ///
    /// # Errors
    ///
    /// - [`AliasExists`](crate::ErrorKind::AliasExists) if the account is linked to another user.
    /// - [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if the account is already linked to
    ///   this user, or if it has signed in to the user pool before and is therefore a separate user.
    /// - [`Quota`](crate::ErrorKind::Quota) if the user already has five links, the maximum.
    pub fn link_provider(
        &self,
        provider: impl Into<String>,
        subject: impl Into<String>,
    ) -> Call<LinkProviderRequest, Done> {
        let provider_user = provider_user(provider.into(), subject.into());
        self.call(
            Operation::AdminLinkProviderForUser,
            |username| Ok(LinkProviderRequest::new(username, provider_user?)),
            async |inner, mut request| {
                let user = inner.user_of(&request.username).await?;
                request.username = user.username;
                inner.administration.link_provider(request).await
            },
        )
        .done("Provider linked successfully")
    }
}

impl Admin {
    /// Removes the link between a user and an account at an identity provider
    /// (`cognito-idp:AdminDisableProviderForUser`). A later sign-in with that account creates a new
    /// user. The request does not name the user, because Cognito finds the user by the account.
    ///
    /// Existing sessions of the user continue. Call [`sign_out_everywhere`] to end them.
    ///
    /// [`sign_out_everywhere`]: crate::administration::AdminUser::sign_out_everywhere
    ///
    /// A special rule applies to an account at a SAML provider, if the user has signed in with it
    /// since it was linked: `subject` must then be the `NameID` of the account, even if another
    /// attribute identified the account when it was linked (AWS API reference,
    /// `AdminDisableProviderForUser`).
    ///
    /// # Errors
    ///
    /// [`UserNotFound`](crate::ErrorKind::UserNotFound) if the account is not linked to a user.
    pub fn unlink_provider(
        &self,
        provider: impl Into<String>,
        subject: impl Into<String>,
    ) -> Call<ProviderUser, Done> {
        port_call!(
            self.cognito, AdminDisableProviderForUser => administration.unlink_provider(&_),
            provider_user(provider.into(), subject.into())
        )
        .done("Provider unlinked successfully")
    }
}

fn provider_user(provider: String, subject: String) -> Result<ProviderUser, InvalidInput> {
    ProviderUser::new(ProviderName::new(provider)?, subject)
}

/// Options of [`AdminUser::link_provider`].
impl<T> Call<LinkProviderRequest, T> {
    /// Identifies the account by an attribute with this name, such as `email`. Default: the account
    /// is identified by its id.
    ///
    /// Pass the account's value of the attribute as `subject` of [`AdminUser::link_provider`]. The
    /// provider must be an OIDC or SAML provider, and the attribute mapping of the user pool must
    /// map one of its claims to the attribute.
    pub fn attribute(self, name: impl Into<String>) -> Self {
        self.try_set(AttributeName::new(name), |request, name| {
            request.provider_user = request.provider_user.clone().with_attribute(name);
        })
    }
}

/// Options of [`Admin::unlink_provider`].
impl<T> Call<ProviderUser, T> {
    /// Sets the attribute that identified the account when it was linked. Default: the account is
    /// identified by its id.
    pub fn attribute(self, name: impl Into<String>) -> Self {
        self.try_set(AttributeName::new(name), |provider_user, name| {
            *provider_user = provider_user.clone().with_attribute(name);
        })
    }
}
