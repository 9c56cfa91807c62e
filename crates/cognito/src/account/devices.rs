//! Operations on the devices of a signed-in user.

use cognito_core::account::devices::{
    ConfirmDeviceRequest, DeviceRequest, ListDevicesRequest, UpdateDeviceStatusRequest,
};
use cognito_core::device::{ConfirmedDevice, Device, DevicePage, DeviceStatus, NewDevice};
use cognito_core::id::{DeviceKey, DeviceName};
use cognito_core::{Done, InvalidInput, Result};

use crate::Call;
use crate::account::OwnAccount;
use crate::call::{port_call, valid};

impl OwnAccount {
    /// Confirms the device that a sign-in returned
    /// ([`Tokens::new_device`](crate::Tokens::new_device)). The result contains a new password for
    /// the device. Store it for the next sign-in.
    ///
    /// ```no_run
    /// # async fn example(cognito: cognito::Cognito, tokens: cognito::Tokens) -> cognito::Result<()> {
    /// use cognito::UserSession;
    ///
    /// let mut session = UserSession::new(tokens);
    /// let account = cognito.account(&session.tokens.access_token);
    /// if let Some(device) = session.tokens.new_device.take() {
    ///     let confirmed = account.confirm_device(device).name("My iPhone").await?;
    ///     if confirmed.user_confirmation_necessary {
    ///         // Ask the user. If the user agrees:
    ///         account.remember_device(&confirmed.device.key).await?;
    ///     }
    ///     session.device = Some(confirmed.device);
    /// }
    /// // This is a secret: seal it, or store it like other secrets.
    /// let stored = session.to_secret_string()?;
    /// # drop(stored); Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// - [`AlreadyExists`](crate::ErrorKind::AlreadyExists) if the device was confirmed before.
    /// - [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if the key does not belong to
    ///   this user, or if the user pool does not track devices.
    /// - [`ReplyLost`](crate::ErrorKind::ReplyLost) or [`Timeout`](crate::ErrorKind::Timeout): the
    ///   device may be confirmed, but its password is lost. [Forget](Self::forget_device) the
    ///   device. The next sign-in returns a new key.
    pub fn confirm_device(&self, device: NewDevice) -> Call<ConfirmDeviceRequest, ConfirmedDevice> {
        port_call!(self, ConfirmDevice => account.confirm_device(_), |token| {
            Ok(ConfirmDeviceRequest::new(token, device))
        })
    }

    /// Lists the confirmed devices of the user. `.await` returns one page, and
    /// [`stream`](crate::Call::stream) returns all devices.
    pub fn devices(&self) -> Call<ListDevicesRequest, DevicePage> {
        port_call!(self, ListDevices => account.list_devices(_), new ListDevicesRequest).reads()
    }

    /// Returns one device of the user: its attributes, and the times of its confirmation, last
    /// change and last sign-in.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) if the user has no such device.
    pub fn device(
        &self,
        key: impl TryInto<DeviceKey, Error: Into<InvalidInput>>,
    ) -> Call<DeviceRequest, Device> {
        port_call!(self, GetDevice => account.device(_), |token| {
            Ok(DeviceRequest::new(token, valid(key)?))
        })
        .reads()
    }

    /// Marks a device as remembered. If the user pool has `ChallengeRequiredOnNewDevice`, later
    /// sign-ins with the device need no second factor.
    ///
    /// This call is needed only if the user pool remembers devices with the user's consent
    /// (`DeviceOnlyRememberedOnUserPrompt`).
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) if the user has no such device.
    pub fn remember_device(
        &self,
        key: impl TryInto<DeviceKey, Error: Into<InvalidInput>>,
    ) -> Call<UpdateDeviceStatusRequest, Done> {
        self.update_device(valid(key), DeviceStatus::Remembered)
            .done("Device remembered successfully")
    }

    /// Marks a device as not remembered. Later sign-ins with the device need the second factor
    /// again. The device is still listed, and can be [remembered](Self::remember_device) again.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) if the user has no such device.
    pub fn stop_remembering_device(
        &self,
        key: impl TryInto<DeviceKey, Error: Into<InvalidInput>>,
    ) -> Call<UpdateDeviceStatusRequest, Done> {
        self.update_device(valid(key), DeviceStatus::NotRemembered)
            .done("Device not remembered any more")
    }

    /// Deletes a device. The refresh tokens of the device become invalid. Its access tokens stay
    /// valid until they expire.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) if the user has no such device.
    pub fn forget_device(
        &self,
        key: impl TryInto<DeviceKey, Error: Into<InvalidInput>>,
    ) -> Call<DeviceRequest, Done> {
        port_call!(self, ForgetDevice => account.forget_device(_), |token| {
            Ok(DeviceRequest::new(token, valid(key)?))
        })
        .done("Device forgotten successfully")
    }

    fn update_device(
        &self,
        key: Result<DeviceKey, InvalidInput>,
        status: DeviceStatus,
    ) -> Call<UpdateDeviceStatusRequest, ()> {
        port_call!(self, UpdateDeviceStatus => account.update_device_status(_), |token| {
            Ok(UpdateDeviceStatusRequest::new(token, key?, status))
        })
    }
}

/// Options of [`OwnAccount::confirm_device`].
impl<T> Call<ConfirmDeviceRequest, T> {
    /// Sets the name of the device, such as `My iPhone`. Default: no name.
    pub fn name(self, name: impl Into<String>) -> Self {
        self.try_set(DeviceName::new(name), |request, name| {
            request.name = Some(name);
        })
    }
}
