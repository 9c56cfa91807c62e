//! Implements the [ports](cognito_core::ports), the traits of Cognito's operations, for
//! [`AwsCognito`]. The code is generated from the table of operations in `cognito-core`.
//!
//! Each method calls the function of the same name in `authentication`, `account` or
//! `administration`.

use async_trait::async_trait;
#[allow(
    clippy::wildcard_imports,
    reason = "the types of all methods, which the table of operations names"
)]
use cognito_core::ports::*;
use cognito_core::{Result, operation_table};

use crate::AwsCognito;
use crate::account::*;
use crate::administration::*;
use crate::authentication::*;

/// Implements the [ports](cognito_core::ports) `Authentication`, `Account` and `Administration`.
/// Skips the port `HostedLogin`, because the SDK does not support its operations.
macro_rules! implementations {
    (
        $(#[$authentication_doc:meta])* port Authentication $authentication:tt also $also:tt
        $(#[$account_doc:meta])* port Account $account:tt
        $(#[$administration_doc:meta])* port Administration $administration:tt
        $(#[$hosted_login_doc:meta])* port HostedLogin $hosted_login:tt local $local:tt
        process $process:tt
    ) => {
        implementation_with_secret!(Authentication $authentication $also);
        implementation!(Account $account);
        implementation!(Administration $administration);
    };
}

/// Implements one [port](cognito_core::ports), a trait of `cognito-core`, with its methods.
macro_rules! implementation {
    (
        $port:ident $({
            $(
                $(#[$doc:meta])*
                [$($facts:tt)*]
                fn $method:ident($($argument:ident: $type:ty),*) -> $output:ty;
            )*
        })+
    ) => {
        #[async_trait]
        impl $port for AwsCognito {
            $($(
                async fn $method(&self, $($argument: $type),*) -> Result<$output> {
                    $method(self, $($argument),*).await
                }
            )*)+
        }
    };
}

/// Implements a port whose requests contain the client secret, like `implementation!`. A request is
/// sent again with the other secret of the app client if Cognito rejects the secret.
macro_rules! implementation_with_secret {
    (
        $port:ident $({
            $(
                $(#[$doc:meta])*
                [$($facts:tt)*]
                fn $method:ident($($argument:ident: $type:ty),*) -> $output:ty;
            )*
        })+
    ) => {
        #[async_trait]
        impl $port for AwsCognito {
            $($(
                async fn $method(&self, $($argument: $type),*) -> Result<$output> {
                    let mut turn = self.secrets.turn();
                    loop {
                        let aws = self.with_pool(turn.pool());
                        let response = $method(&aws, $(Clone::clone(&$argument)),*).await;
                        if !turn.goes_on(&response).await {
                            return response;
                        }
                    }
                }
            )*)+
        }
    };
}

operation_table!(implementations);
