//! Dynamic client registration: the setting of a pool (`DcrConfiguration`).

use serde_json::{Map, Value, json};

use crate::model::client::oauth::OAuthFlow;
use crate::model::failure::Failure;
use crate::model::settings::Settings;

/// The scope of access tokens with which an application can register app clients. AWS manages it,
/// so it belongs to no resource server. A registered app client cannot have it.
pub(crate) const REGISTER_SCOPE: &str = "aws.cognito/dcr/register";

/// The scopes that every dynamically registered app client can have, whatever the configured
/// `AllowedScopes` are.
const FREE_SCOPES: [&str; 4] = ["email", "openid", "phone", "profile"];

const MEMBER: &str = "DcrConfiguration";

/// The settings with which a pool allows dynamic client registration. A pool without dynamic client
/// registration has no such value ([`of`](Self::of)).
pub(crate) struct Registration<'a> {
    pool: &'a Settings,
    configuration: &'a Value,
}

impl<'a> Registration<'a> {
    /// Returns the dynamic client registration of a pool. Returns `None` if the pool has not turned
    /// it on.
    pub(crate) fn of(pool: &'a Settings) -> Option<Self> {
        let configuration = pool.members.get(MEMBER)?;
        let is_enabled = configuration["EnableStatus"] != "Disabled";
        is_enabled.then_some(Self {
            pool,
            configuration,
        })
    }

    /// Returns `true` if applications can register without an initial access token.
    pub(crate) fn is_open(&self) -> bool {
        self.configuration["OpenDcrEnabled"] == true
    }

    /// Returns `true` if an app client can be registered for a grant. `is_open` is `true` if the
    /// registration has no initial access token.
    ///
    /// The allowed grants are in `OpenDcrGrantTypes` (without an initial access token; default:
    /// `code`) or in `AuthenticatedGrantTypes` (with one; default: `code` and
    /// `client_credentials`). `implicit` is never allowed, because AWS ignores it in both lists.
    pub(crate) fn allows(&self, flow: OAuthFlow, is_open: bool) -> bool {
        let (name, default): (_, &[OAuthFlow]) = if is_open {
            ("OpenDcrGrantTypes", &[OAuthFlow::Code])
        } else {
            let default = &[OAuthFlow::ClientCredentials, OAuthFlow::Code];
            ("AuthenticatedGrantTypes", default)
        };
        let is_allowed = match self.configuration[name].as_array() {
            Some(names) => names.iter().any(|name| name == flow.name()),
            None => default.contains(&flow),
        };
        is_allowed && flow != OAuthFlow::Implicit
    }

    /// Returns the scopes that a registered app client can have: `email`, `openid`, `phone`,
    /// `profile`, and those scopes in `AllowedScopes` that the pool has.
    pub(crate) fn scopes(&self) -> Vec<&'a str> {
        let more = self.configuration["AllowedScopes"].as_array();
        let more = more.into_iter().flatten().filter_map(Value::as_str);
        let more = more.filter(|scope| *scope != REGISTER_SCOPE && self.pool.has_scope(scope));
        let mut scopes: Vec<_> = FREE_SCOPES.into_iter().chain(more).collect();
        scopes.sort_unstable();
        scopes.dedup();
        scopes
    }
}

/// Completes `DcrConfiguration` in the new settings of a pool. `members` are the settings in the
/// request. `known` are the settings before the request.
///
/// As in AWS, a request without `DcrConfiguration` does not change it. A `DcrConfiguration` without
/// `EnableStatus` turns registration on.
pub(crate) fn complete(known: &Map<String, Value>, members: &mut Map<String, Value>) {
    match (members.get_mut(MEMBER), known.get(MEMBER)) {
        (Some(Value::Object(configuration)), _) => {
            let status = configuration.entry("EnableStatus");
            status.or_insert_with(|| json!("Enabled"));
        }
        (None, Some(known)) => {
            members.insert(MEMBER.to_owned(), known.clone());
        }
        _ => {}
    }
}

/// Fails if a pool with the feature plan `LITE` has turned registration on.
pub(crate) fn check(pool: &Settings) -> Result<(), Failure> {
    match Registration::of(pool) {
        Some(_) => pool.check_tier(MEMBER),
        None => Ok(()),
    }
}
