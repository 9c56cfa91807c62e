//! A passkey authenticator in software, together with the browser that uses it.

mod error;
mod passkeys;

use std::fmt;

use passkey_authenticator::Authenticator;
use passkey_client::{Client, DefaultClientData};
use passkey_crypto::AvailableBackend;
use passkey_types::Passkey;
use passkey_types::ctap2::Aaguid;
use serde_json::{Value, json};
use url::Url;

pub use self::error::AuthenticatorError;
use self::error::rejected;
use self::passkeys::{Passkeys, User};

/// A passkey authenticator and the browser that uses it, for tests of passkeys.
///
/// [`create`](Self::create) and [`get`](Self::get) do what `navigator.credentials.create()` and
/// `navigator.credentials.get()` do in a browser. Their inputs are the options that Cognito
/// returns, and their results are the JSON that Cognito accepts. The authenticator can store
/// several passkeys.
///
/// A clone is a copy of the authenticator: it has the same passkeys, but its own signature
/// counters. The keys exist only in memory. The crates `passkey-authenticator` and
/// `passkey-client` implement the authenticator and the browser.
///
/// ```
/// use cognito_testkit::{AuthenticatorError, SoftwareAuthenticator};
/// use serde_json::json;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut authenticator = SoftwareAuthenticator::new("https://login.example.com")?;
/// // In a test, `StartWebAuthnRegistration` returns these options.
/// let options = json!({
///     "rp": { "id": "example.com", "name": "Example" },
///     "user": { "id": "YW5u", "name": "ann", "displayName": "Ann" },
///     "challenge": "Y2hhbGxlbmdl",
///     "pubKeyCredParams": [{ "type": "public-key", "alg": -7 }],
/// });
/// let credential = authenticator.create(&options).await?;
/// assert_eq!(credential["type"], "public-key");
///
/// let request = json!({ "rpId": "example.com", "challenge": "bW9yZQ" });
/// let assertion = authenticator.get(&request).await?;
/// assert_eq!(assertion["id"], credential["id"]);
///
/// // The user cancels.
/// let mut refusing = authenticator.with_refusal(true);
/// assert_eq!(refusing.get(&request).await, Err(AuthenticatorError::Refused));
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct SoftwareAuthenticator {
    origin: Url,
    passkeys: Vec<Passkey>,
    user: User,
    has_storage: bool,
    counts: bool,
    breaks_signatures: bool,
}

impl SoftwareAuthenticator {
    /// Creates an authenticator without passkeys. `origin` is the origin of the page that uses it,
    /// such as `https://login.example.com`. With `localhost`, `http` is allowed too.
    ///
    /// # Errors
    ///
    /// [`AuthenticatorError::InvalidOrigin`] if the origin is not a URL.
    pub fn new(origin: &str) -> Result<Self, AuthenticatorError> {
        Ok(Self {
            origin: parsed(origin)?,
            passkeys: Vec::new(),
            user: User {
                is_verified: true,
                refuses: false,
            },
            has_storage: true,
            counts: false,
            breaks_signatures: false,
        })
    }

    /// Sets the origin of the page that uses the authenticator, and keeps the passkeys. Use it for
    /// a page of an attacker.
    ///
    /// # Errors
    ///
    /// [`AuthenticatorError::InvalidOrigin`] if the origin is not a URL.
    pub fn with_origin(mut self, origin: &str) -> Result<Self, AuthenticatorError> {
        self.origin = parsed(origin)?;
        Ok(self)
    }

    cognito_core::setters! {
        /// Sets whether the authenticator verifies the user, for example by a fingerprint or a PIN.
        /// Default: yes. Without it, options that require the verification of the user fail with
        /// [`AuthenticatorError::Unsupported`].
        pub fn with_user_verification(enabled: bool) { user.is_verified = enabled }

        /// Sets whether the passkeys that [`create`](Self::create) creates from now on have a
        /// signature counter. Each use of such a passkey increases its counter. Default: no, as for
        /// passkeys that several devices share. Their counter is always 0.
        pub fn with_signature_counter(enabled: bool) { counts = enabled }

        /// Sets whether passkeys are stored as discoverable credentials. Default: yes.
        ///
        /// Without it, options that require a discoverable credential (`residentKey`) fail with
        /// [`AuthenticatorError::Unsupported`]. Cognito's options require one. New passkeys are used
        /// only if the options of the sign-in list them (`allowCredentials`), and their assertions
        /// have no user handle.
        pub fn with_discoverable_passkeys(enabled: bool) { has_storage = enabled }

        /// Sets whether the user refuses each use of the authenticator. Default: no.
        pub fn with_refusal(enabled: bool) { user.refuses = enabled }

        /// Sets whether the signatures of [`get`](Self::get) are invalid. Default: no.
        pub fn with_broken_signatures(enabled: bool) { breaks_signatures = enabled }
    }

    /// Returns the number of passkeys.
    pub fn passkey_count(&self) -> usize {
        self.passkeys.len()
    }

    /// Creates a passkey, as `navigator.credentials.create()` does. Returns the credential, as
    /// `toJSON()` does.
    ///
    /// `options` is the JSON that `StartWebAuthnRegistration` returns (`CredentialCreationOptions`).
    /// The result is the `Credential` of `CompleteWebAuthnRegistration`. Options in a member
    /// `publicKey` are accepted too.
    ///
    /// A new discoverable passkey replaces a discoverable passkey of the same user and the same
    /// relying party.
    ///
    /// # Errors
    ///
    /// [`AuthenticatorError`] if a browser or an authenticator would reject the options, or if the
    /// user refuses. The passkeys are then unchanged.
    pub async fn create(&mut self, options: &Value) -> Result<Value, AuthenticatorError> {
        let options = serde_json::from_value(wrapped(options)).map_err(invalid)?;
        let mut client = Client::new(self.authenticator())
            .allows_insecure_localhost(true)
            .user_verification_when_preferred(self.user.is_verified);
        let created = client.register(&self.origin, options, DefaultClientData);
        let created = created.await.map_err(rejected)?;
        self.passkeys = client.authenticator_mut().store_mut().take();
        serde_json::to_value(created).map_err(unwritable)
    }

    /// Signs in with a passkey, as `navigator.credentials.get()` does. Returns the assertion, as
    /// `toJSON()` does.
    ///
    /// `options` is the JSON in the challenge `WEB_AUTHN` (`CREDENTIAL_REQUEST_OPTIONS`). The result
    /// is the response to the challenge (`CREDENTIAL`). Options in a member `publicKey` are accepted
    /// too. If several passkeys are allowed, the newest one is used.
    ///
    /// # Errors
    ///
    /// [`AuthenticatorError`] if there is no passkey for the options, if a browser or an
    /// authenticator would reject them, or if the user refuses. The signature counters are then
    /// unchanged.
    pub async fn get(&mut self, options: &Value) -> Result<Value, AuthenticatorError> {
        let options = serde_json::from_value(wrapped(options)).map_err(invalid)?;
        let mut client = Client::new(self.authenticator())
            .allows_insecure_localhost(true)
            .user_verification_when_preferred(self.user.is_verified);
        let signed = client.authenticate(&self.origin, options, DefaultClientData);
        let mut signed = signed.await.map_err(rejected)?;
        self.passkeys = client.authenticator_mut().store_mut().take();
        if self.breaks_signatures {
            // The length stays the same, so the signature still has the right format.
            if let Some(last) = signed.response.signature.last_mut() {
                *last ^= 1;
            }
        }
        serde_json::to_value(signed).map_err(unwritable)
    }

    fn authenticator(&self) -> Authenticator<Passkeys, User, AvailableBackend> {
        let passkeys = Passkeys::new(self.passkeys.clone(), self.has_storage);
        let aaguid = Aaguid::new_empty();
        let mut authenticator = Authenticator::new(aaguid, passkeys, self.user, AvailableBackend);
        authenticator.set_make_credentials_with_signature_counter(self.counts);
        authenticator
    }
}

fn parsed(origin: &str) -> Result<Url, AuthenticatorError> {
    Url::parse(origin).map_err(|_| AuthenticatorError::InvalidOrigin)
}

/// Returns the options in a member `publicKey`.
fn wrapped(options: &Value) -> Value {
    match options.get("publicKey") {
        Some(_) => options.clone(),
        None => json!({ "publicKey": options }),
    }
}

#[allow(clippy::needless_pass_by_value, reason = "the signature of map_err")]
fn invalid(error: serde_json::Error) -> AuthenticatorError {
    AuthenticatorError::InvalidOptions(error.to_string())
}

#[allow(clippy::needless_pass_by_value, reason = "the signature of map_err")]
fn unwritable(error: serde_json::Error) -> AuthenticatorError {
    AuthenticatorError::Other(error.to_string())
}

// Security: the keys of the passkeys are not shown.
impl fmt::Debug for SoftwareAuthenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SoftwareAuthenticator")
            .field("origin", &self.origin.as_str())
            .field("passkeys", &self.passkeys.len())
            .finish_non_exhaustive()
    }
}
