//! The port [`Authentication`](cognito_core::ports::Authentication), with the SDK.

mod challenge;
mod device;
mod outcome;
mod password;
mod refresh;
mod sign_in;
mod sign_up;
mod srp;
mod turn;

use async_trait::async_trait;
use cognito_core::authentication::challenge::TotpAssociation;
use cognito_core::authentication::password::{ConfirmForgotPasswordRequest, ForgotPasswordRequest};
use cognito_core::authentication::refresh::{RefreshRequest, RevokeTokenRequest};
use cognito_core::authentication::sign_in::SignInRequest;
use cognito_core::authentication::sign_up::{
    ConfirmSignUpRequest, ConfirmSignUpResponse, ResendConfirmationCodeRequest, SignUpRequest,
    SignUpResponse,
};
use cognito_core::ports::{Authentication, RepliedAt};
use cognito_core::{ChallengeAnswer, CodeDelivery, Result, Session, SignIn, Tokens};

use crate::AwsCognito;

#[async_trait]
impl Authentication for AwsCognito {
    async fn sign_up(&self, request: SignUpRequest) -> Result<SignUpResponse> {
        sign_up::sign_up(self, request).await
    }

    async fn confirm_sign_up(
        &self,
        request: ConfirmSignUpRequest,
    ) -> Result<ConfirmSignUpResponse> {
        sign_up::confirm(self, request).await
    }

    async fn resend_confirmation_code(
        &self,
        request: ResendConfirmationCodeRequest,
    ) -> Result<CodeDelivery> {
        sign_up::resend(self, request).await
    }

    async fn sign_in(&self, request: SignInRequest) -> Result<SignIn> {
        sign_in::sign_in(self, request).await
    }

    async fn respond_to_challenge(&self, answer: &ChallengeAnswer) -> Result<SignIn> {
        challenge::respond(self, answer).await
    }

    async fn enroll_totp(&self, session: &Session) -> Result<TotpAssociation> {
        challenge::enroll_totp(self, session).await
    }

    async fn refresh(&self, request: RefreshRequest) -> Result<Tokens> {
        refresh::refresh(self, request).await
    }

    async fn revoke_token(&self, request: RevokeTokenRequest) -> Result<RepliedAt> {
        refresh::revoke(self, request).await
    }

    async fn forgot_password(&self, request: ForgotPasswordRequest) -> Result<CodeDelivery> {
        password::forgot(self, request).await
    }

    async fn confirm_forgot_password(&self, request: ConfirmForgotPasswordRequest) -> Result<()> {
        password::confirm(self, request).await
    }
}
