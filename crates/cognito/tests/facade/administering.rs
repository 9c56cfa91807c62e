//! Operations of an operator that need our emulator or a mock.

use std::time::Duration;

use cognito::administration::auth_events::FeedbackValue;
use cognito::administration::auth_events::{
    ChallengeResponse, EventChallengeName, EventChallengeResponse, EventResponse, EventType,
};
use cognito::administration::{Admin, Group, RoleArn, UserDetails, UserStatus};
use cognito::authentication::AuthFactor;
use cognito::{AccessClaims, Cognito, ErrorKind, Result};
use cognito_emulator::{Fault, ProviderType, ThreatProtection};
use serde_json::json;

use crate::extending::unplugged;
use crate::fixture::{EMAIL, Fixture, PASSWORD, challenge, complete, refused};
use crate::scenarios::mfa::{next_code, with_totp};
use cognito_testkit::mocks::MockAdministration;

async fn watched() -> Fixture {
    Fixture::ours_with(
        |emulator| emulator.threat_protection(ThreatProtection::Audit),
        |cognito| cognito,
    )
    .await
}

async fn with_providers() -> Fixture {
    let fixture = Fixture::ours_with(
        |emulator| emulator.identity_provider("Company", ProviderType::Oidc),
        |cognito| cognito,
    )
    .await;
    fixture.confirmed_user(EMAIL).await;
    fixture
}

#[tokio::test]
async fn id_token_has_role_of_first_group() {
    let fixture = Fixture::ours().await;
    fixture.confirmed_user(EMAIL).await;
    let admin = fixture.cognito.admin();
    for (name, precedence) in [("second", 2), ("first", 1)] {
        let role = format!("arn:aws:iam::123456789012:role/{name}");
        let group = admin.create_group(name).precedence(precedence);
        group.role_arn(&role).await.unwrap();
        let details = admin.group(name).details().await.unwrap();
        assert_eq!(
            details.role_arn.as_ref().map(RoleArn::as_str),
            Some(role.as_str())
        );
        admin.group(name).add_user(EMAIL).await.unwrap();
    }
    let tokens = fixture.login().await;
    let id = tokens.id_token.expose();
    let claims = fixture.cognito.verify_id_token(id).await.unwrap();
    assert_eq!(
        claims.get("cognito:preferred_role"),
        Some(json!("arn:aws:iam::123456789012:role/first"))
    );
    assert_eq!(
        claims.get("cognito:roles"),
        Some(json!([
            "arn:aws:iam::123456789012:role/first",
            "arn:aws:iam::123456789012:role/second"
        ]))
    );
}

#[tokio::test]
async fn account_is_found_by_linked_attribute() {
    let fixture = with_providers().await;
    let (admin, account) = (fixture.cognito.admin(), "ann@company.example");
    let user = admin.user(EMAIL);
    let link = || user.link_provider("Company", account).attribute("email");
    link().await.unwrap();
    assert_eq!(refused(link().await), ErrorKind::InvalidParameter);
    let by_subject = admin.unlink_provider("Company", account).await;
    assert_eq!(refused(by_subject), ErrorKind::UserNotFound);
    let by_email = || admin.unlink_provider("Company", account).attribute("email");
    by_email().await.unwrap();
    assert_eq!(refused(by_email().await), ErrorKind::UserNotFound);
}

#[tokio::test]
async fn rejects_unknown_provider_and_excess_links() {
    let fixture = with_providers().await;
    let user = fixture.cognito.admin().user(EMAIL);
    let unknown = user.link_provider("Nowhere", "1").await;
    assert_eq!(refused(unknown), ErrorKind::NotFound);
    for number in 0..5 {
        let subject = number.to_string();
        user.link_provider("Google", subject).await.unwrap();
    }
    let sixth = user.link_provider("Google", "5").await;
    assert_eq!(refused(sixth), ErrorKind::Quota);
    let nobody = fixture.cognito.admin().user("nobody@example.com");
    let nobody = nobody.link_provider("Google", "6").await;
    assert_eq!(refused(nobody), ErrorKind::UserNotFound);
}

#[tokio::test]
async fn operator_lists_sign_ins_newest_first() {
    let fixture = watched().await;
    let secret = with_totp(&fixture).await;
    refused(fixture.cognito.login(EMAIL, "WrongPass123!").await);
    let asked = challenge(fixture.cognito.login(EMAIL, PASSWORD).await.unwrap());
    let cognito::Challenge::SoftwareTokenMfa(mfa) = asked else {
        panic!("a TOTP challenge was expected");
    };
    let user = fixture.cognito.admin().user(EMAIL);
    let response = async || {
        let page = user.auth_events().limit(1).await.unwrap();
        page.auth_events[0].event_response.clone()
    };
    assert_eq!(response().await, EventResponse::InProgress);
    let answer = mfa.code(next_code(&fixture, &secret));
    drop(complete(fixture.cognito.respond(answer).await.unwrap()));
    assert_eq!(response().await, EventResponse::Pass);

    let mut seen = Vec::new();
    let mut events = user.auth_events().limit(2).stream();
    while let Some(event) = events.next().await {
        let event = event.unwrap();
        assert!(event.created.is_some());
        assert!(event.event_context_data.ip_address.is_some());
        assert_eq!(event.event_context_data.city, None);
        seen.push((
            event.event_type,
            event.event_response,
            event.challenge_responses,
        ));
    }
    let password = |response| ChallengeResponse::new(EventChallengeName::Password, response);
    let mfa = ChallengeResponse::new(EventChallengeName::Mfa, EventChallengeResponse::Success);
    let (right, wrong) = (
        password(EventChallengeResponse::Success),
        password(EventChallengeResponse::Failure),
    );
    assert_eq!(
        seen,
        [
            (
                EventType::SignIn,
                EventResponse::Pass,
                vec![right.clone(), mfa]
            ),
            (EventType::SignIn, EventResponse::Fail, vec![wrong]),
            (EventType::SignIn, EventResponse::Pass, vec![right]),
            (EventType::SignUp, EventResponse::Pass, vec![]),
        ]
    );
}

#[tokio::test]
async fn event_accepts_feedback() {
    let fixture = watched().await;
    drop(fixture.signed_in().await);
    let user = fixture.cognito.admin().user(EMAIL);
    let page = user.auth_events().limit(1).await.unwrap();
    let id = page.auth_events[0].event_id.as_str();
    user.auth_event_feedback(id, FeedbackValue::Invalid)
        .await
        .unwrap();
    let page = user.auth_events().limit(1).await.unwrap();
    let feedback = page.auth_events[0].event_feedback.as_ref().unwrap();
    assert_eq!(feedback.feedback_value, FeedbackValue::Invalid);
    assert_eq!(feedback.provider, "Admin");
    let unknown = user.auth_event_feedback("made-up", FeedbackValue::Valid);
    assert_eq!(refused(unknown.await), ErrorKind::InvalidParameter);
}

#[tokio::test]
async fn a_pool_without_threat_protection_has_no_events() {
    let fixture = Fixture::ours().await;
    drop(fixture.signed_in().await);
    let user = fixture.cognito.admin().user(EMAIL);
    assert_eq!(refused(user.auth_events().await), ErrorKind::NotEnabled);
    let feedback = user.auth_event_feedback("made-up", FeedbackValue::Valid);
    assert_eq!(refused(feedback.await), ErrorKind::NotEnabled);
}

#[tokio::test]
async fn factors_of_user_are_returned() {
    let fixture = Fixture::ours().await;
    with_totp(&fixture).await;
    let user = fixture.cognito.admin().user(EMAIL);
    let factors = user.auth_factors().await.unwrap();
    assert_eq!(
        factors.factors,
        [AuthFactor::Password, AuthFactor::SoftwareToken]
    );
    assert_eq!(factors.mfa_factors, ["SOFTWARE_TOKEN_MFA"]);
    assert_eq!(factors.preferred_mfa.as_deref(), Some("SOFTWARE_TOKEN_MFA"));
    let nobody = fixture.cognito.admin().user("nobody@example.com");
    let nobody = nobody.auth_factors().await;
    assert_eq!(refused(nobody), ErrorKind::UserNotFound);
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    let fixture = Fixture::ours().await;
    fixture.confirmed_user(EMAIL).await;
    for action in ["AdminUserGlobalSignOut", "AdminGetUser"] {
        let message = format!(
            "User: arn:aws:iam::1:user/x is not authorized to perform: cognito-idp:{action} on \
             resource: arn:aws:cognito-idp:us-east-1:1:userpool/p"
        );
        fixture
            .emulator()
            .inject(Fault::error(action, "AccessDeniedException", message))
            .unwrap();
        let user = fixture.cognito.admin().user(EMAIL);
        let error = user.sign_out_everywhere().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        let text = error.to_string();
        assert!(text.contains(&format!("cognito-idp:{action}")), "{text}");
        assert!(!text.contains("user/x"), "{text}");
    }
}

#[tokio::test]
async fn full_pool_is_a_quota_error() {
    let fixture = Fixture::ours().await;
    let fault = Fault::error("CreateGroup", "LimitExceededException", "Too many groups");
    fixture.emulator().inject(fault).unwrap();
    let error = fixture.cognito.admin().create_group("a").await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Quota, 429));
    assert_eq!(fixture.emulator().calls("CreateGroup"), 1);
}

#[tokio::test]
async fn invalid_input_is_not_sent() {
    let fixture = Fixture::ours().await;
    let admin = fixture.cognito.admin();
    for (field, result) in invalid_groups(&admin).await {
        is_refused(field, result);
    }
    for (field, result) in invalid_users(&admin).await {
        is_refused(field, result);
    }
    for operation in cognito::Operation::ALL {
        assert_eq!(
            fixture.emulator().calls(operation.name()),
            0,
            "{operation:?}"
        );
    }
}

fn is_refused(field: &str, result: Result<()>) {
    let error = result.expect_err(field);
    assert_eq!(error.kind(), ErrorKind::InvalidParameter, "{error}");
    assert!(error.to_string().contains(field), "{error}: {field}");
}

/// Returns the invalid field of each operation with groups, and the result.
async fn invalid_groups(admin: &Admin) -> [(&'static str, Result<()>); 9] {
    let create = || admin.create_group("admins");
    let (group, long) = (admin.group("a"), "x".repeat(2049));
    [
        (
            "group name",
            admin.create_group("two words").await.map(drop),
        ),
        ("group name", admin.group("").details().await.map(drop)),
        (
            "group name",
            admin.group("a b").add_user(EMAIL).await.map(drop),
        ),
        ("user name", group.add_user("a b").await.map(drop)),
        (
            "group description",
            create().description(long).await.map(drop),
        ),
        ("precedence", create().precedence(u32::MAX).await.map(drop)),
        ("role ARN", create().role_arn("admins").await.map(drop)),
        ("change", group.update().await.map(drop)),
        ("page token", group.users().page_token("").await.map(drop)),
    ]
}

/// Returns the invalid field of each operation with users, and the result.
async fn invalid_users(admin: &Admin) -> [(&'static str, Result<()>); 9] {
    let user = admin.user(EMAIL);
    let none = Vec::<String>::new();
    let feedback = user.auth_event_feedback("a b", FeedbackValue::Valid);
    let invitation = user.resend_invitation();
    let long = "a".repeat(257);
    [
        ("page size", admin.groups().limit(61).await.map(drop)),
        ("page size", user.groups().limit(0).await.map(drop)),
        ("attributes", user.delete_attributes(none).await.map(drop)),
        (
            "attribute name",
            user.delete_attributes(["a b"]).await.map(drop),
        ),
        (
            "provider name",
            user.link_provider("Cognito", "1").await.map(drop),
        ),
        (
            "provider attribute value",
            user.link_provider("Google", "").await.map(drop),
        ),
        (
            "provider name",
            admin.unlink_provider("", "1").await.map(drop),
        ),
        ("event id", feedback.await.map(drop)),
        (
            "password",
            invitation.temporary_password(long).await.map(drop),
        ),
    ]
}

async fn administered(mock: MockAdministration) -> Cognito {
    unplugged().administration(mock).build().await.unwrap()
}

fn metadata_of(metadata: &cognito::ClientMetadata) -> bool {
    metadata.iter().eq([("reason", "audit")])
}

#[tokio::test]
async fn client_metadata_reaches_triggers() {
    let mut mock = MockAdministration::new();
    mock.expect_reset_password()
        .withf(|request| metadata_of(&request.client_metadata))
        .times(1)
        .returning(|_| Ok(()));
    mock.expect_confirm_user()
        .withf(|request| metadata_of(&request.client_metadata))
        .times(1)
        .returning(|_| Ok(()));
    mock.expect_create_user()
        .withf(|request| metadata_of(&request.client_metadata))
        .times(1)
        .returning(|request| {
            let status = UserStatus::ForceChangePassword;
            Ok(UserDetails::new(request.username, status))
        });
    let cognito = administered(mock).await;
    let user = cognito.admin().user(EMAIL);
    let reset = user.reset_password().client_metadata("reason", "audit");
    reset.await.unwrap();
    let confirm = user.confirm_sign_up().client_metadata("reason", "audit");
    confirm.await.unwrap();
    let again = user.resend_invitation().client_metadata("reason", "audit");
    again.await.unwrap();
}

#[tokio::test]
async fn group_update_states_all_settings() {
    let mut mock = MockAdministration::new();
    mock.expect_group().times(1).returning(|name| {
        let mut group = Group::new(name.clone());
        group.description = Some("Who may".parse()?);
        group.role_arn = Some("arn:aws:iam::123456789012:role/admins".parse()?);
        Ok(group)
    });
    mock.expect_update_group()
        .withf(|request| {
            request
                .description
                .as_ref()
                .is_some_and(|text| text.as_str() == "Who may")
                && request
                    .precedence
                    .is_some_and(|number| number.as_i32() == 3)
                && request.role_arn.is_some()
        })
        .times(1)
        .returning(|request| Ok(Group::new(request.name)));
    let cognito = administered(mock).await;
    let change = cognito.admin().group("admins").update().precedence(3);
    change.await.unwrap();
}

#[tokio::test]
async fn lost_admin_sign_out_still_rejects_tokens() {
    for (reply, refused_here) in [
        (ErrorKind::ReplyLost, true),
        (ErrorKind::Timeout, true),
        (ErrorKind::UserNotFound, false),
        (ErrorKind::Throttled, false),
    ] {
        let mut mock = MockAdministration::new();
        mock.expect_user().returning(|_| {
            let mut user = UserDetails::new("ann".parse()?, UserStatus::Confirmed);
            user.attributes.set("sub", "sub-of-ann")?;
            Ok(user)
        });
        mock.expect_sign_out_user()
            .returning(move |_| Err(reply.into()));
        let cognito = unplugged()
            .administration(mock)
            .verifier(AnybodyOf("sub-of-ann"))
            .build()
            .await
            .unwrap();
        let user = cognito.admin().user("ann");
        assert_eq!(refused(user.sign_out_everywhere().await), reply);
        let token = cognito.verify_access_token("a.b.c").await;
        assert_eq!(token.is_err(), refused_here, "{reply:?}");
    }
}

/// A verifier that accepts every token as one of this user, issued in this second.
#[derive(Debug)]
struct AnybodyOf(&'static str);

#[async_trait::async_trait]
impl cognito::verifier::TokenVerifier for AnybodyOf {
    async fn verify_access(&self, _: &str) -> Result<std::sync::Arc<AccessClaims>> {
        let (now, later) = (1_800_000_000, 1_800_003_600);
        Ok(std::sync::Arc::new(AccessClaims::new(
            self.0, "iss", "client", now, later,
        )))
    }

    async fn verify_id(&self, _: &str) -> Result<std::sync::Arc<cognito::IdClaims>> {
        Err(ErrorKind::Misuse.into())
    }
}

#[tokio::test]
async fn user_can_return_after_admin_sign_out() {
    let fixture = Fixture::ours().await;
    drop(fixture.signed_in().await);
    let user = fixture.cognito.admin().user(EMAIL);
    user.sign_out_everywhere().await.unwrap();
    fixture.pass(Duration::from_secs(6));
    let tokens = fixture.login().await;
    let access = tokens.access_token.expose();
    fixture.cognito.verify_access_token(access).await.unwrap();
}

#[tokio::test]
async fn admin_builders_hide_users_and_passwords() {
    let fixture = watched().await;
    drop(fixture.signed_in().await);
    let admin = fixture.cognito.admin();
    let user = admin.user(EMAIL);
    let page = user.auth_events().await.unwrap();
    assert!(page.auth_events[0].event_context_data.ip_address.is_some());
    let shown = format!("{page:?}");
    assert!(!shown.contains("127.0.0.1"), "{shown}");
    let metadata = |text: &'static str| user.reset_password().client_metadata("k", text);
    for shown in [
        format!("{:?}", user.auth_events()),
        format!("{:?}", user.groups()),
        format!("{:?}", user.groups().stream()),
        format!("{:?}", metadata("Very Secret")),
        format!(
            "{:?}",
            user.confirm_sign_up().client_metadata("k", "Very Secret")
        ),
        format!(
            "{:?}",
            user.resend_invitation().temporary_password(PASSWORD)
        ),
        format!("{:?}", user.link_provider("Google", "Very Secret")),
        format!("{:?}", admin.unlink_provider("Google", "Very Secret")),
    ] {
        for secret in [EMAIL, PASSWORD, "Very Secret"] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    }
}
