//! What a signed-in person may do with their own account.

pub mod devices;
pub mod mfa;
pub mod passkeys;
pub mod password;
pub mod profile;

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use self::devices::{
    ConfirmDeviceRequest, DeviceRequest, ListDevicesRequest, UpdateDeviceStatusRequest,
};
use self::mfa::{MfaPreference, VerifyTotpRequest};
use self::passkeys::{
    CompletePasskeyRegistrationRequest, DeletePasskeyRequest, ListPasskeysRequest,
    PasskeyCreationOptions, PasskeyPage,
};
use self::password::ChangePasswordRequest;
use self::profile::{
    DeleteAttributesRequest, SendAttributeCodeRequest, UpdateAttributesRequest,
    VerifyAttributeRequest,
};
use crate::auth_factor::AuthFactors;
use crate::device::{ConfirmedDevice, Device, DevicePage};
use crate::error::Result;
use crate::replied_at::RepliedAt;
use crate::secret::{AccessToken, TotpSecret};
use crate::user::{CodeDelivery, CurrentUser};

/// The port for a signed-in person, by access token. None of these calls needs AWS credentials;
/// the token must have the scope `aws.cognito.signin.user.admin`, which every token from a direct
/// sign-in has.
///
/// # Implementing your own
///
/// As for [`Authentication`](crate::Authentication): checked requests, errors of the right kind,
/// and a code is never sent twice.
#[async_trait]
pub trait Account: Debug + Send + Sync + 'static {
    /// The user's name, attributes and second factors.
    async fn current_user(&self, access_token: &AccessToken) -> Result<CurrentUser>;

    /// Sets attributes. Returns where codes were sent that confirm the changed ones.
    async fn update_attributes(
        &self,
        request: UpdateAttributesRequest,
    ) -> Result<Vec<CodeDelivery>>;

    /// Deletes attributes.
    async fn delete_attributes(&self, request: DeleteAttributesRequest) -> Result<()>;

    /// Sends a code that proves an e-mail address or a phone number.
    async fn send_attribute_code(&self, request: SendAttributeCodeRequest) -> Result<CodeDelivery>;

    /// Proves an e-mail address or a phone number with the code that was sent.
    async fn verify_attribute(&self, request: VerifyAttributeRequest) -> Result<()>;

    /// Deletes the user. It cannot be undone. Returns the time of the response.
    async fn delete_current_user(&self, access_token: &AccessToken) -> Result<RepliedAt>;

    /// Changes the password.
    async fn change_password(&self, request: ChangePasswordRequest) -> Result<()>;

    /// Starts setting up an authenticator app: a fresh secret. If one was set up before, it no
    /// longer counts from now on.
    async fn associate_totp(&self, access_token: &AccessToken) -> Result<TotpSecret>;

    /// Proves that the authenticator app has the secret. This alone does not turn the second
    /// factor on; [`set_mfa_preference`](Self::set_mfa_preference) does.
    async fn verify_totp(&self, request: VerifyTotpRequest) -> Result<()>;

    /// Turns second factors on or off. A factor that is not named stays as it is.
    async fn set_mfa_preference(
        &self,
        access_token: &AccessToken,
        preference: MfaPreference,
    ) -> Result<()>;

    /// The factors with which the user can sign in.
    async fn auth_factors(&self, access_token: &AccessToken) -> Result<AuthFactors>;

    /// Confirms a new device, under a password that is made for it and that Cognito never sees.
    async fn confirm_device(&self, request: ConfirmDeviceRequest) -> Result<ConfirmedDevice>;

    /// One device.
    async fn device(&self, request: DeviceRequest) -> Result<Device>;

    /// One page of devices.
    async fn list_devices(&self, request: ListDevicesRequest) -> Result<DevicePage>;

    /// Says whether a device is remembered.
    async fn update_device_status(&self, request: UpdateDeviceStatusRequest) -> Result<()>;

    /// Forgets a device: it is no longer listed, and the refresh tokens that belong to it are dead.
    async fn forget_device(&self, request: DeviceRequest) -> Result<()>;

    /// Starts the registration of a passkey: what the browser must be told. It is to be finished
    /// within minutes, by the same app client.
    async fn start_passkey_registration(
        &self,
        access_token: &AccessToken,
    ) -> Result<PasskeyCreationOptions>;

    /// Finishes the registration of a passkey with what the browser answered.
    async fn complete_passkey_registration(
        &self,
        request: CompletePasskeyRegistrationRequest,
    ) -> Result<()>;

    /// One page of the user's passkeys.
    async fn list_passkeys(&self, request: ListPasskeysRequest) -> Result<PasskeyPage>;

    /// Deletes a passkey.
    async fn delete_passkey(&self, request: DeletePasskeyRequest) -> Result<()>;

    /// Signs the user out everywhere: Cognito accepts neither the refresh tokens nor, at its own API,
    /// the access tokens any more. Returns the time of the response.
    async fn global_sign_out(&self, access_token: &AccessToken) -> Result<RepliedAt>;
}

macro_rules! delegate {
    ($wrapper:ident) => {
        #[async_trait]
        impl<T: Account + ?Sized> Account for $wrapper<T> {
            async fn current_user(&self, access_token: &AccessToken) -> Result<CurrentUser> {
                (**self).current_user(access_token).await
            }

            async fn update_attributes(
                &self,
                request: UpdateAttributesRequest,
            ) -> Result<Vec<CodeDelivery>> {
                (**self).update_attributes(request).await
            }

            async fn delete_attributes(&self, request: DeleteAttributesRequest) -> Result<()> {
                (**self).delete_attributes(request).await
            }

            async fn send_attribute_code(
                &self,
                request: SendAttributeCodeRequest,
            ) -> Result<CodeDelivery> {
                (**self).send_attribute_code(request).await
            }

            async fn verify_attribute(&self, request: VerifyAttributeRequest) -> Result<()> {
                (**self).verify_attribute(request).await
            }

            async fn delete_current_user(&self, access_token: &AccessToken) -> Result<RepliedAt> {
                (**self).delete_current_user(access_token).await
            }

            async fn change_password(&self, request: ChangePasswordRequest) -> Result<()> {
                (**self).change_password(request).await
            }

            async fn associate_totp(&self, access_token: &AccessToken) -> Result<TotpSecret> {
                (**self).associate_totp(access_token).await
            }

            async fn verify_totp(&self, request: VerifyTotpRequest) -> Result<()> {
                (**self).verify_totp(request).await
            }

            async fn set_mfa_preference(
                &self,
                access_token: &AccessToken,
                preference: MfaPreference,
            ) -> Result<()> {
                (**self).set_mfa_preference(access_token, preference).await
            }

            async fn auth_factors(&self, access_token: &AccessToken) -> Result<AuthFactors> {
                (**self).auth_factors(access_token).await
            }

            async fn confirm_device(
                &self,
                request: ConfirmDeviceRequest,
            ) -> Result<ConfirmedDevice> {
                (**self).confirm_device(request).await
            }

            async fn device(&self, request: DeviceRequest) -> Result<Device> {
                (**self).device(request).await
            }

            async fn list_devices(&self, request: ListDevicesRequest) -> Result<DevicePage> {
                (**self).list_devices(request).await
            }

            async fn update_device_status(&self, request: UpdateDeviceStatusRequest) -> Result<()> {
                (**self).update_device_status(request).await
            }

            async fn forget_device(&self, request: DeviceRequest) -> Result<()> {
                (**self).forget_device(request).await
            }

            async fn start_passkey_registration(
                &self,
                access_token: &AccessToken,
            ) -> Result<PasskeyCreationOptions> {
                (**self).start_passkey_registration(access_token).await
            }

            async fn complete_passkey_registration(
                &self,
                request: CompletePasskeyRegistrationRequest,
            ) -> Result<()> {
                (**self).complete_passkey_registration(request).await
            }

            async fn list_passkeys(&self, request: ListPasskeysRequest) -> Result<PasskeyPage> {
                (**self).list_passkeys(request).await
            }

            async fn delete_passkey(&self, request: DeletePasskeyRequest) -> Result<()> {
                (**self).delete_passkey(request).await
            }

            async fn global_sign_out(&self, access_token: &AccessToken) -> Result<RepliedAt> {
                (**self).global_sign_out(access_token).await
            }
        }
    };
}

delegate!(Arc);
delegate!(Box);
