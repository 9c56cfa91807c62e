//! The operations for users who are not signed in, which [`AwsCognito`](crate::AwsCognito)
//! implements with the trait [`Authentication`](cognito_core::ports::Authentication).

pub(crate) mod challenge;
pub(crate) mod client_token;
mod device;
pub(crate) mod event_feedback;
pub(crate) mod exchange;
mod outcome;
pub(crate) mod password;
pub(crate) mod refresh;
pub(crate) mod sign_in;
pub(crate) mod sign_up;
mod srp;
mod turn;
