//! The settings in `CreateUserPoolClient` and `UpdateUserPoolClient`.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value, json};

use crate::model::client::oauth::{OAuth, OAuthFlow};
use crate::model::client::{AuthFlow, Client};
use crate::model::failure::Failure;
use crate::model::form::oauth::{REDIRECT_URL, SCOPE};
use crate::model::form::{ATTRIBUTE_NAME, Form, PROVIDER};
use crate::model::settings::{Settings, days};

const HOUR: Duration = Duration::from_secs(3600);
/// AWS: access and ID tokens from five minutes to a day, refresh tokens from an hour to ten years.
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

/// `ExplicitAuthFlows`, all values, implemented or not.
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

impl Wanted {
    pub(super) fn read(form: &mut Form<'_>) -> Self {
        let units = form.within("TokenValidityUnits", |inner| {
            ["AccessToken", "IdToken", "RefreshToken"].map(|name| unit(inner, name))
        });
        let [access, id, refresh] = units.unwrap_or([None; 3]);
        let hides_users = form.choice("PreventUserExistenceErrors", &["ENABLED", "LEGACY"]);
        let session = form.integer("AuthSessionValidity", 3, 15);
        let session = session.and_then(|minutes| u64::try_from(minutes).ok());
        let hour = |unit: Option<Duration>| unit.unwrap_or(HOUR);
        Self {
            flows: form.choices("ExplicitAuthFlows", &FLOWS),
            access: validity(form, "AccessTokenValidity", 86_400, hour(access)).unwrap_or(HOUR),
            id: validity(form, "IdTokenValidity", 86_400, hour(id)).unwrap_or(HOUR),
            refresh: validity(
                form,
                "RefreshTokenValidity",
                315_360_000,
                refresh.unwrap_or(days(1)),
            )
            .unwrap_or(days(30)),
            session: Duration::from_secs(session.unwrap_or(3) * 60),
            rotation: form.within("RefreshTokenRotation", rotation).flatten(),
            hides_users: hides_users == Some("ENABLED"),
            revocation: form.flag("EnableTokenRevocation").unwrap_or(true),
            readable: names(form, "ReadAttributes"),
            writable: names(form, "WriteAttributes"),
            oauth: oauth(form),
            providers: owned(form.names("SupportedIdentityProviders", &PROVIDER)),
            told: form.keep(&TOLD),
        }
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

    /// Returns the described settings: those that were set, and AWS's defaults for some of the
    /// others.
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

/// Returns the duration of a unit.
fn unit(form: &mut Form<'_>, name: &str) -> Option<Duration> {
    let unit = form.choice(name, &["days", "hours", "minutes", "seconds"])?;
    Some(match unit {
        "days" => days(1),
        "hours" => HOUR,
        "minutes" => Duration::from_secs(60),
        _ => Duration::from_secs(1),
    })
}

/// Returns a number of units, or `None` if it is missing or 0, which AWS treats as the default.
fn validity(form: &mut Form<'_>, name: &str, most: i64, unit: Duration) -> Option<Duration> {
    let least = i64::from(name != "RefreshTokenValidity");
    let count = form.integer(name, least, most)?;
    let count = u32::try_from(count).ok().filter(|count| *count > 0)?;
    Some(unit.saturating_mul(count))
}

/// Returns the grace period of a used refresh token, if rotation is on.
fn rotation(form: &mut Form<'_>) -> Option<Duration> {
    form.must_have("Feature");
    let feature = form.choice("Feature", &["DISABLED", "ENABLED"]);
    let grace = form.integer("RetryGracePeriodSeconds", 0, 60).unwrap_or(0);
    let grace = Duration::from_secs(u64::try_from(grace).unwrap_or(0));
    (feature == Some("ENABLED")).then_some(grace)
}

/// Reads the settings of the hosted pages and the token endpoint.
fn oauth(form: &mut Form<'_>) -> OAuth {
    const NAMES: [&str; 3] = ["client_credentials", "code", "implicit"];
    let flows = form.choices("AllowedOAuthFlows", &NAMES);
    OAuth {
        enabled: form
            .flag("AllowedOAuthFlowsUserPoolClient")
            .unwrap_or(false),
        flows: OAuthFlow::ALL
            .into_iter()
            .filter(|flow| flows.contains(&flow.setting()))
            .collect(),
        scopes: owned(form.names("AllowedOAuthScopes", &SCOPE))
            .into_iter()
            .collect(),
        callbacks: owned(form.names("CallbackURLs", &REDIRECT_URL)),
        default_callback: form
            .optional("DefaultRedirectURI", &REDIRECT_URL)
            .map(ToOwned::to_owned),
        logouts: owned(form.names("LogoutURLs", &REDIRECT_URL)),
    }
}

fn owned(names: Vec<&str>) -> Vec<String> {
    names.into_iter().map(ToOwned::to_owned).collect()
}

fn names(form: &mut Form<'_>, name: &str) -> Option<BTreeSet<String>> {
    let names = form.names(name, &ATTRIBUTE_NAME);
    let names: BTreeSet<_> = names.into_iter().map(ToOwned::to_owned).collect();
    (!names.is_empty()).then_some(names)
}
