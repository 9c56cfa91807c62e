//! Requests and responses for the passkeys of the signed-in user, and the JSON that Cognito and the
//! browser exchange.
//!
//! Cognito's options are the input of `PublicKeyCredential.parseCreationOptionsFromJSON()` and
//! `PublicKeyCredential.parseRequestOptionsFromJSON()` in the browser. A credential is a
//! `PublicKeyCredential`, converted with `toJSON()` ([WebAuthn Level 3], section 5.1).
//!
//! [WebAuthn Level 3]: https://www.w3.org/TR/webauthn-3/

use std::fmt;
use std::time::SystemTime;

use derive_new::new;
use serde::Serialize;
use serde_json::Value;

use crate::administration::page::{PageToken, list_page, page_size};
use crate::id::PasskeyId;
use crate::input::{InvalidInput, parses};
use crate::secret::AccessToken;
use crate::user::moment;

/// The maximum length of a credential's JSON, in bytes. Cognito has the same limit for a value of
/// `ChallengeResponses`.
const LONGEST: usize = 131_072;

/// Defines a type for the JSON options of a passkey operation. Cognito creates the options. The
/// browser or app needs them to create a passkey or to sign in with one.
macro_rules! options {
    ($(#[$doc:meta])* $name:ident, $field:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Serialize)]
        #[serde(transparent)]
        pub struct $name(Value);

        impl $name {
            /// Creates passkey options from the JSON that Cognito returned.
            ///
            /// # Errors
            ///
            /// [`InvalidInput`] if the options are not a JSON object.
            pub fn new(options: Value) -> Result<Self, InvalidInput> {
                if options.is_object() {
                    Ok(Self(options))
                } else {
                    Err(InvalidInput::new($field, "must be a JSON object"))
                }
            }

            /// Returns the passkey options as the JSON object that Cognito created.
            pub const fn as_json(&self) -> &Value {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                // Security: the options contain the user's name and the challenge.
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
}

options!(
    /// The options for creating a passkey (`CredentialCreationOptions`).
    ///
    /// Serialize the options and send them to the browser. In the browser, call
    /// `PublicKeyCredential.parseCreationOptionsFromJSON()` with the options, and pass the result
    /// as `publicKey` to `navigator.credentials.create()`.
    PasskeyCreationOptions,
    "passkey creation options"
);

options!(
    /// The options for signing in with a passkey (`CREDENTIAL_REQUEST_OPTIONS`).
    ///
    /// Serialize the options and send them to the browser. In the browser, call
    /// `PublicKeyCredential.parseRequestOptionsFromJSON()` with the options, and pass the result as
    /// `publicKey` to `navigator.credentials.get()`.
    PasskeyRequestOptions,
    "passkey request options"
);

/// Defines a type for a credential from a browser or an app. The constructor rejects JSON without
/// the string `id` or without the string `response.$member`, which only this kind of credential
/// has.
macro_rules! credential {
    ($(#[$doc:meta])* $name:ident, $field:literal, $member:literal, $rule:literal) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(Value);

        impl $name {
            /// Parses the JSON of a WebAuthn credential, as the browser or the app created it.
            ///
            /// # Errors
            ///
            /// [`InvalidInput`] if the string is too long, or is not the JSON of a credential of
            /// this type.
            #[doc = concat!("The ", $field, " ", $rule, ".")]
            pub fn new(json: impl AsRef<str>) -> Result<Self, InvalidInput> {
                let json = json.as_ref();
                let read = || serde_json::from_str(json).ok();
                let value = (json.len() <= LONGEST).then(read).flatten();
                Self::checked(value.unwrap_or_default())
            }

            fn checked(value: Value) -> Result<Self, InvalidInput> {
                if value["id"].is_string() && value["response"][$member].is_string() {
                    Ok(Self(value))
                } else {
                    Err(InvalidInput::new($field, $rule))
                }
            }

            /// Returns the credential as JSON. Cognito accepts a credential only once.
            pub const fn as_json(&self) -> &Value {
                &self.0
            }
        }

        parses!($name);

        impl TryFrom<Value> for $name {
            type Error = InvalidInput;

            fn try_from(value: Value) -> Result<Self, Self::Error> {
                let fits = value.to_string().len() <= LONGEST;
                Self::checked(if fits { value } else { Value::Null })
            }
        }

        // Security: an attacker who has the credential can use it once.
        redacted!($name);
    };
}

credential!(
    /// The credential that the browser created for a new passkey: the result of
    /// `navigator.credentials.create()`, converted with `toJSON()`.
    PasskeyRegistration,
    "passkey registration",
    "attestationObject",
    "must be the JSON of a created PublicKeyCredential, at most 131072 bytes"
);

credential!(
    /// The credential that proves that the user has a passkey: the result of
    /// `navigator.credentials.get()`, converted with `toJSON()`.
    PasskeyAssertion,
    "passkey assertion",
    "signature",
    "must be the JSON of a requested PublicKeyCredential, at most 131072 bytes"
);

record! {
    /// A passkey of a user (`WebAuthnCredentialDescription`).
    #[derive(Clone, Debug, Serialize)]
    #[serde(rename_all = "camelCase")]
    pub struct Passkey {
        /// The passkey's id.
        #[serde(rename = "credentialId")]
        pub id: PasskeyId,
        /// The passkey's name, which Cognito chooses. Show it to the user.
        #[serde(rename = "friendlyCredentialName")]
        #[new(into)]
        pub friendly_name: String,
        /// The domain for which the passkey is valid.
        #[new(into)]
        pub relying_party_id: String,
        ..
        /// The kind of authenticator: `platform` if it is built into the device, `cross-platform`
        /// if it is separate, such as a security key. `None` if Cognito returned no kind.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub authenticator_attachment: Option<String>,
        /// The transports of the authenticator, such as `internal`, `hybrid`, `usb`, `nfc` or
        /// `ble`.
        #[serde(rename = "authenticatorTransports")]
        pub transports: Vec<String>,
        /// The time at which the passkey was registered, if Cognito returned it.
        #[serde(rename = "createdAt", serialize_with = "moment")]
        pub created: Option<SystemTime>,
    }
}

/// A request to complete the registration of a passkey (`CompleteWebAuthnRegistration`).
#[derive(Clone, Debug, new)]
#[non_exhaustive]
pub struct CompletePasskeyRegistrationRequest {
    /// The access token of the signed-in user.
    pub access_token: AccessToken,
    /// The credential that the browser created for the new passkey.
    pub credential: PasskeyRegistration,
}

page_size!(
    /// The maximum number of entries on a page of passkeys: 1 to 20. Default: 20. A user can have
    /// at most 20 passkeys.
    PasskeyPageSize,
    20,
    "must be 1 to 20"
);

record! {
    /// A request for a page of the signed-in user's passkeys (`ListWebAuthnCredentials`).
    #[derive(Clone, Debug)]
    pub struct ListPasskeysRequest {
        /// The access token of the signed-in user.
        pub access_token: AccessToken,
        ..
        /// The maximum number of entries on the page. Default: 20.
        pub page_size: PasskeyPageSize,
        /// The `next_token` of the previous page, or `None` for the first page.
        pub page_token: Option<PageToken>,
    }
}

list_page! {
    /// One page of passkeys.
    PasskeyPage {
        /// The passkeys on this page.
        #[serde(rename = "credentials")]
        passkeys: Passkey
    }
}

/// A request to delete a passkey (`DeleteWebAuthnCredential`).
#[derive(Clone, Debug, new)]
#[non_exhaustive]
pub struct DeletePasskeyRequest {
    /// The access token of the signed-in user.
    pub access_token: AccessToken,
    /// The id of the passkey.
    pub id: PasskeyId,
}
