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

/// Returns `true` if an existing user is the user of the row: the row has the `sub` of the user, or
/// a verified address of the user. `value` returns the value of an attribute of the user.
///
/// An address that the row marks as not verified proves nothing: in the old system, everyone could
/// claim it.
pub(super) fn is_same<'a>(row: &ImportRow, value: impl Fn(&str) -> Option<&'a str>) -> bool {
    let sub = value("sub").filter(|sub| !sub.is_empty());
    if sub.is_some() && row.sub.as_deref() == sub {
        return true;
    }
    ["email", "phone_number"].iter().any(|kind| {
        let verified = format!("{kind}_verified");
        let found = value(kind).unwrap_or_default().to_lowercase();
        let is_equal = |address: &String| !found.is_empty() && address.to_lowercase() == found;
        let address = row.attributes.get(*kind).unwrap_or(&row.username);
        let may_be_claimed = row.attributes.get(&verified).is_some_and(|it| it != "true");
        value(&verified) == Some("true") && is_equal(address) && !may_be_claimed
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
    fn only_sub_or_verified_address_proves_identity() {
        let email = Some(("email".to_owned(), "ann@example.com".to_owned()));
        let mut row = ImportRow {
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
            assert_eq!(is_same(&row, value), expected, "{email}");
        }
        assert!(!is_same(&row, |_| None));
        let verified = |name: &str| match name {
            "email" => Some("ann@example.com"),
            "email_verified" => Some("true"),
            "sub" => Some("1234"),
            _ => None,
        };
        for (claimed, expected) in [("true", true), ("false", false)] {
            let claimed = ("email_verified".to_owned(), claimed.to_owned());
            row.attributes.extend([claimed]);
            assert_eq!(is_same(&row, verified), expected);
        }
        for (sub, expected) in [(Some("1234"), true), (Some("1235"), false), (None, false)] {
            row.sub = sub.map(str::to_owned);
            assert_eq!(is_same(&row, verified), expected, "{sub:?}");
        }
        row.sub = Some(String::new());
        assert!(!is_same(&row, |name| (name == "sub").then_some("")));
    }
}
