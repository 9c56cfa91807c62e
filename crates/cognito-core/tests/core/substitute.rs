//! Tests of the substitute of each error, for every operation.

use cognito_core::error::{Audience, GuessedSecret, HiddenStep, Substitute, exception, exceptions};
use cognito_core::{Error, ErrorKind, Operation};

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
            Some(Substitute::Error(ErrorKind::InvalidCredentials)),
        ),
        (
            Operation::InitiateAuth,
            Some(Substitute::Error(ErrorKind::InvalidCredentials)),
        ),
        (
            Operation::ConfirmSignUp,
            Some(Substitute::Error(ErrorKind::CodeMismatch)),
        ),
        (
            Operation::ConfirmForgotPassword,
            Some(Substitute::Error(ErrorKind::CodeMismatch)),
        ),
        (Operation::ForgotPassword, Some(Substitute::CodeSent)),
        (
            Operation::ResendConfirmationCode,
            Some(Substitute::CodeSent),
        ),
    ] {
        for (code, message) in OF_AN_ACCOUNT {
            let error = aws(operation, code, message);
            assert_eq!(error.substitute(), outcome, "{operation:?} {code}");
            // Requests for a code do not count as attempts.
            let is_attempt = outcome != Some(Substitute::CodeSent);
            assert!(
                !is_attempt || error.counts_as_attempt(),
                "{operation:?} {code}"
            );
        }
        for (code, message) in OF_EVERY_ACCOUNT {
            // A password is not sent with a request for a code, so it cannot break the policy.
            if code == "InvalidPasswordException" && outcome == Some(Substitute::CodeSent) {
                continue;
            }
            let error = aws(operation, code, message);
            let shown = error.substitute();
            assert_eq!(shown, None, "{operation:?} {code}");
            assert!(!error.counts_as_attempt(), "{operation:?} {code}");
        }
    }
}

/// AWS does not document which of these errors a wrong token, event or user has.
#[test]
fn feedback_errors_look_like_wrong_token() {
    let operation = Operation::UpdateAuthEventFeedback;
    for (code, message) in [
        ("InvalidParameterException", "Invalid event"),
        ("NotAuthorizedException", "Invalid feedback token"),
        ("ResourceNotFoundException", "Event does not exist."),
        ("UserNotFoundException", "User does not exist."),
    ] {
        let shown = aws(operation, code, message).substitute();
        let expected = Substitute::Error(ErrorKind::NotAuthorized);
        assert_eq!(shown, Some(expected), "{code}");
    }
    for (code, message) in [
        ("InternalErrorException", ""),
        ("ResourceNotFoundException", "User pool x does not exist."),
        ("TooManyRequestsException", ""),
        ("UserPoolAddOnNotEnabledException", ""),
    ] {
        assert_eq!(aws(operation, code, message).substitute(), None, "{code}");
    }
    // The value in the request is malformed, so no request is sent.
    let malformed = Error::new(ErrorKind::InvalidParameter).with_operation(operation);
    assert_eq!(malformed.substitute(), None);
}

#[test]
fn cognitos_lockout_looks_like_the_guessed_secret() {
    for operation in [
        Operation::AdminRespondToAuthChallenge,
        Operation::RespondToAuthChallenge,
    ] {
        let locked = |code, secret| {
            let error = aws(operation, code, "Password attempts exceeded");
            error.with_guessed(secret).public_kind()
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
            let is_lost_guess =
                kind == ErrorKind::Timeout && GUESSES_WITH_EFFECT.contains(operation);
            assert_eq!(
                error.counts_as_attempt(),
                is_lost_guess,
                "{kind:?} {operation:?}"
            );
        }
    }
}

#[test]
fn account_states_are_hidden_in_public_operations_only() {
    for kind in [
        ErrorKind::PasswordResetRequired,
        ErrorKind::RiskBlocked,
        ErrorKind::TemporaryPasswordExpired,
        ErrorKind::UserDisabled,
        ErrorKind::UserNotConfirmed,
        ErrorKind::UserNotFound,
        ErrorKind::UserState,
    ] {
        for operation in Operation::ALL {
            let error = Error::new(kind).with_operation(*operation);
            let is_hidden = error.substitute().is_some();
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
    let shown = error.with_guessed(GuessedSecret::Password).public_kind();
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
fn hidden_faults_warn_the_operator() {
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
        let is_hidden = error.substitute().is_some();
        let is_warned = is_hidden && error.audience() != Audience::Caller;
        assert_eq!(is_warned, needs, "{code}");
    }
}

/// The operations whose success the caller can detect without the response.
const GUESSES_WITH_EFFECT: [Operation; 4] = [
    Operation::ChangePassword,
    Operation::ConfirmForgotPassword,
    Operation::ConfirmSignUp,
    Operation::VerifyUserAttribute,
];

#[test]
fn lost_replies_to_guesses_with_effect_count() {
    for operation in Operation::ALL {
        for kind in [ErrorKind::ReplyLost, ErrorKind::Timeout] {
            let error = Error::new(kind).with_operation(*operation);
            let counts = GUESSES_WITH_EFFECT.contains(operation);
            assert_eq!(error.counts_as_attempt(), counts, "{kind:?} {operation:?}");
        }
    }
}

/// The errors that AWS returns before it looks up the user.
const BEFORE_THE_USER: [(&str, &str); 6] = [
    ("InternalErrorException", ""),
    (
        "NotAuthorizedException",
        "Unable to verify secret hash for client x",
    ),
    (
        "InvalidParameterException",
        "USER_AUTH flow not enabled for this client",
    ),
    (
        "ResourceNotFoundException",
        "User pool client x does not exist.",
    ),
    ("TooManyRequestsException", ""),
    ("ForbiddenException", ""),
];

#[test]
fn hidden_sign_in_reveals_no_user_error() {
    let expected = |step, is_shown| match step {
        _ if is_shown => None,
        HiddenStep::Code => Some(Substitute::Error(ErrorKind::CodeMismatch)),
        HiddenStep::Factor => Some(Substitute::CodeSent),
        _ => Some(Substitute::Error(ErrorKind::InvalidCredentials)),
    };
    for step in [HiddenStep::Code, HiddenStep::Factor, HiddenStep::Password] {
        // After a right password or code, sending the next message may fail. An attacker does not
        // reach that step.
        let faults = [
            ("InvalidSmsRoleTrustRelationshipException", ""),
            ("InvalidEmailRoleAccessPolicyException", ""),
            (
                "LimitExceededException",
                "Exceeded daily email limit for the operation or the account.",
            ),
            (
                "UnexpectedLambdaException",
                "CustomMessage invocation failed due to error X.",
            ),
        ];
        let faults = faults.map(|fault| (fault, step != HiddenStep::Factor));
        let of_users = exceptions()
            .map(|exception| exception.code)
            .filter(|code| !BEFORE_THE_USER.iter().any(|(before, _)| before == code))
            .filter(|code| exception(code).is_some_and(|it| it.status < 500))
            .filter(|code| *code != "InvalidPasswordException" || step != HiddenStep::Factor)
            .map(|code| ((code, "words"), false));
        let before = BEFORE_THE_USER.map(|error| (error, true));
        for ((code, message), is_shown) in before.into_iter().chain(faults).chain(of_users) {
            for operation in [Operation::InitiateAuth, Operation::RespondToAuthChallenge] {
                let error = aws(operation, code, message).in_hidden_sign_in(step);
                let outcome = error.substitute();
                assert_eq!(
                    outcome,
                    expected(step, is_shown),
                    "{step:?} {code} {message}"
                );
                let is_guess = matches!(outcome, Some(Substitute::Error(_)));
                assert!(!is_guess || error.counts_as_attempt(), "{step:?} {code}");
            }
        }
        for kind in [
            ErrorKind::Network,
            ErrorKind::Timeout,
            ErrorKind::AttemptLimit,
        ] {
            let error = Error::new(kind).in_hidden_sign_in(step);
            assert_eq!(error.substitute(), None, "{kind:?}");
        }
    }
}

#[test]
fn address_in_a_message_does_not_reveal_account() {
    // The sandbox of Amazon SES names the recipient.
    let message = "Cognito received the following error from Amazon SES when attempting to send email: \
                   Email address is not verified. The following identities failed the check in region \
                   US-EAST-1: secretary@example.com";
    for code in ["CodeDeliveryFailureException", "InvalidParameterException"] {
        let error = aws(Operation::ForgotPassword, code, message);
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert_eq!(error.substitute(), Some(Substitute::CodeSent), "{code}");
        assert!(error.to_string().contains("Amazon SES"), "{error}");
    }
}

#[test]
fn failed_user_migration_looks_like_wrong_password() {
    let message = "UserMigration invocation failed due to error Socket timeout.";
    let error = aws(
        Operation::InitiateAuth,
        "UnexpectedLambdaException",
        message,
    );
    assert_eq!(error.public_kind(), ErrorKind::InvalidCredentials);
    assert!(error.counts_as_attempt());
}

/// Errors of a signed-in user's operations are not replaced, but a caller can guess a secret with
/// these operations. Therefore the guesses count as attempts.
#[test]
fn guesses_of_signed_in_users_count() {
    for (operation, code, message, counts) in [
        (
            Operation::ChangePassword,
            "NotAuthorizedException",
            "Incorrect username or password.",
            true,
        ),
        (
            Operation::ChangePassword,
            "LimitExceededException",
            "",
            true,
        ),
        (
            Operation::ChangePassword,
            "PasswordResetRequiredException",
            "",
            true,
        ),
        (
            Operation::ChangePassword,
            "InvalidPasswordException",
            "",
            false,
        ),
        (
            Operation::ChangePassword,
            "TooManyRequestsException",
            "",
            false,
        ),
        (
            Operation::VerifyUserAttribute,
            "CodeMismatchException",
            "",
            true,
        ),
        (
            Operation::VerifyUserAttribute,
            "ExpiredCodeException",
            "",
            true,
        ),
        (
            Operation::VerifyUserAttribute,
            "AliasExistsException",
            "",
            false,
        ),
    ] {
        let error = aws(operation, code, message);
        let outcome = error.substitute();
        assert_eq!(outcome, None, "{operation:?} {code}");
        assert_eq!(error.counts_as_attempt(), counts, "{operation:?} {code}");
    }
}

#[test]
fn outcome_for_recipient_is_known_without_aws_code() {
    for (kind, depends) in [
        (ErrorKind::AlreadyConfirmed, true),
        (ErrorKind::Delivery, true),
        (ErrorKind::InvalidCredentials, true),
        (ErrorKind::NotAuthorized, true),
        (ErrorKind::TriggerFailed, true),
        (ErrorKind::TriggerRejected, true),
        (ErrorKind::Configuration, false),
        (ErrorKind::Throttled, false),
        (ErrorKind::Timeout, false),
    ] {
        let error = Error::new(kind).with_operation(Operation::ForgotPassword);
        assert_eq!(error.reveals_account(), depends, "{kind:?}");
    }
}
