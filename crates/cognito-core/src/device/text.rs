//! The conversion of a remembered device to a string and back, without encryption.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::device::{NewDevice, RememberedDevice};
use crate::id::{DeviceGroupKey, DeviceKey};
use crate::input::InvalidInput;
use crate::secret::{DevicePassword, SerializedDevice};

/// Defines the serialized form of a type, with conversions from the type and to the type. Unknown
/// members are rejected. Strings are borrowed from the input, so that no copy of a secret remains
/// in memory.
macro_rules! written {
    ($(#[$doc:meta])* $written:ident, $type:ident { $($field:ident: $field_type:ident.$read:ident,)+ }) => {
        $(#[$doc])*
        #[derive(Deserialize, Serialize)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct $written<'a> {
            $(#[serde(borrow)] $field: Cow<'a, str>,)+
        }

        impl<'a> From<&'a $type> for $written<'a> {
            fn from(value: &'a $type) -> Self {
                Self { $($field: value.$field.$read().into(),)+ }
            }
        }

        impl TryFrom<$written<'_>> for $type {
            type Error = InvalidInput;

            fn try_from(written: $written<'_>) -> Result<Self, InvalidInput> {
                Ok(Self { $($field: $field_type::new(written.$field)?,)+ })
            }
        }
    };
}

written!(
    /// The serialized form of a new device.
    WrittenNewDevice,
    NewDevice {
        key: DeviceKey.as_str,
        group_key: DeviceGroupKey.as_str,
    }
);

written!(
    /// The serialized form of a remembered device.
    WrittenDevice,
    RememberedDevice {
        key: DeviceKey.as_str,
        group_key: DeviceGroupKey.as_str,
        password: DevicePassword.expose,
    }
);

impl RememberedDevice {
    /// Serializes the device, so that [`from_secret_string`](Self::from_secret_string) can restore
    /// it. The result is not encrypted and contains the password. Store it like other secrets, and
    /// encrypt it before it leaves the service.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`], which never happens for a device that Cognito has confirmed.
    pub fn to_secret_string(&self) -> Result<SerializedDevice, InvalidInput> {
        let text = serde_json::to_string(&WrittenDevice::from(self)).map_err(|_| UNREADABLE)?;
        SerializedDevice::new(text)
    }

    /// Restores a device from the result of [`to_secret_string`](Self::to_secret_string).
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if the string is not a serialized device, or if a version of this library
    /// with another format wrote it.
    pub fn from_secret_string(text: &SerializedDevice) -> Result<Self, InvalidInput> {
        let written: WrittenDevice<'_> =
            serde_json::from_str(text.expose()).map_err(|_| UNREADABLE)?;
        written.try_into()
    }
}

const UNREADABLE: InvalidInput = InvalidInput::new(
    "device",
    "must be the string that this version of the library wrote; otherwise sign in without a device",
);
