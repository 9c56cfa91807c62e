//! The data of a user pool (users, clients, settings) and the rules for it.
//!
//! The code of this module does not block: it has no locks and no shared state.
//!
//! Security: the internal types that hold secrets do not derive `Debug`, so that no log contains a
//! secret. This applies to the types of this module and of `state`.

pub(crate) mod acr;
pub(crate) mod adapted;
pub(crate) mod attributes;
pub(crate) mod auth_events;
pub(crate) mod authority;
pub(crate) mod aws;
pub(crate) mod client;
pub(crate) mod code;
pub(crate) mod custom;
pub(crate) mod device;
pub(crate) mod encrypted_message;
pub(crate) mod error;
pub(crate) mod factors;
pub(crate) mod failure;
pub(crate) mod federation;
pub(crate) mod group;
pub(crate) mod identity;
pub(crate) mod identity_provider;
pub(crate) mod import_job;
pub(crate) mod json;
pub(crate) mod levels;
pub(crate) mod media_type;
pub(crate) mod metadata_url;
pub(crate) mod named;
pub(crate) mod options;
pub(crate) mod passkeys;
pub(crate) mod password;
pub(crate) mod policy;
#[cfg(any(feature = "https", feature = "state"))]
pub(crate) mod private;
pub(crate) mod random;
pub(crate) mod recovery;
pub(crate) mod registration;
pub(crate) mod replica;
pub(crate) mod request;
pub(crate) mod restoration;
pub(crate) mod risk;
pub(crate) mod saml;
pub(crate) mod settings;
pub(crate) mod single_sign_on;
pub(crate) mod stored;
pub(crate) mod thin;
pub(crate) mod time;
pub(crate) mod totp;
pub(crate) mod trigger;
pub(crate) mod user;
pub(crate) mod user_sessions;
pub(crate) mod ways;
pub(crate) mod webauthn;
