//! Requests for the devices of the signed-in user.

use derive_new::new;

use crate::administration::page::{PageSize, PageToken};
use crate::device::{DeviceStatus, NewDevice};
use crate::id::{DeviceKey, DeviceName};
use crate::secret::AccessToken;

record! {
    /// A request to confirm a new device, to which Cognito has assigned a key (`ConfirmDevice`).
    #[derive(Clone, Debug)]
    pub struct ConfirmDeviceRequest {
        /// The access token of the signed-in user.
        pub access_token: AccessToken,
        /// The new device from the result of the sign-in
        /// ([`Tokens::new_device`](crate::Tokens::new_device)).
        pub device: NewDevice,
        ..
        /// The name that the user chose for the device.
        pub name: Option<DeviceName>,
    }
}

/// A request for one device of the signed-in user (`GetDevice`, `ForgetDevice`).
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
    /// The new status.
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
        /// The token of the page, or `None` for the first page.
        pub page_token: Option<PageToken>,
    }
}
