//! The operation `GetParameterHistory`.

use serde_json::json;

use super::list::{next_page, page};
use super::{describe_settings, describe_version, not_found, with_parameters};
use crate::model::failure::Answer;
use crate::state::call::Call;

/// The default and the maximum number of versions in a response.
const MOST: usize = 50;

pub(crate) fn get(call: &Call<'_>) -> Answer {
    let name = call.required("Name")?.trim();
    let decrypt = call.flag("WithDecryption");
    let page = page(call, MOST)?;
    with_parameters(call, |parameters| {
        let parameter = parameters.get(name).ok_or_else(not_found)?;
        // The key has a fixed width, because keys are compared as strings.
        let versions = parameter.versions();
        let versions = versions.map(|version| (format!("{:020}", version.number), version));
        let rest = versions.filter(|(key, _)| page.is_after(key));
        let described = rest.map(|(key, version)| {
            let mut described = describe_version(name, version, decrypt);
            described["Labels"] = json!(version.labels);
            describe_settings(call, &version.content, &mut described);
            (key, described)
        });
        next_page(&page, "Parameters", described)
    })
}
