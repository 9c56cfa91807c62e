//! The operations `PutParameter`, `DeleteParameter` and `DeleteParameters`.

use regex::Regex;
use serde_json::json;

use super::tags::{Tag, extend};
use super::{arn, invalid, not_found, tier, with_parameters};
use crate::model::failure::{Answer, Failure};
use crate::state::call::Call;
use crate::state::parameters::{Content, Parameter};

const KINDS: [&str; 3] = ["SecureString", "String", "StringList"];

/// The maximum size of the value of a standard parameter, in bytes.
const STANDARD_SIZE: usize = 4096;
/// The maximum size of the value of an advanced parameter, in bytes.
const ADVANCED_SIZE: usize = 8192;

/// The maximum number of standard parameters of an account (AWS General Reference, "Systems Manager
/// endpoints and quotas"). Advanced parameters have a separate limit.
const MOST_STANDARD: usize = 10_000;
const MOST_ADVANCED: usize = 100_000;

/// The maximum number of levels of a parameter name. Slashes separate the levels.
const MOST_LEVELS: usize = 15;
/// The maximum length of the ARN of a parameter (AWS API reference, `PutParameter`).
const LONGEST_ARN: usize = 1011;

/// The KMS key of a `SecureString` that was written without `KeyId`.
const DEFAULT_KEY: &str = "alias/aws/ssm";

pub(crate) fn put(call: &Call<'_>) -> Answer {
    let name = call.required("Name")?.trim();
    check_name(call, name)?;
    let tags: Vec<Tag<'_>> = call.member("Tags")?;
    let overwrite = call.flag("Overwrite");
    if overwrite && !tags.is_empty() {
        return invalid(
            "Invalid request: tags and overwrite can't be used together. To create a parameter \
             with tags, please remove overwrite flag. To update tags for an existing parameter, \
             please use AddTagsToResource or RemoveTagsFromResource.",
        );
    }
    if call.text("Policies").is_some() {
        return invalid("the emulator does not support parameter policies");
    }
    with_parameters(call, |parameters| {
        let old = parameters.get_mut(name);
        if old.is_some() && !overwrite {
            return Err(Failure::new(
                "ParameterAlreadyExists",
                "The parameter already exists. To overwrite this value, set the overwrite option \
                 in the request to true.",
            ));
        }
        let content = content(call, old.as_deref().map(|old| &old.latest().content))?;
        let tier = tier(&content);
        if let Some(old) = old {
            let version = old.add(content, call.now);
            let version = version.map_err(|oldest| too_many_versions(name, oldest))?;
            return Ok(json!({ "Version": version, "Tier": tier }));
        }
        let is_alike =
            |known: &&Parameter| known.latest().content.is_advanced == content.is_advanced;
        let most = if content.is_advanced {
            MOST_ADVANCED
        } else {
            MOST_STANDARD
        };
        // Counting is needed only if all parameters together reach the limit.
        if parameters.len() >= most && parameters.values().filter(is_alike).count() >= most {
            return Err(Failure::new("ParameterLimitExceeded", ""));
        }
        let mut parameter = Parameter::new(content, call.now);
        extend(&mut parameter.tags, &tags)?;
        parameters.insert(name.to_owned(), parameter);
        Ok(json!({ "Version": 1, "Tier": tier }))
    })
}

/// Returns the value and the settings in a request. `old` is the newest version of the parameter.
/// If the request omits the type, the tier or the key, the value in `old` is used.
fn content(call: &Call<'_>, old: Option<&Content>) -> Result<Content, Failure> {
    let value = call.required("Value")?;
    let kind = match call.text("Type") {
        Some(kind) => KINDS.into_iter().find(|known| *known == kind),
        None => old.map(|old| old.kind),
    };
    let Some(kind) = kind else {
        return invalid("A parameter type is required when you create a parameter.");
    };
    check_value(value, call.text("AllowedPattern"))?;
    let was_advanced = old.is_some_and(|old| old.is_advanced);
    let is_advanced = match call.text("Tier") {
        Some("Standard") if was_advanced => {
            return invalid(
                "This parameter uses the advanced-parameter tier. You can't downgrade a parameter \
                 from the advanced-parameter tier to the standard-parameter tier. If necessary, \
                 you can delete the advanced parameter and recreate it as a standard parameter.",
            );
        }
        Some("Advanced") => true,
        Some("Intelligent-Tiering") => was_advanced || value.len() > STANDARD_SIZE,
        _ => was_advanced,
    };
    let (tier, most) = if is_advanced {
        ("Advanced", ADVANCED_SIZE)
    } else {
        ("Standard", STANDARD_SIZE)
    };
    if value.len() > most {
        return invalid(format!(
            "{tier} tier parameters support a maximum parameter value of {most} characters. To \
             create a larger parameter value, upgrade the parameter to use the advanced-parameter \
             tier. For more information, see \
             https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html"
        ));
    }
    let key = || old.and_then(|old| old.key_id.as_deref());
    let key = call.text("KeyId").or_else(key).unwrap_or(DEFAULT_KEY);
    let text = |member: &str| call.text(member).map(ToOwned::to_owned);
    Ok(Content {
        is_advanced,
        data_type: text("DataType").unwrap_or_else(|| "text".to_owned()),
        description: text("Description"),
        allowed_pattern: text("AllowedPattern"),
        key_id: (kind == "SecureString").then(|| key.to_owned()),
        ..Content::new(kind, value.to_owned())
    })
}

fn check_value(value: &str, pattern: Option<&str>) -> Result<(), Failure> {
    if value.is_empty() {
        return invalid(
            "1 validation error detected: Value at 'value' failed to satisfy constraint: Member \
             must have length greater than or equal to 1.",
        );
    }
    if value.contains("{{") {
        return invalid(
            "Parameter value, can't nest another parameter. Do not use \"{{}}\" in the value.",
        );
    }
    let Some(pattern) = pattern.filter(|pattern| !pattern.is_empty()) else {
        return Ok(());
    };
    let compiled = Regex::new(pattern).map_err(|_| {
        let message = format!("The regular expression {pattern} is not valid.");
        Failure::new("InvalidAllowedPatternException", message)
    })?;
    if compiled.is_match(value) {
        return Ok(());
    }
    let message = format!("Parameter value, cannot be validated against allowedPattern: {pattern}");
    Err(Failure::new("ParameterPatternMismatchException", message))
}

/// Fails if the name of a new parameter is invalid (AWS API reference, `PutParameter`).
fn check_name(call: &Call<'_>, name: &str) -> Result<(), Failure> {
    let path = name.strip_prefix('/');
    if path.is_none() && name.contains('/') {
        return invalid("Parameter name must be a fully qualified name.");
    }
    let path = path.unwrap_or(name);
    let is_letter = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
    let is_part = |part: &str| !part.is_empty() && part.chars().all(is_letter);
    let start = path.get(..3).unwrap_or_default();
    let is_reserved = |word: &&str| start.eq_ignore_ascii_case(word);
    if ["aws", "ssm"].iter().any(is_reserved) || !path.split('/').all(is_part) {
        return invalid(
            "Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive). If \
             formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path \
             can be formed as a mix of letters, numbers and the following 3 symbols .-_",
        );
    }
    if path.split('/').count() > MOST_LEVELS {
        return Err(Failure::new(
            "HierarchyLevelLimitExceededException",
            "A hierarchy can have a maximum of 15 levels. For more information, see About \
             requirements and constraints for parameter names in the Amazon Web Services Systems \
             Manager User Guide.",
        ));
    }
    if arn(call, name).len() > LONGEST_ARN {
        return invalid(format!(
            "The ARN of a parameter can have at most {LONGEST_ARN} characters."
        ));
    }
    Ok(())
}

fn too_many_versions(name: &str, oldest: u64) -> Failure {
    let message = format!(
        "You attempted to create a new version of {name} by calling the PutParameter API with the \
         overwrite flag. Version {oldest}, the oldest version, can't be deleted because it has a \
         label associated with it. Move the label to another version of the parameter, and try \
         again."
    );
    Failure::new("ParameterMaxVersionLimitExceeded", message)
}

pub(crate) fn delete(call: &Call<'_>) -> Answer {
    let name = call.required("Name")?.trim();
    let removed = with_parameters(call, |parameters| parameters.remove(name));
    removed.map(|_| json!({})).ok_or_else(not_found)
}

/// Handles `DeleteParameters`. Missing parameters are not an error: the response lists their names
/// in `InvalidParameters`.
pub(crate) fn delete_all(call: &Call<'_>) -> Answer {
    let names: Vec<&str> = call.member("Names")?;
    with_parameters(call, |parameters| {
        let is_removed = |name: &&str| parameters.remove(name.trim()).is_some();
        let (deleted, invalid): (Vec<_>, Vec<_>) = names.into_iter().partition(is_removed);
        Ok(json!({ "DeletedParameters": deleted, "InvalidParameters": invalid }))
    })
}
