//! What an error tells a stranger, where they may be anybody.

use crate::error::{Error, ErrorKind};

/// The codes of settings that do not let a pool send. Cognito finds that out when it has somebody
/// to send to.
const CANNOT_SEND: [&str; 3] = [
    "InvalidEmailRoleAccessPolicyException",
    "InvalidSmsRoleAccessPolicyException",
    "InvalidSmsRoleTrustRelationshipException",
];

impl Error {
    /// Whether somebody else who asked for a code would have been answered otherwise, so that whoever
    /// hears it learns something of a person: whether they have an account, and in what state it is.
    ///
    /// An edge that anybody may ask should answer such an error as if the code had been sent. What was
    /// found before Cognito was asked depends on the request alone, and tells nothing.
    #[must_use]
    pub fn tells_of_a_person(&self) -> bool {
        match self.kind() {
            // AWS says so of a person without a verified address, and limits people whom it knows; we
            // say so of the request, and limit everybody alike.
            ErrorKind::AttemptLimit | ErrorKind::InvalidParameter => self.code().is_some(),
            ErrorKind::Configuration => self.is_about_sending(),
            ErrorKind::AlreadyConfirmed
            | ErrorKind::Delivery
            | ErrorKind::InvalidCredentials
            | ErrorKind::NotAuthorized
            | ErrorKind::TriggerFailed
            | ErrorKind::TriggerRejected => true,
            kind => kind.tells_who_has_an_account(),
        }
    }

    /// Whether the same code from somebody else would have been answered otherwise: whoever hears it
    /// learns who has an account, or who has asked for a code.
    ///
    /// An edge that anybody may ask should answer such an error as a wrong code. A password that will
    /// not do, and a trigger that fails, are told: they are met by whose code was right.
    #[must_use]
    pub fn tells_of_a_code(&self) -> bool {
        match self.kind() {
            ErrorKind::CodeExpired | ErrorKind::CodeMismatch => true,
            ErrorKind::TriggerFailed | ErrorKind::TriggerRejected => false,
            _ => self.tells_of_a_person(),
        }
    }

    /// Whether a code could not be sent to somebody who is there to get it. An edge that hides this
    /// from the public should tell it to its operator: nobody else will.
    #[must_use]
    pub fn is_about_sending(&self) -> bool {
        self.kind() == ErrorKind::Delivery
            || self.code().is_some_and(|code| CANNOT_SEND.contains(&code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What AWS answers about a person, and not about the request.
    const OF_A_PERSON: [&str; 10] = [
        "CodeDeliveryFailureException",
        "InvalidEmailRoleAccessPolicyException",
        "InvalidParameterException",
        "InvalidSmsRoleAccessPolicyException",
        "InvalidSmsRoleTrustRelationshipException",
        "LimitExceededException",
        "NotAuthorizedException",
        "PasswordResetRequiredException",
        "UserNotConfirmedException",
        "UserNotFoundException",
    ];
    /// What it answers to everybody alike.
    const OF_NOBODY: [&str; 4] = [
        "InternalErrorException",
        "InvalidPasswordException",
        "ResourceNotFoundException",
        "TooManyRequestsException",
    ];

    #[test]
    fn what_aws_says_of_a_person_tells_of_them_and_what_it_says_to_all_does_not() {
        for (codes, tells) in [(&OF_A_PERSON[..], true), (&OF_NOBODY[..], false)] {
            for code in codes {
                let error = Error::from_aws(code, "");
                assert_eq!(error.tells_of_a_person(), tells, "{code}");
                assert_eq!(error.tells_of_a_code(), tells, "{code}");
            }
        }
    }

    #[test]
    fn what_was_found_before_aws_was_asked_tells_nothing() {
        for kind in [ErrorKind::AttemptLimit, ErrorKind::InvalidParameter] {
            let error = Error::new(kind);
            assert!(
                !error.tells_of_a_person() && !error.tells_of_a_code(),
                "{kind:?}"
            );
        }
    }

    #[test]
    fn whoever_may_not_hear_of_an_account_may_not_hear_it_where_codes_are_sent() {
        for kind in ErrorKind::ALL {
            let error = Error::new(*kind);
            if kind.tells_who_has_an_account() {
                assert!(
                    error.tells_of_a_person() && error.tells_of_a_code(),
                    "{kind:?}"
                );
            }
            // A wrong code is found out when there is a code, so that it tells of one.
            if kind.is_wrong_secret() {
                assert!(error.tells_of_a_code(), "{kind:?}");
            }
        }
        let trigger = Error::from_aws("UserLambdaValidationException", "no");
        assert!(trigger.tells_of_a_person() && !trigger.tells_of_a_code());
    }

    #[test]
    fn a_code_that_could_not_be_sent_is_known_to_be_one() {
        let cannot_send = OF_A_PERSON
            .iter()
            .filter(|code| code.contains("Role") || code.contains("Delivery"));
        for code in cannot_send {
            assert!(Error::from_aws(code, "").is_about_sending(), "{code}");
        }
        for code in ["UserNotFoundException", "ResourceNotFoundException"] {
            assert!(!Error::from_aws(code, "").is_about_sending(), "{code}");
        }
    }
}
