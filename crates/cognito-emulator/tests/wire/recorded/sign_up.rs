//! Scenarios of sign-ups, confirmations and forgotten passwords.

use std::time::Duration;

use cognito_emulator::{Trigger, TriggerError, Usernames};
use serde_json::{Value, json};

use super::shared::{call, signed, with};
use crate::support::{
    CLIENT, EMAIL, PASSWORD, PHONE, Pool, Reply, new_client, new_person, new_pool, pool, pool_of,
    pool_with,
};

const DAY: Duration = Duration::from_secs(24 * 3600);

pub(super) async fn reply(scenario: &str) -> Option<Reply> {
    if let Some(reply) = names(scenario).await {
        return Some(reply);
    }
    if let Some(reply) = attributes(scenario).await {
        return Some(reply);
    }
    if let Some(reply) = confirmations(scenario).await {
        return Some(reply);
    }
    if let Some(reply) = resets(scenario).await {
        return Some(reply);
    }
    rejections(scenario).await
}

fn email(address: &str) -> Value {
    json!([{ "Name": "email", "Value": address }])
}

async fn names(scenario: &str) -> Option<Reply> {
    let pool = pool().await;
    Some(match scenario {
        "username_taken" => {
            call(&pool, "SignUp", &[]).await.ok();
            call(&pool, "SignUp", &[]).await
        }
        "email_taken" => {
            call(&pool, "SignUp", &[]).await.ok();
            let changes = [("Username", json!(PHONE)), ("UserAttributes", email(EMAIL))];
            call(&pool, "SignUp", &changes).await
        }
        "admin_username_taken" => {
            pool.person();
            signed(&pool, "AdminCreateUser", &[]).await
        }
        "password_too_short" => {
            let changes = [("Password", json!("Short1!"))];
            call(&pool, "SignUp", &changes).await
        }
        "name_no_email_or_phone" => {
            let changes = [("Username", json!("ann"))];
            call(&pool, "SignUp", &changes).await
        }
        "admin_name_no_email" => {
            let fields = json!({ "UsernameAttributes": ["email"] });
            let id = new_pool(&pool, fields).await;
            let changes = [("UserPoolId", json!(id)), ("Username", json!("ann"))];
            signed(&pool, "AdminCreateUser", &changes).await
        }
        "invite_unknown_again" => {
            let changes = [("MessageAction", json!("RESEND"))];
            signed(&pool, "AdminCreateUser", &changes).await
        }
        "resend_to_confirmed_user" => {
            pool.person();
            let changes = [("MessageAction", json!("RESEND"))];
            signed(&pool, "AdminCreateUser", &changes).await
        }
        "admin_get_unknown_user" => signed(&pool, "AdminGetUser", &[]).await,
        _ => return None,
    })
}

async fn attributes(scenario: &str) -> Option<Reply> {
    let of = |name: &str, value: &str| json!([{ "Name": name, "Value": value }]);
    let unknown = json!([
        { "Name": "custom:a", "Value": "1" },
        { "Name": "custom:b", "Value": "2" },
    ]);
    let given = match scenario {
        "phone_not_valid" | "admin_phone_not_valid" => of("phone_number", "12345"),
        "email_not_valid" => of("email", "no-address"),
        "sign_up_unknown_attributes" | "update_unknown_attributes" => unknown,
        "sign_up_unwritable_attribute" | "update_unwritable_attribute" => of("nickname", "Annie"),
        "update_immutable_attribute" => of("email", "other@example.com"),
        _ => return None,
    };
    let changes = [("UserAttributes", given)];
    if scenario == "update_immutable_attribute" {
        return Some(immutable(&changes).await);
    }
    let pool = match scenario {
        "sign_up_unwritable_attribute" | "update_unwritable_attribute" => {
            pool_of(|client| client.write_attributes(["email", "name"])).await
        }
        _ => pool().await,
    };
    Some(match scenario {
        "admin_phone_not_valid" => signed(&pool, "AdminCreateUser", &changes).await,
        "update_unknown_attributes" | "update_unwritable_attribute" => {
            pool.person();
            let token = [("AccessToken", json!(pool.tokens().await.access))];
            let fields = with(with(json!({}), &changes), &token);
            pool.call("UpdateUserAttributes", fields).await
        }
        _ if scenario.starts_with("phone") || scenario.starts_with("email") => {
            // The user name is an address of the other kind.
            let name = if scenario.starts_with("phone") {
                EMAIL
            } else {
                PHONE
            };
            let fields = with(
                json!({ "ClientId": CLIENT, "Password": PASSWORD }),
                &changes,
            );
            let fields = with(fields, &[("Username", json!(name))]);
            pool.call("SignUp", fields).await
        }
        _ => call(&pool, "SignUp", &changes).await,
    })
}

/// Changes an attribute that is immutable in its pool.
async fn immutable(changes: &[(&str, Value)]) -> Reply {
    let pool = pool().await;
    let schema = json!([{ "Name": "email", "AttributeDataType": "String", "Mutable": false, "Required": true }]);
    let id = new_pool(&pool, json!({ "Schema": schema })).await;
    let client = new_client(&pool, &id, json!({})).await;
    let fields = json!({
        "UserPoolId": id,
        "Username": "ann",
        "UserAttributes": email(EMAIL),
        "MessageAction": "SUPPRESS",
    });
    pool.operator("AdminCreateUser", fields).await.ok();
    let fields = json!({
        "UserPoolId": id, "Username": "ann", "Password": PASSWORD, "Permanent": true,
    });
    pool.operator("AdminSetUserPassword", fields).await.ok();
    let fields = crate::support::password_fields(&client["ClientId"], "ann");
    let answer = pool.call("InitiateAuth", fields).await.ok();
    let token = answer["AuthenticationResult"]["AccessToken"].clone();
    let fields = with(json!({ "AccessToken": token }), changes);
    pool.call("UpdateUserAttributes", fields).await
}

async fn signed_up() -> Pool {
    let pool = pool().await;
    call(&pool, "SignUp", &[]).await.ok();
    pool
}

async fn confirmations(scenario: &str) -> Option<Reply> {
    Some(match scenario {
        "confirm_code_wrong" => {
            let pool = signed_up().await;
            let wrong = [("ConfirmationCode", json!(pool.wrong_code(EMAIL)))];
            call(&pool, "ConfirmSignUp", &wrong).await
        }
        "confirm_code_expired" => {
            let pool = signed_up().await;
            let code = [("ConfirmationCode", json!(pool.code(EMAIL)))];
            pool.advance(DAY);
            call(&pool, "ConfirmSignUp", &code).await
        }
        "confirmed_again" => {
            let pool = signed_up().await;
            let code = [("ConfirmationCode", json!(pool.code(EMAIL)))];
            call(&pool, "ConfirmSignUp", &code).await.ok();
            call(&pool, "ConfirmSignUp", &code).await
        }
        "admin_confirmed_again" => {
            let pool = pool().await;
            pool.person();
            signed(&pool, "AdminConfirmSignUp", &[]).await
        }
        "confirm_limit" => until_limit(&signed_up().await, "ConfirmSignUp").await,
        "resend_limit" => until_limit(&signed_up().await, "ResendConfirmationCode").await,
        "resend_to_confirmed" => {
            let pool = pool().await;
            pool.person();
            call(&pool, "ResendConfirmationCode", &[]).await
        }
        "resend_without_verification" => {
            let pool = pool().await;
            let id = new_pool(&pool, json!({})).await;
            let client = new_client(&pool, &id, json!({})).await;
            let client = [
                ("ClientId", client["ClientId"].clone()),
                ("Username", json!("ann")),
                ("UserAttributes", email(EMAIL)),
            ];
            call(&pool, "SignUp", &client).await.ok();
            call(&pool, "ResendConfirmationCode", &client).await
        }
        "alias_taken" => {
            let pool = pool_with(|builder| builder.usernames(Usernames::Plain)).await;
            let mut last = None;
            for name in ["first", "second"] {
                let name = ("Username", json!(name));
                let signing_up = [name.clone(), ("UserAttributes", email(EMAIL))];
                call(&pool, "SignUp", &signing_up).await.ok();
                let code = [name, ("ConfirmationCode", json!(pool.code(EMAIL)))];
                last = Some(call(&pool, "ConfirmSignUp", &code).await);
            }
            last?
        }
        _ => return None,
    })
}

/// Calls an operation until the limit of attempts is reached.
pub(super) async fn until_limit(pool: &Pool, operation: &str) -> Reply {
    let mut reply = call(pool, operation, &[]).await;
    for _ in 0..20 {
        if reply.body["__type"] == "LimitExceededException" {
            break;
        }
        reply = call(pool, operation, &[]).await;
    }
    reply
}

async fn resets(scenario: &str) -> Option<Reply> {
    let pool = pool().await;
    let invited = [("TemporaryPassword", json!(PASSWORD))];
    Some(match scenario {
        "forgot_unknown_user" => call(&pool, "ForgotPassword", &[]).await,
        "forgot_password_limit" => {
            pool.person();
            until_limit(&pool, "ForgotPassword").await
        }
        "forgot_temporary_password" => {
            signed(&pool, "AdminCreateUser", &invited).await.ok();
            call(&pool, "ForgotPassword", &[]).await
        }
        "admin_reset_temporary_password" => {
            signed(&pool, "AdminCreateUser", &invited).await.ok();
            signed(&pool, "AdminResetUserPassword", &[]).await
        }
        "forgot_without_verified_address" | "forgot_admin_only" => {
            let mut fields = json!({});
            if scenario == "forgot_admin_only" {
                fields["AccountRecoverySetting"] =
                    json!({ "RecoveryMechanisms": [{ "Name": "admin_only", "Priority": 1 }] });
            }
            let id = new_pool(&pool, fields).await;
            let client = new_client(&pool, &id, json!({})).await;
            new_person(&pool, &id, "ann").await;
            let changes = [
                ("ClientId", client["ClientId"].clone()),
                ("Username", json!("ann")),
            ];
            call(&pool, "ForgotPassword", &changes).await
        }
        "reset_code_expired" | "reset_code_wrong" => {
            pool.person();
            call(&pool, "ForgotPassword", &[]).await.ok();
            let code = if scenario == "reset_code_wrong" {
                pool.wrong_code(EMAIL).to_owned()
            } else {
                let code = pool.code(EMAIL);
                pool.advance(DAY);
                code
            };
            call(
                &pool,
                "ConfirmForgotPassword",
                &[("ConfirmationCode", json!(code))],
            )
            .await
        }
        _ => return None,
    })
}

async fn rejections(scenario: &str) -> Option<Reply> {
    Some(match scenario {
        "sign_up_off" => {
            let pool = pool().await;
            let config = json!({ "AdminCreateUserConfig": { "AllowAdminCreateUserOnly": true } });
            let id = new_pool(&pool, config).await;
            let client = new_client(&pool, &id, json!({})).await;
            let changes = [
                ("ClientId", client["ClientId"].clone()),
                ("Username", json!("ann")),
            ];
            call(&pool, "SignUp", &changes).await
        }
        "trigger_rejects" => {
            let pool = pool_with(|builder| {
                builder.trigger(Trigger::PreSignUp, |_| {
                    Err(TriggerError::Refused("Only company addresses".to_owned()))
                })
            })
            .await;
            call(&pool, "SignUp", &[]).await
        }
        "trigger_response_not_readable" => {
            let pool =
                pool_with(|builder| builder.trigger(Trigger::PreSignUp, |_| Ok(json!("ok")))).await;
            call(&pool, "SignUp", &[]).await
        }
        _ => return None,
    })
}
