//! Account recovery: where the code of a forgotten password is sent.

use serde_json::{Value, json};

use crate::support::{Pool, Reply, new_client, new_person, new_pool, pool};

const UNREACHABLE: &str = "Cannot reset password for the user as there is no registered/verified \
                           email or phone_number";

/// A pool with a user who has a verified e-mail address and a verified phone number.
struct Fixture {
    pool: Pool,
    id: String,
    client: Value,
}

impl Fixture {
    async fn new(mechanisms: &[(&str, u8)], more: Value) -> Self {
        let pool = pool().await;
        let mechanisms: Vec<_> = mechanisms
            .iter()
            .map(|(name, priority)| json!({ "Name": name, "Priority": priority }))
            .collect();
        let mut fields = json!({ "SmsConfiguration": {
            "SnsCallerArn": "arn:aws:iam::123456789012:role/sms",
            "ExternalId": "sms",
        } });
        if !mechanisms.is_empty() {
            fields["AccountRecoverySetting"] = json!({ "RecoveryMechanisms": mechanisms });
        }
        for (name, value) in more.as_object().into_iter().flatten() {
            fields[name] = value.clone();
        }
        let id = new_pool(&pool, fields).await;
        let client = new_client(&pool, &id, json!({})).await;
        new_person(&pool, &id, "ann").await;
        let fixture = Self { pool, id, client };
        fixture
            .set(&[
                ("email", "ann@example.com"),
                ("email_verified", "true"),
                ("phone_number", "+15550101234"),
                ("phone_number_verified", "true"),
            ])
            .await;
        fixture
    }

    async fn set(&self, attributes: &[(&str, &str)]) {
        let attributes: Vec<_> = attributes
            .iter()
            .map(|(name, value)| json!({ "Name": name, "Value": value }))
            .collect();
        let fields = json!({ "Username": "ann", "UserAttributes": attributes });
        self.admin("AdminUpdateUserAttributes", fields).await.ok();
    }

    async fn admin(&self, operation: &str, mut fields: Value) -> Reply {
        fields["UserPoolId"] = json!(self.id);
        self.pool.operator(operation, fields).await
    }

    async fn forgot(&self, username: &str) -> Reply {
        let fields = json!({ "ClientId": self.client["ClientId"], "Username": username });
        self.pool.call("ForgotPassword", fields).await
    }

    async fn medium(&self) -> Value {
        let answer = self.forgot("ann").await.ok();
        answer["CodeDeliveryDetails"]["DeliveryMedium"].clone()
    }
}

// CreateUserPool, AccountRecoverySetting: "In the absence of this setting, Amazon Cognito uses the
// legacy behavior to determine the recovery method where SMS is preferred over email."
#[tokio::test]
async fn priorities_choose_the_recovery_medium() {
    for (mechanisms, medium) in [
        (&[][..], "SMS"),
        (&[("verified_email", 1)], "EMAIL"),
        (&[("verified_phone_number", 1)], "SMS"),
        (
            &[("verified_email", 1), ("verified_phone_number", 2)],
            "EMAIL",
        ),
        (
            &[("verified_email", 2), ("verified_phone_number", 1)],
            "SMS",
        ),
    ] {
        let fixture = Fixture::new(mechanisms, json!({})).await;
        assert_eq!(fixture.medium().await, medium, "{mechanisms:?}");
    }
}

#[tokio::test]
async fn second_mechanism_is_used_without_the_first() {
    let both = [("verified_email", 1), ("verified_phone_number", 2)];
    let fixture = Fixture::new(&both, json!({})).await;
    fixture.set(&[("email_verified", "false")]).await;
    assert_eq!(fixture.medium().await, "SMS");
    fixture.set(&[("phone_number_verified", "false")]).await;
    fixture.forgot("ann").await.invalid_parameter(UNREACHABLE);
}

#[tokio::test]
async fn only_the_listed_mechanism_is_used() {
    let fixture = Fixture::new(&[("verified_email", 1)], json!({})).await;
    fixture.set(&[("email_verified", "false")]).await;
    fixture.forgot("ann").await.invalid_parameter(UNREACHABLE);
}

// The message is that of moto, test_forgot_password_admin_only_recovery. The error must not reveal
// whether a user exists.
#[tokio::test]
async fn admin_only_recovery_rejects_every_user() {
    let fixture = Fixture::new(&[("admin_only", 1)], json!({})).await;
    for username in ["ann", "nobody"] {
        fixture
            .forgot(username)
            .await
            .not_authorized("Contact administrator to reset password.");
    }
    // AdminResetUserPassword: "your user pool must have self-service account recovery configured".
    fixture
        .admin("AdminResetUserPassword", json!({ "Username": "ann" }))
        .await
        .not_authorized("Contact administrator to reset password.");
    assert!(fixture.pool.emulator.inbox().is_empty());
}

// CreateUserPool: "SMS doesn't qualify for a valid password recovery mechanism if the user also has
// SMS multi-factor authentication (MFA) activated. Email MFA is also disqualifying for account recovery
// with email."
#[tokio::test]
async fn mfa_medium_does_not_recover_the_account() {
    let optional = json!({ "MfaConfiguration": "OPTIONAL" });
    let preferences = json!({ "Username": "ann", "SMSMfaSettings": { "Enabled": true } });
    for (mechanisms, medium) in [
        (
            &[("verified_phone_number", 1), ("verified_email", 2)][..],
            Some("EMAIL"),
        ),
        (&[("verified_phone_number", 1)], None),
        (&[], Some("SMS")),
    ] {
        let fixture = Fixture::new(mechanisms, optional.clone()).await;
        fixture
            .admin("AdminSetUserMFAPreference", preferences.clone())
            .await
            .ok();
        match medium {
            Some(medium) => assert_eq!(fixture.medium().await, medium, "{mechanisms:?}"),
            None => fixture.forgot("ann").await.invalid_parameter(UNREACHABLE),
        }
    }
}

#[tokio::test]
async fn rejects_impossible_recovery_settings() {
    let pool = pool().await;
    for mechanisms in [
        json!([]),
        json!([{ "Name": "verified_fax", "Priority": 1 }]),
        json!([{ "Name": "verified_email", "Priority": 3 }]),
        json!([{ "Name": "verified_email" }]),
        json!([{ "Priority": 1 }]),
    ] {
        let setting = json!({ "RecoveryMechanisms": mechanisms });
        let fields = json!({ "PoolName": "people", "AccountRecoverySetting": setting });
        let reply = pool.operator("CreateUserPool", fields).await;
        assert_eq!(
            reply.body["__type"], "InvalidParameterException",
            "{mechanisms}"
        );
    }
}
