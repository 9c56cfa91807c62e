//! The devices of a signed-in user.

use cognito_core::account::devices::{
    ConfirmDeviceRequest, DeviceRequest, ListDevicesRequest, UpdateDeviceStatusRequest,
};
use cognito_core::device::{ConfirmedDevice, Device, DevicePage, DeviceStatus, NewDevice};
use cognito_core::id::{DeviceKey, DeviceName};
use cognito_core::ports::Account;
use cognito_core::{Done, InvalidInput, Operation, Result};

use crate::Call;
use crate::account::OwnAccount;
use crate::call::valid;

impl OwnAccount {
    /// Confirms the new device of a sign-in ([`Tokens::new_device`](crate::Tokens::new_device)).
    /// Returns the data that the device must store for the next sign-in.
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
    /// [`AlreadyExists`](crate::ErrorKind::AlreadyExists) if the device was confirmed before, and
    /// [`NotFound`](crate::ErrorKind::NotFound) if the key does not belong to this user. After
    /// [`ReplyLost`](crate::ErrorKind::ReplyLost) or [`Timeout`](crate::ErrorKind::Timeout), the
    /// device may be confirmed with a password that is lost. In that case
    /// [forget](Self::forget_device) it; the next sign-in returns a new key.
    pub fn confirm_device(&self, device: NewDevice) -> Call<ConfirmDeviceRequest, ConfirmedDevice> {
        self.call(
            Operation::ConfirmDevice,
            |token| Ok(ConfirmDeviceRequest::new(token, device)),
            async |inner, request| inner.account.confirm_device(request).await,
        )
    }

    /// Lists the confirmed devices of the user: `.await` returns one page,
    /// [`stream`](crate::Call::stream) all pages.
    pub fn devices(&self) -> Call<ListDevicesRequest, DevicePage> {
        self.call(
            Operation::ListDevices,
            |token| Ok(ListDevicesRequest::new(token)),
            async |inner, request| inner.account.list_devices(request).await,
        )
        .reads()
    }

    /// Returns Cognito's data about a device.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) if the user has no such device.
    pub fn device(
        &self,
        key: impl TryInto<DeviceKey, Error: Into<InvalidInput>>,
    ) -> Call<DeviceRequest, Device> {
        self.call(
            Operation::GetDevice,
            |token| Ok(DeviceRequest::new(token, valid(key)?)),
            async |inner, request| inner.account.device(request).await,
        )
        .reads()
    }

    /// Remembers a device. It then replaces the second factor from the next sign-in on. Needed if
    /// the pool requires the user's consent.
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

    /// Stops remembering a device. The second factor is then required again. The device is still
    /// listed, and can be [remembered](Self::remember_device) again.
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

    /// Deletes a device. It is no longer listed, and its refresh tokens are invalid. Its access
    /// tokens are valid until they expire.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) if the user has no such device.
    pub fn forget_device(
        &self,
        key: impl TryInto<DeviceKey, Error: Into<InvalidInput>>,
    ) -> Call<DeviceRequest, Done> {
        self.call(
            Operation::ForgetDevice,
            |token| Ok(DeviceRequest::new(token, valid(key)?)),
            async |inner, request| inner.account.forget_device(request).await,
        )
        .done("Device forgotten successfully")
    }

    fn update_device(
        &self,
        key: Result<DeviceKey, InvalidInput>,
        status: DeviceStatus,
    ) -> Call<UpdateDeviceStatusRequest, ()> {
        self.call(
            Operation::UpdateDeviceStatus,
            |token| Ok(UpdateDeviceStatusRequest::new(token, key?, status)),
            async |inner, request| inner.account.update_device_status(request).await,
        )
    }
}

/// Options for the confirmation of a device.
impl<T> Call<ConfirmDeviceRequest, T> {
    /// Sets the name of the device, such as `My iPhone`.
    pub fn name(self, name: impl Into<String>) -> Self {
        self.try_set(DeviceName::new(name), |request, name| {
            request.name = Some(name);
        })
    }
}
