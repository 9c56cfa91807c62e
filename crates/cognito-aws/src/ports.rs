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
use crate::account::{
    devices::*, mfa::*, passkeys::*, password::*, profile::*, session::*, sessions::*,
};
use crate::administration::{
    auth_events::*, devices::*, document::*, groups::*, mfa::*, providers::*, sessions::*, users::*,
};
use crate::authentication::{
    challenge::*, client_token::*, event_feedback::*, exchange::*, password::*, refresh::*,
    sign_in::*, sign_up::*,
};

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
        implementation!(Authentication with_each_secret $authentication $also);
        implementation!(Account once $account);
        implementation!(Administration once $administration);
    };
}

/// Implements one [port](cognito_core::ports), a trait of `cognito-core`, with its methods. `$send`
/// is the name of the macro that sends the request: `once` or `with_each_secret`.
macro_rules! implementation {
    (
        $port:ident $send:ident $({
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
                    $send!(self, $method($($argument),*))
                }
            )*)+
        }
    };
}

/// Sends a request.
macro_rules! once {
    ($aws:expr, $method:ident($($argument:ident),*)) => {
        $method($aws, $($argument),*).await
    };
}

/// Sends a request that contains the client secret. If Cognito rejects the secret, sends the request
/// again with the other secret of the app client.
macro_rules! with_each_secret {
    ($aws:expr, $method:ident($($argument:ident),*)) => {{
        let mut turn = $aws.secrets.turn();
        while turn.can_go_on() {
            let aws = $aws.with_pool(turn.pool());
            let response = $method(&aws, $(Clone::clone(&$argument)),*).await;
            if !turn.goes_on(&response).await {
                return response;
            }
        }
        $method(&$aws.with_pool(turn.pool()), $($argument),*).await
    }};
}

operation_table!(implementations);
