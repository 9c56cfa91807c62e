//! Links between users and their accounts at identity providers.

use cognito_core::administration::providers::{LinkProviderRequest, ProviderUser};
use cognito_core::{
    Administration, AttributeName, Done, InvalidInput, Operation, ProviderName, Result,
};

use crate::Cognito;
use crate::administration::Admin;
use crate::administration::users::AdminUser;
use crate::operation::{Call, awaitable};

impl<'a> AdminUser<'a> {
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
    ) -> LinkProvider<'a> {
        LinkProvider {
            user: self.clone(),
            provider_user: provider_user(provider.into(), subject.into()),
        }
    }
}

impl<'a> Admin<'a> {
    /// Removes a link (`cognito-idp:AdminDisableProviderForUser`): a later sign-in at the provider
    /// as `subject` creates a new user. Cognito finds the linked user itself.
    ///
    /// Existing sessions through the link continue: [`sign_out_everywhere`] ends them.
    ///
    /// [`sign_out_everywhere`]: crate::AdminUser::sign_out_everywhere
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
    ) -> UnlinkProvider<'a> {
        UnlinkProvider {
            cognito: self.cognito,
            provider_user: provider_user(provider.into(), subject.into()),
        }
    }
}

fn provider_user(provider: String, subject: String) -> Result<ProviderUser, InvalidInput> {
    ProviderUser::new(ProviderName::new(provider)?, subject)
}

/// Defines the setter of both operations.
macro_rules! by_attribute {
    ($($builder:ident)*) => {$(
        impl $builder<'_> {
            /// Identifies the account by this attribute instead of the subject: one that the pool
            /// maps from a claim of an OIDC or SAML provider, such as `email`.
            pub fn attribute(mut self, name: impl Into<String>) -> Self {
                self.provider_user = AttributeName::new(name)
                    .and_then(|name| Ok(self.provider_user?.with_attribute(name)));
                self
            }
        }
    )*};
}

by_attribute!(LinkProvider UnlinkProvider);

/// The builder of [`AdminUser::link_provider`].
#[derive(Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct LinkProvider<'a> {
    user: AdminUser<'a>,
    provider_user: Result<ProviderUser, InvalidInput>,
}

impl LinkProvider<'_> {
    async fn send(self) -> Result<Done> {
        let cognito = self.user.cognito;
        let call = Call::new(Operation::AdminLinkProviderForUser).user(&self.user.username);
        let request = (|| {
            Ok(LinkProviderRequest::new(
                self.user.username?,
                self.provider_user?,
            ))
        })();
        cognito
            .perform(call, request, async |inner, mut request| {
                let user = inner.user_of(&request.username).await?;
                request.username = user.username;
                inner.administration.link_provider(request).await
            })
            .await?;
        Ok(Done::new("Provider linked successfully"))
    }
}

awaitable!(LinkProvider => Done);

/// The builder of [`Admin::unlink_provider`].
#[derive(Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct UnlinkProvider<'a> {
    cognito: &'a Cognito,
    provider_user: Result<ProviderUser, InvalidInput>,
}

impl UnlinkProvider<'_> {
    async fn send(self) -> Result<Done> {
        let call = Call::new(Operation::AdminDisableProviderForUser);
        let request = self.provider_user.map_err(Into::into);
        self.cognito
            .perform(call, request, async |inner, person| {
                inner.administration.unlink_provider(&person).await
            })
            .await?;
        Ok(Done::new("Provider unlinked successfully"))
    }
}

awaitable!(UnlinkProvider => Done);
