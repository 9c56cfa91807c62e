//! The errors of this crate.

/// An error in an SRP exchange or in the registration of a device. The error message contains no
/// value that was sent or received.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SrpError {
    /// AWS-LC failed, for example because it had no random bytes. No input can cause this.
    #[error("the crypto library failed: report it as an issue")]
    CryptoLibrary,
    /// The user pool id does not consist of a region, an underscore and a name, as in
    /// `eu-central-1_aBcDeFgHi`.
    #[error("the user pool id has no pool name: it must be like eu-central-1_aBcDeFgHi")]
    InvalidUserPoolId,
    /// A parameter does not have Cognito's format. The format is hexadecimal, Base64 or a
    /// timestamp. A salt or verifier of a device must also be a non-negative number.
    #[error("{parameter} is malformed")]
    Malformed {
        /// The name of the parameter in the API, such as `SRP_B`.
        parameter: &'static str,
    },
    /// A required parameter is missing.
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
    /// The signature does not match the password, the subject, the secret block or the time.
    #[error("the signature is wrong")]
    WrongSignature,
    /// The scrambling parameter u, the hash of both public values, is 0. The password would then
    /// have no effect on the session key (SRP-6a: "The client must abort if u = 0").
    #[error("the scrambling parameter is zero: start the sign-in again")]
    ZeroScramblingParameter,
}
