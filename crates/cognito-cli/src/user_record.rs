//! The data of a user that commands write to stdout or to a file ([`UserRecord`]).

use std::collections::BTreeMap;

use cognito::administration::{GroupPage, UserDetails};
use cognito::clock::rfc3339;
use serde::{Deserialize, Serialize};

use crate::mask;

/// A user, with the fields in the order in which they are written.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct UserRecord {
    pub(crate) username: String,
    pub(crate) sub: String,
    pub(crate) status: String,
    pub(crate) enabled: bool,
    pub(crate) created: Option<String>,
    pub(crate) modified: Option<String>,
    pub(crate) attributes: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) groups: Option<Vec<String>>,
    /// The enabled second factors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mfa: Option<Vec<String>>,
}

/// Returns the names of the groups of a page.
pub(crate) fn group_names(page: &GroupPage) -> impl Iterator<Item = String> {
    let groups = page.groups.iter();
    groups.map(|group| group.name.as_str().to_owned())
}

impl UserRecord {
    pub(crate) fn new(user: &UserDetails) -> Self {
        let attributes = user.attributes.iter();
        Self {
            username: user.username.as_str().to_owned(),
            sub: user.attributes.value("sub").unwrap_or_default().to_owned(),
            status: user.status.as_str().to_owned(),
            enabled: user.enabled,
            created: user.created.map(rfc3339),
            modified: user.modified.map(rfc3339),
            attributes: attributes
                .filter(|(name, _)| *name != "sub")
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            groups: None,
            mfa: None,
        }
    }

    /// Masks the personal data in the user name and the attributes.
    pub(crate) fn masked(mut self) -> Self {
        self.username = mask::user_name(&self.username);
        for (name, value) in &mut self.attributes {
            *value = mask::attribute(name, value);
        }
        self
    }

    /// Returns the fields and the attributes of the user as pairs of name and value. They are the
    /// rows of a table, or the columns of CSV.
    pub(crate) fn fields(&self) -> Vec<(String, String)> {
        let mut fields = vec![
            ("username", self.username.clone()),
            ("sub", self.sub.clone()),
            ("status", self.status.clone()),
            ("enabled", self.enabled.to_string()),
            ("created", self.created.clone().unwrap_or_default()),
            ("modified", self.modified.clone().unwrap_or_default()),
        ];
        fields.extend(
            self.groups
                .as_ref()
                .map(|groups| ("groups", groups.join(" "))),
        );
        fields.extend(self.mfa.as_ref().map(|mfa| ("mfa", mfa.join(" "))));
        let fields = fields
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value));
        let attributes = self.attributes.iter();
        fields
            .chain(attributes.map(|(name, value)| (name.clone(), value.clone())))
            .collect()
    }
}
