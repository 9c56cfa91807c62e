//! The operations `GetParametersByPath` and `DescribeParameters`.

use std::fmt::Display;

use serde::Deserialize;
use serde_json::{Value, json};

use super::read::{Selected, describe as describe_value};
use super::{arn, describe_settings, invalid, tier, with_parameters};
use crate::model::failure::{Answer, Failure};
use crate::model::time::timestamp;
use crate::operations::page::Page;
use crate::state::call::Call;
use crate::state::parameters::{Parameter, Version};

/// The default and the maximum number of parameters in a response of `GetParametersByPath`.
const MOST_BY_PATH: usize = 10;
/// The default and the maximum number of parameters in a response of `DescribeParameters`.
const MOST_DESCRIBED: usize = 50;

/// A filter in a request (`ParameterStringFilter`).
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Filter<'a> {
    key: &'a str,
    option: Option<&'a str>,
    #[serde(default)]
    values: Vec<&'a str>,
}

/// Reads the page size and the page token of a request. Fails with `InvalidNextToken` if the token
/// is invalid.
pub(super) fn page<'a>(call: &'a Call<'a>, most: usize) -> Result<Page<'a>, Failure> {
    let page = Page::read(call, "MaxResults", "NextToken");
    let page =
        page.map_err(|_| Failure::new("InvalidNextToken", "The specified token isn't valid."));
    Ok(page?.at_most(most))
}

/// Returns a response with one page of `entries` in the member `list`.
pub(super) fn next_page<K: Display>(
    page: &Page<'_>,
    list: &str,
    entries: impl Iterator<Item = (K, Value)>,
) -> Answer {
    page.answer(list, entries)
}

pub(crate) fn by_path(call: &Call<'_>) -> Answer {
    let path = call.required("Path")?.trim();
    if !path.starts_with('/') {
        return invalid(
            "The parameter doesn't meet the parameter name requirements. The parameter name must \
             begin with a forward slash \"/\". It can't be prefixed with \"aws\" or \"ssm\" \
             (case-insensitive). It must use only letters, numbers, or the following symbols: . \
             (period), - (hyphen), _ (underscore). Special characters are not allowed. All \
             sub-paths, if specified, must use the forward slash symbol \"/\". Valid example: \
             /get/parameters2-/by1./path0_.",
        );
    }
    let filters: Vec<Filter<'_>> = call.member("ParameterFilters")?;
    for filter in &filters {
        check_filter(filter, &["Type", "KeyId", "Label"])?;
    }
    let (decrypt, recursive) = (call.flag("WithDecryption"), call.flag("Recursive"));
    let page = page(call, MOST_BY_PATH)?;
    with_parameters(call, |parameters| {
        let found = parameters.iter();
        let found =
            found.filter(|(name, _)| page.is_after(name) && is_below(name, path, recursive));
        let found = found.filter_map(|(name, parameter)| {
            let version = labelled(parameter, &filters)?;
            let is_match = |filter: &Filter<'_>| {
                filter.key == "Label" || matches(name, parameter, version, filter)
            };
            filters.iter().all(is_match).then_some((name, version))
        });
        let described = found.map(|(name, version)| {
            let selector = None;
            let selected = Selected {
                name,
                version,
                selector,
            };
            (name, describe_value(call, &selected, decrypt))
        });
        next_page(&page, "Parameters", described)
    })
}

/// Returns the parameter version that has one of the labels in a filter with the key `Label`.
/// Without such a filter, returns the newest version.
fn labelled<'a>(parameter: &'a Parameter, filters: &[Filter<'_>]) -> Option<&'a Version> {
    match filters.iter().find(|filter| filter.key == "Label") {
        None => Some(parameter.latest()),
        Some(filter) => parameter.versions().find(|version| {
            let mut labels = version.labels.iter();
            labels.any(|label| is_value(label, filter))
        }),
    }
}

/// Returns `true` if a parameter is below a path: directly, or also deeper if `recursive` is `true`.
/// Names without a slash are directly below `/`.
fn is_below(name: &str, path: &str, recursive: bool) -> bool {
    let path = path.trim_end_matches('/');
    let rest = if path.is_empty() {
        Some(name.strip_prefix('/').unwrap_or(name))
    } else {
        name.strip_prefix(path)
            .and_then(|rest| rest.strip_prefix('/'))
    };
    rest.is_some_and(|rest| recursive || !rest.contains('/'))
}

pub(crate) fn describe(call: &Call<'_>) -> Answer {
    let mut filters: Vec<Filter<'_>> = call.member("ParameterFilters")?;
    let older: Vec<Filter<'_>> = call.member("Filters")?;
    if !older.is_empty() && !filters.is_empty() {
        return invalid("You can use either Filters or ParameterFilters in a single request.");
    }
    filters.extend(older);
    for filter in &filters {
        let known = ["Name", "Type", "KeyId", "Path", "Tier", "DataType"];
        check_filter(filter, &known)?;
    }
    let page = page(call, MOST_DESCRIBED)?;
    with_parameters(call, |parameters| {
        let found = parameters.iter();
        let found = found.filter(|(name, parameter)| {
            let version = parameter.latest();
            let mut filters = filters.iter();
            page.is_after(name) && filters.all(|filter| matches(name, parameter, version, filter))
        });
        let described = found.map(|(name, parameter)| {
            let version = parameter.latest();
            let mut described = json!({
                "Name": name,
                "ARN": arn(call, name),
                "Type": version.content.kind,
                "LastModifiedDate": timestamp(version.modified),
                "Version": version.number,
            });
            describe_settings(call, &version.content, &mut described);
            (name, described)
        });
        next_page(&page, "Parameters", described)
    })
}

/// Fails if the key, the option or a value of a filter is invalid. `known` contains the valid keys.
/// Keys for tags (`tag:…`) are also valid if `known` contains `Name`.
fn check_filter(filter: &Filter<'_>, known: &[&str]) -> Result<(), Failure> {
    let is_tag = filter.key.starts_with("tag:") && known.contains(&"Name");
    if !is_tag && !known.contains(&filter.key) {
        let message = format!(
            "The following filter key is not valid: {}. Valid filter keys include: [{}].",
            filter.key,
            known.join(", ")
        );
        return Err(Failure::new("InvalidFilterKey", message));
    }
    let options: &[&str] = match filter.key {
        "Path" => &["Recursive", "OneLevel"],
        "Name" => &["BeginsWith", "Contains", "Equals"],
        _ => &["BeginsWith", "Equals"],
    };
    if let Some(option) = filter.option.filter(|option| !options.contains(option)) {
        let message = format!(
            "The following filter option is not valid: {option}. Valid options include: [{}].",
            options.join(", ")
        );
        return Err(Failure::new("InvalidFilterOption", message));
    }
    if filter.values.is_empty() && !is_tag {
        let message = "The following filter values are missing : null for filter key ";
        let message = format!("{message}{}", filter.key);
        return Err(Failure::new("InvalidFilterValue", message));
    }
    Ok(())
}

fn matches(name: &str, parameter: &Parameter, version: &Version, filter: &Filter<'_>) -> bool {
    let content = &version.content;
    if let Some(key) = filter.key.strip_prefix("tag:") {
        let tag = parameter.tags.get(key);
        // A filter without values matches every value of the tag.
        return tag.is_some_and(|tag| filter.values.is_empty() || is_value(tag, filter));
    }
    match filter.key {
        "DataType" => is_value(&content.data_type, filter),
        "KeyId" => content
            .key_id
            .as_ref()
            .is_some_and(|key| is_value(key, filter)),
        // A leading slash makes no difference.
        "Name" => {
            let bare = name.strip_prefix('/').unwrap_or(name);
            is_value(name, filter) || is_value(bare, filter)
        }
        "Path" => {
            let recursive = filter.option == Some("Recursive");
            let mut paths = filter.values.iter();
            paths.any(|path| is_below(name, path, recursive))
        }
        "Tier" => is_value(tier(content), filter),
        "Type" => is_value(content.kind, filter),
        _ => false,
    }
}

fn is_value(text: &str, filter: &Filter<'_>) -> bool {
    filter.values.iter().any(|value| match filter.option {
        Some("BeginsWith") => text.starts_with(value),
        Some("Contains") => text.contains(value),
        _ => text == *value,
    })
}
