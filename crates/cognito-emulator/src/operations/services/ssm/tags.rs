//! The operations `AddTagsToResource`, `RemoveTagsFromResource` and `ListTagsForResource`, for
//! parameters only.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::with_parameters;
use crate::model::failure::{Answer, Failure};
use crate::state::call::Call;
use crate::state::parameters::Parameter;

/// The maximum number of tags of a parameter (AWS API reference, `AddTagsToResource`).
const MOST_TAGS: usize = 50;

/// A tag that a request adds to a parameter.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag<'a> {
    key: &'a str,
    value: &'a str,
}

/// Adds tags to the tags of a parameter. A tag with the same key is replaced. Fails if there are
/// too many tags.
pub(super) fn extend(tags: &mut BTreeMap<String, String>, new: &[Tag<'_>]) -> Result<(), Failure> {
    let mut all = tags.clone();
    let new = new.iter();
    all.extend(new.map(|tag| (tag.key.to_owned(), tag.value.to_owned())));
    if all.len() > MOST_TAGS {
        return Err(Failure::new("TooManyTagsError", ""));
    }
    *tags = all;
    Ok(())
}

pub(crate) fn add(call: &Call<'_>) -> Answer {
    let new: Vec<Tag<'_>> = call.member("Tags")?;
    with_parameter(call, |parameter| {
        extend(&mut parameter.tags, &new)?;
        Ok(json!({}))
    })
}

pub(crate) fn remove(call: &Call<'_>) -> Answer {
    let keys: Vec<&str> = call.member("TagKeys")?;
    with_parameter(call, |parameter| {
        parameter
            .tags
            .retain(|key, _| !keys.contains(&key.as_str()));
        Ok(json!({}))
    })
}

pub(crate) fn list(call: &Call<'_>) -> Answer {
    with_parameter(call, |parameter| {
        let tags = parameter.tags.iter();
        let tags: Value = tags
            .map(|(key, value)| json!({ "Key": key, "Value": value }))
            .collect();
        Ok(json!({ "TagList": tags }))
    })
}

/// Runs `work` with the parameter in `ResourceId`. Fails if the parameter does not exist, or if
/// `ResourceType` is not `Parameter`.
fn with_parameter(call: &Call<'_>, work: impl FnOnce(&mut Parameter) -> Answer) -> Answer {
    if call.required("ResourceType")? != "Parameter" {
        return Err(Failure::new("InvalidResourceType", ""));
    }
    let name = call.required("ResourceId")?;
    with_parameters(call, |parameters| {
        let parameter = parameters.get_mut(name);
        work(parameter.ok_or_else(|| Failure::new("InvalidResourceId", ""))?)
    })
}
