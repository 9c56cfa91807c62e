//! Devices of a user, for operators.

use std::sync::Arc;

use cognito_core::administration::devices::{
    ListUserDevicesRequest, UpdateUserDeviceStatusRequest, UserDeviceRequest,
};
use cognito_core::administration::page::{PageSize, PageToken};
use cognito_core::{
    Administration, Device, DeviceKey, DevicePage, DeviceStatus, Done, InvalidInput, Operation,
    Result,
};

use crate::administration::pages::in_pages;
use crate::administration::users::AdminUser;
use crate::cognito::Inner;
use crate::operation::{Call, awaitable};

impl<'a> AdminUser<'a> {
    /// Lists the confirmed devices of the user (`cognito-idp:AdminListDevices`): `.await` returns
    /// one page, [`stream`](ListUserDevices::stream) all pages.
    pub fn devices(&self) -> ListUserDevices<'a> {
        ListUserDevices {
            user: self.clone(),
            limit: Ok(PageSize::MAX),
            page_token: Ok(None),
        }
    }

    /// Returns the operations on one device of the user.
    #[must_use]
    pub fn device(
        &self,
        key: impl TryInto<DeviceKey, Error: Into<InvalidInput>>,
    ) -> AdminDevice<'a> {
        AdminDevice {
            user: self.clone(),
            key: key.try_into().map_err(Into::into),
        }
    }
}

/// The operations on one device of a user; see [`AdminUser::device`]. Every operation can fail with
/// [`NotFound`](crate::ErrorKind::NotFound).
#[derive(Clone, Debug)]
pub struct AdminDevice<'a> {
    user: AdminUser<'a>,
    key: Result<DeviceKey, InvalidInput>,
}

impl AdminDevice<'_> {
    /// Returns Cognito's data about the device (`cognito-idp:AdminGetDevice`).
    pub async fn details(&self) -> Result<Device> {
        let port = &self.user.cognito.inner.administration;
        let call = Call::new(Operation::AdminGetDevice).user(&self.user.username);
        self.user
            .cognito
            .read(call, self.request(), |request| port.user_device(request))
            .await
    }

    /// Remembers the device, so that it replaces the second factor at the next sign-in
    /// (`cognito-idp:AdminUpdateDeviceStatus`).
    pub async fn remember(&self) -> Result<Done> {
        self.update(DeviceStatus::Remembered).await?;
        Ok(Done::new("Device remembered successfully"))
    }

    /// Stops remembering the device: the second factor is required again
    /// (`cognito-idp:AdminUpdateDeviceStatus`).
    pub async fn stop_remembering(&self) -> Result<Done> {
        self.update(DeviceStatus::NotRemembered).await?;
        Ok(Done::new("Device not remembered any more"))
    }

    /// Forgets the device (`cognito-idp:AdminForgetDevice`): it is no longer listed, and its
    /// refresh tokens are invalid. Its access tokens are valid until they expire.
    pub async fn forget(&self) -> Result<Done> {
        let request = self.request();
        self.perform(
            Operation::AdminForgetDevice,
            request,
            async |inner, request| inner.administration.forget_user_device(request).await,
        )
        .await?;
        Ok(Done::new("Device forgotten successfully"))
    }

    async fn update(&self, status: DeviceStatus) -> Result<()> {
        let request = self.request().map(|request| {
            UpdateUserDeviceStatusRequest::new(request.username, request.key, status)
        });
        self.perform(
            Operation::AdminUpdateDeviceStatus,
            request,
            async |inner, request| {
                inner
                    .administration
                    .update_user_device_status(request)
                    .await
            },
        )
        .await
    }

    fn request(&self) -> Result<UserDeviceRequest> {
        let key = self.key.clone()?;
        Ok(UserDeviceRequest::new(self.user.username.clone()?, key))
    }

    async fn perform<R, F>(
        &self,
        operation: Operation,
        request: Result<R>,
        send: impl FnOnce(Arc<Inner>, R) -> F + Send + 'static,
    ) -> Result<()>
    where
        R: Send + 'static,
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let call = Call::new(operation).user(&self.user.username);
        self.user.cognito.perform(call, request, send).await
    }
}

/// The builder of [`AdminUser::devices`].
#[derive(Clone, Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct ListUserDevices<'a> {
    user: AdminUser<'a>,
    limit: Result<PageSize, InvalidInput>,
    page_token: Result<Option<PageToken>, InvalidInput>,
}

impl ListUserDevices<'_> {
    async fn send(self) -> Result<DevicePage> {
        let call = Call::new(Operation::AdminListDevices).user(&self.user.username);
        let request = (|| {
            let mut request = ListUserDevicesRequest::new(self.user.username?);
            request.page_size = self.limit?;
            request.page_token = self.page_token?;
            Ok(request)
        })();
        let port = &self.user.cognito.inner.administration;
        self.user
            .cognito
            .read(call, request, |request| port.list_user_devices(request))
            .await
    }
}

awaitable!(ListUserDevices => DevicePage);
in_pages!(ListUserDevices: DevicePage.devices of Device);
