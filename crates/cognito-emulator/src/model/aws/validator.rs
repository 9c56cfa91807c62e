//! Validates requests against the service model, with AWS's error messages.
//!
//! There are two kinds of errors:
//!
//! - If a JSON value has the wrong type, the error is a `SerializationException` about this value.
//! - Otherwise, the error is an `InvalidParameterException` that lists all violated constraints, in
//!   the order of the members' names. Other services than Cognito user pools have another name for
//!   this error.

use std::borrow::Borrow;

use serde_json::{Map, Value};

use super::api::Api;
use super::constraint::{constraints, lengths};
use super::shape::{Kind, Model, Shape};
use super::shown::{lower_camel, shown};
use super::table::{MODEL, model};
use crate::model::failure::Failure;

/// Validates the members of a request to user pools. If the service model does not have the
/// operation, accepts every request. Members that the model does not have are ignored, as in AWS.
pub(crate) fn validate(operation: &str, fields: &Map<String, Value>) -> Result<(), Failure> {
    validate_for(Api::Cognito, operation, fields)
}

/// Validates the members of a request like [`validate`], but against the model of the service
/// `api`. Accepts every request to a service without a model.
pub(crate) fn validate_for(
    api: Api,
    operation: &str,
    fields: &Map<String, Value>,
) -> Result<(), Failure> {
    check(api, operation, fields, false)
}

/// Validates the members of a request like [`validate`], but rejects members that the service model
/// does not have. This is for seeds, where unknown members are mistakes.
pub(crate) fn validate_strictly(
    operation: &str,
    fields: &Map<String, Value>,
) -> Result<(), Failure> {
    check(Api::Cognito, operation, fields, true)
}

/// Returns the error for a member with this name, which does not exist in the service model.
pub(crate) fn no_such_member(name: &str) -> Failure {
    let name = lower_camel(name);
    Failure::invalid_parameter(format!(
        "1 validation error detected: Value at '{name}' failed to satisfy constraint: {UNKNOWN}"
    ))
}

/// Returns `true` if a string meets the constraints of the shape with this name. Returns `false`
/// for an unknown shape.
pub(crate) fn accepts(shape: &str, text: &str) -> bool {
    let value = Value::from(text);
    MODEL
        .shapes
        .get(shape)
        .is_some_and(|shape| constraints(shape, &value).iter().all(|(is_met, _)| *is_met))
}

/// The constraint in the error for a member that does not exist in the service model.
const UNKNOWN: &str = "There is no such member";

fn check(
    api: Api,
    operation: &str,
    fields: &Map<String, Value>,
    is_strict: bool,
) -> Result<(), Failure> {
    let found = model(api).and_then(|model| {
        let name = model.operations.get(operation)?.input?;
        Some((model, model.shapes.get(name)?))
    });
    let Some((model, input)) = found else {
        return Ok(());
    };
    let mut check = Check {
        model,
        path: Vec::new(),
        faults: Faults::default(),
        is_strict,
    };
    check.structure(input, fields)?;
    check.faults.failure(api.invalid()).map_or(Ok(()), Err)
}

/// The violated constraints of one request, as text for the error message.
#[derive(Default)]
struct Faults {
    count: usize,
    /// The violations, separated by semicolons. If the text is longer than [`MOST_TEXT`], further
    /// violations are only counted. One request can violate hundreds of thousands of constraints.
    text: String,
}

/// A limit in bytes for the list of violations in an error message. If the list is longer, further
/// violations are counted, but not added to the list.
const MOST_TEXT: usize = 64 * 1024;

impl Faults {
    fn add(&mut self, write: impl FnOnce(&mut String)) {
        self.count += 1;
        if self.text.len() > MOST_TEXT {
            return;
        }
        if !self.text.is_empty() {
            self.text.push_str("; ");
        }
        write(&mut self.text);
    }

    /// Returns the exception `code` that lists the violations. Returns `None` if there are none.
    fn failure(self, code: &'static str) -> Option<Failure> {
        let Self { count, text } = self;
        let plural = match count {
            0 => return None,
            1 => "error",
            _ => "errors",
        };
        let message = format!("{count} validation {plural} detected: {text}");
        Some(Failure::new(code, message))
    }
}

/// The state of the validation of one request.
struct Check<'a> {
    model: &'a Model,
    /// The position of the current value: the steps from the request to the value.
    path: Vec<Step<'a>>,
    faults: Faults,
    /// `true` if members that the service model does not have are rejected.
    is_strict: bool,
}

/// A step from a list, map or structure to a value that it contains.
enum Step<'a> {
    Element(usize),
    Entry(&'a str),
    Member(&'a str),
}

impl<'a> Check<'a> {
    fn structure(
        &mut self,
        shape: &'a Shape,
        fields: &'a Map<String, Value>,
    ) -> Result<(), Failure> {
        for (&name, member) in &shape.members {
            let Some(member) = self.model.shapes.get(*member) else {
                continue;
            };
            self.path.push(Step::Member(name));
            match fields.get(name) {
                None | Some(Value::Null) => {
                    if shape.required.contains(&name) {
                        self.fault(member.sensitive, &Value::Null, "Member must not be null");
                    }
                }
                Some(value) => self.value(member, value)?,
            }
            self.path.pop();
        }
        if self.is_strict {
            for name in fields
                .keys()
                .filter(|name| !shape.members.contains_key(name.as_str()))
            {
                self.path.push(Step::Member(name));
                self.fault(true, &Value::Null, UNKNOWN);
                self.path.pop();
            }
        }
        Ok(())
    }

    fn value(&mut self, shape: &'a Shape, value: &'a Value) -> Result<(), Failure> {
        if shape.document || shape.accepts(value) {
            return Ok(());
        }
        match (shape.kind, value) {
            (Kind::Structure, Value::Object(fields)) => return self.structure(shape, fields),
            (Kind::List, Value::Array(items)) => return self.list(shape, value, items),
            (Kind::Map, Value::Object(entries)) => return self.map(shape, value, entries),
            _ => check_type(shape.kind, value)?,
        }
        for (is_met, constraint) in constraints(shape, value) {
            if !is_met {
                self.fault(shape.sensitive, value, &constraint.to_string());
            }
        }
        Ok(())
    }

    fn list(
        &mut self,
        shape: &'a Shape,
        value: &'a Value,
        items: &'a [Value],
    ) -> Result<(), Failure> {
        let Some(member) = self.model.shapes.get(shape.member) else {
            return Ok(());
        };
        let whole = (value, shape.sensitive || member.sensitive);
        self.size(shape, whole, items.len());
        let items = items.iter().enumerate();
        let items = items.map(|(place, item)| (Step::Element(place + 1), item));
        self.parts(member, whole, items, "Member")
    }

    fn map(
        &mut self,
        shape: &'a Shape,
        value: &'a Value,
        entries: &'a Map<String, Value>,
    ) -> Result<(), Failure> {
        let shapes = &self.model.shapes;
        let (Some(keys), Some(values)) = (shapes.get(shape.key), shapes.get(shape.value)) else {
            return Ok(());
        };
        let is_sensitive = shape.sensitive || keys.sensitive || values.sensitive;
        let whole = (value, is_sensitive);
        self.size(shape, whole, entries.len());
        let names = entries.keys().cloned().map(Value::String);
        self.each(keys, whole, names, "Map keys");
        let entries = entries.iter().filter(|(_, entry)| !entry.is_null());
        let entries = entries.map(|(name, entry)| (Step::Entry(name), entry));
        self.parts(values, whole, entries, "Map value")
    }

    /// Checks the number of elements of a list or a map. `value` is the list or map. If
    /// `is_sensitive` is `true`, error messages do not contain `value`.
    fn size(&mut self, shape: &Shape, (value, is_sensitive): (&Value, bool), size: usize) {
        for (is_met, constraint) in lengths(shape, size) {
            if !is_met {
                self.fault(is_sensitive, value, &constraint.to_string());
            }
        }
    }

    /// Checks the elements of a list or the values of a map against the shape `part`.
    ///
    /// `whole` is a pair. The first value is the list or map. The second value is `true` if the
    /// list or map is sensitive: error messages must then not contain it.
    fn parts(
        &mut self,
        part: &'a Shape,
        whole: (&Value, bool),
        values: impl Iterator<Item = (Step<'a>, &'a Value)> + Clone,
        name: &str,
    ) -> Result<(), Failure> {
        if part.kind.is_simple() {
            for (_, value) in values.clone() {
                check_type(part.kind, value)?;
            }
            self.each(part, whole, values.map(|(_, value)| value), name);
            return Ok(());
        }
        for (step, value) in values {
            self.path.push(step);
            self.value(part, value)?;
            self.path.pop();
        }
        Ok(())
    }

    /// Checks the elements of a list, or the keys or the values of a map. They must be simple
    /// values, such as strings. If one or more of them are invalid, adds a single violation for the
    /// whole list or map. The violation names all constraints.
    fn each(
        &mut self,
        part: &Shape,
        (whole, is_sensitive): (&Value, bool),
        mut values: impl Iterator<Item: Borrow<Value>>,
        name: &str,
    ) {
        let is_met = |value: &Value| {
            part.accepts(value) || constraints(part, value).iter().all(|(is_met, _)| *is_met)
        };
        if values.all(|value| is_met(value.borrow())) {
            return;
        }
        let all = constraints(part, &Value::Null);
        let all: Vec<_> = all.iter().map(|(_, known)| known.to_string()).collect();
        let constraint = format!("{name} must satisfy constraint: [{}]", all.join(", "));
        self.fault(is_sensitive, whole, &constraint);
    }

    /// Adds a message: the value at the current path does not satisfy the constraint.
    ///
    /// Security: if `is_sensitive` is `true`, the message does not contain the value, because it
    /// may be a password or a token.
    fn fault(&mut self, is_sensitive: bool, value: &Value, constraint: &str) {
        let path = &self.path;
        self.faults.add(|text| {
            text.push_str("Value");
            if let Some(shown) = shown(value).filter(|_| !is_sensitive) {
                // AWS writes null without quotation marks.
                let mark = if value.is_null() { "" } else { "'" };
                text.extend([" ", mark, &shown, mark]);
            }
            text.push_str(" at '");
            for (place, step) in path.iter().enumerate() {
                let separator = if place == 0 { "" } else { "." };
                text.push_str(separator);
                match step {
                    Step::Element(place) => text.push_str(&format!("{place}.member")),
                    Step::Entry(name) => text.extend([name, ".value"]),
                    Step::Member(name) => text.push_str(&lower_camel(name)),
                }
            }
            text.extend(["' failed to satisfy constraint: ", constraint]);
        });
    }
}

/// Fails if a JSON value does not have the basic type of a shape.
///
/// The messages were observed in Cognito (github.com/pmill/aws-cognito/issues/10,
/// github.com/aws-amplify/amplify-js/issues/4738) and in other AWS services with the same protocol.
fn check_type(kind: Kind, value: &Value) -> Result<(), Failure> {
    let is_right = match kind {
        Kind::Blob | Kind::String => value.is_string(),
        Kind::Boolean => value.is_boolean(),
        Kind::Integer | Kind::Long => value.is_i64(),
        Kind::Timestamp => value.is_number() || value.is_string(),
        // The caller has already handled values of the right type.
        Kind::List | Kind::Map | Kind::Structure => false,
    };
    if is_right {
        return Ok(());
    }
    let message = match (kind, value) {
        (Kind::List, _) => "Expected list or null".to_owned(),
        (Kind::Map, _) => "Expected map or null".to_owned(),
        (Kind::Structure, _) => "Expected structure or null".to_owned(),
        (_, Value::Array(_)) => "Start of list found where not expected".to_owned(),
        (_, Value::Object(_)) => "Start of structure or map found where not expected.".to_owned(),
        (kind, value) => {
            let class = match value {
                Value::Bool(_) => "java.lang.Boolean",
                Value::Number(_) => "com.amazon.coral.value.json.numbers.TruncatingBigNumber",
                _ => "java.lang.String",
            };
            let wanted = match kind {
                Kind::Boolean => "a Boolean",
                Kind::Integer => "an Integer",
                Kind::Long => "a Long",
                Kind::Timestamp => "a Date",
                _ => "an String",
            };
            format!("class {class} can not be converted to {wanted}")
        }
    };
    Err(Failure::new("SerializationException", message))
}
