//! The check that an error names, and the order of the checks.

use std::time::Duration;

use async_trait::async_trait;
use cognito_core::revocation::TokenIdentity;
use cognito_core::{ErrorKind, Revocation, RevocationList};
use cognito_jwt::{Check, CognitoVerifier, IdChecks};
use serde_json::{Map, Value, json};

use crate::policies::{NOW, builder, pool};

/// A token before it is signed, with the places where a fault can be.
struct Draft {
    header: Map<String, Value>,
    claims: Map<String, Value>,
    header_suffix: &'static str,
    payload_suffix: &'static str,
    wrong_signature: bool,
    suffix: String,
}

impl Draft {
    /// Returns a token that passes all checks.
    fn good() -> Self {
        let map = |value: Value| value.as_object().unwrap().clone();
        Self {
            header: map(json!({ "alg": "RS256", "kid": pool().access_kid() })),
            claims: map(json!({
                "sub": "user-1", "iss": pool().issuer(), "token_use": "access",
                "client_id": "client1", "auth_time": NOW, "iat": NOW, "exp": NOW + 3600,
                "jti": "jti-1", "username": "alice", "scope": "orders/read", "aud": "https://api",
                "acr": "urn:cognito:loa:2", "cognito:groups": ["staff"],
            })),
            header_suffix: "",
            payload_suffix: "",
            wrong_signature: false,
            suffix: String::new(),
        }
    }

    /// Adds the fault that the check rejects.
    fn with_fault(&mut self, check: Check) {
        let claim = match check {
            Check::Length => return self.suffix = "A".repeat(70_000),
            Check::Format => return self.suffix = format!("{}.A", self.suffix),
            Check::Header => return self.header_suffix = ",\"x\":1,\"x\":2",
            Check::Payload => return self.payload_suffix = ",\"x\":1,\"x\":2",
            Check::Signature => return self.wrong_signature = true,
            Check::Algorithm => return self.with_header("alg", "none"),
            Check::Extensions => return self.with_header("crit", "exp"),
            Check::Type => return self.with_header("cty", "JWT"),
            Check::Key => return self.with_header("kid", "other"),
            Check::KeyId => return drop(self.header.remove("kid")),
            Check::IssuedAt => return drop(self.claims.remove("iat")),
            Check::Issuer => ("iss", json!("https://other.example")),
            Check::TokenUse => ("token_use", json!("id")),
            Check::Client => ("client_id", json!("other")),
            Check::Expiry => ("exp", json!(NOW)),
            Check::Lifetime => ("iat", json!(1)),
            Check::NotBefore => ("nbf", json!(NOW + 60)),
            Check::AuthTime => ("auth_time", json!("now")),
            Check::Subject => ("sub", json!("")),
            Check::OtherClaims => ("jti", json!(5)),
            Check::Audience => ("aud", json!("https://other")),
            Check::SignInAge => ("auth_time", json!(NOW - 3601)),
            Check::SignInStrength => ("acr", json!("urn:cognito:loa:1")),
            Check::Actor => ("act", json!({ "sub": "other" })),
            Check::Groups => ("cognito:groups", json!(["guests"])),
            Check::Scopes => ("scope", json!("orders/write")),
            Check::Custom => ("username", json!("mallory")),
            Check::Revocation => ("jti", json!("revoked")),
            other => panic!("an access token has no fault for {}", other.name()),
        };
        self.claims.insert(claim.0.to_owned(), claim.1);
    }

    fn with_header(&mut self, name: &str, value: &str) {
        self.header.insert(name.to_owned(), value.into());
    }

    fn sign(&self) -> String {
        let written = |members: &Map<String, Value>, suffix: &str| {
            let text = json!(members).to_string();
            format!("{}{suffix}}}", &text[..text.len() - 1])
        };
        let header = written(&self.header, self.header_suffix);
        let claims = written(&self.claims, self.payload_suffix);
        let mut token = pool().sign_raw(&header, &claims);
        if self.wrong_signature {
            let other = pool().sign_raw(&header, "{}");
            let (_, signature) = other.rsplit_once('.').unwrap();
            token.truncate(token.rfind('.').unwrap() + 1);
            token.push_str(signature);
        }
        token + &self.suffix
    }
}

/// A list of one revoked token.
#[derive(Debug)]
struct OneRevoked;

#[async_trait]
impl RevocationList for OneRevoked {
    async fn revoke(&self, _revocation: Revocation) -> cognito_core::Result<()> {
        Err(ErrorKind::StoreUnavailable.into())
    }

    fn is_revoked(&self, token: &TokenIdentity<'_>) -> bool {
        token.jti == Some("revoked")
    }

    fn len(&self) -> usize {
        1
    }
}

/// Returns a verifier for which all checks are configured.
fn strict() -> CognitoVerifier {
    builder()
        .expected_audience("https://api")
        .max_age(Duration::from_secs(3600))
        .least_acr_level(2)
        .only_actors(["actor-1"])
        .require_any_group(["staff"])
        .require_any_scope(["orders/read"])
        .custom_access_check(|claims| claims.username.as_deref() == Some("alice"))
        .revocation_list(OneRevoked)
        .build()
        .unwrap()
}

/// The checks that also apply to an access token.
fn of_access_tokens() -> impl Iterator<Item = Check> + Clone {
    let all = Check::ALL.iter().copied();
    all.filter(|check| !matches!(check, Check::Nonce | Check::AccessTokenHash))
}

fn failed(faults: &[Check]) -> Option<Check> {
    let mut draft = Draft::good();
    // A fault can replace the fault of a later check, but not the fault of an earlier one.
    for check in faults.iter().rev() {
        draft.with_fault(*check);
    }
    let result = strict().verify_access_sync(&draft.sign());
    result.err().map(|error| error.check())
}

#[test]
fn the_first_failed_check_is_named() {
    assert_eq!(failed(&[]), None);
    for first in of_access_tokens() {
        assert_eq!(failed(&[first]), Some(first));
        for second in of_access_tokens().filter(|second| *second > first) {
            let found = failed(&[first, second]);
            assert_eq!(found, Some(first), "{} too", second.name());
        }
    }
}

#[test]
fn checks_of_sign_in_are_last() {
    let verifier = builder().build().unwrap();
    let token = pool().id_token(|_| {});
    let failed = |checks: IdChecks<'_>| {
        let result = verifier.verify_id_with_sync(&token, checks);
        result.err().map(|error| error.check())
    };
    assert_eq!(failed(IdChecks::new()), None);
    let of_other = IdChecks::new().access_token("other");
    assert_eq!(failed(of_other), Some(Check::AccessTokenHash));
    assert_eq!(failed(of_other.nonce("other")), Some(Check::Nonce));
    let last = Check::ALL.iter().rev().take(2);
    assert!(last.eq(&[Check::AccessTokenHash, Check::Nonce]));
}

/// Each part of a token can be malformed, with the same reason.
#[test]
fn malformed_parts_name_different_checks() {
    let good = Draft::good().sign();
    let parts: Vec<&str> = good.split('.').collect();
    let array = "W10";
    let header_utf8 = "gIA";
    for (token, check) in [
        (parts[..2].join("."), Check::Format),
        (format!("Bearer {good}"), Check::Header),
        (format!("{array}.{}.{}", parts[1], parts[2]), Check::Header),
        (
            format!("{header_utf8}.{}.{}", parts[1], parts[2]),
            Check::Header,
        ),
        (format!("{}.!.{}", parts[0], parts[2]), Check::Payload),
        (format!("{}.{array}.{}", parts[0], parts[2]), Check::Payload),
        (
            format!("{}.{header_utf8}.{}", parts[0], parts[2]),
            Check::Payload,
        ),
        (format!("{good}!"), Check::Signature),
    ] {
        let error = strict().verify_access_sync(&token).unwrap_err();
        assert_eq!(error.check(), check, "{token}");
    }
}

#[test]
fn names_are_distinct() {
    let mut names: Vec<_> = Check::ALL.iter().map(|check| check.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Check::ALL.len());
}
