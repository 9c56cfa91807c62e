//! The crate `cognito` over HTTP with two other emulators: ministack and moto.
//!
//! Our library and our emulator have the same authors, who can make the same mistake in both. The
//! authors of these two emulators do not know this library, so a test that passes here has three
//! independent interpretations of AWS. Neither is Amazon Cognito: if they differ from us, the
//! comments in `shared/scenarios.rs` explain which of them is right according to AWS's
//! documentation. `docs/contributing/emulators.md` has an overview.
//!
//! `cargo xtask test` installs and starts both. Without them each test prints that it was skipped.
#![cfg(test)] // so that clippy.toml's exceptions for tests hold in helpers, too
#![allow(unreachable_pub, reason = "other tests share some of these modules")]

#[path = "../shared/browser.rs"]
#[allow(
    dead_code,
    reason = "what only the tests against our own emulator look at is not used here"
)]
mod browser;
#[path = "../shared/fixture.rs"]
#[allow(
    dead_code,
    reason = "the part that starts our own emulator is not used here"
)]
mod fixture;
#[path = "../shared/scenarios.rs"]
#[allow(
    dead_code,
    reason = "a scenario that no foreign emulator can do is not used here"
)]
mod scenarios;

mod backend;
mod ministack;
mod missing_operations;
mod moto;
#[cfg(feature = "ssm")]
mod parameters;
mod secret_hash;

/// Runs a scenario as a test for each client, with a separate pool.
macro_rules! tests {
    ($emulator:ident [$($client:ident)*] $area:ident $scenario:ident) => {
        mod $scenario {
            $(#[tokio::test]
            async fn $client() {
                if let Some(fixture) = crate::$emulator::$client().await {
                    crate::scenarios::$area::$scenario(fixture).await;
                }
            })*
        }
    };
}
use tests;

/// Runs the scenarios that ministack supports.
macro_rules! with_ministack {
    ($($area:ident: $($scenario:ident $supported:tt)*;)*) => {
        mod with_ministack {
            $(mod $area {
                $(crate::if_ministack!($supported $area $scenario);)*
            })*
        }
    };
}

macro_rules! if_ministack {
    ([ministack $($others:ident)*] $area:ident $scenario:ident) => {
        crate::tests!(ministack [public_client client_with_a_secret operator] $area $scenario);
    };
    ([$($others:ident)*] $area:ident $scenario:ident) => {};
}
use if_ministack;

scenarios::scenarios!(with_ministack);

/// Runs the scenarios that moto supports.
macro_rules! with_moto {
    ($($area:ident: $($scenario:ident $supported:tt)*;)*) => {
        mod with_moto {
            $(mod $area {
                $(crate::if_moto!($supported $area $scenario);)*
            })*
        }
    };
}

macro_rules! if_moto {
    ([$(ministack)? moto] $area:ident $scenario:ident) => {
        crate::tests!(moto [public_client] $area $scenario);
    };
    ([$($others:ident)*] $area:ident $scenario:ident) => {};
}
use if_moto;

scenarios::scenarios!(with_moto);

/// Runs the scenarios of managed login with ministack's own endpoints. `/oauth2/revoke` is missing
/// there, but AWS has it (developer guide, "The token revocation endpoint").
macro_rules! with_managed_login_of_ministack {
    (hosted_client: $($scenario:ident)*; machine: $($of_machine:ident)*;) => {
        mod managed_login_of_ministack {
            $(crate::tests!(
                ministack [hosted_client hosted_client_with_a_secret] hosted_login $scenario
            );)*
        }

        mod machines_of_ministack {
            $(crate::tests!(ministack [machine] hosted_login $of_machine);)*
        }
    };
}

scenarios::hosted_scenarios!(with_managed_login_of_ministack);
