//! Devices of a user, as an operator handles them.

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
    /// Lists the confirmed devices of the user (`cognito-idp:AdminListDevices`): `.await` gives one
    /// page, [`stream`](ListUserDevices::stream) all pages.
    pub fn devices(&self) -> ListUserDevices<'a> {
        ListUserDevices {
            user: self.clone(),
            limit: Ok(PageSize::MAX),
            page_token: Ok(None),
        }
    }

    /// One device of the user, by its key.
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

/// One device of a user; see [`AdminUser::device`]. Every operation can fail with
/// [`NotFound`](crate::ErrorKind::NotFound).
#[derive(Clone, Debug)]
pub struct AdminDevice<'a> {
    user: AdminUser<'a>,
    key: Result<DeviceKey, InvalidInput>,
}

impl AdminDevice<'_> {
    /// What Cognito knows of it (`cognito-idp:AdminGetDevice`).
    pub async fn details(&self) -> Result<Device> {
        let port = &self.user.cognito.inner.administration;
        let call = Call::new(Operation::AdminGetDevice).user(&self.user.username);
        self.user
            .cognito
            .read(call, self.request(), |request| port.user_device(request))
            .await
    }

    /// Lets it stand for the user at the next sign-in (`cognito-idp:AdminUpdateDeviceStatus`).
    pub async fn remember(&self) -> Result<Done> {
        self.update(DeviceStatus::Remembered).await?;
        Ok(Done::new("Device remembered successfully"))
    }

    /// Lets it stand for nobody any more: the second factor is asked for again
    /// (`cognito-idp:AdminUpdateDeviceStatus`).
    pub async fn stop_remembering(&self) -> Result<Done> {
        self.update(DeviceStatus::NotRemembered).await?;
        Ok(Done::new("Device not remembered any more"))
    }

    /// Forgets it (`cognito-idp:AdminForgetDevice`): it is no longer listed, and the refresh tokens
    /// that belong to it are dead. Access tokens that it has live until they expire.
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

/// [`AdminUser::devices`] with its options.
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
