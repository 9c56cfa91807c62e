//! With a fake Cognito that accepts every request, but responds only to some of them: a call that
//! changes data must arrive once, even if its response is lost.

use std::collections::BTreeMap;

use cognito_aws::AwsCognito;
use cognito_core::account::devices::{ConfirmDeviceRequest, DeviceRequest};
use cognito_core::account::mfa::VerifyTotpRequest;
use cognito_core::account::passkeys::{CompletePasskeyRegistrationRequest, DeletePasskeyRequest};
use cognito_core::account::password::ChangePasswordRequest;
use cognito_core::account::profile::{
    DeleteAttributesRequest, SendAttributeCodeRequest, UpdateAttributesRequest,
    VerifyAttributeRequest,
};
use cognito_core::account::sessions::RevokeSessionRequest;
use cognito_core::administration::devices::UserDeviceRequest;
use cognito_core::administration::groups::GroupRequest;
use cognito_core::administration::providers::{LinkProviderRequest, ProviderUser};
use cognito_core::administration::sessions::RevokeUserSessionRequest;
use cognito_core::administration::users::{
    ConfirmUserRequest, CreateUserRequest, DeleteUserAttributesRequest, ResetPasswordRequest,
    SetPasswordRequest, UpdateUserAttributesRequest,
};
use cognito_core::authentication::challenge::ChallengeStep;
use cognito_core::authentication::password::{ConfirmForgotPasswordRequest, ForgotPasswordRequest};
use cognito_core::authentication::refresh::RefreshRequest;
use cognito_core::authentication::sign_in::{ChallengeApi, SignInRequest};
use cognito_core::authentication::sign_up::{
    ConfirmSignUpRequest, ResendConfirmationCodeRequest, SignUpRequest,
};
use cognito_core::device::{NewDevice, RememberedDevice};
use cognito_core::id::{DeviceKey, SessionId};
use cognito_core::ports::{Account, Administration, Authentication};
use cognito_core::{
    AccessToken, Attributes, Challenge, ChallengeAnswer, ChallengeName, ErrorKind, RefreshToken,
    Result, Session, SignInFlow, Username,
};

use serde_json::json;

use crate::fake::{self, FakeCognito};

fn name() -> Username {
    Username::new("ann@example.com").unwrap()
}

fn token() -> AccessToken {
    AccessToken::new("aaaa.bbbb.cccc").unwrap()
}

fn device_key() -> DeviceKey {
    "us-east-1_4d2ad41e-3ad1-4ad5-b0a1-8a5a1f2f7c11"
        .parse()
        .unwrap()
}

fn session_id() -> SessionId {
    "tkn0123456789abcdefghijklmno".parse().unwrap()
}

fn attributes() -> Attributes {
    let mut attributes = Attributes::new();
    attributes.set("name", "Ann").unwrap();
    attributes
}

fn provider_user() -> ProviderUser {
    ProviderUser::new("Google".parse().unwrap(), "subject-1").unwrap()
}

fn challenge(name_of_it: ChallengeName, api: ChallengeApi) -> Challenge {
    let session = Session::new("s".repeat(40)).unwrap();
    let parameters = BTreeMap::new();
    let step = ChallengeStep::new(name_of_it, name(), Some(session), parameters, api);
    Challenge::from(step)
}

/// All operations that use something up: a code, a session, an attempt, or a name.
const OPERATIONS: &[&str] = &[
    "AdminConfirmSignUp",
    "AdminCreateUser",
    "AdminDeleteUser",
    "AdminDeleteUserAttributes",
    "AdminDisableProviderForUser",
    "AdminForgetDevice",
    "AdminInitiateAuth",
    "AdminLinkProviderForUser",
    "AdminResetUserPassword",
    "AdminRespondToAuthChallenge",
    "AdminRevokeUserSession",
    "AdminSetUserPassword",
    "AdminUpdateUserAttributes",
    "AssociateSoftwareToken",
    "ChangePassword",
    "CompleteWebAuthnRegistration",
    "ConfirmDevice",
    "ConfirmForgotPassword",
    "ConfirmSignUp",
    "CreateGroup",
    "DeleteGroup",
    "DeleteUser",
    "DeleteUserAttributes",
    "DeleteWebAuthnCredential",
    "ForgetDevice",
    "ForgotPassword",
    "GetTokensFromRefreshToken",
    "GetUserAttributeVerificationCode",
    "GlobalSignOut",
    "InitiateAuth",
    "ResendConfirmationCode",
    "RespondToAuthChallenge",
    "RevokeUserSession",
    "SignUp",
    "UpdateUserAttributes",
    "VerifySoftwareToken",
    "VerifyUserAttribute",
];

async fn call(aws: &AwsCognito, operation: &str) -> Result<()> {
    match operation {
        "AssociateSoftwareToken"
        | "InitiateAuth"
        | "RespondToAuthChallenge"
        | "ForgotPassword"
        | "ConfirmForgotPassword"
        | "SignUp"
        | "ConfirmSignUp"
        | "GetTokensFromRefreshToken"
        | "ResendConfirmationCode" => anyone(aws, operation).await,
        "CreateGroup" | "DeleteGroup" => operator(aws, operation).await,
        _ if operation.starts_with("Admin") => operator(aws, operation).await,
        _ => signed_in(aws, operation).await,
    }
}

async fn anyone(aws: &AwsCognito, operation: &str) -> Result<()> {
    let password = || "SecurePass123!".parse().unwrap();
    let code = || "123456".parse().unwrap();
    match operation {
        "AssociateSoftwareToken" => {
            let session = Session::new("s".repeat(40)).unwrap();
            aws.enroll_totp(&session).await.map(drop)
        }
        "ConfirmForgotPassword" => {
            let request = ConfirmForgotPasswordRequest::new(name(), code(), password());
            aws.confirm_forgot_password(request).await
        }
        "ConfirmSignUp" => {
            let request = ConfirmSignUpRequest::new(name(), code());
            aws.confirm_sign_up(request).await.map(drop)
        }
        "ForgotPassword" => {
            let request = ForgotPasswordRequest::new(name());
            aws.forgot_password(request).await.map(drop)
        }
        "GetTokensFromRefreshToken" => {
            let token = RefreshToken::new("r".repeat(40)).unwrap();
            aws.refresh(RefreshRequest::new(token)).await.map(drop)
        }
        "InitiateAuth" => {
            let request = SignInRequest::password(name(), password(), SignInFlow::UserPassword);
            aws.sign_in(request).await.map(drop)
        }
        "ResendConfirmationCode" => {
            let request = ResendConfirmationCodeRequest::new(name());
            aws.resend_confirmation_code(request).await.map(drop)
        }
        "RespondToAuthChallenge" => {
            let asked = challenge(ChallengeName::SmsMfa, ChallengeApi::Public);
            let answer = asked.answer_with([("SMS_MFA_CODE", "123456")]);
            aws.respond_to_challenge(&answer).await.map(drop)
        }
        "SignUp" => {
            let request = SignUpRequest::new(name(), password());
            aws.sign_up(request).await.map(drop)
        }
        other => panic!("{other} is nobody's"),
    }
}

async fn signed_in(aws: &AwsCognito, operation: &str) -> Result<()> {
    let password = || "SecurePass123!".parse().unwrap();
    let email = || "email".parse().unwrap();
    match operation {
        "ChangePassword" => {
            let request = ChangePasswordRequest::new(token(), password(), password());
            aws.change_password(request).await
        }
        "CompleteWebAuthnRegistration" => {
            let credential = r#"{"id":"AQ","response":{"attestationObject":"oA"}}"#;
            let credential = credential.parse().unwrap();
            let request = CompletePasskeyRegistrationRequest::new(token(), credential);
            aws.complete_passkey_registration(request).await
        }
        "ConfirmDevice" => {
            let device = NewDevice::new(device_key(), "-group".parse().unwrap());
            let request = ConfirmDeviceRequest::new(token(), device);
            aws.confirm_device(request).await.map(drop)
        }
        "DeleteUser" => aws.delete_current_user(&token()).await.map(drop),
        "DeleteUserAttributes" => {
            let names = vec!["name".parse().unwrap()];
            let request = DeleteAttributesRequest::new(token(), names);
            aws.delete_attributes(request).await
        }
        "DeleteWebAuthnCredential" => {
            let request = DeletePasskeyRequest::new(token(), "AQ".parse().unwrap());
            aws.delete_passkey(request).await
        }
        "ForgetDevice" => {
            let request = DeviceRequest::new(token(), device_key());
            aws.forget_device(request).await
        }
        "GetUserAttributeVerificationCode" => {
            let request = SendAttributeCodeRequest::new(token(), email());
            aws.send_attribute_code(request).await.map(drop)
        }
        "GlobalSignOut" => aws.global_sign_out(&token()).await.map(drop),
        "RevokeUserSession" => {
            let request = RevokeSessionRequest::new(token(), session_id());
            aws.revoke_session(request).await.map(drop)
        }
        "UpdateUserAttributes" => {
            let request = UpdateAttributesRequest::new(token(), attributes());
            aws.update_attributes(request).await.map(drop)
        }
        "VerifySoftwareToken" => {
            let request = VerifyTotpRequest::new(token(), "123456".parse().unwrap());
            aws.verify_totp(request).await
        }
        "VerifyUserAttribute" => {
            let code = "123456".parse().unwrap();
            let request = VerifyAttributeRequest::new(token(), email(), code);
            aws.verify_attribute(request).await
        }
        other => panic!("{other} is nobody's"),
    }
}

async fn operator(aws: &AwsCognito, operation: &str) -> Result<()> {
    let password = || "SecurePass123!".parse().unwrap();
    match operation {
        "AdminConfirmSignUp" => {
            let request = ConfirmUserRequest::new(name());
            aws.confirm_user(request).await
        }
        "AdminCreateUser" => {
            let request = CreateUserRequest::new(name());
            aws.create_user(request).await.map(drop)
        }
        "AdminDeleteUserAttributes" => {
            let names = vec!["name".parse().unwrap()];
            let request = DeleteUserAttributesRequest::new(name(), names);
            aws.delete_user_attributes(request).await
        }
        "AdminDisableProviderForUser" => aws.unlink_provider(&provider_user()).await,
        "AdminForgetDevice" => {
            let request = UserDeviceRequest::new(name(), device_key());
            aws.forget_user_device(request).await
        }
        "AdminLinkProviderForUser" => {
            let request = LinkProviderRequest::new(name(), provider_user());
            aws.link_provider(request).await
        }
        "AdminResetUserPassword" => {
            let request = ResetPasswordRequest::new(name());
            aws.reset_password(request).await
        }
        "CreateGroup" => {
            let request = GroupRequest::new("admins".parse().unwrap());
            aws.create_group(request).await.map(drop)
        }
        "DeleteGroup" => aws.delete_group(&"admins".parse().unwrap()).await,
        "AdminDeleteUser" => aws.delete_user(&name()).await.map(drop),
        "AdminInitiateAuth" => {
            let request =
                SignInRequest::password(name(), password(), SignInFlow::AdminUserPassword);
            aws.sign_in(request).await.map(drop)
        }
        "AdminRespondToAuthChallenge" => {
            let asked = challenge(ChallengeName::SmsMfa, ChallengeApi::Admin);
            let answer = asked.answer_with([("SMS_MFA_CODE", "123456")]);
            aws.respond_to_challenge(&answer).await.map(drop)
        }
        "AdminRevokeUserSession" => {
            let request = RevokeUserSessionRequest::new(name(), session_id());
            aws.revoke_user_session(request).await.map(drop)
        }
        "AdminSetUserPassword" => {
            let request = SetPasswordRequest::new(name(), password(), false);
            aws.set_password(request).await
        }
        "AdminUpdateUserAttributes" => {
            let request = UpdateUserAttributesRequest::new(name(), attributes());
            aws.update_user_attributes(request).await
        }
        other => panic!("{other} is nobody's"),
    }
}

#[tokio::test]
async fn thousand_lost_replies_repeat_nothing() {
    let fake = FakeCognito::default();
    let aws = fake.adapter().await;
    let mut lost = 0;
    for round in 1..=36 {
        for operation in OPERATIONS {
            if round % 2 == 0 {
                // Opens a connection that the next request uses.
                let rejection = aws.current_user(&token()).await.unwrap_err();
                assert_eq!(rejection.kind(), ErrorKind::TokenExpired);
            }
            let error = call(&aws, operation).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ReplyLost, "{operation}");
            assert!(error.may_have_taken_effect(), "{operation}");
            assert_eq!(fake.count(operation), round, "{operation}");
            lost += 1;
        }
    }
    assert!(lost >= 1000, "{lost}");
}

/// A login by SRP and a set-up take two calls each. The response to the second one is lost.
#[tokio::test]
async fn second_call_is_not_repeated_either() {
    let fake = FakeCognito::default();
    let aws = fake.adapter().await;
    fake.answer("InitiateAuth", fake::password_verifier());
    for round in 1..=25 {
        let password = "SecurePass123!".parse().unwrap();
        let request = SignInRequest::password(name(), password, SignInFlow::UserSrp);
        let error = aws.sign_in(request).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ReplyLost);
        assert_eq!(fake.count("RespondToAuthChallenge"), round);
    }
    for round in 1..=25 {
        let error = aws.respond_to_challenge(&set_up()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ReplyLost);
        assert_eq!(fake.count("VerifySoftwareToken"), round);
    }
    // The password was not proven, so no challenge response was sent.
    assert_eq!(fake.count("RespondToAuthChallenge"), 25);
}

#[tokio::test]
async fn setup_continues_with_session_of_proof() {
    let fake = FakeCognito::default();
    let aws = fake.adapter().await;
    let next = "n".repeat(40);
    let proven = json!({ "Status": "SUCCESS", "Session": next });
    fake.answer("VerifySoftwareToken", proven);
    let error = aws.respond_to_challenge(&set_up()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ReplyLost);
    assert_eq!(fake.last("VerifySoftwareToken")["Session"], "s".repeat(40));
    assert_eq!(fake.last("RespondToAuthChallenge")["Session"], next);
}

fn set_up() -> ChallengeAnswer {
    match challenge(ChallengeName::MfaSetup, ChallengeApi::Public) {
        Challenge::MfaSetup(setup) => setup.totp_code("123456"),
        other => panic!("{} is another challenge", other.name()),
    }
}

/// The proof of a device takes two more calls. The response of any of the four calls can be lost.
#[tokio::test]
async fn device_steps_are_never_repeated() {
    let asked_of_device = || json!({ "ChallengeName": "DEVICE_SRP_AUTH" });
    let mut verifier = fake::password_verifier();
    verifier["ChallengeName"] = json!("DEVICE_PASSWORD_VERIFIER");
    for (challenges, sent) in [
        (vec![], vec!["PASSWORD_VERIFIER"]),
        (
            vec![("PASSWORD_VERIFIER", asked_of_device())],
            vec!["PASSWORD_VERIFIER", "DEVICE_SRP_AUTH"],
        ),
        (
            vec![
                ("PASSWORD_VERIFIER", asked_of_device()),
                ("DEVICE_SRP_AUTH", verifier),
            ],
            vec![
                "PASSWORD_VERIFIER",
                "DEVICE_SRP_AUTH",
                "DEVICE_PASSWORD_VERIFIER",
            ],
        ),
    ] {
        let fake = FakeCognito::default();
        let aws = fake.adapter().await;
        fake.answer("InitiateAuth", fake::password_verifier());
        for (challenge, answer) in challenges {
            fake.answer_challenge(challenge, answer);
        }
        let error = aws.sign_in(on_device()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ReplyLost);
        let requests = fake.all("RespondToAuthChallenge");
        let names: Vec<_> = requests
            .iter()
            .map(|body| body["ChallengeName"].as_str().unwrap())
            .collect();
        assert_eq!(names, sent);
        let key = device_key();
        for body in requests {
            assert_eq!(body["ChallengeResponses"]["DEVICE_KEY"], key.as_str());
        }
        let begun = fake.last("InitiateAuth");
        assert_eq!(begun["AuthParameters"]["DEVICE_KEY"], key.as_str());
    }
}

#[tokio::test]
async fn each_proof_draws_a_private_value() {
    let fake = FakeCognito::default();
    let aws = fake.adapter().await;
    fake.answer("InitiateAuth", fake::password_verifier());
    fake.answer_challenge(
        "PASSWORD_VERIFIER",
        json!({ "ChallengeName": "DEVICE_SRP_AUTH", "Session": "d".repeat(40) }),
    );
    let error = aws.sign_in(on_device()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ReplyLost);
    let begun = fake.last("InitiateAuth");
    let device = fake.last("RespondToAuthChallenge");
    assert_eq!(device["Session"], "d".repeat(40));
    let (first, second) = (
        &begun["AuthParameters"]["SRP_A"],
        &device["ChallengeResponses"]["SRP_A"],
    );
    assert!(first.is_string() && second.is_string());
    assert_ne!(first, second);
}

fn on_device() -> SignInRequest {
    let password = "SecurePass123!".parse().unwrap();
    let mut request = SignInRequest::password(name(), password, SignInFlow::UserSrp);
    let device = NewDevice::new(device_key(), "-group".parse().unwrap());
    let password = "the-device-s".parse().unwrap();
    request.device = Some(RememberedDevice::new(device, password));
    request
}
