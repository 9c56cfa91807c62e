//! Pools with the faults that the emulator can have, and a hardened pool.

use cognito_emulator::MfaMode;
use cognito_testkit::FixedClock;
use serde_json::{Value, json};

use crate::support::Pool;

/// The checks whose fault the emulator cannot have. The unit tests of the checks have these faults.
pub(crate) const IMPOSSIBLE: &[&str] = &[
    // The emulator rejects the setting, as AWS does.
    "callback-http",
    "client-public-credentials",
    "client-writes-verified",
    "default-redirect-not-registered",
    "logout-http",
    // AWS reports these faults of other services.
    "domain-inactive",
    "email-fails",
    "sms-fails",
];

const OTHER_ACCOUNT: &str = "arn:aws:lambda:us-east-1:999999999999:function:other";

const ROLE: &str = "arn:aws:iam::123456789012:role/sms";

const CERTIFICATE: &str = "arn:aws:acm:us-east-1:123456789012:certificate/a";

/// Returns pools that together have each fault.
pub(crate) async fn faulty() -> [Pool; 3] {
    [plus().await, lite().await, old().await]
}

/// Returns a pool with the feature plan Plus, and with everything that its app clients can have.
async fn plus() -> Pool {
    let pool = Pool::start().await;
    let role = json!({ "CustomAttributes": [{ "Name": "role", "AttributeDataType": "String" }] });
    pool.operator("AddCustomAttributes", role).await;
    pool.operator("UpdateUserPool", settings()).await;
    let members = json!({
        "MfaConfiguration": "OPTIONAL",
        "SmsMfaConfiguration": { "SmsConfiguration": { "SnsCallerArn": ROLE } },
        "WebAuthnConfiguration": {
            "RelyingPartyId": "example.com", "UserVerification": "preferred",
        },
    });
    pool.operator("SetUserPoolMfaConfig", members).await;
    let sessions = json!({
        "UserSessionTracking": "ENABLED", "TokenSession": { "MaxPerUser": 100 },
    });
    pool.operator("SetUserPoolSessionConfiguration", sessions)
        .await;
    providers(&pool).await;
    domains(&pool).await;
    let scopes: Vec<Value> = (0..11)
        .map(|at| json!({ "ScopeName": format!("s{at}"), "ScopeDescription": "s" }))
        .collect();
    let server = json!({ "Identifier": "api", "Name": "api", "Scopes": scopes });
    pool.operator("CreateResourceServer", server).await;
    let empty = json!({ "Identifier": "empty", "Name": "empty" });
    pool.operator("CreateResourceServer", empty).await;
    let client = clients(&pool).await;
    risks(&pool, &client).await;
    let policy = json!({
        "ClientId": client, "PolicyName": "all", "URLPatterns": ["https://*.com/*"],
    });
    pool.operator("CreateCIMDPolicy", policy).await;
    pool
}

fn settings() -> Value {
    json!({
        "MfaConfiguration": "OPTIONAL",
        "UserPoolTier": "PLUS",
        "AutoVerifiedAttributes": ["email"],
        "SmsConfiguration": { "SnsCallerArn": ROLE },
        "UserPoolAddOns": { "AdvancedSecurityMode": "AUDIT" },
        "DeviceConfiguration": {
            "ChallengeRequiredOnNewDevice": true, "DeviceOnlyRememberedOnUserPrompt": false,
        },
        "Policies": {
            "PasswordPolicy": { "MinimumLength": 6, "TemporaryPasswordValidityDays": 90 },
            "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "SMS_OTP", "EMAIL_OTP", "WEB_AUTHN"] },
        },
        "LambdaConfig": { "UserMigration": OTHER_ACCOUNT, "DefineAuthChallenge": OTHER_ACCOUNT },
        "DcrConfiguration": {
            "EnableStatus": "Enabled",
            "OpenDcrEnabled": true,
            "AuthenticatedGrantTypes": ["implicit"],
            "AllowedScopes": ["aws.cognito.signin.user.admin"],
        },
    })
}

async fn providers(pool: &Pool) {
    let oidc = json!({
        "ProviderName": "partner",
        "ProviderType": "OIDC",
        "ProviderDetails": {
            "client_id": "a", "client_secret": "top-secret", "authorize_scopes": "openid",
            "attributes_request_method": "GET", "oidc_issuer": "http://127.0.0.1:9",
            "authorize_url": "http://127.0.0.1:9/a", "token_url": "http://127.0.0.1:9/t",
            "attributes_url": "http://127.0.0.1:9/u", "jwks_uri": "http://127.0.0.1:9/j",
        },
        "AttributeMapping": { "email": "email", "username": "email", "custom:role": "groups" },
    });
    pool.operator("CreateIdentityProvider", oidc).await;
    let saml = json!({
        "ProviderName": "corporate",
        "ProviderType": "SAML",
        "ProviderDetails": {
            "MetadataURL": "https://idp.example.com/metadata", "IDPInit": "true",
        },
    });
    pool.operator("CreateIdentityProvider", saml).await;
}

async fn domains(pool: &Pool) {
    let prefix = json!({ "Domain": "shop", "ManagedLoginVersion": 1 });
    pool.operator("CreateUserPoolDomain", prefix).await;
    let custom = json!({
        "Domain": "login.example.com",
        "ManagedLoginVersion": 1,
        "CustomDomainConfig": { "CertificateArn": CERTIFICATE, "SecurityPolicy": "TLS_V1" },
    });
    pool.operator("CreateUserPoolDomain", custom).await;
}

/// Creates the app clients. Returns the id of the first one.
async fn clients(pool: &Pool) -> String {
    let mut scopes: Vec<String> = (0..11).map(|at| format!("api/s{at}")).collect();
    scopes.push("aws.cognito.signin.user.admin".to_owned());
    let app = json!({
        "ClientName": "app",
        "PreventUserExistenceErrors": "LEGACY",
        "EnableTokenRevocation": false,
        "ExplicitAuthFlows": [
            "ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH",
            "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_TOKEN_EXCHANGE_IMPERSONATION",
        ],
        "AccessTokenValidity": 24,
        "IdTokenValidity": 24,
        "RefreshTokenValidity": 365,
        "AuthSessionValidity": 15,
        "WriteAttributes": ["email", "custom:role"],
        "AllowedOAuthFlowsUserPoolClient": true,
        "AllowedOAuthFlows": ["code", "implicit"],
        "AllowedOAuthScopes": scopes,
        "CallbackURLs": [
            "myapp://cb", "com.example.app://cb", "http://localhost:3000/cb",
            "https://*.example.com/cb",
        ],
        "AnalyticsConfiguration": {
            "ApplicationId": "0123456789abcdef", "RoleArn": ROLE, "ExternalId": "a",
            "UserDataShared": true,
        },
    });
    let created = pool.operator("CreateUserPoolClient", app).await;
    let rotating = json!({
        "ClientName": "rotating",
        "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"],
        "RefreshTokenRotation": { "Feature": "ENABLED", "RetryGracePeriodSeconds": 60 },
    });
    pool.operator("CreateUserPoolClient", rotating).await;
    let service = json!({
        "ClientName": "service",
        "GenerateSecret": true,
        "EnablePropagateAdditionalUserContextData": true,
        "AllowedOAuthFlowsUserPoolClient": true,
        "AllowedOAuthFlows": ["client_credentials"],
        "AllowedOAuthScopes": ["api/s0"],
        "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"],
    });
    pool.operator("CreateUserPoolClient", service).await;
    let unused = json!({
        "ClientName": "unused", "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"],
    });
    pool.operator("CreateUserPoolClient", unused).await;
    let id = created["UserPoolClient"]["ClientId"].as_str();
    id.expect("an id").to_owned()
}

/// Sets risk configurations for the pool and for a client.
async fn risks(pool: &Pool, client: &str) {
    let of_pool = json!({
        "CompromisedCredentialsRiskConfiguration": {
            "EventFilter": ["SIGN_IN"], "Actions": { "EventAction": "NO_ACTION" },
        },
        "RiskExceptionConfiguration": { "SkippedIPRangeList": ["10.0.0.0/8"] },
    });
    pool.operator("SetRiskConfiguration", of_pool).await;
    let high = json!({ "EventAction": "MFA_IF_CONFIGURED", "Notify": false });
    let of_client = json!({
        "ClientId": client,
        "CompromisedCredentialsRiskConfiguration": { "Actions": { "EventAction": "BLOCK" } },
        "AccountTakeoverRiskConfiguration": { "Actions": { "HighAction": high } },
    });
    pool.operator("SetRiskConfiguration", of_client).await;
}

/// Returns a pool with the feature plan Lite, without second factors and without sessions.
async fn lite() -> Pool {
    let pool = Pool::start().await;
    let members = json!({
        "MfaConfiguration": "OFF",
        "UserPoolTier": "LITE",
        "SmsConfiguration": { "SnsCallerArn": ROLE, "ExternalId": "a" },
        "Policies": { "PasswordPolicy": { "MinimumLength": 10 } },
        "AccountRecoverySetting": {
            "RecoveryMechanisms": [{ "Name": "verified_phone_number", "Priority": 1 }],
        },
        "LambdaConfig": {},
    });
    pool.operator("UpdateUserPool", members).await;
    let custom = json!({ "ExplicitAuthFlows": ["ALLOW_CUSTOM_AUTH"], "ClientName": "custom" });
    pool.operator("CreateUserPoolClient", custom).await;
    pool
}

/// Returns a pool whose client has two secrets from the year 2023, and which has all second factors.
async fn old() -> Pool {
    let clock = FixedClock::at_unix(1_700_000_000);
    let pool = Pool::start_with(|emulator| emulator.clock(clock).mfa(MfaMode::Optional)).await;
    let created = json!({ "ClientName": "old", "GenerateSecret": true });
    let created = pool.operator("CreateUserPoolClient", created).await;
    let id = created["UserPoolClient"]["ClientId"].clone();
    pool.operator("AddUserPoolClientSecret", json!({ "ClientId": id }))
        .await;
    let members = json!({
        "MfaConfiguration": "OPTIONAL",
        "SmsMfaConfiguration": { "SmsConfiguration": { "SnsCallerArn": ROLE } },
        "SoftwareTokenMfaConfiguration": { "Enabled": true },
        "EmailMfaConfiguration": {},
    });
    pool.operator("SetUserPoolMfaConfig", members).await;
    pool
}

/// Returns a pool in which the audit finds nothing.
pub(crate) async fn hardened() -> Pool {
    let pool = Pool::start_with(|emulator| emulator.mfa(MfaMode::On)).await;
    let members = json!({
        "MfaConfiguration": "ON",
        "UserPoolTier": "PLUS",
        "DeletionProtection": "ACTIVE",
        "UserPoolTags": { "owner": "identity" },
        "AdminCreateUserConfig": { "AllowAdminCreateUserOnly": true },
        "AutoVerifiedAttributes": ["email"],
        "UserAttributeUpdateSettings": {
            "AttributesRequireVerificationBeforeUpdate": ["email"],
        },
        "AccountRecoverySetting": {
            "RecoveryMechanisms": [{ "Name": "verified_email", "Priority": 1 }],
        },
        "Policies": { "PasswordPolicy": { "MinimumLength": 15, "PasswordHistorySize": 5 } },
        "DeviceConfiguration": {
            "ChallengeRequiredOnNewDevice": false, "DeviceOnlyRememberedOnUserPrompt": true,
        },
        "EmailConfiguration": {
            "EmailSendingAccount": "DEVELOPER",
            "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/example.com",
        },
        "UserPoolAddOns": { "AdvancedSecurityMode": "ENFORCED" },
    });
    pool.operator("UpdateUserPool", members).await;
    let members = json!({
        "MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": { "Enabled": true },
    });
    pool.operator("SetUserPoolMfaConfig", members).await;
    let sessions = json!({
        "UserSessionTracking": "ENABLED", "TokenSession": { "MaxPerUser": 10 },
    });
    pool.operator("SetUserPoolSessionConfiguration", sessions)
        .await;
    let group = "arn:aws:logs:us-east-1:123456789012:log-group:cognito";
    let log = |source, level| {
        json!({
            "EventSource": source, "LogLevel": level,
            "CloudWatchLogsConfiguration": { "LogGroupArn": group },
        })
    };
    let logs = json!({
        "LogConfigurations": [log("userNotification", "ERROR"), log("userAuthEvents", "INFO")],
    });
    pool.operator("SetLogDeliveryConfiguration", logs).await;
    harden_risk(&pool).await;
    harden_client(&pool).await;
    pool
}

async fn harden_client(pool: &Pool) {
    let client = json!({
        "ClientId": pool.emulator.client_id(),
        "PreventUserExistenceErrors": "ENABLED",
        "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"],
        "RefreshTokenRotation": { "Feature": "ENABLED", "RetryGracePeriodSeconds": 10 },
        "EnableTokenRevocation": true,
        "ReadAttributes": ["email"],
        "WriteAttributes": ["name"],
    });
    pool.operator("UpdateUserPoolClient", client).await;
}

async fn harden_risk(pool: &Pool) {
    let high = json!({ "EventAction": "BLOCK", "Notify": true });
    let medium = json!({ "EventAction": "MFA_REQUIRED", "Notify": false });
    let risk = json!({
        "CompromisedCredentialsRiskConfiguration": { "Actions": { "EventAction": "BLOCK" } },
        "AccountTakeoverRiskConfiguration": {
            "Actions": { "HighAction": high, "MediumAction": medium },
            "NotifyConfiguration": {
                "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/example.com",
            },
        },
    });
    pool.operator("SetRiskConfiguration", risk).await;
}
