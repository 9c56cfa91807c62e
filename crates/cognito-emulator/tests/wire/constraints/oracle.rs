//! The response that AWS's model requires for a request. This module shares no code with the
//! emulator.

use std::cell::RefCell;
use std::collections::HashMap;

use regex::Regex;
use serde_json::{Map, Value};

/// A deliberate difference between the emulator and the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exception {
    ClientIdShown,
    CustomDomain,
    PasswordWithSpaces,
    TokenRequired,
    TriggerUrl,
    ValueCut,
}

/// The expected response to a request.
pub(crate) enum Expected {
    Valid,
    /// The message that lists the violated constraints.
    Faults(String),
    /// A JSON value has another type than the model's.
    WrongType,
}

/// The structures whose ARNs can be replaced by URLs ([`Exception::TriggerUrl`]).
const TRIGGERS: [&str; 5] = [
    "CustomEmailLambdaVersionConfigType",
    "CustomSMSLambdaVersionConfigType",
    "InboundFederationLambdaType",
    "LambdaConfigType",
    "PreTokenGenerationVersionConfigType",
];

/// The maximum length of a value in a message ([`Exception::ValueCut`]).
const LONGEST: usize = 4096;

/// AWS's service model.
pub(crate) struct Oracle {
    model: Value,
    patterns: RefCell<HashMap<String, Regex>>,
    /// Strings that were found for a pattern and a length.
    pub(crate) texts: RefCell<HashMap<(String, i64), String>>,
}

impl Oracle {
    pub(crate) fn read() -> Self {
        let table = include_str!("../../../data/cognito-idp.json");
        Self {
            model: serde_json::from_str(table).expect("a table"),
            patterns: RefCell::default(),
            texts: RefCell::default(),
        }
    }

    pub(crate) fn operations(&self) -> &Map<String, Value> {
        self.model["operations"].as_object().expect("operations")
    }

    pub(crate) fn shape(&self, name: &str) -> &Value {
        &self.model["shapes"][name]
    }

    /// Returns the response that the service model requires for a request. Applies `exceptions`,
    /// the differences between the emulator and the model.
    pub(crate) fn expected_response(
        &self,
        operation: &Value,
        request: &Value,
        exceptions: &[Exception],
    ) -> Expected {
        let mut check = Check {
            oracle: self,
            exceptions,
            faults: Vec::new(),
        };
        let input = operation["input"].as_str().unwrap_or_default();
        if check.structure(input, request, "").is_none() {
            return Expected::WrongType;
        }
        let takes_token = self.shape(input)["members"].get("AccessToken").is_some();
        let has_token = request["AccessToken"].is_string();
        let mut faults = check.faults;
        if faults.is_empty()
            && exceptions.contains(&Exception::TokenRequired)
            && takes_token
            && !has_token
        {
            let missing = "Value at 'accessToken' failed to satisfy constraint: Member must not be \
                           null";
            faults.push(missing.to_owned());
        }
        let plural = match faults.len() {
            0 => return Expected::Valid,
            1 => "error",
            _ => "errors",
        };
        let count = faults.len();
        let faults = faults.join("; ");
        Expected::Faults(format!("{count} validation {plural} detected: {faults}"))
    }

    /// Returns `true` if the whole string matches a pattern, in which `\w`, `\s` and `\b` are
    /// ASCII only.
    pub(crate) fn matches(&self, pattern: &str, text: &str) -> bool {
        let mut patterns = self.patterns.borrow_mut();
        let regex = patterns.entry(pattern.to_owned()).or_insert_with(|| {
            let ascii = pattern.replace(r"\w", "0-9A-Za-z_");
            let ascii = ascii.replace(r"\s", r" \t\n\x0B\f\r");
            let ascii = ascii.replace(r"[\S]", r"[^ \t\n\x0B\f\r]");
            let ascii = ascii.replace(r"\b", r"(?-u:\b)");
            Regex::new(&format!(r"\A(?:{ascii})\z")).expect(pattern)
        });
        regex.is_match(text)
    }
}

/// The check of one request against the service model. The methods return `None` if a value does
/// not have the type that the model requires.
struct Check<'a> {
    oracle: &'a Oracle,
    exceptions: &'a [Exception],
    faults: Vec<String>,
}

impl Check<'_> {
    fn has(&self, exception: Exception) -> bool {
        self.exceptions.contains(&exception)
    }

    fn structure(&mut self, name: &str, value: &Value, path: &str) -> Option<()> {
        let oracle = self.oracle;
        let fields = value.as_object()?;
        let shape = oracle.shape(name);
        let members = shape["members"].as_object()?;
        let mut names: Vec<&String> = members.keys().collect();
        names.sort();
        for member in names {
            let target = members[member].as_str()?;
            let path = join(path, member);
            match fields.get(member).filter(|value| !value.is_null()) {
                Some(Value::String(url))
                    if target == "ArnType"
                        && url.starts_with("http://")
                        && TRIGGERS.contains(&name)
                        && self.has(Exception::TriggerUrl) => {}
                Some(value) => self.value(target, value, &path)?,
                None => {
                    let required = shape["required"].as_array();
                    if required.is_some_and(|names| names.iter().any(|name| name == member)) {
                        let shown = (!self.is_hidden(target)).then_some(" null");
                        self.fault(shown.unwrap_or_default(), &path, "Member must not be null");
                    }
                }
            }
        }
        Some(())
    }

    fn value(&mut self, name: &str, value: &Value, path: &str) -> Option<()> {
        let oracle = self.oracle;
        let shape = oracle.shape(name);
        if shape["document"] == true {
            return Some(());
        }
        match shape["type"].as_str()? {
            "structure" => self.structure(name, value, path),
            "list" => {
                let (items, part) = (value.as_array()?, shape["member"].as_str()?);
                let shown = self.shown(&[name, part], value);
                self.bounds(shape, "length", length(items.len()), &shown, path);
                if is_simple(oracle.shape(part)) {
                    let items: Vec<&Value> = items.iter().collect();
                    return self.parts(part, &items, &shown, path, "Member");
                }
                let paths = (1..).map(|place: usize| format!("{path}.{place}.member"));
                let mut items = items.iter().zip(paths);
                items.try_for_each(|(item, path)| self.value(part, item, &path))
            }
            "map" => {
                let (entries, part) = (value.as_object()?, shape["value"].as_str()?);
                let keys = shape["key"].as_str()?;
                let shown = self.shown(&[name, keys, part], value);
                self.bounds(shape, "length", length(entries.len()), &shown, path);
                let names: Vec<Value> = entries.keys().map(|key| key.as_str().into()).collect();
                let names: Vec<&Value> = names.iter().collect();
                self.parts(keys, &names, &shown, path, "Map keys")?;
                if is_simple(oracle.shape(part)) {
                    let values: Vec<&Value> = entries.values().collect();
                    return self.parts(part, &values, &shown, path, "Map value");
                }
                let mut entries = entries.iter();
                entries.try_for_each(|(key, value)| {
                    self.value(part, value, &format!("{path}.{key}.value"))
                })
            }
            _ => {
                let shown = self.shown(&[name], value);
                for (is_met, constraint) in self.constraints(name, value)? {
                    if !is_met {
                        self.fault(&shown, path, &constraint);
                    }
                }
                Some(())
            }
        }
    }

    /// Checks the elements of a list or map that are not lists, maps or structures. Invalid
    /// elements cause one violation, which names all their constraints.
    fn parts(
        &mut self,
        part: &str,
        values: &[&Value],
        shown: &str,
        path: &str,
        what: &str,
    ) -> Option<()> {
        let mut is_broken = false;
        for value in values {
            is_broken |= self
                .constraints(part, value)?
                .iter()
                .any(|(is_met, _)| !is_met);
        }
        if is_broken {
            let all = self.constraints(part, &Value::from(""))?;
            let all: Vec<_> = all.into_iter().map(|(_, constraint)| constraint).collect();
            let constraint = format!("{what} must satisfy constraint: [{}]", all.join(", "));
            self.fault(shown, path, &constraint);
        }
        Some(())
    }

    fn bounds(&mut self, shape: &Value, what: &str, number: i64, shown: &str, path: &str) {
        for (is_met, constraint) in bounds(shape, what, number) {
            if !is_met {
                self.fault(shown, path, &constraint);
            }
        }
    }

    /// Returns the constraints of a simple value. Each one is paired with `true` if it is met.
    fn constraints(&self, name: &str, value: &Value) -> Option<Vec<(bool, String)>> {
        let shape = self.oracle.shape(name);
        match shape["type"].as_str()? {
            "string" => {
                let text = value.as_str()?;
                let mut found = bounds(shape, "length", length(text.chars().count()));
                if let Some(pattern) = self.pattern(name, shape) {
                    let constraint =
                        format!("Member must satisfy regular expression pattern: {pattern}");
                    found.push((self.oracle.matches(pattern, text), constraint));
                }
                if let Some(values) = shape["enum"].as_array() {
                    let names: Vec<_> = values.iter().filter_map(Value::as_str).collect();
                    let set = names.join(", ");
                    let constraint = format!("Member must satisfy enum value set: [{set}]");
                    found.push((names.contains(&text), constraint));
                }
                Some(found)
            }
            "integer" | "long" => Some(bounds(shape, "value", value.as_i64()?)),
            "boolean" => value.as_bool().map(|_| Vec::new()),
            "timestamp" => value.as_i64().map(|_| Vec::new()),
            _ => value.as_str().map(|_| Vec::new()),
        }
    }

    fn pattern<'s>(&self, name: &str, shape: &'s Value) -> Option<&'s str> {
        match name {
            "DomainType" if self.has(Exception::CustomDomain) => {
                Some(r"^[a-z0-9](?:[a-z0-9\-\.]{0,61}[a-z0-9])?$")
            }
            "PasswordType" if self.has(Exception::PasswordWithSpaces) => Some(r"^[\S]+.*[\S]+$"),
            _ => shape["pattern"].as_str(),
        }
    }

    fn is_hidden(&self, name: &str) -> bool {
        let is_sensitive = self.oracle.shape(name)["sensitive"] == true;
        is_sensitive && !(name == "ClientIdType" && self.has(Exception::ClientIdShown))
    }

    /// Returns the value as messages show it. Returns an empty string if one of the shapes is
    /// sensitive.
    fn shown(&self, shapes: &[&str], value: &Value) -> String {
        if shapes.iter().any(|name| self.is_hidden(name)) {
            return String::new();
        }
        let inner = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Array(_) | Value::Object(_) => None,
            other => Some(other.to_string()),
        };
        let text = match value {
            Value::Array(items) => {
                let items: Option<Vec<_>> = items.iter().map(inner).collect();
                items.map(|items| format!("[{}]", items.join(", ")))
            }
            Value::Object(entries) => {
                let entries = entries
                    .iter()
                    .map(|(name, value)| Some(format!("{name}={}", inner(value)?)));
                let entries: Option<Vec<_>> = entries.collect();
                entries.map(|entries| format!("{{{}}}", entries.join(", ")))
            }
            other => inner(other),
        };
        let cut = |text: String| {
            if self.has(Exception::ValueCut) && text.chars().count() > LONGEST {
                let start: String = text.chars().take(LONGEST).collect();
                format!("{start}...")
            } else {
                text
            }
        };
        text.map_or_else(String::new, |text| format!(" '{}'", cut(text)))
    }

    fn fault(&mut self, shown: &str, path: &str, constraint: &str) {
        self.faults.push(format!(
            "Value{shown} at '{path}' failed to satisfy constraint: {constraint}"
        ));
    }
}

/// Returns the upper and the lower bound of a shape. Each one is paired with `true` if the number
/// meets it.
fn bounds(shape: &Value, what: &str, number: i64) -> Vec<(bool, String)> {
    let max = shape["max"].as_i64().map(|max| {
        let constraint = format!("Member must have {what} less than or equal to {max}");
        (number <= max, constraint)
    });
    let min = shape["min"].as_i64().map(|min| {
        let constraint = format!("Member must have {what} greater than or equal to {min}");
        (number >= min, constraint)
    });
    max.into_iter().chain(min).collect()
}

fn length(count: usize) -> i64 {
    i64::try_from(count).expect("a length")
}

fn is_simple(shape: &Value) -> bool {
    !["list", "map", "structure"]
        .iter()
        .any(|kind| shape["type"] == **kind)
}

/// Returns the path of a member as in error messages.
fn join(path: &str, member: &str) -> String {
    let (first, rest) = member.split_at(1);
    let name = format!("{}{rest}", first.to_lowercase());
    if path.is_empty() {
        name
    } else {
        format!("{path}.{name}")
    }
}
