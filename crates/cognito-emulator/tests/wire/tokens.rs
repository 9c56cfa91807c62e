//! The claims of tokens, and that an independent library accepts the tokens.

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Value, json};

use crate::support::{CLIENT, EMAIL, PASSWORD, PHONE, Pool, START, pool, pool_of, pool_with};

async fn jwks(pool: &Pool) -> Value {
    let path = pool.emulator.jwks_uri();
    let path = path.strip_prefix(pool.emulator.endpoint()).expect("here");
    let reply = pool.get(path).await;
    assert_eq!(reply.status, 200);
    reply.body
}

/// Returns the claims of a token, whose signature is verified with the published key.
pub(crate) async fn claims(pool: &Pool, token: &str) -> Value {
    let header = decode_header(token).expect("a header");
    let keys: JwkSet = serde_json::from_value(jwks(pool).await).expect("keys");
    let key = keys.find(&header.kid.expect("a kid")).expect("published");
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.set_issuer(&[pool.emulator.issuer()]);
    let key = DecodingKey::from_jwk(key).expect("a key");
    decode::<Value>(token, &key, &validation)
        .expect("valid")
        .claims
}

fn part(token: &str, place: usize) -> String {
    let part = token.split('.').nth(place).expect("a part");
    String::from_utf8(URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("text")
}

fn names(claims: &Value) -> BTreeSet<&str> {
    claims
        .as_object()
        .expect("claims")
        .keys()
        .map(String::as_str)
        .collect()
}

#[tokio::test]
async fn an_access_token_has_cognitos_claims() {
    let pool = pool().await;
    let sub = pool.person();
    pool.emulator.create_group("admins");
    pool.emulator
        .add_user_to_group(EMAIL, "admins")
        .expect("joined");
    let tokens = pool.tokens().await;
    let claims = claims(&pool, &tokens.access).await;
    assert_eq!(
        names(&claims),
        BTreeSet::from([
            "auth_time",
            "client_id",
            "cognito:groups",
            "event_id",
            "exp",
            "iat",
            "iss",
            "jti",
            "origin_jti",
            "scope",
            "sub",
            "token_use",
            "username",
        ])
    );
    for (name, value) in [
        ("auth_time", json!(START)),
        ("client_id", json!(CLIENT)),
        ("cognito:groups", json!(["admins"])),
        ("exp", json!(START + 3600)),
        ("iat", json!(START)),
        ("iss", json!(pool.emulator.issuer())),
        ("scope", json!("aws.cognito.signin.user.admin")),
        ("sub", json!(sub)),
        ("token_use", json!("access")),
        ("username", json!(sub)),
    ] {
        assert_eq!(claims[name], value, "{name}");
    }
}

#[tokio::test]
async fn id_token_has_user_attributes() {
    let pool = pool_with(|builder| builder.custom_attribute("department")).await;
    let attributes = [
        ("custom:department", "Research"),
        ("name", "\u{dc}n\u{ef}code \"/\" \\ "),
        ("phone_number", PHONE),
    ];
    let sub = pool
        .emulator
        .create_user(EMAIL, PASSWORD, &attributes)
        .expect("a person");
    let tokens = pool.tokens().await;
    let claims = claims(&pool, &tokens.id).await;
    for (name, value) in [
        ("aud", json!(CLIENT)),
        ("cognito:username", json!(sub)),
        ("custom:department", json!("Research")),
        ("email", json!(EMAIL)),
        ("email_verified", json!(true)),
        ("name", json!("\u{dc}n\u{ef}code \"/\" \\ ")),
        ("phone_number", json!(PHONE)),
        ("sub", json!(sub)),
        ("token_use", json!("id")),
    ] {
        assert_eq!(claims[name], value, "{name}");
    }
    for absent in ["client_id", "scope", "username", "cognito:groups"] {
        assert_eq!(claims.get(absent), None, "{absent}");
    }
    let access: Value = serde_json::from_str(&part(&tokens.access, 1)).expect("JSON");
    assert_eq!(access["origin_jti"], claims["origin_jti"]);
    assert_eq!(access["event_id"], claims["event_id"]);
    assert_ne!(access["jti"], claims["jti"]);
}

#[tokio::test]
async fn headers_and_keys_look_like_cognitos() {
    let pool = pool().await;
    pool.person();
    let tokens = pool.tokens().await;
    let keys = jwks(&pool).await;
    let mut kids = BTreeSet::new();
    for token in [&tokens.access, &tokens.id] {
        let header: Value = serde_json::from_str(&part(token, 0)).expect("JSON");
        assert_eq!(names(&header), BTreeSet::from(["alg", "kid"]));
        assert_eq!(header["alg"], "RS256");
        let kid = header["kid"].as_str().expect("text");
        assert!(
            kid.contains('+') && kid.contains('/') && kid.ends_with('='),
            "{kid}"
        );
        let key = keys["keys"]
            .as_array()
            .and_then(|keys| keys.iter().find(|key| key["kid"] == kid))
            .expect("published");
        assert_eq!(
            names(key),
            BTreeSet::from(["alg", "e", "kid", "kty", "n", "use"])
        );
        kids.insert(kid.to_owned());
        assert!(
            part(token, 1).contains("http:\\/\\/127.0.0.1"),
            "the slash is escaped"
        );
    }
    assert_eq!(kids.len(), 2, "access and ID tokens have different keys");
    assert_eq!(keys["keys"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn a_refresh_token_is_an_opaque_jwe() {
    let pool = pool().await;
    pool.person();
    let refresh = pool.tokens().await.refresh;
    let parts: Vec<_> = refresh.split('.').collect();
    assert_eq!(parts.len(), 5);
    for part in &parts {
        assert!(!URL_SAFE_NO_PAD.decode(part).expect("base64url").is_empty());
    }
    let header: Value = serde_json::from_str(&part(&refresh, 0)).expect("JSON");
    assert_eq!(
        header,
        json!({ "cty": "JWT", "enc": "A256GCM", "alg": "RSA-OAEP" })
    );
}

#[tokio::test]
async fn clients_set_lifetimes_and_what_is_shown() {
    let pool = pool_of(|client| {
        client
            .access_token_validity(Duration::from_secs(300))
            .id_token_validity(Duration::from_secs(600))
            .token_revocation(false)
            .read_attributes(["name"])
    })
    .await;
    pool.person();
    let answer = pool.sign_in(EMAIL, PASSWORD).await.ok();
    assert_eq!(answer["AuthenticationResult"]["ExpiresIn"], 300);
    let tokens = pool.tokens().await;
    let access = claims(&pool, &tokens.access).await;
    let id = claims(&pool, &tokens.id).await;
    assert_eq!(
        (&access["exp"], &id["exp"]),
        (&json!(START + 300), &json!(START + 600))
    );
    for claims in [&access, &id] {
        assert_eq!((claims.get("jti"), claims.get("origin_jti")), (None, None));
    }
    assert_eq!(
        (id["name"].as_str(), id.get("email")),
        (Some("Some One"), None)
    );
    let user = pool.get_user(&tokens.access).await.ok();
    let shown: Vec<_> = user["UserAttributes"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|item| item["Name"].as_str())
        .collect();
    assert_eq!(shown, [Some("sub"), Some("name")]);
}

#[tokio::test]
async fn only_good_access_tokens_open_the_account() {
    let pool = pool().await;
    pool.person();
    let tokens = pool.tokens().await;
    for token in [tokens.id.as_str(), tokens.refresh.as_str(), "a.b.c", "abc"] {
        pool.get_user(token)
            .await
            .not_authorized("Invalid Access Token");
    }
    let (signed, signature) = tokens.access.rsplit_once('.').expect("parts");
    let other = pool.tokens().await.access;
    let (_, other_signature) = other.rsplit_once('.').expect("parts");
    assert_ne!(signature, other_signature);
    pool.get_user(&format!("{signed}.{other_signature}"))
        .await
        .not_authorized("Could not verify signature for Access Token");
    pool.get_user("spaces are not allowed")
        .await
        .invalid_parameter(
            "1 validation error detected: Value at 'accessToken' failed to satisfy constraint: \
         Member must satisfy regular expression pattern: [A-Za-z0-9-_=.]+",
        );
    pool.get_user(&tokens.access).await.ok();
    pool.advance(Duration::from_secs(3600));
    pool.get_user(&tokens.access)
        .await
        .not_authorized("Access Token has expired");
}

#[tokio::test]
async fn keys_and_issuer_can_be_brought() {
    let access = include_str!("../../src/state/tokens/test-keys/id.pem");
    let id = include_str!("../../src/state/tokens/test-keys/access.pem");
    let pool = pool_with(|builder| {
        builder
            .signing_keys(access, id)
            .issuer("https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_X")
            .user_pool_id("eu-central-1_X")
    })
    .await;
    pool.person();
    assert_eq!(pool.emulator.region(), "eu-central-1");
    let tokens = pool.tokens().await;
    let claims = claims(&pool, &tokens.access).await;
    assert_eq!(
        claims["iss"],
        "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_X"
    );
    let plain = self::pool().await;
    assert_ne!(
        jwks(&pool).await["keys"][0]["n"],
        jwks(&plain).await["keys"][0]["n"]
    );
}

#[tokio::test]
async fn a_seed_pins_identifiers_and_codes() {
    let mut runs = Vec::new();
    for seed in [1, 1, 2] {
        let pool = pool_with(|builder| builder.seed(seed)).await;
        let fields = json!({ "ClientId": CLIENT, "Username": EMAIL, "Password": PASSWORD });
        let answer = pool.call("SignUp", fields).await.ok();
        runs.push((answer["UserSub"].to_string(), pool.code(EMAIL)));
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
}
