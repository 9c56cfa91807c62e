//! What is not told to somebody who may be anybody: who has an account, and who has asked for a code.

use cognito::{Error, ErrorKind};

use crate::site::problem::Problem;

/// What AWS answers to those alone whose code it cannot send: the pool may not send text messages, or
/// e-mail.
const CANNOT_SEND: [&str; 3] = [
    "InvalidEmailRoleAccessPolicyException",
    "InvalidSmsRoleAccessPolicyException",
    "InvalidSmsRoleTrustRelationshipException",
];

/// Whether somebody else who asked for a code would have been answered otherwise.
///
/// AWS's own limits are among it: it counts for those who have an account.
pub(crate) fn tells_of_a_person(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::AlreadyConfirmed
        | ErrorKind::AttemptLimit
        | ErrorKind::Delivery
        | ErrorKind::InvalidCredentials
        | ErrorKind::InvalidParameter
        | ErrorKind::NotAuthorized
        | ErrorKind::PasswordResetRequired
        | ErrorKind::TemporaryPasswordExpired
        | ErrorKind::TriggerFailed
        | ErrorKind::TriggerRejected
        | ErrorKind::UserDisabled
        | ErrorKind::UserNotConfirmed
        | ErrorKind::UserNotFound
        | ErrorKind::UserState => true,
        ErrorKind::Configuration => error.code().is_some_and(|code| CANNOT_SEND.contains(&code)),
        _ => false,
    }
}

/// The one answer to a code that was not taken, if why not would tell of a person.
pub(crate) fn code_refused(error: &Error) -> Option<Problem> {
    let tells = match error.kind() {
        ErrorKind::CodeExpired | ErrorKind::CodeMismatch => true,
        // Our own limit is the same for everybody. AWS's is not.
        ErrorKind::AttemptLimit => error.code().is_some(),
        // Triggers run for those whose code was right.
        ErrorKind::TriggerFailed | ErrorKind::TriggerRejected => false,
        _ => tells_of_a_person(error),
    };
    tells.then(|| {
        Problem::at(
            "code",
            "That code is not right, has expired, or is not needed any more. Look at the newest one, \
             or ask for another.",
        )
    })
}
