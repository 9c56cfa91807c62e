//! What can go wrong.

/// Why an exchange did not come to an end. No text holds anything that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SrpError {
    /// AWS-LC had no randomness or no memory. Nothing that is done here can cause it.
    #[error("the crypto library failed")]
    CryptoLibrary,
    /// A user pool id without a name after its last underscore.
    #[error("the user pool id has no pool name")]
    InvalidUserPoolId,
    /// A parameter is not in the form that Cognito writes: hexadecimal digits, Base64, a timestamp.
    #[error("{parameter} cannot be read")]
    Malformed {
        /// Its name in the API, such as `SRP_B`.
        parameter: &'static str,
    },
    /// A parameter is missing.
    #[error("{parameter} is missing")]
    Missing {
        /// Its name in the API, such as `SRP_B`.
        parameter: &'static str,
    },
    /// A public value, or the verifier of a device, is not one of 1 to N - 1. Whoever sends 0 or a
    /// multiple of N would know the session's key without any password (RFC 5054 sections 2.5.3 and
    /// 2.5.4).
    #[error("{parameter} is not in the group")]
    OutOfGroup {
        /// Its name in the API, such as `SRP_B`.
        parameter: &'static str,
    },
    /// The time is not in the years 1970 to 9999.
    #[error("the time is not in the years 1970 to 9999")]
    TimeOutOfRange,
    /// The signature is not that of somebody who knows the password and was sent this challenge.
    #[error("the signature is wrong")]
    WrongSignature,
    /// The hash of both public values is 0, so that the password would not matter (SRP-6a, "The
    /// client must abort if u = 0").
    #[error("the scrambling parameter is zero")]
    ZeroScramblingParameter,
}
