//! Checks the types of other crates in a public API. A new major version of such a crate is a
//! breaking change of our crate, so each of these types needs a reason.

use std::collections::BTreeSet;

use cargo_metadata::Package;

/// The manifest table that lists the permitted types of other crates with the reasons. A key is a
/// path, or the beginning of paths.
const TABLE: &str = "external-types";

/// The names with which a path of the standard library can begin: its crates and the primitive
/// types. If a trait is implemented for `str`, the path of its method begins with `str::`.
const STANDARD: &[&str] = &[
    "alloc", "bool", "char", "core", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize",
    "std", "str", "u8", "u16", "u32", "u64", "u128", "usize",
];

/// Returns a message for each type of another crate in the public API `api` that the manifest of
/// the package does not permit. Also returns a message for each permitted path that is not in the
/// public API. `ours` contains the names of our crates.
pub(super) fn check(package: &Package, api: &str, ours: &[String]) -> Vec<String> {
    let table = package
        .metadata
        .get(TABLE)
        .and_then(|table| table.as_object());
    let allowed: Vec<&str> = table
        .into_iter()
        .flatten()
        .map(|(path, _)| path.as_str())
        .collect();
    let found: BTreeSet<&str> = api.lines().flat_map(paths).collect();
    let external = |path: &&&str| {
        let name = path.split("::").next().unwrap_or_default();
        !STANDARD.contains(&name) && !ours.iter().any(|own| own == name)
    };
    let found: Vec<&str> = found.iter().filter(external).copied().collect();
    let name = &package.name;
    let unknown = found
        .iter()
        .filter(|path| !allowed.iter().any(|start| is_below(path, start)))
        .map(|path| format!("{name}: `{path}` in the public API has no reason in `{TABLE}`"));
    let unused = allowed
        .iter()
        .filter(|start| !found.iter().any(|path| is_below(path, start)))
        .map(|start| format!("{name}: `{start}` in `{TABLE}` is not in the public API"));
    unknown.chain(unused).collect()
}

/// Returns `true` if `path` is `start` or begins with `start::`.
fn is_below(path: &str, start: &str) -> bool {
    let rest = path.strip_prefix(start);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// Returns the paths in a line of the public API, if they begin with a crate name or a primitive
/// type.
fn paths(line: &str) -> impl Iterator<Item = &str> {
    let part_of_path = |character: char| character.is_alphanumeric() || "_:".contains(character);
    line.split(move |character| !part_of_path(character))
        .map(|path| path.trim_matches(':'))
        .filter(|path| path.contains("::") && path.starts_with(|c: char| c.is_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::repository;

    const API: &str = "\
pub fn cognito_aws::AwsClient::new(config: &aws_types::sdk_config::SdkConfig) -> Self
impl<T: core::clone::Clone> http::Body for cognito_aws::Reply<T>
pub fn str::into_reply(self) -> alloc::string::String
pub fn cognito_aws::Reply<T>::poll(&self) -> core::option::Option<T::Item>
";

    fn messages(allowed: &serde_json::Value) -> Vec<String> {
        let mut packages = repository::published().unwrap();
        let mut package = packages.pop().unwrap();
        package.metadata = json!({ "external-types": allowed });
        check(&package, API, &["cognito_aws".to_owned()])
            .into_iter()
            .map(|message| message.split('`').nth(1).unwrap().to_owned())
            .collect()
    }

    #[test]
    fn external_type_needs_a_reason() {
        let found = messages(&json!({}));
        assert_eq!(found, ["aws_types::sdk_config::SdkConfig", "http::Body"]);
        let allowed = json!({ "aws_types::sdk_config": "constructor", "http": "its trait" });
        assert_eq!(messages(&allowed), Vec::<String>::new());
    }

    #[test]
    fn unused_reason_is_reported() {
        let allowed = json!({ "aws_types": "constructor", "http": "its trait", "htt": "?" });
        assert_eq!(messages(&allowed), ["htt"]);
    }
}
