//! The operations `GetId`, `GetCredentialsForIdentity` and `GetOpenIdToken`, which need no
//! signature.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::login;
use super::login::Login;
use super::no_pool;
use super::roles;
use crate::model::failure::{Answer, Failure};
use crate::model::time::{seconds, timestamp};
use crate::state::call::Call;
use crate::state::identity_pools::{IdentityKind, IdentityPool};

/// The lifetime of the credentials that `GetCredentialsForIdentity` returns.
const CREDENTIALS: Duration = Duration::from_secs(3600);
/// The lifetime of an OpenID token (AWS API reference, `GetOpenIdToken`).
const TOKEN: Duration = Duration::from_secs(600);
/// The issuer of OpenID tokens, as in AWS.
const ISSUER: &str = "https://cognito-identity.amazonaws.com";

/// The characters of a random access key id: the alphabet of base32.
const KEY: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// The characters of a random secret key: the alphabet of base64.
const SECRET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// An identity, and the verified logins of the request.
struct Identity {
    id: String,
    pool_id: String,
    pool: IdentityPool,
    kind: IdentityKind,
    logins: Vec<Login>,
}

/// Handles `GetId`. The same login always gets the same identity. A request without a login gets a
/// new identity.
pub(crate) fn id(call: &Call<'_>) -> Answer {
    let pool_id = call.required("IdentityPoolId")?;
    let pool = call.pools.identity_pools.lock().pools.get(pool_id).cloned();
    let pool = pool.ok_or_else(|| no_pool(pool_id))?;
    let logins = logins(call, &pool)?;
    let random = &call.service.random;
    let id = match logins.first() {
        Some(login) => {
            let state = call.pools.identity_pools.lock();
            state.of_login(pool_id, (&login.provider, &login.user), random)
        }
        None => {
            check_guests(&pool)?;
            call.pools.identity_pools.lock().guest(pool_id, random)
        }
    };
    Ok(json!({ "IdentityId": id }))
}

/// Handles `GetCredentialsForIdentity`.
///
/// Security: the credentials are random strings. AWS rejects them.
pub(crate) fn credentials(call: &Call<'_>) -> Answer {
    let identity = identity(call)?;
    let roles = &identity.pool.roles;
    let has_role = roles
        .get("Roles")
        .and_then(|roles| roles.get(identity.kind.name()));
    let has_mapping =
        identity.kind == IdentityKind::Authenticated && roles.get("RoleMappings").is_some();
    if has_role.is_none() && !has_mapping {
        return Err(Failure::new(
            "InvalidIdentityPoolConfigurationException",
            "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
        ));
    }
    roles::check(call, roles, &identity.logins)?;
    let random = &call.service.random;
    let session: [u8; 384] = random.bytes();
    Ok(json!({
        "IdentityId": identity.id,
        "Credentials": {
            "AccessKeyId": format!("ASIA{}", random.word(16, KEY)),
            "SecretKey": random.word(40, SECRET),
            "SessionToken": STANDARD.encode(session),
            "Expiration": timestamp(call.now + CREDENTIALS),
        },
    }))
}

/// Handles `GetOpenIdToken`. Fails if the identity pool does not allow the classic flow
/// (`AllowClassicFlow`).
pub(crate) fn open_id_token(call: &Call<'_>) -> Answer {
    let identity = identity(call)?;
    if identity.pool.settings.get("AllowClassicFlow") != Some(&Value::Bool(true)) {
        return Err(Failure::invalid_parameter(
            "Basic (classic) flow is not enabled, please use enhanced flow.",
        ));
    }
    let mut methods = vec![identity.kind.name().to_owned()];
    for Login { provider, user, .. } in &identity.logins {
        methods.push(provider.clone());
        methods.push(format!("{provider}:CognitoSignIn:{user}"));
    }
    let now = seconds(call.now);
    let claims = json!({
        "sub": identity.id,
        "aud": identity.pool_id,
        "amr": methods,
        "iss": ISSUER,
        "exp": now + TOKEN.as_secs(),
        "iat": now,
    });
    let token = call.service.tokens.id.sign(&claims.to_string());
    let token = token.ok_or_else(|| Failure::new("InternalErrorException", "No signature"))?;
    Ok(json!({ "IdentityId": identity.id, "Token": token }))
}

/// Finds the identity in `IdentityId` and verifies the logins of the request: the tokens in
/// `Logins`, by which identity providers identify the user. If the identity is a guest and the
/// request has a login, returns the identity that belongs to this login instead.
fn identity(call: &Call<'_>) -> Result<Identity, Failure> {
    let id = call.required("IdentityId")?;
    let (pool_id, pool, kind) = {
        let state = call.pools.identity_pools.lock();
        let found = state.find(id);
        let (pool_id, pool, kind) =
            found.ok_or_else(|| Failure::not_found(format!("Identity '{id}' not found.")))?;
        (pool_id.to_owned(), pool.clone(), kind)
    };
    let logins = logins(call, &pool)?;
    let mut found = Identity {
        id: id.to_owned(),
        pool_id,
        pool,
        kind,
        logins,
    };
    if found.logins.is_empty() {
        if kind == IdentityKind::Authenticated {
            let message = format!("Access to Identity '{id}' is forbidden.");
            return Err(Failure::not_authorized(message));
        }
        check_guests(&found.pool)?;
        return Ok(found);
    }
    let state = call.pools.identity_pools.lock();
    let ids = found.logins.iter().map(|login| {
        let login = (login.provider.as_str(), login.user.as_str());
        state.of_login(&found.pool_id, login, &call.service.random)
    });
    let ids: Vec<_> = ids.collect();
    if kind == IdentityKind::Authenticated && !ids.contains(&found.id) {
        return Err(Failure::not_authorized(
            "Logins don't match. Please include at least one valid login for this identity or \
             identity pool.",
        ));
    }
    if let (IdentityKind::Guest, Some(own)) = (kind, ids.into_iter().next()) {
        found.id = own;
        found.kind = IdentityKind::Authenticated;
    }
    Ok(found)
}

fn check_guests(pool: &IdentityPool) -> Result<(), Failure> {
    if pool.settings.get("AllowUnauthenticatedIdentities") == Some(&Value::Bool(true)) {
        return Ok(());
    }
    Err(Failure::not_authorized(
        "Unauthenticated access is not supported for this identity pool.",
    ))
}

/// Verifies the logins of a request. Fails if two logins are from the same provider.
fn logins(call: &Call<'_>, pool: &IdentityPool) -> Result<Vec<Login>, Failure> {
    let logins: BTreeMap<&str, &str> = call.member("Logins")?;
    let mut verified = BTreeMap::new();
    for (name, token) in logins {
        let provider = login::provider_name(call, name);
        let login = login::verify(call, pool, (&provider, token))?;
        if verified.insert(provider.into_owned(), login).is_some() {
            return Err(login::unsupported());
        }
    }
    Ok(verified.into_values().collect())
}
