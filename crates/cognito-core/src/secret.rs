//! Types for secrets, which cannot get into logs and errors by accident.
//!
//! None of these types implements `Display` or `Serialize`. `Debug` shows only the name of the
//! type. Clones share one memory, which is overwritten when the last of them is dropped. The method
//! that returns the secret is always named `expose`, so a search finds every use.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use crate::input::{InvalidInput, has_length, is_word, parses};

macro_rules! secret_type {
    ($(#[$doc:meta])* $name:ident, $field:literal, $rule:literal, $check:expr $(, clean: $clean:expr)?) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(Arc<SecretString>);

        impl $name {
            /// Creates the secret from a string, and validates it.
            ///
            /// # Errors
            ///
            /// [`InvalidInput`] if the length, the characters or the format of the string are not
            /// allowed for this type.
            #[doc = concat!("The ", $field, " ", $rule, ".")]
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidInput> {
                // Converted before it is checked, so that a rejected value is wiped as well.
                let secret = SecretString::from(text.into());
                $(
                    let clean: fn(&str) -> String = $clean;
                    let secret = SecretString::from(clean(secret.expose_secret()));
                )?
                let check: fn(&str) -> bool = $check;
                if check(secret.expose_secret()) {
                    Ok(Self(Arc::new(secret)))
                } else {
                    Err(InvalidInput::new($field, $rule))
                }
            }

            /// Returns the secret as a string. Never log it, and never put it into an error.
            pub fn expose(&self) -> &str {
                self.0.expose_secret()
            }
        }

        redacted!($name);
        parses!($name);

        impl From<&$name> for $name {
            fn from(secret: &$name) -> Self {
                secret.clone()
            }
        }
    };
}

/// Defines a type for a serialized value that is not encrypted.
macro_rules! serialized_type {
    ($(#[$doc:meta])* $name:ident, $field:literal) => {
        secret_type!(
            $(#[$doc])*
            $name,
            $field,
            "must be at most 262144 characters",
            |text| text.len() <= 4 * MAX_TOKEN_LENGTH
        );
    };
}

secret_type!(
    /// A password. Cognito checks its strength against the pool's policy. This type rejects only
    /// values that Cognito can never accept.
    Password,
    "password",
    "must be 1 to 256 characters and not start or end with a space",
    |text| has_length(text, 1, 256)
        && !text.starts_with(char::is_whitespace)
        && !text.ends_with(char::is_whitespace)
);

secret_type!(
    /// A code that Cognito sent by e-mail or SMS.
    ConfirmationCode,
    "confirmation code",
    "must be 1 to 2048 characters without spaces",
    |text| has_length(text, 1, 2048) && !text.contains(char::is_whitespace)
);

secret_type!(
    /// A code of an authenticator app (RFC 6238): 6 digits. Apps show it as `123 456`, so white
    /// space is removed.
    TotpCode,
    "TOTP code",
    "must be 6 digits",
    |text| text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit()),
    clean: without_spaces
);

secret_type!(
    /// The secret from which an authenticator app computes its codes, in base32.
    TotpSecret,
    "TOTP secret",
    "must be 16 to 256 letters and digits",
    |text| (16..=256).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
);

secret_type!(
    /// An app client's secret.
    ClientSecret,
    "client secret",
    "must be 24 to 64 letters, digits, _ or +",
    |text| (24..=64).contains(&text.len()) && text.bytes().all(|b| is_word(b) || b == b'+')
);

secret_type!(
    /// The session string that links the steps of one sign-in. Cognito accepts a session only once,
    /// and for a few minutes (default: 3).
    Session,
    "session",
    "must be 20 to 4096 characters",
    |text| has_length(text, 20, 4096)
);

serialized_type!(
    /// A challenge as a string that is not encrypted, from
    /// [`Challenge::to_secret_string`](crate::Challenge::to_secret_string).
    SerializedChallenge,
    "challenge"
);

secret_type!(
    /// The authorization code of managed login. The browser delivers it. It can be exchanged for
    /// tokens once.
    AuthorizationCode,
    "authorization code",
    "must be 1 to 4096 printable ASCII characters",
    |text| (1..=4096).contains(&text.len()) && text.bytes().all(|b| (0x20..0x7f).contains(&b))
);

secret_type!(
    /// A pending login as a string that is not encrypted, from
    /// [`PendingLogin::to_secret_string`](crate::hosted_login::pending::PendingLogin::to_secret_string).
    SerializedPendingLogin,
    "pending login",
    "must be at most 16384 characters",
    |text| text.len() <= 16_384
);

secret_type!(
    /// An access token, which is a signed JWT. It grants access to APIs, and to Cognito's
    /// operations for the signed-in user.
    AccessToken,
    "access token",
    "must be 1 to 65536 letters, digits and - _ = .",
    is_token
);

secret_type!(
    /// An ID token, which is a signed JWT. It identifies the user.
    IdToken,
    "ID token",
    "must be 1 to 65536 letters, digits and - _ = .",
    is_token
);

secret_type!(
    /// A refresh token, which is exchanged for new access and ID tokens. It is encrypted, and only
    /// Cognito can read or verify it.
    RefreshToken,
    "refresh token",
    "must be 1 to 65536 letters, digits and - _ = .",
    is_token
);

secret_type!(
    /// A SAML 2.0 assertion in base64, which an identity provider has signed. It identifies the user.
    SamlAssertion,
    "SAML assertion",
    "must be 1 to 131072 characters of base64",
    |text| (1..=131_072).contains(&text.len())
        && text.bytes().all(|b| is_word(b) || matches!(b, b'-' | b'+' | b'/' | b'=' | b'.'))
);

secret_type!(
    /// A feedback token. Threat protection sends it in the message about a sign-in with a risk, so
    /// that the user can report whether the sign-in is from the user.
    FeedbackToken,
    "feedback token",
    "must be 1 to 65536 letters, digits and - _ = .",
    is_token
);

secret_type!(
    /// The password of a remembered device. The device proves with SRP that it has the password,
    /// and never sends it.
    DevicePassword,
    "device password",
    "must be 1 to 256 characters",
    |text| has_length(text, 1, 256)
);

serialized_type!(
    /// A remembered device as a string that is not encrypted, from
    /// [`RememberedDevice::to_secret_string`](crate::device::RememberedDevice::to_secret_string).
    SerializedDevice,
    "device"
);

serialized_type!(
    /// A session as a string that is not encrypted, from
    /// [`UserSession::to_secret_string`](crate::UserSession::to_secret_string).
    SerializedSession,
    "session"
);

/// Returns the string without white space. The buffer of the result never grows, so no copy of the
/// secret remains in memory.
fn without_spaces(text: &str) -> String {
    let mut rest = String::with_capacity(text.len());
    rest.extend(text.chars().filter(|c| !c.is_whitespace()));
    rest
}

/// The maximum length of an access, ID or refresh token, in bytes: 64 KiB. It limits the cost of a
/// forged token.
///
/// Cognito's model has no maximum for tokens. Most tokens have 1 to 2 kB. If a user is in 100
/// groups with names of 128 characters, the access token and the ID token have 18.5 kB each;
/// triggers, roles and custom attributes add to that. Few servers and proxies accept HTTP headers
/// of more than 64 KiB, so a longer token would be unusable.
pub const MAX_TOKEN_LENGTH: usize = 64 * 1024;

/// Returns `true` if the string matches Cognito's pattern for tokens (`TokenModelType`) and is not
/// too long.
fn is_token(text: &str) -> bool {
    // Without an early exit the compiler can check many bytes at once. Every call of a signed-in
    // user checks about a kilobyte here.
    let allowed = |b: u8| is_word(b) | matches!(b, b'-' | b'=' | b'.');
    (1..=MAX_TOKEN_LENGTH).contains(&text.len()) && text.bytes().fold(true, |ok, b| ok & allowed(b))
}
