//! The person's own devices.

use crate::administration::page::{PageSize, PageToken};
use crate::device::{DeviceStatus, NewDevice};
use crate::id::{DeviceKey, DeviceName};
use crate::secret::AccessToken;

/// Confirms a device that Cognito has given a key to (`ConfirmDevice`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ConfirmDeviceRequest {
    /// Who.
    pub access_token: AccessToken,
    /// The device, as the sign-in gave it.
    pub device: NewDevice,
    /// What the person calls it.
    pub name: Option<DeviceName>,
}

impl ConfirmDeviceRequest {
    /// Confirms this device.
    #[must_use]
    pub const fn new(access_token: AccessToken, device: NewDevice) -> Self {
        Self {
            access_token,
            device,
            name: None,
        }
    }
}

/// Names one device of one's own (`GetDevice`, `ForgetDevice`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DeviceRequest {
    /// Who.
    pub access_token: AccessToken,
    /// Which device.
    pub key: DeviceKey,
}

impl DeviceRequest {
    /// This device.
    #[must_use]
    pub const fn new(access_token: AccessToken, key: DeviceKey) -> Self {
        Self { access_token, key }
    }
}

/// Says whether a device is remembered (`UpdateDeviceStatus`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UpdateDeviceStatusRequest {
    /// Who.
    pub access_token: AccessToken,
    /// Which device.
    pub key: DeviceKey,
    /// Whether it is to be remembered.
    pub status: DeviceStatus,
}

impl UpdateDeviceStatusRequest {
    /// This device, from now on.
    #[must_use]
    pub const fn new(access_token: AccessToken, key: DeviceKey, status: DeviceStatus) -> Self {
        Self {
            access_token,
            key,
            status,
        }
    }
}

/// Lists one's own devices (`ListDevices`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ListDevicesRequest {
    /// Who.
    pub access_token: AccessToken,
    /// How many at most.
    pub page_size: PageSize,
    /// Where to go on.
    pub page_token: Option<PageToken>,
}

impl ListDevicesRequest {
    /// The first page.
    #[must_use]
    pub const fn new(access_token: AccessToken) -> Self {
        Self {
            access_token,
            page_size: PageSize::MAX,
            page_token: None,
        }
    }
}
