//! The JSON bodies of requests.

use std::collections::BTreeMap;

use cognito_core::account::mfa::FactorChange;
use serde::Deserialize;
use serde_json::Value;

// Security: these types have no `Debug`, because they contain passwords, codes and tokens.

#[derive(Deserialize)]
pub(super) struct SignUp {
    pub(super) email: String,
    pub(super) password: String,
    #[serde(default)]
    pub(super) attributes: BTreeMap<String, String>,
}

#[derive(Deserialize)]
pub(super) struct Confirm {
    pub(super) email: String,
    pub(super) code: String,
}

#[derive(Deserialize)]
pub(super) struct Email {
    pub(super) email: String,
}

#[derive(Deserialize)]
pub(super) struct Login {
    pub(super) email: String,
    pub(super) password: String,
}

#[derive(Deserialize)]
pub(super) struct VerifyMfa {
    pub(super) session: Option<String>,
    pub(super) code: String,
}

#[derive(Deserialize)]
pub(super) struct SetupMfa {
    pub(super) session: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewPassword {
    pub(super) session: Option<String>,
    pub(super) new_password: String,
    #[serde(default)]
    pub(super) attributes: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Refresh {
    pub(super) refresh_token: Option<String>,
    pub(super) device_key: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResetPassword {
    pub(super) email: String,
    pub(super) code: String,
    pub(super) new_password: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Logout {
    pub(super) refresh_token: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct ConfirmDevice {
    pub(super) name: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct ForgetDevice {
    pub(super) key: String,
}

#[derive(Deserialize)]
pub(super) struct RememberDevice {
    pub(super) key: String,
    pub(super) remembered: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RevokeSession {
    pub(super) session_id: String,
    pub(super) linked_sessions: Option<bool>,
}

/// The body has no fields. It must be JSON nevertheless, like that of all routes.
#[derive(Deserialize)]
pub(super) struct Empty {}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConfirmTotp {
    pub(super) code: String,
    pub(super) device_name: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct MfaPreferences {
    pub(super) totp: Option<Change>,
    pub(super) sms: Option<Change>,
    pub(super) email: Option<Change>,
}

/// A change of a second factor in a request.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Change {
    Off,
    On,
    Preferred,
}

impl From<Change> for FactorChange {
    fn from(change: Change) -> Self {
        match change {
            Change::Off => Self::Off,
            Change::On => Self::On,
            Change::Preferred => Self::Preferred,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct CompletePasskey {
    pub(super) credential: Value,
}

#[derive(Deserialize)]
pub(super) struct PasskeySignIn {
    pub(super) session: Option<String>,
    pub(super) credential: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeletePasskey {
    pub(super) credential_id: String,
}

#[derive(Deserialize)]
pub(super) struct Profile {
    pub(super) attributes: BTreeMap<String, String>,
}

/// The attributes that Cognito verifies with a code.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum AddressName {
    Email,
    PhoneNumber,
}

impl AddressName {
    pub(super) const ALL: [Self; 2] = [Self::Email, Self::PhoneNumber];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::PhoneNumber => "phone_number",
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Address {
    pub(super) attribute: AddressName,
}

#[derive(Deserialize)]
pub(super) struct ConfirmAddress {
    pub(super) attribute: AddressName,
    pub(super) code: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StartHostedLogin {
    pub(super) return_to: Option<String>,
    pub(super) provider: Option<String>,
    pub(super) sign_up: Option<bool>,
    pub(super) recent: Option<bool>,
}
