//! Messages for operators about a rejected token: why it was rejected, and what to do.

use cognito::error::sources;
use cognito::verifier::{CognitoVerifier, Reason, VerifyError};

/// Returns a message for operators that says why the token was rejected.
pub(crate) fn message(error: &VerifyError, verifier: &CognitoVerifier) -> String {
    if error.reason() == Reason::InvalidIssuer {
        let issuers: Vec<_> = verifier.issuers().collect();
        let issuers = issuers.join(" or ");
        return format!("the token was issued by another issuer (iss): expected {issuers}");
    }
    let sources = sources(error).skip(1);
    sources.fold(error.to_string(), |message, cause| {
        format!("{message}: {cause}")
    })
}

/// Returns what the operator can do about a rejection.
pub(crate) const fn advice(reason: Reason) -> &'static str {
    match reason {
        Reason::BearerPrefix => "pass only the part after `Bearer `",
        Reason::Malformed | Reason::DuplicateKey | Reason::TooLarge => {
            "copy the whole token, without quotation marks and line breaks; a refresh token cannot \
             be verified"
        }
        Reason::CriticalHeader
        | Reason::UnsupportedAlgorithm
        | Reason::WrongType
        | Reason::MissingKid => {
            "Cognito issues no such tokens: check which service issued the token"
        }
        Reason::InvalidIssuer => {
            "set --pool to the pool in the issuer of the token; for an emulator, set --issuer"
        }
        Reason::UnknownKid => "check --pool, and fetch the JWKS of the pool again",
        Reason::KeysUnavailable => {
            "the token may be valid: check the network and the JWKS, and try again"
        }
        Reason::InvalidSignature => {
            "do not use the token: its content was changed, or another key signed it"
        }
        Reason::WrongTokenUse => {
            "APIs expect access tokens; verify an ID token with --id, and an access token without it"
        }
        Reason::InvalidClient => "set --client to the app client of the token, or add --any-client",
        Reason::Expired => {
            "refresh the session or sign in again; if the token is new, check the clock of the host"
        }
        Reason::NotYetValid => "check the clock of the host, or allow a difference with --leeway",
        Reason::InvalidClaim => {
            "Cognito issues no such claim: check the pre token generation trigger and the issuer"
        }
        Reason::TooOld | Reason::TooWeak => "let the user sign in again, with a stronger method",
        Reason::MissingGroup => {
            "add the user to the group; the next token, not this one, has the new group"
        }
        Reason::MissingScope => "request the scope at sign-in, and allow it for the app client",
        Reason::WrongAudience => "request the resource at sign-in (resource binding)",
        _ => "see the error catalogue, docs/reference/errors.md",
    }
}
