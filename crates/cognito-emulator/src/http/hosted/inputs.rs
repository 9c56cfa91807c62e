//! The fields in which a user enters a user name and attributes.

use super::html::{Field, Kind};
use super::texts::Texts;
use crate::model::options::Usernames;
use crate::model::settings::Settings;

/// The prefix in the name of each form field for a user attribute.
pub(super) const PREFIX: &str = "userAttributes.";

/// A form field for an attribute of a user.
pub(super) struct Input<'a> {
    /// The name of the user attribute, such as `email`.
    pub(super) attribute: &'a str,
    /// The name of the field: [`PREFIX`], followed by the name of the attribute.
    pub(super) name: String,
    is_required: bool,
}

impl<'a> Input<'a> {
    pub(super) fn new(attribute: &'a str, is_required: bool) -> Self {
        Self {
            attribute,
            name: format!("{PREFIX}{attribute}"),
            is_required,
        }
    }

    pub(super) fn field(&'a self, texts: &Texts, value: &'a str) -> Field<'a> {
        let label = texts.attribute(self.attribute);
        let field = Field::new(&self.name, label, kind(self.attribute), value);
        field.required_if(self.is_required)
    }
}

/// Returns the label and the kind of the field in which a new user enters the user name.
pub(super) fn username(settings: &Settings, texts: &Texts) -> (&'static str, Kind) {
    let are_names = |name| settings.name_attributes.contains(name);
    match settings.usernames {
        Usernames::Plain => (texts.username, Kind::Username),
        Usernames::Email => match (are_names("email"), are_names("phone_number")) {
            (true, true) => (texts.email_or_phone, Kind::Username),
            (false, true) => (
                texts.attribute("phone_number"),
                Kind::Input("tel", "username"),
            ),
            _ => (texts.attribute("email"), Kind::Input("email", "username")),
        },
    }
}

/// Returns the fields of the sign-up page for attributes. There is a field for each required
/// attribute.
///
/// If users sign in with an e-mail address or a phone number, the field for the user name already
/// contains this attribute, so there is no separate field for it. If the pool accepts both as the
/// user name, a required address has an optional field, because the user name can be the other one.
///
/// If users choose a user name, there are also fields for the e-mail address and the phone number
/// that the pool verifies. Cognito sends the confirmation code to one of them.
pub(super) fn sign_up(settings: &Settings) -> Vec<Input<'_>> {
    let names = &settings.name_attributes;
    let is_plain = settings.usernames == Usernames::Plain;
    let is_name = |name: &str| !is_plain && names.contains(name);
    let required = settings.required_attributes.iter().map(String::as_str);
    let verified = settings.auto_verified.iter().copied();
    let verified =
        verified.filter(|name| is_plain && !settings.required_attributes.contains(*name));
    // The field for the user name contains an address. If the pool accepts two kinds of addresses,
    // it can be the other one.
    required
        .filter(|name| !is_name(name) || names.len() > 1)
        .map(|name| Input::new(name, !is_name(name)))
        .chain(verified.map(|name| Input::new(name, false)))
        .collect()
}

/// Returns the kind of form field for a user attribute: its input type and its `autocomplete`
/// value. The HTML standard defines the `autocomplete` values.
fn kind(attribute: &str) -> Kind {
    match attribute {
        "birthdate" => Kind::Input("date", "bday"),
        "email" => Kind::Input("email", "email"),
        "family_name" => Kind::Input("text", "family-name"),
        "given_name" => Kind::Input("text", "given-name"),
        "middle_name" => Kind::Input("text", "additional-name"),
        "name" => Kind::Input("text", "name"),
        "nickname" => Kind::Input("text", "nickname"),
        "phone_number" => Kind::Input("tel", "tel"),
        "website" => Kind::Input("text", "url"),
        _ => Kind::Text,
    }
}
