//! A macro that defines enums whose values have names in AWS.

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
                let name = <String as serde::Deserialize>::deserialize(from)?;
                let unknown = concat!("unknown name of ", stringify!($type));
                Self::named(&name).ok_or_else(|| serde::de::Error::custom(unknown))
            }
        }
    )*};
}

pub(crate) use named;
