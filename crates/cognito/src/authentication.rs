//! Operations for anyone: sign up, sign in, refresh, reset a password.

pub(crate) mod challenge;
pub(crate) mod challenge_state;
pub(crate) mod offered;
pub(crate) mod password;
pub(crate) mod refresh;
pub(crate) mod sign_in;
pub(crate) mod sign_up;
