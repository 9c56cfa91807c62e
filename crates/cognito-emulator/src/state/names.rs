//! User names and aliases: valid names for new users, and conflicts with other users.

use crate::model::attributes::standard::{ADDRESSES, is_email, is_phone};
use crate::model::failure::Failure;
use crate::model::options::Usernames;
use crate::model::random::uuid_text;
use crate::model::settings::Settings;
use crate::model::user::attributes::Attributes;
use crate::model::user::{Status, User};
use crate::state::call::Call;
use crate::state::pool::State;
use crate::state::service::Service;
use crate::state::users::Users;

/// Returns the attributes of a new user: the attributes in `given` that are not empty. If users of
/// the pool sign in with an address, the attributes also include the address in `username`.
///
/// # Errors
///
/// `InvalidParameterException` in two cases: users of the pool sign in with an address and
/// `username` is not such an address, or e-mail addresses are aliases in the pool and `username` is
/// an e-mail address.
pub(crate) fn with_username(
    settings: &Settings,
    username: &str,
    given: &[(&str, &str)],
) -> Result<Attributes, Failure> {
    let given = given.iter().filter(|(_, value)| !value.is_empty());
    let mut named: Attributes = given.copied().collect();
    let are_names = |name| settings.name_attributes.contains(name);
    match settings.usernames {
        Usernames::Email if is_email(username) && are_names("email") => {
            named.insert("email", username);
        }
        Usernames::Email if is_phone(username) && are_names("phone_number") => {
            named.insert("phone_number", username);
        }
        Usernames::Email => {
            let wanted = match (are_names("email"), are_names("phone_number")) {
                (true, true) => "either an email or a phone number",
                (true, false) => "an email",
                _ => "a phone number",
            };
            return Err(Failure::invalid_parameter(format!(
                "Username should be {wanted}."
            )));
        }
        Usernames::Plain if is_email(username) && are_names("email") => {
            return Err(Failure::invalid_parameter(
                "Username cannot be of email format, since user pool is configured for email \
                 alias.",
            ));
        }
        Usernames::Plain => {}
    }
    Ok(named)
}

/// Fails if a user who signs in through an identity provider of the pool can get this user name.
/// Does nothing if users of the pool sign in with an address, because the pool then generates the
/// user names.
///
/// Security: without this check, anyone could sign up with the name of such a user before that user
/// first signs in. The first sign-in of the user would then fail.
pub(crate) fn check_not_federated(settings: &Settings, username: &str) -> Result<(), Failure> {
    if settings.usernames == Usernames::Email {
        return Ok(());
    }
    let names = settings.names();
    let username = names.fold(username);
    let mut providers = settings.identity_providers.keys();
    if providers.any(|provider| username.starts_with(&names.fold(&format!("{provider}_")))) {
        return Err(Failure::invalid_parameter(
            "Username cannot start with the name of an identity provider.",
        ));
    }
    Ok(())
}

/// Fails with `UsernameExistsException` if an address of the new user belongs to another user. Does
/// nothing if users of the pool do not sign in with an address.
pub(crate) fn check_addresses_free(
    settings: &Settings,
    users: &Users,
    attributes: &Attributes,
) -> Result<(), Failure> {
    if settings.usernames == Usernames::Plain {
        return Ok(());
    }
    for attribute in ADDRESSES {
        let taken = attributes
            .get(attribute)
            .is_some_and(|address| users.owner(address).is_some());
        if taken {
            return Err(Failure::new(
                "UsernameExistsException",
                format!("An account with the given {attribute} already exists."),
            ));
        }
    }
    Ok(())
}

/// Creates a user without attributes. If users of the pool sign in with an address, the user name
/// is the new `sub`. Otherwise it is `username`.
pub(crate) fn new_user(call: &Call<'_>, username: &str, status: Status) -> User {
    let sub = uuid_text(call.service.random.bytes());
    let username = match call.service.settings.usernames {
        Usernames::Email => sub.clone(),
        Usernames::Plain => username.to_owned(),
    };
    User::new(username, sub, status, call.now)
}

/// Checks that an address or a `preferred_username` can become an alias of a user. If another user
/// has the alias, fails with `AliasExistsException`. With `force`, instead marks the address of the
/// other user as not verified, so that the other user loses the alias. Does nothing if users of the
/// pool sign in with an address.
pub(crate) fn claim_alias(
    service: &Service,
    state: &mut State,
    username: &str,
    (attribute, address): (&str, &str),
    force: bool,
) -> Result<(), Failure> {
    if service.settings.usernames != Usernames::Plain {
        return Ok(());
    }
    let Some(owner) = state.users.owner(address).map(ToOwned::to_owned) else {
        return Ok(());
    };
    if owner == state.users.fold(username) {
        return Ok(());
    }
    if !force {
        return Err(Failure::new(
            "AliasExistsException",
            format!("An account with the {attribute} already exists."),
        ));
    }
    let former = state.users.expect(&owner)?;
    former
        .attributes
        .insert(&format!("{attribute}_verified"), "false");
    state.users.reindex(&owner);
    Ok(())
}

/// Checks that the verified addresses and the `preferred_username` of a new user can become
/// aliases. If an address is an alias of another user, fails with `AliasExistsException`. With
/// `force`, instead takes the alias from the other user, as [`claim_alias`] does.
pub(crate) fn claim_verified(
    call: &Call<'_>,
    state: &mut State,
    user: &User,
    force: bool,
) -> Result<(), Failure> {
    for attribute in ADDRESSES {
        if let Some(address) = user.verified(attribute) {
            let alias = (attribute, address);
            claim_alias(call.service, state, &user.username, alias, force)?;
        }
    }
    let preferred = user.attribute("preferred_username");
    let given = preferred.map(|value| ("preferred_username", value));
    claim_preferred(call, state, &user.username, given.as_slice())
}

/// Renames `AliasExistsException` to `UsernameExistsException`, which `AdminCreateUser` returns if an
/// alias belongs to another user.
pub(crate) fn as_username_exists(failure: Failure) -> Failure {
    failure.renamed("AliasExistsException", "UsernameExistsException")
}

/// Fails if a new `preferred_username` is the alias of another user. Does nothing if the pool does
/// not use `preferred_username` as an alias.
pub(crate) fn claim_preferred(
    call: &Call<'_>,
    state: &mut State,
    name: &str,
    given: &[(&str, &str)],
) -> Result<(), Failure> {
    const ATTRIBUTE: &str = "preferred_username";
    let new = given.iter().find(|(attribute, _)| *attribute == ATTRIBUTE);
    match new {
        Some((_, value)) if call.service.settings.name_attributes.contains(ATTRIBUTE) => {
            claim_alias(call.service, state, name, (ATTRIBUTE, value), false)
        }
        _ => Ok(()),
    }
}

/// Fails if `value`, a new address of a user, belongs to another user. Does nothing if users of the
/// pool do not sign in with an address.
pub(crate) fn check_not_taken(
    settings: &Settings,
    state: &State,
    name: &str,
    value: &str,
) -> Result<(), Failure> {
    if settings.usernames != Usernames::Email {
        return Ok(());
    }
    let own = state.users.fold(name);
    // The user's own address in another case is allowed.
    if state.users.owner(value).is_none_or(|owner| owner == own) {
        return Ok(());
    }
    let attribute = if value.contains('@') {
        "email"
    } else {
        "phone_number"
    };
    Err(Failure::new(
        "AliasExistsException",
        format!("An account with the given {attribute} already exists."),
    ))
}
