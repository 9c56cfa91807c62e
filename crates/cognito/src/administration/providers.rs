//! Links between users and their accounts at identity providers.

use cognito_core::administration::providers::{LinkProviderRequest, ProviderUser};
use cognito_core::id::ProviderName;
use cognito_core::ports::Administration;
use cognito_core::{AttributeName, Done, InvalidInput, Operation, Result};

use crate::Call;
use crate::administration::Admin;
use crate::administration::users::AdminUser;

impl AdminUser {
    /// Links the user to an account at an identity provider of the pool, so that a sign-in there
    /// signs this user in (`cognito-idp:AdminLinkProviderForUser`, `cognito-idp:AdminGetUser`: this
    /// operation accepts no alias, so the user name is looked up first). `subject` is the user's id
    /// at the provider: Google's `sub`, Facebook's `id`, Amazon's `user_id`, the `sub` of an OIDC
    /// provider, the `NameID` of a SAML provider.
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
    /// Link only accounts that are proven to belong to this user, because anyone who signs in with
    /// them at the provider is signed in as this user.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if the account is already linked,
    /// or has signed in to the pool before and is therefore a separate user,
    /// [`Quota`](crate::ErrorKind::Quota) after five links.
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
                inner.administration.link_provider(request).await?;
                Ok(Done::new("Provider linked successfully"))
            },
        )
    }
}

impl Admin {
    /// Removes a link (`cognito-idp:AdminDisableProviderForUser`): a later sign-in at the provider
    /// as `subject` creates a new user. Cognito finds the linked user itself.
    ///
    /// Existing sessions through the link continue: [`sign_out_everywhere`] ends them.
    ///
    /// [`sign_out_everywhere`]: crate::administration::AdminUser::sign_out_everywhere
    ///
    /// An account at a SAML provider that has signed in since is identified by its subject,
    /// whatever attribute it was linked by (API reference, `AdminDisableProviderForUser`).
    ///
    /// # Errors
    ///
    /// [`UserNotFound`](crate::ErrorKind::UserNotFound) if no such account is linked.
    pub fn unlink_provider(
        &self,
        provider: impl Into<String>,
        subject: impl Into<String>,
    ) -> Call<ProviderUser, Done> {
        Call::new(
            &self.cognito,
            Operation::AdminDisableProviderForUser,
            provider_user(provider.into(), subject.into()),
            async |inner, provider_user| {
                inner.administration.unlink_provider(&provider_user).await?;
                Ok(Done::new("Provider unlinked successfully"))
            },
        )
    }
}

fn provider_user(provider: String, subject: String) -> Result<ProviderUser, InvalidInput> {
    ProviderUser::new(ProviderName::new(provider)?, subject)
}

/// For links to an identity provider.
impl<T> Call<LinkProviderRequest, T> {
    /// Sets the attribute that identifies the account, in place of the subject: one that the pool
    /// maps from a claim of an OIDC or SAML provider, such as `email`.
    pub fn attribute(self, name: impl Into<String>) -> Self {
        self.try_set(AttributeName::new(name), |request, name| {
            request.provider_user = request.provider_user.clone().with_attribute(name);
        })
    }
}

/// For the removal of a link.
impl<T> Call<ProviderUser, T> {
    /// Sets the attribute by which the account was linked, if it was not the subject.
    pub fn attribute(self, name: impl Into<String>) -> Self {
        self.try_set(AttributeName::new(name), |provider_user, name| {
            *provider_user = provider_user.clone().with_attribute(name);
        })
    }
}
