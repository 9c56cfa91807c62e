//! Checks of identity providers.

use crate::commands::audit::check::{Check, Scope, Severity, Subject};
use crate::commands::audit::checks::roles::is_role;

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "saml-unsigned-requests",
        severity: Severity::Low,
        scope: Scope::Provider,
        needs: &[],
        title: "requests to the SAML provider are not signed",
        reason: "The provider cannot tell requests of this pool from those of an attacker.",
        fix: "ProviderDetails.RequestSigningAlgorithm: rsa-sha256, and the certificate of \
              GetSigningCertificate at the provider",
        source: "AWS developer guide, \"SAML signing and encryption\"; OWASP SAML Security Cheat Sheet",
        find: saml_unsigned_requests,
    },
    Check {
        id: "saml-started-by-provider",
        severity: Severity::Medium,
        scope: Scope::Provider,
        needs: &[],
        title: "the SAML provider can start a sign-in",
        reason: "A SAML response without a request can sign a user in to the account of an attacker (login \
                 CSRF).",
        fix: "ProviderDetails.IDPInit: false",
        source: "AWS developer guide, \"SAML session initiation\"; OWASP SAML Security Cheat Sheet",
        find: saml_started_by_provider,
    },
    Check {
        id: "saml-unencrypted",
        severity: Severity::Info,
        scope: Scope::Provider,
        needs: &[],
        title: "SAML assertions are not encrypted",
        reason: "Assertions pass through the browser, where extensions can read the attributes of users.",
        fix: "ProviderDetails.EncryptedResponses: true",
        source: "AWS developer guide, \"SAML signing and encryption\"",
        find: saml_unencrypted,
    },
    Check {
        id: "provider-http",
        severity: Severity::High,
        scope: Scope::Provider,
        needs: &[],
        title: "an endpoint of the provider has no TLS",
        reason: "An attacker on the network can replace the keys of the provider, and sign in as any user.",
        fix: "ProviderDetails: https in MetadataURL, oidc_issuer, authorize_url, token_url, attributes_url \
              and jwks_uri",
        source: "OpenID Connect Core, section 3.1.2.1; OWASP ASVS 5.0, 12.2.1",
        find: provider_http,
    },
    Check {
        id: "provider-email-unverified",
        severity: Severity::Medium,
        scope: Scope::Provider,
        needs: &[],
        title: "the e-mail address is mapped without email_verified",
        reason: "Cognito does not learn whether the provider has verified the address, so an application can \
                 trust an address that anyone has entered there.",
        fix: "AttributeMapping: email_verified, from the claim of the provider",
        source: "AWS developer guide, \"Mapping IdP attributes to profiles and tokens\"; OWASP ASVS 5.0, \
                 6.8.1",
        find: provider_email_unverified,
    },
    Check {
        id: "provider-username-changes",
        severity: Severity::Medium,
        scope: Scope::Provider,
        needs: &[],
        title: "users of the provider are identified by an address",
        reason: "Addresses are assigned again, and the next owner gets the account.",
        fix: "AttributeMapping.username: sub, or a persistent NameID",
        source: "OpenID Connect Core, section 5.7; OWASP ASVS 5.0, 10.5.2",
        find: provider_username_changes,
    },
    Check {
        id: "provider-maps-role",
        severity: Severity::Info,
        scope: Scope::Provider,
        needs: &[],
        title: "the provider sets an attribute that looks like a permission",
        reason: "Anyone who administers the provider grants permissions in your application.",
        fix: "AttributeMapping: without the attribute, unless the provider may grant it",
        source: "OWASP ASVS 5.0, 6.8.1 and 8.2.3",
        find: provider_maps_role,
    },
];

fn is_saml(provider: &Subject<'_>) -> bool {
    provider.text("ProviderType") == "SAML"
}

/// Returns a detail of the provider. Returns an empty string if it is missing.
fn detail<'a>(provider: &Subject<'a>, name: &str) -> &'a str {
    let detail = provider.item["ProviderDetails"][name].as_str();
    detail.unwrap_or_default()
}

fn is_true(text: &str) -> bool {
    text.eq_ignore_ascii_case("true")
}

fn saml_unsigned_requests(provider: Subject<'_>) -> Option<String> {
    let unsigned = is_saml(&provider) && detail(&provider, "RequestSigningAlgorithm").is_empty();
    unsigned.then(|| "RequestSigningAlgorithm is not set".into())
}

fn saml_started_by_provider(provider: Subject<'_>) -> Option<String> {
    let allowed = is_saml(&provider) && is_true(detail(&provider, "IDPInit"));
    allowed.then(|| "IDPInit is true".into())
}

fn saml_unencrypted(provider: Subject<'_>) -> Option<String> {
    let plain = is_saml(&provider) && !is_true(detail(&provider, "EncryptedResponses"));
    plain.then(|| "EncryptedResponses is not true".into())
}

/// The names of the provider details that contain a URL which Cognito or the browser calls.
const ENDPOINTS: &[&str] = &[
    "MetadataURL",
    "SSORedirectBindingURI",
    "SLORedirectBindingURI",
    "attributes_url",
    "authorize_url",
    "jwks_uri",
    "oidc_issuer",
    "token_url",
];

fn provider_http(provider: Subject<'_>) -> Option<String> {
    let details = provider.item["ProviderDetails"].as_object()?;
    let is_http = |value: &str| value.to_ascii_lowercase().starts_with("http://");
    let names = details.iter().filter_map(|(name, value)| {
        let is_endpoint = ENDPOINTS.contains(&name.as_str());
        let url = value.as_str().filter(|value| is_endpoint && is_http(value));
        url.map(|url| format!("{name} {url}"))
    });
    let names: Vec<String> = names.collect();
    (!names.is_empty()).then(|| format!("http in {}", names.join(", ")))
}

/// Returns the name that the provider uses for the pool's attribute `name`. Returns `None` if the
/// attribute is not mapped.
fn mapped<'a>(provider: &Subject<'a>, name: &str) -> Option<&'a str> {
    provider.item["AttributeMapping"][name].as_str()
}

/// Returns a finding if an OIDC or SAML provider maps `email` but not `email_verified`. Social
/// providers are not checked: they verify e-mail addresses themselves, and some have no claim
/// `email_verified`.
fn provider_email_unverified(provider: Subject<'_>) -> Option<String> {
    let is_custom = matches!(provider.text("ProviderType"), "OIDC" | "SAML");
    let email = mapped(&provider, "email")?;
    let missing = mapped(&provider, "email_verified").is_none();
    (is_custom && missing)
        .then(|| format!("email is mapped from {email}, email_verified is not mapped"))
}

fn provider_username_changes(provider: Subject<'_>) -> Option<String> {
    let name = mapped(&provider, "username")?;
    let lower = name.to_ascii_lowercase();
    let changes = ["mail", "phone", "preferred_username", "upn"];
    let is_address = changes.iter().any(|word| lower.contains(word));
    is_address.then(|| format!("username is mapped from {name}"))
}

fn provider_maps_role(provider: Subject<'_>) -> Option<String> {
    let mapping = provider.item["AttributeMapping"].as_object()?;
    let roles = mapping.iter().filter(|(name, _)| is_role(name));
    let roles = roles.map(|(name, source)| match source.as_str() {
        Some(source) => format!("{name} from {source}"),
        None => name.clone(),
    });
    let roles: Vec<String> = roles.collect();
    (!roles.is_empty()).then(|| format!("mapped: {}", roles.join(", ")))
}
