//! What anyone may ask of a user pool: sign up, sign in, refresh, reset a password.

pub mod challenge;
pub mod password;
pub mod refresh;
pub mod sign_in;
pub mod sign_up;

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use self::challenge::{ChallengeAnswer, TotpAssociation};
use self::password::{ConfirmForgotPasswordRequest, ForgotPasswordRequest};
use self::refresh::{RefreshRequest, RevokeTokenRequest};
use self::sign_in::{SignIn, SignInRequest};
use self::sign_up::{
    ConfirmSignUpRequest, ConfirmSignUpResponse, ResendConfirmationCodeRequest, SignUpRequest,
    SignUpResponse,
};
use crate::error::Result;
use crate::replied_at::RepliedAt;
use crate::secret::Session;
use crate::token::Tokens;
use crate::user::CodeDelivery;

/// The port for anyone. None of these calls needs AWS credentials, except a sign-in through the
/// signed API ([`ChallengeApi::Admin`](sign_in::ChallengeApi::Admin)) and the challenges that follow
/// it.
///
/// # Implementing your own
///
/// Requests arrive checked. Every error must have the [`ErrorKind`](crate::ErrorKind) that its row
/// in the error table says. Nothing may be sent twice after a lost reply except a refresh and a
/// revocation: a second attempt at the others would use up a code, a session or one of the few
/// tries that a person has.
#[async_trait]
pub trait Authentication: Debug + Send + Sync + 'static {
    /// Creates an account.
    async fn sign_up(&self, request: SignUpRequest) -> Result<SignUpResponse>;

    /// Confirms an account with the code that was sent.
    async fn confirm_sign_up(&self, request: ConfirmSignUpRequest)
    -> Result<ConfirmSignUpResponse>;

    /// Sends another confirmation code.
    async fn resend_confirmation_code(
        &self,
        request: ResendConfirmationCodeRequest,
    ) -> Result<CodeDelivery>;

    /// Starts a sign-in.
    async fn sign_in(&self, request: SignInRequest) -> Result<SignIn>;

    /// Answers a challenge. The answer is borrowed: after a wrong code its challenge can be
    /// answered again.
    async fn respond_to_challenge(&self, answer: &ChallengeAnswer) -> Result<SignIn>;

    /// Starts setting up an authenticator app during a sign-in, with the session of an `MFA_SETUP`
    /// challenge.
    async fn enroll_totp(&self, session: &Session) -> Result<TotpAssociation>;

    /// Buys new tokens with a refresh token.
    async fn refresh(&self, request: RefreshRequest) -> Result<Tokens>;

    /// Revokes a refresh token and all tokens of the same sign-in. Returns the time of the response.
    async fn revoke_token(&self, request: RevokeTokenRequest) -> Result<RepliedAt>;

    /// Sends a code for a forgotten password.
    async fn forgot_password(&self, request: ForgotPasswordRequest) -> Result<CodeDelivery>;

    /// Sets a new password with the code that was sent.
    async fn confirm_forgot_password(&self, request: ConfirmForgotPasswordRequest) -> Result<()>;
}

macro_rules! delegate {
    ($wrapper:ident) => {
        #[async_trait]
        impl<T: Authentication + ?Sized> Authentication for $wrapper<T> {
            async fn sign_up(&self, request: SignUpRequest) -> Result<SignUpResponse> {
                (**self).sign_up(request).await
            }

            async fn confirm_sign_up(
                &self,
                request: ConfirmSignUpRequest,
            ) -> Result<ConfirmSignUpResponse> {
                (**self).confirm_sign_up(request).await
            }

            async fn resend_confirmation_code(
                &self,
                request: ResendConfirmationCodeRequest,
            ) -> Result<CodeDelivery> {
                (**self).resend_confirmation_code(request).await
            }

            async fn sign_in(&self, request: SignInRequest) -> Result<SignIn> {
                (**self).sign_in(request).await
            }

            async fn respond_to_challenge(&self, answer: &ChallengeAnswer) -> Result<SignIn> {
                (**self).respond_to_challenge(answer).await
            }

            async fn enroll_totp(&self, session: &Session) -> Result<TotpAssociation> {
                (**self).enroll_totp(session).await
            }

            async fn refresh(&self, request: RefreshRequest) -> Result<Tokens> {
                (**self).refresh(request).await
            }

            async fn revoke_token(&self, request: RevokeTokenRequest) -> Result<RepliedAt> {
                (**self).revoke_token(request).await
            }

            async fn forgot_password(
                &self,
                request: ForgotPasswordRequest,
            ) -> Result<CodeDelivery> {
                (**self).forgot_password(request).await
            }

            async fn confirm_forgot_password(
                &self,
                request: ConfirmForgotPasswordRequest,
            ) -> Result<()> {
                (**self).confirm_forgot_password(request).await
            }
        }
    };
}

delegate!(Arc);
delegate!(Box);
