//! The operations `AdminLinkProviderForUser` and `AdminDisableProviderForUser`.

use aws_sdk_cognitoidentityprovider::types::ProviderUserIdentifierType;
use cognito_core::Result;
use cognito_core::administration::providers::{LinkProviderRequest, ProviderUser};

use crate::AwsCognito;
use crate::send::send_to_pool;

/// The provider name of the pool itself.
const COGNITO: &str = "Cognito";

pub(crate) async fn link_provider(aws: &AwsCognito, request: LinkProviderRequest) -> Result<()> {
    // For a user of the pool, Cognito reads only the name.
    let user = ProviderUserIdentifierType::builder()
        .provider_name(COGNITO)
        .provider_attribute_value(request.username)
        .build();
    // Sent once, because a second attempt fails: the user is already linked.
    send_to_pool!(aws, AdminLinkProviderForUser.admin_link_provider_for_user {
        destination_user: user,
        source_user: identifier(&request.provider_user),
    })
    .map(drop)
}

pub(crate) async fn unlink_provider(aws: &AwsCognito, provider_user: &ProviderUser) -> Result<()> {
    // Sent once, because a second attempt fails: the link no longer exists.
    send_to_pool!(aws, AdminDisableProviderForUser.admin_disable_provider_for_user {
        user: identifier(provider_user),
    })
    .map(drop)
}

fn identifier(user: &ProviderUser) -> ProviderUserIdentifierType {
    ProviderUserIdentifierType::builder()
        .provider_name(user.provider())
        .provider_attribute_name(user.attribute())
        .provider_attribute_value(user.value())
        .build()
}
