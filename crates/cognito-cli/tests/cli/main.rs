//! Tests of the command `cognito`: the compiled command against an emulator in the test's process.

#![cfg(test)] // so that clippy.toml's exceptions for tests hold in helpers, too

mod agreement;
mod audit;
mod audit_pools;
#[path = "../../../cognito/tests/shared/browser.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    reason = "the tests of the facade use all of it"
)]
mod browser;
mod bulk;
mod client;
mod doctor;
mod encrypted;
mod export;
mod export_files;
mod find;
mod fixture;
mod hosted;
mod import;
mod import_job;
mod import_resume;
mod import_update;
mod login;
mod pool_apply;
mod pool_create;
mod pool_diff;
mod pool_export;
mod pool_fixture;
mod quota;
mod quota_use;
mod rotate;
mod sessions;
mod support;
mod token;
mod tools;
mod upload;
mod user;
mod width;
