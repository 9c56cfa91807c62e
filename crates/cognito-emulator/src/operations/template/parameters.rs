//! The values of a template's parameters.

use std::collections::BTreeSet;

use regex::{Regex, RegexBuilder};
use serde_json::Value;

use super::fault::Fault;
use crate::model::aws::scalar;

/// The maximum size of a compiled `AllowedPattern` in bytes.
const MOST_PATTERN: usize = 1024 * 1024;

/// Returns `true` if the value of a template's parameter is the name of a parameter in the SSM
/// Parameter Store. CloudFormation then reads the value from there.
pub(super) fn is_stored(parameter: &Value) -> bool {
    kind(parameter).starts_with("AWS::SSM::Parameter::Value")
}

/// Returns `true` if the value of a template's parameter is a secret.
pub(super) fn is_secret(parameter: &Value) -> bool {
    let no_echo = parameter.get("NoEcho").and_then(scalar);
    no_echo.is_some_and(|no_echo| no_echo.eq_ignore_ascii_case("true"))
}

fn kind(parameter: &Value) -> &str {
    parameter["Type"].as_str().unwrap_or("String")
}

/// Returns the value of a parameter: `given`, or the default of the template if `given` is `None`.
/// The value is a list of strings if the parameter has a list type. Otherwise it is a string. Fails
/// if there is no value, or if the value violates a constraint of the parameter.
pub(super) fn value(parameter: &Value, given: Option<&str>) -> Result<Value, Fault> {
    let default = parameter.get("Default").and_then(scalar);
    let text = given.map(ToOwned::to_owned).or(default).ok_or_else(|| {
        Fault::new("the parameter has no value, set it with --parameter NAME=VALUE")
    })?;
    let kind = kind(parameter);
    let is_list = kind == "CommaDelimitedList" || kind.contains("List<");
    let values: Vec<&str> = if is_list {
        text.split(',').map(str::trim).collect()
    } else {
        vec![text.as_str()]
    };
    let allowed = parameter["AllowedValues"].as_array();
    let allowed = allowed.map(|allowed| allowed.iter().filter_map(scalar).collect());
    let pattern = parameter["AllowedPattern"].as_str().and_then(compiled);
    for value in &values {
        check(parameter, (allowed.as_ref(), pattern.as_ref()), value, kind)?;
    }
    Ok(if is_list {
        values.into()
    } else {
        Value::from(text)
    })
}

/// Compiles an `AllowedPattern`. Returns `None` if the pattern is too large, or not valid for
/// [`Regex`].
///
/// CloudFormation uses patterns of Java, in which `\w` and `\d` match only ASCII characters. The
/// first attempt therefore compiles the pattern without Unicode. This fails for `.` and for
/// excluded characters such as `[^a]`. The second attempt compiles such a pattern with Unicode.
fn compiled(pattern: &str) -> Option<Regex> {
    let pattern = format!("^(?:{pattern})$");
    let build = |is_unicode| {
        let mut builder = RegexBuilder::new(&pattern);
        let builder = builder.size_limit(MOST_PATTERN).unicode(is_unicode);
        builder.build().ok()
    };
    build(false).or_else(|| build(true))
}

/// Checks one value of a parameter against `AllowedValues`, `AllowedPattern` and the bounds.
/// Security: the errors do not contain the value, because a parameter can be a secret (`NoEcho`).
fn check(
    parameter: &Value,
    (allowed, pattern): (Option<&BTreeSet<String>>, Option<&Regex>),
    value: &str,
    kind: &str,
) -> Result<(), Fault> {
    let invalid = |reason: &str| {
        let own = parameter["ConstraintDescription"].as_str();
        Err(Fault::new(
            own.map_or_else(|| reason.to_owned(), ToOwned::to_owned),
        ))
    };
    if allowed.is_some_and(|allowed| !allowed.contains(value)) {
        return invalid("the value is not one of AllowedValues");
    }
    if pattern.is_some_and(|pattern| !pattern.is_match(value)) {
        return invalid("the value does not match AllowedPattern");
    }
    let number = |name: &str| parameter.get(name).and_then(scalar)?.parse::<f64>().ok();
    let length = value.chars().count() as f64;
    if number("MinLength").is_some_and(|min| length < min)
        || number("MaxLength").is_some_and(|max| length > max)
    {
        return invalid("the value is shorter than MinLength or longer than MaxLength");
    }
    if kind.contains("Number") {
        let Ok(value) = value.parse::<f64>() else {
            return invalid("the value is not a number");
        };
        if number("MinValue").is_some_and(|min| value < min)
            || number("MaxValue").is_some_and(|max| value > max)
        {
            return invalid("the value is less than MinValue or greater than MaxValue");
        }
    }
    Ok(())
}
