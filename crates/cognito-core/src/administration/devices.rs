//! Devices of a user.

use crate::administration::page::{PageSize, PageToken};
use crate::device::DeviceStatus;
use crate::id::{DeviceKey, Username};

/// A request for one device of a user (`AdminGetDevice`, `AdminForgetDevice`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UserDeviceRequest {
    /// The user.
    pub username: Username,
    /// The key of the device.
    pub key: DeviceKey,
}

impl UserDeviceRequest {
    /// Creates a request for this device.
    pub const fn new(username: Username, key: DeviceKey) -> Self {
        Self { username, key }
    }
}

/// A request to set whether a device of a user is remembered (`AdminUpdateDeviceStatus`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UpdateUserDeviceStatusRequest {
    /// The user.
    pub username: Username,
    /// The key of the device.
    pub key: DeviceKey,
    /// The new status.
    pub status: DeviceStatus,
}

impl UpdateUserDeviceStatusRequest {
    /// Creates a request to set the status of this device.
    pub const fn new(username: Username, key: DeviceKey, status: DeviceStatus) -> Self {
        Self {
            username,
            key,
            status,
        }
    }
}

/// A request for a page of a user's devices (`AdminListDevices`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ListUserDevicesRequest {
    /// The user.
    pub username: Username,
    /// The maximum number of entries on the page.
    pub page_size: PageSize,
    /// The token of the page, or `None` for the first page.
    pub page_token: Option<PageToken>,
}

impl ListUserDevicesRequest {
    /// Creates a request for the first page.
    pub const fn new(username: Username) -> Self {
        Self {
            username,
            page_size: PageSize::MAX,
            page_token: None,
        }
    }
}
