//! Enums whose values have names at AWS.

/// Defines an enum with AWS's name of each value.
macro_rules! named {
    ($(
        $(#[$of_type:meta])*
        $visibility:vis enum $type:ident { $($(#[$of_value:meta])* $value:ident = $name:literal,)* }
    )*) => {$(
        $(#[$of_type])*
        $visibility enum $type { $($(#[$of_value])* $value,)* }

        #[allow(dead_code, reason = "not every enum is read from requests")]
        impl $type {
            pub(crate) const ALL: &[Self] = &[$(Self::$value),*];

            /// Returns AWS's name of the value.
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$value => $name,)* }
            }

            /// Returns the value that has this name at AWS.
            pub(crate) fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.name() == name)
            }
        }
    )*};
}

pub(crate) use named;
