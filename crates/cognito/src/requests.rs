//! The request types of [`Call`](crate::Call). Your code needs them to write the type of a call, or
//! to implement one of the [ports](crate::ports), the traits with Cognito's operations.

pub use crate::administration::users::NewUserRequest;
pub use crate::authentication::client_token::CachedTokenRequest;
pub use crate::authentication::refresh::TokenRevocationRequest;
pub use crate::authentication::sign_in::{ChoiceRequest, CustomChallengeRequest};
pub use crate::call::{OperationFuture, PageStream};
pub use crate::hosted_login::client_credentials::ClientCredentialsRequest;

pub use cognito_core::account::devices::{
    ConfirmDeviceRequest, DeviceRequest, ListDevicesRequest, UpdateDeviceStatusRequest,
};
pub use cognito_core::account::mfa::VerifyTotpRequest;
pub use cognito_core::account::passkeys::{
    CompletePasskeyRegistrationRequest, DeletePasskeyRequest, ListPasskeysRequest,
};
pub use cognito_core::account::password::ChangePasswordRequest;
pub use cognito_core::account::profile::{
    DeleteAttributesRequest, SendAttributeCodeRequest, UpdateAttributesRequest,
    VerifyAttributeRequest,
};
pub use cognito_core::account::sessions::{ListSessionsRequest, RevokeSessionRequest};
pub use cognito_core::administration::auth_events::{
    AuthEventFeedbackRequest, ListAuthEventsRequest,
};
pub use cognito_core::administration::devices::{
    ListUserDevicesRequest, UpdateUserDeviceStatusRequest, UserDeviceRequest,
};
pub use cognito_core::administration::document::DocumentRequest;
pub use cognito_core::administration::groups::{
    GroupRequest, ListGroupsForUserRequest, ListGroupsRequest, ListUsersInGroupRequest,
    MembershipRequest,
};
pub use cognito_core::administration::mfa::{SetUserMfaPreferenceRequest, SetUserSettingsRequest};
pub use cognito_core::administration::providers::{LinkProviderRequest, ProviderUser};
pub use cognito_core::administration::sessions::{
    ListUserSessionsRequest, RevokeUserSessionRequest,
};
pub use cognito_core::administration::users::{
    ConfirmUserRequest, CreateUserRequest, DeleteUserAttributesRequest, ListUsersRequest,
    ResetPasswordRequest, SetPasswordRequest, UpdateUserAttributesRequest,
};
pub use cognito_core::authentication::client_token::ClientTokenRequest;
pub use cognito_core::authentication::event_feedback::FeedbackWithTokenRequest;
pub use cognito_core::authentication::exchange::ExchangeRequest;
pub use cognito_core::authentication::password::{
    ConfirmForgotPasswordRequest, ForgotPasswordRequest,
};
pub use cognito_core::authentication::refresh::RefreshRequest;
pub use cognito_core::authentication::sign_in::SignInRequest;
pub use cognito_core::authentication::sign_up::{
    ConfirmSignUpRequest, ResendConfirmationCodeRequest, SignUpRequest,
};
