//! The port for a signed-in person, over the SDK.

mod mfa;
mod password;
mod profile;
mod session;

use async_trait::async_trait;
use cognito_core::account::mfa::{MfaPreference, VerifyTotpRequest};
use cognito_core::account::password::ChangePasswordRequest;
use cognito_core::account::profile::UpdateAttributesRequest;
use cognito_core::{AccessToken, Account, CodeDelivery, CurrentUser, Result, TotpSecret};

use crate::AwsCognito;

#[async_trait]
impl Account for AwsCognito {
    async fn current_user(&self, access_token: &AccessToken) -> Result<CurrentUser> {
        profile::current_user(self, access_token).await
    }

    async fn update_attributes(
        &self,
        request: UpdateAttributesRequest,
    ) -> Result<Vec<CodeDelivery>> {
        profile::update_attributes(self, request).await
    }

    async fn change_password(&self, request: ChangePasswordRequest) -> Result<()> {
        password::change(self, request).await
    }

    async fn associate_totp(&self, access_token: &AccessToken) -> Result<TotpSecret> {
        mfa::associate_totp(self, access_token).await
    }

    async fn verify_totp(&self, request: VerifyTotpRequest) -> Result<()> {
        mfa::verify_totp(self, request).await
    }

    async fn set_mfa_preference(
        &self,
        access_token: &AccessToken,
        preference: MfaPreference,
    ) -> Result<()> {
        mfa::set_preference(self, access_token, preference).await
    }

    async fn global_sign_out(&self, access_token: &AccessToken) -> Result<()> {
        session::global_sign_out(self, access_token).await
    }
}
