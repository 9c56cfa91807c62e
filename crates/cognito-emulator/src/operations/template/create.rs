//! Creates the resources of a template with requests to the emulator ([`Creator`]).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::fault::Fault;
use super::functions::EVALUATED;
use super::scope::{Created, Scope, sorted};
use super::stack::{Report, Request, Stack};
use super::types::{ResourceType, Rule, TYPES};
use super::{mfa, order, outputs};
use crate::model::aws::{self, Api, scalar};
use crate::model::random::Random;
use crate::model::settings::Settings;
use crate::state::pools::{LOWER, Pools};

/// The beginning of the names of Cognito's resource types.
const PREFIX: &str = "AWS::Cognito::";

/// The maximum length of the names of pools, app clients and groups.
const MOST_NAME: usize = 128;

/// Creates the resources of one template.
pub(super) struct Creator<'a> {
    pools: &'a Pools,
    pub(super) scope: Scope<'a>,
    notes: Vec<String>,
    repeated: Vec<Request>,
    /// The ids of the user pools by logical id.
    pool_ids: BTreeMap<&'a str, String>,
    /// The ids of the app clients and of their pools, by logical id.
    client_ids: BTreeMap<&'a str, (String, String)>,
}

impl<'a> Creator<'a> {
    /// Creates a [`Creator`] for one template. `notes` contains the parser's notes about the
    /// template, for example about duplicate keys.
    pub(super) const fn new(pools: &'a Pools, scope: Scope<'a>, notes: Vec<String>) -> Self {
        Self {
            pools,
            scope,
            notes,
            repeated: Vec::new(),
            pool_ids: BTreeMap::new(),
            client_ids: BTreeMap::new(),
        }
    }

    /// Creates all resources of Cognito, and evaluates the outputs. Fails if the template is
    /// invalid, a request is rejected, or no user pool is created.
    pub(super) fn run(mut self) -> Result<Stack, Fault> {
        let Some(resources) = self.scope.section("Resources") else {
            return Err(Fault::new("use an object").within("Resources"));
        };
        let mut meant = BTreeSet::new();
        let mut skipped: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, resource) in sorted(resources) {
            let within = |fault: Fault| fault.within(name).within("Resources");
            let kind = resource["Type"].as_str().unwrap_or_default();
            if !kind.starts_with(PREFIX) {
                skipped.entry(kind).or_default().push(name);
            } else if self.scope.is_wanted(resource).map_err(within)? {
                meant.insert(name);
            } else {
                self.scope.absent.insert(name.to_owned());
            }
        }
        for name in order::sorted(resources, &meant)? {
            let created = self.create(name, &resources[name]);
            let created = created.map_err(|fault| fault.within(name).within("Resources"))?;
            self.scope.created.insert(name.to_owned(), created);
        }
        for (kind, names) in skipped {
            self.notes
                .push(format!("skipped {kind}: {}", names.join(", ")));
        }
        let outputs = outputs::evaluate(&self.scope, &mut self.notes)?;
        self.notes.extend(self.scope.take_condition_notes());
        if let Some(name) = self.scope.unused().next() {
            let reason =
                format!("the template does not use `{name}`, which was set with --parameter");
            return Err(Fault::new(reason).within("Parameters"));
        }
        let first = self.pool_ids.values().next();
        let first = first.and_then(|id| self.pools.get(id).ok());
        let missing = || Fault::new("add an AWS::Cognito::UserPool").within("Resources");
        let first = first.ok_or_else(missing)?;
        let mut clients = self.client_ids.values();
        let client = clients.find(|(_, pool)| *pool == first.settings.pool_id);
        Ok(Stack {
            first_client: client.map_or_else(String::new, |(id, _)| id.clone()),
            first,
            report: Report {
                name: self.scope.stack_name().to_owned(),
                outputs,
                notes: self.notes,
            },
            repeated: self.repeated,
        })
    }

    fn create(&mut self, name: &'a str, resource: &'a Value) -> Result<Created, Fault> {
        let kind = resource["Type"].as_str().unwrap_or_default();
        let kind = ResourceType::named(kind).ok_or_else(|| {
            let known: Vec<_> = TYPES
                .iter()
                .map(|kind| format!("`{}`", kind.name))
                .collect();
            let reason = format!("unknown type, use one of {}", known.join(", "));
            Fault::new(reason).within("Type")
        })?;
        let empty = Map::new();
        let properties = resource
            .get("Properties")
            .map_or(Ok(&empty), |properties| {
                let properties = properties.as_object();
                properties.ok_or_else(|| Fault::new("use an object").within("Properties"))
            })?;
        let requests = self.requests(name, kind, properties);
        let requests = requests.map_err(|fault| fault.within("Properties"))?;
        let mut answer = Value::Null;
        let mut fields = Map::new();
        for (place, mut request) in requests.into_iter().enumerate() {
            if place == 0 {
                fields.clone_from(&request.fields);
            } else {
                // The second request changes the pool that the first one has created.
                let id = answer["UserPool"]["Id"].clone();
                request.fields.insert("UserPoolId".to_owned(), id);
            }
            let result = request.send(self.pools);
            let result = result.map_err(|failure| Fault::rejected(failure).within("Properties"))?;
            if place == 0 {
                answer = result;
            }
            if kind.is_reset() {
                self.repeated.push(request);
            }
        }
        self.remember(name, kind, &answer);
        Ok(self.created(name, kind, &fields, &answer))
    }

    /// Evaluates the properties of a resource, and returns the requests that create it.
    fn requests(
        &mut self,
        name: &str,
        kind: &'static ResourceType,
        properties: &Map<String, Value>,
    ) -> Result<Vec<Request>, Fault> {
        let mut names = properties.keys();
        if let Some(unknown) = names.find(|name| kind.rule(name).is_none()) {
            let reason = aws::unknown_property(kind.properties());
            return Err(Fault::new(reason).within(unknown));
        }
        let Some(operation) = kind.operation else {
            let kind = kind.name;
            self.note(name, "", &format!("{kind} has no effect in the emulator"));
            return Ok(Vec::new());
        };
        let mut fields = Map::new();
        let mut second = mfa::Second::default();
        for (property, value) in sorted(properties) {
            let within = |fault: Fault| fault.within(property);
            let value = self.scope.evaluate(value).map_err(within)?;
            for missing in self.scope.take_placeholders() {
                self.note(name, property, &missing);
            }
            let Some(value) = value else { continue };
            let rule = kind.rule(property).unwrap_or(Rule::NoEffect);
            if let Rule::Missing | Rule::ReadOnly = rule {
                self.note(name, property, "the property has no effect in the emulator");
            }
            let member = member(rule, value, &mut second).map_err(within)?;
            let Some((member, value)) = member else {
                continue;
            };
            let value = aws::coerce(kind.api, operation, member, value);
            let value = value.map_err(|mismatch| within(mismatch.into()))?;
            fields.insert(member.to_owned(), value);
        }
        self.add_name(name, kind, &mut fields);
        self.note_functions(name, &fields);
        for property in second.complete(&mut fields) {
            self.note(
                name,
                property,
                "no effect, because EnabledMfas does not have EMAIL_OTP",
            );
        }
        let mut requests = vec![self.request(name, kind.api, operation, fields)];
        if let Some(fields) = second.into_fields() {
            requests.push(self.request(name, kind.api, mfa::OPERATION, fields));
        }
        Ok(requests)
    }

    fn request(
        &self,
        name: &str,
        api: Api,
        operation: &'static str,
        fields: Map<String, Value>,
    ) -> Request {
        Request {
            api,
            operation,
            fields,
            region: self.scope.region().to_owned(),
            seed: self.seed(name),
        }
    }

    /// Returns the seed from which the ids and secrets of a resource are generated.
    fn seed(&self, name: &str) -> u64 {
        u64::from_le_bytes(self.scope.stable_bytes(name))
    }

    /// Adds the name that CloudFormation creates for a resource without a name: the name of the
    /// stack, the logical id and random characters, which are the same at each start.
    fn add_name(&self, name: &str, kind: &ResourceType, fields: &mut Map<String, Value>) {
        let Some(Rule::Member(member)) = kind.rule(kind.generated_name) else {
            return;
        };
        let end = Random::new(Some(self.seed(name))).word(12, LOWER);
        let start = format!("{}-{name}", self.scope.stack_name());
        let start: String = start.chars().take(MOST_NAME - end.len() - 1).collect();
        let entry = fields.entry(member);
        entry.or_insert_with(|| json!(format!("{start}-{end}")));
    }

    fn note(&mut self, name: &str, property: &str, what: &str) {
        let property = match property {
            "" => String::new(),
            property => format!(".Properties.{property}"),
        };
        self.notes
            .push(format!("Resources.{name}{property}: {what}"));
    }

    /// Adds a note for each Lambda function in `LambdaConfig` that is not mapped to a URL.
    /// Security: a name that can contain a secret parameter (`NoEcho`) is not shown.
    fn note_functions(&mut self, name: &str, fields: &Map<String, Value>) {
        let Some(triggers) = fields.get("LambdaConfig").and_then(Value::as_object) else {
            return;
        };
        let no_pool = self.pools.no_pool();
        let functions = &no_pool.settings.triggers.functions;
        let arns = triggers.values().filter_map(|trigger| {
            let nested = trigger.get("LambdaArn");
            nested.unwrap_or(trigger).as_str()
        });
        let arns: BTreeSet<&str> = arns
            .filter(|arn| arn.contains(":function:") && functions.url(arn).is_none())
            .collect();
        for arn in arns {
            let function = if self.scope.has_secret(arn) {
                EVALUATED
            } else {
                arn.split(":function:").nth(1).unwrap_or(arn)
            };
            let what = format!(
                "the function {function} is not called, set its URL with --function {function}=URL"
            );
            self.note(name, "LambdaConfig", &what);
        }
    }

    fn remember(&mut self, name: &'a str, kind: &ResourceType, answer: &Value) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        match kind.operation {
            Some("CreateUserPool") => {
                self.pool_ids.insert(name, text(&answer["UserPool"]["Id"]));
            }
            Some("CreateUserPoolClient") => {
                let client = &answer["UserPoolClient"];
                let ids = (text(&client["ClientId"]), text(&client["UserPoolId"]));
                self.client_ids.insert(name, ids);
            }
            _ => {}
        }
    }

    /// Returns the values of `Ref` and `Fn::GetAtt` for a new resource, from the members of the
    /// request and the response.
    fn created(
        &self,
        name: &str,
        kind: &ResourceType,
        fields: &Map<String, Value>,
        answer: &Value,
    ) -> Created {
        let field = |name: &str| fields.get(name).and_then(scalar).unwrap_or_default();
        let (pool, client) = (&answer["UserPool"], &answer["UserPoolClient"]);
        let (branding, terms) = (&answer["ManagedLoginBranding"], &answer["Terms"]);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let settings = self.pools.get(&text(&pool["Id"]));
        let settings = settings.as_ref().ok().map(|pool| &pool.settings);
        let value = |attribute: &str| match (kind.operation.unwrap_or_default(), attribute) {
            ("CreateUserPool", "Arn") => text(&pool["Arn"]),
            ("CreateUserPool", "ProviderName") => settings.map(provider_name).unwrap_or_default(),
            ("CreateUserPool", "ProviderURL") => {
                settings.map(|it| it.issuer.clone()).unwrap_or_default()
            }
            ("CreateUserPool", _) => text(&pool["Id"]),
            ("CreateUserPoolClient", "ClientSecret") => text(&client["ClientSecret"]),
            ("CreateUserPoolClient", "Name") => text(&client["ClientName"]),
            ("CreateUserPoolClient", _) => text(&client["ClientId"]),
            ("CreateUserPoolDomain", "CloudFrontDistribution") => {
                self.distribution(&field("UserPoolId"), &field("Domain"))
            }
            ("CreateIdentityPool", "Name") => field("IdentityPoolName"),
            ("CreateIdentityPool", _) => text(&answer["IdentityPoolId"]),
            ("CreateManagedLoginBranding", _) => text(&branding["ManagedLoginBrandingId"]),
            ("CreateTerms", _) => text(&terms["TermsId"]),
            ("SetIdentityPoolRoles", _) => field("IdentityPoolId"),
            ("SetLogDeliveryConfiguration", _) => field("UserPoolId"),
            _ => String::new(),
        };
        let joined = |names: &[&str]| names.iter().map(|name| field(name)).collect::<Vec<_>>();
        let reference = match kind.operation.unwrap_or_default() {
            "CreateGroup" => field("GroupName"),
            "CreateIdentityProvider" => field("ProviderName"),
            "CreateResourceServer" => field("Identifier"),
            "CreateUserPoolDomain" => field("Domain"),
            "AdminCreateUser" => field("Username"),
            "AdminAddUserToGroup" => joined(&["UserPoolId", "GroupName", "Username"]).join("|"),
            "SetRiskConfiguration" | "SetUICustomization" => {
                joined(&["UserPoolId", "ClientId"]).join("|")
            }
            "CreateManagedLoginBranding" | "CreateTerms" => {
                format!("{}|{}", field("UserPoolId"), value(""))
            }
            "" => name.to_owned(),
            _ => value(""),
        };
        let attributes = kind.attributes.iter().map(|name| (*name, value(name)));
        let attributes = attributes.filter(|(_, value)| !value.is_empty());
        Created {
            reference,
            attributes: attributes.collect(),
        }
    }

    fn distribution(&self, pool: &str, domain: &str) -> String {
        let pool = self.pools.get(pool);
        let stored = pool
            .as_ref()
            .ok()
            .and_then(|pool| pool.settings.domains.get(domain));
        let found = stored.and_then(|stored| stored.get("CloudFrontDistribution"));
        found.and_then(scalar).unwrap_or_default()
    }
}

/// Returns the name and the value of the member that a property sets in the request that creates
/// the resource. If the property is a member of the second request (`SetUserPoolMfaConfig`), adds
/// it to `second` instead, and returns `None`. Also returns `None` if the property has no effect.
fn member(
    rule: Rule,
    value: Value,
    second: &mut mfa::Second,
) -> Result<Option<(&'static str, Value)>, Fault> {
    Ok(match rule {
        Rule::Member(member) => Some((member, value)),
        Rule::Tags(member) => Some((member, tags(&value)?)),
        Rule::ClientOrAll if value == "ALL" => None,
        Rule::ClientOrAll => Some(("ClientId", value)),
        Rule::Mfa(structure, member) => {
            second.set(structure, member, &value)?;
            None
        }
        Rule::EnabledMfas => {
            second.enable(&value)?;
            None
        }
        Rule::Missing | Rule::NoEffect | Rule::ReadOnly => None,
    })
}

/// Returns the name that a user pool has as an identity provider of an identity pool.
fn provider_name(settings: &Settings) -> String {
    let (region, id) = (&settings.region, &settings.pool_id);
    format!("cognito-idp.{region}.amazonaws.com/{id}")
}

/// Converts a list of tags with `Key` and `Value` to a map.
fn tags(value: &Value) -> Result<Value, Fault> {
    let tags = value.as_array().map_or(&[][..], Vec::as_slice);
    let pairs = tags.iter().map(|tag| {
        let text = |name: &str| tag.get(name).and_then(scalar);
        Some((text("Key")?, Value::from(text("Value")?)))
    });
    let pairs: Option<Map<String, Value>> = pairs.collect();
    let pairs = pairs.filter(|_| value.is_array());
    let pairs = pairs.ok_or_else(|| Fault::new("use a list of objects with Key and Value"))?;
    Ok(Value::Object(pairs))
}
