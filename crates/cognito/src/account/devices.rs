//! Devices of the signed-in user.

use cognito_core::account::devices::{
    ConfirmDeviceRequest, DeviceRequest, ListDevicesRequest, UpdateDeviceStatusRequest,
};
use cognito_core::administration::page::{PageSize, PageToken};
use cognito_core::{
    Account, ConfirmedDevice, Device, DeviceKey, DeviceName, DevicePage, DeviceStatus, Done,
    InvalidInput, NewDevice, Operation, Result,
};

use crate::account::OwnAccount;
use crate::administration::pages::in_pages;
use crate::operation::{Call, awaitable};

impl<'a> OwnAccount<'a> {
    /// Confirms the new device of a sign-in ([`Tokens::new_device`](crate::Tokens::new_device)),
    /// and returns what the device must store for the next sign-in.
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
    ///         // Ask the person. If they agree:
    ///         account.remember_device(&confirmed.device.key).await?;
    ///     }
    ///     session.device = Some(confirmed.device);
    /// }
    /// let kept = session.write_out()?; // A secret: seal it, or keep it where secrets are kept.
    /// # drop(kept); Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`AlreadyExists`](crate::ErrorKind::AlreadyExists) if the device was confirmed before, and
    /// [`NotFound`](crate::ErrorKind::NotFound) if the key does not belong to this user. After
    /// [`ReplyLost`](crate::ErrorKind::ReplyLost) or [`Timeout`](crate::ErrorKind::Timeout) the
    /// device may be confirmed with a password that is lost: [forget](Self::forget_device) it. The
    /// next sign-in returns another key.
    pub fn confirm_device(&self, device: NewDevice) -> ConfirmDevice<'a> {
        ConfirmDevice {
            account: self.clone(),
            device,
            name: None,
        }
    }

    /// Lists the confirmed devices of the user: `.await` returns one page,
    /// [`stream`](ListDevices::stream) all pages.
    pub fn devices(&self) -> ListDevices<'a> {
        ListDevices {
            account: self.clone(),
            limit: Ok(PageSize::MAX),
            page_token: Ok(None),
        }
    }

    /// Returns a device, read from Cognito.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound).
    pub async fn device(
        &self,
        key: impl TryInto<DeviceKey, Error: Into<InvalidInput>>,
    ) -> Result<Device> {
        let account = &self.cognito.inner.account;
        let call = Call::new(Operation::GetDevice);
        self.cognito
            .read(call, self.device_request(key), |request| {
                account.device(request)
            })
            .await
    }

    /// Remembers a device, so that it replaces the second factor from the next sign-in on. Needed
    /// if the pool asks the user for consent.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound).
    pub async fn remember_device(
        &self,
        key: impl TryInto<DeviceKey, Error: Into<InvalidInput>>,
    ) -> Result<Done> {
        self.update_device(key, DeviceStatus::Remembered).await?;
        Ok(Done::new("Device remembered successfully"))
    }

    /// Stops remembering a device: the second factor is required again. The device is still listed,
    /// and can be [remembered](Self::remember_device) again.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound).
    pub async fn stop_remembering_device(
        &self,
        key: impl TryInto<DeviceKey, Error: Into<InvalidInput>>,
    ) -> Result<Done> {
        self.update_device(key, DeviceStatus::NotRemembered).await?;
        Ok(Done::new("Device not remembered any more"))
    }

    /// Forgets a device: it is no longer listed, and its refresh tokens are invalid. Its access
    /// tokens are valid until they expire.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound).
    pub async fn forget_device(
        &self,
        key: impl TryInto<DeviceKey, Error: Into<InvalidInput>>,
    ) -> Result<Done> {
        let call = self.call(Operation::ForgetDevice);
        self.cognito
            .perform(call, self.device_request(key), async |inner, request| {
                inner.account.forget_device(request).await
            })
            .await?;
        Ok(Done::new("Device forgotten successfully"))
    }

    async fn update_device(
        &self,
        key: impl TryInto<DeviceKey, Error: Into<InvalidInput>>,
        status: DeviceStatus,
    ) -> Result<()> {
        let request = self.device_request(key).map(|request| {
            UpdateDeviceStatusRequest::new(request.access_token, request.key, status)
        });
        let call = self.call(Operation::UpdateDeviceStatus);
        self.cognito
            .perform(call, request, async |inner, request| {
                inner.account.update_device_status(request).await
            })
            .await
    }

    fn device_request(
        &self,
        key: impl TryInto<DeviceKey, Error: Into<InvalidInput>>,
    ) -> Result<DeviceRequest> {
        let key = key.try_into().map_err(Into::into)?;
        Ok(DeviceRequest::new(self.token()?.clone(), key))
    }
}

/// The builder of [`OwnAccount::confirm_device`].
#[derive(Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct ConfirmDevice<'a> {
    account: OwnAccount<'a>,
    device: NewDevice,
    name: Option<Result<DeviceName, InvalidInput>>,
}

impl ConfirmDevice<'_> {
    /// Sets the name of the device, such as `My iPhone`.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(DeviceName::new(name));
        self
    }

    async fn send(self) -> Result<ConfirmedDevice> {
        let request = (|| {
            let token = self.account.token()?.clone();
            let mut request = ConfirmDeviceRequest::new(token, self.device);
            request.name = self.name.transpose()?;
            Ok(request)
        })();
        let call = self.account.call(Operation::ConfirmDevice);
        self.account
            .cognito
            .perform(call, request, async |inner, request| {
                inner.account.confirm_device(request).await
            })
            .await
    }
}

awaitable!(ConfirmDevice => ConfirmedDevice);

/// The builder of [`OwnAccount::devices`].
#[derive(Clone, Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct ListDevices<'a> {
    account: OwnAccount<'a>,
    limit: Result<PageSize, InvalidInput>,
    page_token: Result<Option<PageToken>, InvalidInput>,
}

impl ListDevices<'_> {
    async fn send(self) -> Result<DevicePage> {
        let request = (|| {
            let mut request = ListDevicesRequest::new(self.account.token()?.clone());
            request.page_size = self.limit?;
            request.page_token = self.page_token?;
            Ok(request)
        })();
        let port = &self.account.cognito.inner.account;
        let call = Call::new(Operation::ListDevices);
        self.account
            .cognito
            .read(call, request, |request| port.list_devices(request))
            .await
    }
}

awaitable!(ListDevices => DevicePage);
in_pages!(ListDevices: DevicePage.devices of Device);
