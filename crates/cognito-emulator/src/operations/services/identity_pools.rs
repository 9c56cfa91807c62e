//! The operations of identity pools.

pub(super) mod administration;
pub(super) mod credentials;
mod login;
mod roles;

use crate::model::failure::Failure;

fn no_pool(id: &str) -> Failure {
    Failure::not_found(format!("IdentityPool '{id}' not found."))
}
