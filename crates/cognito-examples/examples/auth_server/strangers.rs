//! What is not told to somebody who may be anybody: who has an account, and who has asked for a code.

use cognito::Error;

use crate::site::problem::Problem;

/// The one answer to a code that was not taken, if why not would tell of a person.
pub(crate) fn code_refused(error: &Error) -> Option<Problem> {
    error.tells_of_a_code().then(|| {
        Problem::at(
            "code",
            "That code is not right, has expired, or is not needed any more. Look at the newest one, \
             or ask for another.",
        )
    })
}
