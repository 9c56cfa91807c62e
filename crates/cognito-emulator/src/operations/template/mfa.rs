//! The second request for a user pool of a template: `SetUserPoolMfaConfig` ([`Second`]). It sets
//! the properties that `CreateUserPool` does not accept.

use serde_json::{Map, Value, json};

use super::fault::Fault;
use crate::model::aws::{self, Api};

/// The operation that is called after `CreateUserPool` for a user pool of a template.
pub(super) const OPERATION: &str = "SetUserPoolMfaConfig";

const MODE: &str = "MfaConfiguration";
const SMS: &str = "SMS_MFA";
const SOFTWARE_TOKEN: &str = "SOFTWARE_TOKEN_MFA";
const EMAIL: &str = "EMAIL_OTP";

/// The members of the request `SetUserPoolMfaConfig`, which is sent after `CreateUserPool` because
/// that operation cannot set all properties of a user pool.
#[derive(Debug, Default)]
pub(super) struct Second {
    fields: Map<String, Value>,
    /// The values of `EnabledMfas`. `None` if the property is missing.
    factors: Option<Vec<String>>,
}

impl Second {
    /// Sets a member of a structure in the request.
    pub(super) fn set(
        &mut self,
        structure: &str,
        member: &str,
        value: &Value,
    ) -> Result<(), Fault> {
        let value = json!({ member: value });
        let value = aws::coerce(Api::Cognito, OPERATION, structure, value);
        let mut value = value.map_err(|mismatch| Fault::new(mismatch.reason))?;
        let entry = self.fields.entry(structure).or_insert_with(|| json!({}));
        entry[member] = value[member].take();
        Ok(())
    }

    /// Sets the second factors: `EnabledMfas` of the template.
    pub(super) fn enable(&mut self, factors: &Value) -> Result<(), Fault> {
        let known = [SMS, SOFTWARE_TOKEN, EMAIL];
        let factors = factors.as_array().map(|list| {
            let names = list.iter().filter_map(Value::as_str);
            let names = names
                .filter(|name| known.contains(name))
                .map(ToOwned::to_owned);
            (names.collect::<Vec<_>>(), list.len())
        });
        match factors {
            Some((names, count)) if names.len() == count => {
                self.factors = Some(names);
                Ok(())
            }
            _ => Err(Fault::new(format!("use a list of {}", known.join(", ")))),
        }
    }

    /// Adds the second factors in `EnabledMfas` to this request. `first` contains the members of
    /// the `CreateUserPool` request.
    ///
    /// If there are second factors, moves `MfaConfiguration` from `first` to this request.
    /// `CreateUserPool` accepts a `MfaConfiguration` other than `OFF` only together with
    /// `SmsConfiguration`.
    ///
    /// Returns the names of the properties for e-mail codes that have no effect, because
    /// `EnabledMfas` does not contain `EMAIL_OTP`.
    pub(super) fn complete(&mut self, first: &mut Map<String, Value>) -> Vec<&'static str> {
        const MESSAGE: &str = "EmailMfaConfiguration";
        const PROPERTIES: [(&str, &str); 2] = [
            ("Message", "EmailAuthenticationMessage"),
            ("Subject", "EmailAuthenticationSubject"),
        ];
        let factors = self.factors.take().unwrap_or_default();
        let has = |name: &str| factors.iter().any(|factor| factor == name);
        let unused = if has(EMAIL) {
            self.fields.entry(MESSAGE).or_insert_with(|| json!({}));
            Vec::new()
        } else {
            let removed = self.fields.remove(MESSAGE).unwrap_or_default();
            let unused = PROPERTIES.into_iter();
            let unused = unused.filter(|(member, _)| removed.get(*member).is_some());
            unused.map(|(_, property)| property).collect()
        };
        if has(SOFTWARE_TOKEN) {
            let enabled = json!({ "Enabled": true });
            self.fields
                .insert("SoftwareTokenMfaConfiguration".to_owned(), enabled);
        }
        if has(SMS) {
            let members = ["SmsConfiguration", "SmsAuthenticationMessage"];
            let given = members.map(|name| Some((name.to_owned(), first.get(name)?.clone())));
            let sms: Map<String, Value> = given.into_iter().flatten().collect();
            self.fields
                .insert("SmsMfaConfiguration".to_owned(), Value::Object(sms));
        }
        if !factors.is_empty() {
            self.fields.extend(first.remove_entry(MODE));
        }
        unused
    }

    /// Returns the members of the request `SetUserPoolMfaConfig`. Returns `None` if the request is
    /// not needed.
    pub(super) fn into_fields(self) -> Option<Map<String, Value>> {
        (!self.fields.is_empty()).then_some(self.fields)
    }
}
