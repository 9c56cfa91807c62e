//! Checks of the pool itself, its domains, resource servers and triggers.

use serde_json::Value;

use crate::commands::audit::check::{Check, Scope, Severity, Subject};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "deletion-protection",
        severity: Severity::High,
        scope: Scope::Pool,
        needs: &[],
        title: "the pool can be deleted with one request",
        reason: "With the pool, all users and their passwords are deleted.",
        fix: "DeletionProtection: ACTIVE",
        source: "AWS developer guide, \"User pool deletion protection\"; AWS Security Hub, Cognito.6",
        find: deletion_protection,
    },
    Check {
        id: "feature-plan-lite",
        severity: Severity::Low,
        scope: Scope::Pool,
        needs: &[],
        title: "the pool has the feature plan Lite",
        reason: "Lite has no passkeys, no password history, no session tracking and no threat protection.",
        fix: "UserPoolTier: ESSENTIALS or PLUS",
        source: "AWS developer guide, \"User pool feature plans\"",
        find: feature_plan_lite,
    },
    Check {
        id: "no-tags",
        severity: Severity::Info,
        scope: Scope::Pool,
        needs: &[],
        title: "the pool has no tags",
        reason: "Without tags, the owner of the pool is unknown, and IAM policies by tag do not apply.",
        fix: "UserPoolTags: the owner and the environment",
        source: "AWS developer guide, \"Tagging Amazon Cognito resources\"",
        find: no_tags,
    },
    Check {
        id: "web-acl",
        severity: Severity::Medium,
        scope: Scope::Outside,
        needs: &[],
        title: "the pool may have no web ACL (AWS WAF)",
        reason: "A web ACL limits the requests of one address, which Cognito alone does not.",
        fix: "Run `aws wafv2 get-web-acl-for-resource --resource-arn ARN` with the ARN of the pool; IAM \
              actions wafv2:GetWebACLForResource and cognito-idp:GetWebACLForResource",
        source: "AWS developer guide, \"Associate an AWS WAF web ACL with a user pool\"; OWASP ASVS 5.0, \
                 6.3.1",
        find: web_acl,
    },
    Check {
        id: "domain-classic",
        severity: Severity::Info,
        scope: Scope::Domain,
        needs: &[],
        title: "the domain has the classic hosted UI",
        reason: "Passkeys and choice-based sign-in are only on the pages of managed login.",
        fix: "UpdateUserPoolDomain: ManagedLoginVersion 2",
        source: "AWS developer guide, \"User pool managed login\"",
        find: domain_classic,
    },
    Check {
        id: "domain-of-aws",
        severity: Severity::Info,
        scope: Scope::Domain,
        needs: &[],
        title: "users enter their passwords at a domain of AWS",
        reason: "Users cannot tell the domain from that of another pool, which an attacker can create.",
        fix: "CreateUserPoolDomain: CustomDomainConfig with your certificate",
        source: "AWS developer guide, \"Using your own domain for managed login\"",
        find: domain_of_aws,
    },
    Check {
        id: "domain-old-tls",
        severity: Severity::Medium,
        scope: Scope::Domain,
        needs: &[],
        title: "the custom domain accepts TLS 1.0 and 1.1",
        reason: "These versions have known weaknesses.",
        fix: "UpdateUserPoolDomain: CustomDomainConfig.SecurityPolicy TLS_V1_2_2021 or TLS_V1_3_2025",
        source: "RFC 8996; OWASP ASVS 5.0, 12.1.1",
        find: domain_old_tls,
    },
    Check {
        id: "domain-inactive",
        severity: Severity::Low,
        scope: Scope::Domain,
        needs: &[],
        title: "the domain is not active",
        reason: "Managed login and the token endpoint do not work at this domain.",
        fix: "Correct the certificate or the DNS record, or DeleteUserPoolDomain",
        source: "API reference, DomainDescriptionType",
        find: domain_inactive,
    },
    Check {
        id: "resource-server-without-scopes",
        severity: Severity::Low,
        scope: Scope::ResourceServer,
        needs: &[],
        title: "a resource server has no scopes",
        reason: "An API without scopes cannot tell what a token allows.",
        fix: "UpdateResourceServer: Scopes for reading and writing",
        source: "AWS developer guide, \"Scopes, M2M, and resource servers\"; OWASP ASVS 5.0, 10.3.2",
        find: resource_server_without_scopes,
    },
    Check {
        id: "resource-server-no-url",
        severity: Severity::Info,
        scope: Scope::ResourceServer,
        needs: &[],
        title: "the identifier of a resource server is no URL",
        reason: "A client cannot bind tokens to this API with the parameter resource.",
        fix: "CreateResourceServer: an https URL as Identifier",
        source: "RFC 8707, section 2; OWASP ASVS 5.0, 10.3.1",
        find: resource_server_no_url,
    },
    Check {
        id: "trigger-of-other-account",
        severity: Severity::Medium,
        scope: Scope::Pool,
        needs: &[],
        title: "a trigger runs in another AWS account",
        reason: "Anyone who controls the other account sees the users, and decides who signs in.",
        fix: "LambdaConfig: a function in the account of the pool",
        source: "AWS developer guide, \"Customizing user pool workflows with Lambda triggers\"",
        find: trigger_of_other_account,
    },
    Check {
        id: "trigger-user-migration",
        severity: Severity::Low,
        scope: Scope::Pool,
        needs: &[],
        title: "the trigger for user migration is active",
        reason: "It receives the passwords of users who sign in for the first time, and everyone who can \
                 change the function can read them.",
        fix: "LambdaConfig: without UserMigration, as soon as the migration is complete",
        source: "AWS developer guide, \"Migrate user Lambda trigger\"",
        find: trigger_user_migration,
    },
];

fn deletion_protection(pool: Subject<'_>) -> Option<String> {
    let active = pool.text("DeletionProtection") == "ACTIVE";
    (!active).then(|| "DeletionProtection is INACTIVE".into())
}

fn feature_plan_lite(pool: Subject<'_>) -> Option<String> {
    let lite = pool.text("UserPoolTier") == "LITE";
    lite.then(|| "UserPoolTier is LITE".into())
}

fn no_tags(pool: Subject<'_>) -> Option<String> {
    let tags = pool.item["UserPoolTags"].as_object();
    let none = tags.is_none_or(serde_json::Map::is_empty);
    none.then(|| "UserPoolTags is empty".into())
}

fn web_acl(subject: Subject<'_>) -> Option<String> {
    let is_outside = subject.item.is_null();
    is_outside.then(|| "Cognito's API does not return the web ACL".into())
}

fn domain_classic(domain: Subject<'_>) -> Option<String> {
    let version = domain.item["ManagedLoginVersion"].as_u64();
    let classic = version.unwrap_or(1) < 2;
    classic.then(|| "ManagedLoginVersion is 1".into())
}

fn domain_of_aws(domain: Subject<'_>) -> Option<String> {
    let custom = domain.item["CustomDomainConfig"]["CertificateArn"].is_string();
    (!custom).then(|| "it is a prefix domain".into())
}

fn domain_old_tls(domain: Subject<'_>) -> Option<String> {
    let policy = &domain.item["CustomDomainConfig"]["SecurityPolicy"];
    (policy == "TLS_V1").then(|| "SecurityPolicy is TLS_V1".into())
}

fn domain_inactive(domain: Subject<'_>) -> Option<String> {
    let status = domain.text("Status");
    let fails = !matches!(status, "" | "ACTIVE" | "CREATING" | "UPDATING");
    fails.then(|| format!("Status is {status}"))
}

fn resource_server_without_scopes(server: Subject<'_>) -> Option<String> {
    let scopes = server.item["Scopes"].as_array();
    let none = scopes.is_none_or(Vec::is_empty);
    none.then(|| "Scopes is empty".into())
}

fn resource_server_no_url(server: Subject<'_>) -> Option<String> {
    let url = server.text("Identifier").starts_with("https://");
    (!url).then(|| "Identifier is no https URL".into())
}

/// Returns the account in an ARN, such as `123456789012`.
fn account(arn: &str) -> Option<&str> {
    arn.split(':').nth(4).filter(|account| !account.is_empty())
}

/// Returns the triggers as pairs of name and ARN. The triggers with a version have the ARN in an
/// object.
fn triggers<'a>(pool: &Subject<'a>) -> impl Iterator<Item = (&'a str, &'a str)> {
    let config = pool.item["LambdaConfig"].as_object();
    config.into_iter().flatten().filter_map(|(name, value)| {
        let arn = match value {
            Value::String(arn) => arn.as_str(),
            other => other["LambdaArn"].as_str()?,
        };
        arn.contains(":lambda:").then_some((name.as_str(), arn))
    })
}

fn trigger_of_other_account(pool: Subject<'_>) -> Option<String> {
    let own = account(pool.text("Arn"))?;
    let others = triggers(&pool).filter(|(_, arn)| account(arn) != Some(own));
    let others: Vec<String> = others.map(|(name, arn)| format!("{name} {arn}")).collect();
    (!others.is_empty()).then(|| format!("triggers: {}", others.join(", ")))
}

fn trigger_user_migration(pool: Subject<'_>) -> Option<String> {
    let arn = pool.item["LambdaConfig"]["UserMigration"].as_str()?;
    Some(format!("UserMigration is {arn}"))
}
