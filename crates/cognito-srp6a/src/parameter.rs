//! The names of the SRP parameters in Cognito's API, and functions that parse their values.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::error::SrpError;
use crate::group::Residue;
use crate::integer::Integer;

pub(crate) const CLAIMED_SECRET_BLOCK: &str = "PASSWORD_CLAIM_SECRET_BLOCK";
pub(crate) const SALT: &str = "SALT";
pub(crate) const SECRET_BLOCK: &str = "SECRET_BLOCK";
pub(crate) const SIGNATURE: &str = "PASSWORD_CLAIM_SIGNATURE";
pub(crate) const SRP_A: &str = "SRP_A";
pub(crate) const SRP_B: &str = "SRP_B";
pub(crate) const TIMESTAMP: &str = "TIMESTAMP";

/// Parses a hexadecimal number. The error names `parameter`.
pub(crate) fn integer(parameter: &'static str, text: &str) -> Result<Integer, SrpError> {
    Integer::from_hex(text).ok_or(SrpError::Malformed { parameter })
}

/// Parses a public value: a hexadecimal number between 1 and N - 1. Returns the number and its
/// residue. The error names `parameter`.
pub(crate) fn public_value(
    parameter: &'static str,
    text: &str,
) -> Result<(Integer, Residue), SrpError> {
    let number = integer(parameter, text)?;
    let residue = Residue::from_outside(&number).ok_or(SrpError::OutOfGroup { parameter })?;
    Ok((number, residue))
}

/// Decodes Base64 (RFC 4648 section 4), with padding. The error names `parameter`.
pub(crate) fn base64(parameter: &'static str, text: &str) -> Result<Vec<u8>, SrpError> {
    let bytes = STANDARD.decode(text);
    bytes.map_err(|_| SrpError::Malformed { parameter })
}
