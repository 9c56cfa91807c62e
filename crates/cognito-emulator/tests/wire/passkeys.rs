//! Registering, listing and deleting passkeys, and the registrations that are rejected.

use std::time::Duration;

use cognito_emulator::{Client, Emulator, Seed, UserVerification};
use serde_json::{Value, json};

use crate::authenticator::{Authenticator, PRESENT, VERIFIED};
use crate::support::{
    CLIENT, EMAIL, PASSWORD, Pool, Reply, Tokens, new_client, new_person, new_pool,
    password_fields, pool, pool_with, sign_in_fields,
};

pub(crate) const ORIGIN: &str = "https://login.example.com";

/// Returns a pool with passkeys for `example.com`, and one user.
pub(crate) async fn passkey_pool() -> Pool {
    let pool = pool_with(|builder| builder.passkeys("example.com")).await;
    pool.person();
    pool
}

impl Pool {
    pub(crate) async fn start(&self, access: &str) -> Value {
        let reply = self.call(
            "StartWebAuthnRegistration",
            json!({ "AccessToken": access }),
        );
        reply.await.ok()["CredentialCreationOptions"].take()
    }

    pub(crate) async fn complete(&self, access: &str, credential: Value) -> Reply {
        let fields = json!({ "AccessToken": access, "Credential": credential });
        self.call("CompleteWebAuthnRegistration", fields).await
    }

    /// Registers a passkey, which must succeed.
    pub(crate) async fn register(&self, access: &str, authenticator: &Authenticator) {
        let options = self.start(access).await;
        let credential = authenticator.create(&options, ORIGIN).json();
        let answer = self.complete(access, credential).await.ok();
        assert_eq!(answer, json!({}));
    }

    async fn list(&self, mut fields: Value, access: &str) -> Value {
        fields["AccessToken"] = json!(access);
        self.call("ListWebAuthnCredentials", fields).await.ok()
    }

    async fn delete(&self, access: &str, id: &str) -> Reply {
        let fields = json!({ "AccessToken": access, "CredentialId": id });
        self.call("DeleteWebAuthnCredential", fields).await
    }
}

#[tokio::test]
async fn options_have_browser_format() {
    let pool = pool_with(|builder| builder.passkeys("example.com")).await;
    let sub = pool.person();
    let access = pool.tokens().await.access;
    let mut options = pool.start(&access).await;
    let challenge = options["challenge"].take();
    // 43 characters of base64url are 32 bytes.
    assert_eq!(challenge.as_str().map(str::len), Some(43));
    let user = options["user"]["id"].take();
    assert_eq!(user, json!(base64url(sub.as_bytes())));
    assert_eq!(
        options,
        json!({
            "rp": { "id": "example.com", "name": "example.com" },
            "user": { "id": null, "name": EMAIL, "displayName": "Some One" },
            "challenge": null,
            "pubKeyCredParams": [
                { "type": "public-key", "alg": -7 },
                { "type": "public-key", "alg": -257 },
            ],
            "timeout": 180_000,
            "excludeCredentials": [],
            "authenticatorSelection": {
                "requireResidentKey": true,
                "residentKey": "required",
                "userVerification": "preferred",
            },
        })
    );
    assert_ne!(pool.start(&access).await["challenge"], challenge);
}

#[tokio::test]
async fn a_passkey_is_registered_listed_and_deleted() {
    let pool = passkey_pool().await;
    let access = pool.tokens().await.access;
    assert_eq!(
        pool.list(json!({}), &access).await,
        json!({ "Credentials": [] })
    );
    pool.register(&access, &Authenticator::es256(b"one")).await;
    pool.advance(Duration::from_secs(1));
    pool.register(&access, &Authenticator::rs256(b"two")).await;
    let described = |id: &[u8], name: &str, created: f64| {
        json!({
            "CredentialId": base64url(id),
            "FriendlyCredentialName": name,
            "RelyingPartyId": "example.com",
            "AuthenticatorAttachment": "platform",
            "AuthenticatorTransports": ["internal", "hybrid"],
            "CreatedAt": created,
        })
    };
    let two = described(b"two", "Passkey 2", 1_700_000_001.0);
    assert_eq!(
        pool.list(json!({}), &access).await,
        json!({ "Credentials": [described(b"one", "Passkey 1", 1_700_000_000.0), two] })
    );
    let excluded = &pool.start(&access).await["excludeCredentials"];
    assert_eq!(excluded[1]["id"], base64url(b"two"));
    assert_eq!(excluded[1]["transports"], json!(["internal", "hybrid"]));
    assert_eq!(
        pool.delete(&access, &base64url(b"one")).await.ok(),
        json!({})
    );
    assert_eq!(
        pool.list(json!({}), &access).await,
        json!({ "Credentials": [two] })
    );
    pool.delete(&access, &base64url(b"one")).await.fails(
        "ResourceNotFoundException",
        "The credential does not exist.",
    );
}

#[tokio::test]
async fn passkeys_have_pages_and_maximum_of_twenty() {
    let pool = passkey_pool().await;
    let access = pool.tokens().await.access;
    for number in 0..20_u8 {
        pool.register(&access, &Authenticator::es256(&[number + 1]))
            .await;
    }
    let full = "The user has as many passkeys as a user can have.";
    pool.call(
        "StartWebAuthnRegistration",
        json!({ "AccessToken": access }),
    )
    .await
    .fails("LimitExceededException", full);
    let mut seen = Vec::new();
    let mut fields = json!({ "MaxResults": 8 });
    let mut sizes = Vec::new();
    loop {
        let page = pool.list(fields.clone(), &access).await;
        let list = page["Credentials"].as_array().expect("a list");
        sizes.push(list.len());
        seen.extend(list.iter().map(|entry| entry["CredentialId"].clone()));
        if page["NextToken"].is_null() {
            break;
        }
        fields["NextToken"] = page["NextToken"].clone();
    }
    assert_eq!(sizes, [8, 8, 4]);
    let all: Vec<_> = (1..=20_u8).map(|id| json!(base64url(&[id]))).collect();
    assert_eq!(seen, all);
    let whole = pool.list(json!({ "MaxResults": 0 }), &access).await;
    assert_eq!(whole["Credentials"].as_array().map(Vec::len), Some(20));
    let fields = json!({ "AccessToken": access, "MaxResults": 21 });
    let reply = pool.call("ListWebAuthnCredentials", fields).await;
    assert_eq!(reply.body["__type"], "InvalidParameterException");
    let fields = json!({ "AccessToken": access, "NextToken": "forged" });
    let reply = pool.call("ListWebAuthnCredentials", fields).await;
    reply.invalid_parameter("Invalid pagination token.");
    // The pagination token is from another list.
    pool.emulator
        .create_user("other@example.com", PASSWORD, &[])
        .expect("a person");
    let users = pool.admin("ListUsers", json!({ "Limit": 1 })).await.ok();
    let fields = json!({ "AccessToken": access, "NextToken": users["PaginationToken"] });
    let reply = pool.call("ListWebAuthnCredentials", fields).await;
    reply.invalid_parameter("Invalid pagination token.");
    // After one passkey is deleted, another can be registered.
    pool.delete(&access, &base64url(&[7])).await.ok();
    pool.register(&access, &Authenticator::es256(b"another"))
        .await;
}

#[tokio::test]
async fn challenge_is_valid_once_for_three_minutes() {
    let pool = passkey_pool().await;
    let access = pool.tokens().await.access;
    let gone = "The challenge is not known, or has expired.";
    let refused = |reply: Reply| reply.fails("WebAuthnChallengeNotFoundException", gone);
    // No registration was started.
    let made_up = json!({ "challenge": "AAAA", "rp": { "id": "example.com" } });
    let credential = Authenticator::es256(b"one").create(&made_up, ORIGIN).json();
    refused(pool.complete(&access, credential).await);
    // Sends the same response twice.
    let options = pool.start(&access).await;
    let credential = Authenticator::es256(b"one").create(&options, ORIGIN).json();
    pool.complete(&access, credential.clone()).await.ok();
    refused(pool.complete(&access, credential.clone()).await);
    // The response is replayed while another registration is pending.
    pool.start(&access).await;
    refused(pool.complete(&access, credential).await);
    // A later start has replaced this registration.
    let options = pool.start(&access).await;
    pool.start(&access).await;
    let credential = Authenticator::es256(b"two").create(&options, ORIGIN).json();
    refused(pool.complete(&access, credential).await);
    // The registration expires after 180 seconds.
    for (seconds, in_time) in [(180, false), (179, true)] {
        let options = pool.start(&access).await;
        let credential = Authenticator::es256(b"two").create(&options, ORIGIN).json();
        pool.advance(Duration::from_secs(seconds));
        let reply = pool.complete(&access, credential).await;
        if in_time {
            reply.ok();
        } else {
            refused(reply);
        }
    }
}

#[tokio::test]
async fn rejected_response_uses_up_challenge() {
    let pool = passkey_pool().await;
    let access = pool.tokens().await.access;
    let options = pool.start(&access).await;
    let authenticator = Authenticator::es256(b"one");
    let elsewhere = authenticator.create(&options, "https://example.org").json();
    pool.complete(&access, elsewhere).await.fails(
        "WebAuthnOriginNotAllowedException",
        "The origin of the passkey does not belong to the relying party id of the user pool.",
    );
    let credential = authenticator.create(&options, ORIGIN).json();
    let reply = pool.complete(&access, credential).await;
    assert_eq!(reply.body["__type"], "WebAuthnChallengeNotFoundException");
}

#[tokio::test]
async fn each_rejection_has_its_aws_name() {
    let pool = passkey_pool().await;
    let access = pool.tokens().await.access;
    let authenticator = Authenticator::es256(b"one");
    let mut names = Vec::new();
    for fault in 0..4 {
        let options = pool.start(&access).await;
        let mut made = authenticator.create(&options, ORIGIN);
        match fault {
            0 => made.client_data["origin"] = json!("https://example.org"),
            1 => made.relying_party = "example.org".to_owned(),
            2 => made.flags &= !PRESENT,
            _ => made.behind.push(0),
        }
        let reply = pool.complete(&access, made.json()).await;
        names.push(reply.body["__type"].as_str().expect("a name").to_owned());
    }
    assert_eq!(
        names,
        [
            "WebAuthnOriginNotAllowedException",
            "WebAuthnRelyingPartyMismatchException",
            "WebAuthnCredentialNotSupportedException",
            "InvalidParameterException",
        ]
    );
    for credential in [json!(null), json!("text"), json!([]), json!({})] {
        pool.start(&access).await;
        let reply = pool.complete(&access, credential.clone()).await;
        assert_eq!(
            reply.body["__type"], "InvalidParameterException",
            "{credential}"
        );
    }
    let passkeys = pool.list(json!({}), &access).await;
    assert_eq!(passkeys, json!({ "Credentials": [] }));
}

#[tokio::test]
async fn the_client_that_starts_a_registration_finishes_it() {
    let clients = |builder: cognito_emulator::EmulatorBuilder| {
        let other = Client::new("otherclient");
        let builder = builder.client(Client::new(CLIENT)).client(other);
        builder.passkeys("example.com")
    };
    let pool = pool_with(clients).await;
    pool.person();
    let access = pool.tokens().await.access;
    let mut fields = sign_in_fields(EMAIL, PASSWORD);
    fields["ClientId"] = json!("otherclient");
    let elsewhere = Tokens::read(&pool.call("InitiateAuth", fields).await.ok()).access;
    let options = pool.start(&access).await;
    let credential = Authenticator::es256(b"one").create(&options, ORIGIN).json();
    pool.complete(&elsewhere, credential.clone()).await.fails(
        "WebAuthnClientMismatchException",
        "The access token belongs to another app client than the one that started the \
         registration.",
    );
    // The attempt of the other client has not ended the registration.
    pool.complete(&access, credential).await.ok();
}

#[tokio::test]
async fn rejects_other_users_challenge_and_passkey() {
    let pool = passkey_pool().await;
    let other = "other@example.com";
    pool.emulator
        .create_user(other, PASSWORD, &[])
        .expect("a person");
    let mine = pool.tokens().await.access;
    let theirs = Tokens::read(&pool.sign_in(other, PASSWORD).await.ok()).access;
    let options = pool.start(&mine).await;
    let authenticator = Authenticator::es256(b"one");
    let credential = authenticator.create(&options, ORIGIN).json();
    pool.start(&theirs).await;
    let reply = pool.complete(&theirs, credential.clone()).await;
    assert_eq!(reply.body["__type"], "WebAuthnChallengeNotFoundException");
    pool.complete(&mine, credential).await.ok();
    // Registers the same passkey for another user, and again for the same user.
    for access in [&theirs, &mine] {
        let options = pool.start(access).await;
        let credential = authenticator.create(&options, ORIGIN).json();
        pool.complete(access, credential)
            .await
            .invalid_parameter("The credential is registered already.");
    }
    let id = base64url(b"one");
    pool.delete(&theirs, &id).await.fails(
        "ResourceNotFoundException",
        "The credential does not exist.",
    );
    let left = pool.list(json!({}), &mine).await;
    assert_eq!(left["Credentials"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn user_verification_is_required_if_configured() {
    let strict = |builder: cognito_emulator::EmulatorBuilder| {
        let builder = builder.passkeys("example.com");
        builder.user_verification(UserVerification::Required)
    };
    for (pool, is_strict) in [
        (passkey_pool().await, false),
        (pool_with(strict).await, true),
    ] {
        if is_strict {
            pool.person();
        }
        let access = pool.tokens().await.access;
        let options = pool.start(&access).await;
        let asked = &options["authenticatorSelection"]["userVerification"];
        assert_eq!(*asked, if is_strict { "required" } else { "preferred" });
        let authenticator = Authenticator::es256(b"one");
        let mut made = authenticator.create(&options, ORIGIN);
        made.flags &= !VERIFIED;
        let reply = pool.complete(&access, made.json()).await;
        if is_strict {
            reply.fails(
                "WebAuthnCredentialNotSupportedException",
                "The passkey is from an unsupported device or provider.",
            );
        } else {
            reply.ok();
        }
    }
}

#[tokio::test]
async fn passkeys_need_setting_and_domain() {
    let pool = pool().await;
    let id = new_pool(&pool, json!({})).await;
    new_person(&pool, &id, "ann").await;
    let client = new_client(&pool, &id, json!({})).await;
    let sign_in = password_fields(&client["ClientId"], "ann");
    let answer = pool.call("InitiateAuth", sign_in).await.ok();
    let access = json!({ "AccessToken": Tokens::read(&answer).access });
    let start = || pool.call("StartWebAuthnRegistration", access.clone());
    start().await.fails(
        "WebAuthnNotEnabledException",
        "Passkeys are not enabled for the user pool.",
    );
    let allowed = json!({ "AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"] });
    let fields = json!({ "UserPoolId": id, "Policies": { "SignInPolicy": allowed } });
    pool.operator("UpdateUserPool", fields).await.ok();
    start().await.fails(
        "WebAuthnConfigurationMissingException",
        "The user pool has no relying party id.",
    );
    let configuration = json!({
        "RelyingPartyId": "localhost",
        "UserVerification": "required",
        "FactorConfiguration": "SINGLE_FACTOR",
    });
    let fields = json!({ "UserPoolId": id, "WebAuthnConfiguration": configuration });
    let answer = pool.operator("SetUserPoolMfaConfig", fields).await.ok();
    assert_eq!(answer["WebAuthnConfiguration"], configuration);
    let named = json!({ "UserPoolId": id });
    let read = pool.operator("GetUserPoolMfaConfig", named).await.ok();
    assert_eq!(read, answer);
    let options = start().await.ok()["CredentialCreationOptions"].take();
    assert_eq!(options["rp"]["id"], "localhost");
    assert_eq!(options["user"]["name"], "ann");
    assert_eq!(
        options["authenticatorSelection"]["userVerification"],
        "required"
    );
}

#[tokio::test]
async fn a_relying_party_is_a_domain() {
    let pool = passkey_pool().await;
    let set = async |id: &str| {
        let fields = json!({ "WebAuthnConfiguration": { "RelyingPartyId": id } });
        pool.admin("SetUserPoolMfaConfig", fields).await
    };
    for id in [
        "example.com",
        "localhost",
        "xn--bcher-kva.example",
        "a.b.c-d.eu",
    ] {
        set(id).await.ok();
    }
    for id in [
        "com",
        ".",
        "example.",
        ".com",
        "127.0.0.1",
        "::1",
        "https://example.com",
        "example.com:443",
        "Example.com",
        "-a.com",
        "a-.com",
        "a b.com",
        "exa_mple.com",
    ] {
        set(id)
            .await
            .invalid_parameter("RelyingPartyId must be a domain such as example.com");
    }
    let fields = json!({ "WebAuthnConfiguration": { "UserVerification": "please" } });
    let reply = pool.admin("SetUserPoolMfaConfig", fields).await;
    assert_eq!(reply.body["__type"], "InvalidParameterException");
    let started = Emulator::builder().passkeys("com").start().await;
    assert!(started.is_err());
}

#[tokio::test]
async fn seed_sets_passkey_domain() {
    let seed = |domain: &str| {
        json!({ "pools": [{
            "id": "us-east-1_Seeded",
            "settings": { "Policies": { "SignInPolicy": {
                "AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"],
            } } },
            "mfa": { "WebAuthnConfiguration": { "RelyingPartyId": domain } },
            "clients": [{
                "id": CLIENT,
                "settings": { "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"] },
            }],
            "users": [{ "username": "ann", "password": PASSWORD }],
        }] })
        .to_string()
    };
    let good = Seed::from_json(&seed("example.com")).expect("a seed");
    let pool = pool_with(|builder| builder.prepared(good)).await;
    let access = Tokens::read(&pool.sign_in("ann", PASSWORD).await.ok()).access;
    pool.register(&access, &Authenticator::es256(b"one")).await;
    let bad = Seed::from_json(&seed("com")).expect("a seed");
    let error = Emulator::builder().prepared(bad).start().await.err();
    let error = error.expect("a fault").to_string();
    assert!(
        error.starts_with("invalid seed at pools[0].mfa: "),
        "{error}"
    );
}

#[tokio::test]
async fn passkeys_need_a_token_that_is_good() {
    let pool = passkey_pool().await;
    let access = pool.tokens().await.access;
    pool.call("GlobalSignOut", json!({ "AccessToken": access }))
        .await
        .ok();
    for operation in [
        "StartWebAuthnRegistration",
        "CompleteWebAuthnRegistration",
        "ListWebAuthnCredentials",
        "DeleteWebAuthnCredential",
    ] {
        let fields = json!({ "AccessToken": access, "Credential": {}, "CredentialId": "x" });
        pool.call(operation, fields)
            .await
            .not_authorized("Access Token has been revoked");
    }
    // The error for a user who no longer exists is one that the operation declares.
    let access = pool.tokens().await.access;
    pool.admin("AdminDeleteUser", json!({ "Username": EMAIL }))
        .await
        .ok();
    let fields = json!({ "AccessToken": access });
    let reply = pool.call("ListWebAuthnCredentials", fields).await;
    assert_eq!(reply.body["__type"], "NotAuthorizedException");
}

#[tokio::test]
async fn passkey_is_listed_as_factor() {
    let pool = passkey_pool().await;
    let access = pool.tokens().await.access;
    pool.register(&access, &Authenticator::es256(b"one")).await;
    let fields = json!({ "AccessToken": access });
    let factors = pool.call("GetUserAuthFactors", fields).await.ok();
    assert_eq!(
        factors["ConfiguredUserAuthFactors"],
        json!(["PASSWORD", "WEB_AUTHN"])
    );
}

pub(crate) fn base64url(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}
