//! Reads the settings of a pool and of its parts, such as app clients, from AWS.

use std::collections::{BTreeMap, BTreeSet};
use std::time::UNIX_EPOCH;

use cognito::administration::{Group, GroupDescription, Precedence, RoleArn};

use cognito::{Error, ErrorKind, Operation};
use serde_json::{Value, json};

use super::linked::tracks_sessions;
use super::normal;
use super::part::{Kind, PartId, Parts};
use super::terms;
use crate::context::Context;
use crate::document;
use crate::failure::{Failure, Outcome};

/// The member of a pool that can change although no setting has changed.
const VOLATILE: &str = "EstimatedNumberOfUsers";

/// The settings of a pool as AWS returned them.
#[derive(Clone)]
pub(crate) struct PoolState {
    /// The object in AWS's response for each part of the pool.
    pub(crate) raw: BTreeMap<PartId, Value>,
    /// The ids of all app clients, including app clients from dynamic client registration.
    pub(crate) client_ids: BTreeSet<String>,
}

impl PoolState {
    /// Reads the settings of the configured pool and of its parts.
    pub(crate) async fn read(context: &Context) -> Outcome<Self> {
        let mut raw = BTreeMap::new();
        let mut ids = vec![
            PartId::only(Kind::Pool),
            PartId::only(Kind::Mfa),
            PartId::only(Kind::Sessions),
            PartId::only(Kind::Logs),
        ];
        let client_ids = client_ids(context).await?;
        ids.extend(client_ids.iter().map(|id| PartId::new(Kind::Client, id)));
        ids.extend(providers(context).await?);
        for id in ids {
            if let Some(part) = read_part(context, &id).await? {
                raw.insert(id, part);
            }
        }
        for (id, part) in servers(context).await? {
            raw.insert(id, part);
        }
        for group in groups(context).await? {
            raw.insert(
                PartId::new(Kind::Group, group.name.as_str()),
                described(&group),
            );
        }
        let clients = raw.keys().filter(|id| id.kind == Kind::Client);
        let clients: BTreeSet<_> = clients.map(|id| id.key.clone()).collect();
        raw.extend(terms::all(context, &clients).await?);
        let mut state = Self { raw, client_ids };
        for id in state.further() {
            if let Some(part) = read_part(context, &id).await? {
                state.raw.insert(id, part);
            }
        }
        Ok(state)
    }

    /// Reads the risk configurations of a pool whose threat protection is off. AWS may still have
    /// the configurations from a time when threat protection was on.
    pub(crate) async fn read_risk(&mut self, context: &Context) -> Outcome<()> {
        for id in self.risks() {
            if let Some(part) = read_part(context, &id).await? {
                self.raw.insert(id, part);
            }
        }
        Ok(())
    }

    /// Returns the ids of the risk configurations that the pool can have: the pool's own, and one
    /// for each app client.
    fn risks(&self) -> Vec<PartId> {
        let clients = self.raw.keys().filter(|id| id.kind == Kind::Client);
        let of_clients = clients.map(|id| PartId::new(Kind::Risk, id.key.clone()));
        [PartId::only(Kind::Risk)]
            .into_iter()
            .chain(of_clients)
            .collect()
    }

    /// Returns the ids of the parts that can be read only after the pool and its app clients:
    /// domains, UI customizations, managed login branding, the sessions of app clients, and risk
    /// configurations.
    fn further(&self) -> Vec<PartId> {
        let Some(pool) = self.raw.get(&PartId::only(Kind::Pool)) else {
            return Vec::new();
        };
        let domains = ["Domain", "CustomDomain"].into_iter();
        let domains = domains.filter_map(|name| pool[name].as_str());
        let mut ids: Vec<_> = domains.map(|it| PartId::new(Kind::Domain, it)).collect();
        let has_domain = ids.iter().any(|id| id.kind == Kind::Domain);
        let is_tracked = tracks_sessions(&self.raw);
        ids.extend(has_domain.then(|| PartId::only(Kind::UiCustomization)));
        let clients = self.raw.keys().filter(|id| id.kind == Kind::Client);
        for client in clients {
            let part = |kind| PartId::new(kind, client.key.clone());
            ids.push(part(Kind::Branding));
            ids.extend(has_domain.then(|| part(Kind::UiCustomization)));
            ids.extend(is_tracked.then(|| part(Kind::ClientSessions)));
        }
        let mode = pool["UserPoolAddOns"]["AdvancedSecurityMode"].as_str();
        if mode.is_some_and(|mode| mode != "OFF") {
            ids.extend(self.risks());
        }
        ids
    }

    /// Returns the settings of each part of the pool in the format of the settings file, including
    /// secrets.
    pub(crate) fn parts(&self) -> Parts {
        let parts = self.raw.iter().filter_map(|(id, raw)| {
            let document = normal::document(id.kind, raw)?;
            Some((id.clone(), document))
        });
        let mut parts: Parts = parts.collect();
        // AWS can return the configuration of the pool for an app client that has none.
        let of_pool = parts.get(&PartId::only(Kind::Risk)).cloned();
        parts.retain(|id, part| {
            let is_of_client = id.kind == Kind::Risk && !id.key.is_empty();
            !is_of_client || (part["ClientId"].is_string() && of_pool.as_ref() != Some(part))
        });
        parts
    }
}

/// Sends an operation on the pool, and returns the response.
pub(crate) async fn send(
    context: &Context,
    operation: Operation,
    members: Value,
) -> Outcome<Value> {
    Ok(try_send(context, operation, members).await??)
}

/// Sends an operation on the pool, and returns the response. An error of AWS is returned as the
/// inner `Err`, so that the caller can handle it.
pub(crate) async fn try_send(
    context: &Context,
    operation: Operation,
    members: Value,
) -> Outcome<Result<Value, Error>> {
    document::send(context, operation, members).await
}

/// Returns the request that reads a part of the pool: the operation, the members of the request,
/// and the JSON pointer to the part in the response. Returns `None` for groups and terms, which are
/// read in another way.
fn description(id: &PartId) -> Option<(Operation, Value, &'static str)> {
    use Operation::{
        DescribeIdentityProvider, DescribeManagedLoginBrandingByClient, DescribeResourceServer,
        DescribeRiskConfiguration, DescribeUserPool, DescribeUserPoolClient,
        DescribeUserPoolDomain, GetLogDeliveryConfiguration, GetUiCustomization,
        GetUserPoolClientSessionConfiguration, GetUserPoolMfaConfig,
        GetUserPoolSessionConfiguration,
    };

    let key = &id.key;
    let (operation, member, place) = match id.kind {
        Kind::Group | Kind::Terms => return None,
        Kind::Pool => (DescribeUserPool, "", "/UserPool"),
        Kind::ResourceServer => (DescribeResourceServer, "Identifier", "/ResourceServer"),
        Kind::IdentityProvider => (
            DescribeIdentityProvider,
            "ProviderName",
            "/IdentityProvider",
        ),
        Kind::Domain => (DescribeUserPoolDomain, "Domain", "/DomainDescription"),
        Kind::Client => (DescribeUserPoolClient, "ClientId", "/UserPoolClient"),
        Kind::Mfa => (GetUserPoolMfaConfig, "", ""),
        Kind::Sessions => (GetUserPoolSessionConfiguration, "", ""),
        Kind::Risk => (DescribeRiskConfiguration, "ClientId", "/RiskConfiguration"),
        Kind::Logs => (GetLogDeliveryConfiguration, "", "/LogDeliveryConfiguration"),
        Kind::ClientSessions => (GetUserPoolClientSessionConfiguration, "ClientId", ""),
        Kind::UiCustomization => (GetUiCustomization, "ClientId", "/UICustomization"),
        Kind::Branding => (
            DescribeManagedLoginBrandingByClient,
            "ClientId",
            "/ManagedLoginBranding",
        ),
    };
    let mut members = json!({});
    if !key.is_empty() && !member.is_empty() {
        members[member] = json!(key);
    }
    Some((operation, members, place))
}

/// Reads one part of the pool, such as an app client. Returns `None` if the pool does not have it,
/// or if it is an app client from dynamic client registration.
pub(crate) async fn read_part(context: &Context, id: &PartId) -> Outcome<Option<Value>> {
    let Some((operation, members, place)) = description(id) else {
        return match id.kind {
            Kind::Terms => terms::of_client(context, &id.key).await,
            _ => read_group(context, &id.key).await,
        };
    };
    let mut response = match try_send(context, operation, members).await? {
        Ok(response) => response,
        Err(error) if is_missing(id, &error) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let part = response.pointer_mut(place).map(Value::take);
    let mut part = part.unwrap_or_default();
    let Some(members) = part.as_object_mut() else {
        return Ok(None);
    };
    members.remove(VOLATILE);
    if id.kind == Kind::Branding {
        members.insert("ClientId".to_owned(), json!(id.key));
    }
    let is_foreign = match id.kind {
        // The description of a domain that does not exist is empty.
        Kind::Domain => !members.contains_key("Domain"),
        // These app clients are from dynamic client registration.
        Kind::Client => members.get("ClientType") == Some(&json!("DCR")),
        // AWS returns the customization of the pool for an app client that has none.
        Kind::UiCustomization if !id.key.is_empty() => {
            members.get("ClientId") != Some(&json!(id.key))
        }
        _ => false,
    };
    Ok((!is_foreign).then_some(part))
}

/// Returns `true` if the error says that the pool does not have the part. Always returns `false`
/// for the pool itself and its MFA configuration, because the command fails if the pool does not
/// exist.
fn is_missing(id: &PartId, error: &Error) -> bool {
    match id.kind {
        Kind::Pool | Kind::Mfa => false,
        Kind::Risk => matches!(error.kind(), ErrorKind::NotEnabled | ErrorKind::NotFound),
        Kind::Logs | Kind::Sessions => error.kind() == ErrorKind::NotEnabled,
        Kind::ClientSessions | Kind::UiCustomization | Kind::Branding => {
            matches!(error.kind(), ErrorKind::NotEnabled | ErrorKind::NotFound)
        }
        _ => error.kind() == ErrorKind::NotFound,
    }
}

/// Returns the values that show whether a part of the pool was changed: its settings and, if AWS
/// returned it, the time of the last change. Returns `None` if the part has no settings.
pub(crate) fn fingerprint(kind: Kind, raw: &Value) -> Option<(Value, Value)> {
    let modified = ["LastModifiedDate", "modified"];
    let modified = modified.iter().find_map(|name| raw.get(name)).cloned();
    let document = normal::document(kind, raw)?;
    Some((document, modified.unwrap_or_default()))
}

async fn read_group(context: &Context, name: &str) -> Outcome<Option<Value>> {
    let call = context.cognito().await?.admin().group(name).details();
    match context.send(Operation::GetGroup, call).await {
        Ok(group) => Ok(Some(described(&group))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn described(group: &Group) -> Value {
    let modified = group
        .modified
        .and_then(|it| it.duration_since(UNIX_EPOCH).ok());
    json!({
        "name": group.name.as_str(),
        "description": group.description.as_ref().map(GroupDescription::as_str),
        "precedence": group.precedence.map(Precedence::as_i32),
        "role_arn": group.role_arn.as_ref().map(RoleArn::as_str),
        "modified": modified.map(|it| it.as_secs_f64()),
    })
}

/// Returns the ids of all app clients.
pub(crate) async fn client_ids(context: &Context) -> Outcome<BTreeSet<String>> {
    let list = list(
        context,
        Operation::ListUserPoolClients,
        60,
        "UserPoolClients",
    )
    .await?;
    let ids = list.iter().filter_map(|client| client["ClientId"].as_str());
    Ok(ids.map(str::to_owned).collect())
}

async fn providers(context: &Context) -> Outcome<Vec<PartId>> {
    let list = list(context, Operation::ListIdentityProviders, 60, "Providers").await?;
    let names = list.iter().filter_map(|it| it["ProviderName"].as_str());
    Ok(names
        .map(|name| PartId::new(Kind::IdentityProvider, name))
        .collect())
}

async fn servers(context: &Context) -> Outcome<Vec<(PartId, Value)>> {
    let list = list(
        context,
        Operation::ListResourceServers,
        50,
        "ResourceServers",
    )
    .await?;
    let own = list
        .into_iter()
        .filter(|server| server["ManagedBy"].is_null());
    let named = own.filter_map(|server| {
        let id = server["Identifier"].as_str()?.to_owned();
        Some((PartId::new(Kind::ResourceServer, id), server))
    });
    Ok(named.collect())
}

/// Returns all entries of a list that AWS returns in pages.
pub(crate) async fn list(
    context: &Context,
    operation: Operation,
    most: u32,
    member: &str,
) -> Outcome<Vec<Value>> {
    let mut entries = Vec::new();
    let mut members = json!({ "MaxResults": most });
    loop {
        let mut page = send(context, operation, members.clone()).await?;
        if let Value::Array(list) = page[member].take() {
            entries.extend(list);
        }
        let token = page["NextToken"].take();
        if !token.is_string() {
            return Ok(entries);
        }
        if members["NextToken"] == token {
            let name = operation.name();
            let text = format!("{name} returned the same page token twice");
            return Err(Failure::new(crate::failure::Exit::Failed, text));
        }
        members["NextToken"] = token;
    }
}

async fn groups(context: &Context) -> Outcome<Vec<Group>> {
    let admin = context.cognito().await?.admin();
    let mut groups = Vec::new();
    let mut page = admin.groups();
    loop {
        let list = context.send(Operation::ListGroups, page).await?;
        groups.extend(list.groups);
        match list.next_token {
            Some(token) => page = admin.groups().page_token(token),
            None => return Ok(groups),
        }
    }
}
