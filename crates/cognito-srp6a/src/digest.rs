//! SHA-256 and random bytes, from AWS-LC.

use aws_lc_rs::digest::{Context, SHA256, SHA256_OUTPUT_LEN};
use aws_lc_rs::rand;
use zeroize::Zeroizing;

use crate::error::SrpError;

/// Returns the SHA-256 of the concatenated parts.
pub(crate) fn digest(parts: &[&[u8]]) -> Zeroizing<[u8; SHA256_OUTPUT_LEN]> {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(part);
    }
    let mut bytes = Zeroizing::new([0; SHA256_OUTPUT_LEN]);
    for (to, from) in bytes.iter_mut().zip(context.finish().as_ref()) {
        *to = *from;
    }
    bytes
}

/// Returns `N` cryptographically secure random bytes.
pub(crate) fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>, SrpError> {
    let mut bytes = Zeroizing::new([0; N]);
    rand::fill(&mut *bytes).map_err(|_| SrpError::CryptoLibrary)?;
    Ok(bytes)
}
