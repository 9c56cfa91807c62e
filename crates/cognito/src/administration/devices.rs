//! Devices of a user, for an operator.

use cognito_core::administration::devices::{
    ListUserDevicesRequest, UpdateUserDeviceStatusRequest, UserDeviceRequest,
};
use cognito_core::device::{Device, DevicePage, DeviceStatus};
use cognito_core::id::DeviceKey;
use cognito_core::ports::Administration;
use cognito_core::{Done, InvalidInput, Operation, Result};

use crate::Call;
use crate::administration::users::AdminUser;
use crate::call::valid;

impl AdminUser {
    /// Lists the confirmed devices of the user (`cognito-idp:AdminListDevices`): `.await` returns
    /// one page, [`stream`](crate::Call::stream) all pages.
    pub fn devices(&self) -> Call<ListUserDevicesRequest, DevicePage> {
        self.call(
            Operation::AdminListDevices,
            |username| Ok(ListUserDevicesRequest::new(username)),
            async |inner, request| inner.administration.list_user_devices(request).await,
        )
        .reads()
    }

    /// Returns the operations on one device of the user.
    pub fn device(&self, key: impl TryInto<DeviceKey, Error: Into<InvalidInput>>) -> AdminDevice {
        AdminDevice {
            user: self.clone(),
            key: valid(key),
        }
    }
}

/// The operations on one device of a user; see [`AdminUser::device`]. Every operation can fail with
/// [`NotFound`](crate::ErrorKind::NotFound).
#[derive(Clone, Debug)]
pub struct AdminDevice {
    user: AdminUser,
    key: Result<DeviceKey, InvalidInput>,
}

impl AdminDevice {
    /// Returns Cognito's data about the device (`cognito-idp:AdminGetDevice`).
    pub fn details(&self) -> Call<UserDeviceRequest, Device> {
        let key = self.key.clone();
        self.user
            .call(
                Operation::AdminGetDevice,
                |username| Ok(UserDeviceRequest::new(username, key?)),
                async |inner, request| inner.administration.user_device(request).await,
            )
            .reads()
    }

    /// Remembers the device (`cognito-idp:AdminUpdateDeviceStatus`). It then replaces the second
    /// factor from the next sign-in on.
    pub fn remember(&self) -> Call<UpdateUserDeviceStatusRequest, Done> {
        self.update(DeviceStatus::Remembered)
            .done("Device remembered successfully")
    }

    /// Stops remembering the device (`cognito-idp:AdminUpdateDeviceStatus`). The second factor is
    /// then required again.
    pub fn stop_remembering(&self) -> Call<UpdateUserDeviceStatusRequest, Done> {
        self.update(DeviceStatus::NotRemembered)
            .done("Device not remembered any more")
    }

    /// Deletes the device (`cognito-idp:AdminForgetDevice`). It is no longer listed, and its
    /// refresh tokens are invalid. Its access tokens are valid until they expire.
    pub fn forget(&self) -> Call<UserDeviceRequest, Done> {
        let key = self.key.clone();
        self.user
            .call(
                Operation::AdminForgetDevice,
                |username| Ok(UserDeviceRequest::new(username, key?)),
                async |inner, request| inner.administration.forget_user_device(request).await,
            )
            .done("Device forgotten successfully")
    }

    fn update(&self, status: DeviceStatus) -> Call<UpdateUserDeviceStatusRequest, ()> {
        let key = self.key.clone();
        self.user.call(
            Operation::AdminUpdateDeviceStatus,
            |username| Ok(UpdateUserDeviceStatusRequest::new(username, key?, status)),
            async |inner, request| {
                inner
                    .administration
                    .update_user_device_status(request)
                    .await
            },
        )
    }
}
