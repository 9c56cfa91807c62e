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
/// contains the possible statuses of a user after such a request.
///
/// Security: a user who was not created by this import must not get the groups of the row. A user
/// who signs up after `begun` can have the same name and attributes, but has a different status
/// than a user whom `AdminCreateUser` has created.
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
/// An address counts only if the row marks it as verified, with `email_verified` or
/// `phone_number_verified`. Otherwise it proves nothing: in the old system, anyone could claim it.
/// The user name does not count as an address, because anyone can choose it.
pub(super) fn is_same<'a>(row: &ImportRow, value: impl Fn(&str) -> Option<&'a str>) -> bool {
    let sub = value("sub").filter(|sub| !sub.is_empty());
    if sub.is_some() && row.sub.as_deref() == sub {
        return true;
    }
    ["email", "phone_number"].iter().any(|kind| {
        let verified = format!("{kind}_verified");
        let given = |name: &str| row.attributes.get(name).map(String::as_str);
        let is_verified = value(&verified) == Some("true") && given(&verified) == Some("true");
        let found = value(kind).unwrap_or_default().to_lowercase();
        let is_equal = |address: &str| !found.is_empty() && address.to_lowercase() == found;
        is_verified && given(kind).is_some_and(is_equal)
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

/// Returns the attributes of the row that differ from those of the user, or that the user does not
/// have. `value` returns the value of an attribute of the user.
///
/// The case of e-mail addresses is ignored, because some pools change e-mail addresses to lower
/// case. If the user has no `email_verified` or `phone_number_verified`, its value is `false`.
pub(super) fn differences<'a, 'u>(
    row: &'a ImportRow,
    value: impl Fn(&str) -> Option<&'u str>,
) -> impl Iterator<Item = (&'a str, &'a str)> {
    let attributes = row.attributes.iter();
    let attributes = attributes.map(|(name, wanted)| (name.as_str(), wanted.as_str()));
    attributes.filter(move |(name, wanted)| {
        let found = value(name).unwrap_or_default();
        match *name {
            "email" => found.to_lowercase() != wanted.to_lowercase(),
            "email_verified" | "phone_number_verified" => (found == "true") != (*wanted == "true"),
            _ => found != *wanted,
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
        let row = |email: Option<&str>, verified: Option<&str>, sub: Option<&str>| {
            let attributes = [("email", email), ("email_verified", verified)];
            let attributes = attributes.into_iter().filter_map(|(name, value)| {
                let value = value?.to_owned();
                Some((name.to_owned(), value))
            });
            ImportRow {
                username: "ann@example.com".to_owned(),
                sub: sub.map(str::to_owned),
                attributes: attributes.collect(),
                ..ImportRow::default()
            }
        };
        let yes = Some("true");
        let email = Some("ann@example.com");
        for (row, found, verified, expected) in [
            (row(email, yes, None), "ANN@example.com", yes, true),
            (
                row(email, yes, None),
                "ann@example.com",
                Some("false"),
                false,
            ),
            (row(email, yes, None), "ann@example.com", None, false),
            (row(email, yes, None), "eve@example.com", yes, false),
            (
                row(email, Some("false"), None),
                "ann@example.com",
                yes,
                false,
            ),
            (row(email, None, None), "ann@example.com", yes, false),
            (row(None, None, None), "ann@example.com", yes, false),
            (row(None, yes, None), "ann@example.com", yes, false),
            (row(None, None, Some("1234")), "eve@example.com", None, true),
            (
                row(email, None, Some("1235")),
                "ann@example.com",
                yes,
                false,
            ),
            (row(None, None, Some("")), "eve@example.com", yes, false),
        ] {
            let value = |name: &str| match name {
                "email" => Some(found),
                "email_verified" => verified,
                "sub" => Some("1234"),
                _ => None,
            };
            let shown = (&row.attributes, &row.sub);
            assert_eq!(
                is_same(&row, value),
                expected,
                "{shown:?} {found} {verified:?}"
            );
        }
        assert!(!is_same(&row(email, yes, None), |_| None));
        let no_sub = |name: &str| (name == "sub").then_some("");
        assert!(!is_same(&row(None, None, Some("")), no_sub));
    }
}
