//! Tests of every operation over HTTP: status, headers and body.

#![cfg(test)] // so that clippy.toml's exceptions for tests hold in helpers, too
#![allow(clippy::too_many_lines, reason = "some scenarios and tables are long")]

mod account;
mod administration;
mod attacks;
mod auth_events;
mod authenticator;
mod browser;
mod clients;
mod codes;
mod constraints;
mod device_proofs;
mod devices;
mod domains;
mod faults;
mod groups;
mod hosted_authorize;
mod hosted_login;
mod hosted_tokens;
mod http;
mod identity_providers;
mod limits;
mod meanwhile;
mod mfa;
mod passkey_sign_in;
mod passkeys;
mod passwords;
mod pool_attributes;
mod pool_factors;
mod pools;
mod providers;
mod races;
mod recorded;
mod recorded_settings;
mod recovery;
mod refresh;
mod resource_servers;
mod secrets;
mod seed;
mod sessions;
mod sign_in;
mod sign_up;
mod srp;
mod ssm;
mod support;
mod token_triggers;
mod tokens;
mod trigger_effects;
mod triggers;
mod validation;
