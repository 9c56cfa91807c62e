//! Scenarios that apply to several operations.

use cognito_emulator::{DeviceConfiguration, ThreatProtection};
use serde_json::{Value, json};

use crate::devices::STRANGER;
use crate::support::{CLIENT, EMAIL, PASSWORD, Pool, Reply, pool, pool_with};

/// Runs a scenario that is the same for every operation.
pub(super) async fn reply(scenario: &str, operation: &str) -> Option<Reply> {
    Some(match scenario {
        "made_up_access_token" => call(&pool().await, operation, &[]).await,
        "unknown_client" => {
            let changes = [("ClientId", json!("nosuchclient"))];
            call(&pool().await, operation, &changes).await
        }
        "unknown_pool" => {
            let changes = [("UserPoolId", json!("us-east-1_Nothing01"))];
            signed(&pool().await, operation, &changes).await
        }
        "unknown_user" => {
            let pool = watched().await;
            pool.emulator.create_group("admins");
            signed(&pool, operation, &[]).await
        }
        "weak_password" => weak_password(operation).await,
        _ => return None,
    })
}

/// Returns a pool with the features that the operations of the scenarios need.
async fn watched() -> Pool {
    pool_with(|builder| {
        builder
            .threat_protection(ThreatProtection::Audit)
            .device_configuration(DeviceConfiguration::new())
    })
    .await
}

async fn weak_password(operation: &str) -> Reply {
    let pool = pool().await;
    let weak = json!("abc");
    match operation {
        "SignUp" => call(&pool, operation, &[("Password", weak)]).await,
        "AdminCreateUser" => signed(&pool, operation, &[("TemporaryPassword", weak)]).await,
        "AdminSetUserPassword" => {
            pool.person();
            signed(&pool, operation, &[("Password", weak)]).await
        }
        "ChangePassword" => {
            pool.person();
            let token = json!(pool.tokens().await.access);
            // A password that is shorter than the service model allows would cause another
            // exception.
            let changes = [
                ("AccessToken", token),
                ("ProposedPassword", json!("abcdef")),
            ];
            call(&pool, operation, &changes).await
        }
        _ => {
            pool.person();
            call(&pool, "ForgotPassword", &[]).await.ok();
            let code = json!(pool.code(EMAIL));
            let changes = [("ConfirmationCode", code), ("Password", json!("abcdef"))];
            call(&pool, operation, &changes).await
        }
    }
}

pub(super) async fn call(pool: &Pool, operation: &str, changes: &[(&str, Value)]) -> Reply {
    pool.call(operation, with(fields(operation), changes)).await
}

pub(super) async fn signed(pool: &Pool, operation: &str, changes: &[(&str, Value)]) -> Reply {
    pool.admin(operation, with(fields(operation), changes))
        .await
}

pub(super) fn with(mut fields: Value, changes: &[(&str, Value)]) -> Value {
    for (name, value) in changes {
        fields[*name] = value.clone();
    }
    fields
}

/// Returns valid fields for an operation. Like AWS, the emulator ignores members that the operation
/// does not have.
fn fields(operation: &str) -> Value {
    let attributes = json!([{ "Name": "name", "Value": "Ann" }]);
    let source = json!({
        "ProviderName": "Google",
        "ProviderAttributeName": "Cognito_Subject",
        "ProviderAttributeValue": "1",
    });
    let mut fields = json!({
        "AccessToken": "a.b.c",
        "ClientId": CLIENT,
        "Code": "123456",
        "ConfirmationCode": "123456",
        "DeviceKey": STRANGER,
        "EventId": "an-event",
        "FeedbackValue": "Valid",
        "GroupName": "admins",
        "Password": PASSWORD,
        "PreviousPassword": PASSWORD,
        "ProposedPassword": PASSWORD,
        "RefreshToken": "made-up",
        "Username": EMAIL,
    });
    match operation {
        "AdminDeleteUserAttributes" | "DeleteUserAttributes" => {
            fields["UserAttributeNames"] = json!(["name"]);
        }
        "AdminUpdateUserAttributes" | "UpdateUserAttributes" => {
            fields["UserAttributes"] = attributes;
        }
        "AdminInitiateAuth" | "InitiateAuth" => {
            let flow = match operation {
                "InitiateAuth" => "USER_PASSWORD_AUTH",
                _ => "ADMIN_USER_PASSWORD_AUTH",
            };
            fields["AuthFlow"] = json!(flow);
            fields["AuthParameters"] = json!({ "USERNAME": EMAIL, "PASSWORD": PASSWORD });
        }
        "AdminRespondToAuthChallenge" | "RespondToAuthChallenge" => {
            fields["ChallengeName"] = json!("SMS_MFA");
            fields["ChallengeResponses"] = json!({ "USERNAME": EMAIL, "SMS_MFA_CODE": "123456" });
            fields["Session"] = json!("made-up-session-of-more-than-twenty-characters");
        }
        "AdminDisableProviderForUser" => fields["User"] = source,
        "AdminLinkProviderForUser" => {
            fields["DestinationUser"] =
                json!({ "ProviderName": "Cognito", "ProviderAttributeValue": EMAIL });
            fields["SourceUser"] = source;
        }
        "CompleteWebAuthnRegistration" => fields["Credential"] = json!({}),
        "DeleteWebAuthnCredential" => fields["CredentialId"] = json!("abc"),
        "GetUserAttributeVerificationCode" | "VerifyUserAttribute" => {
            fields["AttributeName"] = json!("email");
        }
        _ => {}
    }
    fields
}
