//! `TagResource`, `UntagResource`, `ListTagsForResource`: the tags of pools.

use serde_json::json;

use crate::model::failure::{Answer, Failure};
use crate::model::request::Texts;
use crate::state::call::Call;
use crate::state::call::change;

/// The maximum number of tags of a resource (AWS General Reference, "Tag naming limits").
const MOST_TAGS: usize = 50;

/// `TagResource`.
pub(crate) fn tag(call: &Call<'_>) -> Answer {
    let tags: Texts<'_> = call.member("Tags")?;
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

/// `UntagResource`.
pub(crate) fn untag(call: &Call<'_>) -> Answer {
    let keys: Vec<&str> = call.member("TagKeys")?;
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

/// Checks that `ResourceArn` is the ARN of this pool.
fn check_resource(call: &Call<'_>) -> Result<(), Failure> {
    let arn = call.required("ResourceArn")?;
    if arn == call.service.settings.arn() {
        return Ok(());
    }
    Err(Failure::not_found(format!(
        "Resource {arn} does not exist."
    )))
}
