//! A macro that defines enums whose values have names in AWS.

use std::fmt::{self, Formatter};

use serde::de::{Error, Visitor};

/// Defines enums whose values have AWS names. An AWS name that differs from the name in Rust
/// follows after `=`.
///
/// Each enum has the constant `ALL` and the functions `name` and `named`. It derives `Clone`,
/// `Copy`, `Debug`, `PartialEq` and `Eq`. Serde writes and reads a value as its AWS name.
macro_rules! named {
    (@name $value:ident) => { stringify!($value) };
    (@name $value:ident $name:literal) => { $name };
    ($(
        $(#[$of_type:meta])*
        $visibility:vis enum $type:ident {
            $($(#[$of_value:meta])* $value:ident $(= $name:literal)?,)*
        }
    )*) => {$(
        $(#[$of_type])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        $visibility enum $type { $($(#[$of_value])* $value,)* }

        #[allow(dead_code, reason = "not every enum is read from requests")]
        impl $type {
            /// All values of the enum, in the order of their definition.
            pub(crate) const ALL: &[Self] = &[$(Self::$value),*];

            /// Returns the AWS name of this enum value.
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$value => named!(@name $value $($name)?),)* }
            }

            /// Returns the enum value with this AWS name. Returns `None` for an unknown name.
            pub(crate) fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.name() == name)
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.name())
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let unknown = concat!("unknown name of ", stringify!($type));
                from.deserialize_str($crate::model::named::Name(unknown, Self::named))
            }
        }
    )*};
}

pub(crate) use named;

/// A serde visitor that reads an AWS name and returns the enum value with this name. The first
/// field is the error message for an unknown name. The second field is the function that finds the
/// value.
pub(crate) struct Name<T>(pub(crate) &'static str, pub(crate) fn(&str) -> Option<T>);

impl<T> Visitor<'_> for Name<T> {
    type Value = T;

    fn expecting(&self, to: &mut Formatter<'_>) -> fmt::Result {
        to.write_str("a string")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<T, E> {
        (self.1)(name).ok_or_else(|| E::custom(self.0))
    }
}
