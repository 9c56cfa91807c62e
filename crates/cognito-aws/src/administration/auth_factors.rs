//! `AdminGetUserAuthFactors`.

use cognito_core::administration::auth_factors::{AuthFactor, AuthFactors};
use cognito_core::{Result, Username};

use crate::AwsCognito;
use crate::error::from_sdk;
use crate::quiet::Quiet;

pub(super) async fn auth_factors(aws: &AwsCognito, username: &Username) -> Result<AuthFactors> {
    let output = aws
        .repeatable
        .admin_get_user_auth_factors()
        .user_pool_id(aws.pool().user_pool_id.as_str())
        .username(username.as_str())
        .send()
        .quietly()
        .await
        .map_err(from_sdk)?;
    let factors = output.configured_user_auth_factors().iter();
    let factors = factors.map(|factor| AuthFactor::from(factor.as_str()));
    let mut ours = AuthFactors::new(factors.collect());
    ours.mfa_factors = output.user_mfa_setting_list.unwrap_or_default();
    ours.preferred_mfa = output.preferred_mfa_setting;
    Ok(ours)
}
