//! Operations that need no signed-in user: sign-up, sign-in, refresh and password reset.

pub(crate) mod challenge;
pub(crate) mod challenge_state;
pub(crate) mod client_token;
mod enroll_totp;
pub(crate) mod event_feedback;
mod exchange;
pub(crate) mod offered;
pub(crate) mod password;
pub(crate) mod refresh;
mod sealed_state;
pub(crate) mod sign_in;
pub(crate) mod sign_up;
mod step_up;

pub use self::enroll_totp::{EnrollTotp, TotpEnrollment};
pub use self::offered::OfferedFactors;
pub use self::password::ForgotPasswordResponse;
pub use self::sign_up::SignUpConfirmed;
pub use cognito_core::authentication::exchange::{
    DerivedIdToken, DerivedToken, ExchangeTarget, PresentedToken, RequestedToken,
};
pub use cognito_core::authentication::factor::{AuthFactor, AuthFactors};
pub use cognito_core::authentication::sign_in::ChallengeApi;
pub use cognito_core::authentication::sign_in::FirstFactor;
pub use cognito_core::authentication::sign_up::SignUpResponse;
pub use cognito_core::authentication::step_up::StepUp;
pub use cognito_core::hosted_login::client_token::ClientToken;
pub use cognito_core::id::AcrValue;
pub use cognito_core::secret::{FeedbackToken, SamlAssertion, SerializedSession};
