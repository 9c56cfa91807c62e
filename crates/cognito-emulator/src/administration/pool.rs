//! `DescribeUserPool`, `DescribeUserPoolClient`, `ListUserPoolClients`, `GetUserPoolMfaConfig`.

use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::client::{AuthFlow, Client};
use crate::service::Call;
use crate::settings::{MfaMode, Usernames};
use crate::wire::{Answer, timestamp};

/// `DescribeUserPool`.
pub(crate) fn describe(call: &Call<'_>) -> Answer {
    call.pool(call.form())?;
    let settings = &call.service.settings;
    let (id, region) = (&settings.pool_id, &settings.region);
    let policy = &settings.policy;
    let mut pool = json!({
        "Id": id,
        "Name": id,
        "Arn": format!("arn:aws:cognito-idp:{region}:123456789012:userpool/{id}"),
        "CreationDate": timestamp(UNIX_EPOCH),
        "LastModifiedDate": timestamp(UNIX_EPOCH),
        "MfaConfiguration": settings.mfa.setting(),
        "AutoVerifiedAttributes": ["email"],
        "EstimatedNumberOfUsers": call.state().users.len(),
        "UsernameConfiguration": { "CaseSensitive": false },
        "UserPoolAddOns": { "AdvancedSecurityMode": settings.threat_protection.setting() },
        "AdminCreateUserConfig": { "AllowAdminCreateUserOnly": false },
        "Policies": {
            "PasswordPolicy": {
                "MinimumLength": policy.min_length,
                "RequireUppercase": policy.uppercase,
                "RequireLowercase": policy.lowercase,
                "RequireNumbers": policy.numbers,
                "RequireSymbols": policy.symbols,
                "TemporaryPasswordValidityDays": policy.temporary_validity.as_secs() / 86_400,
            }
        },
    });
    let names = json!(["email", "phone_number"]);
    match settings.usernames {
        Usernames::Email => pool["UsernameAttributes"] = names,
        Usernames::Plain => pool["AliasAttributes"] = names,
    }
    Ok(json!({ "UserPool": pool }))
}

/// `DescribeUserPoolClient`.
pub(crate) fn describe_client(call: &Call<'_>) -> Answer {
    call.pool(call.form())?;
    let client = call.client(call.form())?;
    let flows: Vec<_> = AuthFlow::ALL
        .into_iter()
        .filter(|flow| client.allows(*flow))
        .map(AuthFlow::setting)
        .collect();
    let mut described = summary(call, &client);
    for (name, value) in [
        ("ExplicitAuthFlows", json!(flows)),
        ("AccessTokenValidity", seconds(client.access_validity)),
        ("IdTokenValidity", seconds(client.id_validity)),
        ("RefreshTokenValidity", seconds(client.refresh_validity)),
        (
            "TokenValidityUnits",
            json!({ "AccessToken": "seconds", "IdToken": "seconds", "RefreshToken": "seconds" }),
        ),
        (
            "AuthSessionValidity",
            json!(client.session_validity.as_secs() / 60),
        ),
        ("EnableTokenRevocation", json!(client.revocation)),
        (
            "PreventUserExistenceErrors",
            json!(if client.hides_users {
                "ENABLED"
            } else {
                "LEGACY"
            }),
        ),
        ("CreationDate", timestamp(UNIX_EPOCH)),
        ("LastModifiedDate", timestamp(UNIX_EPOCH)),
    ] {
        described[name] = value;
    }
    describe_options(&client, &mut described);
    Ok(json!({ "UserPoolClient": described }))
}

/// The settings that are only there when they are set.
fn describe_options(client: &Client, described: &mut Value) {
    if let Some(secret) = &client.secret {
        described["ClientSecret"] = json!(secret);
    }
    if let Some(grace) = client.rotation_grace {
        described["RefreshTokenRotation"] = json!({
            "Feature": "ENABLED",
            "RetryGracePeriodSeconds": grace.as_secs(),
        });
    }
    if let Some(names) = &client.readable {
        described["ReadAttributes"] = json!(names);
    }
    if let Some(names) = &client.writable {
        described["WriteAttributes"] = json!(names);
    }
}

/// `ListUserPoolClients`, on one page.
pub(crate) fn list_clients(call: &Call<'_>) -> Answer {
    call.pool(call.form())?;
    let clients = call.service.clients.read();
    let mut ids: Vec<_> = clients.values().collect();
    ids.sort_by(|one, other| one.id.cmp(&other.id));
    let list: Value = ids
        .into_iter()
        .map(|client| summary(call, client))
        .collect();
    Ok(json!({ "UserPoolClients": list }))
}

/// `GetUserPoolMfaConfig`.
pub(crate) fn mfa_config(call: &Call<'_>) -> Answer {
    call.pool(call.form())?;
    let settings = &call.service.settings;
    let mode = settings.mfa;
    let mut config = json!({
        "MfaConfiguration": mode.setting(),
        "SoftwareTokenMfaConfiguration": { "Enabled": mode != MfaMode::Off },
    });
    if settings.email_mfa {
        config["EmailMfaConfiguration"] = json!({});
    }
    Ok(config)
}

fn summary(call: &Call<'_>, client: &Client) -> Value {
    json!({
        "ClientId": client.id,
        "ClientName": client.id,
        "UserPoolId": call.service.settings.pool_id,
    })
}

fn seconds(validity: Duration) -> Value {
    json!(validity.as_secs())
}
