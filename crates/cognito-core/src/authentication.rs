//! Requests and responses of [`Authentication`](crate::ports::Authentication): sign-up, sign-in,
//! refresh, forgotten passwords.

pub mod challenge;
pub mod client_token;
pub mod event_feedback;
pub mod exchange;
pub mod factor;
pub mod password;
pub mod refresh;
pub mod sign_in;
pub mod sign_up;
pub mod step_up;
