//! The operator's calls with the emulator over HTTP: retries, and the resulting errors.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use cognito_aws::AwsCognito;
use cognito_core::account::mfa::{FactorChange, MfaPreference};
use cognito_core::administration::auth_events::{
    AuthEventFeedbackRequest, FeedbackValue, ListAuthEventsRequest,
};
use cognito_core::administration::groups::{
    GroupRequest, ListGroupsForUserRequest, ListGroupsRequest, ListUsersInGroupRequest,
    MembershipRequest,
};
use cognito_core::administration::mfa::SetUserMfaPreferenceRequest;
use cognito_core::administration::providers::{LinkProviderRequest, ProviderUser};
use cognito_core::administration::users::{
    ConfirmUserRequest, DeleteUserAttributesRequest, ResetPasswordRequest,
};
use cognito_core::config::StaticConfig;
use cognito_core::ports::Administration;
use cognito_core::{ErrorKind, GroupName, PoolConfig, Result, Username};
use cognito_emulator::{Emulator, Fault, ProviderType, ThreatProtection};

const NAME: &str = "ann@example.com";
const PASSWORD: &str = "SecurePass123!";

fn name() -> Username {
    NAME.parse().unwrap()
}

fn group() -> GroupName {
    "admins".parse().unwrap()
}

fn google() -> ProviderUser {
    ProviderUser::new("Google".parse().unwrap(), "1234567890").unwrap()
}

async fn pool() -> (Emulator, AwsCognito) {
    let emulator = Emulator::builder()
        .threat_protection(ThreatProtection::Audit)
        .identity_provider("Google", ProviderType::Google)
        .start()
        .await
        .unwrap();
    emulator.create_user(NAME, PASSWORD, &[]).unwrap();
    let config = PoolConfig::new(
        emulator.user_pool_id().parse().unwrap(),
        emulator.client_id().parse().unwrap(),
    );
    let aws = AwsCognito::builder(Arc::new(StaticConfig::new(config)))
        .endpoint_url(emulator.endpoint())
        .static_credentials("test", "test")
        .build_isolated()
        .unwrap();
    (emulator, aws)
}

type Sent<'a> = Pin<Box<dyn Future<Output = Result<()>> + 'a>>;

/// Lists operations by AWS's name, with the call that sends each of them.
macro_rules! operations {
    ($($operation:literal => $call:expr,)*) => {
        [$(($operation, Box::pin(async { $call.await.map(drop) }) as Sent<'_>)),*]
    };
}

#[tokio::test]
async fn idempotent_operations_are_retried() {
    let (emulator, aws) = pool().await;
    emulator.create_group("admins");
    let off = MfaPreference::new().totp(FactorChange::Off);
    let calls = operations! {
        "GetGroup" => aws.group(&group()),
        "ListGroups" => aws.list_groups(ListGroupsRequest::new()),
        "UpdateGroup" => aws.update_group(GroupRequest::new(group())),
        "AdminAddUserToGroup" => aws.add_user_to_group(MembershipRequest::new(group(), name())),
        "AdminListGroupsForUser" =>
            aws.list_groups_for_user(ListGroupsForUserRequest::new(name())),
        "ListUsersInGroup" => aws.list_users_in_group(ListUsersInGroupRequest::new(group())),
        "AdminRemoveUserFromGroup" =>
            aws.remove_user_from_group(MembershipRequest::new(group(), name())),
        "AdminSetUserMFAPreference" => aws.set_user_mfa_preference(
            SetUserMfaPreferenceRequest::new(name(), off)),
        "AdminGetUserAuthFactors" => aws.user_auth_factors(&name()),
        "AdminUserGlobalSignOut" => aws.sign_out_user(&name()),
        "AdminListUserAuthEvents" => aws.list_auth_events(ListAuthEventsRequest::new(name())),
    };
    for (operation, call) in calls {
        emulator.inject(Fault::cut(operation).times(1)).unwrap();
        call.await.expect(operation);
        assert_eq!(emulator.calls(operation), 2, "{operation}");
    }
}

#[tokio::test]
async fn non_idempotent_operations_are_sent_once() {
    let (emulator, aws) = pool().await;
    let reset = ResetPasswordRequest::new(name());
    let link = LinkProviderRequest::new(name(), google());
    let calls = operations! {
        "CreateGroup" => aws.create_group(GroupRequest::new(group())),
        "DeleteGroup" => aws.delete_group(&group()),
        "AdminDeleteUserAttributes" => aws.delete_user_attributes(
            DeleteUserAttributesRequest::new(name(), vec!["nickname".parse().unwrap()])),
        "AdminConfirmSignUp" => aws.confirm_user(ConfirmUserRequest::new(name())),
        "AdminResetUserPassword" => aws.reset_password(reset),
        "AdminLinkProviderForUser" => aws.link_provider(link),
        "AdminDisableProviderForUser" => aws.unlink_provider(&google()),
    };
    for (operation, call) in calls {
        emulator.inject(Fault::cut(operation).times(5)).unwrap();
        let error = call.await.expect_err(operation);
        assert_eq!(error.kind(), ErrorKind::ReplyLost, "{operation}: {error}");
        assert!(error.may_have_taken_effect());
        assert_eq!(emulator.calls(operation), 1, "{operation}");
    }
}

#[tokio::test]
async fn pool_limit_is_a_quota_error() {
    let (emulator, aws) = pool().await;
    let link = LinkProviderRequest::new(name(), google());
    let calls = operations! {
        "CreateGroup" => aws.create_group(GroupRequest::new(group())),
        "AdminAddUserToGroup" => aws.add_user_to_group(MembershipRequest::new(group(), name())),
        "AdminLinkProviderForUser" => aws.link_provider(link),
    };
    for (operation, call) in calls {
        emulator
            .inject(Fault::error(operation, "LimitExceededException", "Too many").times(5))
            .unwrap();
        let error = call.await.expect_err(operation);
        assert_eq!(error.kind(), ErrorKind::Quota, "{operation}");
        assert_eq!(error.code(), Some("LimitExceededException"));
        assert_eq!(emulator.calls(operation), 1, "{operation}");
    }
    // The limit of password resets is a limit of one user.
    let fault = Fault::error(
        "AdminResetUserPassword",
        "LimitExceededException",
        "Too many",
    );
    emulator.inject(fault).unwrap();
    let reset = aws.reset_password(ResetPasswordRequest::new(name()));
    let error = reset.await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AttemptLimit);
}

#[tokio::test]
async fn feedback_is_sent_again_after_a_lost_reply() {
    let (emulator, aws) = pool().await;
    emulator
        .inject(Fault::cut("AdminUpdateAuthEventFeedback").times(1))
        .unwrap();
    let event = "made-up".parse().unwrap();
    let request = AuthEventFeedbackRequest::new(name(), event, FeedbackValue::Valid);
    let error = aws.auth_event_feedback(request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidParameter);
    assert_eq!(emulator.calls("AdminUpdateAuthEventFeedback"), 2);
}
