//! The attributes that the update of an existing user sends.

use std::collections::BTreeMap;

use super::own::differences;
use super::row::ImportRow;
use super::schema::Schema;

/// The attributes of a row that an existing user does not have.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changes<'a> {
    /// The attributes to send.
    pub(super) values: BTreeMap<&'a str, &'a str>,
    /// The attributes that cannot be changed in this pool.
    fixed: Vec<&'a str>,
    /// The verification attributes that are not sent (`email_verified`, `phone_number_verified`).
    /// The row does not have the address that they belong to.
    alone: Vec<&'a str>,
}

impl<'a> Changes<'a> {
    /// Compares a row with a user. `value` returns the value of an attribute of the user.
    ///
    /// Security: `email_verified` and `phone_number_verified` are sent only with the address in the
    /// row. Otherwise the request could verify another address, because users can change their
    /// addresses at any time. An equal address that cannot be changed is not sent.
    pub(super) fn new<'u>(
        row: &'a ImportRow,
        schema: &Schema,
        value: impl Fn(&str) -> Option<&'u str>,
    ) -> Self {
        let mut changes = Self::default();
        let differing: BTreeMap<&str, &str> = differences(row, value).collect();
        for (&name, &wanted) in &differing {
            if !schema.is_mutable(name) {
                changes.fixed.push(name);
                continue;
            }
            let address = match name {
                "email_verified" => "email",
                "phone_number_verified" => "phone_number",
                _ => {
                    changes.set(name, wanted);
                    // Cognito marks a new address as not verified, unless the request says
                    // otherwise.
                    let verified = row.attributes.get_key_value(&format!("{name}_verified"));
                    if let Some((verified, wanted)) = verified {
                        changes.set(verified, wanted);
                    }
                    continue;
                }
            };
            match row.attributes.get_key_value(address) {
                None => changes.alone.push(name),
                Some((address, sent)) if schema.is_mutable(address) => {
                    changes.set(address, sent);
                    changes.set(name, wanted);
                }
                Some(_) if !differing.contains_key(address) => changes.set(name, wanted),
                // The address is immutable in the pool.
                Some(_) => {}
            }
        }
        changes
    }

    fn set(&mut self, name: &'a str, value: &'a str) {
        self.values.insert(name, value);
    }

    /// Returns a sentence about the attributes that are not sent. Returns `None` if all are sent.
    pub(super) fn note(&self) -> Option<String> {
        let mut notes = Vec::new();
        if !self.fixed.is_empty() {
            let names = self.fixed.join(", ");
            notes.push(format!("the pool does not allow to change {names}"));
        }
        if !self.alone.is_empty() {
            let names = self.alone.join(", ");
            notes.push(format!(
                "{names} is not set, because the row has no address"
            ));
        }
        (!notes.is_empty()).then(|| notes.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Attributes<'a> = &'a [(&'a str, &'a str)];

    /// Compares a row with a user who has the e-mail address `ann@example.com`.
    fn check(schema: &Schema, attributes: Attributes<'_>, expected: Attributes<'_>, note: &str) {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let row = ImportRow {
            username: "bob@example.com".to_owned(),
            attributes: attributes.iter().map(owned).collect(),
            ..ImportRow::default()
        };
        let value = |name: &str| (name == "email").then_some("ann@example.com");
        let changes = Changes::new(&row, schema, value);
        let values: Vec<(&str, &str)> = changes.values.iter().map(|(&a, &b)| (a, b)).collect();
        assert_eq!(values, expected, "{attributes:?}");
        assert_eq!(changes.note().unwrap_or_default(), note, "{attributes:?}");
    }

    const ANN: (&str, &str) = ("email", "ann@example.com");
    const EVE: (&str, &str) = ("email", "eve@example.com");
    const YES: (&str, &str) = ("email_verified", "true");
    const NO: (&str, &str) = ("email_verified", "false");

    #[test]
    fn flag_is_sent_with_its_address() {
        let schema = Schema::with_email(true);
        for (attributes, expected) in [
            (&[ANN, YES][..], &[ANN, YES][..]),
            (&[EVE, YES], &[EVE, YES]),
            (&[EVE, NO], &[EVE, NO]),
            (&[EVE], &[EVE]),
            (&[ANN, NO], &[]),
            (&[ANN], &[]),
        ] {
            check(&schema, attributes, expected, "");
        }
        let alone = "email_verified is not set, because the row has no address";
        check(&schema, &[YES], &[], alone);
    }

    #[test]
    fn flag_of_another_immutable_address_is_left_out() {
        let schema = Schema::with_email(false);
        let fixed = "the pool does not allow to change email";
        check(&schema, &[EVE, YES], &[], fixed);
        check(&schema, &[EVE], &[], fixed);
        check(&schema, &[ANN, YES], &[YES], "");
    }
}
