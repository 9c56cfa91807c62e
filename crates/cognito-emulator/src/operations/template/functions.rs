//! The intrinsic functions of templates, such as `Fn::Sub`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::fault::Fault;
use super::scope::{Scope, VALUE_BYTES};
use crate::model::aws::scalar;

impl Scope<'_> {
    /// Evaluates the intrinsic function `name`, such as `Fn::Sub`. Returns `None` if the result is
    /// `AWS::NoValue`.
    pub(super) fn call(&self, name: &str, argument: &Value) -> Result<Option<Value>, Fault> {
        let list = argument.as_array().map_or(&[][..], Vec::as_slice);
        match (name, list) {
            ("Ref", _) => {
                let name = argument.as_str();
                self.reference(name.ok_or_else(|| Fault::new("use a name"))?)
            }
            ("Fn::Base64", _) => {
                let text = self.text(argument)?;
                self.created_text(STANDARD.encode(text))
            }
            ("Fn::FindInMap", [map, key, name, options @ ..]) => {
                let default = options
                    .first()
                    .and_then(|options| options.get("DefaultValue"));
                self.find_in_map([map, key, name], default)
            }
            ("Fn::GetAtt", _) => self.get_attribute(argument).map(Some),
            ("Fn::If", [condition, one, other]) => self.choose(condition, one, other),
            ("Fn::ImportValue", _) => self.import(argument).map(Some),
            ("Fn::Join", [delimiter, items]) => self.join(delimiter, items),
            ("Fn::Length", _) => Ok(Some(Value::from(self.list(argument)?.len()))),
            ("Fn::Select", [index, items]) => self.select(index, items),
            ("Fn::Split", [delimiter, text]) => {
                let (delimiter, text) = (self.text(delimiter)?, self.text(text)?);
                if delimiter.is_empty() {
                    return Err(Fault::new("use a delimiter that is not empty"));
                }
                let items = text.matches(&delimiter).count() + 1;
                self.spend(text.len() + items * VALUE_BYTES)?;
                Ok(Some(text.split(&delimiter).map(Value::from).collect()))
            }
            ("Fn::Sub", _) => self.substitute(argument),
            ("Fn::ToJsonString", _) => {
                let value = self.evaluate(argument)?;
                self.created_text(value.unwrap_or_default().to_string())
            }
            ("Fn::FindInMap" | "Fn::If" | "Fn::Join" | "Fn::Select" | "Fn::Split", _) => {
                Err(Fault::new("wrong number of arguments"))
            }
            _ => Err(Fault::unsupported(
                "the emulator does not have this function",
            )),
        }
    }

    fn choose(
        &self,
        condition: &Value,
        one: &Value,
        other: &Value,
    ) -> Result<Option<Value>, Fault> {
        let name = condition.as_str();
        let name = name.ok_or_else(|| Fault::new("use the name of a condition"))?;
        let (place, chosen) = if self.condition(name)? {
            ("[1]", one)
        } else {
            ("[2]", other)
        };
        self.evaluate(chosen).map_err(|fault| fault.within(place))
    }

    fn import(&self, name: &Value) -> Result<Value, Fault> {
        let export = self.text(name)?;
        if let Some(value) = self.given(&export) {
            self.spend(value.len())?;
            return Ok(Value::from(value));
        }
        let shown = shown(name, &export);
        Err(Fault::unsupported(format!(
            "no value for the export `{shown}`, set it with --parameter '{shown}=VALUE'"
        )))
    }

    fn join(&self, delimiter: &Value, items: &Value) -> Result<Option<Value>, Fault> {
        let delimiter = self.text(delimiter)?;
        let items = self.list(items)?;
        let texts: Option<Vec<_>> = items.iter().map(scalar).collect();
        let texts = texts.ok_or_else(|| Fault::new("use a list of strings"))?;
        let delimiters = delimiter.len().saturating_mul(texts.len());
        let lengths = texts.iter().map(String::len);
        self.spend(lengths.fold(delimiters, usize::saturating_add))?;
        Ok(Some(Value::from(texts.join(&delimiter))))
    }

    fn created_text(&self, text: String) -> Result<Option<Value>, Fault> {
        self.spend(text.len())?;
        Ok(Some(Value::from(text)))
    }

    /// Evaluates a value that must be a list.
    fn list(&self, value: &Value) -> Result<Vec<Value>, Fault> {
        match self.evaluate(value)? {
            Some(Value::Array(items)) => Ok(items),
            _ => Err(Fault::new("use a list")),
        }
    }

    fn select(&self, index: &Value, items: &Value) -> Result<Option<Value>, Fault> {
        let index: Option<usize> = self.text(index)?.parse().ok();
        let items = self.list(items)?;
        let found = index.and_then(|index| items.into_iter().nth(index));
        let missing = || Fault::new("the list has no element with this index");
        Ok(Some(found.ok_or_else(missing)?))
    }

    fn find_in_map(
        &self,
        path: [&Value; 3],
        default: Option<&Value>,
    ) -> Result<Option<Value>, Fault> {
        let mut names = Vec::new();
        for name in path {
            names.push(self.text(name)?);
        }
        let mut found = self.section("Mappings").and_then(|all| all.get(&names[0]));
        for name in &names[1..] {
            found = found.and_then(|map| map.get(name));
        }
        match found.or(default) {
            Some(value) => self.evaluate(value),
            None => {
                let names = path.into_iter().zip(&names);
                let names: Vec<_> = names.map(|(value, name)| shown(value, name)).collect();
                let reason = format!("there is no `Mappings.{}`", names.join("."));
                Err(Fault::new(reason))
            }
        }
    }

    /// Evaluates `Fn::GetAtt` with the arguments `["Pool", "Arn"]` or `"Pool.Arn"`.
    fn get_attribute(&self, argument: &Value) -> Result<Value, Fault> {
        let (name, attribute, is_literal) = match argument {
            Value::String(text) => {
                let parts = text.split_once('.');
                parts.map(|(name, attribute)| (name, attribute.to_owned(), true))
            }
            Value::Array(parts) => match parts.as_slice() {
                [Value::String(name), attributes @ ..] if !attributes.is_empty() => {
                    let is_literal = attributes.iter().all(Value::is_string);
                    let attributes = self.items(attributes)?;
                    let attributes: Vec<_> = attributes.iter().filter_map(Value::as_str).collect();
                    Some((name.as_str(), attributes.join("."), is_literal))
                }
                _ => None,
            },
            _ => None,
        }
        .ok_or_else(|| Fault::new("use the name of a resource and of an attribute"))?;
        let shown = if is_literal { &*attribute } else { EVALUATED };
        self.attribute(name, &attribute, shown)
    }

    /// Evaluates `Fn::Sub`: replaces `${NAME}`, `${RESOURCE.ATTRIBUTE}` and the variables of the
    /// second argument. `${!NAME}` stays as `${NAME}`.
    fn substitute(&self, argument: &Value) -> Result<Option<Value>, Fault> {
        let empty = Map::new();
        let (template, variables) = match argument {
            Value::String(template) => (template, &empty),
            Value::Array(parts) => match parts.as_slice() {
                [Value::String(template), Value::Object(variables)] => (template, variables),
                _ => return Err(Fault::new("use a string and an object with variables")),
            },
            _ => {
                return Err(Fault::new(
                    "use a string, or a list of a string and an object",
                ));
            }
        };
        self.check_dynamic(template);
        let mut values = Map::new();
        for (name, value) in variables {
            let value = self.text(value).map_err(|fault| fault.within(name))?;
            values.insert(name.clone(), Value::from(value));
        }
        let mut text = String::new();
        let mut rest = template.as_str();
        while let Some((before, after)) = rest.split_once("${") {
            text.push_str(before);
            let Some((name, after)) = after.split_once('}') else {
                return Err(Fault::new("use } after ${"));
            };
            rest = after;
            let start = text.len();
            match name.strip_prefix('!') {
                Some(literal) => text.extend(["${", literal, "}"]),
                None => text.push_str(&self.variable(name.trim(), &values)?),
            }
            self.spend(text.len() - start)?;
        }
        text.push_str(rest);
        self.created_text(text)
    }

    fn variable(&self, name: &str, values: &Map<String, Value>) -> Result<String, Fault> {
        let value = match (values.get(name), name.split_once('.')) {
            (Some(value), _) => Some(value.clone()),
            (None, Some((name, attribute))) => Some(self.attribute(name, attribute, attribute)?),
            (None, None) => self.reference(name)?,
        };
        let text = value.as_ref().and_then(scalar);
        text.ok_or_else(|| Fault::new(format!("`{name}` is not a string")))
    }
}

/// The placeholder that errors and notes contain instead of a name that a template function has
/// returned. Such a name can contain a secret ([`shown`]).
pub(super) const EVALUATED: &str = "…";

/// Returns how errors show a name. Security: a name that a function returns is not shown, because
/// it can contain the value of a parameter, which can be a secret (`NoEcho`).
fn shown<'a>(value: &Value, name: &'a str) -> &'a str {
    if value.is_object() { EVALUATED } else { name }
}
