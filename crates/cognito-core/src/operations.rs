//! The operations of Cognito, generated from one table.
//!
//! One row contains everything that this crate needs about an operation:
//!
//! ```text
//! /// Deletes a user.                          the documentation of the method
//! [AdminDeleteUser: Iam, UserUpdate]           AWS's name, and the properties
//! fn delete_user(username: &Username) -> RepliedAt;     the method of the port
//! ```
//!
//! The row generates the variant [`Operation::AdminDeleteUser`] and its properties. It also
//! generates the method `delete_user` of the [port](crate::ports), with a default body, and the
//! same method for `Arc` and `Box` of a port.
//!
//! The properties are the authentication of the caller ([`Access`]), the quota ([`QuotaCategory`]),
//! and any of these flags:
//!
//! - `idempotent`: [`Operation::is_idempotent`].
//! - `public`: [`Operation::is_public`]. [`Access::Public`] implies it.
//! - `limits_resources`: [`Operation::limits_resources`].
//! - `document`: [`Operation::has_document`].
//!
//! If AWS's name differs from the name of the variant, AWS's name follows after `=`.
//!
//! The row of a method that sends one of two operations contains the names of both. A second method
//! for an operation is in the block `also`, without the properties. A method that sends nothing is
//! in the block `local`.

mod category;
mod facts;
#[doc(hidden)]
pub mod table;
pub use self::category::QuotaCategory;
pub use self::facts::Access;
use self::facts::Facts;
pub(crate) use self::table::table;

/// Generates the enum of operations and their properties.
macro_rules! enumeration {
    (
        $(
            $(#[$port_doc:meta])*
            port $port:ident {
                $(
                    $(#[$doc:meta])*
                    [$($operation:ident $(= $name:literal)?: $access:ident, $category:ident
                        $(, $fact:ident)*);+]
                    fn $method:ident($($signature:tt)*) -> $output:ty;
                )*
            }
            $(also { $($also:tt)* })?
            $(local { $($local:tt)* })?
        )*
        process { $($(#[$process_doc:meta])* $process:ident;)* }
    ) => {
        /// An operation of Cognito, or [`VerifyToken`](Self::VerifyToken), which runs in this
        /// process and sends nothing.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Operation {
            $($($(
                #[doc = concat!(
                    "`", enumeration!(@name $operation $($name)?), "`: [`", stringify!($method),
                    "`](crate::ports::", stringify!($port), "::", stringify!($method), ") of the port `",
                    stringify!($port), "`."
                )]
                $operation,
            )+)*)*
            $($(#[$process_doc])* $process,)*
        }

        impl Operation {
            /// All operations, in the order of their [`index`](Self::index).
            pub const ALL: &'static [Self] = &[
                $($($(Self::$operation,)+)*)*
                $(Self::$process,)*
            ];

            /// Returns the name of the operation: AWS's name, such as `SetUserMFAPreference`, or
            /// for other operations the name of the variant, such as `OAuthRefresh`. The names are
            /// a closed set and can be metric labels.
            pub const fn name(self) -> &'static str {
                match self {
                    $($($(Self::$operation => enumeration!(@name $operation $($name)?),)+)*)*
                    $(Self::$process => stringify!($process),)*
                }
            }

            const fn facts(self) -> Facts {
                match self {
                    $($($(
                        Self::$operation =>
                            Facts::new(Access::$access, QuotaCategory::$category)$(.$fact())*,
                    )+)*)*
                    $(Self::$process => Facts::in_process(),)*
                }
            }
        }
    };
    (@name $operation:ident) => { stringify!($operation) };
    (@name $operation:ident $name:literal) => { $name };
}

table!(enumeration);
