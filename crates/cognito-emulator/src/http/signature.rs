//! Reads the signature of a request (AWS Signature Version 4). The signature is not verified.

use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::model::failure::Failure;
use crate::model::settings::is_region;

/// Fails if a request has no signature in the header `Authorization`. Any signature is accepted.
pub(crate) fn check(headers: &HeaderMap) -> Result<(), Failure> {
    let Some(authorization) = headers.get(AUTHORIZATION) else {
        return Err(Failure::new(
            "MissingAuthenticationTokenException",
            "Missing Authentication Token",
        ));
    };
    if authorization.as_bytes().starts_with(b"AWS4-") {
        return Ok(());
    }
    Err(Failure::new(
        "IncompleteSignatureException",
        "Authorization header requires 'Credential', 'Signature' and 'SignedHeaders' parameters.",
    ))
}

/// Returns the region in the credential scope of the signature:
/// `Credential=KEY/DATE/REGION/SERVICE/aws4_request`. Returns `None` if there is no signature, or
/// if the region is not a valid name.
pub(crate) fn region(headers: &HeaderMap) -> Option<&str> {
    let scope = scope(headers)?;
    // An access key may contain slashes in other implementations, so count from the end.
    let region = scope.rsplit('/').nth(2)?;
    is_region(region).then_some(region)
}

/// Returns the access key of the signature if it is the id of an account: 12 digits, as in
/// LocalStack. Returns `None` for any other access key.
pub(crate) fn account(headers: &HeaderMap) -> Option<&str> {
    let (key, _) = scope(headers)?.split_once('/')?;
    let is_account = key.len() == 12 && key.bytes().all(|byte| byte.is_ascii_digit());
    is_account.then_some(key)
}

/// Returns the credential scope of the signature. Returns `None` if there is no signature.
fn scope(headers: &HeaderMap) -> Option<&str> {
    let authorization = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (_, scope) = authorization.split_once("Credential=")?;
    scope.split([',', ' ']).next()
}
