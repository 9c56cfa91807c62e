//! Sign-up, sign-in, token refresh and password reset.

pub(crate) mod challenge;
pub(crate) mod choice;
pub(crate) mod client_token;
pub(crate) mod custom;
pub(crate) mod derived_token;
pub(crate) mod device;
pub(crate) mod name_limit;
pub(crate) mod password;
pub(crate) mod refresh;
pub(crate) mod risk;
pub(crate) mod sign_in;
pub(crate) mod sign_up;
pub(crate) mod srp;
pub(crate) mod step_up;
