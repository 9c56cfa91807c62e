//! The errors of a [`SoftwareAuthenticator`](super::SoftwareAuthenticator).

use std::error::Error as StdError;
use std::fmt;

use passkey_client::WebauthnError;
use passkey_types::ctap2::Ctap2Error;

/// The reason why a browser or an authenticator rejects a request. A browser shows most of these
/// reasons to a page as `NotAllowedError`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthenticatorError {
    /// The authenticator already has a passkey that the options exclude (`excludeCredentials`).
    AlreadyRegistered,
    /// The options are not the JSON of a request. The string is the message of the JSON parser.
    InvalidOptions(String),
    /// The origin is not a URL with a domain and `https`. With `localhost`, `http` is allowed too.
    InvalidOrigin,
    /// The authenticator has no passkey for the options.
    NoPasskey,
    /// The relying party id in the options does not belong to the origin of the page.
    OtherRelyingParty,
    /// The user refused.
    Refused,
    /// The options require something that the authenticator does not support: the verification of
    /// the user, a discoverable credential or an algorithm.
    Unsupported,
    /// Another error. The string describes it.
    Other(String),
}

impl fmt::Display for AuthenticatorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyRegistered => f.write_str("the options exclude a passkey that exists"),
            Self::InvalidOptions(reason) => write!(f, "the options are not valid: {reason}"),
            Self::InvalidOrigin => f.write_str("the origin must be https://, with a domain"),
            Self::NoPasskey => f.write_str("there is no passkey for the options"),
            Self::OtherRelyingParty => {
                f.write_str("the relying party id does not belong to the origin")
            }
            Self::Refused => f.write_str("the user refused"),
            Self::Unsupported => f.write_str("the authenticator lacks what the options require"),
            Self::Other(reason) => write!(f, "the request failed: {reason}"),
        }
    }
}

impl StdError for AuthenticatorError {}

/// Converts an error of the browser or of its authenticator.
pub(super) fn rejected(error: WebauthnError) -> AuthenticatorError {
    match error {
        WebauthnError::CredentialNotFound => AuthenticatorError::NoPasskey,
        WebauthnError::OriginMissingDomain | WebauthnError::UnprotectedOrigin => {
            AuthenticatorError::InvalidOrigin
        }
        WebauthnError::OriginRpMissmatch
        | WebauthnError::InvalidRpId
        | WebauthnError::RequiresRelatedOriginsSupport => AuthenticatorError::OtherRelyingParty,
        WebauthnError::AuthenticatorError(code) => of_authenticator(code),
        other => AuthenticatorError::Other(format!("{other:?}")),
    }
}

/// Converts a status code of CTAP 2.
fn of_authenticator(code: u8) -> AuthenticatorError {
    match Ctap2Error::try_from(code) {
        Ok(Ctap2Error::CredentialExcluded) => AuthenticatorError::AlreadyRegistered,
        Ok(Ctap2Error::NoCredentials) => AuthenticatorError::NoPasskey,
        Ok(Ctap2Error::OperationDenied) => AuthenticatorError::Refused,
        Ok(Ctap2Error::UnsupportedAlgorithm | Ctap2Error::UnsupportedOption) => {
            AuthenticatorError::Unsupported
        }
        _ => AuthenticatorError::Other(format!("CTAP 2 status {code:#04x}")),
    }
}
