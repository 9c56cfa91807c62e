//! The sign-up that a hook sees, and the reasons for which it can reject the sign-up.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::IpAddr;

use http::{HeaderMap, StatusCode};

use crate::routes::caller::Caller;

/// A sign-up that was not sent to Cognito yet; see
/// [`AuthRoutes::before_sign_up`](crate::AuthRoutes::before_sign_up).
#[derive(Clone)]
pub struct SignUpAttempt {
    username: String,
    attributes: BTreeMap<String, String>,
    client_address: Option<IpAddr>,
    headers: HeaderMap,
}

impl SignUpAttempt {
    pub(in crate::routes) fn new(
        username: String,
        attributes: BTreeMap<String, String>,
        caller: &Caller,
    ) -> Self {
        Self {
            username,
            attributes,
            client_address: caller.address,
            headers: caller.headers.clone(),
        }
    }

    /// Returns the user name, which is usually an e-mail address. It is not verified. If it is an
    /// e-mail address or a phone number, the request cannot contain another one in
    /// [`attributes`](Self::attributes): such a request is rejected with 400.
    pub fn username(&self) -> &str {
        &self.username
    }

    /// Returns the attributes that Cognito will receive. If the user name is an e-mail address or a
    /// phone number, it is added later as the attribute `email` or `phone_number`, unless it is set.
    pub const fn attributes(&self) -> &BTreeMap<String, String> {
        &self.attributes
    }

    /// Sets an attribute. Replaces the value that the user has entered.
    pub fn set_attribute(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.attributes.insert(name.into(), value.into());
    }

    /// Removes an attribute. Returns its value, or `None` if it was not set.
    pub fn remove_attribute(&mut self, name: &str) -> Option<String> {
        self.attributes.remove(name)
    }

    /// Returns the IP address of the client, or `None` if it is unknown; see
    /// [`AuthRoutes::trusted_proxies`](crate::AuthRoutes::trusted_proxies).
    pub const fn client_address(&self) -> Option<IpAddr> {
        self.client_address
    }

    /// Returns the headers of the request. They can contain cookies.
    pub const fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    pub(in crate::routes) fn into_attributes(self) -> BTreeMap<String, String> {
        self.attributes
    }
}

// Security: the name, the attributes and the headers are personal data or secrets.
cognito_core::impl_debug!(SignUpAttempt);

/// The reason for which [`AuthRoutes::before_sign_up`](crate::AuthRoutes::before_sign_up) rejects a
/// sign-up. It determines the status and the message of the response.
///
/// Security: a reason must not depend on whether the account exists.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignUpRejection {
    /// No user can sign up at the moment. Status 403.
    Closed,
    /// The attribute with this name has a value that is not allowed. Status 400.
    InvalidAttribute(Cow<'static, str>),
    /// This user is not allowed to sign up, for example because of the domain of the address.
    /// Status 403.
    NotAllowed,
    /// The sign-up could not be checked, for example because a database is unavailable. Status 503.
    Unavailable,
    /// Another reason. If the status is not an error, 403 is used.
    Other {
        /// The status of the response.
        status: StatusCode,
        /// A message that is safe to show to any caller.
        message: Cow<'static, str>,
    },
}

impl SignUpRejection {
    /// Returns the name of the reason, such as `NotAllowed`. The names are a closed set and can be
    /// metric labels.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Closed => "Closed",
            Self::InvalidAttribute(_) => "InvalidAttribute",
            Self::NotAllowed => "NotAllowed",
            Self::Unavailable => "Unavailable",
            Self::Other { .. } => "Other",
        }
    }

    /// Returns the status of the response. It is always an error.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::InvalidAttribute(_) => StatusCode::BAD_REQUEST,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Other { status, .. } if status.is_client_error() || status.is_server_error() => {
                *status
            }
            Self::Closed | Self::NotAllowed | Self::Other { .. } => StatusCode::FORBIDDEN,
        }
    }

    /// Returns the message of the response.
    pub fn message(&self) -> Cow<'static, str> {
        match self {
            Self::Closed => "Sign-up is closed".into(),
            Self::InvalidAttribute(name) => format!("The attribute {name} is not valid").into(),
            Self::NotAllowed => "This sign-up is not allowed".into(),
            Self::Unavailable => "The service is temporarily unavailable".into(),
            Self::Other { message, .. } => message.clone(),
        }
    }
}
