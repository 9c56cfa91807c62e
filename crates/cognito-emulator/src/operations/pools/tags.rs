//! `TagResource`, `UntagResource`, `ListTagsForResource`: the tags of pools.

use serde::Deserialize;
use serde_json::json;

use crate::model::failure::{Answer, Failure};
use crate::model::request::Texts;
use crate::state::call::Call;
use crate::state::call::change;

/// The maximum number of tags of a resource (AWS General Reference, "Tag naming limits").
const MOST_TAGS: usize = 50;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TagResource<'a> {
    #[serde(borrow)]
    tags: Texts<'a>,
}

/// `TagResource`.
pub(crate) fn tag(call: &Call<'_>) -> Answer {
    let TagResource { tags } = call.request()?;
    check_resource(call)?;
    change(call, |settings| {
        for (key, value) in tags.iter() {
            settings.tags.insert(key.to_owned(), value.to_owned());
        }
        if settings.tags.len() > MOST_TAGS {
            return Err(Failure::invalid_parameter(format!(
                "A resource has up to {MOST_TAGS} tags."
            )));
        }
        Ok(())
    })?;
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UntagResource<'a> {
    #[serde(borrow)]
    tag_keys: Vec<&'a str>,
}

/// `UntagResource`.
pub(crate) fn untag(call: &Call<'_>) -> Answer {
    let UntagResource { tag_keys: keys } = call.request()?;
    check_resource(call)?;
    change(call, |settings| {
        settings.tags.retain(|key, _| !keys.contains(&key.as_str()));
        Ok(())
    })?;
    Ok(json!({}))
}

/// `ListTagsForResource`.
pub(crate) fn list(call: &Call<'_>) -> Answer {
    check_resource(call)?;
    Ok(json!({ "Tags": call.service.settings.tags }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ForResource<'a> {
    resource_arn: &'a str,
}

/// Checks that `ResourceArn` is the ARN of this pool.
fn check_resource(call: &Call<'_>) -> Result<(), Failure> {
    let ForResource { resource_arn: arn } = call.request()?;
    if arn == call.service.settings.arn() {
        return Ok(());
    }
    Err(Failure::not_found(format!(
        "Resource {arn} does not exist."
    )))
}
