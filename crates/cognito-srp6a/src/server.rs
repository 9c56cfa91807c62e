//! The server's side of an SRP exchange. The server has the verifier of the password.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::digest::random;
use crate::error::SrpError;
use crate::group::{Exponent, PRIVATE_BYTES, Residue};
use crate::parameter::{self, CLAIMED_SECRET_BLOCK, SIGNATURE, SRP_A, TIMESTAMP};
use crate::session::{ScramblingParameter, SessionKey};
use crate::subject::Subject;
use crate::timestamp::Timestamp;
use crate::verifier::Verifier;

/// The server's side of one SRP exchange. It checks that the client has the password. The server
/// needs only the [`Verifier`] of the password.
///
/// [`verify`](Self::verify) consumes the exchange even if the proof is wrong, so a second guess
/// requires a new exchange with a new challenge.
///
/// ```compile_fail,E0382
/// # use cognito_srp6a::{Answer, ServerExchange, SrpError};
/// # fn example(exchange: ServerExchange, answer: &Answer<'_>) {
/// let result = exchange.verify(answer);
/// let second_guess = exchange.verify(answer); // Moved above.
/// # }
/// ```
pub struct ServerExchange {
    subject: Subject,
    salt: String,
    srp_b: String,
    secret_block: String,
    key: SessionKey,
}

impl ServerExchange {
    /// Starts an exchange. `srp_a` is the client's public value, A: the parameter `SRP_A`, in
    /// hexadecimal.
    ///
    /// `start` takes milliseconds of CPU time. [`verify`](Self::verify) takes microseconds.
    ///
    /// # Errors
    ///
    /// - [`SrpError::Malformed`], [`SrpError::OutOfGroup`] or [`SrpError::ZeroScramblingParameter`]
    ///   if `srp_a` is invalid. A correct client does not send such a value.
    /// - [`SrpError::CryptoLibrary`] if AWS-LC fails.
    pub fn start(verifier: &Verifier, srp_a: &str) -> Result<Self, SrpError> {
        let private = Exponent::from_be_bytes(&*random::<PRIVATE_BYTES>()?);
        let secret_block = STANDARD.encode(random::<SECRET_BLOCK_BYTES>()?.as_slice());
        Self::with_private(verifier, srp_a, &private, secret_block)
    }

    pub(crate) fn with_private(
        verifier: &Verifier,
        srp_a: &str,
        private: &Exponent,
        secret_block: String,
    ) -> Result<Self, SrpError> {
        let (srp_a, client) = parameter::public_value(SRP_A, srp_a)?;
        // B = k * v + g^b
        let masked = Residue::multiplier().times(&verifier.value);
        let srp_b = masked
            .plus(&Residue::generator_to_the(private))
            .to_integer();
        let u = ScramblingParameter::new(&srp_a, &srp_b)?;
        // S = (A * v^u) ^ b
        let known = verifier.value.to_the(&u.to_exponent());
        let premaster = client.times(&known).to_the(private);
        Ok(Self {
            subject: verifier.subject.clone(),
            salt: verifier.salt.to_hex(),
            srp_b: srp_b.to_hex(),
            secret_block,
            key: SessionKey::derive(&u, &premaster.to_integer())?,
        })
    }

    /// Returns the server's public value, B, in hexadecimal. It is the parameter `SRP_B` of the
    /// challenge.
    pub fn srp_b(&self) -> &str {
        &self.srp_b
    }

    /// Returns the salt of the password, in hexadecimal. It is the parameter `SALT` of the
    /// challenge.
    pub fn salt(&self) -> &str {
        &self.salt
    }

    /// Returns the parameter `SECRET_BLOCK` of the challenge, in Base64. The client must send it
    /// back. Each exchange has a different value, so the server can use it to find the exchange of
    /// a response.
    pub fn secret_block(&self) -> &str {
        &self.secret_block
    }

    /// Verifies that the client has the password. Returns the time that the client signed. The
    /// caller must check that this time is recent.
    ///
    /// # Errors
    ///
    /// - [`SrpError::WrongSignature`] if the client signed with another password, user, secret
    ///   block or time, or if the response contains the secret block of another exchange.
    /// - [`SrpError::Malformed`] if a parameter does not have Cognito's format.
    pub fn verify(self, answer: &Answer<'_>) -> Result<Timestamp, SrpError> {
        let secret_block = parameter::base64(CLAIMED_SECRET_BLOCK, answer.secret_block)?;
        let is_ours = answer.secret_block == self.secret_block;
        let signature = parameter::base64(SIGNATURE, answer.signature)?;
        let time = answer.timestamp.parse()?;
        let is_signed = self
            .key
            .verifies(&self.subject, &secret_block, time, &signature);
        if is_ours && is_signed {
            Ok(time)
        } else {
            Err(SrpError::WrongSignature)
        }
    }
}

redacted_debug!(ServerExchange);

/// The client's response to a challenge, as the server receives it.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Answer<'a> {
    /// `PASSWORD_CLAIM_SIGNATURE`, in Base64: the HMAC that proves that the client has the
    /// password.
    pub signature: &'a str,
    /// `PASSWORD_CLAIM_SECRET_BLOCK`, in Base64: the `SECRET_BLOCK` of the challenge.
    pub secret_block: &'a str,
    /// `TIMESTAMP`: the time that the client signed. See [`Timestamp`] for the format.
    pub timestamp: &'a str,
}

impl<'a> Answer<'a> {
    /// Reads the signature, the secret block and the timestamp from `ChallengeResponses`. `value`
    /// returns the parameter with a given name, or `None` if it is missing.
    ///
    /// # Errors
    ///
    /// [`SrpError::Missing`] names the first missing parameter.
    pub fn from_parameters(
        value: impl Fn(&'static str) -> Option<&'a str>,
    ) -> Result<Self, SrpError> {
        let find = |parameter| value(parameter).ok_or(SrpError::Missing { parameter });
        Ok(Self {
            signature: find(SIGNATURE)?,
            secret_block: find(CLAIMED_SECRET_BLOCK)?,
            timestamp: find(TIMESTAMP)?,
        })
    }
}

redacted_debug!(Answer<'_>);

/// The number of random bytes in `SECRET_BLOCK`. Cognito's own secret block is longer, because it
/// contains the state of the exchange.
const SECRET_BLOCK_BYTES: usize = 32;
