//! Calls the triggers of a pool. In AWS they are Lambda functions.
//!
//! No lock may be held while a trigger runs, because it may call the emulator.

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
