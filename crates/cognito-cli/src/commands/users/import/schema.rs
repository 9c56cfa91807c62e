//! The settings of the user pool that decide which users can be imported.

use std::collections::BTreeMap;

use cognito::Operation;
use cognito::clock::rfc3339;
use serde_json::{Value, json};

use crate::context::Context;
use crate::document;
use crate::failure::Outcome;

/// The settings of the user pool that decide which users can be imported.
#[derive(Default)]
pub(super) struct Schema {
    attributes: BTreeMap<String, Rule>,
    /// The attributes that are the user names: `email` or `phone_number`, or both. It is empty if
    /// users have names of another kind.
    pub(super) username_attributes: Vec<String>,
    pub(super) alias_attributes: Vec<String>,
    pub(super) is_case_sensitive: bool,
    /// The attributes that Cognito verifies: `email` or `phone_number`, or both.
    pub(super) auto_verified: Vec<String>,
    /// The description of the pool (`DescribeUserPool`).
    pub(super) pool: Value,
    /// The approximate number of users in the pool.
    pub(super) users: u64,
    /// The minimum length of a password.
    pub(super) min_password: usize,
}

/// The constraints of an attribute.
struct Rule {
    kind: Kind,
    is_mutable: bool,
    is_required: bool,
    least: Option<i128>,
    most: Option<i128>,
}

#[derive(Clone, Copy)]
enum Kind {
    Boolean,
    DateTime,
    Number,
    String,
}

impl Schema {
    /// Reads the settings of the pool.
    pub(super) async fn read(context: &Context) -> Outcome<Self> {
        let pool = document::send(context, Operation::DescribeUserPool, json!({})).await??;
        Ok(Self::new(&pool["UserPool"]))
    }

    fn new(pool: &Value) -> Self {
        let names = |member: &str| -> Vec<String> {
            let names = pool[member].as_array().into_iter().flatten();
            names.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let attributes = pool["SchemaAttributes"].as_array().into_iter().flatten();
        let attributes = attributes.filter_map(|attribute| {
            Some((attribute["Name"].as_str()?.to_owned(), Rule::new(attribute)))
        });
        let length = &pool["Policies"]["PasswordPolicy"]["MinimumLength"];
        Self {
            attributes: attributes.collect(),
            username_attributes: names("UsernameAttributes"),
            alias_attributes: names("AliasAttributes"),
            auto_verified: names("AutoVerifiedAttributes"),
            pool: pool.clone(),
            users: pool["EstimatedNumberOfUsers"].as_u64().unwrap_or_default(),
            // Without the setting, names are case-sensitive.
            is_case_sensitive: pool["UsernameConfiguration"]["CaseSensitive"] != json!(false),
            min_password: length
                .as_u64()
                .and_then(|length| usize::try_from(length).ok())
                .unwrap_or_default(),
        }
    }

    /// Returns the settings of a pool whose users sign in with e-mail addresses.
    #[cfg(test)]
    pub(super) fn with_email_names() -> Self {
        Self {
            username_attributes: vec!["email".to_owned()],
            ..Self::default()
        }
    }

    /// Returns the settings of a pool with e-mail addresses, which can be mutable.
    #[cfg(test)]
    pub(super) fn with_email(is_mutable: bool) -> Self {
        Self::new(&json!({ "SchemaAttributes": [
            { "Name": "email", "AttributeDataType": "String", "Mutable": is_mutable },
            { "Name": "email_verified", "AttributeDataType": "Boolean", "Mutable": true },
        ] }))
    }

    /// Returns `true` if a user can be created with a value of this attribute.
    pub(super) fn has(&self, name: &str) -> bool {
        !is_read_only(name) && self.attributes.contains_key(name)
    }

    /// Returns `true` if the attribute can be changed after the user was created.
    pub(super) fn is_mutable(&self, name: &str) -> bool {
        self.attributes
            .get(name)
            .is_some_and(|rule| rule.is_mutable)
    }

    /// Returns the attributes that every user of an import job must have.
    pub(super) fn required(&self) -> impl Iterator<Item = &String> {
        let rules = self.attributes.iter();
        let required = rules.filter(|(name, rule)| rule.is_required && !is_read_only(name));
        required.map(|(name, _)| name)
    }

    /// Returns `true` if e-mail addresses or phone numbers are the user names.
    pub(super) fn has_address_names(&self) -> bool {
        !self.username_attributes.is_empty()
    }

    /// Checks the value of an attribute. If it is invalid, fails with the reason.
    pub(super) fn check(&self, name: &str, value: &str) -> Result<(), String> {
        let Some(rule) = self.attributes.get(name) else {
            return Err("the pool has no such attribute".to_owned());
        };
        if value.chars().nth(MOST_VALUE).is_some() {
            return Err(format!("has more than {MOST_VALUE} characters"));
        }
        rule.check(value)?;
        match name {
            "email" => value.parse::<cognito::EmailAddress>().map(drop),
            "phone_number" => value.parse::<cognito::PhoneNumber>().map(drop),
            _ => Ok(()),
        }
        .map_err(|_| match name {
            "email" => "must be an e-mail address".to_owned(),
            _ => "must be a phone number such as +4930123456".to_owned(),
        })?;
        if name.ends_with("_verified") && !matches!(value, "true" | "false") {
            return Err("must be true or false".to_owned());
        }
        Ok(())
    }
}

/// The maximum length of the value of an attribute, in characters (`AttributeValueType`).
const MOST_VALUE: usize = 2048;

/// Returns `true` if only Cognito sets the attribute.
pub(super) fn is_read_only(name: &str) -> bool {
    matches!(name, "sub" | "identities") || name.starts_with("cognito:")
}

impl Rule {
    fn new(attribute: &Value) -> Self {
        let kind = match attribute["AttributeDataType"].as_str() {
            Some("Boolean") => Kind::Boolean,
            Some("DateTime") => Kind::DateTime,
            Some("Number") => Kind::Number,
            _ => Kind::String,
        };
        let (bounds, least, most) = match kind {
            Kind::Number => ("NumberAttributeConstraints", "MinValue", "MaxValue"),
            _ => ("StringAttributeConstraints", "MinLength", "MaxLength"),
        };
        // The bounds are strings.
        let bound = |name: &str| attribute[bounds][name].as_str()?.parse().ok();
        Self {
            kind,
            is_mutable: attribute["Mutable"] != json!(false),
            is_required: attribute["Required"] == json!(true),
            least: bound(least),
            most: bound(most),
        }
    }

    fn check(&self, value: &str) -> Result<(), String> {
        let (size, unit) = match self.kind {
            Kind::Boolean if matches!(value, "true" | "false") => return Ok(()),
            Kind::Boolean => return Err("must be true or false".to_owned()),
            Kind::DateTime if humantime::parse_rfc3339(value).is_ok() => return Ok(()),
            Kind::DateTime => {
                let example = rfc3339(std::time::UNIX_EPOCH);
                return Err(format!("must be a time such as {example}"));
            }
            Kind::Number => match value.parse() {
                Ok(number) => (number, ""),
                Err(_) => return Err("must be an integer".to_owned()),
            },
            Kind::String => {
                let length = i128::try_from(value.chars().count()).unwrap_or(i128::MAX);
                (length, " characters")
            }
        };
        if let Some(least) = self.least.filter(|least| size < *least) {
            return Err(format!("must be at least {least}{unit}"));
        }
        if let Some(most) = self.most.filter(|most| size > *most) {
            return Err(format!("must be at most {most}{unit}"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_checked_by_schema() {
        let schema = Schema::new(&json!({ "SchemaAttributes": [
            { "Name": "email", "AttributeDataType": "String",
              "StringAttributeConstraints": { "MinLength": "0", "MaxLength": "2048" } },
            { "Name": "email_verified", "AttributeDataType": "Boolean" },
            { "Name": "custom:age", "AttributeDataType": "Number",
              "NumberAttributeConstraints": { "MinValue": "-1", "MaxValue": "200" } },
            { "Name": "custom:plan", "AttributeDataType": "String", "Mutable": false,
              "StringAttributeConstraints": { "MinLength": "2", "MaxLength": "4" } },
            { "Name": "custom:since", "AttributeDataType": "DateTime" },
            { "Name": "sub", "AttributeDataType": "String" },
        ] }));
        for (name, value) in [
            ("email", "ann@example.com"),
            ("email_verified", "false"),
            ("custom:age", "-1"),
            ("custom:plan", "göld"),
            ("custom:since", "2026-01-31T12:00:00Z"),
        ] {
            assert_eq!(schema.check(name, value), Ok(()), "{name}");
        }
        for (name, value, reason) in [
            ("email", "ann", "e-mail address"),
            ("email_verified", "yes", "true or false"),
            ("custom:age", "201", "at most 200"),
            ("custom:age", "1.5", "integer"),
            ("custom:plan", "g", "at least 2 characters"),
            ("custom:since", "now", "a time"),
            ("name", "Ann", "no such attribute"),
        ] {
            let error = schema.check(name, value).unwrap_err();
            assert!(error.contains(reason), "{name}: {error}");
        }
        let long = "x".repeat(2049);
        assert!(schema.check("email", &long).unwrap_err().contains("2048"));
        assert!(schema.has("custom:plan") && !schema.has("sub"));
        assert!(schema.is_mutable("email") && !schema.is_mutable("custom:plan"));
        assert!(schema.is_case_sensitive);
    }
}
