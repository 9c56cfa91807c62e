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

/// The settings that an update replaces together. Missing ones have their defaults.
pub(super) struct Wanted {
    flows: Vec<&'static str>,
    access: Duration,
    id: Duration,
    refresh: Duration,
    session: Duration,
    rotation: Option<Duration>,
    hides_users: bool,
    revocation: bool,
    readable: Option<BTreeSet<String>>,
    writable: Option<BTreeSet<String>>,
    oauth: OAuth,
    providers: Vec<String>,
    told: Map<String, Value>,
}

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

impl Wanted {
    pub(super) fn read(fields: &Map<String, Value>) -> Result<Self, Failure> {
        let told: Members<'_> = request::read(fields)?;
        let units = &told.token_validity_units;
        let access = validity(told.access_token_validity, units.access_token, HOUR);
        let id = validity(told.id_token_validity, units.id_token, HOUR);
        let refresh = validity(told.refresh_token_validity, units.refresh_token, days(1));
        let names = |names: BTreeSet<String>| (!names.is_empty()).then_some(names);
        let oauth_flows = OAuthFlow::ALL
            .into_iter()
            .filter(|flow| told.oauth_flows.contains(&flow.setting()));
        Ok(Self {
            flows: request::known(&told.explicit_auth_flows, &FLOWS),
            access: access.unwrap_or(HOUR),
            id: id.unwrap_or(HOUR),
            refresh: refresh.unwrap_or(days(30)),
            session: Duration::from_secs(told.auth_session_validity.unwrap_or(3) * 60),
            rotation: told.refresh_token_rotation.as_ref().and_then(rotation),
            hides_users: told.prevent_user_existence_errors == Some("ENABLED"),
            revocation: told.enable_token_revocation.unwrap_or(true),
            oauth: OAuth {
                enabled: told.oauth_enabled,
                flows: oauth_flows.collect(),
                scopes: told.oauth_scopes,
                callbacks: told.callbacks,
                default_callback: told.default_callback,
                logouts: told.logouts,
            },
            readable: names(told.read_attributes),
            writable: names(told.write_attributes),
            providers: told.supported_identity_providers,
            told: request::kept(fields, &TOLD),
        })
    }

    pub(super) fn apply(
        self,
        pool: &Settings,
        client: &mut Client,
        now: SystemTime,
    ) -> Result<(), Failure> {
        self.check_validities()?;
        let does = if client.told.is_some() {
            "updating"
        } else {
            "creating"
        };
        for (kind, names) in [("read", &self.readable), ("write", &self.writable)] {
            let is_unknown = |name: &String| pool.schema.definition(name).is_none();
            if names.iter().flatten().any(is_unknown) {
                return Err(Failure::invalid_parameter(format!(
                    "Invalid {kind} attributes specified while {does} a client"
                )));
            }
        }
        self.check_providers(pool)?;
        self.oauth.check(pool, !client.secrets.is_empty())?;
        let flows = self.flows()?;
        let allowed = AuthFlow::ALL
            .into_iter()
            .filter(|flow| flows.contains(&flow.setting()));
        client.flows = Some(allowed.collect());
        client.told = Some(self.told(&flows));
        client.access_validity = self.access;
        client.id_validity = self.id;
        client.refresh_validity = self.refresh;
        client.session_validity = self.session;
        client.rotation_grace = self.rotation;
        client.hides_users = self.hides_users;
        client.revocation = self.revocation;
        client.readable = self.readable;
        client.writable = self.writable;
        client.oauth = self.oauth;
        client.modified = now;
        Ok(())
    }

    fn check_providers(&self, pool: &Settings) -> Result<(), Failure> {
        let is_known = |name: &str| name == "COGNITO" || pool.identity_providers.contains_key(name);
        match self.providers.iter().find(|name| !is_known(name)) {
            None => Ok(()),
            Some(name) => {
                let pool = &pool.pool_id;
                Err(Failure::invalid_parameter(format!(
                    "The provider {name} does not exist for User Pool {pool}"
                )))
            }
        }
    }

    fn check_validities(&self) -> Result<(), Failure> {
        let lies = |validity: Duration, (least, most)| (least..=most).contains(&validity);
        let is_right = [self.access, self.id]
            .into_iter()
            .all(|validity| lies(validity, TOKEN_RANGE) && validity <= self.refresh)
            && lies(self.refresh, REFRESH_RANGE);
        is_right
            .then_some(())
            .ok_or_else(|| Failure::invalid_parameter("Invalid range for token validity."))
    }

    /// Returns the flows by their newer names.
    fn flows(&self) -> Result<Vec<&'static str>, Failure> {
        let is_new = |flow: &&&str| flow.starts_with("ALLOW_");
        let newer = self.flows.iter().filter(is_new).count();
        if newer == self.flows.len() {
            return self.newer_flows();
        }
        if newer > 0 {
            return Err(Failure::invalid_parameter(
                "Flows with and without the prefix ALLOW_ cannot be mixed.",
            ));
        }
        let mut flows = vec!["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];
        if !self.flows.contains(&"CUSTOM_AUTH_FLOW_ONLY") {
            flows.push("ALLOW_USER_SRP_AUTH");
        }
        for (older, newer) in [
            ("ADMIN_NO_SRP_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH"),
            ("USER_PASSWORD_AUTH", "ALLOW_USER_PASSWORD_AUTH"),
        ] {
            if self.flows.contains(&older) {
                flows.push(newer);
            }
        }
        Ok(flows)
    }

    fn newer_flows(&self) -> Result<Vec<&'static str>, Failure> {
        const REFRESH: &str = "ALLOW_REFRESH_TOKEN_AUTH";
        if self.flows.is_empty() {
            let mut flows = vec!["ALLOW_CUSTOM_AUTH", REFRESH, "ALLOW_USER_SRP_AUTH"];
            flows.retain(|flow| self.rotation.is_none() || *flow != REFRESH);
            return Ok(flows);
        }
        if self.rotation.is_some() && self.flows.contains(&REFRESH) {
            return Err(Failure::invalid_parameter(
                "ALLOW_REFRESH_TOKEN_AUTH cannot be allowed while refresh token rotation is \
                 enabled.",
            ));
        }
        Ok(self.flows.clone())
    }

    /// Returns the settings for descriptions: those that were set, and AWS's defaults for some of
    /// the others.
    fn told(&self, flows: &[&str]) -> Map<String, Value> {
        let mut told = self.told.clone();
        if told.get("RefreshTokenValidity") == Some(&json!(0)) {
            told.remove("RefreshTokenValidity");
        }
        if self.flows.is_empty() {
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
