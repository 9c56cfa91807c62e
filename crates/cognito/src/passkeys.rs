//! Passkeys: registration for a signed-in user, and the data that a browser exchanges.
//!
//! [`OwnAccount`](crate::account::OwnAccount) registers, lists and deletes passkeys.
//! [`challenge::WebAuthn`](crate::challenge::WebAuthn) is the challenge of a sign-in with a
//! passkey.

pub use cognito_core::account::passkeys::{
    Passkey, PasskeyAssertion, PasskeyCreationOptions, PasskeyPage, PasskeyRegistration,
    PasskeyRequestOptions,
};
pub use cognito_core::id::PasskeyId;
