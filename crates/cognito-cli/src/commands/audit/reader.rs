//! Reads the settings of a pool that the audit checks, as [`Document`]s.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use cognito::clock::{Clock, SystemClock};
use cognito::{Error, ErrorKind, Operation};
use serde_json::{Map, Value, json};

use crate::commands::audit::check::{Document, Documents, Unread};
use crate::context::Context;
use crate::document;
use crate::failure::{Exit, Failure, Outcome};

/// The maximum number of pages of one list. A list of Cognito is shorter.
const PAGES: usize = 10_000;

/// A reader of the documents of one pool.
pub(super) struct Reader<'a> {
    context: &'a Context,
    documents: Documents,
}

impl<'a> Reader<'a> {
    pub(super) fn new(context: &'a Context) -> Self {
        let documents = Documents {
            now: SystemClock::new().now(),
            read: BTreeMap::new(),
            unread: BTreeMap::new(),
        };
        Self { context, documents }
    }

    /// Reads all documents. A document that Cognito does not return is left out, with the reason.
    ///
    /// # Errors
    ///
    /// Fails if the pool does not exist, if there are no credentials, if AWS throttles the requests
    /// or is unavailable, or if no document can be read.
    pub(super) async fn read(mut self) -> Outcome<Documents> {
        self.single(Document::Pool, "UserPool").await?;
        self.single(Document::Mfa, "").await?;
        self.single(Document::Logs, "LogDeliveryConfiguration")
            .await?;
        self.single(Document::Sessions, "").await?;
        self.clients().await?;
        self.risks().await?;
        self.described(&PROVIDERS).await?;
        self.described(&METADATA_POLICIES).await?;
        self.resource_servers().await?;
        self.domains().await?;
        let pool = self.documents.unread.get(&Document::Pool);
        let is_blind = self.documents.read.values().all(is_empty);
        match pool.filter(|_| is_blind) {
            None => Ok(self.documents),
            Some(Unread { operation, reason }) => Err(Failure::new(
                Exit::Permission,
                format!(
                    "no setting can be read: {reason}; the command needs the IAM action \
                     cognito-idp:{}",
                    operation.name()
                ),
            )),
        }
    }

    /// Sends an operation. Returns `None` if Cognito rejects it, and stores the reason.
    async fn send(
        &mut self,
        wanted: Document,
        operation: Operation,
        members: Value,
    ) -> Outcome<Option<Value>> {
        let is_of_object = names_object(&members);
        match document::send(self.context, operation, members).await? {
            Ok(response) => Ok(Some(response)),
            Err(error) if is_absent(operation, is_of_object, &error) => Ok(None),
            Err(error) if ends_audit(operation, &error) => Err(error.into()),
            Err(error) => {
                let reason = match error.code() {
                    Some(code) => code.to_owned(),
                    None => error.kind().name().to_owned(),
                };
                self.unread(wanted, operation, reason);
                Ok(None)
            }
        }
    }

    /// Stores why a document could not be read. The first reason is kept.
    fn unread(&mut self, document: Document, operation: Operation, reason: String) {
        let unread = Unread { operation, reason };
        self.documents.unread.entry(document).or_insert(unread);
    }

    /// Takes the object `member` out of a response. If it is missing or empty, the document counts as
    /// unread.
    fn object(
        &mut self,
        document: Document,
        operation: Operation,
        (response, member): (Value, &str),
    ) -> Option<Value> {
        let found = taken(response, member);
        if found.is_none() {
            let what = if member.is_empty() { "members" } else { member };
            self.unread(document, operation, format!("the response has no {what}"));
        }
        found
    }

    /// Reads a document with one operation. `member` is the member of the response that contains
    /// the document. If `member` is empty, the whole response is the document.
    async fn single(&mut self, document: Document, member: &str) -> Outcome<()> {
        let operation = document.operations()[0];
        let response = self.send(document, operation, json!({})).await?;
        let found =
            response.and_then(|response| self.object(document, operation, (response, member)));
        if let Some(found) = found {
            self.documents.read.insert(document, found);
        }
        Ok(())
    }

    /// Reads all pages of a list.
    async fn list(
        &mut self,
        document: Document,
        operation: Operation,
        (member, members): (&str, Value),
    ) -> Outcome<Vec<Value>> {
        let mut items = Vec::new();
        let mut members = members;
        for _ in 0..PAGES {
            let response = self.send(document, operation, members.clone()).await?;
            let Some(mut response) = response else {
                return Ok(items);
            };
            let Value::Array(page) = response[member].take() else {
                self.unread(document, operation, format!("the response has no {member}"));
                return Ok(items);
            };
            items.extend(page);
            match response["NextToken"].take() {
                token @ Value::String(_) => members["NextToken"] = token,
                _ => return Ok(items),
            }
        }
        self.unread(document, operation, "the list has no end".to_owned());
        Ok(items)
    }

    /// Reads the app clients and the times of their secrets. A client that was deleted since the
    /// list was read is left out.
    async fn clients(&mut self) -> Outcome<()> {
        let page = ("UserPoolClients", json!({ "MaxResults": 60 }));
        let list = self
            .list(Document::Clients, Operation::ListUserPoolClients, page)
            .await?;
        let mut clients = Vec::new();
        let mut secrets = Map::new();
        for summary in list {
            let Some(id) = summary["ClientId"].as_str().map(str::to_owned) else {
                let reason = "an app client has no ClientId".to_owned();
                self.unread(Document::Clients, Operation::ListUserPoolClients, reason);
                continue;
            };
            let members = json!({ "ClientId": id });
            let operation = Operation::DescribeUserPoolClient;
            let response = self.send(Document::Clients, operation, members).await?;
            let client = response.and_then(|response| {
                self.object(Document::Clients, operation, (response, "UserPoolClient"))
            });
            let Some(mut client) = client else {
                continue;
            };
            hide_secret(&mut client);
            if has_own_secret(&client) {
                let page = ("ClientSecrets", json!({ "ClientId": id }));
                let operation = Operation::ListUserPoolClientSecrets;
                let found = self.list(Document::Secrets, operation, page).await?;
                let found = found.into_iter().map(
                    |secret| json!({ "ClientSecretCreateDate": secret["ClientSecretCreateDate"] }),
                );
                secrets.insert(id, found.collect());
            }
            clients.push(client);
        }
        let read = &mut self.documents.read;
        read.insert(Document::Clients, Value::Array(clients));
        read.insert(Document::Secrets, Value::Object(secrets));
        Ok(())
    }

    /// Reads the risk configuration of the pool, and those of its app clients. If threat protection
    /// is off, there are none.
    async fn risks(&mut self) -> Outcome<()> {
        let mode = &self.documents.pool()["UserPoolAddOns"]["AdvancedSecurityMode"];
        let is_known = !self.documents.unread.contains_key(&Document::Pool);
        if is_known && !matches!(mode.as_str(), Some("AUDIT" | "ENFORCED")) {
            self.documents.read.insert(Document::Risk, json!([]));
            return Ok(());
        }
        // The risk configurations of unknown clients are unknown, too.
        if let Some(unread) = self.documents.unread.get(&Document::Clients).cloned() {
            self.documents.unread.insert(Document::Risk, unread);
        }
        let clients = self.documents.get(Document::Clients).as_array();
        let clients = clients.into_iter().flatten();
        let ids = clients.filter_map(|client| client["ClientId"].as_str());
        let ids: Vec<String> = ids.map(str::to_owned).collect();
        let operation = Operation::DescribeRiskConfiguration;
        let mut risks = Vec::new();
        for id in std::iter::once(None).chain(ids.into_iter().map(Some)) {
            let members = match &id {
                None => json!({}),
                Some(id) => json!({ "ClientId": id }),
            };
            let response = self.send(Document::Risk, operation, members).await?;
            let risk = response.and_then(|response| {
                self.object(Document::Risk, operation, (response, "RiskConfiguration"))
            });
            risks.extend(risk.filter(|risk| is_own_risk(risk, id.as_deref())));
        }
        self.documents.read.insert(Document::Risk, risks.into());
        Ok(())
    }

    /// Reads a list, and the settings of each object in it.
    async fn described(&mut self, kind: &Described) -> Outcome<()> {
        let [list, describe] = kind.operations;
        let page = (kind.list, json!({ "MaxResults": 60 }));
        let summaries = self.list(kind.document, list, page).await?;
        let mut items = Vec::new();
        for summary in summaries {
            let mut members = Map::new();
            members.insert(kind.key.to_owned(), summary[kind.key].clone());
            let members = Value::Object(members);
            let response = self.send(kind.document, describe, members).await?;
            let item = response
                .and_then(|response| self.object(kind.document, describe, (response, kind.item)));
            if let Some(mut item) = item {
                hide_details(&mut item);
                items.push(item);
            }
        }
        self.documents.read.insert(kind.document, items.into());
        Ok(())
    }

    async fn resource_servers(&mut self) -> Outcome<()> {
        let page = ("ResourceServers", json!({ "MaxResults": 50 }));
        let document = Document::ResourceServers;
        let list = self
            .list(document, Operation::ListResourceServers, page)
            .await?;
        self.documents.read.insert(document, list.into());
        Ok(())
    }

    /// Reads the domains of the pool. Their names are in the document [`Document::Pool`].
    async fn domains(&mut self) -> Outcome<()> {
        let document = Document::Domains;
        if let Some(unread) = self.documents.unread.get(&Document::Pool).cloned() {
            self.documents.unread.insert(document, unread);
            return Ok(());
        }
        let pool = self.documents.pool();
        let names = ["Domain", "CustomDomain"].map(|name| pool[name].clone());
        let mut domains = Vec::new();
        for name in names.into_iter().filter(Value::is_string) {
            let operation = Operation::DescribeUserPoolDomain;
            let members = json!({ "Domain": name });
            let response = self.send(document, operation, members).await?;
            let domain = response.and_then(|response| {
                self.object(document, operation, (response, "DomainDescription"))
            });
            domains.extend(domain);
        }
        domains.retain(|domain| domain["Domain"].is_string());
        self.documents.read.insert(document, domains.into());
        Ok(())
    }
}

/// A kind of objects that is read with two operations: the first of `operations` lists the objects,
/// and the second reads the settings of one object.
struct Described {
    document: Document,
    operations: [Operation; 2],
    /// The member with the list, in the response of the first operation.
    list: &'static str,
    /// The member with the id of an object. It has the same name in the list and in the request of
    /// the second operation.
    key: &'static str,
    /// The member with the settings of the object, in the response of the second operation.
    item: &'static str,
}

const PROVIDERS: Described = Described {
    document: Document::Providers,
    operations: [
        Operation::ListIdentityProviders,
        Operation::DescribeIdentityProvider,
    ],
    list: "Providers",
    key: "ProviderName",
    item: "IdentityProvider",
};

const METADATA_POLICIES: Described = Described {
    document: Document::MetadataPolicies,
    operations: [Operation::ListCimdPolicies, Operation::DescribeCimdPolicy],
    list: "CIMDPolicies",
    key: "CIMDPolicyId",
    item: "CIMDPolicy",
};

/// Takes the object `member` out of a response. If `member` is empty, returns the response. Returns
/// `None` if the object is missing or empty.
fn taken(mut response: Value, member: &str) -> Option<Value> {
    let found = match member {
        "" => response,
        member => response[member].take(),
    };
    let is_present = found.as_object().is_some_and(|members| !members.is_empty());
    is_present.then_some(found)
}

/// Returns `true` if the response for a client contains a risk configuration of the client itself.
/// If `client` is `None`, the response is for the pool, and any configuration is accepted.
///
/// A client without its own configuration uses the configuration of the pool. It is unknown what
/// AWS returns for such a client: an empty configuration, or the configuration of the pool.
fn is_own_risk(risk: &Value, client: Option<&str>) -> bool {
    let parts = [
        "AccountTakeoverRiskConfiguration",
        "CompromisedCredentialsRiskConfiguration",
        "RiskExceptionConfiguration",
    ];
    match client {
        None => risk.is_object(),
        Some(id) => risk["ClientId"] == id && parts.iter().any(|part| risk[*part].is_object()),
    }
}

/// Security: replaces the secret of a client. Checks need to know only whether there is one.
fn hide_secret(client: &mut Value) {
    if let Some(secret) = client.get_mut("ClientSecret") {
        *secret = Value::from("hidden");
    }
}

/// Removes the secrets of an identity provider.
fn hide_details(item: &mut Value) {
    let details = item.get_mut("ProviderDetails");
    if let Some(details) = details.and_then(Value::as_object_mut) {
        details.retain(|name, _| !name.contains("secret") && !name.contains("key"));
    }
}

/// Returns `true` if the client has a secret whose age the audit checks. Secrets Manager rotates
/// the secrets that it stores, and Cognito has no operations for the secrets of a client that was
/// registered dynamically.
fn has_own_secret(client: &Value) -> bool {
    client["ClientSecret"].is_string()
        && !client["ClientSecretArn"].is_string()
        && client["ClientType"] != "DCR"
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

/// Returns `true` if the error means that the object does not exist: it was deleted since the list
/// was read, or threat protection was turned off.
fn is_absent(operation: Operation, is_of_object: bool, error: &Error) -> bool {
    match error.code() {
        Some("UserPoolAddOnNotEnabledException") => {
            operation == Operation::DescribeRiskConfiguration
        }
        // A region without the operation has no policies.
        Some("UnknownOperationException") => operation == Operation::ListCimdPolicies,
        _ => error.kind() == ErrorKind::NotFound && is_of_object,
    }
}

/// Returns `true` if a request names an object of the pool, such as an app client. If AWS does not
/// find the resource of such a request, the object may be missing. For any other request, the pool
/// is missing.
fn names_object(members: &Value) -> bool {
    let names = ["CIMDPolicyId", "ClientId", "Domain", "ProviderName"];
    names.iter().any(|name| members[*name].is_string())
}

/// Returns `true` if the audit fails with this error: the pool does not exist, there are no valid
/// credentials, or AWS is unavailable or throttles the requests. After another error, the audit
/// continues without this document.
fn ends_audit(operation: Operation, error: &Error) -> bool {
    let is_missing_pool =
        operation == Operation::DescribeUserPool && error.kind() == ErrorKind::NotFound;
    let is_temporary = matches!(
        error.kind(),
        ErrorKind::Credentials
            | ErrorKind::Network
            | ErrorKind::ReplyLost
            | ErrorKind::Throttled
            | ErrorKind::Timeout
            | ErrorKind::Upstream
    );
    is_missing_pool || is_temporary
}
