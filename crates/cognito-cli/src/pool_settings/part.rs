//! The parts of a user pool. Each part has its own settings: the pool itself, its MFA
//! configuration, each app client, each group and so on ([`Kind`]).

use std::collections::BTreeMap;

use serde_json::Value;

/// The kind of a part of a user pool, such as an app client or a group.
///
/// A part refers only to parts whose kind is earlier in this list, so the parts can be created in
/// this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Pool,
    ResourceServer,
    IdentityProvider,
    Domain,
    Client,
    Group,
    Mfa,
    Sessions,
    Risk,
    Logs,
    ClientSessions,
    UiCustomization,
    Branding,
    Terms,
}

impl Kind {
    pub(crate) const ALL: [Self; 14] = [
        Self::Pool,
        Self::ResourceServer,
        Self::IdentityProvider,
        Self::Domain,
        Self::Client,
        Self::Group,
        Self::Mfa,
        Self::Sessions,
        Self::Risk,
        Self::Logs,
        Self::ClientSessions,
        Self::UiCustomization,
        Self::Branding,
        Self::Terms,
    ];

    /// Returns the name of the field in the settings file that contains the parts of this kind.
    pub(crate) const fn section(self) -> &'static str {
        match self {
            Self::Pool => "settings",
            Self::ResourceServer => "resource_servers",
            Self::IdentityProvider => "identity_providers",
            Self::Domain => "domains",
            Self::Client => "clients",
            Self::Group => "groups",
            Self::Mfa => "mfa",
            Self::Sessions => "sessions",
            Self::Risk => "risk_configurations",
            Self::Logs => "log_delivery",
            Self::ClientSessions => "client_sessions",
            Self::UiCustomization => "ui_customizations",
            Self::Branding => "branding",
            Self::Terms => "terms",
        }
    }

    /// Returns the name of the member that identifies a part among the parts of this kind. Returns
    /// `None` if a pool has only one part of this kind. In the settings file, the field of this
    /// kind is then an object instead of a list.
    pub(crate) const fn key(self) -> Option<&'static str> {
        match self {
            Self::Pool | Self::Mfa | Self::Sessions | Self::Logs => None,
            Self::ResourceServer => Some("Identifier"),
            Self::IdentityProvider => Some("ProviderName"),
            Self::Domain => Some("Domain"),
            Self::Client => Some("id"),
            Self::Group => Some("name"),
            Self::Risk
            | Self::ClientSessions
            | Self::UiCustomization
            | Self::Branding
            | Self::Terms => Some("ClientId"),
        }
    }

    /// Returns `true` if a part of this kind can belong to an app client. Its key is then the id of
    /// the app client.
    pub(crate) const fn is_of_client(self) -> bool {
        matches!(
            self,
            Self::Risk
                | Self::ClientSessions
                | Self::UiCustomization
                | Self::Branding
                | Self::Terms
        )
    }

    /// Returns `true` if the pool itself can have a part of this kind, besides its app clients.
    pub(crate) const fn is_also_of_pool(self) -> bool {
        matches!(self, Self::Risk | Self::UiCustomization)
    }
}

/// The id of a part of a user pool. `key` is the value of the member [`Kind::key`], such as the id
/// of an app client.
///
/// `key` is empty if a pool has only one part of this kind. It is also empty for a part that
/// applies to all app clients by default, such as the risk configuration of the pool.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PartId {
    pub(crate) kind: Kind,
    pub(crate) key: String,
}

impl PartId {
    pub(crate) fn new(kind: Kind, key: impl Into<String>) -> Self {
        let key = key.into();
        Self { kind, key }
    }

    /// Returns the id of the part of this kind that belongs to the whole pool. Example: its MFA
    /// settings.
    pub(crate) fn only(kind: Kind) -> Self {
        Self::new(kind, "")
    }
}

/// The settings of each part of a user pool, in the format of the settings file.
pub(crate) type Parts = BTreeMap<PartId, Value>;

/// Returns the label of a part of the pool for paths and messages, such as `clients[web]`. The
/// label of an app client contains the client's name. If the name is missing or not unique in
/// `parts`, the label contains the client's id instead.
pub(crate) fn label(parts: &Parts, id: &PartId) -> String {
    let section = id.kind.section();
    match id.kind {
        Kind::Pool | Kind::Mfa | Kind::Sessions | Kind::Logs => section.to_owned(),
        kind if kind.is_also_of_pool() && id.key.is_empty() => format!("{section}[pool]"),
        kind if kind == Kind::Client || kind.is_of_client() => {
            format!("{section}[{}]", client_label(parts, &id.key))
        }
        _ => format!("{section}[{}]", id.key),
    }
}

fn client_label<'a>(parts: &'a Parts, id: &'a str) -> &'a str {
    let client = parts.get(&PartId::new(Kind::Client, id));
    let Some(name) = client.and_then(client_name) else {
        return id;
    };
    if clients_named(parts, name).count() == 1 {
        name
    } else {
        id
    }
}

/// Returns the name of an app client. `client` contains its settings.
pub(crate) fn client_name(client: &Value) -> Option<&str> {
    client["settings"]["ClientName"].as_str()
}

/// Returns the ids of the app clients with this name.
pub(crate) fn clients_named<'a>(
    parts: &'a Parts,
    name: &'a str,
) -> impl Iterator<Item = &'a str> + use<'a> {
    let clients = parts.iter().filter(|(id, _)| id.kind == Kind::Client);
    let named = clients.filter(move |(_, client)| client_name(client) == Some(name));
    named.map(|(id, _)| id.key.as_str())
}
