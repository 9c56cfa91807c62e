//! The name of the service in authenticator apps ([`Issuer`]).

use std::sync::Arc;

use cognito_core::InvalidInput;

/// The name of the service, which an authenticator app shows next to the code.
#[derive(Clone, Debug)]
pub(super) struct Issuer(Arc<str>);

impl Issuer {
    /// Creates an issuer. A colon is invalid, because it separates the issuer from the account in
    /// the label of the URI (Key Uri Format).
    pub(super) fn new(name: &str) -> Result<Self, InvalidInput> {
        let fits = |c: char| c != ':' && !c.is_control();
        if (1..=64).contains(&name.len()) && name.chars().all(fits) && name.trim() == name {
            return Ok(Self(name.into()));
        }
        Err(InvalidInput::new(
            "issuer",
            "must be 1 to 64 bytes without colon, control characters and outer spaces",
        ))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}
