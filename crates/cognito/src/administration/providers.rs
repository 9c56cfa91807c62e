//! Links between users and their accounts at identity providers.

use cognito_core::administration::providers::{LinkProviderRequest, ProviderUser};
use cognito_core::id::ProviderName;
use cognito_core::ports::Administration;
use cognito_core::{AttributeName, Done, InvalidInput, Operation, Result};

use crate::Call;
use crate::administration::Admin;
use crate::administration::users::AdminUser;

impl AdminUser {
    /// Links the user to an account at an identity provider of the pool. A sign-in with that
    /// account then signs this user in. `subject` is the user's id at the provider: `sub` for
    /// Google, `id` for Facebook, `user_id` for Amazon, `sub` for an OIDC provider, `NameID` for a
    /// SAML provider.
    ///
    /// The IAM actions are `cognito-idp:AdminLinkProviderForUser` and `cognito-idp:AdminGetUser`.
    /// The second one is needed because this operation accepts no alias, so the user name is looked
    /// up first.
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
    /// Link only accounts that are proven to belong to this user. Anyone who signs in with a linked
    /// account is signed in as this user.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if the account is already linked,
    /// or has signed in to the pool before and is therefore a separate user;
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
                inner.administration.link_provider(request).await
            },
        )
        .done("Provider linked successfully")
    }
}

impl Admin {
    /// Removes a link (`cognito-idp:AdminDisableProviderForUser`). A later sign-in at the provider
    /// as `subject` then creates a new user. The request does not name the linked user, because
    /// Cognito looks it up.
    ///
    /// Existing sessions through the link continue. [`sign_out_everywhere`] ends them.
    ///
    /// [`sign_out_everywhere`]: crate::administration::AdminUser::sign_out_everywhere
    ///
    /// If an account at a SAML provider has signed in since it was linked, pass its `NameID` as
    /// `subject`, even if another attribute was used for the link (API reference,
    /// `AdminDisableProviderForUser`).
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
            async |inner, provider_user| inner.administration.unlink_provider(&provider_user).await,
        )
        .done("Provider unlinked successfully")
    }
}

fn provider_user(provider: String, subject: String) -> Result<ProviderUser, InvalidInput> {
    ProviderUser::new(ProviderName::new(provider)?, subject)
}

/// Options for links to an identity provider.
impl<T> Call<LinkProviderRequest, T> {
    /// Sets the attribute that identifies the account, instead of the subject. The pool must map
    /// the attribute from a claim of an OIDC or SAML provider, such as `email`.
    pub fn attribute(self, name: impl Into<String>) -> Self {
        self.try_set(AttributeName::new(name), |request, name| {
            request.provider_user = request.provider_user.clone().with_attribute(name);
        })
    }
}

/// Options for the removal of a link.
impl<T> Call<ProviderUser, T> {
    /// Sets the attribute that was used for the link. Default: the subject.
    pub fn attribute(self, name: impl Into<String>) -> Self {
        self.try_set(AttributeName::new(name), |provider_user, name| {
            *provider_user = provider_user.clone().with_attribute(name);
        })
    }
}
