//! The operations `LabelParameterVersion` and `UnlabelParameterVersion`.

use serde_json::json;

use super::{not_found, version_not_found, with_parameters};
use crate::model::failure::{Answer, Failure};
use crate::state::call::Call;

/// The maximum number of labels of a version (AWS API reference, `LabelParameterVersion`).
const MOST_LABELS: usize = 10;

/// Handles `LabelParameterVersion`. If another version has the label, the label moves to this
/// version. Labels that are not valid are not an error: the response lists them in `InvalidLabels`.
pub(crate) fn add(call: &Call<'_>) -> Answer {
    let name = call.required("Name")?.trim();
    let labels: Vec<&str> = call.member("Labels")?;
    let (valid, invalid): (Vec<_>, Vec<_>) = labels.into_iter().partition(|label| is_valid(label));
    with_parameters(call, |parameters| {
        let parameter = parameters.get_mut(name).ok_or_else(not_found)?;
        let version: Option<u64> = call.member("ParameterVersion")?;
        let number = version.unwrap_or_else(|| parameter.latest().number);
        let text = number.to_string();
        let version = parameter.find(&text);
        let version = version.ok_or_else(|| version_not_found(name, &text))?;
        let is_new = |label: &&&str| !version.labels.iter().any(|known| known == *label);
        if version.labels.len() + valid.iter().filter(is_new).count() > MOST_LABELS {
            return Err(Failure::new(
                "ParameterVersionLabelLimitExceeded",
                "A parameter version can have maximum 10 labels.Move one or more labels to another \
                 version and try again.",
            ));
        }
        for version in parameter.versions_mut() {
            version
                .labels
                .retain(|label| !valid.contains(&label.as_str()));
            if version.number == number {
                version.labels.extend(valid.iter().map(ToString::to_string));
                version.labels.sort();
                version.labels.dedup();
            }
        }
        Ok(json!({ "InvalidLabels": invalid, "ParameterVersion": number }))
    })
}

/// Handles `UnlabelParameterVersion`. Labels that the version does not have are not an error: the
/// response lists them in `InvalidLabels`.
pub(crate) fn remove(call: &Call<'_>) -> Answer {
    let name = call.required("Name")?.trim();
    let labels: Vec<&str> = call.member("Labels")?;
    let number: u64 = call.member("ParameterVersion")?;
    with_parameters(call, |parameters| {
        let parameter = parameters.get_mut(name).ok_or_else(not_found)?;
        let mut versions = parameter.versions_mut();
        let version = versions.find(|version| version.number == number);
        let version = version.ok_or_else(|| version_not_found(name, &number.to_string()))?;
        let has = |label: &&str| version.labels.iter().any(|known| known == label);
        let (removed, invalid): (Vec<_>, Vec<_>) = labels.into_iter().partition(has);
        version
            .labels
            .retain(|label| !removed.contains(&label.as_str()));
        Ok(json!({ "RemovedLabels": removed, "InvalidLabels": invalid }))
    })
}

/// Returns `true` for a valid label: letters, digits, `.`, `-` and `_`. It must not begin with a
/// digit, `aws` or `ssm`.
fn is_valid(label: &str) -> bool {
    let start = label.get(..3).unwrap_or_default();
    let is_letter = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
    label.chars().all(is_letter)
        && !label.starts_with(|c: char| c.is_ascii_digit())
        && !["aws", "ssm"]
            .iter()
            .any(|word| start.eq_ignore_ascii_case(word))
}
