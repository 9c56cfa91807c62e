//! Requests for the devices of a user.

use derive_new::new;

use crate::administration::page::{PageSize, PageToken};
use crate::device::DeviceStatus;
use crate::id::{DeviceKey, Username};

/// A request to read or to delete one device of a user (`AdminGetDevice`, `AdminForgetDevice`).
#[derive(Clone, Debug, new)]
#[non_exhaustive]
pub struct UserDeviceRequest {
    /// The user: a user name, an alias or a `sub`.
    pub username: Username,
    /// The key of the device.
    pub key: DeviceKey,
}

/// A request to set whether a device of a user is remembered (`AdminUpdateDeviceStatus`).
#[derive(Clone, Debug, new)]
#[non_exhaustive]
pub struct UpdateUserDeviceStatusRequest {
    /// The user: a user name, an alias or a `sub`.
    pub username: Username,
    /// The key of the device.
    pub key: DeviceKey,
    /// The new status: remembered or not remembered.
    pub status: DeviceStatus,
}

record! {
    /// A request for a page of a user's devices (`AdminListDevices`).
    #[derive(Clone, Debug)]
    pub struct ListUserDevicesRequest {
        /// The user: a user name, an alias or a `sub`.
        pub username: Username,
        ..
        /// The maximum number of entries on the page. Default: 60.
        pub page_size: PageSize,
        /// The `next_token` of the previous page, or `None` for the first page.
        pub page_token: Option<PageToken>,
    }
}
