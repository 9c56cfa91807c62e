//! Pools that requests create, change and delete, and that then behave as configured.

use cognito_emulator::{PasswordPolicy, ThreatProtection};
use serde_json::{Value, json};

use crate::support::{
    CLIENT, EMAIL, PASSWORD, PHONE, Pool, Tokens, new_client, new_person, new_pool,
    password_fields, pool, pool_with,
};

/// Returns the current description of the pool.
pub(crate) async fn described(pool: &Pool, id: &str) -> Value {
    let fields = json!({ "UserPoolId": id });
    let mut answer = pool.operator("DescribeUserPool", fields).await.ok();
    answer["UserPool"].take()
}

/// Signs up at a new client of a pool.
pub(crate) async fn sign_up(
    pool: &Pool,
    id: &str,
    username: &str,
    attributes: Value,
) -> crate::support::Reply {
    let client = new_client(pool, id, json!({})).await;
    let fields = json!({
        "ClientId": client["ClientId"],
        "Username": username,
        "Password": PASSWORD,
        "UserAttributes": attributes,
    });
    pool.call("SignUp", fields).await
}

#[tokio::test]
async fn a_new_pool_has_awss_defaults() {
    let pool = pool().await;
    let id = new_pool(&pool, json!({ "PoolName": "my people" })).await;
    assert!(id.starts_with("us-east-1_"), "{id}");
    let described = described(&pool, &id).await;
    for (name, value) in [
        ("Id", json!(id)),
        ("Name", json!("my people")),
        (
            "Arn",
            json!(format!(
                "arn:aws:cognito-idp:us-east-1:123456789012:userpool/{id}"
            )),
        ),
        ("MfaConfiguration", json!("OFF")),
        ("DeletionProtection", json!("INACTIVE")),
        ("UsernameConfiguration", Value::Null),
        ("UserPoolAddOns", Value::Null),
        (
            "AccountRecoverySetting",
            json!({ "RecoveryMechanisms": [
                { "Name": "verified_email", "Priority": 1 },
                { "Name": "verified_phone_number", "Priority": 2 },
            ] }),
        ),
        ("UserPoolTags", json!({})),
        ("EstimatedNumberOfUsers", json!(0)),
        ("AutoVerifiedAttributes", Value::Null),
        ("UsernameAttributes", Value::Null),
        ("AliasAttributes", Value::Null),
        (
            "Policies",
            json!({
                "PasswordPolicy": {
                    "MinimumLength": 8,
                    "RequireUppercase": true,
                    "RequireLowercase": true,
                    "RequireNumbers": true,
                    "RequireSymbols": true,
                    "TemporaryPasswordValidityDays": 7,
                },
                "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD"] },
            }),
        ),
    ] {
        assert_eq!(described[name], value, "{name}");
    }
    assert_eq!(described["CreationDate"], json!(1_700_000_000.0));
}

#[tokio::test]
async fn pools_are_listed_in_pages() {
    let pool = pool().await;
    let mut made = vec![pool.emulator.user_pool_id().to_owned()];
    for _ in 0..3 {
        made.push(new_pool(&pool, json!({})).await);
    }
    made.sort();
    let mut listed = Vec::new();
    let mut fields = json!({ "MaxResults": 3 });
    loop {
        let answer = pool.operator("ListUserPools", fields.clone()).await.ok();
        let page = answer["UserPools"].as_array().expect("a list");
        assert!(page.len() <= 3);
        listed.extend(page.iter().map(|pool| pool["Id"].clone()));
        if answer["NextToken"].is_null() {
            break;
        }
        fields["NextToken"] = answer["NextToken"].clone();
    }
    assert_eq!(json!(listed), json!(made));
    pool.operator("ListUserPools", json!({}))
        .await
        .invalid_parameter(
            "1 validation error detected: Value null at 'maxResults' failed to satisfy constraint: \
             Member must not be null",
        );
}

#[tokio::test]
async fn update_resets_unnamed_settings() {
    let pool = pool().await;
    let fields = json!({
        "PoolName": "people",
        "UsernameAttributes": ["email"],
        "UsernameConfiguration": { "CaseSensitive": false },
        "AutoVerifiedAttributes": ["email"],
        "DeletionProtection": "ACTIVE",
        "Policies": { "PasswordPolicy": { "MinimumLength": 20 } },
        "AdminCreateUserConfig": { "AllowAdminCreateUserOnly": true },
        "LambdaConfig": { "PreSignUp": "arn:aws:lambda:us-east-1:123456789012:function:f" },
        "Schema": [{ "Name": "tenant", "AttributeDataType": "String" }],
        "UserPoolTags": { "stage": "test" },
    });
    let id = new_pool(&pool, fields.clone()).await;
    let before = described(&pool, &id).await;
    for name in ["LambdaConfig", "UserPoolTags", "UsernameConfiguration"] {
        assert_eq!(before[name], fields[name], "{name}");
    }
    let length =
        |described: &Value| described["Policies"]["PasswordPolicy"]["MinimumLength"].clone();
    assert_eq!(length(&before), 20);
    assert_eq!(
        before["Policies"]["PasswordPolicy"]["RequireSymbols"],
        false
    );

    let update = json!({ "UserPoolId": id, "AutoVerifiedAttributes": ["email"] });
    pool.operator("UpdateUserPool", update).await.ok();
    let after = described(&pool, &id).await;
    assert_eq!(length(&after), 8);
    assert_eq!(after["LambdaConfig"], json!({}));
    assert_eq!(after["DeletionProtection"], "INACTIVE");
    assert_eq!(
        after["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"],
        false
    );
    // The update contains neither tags nor settings that cannot change.
    for name in [
        "Name",
        "UsernameAttributes",
        "UsernameConfiguration",
        "SchemaAttributes",
        "UserPoolTags",
    ] {
        assert_eq!(after[name], before[name], "{name}");
    }
}

#[tokio::test]
async fn protected_pool_cannot_be_deleted() {
    let pool = pool().await;
    let id = new_pool(&pool, json!({ "DeletionProtection": "ACTIVE" })).await;
    let client = new_client(&pool, &id, json!({})).await;
    new_person(&pool, &id, "ann").await;
    let sign_in = password_fields(&client["ClientId"], "ann");
    let tokens = Tokens::read(&pool.call("InitiateAuth", sign_in.clone()).await.ok());
    let named = json!({ "UserPoolId": id });
    pool.operator("DeleteUserPool", named.clone())
        .await
        .invalid_parameter(
            "The user pool cannot be deleted because deletion protection is activated. Deletion \
             protection must be inactivated first.",
        );
    pool.get_user(&tokens.access).await.ok();
    pool.operator("UpdateUserPool", named.clone()).await.ok();
    pool.operator("DeleteUserPool", named.clone()).await.ok();

    let gone = format!("User pool {id} does not exist.");
    for operation in ["DescribeUserPool", "DeleteUserPool", "ListUsers"] {
        pool.operator(operation, named.clone())
            .await
            .fails("ResourceNotFoundException", &gone);
    }
    pool.get_user(&tokens.access)
        .await
        .not_authorized("Invalid Access Token");
    let client = client["ClientId"].as_str().expect("an id");
    pool.call("InitiateAuth", sign_in).await.fails(
        "ResourceNotFoundException",
        &format!("User pool client {client} does not exist."),
    );
    assert_eq!(
        pool.get(&format!("/{id}/.well-known/jwks.json"))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn pools_do_not_see_each_other() {
    let pool = pool().await;
    let (one, two) = (
        new_pool(&pool, json!({})).await,
        new_pool(&pool, json!({})).await,
    );
    new_person(&pool, &one, "ann").await;
    let client = new_client(&pool, &one, json!({})).await;
    let sign_in = password_fields(&client["ClientId"], "ann");
    let tokens = Tokens::read(&pool.call("InitiateAuth", sign_in).await.ok());
    assert_eq!(pool.get_user(&tokens.access).await.ok()["Username"], "ann");

    let fields = json!({ "UserPoolId": two, "Username": "ann" });
    pool.operator("AdminGetUser", fields)
        .await
        .fails("UserNotFoundException", "User does not exist.");
    let fields = json!({ "UserPoolId": two, "ClientId": client["ClientId"] });
    let reply = pool.operator("DescribeUserPoolClient", fields).await;
    assert_eq!(reply.body["__type"], "ResourceNotFoundException");
    let stranger = new_client(&pool, &two, json!({})).await;
    pool.call(
        "GetTokensFromRefreshToken",
        json!({ "ClientId": stranger["ClientId"], "RefreshToken": tokens.refresh }),
    )
    .await
    .not_authorized("Invalid Refresh Token.");

    let mut kids = Vec::new();
    for id in [&one, &two, &pool.emulator.user_pool_id().to_owned()] {
        let keys = pool.get(&format!("/{id}/.well-known/jwks.json")).await.body;
        kids.extend(
            keys["keys"]
                .as_array()
                .expect("keys")
                .iter()
                .map(|key| key["kid"].to_string()),
        );
        let page = pool
            .get(&format!("/{id}/.well-known/openid-configuration"))
            .await;
        let issuer = format!("{}/{id}", pool.emulator.endpoint());
        assert_eq!(page.body["issuer"], json!(issuer));
    }
    kids.sort();
    kids.dedup();
    assert_eq!(kids.len(), 6);
}

#[tokio::test]
async fn password_policy_is_the_configured_one() {
    let pool = pool().await;
    let policy = json!({ "PasswordPolicy": { "MinimumLength": 6, "RequireNumbers": true } });
    let id = new_pool(&pool, json!({ "Policies": policy })).await;
    let client = new_client(&pool, &id, json!({})).await;
    for (password, fault) in [
        ("abc12", Some("Password not long enough")),
        ("abcdef", Some("Password must have numeric characters")),
        ("abcde1", None),
    ] {
        let fields = json!({
            "ClientId": client["ClientId"],
            "Username": "ann",
            "Password": password,
        });
        let reply = pool.call("SignUp", fields).await;
        match fault {
            None => drop(reply.ok()),
            Some(fault) => reply.fails(
                "InvalidPasswordException",
                &format!("Password did not conform with policy: {fault}"),
            ),
        }
    }
}

#[tokio::test]
async fn each_password_rule_has_its_message() {
    let pool = pool().await;
    for (password, fault) in [
        ("Aa1!", "Password not long enough"),
        ("aaaaaa1!", "Password must have uppercase characters"),
        ("AAAAAA1!", "Password must have lowercase characters"),
        ("AAAAaaa!", "Password must have numeric characters"),
        ("AAAAaaa1", "Password must have symbol characters"),
    ] {
        let fields = json!({ "ClientId": CLIENT, "Username": EMAIL, "Password": password });
        pool.call("SignUp", fields).await.fails(
            "InvalidPasswordException",
            &format!("Password did not conform with policy: {fault}"),
        );
    }
}

#[tokio::test]
async fn temporary_passwords_meet_the_policy() {
    for length in [6, 8, 40] {
        let policy = PasswordPolicy::default().min_length(length);
        let pool = pool_with(|builder| builder.password_policy(policy)).await;
        let fields = json!({ "Username": EMAIL });
        pool.admin("AdminCreateUser", fields).await.ok();
        let password = pool.code(EMAIL);
        let fields = json!({ "Username": EMAIL, "Password": password, "Permanent": true });
        pool.admin("AdminSetUserPassword", fields).await.ok();
    }
}

#[tokio::test]
async fn rejects_number_out_of_range() {
    let pool = pool().await;
    let policy = json!({ "PasswordPolicy": { "TemporaryPasswordValidityDays": i64::MAX } });
    let fields = json!({ "PoolName": "people", "Policies": policy });
    pool.operator("CreateUserPool", fields)
        .await
        .invalid_parameter(
            "1 validation error detected: Value '9223372036854775807' at \
             'policies.passwordPolicy.temporaryPasswordValidityDays' failed to satisfy \
             constraint: Member must have value less than or equal to 365",
        );
}

#[tokio::test]
async fn in_process_pool_description_is_configurable() {
    let pool = pool_with(|builder| {
        builder
            .email_mfa(true)
            .verify_before_update(true)
            .threat_protection(ThreatProtection::Audit)
    })
    .await;
    let id = pool.emulator.user_pool_id();
    let before = described(&pool, id).await;
    let factors = pool.admin("GetUserPoolMfaConfig", json!({})).await.ok();
    let told = [
        "AdminCreateUserConfig",
        "AutoVerifiedAttributes",
        "DeletionProtection",
        "EmailConfiguration",
        "LambdaConfig",
        "MfaConfiguration",
        "Policies",
        "SmsConfiguration",
        "UserAttributeUpdateSettings",
        "UserPoolAddOns",
        "UserPoolTier",
        "VerificationMessageTemplate",
    ];
    let told = told.map(|name| (name.to_owned(), before[name].clone()));
    pool.admin("UpdateUserPool", told.into_iter().collect())
        .await
        .ok();
    assert_eq!(described(&pool, id).await, before);
    let now = pool.admin("GetUserPoolMfaConfig", json!({})).await.ok();
    assert_eq!(now, factors);
    pool.admin("SetUserPoolMfaConfig", factors.clone())
        .await
        .ok();
    let now = pool.admin("GetUserPoolMfaConfig", json!({})).await.ok();
    assert_eq!(now, factors);
    // The pool also behaves as before the update.
    pool.person();
    let access = pool.tokens().await.access;
    let email = json!([{ "Name": "email", "Value": "other@example.com" }]);
    let change = json!({ "AccessToken": access, "UserAttributes": email });
    pool.call("UpdateUserAttributes", change).await.ok();
    pool.sign_in(EMAIL, PASSWORD).await.ok();
}

#[tokio::test]
async fn usernames_follow_pool_settings() {
    let pool = pool().await;
    let by_mail = new_pool(&pool, json!({ "UsernameAttributes": ["email"] })).await;
    sign_up(&pool, &by_mail, EMAIL, json!([])).await.ok();
    sign_up(&pool, &by_mail, PHONE, json!([]))
        .await
        .invalid_parameter("Username should be an email.");

    // Without aliases an address is an ordinary user name, and does not identify another user.
    let plain = new_pool(&pool, json!({})).await;
    sign_up(&pool, &plain, EMAIL, json!([])).await.ok();
    let aliased = new_pool(&pool, json!({ "AliasAttributes": ["email"] })).await;
    sign_up(&pool, &aliased, EMAIL, json!([]))
        .await
        .invalid_parameter(
            "Username cannot be of email format, since user pool is configured for email alias.",
        );
    for (id, found) in [(&plain, false), (&aliased, true)] {
        let fields = json!({
            "UserPoolId": id,
            "Username": "bea",
            "UserAttributes": [
                { "Name": "email", "Value": "bea@example.com" },
                { "Name": "email_verified", "Value": "true" },
            ],
        });
        pool.operator("AdminCreateUser", fields).await.ok();
        let fields = json!({ "UserPoolId": id, "Username": "bea@example.com" });
        let reply = pool.operator("AdminGetUser", fields).await;
        assert_eq!(reply.status == 200, found, "{}", reply.body);
    }
}

#[tokio::test]
async fn usernames_follow_the_case_setting() {
    let pool = pool().await;
    for (sensitive, found) in [(true, false), (false, true)] {
        let fields = json!({ "UsernameConfiguration": { "CaseSensitive": sensitive } });
        let id = new_pool(&pool, fields).await;
        new_person(&pool, &id, "Ann").await;
        for (name, expected) in [("Ann", true), ("ann", found)] {
            let fields = json!({ "UserPoolId": id, "Username": name });
            let reply = pool.operator("AdminGetUser", fields).await;
            assert_eq!(reply.status == 200, expected, "{sensitive} {name}");
        }
    }
}

#[tokio::test]
async fn settings_that_contradict_each_other_make_no_pool() {
    let pool = pool().await;
    for (fields, fault) in [
        (
            json!({ "AliasAttributes": ["email"], "UsernameAttributes": ["email"] }),
            "Only one of the aliasAttributes or usernameAttributes can be set in a user pool.",
        ),
        (
            json!({ "AutoVerifiedAttributes": ["phone_number"] }),
            "SMS configuration is required when phone_number is selected for auto verification",
        ),
        (
            json!({ "UserAttributeUpdateSettings":
                { "AttributesRequireVerificationBeforeUpdate": ["email"] } }),
            "All attributes in AttributesRequireVerificationBeforeUpdate must exist in \
             AutoVerifiedAttributes",
        ),
        (
            json!({ "Schema": [{ "Name": "x", "AttributeDataType": "String", "Required": true }] }),
            "Required custom attributes are not supported currently.",
        ),
        (
            json!({ "Policies": { "PasswordPolicy": { "MinimumLength": 5 } } }),
            "1 validation error detected: Value '5' at 'policies.passwordPolicy.minimumLength' \
             failed to satisfy constraint: Member must have value greater than or equal to 6",
        ),
        (
            json!({ "AutoVerifiedAttributes": ["address"] }),
            "1 validation error detected: Value '[address]' at 'autoVerifiedAttributes' failed to \
             satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value \
             set: [phone_number, email]]",
        ),
    ] {
        let mut fields = fields;
        fields["PoolName"] = json!("people");
        pool.operator("CreateUserPool", fields)
            .await
            .invalid_parameter(fault);
    }
    let answer = pool
        .operator("ListUserPools", json!({ "MaxResults": 60 }))
        .await
        .ok();
    assert_eq!(answer["UserPools"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_pool_may_leave_sign_ups_to_operators() {
    let pool = pool().await;
    let config = json!({ "AllowAdminCreateUserOnly": true });
    let id = new_pool(&pool, json!({ "AdminCreateUserConfig": config })).await;
    sign_up(&pool, &id, "ann", json!([]))
        .await
        .not_authorized("SignUp is not permitted for this user pool");
    new_person(&pool, &id, "ann").await;
}

#[tokio::test]
async fn pools_have_tags() {
    let pool = pool().await;
    let id = new_pool(&pool, json!({ "UserPoolTags": { "stage": "test" } })).await;
    let arn = described(&pool, &id).await["Arn"].take();
    let tags = json!({ "ResourceArn": arn, "Tags": { "team": "web", "stage": "prod" } });
    pool.operator("TagResource", tags).await.ok();
    let untag = json!({ "ResourceArn": arn, "TagKeys": ["team", "none"] });
    let list = json!({ "ResourceArn": arn });
    let read = pool
        .operator("ListTagsForResource", list.clone())
        .await
        .ok();
    assert_eq!(read["Tags"], json!({ "team": "web", "stage": "prod" }));
    pool.operator("UntagResource", untag).await.ok();
    let read = pool.operator("ListTagsForResource", list).await.ok();
    assert_eq!(read["Tags"], json!({ "stage": "prod" }));
    assert_eq!(described(&pool, &id).await["UserPoolTags"], read["Tags"]);
    let other = json!({ "ResourceArn": "arn:aws:cognito-idp:us-east-1:123456789012:userpool/x" });
    let reply = pool.operator("ListTagsForResource", other).await;
    assert_eq!(reply.body["__type"], "ResourceNotFoundException");
}

#[tokio::test]
async fn reset_removes_users_keeps_pools_and_clients() {
    let pool = pool().await;
    let id = new_pool(&pool, json!({})).await;
    let client = new_client(&pool, &id, json!({})).await;
    new_person(&pool, &id, "ann").await;
    pool.emulator.reset();
    assert_eq!(described(&pool, &id).await["EstimatedNumberOfUsers"], 0);
    let fields = json!({ "UserPoolId": id, "ClientId": client["ClientId"] });
    pool.operator("DescribeUserPoolClient", fields).await.ok();
}

#[tokio::test]
async fn sign_ins_are_recorded_if_configured() {
    let pool = pool().await;
    for (mode, is_recorded) in [("AUDIT", true), ("OFF", false)] {
        let add_ons = json!({ "AdvancedSecurityMode": mode });
        let fields = json!({ "UserPoolAddOns": add_ons, "UserPoolTier": "PLUS" });
        let id = new_pool(&pool, fields).await;
        assert_eq!(described(&pool, &id).await["UserPoolAddOns"], add_ons);
        new_person(&pool, &id, "ann").await;
        let client = new_client(&pool, &id, json!({})).await;
        let sign_in = password_fields(&client["ClientId"], "ann");
        pool.call("InitiateAuth", sign_in).await.ok();
        let fields = json!({ "UserPoolId": id, "Username": "ann" });
        let events = pool.operator("AdminListUserAuthEvents", fields).await;
        assert_eq!(events.status == 200, is_recorded, "{}", events.body);
    }
}

/// The message was recorded from AWS (github.com/hashicorp/terraform-provider-aws/pull/40734).
#[tokio::test]
async fn threat_protection_needs_feature_plan_plus() {
    const CODE: &str = "FeatureUnavailableInTierException";
    let pool = pool().await;
    let message = |tier: &str| {
        format!(
            "The following features need to be disabled for the {tier} pricing tier configured: \
             Threat Protection"
        )
    };
    let custom = json!({
        "AdvancedSecurityMode": "OFF",
        "AdvancedSecurityAdditionalFlows": { "CustomAuthMode": "AUDIT" },
    });
    let off = json!({ "AdvancedSecurityMode": "OFF" });
    new_pool(&pool, json!({ "UserPoolAddOns": off })).await;
    for (tier, add_ons) in [
        ("ESSENTIALS", json!({ "AdvancedSecurityMode": "AUDIT" })),
        ("LITE", json!({ "AdvancedSecurityMode": "ENFORCED" })),
        ("ESSENTIALS", custom),
    ] {
        let mut fields = json!({ "UserPoolAddOns": add_ons });
        if tier != "ESSENTIALS" {
            fields["UserPoolTier"] = json!(tier);
        }
        let update = pool.admin("UpdateUserPool", fields.clone()).await;
        update.fails(CODE, &message(tier));
        fields["PoolName"] = json!("people");
        let create = pool.operator("CreateUserPool", fields.clone()).await;
        create.fails(CODE, &message(tier));
        fields["UserPoolTier"] = json!("PLUS");
        new_pool(&pool, fields).await;
    }
}
