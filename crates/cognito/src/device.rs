//! Remembered devices: their keys, secrets and status.
//!
//! [`OwnAccount`](crate::account::OwnAccount) confirms a device.
//! [`Call::device`](crate::Call::device) uses it at a sign-in.

pub use cognito_core::{
    ConfirmedDevice, Device, DeviceGroupKey, DeviceKey, DeviceName, DevicePage, DevicePassword,
    DeviceStatus, DeviceText, NewDevice, RememberedDevice,
};
