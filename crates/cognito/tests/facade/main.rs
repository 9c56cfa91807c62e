//! The facade with the emulator, in memory and over a socket: every operation, valid and invalid.
#![cfg(test)] // so that clippy.toml's exceptions for tests hold in helpers, too
#![allow(unreachable_pub, reason = "modules shared with other test programs")]

#[path = "../shared/browser.rs"]
mod browser;
#[path = "../shared/fixture.rs"]
mod fixture;
#[path = "../shared/scenarios.rs"]
mod scenarios;

/// Runs tests of a module in memory, too. A test that is not listed runs over a socket only.
macro_rules! in_memory_too {
    ($($test:ident)*) => {
        mod in_memory {
            $(#[test]
            fn $test() {
                crate::fixture::in_memory(super::$test);
            })*
        }
    };
}

mod abuse;
mod administering;
mod attributes;
mod calls;
mod challenge_state;
mod choice;
mod client_credentials;
mod configuration;
mod derived_tokens;
mod device_handling;
mod devices;
mod documents;
mod dropped_calls;
mod ending;
mod event_feedback;
mod extending;
mod factors;
mod guarding;
mod hidden_accounts;
mod hosted_login;
#[cfg(feature = "identity-pool")]
mod identity_pool;
mod input;
mod known;
mod large_tokens;
mod logs;
#[cfg(feature = "secretsmanager")]
mod managed_secret;
mod monitoring;
mod on_call;
mod passkeys;
mod rates;
mod recorded;
mod refreshing;
mod replicas;
mod response_step;
mod revocations;
mod saml_subjects;
mod sessions;
mod setups;
mod shapes;
mod sign_in_steps;
mod srp;
mod step_up;
mod traces;
mod traps;
mod triggers;
mod undecided_tokens;
mod user_sessions;

use client_credentials::machine;
use fixture::Fixture;
use hosted_login::web as hosted_client;

/// Runs each scenario as a test with a separate pool: in memory for a public client, and over a
/// socket for a client with a secret.
macro_rules! with_ours {
    ($($area:ident: $($scenario:ident $others:tt)*;)*) => {
        $(mod $area {
            $(mod $scenario {
                use crate::Fixture;

                #[tokio::test]
                async fn public_client() {
                    crate::scenarios::$area::$scenario(Fixture::ours_in_memory().await).await;
                }

                #[tokio::test]
                async fn client_with_a_secret() {
                    crate::scenarios::$area::$scenario(Fixture::ours_with_secret().await).await;
                }
            })*
        })*
    };
}

scenarios::scenarios!(with_ours);

/// Runs each scenario of managed login in memory and over a socket.
macro_rules! with_our_managed_login {
    ($($client:ident: $($scenario:ident)*;)*) => {
        mod managed_login {
            $($(#[tokio::test]
            async fn $scenario() {
                let fixture = crate::hosted_login::fixture(crate::$client()).await;
                crate::scenarios::hosted_login::$scenario(fixture).await;
            })*)*

            in_memory_too!($($($scenario)*)*);
        }
    };
}

scenarios::hosted_scenarios!(with_our_managed_login);
