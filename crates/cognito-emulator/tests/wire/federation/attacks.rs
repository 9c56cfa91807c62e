//! Attacks on a sign-in through an identity provider.

use std::time::Duration;

use cognito_emulator::{Client, Request, Usernames};
use serde_json::{Value, json};

use super::provider::Forgery;
use super::{HTTPS, ann, federated, federated_with};
use crate::browser::{Browser, encoded, parameters};
use crate::support::{CLIENT, EMAIL, PASSWORD, START, attribute};

const INVALID: &str = "Invalid state/RelayState provided.";

/// Returns the claims of Ann with one change.
fn with(name: &str, value: Value) -> Value {
    let mut claims = ann();
    claims[name] = value;
    claims
}

#[tokio::test]
async fn invalid_tokens_are_rejected() {
    let it = federated().await;
    for (claims, expected) in [
        (
            with("iss", json!("https://evil.example")),
            "Bad id_token issuer https://evil.example",
        ),
        (with("iss", Value::Null), "Bad id_token issuer "),
        (
            with("aud", json!("another-client")),
            "Bad id_token audience",
        ),
        (
            with("aud", json!(["pool-at-example", "other"])),
            "Bad id_token audience",
        ),
        (
            with("azp", json!("another-client")),
            "Bad id_token audience",
        ),
        (with("exp", json!(START)), "Bad id_token expiration"),
        (with("exp", Value::Null), "Bad id_token expiration"),
        (with("iat", json!(START + 3600)), "Bad id_token issue time"),
        (with("nbf", json!(START + 3600)), "Bad id_token issue time"),
        (with("nonce", json!("another")), "Bad id_token nonce"),
        (with("nonce", Value::Null), "Bad id_token nonce"),
        (with("sub", json!("")), "Bad id_token subject"),
    ] {
        assert_eq!(it.error(claims).await, expected);
    }
    let users = it.pool.admin("ListUsers", json!({})).await.ok();
    assert_eq!(users["Users"], json!([]));
    it.id_token(with("aud", json!(["pool-at-example"]))).await;
}

#[tokio::test]
async fn forged_signatures_are_rejected() {
    let it = federated().await;
    let kept = |_: &mut Value| {};
    let same = |_: &mut Vec<u8>| {};
    let forge = |header: fn(&mut Value), signature: fn(&mut Vec<u8>)| Forgery { header, signature };
    let forgeries = [
        forge(|header| header["alg"] = json!("none"), Vec::clear),
        forge(|header| header["alg"] = json!("HS256"), same),
        forge(|header| header["kid"] = json!("two"), same),
        forge(|header| header["crit"] = json!(["x"]), same),
        forge(kept, |signature| signature[0] ^= 1),
        forge(kept, Vec::clear),
    ];
    for forgery in forgeries {
        *it.provider.state.forged.lock() = Some(forgery);
        assert_eq!(it.error(ann()).await, "Bad id_token signature");
    }
    *it.provider.state.forged.lock() = None;
    it.id_token(ann()).await;
}

#[tokio::test]
async fn state_is_used_once() {
    let it = federated().await;
    let mut browser = Browser::default();
    let query = parameters(&it.begin(&mut browser).await);
    let code = it.provider.code(with("nonce", json!(query["nonce"])));
    let path = format!("/oauth2/idpresponse?code={code}&state={}", query["state"]);
    assert_eq!(browser.get(&it.pool, &path).await.status, 302);
    let reply = browser.get(&it.pool, &path).await;
    assert_eq!(reply.status, 400);
    assert!(
        reply
            .body
            .as_str()
            .is_some_and(|page| page.contains(INVALID))
    );
}

#[tokio::test]
async fn state_expires_after_five_minutes() {
    let it = federated().await;
    let mut browser = Browser::default();
    let query = parameters(&it.begin(&mut browser).await);
    it.pool.advance(Duration::from_secs(300));
    let path = format!("/oauth2/idpresponse?code=x&state={}", query["state"]);
    assert_eq!(browser.get(&it.pool, &path).await.status, 400);
}

#[tokio::test]
async fn many_begun_sign_ins_end_no_other() {
    let it = federated().await;
    let mut browser = Browser::default();
    let query = parameters(&it.begin(&mut browser).await);
    // More sign-ins than a pool has codes or signed-in browsers.
    let request = crate::browser::request_with(&[("identity_provider", "Example")]);
    let url = format!("http://localhost/oauth2/authorize?{request}");
    for _ in 0..10_001 {
        let reply = it.pool.emulator.respond(Request::new("GET", &url)).await;
        assert_eq!(reply.expect("a response").status(), 302);
    }
    let code = it.provider.code(with("nonce", json!(query["nonce"])));
    let path = format!("/oauth2/idpresponse?code={code}&state={}", query["state"]);
    let back = browser.get(&it.pool, &path).await;
    assert!(parameters(back.header("location")).contains_key("code"));
}

#[tokio::test]
async fn changed_states_are_rejected() {
    let it = federated().await;
    let mut browser = Browser::default();
    let state = parameters(&it.begin(&mut browser).await)["state"].clone();
    let other = crate::support::new_pool(&it.pool, json!({})).await;
    let (pool, sealed) = state.split_once('.').expect("two parts");
    let mut forged = state.clone().into_bytes();
    let last = forged.len() - 3;
    forged[last] = if forged[last] == b'A' { b'B' } else { b'A' };
    let forged = String::from_utf8(forged).expect("UTF-8");
    let status = async |browser: &mut Browser, state: &str| {
        let path = format!("/oauth2/idpresponse?error=x&state={state}");
        browser.get(&it.pool, &path).await.status
    };
    for state in [
        forged.as_str(),
        sealed,
        pool,
        "",
        &format!("{other}.{sealed}"),
        &format!("{pool}.{sealed}.{sealed}"),
    ] {
        assert_eq!(status(&mut browser, state).await, 400, "{state}");
    }
    assert_eq!(status(&mut browser, &state).await, 302);
    // After a reset, earlier sign-ins are unknown.
    it.pool.emulator.reset();
    assert_eq!(status(&mut browser, &state).await, 400);
}

#[tokio::test]
async fn state_of_another_browser_is_rejected() {
    let it = federated().await;
    let mut attacker = Browser::default();
    let query = parameters(&it.begin(&mut attacker).await);
    let code = it.provider.code(with("nonce", json!(query["nonce"])));
    let path = format!("/oauth2/idpresponse?code={code}&state={}", query["state"]);
    // The victim has no cookie, or the cookie of another sign-in.
    let mut victim = Browser::default();
    assert_eq!(victim.get(&it.pool, &path).await.status, 400);
    it.begin(&mut victim).await;
    assert_eq!(victim.get(&it.pool, &path).await.status, 400);
    assert!(!victim.cookies.contains_key("cognito"));
    // The sign-in of the attacker remains open for the attacker's browser.
    assert_eq!(attacker.get(&it.pool, &path).await.status, 302);
}

#[tokio::test]
async fn sign_ins_of_several_tabs_succeed() {
    let it = federated().await;
    let mut browser = Browser::default();
    let first = parameters(&it.begin(&mut browser).await);
    let second = parameters(&it.begin(&mut browser).await);
    assert_ne!(first["state"], second["state"]);
    for query in [first, second] {
        let code = it.provider.code(with("nonce", json!(query["nonce"])));
        let path = format!("/oauth2/idpresponse?code={code}&state={}", query["state"]);
        assert_eq!(browser.get(&it.pool, &path).await.status, 302);
    }
}

#[tokio::test]
async fn form_is_redirected_for_cookie() {
    let it = federated().await;
    let mut browser = Browser::default();
    let query = parameters(&it.begin(&mut browser).await);
    let code = it.provider.code(with("nonce", json!(query["nonce"])));
    let form = [
        ("code", code.as_str()),
        ("state", &query["state"]),
        ("other", "x"),
    ];
    // A browser sends no cookie with the form of another site.
    let reply = it.pool.form("/oauth2/idpresponse", None, &form).await;
    assert_eq!(reply.status, 303);
    let to = reply.header("location").to_owned();
    assert!(
        to.starts_with("/oauth2/idpresponse?code=") && !to.contains("other"),
        "{to}"
    );
    let reply = browser.get(&it.pool, &to).await;
    assert!(parameters(reply.header("location")).contains_key("code"));
}

// RFC 9207.
#[tokio::test]
async fn response_of_another_issuer_is_rejected() {
    let it = federated().await;
    let own = it.provider.url("");
    for (issuer, is_own) in [("https://evil.example", false), (&own, true)] {
        let mut browser = Browser::default();
        let query = parameters(&it.begin(&mut browser).await);
        let code = it.provider.code(with("nonce", json!(query["nonce"])));
        let form = [
            ("code", code.as_str()),
            ("iss", issuer),
            ("state", &query["state"]),
        ];
        let reply = it.pool.form("/oauth2/idpresponse", None, &form).await;
        let to = reply.header("location").to_owned();
        let back = browser.get(&it.pool, &to).await;
        let back = parameters(back.header("location"));
        assert_eq!(back.contains_key("code"), is_own, "{back:?}");
        if !is_own {
            let expected = format!("Bad response issuer {issuer}");
            assert_eq!(back["error_description"], expected);
        }
    }
}

#[tokio::test]
async fn provider_removed_from_client_is_rejected() {
    let client = |client: Client| client.supported_identity_provider("Example");
    let it = federated_with(client, |builder| builder).await;
    let mut browser = Browser::default();
    let query = parameters(&it.begin(&mut browser).await);
    let client = json!({ "ClientId": CLIENT });
    let client = it.pool.admin("DescribeUserPoolClient", client).await.ok();
    let mut client = client["UserPoolClient"].clone();
    client["ExplicitAuthFlows"] = json!(["ALLOW_USER_PASSWORD_AUTH"]);
    client["SupportedIdentityProviders"] = json!(["COGNITO"]);
    for output in ["CreationDate", "LastModifiedDate"] {
        client.as_object_mut().expect("a client").remove(output);
    }
    it.pool.admin("UpdateUserPoolClient", client).await.ok();
    let code = it.provider.code(with("nonce", json!(query["nonce"])));
    let path = format!("/oauth2/idpresponse?code={code}&state={}", query["state"]);
    let back = browser.get(&it.pool, &path).await;
    let back = parameters(back.header("location"));
    let expected = "The app client does not support the identity provider Example";
    assert_eq!(back["error_description"], expected);
    let users = it.pool.admin("ListUsers", json!({})).await.ok();
    assert_eq!(users["Users"], json!([]));
}

#[tokio::test]
async fn same_address_does_not_take_over_local_user() {
    for usernames in [Usernames::Email, Usernames::Plain] {
        let it = federated_with(|c| c, |builder| builder.usernames(usernames)).await;
        it.map(json!({ "email": "email", "email_verified": "email_verified" }))
            .await;
        let name = if usernames == Usernames::Plain {
            "someone"
        } else {
            EMAIL
        };
        let created = it
            .pool
            .emulator
            .create_user(name, PASSWORD, &[("email", EMAIL)]);
        created.expect("a user");
        let local = it.user(EMAIL).await;
        let mut claims = with("email", json!(EMAIL));
        claims["sub"] = json!("evil-1");
        let token = it.id_token(claims).await;
        let local_sub = attribute(&local["UserAttributes"], "sub");
        assert_ne!(token["sub"].as_str(), local_sub);
        // The address still belongs to the local user.
        let after = it.user(EMAIL).await;
        assert_eq!(attribute(&after["UserAttributes"], "sub"), local_sub);
        it.pool.sign_in(EMAIL, PASSWORD).await.ok();
    }
}

#[tokio::test]
async fn local_user_with_federated_name_is_kept() {
    let it = federated_with(|c| c, |builder| builder.usernames(Usernames::Plain)).await;
    let pool = &it.pool;
    let created = pool.emulator.create_user("example_ann-1", PASSWORD, &[]);
    created.expect("a user");
    let expected = "Already found an entry for username example_ann-1";
    assert_eq!(it.error(ann()).await, expected);
    let user = it.user("example_ann-1").await;
    assert_eq!(user["UserStatus"], "CONFIRMED");
    assert_eq!(attribute(&user["UserAttributes"], "email"), None);
    // An operator can rename no user, but can delete the local user.
    let fields = json!({ "Username": "example_ann-1" });
    pool.admin("AdminDeleteUser", fields).await.ok();
    let claims = it.id_token(ann()).await;
    assert_eq!(claims["cognito:username"], "example_ann-1");
}

#[tokio::test]
async fn federated_names_cannot_be_reserved() {
    let it = federated_with(|c| c, |builder| builder.usernames(Usernames::Plain)).await;
    let message = "Username cannot start with the name of an identity provider.";
    let name = "eXample_ann-1";
    let fields = json!({ "ClientId": CLIENT, "Username": name, "Password": PASSWORD });
    let reply = it.pool.call("SignUp", fields).await;
    reply.invalid_parameter(message);
    let fields = json!({ "Username": name });
    let reply = it.pool.admin("AdminCreateUser", fields).await;
    reply.invalid_parameter(message);
    // An alias does not block the name either.
    let alias = [("preferred_username", name)];
    let created = it.pool.emulator.create_user("someone", PASSWORD, &alias);
    created.expect("a user");
    let claims = it.id_token(ann()).await;
    assert_eq!(claims["cognito:username"], "example_ann-1");
    assert_eq!(
        it.user(name).await["Username"],
        "example_ann-1",
        "a user name has precedence over an alias"
    );
}

#[tokio::test]
async fn subjects_that_differ_in_case_stay_apart() {
    let it = federated().await;
    it.id_token(with("sub", json!("ABC"))).await;
    let expected = "Already found an entry for username example_abc";
    assert_eq!(it.error(with("sub", json!("abc"))).await, expected);
}

#[tokio::test]
async fn userinfo_of_another_subject_is_rejected() {
    let it = federated().await;
    let claims = with("userinfo", json!({ "sub": "bob-1", "name": "Bob" }));
    let expected = "The userinfo response has another subject than the id_token";
    assert_eq!(it.error(claims).await, expected);
}

#[tokio::test]
async fn concurrent_callbacks_create_one_user() {
    let it = federated().await;
    let (mut one, mut two) = (Browser::default(), Browser::default());
    let (first, second) = tokio::join!(it.respond(&mut one, ann()), it.respond(&mut two, ann()),);
    for reply in [first, second] {
        let back = parameters(reply.header("location"));
        assert!(back.contains_key("code"), "{back:?}");
    }
    let fields = json!({ "Filter": "cognito:user_status = \"EXTERNAL_PROVIDER\"" });
    let users = it.pool.admin("ListUsers", fields).await.ok();
    assert_eq!(users["Users"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn other_sites_cannot_begin_sign_ins() {
    let it = federated().await;
    let request = crate::browser::request_with(&[("identity_provider", "Example")]);
    let path = format!("/oauth2/authorize?{request}");
    let cross_site = ("sec-fetch-site", "cross-site");
    let (mode, dest) = ("sec-fetch-mode", "sec-fetch-dest");
    for (headers, expected) in [
        (&[cross_site][..], 403),
        (&[cross_site, (mode, "no-cors"), (dest, "image")], 403),
        (&[cross_site, (mode, "cors"), (dest, "empty")], 403),
        (&[cross_site, (mode, "navigate"), (dest, "iframe")], 403),
        (&[cross_site, (mode, "navigate"), (dest, "document")], 302),
        (&[("sec-fetch-site", "same-site"), (mode, "cors")], 302),
        (&[], 302),
    ] {
        let reply = it.pool.send("GET", &path, headers, "").await;
        assert_eq!(reply.status, expected, "{headers:?}");
    }
}

#[tokio::test]
async fn discovery_documents_are_read_once_a_minute() {
    let it = federated().await;
    let count = || it.provider.count("/.well-known/openid-configuration");
    for (seconds, expected) in [(0, 1), (59, 1), (1, 2)] {
        it.pool.advance(Duration::from_secs(seconds));
        it.begin(&mut Browser::default()).await;
        assert_eq!(count(), expected, "{seconds}");
    }
    it.pool.emulator.reset();
    it.begin(&mut Browser::default()).await;
    assert_eq!(count(), 3);
}

#[tokio::test]
async fn failed_discovery_is_not_repeated_at_once() {
    const PATH: &str = "/.well-known/openid-configuration";
    let it = federated().await;
    it.provider.replace(PATH, 500, "");
    let changes = [("identity_provider", "Example")];
    let path = format!(
        "/oauth2/authorize?{}",
        crate::browser::request_with(&changes)
    );
    for (seconds, expected) in [(0, 1), (9, 1), (1, 2)] {
        it.pool.advance(Duration::from_secs(seconds));
        let reply = Browser::default().get(&it.pool, &path).await;
        let back = parameters(reply.header("location"));
        let text = &back["error_description"];
        assert!(text.starts_with("Bad discovery response"), "{back:?}");
        assert_eq!(it.provider.count(PATH), expected, "{seconds}");
    }
}

// The URL of the discovery document is a sign-in that reads the same document.
#[tokio::test]
async fn emulator_does_not_call_itself_without_end() {
    const PATH: &str = "/oauth2/authorize";
    let it = federated().await;
    let query = crate::browser::request_with(&[("identity_provider", "Loop")]);
    let url = format!("{}{PATH}?{query}&more=", it.pool.emulator.endpoint());
    let changes = json!({
        "ProviderName": "Loop",
        "IdpIdentifiers": [],
        "ProviderDetails": { "client_id": "x", "authorize_scopes": "openid", "oidc_issuer": url },
    });
    it.create(changes).await;
    let reply = it.pool.get(&format!("{PATH}?{query}")).await;
    let back = parameters(reply.header("location"));
    let expected = "Bad discovery response: HTTP/1.1 302 Found";
    assert_eq!(back["error_description"], expected);
    assert_eq!(it.pool.emulator.calls(PATH), 2);
}

// A request with the header of the emulator must not stop the sign-ins of others.
#[tokio::test]
async fn nested_request_stores_no_failure() {
    let it = federated().await;
    let query = crate::browser::request_with(&[("identity_provider", "Example")]);
    let path = format!("/oauth2/authorize?{query}");
    let headers = [("x-cognito-emulator-nested", "true")];
    let reply = it.pool.send("GET", &path, &headers, "").await;
    let back = parameters(reply.header("location"));
    let expected = "Identity provider: the emulator sends no request for a request of an emulator: \
                    use the URL of another server";
    assert_eq!(back["error_description"], expected);
    it.begin(&mut Browser::default()).await;
}

#[tokio::test]
async fn long_requests_are_not_stored() {
    let it = federated().await;
    let state = "x".repeat(2048);
    let changes = [("identity_provider", "Example"), ("state", state.as_str())];
    let path = format!(
        "/oauth2/authorize?{}",
        crate::browser::request_with(&changes)
    );
    let reply = Browser::default().get(&it.pool, &path).await;
    let back = parameters(reply.header("location"));
    assert!(back["error_description"].contains("too long"), "{back:?}");
}

#[tokio::test]
async fn remote_providers_are_not_called_by_default() {
    let it = federated_with(Client::into, |builder| builder).await;
    for (name, url) in [
        ("One", "http://192.0.2.1/token"),
        ("Two", "https://127.0.0.1/token"),
        ("Three", "http://localhost.evil.example/token"),
        ("Four", "http://localhost@192.0.2.1/token"),
        ("Five", "file:///etc/passwd"),
    ] {
        let mut fields = it.provider.fields();
        fields["ProviderName"] = json!(name);
        fields["IdpIdentifiers"] = json!([name]);
        let details = &mut fields["ProviderDetails"];
        details["token_url"] = json!(url);
        it.pool.admin("CreateIdentityProvider", fields).await.ok();
        let query = encoded(&[("identity_provider", name)]);
        let request = crate::browser::request_with(&[]);
        let path = format!("/oauth2/authorize?{request}&{query}");
        let reply = Browser::default().get(&it.pool, &path).await;
        let back = parameters(reply.header("location"));
        let reason = match name {
            "Two" => HTTPS,
            _ => "the URL is not a URL of this host",
        };
        let expected = format!("{name}: {reason}");
        assert_eq!(back["error_description"], expected);
    }
}

// Only the redirect is tested, because tests use no network.
#[tokio::test]
async fn remote_providers_can_be_allowed() {
    let it = federated_with(Client::into, |builder| builder.allow_remote_providers(true)).await;
    let mut fields = it.provider.fields();
    fields["ProviderName"] = json!("Remote");
    fields["IdpIdentifiers"] = json!(["remote"]);
    fields["ProviderDetails"]["token_url"] = json!("https://login.example.com/token");
    it.pool.admin("CreateIdentityProvider", fields).await.ok();
    let request = crate::browser::request_with(&[("identity_provider", "Remote")]);
    let path = format!("/oauth2/authorize?{request}");
    let reply = Browser::default().get(&it.pool, &path).await;
    let to = reply.header("location");
    assert!(to.starts_with(&it.provider.url("/authorize?")), "{to}");
}
