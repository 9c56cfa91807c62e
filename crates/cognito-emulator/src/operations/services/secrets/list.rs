//! The operation `ListSecrets`.

use serde::Deserialize;

use super::details::description;
use super::with_secrets;
use crate::model::failure::{Answer, Failure};
use crate::model::time::seconds;
use crate::operations::page::Page;
use crate::state::call::Call;
use crate::state::secrets::Secret;

/// The maximum value of `MaxResults` in a `ListSecrets` request. Without `MaxResults`, a response
/// has at most 60 secrets.
const MOST: usize = 100;

/// A filter in a `ListSecrets` request.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Filter<'a> {
    key: Option<&'a str>,
    #[serde(default)]
    values: Vec<&'a str>,
}

/// Reads the page size and the page token of a request. Fails with `InvalidNextTokenException` if
/// the token is invalid.
pub(super) fn page<'a>(call: &'a Call<'a>) -> Result<Page<'a>, Failure> {
    let page = Page::read(call, "MaxResults", "NextToken");
    let page = page.map_err(|_| {
        let message = "The NextToken value is invalid.";
        Failure::new("InvalidNextTokenException", message)
    });
    Ok(page?.at_most(MOST))
}

/// Handles `ListSecrets`. Secrets whose deletion is scheduled are listed only with
/// `IncludePlannedDeletion`.
pub(crate) fn secrets(call: &Call<'_>) -> Answer {
    let filters: Vec<Filter<'_>> = call.member("Filters")?;
    let includes_deleted = call.flag("IncludePlannedDeletion");
    let is_descending = call.text("SortOrder") == Some("desc");
    let sort = call.text("SortBy");
    let page = page(call)?;
    with_secrets(call, |secrets| {
        let is_rest = |key: &str| match &page.after {
            Some(after) if is_descending => key < after.as_str(),
            _ => page.is_after(key),
        };
        let mut shown: Vec<_> = secrets
            .values()
            .filter(|secret| includes_deleted || secret.deletion.is_none())
            .filter(|secret| filters.iter().all(|filter| matches(secret, filter)))
            .map(|secret| (key(secret, sort), secret))
            .filter(|(key, _)| is_rest(key))
            .collect();
        shown.sort_by(|(one, _), (other, _)| one.cmp(other));
        if is_descending {
            shown.reverse();
        }
        let described = shown.into_iter();
        let described =
            described.map(|(key, secret)| (key, description(secret, "SecretVersionsToStages")));
        page.answer("SecretList", described)
    })
}

/// Returns the key by which secrets are sorted. If `sort` is `name`, the key is the name. Otherwise
/// the key is a time with leading zeros, followed by the name. `sort` selects the time: the last
/// access, the last change or the creation. Default: the creation.
fn key(secret: &Secret, sort: Option<&str>) -> String {
    let time = match sort {
        Some("name") => return secret.name.clone(),
        Some("last-accessed-date") => secret.accessed.map_or(0, seconds),
        Some("last-changed-date") => seconds(secret.changed),
        _ => seconds(secret.created),
    };
    format!("{time:020} {}", secret.name)
}

/// Returns `true` if a secret matches one of the values of a filter. If a value begins with an
/// exclamation mark, it matches the secrets that do not match the rest of the value.
fn matches(secret: &Secret, filter: &Filter<'_>) -> bool {
    filter
        .values
        .iter()
        .any(|value| match value.strip_prefix('!') {
            Some(value) => !has(secret, filter.key, value),
            None => has(secret, filter.key, value),
        })
}

fn has(secret: &Secret, key: Option<&str>, value: &str) -> bool {
    let lower = value.to_lowercase();
    let in_description = || {
        let description = secret.description.as_deref().unwrap_or_default();
        description.to_lowercase().starts_with(&lower)
    };
    let in_keys = || secret.tags.keys().any(|key| key.starts_with(value));
    let in_values = || secret.tags.values().any(|tag| tag.starts_with(value));
    let in_name = || secret.name.starts_with(value);
    match key {
        Some("description") => in_description(),
        Some("name") => in_name(),
        Some("owning-service") => secret.owner.is_some_and(|owner| owner.starts_with(value)),
        Some("primary-region") => false,
        Some("tag-key") => in_keys(),
        Some("tag-value") => in_values(),
        _ => {
            let name = secret.name.to_lowercase();
            name.contains(&lower) || in_description() || in_keys() || in_values()
        }
    }
}
