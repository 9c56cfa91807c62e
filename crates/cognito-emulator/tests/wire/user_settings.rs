//! `SetUserSettings` and `AdminSetUserSettings`, which preceded the MFA preferences.

use serde_json::json;

use crate::support::{EMAIL, PASSWORD, pool};

#[tokio::test]
async fn old_user_settings_enable_text_messages() {
    let pool = pool().await;
    pool.person();
    let sms = json!([{ "DeliveryMedium": "SMS", "AttributeName": "phone_number" }]);
    let enable = json!({ "Username": EMAIL, "MFAOptions": sms });
    let reply = pool.admin("AdminSetUserSettings", enable.clone()).await;
    reply.invalid_parameter("User does not have delivery config set to turn on SMS_MFA");
    let access = pool.tokens().await.access;
    pool.with_phone().await;

    pool.admin("AdminSetUserSettings", enable).await.ok();

    let next = pool.sign_in(EMAIL, PASSWORD).await.ok();
    assert_eq!(next["ChallengeName"], "SMS_MFA");
    let disable = json!({ "AccessToken": access, "MFAOptions": [] });
    pool.call("SetUserSettings", disable).await.ok();
    pool.tokens().await;
    let mail = json!([{ "DeliveryMedium": "EMAIL", "AttributeName": "email" }]);
    let mail = json!({ "AccessToken": access, "MFAOptions": mail });
    let reply = pool.call("SetUserSettings", mail).await;
    reply.invalid_parameter("Only SMS to phone_number can be set.");
}
