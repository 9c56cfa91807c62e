//! The single rule for what the public sees of an error.
//!
//! HTTP code uses [`Error::public_outcome`], and the attempt guard uses
//! [`Error::counts_as_attempt`], which is derived from it: a response that looks like a wrong
//! secret is also counted like one.

use crate::error::{EnumerationPolicy, Error, ErrorKind};
use crate::operations::Operation;

/// What the public sees of a failed operation. See [`Error::public_outcome`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublicOutcome {
    /// The error itself, with its status, message and [`retry_after`](Error::retry_after).
    Shown,
    /// Only the status and message of this kind.
    ShownAs(ErrorKind),
    /// The response to a successful request: a code was sent.
    ShownAsSent,
}

/// The secret that a caller may have guessed in a step of a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GuessedSecret {
    /// A code that was sent, or that an authenticator app shows.
    Code,
    /// The password of a remembered device. Cognito requests it after everything else, so its
    /// rejection reveals nothing to an attacker.
    Device,
    /// A password.
    Password,
}

impl Error {
    /// Returns what the public sees of this error.
    ///
    /// With [`EnumerationPolicy::Hide`], the outcome of a public operation does not depend on
    /// whether the account exists, or on its state:
    ///
    /// | operation | an error that [reveals an account](Self::reveals_account) is shown as |
    /// |---|---|
    /// | `InitiateAuth`, `AdminInitiateAuth` | a wrong password (401) |
    /// | `RespondToAuthChallenge`, `AdminRespondToAuthChallenge` | a wrong code (400) after a [guessed code](Self::with_guessed), else a wrong password |
    /// | `ConfirmSignUp`, `ConfirmForgotPassword` | a wrong code (400) |
    /// | `ForgotPassword`, `ResendConfirmationCode` | a code that was sent |
    /// | other [public](Operation::is_public) operations | a wrong password, if it tells the state of an account |
    ///
    /// Errors of other operations are always shown: an operator who asks for a user that does not
    /// exist receives a 404. `SignUp` reveals that a name is taken
    /// ([`UserExists`](ErrorKind::UserExists)).
    #[must_use]
    pub fn public_outcome(&self, policy: EnumerationPolicy) -> PublicOutcome {
        if policy == EnumerationPolicy::Reveal || !self.reveals_account() {
            return PublicOutcome::Shown;
        }
        match self.operation() {
            Some(Operation::ForgotPassword | Operation::ResendConfirmationCode) => {
                PublicOutcome::ShownAsSent
            }
            Some(Operation::ConfirmForgotPassword | Operation::ConfirmSignUp) => {
                PublicOutcome::ShownAs(ErrorKind::CodeMismatch)
            }
            Some(Operation::RespondToAuthChallenge | Operation::AdminRespondToAuthChallenge)
                if self.0.guessed == Some(GuessedSecret::Code) =>
            {
                PublicOutcome::ShownAs(ErrorKind::CodeMismatch)
            }
            _ => PublicOutcome::ShownAs(ErrorKind::InvalidCredentials),
        }
    }

    /// Returns the kind that the public sees: that of the error, or the one it is
    /// [shown as](PublicOutcome::ShownAs).
    #[must_use]
    pub fn public_kind(&self, policy: EnumerationPolicy) -> ErrorKind {
        match self.public_outcome(policy) {
            PublicOutcome::Shown => self.kind(),
            PublicOutcome::ShownAs(kind) => kind,
            PublicOutcome::ShownAsSent => ErrorKind::InvalidCredentials,
        }
    }

    /// Returns `true` if exposing this error would reveal whether an account exists, or its state.
    ///
    /// The result depends on the operation. An error that was found before Cognito was called
    /// depends on the request only and reveals nothing; so does the attempt guard's rejection,
    /// which depends on the name and the address. Cognito's own limits apply only to existing users
    /// and do reveal one.
    #[must_use]
    pub fn reveals_account(&self) -> bool {
        let kind = self.kind();
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
                self.depends_on_account() || self.is_early_trigger()
            }
            Some(Operation::RespondToAuthChallenge | Operation::AdminRespondToAuthChallenge) => {
                let is_limit = kind == ErrorKind::AttemptLimit && self.is_from_aws();
                let is_denied = matches!(
                    kind,
                    ErrorKind::InvalidCredentials | ErrorKind::NotAuthorized
                );
                kind.describes_account() || is_limit || is_denied || self.is_early_trigger()
            }
            Some(operation) => operation.is_public() && kind.describes_account(),
            None => {
                kind.describes_account() || kind == ErrorKind::AttemptLimit && self.is_from_aws()
            }
        }
    }

    /// Returns `true` if the error counts against the attempt limit: a wrong secret, and every error
    /// that the public cannot tell from one.
    ///
    /// Security: if only the errors of existing accounts were counted, or only those of unknown ones,
    /// the number of attempts before the limit would reveal which accounts exist.
    #[must_use]
    pub fn counts_as_attempt(&self) -> bool {
        let kind = self.kind();
        kind.is_wrong_secret()
            || kind.describes_account()
            || matches!(kind, ErrorKind::AlreadyConfirmed | ErrorKind::CodeExpired)
            || kind == ErrorKind::AttemptLimit && self.is_from_aws()
            || matches!(
                self.public_outcome(EnumerationPolicy::Hide),
                PublicOutcome::ShownAs(_)
            )
    }

    /// Returns `true` if the public does not see this error and only the operator can fix its
    /// cause: a code could not be delivered, a setting of the pool is wrong, a Lambda trigger
    /// failed. HTTP code that hides it should log it.
    #[must_use]
    pub fn needs_operator(&self) -> bool {
        let is_fault = self.kind() == ErrorKind::Quota || self.status() >= 500;
        is_fault && self.reveals_account()
    }

    /// Records the secret that the caller may have guessed in this step of a sign-in, which decides
    /// what the public sees. If one is already recorded, it stays.
    #[must_use]
    pub fn with_guessed(mut self, secret: GuessedSecret) -> Self {
        self.0.guessed.get_or_insert(secret);
        self
    }

    fn is_from_aws(&self) -> bool {
        self.code().is_some()
    }

    /// Returns `true` if Cognito could have responded differently to the same secret for another
    /// account.
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

    /// Returns `true` if Cognito responds with this error only if there is a user to send a code
    /// to. This holds for every error of AWS, except those that are found before the user is looked
    /// up.
    #[must_use]
    pub fn depends_on_recipient(&self) -> bool {
        match self.kind() {
            ErrorKind::ClientAuth
            | ErrorKind::Credentials
            | ErrorKind::FlowNotEnabled
            | ErrorKind::NotFound
            | ErrorKind::Throttled
            | ErrorKind::Upstream
            | ErrorKind::WafBlocked => false,
            ErrorKind::Configuration => self.is_from_aws() && !self.is_about_client(),
            ErrorKind::AlreadyConfirmed
            | ErrorKind::Delivery
            | ErrorKind::InvalidCredentials
            | ErrorKind::NotAuthorized
            | ErrorKind::TriggerFailed
            | ErrorKind::TriggerRejected => true,
            _ => self.is_from_aws(),
        }
    }

    /// Returns `true` for a wrong setting that is found before the user is looked up: the pool or
    /// the client does not exist, or the client secret is wrong.
    fn is_about_client(&self) -> bool {
        let message = self.aws_message().unwrap_or_default().to_ascii_lowercase();
        matches!(
            self.code(),
            Some("AccessDenied" | "AccessDeniedException" | "ResourceNotFoundException")
        ) || message.contains("secret")
    }

    /// Returns `true` if a Lambda trigger rejected the sign-in before the password was checked.
    /// AWS's message names the trigger: `PreAuthentication failed with error …`. Triggers that run
    /// after the right password reveal nothing to an attacker.
    fn is_early_trigger(&self) -> bool {
        const AFTER_THE_PASSWORD: [&str; 2] = ["PostAuthentication", "PreTokenGeneration"];
        let message = self.aws_message().unwrap_or_default();
        let is_late = AFTER_THE_PASSWORD
            .iter()
            .any(|trigger| message.starts_with(trigger));
        self.kind() == ErrorKind::TriggerRejected && !is_late
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HIDE: EnumerationPolicy = EnumerationPolicy::Hide;

    fn aws(operation: Operation, code: &str, message: &str) -> Error {
        Error::from_aws(code, message).with_operation(operation)
    }

    /// Errors that Cognito returns only for some accounts.
    const OF_AN_ACCOUNT: [(&str, &str); 8] = [
        ("InvalidParameterException", "no verified email"),
        ("LimitExceededException", "Attempt limit exceeded"),
        ("NotAuthorizedException", "Password attempts exceeded"),
        ("NotAuthorizedException", "User is disabled."),
        ("PasswordResetRequiredException", ""),
        ("TooManyFailedAttemptsException", ""),
        ("UserNotConfirmedException", ""),
        ("UserNotFoundException", ""),
    ];
    /// Errors that Cognito returns for every account.
    const OF_EVERY_ACCOUNT: [(&str, &str); 4] = [
        ("InternalErrorException", ""),
        ("InvalidPasswordException", ""),
        (
            "ResourceNotFoundException",
            "User pool client x does not exist.",
        ),
        ("TooManyRequestsException", ""),
    ];

    #[test]
    fn account_errors_look_alike_in_each_operation() {
        for (operation, outcome) in [
            (
                Operation::AdminInitiateAuth,
                PublicOutcome::ShownAs(ErrorKind::InvalidCredentials),
            ),
            (
                Operation::InitiateAuth,
                PublicOutcome::ShownAs(ErrorKind::InvalidCredentials),
            ),
            (
                Operation::ConfirmSignUp,
                PublicOutcome::ShownAs(ErrorKind::CodeMismatch),
            ),
            (
                Operation::ConfirmForgotPassword,
                PublicOutcome::ShownAs(ErrorKind::CodeMismatch),
            ),
            (Operation::ForgotPassword, PublicOutcome::ShownAsSent),
            (
                Operation::ResendConfirmationCode,
                PublicOutcome::ShownAsSent,
            ),
        ] {
            for (code, message) in OF_AN_ACCOUNT {
                let error = aws(operation, code, message);
                assert_eq!(error.public_outcome(HIDE), outcome, "{operation:?} {code}");
                // Requests for a code do not count as attempts.
                let is_attempt = outcome != PublicOutcome::ShownAsSent;
                assert!(
                    !is_attempt || error.counts_as_attempt(),
                    "{operation:?} {code}"
                );
                let shown = error.public_outcome(EnumerationPolicy::Reveal);
                assert_eq!(shown, PublicOutcome::Shown);
            }
            for (code, message) in OF_EVERY_ACCOUNT {
                // A password is not sent with a request for a code, so it cannot break the policy.
                if code == "InvalidPasswordException" && outcome == PublicOutcome::ShownAsSent {
                    continue;
                }
                let error = aws(operation, code, message);
                let shown = error.public_outcome(HIDE);
                assert_eq!(shown, PublicOutcome::Shown, "{operation:?} {code}");
                assert!(!error.counts_as_attempt(), "{operation:?} {code}");
            }
        }
    }

    #[test]
    fn cognitos_lockout_looks_like_the_guessed_secret() {
        for operation in [
            Operation::AdminRespondToAuthChallenge,
            Operation::RespondToAuthChallenge,
        ] {
            let locked = |code, secret| {
                let error = aws(operation, code, "Password attempts exceeded");
                error.with_guessed(secret).public_kind(HIDE)
            };
            for code in ["NotAuthorizedException", "TooManyFailedAttemptsException"] {
                assert_eq!(locked(code, GuessedSecret::Code), ErrorKind::CodeMismatch);
                let password = locked(code, GuessedSecret::Password);
                assert_eq!(password, ErrorKind::InvalidCredentials);
            }
        }
    }

    #[test]
    fn errors_found_before_aws_reveal_nothing() {
        for kind in [
            ErrorKind::AttemptLimit,
            ErrorKind::InvalidParameter,
            ErrorKind::Timeout,
        ] {
            for operation in Operation::ALL {
                let error = Error::new(kind).with_operation(*operation);
                assert!(!error.reveals_account(), "{kind:?} {operation:?}");
                assert!(!error.counts_as_attempt(), "{kind:?} {operation:?}");
            }
        }
    }

    #[test]
    fn account_states_are_hidden_in_public_operations_only() {
        for kind in ErrorKind::ALL
            .iter()
            .filter(|kind| kind.describes_account())
        {
            for operation in Operation::ALL {
                let error = Error::new(*kind).with_operation(*operation);
                let is_hidden = error.public_outcome(HIDE) != PublicOutcome::Shown;
                assert_eq!(is_hidden, operation.is_public(), "{kind:?} {operation:?}");
            }
        }
    }

    #[test]
    fn late_triggers_are_shown_at_sign_in() {
        for (message, is_hidden) in [
            ("PreAuthentication failed with error no.", true),
            ("UserMigration failed with error no.", true),
            ("PostAuthentication failed with error no.", false),
            ("PreTokenGeneration failed with error no.", false),
        ] {
            for operation in [Operation::AdminInitiateAuth, Operation::InitiateAuth] {
                let error = aws(operation, "UserLambdaValidationException", message);
                assert_eq!(error.reveals_account(), is_hidden, "{message}");
                assert_eq!(error.counts_as_attempt(), is_hidden, "{message}");
            }
        }
        let failed = aws(Operation::InitiateAuth, "UnexpectedLambdaException", "");
        assert!(!failed.reveals_account() && !failed.counts_as_attempt());
    }

    #[test]
    fn early_triggers_are_hidden_at_first_factors() {
        let error = aws(
            Operation::RespondToAuthChallenge,
            "UserLambdaValidationException",
            "PreAuthentication failed with error no.",
        );
        let shown = error
            .with_guessed(GuessedSecret::Password)
            .public_kind(HIDE);
        assert_eq!(shown, ErrorKind::InvalidCredentials);
    }

    #[test]
    fn rejected_device_is_no_attempt() {
        let error = aws(Operation::InitiateAuth, "NotAuthorizedException", "");
        assert!(error.counts_as_attempt());
        assert!(
            !error
                .with_guessed(GuessedSecret::Device)
                .counts_as_attempt()
        );
    }

    #[test]
    fn hidden_faults_need_the_operator() {
        for (code, needs) in [
            ("CodeDeliveryFailureException", true),
            ("InvalidEmailRoleAccessPolicyException", true),
            ("InvalidSmsRoleTrustRelationshipException", true),
            ("ServiceQuotaExceededException", true),
            ("UnexpectedLambdaException", true),
            ("LimitExceededException", false),
            ("UserNotFoundException", false),
            ("ResourceNotFoundException", false),
        ] {
            let error = aws(Operation::ForgotPassword, code, "User pool x");
            assert_eq!(error.needs_operator(), needs, "{code}");
        }
    }
}
