//! Scenarios of sign-ins, challenges, secrets and refreshes.

use std::time::Duration;

use cognito_emulator::{AuthFlow, Client, RiskLevel, ThreatProtection};
use serde_json::{Value, json};

use super::shared::{call, signed, with};
use crate::support::{
    CLIENT, EMAIL, PASSWORD, PHONE, Pool, Reply, Tokens, pool, pool_of, pool_with, secret_hash,
    sign_in_fields,
};

const WRONG: &str = "Wrong1234!";
const DAY: Duration = Duration::from_secs(24 * 3600);

pub(super) async fn reply(scenario: &str) -> Option<Reply> {
    if let Some(reply) = passwords(scenario).await {
        return Some(reply);
    }
    if let Some(reply) = flows(scenario).await {
        return Some(reply);
    }
    if let Some(reply) = risks(scenario).await {
        return Some(reply);
    }
    if let Some(reply) = secrets(scenario).await {
        return Some(reply);
    }
    if let Some(reply) = challenges(scenario).await {
        return Some(reply);
    }
    refreshes(scenario).await
}

async fn person() -> Pool {
    let pool = pool().await;
    pool.person();
    pool
}

/// Sign-ins and sign-ups that threat protection blocks.
async fn risks(scenario: &str) -> Option<Reply> {
    let pool = pool_with(|it| it.threat_protection(ThreatProtection::Enforced)).await;
    let configuration = match scenario {
        "address_blocked" | "sign_up_address_blocked" => json!({
            "RiskExceptionConfiguration": { "BlockedIPRangeList": ["127.0.0.1/32"] },
        }),
        "risk_blocked" => json!({ "AccountTakeoverRiskConfiguration": {
            "Actions": { "LowAction": { "Notify": false, "EventAction": "BLOCK" } },
        } }),
        _ => return None,
    };
    pool.admin("SetRiskConfiguration", configuration).await.ok();
    if scenario == "sign_up_address_blocked" {
        let fields = json!({ "ClientId": CLIENT, "Username": EMAIL, "Password": PASSWORD });
        return Some(pool.call("SignUp", fields).await);
    }
    pool.person();
    let risk = Some(RiskLevel::Low);
    pool.emulator.set_risk(EMAIL, risk).expect("a user");
    Some(pool.sign_in(EMAIL, PASSWORD).await)
}

async fn passwords(scenario: &str) -> Option<Reply> {
    let pool = match scenario {
        "unknown_user_hidden" => pool_of(|client| client.prevent_user_existence_errors(true)).await,
        _ => pool().await,
    };
    let name = json!({ "Username": EMAIL });
    match scenario {
        "unknown_user_hidden" | "sign_in_unknown_user" => {}
        "wrong_password" | "locked_out" => {
            pool.person();
            for _ in 0..if scenario == "locked_out" { 5 } else { 0 } {
                pool.sign_in(EMAIL, WRONG).await;
            }
            return Some(pool.sign_in(EMAIL, WRONG).await);
        }
        "admin_wrong_password" => {
            pool.person();
            let wrong = json!({ "USERNAME": EMAIL, "PASSWORD": WRONG });
            return Some(signed(&pool, "AdminInitiateAuth", &[("AuthParameters", wrong)]).await);
        }
        "disabled_user" => {
            pool.person();
            pool.admin("AdminDisableUser", name).await.ok();
        }
        "unconfirmed_user" => drop(call(&pool, "SignUp", &[]).await.ok()),
        "reset_required" => {
            pool.person();
            pool.admin("AdminResetUserPassword", name).await.ok();
        }
        "temporary_password_expired" => {
            invited(&pool, json!([])).await;
            pool.advance(8 * DAY);
        }
        _ => return None,
    }
    Some(pool.sign_in(EMAIL, PASSWORD).await)
}

async fn invited(pool: &Pool, attributes: Value) {
    let changes = [
        ("TemporaryPassword", json!(PASSWORD)),
        ("UserAttributes", attributes),
    ];
    signed(pool, "AdminCreateUser", &changes).await.ok();
}

async fn flows(scenario: &str) -> Option<Reply> {
    let of = |flow: AuthFlow| pool_of(move |client| client.flow(flow));
    let flow = |name: &str| {
        with(
            sign_in_fields(EMAIL, PASSWORD),
            &[("AuthFlow", json!(name))],
        )
    };
    Some(match scenario {
        "srp_not_enabled" => {
            let mut fields = flow("USER_SRP_AUTH");
            fields["AuthParameters"] = json!({ "USERNAME": EMAIL, "SRP_A": "2" });
            of(AuthFlow::UserPassword)
                .await
                .call("InitiateAuth", fields)
                .await
        }
        "password_flow_not_enabled" => {
            let pool = of(AuthFlow::RefreshToken).await;
            pool.sign_in(EMAIL, PASSWORD).await
        }
        "admin_flow_not_enabled" => {
            let pool = of(AuthFlow::RefreshToken).await;
            signed(&pool, "AdminInitiateAuth", &[]).await
        }
        "admin_flow_without_admin" => {
            let fields = flow("ADMIN_USER_PASSWORD_AUTH");
            pool().await.call("InitiateAuth", fields).await
        }
        "custom_auth_without_triggers" => {
            person()
                .await
                .call("InitiateAuth", flow("CUSTOM_AUTH"))
                .await
        }
        "username_missing" => {
            let mut fields = flow("USER_PASSWORD_AUTH");
            fields["AuthParameters"] = json!({ "PASSWORD": PASSWORD });
            pool().await.call("InitiateAuth", fields).await
        }
        "unknown_client_text" => {
            let changes = [("ClientId", json!("nosuchclient"))];
            call(&pool().await, "InitiateAuth", &changes).await
        }
        "admin_unknown_client" => {
            let changes = [("ClientId", json!("nosuchclient"))];
            signed(&pool().await, "AdminInitiateAuth", &changes).await
        }
        "unknown_pool_text" => {
            let changes = [("UserPoolId", json!("us-east-1_Nothing01"))];
            signed(&pool().await, "AdminGetUser", &changes).await
        }
        _ => return None,
    })
}

async fn secrets(scenario: &str) -> Option<Reply> {
    let secret = |client: Client| client.secret("shh");
    let hash = || json!(secret_hash("shh", EMAIL, CLIENT));
    let hashed = |hash: Value| {
        let mut fields = sign_in_fields(EMAIL, PASSWORD);
        fields["AuthParameters"]["SECRET_HASH"] = hash;
        fields
    };
    Some(match scenario {
        "secret_hash_missing" => pool_of(secret).await.sign_in(EMAIL, PASSWORD).await,
        "wrong_secret_hash" => {
            let fields = hashed(json!("d3Jvbmc="));
            pool_of(secret).await.call("InitiateAuth", fields).await
        }
        "sign_up_secret_hash_missing" => call(&pool_of(secret).await, "SignUp", &[]).await,
        "sign_up_wrong_secret_hash" => {
            let changes = [("SecretHash", json!("d3Jvbmc="))];
            call(&pool_of(secret).await, "SignUp", &changes).await
        }
        "secret_hash_without_secret" => person().await.call("InitiateAuth", hashed(hash())).await,
        "challenge_secret_hash_missing" => {
            let pool = pool_of(secret).await;
            invited(&pool, json!([])).await;
            let asked = pool.call("InitiateAuth", hashed(hash())).await.ok();
            new_password(&pool, &asked["Session"], json!({})).await
        }
        _ => return None,
    })
}

async fn new_password(pool: &Pool, session: &Value, more: Value) -> Reply {
    let mut responses = json!({ "USERNAME": EMAIL, "NEW_PASSWORD": "EvenBetter456!" });
    for (name, value) in more.as_object().into_iter().flatten() {
        responses[name] = value.clone();
    }
    pool.answer("NEW_PASSWORD_REQUIRED", Some(session), responses)
        .await
}

async fn challenges(scenario: &str) -> Option<Reply> {
    let required = scenario == "new_password_without_attribute";
    let pool = pool_with(|builder| match required {
        true => builder.required_attribute("name"),
        false => builder,
    })
    .await;
    let email = json!([{ "Name": "email", "Value": EMAIL }]);
    Some(match scenario {
        "session_missing" => {
            let code = json!({ "USERNAME": EMAIL, "SMS_MFA_CODE": "123456" });
            pool.answer("SMS_MFA", None, code).await
        }
        "session_made_up" => call(&pool, "RespondToAuthChallenge", &[]).await,
        "session_expired" | "session_used" | "new_password_with_set_email" => {
            invited(&pool, email).await;
            let session = pool.sign_in(EMAIL, PASSWORD).await.ok()["Session"].take();
            match scenario {
                "session_expired" => pool.advance(Duration::from_secs(4 * 60)),
                "session_used" => drop(new_password(&pool, &session, json!({})).await.ok()),
                _ => {
                    let more = json!({ "userAttributes.email": "other@example.com" });
                    return Some(new_password(&pool, &session, more).await);
                }
            }
            new_password(&pool, &session, json!({})).await
        }
        "new_password_without_attribute" => {
            invited(&pool, email).await;
            let session = pool.sign_in(EMAIL, PASSWORD).await.ok()["Session"].take();
            new_password(&pool, &session, json!({})).await
        }
        "sms_code_wrong" => {
            pool.person();
            pool.with_phone().await;
            let fields = json!({
                "AccessToken": pool.tokens().await.access,
                "SMSMfaSettings": { "Enabled": true, "PreferredMfa": true },
            });
            pool.call("SetUserMFAPreference", fields).await.ok();
            let session = pool.sign_in(EMAIL, PASSWORD).await.ok()["Session"].take();
            let code = json!({ "USERNAME": EMAIL, "SMS_MFA_CODE": pool.wrong_code(PHONE) });
            pool.answer("SMS_MFA", Some(&session), code).await
        }
        "totp_wrong" => {
            pool.person();
            pool.with_software_token().await;
            let session = pool.sign_in(EMAIL, PASSWORD).await.ok()["Session"].take();
            let code = json!({ "USERNAME": EMAIL, "SOFTWARE_TOKEN_MFA_CODE": "000000" });
            pool.answer("SOFTWARE_TOKEN_MFA", Some(&session), code)
                .await
        }
        _ => return None,
    })
}

async fn refreshes(scenario: &str) -> Option<Reply> {
    let by_flow = |token: &str| {
        json!({
            "AuthFlow": "REFRESH_TOKEN_AUTH",
            "ClientId": CLIENT,
            "AuthParameters": { "REFRESH_TOKEN": token },
        })
    };
    let rotating = |client: Client| client.refresh_rotation(Duration::ZERO);
    Some(match scenario {
        "refresh_token_made_up" => pool().await.call("InitiateAuth", by_flow("made-up")).await,
        "refresh_token_revoked" | "refresh_token_expired" => {
            let pool = person().await;
            let tokens: Tokens = pool.tokens().await;
            if scenario == "refresh_token_expired" {
                pool.advance(31 * DAY);
            } else {
                let fields = json!({ "ClientId": CLIENT, "Token": tokens.refresh });
                pool.call("RevokeToken", fields).await.ok();
            }
            pool.call("InitiateAuth", by_flow(&tokens.refresh)).await
        }
        "rotation_made_up_token" => {
            call(&pool_of(rotating).await, "GetTokensFromRefreshToken", &[]).await
        }
        "rotated_refresh_token" => {
            let pool = pool_of(rotating).await;
            pool.person();
            let token = [("RefreshToken", json!(pool.tokens().await.refresh))];
            let operation = "GetTokensFromRefreshToken";
            call(&pool, operation, &token).await.ok();
            call(&pool, operation, &token).await
        }
        _ => return None,
    })
}
