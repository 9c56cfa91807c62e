//! Mocks of the four [ports](cognito_core::ports), the traits through which `cognito` calls a user
//! pool. The crate mockall generates the mocks from the table of operations.
//!
//! Each method has an `expect_…` method. A call without an expectation panics.
//!
//! ```
//! use cognito_core::ErrorKind;
//! use cognito_core::ports::Administration;
//! use cognito_testkit::mocks::MockAdministration;
//!
//! let mut port = MockAdministration::new();
//! port.expect_user().returning(|_| Err(ErrorKind::UserNotFound.into()));
//! # let _: &dyn Administration = &port;
//! ```

#![allow(
    missing_debug_implementations,
    missing_docs,
    reason = "mockall makes public types and methods without them"
)]

use async_trait::async_trait;
#[allow(
    clippy::wildcard_imports,
    reason = "the types of all methods, which the table of operations names"
)]
use cognito_core::ports::*;
use cognito_core::{Result, operation_table};
use mockall::mock;

/// Generates a mock of each [port](cognito_core::ports) from the table of operations in
/// `cognito-core`.
macro_rules! mocks {
    (
        $(
            $(#[$port_doc:meta])*
            port $port:ident {
                $(
                    $(#[$doc:meta])*
                    [$($facts:tt)*]
                    fn $method:ident($($parameters:tt)*) -> $output:ty;
                )*
            }
            $(also {
                $(
                    $(#[$also_doc:meta])*
                    [$also_operation:ident]
                    fn $also:ident($($also_parameters:tt)*) -> $also_output:ty;
                )*
            })?
            $(local {
                $(
                    $(#[$local_doc:meta])*
                    fn $local:ident($($local_parameters:tt)*) -> $local_output:ty;
                )*
            })?
        )*
        process { $($process:tt)* }
    ) => {$(
        mock! {
            #[doc = concat!("A mock of the port [`", stringify!($port), "`].")]
            #[derive(Debug)]
            pub $port {}

            #[async_trait]
            impl $port for $port {
                $(async fn $method(&self, $($parameters)*) -> Result<$output>;)*
                $($(async fn $also(&self, $($also_parameters)*) -> Result<$also_output>;)*)?
                $($(fn $local(&self, $($local_parameters)*) -> Result<$local_output>;)*)?
            }
        }
    )*};
}

operation_table!(mocks);
