//! Calls the triggers of a pool. In AWS, a trigger is a Lambda function.
//!
//! A trigger can send requests to the emulator. Therefore a caller of this module must not hold a
//! lock. The HTTP requests to triggers are sent by [`outgoing`](crate::outgoing).

mod event;
mod federation;
mod http;
mod message;
mod message_template;
mod sender;
mod sign_in;
mod sign_up;
mod tokens;

pub(crate) use event::Subject;
pub(crate) use federation::{Received, inbound_federation, post_authentication_of_federated};
pub(crate) use sign_in::{post_authentication, pre_authentication};
pub(crate) use sign_up::{EXTERNAL, migrate, post_confirmation, pre_sign_up};
pub(crate) use tokens::overrides_for_machine;
