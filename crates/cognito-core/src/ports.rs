//! The ports of a user pool, and the types of their methods. A port is a trait through which the
//! crate `cognito` calls Amazon Cognito.
//!
//! The traits are generated from one table of operations. Every method has a default body that
//! returns [`ErrorKind::NotSupported`], so an implementation needs only the methods that are
//! called.

mod delegate;

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use self::delegate::delegate;
pub use crate::account::devices::{
    ConfirmDeviceRequest, DeviceRequest, ListDevicesRequest, UpdateDeviceStatusRequest,
};
pub use crate::account::mfa::{MfaPreference, VerifyTotpRequest};
pub use crate::account::passkeys::{
    CompletePasskeyRegistrationRequest, DeletePasskeyRequest, ListPasskeysRequest,
    PasskeyCreationOptions, PasskeyPage,
};
pub use crate::account::password::ChangePasswordRequest;
pub use crate::account::profile::{
    DeleteAttributesRequest, SendAttributeCodeRequest, UpdateAttributesRequest,
    VerifyAttributeRequest,
};
pub use crate::account::sessions::{ListSessionsRequest, RevokeSessionRequest, SessionPage};
pub use crate::administration::auth_events::{
    AuthEventFeedbackRequest, AuthEventPage, ListAuthEventsRequest,
};
pub use crate::administration::devices::{
    ListUserDevicesRequest, UpdateUserDeviceStatusRequest, UserDeviceRequest,
};
pub use crate::administration::document::{DocumentRequest, JsonDocument};
pub use crate::administration::groups::{
    Group, GroupPage, GroupRequest, ListGroupsForUserRequest, ListGroupsRequest,
    ListUsersInGroupRequest, MembershipRequest,
};
pub use crate::administration::mfa::{SetUserMfaPreferenceRequest, SetUserSettingsRequest};
pub use crate::administration::providers::{LinkProviderRequest, ProviderUser};
pub use crate::administration::sessions::{ListUserSessionsRequest, RevokeUserSessionRequest};
pub use crate::administration::users::{
    ConfirmUserRequest, CreateUserRequest, DeleteUserAttributesRequest, ListUsersRequest,
    ResetPasswordRequest, SetPasswordRequest, UpdateUserAttributesRequest, UserPage,
};
pub use crate::authentication::challenge::{ChallengeAnswer, TotpAssociation};
pub use crate::authentication::client_token::ClientTokenRequest;
pub use crate::authentication::event_feedback::FeedbackWithTokenRequest;
pub use crate::authentication::exchange::{ExchangeRequest, IssuedToken};
pub use crate::authentication::factor::AuthFactors;
pub use crate::authentication::password::{ConfirmForgotPasswordRequest, ForgotPasswordRequest};
pub use crate::authentication::refresh::{RefreshRequest, RevokeTokenRequest};
pub use crate::authentication::sign_in::{SignIn, SignInRequest};
pub use crate::authentication::sign_up::{
    ConfirmSignUpRequest, ConfirmSignUpResponse, ResendConfirmationCodeRequest, SignUpRequest,
    SignUpResponse,
};
pub use crate::device::{ConfirmedDevice, Device, DevicePage};
use crate::error::{Error, ErrorKind, Result};
pub use crate::hosted_login::authorize::{Authorization, AuthorizeRequest, LogoutRequest};
pub use crate::hosted_login::client_token::{ClientCredentialsGrant, ClientToken};
pub use crate::hosted_login::names::Scope;
pub use crate::hosted_login::pending::CodeExchange;
pub use crate::hosted_login::user_info::UserInfo;
pub use crate::id::{GroupName, Username};
use crate::operations::{Operation, table};
pub use crate::replied_at::RepliedAt;
pub use crate::secret::{AccessToken, RefreshToken, Session, TotpSecret};
pub use crate::token::Tokens;
pub use crate::user::{CodeDelivery, CurrentUser, UserDetails};

/// Generates the port traits and their implementations for `Arc` and `Box`. All methods of the
/// traits have a default body.
macro_rules! ports {
    (
        $(
            $(#[$port_doc:meta])*
            port $port:ident {
                $(
                    $(#[$doc:meta])*
                    [$($operation:ident $(= $name:literal)?: $access:ident, $category:ident
                        $(, $fact:ident)*);+]
                    fn $method:ident($($argument:ident: $type:ty),*) -> $output:ty;
                )*
            }
            $(also {
                $(
                    $(#[$also_doc:meta])*
                    [$also_operation:ident]
                    fn $also:ident($($also_argument:ident: $also_type:ty),*) -> $also_output:ty;
                )*
            })?
            $(local {
                $(
                    $(#[$local_doc:meta])*
                    fn $local:ident($($local_argument:ident: $local_type:ty),*) -> $local_output:ty;
                )*
            })?
        )*
        process { $($process:tt)* }
    ) => {$(
        $(#[$port_doc])*
        #[async_trait]
        #[allow(unused_variables, reason = "the default bodies ignore their arguments")]
        pub trait $port: Debug + Send + Sync + 'static {
            $(
                $(#[$doc])*
                $(#[doc = concat!(
                    "\nSends [`", stringify!($operation), "`](Operation::", stringify!($operation), ")."
                )])+
                async fn $method(&self, $($argument: $type),*) -> Result<$output> {
                    not_supported(&[$(Operation::$operation),+], concat!(stringify!($port), "::", stringify!($method)))
                }
            )*
            $($(
                $(#[$also_doc])*
                #[doc = concat!(
                    "\nSends [`", stringify!($also_operation), "`](Operation::",
                    stringify!($also_operation), ")."
                )]
                async fn $also(&self, $($also_argument: $also_type),*) -> Result<$also_output> {
                    not_supported(&[Operation::$also_operation], concat!(stringify!($port), "::", stringify!($also)))
                }
            )*)?
            $($(
                $(#[$local_doc])*
                fn $local(&self, $($local_argument: $local_type),*) -> Result<$local_output> {
                    not_supported(&[], concat!(stringify!($port), "::", stringify!($local)))
                }
            )*)?
        }

        delegate! {
            $port for (Arc, Box) {
                $(async fn $method($($argument: $type),*) -> $output;)*
                $($(async fn $also($($also_argument: $also_type),*) -> $also_output;)*)?
                $($(fn $local($($local_argument: $local_type),*) -> $local_output;)*)?
            }
        }
    )*};
}

table!(ports);

/// Returns the error for a method that an implementation of a port (a trait in this module) lacks.
/// The default body of every method calls this function.
fn not_supported<T>(operations: &[Operation], method: &str) -> Result<T> {
    let error = Error::new(ErrorKind::NotSupported).with_detail(format!(
        "this port does not implement {method}: add the method to the implementation"
    ));
    Err(match operations {
        [operation] => error.with_operation(*operation),
        _ => error,
    })
}
