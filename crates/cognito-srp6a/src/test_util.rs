//! Access to internal parts, for this crate's tests. This is not a public interface: it may change
//! in any release.

use crate::client::{Challenge, Exchange};
use crate::error::SrpError;
use crate::group::{self, Exponent};
use crate::integer::Integer;
use crate::parameter;
use crate::server::ServerExchange;
use crate::session::ScramblingParameter;
use crate::subject::Subject;
use crate::verifier::Verifier;

/// N in big-endian order, g, and k in big-endian order.
#[must_use]
pub fn group() -> (Vec<u8>, u8, Vec<u8>) {
    (
        group::modulus().magnitude().to_vec(),
        group::GENERATOR,
        group::MULTIPLIER.to_vec(),
    )
}

/// An exchange with this private value, less than N - 1, in big-endian order.
#[must_use]
pub fn exchange(private: &[u8]) -> Exchange {
    Exchange::with_private(Exponent::from_be_bytes(private))
}

/// The other side with this private value and this secret block.
///
/// # Errors
///
/// Those of [`ServerExchange::start`].
pub fn server_exchange(
    verifier: &Verifier,
    srp_a: &str,
    private: &[u8],
    secret_block: &str,
) -> Result<ServerExchange, SrpError> {
    let private = Exponent::from_be_bytes(private);
    ServerExchange::with_private(verifier, srp_a, &private, secret_block.to_owned())
}

/// A verifier with this salt, in big-endian order.
#[must_use]
pub fn verifier(subject: Subject, password: &str, salt: &[u8]) -> Verifier {
    Verifier::with_salt(subject, password, Integer::from_be_bytes(salt))
}

/// The encoding of the value of a verifier.
#[must_use]
pub fn verifier_value(verifier: &Verifier) -> Vec<u8> {
    verifier.value.to_integer().encode().to_vec()
}

/// The encoding of a number, in big-endian order.
#[must_use]
pub fn encode(number: &[u8]) -> Vec<u8> {
    Integer::from_be_bytes(number).encode().to_vec()
}

/// u of two public values in hexadecimal digits, in big-endian order.
///
/// # Errors
///
/// What is wrong with them.
pub fn scrambling_parameter(srp_a: &str, srp_b: &str) -> Result<Vec<u8>, SrpError> {
    let srp_a = parameter::integer(parameter::SRP_A, srp_a)?;
    let srp_b = parameter::integer(parameter::SRP_B, srp_b)?;
    let u = ScramblingParameter::new(&srp_a, &srp_b)?;
    Ok(u.to_integer().magnitude().to_vec())
}

/// The digest of the names and a password.
#[must_use]
pub fn identity(subject: &Subject, password: &str) -> Vec<u8> {
    subject.identity(password).to_vec()
}

/// The session's key on the client's side.
///
/// # Errors
///
/// Those of [`Exchange::prove`].
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
