//! Requests for the devices of the signed-in user.

use derive_new::new;

use crate::administration::page::{PageSize, PageToken};
use crate::device::{DeviceStatus, NewDevice};
use crate::id::{DeviceKey, DeviceName};
use crate::secret::AccessToken;

record! {
    /// A request to confirm a new device (`ConfirmDevice`). Cognito does not track a device before
    /// it is confirmed.
    #[derive(Clone, Debug)]
    pub struct ConfirmDeviceRequest {
        /// The access token of the signed-in user.
        pub access_token: AccessToken,
        /// The new device from the result of the sign-in
        /// ([`Tokens::new_device`](crate::Tokens::new_device)).
        pub device: NewDevice,
        ..
        /// The name of the device, if the user chose one.
        pub name: Option<DeviceName>,
    }
}

/// A request to read or to delete one device of the signed-in user (`GetDevice`, `ForgetDevice`).
#[derive(Clone, Debug, new)]
#[non_exhaustive]
pub struct DeviceRequest {
    /// The access token of the signed-in user.
    pub access_token: AccessToken,
    /// The key of the device.
    pub key: DeviceKey,
}

/// A request to set whether a device is remembered (`UpdateDeviceStatus`).
#[derive(Clone, Debug, new)]
#[non_exhaustive]
pub struct UpdateDeviceStatusRequest {
    /// The access token of the signed-in user.
    pub access_token: AccessToken,
    /// The key of the device.
    pub key: DeviceKey,
    /// The new status: remembered or not remembered.
    pub status: DeviceStatus,
}

record! {
    /// A request for a page of the signed-in user's devices (`ListDevices`).
    #[derive(Clone, Debug)]
    pub struct ListDevicesRequest {
        /// The access token of the signed-in user.
        pub access_token: AccessToken,
        ..
        /// The maximum number of entries on the page. Default: 60.
        pub page_size: PageSize,
        /// The `next_token` of the previous page, or `None` for the first page.
        pub page_token: Option<PageToken>,
    }
}
