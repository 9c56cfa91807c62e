//! The ports of the user pool: the traits through which the facade calls Amazon Cognito. They are made
//! from the [table of operations](crate::operations).

mod delegate;

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use self::delegate::delegate;
use crate::account::devices::{
    ConfirmDeviceRequest, DeviceRequest, ListDevicesRequest, UpdateDeviceStatusRequest,
};
use crate::account::mfa::{MfaPreference, VerifyTotpRequest};
use crate::account::passkeys::{
    CompletePasskeyRegistrationRequest, DeletePasskeyRequest, ListPasskeysRequest,
    PasskeyCreationOptions, PasskeyPage,
};
use crate::account::password::ChangePasswordRequest;
use crate::account::profile::{
    DeleteAttributesRequest, SendAttributeCodeRequest, UpdateAttributesRequest,
    VerifyAttributeRequest,
};
use crate::administration::auth_events::{
    AuthEventFeedbackRequest, AuthEventPage, ListAuthEventsRequest,
};
use crate::administration::devices::{
    ListUserDevicesRequest, UpdateUserDeviceStatusRequest, UserDeviceRequest,
};
use crate::administration::groups::{
    CreateGroupRequest, Group, GroupPage, ListGroupsForUserRequest, ListGroupsRequest,
    ListUsersInGroupRequest, MembershipRequest, UpdateGroupRequest,
};
use crate::administration::mfa::SetUserMfaPreferenceRequest;
use crate::administration::providers::{LinkProviderRequest, ProviderUser};
use crate::administration::users::{
    ConfirmUserRequest, CreateUserRequest, DeleteUserAttributesRequest, ListUsersRequest,
    ResetPasswordRequest, SetPasswordRequest, UpdateUserAttributesRequest, UserPage,
};
use crate::auth_factor::AuthFactors;
use crate::authentication::challenge::{ChallengeAnswer, TotpAssociation};
use crate::authentication::password::{ConfirmForgotPasswordRequest, ForgotPasswordRequest};
use crate::authentication::refresh::{RefreshRequest, RevokeTokenRequest};
use crate::authentication::sign_in::{SignIn, SignInRequest};
use crate::authentication::sign_up::{
    ConfirmSignUpRequest, ConfirmSignUpResponse, ResendConfirmationCodeRequest, SignUpRequest,
    SignUpResponse,
};
use crate::device::{ConfirmedDevice, Device, DevicePage};
use crate::error::{Error, ErrorKind, Result};
use crate::hosted_login::authorize::{Authorization, AuthorizeRequest, LogoutRequest};
use crate::hosted_login::client_token::ClientToken;
use crate::hosted_login::names::Scope;
use crate::hosted_login::pending::CodeExchange;
use crate::hosted_login::user_info::UserInfo;
use crate::id::{GroupName, Username};
use crate::operations::{Operation, table};
use crate::replied_at::RepliedAt;
use crate::secret::{AccessToken, RefreshToken, Session, TotpSecret};
use crate::token::Tokens;
use crate::user::{CodeDelivery, CurrentUser, UserDetails};

/// Makes the traits, in which every method has a default body, and their implementations for `Arc` and
/// `Box`.
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
                ///
                $(#[doc = concat!(
                    "Sends [`", stringify!($operation), "`](Operation::", stringify!($operation), ")."
                )])+
                async fn $method(&self, $($argument: $type),*) -> Result<$output> {
                    not_supported(&[$(Operation::$operation),+], concat!(stringify!($port), "::", stringify!($method)))
                }
            )*
            $($(
                $(#[$also_doc])*
                ///
                #[doc = concat!(
                    "Sends [`", stringify!($also_operation), "`](Operation::",
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

/// The default body of a method.
fn not_supported<T>(operations: &[Operation], method: &str) -> Result<T> {
    let error = Error::new(ErrorKind::NotSupported)
        .with_detail(format!("this port does not implement {method}"));
    Err(match operations {
        [operation] => error.with_operation(*operation),
        _ => error,
    })
}
