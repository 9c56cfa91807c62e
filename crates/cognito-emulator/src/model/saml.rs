//! SAML 2.0: the messages between a pool and its SAML providers, and their signatures.

mod c14n;
pub(crate) mod certificate;
pub(crate) mod encryption;
pub(crate) mod issue;
pub(crate) mod metadata;
pub(crate) mod request;
pub(crate) mod response;
mod signature;
mod xml;
