//! The errors of this crate.

/// The reason why an exchange failed. The message contains no transmitted value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SrpError {
    /// AWS-LC had no random bytes or no memory. No input of a user can cause this.
    #[error("the crypto library failed: report it as an issue")]
    CryptoLibrary,
    /// The user pool id has no name after its last underscore.
    #[error("the user pool id has no pool name: it must be like eu-central-1_aBcDeFgHi")]
    InvalidUserPoolId,
    /// A parameter does not have Cognito's format: hexadecimal, Base64 or a timestamp.
    #[error("{parameter} is malformed")]
    Malformed {
        /// The name of the parameter in the API, such as `SRP_B`.
        parameter: &'static str,
    },
    /// A parameter is missing.
    #[error("{parameter} is missing")]
    Missing {
        /// The name of the parameter in the API, such as `SRP_B`.
        parameter: &'static str,
    },
    /// A public value, or the verifier of a device, is not between 1 and N - 1. With 0 or a
    /// multiple of N, the sender could compute the session key without the password (RFC 5054
    /// sections 2.5.3 and 2.5.4).
    #[error("{parameter} is outside the group")]
    OutOfGroup {
        /// The name of the parameter in the API, such as `SRP_B`.
        parameter: &'static str,
    },
    /// The time is not in the years 1970 to 9999.
    #[error("the time is outside the years 1970 to 9999: set the clock of the host")]
    TimeOutOfRange,
    /// The signature does not match this password and this challenge.
    #[error("the signature is wrong")]
    WrongSignature,
    /// The hash of both public values is 0, so the password would have no effect (SRP-6a: "The
    /// client must abort if u = 0").
    #[error("the scrambling parameter is zero: start the sign-in again")]
    ZeroScramblingParameter,
}
