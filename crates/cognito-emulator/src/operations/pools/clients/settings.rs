//! The settings of an app client in the requests `CreateUserPoolClient` and `UpdateUserPoolClient`.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value, json};

use crate::model::client::oauth::{OAuth, OAuthFlow};
use crate::model::client::validity::Validity;
use crate::model::client::{AuthFlow, Client};
use crate::model::failure::Failure;
use crate::model::request;
use crate::model::settings::{Settings, days};
use crate::operations::common::{invalid, strings};

const HOUR: Duration = Duration::from_secs(3600);
/// The lifetimes that AWS allows for access and ID tokens: 5 minutes to 1 day.
const TOKEN_RANGE: RangeInclusive<Duration> = Duration::from_secs(300)..=days(1);
/// The lifetimes that AWS allows for refresh tokens: 1 hour to 3,650 days.
const REFRESH_RANGE: RangeInclusive<Duration> = HOUR..=days(3650);

/// The settings that `DescribeUserPoolClient` returns with the values from the last create or
/// update request.
const STORED: [&str; 20] = [
    "AccessTokenValidity",
    "AllowedOAuthFlows",
    "AllowedOAuthFlowsUserPoolClient",
    "AllowedOAuthScopes",
    "AnalyticsConfiguration",
    "AuthSessionValidity",
    "CallbackURLs",
    "DefaultRedirectURI",
    "EnablePropagateAdditionalUserContextData",
    "EnableTokenRevocation",
    "ExplicitAuthFlows",
    "IdTokenValidity",
    "LogoutURLs",
    "PreventUserExistenceErrors",
    "ReadAttributes",
    "RefreshTokenRotation",
    "RefreshTokenValidity",
    "SupportedIdentityProviders",
    "TokenValidityUnits",
    "WriteAttributes",
];

/// Replaces the settings of a client with the settings in a request. If the request omits a
/// setting, the setting is reset to its default. An omitted name does not change.
pub(crate) fn apply(
    fields: &Map<String, Value>,
    pool: &Settings,
    client: &mut Client,
    now: SystemTime,
) -> Result<(), Failure> {
    let request = Value::Object(fields.clone());
    let does = client
        .description
        .as_ref()
        .map_or("creating", |_| "updating");
    if let Some(name) = request["ClientName"].as_str() {
        name.clone_into(&mut client.name);
    }
    client.validity = validities(&request)?;
    let names = |kind: &str, names: &Value| {
        let names: BTreeSet<String> = owned(names);
        let is_unknown = |name: &String| pool.schema.definition(name).is_none();
        if names.iter().any(is_unknown) {
            return invalid(format!(
                "Invalid {kind} attributes specified while {does} a client"
            ));
        }
        Ok((!names.is_empty()).then_some(names))
    };
    client.readable = names("read", &request["ReadAttributes"])?;
    client.writable = names("write", &request["WriteAttributes"])?;
    let is_known = |name: &str| name == "COGNITO" || pool.identity_providers.contains_key(name);
    let mut providers = strings(&request["SupportedIdentityProviders"]);
    if let Some(name) = providers.find(|name| !is_known(name)) {
        let pool = &pool.pool_id;
        return invalid(format!(
            "The provider {name} does not exist for User Pool {pool}"
        ));
    }
    let providers: BTreeSet<String> = owned(&request["SupportedIdentityProviders"]);
    // In AWS, a client without providers has no sign-in page.
    let providers = if providers.is_empty() {
        BTreeSet::from(["COGNITO".to_owned()])
    } else {
        providers
    };
    client.providers = Some(providers);
    let default_callback = request["DefaultRedirectURI"].as_str();
    let oauth_flows = strings(&request["AllowedOAuthFlows"]);
    client.oauth = OAuth {
        enabled: request["AllowedOAuthFlowsUserPoolClient"] == true,
        flows: oauth_flows.filter_map(OAuthFlow::named).collect(),
        scopes: owned(&request["AllowedOAuthScopes"]),
        callbacks: owned(&request["CallbackURLs"]),
        default_callback: default_callback.map(ToOwned::to_owned),
        logouts: owned(&request["LogoutURLs"]),
    };
    client.oauth.check(pool, !client.secrets.is_empty())?;
    let rotation = &request["RefreshTokenRotation"];
    let grace = rotation["RetryGracePeriodSeconds"].as_u64().unwrap_or(0);
    client.rotation_grace =
        (rotation["Feature"] == "ENABLED").then_some(Duration::from_secs(grace));
    let named: Vec<&str> = strings(&request["ExplicitAuthFlows"]).collect();
    let flows = flows(&named, client.rotation_grace.is_some())?;
    client.description = Some(described(fields, named.is_empty().then_some(&flows)));
    client.flows = Some(flows.into_iter().filter_map(AuthFlow::named).collect());
    client.hides_users = request["PreventUserExistenceErrors"] == "ENABLED";
    client.propagates_context = request["EnablePropagateAdditionalUserContextData"] == true;
    client.revocation = request["EnableTokenRevocation"] != false;
    client.modified = now;
    Ok(())
}

fn owned<T: FromIterator<String>>(list: &Value) -> T {
    strings(list).map(ToOwned::to_owned).collect()
}

fn validities(request: &Value) -> Result<Validity, Failure> {
    let session = request["AuthSessionValidity"].as_u64().unwrap_or(3);
    let validity = Validity {
        access: validity(request, "AccessToken", HOUR).unwrap_or(HOUR),
        id: validity(request, "IdToken", HOUR).unwrap_or(HOUR),
        refresh: validity(request, "RefreshToken", days(1)).unwrap_or(days(30)),
        session: Duration::from_secs(session * 60),
    };
    let tokens = [validity.access, validity.id];
    let is_valid = |it: &Duration| TOKEN_RANGE.contains(it) && *it <= validity.refresh;
    if tokens.iter().all(is_valid) && REFRESH_RANGE.contains(&validity.refresh) {
        return Ok(validity);
    }
    invalid("Invalid range for token validity.")
}

/// Returns the lifetime that a request sets for `token`, such as `AccessToken`. `default_unit`
/// applies if the request has no unit. Returns `None` if the lifetime is missing or 0: AWS then
/// uses the default lifetime.
fn validity(request: &Value, token: &str, default_unit: Duration) -> Option<Duration> {
    let unit = match request["TokenValidityUnits"][token].as_str() {
        Some("days") => days(1),
        Some("hours") => HOUR,
        Some("minutes") => Duration::from_secs(60),
        Some(_) => Duration::from_secs(1),
        None => default_unit,
    };
    let count = request[format!("{token}Validity")].as_u64()?;
    let count = u32::try_from(count).ok().filter(|count| *count > 0)?;
    Some(unit.saturating_mul(count))
}

/// Returns the authentication flows that a client allows, with names that begin with `ALLOW_`.
/// `named` contains the names in the request. Older names without this prefix are converted. If
/// `named` is empty, returns AWS's default flows. `rotates` is `true` if the client rotates refresh
/// tokens. Fails if the flows cannot be combined.
fn flows<'a>(named: &[&'a str], rotates: bool) -> Result<Vec<&'a str>, Failure> {
    const REFRESH: &str = "ALLOW_REFRESH_TOKEN_AUTH";
    let newer = named.iter().filter(|flow| flow.starts_with("ALLOW_"));
    let newer = newer.count();
    if newer > 0 && newer < named.len() {
        return invalid("Flows with and without the prefix ALLOW_ cannot be mixed.");
    }
    if named.contains(&"ALLOW_CLIENT_TOKEN_AUTH") && named.len() > 1 {
        return invalid("ALLOW_CLIENT_TOKEN_AUTH cannot be combined with other flows.");
    }
    if newer > 0 && rotates && named.contains(&REFRESH) {
        return invalid(
            "ALLOW_REFRESH_TOKEN_AUTH cannot be allowed while refresh token rotation is enabled.",
        );
    }
    if newer > 0 {
        return Ok(named.to_vec());
    }
    let mut flows = vec!["ALLOW_CUSTOM_AUTH"];
    if !named.is_empty() || !rotates {
        flows.push(REFRESH);
    }
    if !named.contains(&"CUSTOM_AUTH_FLOW_ONLY") {
        flows.push("ALLOW_USER_SRP_AUTH");
    }
    for (older, newer) in [
        ("ADMIN_NO_SRP_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH"),
        ("USER_PASSWORD_AUTH", "ALLOW_USER_PASSWORD_AUTH"),
    ] {
        if named.contains(&older) {
            flows.push(newer);
        }
    }
    Ok(flows)
}

/// Returns the settings that `DescribeUserPoolClient` shows: the settings in the request, and AWS's
/// defaults for the settings that the response always contains. `flows` contains the default flows.
/// It is `None` if the request contains flows.
fn described(fields: &Map<String, Value>, flows: Option<&Vec<&str>>) -> Map<String, Value> {
    let mut stored = request::copy_members(fields, &STORED);
    if stored.get("RefreshTokenValidity") == Some(&json!(0)) {
        stored.remove("RefreshTokenValidity");
    }
    if let Some(flows) = flows {
        stored.insert("ExplicitAuthFlows".to_owned(), json!(flows));
    }
    for (name, default) in [
        ("AllowedOAuthFlowsUserPoolClient", json!(false)),
        ("AuthSessionValidity", json!(3)),
        ("EnablePropagateAdditionalUserContextData", json!(false)),
        ("EnableTokenRevocation", json!(true)),
        ("RefreshTokenValidity", json!(30)),
        ("TokenValidityUnits", json!({})),
    ] {
        stored.entry(name).or_insert(default);
    }
    stored
}
