//! Finds out whether a user of the pool is the user of a row, and was created by this import.

use std::time::{Duration, SystemTime};

use cognito::administration::{UserDetails, UserStatus};
use cognito::{ErrorKind, Operation};

use super::row::ImportRow;
use crate::context::Context;
use crate::failure::Outcome;

/// The maximum difference between the clock of this host and the clock of Cognito. AWS rejects
/// requests from hosts whose clock differs by more.
const MOST_SKEW: Duration = Duration::from_secs(5 * 60);

/// The status of a user whom `AdminCreateUser` has created, until the user sets a password.
pub(super) const CREATED: &[UserStatus] = &[UserStatus::ForceChangePassword];

/// The statuses of users whom an import job has created: `ResetRequired` without a password hash,
/// and `Confirmed` with a password hash.
pub(super) const IMPORTED: &[UserStatus] = &[UserStatus::ResetRequired, UserStatus::Confirmed];

/// Returns `true` if a request that was sent at the time `begun` can have created a user with this
/// `status` and this time of creation. Returns `false` if one of the times is unknown. `statuses`
/// are the statuses of users whom such a request creates.
///
/// Security: a user who was not created by this import must not get the groups of the row. A user
/// who signs up after `begun` can have the same name and attributes. The status tells such a user
/// from a user whom `AdminCreateUser` has created.
pub(super) fn is_new(
    created: Option<SystemTime>,
    status: &UserStatus,
    begun: Option<SystemTime>,
    statuses: &[UserStatus],
) -> bool {
    let is_later = |(created, begun): (SystemTime, SystemTime)| {
        created
            .checked_add(MOST_SKEW)
            .is_some_and(|time| time >= begun)
    };
    statuses.contains(status) && created.zip(begun).is_some_and(is_later)
}

/// Returns `true` if a verified address of the user is also an address of the row. `value` returns
/// the value of an attribute of the user.
pub(super) fn has_same_address<'a>(
    row: &ImportRow,
    value: impl Fn(&str) -> Option<&'a str>,
) -> bool {
    ["email", "phone_number"].iter().any(|kind| {
        let found = value(kind).unwrap_or_default().to_lowercase();
        let is_same = |address: &String| !found.is_empty() && address.to_lowercase() == found;
        let is_verified = value(&format!("{kind}_verified")) == Some("true");
        let address = row.attributes.get(*kind).unwrap_or(&row.username);
        is_verified && is_same(address)
    })
}

/// Returns the user with the name in the row. Returns `None` if there is none.
pub(super) async fn user(context: &Context, row: &ImportRow) -> Outcome<Option<UserDetails>> {
    let user = context.cognito().await?.admin().user(&row.username);
    let details = context.send(Operation::AdminGetUser, user.details());
    match details.await {
        Ok(user) => Ok(Some(user)),
        Err(error) if error.kind() == ErrorKind::UserNotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Returns the attributes of the row that the user does not have with the same value. The case of
/// e-mail addresses is ignored, because some pools change e-mail addresses to lower case.
pub(super) fn differences<'a>(
    row: &'a ImportRow,
    user: &'a UserDetails,
) -> impl Iterator<Item = (&'a String, &'a String)> {
    row.attributes.iter().filter(|(name, value)| {
        let found = user.attributes.value(name).unwrap_or_default();
        if *name == "email" {
            found.to_lowercase() != value.to_lowercase()
        } else {
            found != *value
        }
    })
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn only_new_users_of_request_are_own() {
        let at = |seconds| Some(UNIX_EPOCH + Duration::from_secs(seconds));
        let begun = at(10_000);
        let temporary = UserStatus::ForceChangePassword;
        for (created, status, begun, expected) in [
            (at(10_001), &temporary, begun, true),
            (at(9_700), &temporary, begun, true),
            (at(9_699), &temporary, begun, false),
            (None, &temporary, begun, false),
            (at(10_001), &temporary, None, false),
            (at(10_001), &UserStatus::Unconfirmed, begun, false),
            (at(10_001), &UserStatus::Confirmed, begun, false),
            (at(10_001), &UserStatus::ExternalProvider, begun, false),
        ] {
            let is_own = is_new(created, status, begun, CREATED);
            assert_eq!(is_own, expected, "{created:?} {status:?} {begun:?}");
        }
        assert!(is_new(begun, &UserStatus::Confirmed, begun, IMPORTED));
        assert!(!is_new(begun, &temporary, begun, IMPORTED));
    }

    #[test]
    fn only_verified_address_proves_identity() {
        let email = Some(("email".to_owned(), "ann@example.com".to_owned()));
        let row = ImportRow {
            username: "ann".to_owned(),
            attributes: email.into_iter().collect(),
            ..ImportRow::default()
        };
        for (email, verified, expected) in [
            ("ANN@example.com", Some("true"), true),
            ("ann@example.com", Some("false"), false),
            ("ann@example.com", None, false),
            ("eve@example.com", Some("true"), false),
        ] {
            let value = |name: &str| match name {
                "email" => Some(email),
                "email_verified" => verified,
                _ => None,
            };
            assert_eq!(has_same_address(&row, value), expected, "{email}");
        }
        assert!(!has_same_address(&row, |_| None));
    }
}
