//! Scenarios of signed-in users: tokens, second factors, devices, passkeys.

use std::time::Duration;

use cognito_emulator::MfaMode;
use serde_json::json;

use super::shared::{call, signed};
use crate::devices::{STRANGER, pool_of_devices, standing};
use crate::support::{CLIENT, Pool, Reply, pool, pool_with};

pub(super) async fn reply(scenario: &str) -> Option<Reply> {
    if let Some(reply) = tokens(scenario).await {
        return Some(reply);
    }
    if let Some(reply) = factors(scenario).await {
        return Some(reply);
    }
    devices(scenario).await
}

/// Returns a pool with a user, and the access token of the user.
async fn signed_in() -> (Pool, String) {
    let pool = pool().await;
    pool.person();
    let token = pool.tokens().await.access;
    (pool, token)
}

async fn tokens(scenario: &str) -> Option<Reply> {
    let (pool, token) = signed_in().await;
    Some(match scenario {
        "access_token_revoked" => {
            let fields = json!({ "AccessToken": token });
            pool.call("GlobalSignOut", fields).await.ok();
            pool.get_user(&token).await
        }
        "access_token_expired" => {
            pool.advance(Duration::from_secs(3601));
            pool.get_user(&token).await
        }
        "access_token_made_up" => pool.get_user("a.b.c").await,
        "associate_with_made_up_token" => call(&pool, "AssociateSoftwareToken", &[]).await,
        "revoke_access_token" => {
            let fields = json!({ "ClientId": CLIENT, "Token": token });
            pool.call("RevokeToken", fields).await
        }
        "change_password_limit" => {
            let fields = json!({
                "AccessToken": token,
                "PreviousPassword": "Wrong1234!",
                "ProposedPassword": "EvenBetter456!",
            });
            let mut reply = pool.call("ChangePassword", fields.clone()).await;
            for _ in 0..5 {
                reply = pool.call("ChangePassword", fields.clone()).await;
            }
            reply
        }
        _ => return None,
    })
}

async fn factors(scenario: &str) -> Option<Reply> {
    let (pool, token) = signed_in().await;
    Some(match scenario {
        "totp_setup_wrong_code" => {
            let fields = json!({ "AccessToken": token });
            pool.call("AssociateSoftwareToken", fields).await.ok();
            let fields = json!({ "AccessToken": token, "UserCode": "000000" });
            pool.call("VerifySoftwareToken", fields).await
        }
        "totp_off_in_pool" => {
            let pool = pool_with(|builder| builder.mfa(MfaMode::Off)).await;
            pool.person();
            let fields = json!({ "AccessToken": pool.tokens().await.access });
            pool.call("AssociateSoftwareToken", fields).await
        }
        "preference_without_totp" => {
            let on = json!({ "Enabled": true });
            let fields = json!({ "AccessToken": token, "SoftwareTokenMfaSettings": on });
            pool.call("SetUserMFAPreference", fields).await
        }
        "preference_without_phone" => {
            let on = json!({ "Enabled": true });
            let fields = json!({ "AccessToken": token, "SMSMfaSettings": on });
            pool.call("SetUserMFAPreference", fields).await
        }
        "passkeys_off" => {
            let fields = json!({ "AccessToken": token });
            pool.call("StartWebAuthnRegistration", fields).await
        }
        "auth_events_without_add_on" => signed(&pool, "AdminListUserAuthEvents", &[]).await,
        _ => return None,
    })
}

async fn devices(scenario: &str) -> Option<Reply> {
    let pool = pool_of_devices(standing()).await;
    let token = json!(pool.tokens().await.access);
    let verifier = json!({ "Salt": "c2FsdA==", "PasswordVerifier": "dmVyaWZpZXI=" });
    Some(match scenario {
        "device_unknown" => {
            let fields = json!({ "AccessToken": token, "DeviceKey": STRANGER });
            pool.call("UpdateDeviceStatus", fields).await
        }
        "device_key_missing" => {
            let fields = json!({ "AccessToken": token });
            pool.call("UpdateDeviceStatus", fields).await
        }
        "device_key_made_up" => {
            let fields = json!({
                "AccessToken": token,
                "DeviceKey": STRANGER,
                "DeviceSecretVerifierConfig": verifier,
            });
            pool.call("ConfirmDevice", fields).await
        }
        "device_confirmed_again" => {
            let device = pool.device().await;
            let fields = json!({
                "AccessToken": device.tokens.access,
                "DeviceKey": device.key,
                "DeviceSecretVerifierConfig": verifier,
            });
            pool.call("ConfirmDevice", fields).await
        }
        _ => return None,
    })
}
