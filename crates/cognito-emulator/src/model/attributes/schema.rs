//! The schema of a pool: the type, the bounds and the mutability of each attribute.

use std::collections::{BTreeMap, BTreeSet};

use cognito_core::user::STANDARD_ATTRIBUTES;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::model::attributes::standard::{VERIFIED, is_boolean};
use crate::model::failure::Failure;
use crate::model::named::named;
use crate::model::request;

/// The maximum number of custom attributes in a pool (AWS developer guide, "Quotas").
const MOST_CUSTOM: usize = 50;
/// The maximum length of an attribute's value in characters (AWS developer guide, "Quotas").
const LONGEST: i64 = 2048;

/// The schema of a pool, by the full names of attributes. It contains the custom attributes, and
/// the standard attributes whose definition differs from Cognito's default.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Schema(BTreeMap<String, Definition>);

/// The definition of an attribute: its type, its bounds, and whether users can change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Definition {
    kind: Kind,
    pub(crate) is_mutable: bool,
    /// The minimum length of a string in characters, or the minimum value of a number. `None` if
    /// there is no minimum.
    least: Option<i64>,
    /// The maximum length of a string in characters, or the maximum value of a number. `None` if
    /// there is no maximum.
    most: Option<i64>,
}

named! {
    /// The data type of an attribute (`AttributeDataType`).
    enum Kind {
        Boolean,
        DateTime,
        Number,
        String,
    }
}

impl Definition {
    /// Returns the definition of a string attribute that can be changed and has no length limits.
    pub(crate) const fn text() -> Self {
        Self::of(Kind::String)
    }

    const fn of(kind: Kind) -> Self {
        Self {
            kind,
            is_mutable: true,
            least: None,
            most: None,
        }
    }

    const fn between(mut self, least: i64, most: i64) -> Self {
        (self.least, self.most) = (Some(least), Some(most));
        self
    }

    /// Returns Cognito's default definition of a standard attribute. Returns `None` for other
    /// names.
    fn standard(name: &str) -> Option<Self> {
        let text = Self::text();
        match name {
            "birthdate" => Some(text.between(10, 10)),
            "sub" => Some(Self {
                is_mutable: false,
                ..text.between(1, 2048)
            }),
            "updated_at" => Some(Self {
                least: Some(0),
                ..Self::of(Kind::Number)
            }),
            name if VERIFIED.contains(&name) => Some(Self::of(Kind::Boolean)),
            name => STANDARD_ATTRIBUTES
                .contains(&name)
                .then_some(text.between(0, 2048)),
        }
    }

    /// Returns Cognito's error message if a value violates this definition of an attribute. Returns
    /// `None` if the value is valid.
    pub(crate) fn fault(&self, value: &str) -> Option<String> {
        match self.kind {
            Kind::Boolean => (!is_boolean(value)).then(|| "Value must be a boolean.".to_owned()),
            Kind::DateTime => None,
            Kind::Number => match value.parse::<i64>() {
                Err(_) => Some("Value must be a number.".to_owned()),
                Ok(number) => self.outside(
                    number,
                    |least| format!("Number cannot be less than {least}."),
                    |most| format!("Number cannot be greater than {most}."),
                ),
            },
            Kind::String => {
                let length = i64::try_from(value.chars().count()).unwrap_or(i64::MAX);
                self.outside(
                    length,
                    |least| format!("String must be at least {least} characters long."),
                    |most| format!("String cannot be longer than {most} characters."),
                )
            }
        }
    }

    /// Returns the message for a number that is less than the minimum (`below`) or greater than the
    /// maximum (`above`). Returns `None` if the number is within the bounds.
    fn outside(
        &self,
        number: i64,
        below: fn(i64) -> String,
        above: fn(i64) -> String,
    ) -> Option<String> {
        match (self.least, self.most) {
            (Some(least), _) if number < least => Some(below(least)),
            (_, Some(most)) if number > most => Some(above(most)),
            _ => None,
        }
    }

    /// Returns the definition of an attribute as AWS's `SchemaAttributeType`.
    fn describe(&self, name: &str, required: bool) -> Value {
        let mut described = json!({
            "Name": name,
            "AttributeDataType": self.kind.name(),
            "DeveloperOnlyAttribute": is_developer_only(name),
            "Mutable": self.is_mutable,
            "Required": required,
        });
        let (constraints, least, most) = match self.kind {
            Kind::Number => ("NumberAttributeConstraints", "MinValue", "MaxValue"),
            Kind::String => ("StringAttributeConstraints", "MinLength", "MaxLength"),
            Kind::Boolean | Kind::DateTime => return described,
        };
        let mut bounds = Map::new();
        for (name, bound) in [(least, self.least), (most, self.most)] {
            // AWS writes these numbers as strings.
            bounds.extend(bound.map(|bound| (name.to_owned(), json!(bound.to_string()))));
        }
        described[constraints] = Value::Object(bounds);
        described
    }
}

impl Schema {
    pub(crate) fn definition(&self, name: &str) -> Option<Definition> {
        let own = self.0.get(name).copied();
        own.or_else(|| Definition::standard(name))
    }

    /// Returns the full names of the custom attributes. They start with `custom:` or `dev:custom:`.
    pub(crate) fn custom_names(&self) -> impl Iterator<Item = &str> {
        let names = self.0.keys().map(String::as_str);
        names.filter(|name| Definition::standard(name).is_none())
    }

    /// Adds the definition of an attribute with this full name, or replaces it.
    pub(crate) fn define(&mut self, name: String, definition: Definition) {
        self.0.insert(name, definition);
    }

    /// Adds the attributes of a request to the schema. Returns the full names of the required
    /// attributes. Fails if an attribute is invalid or already exists.
    pub(crate) fn extend(
        &mut self,
        attributes: Vec<RequestedAttribute<'_>>,
    ) -> Result<Vec<String>, Failure> {
        let mut required = Vec::new();
        for attribute in attributes {
            attribute.check()?;
            let is_required = attribute.required;
            let name = if Definition::standard(attribute.name).is_some() && !attribute.is_custom {
                self.narrow(&attribute)?
            } else {
                self.add_custom(&attribute)?
            };
            if is_required {
                required.push(name);
            }
        }
        Ok(required)
    }

    /// Returns the attribute definitions that differ from Cognito's defaults, as the member
    /// `Schema` of a `CreateUserPool` request. `required` has the full names of the required
    /// attributes.
    pub(crate) fn requests(&self, required: &BTreeSet<String>) -> Vec<Value> {
        let names: BTreeSet<_> = self.0.keys().chain(required).collect();
        let defined = names.into_iter().filter_map(|name| {
            let definition = self.definition(name)?;
            let mut described = definition.describe(name, required.contains(name));
            let short = name.strip_prefix("dev:").unwrap_or(name);
            let custom = short.strip_prefix("custom:");
            // Without the prefix, the attribute would be the standard attribute with this name.
            let custom = custom.filter(|custom| Definition::standard(custom).is_none());
            described["Name"] = json!(custom.unwrap_or(short));
            Some(described)
        });
        defined.collect()
    }

    /// Returns `SchemaAttributes`: the definitions of all standard attributes, then the definitions
    /// of the custom attributes.
    pub(crate) fn describe(&self, is_required: impl Fn(&str) -> bool) -> Value {
        let mut own: Vec<&str> = STANDARD_ATTRIBUTES
            .into_iter()
            .chain(VERIFIED)
            .chain(["sub"])
            .collect();
        own.sort_unstable();
        let custom = self.0.keys().map(String::as_str);
        let custom: Vec<&str> = custom.filter(|name| !own.contains(name)).collect();
        own.into_iter()
            .chain(custom)
            .filter_map(|name| Some((name, self.definition(name)?)))
            .map(|(name, definition)| definition.describe(name, name == "sub" || is_required(name)))
            .collect()
    }

    /// Changes the mutability and the bounds of a standard attribute. Returns the name of the
    /// attribute. Fails if the request sets another type or `DeveloperOnlyAttribute`.
    fn narrow(&mut self, attribute: &RequestedAttribute<'_>) -> Result<String, Failure> {
        let mut definition = self
            .definition(attribute.name)
            .unwrap_or_else(Definition::text);
        let name = attribute.name;
        if attribute.developer_only || attribute.kind.is_some_and(|kind| kind != definition.kind) {
            return Err(Failure::invalid_parameter(format!(
                "You can not change AttributeDataType or set developerOnlyAttribute for standard \
                 schema attribute {name}"
            )));
        }
        definition.is_mutable = attribute.is_mutable.unwrap_or(definition.is_mutable);
        definition.least = attribute.least.or(definition.least);
        definition.most = attribute.most.or(definition.most);
        self.define(name.to_owned(), definition);
        Ok(name.to_owned())
    }

    /// Adds a custom attribute. Returns its full name. Fails if the type is missing, if the
    /// attribute is required, if it already exists, or if the pool has too many custom attributes.
    fn add_custom(&mut self, attribute: &RequestedAttribute<'_>) -> Result<String, Failure> {
        let prefix = if attribute.developer_only {
            DEVELOPER
        } else {
            ""
        };
        let name = format!("{prefix}custom:{}", attribute.name);
        let kind = attribute.kind.ok_or_else(|| {
            Failure::invalid_parameter(
                "Invalid AttributeDataType input, consider using the provided AttributeDataType \
                 enum.",
            )
        })?;
        if attribute.required {
            return Err(Failure::invalid_parameter(
                "Required custom attributes are not supported currently.",
            ));
        }
        if self.0.contains_key(&name) {
            return Err(Failure::invalid_parameter(format!(
                "{name}: Existing attribute already has name {name}."
            )));
        }
        let custom = self
            .0
            .keys()
            .filter(|name| Definition::standard(name).is_none());
        if custom.count() >= MOST_CUSTOM {
            return Err(Failure::new(
                "LimitExceededException",
                "The user pool has too many custom attributes.",
            ));
        }
        let definition = Definition {
            is_mutable: attribute.is_mutable.unwrap_or(true),
            least: attribute.least,
            most: attribute.most,
            ..Definition::of(kind)
        };
        self.define(name.clone(), definition);
        Ok(name)
    }
}

/// The prefix of attributes that only operators can read and write (`DeveloperOnlyAttribute`).
const DEVELOPER: &str = "dev:";

pub(crate) fn is_developer_only(name: &str) -> bool {
    name.starts_with(DEVELOPER)
}

/// An attribute in the request of `CreateUserPool` or `AddCustomAttributes`, with parsed type and
/// bounds.
#[derive(Debug)]
pub(crate) struct RequestedAttribute<'a> {
    name: &'a str,
    /// `true` for `AddCustomAttributes`: the attribute is custom, whatever its name is. `false` for
    /// `CreateUserPool`: an attribute with the name of a standard attribute is that standard
    /// attribute, and any other attribute is custom.
    is_custom: bool,
    kind: Option<Kind>,
    is_mutable: Option<bool>,
    required: bool,
    developer_only: bool,
    least: Option<i64>,
    most: Option<i64>,
    /// The member of the request that contains an invalid bound: `NumberAttributeConstraints` or
    /// `StringAttributeConstraints`. A bound is invalid if it is not an integer. `None` if all
    /// bounds are valid.
    unreadable: Option<&'static str>,
}

impl RequestedAttribute<'_> {
    /// Fails if the name or a bound of the attribute is invalid. The messages about bounds are
    /// copied from moto, another emulator, because AWS's messages are unknown.
    fn check(&self) -> Result<(), Failure> {
        let name = self.name;
        // AWS does not document the message.
        if name.is_empty() {
            return Err(Failure::invalid_parameter(
                "A schema attribute needs a name.",
            ));
        }
        if let Some(member) = self.unreadable {
            return Err(Failure::invalid_parameter(format!(
                "Invalid {member} for schema attribute {name}"
            )));
        }
        let is_number = self.kind == Some(Kind::Number);
        let is_too_long = |bound: Option<i64>| bound.is_some_and(|bound| bound > LONGEST);
        if !is_number && (is_too_long(self.least) || is_too_long(self.most)) {
            return Err(Failure::invalid_parameter(format!(
                "user.{name}: String attributes cannot have a length of more than {LONGEST}"
            )));
        }
        let is_empty = |(least, most): (i64, i64)| least > most;
        if self.least.zip(self.most).is_some_and(is_empty) {
            let what = if is_number { "value" } else { "length" };
            return Err(Failure::invalid_parameter(format!(
                "user.{name}: Max {what} cannot be less than min {what}."
            )));
        }
        Ok(())
    }
}

/// An attribute of the schema as it is in a request (`SchemaAttributeType`).
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Attribute<'a> {
    name: Option<&'a str>,
    attribute_data_type: Option<&'a str>,
    mutable: Option<bool>,
    #[serde(default, deserialize_with = "request::or_default")]
    required: bool,
    #[serde(default, deserialize_with = "request::or_default")]
    developer_only_attribute: bool,
    #[serde(borrow, default, deserialize_with = "request::or_default")]
    string_attribute_constraints: TextBounds<'a>,
    #[serde(borrow, default, deserialize_with = "request::or_default")]
    number_attribute_constraints: NumberBounds<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TextBounds<'a> {
    min_length: Option<&'a str>,
    max_length: Option<&'a str>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NumberBounds<'a> {
    min_value: Option<&'a str>,
    max_value: Option<&'a str>,
}

impl<'a> RequestedAttribute<'a> {
    /// Parses the attribute of a request. `is_custom` is `true` for `AddCustomAttributes`: the
    /// attribute is then custom, whatever its name is.
    pub(crate) fn new(attribute: &Attribute<'a>, is_custom: bool) -> Self {
        let kind = attribute.attribute_data_type.and_then(Kind::named);
        let numbers = &attribute.number_attribute_constraints;
        let texts = &attribute.string_attribute_constraints;
        let (member, bounds) = if kind == Some(Kind::Number) {
            (
                "NumberAttributeConstraints",
                bounds(numbers.min_value, numbers.max_value),
            )
        } else {
            (
                "StringAttributeConstraints",
                bounds(texts.min_length, texts.max_length),
            )
        };
        let unreadable = bounds.is_none().then_some(member);
        let (least, most) = bounds.unwrap_or_default();
        let name = attribute.name.unwrap_or_default();
        // A seed names a custom attribute `custom:email` if it has the name of a standard one.
        let custom = name.strip_prefix("custom:");
        let custom = custom.filter(|custom| Definition::standard(custom).is_some());
        Self {
            name: custom.unwrap_or(name),
            is_custom: is_custom || custom.is_some(),
            kind,
            is_mutable: attribute.mutable,
            required: attribute.required,
            developer_only: attribute.developer_only_attribute,
            least,
            most,
            unreadable,
        }
    }
}

/// The minimum and the maximum of an attribute. For a number, they limit the value. For a string,
/// they limit the length. `None` means no limit.
type Bounds = (Option<i64>, Option<i64>);

/// Parses a minimum and a maximum, which AWS writes as strings. A missing or empty string is no
/// bound. Returns `None` if a string is not an integer.
fn bounds(least: Option<&str>, most: Option<&str>) -> Option<Bounds> {
    let bound = |text: Option<&str>| {
        let text = text.filter(|text| !text.is_empty());
        text.map(str::parse).transpose()
    };
    Some((bound(least).ok()?, bound(most).ok()?))
}

#[cfg(test)]
mod tests;
