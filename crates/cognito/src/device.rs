//! Remembered devices: their keys, secrets and status.
//!
//! [`OwnAccount`](crate::account::OwnAccount) confirms a device.
//! [`Call::device`](crate::Call::device) uses it at a sign-in.

pub use cognito_core::device::{
    ConfirmedDevice, Device, DevicePage, DeviceStatus, NewDevice, RememberedDevice,
};
pub use cognito_core::id::{DeviceGroupKey, DeviceKey, DeviceName};
pub use cognito_core::secret::{DevicePassword, SerializedDevice};
