//! The rules for errors that reveal whether an account exists, and for their substitutes in
//! responses to the public.
//!
//! `cognito-tower` creates responses from [`Error::substitute`]. The attempt guard (crate
//! `cognito-cache`) limits failed attempts, and [`Error::counts_as_attempt`] decides which errors
//! count as failed attempts. An error whose substitute is a wrong secret counts as a failed
//! attempt.

use crate::error::{Error, ErrorKind, messages};
use crate::operations::Operation;

/// The substitute for an error that reveals whether an account exists, or its state. A response to
/// the public contains the substitute instead of the error. [`Error::substitute`] returns it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Substitute {
    /// A success response, as if Cognito had sent a code.
    CodeSent,
    /// A response with an error of this kind, without [`retry_after`](Error::retry_after).
    Error(ErrorKind),
}

/// The secret that a caller may have guessed in a step of a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GuessedSecret {
    /// The caller may have guessed a code from an e-mail, an SMS or an authenticator app.
    Code,
    /// The caller may have guessed the password of a remembered device. Cognito requests this
    /// password only after it has accepted the user's own secrets. An attacker without the user's
    /// secrets never sees whether the device password was rejected.
    Device,
    /// The caller may have guessed the password of a user.
    Password,
}

/// A step of a choice-based sign-in that hides whether the account exists: the response to the step
/// is the same for every user name. [`Error::in_hidden_sign_in`] records the step of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HiddenStep {
    /// The caller sent a code from an e-mail or an SMS.
    Code,
    /// The caller chose a first factor, or requested the list of factors.
    Factor,
    /// The caller sent a password or the credential of a passkey.
    Password,
}

impl Error {
    /// Returns the substitute for this error in a response to the public. Returns `None` if the
    /// error reveals neither whether an account exists nor its state.
    ///
    /// With the substitute, the response of a public operation does not depend on whether the
    /// account exists, or on its state. An error for which
    /// [`reveals_account`](Self::reveals_account) returns `true` has a substitute:
    ///
    /// | operation | substitute |
    /// |---|---|
    /// | `InitiateAuth`, `AdminInitiateAuth` | a wrong password (401) |
    /// | `RespondToAuthChallenge`, `AdminRespondToAuthChallenge` | a wrong code (400) after a [guessed code](Self::with_guessed), otherwise a wrong password (401) |
    /// | `ConfirmSignUp`, `ConfirmForgotPassword` | a wrong code (400) |
    /// | `ForgotPassword`, `ResendConfirmationCode` | a code that was sent |
    /// | `UpdateAuthEventFeedback` | a wrong feedback token (401) |
    /// | other [public](Operation::is_public) operations, or no operation | a wrong password (401) |
    ///
    /// Errors of operations that are not public have no substitute: an operator who requests a user
    /// that does not exist receives a 404. `SignUp` reveals that a name is taken
    /// ([`UserExists`](ErrorKind::UserExists)).
    ///
    /// In a [sign-in that must not reveal whether the account exists](Self::in_hidden_sign_in), the
    /// step determines the substitute:
    ///
    /// | step | substitute |
    /// |---|---|
    /// | [`Code`](HiddenStep::Code) | a wrong code (400) |
    /// | [`Factor`](HiddenStep::Factor) | a code that was sent |
    /// | [`Password`](HiddenStep::Password) | a wrong password (401) |
    pub fn substitute(&self) -> Option<Substitute> {
        if !self.reveals_account() {
            return None;
        }
        if let Some(step) = self.0.hidden_step {
            return Some(match step {
                HiddenStep::Code => Substitute::Error(ErrorKind::CodeMismatch),
                HiddenStep::Factor => Substitute::CodeSent,
                HiddenStep::Password => Substitute::Error(ErrorKind::InvalidCredentials),
            });
        }
        Some(match self.operation() {
            Some(Operation::ForgotPassword | Operation::ResendConfirmationCode) => {
                Substitute::CodeSent
            }
            Some(Operation::ConfirmForgotPassword | Operation::ConfirmSignUp) => {
                Substitute::Error(ErrorKind::CodeMismatch)
            }
            Some(Operation::UpdateAuthEventFeedback) => Substitute::Error(ErrorKind::NotAuthorized),
            Some(Operation::RespondToAuthChallenge | Operation::AdminRespondToAuthChallenge)
                if self.0.guessed == Some(GuessedSecret::Code) =>
            {
                Substitute::Error(ErrorKind::CodeMismatch)
            }
            _ => Substitute::Error(ErrorKind::InvalidCredentials),
        })
    }

    /// Returns the kind that a response to the public may show: the kind of the
    /// [substitute](Self::substitute). If the error has no substitute, this is the kind of the
    /// error itself.
    ///
    /// [`CodeSent`](Substitute::CodeSent) is not an error. For it, the result is the kind of a
    /// wrong password ([`InvalidCredentials`](ErrorKind::InvalidCredentials)).
    pub fn public_kind(&self) -> ErrorKind {
        match self.substitute() {
            None => self.kind(),
            Some(Substitute::Error(kind)) => kind,
            Some(Substitute::CodeSent) => ErrorKind::InvalidCredentials,
        }
    }

    /// Returns `true` if exposing this error would reveal whether an account exists, or its state.
    ///
    /// The result depends on the operation:
    ///
    /// - An error that occurs before the call to Cognito depends only on the request, so it reveals
    ///   nothing.
    /// - A rejection by the attempt guard depends only on the name and the address, so it reveals
    ///   nothing.
    /// - Cognito's own attempt limits apply only to existing users, so they reveal that the account
    ///   exists.
    pub fn reveals_account(&self) -> bool {
        let kind = self.kind();
        match self.0.hidden_step {
            Some(HiddenStep::Factor) => return self.depends_on_factor(),
            Some(HiddenStep::Code | HiddenStep::Password) => return self.depends_on_session(),
            None => {}
        }
        if self.0.guessed == Some(GuessedSecret::Device) {
            return kind.describes_account();
        }
        match self.operation() {
            Some(Operation::ForgotPassword | Operation::ResendConfirmationCode) => {
                kind.describes_account() || self.depends_on_recipient()
            }
            Some(Operation::ConfirmForgotPassword | Operation::ConfirmSignUp) => {
                matches!(
                    kind,
                    ErrorKind::CodeExpired | ErrorKind::CodeMismatch | ErrorKind::Delivery
                ) || self.depends_on_account()
            }
            Some(Operation::InitiateAuth | Operation::AdminInitiateAuth) => {
                self.depends_on_account() || self.is_early_trigger() || self.is_migration()
            }
            Some(Operation::RespondToAuthChallenge | Operation::AdminRespondToAuthChallenge) => {
                let is_limit = kind == ErrorKind::AttemptLimit && self.is_from_aws();
                let is_denied = matches!(
                    kind,
                    ErrorKind::InvalidCredentials | ErrorKind::NotAuthorized
                );
                kind.describes_account() || is_limit || is_denied || self.is_early_trigger()
            }
            // AWS does not document the error for a wrong token, event or user.
            Some(Operation::UpdateAuthEventFeedback) => {
                self.depends_on_account() || kind == ErrorKind::NotFound
            }
            Some(operation) => operation.is_public() && kind.describes_account(),
            None => {
                kind.describes_account() || kind == ErrorKind::AttemptLimit && self.is_from_aws()
            }
        }
    }

    /// Returns `true` if the error counts against the attempt limit. These errors count:
    ///
    /// - a wrong secret;
    /// - every error that the public cannot distinguish from a wrong secret;
    /// - a timeout or a lost response of an operation that changes the account if the code or
    ///   password is right. The caller can detect this change without the response.
    ///
    /// Security: errors of existing and of unknown accounts must count equally. Otherwise the
    /// number of attempts before the limit would reveal which accounts exist.
    pub fn counts_as_attempt(&self) -> bool {
        let kind = self.kind();
        kind.is_wrong_secret()
            || kind.describes_account()
            || matches!(kind, ErrorKind::AlreadyConfirmed | ErrorKind::CodeExpired)
            || kind == ErrorKind::AttemptLimit && self.is_from_aws()
            || self.is_lost_guess()
            || matches!(self.substitute(), Some(Substitute::Error(_)))
    }

    /// Records which secret the caller sent in the sign-in step that failed. An attacker may have
    /// guessed this secret, so the [substitute](Self::substitute) depends on it. For example, the
    /// substitute of a guessed code is a wrong code. If a secret is already recorded, the call has
    /// no effect.
    pub fn with_guessed(mut self, secret: GuessedSecret) -> Self {
        self.0.guessed.get_or_insert(secret);
        self
    }

    /// Records that the error is from a sign-in that must not reveal whether the account exists.
    /// The [substitute](Self::substitute) then depends on the step, not on the operation. If a step
    /// is already recorded, it is kept.
    pub fn in_hidden_sign_in(mut self, step: HiddenStep) -> Self {
        self.0.hidden_step.get_or_insert(step);
        self
    }

    fn is_from_aws(&self) -> bool {
        self.code().is_some()
    }

    /// Returns `true` if the response was lost, and a right code or password in the request would
    /// have changed the account. The caller can detect such a change without the response. For
    /// example, an attacker can send many guessed codes of a password reset. One sign-in with the
    /// new password then shows whether one of the codes was right.
    fn is_lost_guess(&self) -> bool {
        let is_lost = matches!(self.kind(), ErrorKind::ReplyLost | ErrorKind::Timeout);
        let takes_effect = matches!(
            self.operation(),
            Some(
                Operation::ChangePassword
                    | Operation::ConfirmForgotPassword
                    | Operation::ConfirmSignUp
                    | Operation::VerifyUserAttribute
            )
        );
        is_lost && takes_effect
    }

    /// Returns `true` if the error can depend on the account: the same request with another user
    /// name could get another response from Cognito.
    fn depends_on_account(&self) -> bool {
        let kind = self.kind();
        kind.describes_account()
            || matches!(
                kind,
                ErrorKind::AlreadyConfirmed
                    | ErrorKind::InvalidCredentials
                    | ErrorKind::NotAuthorized
            )
            || self.is_from_aws()
                && matches!(kind, ErrorKind::AttemptLimit | ErrorKind::InvalidParameter)
    }

    /// Returns `true` if the error can depend on whether Cognito can send a code to the user. Only
    /// the errors that AWS finds before it looks up the user are the same for all users. Therefore
    /// returns `true` for all other errors of AWS.
    fn depends_on_recipient(&self) -> bool {
        match self.kind() {
            ErrorKind::AlreadyConfirmed
            | ErrorKind::Delivery
            | ErrorKind::InvalidCredentials
            | ErrorKind::NotAuthorized
            | ErrorKind::TriggerFailed
            | ErrorKind::TriggerRejected => true,
            _ => self.is_from_aws() && !self.is_before_user(),
        }
    }

    /// Returns `true` if this error can depend on the user after the selection of a first factor.
    fn depends_on_factor(&self) -> bool {
        self.depends_on_session() || self.depends_on_recipient()
    }

    /// Returns `true` if the error of a request with a code, a password or a passkey can depend on
    /// the user. Such a request needs a session, and Cognito creates sessions only for some users.
    /// An error that occurs only with a session can therefore reveal that the account exists.
    ///
    /// Returns `false` for errors that AWS finds before it looks up the user, and for errors that
    /// occur only after a right secret. Returns `true` for all other errors of AWS.
    fn depends_on_session(&self) -> bool {
        match self.kind() {
            ErrorKind::ChallengeExpired
            | ErrorKind::CodeExpired
            | ErrorKind::CodeMismatch
            | ErrorKind::Delivery
            | ErrorKind::TriggerRejected => true,
            ErrorKind::Configuration | ErrorKind::DeliveryQuota => false,
            ErrorKind::TriggerFailed => self.is_migration(),
            _ => self.depends_on_account() || self.is_from_aws() && !self.is_before_user(),
        }
    }

    /// Returns `true` if AWS found the error before it looked up the user.
    fn is_before_user(&self) -> bool {
        match self.kind() {
            ErrorKind::ClientAuth
            | ErrorKind::Credentials
            | ErrorKind::FlowNotEnabled
            | ErrorKind::NotFound
            | ErrorKind::Throttled
            | ErrorKind::Upstream
            | ErrorKind::WafBlocked => true,
            ErrorKind::Configuration => self.is_about_client(),
            _ => false,
        }
    }

    /// Returns `true` if the error is about the client or the pool, which AWS checks before it
    /// looks up the user: one of them does not exist, the client secret is wrong, or access is
    /// denied.
    fn is_about_client(&self) -> bool {
        matches!(
            self.code(),
            Some("AccessDenied" | "AccessDeniedException" | "ResourceNotFoundException")
        ) || messages::is_about_client_secret(self.aws_message().unwrap_or_default())
    }

    /// Returns `true` if a Lambda trigger rejected the sign-in before the secret was checked. AWS's
    /// message starts with the name of the trigger, such as `PreAuthentication failed with error
    /// …`. Returns `false` for triggers that run after the right password: their rejection reveals
    /// nothing to an attacker without the password.
    fn is_early_trigger(&self) -> bool {
        const AFTER_THE_PASSWORD: [&str; 2] = ["PostAuthentication", "PreTokenGeneration"];
        let message = self.aws_message().unwrap_or_default();
        let is_late = AFTER_THE_PASSWORD
            .iter()
            .any(|trigger| message.starts_with(trigger));
        self.kind() == ErrorKind::TriggerRejected && !is_late
    }

    /// Returns `true` if the trigger for user migration failed. Cognito calls this trigger only for
    /// names without an account.
    fn is_migration(&self) -> bool {
        let message = self.aws_message().unwrap_or_default();
        self.kind() == ErrorKind::TriggerFailed && message.starts_with("UserMigration")
    }
}
