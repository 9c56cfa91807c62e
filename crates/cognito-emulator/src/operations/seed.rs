//! The initial pools, clients, groups and users of an emulator, from a JSON document.

mod operator;
mod pools;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use self::operator::Operator;
use crate::model::aws;
use crate::model::client::Client;
use crate::model::error::StartError;
use crate::model::failure::Failure;
use crate::model::settings::Settings;
use crate::model::trigger::function::Functions;
use crate::operations::pools::clients::generate_secret;
use crate::operations::pools::clients::settings::apply;
use crate::state::pools::Pools;
use crate::state::service::Service;

/// The value of a secret that `cognito pool export` left out of a seed. It is not a valid secret.
const LEFT_OUT: &str = "(left out)";

/// The initial content of an emulator: pools with their settings, clients, groups and users.
///
/// A seed is a JSON document. The table below the example lists its fields. These fields contain
/// requests to AWS, without the pool id:
///
/// - `settings` of a pool: `CreateUserPool`;
/// - `mfa` of a pool: `SetUserPoolMfaConfig`;
/// - `resource_servers` of a pool: a list of `CreateResourceServer`;
/// - `identity_providers` of a pool: a list of `CreateIdentityProvider`;
/// - `risk_configurations` of a pool: a list of `SetRiskConfiguration`, for the pool or for app
///   clients of the seed;
/// - `domains` of a pool: a list of `CreateUserPoolDomain`;
/// - `log_delivery` of a pool: `SetLogDeliveryConfiguration`;
/// - `settings` of a client: `CreateUserPoolClient`.
///
/// All fields are validated like requests. Unknown fields are rejected. If `ignore_unknown` is
/// `true`, members of requests that the emulator does not know are ignored instead, and also the
/// sections `sessions`, `client_sessions`, `ui_customizations`, `branding` and `terms` of a file of
/// `cognito pool export`.
///
/// ```
/// use cognito_emulator::{Emulator, Seed};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let seed = Seed::from_json(
///     r#"{ "pools": [{
///         "id": "eu-west-1_People",
///         "settings": { "UsernameAttributes": ["email"] },
///         "clients": [{ "id": "web", "secrets": ["0123456789abcdefghijklmnop"] }],
///         "groups": [{ "name": "staff" }],
///         "users": [{
///             "username": "ann@example.com",
///             "password": "SecurePass123!",
///             "attributes": { "name": "Ann", "email_verified": "true" },
///             "groups": ["staff"]
///         }]
///     }] }"#,
/// )?;
/// let emulator = Emulator::builder().prepared(seed).start().await?;
/// assert_eq!(emulator.user_pool_id(), "eu-west-1_People");
/// # Ok(())
/// # }
/// ```
///
/// | object | field | meaning | default |
/// |---|---|---|---|
/// | document | `pools` | a list of the objects below | required |
/// | | `functions` | names of Lambda functions with their URLs, as for [`EmulatorBuilder::function`](crate::EmulatorBuilder::function), which has precedence for an equal name | empty |
/// | | `compromised_passwords` | passwords, as for [`EmulatorBuilder::compromised_passwords`](crate::EmulatorBuilder::compromised_passwords) | empty |
/// | | `ignore_unknown` | members of requests that the emulator does not know are ignored, as in the file of `cognito pool export` | `false` |
/// | pool | `id` | a pool id; the part before the underscore is the region | required |
/// | | `issuer` | the `iss` of the pool's tokens | the endpoint of the emulator, `/`, and the pool id |
/// | | `settings`, `mfa`, `resource_servers`, `identity_providers`, `risk_configurations`, `domains`, `log_delivery` | requests to AWS (see the list above) | AWS's defaults |
/// | | `clients`, `groups`, `users` | lists of the objects below | empty |
/// | client | `id` | 1 to 128 letters, digits, `_` and `+` | required |
/// | | `secrets` | up to two, each of 24 to 64 letters, digits, `_` and `+`, or `(left out)` for a random secret | the client is public |
/// | | `settings` | a request to AWS (see the list above) | AWS's defaults |
/// | group | `name`, `description`, `precedence`, `role_arn` | as in `CreateGroup` | only the name is required |
/// | user | `username` | as in `AdminCreateUser` | required |
/// | | `sub` | a UUID | a random one |
/// | | `attributes` | names and values | none |
/// | | `password` | must conform to the pool's policy | an unknown temporary password, or none if codes are a first factor of the pool |
/// | | `temporary` | the user must change the password at the first sign-in; not possible if `confirmed` is `false` | `false` |
/// | | `confirmed` | the user is confirmed and can sign in | `true` |
/// | | `disabled` | the user cannot sign in | `false` |
/// | | `groups` | the names of groups | none |
/// | | `totp_secret` | the Base32 secret of an authenticator app, which becomes the second factor; the `mfa` of the pool needs `SoftwareTokenMfaConfiguration` | no second factor |
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seed {
    pools: Vec<PoolSeed>,
    #[serde(default)]
    functions: BTreeMap<String, String>,
    #[serde(default)]
    compromised_passwords: Vec<String>,
    #[serde(default)]
    ignore_unknown: bool,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct PoolSeed {
    id: String,
    issuer: Option<String>,
    #[serde(default)]
    settings: Map<String, Value>,
    mfa: Option<Map<String, Value>>,
    #[serde(default)]
    resource_servers: Vec<Map<String, Value>>,
    #[serde(default)]
    identity_providers: Vec<Map<String, Value>>,
    #[serde(default)]
    risk_configurations: Vec<Map<String, Value>>,
    #[serde(default)]
    domains: Vec<Map<String, Value>>,
    log_delivery: Option<Map<String, Value>>,
    // Sections of `cognito pool export` that the emulator does not read.
    sessions: Option<Map<String, Value>>,
    #[serde(default)]
    client_sessions: Vec<Map<String, Value>>,
    #[serde(default)]
    ui_customizations: Vec<Map<String, Value>>,
    #[serde(default)]
    branding: Vec<Map<String, Value>>,
    #[serde(default)]
    terms: Vec<Map<String, Value>>,
    #[serde(default)]
    clients: Vec<ClientSeed>,
    #[serde(default)]
    groups: Vec<GroupSeed>,
    #[serde(default)]
    users: Vec<UserSeed>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClientSeed {
    id: String,
    #[serde(default)]
    secrets: Vec<String>,
    #[serde(default)]
    settings: Map<String, Value>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupSeed {
    name: String,
    description: Option<String>,
    precedence: Option<i64>,
    role_arn: Option<String>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct UserSeed {
    username: String,
    sub: Option<String>,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
    password: Option<String>,
    #[serde(default)]
    temporary: bool,
    #[serde(default = "yes")]
    confirmed: bool,
    #[serde(default)]
    disabled: bool,
    #[serde(default)]
    groups: Vec<String>,
    totp_secret: Option<String>,
}

const fn yes() -> bool {
    true
}

impl Seed {
    /// Parses a JSON document. Its settings are validated when the emulator starts.
    ///
    /// # Errors
    ///
    /// Fails with [`StartError::Seed`] if `text` is not JSON, has an unknown field or a value of
    /// the wrong type, or lists no pool. The error contains the position.
    pub fn from_json(text: &str) -> Result<Self, StartError> {
        let mut reader = serde_json::Deserializer::from_str(text);
        let seed: Self = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            let path = error.path().to_string();
            fault(path, plain(&error.into_inner()))
        })?;
        let end = reader.end();
        end.map_err(|error| fault("the end", plain(&error)))?;
        if seed.pools.is_empty() {
            return Err(no_pools());
        }
        Ok(seed)
    }

    pub(crate) fn compromised_passwords(&self) -> impl Iterator<Item = String> {
        self.compromised_passwords.iter().cloned()
    }

    pub(crate) fn first_pool(&self) -> &str {
        self.pools.first().map_or("", |pool| &pool.id)
    }

    /// Returns the id of the first client of the first pool. Returns an empty string if that pool
    /// has no client.
    pub(crate) fn first_client(&self) -> &str {
        let client = self.pools.first().and_then(|pool| pool.clients.first());
        client.map_or("", |client| &client.id)
    }

    /// Creates the pools of the seed with their clients, and returns the first pool. Fails if there
    /// is no pool, if an id is already in use, or if a setting is invalid.
    pub(crate) fn open(&self, pools: &Pools) -> Result<Arc<Service>, StartError> {
        let mut first = None;
        for (place, seed) in self.pools.iter().enumerate() {
            let path = format!("pools[{place}]");
            if pools.get(&seed.id).is_ok() {
                return Err(fault(path, "another pool has the same id: use another id"));
            }
            let check = Check {
                ignores_unknown: self.ignore_unknown,
            };
            let settings = seed.settings(pools, check, &path)?;
            let mut clients: Vec<Client> = Vec::new();
            for (place, client) in seed.clients.iter().enumerate() {
                let path = format!("{path}.clients[{place}]");
                let is_taken = clients.iter().any(|other| other.id == client.id);
                if is_taken || pools.has_client(&client.id) {
                    return Err(fault(
                        path,
                        "another client of this or another pool has the same id: use another id",
                    ));
                }
                clients.push(client.make(&settings, (pools, check), &path)?);
            }
            let pool = pools.add(settings, clients);
            first.get_or_insert(pool);
        }
        // A seed that was not created with `from_json` can be empty.
        first.ok_or_else(no_pools)
    }

    /// Returns the Lambda functions of the seed and of the emulator's builder (`of_builder`). If
    /// both have a function with the same name, the URL of the builder is used. Fails if a name or
    /// a URL in the seed is invalid.
    pub(crate) fn functions(&self, of_builder: &Functions) -> Result<Functions, StartError> {
        let mut functions = Functions::default();
        for (name, url) in &self.functions {
            functions
                .map(name, url.clone())
                .map_err(|reason| fault(format!("functions.{name}"), reason))?;
        }
        functions.extend(of_builder);
        Ok(functions)
    }

    /// Creates the groups and users of the seed. Skips pools that were deleted. Fails at the first
    /// group or user that is invalid.
    pub(crate) fn populate(&self, pools: &Pools) -> Result<(), StartError> {
        for (place, seed) in self.pools.iter().enumerate() {
            let Ok(pool) = pools.get(&seed.id) else {
                continue;
            };
            let operator = Operator { pools, pool: &pool };
            for (number, group) in seed.groups.iter().enumerate() {
                let path = format!("pools[{place}].groups[{number}]");
                operator.create_group(group).map_err(rejected(path))?;
            }
            for (number, user) in seed.users.iter().enumerate() {
                let path = format!("pools[{place}].users[{number}]");
                operator.create_user(user).map_err(rejected(path))?;
            }
        }
        Ok(())
    }
}

impl ClientSeed {
    fn make(
        &self,
        settings: &Settings,
        (pools, check): (&Pools, Check),
        path: &str,
    ) -> Result<Client, StartError> {
        if !aws::accepts("ClientIdType", &self.id) {
            let reason = "use only letters, digits, `_` and `+`, at most 128";
            return Err(fault(format!("{path}.id"), reason));
        }
        let mut client = Client::new(&self.id);
        client.created = settings.created;
        for (place, secret) in self.secrets.iter().enumerate() {
            let secret = if secret == LEFT_OUT {
                generate_secret(&pools.random)
            } else {
                secret.clone()
            };
            if place >= 2 || !aws::accepts("ClientSecretType", &secret) {
                return Err(fault(
                    format!("{path}.secrets[{place}]"),
                    "use at most two secrets, each of 24 to 64 letters, digits, `_` and `+`",
                ));
            }
            client.add_secret(secret, settings.created);
        }
        let mut fields = self.settings.clone();
        fields.entry("ClientName").or_insert_with(|| json!(self.id));
        // In a seed, secrets have a separate member.
        let others = ["ClientSecret", "GenerateSecret"];
        let operation = "CreateUserPoolClient";
        check
            .validate(operation, &settings.pool_id, &fields, &others)
            .and_then(|()| apply(&fields, settings, &mut client, settings.created))
            .map_err(rejected(format!("{path}.settings")))?;
        Ok(client)
    }
}

/// Security: `Debug` shows only the ids of the pools, because a seed contains passwords and
/// secrets.
impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids = self.pools.iter().map(|pool| &pool.id);
        f.debug_list().entries(ids).finish()
    }
}

/// The validation of the request members in a seed.
#[derive(Clone, Copy)]
struct Check {
    /// `true` if members that the service model does not have are ignored. Otherwise, they are
    /// rejected.
    ignores_unknown: bool,
}

impl Check {
    /// Validates `fields` of a seed like the members of a request of `operation`. Fails if `fields`
    /// contains `UserPoolId` or a member in `others`: a seed has its own fields for these.
    fn validate(
        self,
        operation: &str,
        pool_id: &str,
        fields: &Map<String, Value>,
        others: &[&str],
    ) -> Result<(), Failure> {
        let mut others = ["UserPoolId"].iter().chain(others);
        if let Some(other) = others.find(|other| fields.contains_key(**other)) {
            return Err(aws::no_such_member(other));
        }
        let mut fields = fields.clone();
        fields.insert("UserPoolId".to_owned(), json!(pool_id));
        self.validate_all(operation, &fields)
    }

    /// Validates the members of a request of `operation`.
    fn validate_all(self, operation: &str, fields: &Map<String, Value>) -> Result<(), Failure> {
        if self.ignores_unknown {
            return aws::validate(operation, fields);
        }
        aws::validate_strictly(operation, fields)
    }
}

fn no_pools() -> StartError {
    fault("pools", "the list is empty: add a pool")
}

fn fault(path: impl Into<String>, reason: impl Into<String>) -> StartError {
    StartError::Seed {
        path: path.into(),
        reason: reason.into(),
    }
}

/// Returns a function that converts the error of an operation to a [`StartError::Seed`] at `path`.
fn rejected(path: String) -> impl FnOnce(Failure) -> StartError {
    move |failure| {
        let (code, message) = failure.into_parts();
        fault(path, format!("{code}: {}", message.trim_end()))
    }
}

/// Returns the message of a JSON error. Security: values of the seed are removed from the message,
/// because they may be passwords or secrets.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.split_once(", expected ") {
        Some((start, wanted)) if start.starts_with("invalid ") => format!("expected {wanted}"),
        _ => text,
    }
}
