//! Converts devices between types of the SDK and of `cognito-core`.

use aws_sdk_cognitoidentityprovider::types::{DeviceRememberedStatusType, DeviceType};
use cognito_core::device::{Device, DevicePage, DeviceStatus};
use cognito_core::id::DeviceKey;
use cognito_core::{Error, ErrorKind, Result};

use crate::attributes::{self, attributes, time};
use crate::error::{from_response, missing};

/// Converts the device in a response. Fails if the response has no device.
pub(crate) fn device(device: Option<DeviceType>) -> Result<Device> {
    details(device.ok_or_else(|| missing("device"))?)
}

/// Converts one page of a list of devices.
pub(crate) fn page(devices: Option<Vec<DeviceType>>, next: Option<String>) -> Result<DevicePage> {
    attributes::page(devices, details, next, DevicePage::new)
}

fn details(device: DeviceType) -> Result<Device> {
    let key = device.device_key.ok_or_else(|| missing("device key"))?;
    let mut details = Device::new(from_response(DeviceKey::new(key))?);
    details.attributes = attributes(device.device_attributes);
    details.created = time(device.device_create_date.as_ref());
    details.modified = time(device.device_last_modified_date.as_ref());
    details.last_authenticated = time(device.device_last_authenticated_date.as_ref());
    Ok(details)
}

/// Converts the status of a device, for a request. Fails if this crate does not support the status.
pub(crate) fn status(status: DeviceStatus) -> Result<DeviceRememberedStatusType> {
    match status {
        DeviceStatus::NotRemembered => Ok(DeviceRememberedStatusType::NotRemembered),
        DeviceStatus::Remembered => Ok(DeviceRememberedStatusType::Remembered),
        _ => Err(Error::new(ErrorKind::Misuse)
            .with_detail("this device status is not supported: use Remembered or NotRemembered")),
    }
}
