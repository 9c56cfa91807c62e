//! Sign-in through identity providers: their default settings, their ID tokens, and the attributes
//! of their users.

pub(crate) mod apple;
pub(crate) mod defaults;
pub(crate) mod endpoints;
pub(crate) mod id_token;
mod jwk;
pub(crate) mod mapping;
