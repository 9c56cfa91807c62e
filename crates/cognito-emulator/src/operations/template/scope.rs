//! The values to which a template can refer ([`Scope`]), and the evaluation of its functions.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Map, Value, json};
use uuid::Builder;

use super::fault::Fault;
use super::foreign;
use super::parameters;
use crate::model::aws::scalar;
use crate::model::settings::DEFAULT_ACCOUNT;

/// The name of the pseudo parameter that sets the region.
pub(super) const REGION: &str = "AWS::Region";
/// The name of the pseudo parameter that sets the name of the stack.
pub(super) const STACK_NAME: &str = "AWS::StackName";
/// The name of the pseudo parameter that stands for no value. A property with this value is
/// removed.
const NO_VALUE: &str = "AWS::NoValue";

/// The maximum depth of the evaluation of a template. A value is one level deeper than the value
/// that contains it or refers to it.
const MOST_LEVELS: usize = 128;

/// The maximum number of bytes that the evaluation of one template may create. Nested functions
/// could otherwise create strings of any length from a short template.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// The number of bytes that each evaluated value adds to the total, which must not exceed
/// [`MOST_BYTES`]. If the value is a string, the length of the string is added too.
pub(super) const VALUE_BYTES: usize = 32;

/// A resource that was created: the value of `Ref`, and the values of `Fn::GetAtt`. Security: has
/// no `Debug`, because a value can be a client secret.
pub(super) struct Created {
    pub(super) reference: String,
    pub(super) attributes: BTreeMap<&'static str, String>,
}

/// Returns the members of an object, sorted by name. The order of a [`Map`] depends on a feature of
/// `serde_json`, which any crate of the program can turn on.
pub(super) fn sorted(object: &Map<String, Value>) -> BTreeMap<&str, &Value> {
    let members = object.iter();
    members
        .map(|(name, value)| (name.as_str(), value))
        .collect()
}

/// The values to which a template can refer.
pub(super) struct Scope<'a> {
    document: &'a Map<String, Value>,
    /// The values that the caller has set for names in the template, such as parameters. The key is
    /// the name.
    given: &'a BTreeMap<String, String>,
    /// The names of the values in `given` that the evaluation of the template has used.
    used: RefCell<BTreeSet<&'a str>>,
    /// The created resources, by logical id.
    pub(super) created: BTreeMap<String, Created>,
    /// The resources of Cognito that are not created, because their condition is false.
    pub(super) absent: BTreeSet<String>,
    /// The results of conditions, by name. The result is `None` while the condition is evaluated.
    /// This detects a condition that refers to itself.
    pub(super) conditions: RefCell<BTreeMap<String, Option<bool>>>,
    /// Notes for the caller. Each note names a condition whose evaluation used a placeholder, and
    /// the value that the emulator does not have.
    pub(super) condition_notes: RefCell<BTreeSet<String>>,
    /// The values of the parameters that the evaluation of the template has used.
    parameters: RefCell<BTreeMap<String, Value>>,
    /// Descriptions of values that the emulator does not have. A placeholder was used for each of
    /// them.
    pub(super) placeholders: RefCell<BTreeSet<String>>,
    level: Cell<usize>,
    bytes: Cell<usize>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(
        document: &'a Map<String, Value>,
        given: &'a BTreeMap<String, String>,
    ) -> Self {
        Self {
            document,
            given,
            used: RefCell::default(),
            created: BTreeMap::new(),
            absent: BTreeSet::new(),
            conditions: RefCell::default(),
            condition_notes: RefCell::default(),
            parameters: RefCell::default(),
            placeholders: RefCell::default(),
            level: Cell::new(0),
            bytes: Cell::new(0),
        }
    }

    /// Returns the names of the caller's values that the template neither uses nor declares as
    /// parameters.
    pub(super) fn unused(&self) -> impl Iterator<Item = &'a str> {
        let used = self.used.borrow().clone();
        let is_parameter = |name: &str| self.entry("Parameters", name).is_some();
        let names = self.given.keys().map(String::as_str);
        names.filter(move |name| !used.contains(name) && !is_parameter(name))
    }

    /// Removes and returns the descriptions of the values that the emulator does not have and for
    /// which it used placeholders.
    pub(super) fn take_placeholders(&self) -> BTreeSet<String> {
        self.placeholders.take()
    }

    /// Returns `true` if `text` contains the value of a secret parameter (`NoEcho`) that the
    /// template has used.
    pub(super) fn has_secret(&self, text: &str) -> bool {
        let parameters = self.parameters.borrow();
        let mut secrets = parameters.iter().filter(|(name, _)| {
            let parameter = self.entry("Parameters", name);
            parameter.is_some_and(parameters::is_secret)
        });
        let is_part = |value: &Value| {
            let value = value.as_str();
            value.is_some_and(|value| !value.is_empty() && text.contains(value))
        };
        secrets.any(|(_, value)| match value {
            Value::Array(items) => items.iter().any(is_part),
            value => is_part(value),
        })
    }

    /// Returns a section of the template, such as `Resources`. Returns `None` if the section is
    /// missing or is not an object.
    pub(super) fn section(&self, name: &str) -> Option<&'a Map<String, Value>> {
        self.document.get(name)?.as_object()
    }

    pub(super) fn entry(&self, section: &str, name: &str) -> Option<&'a Value> {
        self.section(section)?.get(name)
    }

    /// Returns the value that the caller has set for `name`, for example for a parameter. Marks the
    /// name as used. Returns `None` if the caller has set no such value.
    pub(super) fn given(&self, name: &str) -> Option<&'a str> {
        let (name, value) = self.given.get_key_value(name)?;
        self.used.borrow_mut().insert(name);
        Some(value)
    }

    pub(super) fn region(&self) -> &'a str {
        self.given(REGION).unwrap_or("us-east-1")
    }

    pub(super) fn stack_name(&self) -> &'a str {
        self.given(STACK_NAME).unwrap_or("template")
    }

    /// Returns bytes that depend only on a logical id and the name of the stack. `N` is at most 32.
    pub(super) fn stable_bytes<const N: usize>(&self, logical_id: &str) -> [u8; N] {
        let input = format!("{}/{logical_id}", self.stack_name());
        let digest = digest(&SHA256, input.as_bytes());
        let mut bytes = [0; N];
        for (byte, known) in bytes.iter_mut().zip(digest.as_ref()) {
            *byte = *known;
        }
        bytes
    }

    /// Returns a UUID that depends only on a logical id and the name of the stack.
    pub(super) fn stable_uuid(&self, logical_id: &str) -> String {
        let bytes = self.stable_bytes(logical_id);
        Builder::from_random_bytes(bytes).into_uuid().to_string()
    }

    /// Evaluates a value. Returns `None` for `AWS::NoValue`. Members and elements that are
    /// `AWS::NoValue` are removed.
    pub(super) fn evaluate(&self, value: &Value) -> Result<Option<Value>, Fault> {
        self.nested(|| self.evaluate_once(value))
    }

    /// Calls `evaluate`. During the call, the nesting level of values is one level deeper. Fails if
    /// there are too many levels, or if the template has evaluated too many values.
    pub(super) fn nested<T>(
        &self,
        evaluate: impl FnOnce() -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        if self.level.get() >= MOST_LEVELS {
            return Err(Fault::new(format!(
                "more than {MOST_LEVELS} values contain or refer to each other"
            )));
        }
        self.spend(VALUE_BYTES)?;
        self.level.set(self.level.get() + 1);
        let evaluated = evaluate();
        self.level.set(self.level.get() - 1);
        evaluated
    }

    fn evaluate_once(&self, value: &Value) -> Result<Option<Value>, Fault> {
        match value {
            Value::Null => Err(Fault::new("null is not allowed in templates")),
            Value::Object(object) => {
                let is_function = |name: &str| name == "Ref" || name.starts_with("Fn::");
                match object.iter().find(|(name, _)| is_function(name)) {
                    None => self.members(object),
                    Some((name, argument)) if object.len() == 1 => {
                        let result = self.call(name, argument);
                        result.map_err(|fault| fault.within(name))
                    }
                    Some((name, _)) => {
                        let reason = "an object with a function has no other members";
                        Err(Fault::new(reason).within(name))
                    }
                }
            }
            Value::Array(items) => self.items(items).map(|items| Some(Value::Array(items))),
            Value::String(text) => {
                // A mapping or a name can be evaluated any number of times.
                self.spend(text.len())?;
                self.check_dynamic(text);
                Ok(Some(value.clone()))
            }
            Value::Bool(_) | Value::Number(_) => Ok(Some(value.clone())),
        }
    }

    fn members(&self, object: &Map<String, Value>) -> Result<Option<Value>, Fault> {
        let mut members = Map::new();
        for (name, value) in object {
            let value = self.evaluate(value).map_err(|fault| fault.within(name))?;
            if let Some(value) = value {
                members.insert(name.clone(), value);
            }
        }
        Ok(Some(Value::Object(members)))
    }

    pub(super) fn items(&self, items: &[Value]) -> Result<Vec<Value>, Fault> {
        let mut list = Vec::new();
        for (place, item) in items.iter().enumerate() {
            let item = self.evaluate(item);
            list.extend(item.map_err(|fault| fault.within(format!("[{place}]")))?);
        }
        Ok(list)
    }

    /// Evaluates a value that must be a string, a number or a boolean, and returns it as a string.
    pub(super) fn text(&self, value: &Value) -> Result<String, Fault> {
        let value = self.evaluate(value)?;
        let text = value.as_ref().and_then(scalar);
        text.ok_or_else(|| Fault::new("use a string"))
    }

    /// Counts bytes that a function has created. Fails if there are too many.
    pub(super) fn spend(&self, bytes: usize) -> Result<(), Fault> {
        self.bytes.set(self.bytes.get().saturating_add(bytes));
        if self.bytes.get() > MOST_BYTES {
            return Err(Fault::new("the functions create more than 16 MB"));
        }
        Ok(())
    }

    /// If a string contains a dynamic reference, such as `{{resolve:ssm:/shop/url}}`, records that
    /// the emulator does not resolve it.
    pub(super) fn check_dynamic(&self, text: &str) {
        if text.contains("{{resolve:") {
            self.note("dynamic references ({{resolve:…}}) are not resolved");
        }
    }

    fn note(&self, missing: impl Into<String>) {
        self.placeholders.borrow_mut().insert(missing.into());
    }

    /// Returns the value of `Ref`: a pseudo parameter, a parameter or a resource. Returns `None`
    /// for `AWS::NoValue`.
    pub(super) fn reference(&self, name: &str) -> Result<Option<Value>, Fault> {
        let value = self.referenced(name)?;
        let bytes = match &value {
            Some(Value::String(text)) => {
                self.check_dynamic(text);
                text.len()
            }
            Some(Value::Array(items)) => {
                let texts = items.iter().filter_map(Value::as_str);
                texts.for_each(|text| self.check_dynamic(text));
                let lengths = items.iter().map(|item| item.as_str().map_or(0, str::len));
                lengths.map(|length| length + VALUE_BYTES).sum()
            }
            _ => 0,
        };
        self.spend(bytes)?;
        Ok(value)
    }

    fn referenced(&self, name: &str) -> Result<Option<Value>, Fault> {
        let text = |text: &str| Ok(Some(Value::from(text)));
        match name {
            NO_VALUE => return Ok(None),
            REGION => return text(self.region()),
            STACK_NAME => return text(self.stack_name()),
            "AWS::AccountId" => return text(DEFAULT_ACCOUNT),
            "AWS::NotificationARNs" => return Ok(Some(json!([]))),
            "AWS::Partition" => return text("aws"),
            "AWS::StackId" => {
                let (region, stack) = (self.region(), self.stack_name());
                let id = self.stable_uuid("");
                let arn =
                    format!("arn:aws:cloudformation:{region}:{DEFAULT_ACCOUNT}:stack/{stack}/{id}");
                return Ok(Some(Value::from(arn)));
            }
            "AWS::URLSuffix" => return text("amazonaws.com"),
            _ => {}
        }
        if let Some(parameter) = self.entry("Parameters", name) {
            if parameters::is_stored(parameter) && self.given(name).is_none() {
                self.note(format!(
                    "the parameter `{name}` has the name of an SSM parameter"
                ));
            }
            let known = self.parameters.borrow().get(name).cloned();
            if let Some(value) = known {
                return Ok(Some(value));
            }
            let value = parameters::value(parameter, self.given(name));
            let value = value.map_err(|fault| fault.of_entry("Parameters", name))?;
            let mut parameters = self.parameters.borrow_mut();
            parameters.insert(name.to_owned(), value.clone());
            return Ok(Some(value));
        }
        let found = self.resource(name, |created| Ok(created.reference.clone()), None)?;
        Ok(Some(Value::from(found)))
    }

    /// Returns the value of `Fn::GetAtt` for an attribute of the resource with the logical id
    /// `name`. Errors and notes contain the string `shown` instead of `attribute`.
    pub(super) fn attribute(
        &self,
        name: &str,
        attribute: &str,
        shown: &str,
    ) -> Result<Value, Fault> {
        let read = |created: &Created| {
            let known = &created.attributes;
            known.get(attribute).cloned().ok_or_else(|| {
                let known: Vec<_> = known.keys().map(|name| format!("`{name}`")).collect();
                let known = match known.as_slice() {
                    [] => "it has none".to_owned(),
                    known => format!("use one of {}", known.join(", ")),
                };
                Fault::new(format!("`{name}` has no attribute `{shown}`, {known}"))
            })
        };
        let found = self.resource(name, read, Some((attribute, shown)))?;
        self.spend(found.len())?;
        Ok(Value::from(found))
    }

    fn resource(
        &self,
        name: &str,
        read: impl FnOnce(&Created) -> Result<String, Fault>,
        attribute: Option<(&str, &str)>,
    ) -> Result<String, Fault> {
        let shown = attribute.map(|(_, shown)| shown);
        let attribute = attribute.map(|(attribute, _)| attribute);
        if let Some(created) = self.created.get(name) {
            return read(created);
        }
        if self.absent.contains(name) {
            let reason = format!("the condition of the resource `{name}` is false");
            return Err(Fault::new(reason));
        }
        let Some(resource) = self.entry("Resources", name) else {
            let reason = format!("there is no parameter or resource `{name}`");
            return Err(Fault::new(reason));
        };
        let given = match attribute {
            None => self.given(name),
            Some(attribute) => self.given(&format!("{name}.{attribute}")),
        };
        if let Some(given) = given {
            return Ok(given.to_owned());
        }
        if let Some(value) = foreign::value(self, (name, resource), attribute)? {
            return Ok(value);
        }
        let kind = resource["Type"].as_str().unwrap_or_default();
        let path = shown.map_or_else(|| name.to_owned(), |it| format!("{name}.{it}"));
        self.note(format!(
            "the emulator has no `{path}` ({kind}), set it with --parameter {path}=VALUE"
        ));
        Ok(foreign::placeholder(name, kind, attribute, self.region()))
    }
}
