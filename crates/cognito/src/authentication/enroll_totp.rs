//! The set-up of an authenticator app during a sign-in: [`Cognito::enroll_totp`].

use std::net::IpAddr;
use std::pin::Pin;

use cognito_cache::{Budget, Purpose};
use cognito_core::authentication::challenge::{MfaSetup, TotpAssociation};
use cognito_core::{Challenge, Error, ErrorKind, Session};

use crate::account::mfa::TotpSetup;
use crate::attempt_guard::ClientAddress;
use crate::authentication::challenge::can_be_answered_again;
use crate::call::port_call;
use crate::{Call, Cognito, RespondError};

impl Cognito {
    /// Starts the set-up of an authenticator app during a sign-in. The result contains a new secret
    /// for the app, and the challenge for the next response.
    ///
    /// ```no_run
    /// # async fn example(cognito: cognito::Cognito) -> cognito::Result<()> {
    /// use cognito::{Challenge, SignIn};
    ///
    /// if let SignIn::Challenge(Challenge::MfaSetup(setup)) =
    ///     cognito.login("user@example.com", "SecurePass123!").await?
    /// {
    ///     let enrollment = cognito.enroll_totp(setup).await?;
    ///     let url = enrollment.setup.otpauth_url("My App", "user@example.com");
    ///     // Show `url` as a QR code, then ask for the code that the app shows.
    ///     # drop(url);
    ///     let signed_in = cognito.respond(enrollment.challenge.totp_code("123456")).await?;
    ///     # drop(signed_in);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`respond`](Self::respond), and [`MfaNotSetUp`](crate::ErrorKind::MfaNotSetUp)
    /// or [`NotEnabled`](crate::ErrorKind::NotEnabled) if the user pool does not allow
    /// authenticator apps. [`AttemptLimit`](crate::ErrorKind::AttemptLimit) if the user has started
    /// too many set-ups ([`Purpose::FactorSetup`]).
    pub fn enroll_totp(&self, setup: MfaSetup) -> EnrollTotp {
        let session = setup.step().session().cloned().ok_or_else(|| {
            Error::new(ErrorKind::Misuse)
                .with_detail("the challenge has no session: start the sign-in again")
        });
        let associate = port_call!(
            self, AssociateSoftwareToken => authentication.enroll_totp(&_), session
        )
        .user(Some(setup.step().username().clone()))
        .limited(Budget::SignInSteps)
        .guarded(Purpose::FactorSetup);
        EnrollTotp { associate, setup }
    }
}

/// A call that starts the set-up of an authenticator app during a sign-in, created by
/// [`Cognito::enroll_totp`]. The error type of `.await` is [`RespondError`], which can contain the
/// challenge.
#[derive(Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct EnrollTotp {
    associate: Call<Session, TotpAssociation>,
    setup: MfaSetup,
}

impl EnrollTotp {
    /// Sets the client's IP address. The attempt guard limits calls by this address
    /// ([`Purpose::FactorSetup`] and [`Budget::SignInSteps`]); see [`Call::client_address`]. Default:
    /// no address, and no limit by address.
    pub fn client_address(mut self, address: IpAddr) -> Self {
        self.associate = self.associate.from(ClientAddress(Some(address)));
        self
    }
}

impl IntoFuture for EnrollTotp {
    type Output = Result<TotpEnrollment, RespondError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { associate, setup } = self;
        Box::pin(async move {
            match associate.await {
                Ok(TotpAssociation {
                    secret, session, ..
                }) => Ok(TotpEnrollment {
                    setup: TotpSetup { secret },
                    challenge: match session {
                        Some(session) => setup.with_session(session),
                        None => setup,
                    },
                }),
                Err(error) => {
                    let again = can_be_answered_again(&error);
                    let challenge = again.then(|| Box::new(Challenge::from(setup)));
                    Err(RespondError { error, challenge })
                }
            }
        })
    }
}

/// The result of [`Cognito::enroll_totp`]: a secret for the authenticator app, and the next
/// challenge.
#[derive(Debug)]
#[non_exhaustive]
#[must_use = "the user is not signed in until the challenge is answered"]
pub struct TotpEnrollment {
    /// The secret for the authenticator app.
    pub setup: TotpSetup,
    /// The challenge for the next response. Respond to it with the first code of the app. A browser
    /// can store the challenge in [sealed form](Cognito::challenge_to_state).
    pub challenge: MfaSetup,
}
