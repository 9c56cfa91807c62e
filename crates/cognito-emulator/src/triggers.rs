//! Calls the triggers of a pool, which are Lambda functions in AWS.
//!
//! A trigger can send requests to the emulator, so the caller of these functions must not hold a
//! lock.

mod event;
mod http;
mod message;
mod sign_in;
mod sign_up;
mod tokens;

pub(crate) use event::Subject;
pub(crate) use sign_in::{post_authentication, pre_authentication};
pub(crate) use sign_up::{migrate, post_confirmation, pre_sign_up};
pub(crate) use tokens::overrides_for_machine;
