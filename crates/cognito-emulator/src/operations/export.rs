//! Exports the current state of the emulator as a seed: `GET /_emulator/seed`.

use serde_json::{Map, Value, json};

use crate::model::client::Client;
use crate::model::group::Group;
use crate::model::options::{ThreatProtection, Usernames};
use crate::model::password::StoredPassword;
use crate::model::request::{copy_members, present};
use crate::model::settings::Settings;
use crate::model::user::{Status, User};
use crate::operations::pools::pool::settings::STORED;
use crate::operations::pools::pool::{describe, mfa};
use crate::operations::pools::{clients, domains, resource_servers};
use crate::state::pools::Pools;
use crate::state::service::Service;

/// The members of a pool's description that `CreateUserPool` accepts under the same name, besides
/// those in [`STORED`].
const OTHERS: [&str; 6] = [
    "AcrConfiguration",
    "AliasAttributes",
    "AutoVerifiedAttributes",
    "DeletionProtection",
    "LambdaConfig",
    "UsernameAttributes",
];

/// Returns the pools, app clients, groups and users as a seed. Omits users who sign in at an
/// identity provider, and app clients that were registered dynamically.
pub(crate) fn seed(pools: &Pools) -> Value {
    let all = pools.all();
    json!({ "pools": all.iter().map(|service| pool(service)).collect::<Value>() })
}

fn pool(service: &Service) -> Value {
    let settings = &service.settings;
    let is_default = settings.issuer == format!("{}/{}", settings.endpoint, settings.pool_id);
    let mut clients: Vec<_> = service.clients.read().values().cloned().collect();
    // A seed has no registered clients: they would become clients of the operator.
    clients.retain(|client| client.registrant.is_none());
    clients.sort_by(|one, other| one.id.cmp(&other.id));
    let providers = settings.identity_providers.iter();
    let providers = providers.map(|(name, provider)| {
        let mut described = provider.members.clone();
        described.insert("ProviderName".to_owned(), json!(name));
        described.insert("ProviderType".to_owned(), json!(provider.kind.name()));
        Value::Object(described)
    });
    let servers = settings.resource_servers.iter();
    let servers = servers.map(|(id, server)| {
        let mut request = resource_servers::request(id, server);
        // A builder uses the identifier as the name, which can be a URL.
        request.insert("Name".to_owned(), json!(allowed_name(&server.name)));
        Value::Object(request)
    });
    let risks = settings.stored.risks.iter();
    // Without threat protection, a risk configuration cannot be set.
    let risks = risks.filter(|_| settings.threat_protection != ThreatProtection::Off);
    let is_exported = |id: &String| clients.iter().any(|client| client.id == *id);
    let risks = risks.filter(|(client, _)| client.as_ref().is_none_or(is_exported));
    let risks = risks.map(|(client, configuration)| {
        let mut configuration = configuration.clone();
        let mut request = std::mem::take(configuration.members_mut());
        request.extend(client.iter().map(|id| ("ClientId".to_owned(), json!(id))));
        Value::Object(request)
    });
    let domains = settings.domains.iter();
    let domains = domains.map(|(domain, stored)| domains::request(domain, stored));
    let logs = &settings.stored.logs;
    let logs = (!logs.is_empty()).then(|| json!({ "LogConfigurations": logs }));
    // Only one lock at a time is held.
    let (groups, users): (Value, Value) = {
        let state = service.state.lock();
        let users = state.users.after(None).filter(|user| !user.is_federated);
        (
            state.groups.values().map(group).collect(),
            users.map(|it| user(settings, it)).collect(),
        )
    };
    Value::Object(filled([
        ("id", json!(settings.pool_id)),
        ("issuer", json!((!is_default).then_some(&settings.issuer))),
        ("settings", pool_settings(settings)),
        ("mfa", mfa::describe(settings)),
        ("resource_servers", servers.collect()),
        ("identity_providers", providers.collect()),
        ("risk_configurations", risks.collect()),
        ("domains", domains.collect()),
        ("log_delivery", json!(logs)),
        ("clients", clients.iter().map(|it| client(it)).collect()),
        ("groups", groups),
        ("users", users),
    ]))
}

/// Returns the name of a resource server without the characters that AWS does not allow in it. Each
/// of them is replaced by a hyphen.
fn allowed_name(name: &str) -> String {
    let is_allowed = |letter: char| {
        letter.is_alphanumeric() || letter.is_whitespace() || "_+=,.@-".contains(letter)
    };
    name.replace(|letter| !is_allowed(letter), "-")
}

/// Returns the settings of a pool as a request `CreateUserPool`.
fn pool_settings(settings: &Settings) -> Value {
    let described = describe::settings(settings);
    let described = described.as_object().cloned().unwrap_or_default();
    let mut request = copy_members(&described, &STORED);
    request.extend(copy_members(&described, &OTHERS));
    request.insert("PoolName".to_owned(), json!(settings.name));
    if !settings.tags.is_empty() {
        request.insert("UserPoolTags".to_owned(), json!(settings.tags));
    }
    if settings.usernames == Usernames::Email || settings.has_username_configuration {
        let sensitive = json!({ "CaseSensitive": settings.case_sensitive });
        request.insert("UsernameConfiguration".to_owned(), sensitive);
    }
    if settings.threat_protection == ThreatProtection::Off {
        request.remove("UserPoolAddOns");
    }
    if settings.is_lite() {
        request.remove("AcrConfiguration");
    }
    let schema = settings.schema.requests(&settings.required_attributes);
    if !schema.is_empty() {
        request.insert("Schema".to_owned(), Value::Array(schema));
    }
    request.retain(|_, member| !is_empty(member));
    Value::Object(request)
}

fn client(client: &Client) -> Value {
    let mut settings = clients::describe::stored(client);
    settings.insert("ClientName".to_owned(), json!(client.name));
    let secrets = client.secrets.iter().map(|secret| secret.text.as_str());
    Value::Object(filled([
        ("id", json!(client.id)),
        ("secrets", secrets.collect()),
        ("settings", Value::Object(settings)),
    ]))
}

fn group(group: &Group) -> Value {
    Value::Object(filled([
        ("name", json!(group.name)),
        ("description", json!(group.description)),
        ("precedence", json!(group.precedence)),
        ("role_arn", json!(group.role)),
    ]))
}

fn user(settings: &Settings, user: &User) -> Value {
    // If users sign in with an address, the user name is the `sub`.
    let address = ["email", "phone_number"].into_iter().find_map(|name| {
        let is_name = settings.name_attributes.contains(name);
        user.attribute(name).filter(|_| is_name)
    });
    let name = match settings.usernames {
        Usernames::Email => address.unwrap_or(&user.username),
        Usernames::Plain => &user.username,
    };
    let password = user.password.as_ref().and_then(StoredPassword::expose);
    let is_temporary = user.status == Status::ForceChangePassword && password.is_some();
    let is_unconfirmed = user.status == Status::Unconfirmed;
    let secret = user.mfa.totp.as_ref().filter(|_| user.mfa.totp_enabled);
    Value::Object(filled([
        ("username", json!(name)),
        ("sub", json!(user.sub)),
        ("attributes", json!(user.attributes)),
        ("password", json!(password)),
        ("temporary", json!(is_temporary.then_some(true))),
        ("confirmed", json!(is_unconfirmed.then_some(false))),
        ("disabled", json!((!user.enabled).then_some(true))),
        ("groups", json!(user.groups)),
        ("totp_secret", json!(secret)),
    ]))
}

/// Returns the members that are neither `null` nor an empty list or object.
fn filled<const N: usize>(members: [(&str, Value); N]) -> Map<String, Value> {
    let mut filled = present(members);
    filled.retain(|_, member| !is_empty(member));
    filled
}

fn is_empty(member: &Value) -> bool {
    let is_empty_list = member.as_array().is_some_and(Vec::is_empty);
    is_empty_list || member.as_object().is_some_and(Map::is_empty)
}
