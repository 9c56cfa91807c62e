//! Reads the fields of a request.
//!
//! Requests to operations of user pools were validated against AWS's model before
//! ([`model::validate`](crate::model::aws::validate)), so a form only reads them. So were the settings of a
//! seed file. Parameters of SSM are validated here.
//!
//! A form collects violations and reports them together, as Cognito does:
//! `2 validation errors detected: …`. The accessor of an invalid field returns a harmless value. Do
//! not use the values before [`Form::finish`] returns `Ok`.

pub(crate) mod oauth;
mod texts;

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::model::aws::lower_camel;
use crate::model::failure::Failure;

pub(crate) use texts::Texts;

/// The constraint of a string field.
#[derive(Debug)]
pub(crate) struct Rule {
    min: usize,
    max: usize,
    pattern: &'static str,
    allows: fn(&str) -> bool,
}

impl Rule {
    /// Returns `true` if a string satisfies the rule.
    pub(crate) fn fits(&self, text: &str) -> bool {
        (self.min..=self.max).contains(&text.chars().count()) && (self.allows)(text)
    }
}

const fn rule(min: usize, max: usize, pattern: &'static str, allows: fn(&str) -> bool) -> Rule {
    Rule {
        min,
        max,
        pattern,
        allows,
    }
}

pub(crate) static ANY: Rule = rule(0, 131_072, "", |_| true);
pub(crate) static ATTRIBUTE_NAME: Rule =
    rule(1, 32, r"[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r ]+", |text| {
        text.chars().all(|c| visible(c) || "\t\n\r ".contains(c))
    });
pub(crate) static ATTRIBUTE_VALUE: Rule = rule(0, 2048, "", |_| true);
pub(crate) static CLIENT_ID: Rule = rule(1, 128, r"[\w+]+", |text| words(text, "+"));
pub(crate) static CLIENT_NAME: Rule = rule(1, 128, r"[\w\s+=,.@-]+", titled);
pub(crate) static CLIENT_SECRET: Rule = rule(24, 64, r"[\w+]+", |text| words(text, "+"));
pub(crate) static CODE: Rule = rule(1, 2048, r"[\S]+", unspaced);
pub(crate) static CUSTOM_NAME: Rule = rule(1, 20, r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+", graphic);
pub(crate) static DESCRIPTION: Rule = rule(0, 2048, "", |_| true);
pub(crate) static DEVICE_KEY: Rule = rule(1, 55, r"[\w-]+_[0-9a-f-]+", |text| {
    text.rsplit_once('_').is_some_and(|(region, id)| {
        let digit = |b: u8| b.is_ascii_digit() || matches!(b, b'a'..=b'f' | b'-');
        !region.is_empty() && words(region, "-") && !id.is_empty() && id.bytes().all(digit)
    })
});
pub(crate) static DEVICE_NAME: Rule = rule(1, 1024, "", |_| true);
pub(crate) static EVENT_ID: Rule = rule(1, 50, r"[\w+-]+", |text| words(text, "+-"));
pub(crate) static FILTER: Rule = rule(0, 256, "", |_| true);
pub(crate) static GROUP: Rule = rule(1, 128, r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+", graphic);
pub(crate) static PAGE: Rule = rule(1, 131_072, r"[\S]+", unspaced);
pub(crate) static PASSWORD: Rule = rule(0, 256, r"[\S]+", unspaced);
pub(crate) static POOL_ID: Rule = rule(1, 55, r"[\w-]+_[0-9a-zA-Z]+", |text| {
    text.rsplit_once('_').is_some_and(|(region, name)| {
        !region.is_empty()
            && words(region, "-")
            && !name.is_empty()
            && name.chars().all(|c| c.is_ascii_alphanumeric())
    })
});
pub(crate) static POOL_NAME: Rule = rule(1, 128, r"[\w\s+=,.@-]+", titled);
pub(crate) static PROVIDER: Rule = rule(1, 32, r"[\p{L}\p{M}\p{S}\p{N}\p{P}\p{Z}]+", |text| {
    text.chars().all(|c| visible(c) || c == ' ')
});
pub(crate) static RELYING_PARTY: Rule = rule(1, 127, "", |_| true);
pub(crate) static RESOURCE: Rule = rule(20, 2048, r"arn:[\w+=/,.@-]+:[\w+=/,.@-]+:.*", |text| {
    text.starts_with("arn:")
});
pub(crate) static ROLE_ARN: Rule = rule(
    20,
    2048,
    r"arn:[\w+=/,.@-]+:[\w+=/,.@-]+:([\w+=/,.@-]*)?:[0-9]+:[\w+=/,.@-]+(:[\w+=/,.@-]+)?(:[\w+=/,.@-]+)?",
    is_arn,
);
pub(crate) static SECRET_HASH: Rule = rule(1, 128, r"[\w+=/]+", |text| words(text, "+=/"));
pub(crate) static SECRET_ID: Rule = rule(1, 128, "", |_| true);
pub(crate) static SESSION: Rule = rule(20, 4096, "", |_| true);
pub(crate) static TOKEN: Rule = rule(0, 131_072, r"[A-Za-z0-9-_=.]+", |text| {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_=.".contains(&b))
});
pub(crate) static TOTP_CODE: Rule = rule(6, 6, r"[0-9]+", |text| {
    text.bytes().all(|b| b.is_ascii_digit())
});
pub(crate) static USERNAME: Rule = rule(1, 128, r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+", graphic);

/// The form of one request.
#[derive(Debug)]
pub(crate) struct Form<'a> {
    fields: &'a Map<String, Value>,
    faults: Vec<String>,
    unreadable: Option<&'static str>,
    /// The fields that were read, if other fields are an error.
    read: Option<BTreeSet<String>>,
    /// `true` if the request was validated against AWS's model, so that rules need no check.
    is_validated: bool,
}

impl<'a> Form<'a> {
    pub(crate) fn new(fields: &'a Map<String, Value>) -> Self {
        Self {
            fields,
            faults: Vec::new(),
            unreadable: None,
            read: None,
            is_validated: false,
        }
    }

    /// Creates a form for a request that [`model::validate`](crate::model::aws::validate) accepted.
    /// It checks no rule again, so the model alone decides what is accepted.
    pub(crate) fn validated(fields: &'a Map<String, Value>) -> Self {
        Self {
            is_validated: true,
            ..Self::new(fields)
        }
    }

    /// Returns a validated form whose fields must all be read. AWS ignores unknown members, but in a
    /// file they are mistakes.
    pub(crate) fn strict(fields: &'a Map<String, Value>) -> Self {
        Self {
            read: Some(BTreeSet::new()),
            ..Self::validated(fields)
        }
    }

    fn inner(&self, fields: &'a Map<String, Value>) -> Self {
        Self {
            read: self.read.as_ref().map(|_| BTreeSet::new()),
            is_validated: self.is_validated,
            ..Self::new(fields)
        }
    }

    /// Returns the value of a field, if it is present.
    fn value(&mut self, name: &str) -> Option<&'a Value> {
        if let Some(read) = &mut self.read {
            read.insert(name.to_owned());
        }
        self.fields.get(name).filter(|value| !value.is_null())
    }

    /// Returns a required string.
    pub(crate) fn required(&mut self, name: &str, rule: &Rule) -> &'a str {
        if self.is_absent(name) {
            self.fault(name, "Member must not be null");
        }
        self.optional(name, rule).unwrap_or_default()
    }

    /// Returns an optional string.
    pub(crate) fn optional(&mut self, name: &str, rule: &Rule) -> Option<&'a str> {
        let text = match self.value(name) {
            None => return None,
            Some(Value::String(text)) => text.as_str(),
            Some(_) => {
                self.unreadable = Some("Value can not be converted to a String");
                return None;
            }
        };
        self.check(&lower_camel(name), text, rule);
        Some(text)
    }

    /// Returns a required string that is one of these values.
    pub(crate) fn one_of(&mut self, name: &str, values: &[&str]) -> &'a str {
        let text = self.required(name, &ANY);
        if !text.is_empty() && !values.contains(&text) {
            let set = values.join(", ");
            self.fault(
                name,
                &format!("Member must satisfy enum value set: [{set}]"),
            );
        }
        text
    }

    pub(crate) fn flag(&mut self, name: &str) -> Option<bool> {
        match self.value(name) {
            None => None,
            Some(Value::Bool(flag)) => Some(*flag),
            Some(_) => {
                self.unreadable = Some("Value can not be converted to a Boolean");
                None
            }
        }
    }

    pub(crate) fn integer(&mut self, name: &str, min: i64, max: i64) -> Option<i64> {
        let Some(number) = self.value(name)?.as_i64() else {
            self.unreadable = Some("Value can not be converted to an Integer");
            return None;
        };
        if number < min {
            self.fault(
                name,
                &format!("Member must have value greater than or equal to {min}"),
            );
        } else if number > max {
            self.fault(
                name,
                &format!("Member must have value less than or equal to {max}"),
            );
        }
        // The value may be used before `finish`.
        Some(number.clamp(min, max))
    }

    /// Returns a map of strings, which is empty if it is missing.
    pub(crate) fn texts(&mut self, name: &str) -> Texts<'a> {
        match self.value(name) {
            None => Texts::none(),
            Some(Value::Object(map)) if map.values().all(|v| v.is_string() || v.is_null()) => {
                Texts::of(map)
            }
            Some(_) => {
                self.unreadable = Some("Value can not be converted to a Map of Strings");
                Texts::none()
            }
        }
    }

    /// Returns a structure within this one. A missing structure is treated as empty.
    pub(crate) fn structure(&mut self, name: &str) -> Option<Self> {
        match self.value(name) {
            None => None,
            Some(Value::Object(fields)) => Some(self.inner(fields)),
            Some(_) => {
                self.unreadable = Some("Value can not be converted to a Structure");
                None
            }
        }
    }

    /// Returns a list of `{"Name": …, "Value": …}`. A missing value is treated as an empty string.
    pub(crate) fn attributes(&mut self, name: &str) -> Vec<(&'a str, &'a str)> {
        let mut attributes = Vec::new();
        for (place, item) in self.list(name).iter().enumerate() {
            let Value::Object(fields) = item else {
                self.unreadable = Some("Value can not be converted to a Structure");
                continue;
            };
            let mut inner = self.inner(fields);
            let attribute = inner.required("Name", &ATTRIBUTE_NAME);
            let value = inner
                .optional("Value", &ATTRIBUTE_VALUE)
                .unwrap_or_default();
            let path = format!("{}.{}.member", lower_camel(name), place + 1);
            self.adopt(inner, &path);
            attributes.push((attribute, value));
        }
        attributes
    }

    /// Returns an optional string that is one of these values.
    pub(crate) fn choice(&mut self, name: &str, values: &[&str]) -> Option<&'a str> {
        if self.is_absent(name) {
            return None;
        }
        Some(self.one_of(name, values)).filter(|text| values.contains(text))
    }

    /// Returns a list of strings that are each one of these values.
    pub(crate) fn choices(&mut self, name: &str, values: &[&'static str]) -> Vec<&'static str> {
        let mut chosen = Vec::new();
        for text in self.names(name, &ANY) {
            match values.iter().find(|value| **value == text) {
                Some(value) => chosen.push(*value),
                None => {
                    let set = values.join(", ");
                    self.refuse(
                        name,
                        &format!("Member must satisfy enum value set: [{set}]"),
                    );
                }
            }
        }
        chosen
    }

    /// Returns the result of reading a structure within this one, or `None` if it is missing.
    pub(crate) fn within<T>(&mut self, name: &str, read: impl FnOnce(&mut Self) -> T) -> Option<T> {
        let mut inner = self.structure(name)?;
        let value = read(&mut inner);
        self.adopt(inner, &lower_camel(name));
        Some(value)
    }

    /// Returns the results of reading each structure of a list.
    pub(crate) fn each<T>(&mut self, name: &str, mut read: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let mut values = Vec::new();
        for (place, item) in self.list(name).iter().enumerate() {
            let Value::Object(fields) = item else {
                self.unreadable = Some("Value can not be converted to a Structure");
                continue;
            };
            let mut inner = self.inner(fields);
            values.push(read(&mut inner));
            let path = format!("{}.{}.member", lower_camel(name), place + 1);
            self.adopt(inner, &path);
        }
        values
    }

    /// Returns the named fields unchanged, for settings that are stored and have no effect.
    pub(crate) fn keep(&mut self, names: &[&str]) -> Map<String, Value> {
        let copy = |name: &&str| Some(((*name).to_owned(), self.value(name)?.clone()));
        names.iter().filter_map(copy).collect()
    }

    /// Returns a list of strings.
    pub(crate) fn names(&mut self, name: &str, rule: &Rule) -> Vec<&'a str> {
        let mut names = Vec::new();
        for (place, item) in self.list(name).iter().enumerate() {
            if let Value::String(text) = item {
                let path = format!("{}.{}.member", lower_camel(name), place + 1);
                self.check(&path, text, rule);
                names.push(text.as_str());
            } else {
                self.unreadable = Some("Value can not be converted to a String");
            }
        }
        names
    }

    /// Requires a field whose content another accessor reads.
    pub(crate) fn must_have(&mut self, name: &str) {
        if self.is_absent(name) {
            self.fault(name, "Member must not be null");
        }
    }

    /// Adds the violations of an inner form.
    pub(crate) fn adopt(&mut self, mut inner: Form<'_>, path: &str) {
        inner.check_read();
        self.unreadable = self.unreadable.or(inner.unreadable);
        for fault in inner.faults {
            self.faults
                .push(fault.replacen("Value at '", &format!("Value at '{path}."), 1));
        }
    }

    /// Returns an error if the request is invalid.
    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        self.check_read();
        if let Some(message) = self.unreadable {
            return Err(Failure::serialization(message));
        }
        let plural = match self.faults.len() {
            0 => return Ok(()),
            1 => "error",
            _ => "errors",
        };
        let count = self.faults.len();
        let list = self.faults.join("; ");
        Err(Failure::invalid_parameter(format!(
            "{count} validation {plural} detected: {list}"
        )))
    }

    /// Reports the unknown fields, if that is required.
    fn check_read(&mut self) {
        let Some(read) = self.read.take() else { return };
        for name in self.fields.keys().filter(|name| !read.contains(*name)) {
            self.fault(name, "There is no such member");
        }
    }

    fn list(&mut self, name: &str) -> &'a [Value] {
        match self.value(name) {
            None => &[],
            Some(Value::Array(items)) => items,
            Some(_) => {
                self.unreadable = Some("Value can not be converted to a List");
                &[]
            }
        }
    }

    fn is_absent(&self, name: &str) -> bool {
        matches!(self.fields.get(name), None | Some(Value::Null))
    }

    fn check(&mut self, path: &str, text: &str, rule: &Rule) {
        if self.is_validated {
            return;
        }
        let length = text.chars().count();
        if length > rule.max {
            let max = rule.max;
            self.fault_at(
                path,
                &format!("Member must have length less than or equal to {max}"),
            );
        } else if length < rule.min {
            let min = rule.min;
            self.fault_at(
                path,
                &format!("Member must have length greater than or equal to {min}"),
            );
        }
        // If the minimum length rejects an empty string, the pattern is not reported too. `[\S]+`
        // with a minimum length of 0 rejects it here.
        if !(rule.allows)(text) || (text.is_empty() && rule.min == 0 && !rule.pattern.is_empty()) {
            let pattern = rule.pattern;
            self.fault_at(
                path,
                &format!("Member must satisfy regular expression pattern: {pattern}"),
            );
        }
    }

    /// Reports a violation that an operation finds itself.
    pub(crate) fn refuse(&mut self, name: &str, constraint: &str) {
        self.fault(name, constraint);
    }

    fn fault(&mut self, name: &str, constraint: &str) {
        self.fault_at(&lower_camel(name), constraint);
    }

    /// Security: Cognito repeats the value of fields that its model does not mark as sensitive.
    /// This never does.
    fn fault_at(&mut self, path: &str, constraint: &str) {
        self.faults.push(format!(
            "Value at '{path}' failed to satisfy constraint: {constraint}"
        ));
    }
}

/// `[\p{L}\p{M}\p{S}\p{N}\p{P}]`: neither white space nor a control character.
fn visible(c: char) -> bool {
    !c.is_whitespace() && !c.is_control()
}

fn graphic(text: &str) -> bool {
    text.chars().all(visible)
}

fn titled(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c.is_whitespace() || "_+=,.@-".contains(c);
    text.chars().all(plain)
}

fn unspaced(text: &str) -> bool {
    !text.chars().any(char::is_whitespace)
}

fn words(text: &str, more: &str) -> bool {
    text.chars()
        .all(|c| c.is_ascii_alphanumeric() || c == '_' || more.contains(c))
}

fn is_arn(text: &str) -> bool {
    let part = |text: &str| !text.is_empty() && words(text, "+=/,.@-");
    let parts: Vec<_> = text.split(':').collect();
    let ["arn", partition, service, region, account, resource @ ..] = parts.as_slice() else {
        return false;
    };
    part(partition)
        && part(service)
        && words(region, "+=/,.@-")
        && !account.is_empty()
        && account.bytes().all(|b| b.is_ascii_digit())
        && (1..=3).contains(&resource.len())
        && resource.iter().all(|text| part(text))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(fields: Value, read: impl FnOnce(&mut Form<'_>)) -> Result<(), Failure> {
        let Value::Object(fields) = fields else {
            return Ok(());
        };
        let mut form = Form::new(&fields);
        read(&mut form);
        form.finish()
    }

    #[test]
    fn every_fault_is_reported_at_once() {
        let failure = check(json!({ "Password": "two words" }), |form| {
            form.required("Username", &USERNAME);
            form.required("Password", &PASSWORD);
        });
        assert_eq!(
            failure,
            Err(Failure::invalid_parameter(
                "2 validation errors detected: Value at 'username' failed to satisfy constraint: \
                 Member must not be null; Value at 'password' failed to satisfy constraint: \
                 Member must satisfy regular expression pattern: [\\S]+"
            ))
        );
    }

    #[test]
    fn rules_hold_at_their_edges() {
        for (rule, good, bad) in [
            (&USERNAME, "a", ""),
            (&USERNAME, "\u{fc}ser+tag@example.com", "with space"),
            (&PASSWORD, "x", ""),
            (&POOL_ID, "us-east-1_AbC123", "us-east-1"),
            (&POOL_ID, "us-east-1_A", "us-east-1_A-b"),
            (&TOTP_CODE, "123456", "12345a"),
            (&TOTP_CODE, "000000", "1234567"),
            (&TOKEN, "a.b-c_d=", "a b"),
            (&CLIENT_ID, "abc_1+", "abc-1"),
            (&EVENT_ID, "abc-1_+", "abc/1"),
            (&DEVICE_KEY, "us-east-1_00-ff", "us-east-1_00-FF"),
            (&DEVICE_KEY, "a_0", "a_"),
            (&DEVICE_NAME, "My iPhone", ""),
            (&PROVIDER, "My provider", ""),
            (
                &ROLE_ARN,
                "arn:aws:iam::123456789012:role/admins",
                "arn:aws:iam::account:role/admins",
            ),
            (
                &ROLE_ARN,
                "arn:aws:s:r:1:a:b:c/ddddddd",
                "arn:aws:s:r:1:a:b:c:ddddddd",
            ),
            (&SESSION, "aaaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaaa"),
        ] {
            let read = |form: &mut Form<'_>| {
                form.required("X", rule);
            };
            assert_eq!(check(json!({ "X": good }), read), Ok(()), "{good}");
            assert!(check(json!({ "X": bad }), read).is_err(), "{bad}");
        }
    }

    #[test]
    fn another_type_is_a_serialization_fault() {
        let failure = check(json!({ "Username": 5 }), |form| {
            form.required("Username", &USERNAME);
        });
        assert_eq!(
            failure,
            Err(Failure::serialization(
                "Value can not be converted to a String"
            ))
        );
    }

    #[test]
    fn a_fault_in_a_list_names_its_place() {
        let failure = check(
            json!({ "UserAttributes": [{ "Name": "name" }, { "Value": "x" }] }),
            |form| {
                form.attributes("UserAttributes");
            },
        );
        assert_eq!(
            failure,
            Err(Failure::invalid_parameter(
                "1 validation error detected: Value at 'userAttributes.2.member.name' failed to \
                 satisfy constraint: Member must not be null"
            ))
        );
    }
}
