//! The client's side of an SRP exchange. The client has the password.

use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::digest::random;
use crate::error::SrpError;
use crate::group::{Exponent, PRIVATE_BYTES, Residue};
use crate::integer::Integer;
use crate::parameter::{self, SALT, SECRET_BLOCK, SRP_B};
use crate::session::{ScramblingParameter, SessionKey};
use crate::subject::Subject;
use crate::timestamp::Timestamp;

/// The client's side of one SRP exchange. It proves that the client has the password.
///
/// [`prove`](Self::prove) consumes the exchange, so every SRP step of every sign-in attempt needs a
/// new `Exchange`.
///
/// ```compile_fail,E0382
/// # use cognito_srp6a::{Challenge, Exchange, SrpError, Subject};
/// # fn example(user: &Subject, challenge: &Challenge<'_>, now: std::time::SystemTime) -> Result<(), SrpError> {
/// let exchange = Exchange::start()?;
/// let proof = exchange.prove(user, "SecurePass123!", challenge, now)?;
/// let again = exchange.prove(user, "SecurePass123!", challenge, now)?; // Moved above.
/// # Ok(()) }
/// ```
pub struct Exchange {
    /// The client's private value, a.
    private: Exponent,
    /// The client's public value, A.
    public: Integer,
}

impl Exchange {
    /// Starts an exchange with a private value of 512 random bits.
    ///
    /// `start` and [`prove`](Self::prove) take milliseconds of CPU time. In async code, call them
    /// on a thread for blocking work.
    ///
    /// # Errors
    ///
    /// [`SrpError::CryptoLibrary`] if AWS-LC fails.
    pub fn start() -> Result<Self, SrpError> {
        Ok(Self::with_private(Exponent::from_be_bytes(&*random::<
            PRIVATE_BYTES,
        >()?)))
    }

    pub(crate) fn with_private(private: Exponent) -> Self {
        let public = Residue::generator_to_the(&private).to_integer();
        Self { private, public }
    }

    /// Returns the client's public value, A, in hexadecimal. It is the parameter `SRP_A` of the
    /// sign-in.
    pub fn srp_a(&self) -> String {
        self.public.to_hex()
    }

    /// Creates the response to a challenge. The response proves that the client has the password,
    /// without revealing the password.
    ///
    /// The password is hashed as UTF-8 bytes without Unicode normalization, as Cognito's own
    /// clients do. The response contains the time `now`. Cognito rejects the response if `now`
    /// differs from its own time by several minutes.
    ///
    /// # Errors
    ///
    /// - [`SrpError::Malformed`], [`SrpError::OutOfGroup`] or [`SrpError::ZeroScramblingParameter`]
    ///   if the values of the challenge are invalid. A correct server does not send such values.
    /// - [`SrpError::TimeOutOfRange`] if `now` is not in the years 1970 to 9999.
    /// - [`SrpError::CryptoLibrary`] if AWS-LC fails.
    pub fn prove(
        self,
        subject: &Subject,
        password: &str,
        challenge: &Challenge<'_>,
        now: SystemTime,
    ) -> Result<Proof, SrpError> {
        let timestamp = Timestamp::new(now)?;
        let secret_block = parameter::base64(SECRET_BLOCK, challenge.secret_block)?;
        let key = self.key(subject, password, challenge)?;
        let signature = key.sign(subject, &secret_block, timestamp);
        Ok(Proof {
            signature: STANDARD.encode(signature),
            secret_block: challenge.secret_block.to_owned(),
            timestamp,
        })
    }

    pub(crate) fn key(
        self,
        subject: &Subject,
        password: &str,
        challenge: &Challenge<'_>,
    ) -> Result<SessionKey, SrpError> {
        let salt = parameter::integer(SALT, challenge.salt)?;
        let (srp_b, server) = parameter::public_value(SRP_B, challenge.srp_b)?;
        let u = ScramblingParameter::new(&self.public, &srp_b)?;
        let x = subject.private_key(&salt, password);
        // S = (B - k * g^x) ^ (a + u * x)
        let known = Residue::multiplier().times(&Residue::generator_to_the(&x));
        let exponent = self.private.plus_product(&u.to_exponent(), &x);
        let premaster = server.minus(&known).to_the(&exponent);
        SessionKey::derive(&u, &premaster.to_integer())
    }
}

redacted_debug!(Exchange);

/// The server's values in the challenge `PASSWORD_VERIFIER` or `DEVICE_PASSWORD_VERIFIER`.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Challenge<'a> {
    /// The server's public value, B: `SRP_B`, in hexadecimal.
    pub srp_b: &'a str,
    /// The salt of the password: `SALT`, in hexadecimal.
    pub salt: &'a str,
    /// `SECRET_BLOCK`, in Base64: an opaque value that the client sends back to the server.
    pub secret_block: &'a str,
}

impl<'a> Challenge<'a> {
    /// Reads B, the salt and the secret block from `ChallengeParameters`. `value` returns the
    /// parameter with a given name, or `None` if it is missing.
    ///
    /// # Errors
    ///
    /// [`SrpError::Missing`] names the first missing parameter.
    pub fn from_parameters(
        value: impl Fn(&'static str) -> Option<&'a str>,
    ) -> Result<Self, SrpError> {
        let find = |parameter| value(parameter).ok_or(SrpError::Missing { parameter });
        Ok(Self {
            srp_b: find(SRP_B)?,
            salt: find(SALT)?,
            secret_block: find(SECRET_BLOCK)?,
        })
    }
}

redacted_debug!(Challenge<'_>);

/// The response to a challenge. Cognito accepts it only for that challenge and only for a short
/// time.
#[derive(Clone)]
#[non_exhaustive]
pub struct Proof {
    /// `PASSWORD_CLAIM_SIGNATURE`, in Base64: the HMAC that proves that the client has the
    /// password.
    pub signature: String,
    /// `PASSWORD_CLAIM_SECRET_BLOCK`: the `SECRET_BLOCK` of the challenge, unchanged.
    pub secret_block: String,
    /// `TIMESTAMP`: the signed time, with a resolution of one second.
    pub timestamp: Timestamp,
}

impl Proof {
    /// Returns this proof as three members of `ChallengeResponses`, each with its name and value.
    pub fn into_parameters(self) -> [(&'static str, String); 3] {
        [
            (parameter::SIGNATURE, self.signature),
            (parameter::CLAIMED_SECRET_BLOCK, self.secret_block),
            (parameter::TIMESTAMP, self.timestamp.to_string()),
        ]
    }
}

redacted_debug!(Proof);
