//! Tests of the checks over documents, without HTTP: for each check a fault that only this check
//! finds, and a pool without faults.

mod faults;
mod outputs;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, UNIX_EPOCH};

use cognito::Operation;
use serde_json::{Value, json};

use super::check::{Check, Document, Documents, Scope, Unread};
use super::checks;
use super::report::{Line, Report, Status};

const POOL: &str = "eu-central-1_aBcDeFgHi";

/// 2026-11-30.
const NOW: u64 = 1_795_996_800;

/// Returns the documents of a pool without faults.
fn hardened() -> Documents {
    let read = [
        (Document::Pool, pool()),
        (Document::Mfa, mfa()),
        (Document::Clients, json!([app(), service()])),
        (
            Document::Secrets,
            json!({ "service1": [{ "ClientSecretCreateDate": NOW - 86_400 }] }),
        ),
        (Document::Risk, json!([risk()])),
        (
            Document::Logs,
            json!({ "LogConfigurations": [
                { "EventSource": "userNotification", "LogLevel": "ERROR" },
                { "EventSource": "userAuthEvents", "LogLevel": "INFO" },
            ] }),
        ),
        (Document::Providers, json!([saml(), oidc()])),
        (
            Document::ResourceServers,
            json!([{
                "Identifier": "https://api.example.com",
                "Scopes": [{ "ScopeName": "read" }],
            }]),
        ),
        (
            Document::Domains,
            json!([{
                "Domain": "login.example.com",
                "ManagedLoginVersion": 2,
                "Status": "ACTIVE",
                "CustomDomainConfig": {
                    "CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/a",
                    "SecurityPolicy": "TLS_V1_3_2025",
                },
            }]),
        ),
        (
            Document::Sessions,
            json!({ "UserSessionTracking": "ENABLED", "TokenSession": { "MaxPerUser": 10 } }),
        ),
        (
            Document::MetadataPolicies,
            json!([{ "PolicyName": "agents", "URLPatterns": ["https://apps.example.com/*"] }]),
        ),
    ];
    Documents {
        now: UNIX_EPOCH + Duration::from_secs(NOW),
        read: BTreeMap::from(read),
        unread: BTreeMap::new(),
    }
}

fn pool() -> Value {
    json!({
        "Id": POOL,
        "Arn": format!("arn:aws:cognito-idp:eu-central-1:123456789012:userpool/{POOL}"),
        "MfaConfiguration": "ON",
        "DeletionProtection": "ACTIVE",
        "UserPoolTags": { "owner": "identity" },
        "UserPoolTier": "PLUS",
        "AdminCreateUserConfig": { "AllowAdminCreateUserOnly": true },
        "UsernameConfiguration": { "CaseSensitive": false },
        "UsernameAttributes": ["email"],
        "AutoVerifiedAttributes": ["email"],
        "UserAttributeUpdateSettings": {
            "AttributesRequireVerificationBeforeUpdate": ["email"],
        },
        "AccountRecoverySetting": {
            "RecoveryMechanisms": [{ "Name": "verified_email", "Priority": 1 }],
        },
        "Policies": {
            "PasswordPolicy": {
                "MinimumLength": 15,
                "PasswordHistorySize": 5,
                "TemporaryPasswordValidityDays": 7,
            },
            "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"] },
        },
        "DeviceConfiguration": {
            "ChallengeRequiredOnNewDevice": false,
            "DeviceOnlyRememberedOnUserPrompt": true,
        },
        "EmailConfiguration": { "EmailSendingAccount": "DEVELOPER" },
        "SmsConfiguration": {
            "SnsCallerArn": "arn:aws:iam::123456789012:role/sms",
            "ExternalId": "b7f2",
        },
        "UserPoolAddOns": { "AdvancedSecurityMode": "ENFORCED" },
        "LambdaConfig": {
            "PreSignUp": "arn:aws:lambda:eu-central-1:123456789012:function:check",
        },
        // Without `EnableStatus`, registration is on.
        "DcrConfiguration": {
            "OpenDcrEnabled": false,
            "AuthenticatedGrantTypes": ["code"],
            "AllowedScopes": ["openid"],
        },
    })
}

fn mfa() -> Value {
    json!({
        "MfaConfiguration": "ON",
        "SoftwareTokenMfaConfiguration": { "Enabled": true },
        "WebAuthnConfiguration": { "UserVerification": "required" },
    })
}

/// An app client without a secret.
fn app() -> Value {
    json!({
        "ClientId": "app1",
        "ClientName": "app",
        "PreventUserExistenceErrors": "ENABLED",
        "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"],
        "EnableTokenRevocation": true,
        "RefreshTokenRotation": { "Feature": "ENABLED", "RetryGracePeriodSeconds": 10 },
        "AccessTokenValidity": 60,
        "IdTokenValidity": 60,
        "RefreshTokenValidity": 30,
        "TokenValidityUnits": { "AccessToken": "minutes", "IdToken": "minutes" },
        "AuthSessionValidity": 3,
        "ReadAttributes": ["email"],
        "WriteAttributes": ["name", "custom:theme"],
        "AllowedOAuthFlowsUserPoolClient": true,
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid"],
        "CallbackURLs": ["https://app.example.com/callback"],
        "DefaultRedirectURI": "https://app.example.com/callback",
        "LogoutURLs": ["https://app.example.com/"],
    })
}

/// An app client with a secret, for a service.
fn service() -> Value {
    json!({
        "ClientId": "service1",
        "ClientName": "service",
        "ClientSecret": "hidden",
        "PreventUserExistenceErrors": "ENABLED",
        "ExplicitAuthFlows": [],
        "EnableTokenRevocation": true,
        "ReadAttributes": ["email"],
        "WriteAttributes": ["name"],
        "AllowedOAuthFlowsUserPoolClient": true,
        "AllowedOAuthFlows": ["client_credentials"],
        "AllowedOAuthScopes": ["https://api.example.com/read"],
    })
}

fn risk() -> Value {
    json!({
        "CompromisedCredentialsRiskConfiguration": { "Actions": { "EventAction": "BLOCK" } },
        "AccountTakeoverRiskConfiguration": { "Actions": {
            "HighAction": { "EventAction": "BLOCK", "Notify": true },
            "MediumAction": { "EventAction": "MFA_REQUIRED", "Notify": false },
        } },
        "RiskExceptionConfiguration": { "SkippedIPRangeList": ["192.0.2.0/24"] },
    })
}

fn saml() -> Value {
    json!({
        "ProviderName": "corporate",
        "ProviderType": "SAML",
        "ProviderDetails": {
            "MetadataURL": "https://idp.example.com/metadata",
            "RequestSigningAlgorithm": "rsa-sha256",
            "EncryptedResponses": "true",
            "IDPInit": "false",
        },
        "AttributeMapping": { "email": "mail", "email_verified": "mail_verified" },
    })
}

fn oidc() -> Value {
    json!({
        "ProviderName": "partner",
        "ProviderType": "OIDC",
        "ProviderDetails": { "oidc_issuer": "https://login.example.com" },
        "AttributeMapping": { "username": "sub" },
    })
}

fn audit(documents: &Documents) -> Report {
    Report::new(POOL, documents, checks::all())
}

/// Returns the identifiers of the lines with this status.
fn ids(report: &Report, status: Status) -> Vec<&'static str> {
    let lines = report.with_status(status);
    lines.map(|line: &Line| line.check).collect()
}

#[test]
fn hardened_pool_has_no_findings() {
    let report = audit(&hardened());
    assert_eq!(ids(&report, Status::Finding), [""; 0], "{report:?}");
    let unknown = ["web-acl", "sms-sandbox"];
    assert_eq!(ids(&report, Status::NotChecked), unknown);
    assert_eq!(report.passed + unknown.len(), checks::all().count());
}

#[test]
fn identifiers_are_unique_slugs() {
    let mut seen = BTreeSet::new();
    for check in checks::all() {
        assert!(seen.insert(check.id), "{} occurs twice", check.id);
        let is_slug = |c: char| c.is_ascii_lowercase() || c == '-';
        assert!(check.id.chars().all(is_slug), "{}", check.id);
        assert!(check.reason.ends_with('.'), "{}", check.id);
        assert!(!check.title.ends_with('.'), "{}", check.id);
    }
    assert!(seen.len() >= 40, "{}", seen.len());
}

/// The check that is named by the identifier has no line with the status `Finding`, and does not
/// count as passed.
fn check_is_undecided(check: &Check, report: &Report) {
    let mut lines = report.lines.iter().filter(|line| line.check == check.id);
    let undecided = lines.any(|line| line.status == Status::NotChecked);
    assert!(undecided, "{} has passed without its document", check.id);
}

#[test]
fn unread_document_passes_no_check() {
    for document in Document::ALL {
        let mut documents = hardened();
        documents.read.remove(&document);
        let unread = Unread {
            operation: document.operations()[0],
            reason: "AccessDeniedException".into(),
        };
        documents.unread.insert(document, unread);
        let report = audit(&documents);
        assert_eq!(ids(&report, Status::Finding), [""; 0], "{document:?}");
        for check in checks::all() {
            if check.documents().any(|needed| needed == document) {
                check_is_undecided(check, &report);
            }
        }
        let action = format!("cognito-idp:{}", document.operations()[0].name());
        let mut lines = report.with_status(Status::NotChecked);
        assert!(lines.any(|line| line.found.contains(&action)), "{action}");
    }
}

#[test]
fn partly_read_list_still_has_findings() {
    let mut documents = hardened();
    let clients = documents.read.get_mut(&Document::Clients).unwrap();
    clients[0]["AllowedOAuthFlows"] = json!(["implicit"]);
    let unread = Unread {
        operation: Operation::DescribeUserPoolClient,
        reason: "AccessDeniedException".into(),
    };
    documents.unread.insert(Document::Clients, unread);
    let report = audit(&documents);
    assert_eq!(ids(&report, Status::Finding), ["client-implicit-flow"]);
    let check = checks::named("client-implicit-flow").unwrap();
    assert_eq!(check.scope, Scope::Client);
    check_is_undecided(check, &report);
}
