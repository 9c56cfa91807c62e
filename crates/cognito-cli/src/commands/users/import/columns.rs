//! The columns of a CSV file to import.

use std::collections::BTreeSet;

use super::row::ImportRow;
use super::schema::Schema;
use crate::commands::users::job_file;
use crate::failure::{Failure, Outcome};

/// The meaning of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Attribute(String),
    Enabled,
    Groups,
    /// The password hash.
    Hash,
    /// The links to identity providers, which cannot be imported.
    Identities,
    /// The second factors: their names, or `true` for SMS codes.
    Mfa,
    /// The column is not imported.
    Nothing,
    Status,
    Sub,
    Username,
}

impl Column {
    /// Returns the meaning of a column with this name. Returns `None` if the name is unknown.
    fn named(name: &str, schema: &Schema) -> Option<Self> {
        Some(match name {
            "username" | job_file::USERNAME => Self::Username,
            "sub" => Self::Sub,
            "status" | "cognito:user_status" => Self::Status,
            "enabled" => Self::Enabled,
            "groups" => Self::Groups,
            "identities" => Self::Identities,
            "mfa" | job_file::MFA => Self::Mfa,
            job_file::HASH => Self::Hash,
            "created" | "modified" | "-" => Self::Nothing,
            name if name.starts_with("cognito:") => Self::Nothing,
            name if schema.has(name) => Self::Attribute(name.to_owned()),
            _ => return None,
        })
    }

    /// Sets the value of this column in `row`. If the value is invalid, fails with the reason.
    pub(super) fn set(&self, row: &mut ImportRow, value: String) -> Result<(), &'static str> {
        match self {
            Self::Nothing => {}
            Self::Identities => row.is_linked = !matches!(&*value, "" | "[]"),
            Self::Hash => row.hash = Some(value).filter(|hash| !hash.is_empty()),
            Self::Mfa => {
                let mut factors = value.split_whitespace();
                row.has_sms = factors.any(|name| name == SMS || name.eq_ignore_ascii_case("true"));
            }
            Self::Username => row.username = value,
            Self::Sub => row.sub = Some(value).filter(|sub| !sub.is_empty()),
            Self::Status => row.status = Some(value).filter(|status| !status.is_empty()),
            Self::Groups => row.groups = value.split_whitespace().map(str::to_owned).collect(),
            Self::Enabled => match value.to_ascii_lowercase().as_str() {
                "" | "true" => {}
                "false" => row.is_disabled = true,
                _ => return Err("must be true or false"),
            },
            Self::Attribute(name) if !value.is_empty() => {
                row.attributes.insert(name.clone(), value);
            }
            Self::Attribute(_) => {}
        }
        Ok(())
    }
}

/// The name of SMS codes as second factor.
pub(super) const SMS: &str = "SMS_MFA";

/// The mapping of a column to an attribute: `--map COLUMN=ATTRIBUTE`.
pub(super) type Mapping = (String, String);

/// Parses the value of `--map`.
pub(super) fn mapping(text: &str) -> Result<Mapping, String> {
    match text.rsplit_once('=') {
        Some((column, attribute)) if !column.is_empty() && !attribute.is_empty() => {
            Ok((column.to_owned(), attribute.to_owned()))
        }
        _ => Err("must be COLUMN=ATTRIBUTE, or COLUMN=- to leave the column out".to_owned()),
    }
}

/// Returns the meaning of each column in a header.
///
/// # Errors
///
/// Fails if a column is unknown or occurs twice, if no column has the user names, or if `map` names
/// a column that does not exist.
///
/// Security: a file without a header has a user in its first line. Therefore the message contains
/// the name of an unknown column only if `reveal` is `true`.
pub(super) fn columns(
    header: &[String],
    map: &[Mapping],
    schema: &Schema,
    reveal: bool,
) -> Outcome<Vec<Column>> {
    if let Some((column, _)) = map.iter().find(|(column, _)| !header.contains(column)) {
        return Err(Failure::usage(format!("the file has no column {column}")));
    }
    let mut columns = Vec::new();
    let mut names = BTreeSet::new();
    for (at, name) in (1..).zip(header) {
        let mapped = map.iter().find(|(column, _)| column == name);
        let target = mapped.map_or(name, |(_, attribute)| attribute);
        let column = Column::named(target, schema).ok_or_else(|| {
            if mapped.is_some() {
                return Failure::usage(format!("the pool has no attribute {target}"));
            }
            let name = if reveal { name } else { "NAME" };
            Failure::usage(format!(
                "column {at} in the header is no attribute of the pool: add --map \
                 '{name}=ATTRIBUTE', or --map '{name}=-' to leave the column out"
            ))
        })?;
        if column != Column::Nothing && !names.insert(format!("{column:?}")) {
            return Err(Failure::usage(format!("two columns are {target}")));
        }
        columns.push(column);
    }
    let addresses = ["email", "phone_number"].map(|name| Column::Attribute(name.to_owned()));
    let has_name = columns.contains(&Column::Username)
        || (schema.has_address_names() && addresses.iter().any(|name| columns.contains(name)));
    if !has_name {
        return Err(Failure::usage(
            "no column has the user names: name it `username`, or add --map COLUMN=username",
        ));
    }
    Ok(columns)
}
