//! Checks of dynamic client registration and of client id metadata documents (CIMD).

use crate::commands::audit::check::{Check, Scope, Severity, Subject, texts};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "registration-open",
        severity: Severity::High,
        scope: Scope::Pool,
        needs: &[],
        title: "anyone can register app clients",
        reason: "An attacker registers a client with a familiar name, and asks users to sign in to it.",
        fix: "DcrConfiguration.OpenDcrEnabled: false",
        source: "RFC 7591, section 5; OWASP ASVS 5.0, 10.4.7; API reference, DcrConfigurationType",
        find: registration_open,
    },
    Check {
        id: "registration-implicit",
        severity: Severity::Medium,
        scope: Scope::Pool,
        needs: &[],
        title: "registered clients can use the implicit flow",
        reason: "Tokens in the URL leak through the history of the browser, and through logs.",
        fix: "DcrConfiguration: AuthenticatedGrantTypes and OpenDcrGrantTypes without implicit",
        source: "RFC 9700, section 2.1.2; OWASP ASVS 5.0, 10.4.4",
        find: registration_implicit,
    },
    Check {
        id: "registration-scope-admin",
        severity: Severity::Medium,
        scope: Scope::Pool,
        needs: &[],
        title: "registered clients can ask for tokens that change the account",
        reason: "A registered client can then change the attributes of users, and delete users.",
        fix: "DcrConfiguration.AllowedScopes: without aws.cognito.signin.user.admin",
        source: "OWASP ASVS 5.0, 10.4.11; API reference, DcrConfigurationType",
        find: registration_scope_admin,
    },
    Check {
        id: "metadata-open-pattern",
        severity: Severity::High,
        scope: Scope::MetadataPolicy,
        needs: &[],
        title: "client id metadata documents are accepted from a host with a wildcard",
        reason: "Anyone who gets a name that matches can be an app client of the pool.",
        fix: "UpdateCIMDPolicy: URLPatterns with the full host, such as https://apps.example.com/*",
        source: "OWASP ASVS 5.0, 10.4.7; API reference, CreateCIMDPolicy",
        find: metadata_open_pattern,
    },
];

/// Returns `true` if dynamic client registration is on: the pool has a `DcrConfiguration`, and its
/// `EnableStatus` is missing or not `Disabled`.
fn is_enabled(pool: &Subject<'_>) -> bool {
    let settings = &pool.item["DcrConfiguration"];
    settings.is_object() && settings["EnableStatus"] != "Disabled"
}

fn registration_open(pool: Subject<'_>) -> Option<String> {
    let open = is_enabled(&pool) && pool.item["DcrConfiguration"]["OpenDcrEnabled"] == true;
    open.then(|| "OpenDcrEnabled is true".into())
}

fn registration_implicit(pool: Subject<'_>) -> Option<String> {
    let settings = &pool.item["DcrConfiguration"];
    let mut names = vec!["AuthenticatedGrantTypes", "OpenDcrGrantTypes"];
    names.retain(|name| texts(&settings[*name]).contains(&"implicit"));
    let allowed = is_enabled(&pool) && !names.is_empty();
    allowed.then(|| format!("implicit is in {}", names.join(", ")))
}

fn registration_scope_admin(pool: Subject<'_>) -> Option<String> {
    let scopes = texts(&pool.item["DcrConfiguration"]["AllowedScopes"]);
    let allowed = is_enabled(&pool) && scopes.contains(&"aws.cognito.signin.user.admin");
    allowed.then(|| "AllowedScopes has aws.cognito.signin.user.admin".into())
}

fn metadata_open_pattern(policy: Subject<'_>) -> Option<String> {
    let mut patterns = policy.list("URLPatterns");
    patterns.retain(|pattern| has_open_host(pattern));
    (!patterns.is_empty()).then(|| patterns.join(", "))
}

/// Returns `true` if a URL pattern has a wildcard before its path: in the scheme, the host or the
/// port. Every such wildcard counts, because AWS does not document whether a wildcard matches dots
/// and slashes.
fn has_open_host(pattern: &str) -> bool {
    let (scheme, rest) = pattern.split_once("://").unwrap_or_default();
    let rest = if rest.is_empty() { pattern } else { rest };
    let host = rest.split('/').next().unwrap_or_default();
    scheme.contains('*') || host.contains('*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_before_path_are_open() {
        for (pattern, is_open) in [
            ("*", true),
            ("https://*", true),
            ("https://*/client.json", true),
            ("https://*.com/*", true),
            ("https://app.*/x", true),
            ("https://*.example.com/*", true),
            ("https://apps-*.example.com/x", true),
            ("https://apps.example.com*", true),
            ("https://apps.example.com:*/x", true),
            ("*://apps.example.com/x", true),
            ("https://apps.example.com:8443/*", false),
            ("https://apps.example.com/*/client.json", false),
        ] {
            assert_eq!(has_open_host(pattern), is_open, "{pattern}");
        }
    }
}
