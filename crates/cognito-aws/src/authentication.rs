//! The operations for users who are not signed in, which [`AwsCognito`](crate::AwsCognito)
//! implements with the trait [`Authentication`](cognito_core::ports::Authentication).

mod challenge;
mod client_token;
mod device;
mod event_feedback;
mod exchange;
mod outcome;
mod password;
mod refresh;
mod sign_in;
mod sign_up;
mod srp;
mod turn;

pub(crate) use challenge::*;
pub(crate) use client_token::*;
pub(crate) use event_feedback::*;
pub(crate) use exchange::*;
pub(crate) use password::*;
pub(crate) use refresh::*;
pub(crate) use sign_in::*;
pub(crate) use sign_up::*;
