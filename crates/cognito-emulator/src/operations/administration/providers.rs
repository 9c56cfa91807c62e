//! The operations `AdminLinkProviderForUser` and `AdminDisableProviderForUser`.

use serde_json::{Value, json};

use crate::model::failure::{Answer, Failure};
use crate::model::identity::{Account, Identity, SUBJECT};
use crate::model::options::ProviderType;
use crate::model::user::User;
use crate::operations::common::invalid;
use crate::operations::pools::identity_providers::unknown;
use crate::state::call::Call;
use crate::state::pool::State;

const MOST_IDENTITIES: usize = 5;

/// The provider name for accounts of the user pool itself.
const COGNITO: &str = "Cognito";

pub(crate) fn link(call: &Call<'_>) -> Answer {
    let destination = Account::read(call, "DestinationUser");
    let source = Account::read(call, "SourceUser");
    let kind = source.provider_type(call)?;
    let username = if destination.provider == COGNITO {
        destination.value
    } else {
        format!("{}_{}", destination.provider, destination.value)
    };
    let mut state = call.state();
    let users = state.users.after(None);
    let known = users.flat_map(|user| user.identities.iter());
    let known = known.into_iter().find(|known| known.account == source);
    if known.is_some_and(|known| known.is_primary) {
        // The message is known from public reports.
        return invalid(
            "Merging is not currently supported, provide a SourceUser that has not been signed up in \
             order to link",
        );
    }
    let is_linked = known.is_some();
    let user = named(&mut state, &username)?;
    if source.is_of(user) {
        return invalid("SourceUser is already linked to DestinationUser");
    }
    if is_linked {
        // AWS does not document the message.
        let message = "SourceUser is already linked to another user.";
        return Err(Failure::new("AliasExistsException", message));
    }
    if user.identities.len() >= MOST_IDENTITIES {
        let message = "The user is linked to too many identities.";
        return Err(Failure::new("LimitExceededException", message));
    }
    user.identities.push(Identity {
        account: source,
        kind,
        issuer: None,
        linked: call.now,
        is_primary: false,
    });
    user.modified = call.now;
    Ok(json!({}))
}

/// Handles `AdminDisableProviderForUser`. Removes the link between a user and an account at a
/// provider. If the provider in the request is the pool itself (`Cognito`), removes the user's
/// password instead.
pub(crate) fn unlink(call: &Call<'_>) -> Answer {
    let account = Account::read(call, "User");
    let mut state = call.state();
    let user = if account.provider == COGNITO {
        let user = named(&mut state, &account.value)?;
        user.password = None;
        user
    } else {
        let user = state.users.matching_mut(|user| account.is_of(user)).next();
        let user = user.ok_or_else(Failure::user_not_found)?;
        user.identities
            .retain(|identity| identity.account != account);
        user
    };
    user.modified = call.now;
    Ok(json!({}))
}

/// Returns the user with this user name. Aliases are not accepted. Fails if there is no such user.
fn named<'s>(state: &'s mut State, name: &str) -> Result<&'s mut User, Failure> {
    let user = state.users.find_mut(name);
    user.filter(|user| user.username.eq_ignore_ascii_case(name))
        .ok_or_else(Failure::user_not_found)
}

impl Account {
    fn read(call: &Call<'_>, member: &str) -> Self {
        let account = call.fields.get(member).unwrap_or(&Value::Null);
        let text = |name: &str, default: &str| {
            let text = account[name].as_str().unwrap_or(default);
            text.to_owned()
        };
        Self {
            provider: text("ProviderName", COGNITO),
            attribute: text("ProviderAttributeName", SUBJECT),
            value: text("ProviderAttributeValue", ""),
        }
    }

    fn is_of(&self, user: &User) -> bool {
        user.identities
            .iter()
            .any(|identity| identity.account == *self)
    }

    /// Returns the type of the account's provider. Fails if the provider is the pool itself or does
    /// not exist. If the provider is a social provider, also fails if the account's attribute is
    /// not `Cognito_Subject`.
    fn provider_type(&self, call: &Call<'_>) -> Result<ProviderType, Failure> {
        if self.provider == COGNITO {
            return invalid(
                "Invalid SourceUser: Cognito users with a username/password may not be passed in \
                 as a SourceUser, only as a DestinationUser",
            );
        }
        let provider = call.service.settings.identity_providers.get(&self.provider);
        let kind = provider.ok_or_else(|| unknown(&self.provider))?.kind;
        if kind.is_social() && self.attribute != SUBJECT {
            return invalid("ProviderAttributeName must be Cognito_Subject for this provider");
        }
        Ok(kind)
    }
}
