//! A check of the audit, and the documents that checks read.

use std::collections::BTreeMap;
use std::time::SystemTime;

use cognito::Operation;
use serde::Serialize;
use serde_json::Value;

/// The severity of a finding. The variants are in order, from the lowest to the highest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Severity {
    Info,
    Low,
    Medium,
    High,
}

impl Severity {
    /// All severities, from the highest to the lowest.
    pub(super) const ALL: [Self; 4] = [Self::High, Self::Medium, Self::Low, Self::Info];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// A document: one object or list of settings that the audit reads from Cognito, such as the list
/// of app clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Document {
    Clients,
    Domains,
    Logs,
    MetadataPolicies,
    Mfa,
    Pool,
    Providers,
    ResourceServers,
    Risk,
    Secrets,
    Sessions,
}

impl Document {
    /// All documents.
    #[cfg(test)]
    pub(super) const ALL: [Self; 11] = [
        Self::Clients,
        Self::Domains,
        Self::Logs,
        Self::MetadataPolicies,
        Self::Mfa,
        Self::Pool,
        Self::Providers,
        Self::ResourceServers,
        Self::Risk,
        Self::Secrets,
        Self::Sessions,
    ];

    /// Returns the operations that read the document. The IAM actions have the same names.
    pub(super) const fn operations(self) -> &'static [Operation] {
        match self {
            Self::Clients => &[
                Operation::ListUserPoolClients,
                Operation::DescribeUserPoolClient,
            ],
            Self::Domains => &[Operation::DescribeUserPoolDomain],
            Self::Logs => &[Operation::GetLogDeliveryConfiguration],
            Self::MetadataPolicies => &[Operation::ListCimdPolicies, Operation::DescribeCimdPolicy],
            Self::Mfa => &[Operation::GetUserPoolMfaConfig],
            Self::Pool => &[Operation::DescribeUserPool],
            Self::Providers => &[
                Operation::ListIdentityProviders,
                Operation::DescribeIdentityProvider,
            ],
            Self::ResourceServers => &[Operation::ListResourceServers],
            Self::Risk => &[Operation::DescribeRiskConfiguration],
            Self::Secrets => &[Operation::ListUserPoolClientSecrets],
            Self::Sessions => &[Operation::GetUserPoolSessionConfiguration],
        }
    }
}

/// The documents of one user pool. Checks read nothing else.
#[derive(Clone, Debug)]
pub(super) struct Documents {
    /// The time of the audit.
    pub(super) now: SystemTime,
    /// The documents by their kind. `Clients`, `Domains`, `MetadataPolicies`, `Providers`,
    /// `ResourceServers` and `Risk` are arrays, the others are objects.
    pub(super) read: BTreeMap<Document, Value>,
    /// The documents that could not be read completely, with the reason.
    pub(super) unread: BTreeMap<Document, Unread>,
}

/// The reason why a document could not be read.
#[derive(Clone, Debug)]
pub(super) struct Unread {
    /// The operation that failed.
    pub(super) operation: Operation,
    pub(super) reason: String,
}

impl Documents {
    /// Returns a document. Returns `null` if it was not read.
    pub(super) fn get(&self, document: Document) -> &Value {
        self.read.get(&document).unwrap_or(&Value::Null)
    }

    /// Returns the settings of the user pool, as AWS's `UserPoolType`.
    pub(super) fn pool(&self) -> &Value {
        self.get(Document::Pool)
    }
}

/// The kind of objects that a check examines. The check is called once for each object of this
/// kind, and can have one finding for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// The user pool.
    Pool,
    /// The app clients.
    Client,
    /// The identity providers.
    Provider,
    /// The domains of the pool.
    Domain,
    /// The resource servers.
    ResourceServer,
    /// The risk configurations of the pool and of its app clients.
    Risk,
    /// The policies for client id metadata documents.
    MetadataPolicy,
    /// A setting of the pool that Cognito's API never returns, or returns only if the setting is
    /// wrong.
    ///
    /// The check is called with the pool first, and returns what is wrong. If it returns `None`, it
    /// is called again with `null`. It then returns why the setting is unknown, or `None` if the
    /// pool does not use the setting.
    Outside,
}

impl Scope {
    /// Returns the document that has the objects of this scope. Returns `None` for a setting that
    /// Cognito's API does not return.
    pub(super) const fn document(self) -> Option<Document> {
        match self {
            Self::Pool => Some(Document::Pool),
            Self::Client => Some(Document::Clients),
            Self::Provider => Some(Document::Providers),
            Self::Domain => Some(Document::Domains),
            Self::ResourceServer => Some(Document::ResourceServers),
            Self::Risk => Some(Document::Risk),
            Self::MetadataPolicy => Some(Document::MetadataPolicies),
            Self::Outside => None,
        }
    }
}

/// An object that is checked, with the documents of its pool.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    /// The object, such as an app client.
    pub(super) item: &'a Value,
    pub(super) all: &'a Documents,
}

impl<'a> Subject<'a> {
    /// Returns the string in the member `name` of the object. Returns an empty string if the member
    /// is missing.
    pub(super) fn text(&self, name: &str) -> &'a str {
        self.item[name].as_str().unwrap_or_default()
    }

    /// Returns the strings in the list `name` of the object.
    pub(super) fn list(&self, name: &str) -> Vec<&'a str> {
        texts(&self.item[name])
    }

    /// Returns `true` if the list `name` of the object contains `value`.
    pub(super) fn has(&self, name: &str, value: &str) -> bool {
        self.list(name).contains(&value)
    }

    /// Returns `true` if the member `name` of the object is `true`.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.item[name].as_bool().unwrap_or_default()
    }
}

/// Returns the strings of a JSON array. Returns an empty list for another value.
pub(super) fn texts(value: &Value) -> Vec<&str> {
    let items = value.as_array().into_iter().flatten();
    items.filter_map(Value::as_str).collect()
}

/// The function of a check. It returns what is wrong with an object, or `None` if nothing is wrong.
/// It reads only the documents.
pub(super) type Find = fn(Subject<'_>) -> Option<String>;

/// A check of the audit. The reference page `audit-checks.md` has the same wording.
#[derive(Debug)]
pub(super) struct Check {
    /// The stable identifier. It is never reused for another check.
    pub(super) id: &'static str,
    pub(super) severity: Severity,
    pub(super) scope: Scope,
    /// The documents that the check reads, in addition to the document of its scope.
    pub(super) needs: &'static [Document],
    /// The title of the finding: the unsafe state that the check looks for.
    pub(super) title: &'static str,
    /// The reason why a finding of this check matters, in one sentence.
    pub(super) reason: &'static str,
    /// The recommended change: the name of the setting and its value. If Cognito's API does not
    /// return the setting, this is the command that shows it.
    pub(super) fix: &'static str,
    /// The page or standard that the check is based on.
    pub(super) source: &'static str,
    pub(super) find: Find,
}

impl Check {
    /// Returns the documents that the check reads.
    pub(super) fn documents(&self) -> impl Iterator<Item = Document> {
        let others = self.needs.iter().copied();
        self.scope.document().into_iter().chain(others)
    }
}
