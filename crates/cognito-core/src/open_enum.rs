//! A macro for enums to which Cognito may add values.

/// Defines an enum to which Cognito may add values. If Cognito's value differs from the name of the
/// variant, the value follows after `=`.
macro_rules! open_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident $(= $value:literal)?,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
            /// A value that this version does not support, as Cognito sent it.
            Other(String),
        }

        impl $name {
            /// Returns the value in Cognito's spelling.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => open_enum!(@value $variant $($value)?),)*
                    Self::Other(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $(open_enum!(@value $variant $($value)?) => Self::$variant,)*
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
    (@value $variant:ident) => { stringify!($variant) };
    (@value $variant:ident $value:literal) => { $value };
}

pub(crate) use open_enum;
