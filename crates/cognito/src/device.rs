//! Remembered devices: keys, passwords and status.
//!
//! Confirm a device with
//! [`OwnAccount::confirm_device`](crate::account::OwnAccount::confirm_device), and use it at a
//! sign-in with [`Call::device`](crate::Call::device).

pub use cognito_core::device::{
    ConfirmedDevice, Device, DevicePage, DeviceStatus, NewDevice, RememberedDevice,
};
pub use cognito_core::id::{DeviceGroupKey, DeviceKey, DeviceName};
pub use cognito_core::secret::{DevicePassword, SerializedDevice};
