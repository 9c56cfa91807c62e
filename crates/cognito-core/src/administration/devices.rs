//! Devices of a user.

use crate::administration::page::{PageSize, PageToken};
use crate::device::DeviceStatus;
use crate::id::{DeviceKey, Username};

/// Names one device of a user (`AdminGetDevice`, `AdminForgetDevice`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UserDeviceRequest {
    /// Whose.
    pub username: Username,
    /// Which device.
    pub key: DeviceKey,
}

impl UserDeviceRequest {
    /// This device.
    #[must_use]
    pub const fn new(username: Username, key: DeviceKey) -> Self {
        Self { username, key }
    }
}

/// Says whether a device of a user is remembered (`AdminUpdateDeviceStatus`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UpdateUserDeviceStatusRequest {
    /// Whose.
    pub username: Username,
    /// Which device.
    pub key: DeviceKey,
    /// Whether it is to be remembered.
    pub status: DeviceStatus,
}

impl UpdateUserDeviceStatusRequest {
    /// This device, from now on.
    #[must_use]
    pub const fn new(username: Username, key: DeviceKey, status: DeviceStatus) -> Self {
        Self {
            username,
            key,
            status,
        }
    }
}

/// Lists the devices of a user (`AdminListDevices`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ListUserDevicesRequest {
    /// Whose.
    pub username: Username,
    /// How many at most.
    pub page_size: PageSize,
    /// Where to go on.
    pub page_token: Option<PageToken>,
}

impl ListUserDevicesRequest {
    /// The first page.
    #[must_use]
    pub const fn new(username: Username) -> Self {
        Self {
            username,
            page_size: PageSize::MAX,
            page_token: None,
        }
    }
}
