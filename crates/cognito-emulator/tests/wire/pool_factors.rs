//! The second factors of a pool are as configured.

use serde_json::{Value, json};

use crate::pools::described;
use crate::support::{Tokens, new_client, new_person, new_pool, password_fields, pool};

#[tokio::test]
async fn disabled_factors_leave_nothing_behind() {
    let pool = pool().await;
    let id = new_pool(&pool, json!({})).await;
    let fields = json!({
        "UserPoolId": id,
        "MfaConfiguration": "ON",
        "EmailMfaConfiguration": { "Subject": "your code" },
    });
    pool.operator("SetUserPoolMfaConfig", fields).await.ok();
    let fields = json!({ "UserPoolId": id, "MfaConfiguration": "OFF" });
    pool.operator("UpdateUserPool", fields).await.ok();
    let fields = json!({ "UserPoolId": id });
    let settings = pool.operator("GetUserPoolMfaConfig", fields).await.ok();
    assert_eq!(settings, json!({ "MfaConfiguration": "OFF" }));
}

#[tokio::test]
async fn factors_are_required_as_configured() {
    let pool = pool().await;
    let id = new_pool(&pool, json!({})).await;
    new_person(&pool, &id, "ann").await;
    let client = new_client(&pool, &id, json!({})).await;
    let sign_in = password_fields(&client["ClientId"], "ann");
    for (mode, challenge) in [
        (json!("ON"), json!("MFA_SETUP")),
        (json!("OPTIONAL"), Value::Null),
        (json!("OFF"), Value::Null),
    ] {
        let mut fields = json!({ "UserPoolId": id, "MfaConfiguration": mode });
        if mode != "OFF" {
            fields["SoftwareTokenMfaConfiguration"] = json!({ "Enabled": true });
        }
        let answer = pool.operator("SetUserPoolMfaConfig", fields).await.ok();
        assert_eq!(answer["MfaConfiguration"], mode);
        let named = json!({ "UserPoolId": id });
        let read = pool.operator("GetUserPoolMfaConfig", named).await.ok();
        assert_eq!(read, answer);
        assert_eq!(described(&pool, &id).await["MfaConfiguration"], mode);
        let answer = pool.call("InitiateAuth", sign_in.clone()).await.ok();
        assert_eq!(answer["ChallengeName"], challenge, "{mode}");
        if mode != "ON" {
            let access = Tokens::read(&answer).access;
            let fields = json!({ "AccessToken": access });
            let reply = pool.call("AssociateSoftwareToken", fields).await;
            assert_eq!(reply.status == 200, mode == "OPTIONAL", "{}", reply.body);
        }
    }
}

#[tokio::test]
async fn removed_factor_is_not_requested() {
    let pool = pool().await;
    let id = new_pool(&pool, json!({})).await;
    let offer = async |factor: &str, setting: Value| {
        let mut fields = json!({ "UserPoolId": id, "MfaConfiguration": "OPTIONAL" });
        fields[factor] = setting;
        pool.operator("SetUserPoolMfaConfig", fields).await.ok()
    };
    offer("SoftwareTokenMfaConfiguration", json!({ "Enabled": true })).await;
    new_person(&pool, &id, "ann").await;
    let client = new_client(&pool, &id, json!({})).await;
    let sign_in = password_fields(&client["ClientId"], "ann");
    let access = Tokens::read(&pool.call("InitiateAuth", sign_in.clone()).await.ok()).access;
    let set_up = json!({ "AccessToken": access });
    let answer = pool
        .call("AssociateSoftwareToken", set_up.clone())
        .await
        .ok();
    let code = pool.totp(answer["SecretCode"].as_str().expect("a secret"));
    let fields = json!({ "AccessToken": access, "UserCode": code });
    pool.call("VerifySoftwareToken", fields).await.ok();
    let fields = json!({ "AccessToken": access, "SoftwareTokenMfaSettings": { "Enabled": true } });
    pool.call("SetUserMFAPreference", fields).await.ok();
    let asked = pool.call("InitiateAuth", sign_in.clone()).await.ok();
    assert_eq!(asked["ChallengeName"], "SOFTWARE_TOKEN_MFA");

    let sms =
        json!({ "SmsConfiguration": { "SnsCallerArn": "arn:aws:iam::123456789012:role/sms" } });
    let answer = offer("SmsMfaConfiguration", sms.clone()).await;
    assert_eq!(answer["SmsMfaConfiguration"], sms);
    assert!(answer["SoftwareTokenMfaConfiguration"].is_null());
    Tokens::read(&pool.call("InitiateAuth", sign_in).await.ok());
    pool.call("AssociateSoftwareToken", set_up).await.fails(
        "SoftwareTokenMFANotFoundException",
        "Software Token MFA has not been enabled by the userPool",
    );
}

#[tokio::test]
async fn rejects_required_factor_not_offered() {
    let pool = pool().await;
    let id = new_pool(&pool, json!({})).await;
    for (fields, fault) in [
        (
            json!({ "MfaConfiguration": "ON" }),
            "Invalid MFA configuration given, can't disable all MFAs with a required or optional \
             configuration.",
        ),
        (
            json!({ "MfaConfiguration": "OFF", "SoftwareTokenMfaConfiguration": { "Enabled": true } }),
            "Invalid MFA configuration given, can't turn off MFA and configure an MFA together.",
        ),
    ] {
        let mut fields = fields;
        fields["UserPoolId"] = json!(id);
        pool.operator("SetUserPoolMfaConfig", fields)
            .await
            .invalid_parameter(fault);
    }
    let fields = json!({ "PoolName": "people", "MfaConfiguration": "ON" });
    pool.operator("CreateUserPool", fields)
        .await
        .invalid_parameter(
            "SMS configuration and Auto verification for phone_number are required when MFA is \
             required/optional",
        );
}

#[tokio::test]
async fn email_code_is_a_factor_if_configured() {
    let pool = pool().await;
    let id = new_pool(&pool, json!({})).await;
    let fields = json!({
        "UserPoolId": id,
        "MfaConfiguration": "ON",
        "EmailMfaConfiguration": { "Subject": "your code" },
    });
    let answer = pool.operator("SetUserPoolMfaConfig", fields).await.ok();
    assert_eq!(answer["EmailMfaConfiguration"]["Subject"], "your code");
    new_person(&pool, &id, "ann").await;
    let client = new_client(&pool, &id, json!({})).await;
    let sign_in = password_fields(&client["ClientId"], "ann");
    let asked = pool.call("InitiateAuth", sign_in).await.ok();
    assert_eq!(asked["ChallengeName"], "MFA_SETUP");
    let options = &asked["ChallengeParameters"]["MFAS_CAN_SETUP"];
    assert_eq!(options, "[\"EMAIL_OTP\"]");
}

#[tokio::test]
async fn first_factors_setting_is_stored() {
    let pool = pool().await;
    let policy = json!({ "SignInPolicy": {
        "AllowedFirstAuthFactors": ["WEB_AUTHN", "PASSWORD", "EMAIL_OTP"],
    } });
    let fields = json!({ "PoolName": "people", "Policies": policy });
    let id = new_pool(&pool, fields).await;
    let described = described(&pool, &id).await;
    assert_eq!(
        described["Policies"]["SignInPolicy"]["AllowedFirstAuthFactors"],
        json!(["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"])
    );
    // If codes are a first factor, no second factor can be required.
    let required = json!({
        "UserPoolId": id,
        "MfaConfiguration": "ON",
        "SoftwareTokenMfaConfiguration": { "Enabled": true },
    });
    let refused = pool.operator("SetUserPoolMfaConfig", required).await;
    refused.fails(
        "InvalidParameterException",
        "One-time passwords can't be first authentication factors when MFA is required.",
    );
    let mut unknown = json!({ "PoolName": "people", "Policies": policy });
    unknown["Policies"]["SignInPolicy"]["AllowedFirstAuthFactors"][0] = json!("RETINA_SCAN");
    let refused = pool.operator("CreateUserPool", unknown).await;
    assert_eq!(refused.body["__type"], "InvalidParameterException");
}
