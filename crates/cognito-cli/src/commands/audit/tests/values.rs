//! An accepted finding counts again as soon as its value changes.

use super::faults::{Fault, set};
use super::*;
use crate::commands::audit::baseline::Baseline;

use Document::{Clients, Pool, Providers, Secrets};

/// A check, a fault, and the same fault with another value.
const CHANGES: &[(&str, Fault, Fault)] = &[
    (
        "trigger-of-other-account",
        &[(
            Pool,
            "/LambdaConfig/PreSignUp",
            "\"arn:aws:lambda:eu-central-1:210987654321:function:check\"",
        )],
        &[(
            Pool,
            "/LambdaConfig/PreSignUp",
            "\"arn:aws:lambda:eu-central-1:666666666666:function:check\"",
        )],
    ),
    (
        "trigger-user-migration",
        &[(
            Pool,
            "/LambdaConfig/UserMigration",
            "\"arn:aws:lambda:eu-central-1:123456789012:function:a\"",
        )],
        &[(
            Pool,
            "/LambdaConfig/UserMigration",
            "\"arn:aws:lambda:eu-central-1:123456789012:function:b\"",
        )],
    ),
    (
        "client-many-scopes",
        &[(
            Clients,
            "/0/AllowedOAuthScopes",
            r#"["a","b","c","d","e","f","g","h","i","j","k"]"#,
        )],
        &[(
            Clients,
            "/0/AllowedOAuthScopes",
            r#"["a","b","c","d","e","f","g","h","i","j","z"]"#,
        )],
    ),
    (
        "client-secret-left-over",
        &[(
            Secrets,
            "/service1",
            r#"[{"ClientSecretCreateDate": 1790000000}, {"ClientSecretCreateDate": 1790000001}]"#,
        )],
        &[(
            Secrets,
            "/service1",
            r#"[{"ClientSecretCreateDate": 1790000000}, {"ClientSecretCreateDate": 1790000009}]"#,
        )],
    ),
    (
        "client-analytics",
        &[(
            Clients,
            "/0/AnalyticsConfiguration",
            r#"{"UserDataShared": true, "ApplicationId": "a"}"#,
        )],
        &[(
            Clients,
            "/0/AnalyticsConfiguration",
            r#"{"UserDataShared": true, "ApplicationId": "b"}"#,
        )],
    ),
    (
        "provider-http",
        &[(
            Providers,
            "/1/ProviderDetails/oidc_issuer",
            "\"http://login.example.com\"",
        )],
        &[(
            Providers,
            "/1/ProviderDetails/oidc_issuer",
            "\"http://login.example.net\"",
        )],
    ),
    (
        "provider-maps-role",
        &[(
            Providers,
            "/1/AttributeMapping",
            r#"{"custom:role": "groups"}"#,
        )],
        &[(
            Providers,
            "/1/AttributeMapping",
            r#"{"custom:role": "nickname"}"#,
        )],
    ),
];

fn with(fault: Fault) -> Report {
    let mut documents = hardened();
    for (document, pointer, value) in fault {
        set(documents.read.get_mut(document).unwrap(), pointer, value);
    }
    audit(&documents)
}

#[test]
fn changed_value_counts_again() {
    for (id, accepted, changed) in CHANGES {
        let mut baseline = Baseline::default();
        assert_eq!(baseline.accept(&with(accepted), "known", None), 1, "{id}");
        for (fault, expected) in [(accepted, &[][..]), (changed, &[*id][..])] {
            let mut report = with(fault);
            baseline.apply(&mut report);
            let found = ids(&report, Status::Finding);
            assert_eq!(found, expected, "{:?}", report.lines);
        }
    }
}
