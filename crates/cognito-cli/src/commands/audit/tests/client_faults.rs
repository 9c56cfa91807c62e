//! The faults of app clients, tokens, sessions and registrations, for the tests in `faults`.

use super::Document::{Clients, MetadataPolicies, Pool, Secrets, Sessions};
use super::faults::Fault;

pub(super) const CLIENTS: &[(&str, Fault)] = &[
    (
        "client-user-existence",
        &[(Clients, "/0/PreventUserExistenceErrors", "\"LEGACY\"")],
    ),
    (
        "client-password-flow",
        &[(
            Clients,
            "/0/ExplicitAuthFlows/0",
            "\"ALLOW_USER_PASSWORD_AUTH\"",
        )],
    ),
    (
        "client-password-flow",
        &[(Clients, "/0/ExplicitAuthFlows/0", "\"ALLOW_USER_AUTH\"")],
    ),
    (
        "client-admin-password-flow",
        &[(Clients, "/0/ExplicitAuthFlows/0", "\"ADMIN_NO_SRP_AUTH\"")],
    ),
    (
        "client-custom-auth-without-trigger",
        &[(Clients, "/0/ExplicitAuthFlows/0", "\"ALLOW_CUSTOM_AUTH\"")],
    ),
    (
        "client-custom-auth-without-trigger",
        &[(Clients, "/0/ExplicitAuthFlows", "null")],
    ),
    (
        "client-impersonation",
        &[(
            Clients,
            "/0/ExplicitAuthFlows/0",
            "\"ALLOW_TOKEN_EXCHANGE_IMPERSONATION\"",
        )],
    ),
    (
        "client-implicit-flow",
        &[(Clients, "/0/AllowedOAuthFlows/0", "\"implicit\"")],
    ),
    (
        "client-public-credentials",
        &[
            (Clients, "/0/AllowedOAuthFlows/0", "\"client_credentials\""),
            (Clients, "/0/ExplicitAuthFlows", "[]"),
        ],
    ),
    (
        "client-machine-with-users",
        &[(
            Clients,
            "/1/ExplicitAuthFlows",
            r#"["ALLOW_USER_SRP_AUTH"]"#,
        )],
    ),
    (
        "client-unused",
        &[(Clients, "/1/AllowedOAuthFlows", "null")],
    ),
    (
        "client-secret-old",
        &[(Secrets, "/service1/0/ClientSecretCreateDate", "1700000000")],
    ),
    (
        "client-secret-left-over",
        &[(
            Secrets,
            "/service1",
            r#"[{"ClientSecretCreateDate": 1790000000}, {"ClientSecretCreateDate": 1790000001}]"#,
        )],
    ),
    (
        "client-scope-admin",
        &[(
            Clients,
            "/0/AllowedOAuthScopes/0",
            "\"aws.cognito.signin.user.admin\"",
        )],
    ),
    (
        "client-many-scopes",
        &[(
            Clients,
            "/0/AllowedOAuthScopes",
            r#"["a","b","c","d","e","f","g","h","i","j","k"]"#,
        )],
    ),
    (
        "client-propagates-context",
        &[(
            Clients,
            "/1/EnablePropagateAdditionalUserContextData",
            "true",
        )],
    ),
    (
        "client-analytics",
        &[(
            Clients,
            "/0/AnalyticsConfiguration",
            r#"{"UserDataShared": true}"#,
        )],
    ),
    (
        "callback-http",
        &[(
            Clients,
            "/0/CallbackURLs",
            r#"["http://a.example.com", "https://app.example.com/callback"]"#,
        )],
    ),
    (
        "callback-wildcard",
        &[(
            Clients,
            "/0/CallbackURLs",
            r#"["https://*.example.com", "https://app.example.com/callback"]"#,
        )],
    ),
    (
        "callback-custom-scheme",
        &[(
            Clients,
            "/0/CallbackURLs",
            r#"["com.example.app:/cb", "https://app.example.com/callback"]"#,
        )],
    ),
    (
        "callback-short-scheme",
        &[(
            Clients,
            "/0/CallbackURLs",
            r#"["myapp://cb", "https://app.example.com/callback"]"#,
        )],
    ),
    (
        "callback-localhost",
        &[(
            Clients,
            "/0/CallbackURLs",
            r#"["http://localhost:3000", "https://app.example.com/callback"]"#,
        )],
    ),
    (
        "logout-http",
        &[(Clients, "/0/LogoutURLs/0", "\"http://app.example.com/\"")],
    ),
    (
        "default-redirect-not-registered",
        &[(
            Clients,
            "/0/DefaultRedirectURI",
            "\"https://b.example.com\"",
        )],
    ),
];

pub(super) const TOKENS: &[(&str, Fault)] = &[
    (
        "access-token-lifetime",
        &[(Clients, "/0/AccessTokenValidity", "61")],
    ),
    (
        "id-token-lifetime",
        &[(Clients, "/0/IdTokenValidity", "61")],
    ),
    (
        "refresh-token-lifetime",
        &[(Clients, "/0/RefreshTokenValidity", "31")],
    ),
    (
        "token-revocation-off",
        &[(Clients, "/0/EnableTokenRevocation", "null")],
    ),
    (
        "refresh-token-rotation",
        &[(Clients, "/0/RefreshTokenRotation", "null")],
    ),
    (
        "rotation-grace-period",
        &[(
            Clients,
            "/0/RefreshTokenRotation/RetryGracePeriodSeconds",
            "60",
        )],
    ),
    (
        "challenge-lifetime",
        &[(Clients, "/0/AuthSessionValidity", "15")],
    ),
    (
        "session-tracking-off",
        &[(Sessions, "/UserSessionTracking", "\"DISABLED\"")],
    ),
    (
        "session-limit",
        &[(Sessions, "/TokenSession/MaxPerUser", "100")],
    ),
    (
        "registration-open",
        &[(Pool, "/DcrConfiguration/OpenDcrEnabled", "true")],
    ),
    (
        "registration-implicit",
        &[(
            Pool,
            "/DcrConfiguration/AuthenticatedGrantTypes/0",
            "\"implicit\"",
        )],
    ),
    (
        "registration-scope-admin",
        &[(
            Pool,
            "/DcrConfiguration/AllowedScopes/0",
            "\"aws.cognito.signin.user.admin\"",
        )],
    ),
    (
        "metadata-open-pattern",
        &[(MetadataPolicies, "/0/URLPatterns/0", "\"https://*/*\"")],
    ),
];
