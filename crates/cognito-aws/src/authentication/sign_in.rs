//! `InitiateAuth`, `AdminInitiateAuth`.

use std::collections::HashMap;

use aws_sdk_cognitoidentityprovider::types::AuthFlowType;
use cognito_core::authentication::sign_in::{SignInFlow, SignInRequest};
use cognito_core::{Error, ErrorKind, PoolConfig, Result, SignIn, Username};

use crate::AwsCognito;
use crate::attributes::metadata;
use crate::authentication::outcome::Outcome;
use crate::authentication::srp;
use crate::context::{analytics, context_data, user_context};
use crate::error::from_sdk;
use crate::quiet::Quiet;

pub(super) async fn sign_in(aws: &AwsCognito, request: SignInRequest) -> Result<SignIn> {
    let pool = aws.pool();
    let outcome = match request.flow {
        SignInFlow::UserSrp => return srp::sign_in(aws, &pool, request).await,
        SignInFlow::AdminUserPassword => aws
            .once
            .admin_initiate_auth()
            .user_pool_id(pool.user_pool_id.as_str())
            .client_id(pool.client_id.as_str())
            .auth_flow(AuthFlowType::AdminUserPasswordAuth)
            .set_auth_parameters(Some(password_parameters(aws, &pool, &request)))
            .set_client_metadata(metadata(&request.client_metadata))
            .set_context_data(context_data(&request.context)?)
            .set_analytics_metadata(analytics(&request.context))
            .send()
            .quietly()
            .await
            .map(Outcome::from)
            .map_err(from_sdk),
        SignInFlow::UserPassword => aws
            .once
            .initiate_auth()
            .client_id(pool.client_id.as_str())
            .auth_flow(AuthFlowType::UserPasswordAuth)
            .set_auth_parameters(Some(password_parameters(aws, &pool, &request)))
            .set_client_metadata(metadata(&request.client_metadata))
            .set_user_context_data(user_context(&request.context))
            .set_analytics_metadata(analytics(&request.context))
            .send()
            .quietly()
            .await
            .map(Outcome::from)
            .map_err(from_sdk),
        _ => Err(Error::new(ErrorKind::Misuse).with_detail("this sign-in flow is not supported")),
    };
    outcome
        .map_err(|error| name_the_setting(error, request.flow))?
        .into_sign_in(&request.username, request.flow.api())
}

fn password_parameters(
    aws: &AwsCognito,
    pool: &PoolConfig,
    request: &SignInRequest,
) -> HashMap<String, String> {
    let mut parameters = named(aws, pool, &request.username);
    let password = request.password.expose().to_owned();
    parameters.insert("PASSWORD".to_owned(), password);
    parameters
}

/// Who it is, with the secret hash over that very name if the client has a secret.
pub(super) fn named(
    aws: &AwsCognito,
    pool: &PoolConfig,
    username: &Username,
) -> HashMap<String, String> {
    let mut parameters = HashMap::from([("USERNAME".to_owned(), username.as_str().to_owned())]);
    if let Some(hash) = aws.secret_hashes.hash(pool, username) {
        parameters.insert("SECRET_HASH".to_owned(), hash);
    }
    parameters
}

/// AWS says only that the flow is not enabled; the operator needs to know what to tick.
pub(super) fn name_the_setting(error: Error, flow: SignInFlow) -> Error {
    if error.kind() == ErrorKind::FlowNotEnabled {
        let setting = flow.required_setting();
        error.with_detail(format!("enable {setting} in the app client's settings"))
    } else {
        error
    }
}
