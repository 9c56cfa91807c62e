//! Internal functions that the tests and benchmarks of this crate call. This module is not public
//! API and may change in any release.

use crate::client::{Challenge, Exchange};
use crate::error::SrpError;
use crate::group::{self, Exponent};
use crate::integer::Integer;
use crate::parameter;
use crate::server::ServerExchange;
use crate::session::ScramblingParameter;
use crate::subject::Subject;
use crate::verifier::Verifier;

/// Returns the modulus N, the generator g and the multiplier k. N and k are big-endian.
pub fn group() -> (Vec<u8>, u8, Vec<u8>) {
    (
        group::modulus().magnitude().to_vec(),
        group::GENERATOR,
        group::MULTIPLIER.to_vec(),
    )
}

/// Creates a client exchange with a given private value. `private` contains the value as a
/// big-endian number of at most 384 bytes.
pub fn exchange(private: &[u8]) -> Exchange {
    Exchange::with_private(Exponent::from_be_bytes(private))
}

/// Creates a server exchange with a given private value and a given secret block. `private`
/// contains the private value as a big-endian number of at most 384 bytes.
///
/// # Errors
///
/// The errors of [`ServerExchange::start`] that are not caused by the generation of random bytes.
pub fn server_exchange(
    verifier: &Verifier,
    srp_a: &str,
    private: &[u8],
    secret_block: &str,
) -> Result<ServerExchange, SrpError> {
    let private = Exponent::from_be_bytes(private);
    ServerExchange::with_private(verifier, srp_a, &private, secret_block.to_owned())
}

/// Creates the verifier of a password with a given salt. `salt` contains the salt as a big-endian
/// number.
pub fn verifier(subject: Subject, password: &str, salt: &[u8]) -> Verifier {
    Verifier::with_salt(subject, password, Integer::from_be_bytes(salt))
}

/// Returns the number that a verifier stores, as Cognito encodes it: the shortest big-endian two's
/// complement.
pub fn verifier_value(verifier: &Verifier) -> Vec<u8> {
    verifier.value.to_integer().encode().to_vec()
}

/// Returns a big-endian number as Cognito encodes it: the shortest big-endian two's complement.
pub fn encode(number: &[u8]) -> Vec<u8> {
    Integer::from_be_bytes(number).encode().to_vec()
}

/// Returns the scrambling parameter u, as big-endian bytes. `srp_a` and `srp_b` are the public
/// values A and B in hexadecimal.
///
/// # Errors
///
/// [`SrpError::Malformed`] or [`SrpError::ZeroScramblingParameter`].
pub fn scrambling_parameter(srp_a: &str, srp_b: &str) -> Result<Vec<u8>, SrpError> {
    let srp_a = parameter::integer(parameter::SRP_A, srp_a)?;
    let srp_b = parameter::integer(parameter::SRP_B, srp_b)?;
    let u = ScramblingParameter::new(&srp_a, &srp_b)?;
    Ok(u.to_integer().magnitude().to_vec())
}

/// Returns the SHA-256 of the two names of the subject (pool and user, or device group and device)
/// and a password. In SRP, this hash and the salt determine `x`, the private key that is derived
/// from the password.
pub fn identity(subject: &Subject, password: &str) -> Vec<u8> {
    subject.identity(password).to_vec()
}

/// Returns the session key that the client computes for a challenge.
///
/// # Errors
///
/// The errors of [`Exchange::prove`], except [`SrpError::TimeOutOfRange`].
pub fn key(
    exchange: Exchange,
    subject: &Subject,
    password: &str,
    challenge: &Challenge<'_>,
) -> Result<Vec<u8>, SrpError> {
    exchange
        .key(subject, password, challenge)
        .map(|key| key.0.to_vec())
}
