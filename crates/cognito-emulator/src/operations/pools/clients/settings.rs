//! The settings in `CreateUserPoolClient` and `UpdateUserPoolClient`.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::model::client::oauth::{OAuth, OAuthFlow};
use crate::model::client::{AuthFlow, Client};
use crate::model::failure::Failure;
use crate::model::request;
use crate::model::settings::{Settings, days};

const HOUR: Duration = Duration::from_secs(3600);
/// The valid range of token lifetimes in AWS: five minutes to a day for access and ID tokens, an
/// hour to ten years for refresh tokens.
const TOKEN_RANGE: (Duration, Duration) = (Duration::from_secs(300), days(1));
const REFRESH_RANGE: (Duration, Duration) = (HOUR, days(3650));

/// The settings that are returned as they were set, with or without an effect.
const TOLD: [&str; 20] = [
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

/// All values of `ExplicitAuthFlows`, implemented or not.
const FLOWS: [&str; 11] = [
    "ADMIN_NO_SRP_AUTH",
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_CUSTOM_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
    "ALLOW_TOKEN_EXCHANGE_DELEGATION",
    "ALLOW_TOKEN_EXCHANGE_IMPERSONATION",
    "ALLOW_USER_AUTH",
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_USER_SRP_AUTH",
    "CUSTOM_AUTH_FLOW_ONLY",
    "USER_PASSWORD_AUTH",
];

/// The members that have an effect in the emulator.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Members<'a> {
    #[serde(borrow, default, deserialize_with = "request::or_default")]
    token_validity_units: Units<'a>,
    access_token_validity: Option<u32>,
    id_token_validity: Option<u32>,
    refresh_token_validity: Option<u32>,
    auth_session_validity: Option<u64>,
    #[serde(borrow, default, deserialize_with = "request::or_default")]
    explicit_auth_flows: Vec<&'a str>,
    #[serde(borrow)]
    refresh_token_rotation: Option<Rotation<'a>>,
    prevent_user_existence_errors: Option<&'a str>,
    enable_token_revocation: Option<bool>,
    #[serde(default, deserialize_with = "request::or_default")]
    read_attributes: BTreeSet<String>,
    #[serde(default, deserialize_with = "request::or_default")]
    write_attributes: BTreeSet<String>,
    #[serde(default, deserialize_with = "request::or_default")]
    supported_identity_providers: Vec<String>,
    #[serde(default, deserialize_with = "request::or_default")]
    #[serde(rename = "AllowedOAuthFlowsUserPoolClient")]
    oauth_enabled: bool,
    #[serde(borrow, default, deserialize_with = "request::or_default")]
    #[serde(rename = "AllowedOAuthFlows")]
    oauth_flows: Vec<&'a str>,
    #[serde(default, deserialize_with = "request::or_default")]
    #[serde(rename = "AllowedOAuthScopes")]
    oauth_scopes: BTreeSet<String>,
    #[serde(default, deserialize_with = "request::or_default")]
    #[serde(rename = "CallbackURLs")]
    callbacks: Vec<String>,
    #[serde(rename = "DefaultRedirectURI")]
    default_callback: Option<String>,
    #[serde(default, deserialize_with = "request::or_default")]
    #[serde(rename = "LogoutURLs")]
    logouts: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Units<'a> {
    access_token: Option<&'a str>,
    id_token: Option<&'a str>,
    refresh_token: Option<&'a str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Rotation<'a> {
    feature: &'a str,
    retry_grace_period_seconds: Option<u64>,
}

/// Applies the settings of a request. All of them are replaced: a missing setting is set to its
/// default.
pub(super) fn apply(
    fields: &Map<String, Value>,
    pool: &Settings,
    client: &mut Client,
    now: SystemTime,
) -> Result<(), Failure> {
    let told: Members<'_> = request::read(fields)?;
    let does = if client.told.is_some() {
        "updating"
    } else {
        "creating"
    };
    client.apply_validities(&told)?;
    let names = |kind, names: BTreeSet<String>| {
        let is_unknown = |name: &String| pool.schema.definition(name).is_none();
        if names.iter().any(is_unknown) {
            return Err(Failure::invalid_parameter(format!(
                "Invalid {kind} attributes specified while {does} a client"
            )));
        }
        Ok((!names.is_empty()).then_some(names))
    };
    client.readable = names("read", told.read_attributes)?;
    client.writable = names("write", told.write_attributes)?;
    check_providers(&told.supported_identity_providers, pool)?;
    let oauth_flows = told.oauth_flows.into_iter();
    client.oauth = OAuth {
        enabled: told.oauth_enabled,
        flows: oauth_flows.filter_map(OAuthFlow::named).collect(),
        scopes: told.oauth_scopes,
        callbacks: told.callbacks,
        default_callback: told.default_callback,
        logouts: told.logouts,
    };
    client.oauth.check(pool, !client.secrets.is_empty())?;
    client.rotation_grace = told.refresh_token_rotation.as_ref().and_then(rotation);
    let named = request::known(&told.explicit_auth_flows, &FLOWS);
    let flows = flows(&named, client.rotation_grace.is_some())?;
    client.told = Some(described(fields, named.is_empty().then_some(&flows)));
    client.flows = Some(flows.into_iter().filter_map(AuthFlow::named).collect());
    client.hides_users = told.prevent_user_existence_errors == Some("ENABLED");
    client.revocation = told.enable_token_revocation.unwrap_or(true);
    client.modified = now;
    Ok(())
}

impl Client {
    fn apply_validities(&mut self, told: &Members<'_>) -> Result<(), Failure> {
        let units = &told.token_validity_units;
        let access = validity(told.access_token_validity, units.access_token, HOUR);
        let id = validity(told.id_token_validity, units.id_token, HOUR);
        let refresh = validity(told.refresh_token_validity, units.refresh_token, days(1));
        let session = told.auth_session_validity.unwrap_or(3);
        self.access_validity = access.unwrap_or(HOUR);
        self.id_validity = id.unwrap_or(HOUR);
        self.refresh_validity = refresh.unwrap_or(days(30));
        self.session_validity = Duration::from_secs(session * 60);
        let lies = |validity: Duration, (least, most)| (least..=most).contains(&validity);
        let is_right = [self.access_validity, self.id_validity]
            .into_iter()
            .all(|validity| lies(validity, TOKEN_RANGE) && validity <= self.refresh_validity)
            && lies(self.refresh_validity, REFRESH_RANGE);
        is_right
            .then_some(())
            .ok_or_else(|| Failure::invalid_parameter("Invalid range for token validity."))
    }
}

fn check_providers(providers: &[String], pool: &Settings) -> Result<(), Failure> {
    let is_known = |name: &str| name == "COGNITO" || pool.identity_providers.contains_key(name);
    match providers.iter().find(|name| !is_known(name)) {
        None => Ok(()),
        Some(name) => {
            let pool = &pool.pool_id;
            Err(Failure::invalid_parameter(format!(
                "The provider {name} does not exist for User Pool {pool}"
            )))
        }
    }
}

/// Returns the flows by their newer names.
fn flows(named: &[&'static str], rotates: bool) -> Result<Vec<&'static str>, Failure> {
    let newer = named.iter().filter(|flow| flow.starts_with("ALLOW_"));
    let newer = newer.count();
    if newer == named.len() {
        return newer_flows(named, rotates);
    }
    if newer > 0 {
        return Err(Failure::invalid_parameter(
            "Flows with and without the prefix ALLOW_ cannot be mixed.",
        ));
    }
    let mut flows = vec!["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];
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

fn newer_flows(named: &[&'static str], rotates: bool) -> Result<Vec<&'static str>, Failure> {
    const REFRESH: &str = "ALLOW_REFRESH_TOKEN_AUTH";
    if named.is_empty() {
        let mut flows = vec!["ALLOW_CUSTOM_AUTH", REFRESH, "ALLOW_USER_SRP_AUTH"];
        flows.retain(|flow| !rotates || *flow != REFRESH);
        return Ok(flows);
    }
    if rotates && named.contains(&REFRESH) {
        return Err(Failure::invalid_parameter(
            "ALLOW_REFRESH_TOKEN_AUTH cannot be allowed while refresh token rotation is enabled.",
        ));
    }
    Ok(named.to_vec())
}

/// Returns the described settings: those that were set, and AWS's defaults for some of the others.
fn described(fields: &Map<String, Value>, flows: Option<&Vec<&str>>) -> Map<String, Value> {
    let mut told = request::kept(fields, &TOLD);
    if told.get("RefreshTokenValidity") == Some(&json!(0)) {
        told.remove("RefreshTokenValidity");
    }
    if let Some(flows) = flows {
        told.insert("ExplicitAuthFlows".to_owned(), json!(flows));
    }
    for (name, default) in [
        ("AllowedOAuthFlowsUserPoolClient", json!(false)),
        ("AuthSessionValidity", json!(3)),
        ("EnablePropagateAdditionalUserContextData", json!(false)),
        ("EnableTokenRevocation", json!(true)),
        ("RefreshTokenValidity", json!(30)),
        ("TokenValidityUnits", json!({})),
    ] {
        told.entry(name).or_insert(default);
    }
    told
}

/// Returns a lifetime. Returns `None` if it is missing or 0, which AWS treats as the default.
fn validity(count: Option<u32>, unit: Option<&str>, default: Duration) -> Option<Duration> {
    let unit = match unit {
        Some("days") => days(1),
        Some("hours") => HOUR,
        Some("minutes") => Duration::from_secs(60),
        Some(_) => Duration::from_secs(1),
        None => default,
    };
    let count = count.filter(|count| *count > 0)?;
    Some(unit.saturating_mul(count))
}

/// Returns the grace period of a used refresh token, if rotation is enabled.
fn rotation(told: &Rotation<'_>) -> Option<Duration> {
    let grace = told.retry_grace_period_seconds.unwrap_or(0);
    (told.feature == "ENABLED").then_some(Duration::from_secs(grace))
}
