//! The evaluation of the section `Conditions` of a template.

use std::collections::BTreeSet;

use serde_json::Value;

use super::fault::Fault;
use super::scope::Scope;
use crate::model::aws::scalar;

impl Scope<'_> {
    /// Returns the result of the condition of `part`, a resource or an output. Returns `true` if
    /// the part has no condition. Fails if the condition is not a name or is invalid.
    pub(super) fn is_wanted(&self, part: &Value) -> Result<bool, Fault> {
        match part.get("Condition") {
            None => Ok(true),
            Some(Value::String(name)) => self.condition(name),
            Some(_) => Err(Fault::new("use the name of a condition").within("Condition")),
        }
    }

    /// Returns the result of a condition in the section `Conditions`. Fails if it does not exist,
    /// is invalid or refers to itself.
    pub(super) fn condition(&self, name: &str) -> Result<bool, Fault> {
        match self.conditions.borrow().get(name) {
            Some(Some(result)) => return Ok(*result),
            Some(None) => {
                return Err(Fault::new(format!(
                    "the condition `{name}` refers to itself"
                )));
            }
            None => {}
        }
        let condition = self.entry("Conditions", name);
        let missing = || Fault::new(format!("there is no condition `{name}`"));
        let condition = condition.ok_or_else(missing)?;
        self.conditions.borrow_mut().insert(name.to_owned(), None);
        // A placeholder of the condition does not belong to the value that uses the condition.
        let outer = self.placeholders.take();
        let result = self.test(condition);
        let own = self.placeholders.replace(outer);
        let notes = own
            .iter()
            .map(|missing| format!("Conditions.{name}: {missing}"));
        self.condition_notes.borrow_mut().extend(notes);
        let mut conditions = self.conditions.borrow_mut();
        match result {
            Ok(result) => {
                conditions.insert(name.to_owned(), Some(result));
                Ok(result)
            }
            Err(fault) => {
                // The next use of the condition must have the same error.
                conditions.remove(name);
                Err(fault.of_entry("Conditions", name))
            }
        }
    }

    /// Removes and returns the notes for the caller about conditions. A condition has a note if it
    /// refers to a value that the emulator does not have. The emulator has then used a placeholder
    /// instead of the value.
    pub(super) fn take_condition_notes(&self) -> BTreeSet<String> {
        self.condition_notes.take()
    }

    /// Evaluates a condition: one of `Condition`, `Fn::And`, `Fn::Equals`, `Fn::Not` and `Fn::Or`.
    fn test(&self, condition: &Value) -> Result<bool, Fault> {
        self.nested(|| self.test_once(condition))
    }

    fn test_once(&self, condition: &Value) -> Result<bool, Fault> {
        let only = condition.as_object().filter(|object| object.len() == 1);
        let only = only.and_then(|object| object.iter().next());
        let Some((name, argument)) = only else {
            return Err(Fault::new("use a condition function such as Fn::Equals"));
        };
        let list = argument.as_array().map_or(&[][..], Vec::as_slice);
        let all = || list.iter().map(|item| self.test(item));
        let result = match (name.as_str(), list) {
            ("Condition", _) => {
                let name = argument.as_str();
                self.condition(name.ok_or_else(|| Fault::new("use a name"))?)
            }
            ("Fn::Equals", [one, other]) => self.equal(one, other),
            ("Fn::Not", [one]) => self.test(one).map(|result| !result),
            ("Fn::And", [_, _, ..]) => all().try_fold(true, |all, one| Ok(one? && all)),
            ("Fn::Or", [_, _, ..]) => all().try_fold(false, |any, one| Ok(one? || any)),
            _ => Err(Fault::new("use a condition function with its arguments")),
        };
        result.map_err(|fault| fault.within(name))
    }

    fn equal(&self, one: &Value, other: &Value) -> Result<bool, Fault> {
        let [one, other] = [self.evaluate(one)?, self.evaluate(other)?];
        let text = |value: &Option<Value>| value.as_ref().and_then(scalar);
        Ok(match (text(&one), text(&other)) {
            (Some(one), Some(other)) => one == other,
            _ => one == other,
        })
    }
}
