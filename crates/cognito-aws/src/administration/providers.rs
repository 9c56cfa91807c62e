//! `AdminLinkProviderForUser`, `AdminDisableProviderForUser`.

use aws_sdk_cognitoidentityprovider::types::ProviderUserIdentifierType;
use cognito_core::administration::providers::{LinkProviderRequest, ProviderUser};
use cognito_core::{Operation, Result};

use crate::AwsCognito;
use crate::quiet::Response;

/// The provider name of the pool itself.
const COGNITO: &str = "Cognito";

pub(super) async fn link(aws: &AwsCognito, request: LinkProviderRequest) -> Result<()> {
    // For a user of the pool, Cognito reads only the name.
    let user = ProviderUserIdentifierType::builder()
        .provider_name(COGNITO)
        .provider_attribute_value(request.username)
        .build();
    // Sent once, because a second attempt fails: the user is already linked.
    aws.client(Operation::AdminLinkProviderForUser)
        .admin_link_provider_for_user()
        .user_pool_id(aws.pool().user_pool_id.as_str())
        .destination_user(user)
        .source_user(identifier(&request.provider_user))
        .send()
        .response()
        .await
        .map_err(|error| error.with_operation(Operation::AdminLinkProviderForUser))?;
    Ok(())
}

pub(super) async fn unlink(aws: &AwsCognito, provider_user: &ProviderUser) -> Result<()> {
    // Sent once, because a second attempt fails: the link no longer exists.
    aws.client(Operation::AdminDisableProviderForUser)
        .admin_disable_provider_for_user()
        .user_pool_id(aws.pool().user_pool_id.as_str())
        .user(identifier(provider_user))
        .send()
        .response()
        .await?;
    Ok(())
}

fn identifier(user: &ProviderUser) -> ProviderUserIdentifierType {
    ProviderUserIdentifierType::builder()
        .provider_name(user.provider())
        .provider_attribute_name(user.attribute())
        .provider_attribute_value(user.value())
        .build()
}
