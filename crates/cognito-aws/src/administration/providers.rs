//! The operations `AdminLinkProviderForUser` and `AdminDisableProviderForUser`.

use aws_sdk_cognitoidentityprovider::types::ProviderUserIdentifierType;
use cognito_core::Username;
use cognito_core::administration::providers::{LinkProviderRequest, ProviderUser};

use crate::send::operations;

/// The provider name of users of the user pool itself. A user at an external identity provider has
/// the name of that provider instead.
const COGNITO: &str = "Cognito";

operations! {
    // Not retried, because a retry fails: the user is already linked.
    fn link_provider(request: LinkProviderRequest) = send_to_pool!(
        AdminLinkProviderForUser.admin_link_provider_for_user {
            destination_user: pool_user(request.username),
            source_user: identifier(&request.provider_user),
        }
    );

    // Not retried, because a retry fails: the link no longer exists.
    fn unlink_provider(provider_user: &ProviderUser) = send_to_pool!(
        AdminDisableProviderForUser.admin_disable_provider_for_user {
            user: identifier(provider_user),
        }
    );
}

/// Returns the identifier of a user of the user pool: the provider name and the user name. The
/// attribute name is not set, because Cognito ignores it for such a user.
fn pool_user(username: Username) -> ProviderUserIdentifierType {
    ProviderUserIdentifierType::builder()
        .provider_name(COGNITO)
        .provider_attribute_value(username)
        .build()
}

/// Returns the identifier of a user at an external identity provider.
fn identifier(user: &ProviderUser) -> ProviderUserIdentifierType {
    ProviderUserIdentifierType::builder()
        .provider_name(user.provider())
        .provider_attribute_name(user.attribute())
        .provider_attribute_value(user.value())
        .build()
}
