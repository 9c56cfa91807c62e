//! The port [`Account`](cognito_core::ports::Account), with the SDK.

mod devices;
mod mfa;
mod passkeys;
mod password;
mod profile;
mod session;

use async_trait::async_trait;
use cognito_core::account::devices::{
    ConfirmDeviceRequest, DeviceRequest, ListDevicesRequest, UpdateDeviceStatusRequest,
};
use cognito_core::account::mfa::{MfaPreference, VerifyTotpRequest};
use cognito_core::account::passkeys::{
    CompletePasskeyRegistrationRequest, DeletePasskeyRequest, ListPasskeysRequest,
    PasskeyCreationOptions, PasskeyPage,
};
use cognito_core::account::password::ChangePasswordRequest;
use cognito_core::account::profile::{
    DeleteAttributesRequest, SendAttributeCodeRequest, UpdateAttributesRequest,
    VerifyAttributeRequest,
};
use cognito_core::authentication::factor::AuthFactors;
use cognito_core::device::{ConfirmedDevice, Device, DevicePage};
use cognito_core::ports::{Account, RepliedAt};
use cognito_core::secret::TotpSecret;
use cognito_core::user::CurrentUser;
use cognito_core::{AccessToken, CodeDelivery, Result};

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

    async fn delete_attributes(&self, request: DeleteAttributesRequest) -> Result<()> {
        profile::delete_attributes(self, request).await
    }

    async fn send_attribute_code(&self, request: SendAttributeCodeRequest) -> Result<CodeDelivery> {
        profile::send_attribute_code(self, request).await
    }

    async fn verify_attribute(&self, request: VerifyAttributeRequest) -> Result<()> {
        profile::verify_attribute(self, request).await
    }

    async fn delete_current_user(&self, access_token: &AccessToken) -> Result<RepliedAt> {
        profile::delete_current_user(self, access_token).await
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

    async fn auth_factors(&self, access_token: &AccessToken) -> Result<AuthFactors> {
        mfa::auth_factors(self, access_token).await
    }

    async fn confirm_device(&self, request: ConfirmDeviceRequest) -> Result<ConfirmedDevice> {
        devices::confirm(self, request).await
    }

    async fn device(&self, request: DeviceRequest) -> Result<Device> {
        devices::device(self, request).await
    }

    async fn list_devices(&self, request: ListDevicesRequest) -> Result<DevicePage> {
        devices::list(self, request).await
    }

    async fn update_device_status(&self, request: UpdateDeviceStatusRequest) -> Result<()> {
        devices::update_status(self, request).await
    }

    async fn forget_device(&self, request: DeviceRequest) -> Result<()> {
        devices::forget(self, request).await
    }

    async fn start_passkey_registration(
        &self,
        access_token: &AccessToken,
    ) -> Result<PasskeyCreationOptions> {
        passkeys::start(self, access_token).await
    }

    async fn complete_passkey_registration(
        &self,
        request: CompletePasskeyRegistrationRequest,
    ) -> Result<()> {
        passkeys::complete(self, request).await
    }

    async fn list_passkeys(&self, request: ListPasskeysRequest) -> Result<PasskeyPage> {
        passkeys::list(self, request).await
    }

    async fn delete_passkey(&self, request: DeletePasskeyRequest) -> Result<()> {
        passkeys::delete(self, request).await
    }

    async fn global_sign_out(&self, access_token: &AccessToken) -> Result<RepliedAt> {
        session::global_sign_out(self, access_token).await
    }
}
