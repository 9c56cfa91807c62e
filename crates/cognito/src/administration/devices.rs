//! Operations of an operator on the devices of a user.

use cognito_core::administration::devices::{
    ListUserDevicesRequest, UpdateUserDeviceStatusRequest, UserDeviceRequest,
};
use cognito_core::device::{Device, DevicePage, DeviceStatus};
use cognito_core::id::DeviceKey;
use cognito_core::{Done, InvalidInput, Result};

use crate::Call;
use crate::administration::users::AdminUser;
use crate::call::{port_call, valid};

impl AdminUser {
    /// Lists the confirmed devices of the user (`cognito-idp:AdminListDevices`). `.await` returns
    /// one page, and [`stream`](crate::Call::stream) returns all devices.
    pub fn devices(&self) -> Call<ListUserDevicesRequest, DevicePage> {
        port_call!(
            self, AdminListDevices => administration.list_user_devices(_),
            new ListUserDevicesRequest
        )
        .reads()
    }

    /// Returns the operations on the device with this key. No request is sent.
    pub fn device(&self, key: impl TryInto<DeviceKey, Error: Into<InvalidInput>>) -> AdminDevice {
        AdminDevice {
            user: self.clone(),
            key: valid(key),
        }
    }
}

/// The operations on one device of a user, created by [`AdminUser::device`]. Every operation can
/// fail with [`NotFound`](crate::ErrorKind::NotFound) if the user has no device with this key.
#[derive(Clone, Debug)]
pub struct AdminDevice {
    user: AdminUser,
    key: Result<DeviceKey, InvalidInput>,
}

impl AdminDevice {
    /// Returns the attributes of the device, and the times of its confirmation, last change and
    /// last sign-in (`cognito-idp:AdminGetDevice`).
    pub fn details(&self) -> Call<UserDeviceRequest, Device> {
        let key = self.key.clone();
        port_call!(self.user, AdminGetDevice => administration.user_device(_), |username| {
            Ok(UserDeviceRequest::new(username, key?))
        })
        .reads()
    }

    /// Marks the device as remembered (`cognito-idp:AdminUpdateDeviceStatus`). If the user pool has
    /// `ChallengeRequiredOnNewDevice`, later sign-ins with the device need no second factor.
    pub fn remember(&self) -> Call<UpdateUserDeviceStatusRequest, Done> {
        self.update(DeviceStatus::Remembered)
            .done("Device remembered successfully")
    }

    /// Marks the device as not remembered (`cognito-idp:AdminUpdateDeviceStatus`). Later sign-ins
    /// with the device need the second factor again.
    pub fn stop_remembering(&self) -> Call<UpdateUserDeviceStatusRequest, Done> {
        self.update(DeviceStatus::NotRemembered)
            .done("Device not remembered any more")
    }

    /// Deletes the device (`cognito-idp:AdminForgetDevice`). The refresh tokens of the device
    /// become invalid. Its access tokens stay valid until they expire.
    pub fn forget(&self) -> Call<UserDeviceRequest, Done> {
        let key = self.key.clone();
        port_call!(
            self.user, AdminForgetDevice => administration.forget_user_device(_),
            |username| Ok(UserDeviceRequest::new(username, key?))
        )
        .done("Device forgotten successfully")
    }

    fn update(&self, status: DeviceStatus) -> Call<UpdateUserDeviceStatusRequest, ()> {
        let key = self.key.clone();
        port_call!(
            self.user, AdminUpdateDeviceStatus => administration.update_user_device_status(_),
            |username| Ok(UpdateUserDeviceStatusRequest::new(username, key?, status))
        )
    }
}
